"""The JSON Schema of spec files: it accepts what the reader accepts, and refuses what the schema language can tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from cnncalc import zoo
from cnncalc.errors import CnncalcError
from cnncalc.network import build
from cnncalc.spec.files import document_of_text
from cnncalc.spec.reader import plain, read
from cnncalc.spec.schema import json_schema

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
SCHEMA = json_schema()
VALIDATOR = Draft7Validator(SCHEMA)


def accepts(value: Any) -> bool:
    return VALIDATOR.is_valid(value)


def spec(**parts: Any) -> dict[str, Any]:
    return {"cnncalc": 1, "input": "3x8x8", "layers": ["relu"], **parts}


@pytest.mark.parametrize("path", [*zoo.families(), *sorted(EXAMPLES.glob("*.cnn.*"))], ids=lambda p: p.name)
def test_real_files_are_accepted(path: Path) -> None:
    assert accepts(plain(read(path.read_text(encoding="utf-8"), path.suffix[1:])))  # type: ignore[arg-type]


GOOD = [
    {"relu": None},
    {"relu": {}},
    {"conv": {"kernel": 3, "out": 8}, "name": "a", "repeat": 2, "when": "C > 1", "from": "input"},
    {"conv": "conv3-8"},
    {"conv": ["conv3-8", "bn"]},
    {"features": []},
    {"1": "relu"},
    {"layer": "relu bn", "name": 7, "repeat": 1},
    {"relu": None, "repeat": 2, "index": "i", "name": "a{i}-1"},
    {"{act}": {}},
    {"res": {"main": ["relu"], "shortcut": None}},
    {"cat": [["relu"], None]},
    {"unit": {"n": 8}},
]


@pytest.mark.parametrize("item", GOOD, ids=str)
def test_items_that_are_read_are_accepted(item: dict[str, Any]) -> None:
    data = spec(
        vars={"act": "relu"}, blocks={"unit": {"args": {"n": None}, "layers": ["relu"]}}, layers=["bn", item]
    )
    build(document_of_text(json.dumps(data), "json"))
    assert accepts(data)


BAD = [
    {"name": "a"},
    {"from": "input", "when": True},
    {"relu": []},
    {"relu": ""},
    {"layer": " "},
    {"a b": "relu"},
    {"input": "relu"},
    {"relu": None, "name": "a.b"},
    {"relu": None, "name": "input"},
    {"relu": None, "repeat": -1},
    {"relu": None, "repeat": 2, "index": "H"},
    {"relu": None, "repeat": 2, "index": "if"},
    {"relu": 3},
    {"conv": {"kernel": 3}},
    {"cat": []},
    {"res": {"shortcut": None}},
    "",
    [],
    None,
    3,
]


@pytest.mark.parametrize("item", BAD, ids=str)
def test_items_that_are_refused_by_both(item: Any) -> None:
    refused_by_both(spec(layers=["bn", item]))


PARTS = [
    {"layers": []},
    {"vars": {"H": 1}},
    {"vars": {"a-b": 1}},
    {"vars": {"if": 1}},
    {"blocks": {"relu": {"layers": ["bn"]}}},
    {"blocks": {"res": {"layers": ["bn"]}}},
    {"blocks": {"repeat": {"layers": ["bn"]}}},
    {"blocks": {"a.b": {"layers": ["bn"]}}},
    {"blocks": {"u": {"args": {"C": 1}, "layers": ["bn"]}}},
    {"blocks": {"u": {}}},
    {"blocs": {}},
    {"cnncalc": 2},
]


@pytest.mark.parametrize("parts", PARTS, ids=str)
def test_files_that_are_refused_by_both(parts: dict[str, Any]) -> None:
    refused_by_both(spec(**parts))


def refused_by_both(data: dict[str, Any]) -> None:
    with pytest.raises(CnncalcError):
        build(document_of_text(json.dumps(data), "json"))
    assert not accepts(data)
