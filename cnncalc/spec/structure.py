"""The structure of a spec file as pydantic models, and pydantic's complaints in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cnncalc.errors import SpecError, nearest
from cnncalc.spec.fields import told
from cnncalc.spec.items import INPUT
from cnncalc.spec.reader import Located, locate
from cnncalc.spec.source import GREATEST_INTEGER, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic_core import ErrorDetails

__all__ = ["BlockModel", "Given", "ItemOptions", "SpecFile", "reworded"]

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


def _version(value: object) -> object:
    if value is True or isinstance(value, float):
        raise ValueError("1")
    return value


class SpecFile(_Strict):
    """A network as a declarative spec."""

    cnncalc: Annotated[Literal[1], BeforeValidator(_version)] = Field(
        description="the version of this format"
    )
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
    module: str | dict[str, Any] | None = Field(
        None, description="the nn.Module that is built by it: package.module:attribute"
    )
    expect: dict[str, Any] = Field(
        default_factory=dict,
        description="what the network is expected to be: output, params, macs, layers, …",
    )


class ItemOptions(_Strict):
    """What may be said of any layer, group or block besides what it is: `items.OPTIONS`."""

    name: str | int | None = Field(
        None, description="the name, by which others speak of it and its tensors are called"
    )
    from_: str | Annotated[list[str], Field(min_length=1)] | None = Field(
        None,
        alias="from",
        description=f"the names of its inputs, instead of the layer before; '{INPUT}' is the network's",
    )
    repeat: _Integer | str | None = Field(None, description="how often, one after the other")
    index: str | None = Field(
        None, description="what expressions call the number of a repetition, counted from 0"
    )
    when: str | bool | None = Field(None, description="a condition: the item is left out where it is false")
    weights: str | None = Field(None, description="the name of an earlier layer whose weights it shares")


def reworded(
    error: ValidationError, root: Located, model_at: Callable[[Sequence[str | int]], type[BaseModel]]
) -> SpecError:
    """pydantic's first complaint in our words, at its place. `model_at` tells whose field the last key on a path is."""
    errors = error.errors(include_url=False)
    # a slip of the pen says more than that something is missing
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    path = _path(first["loc"], root)
    if first["type"] == "missing":
        missing = first["loc"][-1]
        cure = {"cnncalc": "add the line cnncalc: 1", "input": "add a line like input: 3x224x224"}
        return SpecError(
            f"'{missing}' is missing",
            cure.get(str(missing), f"add {missing}: …"),
            code="CNN122",
            span=locate(root, path),
        )
    if first["type"] == "extra_forbidden":
        known = [f.alias or n for n, f in model_at(path).model_fields.items()]
        close = nearest(str(path[-1]), known)
        return SpecError(
            f"unknown field {shown(str(path[-1]))}",
            f"did you mean '{close}'?" if close else f"fields: {', '.join(known)}",
            code="CNN121",
            span=locate(root, path, key=True),
        )
    return _of_the_wrong_type(errors, path, root)


def _of_the_wrong_type(errors: list[ErrorDetails], path: list[int | str], root: Located) -> SpecError:
    """The complaints of all members of a union about one value as one; those that come deepest know best."""
    places = [(_path(e["loc"], root), e) for e in errors]
    deepest = max((p for p, _ in places if p[: len(path)] == path), key=len)
    found = [e for p, e in places if p == deepest]
    expected = dict.fromkeys(map(_expected, found))
    if "a number" in expected:
        expected.pop("an integer", None)
    *others, last = expected
    name = next(part for part in reversed(deepest) if isinstance(part, str))
    return SpecError(
        f"{name} is {_summary(found[0]['input'])}",
        f"give {', '.join(others)} or {last}" if others else f"give {last}",
        code="CNN123",
        span=locate(root, deepest),
    )


def _expected(error: ErrorDetails) -> str:
    if error["type"] == "greater_than_equal":
        return f"an integer of at least {error['ctx']['ge']}"
    return _EXPECTED.get(error["type"]) or error["msg"].removeprefix("Input should be ")


def _path(location: tuple[int | str, ...], root: Located) -> list[int | str]:
    """The keys and indices in pydantic's location, without the names of types that it puts between them."""
    path: list[int | str] = []
    value = root.value
    for part in location:
        if isinstance(value, dict) and isinstance(part, str) and part in value:
            value = value[part].node.value
            path.append(part)
        elif isinstance(value, tuple) and isinstance(part, int) and part < len(value):
            value = value[part].value
            path.append(part)
    return path


_EXPECTED = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "too_short": "a list that is not empty",
    "value_error": "1",
}


def _summary(value: object) -> str:
    if value is None or value in ([], {}):
        return "empty"
    return "a list" if isinstance(value, list) else told(value)
