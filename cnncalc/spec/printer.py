"""Specs as text again: layers and items as words, documents as YAML. What is printed reads back as the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from cnncalc.layers import KINDS, Layer
from cnncalc.spec.fields import FieldSpec, fields_of
from cnncalc.spec.items import Body, Call, Document, Group, Item, Line, Sequence, Value
from cnncalc.symbolic import IntExpr, to_text

__all__ = ["document_as_yaml", "layer_as_word", "line_as_words"]


def layer_as_word(layer: Layer) -> str:
    """A layer as the shortest word for it: fields that have their defaults are left out."""
    given = []
    for f in dataclasses.fields(layer):  # type: ignore[arg-type]
        value = getattr(layer, f.name)
        if f.default is dataclasses.MISSING or value != f.default:
            given.append((f.name, _as_written(value)))
    return _word(layer.kind, given)


def _as_written(value: Any) -> Value:
    if isinstance(value, tuple):
        return tuple(map(_as_written, value))
    if isinstance(value, IntExpr):
        text = to_text(value)
        return text if _is_capital_name(text) else f"{{{text}}}"
    result: Value = value
    return result


def _is_capital_name(text: str) -> bool:
    return text.isidentifier() and text.upper() == text and text.isascii() and text[0] != "_"


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
    places = {form.size: "", form.out: "-", form.stride: "/"}
    head = kind
    for field in (form.size, form.out, form.stride):
        if field in values and field is not None and _positional(values[field], scalar=field == form.out):
            head += places[field] + _value(values.pop(field))
    return ",".join([head, *(_option(specs[name], value) for name, value in values.items())])


def _positional(value: Value, *, scalar: bool) -> bool:
    """Whether a value can stand in one of a word's three places."""
    if isinstance(value, tuple):
        return not scalar and len(value) > 1 and all(_positional(v, scalar=False) for v in value)
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, str):
        return value.startswith("{") or _is_capital_name(value) or scalar
    return True


def _option(spec: FieldSpec, value: Value) -> str:
    for flag, meaning in spec.flags.items():
        if value == meaning and type(value) is type(meaning):
            return flag
    if spec.option and _positional(value, scalar=False):
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
    import yaml

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
    if document.expect:
        data["expect"] = dict(document.expect)
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
    return text


def _plain_sequence(lines: Sequence) -> list[Any]:
    return [_plain_line(line) for line in lines]


def _plain_line(line: Line) -> Any:
    if len(line.items) != 1 or _is_words(line.items[0]):
        return line_as_words(line)
    (item,) = line.items
    body = item.body
    options = _plain_options(item)
    if isinstance(body, Group):
        branches = [_plain_sequence(b) for b in body.branches]
        if body.op == "res":
            return {"res": dict(zip(("main", "shortcut"), branches, strict=False)), **options}
        return {body.op: branches, **options}
    if isinstance(body, Body):
        if item.name is not None:
            del options["name"]
            return {item.name: _plain_sequence(body.layers), **options}
        return {"layer": line_as_words(body.layers[0]), **options}
    fields: Mapping[str, Any] = {k: list(v) if isinstance(v, tuple) else v for k, v in body.fields}
    return {body.kind: dict(fields), **options}


def _is_words(item: Item) -> bool:
    """Whether words can say all of an item."""
    if item.name is not None or item.sources or item.when is not None or item.weights is not None:
        return False
    if isinstance(item.body, Call):
        return item.repeat is None and not any(_has_text(v) for _, v in item.body.fields)
    branches = (item.body.layers,) if isinstance(item.body, Body) else item.body.branches
    repeats = isinstance(item.body, Body) == (item.repeat is not None)
    return repeats and all(
        len(b) <= 1 and all(_is_words(i) for line in b for i in line.items) for b in branches
    )


def _has_text(value: Value) -> bool:
    """Whether a value holds a text that no word can hold."""
    if isinstance(value, tuple):
        return any(map(_has_text, value)) or len(value) == 1
    return isinstance(value, str) and not (value.startswith("{") or value.replace("-", "_").isidentifier())


def _plain_options(item: Item) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if item.name is not None:
        options["name"] = item.name
    if item.sources:
        options["from"] = list(item.sources)
    for key in ("repeat", "when", "weights"):
        if getattr(item, key) is not None:
            options[key] = getattr(item, key)
    return options
