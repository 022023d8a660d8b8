"""Damaged texts: they are read or refused, as the standard library reads or refuses them."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from cnncalc.errors import SpecError, render
from cnncalc.spec.reader import Format, plain, read
from tests.spec.refused import JSON, TOML, YAML
from tests.spec.texts import characters, json_data, to_toml, to_yaml, toml_data, typed, yaml_data, yaml_styles

many = settings(max_examples=400, deadline=None)

#: refused by us, though the standard library may take it: limits, characters and kinds of values
LIMITS = {"CNN160", "CNN161", "CNN163", "CNN171", "CNN172", "CNN173"}

pieces = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "\t",
        "\r",
        "\\",
        "\\u00",
        '"',
        "'",
        '"""',
        "'''",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        ",",
        ":",
        "=",
        ".",
        "#",
        "-",
        "- ",
        "? ",
        "&a ",
        "*a",
        "!t ",
        "|\n",
        ">",
        "%",
        "---\n",
        "...\n",
        "1",
        "-1.5e3",
        "0x1",
        "_",
        "inf",
        "true",
        "null",
        "1979-05-27",
        "é",
        "😀",
        "\x85",
        "\u2028",
        "\ufeff",
        "\x00",
        "�",
        "a",
        "a.b",
        '"a": 1, ',
        "a = 1\n",
        "[a]\n",
        "[[a]]\n",
    ]
)
garbage = st.lists(pieces | characters, max_size=12).map("".join)


@st.composite
def damaged(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A good text with a few pieces put in, taken out or put in place of others."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(pieces) + text[start + draw(st.integers(0, 3)) :]
    return text


json_texts = st.builds(json.dumps, json_data, indent=st.sampled_from([None, 1]))
toml_texts = st.builds(to_toml, toml_data, st.integers(0, 2**32))
yaml_texts = st.builds(lambda value, style: to_yaml(value, **style), yaml_data, yaml_styles)


def refused(texts: list[tuple[str, str]]) -> st.SearchStrategy[str]:
    return st.sampled_from([text for text, _ in texts])


def outcome(text: str, format_: Format) -> tuple[str, Any]:
    """What reading comes to: the data, or the code of an error that can be shown and stands within the text."""
    try:
        root = read(text, format_)
    except SpecError as caught:
        error = caught
    else:
        event(f"{format_} read")
        return "read", plain(root)
    (diagnostic,) = error.diagnostics
    lines = [*text.removeprefix("\ufeff").splitlines(), ""]
    assert render(error, text)
    assert diagnostic.cure
    assert diagnostic.span is not None
    assert 1 <= diagnostic.span.line <= len(lines)
    assert 1 <= diagnostic.span.column <= len(lines[diagnostic.span.line - 1]) + 1
    event(f"{format_} {diagnostic.code}")
    return diagnostic.code, None


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key appears twice")
    return dict(pairs)


def no_constant(name: str) -> None:
    raise ValueError(name)


@many
@given(damaged(json_texts) | damaged(refused(JSON)) | garbage)
def test_json_is_valid_where_the_standard_library_says_so(text: str) -> None:
    code, value = outcome(text, "json")
    try:
        expected = json.loads(text, object_pairs_hook=without_duplicates, parse_constant=no_constant)
    except ValueError:
        assert code != "read" or text.startswith("\ufeff")
    else:
        assert code in LIMITS or (code == "read" and typed(expected) == typed(value))


@many
@given(damaged(toml_texts) | damaged(refused(TOML)) | garbage)
def test_toml_is_valid_where_the_standard_library_says_so(text: str) -> None:
    code, value = outcome(text, "toml")
    try:
        expected = tomllib.loads(text)
    except ValueError:
        assert code != "read" or text.startswith("\ufeff")
    else:
        assert code in LIMITS or (code == "read" and typed(expected) == typed(value))


@many
@given(damaged(yaml_texts) | damaged(refused(YAML)) | garbage)
def test_damaged_yaml_is_read_or_refused(text: str) -> None:
    outcome(text, "yaml")


keys = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(".".join)
values = st.recursive(
    st.just("1"),
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.builds("{} = {}".format, keys, inner), max_size=3).map(
            lambda pairs: f"{{{', '.join(pairs)}}}"
        )
    ),
    max_leaves=4,
)
statements = st.one_of(
    keys.map("[{}]".format), keys.map("[[{}]]".format), st.builds("{} = {}".format, keys, values)
)


@settings(max_examples=600, deadline=None)
@given(st.lists(statements, min_size=1, max_size=6).map("\n".join))
def test_toml_tables_are_defined_once_where_the_standard_library_says_so(text: str) -> None:
    code, value = outcome(text, "toml")
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assert code == "CNN165"
    else:
        assert (code, value) == ("read", expected)
