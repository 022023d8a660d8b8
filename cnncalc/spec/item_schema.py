"""The part of the JSON Schema that is about layers: items, what may be said of them, and the fields of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from keyword import kwlist
from typing import Any

from cnncalc.layers import KINDS
from cnncalc.spec.fields import EXPRESSION, SIZES, fields_of
from cnncalc.spec.items import AXIS_NAMES, GROUPS, INPUT, OPTIONS
from cnncalc.spec.models import model_of
from cnncalc.spec.source import GREATEST_INTEGER
from cnncalc.spec.structure import ItemOptions

__all__ = ["BLOCK", "ITEM", "VARIABLE", "item_schemas", "summary", "without_title"]

_Schema = dict[str, Any]

ITEM: _Schema = {"$ref": "#/definitions/item"}
_WORDS: _Schema = {"$ref": "#/definitions/words"}
_SEQUENCE: _Schema = {"$ref": "#/definitions/sequence"}
_NULL: _Schema = {"type": "null"}
_LIST: _Schema = {"type": "array", "items": ITEM}
_SOME: _Schema = {**_LIST, "minItems": 1}
_EMPTY: _Schema = {"anyOf": [_NULL, {"type": "array", "maxItems": 0}]}
_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*"


def _without(taken: Sequence[str]) -> _Schema:
    """A name in expressions but for some."""
    return {"pattern": f"^{_IDENTIFIER}$", "not": {"enum": sorted(set(taken))}}


def _portable(pattern: str) -> str:
    """For engines that know no possessive repetition."""
    return pattern.replace("*+", "*")


#: what a variable, an argument or an index may be called
VARIABLE = _without([*(name for names in AXIS_NAMES.values() for name in names), *kwlist])
_SIZED = "|".join([name for name, cls in KINDS.items() if cls.word.size is not None])
#: what a block may be called: nothing that means something already, like conv3
BLOCK: _Schema = {
    "pattern": f"^{_IDENTIFIER}$",
    "not": {
        "anyOf": [
            {"enum": sorted({*KINDS, *GROUPS, *OPTIONS, "layer"})},
            {"pattern": f"^(?:{_SIZED})(?:{_portable(SIZES.pattern)})$"},
        ]
    },
}
#: what an item may be called; a kind that is the value of a variable has the same form
_NODE: _Schema = {"pattern": f"^(?:[A-Za-z0-9_-]|{_portable(EXPRESSION)})+$", "not": {"const": INPUT}}

_ARGUMENT: _Schema = {
    "type": ["number", "string", "boolean", "null"],
    "minimum": -GREATEST_INTEGER,
    "maximum": GREATEST_INTEGER,
}
#: of a kind or a block that is yet to be known: a kind's fields may also take several values
_FIELD: _Schema = {"anyOf": [_ARGUMENT, {"type": "array", "items": _ARGUMENT}]}

_GROUPS = {
    "res": "residual: the main branch plus the shortcut, or plus the input",
    "cat": "branches from the same place, joined along the channels",
    "add": "branches from the same place, and their sum",
    "mul": "branches from the same place, and their product: a gate",
}


def item_schemas() -> dict[str, _Schema]:
    """The definitions of items, and of what they are made of."""
    return {
        "sequence": {"description": "layers, one after the other", "anyOf": [_LIST, _WORDS, _NULL]},
        "words": {"type": "string", "pattern": r"\S", "description": "words: conv3-64,p1 bn relu"},
        "item": {"anyOf": [_WORDS, _item()]},
        **{f"kind-{name}": _kind(name) for name in KINDS},
    }


def _item() -> _Schema:
    """A mapping: what it is, under one key, and what else is said of it."""
    return {
        "type": "object",
        "description": "one thing: a kind with its fields, a group, a block with its arguments, or words under a name",
        "properties": {
            **_options(),
            **{name: _of_kind(name) for name in KINDS},
            **_groups(),
            "layer": _LAYER,
        },
        "patternProperties": {f"^{_portable(EXPRESSION)}$": _under("the kind that a variable names", _FIELD)},
        "additionalProperties": _under(
            "a block with its arguments, or words or a list under a name", _ARGUMENT
        ),
        "propertyNames": _NODE,
        # not only what is said of an item, without the item; and not two of them
        "not": {"propertyNames": {"enum": list(OPTIONS)}},
        "anyOf": [
            {"required": list(given), "maxProperties": len(given) + 1}
            for count in range(len(OPTIONS) + 1)
            for given in combinations(OPTIONS, count)
        ],
        # words and lists under a name have that name
        "if": {"properties": {"name": {"not": _NULL}}, "required": ["name"]},
        "then": {
            "properties": dict.fromkeys([*OPTIONS, *GROUPS, "layer"], True),
            "additionalProperties": {"type": ["object", "null"]},
        },
    }


_LAYER: _Schema = {
    "anyOf": [_WORDS],
    "description": "words, of which more is to be said here: a name, inputs, …",
}


def _options() -> _Schema:
    options: _Schema = ItemOptions.model_json_schema()["properties"]
    # what the reader, which may have to compute them, asks of constants too
    for name, of_type, allowed in (
        ("name", "string", _NODE),
        ("index", "string", VARIABLE),
        ("repeat", "integer", {"minimum": 0}),
    ):
        (member,) = [member for member in options[name]["anyOf"] if member["type"] == of_type]
        member.update(allowed)
    return options


def _of_kind(name: str) -> _Schema:
    """A kind with its fields; or words or a list that is called by its name, and holds at least one of it."""
    return {"description": summary(name), "anyOf": [*_fields(name), _WORDS, _SOME]}


def _fields(name: str) -> list[_Schema]:
    """The fields of a kind, or nothing where it needs none."""
    needs_none = not any(field.required for field in fields_of(name).values())
    return [{"$ref": f"#/definitions/kind-{name}"}, *([_NULL] if needs_none else [])]


def _groups() -> dict[str, _Schema]:
    """The groups. What joins branches is a layer as well: {cat: {dim: 2}, from: [a, b]}."""
    found = {name: [_branches(), *_fields(name)] for name in GROUPS if name in KINDS}
    found["res"] = [_WORDS, _SOME, _main_and_shortcut()]
    return {name: {"description": _GROUPS[name], "anyOf": members} for name, members in found.items()}


def _branches() -> _Schema:
    """Several sequences, or one that is not empty."""
    only_empty = {"maxItems": 1, "items": _EMPTY}
    return {"type": "array", "minItems": 1, "items": _SEQUENCE, "not": only_empty}


def _main_and_shortcut() -> _Schema:
    return {
        "type": "object",
        "properties": {
            "main": {"anyOf": [_SEQUENCE], "description": "the layers of the main branch"},
            "shortcut": {"anyOf": [_SEQUENCE], "description": "the layers beside it; none: the input itself"},
        },
        "required": ["main"],
        "additionalProperties": False,
        # alone, the main branch has layers
        "anyOf": [{"required": ["shortcut"]}, {"not": {"properties": {"main": _EMPTY}}}],
    }


def _under(description: str, argument: _Schema) -> _Schema:
    """What stands under a name of the file's own: words, a list, or arguments."""
    arguments = {"type": "object", "additionalProperties": argument}
    return {"description": description, "anyOf": [_WORDS, _LIST, arguments, _NULL]}


def _kind(name: str) -> _Schema:
    """The fields of a kind."""
    return {**without_title(model_of(name).model_json_schema()), "description": summary(name)}


def without_title(schema: _Schema) -> _Schema:
    """A schema that pydantic has made, without the titles that it makes up."""
    schema.pop("title", None)
    for of_property in schema.get("properties", {}).values():
        of_property.pop("title", None)
    return schema


def summary(name: str) -> str:
    """The first sentence of a kind's documentation."""
    text = KINDS[name].__doc__ or ""
    return " ".join(text.split("\n\n", 1)[0].split())
