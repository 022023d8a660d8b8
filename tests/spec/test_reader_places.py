from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import Span
from cnncalc.spec.reader import Format, Located, format_of, locate, plain, read
from tests.spec.texts import (
    entries,
    json_data,
    nodes,
    to_toml,
    to_yaml,
    toml_data,
    typed,
    yaml_data,
    yaml_styles,
)

many = settings(max_examples=150, deadline=None)

indents = st.sampled_from([None, 0, 2, "\t"])
seeds = st.integers(0, 2**32)


def sliced(text: str, span: Span) -> str:
    """What stands at a place."""
    return text.splitlines()[span.line - 1][span.column - 1 :][: span.length]


def offset(text: str, span: Span) -> int:
    """How many characters stand before a place."""
    return sum(map(len, text.splitlines(keepends=True)[: span.line - 1])) + span.column - 1


def is_on_one_line(node: Located, text: str) -> bool:
    return len(text[node.start : node.end].splitlines()) == 1


@many
@given(json_data, indents, st.booleans())
def test_places_in_json_are_where_the_values_stand(
    value: Any, indent: int | str | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    root, decoder = read(text, "json"), json.JSONDecoder()
    for node in nodes(root):
        found, end = decoder.raw_decode(text, offset(text, node.span))
        assert typed(found) == typed(plain(node))
        assert node.end == end
        if is_on_one_line(node, text):
            assert node.span.length == end - offset(text, node.span)
    for key, entry in entries(root):
        assert decoder.raw_decode(text, offset(text, entry.key_span))[0] == key


@many
@given(yaml_data, yaml_styles)
def test_places_in_yaml_are_where_the_values_stand(value: Any, style: dict[str, Any]) -> None:
    text = to_yaml(value, **style)
    root = read(text, "yaml")

    def walk(node: Located, base: Any) -> None:
        """Every part of the tree beside what PyYAML makes of the whole text, all scalars as strings."""
        assert text[offset(text, node.span) : node.end] == text[node.start : node.end]
        if is_on_one_line(node, text):
            assert yaml.load(sliced(text, node.span), yaml.BaseLoader) == base
        if isinstance(node.value, tuple):
            for item, inner in zip(node.value, base, strict=True):
                walk(item, inner)
        elif isinstance(node.value, dict):
            for key, inner in base.items():
                entry = node.value[key]
                if len(text[entry.key_start : entry.key_end].splitlines()) == 1:
                    assert yaml.load(sliced(text, entry.key_span), yaml.BaseLoader) == key
                walk(entry.node, inner)

    walk(root, yaml.load(text, yaml.BaseLoader))


@many
@given(toml_data, seeds)
def test_places_in_toml_are_where_the_values_stand(value: dict[str, Any], seed: int) -> None:
    text = to_toml(value, seed)
    root = read(text, "toml")
    for key, entry in entries(root):
        assert tomllib.loads(f"{text[entry.key_start : entry.key_end]} = 1") == {key: 1}
        assert entry.key_start == offset(text, entry.key_span)
        node = entry.node
        assert node.start == offset(text, node.span)
        written = text[node.start : node.end]
        if (
            not isinstance(node.value, (tuple, dict))
            or written[0] == "{"
            or (written[0] == "[" and written[-1] == "]" and text[: node.start].rstrip().endswith("="))
        ):
            assert typed(tomllib.loads(f"x = {written}")) == typed({"x": plain(node)})
        else:
            header = tomllib.loads(written if written[0] == "[" else f"[{written}]")
            assert key in str(header) or not key.isalnum()


in_json = st.tuples(st.just("json"), json_data.map(json.dumps))
in_yaml = st.tuples(
    st.just("yaml"),
    st.builds(lambda value, style: to_yaml(value, **style), yaml_data.filter(bool), yaml_styles),
)
in_toml = st.tuples(st.just("toml"), st.builds(to_toml, toml_data, seeds))


@settings(max_examples=300, deadline=None)
@given(st.one_of(in_json, in_yaml, in_toml))
def test_text_start_is_where_a_string_stands_literally(written: tuple[Format, str]) -> None:
    format_, text = written
    for node in nodes(read(text, format_)):
        if isinstance(node.value, str) and is_on_one_line(node, text):
            line = text.splitlines()[node.span.line - 1]
            bare = sliced(text, node.span)
            if bare in (node.value, f"'{node.value}'", f'"{node.value}"', f"'''{node.value}'''"):
                assert node.text_start is not None
            if node.text_start is not None:
                assert line[node.text_start - 1 :].startswith(node.value)
                assert bare.strip("'\"") == node.value.strip("'\"")
        else:
            assert node.text_start is None


@pytest.mark.parametrize(
    ("format_", "text", "column"),
    [
        ("yaml", "  conv3-64", 3),
        ("yaml", "'conv3-64'", 2),
        ("yaml", '"conv3-64"', 2),
        ("yaml", "''", 2),
        ("yaml", "'it''s'", None),
        ("yaml", "''''''''''", None),
        ("yaml", r'"a\x62"', None),
        ("yaml", "a\n b", None),
        ("yaml", "|-\n  a", None),
        ("yaml", "- >-", None),
        ("yaml", "12", None),
        ("json", '"conv3-64"', 2),
        ("json", r'"a\nb"', None),
        ("json", r'"\\\\\\\\"', None),
    ],
)
def test_text_start(format_: Format, text: str, column: int | None) -> None:
    node = read(text, format_)
    if isinstance(node.value, tuple):
        (node,) = node.value
    assert node.text_start == column


@pytest.mark.parametrize(
    ("value", "column"),
    [
        ("'a'", 6),
        ('"a"', 6),
        ("'''a'''", 8),
        ('"""a"""', 8),
        ("'''it's'''", None),
        ("'''\na'''", None),
        (r'"\u0061"', None),
    ],
)
def test_text_start_in_toml(value: str, column: int | None) -> None:
    tree = read(f"k = {value}", "toml").value
    assert isinstance(tree, dict)
    assert tree["k"].node.text_start == column


SPEC = """\
input: 3x32x32
layers:
  - conv3-16
  - {unit: {out: 8, stride: }, name: é}
  - res: [relu,
      bn]
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (1, 1, 1), (1, 1, 1)),
        (("input",), (1, 8, 7), (1, 1, 5)),
        (("layers",), (3, 3, 1), (2, 1, 6)),
        (("layers", 0), (3, 5, 8), (3, 5, 8)),
        (("layers", 1), (4, 5, 35), (4, 5, 35)),
        (("layers", 1, "unit"), (4, 12, 18), (4, 6, 4)),
        (("layers", 1, "unit", "out"), (4, 18, 1), (4, 13, 3)),
        (("layers", 1, "unit", "stride"), (4, 21, 6), (4, 21, 6)),
        (("layers", 1, "name"), (4, 38, 1), (4, 32, 4)),
        (("layers", 2), (5, 5, 1), (5, 5, 1)),
        (("layers", 2, "res"), (5, 10, 1), (5, 5, 3)),
        (("layers", 2, "res", 1), (6, 7, 2), (6, 7, 2)),
        (("layers", 1, "unit", "padding"), (4, 12, 18), (4, 6, 4)),
        (("layers", 1, "unit", "padding", "out"), (4, 12, 18), (4, 6, 4)),
        (("layers", 9), (3, 3, 1), (2, 1, 6)),
        (("layers", -1), (3, 3, 1), (2, 1, 6)),
        (("layers", "0"), (3, 3, 1), (2, 1, 6)),
        (("input", 0), (1, 8, 7), (1, 1, 5)),
    ],
)
def test_locate_finds_the_deepest_value_on_the_path(
    path: tuple[str | int, ...], value: tuple[int, int, int], key: tuple[int, int, int]
) -> None:
    root = read(SPEC, "yaml", "tiny.yaml")
    assert locate(root, path) == Span(*value, "tiny.yaml")
    assert locate(root, path, key=True) == Span(*key, "tiny.yaml")


TABLES = """\
input = "3x32x32"
[expect]
params = 1
layers.a.output = 8
[[layers]]
kind = "conv"
[[layers]]
[layers.b.c]
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (1, 1, 1), (1, 1, 1)),
        (("expect",), (2, 1, 8), (2, 2, 6)),
        (("expect", "layers", "a"), (4, 8, 1), (4, 8, 1)),
        (("expect", "layers", "a", "output"), (4, 19, 1), (4, 10, 6)),
        (("layers",), (5, 1, 10), (5, 3, 6)),
        (("layers", 0), (5, 1, 10), (5, 1, 10)),
        (("layers", 0, "kind"), (6, 8, 6), (6, 1, 4)),
        (("layers", 1), (7, 1, 10), (7, 1, 10)),
        (("layers", 1, "b"), (8, 9, 1), (8, 9, 1)),
        (("layers", 1, "b", "c"), (8, 1, 12), (8, 11, 1)),
    ],
)
def test_a_toml_table_stands_where_its_header_or_its_dotted_key_does(
    path: tuple[str | int, ...], value: tuple[int, int, int], key: tuple[int, int, int]
) -> None:
    root = read(TABLES, "toml")
    assert locate(root, path) == Span(*value)
    assert locate(root, path, key=True) == Span(*key)


