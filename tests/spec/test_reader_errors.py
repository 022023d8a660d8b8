from __future__ import annotations

import re

import pytest
import yaml

from cnncalc.errors import SpecError, render
from cnncalc.spec import reader, yaml_reader
from cnncalc.spec.reader import Format, format_of, read
from tests.spec.refused import JSON, TOML, YAML

#: what libyaml takes otherwise than PyYAML's own parser
ONLY_LIBYAML = {"{z:}", 'a: "\\ud800"', 'a: "\\U00110000"'}


def message(text: str, format_: Format) -> str:
    with pytest.raises(SpecError) as caught:
        read(text, format_)
    return str(caught.value)


@pytest.mark.parametrize(("text", "expected"), YAML)
def test_yaml(text: str, expected: str) -> None:
    assert message(text, "yaml") == expected


@pytest.mark.parametrize(("text", "expected"), [case for case in YAML if case[0] not in ONLY_LIBYAML])
def test_yaml_without_libyaml(text: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "_Loader", yaml.BaseLoader)
    assert message(text, "yaml") == expected


@pytest.mark.parametrize("text", [r'"\ud800"', r'"\U00110000"', r'"\UFFFFFFFF"'])
def test_escapes_for_no_character_without_libyaml(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "_Loader", yaml.BaseLoader)
    assert "error[CNN161]" in message(text, "yaml")


@pytest.mark.parametrize(("text", "expected"), JSON)
def test_json(text: str, expected: str) -> None:
    assert message(text, "json") == expected


@pytest.mark.parametrize(("text", "expected"), TOML)
def test_toml(text: str, expected: str) -> None:
    assert message(text, "toml") == expected


@pytest.mark.parametrize("name", ["resnet50", "a.txt", "yaml", ".json", "a.yaml.bak"])
def test_a_file_name_that_tells_no_format(name: str) -> None:
    with pytest.raises(SpecError) as caught:
        format_of(name)
    cure = "let it end in .yaml, .yml, .json, .toml"
    assert str(caught.value) == f"error[CNN174]: the name '{name}' tells no format ({cure})"


@pytest.mark.parametrize(
    ("text", "format_", "expected"),
    [
        ("- " * 65 + "x", "yaml", "1:129: error[CNN163]: lists and mappings are nested deeper than 64 "),
        ("[" * 65, "json", "1:65: error[CNN163]: lists and mappings are nested deeper than 64 "),
        ("a = " + "[" * 64, "toml", "1:68: error[CNN163]: lists and mappings are nested deeper than 64 "),
    ],
)
def test_nesting(text: str, format_: Format, expected: str) -> None:
    assert message(text, format_) == expected + "(define the inner layers as a block)"


def test_too_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnncalc.spec.source.MOST_VALUES", 3)
    expected = (
        "1:8: error[CNN164]: the spec has more than 3 keys and values (write what recurs once, with repeat)"
    )
    assert message("[a, b, c]", "yaml") == expected


def test_too_long_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnncalc.spec.source.MOST_CHARACTERS", 1000)
    expected = "1:1: error[CNN162]: the text has 1,001 characters (at most 1,000 are read)"
    assert message(" " * 1001, "json") == expected


def test_every_code_is_documented_and_tested() -> None:
    documented = re.findall("CNN1[0-9]{2}", reader.__doc__ or "")
    pinned = {code for _, expected in YAML + JSON + TOML for code in re.findall("CNN1[0-9]{2}", expected)}
    assert sorted(documented) == sorted({*pinned, "CNN162", "CNN163", "CNN164", "CNN174"})


def test_an_error_shows_its_file_and_line() -> None:
    text = "\ufeffinput: 3x32x32\nlayers:\n  - {é: 1, stride: 1, stride: 2}\n"
    with pytest.raises(SpecError) as caught:
        read(text, "yaml", "nets/tiny.yaml")
    assert render(caught.value, text) == (
        "nets/tiny.yaml:3:23: error[CNN165]: the key 'stride' appears twice\n"
        "    3 |   - {é: 1, stride: 1, stride: 2}\n"
        "      |                       ^^^^^^ keep one: line 3 has it too"
    )
