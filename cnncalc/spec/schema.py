"""The JSON Schema of spec files, generated from the models that read them, and the kinds for people to read."""

from __future__ import annotations

from collections.abc import Sequence
from keyword import kwlist
from typing import Any

from cnncalc.layers import KINDS
from cnncalc.spec.fields import EXPRESSION, FieldSpec, fields_of
from cnncalc.spec.items import AXIS_NAMES, GROUPS, INPUT, OPTIONS
from cnncalc.spec.models import model_of
from cnncalc.spec.structure import BlockModel, ItemOptions, SpecFile

__all__ = ["describe_kinds", "json_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of a whole spec file."""
    schema = SpecFile.model_json_schema()
    schema["$schema"] = _DIALECT
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    definitions["BlockModel"] = _without_title(BlockModel.model_json_schema())
    sequence = {
        "description": "layers, one after the other",
        "anyOf": [
            {"type": "array", "items": {"$ref": "#/$defs/item"}},
            {"$ref": "#/$defs/words"},
            {"type": "null"},
        ],
    }
    definitions["sequence"] = sequence
    definitions["words"] = {"type": "string", "pattern": r"\S", "description": "words: conv3-64,p1 bn relu"}
    definitions["item"] = {"anyOf": [{"$ref": "#/$defs/words"}, _item_schema()]}
    for name in KINDS:
        definitions[f"kind-{name}"] = _kind_schema(name)
    for owner in (schema, definitions["BlockModel"]):
        owner["properties"]["layers"] = {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/$defs/item"},
            "description": owner["properties"]["layers"]["description"],
        }
    schema["properties"]["vars"]["propertyNames"] = _VARIABLE
    definitions["BlockModel"]["properties"]["args"]["propertyNames"] = _VARIABLE
    schema["properties"]["blocks"]["propertyNames"] = _without([*KINDS, *GROUPS, *OPTIONS, "layer"])
    return schema


def _without(taken: Sequence[str]) -> dict[str, Any]:
    """A name in expressions but for some."""
    return {"pattern": r"^[A-Za-z_][A-Za-z0-9_]*$", "not": {"enum": sorted(set(taken))}}


_VARIABLE = _without([*(name for names in AXIS_NAMES.values() for name in names), *kwlist])
#: what an item may be called, and a kind that is the value of a variable
_NODE = rf"^(?:[A-Za-z0-9_-]+|{EXPRESSION.replace('*+', '*')})$"


def _item_schema() -> dict[str, Any]:
    """A mapping: what it is, under one key, and what else is said of it."""
    options = ItemOptions.model_json_schema()["properties"]
    for member in options["repeat"]["anyOf"]:
        if member["type"] == "integer":
            member["minimum"] = 0
    for member in options["name"]["anyOf"]:
        if member["type"] == "string":
            member |= {"pattern": r"^[A-Za-z0-9_-]+$", "not": {"const": INPUT}}
    sequence = {"$ref": "#/$defs/sequence"}
    heads: dict[str, Any] = {
        name: {
            "anyOf": [
                {"type": "array", "minItems": 1, "items": sequence},
                {"$ref": f"#/$defs/kind-{name}"},
                {"type": "null"},
            ]
        }
        for name in GROUPS
        if name != "res"
    }
    parts = {"main": sequence, "shortcut": sequence}
    heads["res"] = {
        "anyOf": [
            {"type": "object", "properties": parts, "required": ["main"], "additionalProperties": False},
            sequence,
        ]
    }
    heads["layer"] = {"$ref": "#/$defs/words"}
    named: list[dict[str, Any]] = [
        {"$ref": "#/$defs/words"},
        {"type": "array", "items": {"$ref": "#/$defs/item"}},
    ]
    # a list under the name of a kind holds at least one of it
    some = [named[0], {**named[1], "minItems": 1}]
    kinds = {name: {"anyOf": [{"$ref": f"#/$defs/kind-{name}"}, {"type": "null"}, *some]} for name in KINDS}
    block = {"type": ["object", "null"], "description": "the arguments of a block"}
    return {
        "type": "object",
        "description": "one thing: a kind with its fields, a group, a block with its arguments, or words under a name",
        "properties": {**options, **kinds, **heads},
        "additionalProperties": {"anyOf": [*named, block]},
        "propertyNames": {"pattern": _NODE, "not": {"const": INPUT}},
        # what is said of an item, without the item
        "not": {"propertyNames": {"enum": list(OPTIONS)}},
    }


def _kind_schema(name: str) -> dict[str, Any]:
    schema = _without_title(model_of(name).model_json_schema())
    schema["description"] = _summary(name)
    return schema


def _without_title(schema: dict[str, Any]) -> dict[str, Any]:
    schema.pop("title", None)
    for of_property in schema.get("properties", {}).values():
        of_property.pop("title", None)
    return schema


def _summary(name: str) -> str:
    """The first sentence of a kind's documentation."""
    text = KINDS[name].__doc__ or ""
    return " ".join(text.split("\n\n", 1)[0].split())


def describe_kinds() -> str:
    """Every kind with its word form, its meaning and its fields."""
    return "\n".join(_describe(name) for name in KINDS)


def _describe(name: str) -> str:
    cls = KINDS[name]
    if name in cls.aliases:
        return f"{name}: the same as {cls.kind}\n"
    form = cls.word
    word = name + "".join(
        f"{sign}{field}" for sign, field in (("", form.size), ("-", form.out), ("/", form.stride)) if field
    )
    also = f" (also: {', '.join(cls.aliases)})" if cls.aliases else ""
    lines = [
        f"{word.replace(name, name + ' ', 1).strip() if form.size else word}{also}",
        f"  {_summary(name)}",
    ]
    lines += [f"    {_describe_field(spec)}" for spec in fields_of(name).values()]
    return "\n".join(lines) + "\n"


def _describe_field(spec: FieldSpec) -> str:
    words = [*([f"{spec.option}1"] if spec.option else []), *spec.flags]
    written = f" [{', '.join(words)}]" if words else ""
    default = "" if spec.required else f"; default: {_shown(spec.default)}"
    return f"{spec.name}{written}: {spec.doc} ({spec.expects()}{default})"


def _shown(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
