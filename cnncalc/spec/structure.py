"""The structure of a spec file as pydantic models, and pydantic's complaints in our words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnncalc.errors import SpecError, nearest
from cnncalc.spec.items import INPUT
from cnncalc.spec.reader import Located, locate
from cnncalc.spec.source import GREATEST_INTEGER

__all__ = ["OPTIONS", "BlockModel", "Given", "ItemOptions", "SpecFile", "reworded"]

_Integer = Annotated[int, Field(ge=-GREATEST_INTEGER, le=GREATEST_INTEGER)]
#: a value for a variable or an argument: a number, a text, a flag, or an expression in braces
Given = _Integer | Annotated[float, Field(allow_inf_nan=False)] | bool | str | None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class BlockModel(_Strict):
    """A sequence of layers with arguments, used like a layer kind."""

    args: dict[str, Given] = Field(
        default_factory=dict,
        description="the arguments and their defaults; one without a default must be given",
    )
    layers: list[Any] = Field(min_length=1, description="the layers, in order")


class SpecFile(_Strict):
    """A network as a declarative spec."""

    cnncalc: Literal[1] = Field(description="the version of this format")
    name: str | None = Field(None, description="what the network is called")
    source: str | None = Field(None, description="where the architecture was published")
    input: _Integer | str = Field(description="channel-first size without the batch: 3x224x224")
    vars: dict[str, Given] = Field(
        default_factory=dict,
        description="variables for expressions in braces; later ones may use earlier ones",
    )
    presets: dict[str, dict[str, Given]] = Field(
        default_factory=dict, description="the members of a family: each a name, and values for its variables"
    )
    blocks: dict[str, BlockModel] = Field(default_factory=dict, description="sequences with arguments")
    layers: list[Any] = Field(min_length=1, description="the layers, in order")
    expect: dict[str, Any] = Field(
        default_factory=dict,
        description="what the network is expected to be: output, params, macs, layers, …",
    )


class ItemOptions(_Strict):
    """What may be said of any layer, group or block besides what it is."""

    name: str | int | None = Field(
        None, description="the name, by which others speak of it and its tensors are called"
    )
    from_: str | list[str] | None = Field(
        None,
        alias="from",
        description=f"the names of its inputs, instead of the layer before; '{INPUT}' is the network's",
    )
    repeat: _Integer | str | None = Field(None, description="how often, one after the other")
    when: str | bool | None = Field(None, description="a condition: the item is left out where it is false")
    weights: str | None = Field(None, description="the name of an earlier layer whose weights it shares")


#: the keys of an item that do not say what it is
OPTIONS = tuple(field.alias or name for name, field in ItemOptions.model_fields.items())


def reworded(error: ValidationError, root: Located, model: type[BaseModel], context: str = "") -> SpecError:
    """pydantic's first complaint in our words, at its place."""
    first = error.errors(include_url=False)[0]
    path = [part for part in first["loc"] if isinstance(part, int) or _is_key(part)]
    name = str(path[-1]) if path else ""
    if first["type"] == "extra_forbidden":
        known = [f.alias or n for n, f in model.model_fields.items()]
        close = nearest(name, tuple(known))
        cure = f"did you mean '{close}'?" if close else f"fields: {', '.join(known)}"
        return SpecError(
            f"{context}unknown field '{name}'", cure, code="CNN121", span=locate(root, path, key=True)
        )
    if first["type"] == "missing":
        cure = {"cnncalc": "add the line cnncalc: 1", "input": "add a line like input: 3x224x224"}.get(name)
        where = locate(root, path[:-1])
        return SpecError(f"{context}'{name}' is missing", cure or f"add {name}: …", code="CNN122", span=where)
    shown = first["input"]
    told = (
        "empty"
        if shown is None or shown in ([], {})
        else f"'{shown}'"[:60]
        if isinstance(shown, str | int | float)
        else "of the wrong kind"
    )
    expected = (
        first["msg"].removeprefix("Input should be ").replace("valid ", "").replace("dictionary", "mapping")
    )
    return SpecError(f"{context}{name} is {told}", f"give {expected}", code="CNN123", span=locate(root, path))


def _is_key(part: object) -> bool:
    """Whether a part of pydantic's location is a key of ours, not the name of a type within a union."""
    return (
        isinstance(part, str)
        and not part.startswith(("constrained-", "function-", "literal", "list[", "dict["))
        and part
        not in (
            "int",
            "float",
            "str",
            "bool",
            "none",
        )
    )
