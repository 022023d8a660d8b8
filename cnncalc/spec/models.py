"""A kind's fields as a pydantic model: the rules of `fields` in the form that the JSON Schema is generated from."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, create_model

from cnncalc.spec.fields import FieldSpec, fields_of
from cnncalc.spec.source import GREATEST_INTEGER

__all__ = ["model_of"]

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_BRACES = r"\{[^{}]*\}"
_SIZE = rf"(?:-?[0-9]+|[A-Z][A-Z0-9_]*|{_BRACES})"

_Integer = Annotated[int, Field(strict=True, ge=-GREATEST_INTEGER, le=GREATEST_INTEGER)]
_Named = Annotated[
    str,
    Field(pattern=rf"^(?:{_NAME}|{_BRACES})$", description="a name, or an expression in braces: {2*width}"),
]
_Sizes = Annotated[
    str, Field(pattern=rf"^{_SIZE}(?:x{_SIZE})+$", description="one number for each axis: 3x5")
]
_Braces = Annotated[str, Field(pattern=rf"^{_BRACES}$", description="an expression in braces")]
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
        one: Any = _Integer | _Named | (_Real if spec.real else _Integer)
        one = one | None if spec.optional else one
        members += [Annotated[list[one], Field(min_length=1, max_length=16)], _Sizes]
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
