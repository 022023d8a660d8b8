from __future__ import annotations

import json
import tomllib
from math import isinf
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cnncalc.errors import SpecError
from cnncalc.spec import yaml_reader
from cnncalc.spec.reader import plain, read
from tests.spec.texts import (
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


@many
@given(json_data, indents, st.booleans())
def test_json_is_read_as_written(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert typed(value) == typed(plain(read(text, "json")))


@many
@given(yaml_data, yaml_styles)
def test_yaml_is_read_as_written(value: Any, style: dict[str, Any]) -> None:
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
@given(st.text("01789+-.eEox_abfF", max_size=6) | st.from_regex(r"\A[tTnNfF~][rRuUlLaAsSeE]{0,4}\Z"))
@example("1E700")
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
    expected = by_the_core_schema(text)
    if isinstance(expected, float) and isinf(expected):  # 1E700
        with pytest.raises(SpecError, match="not a finite number"):
            read(f"- {text}\n", "yaml")
        return
    assert typed([expected]) == typed(plain(read(f"- {text}\n", "yaml")))


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
        "inf",
        "nan",
        ".INf",
        "-.nan",
        "nULL",
        "tRue",
        "conv3-64",
        "64x64",
        "3x32x32",
        "1e3x",
    ],
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
    text = to_yaml(value, **style)
    trees = []
    for loader in (yaml.CBaseLoader, yaml.BaseLoader):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml_reader, "_Loader", loader)
            trees.append([(n.span, n.text_start, typed(plain(n))) for n in nodes(read(text, "yaml"))])
    assert trees[0] == trees[1]