@pytest.mark.parametrize("format_", ["yaml", "json"])
def test_columns_count_characters_and_no_byte_order_mark(format_: Format) -> None:
    root = read('\ufeff{"é😀": "x", "b": 1}', format_)
    assert locate(root, ["é😀"], key=True) == Span(1, 2, 4)
    assert locate(root, ["b"], key=True) == Span(1, 13, 3)
    assert locate(root, ["b"]) == Span(1, 18)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_are_counted_as_they_are_shown(line_break: str) -> None:
    text = line_break.join(["# é", "a: 1", "", "b: x"])
    assert text.splitlines()[3] == "b: x"
    assert locate(read(text, "yaml"), ["b"]) == Span(4, 4)


def test_lines_of_a_long_text_are_counted_across_its_pieces() -> None:
    lines = [f"- {'x' * (n % 7)}{n}" for n in range(20_000)]
    root = read("\r\n".join(lines), "yaml")
    assert isinstance(root.value, tuple)
    assert [(n + 1, 3) for n in range(20_000)] == [(n.span.line, n.span.column) for n in root.value]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.yaml", "yaml"), ("nets/tiny.cnn.yml", "yaml"), ("A.JSON", "json"), ("x.toml", "toml")],
)
def test_format_of(name: str, expected: str) -> None:
    assert format_of(name) == expected
