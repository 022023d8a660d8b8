"""The JSON Schema of spec files: it accepts what the reader accepts, and refuses what the schema language can tell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cnncalc import zoo
from cnncalc.errors import CnncalcError
from cnncalc.network import build
from cnncalc.spec.files import document_of_text
from cnncalc.spec.reader import plain, read
from cnncalc.spec.schema import json_schema

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
SCHEMA = json_schema()
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def has_type(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def accepts(schema: Any, value: Any) -> bool:
    """What the JSON Schema specification says of the words that our schema uses; any other word is an error."""
    if isinstance(schema, bool):
        return schema
    return all(accepts_word(word, said, schema, value) for word, said in schema.items())


def accepts_word(word: str, said: Any, schema: dict[str, Any], value: Any) -> bool:
    known = schema.get("properties", {})
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match word:
        case "$schema" | "$defs" | "title" | "description" | "default":
            return True
        case "$ref":
            return accepts(SCHEMA["$defs"][said.removeprefix("#/$defs/")], value)
        case "type":
            return any(has_type(value, name) for name in ([said] if isinstance(said, str) else said))
        case "const":
            return bool(value == said and type(value) is type(said))
        case "enum":
            return any(value == one and type(value) is type(one) for one in said)
        case "anyOf":
            return any(accepts(one, value) for one in said)
        case "not":
            return not accepts(said, value)
        case "minimum":
            return not number or value >= said
        case "maximum":
            return not number or value <= said
        case "pattern":
            return not isinstance(value, str) or re.search(said, value) is not None
        case "required":
            return not isinstance(value, dict) or all(name in value for name in said)
        case "properties":
            return not isinstance(value, dict) or all(
                accepts(one, value[name]) for name, one in said.items() if name in value
            )
        case "additionalProperties":
            return not isinstance(value, dict) or all(
                accepts(said, one) for name, one in value.items() if name not in known
            )
        case "propertyNames":
            return not isinstance(value, dict) or all(accepts(said, name) for name in value)
        case "items":
            return not isinstance(value, list) or all(accepts(said, one) for one in value)
        case "minItems":
            return not isinstance(value, list) or len(value) >= said
        case "maxItems":
            return not isinstance(value, list) or len(value) <= said
    raise NotImplementedError(word)


def spec(**parts: Any) -> dict[str, Any]:
    return {"cnncalc": 1, "input": "3x8x8", "layers": ["relu"], **parts}


@pytest.mark.parametrize("path", [*zoo.families(), *sorted(EXAMPLES.glob("*.cnn.*"))], ids=lambda p: p.name)
def test_real_files_are_accepted(path: Path) -> None:
    assert accepts(SCHEMA, plain(read(path.read_text(encoding="utf-8"), path.suffix[1:])))  # type: ignore[arg-type]


GOOD = [
    {"relu": None},
    {"relu": {}},
    {"conv": {"kernel": 3, "out": 8}, "name": "a", "repeat": 2, "when": "C > 1", "from": "input"},
    {"conv": "conv3-8"},
    {"conv": ["conv3-8", "bn"]},
    {"features": []},
    {"1": "relu"},
    {"layer": "relu bn", "name": 7, "repeat": 1},
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
    assert accepts(SCHEMA, data)


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
    assert not accepts(SCHEMA, data)
