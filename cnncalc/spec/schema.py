"""The JSON Schema of spec files, generated from the models that read them, and the kinds for people to read."""

from __future__ import annotations

from typing import Any

from cnncalc.layers import KINDS
from cnncalc.spec.counterpart import REFERENCE, CounterpartModel
from cnncalc.spec.expectations import Expected
from cnncalc.spec.fields import FieldSpec, fields_of
from cnncalc.spec.item_schema import BLOCK, ITEM, VARIABLE, item_schemas, summary, without_title
from cnncalc.spec.structure import BlockModel, SpecFile

__all__ = ["describe_kinds", "json_schema"]

#: the one that the language servers of editors know best
_DIALECT = "http://json-schema.org/draft-07/schema#"
_REF = "#/definitions/{model}"


def json_schema() -> dict[str, Any]:
    """The schema of a whole spec file."""
    schema = {"$schema": _DIALECT, **SpecFile.model_json_schema(ref_template=_REF)}
    definitions: dict[str, Any] = schema.pop("$defs", {})
    schema["definitions"] = definitions
    definitions["BlockModel"] = without_title(BlockModel.model_json_schema())
    definitions |= {
        name: without_title(model)
        for name, model in Expected.model_json_schema(ref_template=_REF)["$defs"].items()
    }
    schema["properties"]["expect"] = {
        "description": schema["properties"]["expect"]["description"],
        "anyOf": [{"$ref": _REF.format(model="Expected")}],
    }
    definitions["Counterpart"] = without_title(CounterpartModel.model_json_schema())
    schema["properties"]["module"] = {
        "description": schema["properties"]["module"]["description"],
        "anyOf": [
            {"type": "string", "pattern": REFERENCE},
            {"$ref": _REF.format(model="Counterpart")},
            {"type": "null"},
        ],
    }
    definitions |= item_schemas()
    for owner in (schema, definitions["BlockModel"]):
        owner["properties"]["layers"] = {
            "type": "array",
            "minItems": 1,
            "items": ITEM,
            "description": owner["properties"]["layers"]["description"],
        }
    schema["properties"]["vars"]["propertyNames"] = VARIABLE
    definitions["BlockModel"]["properties"]["args"]["propertyNames"] = VARIABLE
    schema["properties"]["blocks"]["propertyNames"] = BLOCK
    return schema


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
        f"  {summary(name)}",
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
