"""The border: what a spec may write into a layer's fields, read off the layer's dataclass.

Words and files are checked here, by the same rules and with the same messages: known fields, right types. Whether a
value makes sense where the layer stands is the layer's own affair. `models` has the same rules as pydantic models.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from fractions import Fraction
from math import isfinite
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cnncalc.errors import CnncalcError, FormulaError, SpecError, nearest
from cnncalc.layers import KINDS, Layer
from cnncalc.record import record
from cnncalc.spec.items import Value
from cnncalc.spec.source import GREATEST_INTEGER
from cnncalc.symbolic import Dim, IntExpr, parse_expression

__all__ = [
    "FieldSpec",
    "constructor",
    "fields_of",
    "is_expression",
    "is_name",
    "validate",
]


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIZE = re.compile(r"\{[^{}]*\}|[^x]+|(?<=x)(?=x|$)|^(?=x)")
_MOST_SIZES = 16
_MOST_DIGITS = 17


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def is_expression(value: object) -> bool:
    return isinstance(value, str) and value.startswith("{") and value.endswith("}")


@record
class FieldSpec:
    """What one field of a kind takes, read off its type."""

    name: str
    doc: str
    default: Any
    option: str | None
    flags: Mapping[str, Any]
    number: bool  # an integer, or a name that stands for one
    sizes: bool  # several of them, one for each axis
    real: bool
    boolean: bool
    text: bool
    optional: bool
    choices: tuple[str, ...]

    @property
    def required(self) -> bool:
        return self.default is dataclasses.MISSING

    def expects(self) -> str:
        """What the field takes, in words."""
        kinds = [
            "an integer" if self.number and not self.real else "",
            "a number" if self.real else "",
            "one for each axis" if self.sizes and self.number else "integers like 2x1" if self.sizes else "",
            "true or false" if self.boolean else "",
            "a text" if self.text else "",
            *(f"'{c}'" for c in self.choices),
            "none" if self.optional else "",
        ]
        found = [k for k in kinds if k]
        return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} or {found[-1]}"


@lru_cache(maxsize=None)
def fields_of(kind: str) -> Mapping[str, FieldSpec]:
    """The fields of a kind by name, in order."""
    cls = KINDS[kind]
    hints = get_type_hints(cls)
    return {f.name: _field_spec(f, hints[f.name]) for f in dataclasses.fields(cls)}  # type: ignore[arg-type]


def _field_spec(f: dataclasses.Field[Any], hint: Any) -> FieldSpec:
    members = list(_members(hint))
    tuples = [m for m in members if get_origin(m) is tuple]
    inside = [x for t in tuples for a in get_args(t) if a is not Ellipsis for x in _members(a)]
    return FieldSpec(
        name=f.name,
        doc=f.metadata.get("doc", ""),
        default=f.default,
        option=f.metadata.get("option"),
        flags=f.metadata.get("flags", {}),
        number=IntExpr in members,
        sizes=bool(tuples),
        real=float in members,
        boolean=bool in members,
        text=str in members,
        optional=type(None) in members or type(None) in inside,
        choices=tuple(c for m in members if get_origin(m) is Literal for c in get_args(m)),
    )


def _members(hint: Any) -> Iterable[Any]:
    if get_origin(hint) in (Union, types.UnionType):
        for member in get_args(hint):
            yield from _members(member)
    else:
        yield hint


def _checked(spec: FieldSpec, value: Any) -> Value:
    """The value as it is kept: lists as tuples, "3x5" as one value for each axis.

    Raises ValueError if the field does not take it, with a reason where "expected …" does not say enough.
    """
    match value:
        case None if spec.optional:
            return None
        case bool() if spec.boolean:
            return value
        case bool():
            pass
        case int() if spec.number or spec.sizes or spec.real:
            if abs(value) > GREATEST_INTEGER:
                raise ValueError("numbers go up to 10^15")
            return value if spec.number or spec.real else (value,)
        case float() if spec.real and isfinite(value):
            return value
        case str():
            return _checked_text(spec, value)
        case list() | tuple() if spec.sizes and 1 <= len(value) <= _MOST_SIZES:
            return tuple([_checked_size(spec, v) for v in value])
    raise ValueError


def _checked_text(spec: FieldSpec, text: str) -> Value:
    if text in spec.choices or spec.text:
        return text
    if is_expression(text) and (spec.number or spec.sizes or spec.real or spec.boolean):
        return _checked_expression(text)
    if spec.number or spec.sizes:
        if is_name(text):
            return text
        if spec.sizes and "x" in text:
            return tuple([_checked_size(spec, int(p) if _is_integer(p) else p) for p in _SIZE.findall(text)])
    raise ValueError


def _checked_size(spec: FieldSpec, value: Any) -> Value:
    """One of several values: an integer, a name or an expression."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and abs(value) > GREATEST_INTEGER:
        raise ValueError("numbers go up to 10^15")
    if whole or (value is None and spec.optional) or (spec.real and isinstance(value, float) and isfinite(value)):
        return value  # type: ignore[no-any-return]
    if isinstance(value, str) and is_expression(value):
        return _checked_expression(value)
    if isinstance(value, str) and is_name(value):
        return value
    raise ValueError


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii() and len(text) <= _MOST_DIGITS


