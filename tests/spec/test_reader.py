from __future__ import annotations

import json
import tomllib
from typing import Any, Literal

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cnncalc.errors import Span, SpecError
from cnncalc.spec import yaml_reader
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


# -- data


@many
@given(json_data, indents, st.booleans())
def test_json_is_read_as_written(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert typed(value) == typed(plain(read(text, "json")))


@many
@given(yaml_data, yaml_styles)
def test_yaml_is_read_as_written(value: Any, style: dict[str, Any]) -> None:
    assume(value is not None or not style["explicit_end"])
    assert typed(value) == typed(plain(read(to_yaml(value, **style), "yaml")))


@many
@given(yaml_data, indents)
def test_json_without_surrogate_pairs_is_yaml(value: Any, indent: int | str | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    assert typed(value) == typed(plain(read(text, "yaml")))


@many
@given(toml_data, seeds)
def test_toml_is_read_as_written(value: dict[str, Any], seed: int) -> None:
    text = to_toml(value, seed)
    assert typed(value) == typed(tomllib.loads(text))
    assert typed(value) == typed(plain(read(text, "toml")))


def by_the_core_schema(text: str) -> Any:
    """The value of a plain scalar, decided without patterns: Python's own numbers, less what YAML does not know."""
    for word, value in {"null": None, "true": True, "false": False}.items():
        if text in (word, word.capitalize(), word.upper()):
            return value
    if text in ("", "~"):
        return None
    if text[:2] in ("0o", "0x") and text[2:].isascii() and text[2:].isalnum():
        try:
            return int(text, 0)
        except ValueError:
            return text
    if set(text) <= set("0123456789+-.eE"):
        for number in (int, float):
            try:
                return number(text)
            except ValueError:
                continue
    return text


@settings(max_examples=600, deadline=None)
@given(st.text("01789+-.eEox_abfF:", max_size=6) | st.from_regex(r"\A[tTnNfF~][rRuUlLaAsSeE]{0,4}\Z"))
@example("0o17")
@example("0x1F")
@example("+0x1")
@example("1e3")
@example(".5")
@example("5.")
@example("-.5E-3")
@example("010")
@example("tRUE")
@example("nUll")
@example("0b1")
def test_plain_scalars_follow_the_core_schema(text: str) -> None:
    assume(yaml.load(f"- {text}\n", yaml.BaseLoader) == [text])
    assert typed([by_the_core_schema(text)]) == typed(plain(read(f"- {text}\n", "yaml")))


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes",
        "on",
        "off",
        "y",
        "No",
        "1_000",
        "12:30:45",
        "2001-01-01",
        "0b11",
        "0o8",
        "0xg",
        "<<",
        "=",
        "1e",
        ".",
        "--1",
        "1.2.3",
    ]
    + ["inf", "nan", ".INf", "-.nan", "nULL", "tRue", "conv3-64", "64x64", "3x32x32", "1e3x"],
)
def test_what_only_yaml_1_1_or_nobody_takes_for_a_value_is_a_string(text: str) -> None:
    assert plain(read(f"a: {text}", "yaml")) == {"a": text}


@pytest.mark.parametrize("text", ["'1'", '"null"', "|-\n  1", ">-\n  true"])
def test_a_quoted_or_block_scalar_is_a_string(text: str) -> None:
    assert isinstance(plain(read(f"a: {text}\n", "yaml"))["a"], str)


def test_an_empty_value_is_null() -> None:
    assert plain(read("args: {out: , stride: 1}\nlayers:\n- \nlast:", "yaml")) == {
        "args": {"out": None, "stride": 1},
        "layers": [None],
        "last": None,
    }


@many
@given(yaml_data, yaml_styles)
def test_the_parser_without_libyaml_builds_the_same_tree(value: Any, style: dict[str, Any]) -> None:
    assume(value is not None or not style["explicit_end"])
    text = to_yaml(value, **style)
    trees = []
    for loader in (yaml.CBaseLoader, yaml.BaseLoader):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml_reader, "_Loader", loader)
            trees.append([(n.span, n.text_start, typed(plain(n))) for n in nodes(read(text, "yaml"))])
    assert trees[0] == trees[1]


# -- places


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
    assume(value is not None or not style["explicit_end"])
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
        if not isinstance(node.value, (tuple, dict)):
            assert typed(tomllib.loads(f"x = {written}")) == typed({"x": plain(node)})
        elif written[0] == "{" or (
            written[0] == "[" and written[-1] == "]" and text[: node.start].rstrip().endswith("=")
        ):
            assert typed(tomllib.loads(f"x = {written}")) == typed({"x": plain(node)})
        else:
            header = tomllib.loads(written if written[0] == "[" else f"[{written}]")
            assert key in str(header) or not key.isalnum()


@many
@given(
    st.one_of(
        st.tuples(st.just("json"), json_data.map(json.dumps)),
        st.tuples(st.just("yaml"), st.builds(lambda v, s: to_yaml(v, **s), yaml_data, yaml_styles)),
        st.tuples(st.just("toml"), st.builds(to_toml, toml_data, seeds)),
    )
)
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
