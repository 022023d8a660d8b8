"""Specs as text again: layers and items as words, documents as YAML. What is printed reads back as the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cnncalc.errors import SpecError
from cnncalc.layers import KINDS, Layer
from cnncalc.spec.fields import SIZE, SIZES, FieldSpec, fields_of, is_expression, is_name
from cnncalc.spec.items import GROUPS, OPTIONS, Body, Call, Document, Group, Item, Line, Sequence, Value
from cnncalc.symbolic import IntExpr, to_text

if TYPE_CHECKING:
    from yaml import SafeDumper, ScalarNode

__all__ = [
    "can_be_word",
    "data_as_yaml",
    "document_as_yaml",
    "layer_as_fields",
    "layer_as_word",
    "line_as_words",
]


def layer_as_word(layer: Layer) -> str:
    """A layer as the shortest word for it: fields that have their defaults are left out."""
    return _word(layer.kind, layer_as_fields(layer))


def layer_as_fields(layer: Layer) -> tuple[tuple[str, Value], ...]:
    """The fields of a layer that do not have their defaults, as a spec writes them."""
    given = []
    for f in dataclasses.fields(layer):  # type: ignore[arg-type]
        value = getattr(layer, f.name)
        if f.default is dataclasses.MISSING or value != f.default:
            given.append((f.name, _as_written(value)))
    return tuple(given)


def can_be_word(layer: Layer) -> bool:
    """Whether the word for a layer is read as the same layer."""
    return _is_word(Call(layer.kind, layer_as_fields(layer)))


def _as_written(value: Any) -> Value:
    if isinstance(value, tuple):
        return tuple(map(_as_written, value))
    if isinstance(value, IntExpr):
        text = to_text(value)
        return text if _is_capital_name(text) else f"{{{text}}}"
    result: Value = value
    return result


def _is_capital_name(text: str) -> bool:
    return is_name(text) and SIZE.fullmatch(text) is not None and text != "none"


def line_as_words(line: Line) -> str:
    """Words for items that carry no names, inputs or conditions."""
    return " ".join(map(_item, line.items))


def _item(item: Item) -> str:
    body = item.body
    if isinstance(body, Call):
        return _word(body.kind, body.fields)
    if isinstance(body, Group):
        return f"{body.op}({'|'.join(map(_branch, body.branches))})"
    return f"{item.repeat}*({_branch(body.layers)})"


def _branch(lines: Sequence) -> str:
    return " ".join(map(line_as_words, lines))


def _word(kind: str, fields: Iterable[tuple[str, Value]]) -> str:
    """kind [sizes] ["-" number] ["/" sizes] { "," option }"""
    if kind not in KINDS:
        return ",".join([kind, *(f"{name}={_value(value)}" for name, value in fields)])
    form = KINDS[kind].word
    specs = fields_of(kind)
    values = dict(fields)
    head = kind
    for sign, field in (("", form.size), ("-", form.out), ("/", form.stride)):
        if field in values and field is not None and _fits_place(values[field], sign):
            head += sign + _value(values.pop(field))
    return ",".join([head, *(_option(specs[name], value) for name, value in values.items())])


def _fits_place(value: Value, sign: str) -> bool:
    """Whether a value can stand in one of a word's three places, where "-" ends what is before it."""
    if isinstance(value, tuple):
        return sign != "-" and len(value) > 1 and all(_fits_place(v, "") for v in value)
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, str):
        return is_expression(value) or _is_capital_name(value) or (sign == "-" and is_name(value))
    return "-" not in str(value)


def _option(spec: FieldSpec, value: Value) -> str:
    for flag, meaning in spec.flags.items():
        if value == meaning and type(value) is type(meaning):
            return flag
    if spec.option and _fits_place(value, ""):
        return f"{spec.option}{_value(value)}"
    return f"{spec.name}={_value(value)}"


def _value(value: Value) -> str:
    if isinstance(value, tuple):
        return "x".join(map(_value, value))
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def document_as_yaml(document: Document) -> str:
    """A spec file that reads back as the same document."""
    data: dict[str, Any] = {"cnncalc": 1}
    for key in ("name", "source", "input"):
        if getattr(document, key) is not None:
            data[key] = getattr(document, key)
    if document.vars:
        data["vars"] = dict(document.vars)
    if document.presets:
        data["presets"] = {name: dict(given) for name, given in document.presets}
    if document.blocks:
        data["blocks"] = {
            name: {"args": dict(b.args), "layers": _plain_sequence(b.layers)} for name, b in document.blocks
        }
    data["layers"] = _plain_sequence(document.layers)
    if document.module is not None:
        data["module"] = document.module
    if document.expect:
        data["expect"] = dict(document.expect)
    return data_as_yaml(data)


