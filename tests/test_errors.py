"""Errors as they are printed: place, code, message, source line, caret, cure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.errors import CnncalcError, LayerError, Span, SpecError, nearest, render, visible


def test_without_a_place() -> None:
    assert render(SpecError("it is so", "do this", code="CNN999")) == "error[CNN999]: it is so\n  do this"
    assert render(SpecError("it is so", code="CNN999")) == "error[CNN999]: it is so"


def test_with_a_place_but_without_the_text() -> None:
    error = SpecError("it is so", "do this", span=Span(2, 3, 1, "a.yaml"), code="CNN999")
    assert render(error) == "a.yaml:2:3: error[CNN999]: it is so\n  do this"
    assert str(error) == "a.yaml:2:3: error[CNN999]: it is so (do this)"


def test_the_caret_stands_under_its_place() -> None:
    error = SpecError("it is so", "do this", span=Span(2, 3, 4), code="CNN999")
    assert render(error, "one\n  four five\n").splitlines() == [
        "2:3: error[CNN999]: it is so",
        "    2 |   four five",
        "      |   ^^^^ do this",
    ]


def test_tabs_are_repeated_under_the_line() -> None:
    lines = render(SpecError("x", span=Span(1, 3)), "\t\tab").splitlines()
    assert lines[1].partition("| ")[2] == "\t\tab"
    assert lines[2].partition("| ")[2] == "\t\t^"


def test_the_context_is_added_once() -> None:
    error = LayerError("too large").at(Span(1, 1), "layer 'a' (conv)")
    assert error.at(Span(9, 9), "layer 'b' (bn)").diagnostics[0].span == Span(1, 1)
    assert str(error) == "1:1: error[CNN201]: layer 'a' (conv): too large"


@given(
    st.text(st.characters(codec="utf-8"), max_size=400),
    st.integers(1, 5),
    st.integers(1, 500),
    st.integers(1, 500),
)
def test_any_place_in_any_text_can_be_shown(text: str, line: int, column: int, length: int) -> None:
    shown = render(CnncalcError("fact", "cure", span=Span(line, column, length)), text).splitlines()
    assert shown[0] == f"{line}:{column}: error[CNN100]: fact"
    lines = text.splitlines()
    if line <= len(lines):
        assert "^" in shown[-1]
        assert shown[-1].endswith(" cure")
        assert all(len(row) < 300 for row in shown)


def test_long_lines_are_shown_around_the_place() -> None:
    text = "a" * 500 + "HERE" + "b" * 500
    line, caret = render(CnncalcError("fact", span=Span(1, 501, 4)), text).splitlines()[1:]
    assert line[caret.index("^") : caret.rindex("^") + 1] == "HERE"
    assert len(line) < 140


def test_nearest_is_silent_when_nothing_is_near() -> None:
    assert nearest("convv", ("conv", "bn")) == "conv"
    assert nearest("zzz", ("conv", "bn")) is None


@pytest.mark.parametrize("character", list("\x1b\x9b\u202a\u202e\u2066\u2069\u200f\x00"))
def test_nothing_in_a_text_steers_the_terminal(character: str) -> None:
    """In the source line, in front of the place and in it, and in what is told."""
    text = f"a{character}\tb{character}HERE{character}c"
    error = SpecError(f"fact{character}", f"cure{character}", span=Span(1, 6, 5, f"f{character}"))
    _, line, caret = lines = render(error, text).splitlines()
    assert not any(character in shown for shown in lines)
    escape = ascii(character)[1:-1]
    assert line.partition("| ")[2] == f"a{escape}\tb{escape}HERE{escape}c"
    assert line[caret.index("^") : caret.rindex("^") + 1] == f"HERE{escape}"
    assert caret.endswith(f"cure{escape}")


def test_what_is_printable_stays_as_it_is() -> None:
    assert visible("é×∞ 漢 'x' \\n") == "é×∞ 漢 'x' \\n"


def test_an_excerpt_of_escapes_is_no_wider_than_any() -> None:
    line, caret = render(SpecError("fact", span=Span(1, 200, 3)), "\x1b" * 400).splitlines()[1:]
    assert len(line) < 140
    assert line[caret.index("^") :].startswith("\\x1b")
