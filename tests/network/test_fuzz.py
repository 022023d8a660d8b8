"""Mutated specs and words: only clean errors, whose places are in the text, and never a hang.

For a longer run: `FUZZ_EXAMPLES=20000 pytest tests/network/test_fuzz.py`.
"""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnncalc import analyse
from cnncalc.errors import CnncalcError, render
from cnncalc.loader import zoo_text
from cnncalc.network import build
from cnncalc.report.json import as_json
from cnncalc.spec.document import document_of_words
from cnncalc.spec.files import document_of_text
from cnncalc.spec.items import Document
from tests.console import ROOT

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
#: far beyond what any example takes; a hang ends the run with a traceback
HANG = 120

many = settings(max_examples=EXAMPLES, deadline=None)

PIECES = [
    *(
        "conv",
        "bn",
        "relu",
        "fc",
        "res(",
        "cat(",
        "mul(",
        "add(",
        "|",
        ")",
        "(",
        "3*(",
        "{n}*(",
        " ",
        "  ",
        "\n",
        "-",
        "/",
        ",",
    ),
    *(
        "3",
        "0",
        "-1",
        "64",
        "1.5",
        "1e9",
        "999999999999999",
        "1000000000000000",
        "10" * 9,
        "x",
        "p1",
        "same",
        "g2",
        "d2",
        "ceil",
    ),
    *(
        "nobias",
        "{",
        "}",
        "{C}",
        "{C//2}",
        "{C/2}",
        "{9**9**9}",
        "{2^64}",
        "{1//0}",
        "{H if C>3 else W}",
        "{decide}",
        "=",
        "==",
        "%",
    ),
    *(
        "K",
        "H",
        "'",
        '"',
        ":",
        ": ",
        "[",
        "]",
        "- ",
        "#",
        "&a",
        "*a",
        "!!int",
        "\t",
        "\x00",
        "é",
        "⌊",
        "\U0001f600",
        "null",
        "true",
    ),
    *(
        "kernel",
        "out",
        "name",
        "from",
        "repeat",
        "when",
        "weights",
        "layers",
        "blocks",
        "args",
        "vars",
        "input",
        "cnncalc",
        "expect",
    ),
    *(
        "flatten",
        "gap",
        "split2",
        "select0-2",
        "upsample2",
        "pad1",
        "attention2",
        "ln",
        "gn2",
        "tconv3-8",
        "maxpool2",
        "dwconv3",
    ),
]
WORDS = [
    "3x32x32 conv3-16,p1 bn relu maxpool2 flatten fc-10",
    "CxHxW conv7-K/2,p3,nobias 'res(conv3-K,p1 bn relu|conv1-K)' gap",
    "64x8x8 mul( | gap conv1-{C//16} relu conv1-{C} sigmoid) cat(conv1-8|3*(conv3-8,p1)) pixelshuffle2",
    "16x8 permute,order=2x1 ln attention2 linear-8 softmax,dim=2",
    "3x8x8x8 conv3x1x3-4/2,p1x0x1 in avgpool2 upsample,scale=1.5,mode=nearest pad,padding=-1",
]
FILES = [
    (ROOT / f"examples/tiny.cnn.{ending}").read_text(encoding="utf-8") for ending in ("yaml", "json", "toml")
]


@st.composite
def mutated(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with some of its parts deleted, doubled, moved or replaced."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        change = draw(st.integers(0, 3))
        if change == 0:
            text = text[:start] + text[end:]
        elif change == 1:
            text = text[:start] + draw(st.sampled_from(PIECES)) + text[start:]
        elif change == 2:
            text = text[:start] + draw(st.sampled_from(PIECES)) + text[end:]
        else:
            at = draw(st.integers(0, len(text)))
            text = text[:at] + text[start:end] + text[at:]
    return text


soup = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(HANG + EXAMPLES, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def swallow(text: str, read: Callable[[str], Document]) -> None:
    """Read, build, analyse, print: success, or an error whose place is in the text."""
    error = refusal(text, read)
    if error is None:
        return
    assert error.diagnostics
    lines = text.splitlines() or [""]
    for diagnostic in error.diagnostics:
        assert diagnostic.message
        span = diagnostic.span
        if span is not None:
            assert 1 <= span.line <= len(lines) + 1
            assert 1 <= span.column <= len(lines[min(span.line, len(lines)) - 1]) + 2
    assert render(error, text)


def refusal(text: str, read: Callable[[str], Document]) -> CnncalcError | None:
    try:
        as_json(analyse(build(read(text))))
    except CnncalcError as error:
        return error
    return None


@many
@given(st.one_of(mutated(st.sampled_from(WORDS)), soup.map("3x16x16 {}".format), soup, st.text(max_size=60)))
@example("3x8x8 " + "res(" * 100_000)
@example("3x8x8 " + "1000000*(" * 60 + "relu" + ")" * 60)
@example("3x8x8 1000000*(1000000*(0*(relu)))")
@example("3x8x8 relu," + "a" * 1_000_000)
@example("3x8x8 conv3-{" + "(" * 400 + "}")
@example("3x8x8 conv3-{" + "9**" * 150 + "9}")
@example("NxN " + "conv3-{C*C*C*C} " * 60)
def test_words(text: str) -> None:
    swallow(text, document_of_words)


def yaml(text: str) -> Document:
    return document_of_text(text, "yaml", "fuzz.yaml")


@many
@given(
    mutated(
        st.sampled_from([FILES[0], FILES[1], zoo_text("resnet18"), zoo_text("vgg16"), zoo_text("googlenet")])
    )
)
@example("cnncalc: 1\ninput: 3x8x8\nblocks: {a: {layers: [a]}}\nlayers: [a]")
@example("cnncalc: 1\ninput: 3x8x8\nblocks: {a: {layers: [b, b]}, b: {layers: [a, a]}}\nlayers: [a]")
@example("cnncalc: 1\ninput: 3x8x8\nlayers: [{relu: , repeat: 1000000000000000}]")
@example("cnncalc: 1\ninput: 3x8x8\nlayers: [{layer: relu, repeat: 1000000000000000, when: 1 == 2}]")
@example("cnncalc: 1\ninput: 3x8x8\nvars: {a: '{a}'}\nlayers: ['conv3-{a}']")
@example("cnncalc: 1\ninput: 3x8x8\nlayers: [" + "{cat: [[" * 40 + "relu" + "]]}" * 40 + "]")
def test_yaml(text: str) -> None:
    swallow(text, yaml)


@many
@given(mutated(st.just(FILES[2])))
def test_toml(text: str) -> None:
    swallow(text, lambda t: document_of_text(t, "toml", "fuzz.toml"))


@many
@given(mutated(st.just(FILES[1])))
def test_json(text: str) -> None:
    swallow(text, lambda t: document_of_text(t, "json", "fuzz.json"))
