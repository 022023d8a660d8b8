"""The border: what a spec may write into a layer's fields, read off the layer's dataclass.

Words and files are checked here, by the same rules and with the same messages: known fields, right types. Whether a
value makes sense where the layer stands is the layer's own affair. `models` has the same rules as pydantic models.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from math import isfinite
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cnncalc.errors import CnncalcError, FormulaError, SpecError, nearest
from cnncalc.layers import KINDS, Layer
from cnncalc.record import record
from cnncalc.spec.items import Value
from cnncalc.spec.source import GREATEST_INTEGER, shown
from cnncalc.symbolic import IntExpr, as_integer, names, parse_expression

__all__ = [
    "EXPRESSION",
    "SIZE",
    "SIZES",
    "FieldSpec",
    "constructor",
    "fields_of",
    "is_expression",
    "is_name",
    "number_of",
    "placeless",
    "told",
    "validate",
]

EXPRESSION = r"\{[^{}]*+\}"
_NUMBER = rf"(?:-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|[A-Z][A-Z0-9_]*|{EXPRESSION}|none)"
#: number = INT | DECIMAL | CAPITALS | "{" expression "}" | "none"
SIZE = re.compile(_NUMBER)
#: sizes = number { "x" number }
SIZES = re.compile(rf"{_NUMBER}(?:x{_NUMBER})*+")
_MOST_SIZES = 16
_MOST_DIGITS = 400
_TOO_LARGE = "numbers go up to 10^15"


def is_name(text: str) -> bool:
    """Whether a text can be the name of a variable: ASCII letters, digits and _."""
    return text.isidentifier() and text.isascii()


def is_expression(value: object) -> bool:
    """Whether a value is one expression in braces; `{a}x{b}` is two."""
    return (
        isinstance(value, str)
        and value[:1] == "{"
        and value.find("}") == len(value) - 1
        and "{" not in value[1:]
    )


def number_of(text: str) -> int | float | str | None:
    """The value that is written as one number of sizes.

    Raises ValueError if it is too large.
    """
    if text[0] not in "-0123456789":
        return None if text == "none" else text
    if len(text) > _MOST_DIGITS:
        raise ValueError(_TOO_LARGE)
    whole = text.removeprefix("-").isdigit()
    value = int(text) if whole else float(text)
    if not isfinite(value) or (whole and abs(value) > GREATEST_INTEGER):
        raise ValueError(_TOO_LARGE)
    return value


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
    gaps: bool  # none in place of one of several sizes
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


@cache
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
        optional=type(None) in members,
        gaps=type(None) in inside,
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
                raise ValueError(_TOO_LARGE)
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
    if (spec.number or spec.sizes) and is_name(text):
        return text
    if spec.sizes and "x" in text and SIZES.fullmatch(text):
        return _checked(spec, [number_of(part) for part in SIZE.findall(text)])
    raise ValueError


def _checked_size(spec: FieldSpec, value: Any) -> Value:
    """One of several values: an integer, a name or an expression."""
    match value:
        case None if spec.gaps:
            return None
        case bool():
            pass
        case int():
            if abs(value) > GREATEST_INTEGER:
                raise ValueError(_TOO_LARGE)
            return value
        case float() if spec.real and isfinite(value):
            return value
        case str() if is_expression(value):
            return _checked_expression(value)
        case str() if is_name(value):
            return value
    raise ValueError


def _checked_expression(text: str) -> str:
    try:
        parse_expression(text[1:-1])
    except FormulaError as error:
        d = error.diagnostics[0]
        raise ValueError(f"{d.message}{f' ({d.cure})' if d.cure else ''}") from None
    return text


def validate(kind: str, values: Mapping[str, Any]) -> tuple[tuple[str, Value], ...]:
    """The values of a layer's fields as they were written, known to be of the right types, in the kind's order.

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
    return tuple([(name, _accepted(spec, values[name])) for name, spec in specs.items() if name in values])


def _accepted(spec: FieldSpec, value: Any) -> Value:
    try:
        return _checked(spec, value)
    except ValueError as error:
        reason = str(error)
        message = f"{spec.name} is {told(value)}" + (f": {reason}" if reason else "")
        cure = None if reason else f"give {spec.expects()}"
        raise SpecError(message, cure, code="CNN123", field=spec.name) from None


def told(value: Any) -> str:
    """A value as messages tell it: 3, none, 'x', [3, none]."""
    if isinstance(value, list | tuple):
        inside = ", ".join(map(told, value[:_MOST_SIZES]))
        return f"[{inside}{', …' if len(value) > _MOST_SIZES else ''}]"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, bool):
        return str(value).lower()
    return shown(value) if isinstance(value, str) else "none" if value is None else str(value)


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


def constructor(kind: str, fields: tuple[tuple[str, Value], ...]) -> Callable[[Callable[[str], Any]], Layer]:
    """A function that makes the layer, given what computes the values of names and expressions.

    It raises CnncalcError with `field` set to the field that is to blame.
    """
    specs = fields_of(kind)
    cls = KINDS[kind]

    def make(compute: Callable[[str], Any]) -> Layer:
        values = {}
        for name, value in fields:
            try:
                values[name] = _made(specs[name], value, compute)
            except CnncalcError as error:
                error.field = error.field or name
                raise
        return cls(**values)

    return make


def _made(spec: FieldSpec, value: Value, compute: Callable[[str], Any]) -> Any:
    """A field's value as the layer keeps it."""
    if isinstance(value, tuple):
        return tuple([_made_one(spec, v, compute) for v in value])
    made = _made_one(spec, value, compute)
    return made if spec.number or not spec.sizes or made is None else (made,)


def _made_one(spec: FieldSpec, value: Value, compute: Callable[[str], Any]) -> Any:
    if isinstance(value, str) and value not in spec.choices:
        return _fitting(spec, value.strip("{}"), compute(value))
    if spec.real and not spec.number and isinstance(value, int):
        return float(value)
    return value


def _fitting(spec: FieldSpec, text: str, result: Any) -> Any:
    """The value of an expression if the field can have it: an integer, a decimal or a flag."""
    if spec.real and isinstance(result, Fraction):
        return float(result)
    if spec.number or spec.sizes:
        try:
            return as_integer(result, text)
        except FormulaError as error:
            raise placeless(error) from None
    if isinstance(result, IntExpr):
        named = ", ".join(sorted(names(result)))
        raise SpecError(f"{spec.name} depends on {named}", f"give {spec.expects()}", code="CNN123")
    if isinstance(result, bool):
        if spec.boolean:
            return result
    elif isinstance(result, int):
        if spec.real:
            return float(result)
        if result in (0, 1):
            return bool(result)
    is_so = "" if told(result) == text else f", which is {told(result)}"
    raise SpecError(f"{spec.name} is {text}{is_so}", f"give {spec.expects()}", code="CNN123")


def placeless(error: CnncalcError) -> CnncalcError:
    """The error, without its place if that is one within an expression: whoever knows where that stands adds it."""
    if not isinstance(error, FormulaError):
        return error
    d = error.diagnostics[0]
    return SpecError(d.message, d.cure, code=d.code)
