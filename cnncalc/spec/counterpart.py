"""`module:` of a spec file: the nn.Module that is to build the same network. Nothing is imported here."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnncalc.errors import Span, SpecError
from cnncalc.record import record
from cnncalc.spec.items import Document
from cnncalc.spec.reader import locate, plain
from cnncalc.spec.source import shown
from cnncalc.spec.structure import Given, reworded

__all__ = ["REFERENCE", "Counterpart", "CounterpartModel", "counterpart_of"]

#: package.module:attribute, or path/to/file.py:attribute
REFERENCE = r"^[^:]+:[A-Za-z_][A-Za-z0-9_.]*$"


class CounterpartModel(BaseModel):
    """A module, how it is made, and what it calls its parts."""

    model_config = ConfigDict(extra="forbid", strict=True)

    make: Annotated[str, Field(json_schema_extra={"pattern": REFERENCE})] = Field(
        description="package.module:attribute, or path/to/file.py:attribute: an nn.Module, or what makes one"
    )
    kwargs: dict[str, Given] = Field(default_factory=dict, description="arguments that make it")
    names: dict[str, str] = Field(
        default_factory=dict, description="what the module calls the spec's layers: {stem: backbone.conv1}"
    )


@record
class Counterpart:
    """A module by name, the arguments that make it, and its names for the spec's layers."""

    reference: str
    kwargs: tuple[tuple[str, Given], ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    span: Span | None = None


def counterpart_of(document: Document) -> Counterpart | None:
    """The module that a document names, if it does.

    Raises SpecError with the place of what is not of this structure.
    """
    root = document.told.get("module")
    if root is None:
        return None
    if isinstance(root.value, str):
        found = Counterpart(root.value, span=root.span)
        place = root.span
    else:
        try:
            model = CounterpartModel.model_validate(plain(root))
        except ValidationError as error:
            raise reworded(error, root, lambda _: CounterpartModel) from None
        found = Counterpart(model.make, tuple(model.kwargs.items()), tuple(model.names.items()), root.span)
        place = locate(root, ("make",))
    if not re.match(REFERENCE, found.reference):
        raise SpecError(
            f"{shown(found.reference)} does not say which module, and what in it",
            "write package.module:attribute, or path/to/file.py:attribute",
            code="CNN125",
            span=place,
        )
    return found
