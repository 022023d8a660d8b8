"""The border: what a spec may write into a layer's fields, derived from the layer's dataclass.

pydantic owns the structure (known fields, types); whether a value makes sense where the layer stands is the
layer's own affair. A kind's model is made when the kind is first used.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

from cnncalc.errors import FormulaError, SpecError, nearest
from cnncalc.layers import KINDS, Layer
from cnncalc.spec.items import Value
from cnncalc.spec.source import GREATEST_INTEGER
from cnncalc.symbolic import Dim, IntExpr, parse_expression

__all__ = [
    "FieldSpec",
    "constructor",
    "fields_of",
    "is_expression",
    "is_name",
    "model_of",
    "validate",
]


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIZES = re.compile(r"(?:-?\d+|[A-Z][A-Z0-9_]*|\{[^{}]*\})(?:x(?:-?\d+|[A-Z][A-Z0-9_]*|\{[^{}]*\}))+")
_SIZE = re.compile(r"\{[^{}]*\}|[^x]+")


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def is_expression(value: object) -> bool:
    return isinstance(value, str) and value.startswith("{") and value.endswith("}")


@dataclass(frozen=True, slots=True)
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
            "an integer" if self.number else "",
            "one integer for each axis" if self.sizes else "",
            "a number" if self.real else "",
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


def _checked_number(text: str) -> str:
    """A name, or an expression in braces. Raises ValueError with the reason otherwise."""
    if is_expression(text):
        try:
            _ = parse_expression(text[1:-1]).names
        except FormulaError as error:
            d = error.diagnostics[0]
            raise ValueError(f"{d.message}{f' ({d.cure})' if d.cure else ''}") from None
    elif not is_name(text):
        raise ValueError("")
    return text


def _checked_sizes(text: str) -> Any:
    """ "3x5" as one value for each axis."""
    if not _SIZES.fullmatch(text):
        raise ValueError("")
    parts = _SIZE.findall(text)
    return tuple(int(p) if p.lstrip("-").isdigit() else _checked_number(p) for p in parts)


def _checked_braces(text: str) -> str:
    if not is_expression(text):
        raise ValueError("")
    return _checked_number(text)


_Integer = Annotated[int, Field(strict=True, ge=-GREATEST_INTEGER, le=GREATEST_INTEGER)]
_Named = Annotated[
    str, AfterValidator(_checked_number), Field(description="a name, or an expression in braces: {2*width}")
]
_Sizes = Annotated[str, AfterValidator(_checked_sizes), Field(description="one number for each axis: 3x5")]
_Braces = Annotated[str, AfterValidator(_checked_braces), Field(description="an expression in braces")]
_Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_Flag = Annotated[bool, Field(strict=True)]


def _annotation(spec: FieldSpec) -> Any:
    members: list[Any] = []
    if spec.choices:
        members.append(Literal[spec.choices])
    if spec.boolean:
        members += [_Flag, _Braces]
    if spec.number or spec.sizes:
        members += [_Integer, _Named]
    if spec.sizes:
        one: Any = _Integer | _Named | None if spec.optional else _Integer | _Named
        members += [Annotated[list[one], Field(min_length=1, max_length=16)], _Sizes]
    if spec.real:
        members += [_Real, _Integer, _Braces]
    if spec.text:
        members.append(str)
    if spec.optional:
        members.append(type(None))
    return Annotated[Union[tuple(members)], Field(description=spec.doc)]  # noqa: UP007 - the members are computed


@lru_cache(maxsize=None)
def model_of(kind: str) -> type[BaseModel]:
    """The pydantic model of a kind's fields: strict, with nothing else allowed."""
    definitions: dict[str, Any] = {
        name: (_annotation(spec), ... if spec.required else spec.default)
        for name, spec in fields_of(kind).items()
    }
    config = ConfigDict(extra="forbid", strict=True)
    return create_model(f"{kind}_fields", __config__=config, **definitions)


def validate(kind: str, values: Mapping[str, Any]) -> tuple[tuple[str, Value], ...]:
    """The values of a layer's fields as they were written, known to be of the right types.

    Raises SpecError with `field` set to the field that is to blame.
    """
    try:
        model = model_of(kind).model_validate(values)
    except ValidationError as error:
        raise _reworded(kind, error) from None
    return tuple((name, _frozen(getattr(model, name))) for name in values)


def _frozen(value: Any) -> Value:
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    result: Value = value
    return result


def _reworded(kind: str, error: ValidationError) -> SpecError:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    specs = fields_of(kind)
    if first["type"] == "extra_forbidden":
        close = nearest(name, tuple(specs))
        known = ", ".join(specs) if specs else "none"
        cure = f"did you mean '{close}'?" if close else f"its fields: {known}"
        return SpecError(f"{kind} has no field '{name}'", cure, code="CNN121", field=name)
    spec = specs[name]
    if first["type"] == "missing":
        return SpecError(
            f"{kind} needs '{name}' ({spec.doc})", f"{_example(kind)}", code="CNN122", field=None
        )
    value = next(e["input"] for e in error.errors(include_url=False) if e["loc"][0] == name)
    reasons = [
        str(e.get("ctx", {}).get("error", "")) for e in error.errors(include_url=False) if e["loc"][0] == name
    ]
    reason = next((r for r in reasons if r), "")
    if reason:
        return SpecError(f"{name}: {reason}", None, code="CNN150", field=name)
    shown = "none" if value is None else f"'{value}'" if isinstance(value, str) else str(value).lower()
    return SpecError(f"{name} is {shown[:60]}", f"give {spec.expects()}", code="CNN123", field=name)


def _example(kind: str) -> str:
    form = KINDS[kind].word
    numbers = {form.size: "3", form.out: "64"}
    specs = fields_of(kind)
    word = kind
    if form.size and specs[form.size].required:
        word += numbers[form.size]
    if form.out and specs[form.out].required:
        word += f"-{numbers[form.out]}"
    rest = [f"{n}=…" for n, s in specs.items() if s.required and n not in (form.size, form.out)]
    return f"write {','.join([word, *rest])}"


Evaluate = Callable[[str], Any]


def constructor(
    kind: str, fields: tuple[tuple[str, Value], ...]
) -> Callable[[Callable[[str], Dim], Callable[[str], Any]], Layer]:
    """A function that makes the layer once names and expressions have values."""
    specs = fields_of(kind)
    cls = KINDS[kind]

    def make(number: Callable[[str], Dim], anything: Callable[[str], Any]) -> Layer:
        return cls(**{n: _evaluated(specs[n], v, number, anything) for n, v in fields})

    return make


def _evaluated(
    spec: FieldSpec, value: Value, number: Callable[[str], Dim], anything: Callable[[str], Any]
) -> Any:
    if isinstance(value, tuple):
        return tuple(_evaluated(spec, v, number, anything) for v in value)
    if isinstance(value, str):
        if value in spec.choices:
            return value
        if spec.number or spec.sizes:
            return number(value)
        if is_expression(value):
            result = anything(value)
            return float(result) if spec.real else bool(result) if spec.boolean else str(result)
    if spec.real and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
