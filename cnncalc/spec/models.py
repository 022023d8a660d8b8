"""A kind's fields as a pydantic model: the rules of `fields` in the form that the JSON Schema is generated from."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, Union

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from cnncalc.spec.fields import EXPRESSION, SIZE, FieldSpec, fields_of, number_of
from cnncalc.spec.source import GREATEST_INTEGER

__all__ = ["model_of"]

_MOST_SIZES = 16
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
#: as in `fields`, for engines that know no possessive repetition
_BRACES = EXPRESSION.replace("*+", "*")
_DECIMAL = r"-?[0-9]+\.[0-9]+(?:e[+-]?[0-9]+)?|-?[0-9]+e[+-]?[0-9]+"

_Integer = Annotated[int, Field(strict=True, ge=-GREATEST_INTEGER, le=GREATEST_INTEGER)]
_Named = Annotated[
    str,
    Field(pattern=rf"^(?:{_NAME}|{_BRACES})$", description="a name, or an expression in braces: {2*width}"),
]
_Braces = Annotated[str, Field(pattern=rf"^{_BRACES}$", description="an expression in braces")]
_Flag = Annotated[bool, Field(strict=True)]


def _with_point(value: object) -> object:
    """What may be a decimal; integers have bounds of their own."""
    if isinstance(value, int):
        raise ValueError("an integer")  # noqa: TRY004 - pydantic lets no other error through
    return value


_Real = Annotated[float, Field(strict=True, allow_inf_nan=False), BeforeValidator(_with_point)]


def _in_bounds(text: str) -> str:
    """Refuse numbers that are too large."""
    for part in SIZE.findall(text):
        number_of(part)
    return text


def _sizes(spec: FieldSpec) -> Any:
    """One number for each axis in one text: 3x5."""
    decimal = f"|{_DECIMAL}" if spec.real else ""
    none = "|none" if spec.gaps else ""
    one = rf"(?:-?[0-9]+{decimal}|[A-Z][A-Z0-9_]*|{_BRACES}{none})"
    pattern = rf"^{one}(?:x{one}){{1,{_MOST_SIZES - 1}}}$"
    described = Field(pattern=pattern, description="one number for each axis: 3x5")
    return Annotated[str, described, AfterValidator(_in_bounds)]


def _annotation(spec: FieldSpec) -> Any:
    members: list[Any] = []
    if spec.choices:
        members.append(Literal[spec.choices])
    if spec.boolean:
        members += [_Flag, _Braces]
    if spec.number or spec.sizes:
        members += [_Integer, _Named]
    if spec.sizes:
        one: Any = _Integer | _Named | (_Real if spec.real else _Integer)
        one = one | None if spec.gaps else one
        members += [Annotated[list[one], Field(min_length=1, max_length=_MOST_SIZES)], _sizes(spec)]
    if spec.real:
        members += [_Real, _Integer, _Braces]
    if spec.text:
        members.append(str)
    if spec.optional:
        members.append(type(None))
    return Annotated[Union[tuple(members)], Field(description=spec.doc)]  # noqa: UP007 - the members are computed


@cache
def model_of(kind: str) -> type[BaseModel]:
    """The pydantic model of a kind's fields: strict, with nothing else allowed."""
    definitions: dict[str, Any] = {
        name: (_annotation(spec), ... if spec.required else spec.default)
        for name, spec in fields_of(kind).items()
    }
    config = ConfigDict(extra="forbid", strict=True)
    return create_model(f"{kind}_fields", __config__=config, **definitions)