def data_as_yaml(data: Mapping[str, Any]) -> str:
    """Plain data as YAML that is read as the same."""
    import yaml

    text: str = yaml.dump(
        dict(data), Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return text


def _dumper() -> type[SafeDumper]:
    """PyYAML's dumper, with quotes around every text that is not read as itself without."""
    import yaml

    from cnncalc.spec.reader import read

    class Dumper(yaml.SafeDumper):
        pass

    def represent(dumper: SafeDumper, text: str) -> ScalarNode:
        try:
            plain = read(text, "yaml").value == text
        except SpecError:
            plain = False
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')

    Dumper.add_representer(str, represent)
    return Dumper


def _plain_sequence(lines: Sequence) -> list[Any]:
    return [_plain_line(line) for line in lines]


def _plain_line(line: Line) -> Any:
    if all(map(_is_words, line.items)):
        return line_as_words(line)
    (item,) = line.items
    body = item.body
    options = _plain_options(item)
    if isinstance(body, Call):
        fields = {k: list(v) if isinstance(v, tuple) else v for k, v in body.fields}
        return {body.kind: fields, **options}
    if isinstance(body, Group):
        branches = [_plain_sequence(b) for b in body.branches]
        if body.op == "res":
            return {"res": dict(zip(("main", "shortcut"), branches, strict=False)), **options}
        return {body.op: branches, **options}
    if item.name is not None and item.name not in (*GROUPS, *OPTIONS, "layer") and not _is_layer(item, body):
        del options["name"]
        return {item.name: _plain_sequence(body.layers), **options}
    (inner,) = body.layers
    if len(inner.items) > 1 or inner.items[0].repeat is not None:
        return {"layer": line_as_words(inner), **options}
    # a single word is its own body, unless it is repeated by words
    del options["repeat"]
    return {"layer": f"{item.repeat}*({line_as_words(inner)})", **options}


def _is_layer(item: Item, body: Body) -> bool:
    """Whether a list can be written as the words of `layer`: several, or a repetition."""
    if len(body.layers) != 1 or not all(map(_is_words, body.layers[0].items)):
        return False
    first, *others = body.layers[0].items
    repeated = item.repeat is not None and (first.repeat is not None or _is_count(item.repeat))
    return bool(others) or repeated


def _is_words(item: Item) -> bool:
    """Whether words can say all of an item."""
    body = item.body
    if item.sources or any(said is not None for said in (item.name, item.when, item.weights, item.index)):
        return False
    if isinstance(body, Call):
        return item.repeat is None and _is_word(body)
    if isinstance(body, Body):
        return _is_count(item.repeat) and _is_branch(body.layers)
    return item.repeat is None and all(map(_is_branch, body.branches)) and body.branches != ((),)


def _is_word(call: Call) -> bool:
    if call.kind in KINDS:
        specs = fields_of(call.kind)
        return all(_is_word_for(specs[name], value) or _can_be_written(value) for name, value in call.fields)
    arguments = all(is_name(name) and _can_be_written(v) for name, v in call.fields)
    return arguments and (is_name(call.kind) or is_expression(call.kind))


def _is_word_for(spec: FieldSpec, value: Value) -> bool:
    """Whether a word can hold a value because of the field that it is for: one integer for a list, a choice."""
    if isinstance(value, tuple):
        return not spec.number and len(value) == 1 and isinstance(value[0], int)
    return value in spec.choices


def _is_branch(lines: Sequence) -> bool:
    return not lines or (len(lines) == 1 and all(map(_is_words, lines[0].items)))


def _is_count(repeat: int | str | None) -> bool:
    """Whether a number of repetitions can stand before "*("."""
    if isinstance(repeat, str):
        return is_name(repeat) or is_expression(repeat)
    return repeat is not None and repeat >= 0


def _can_be_written(value: Value) -> bool:
    """Whether a word can hold a value and is read as the same."""
    if isinstance(value, tuple):
        return len(value) > 1 and all(map(_is_size, value))
    if isinstance(value, str):
        choice = value.replace("-", "_")
        several = SIZES.fullmatch(value) and not SIZE.fullmatch(value)
        return is_expression(value) or (is_name(choice) and value not in _CONSTANTS and not several)
    return True


_CONSTANTS = ("true", "false", "none")


def _is_size(value: Value) -> bool:
    """Whether a value can be one of several sizes."""
    if isinstance(value, str):
        return is_expression(value) or _is_capital_name(value)
    return not isinstance(value, bool | tuple)


def _plain_options(item: Item) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if item.name is not None:
        options["name"] = item.name
    if item.sources:
        options["from"] = list(item.sources)
    for key in ("repeat", "index", "when", "weights"):
        if getattr(item, key) is not None:
            options[key] = getattr(item, key)
    return options