def _checked_expression(text: str) -> str:
    try:
        parse_expression(text[1:-1])
    except FormulaError as error:
        d = error.diagnostics[0]
        raise ValueError(f"{d.message}{f' ({d.cure})' if d.cure else ''}") from None
    return text


def validate(kind: str, values: Mapping[str, Any]) -> tuple[tuple[str, Value], ...]:
    """The values of a layer's fields as they were written, known to be of the right types.

    Raises SpecError with `field` set to the field that is to blame.
    """
    specs = fields_of(kind)
    for name in values:
        if name not in specs:
            close = nearest(name, tuple(specs))
            known = ", ".join(specs) or "none"
            cure = f"did you mean '{close}'?" if close else f"its fields: {known}"
            raise SpecError(f"{kind} has no field '{name}'", cure, code="CNN121", field=name)
    for name, spec in specs.items():
        if spec.required and name not in values:
            raise SpecError(f"{kind} needs '{name}' ({spec.doc})", f"write {_example(kind)}", code="CNN122")
    return tuple([(name, _accepted(specs[name], value)) for name, value in values.items()])


def _accepted(spec: FieldSpec, value: Any) -> Value:
    try:
        return _checked(spec, value)
    except ValueError as error:
        shown = "none" if value is None else f"'{value}'" if isinstance(value, str) else str(value).lower()
        reason = str(error)
        message = f"{spec.name} is {shown[:60]}" + (f": {reason}" if reason else "")
        cure = None if reason else f"give {spec.expects()}"
        raise SpecError(message, cure, code="CNN123", field=spec.name) from None


def _example(kind: str) -> str:
    """A word for the kind with everything that it needs."""
    form = KINDS[kind].word
    specs = fields_of(kind)
    word = kind
    for field, number in ((form.size, "3"), (form.out, "-64")):
        if field is not None and specs[field].required:
            word += number
    rest = [f"{n}=…" for n, s in specs.items() if s.required and n not in (form.size, form.out)]
    return ",".join([word, *rest])


def constructor(
    kind: str, fields: tuple[tuple[str, Value], ...]
) -> Callable[[Callable[[str], Dim], Callable[[str], Any]], Layer]:
    """A function that makes the layer once names and expressions have values."""
    specs = fields_of(kind)
    cls = KINDS[kind]

    def make(number: Callable[[str], Dim], anything: Callable[[str], Any]) -> Layer:
        values = {}
        for name, value in fields:
            try:
                values[name] = _evaluated(specs[name], value, number, anything)
            except CnncalcError as error:
                error.field = error.field or name
                raise
        return cls(**values)

    return make


def _evaluated(
    spec: FieldSpec, value: Value, number: Callable[[str], Dim], anything: Callable[[str], Any]
) -> Any:
    if isinstance(value, tuple):
        return tuple(_evaluated(spec, v, number, anything) for v in value)
    if isinstance(value, str):
        if value in spec.choices:
            return value
        if spec.number and spec.real:
            result = anything(value)
            return float(result) if isinstance(result, Fraction) else result
        if spec.number or spec.sizes:
            return number(value)
        if is_expression(value):
            result = anything(value)
            return float(result) if spec.real else bool(result) if spec.boolean else str(result)
    if spec.real and not spec.number and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
