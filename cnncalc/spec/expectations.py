"""`expect:` of a spec file: what the network is said to be, one statement at a time, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnncalc.errors import Span, SpecError
from cnncalc.layers.storage import DType
from cnncalc.record import record
from cnncalc.spec.bounds import BOUND, Bound, bound_of
from cnncalc.spec.items import Document
from cnncalc.spec.reader import Located, plain
from cnncalc.spec.source import GREATEST_INTEGER, shown
from cnncalc.spec.structure import reworded

__all__ = ["Expectation", "Expected", "expectations_of"]

_Text = Annotated[str, Field(json_schema_extra={"pattern": BOUND})]
_SIZE = "^ *[0-9]+(?: *[x×] *[0-9]+)* *$"
_Integer = Annotated[int, Field(ge=0, le=GREATEST_INTEGER)]
_One = _Integer | _Text
#: an exact integer, a bound as text ("<= 300M", 4.09G, 1M..2M), or several that must all hold
Number = _One | Annotated[list[_One], Field(min_length=1)]
#: 64x56x56, or 10
Size = _Integer | Annotated[str, Field(json_schema_extra={"pattern": _SIZE})]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ExpectedField(_Strict):
    """The receptive field of the output's units. Of several axes all must be so."""

    size: Number | None = Field(None, description="pixels from the first to the last that a unit sees")
    jump: Number | None = Field(
        None, description="pixels from one unit's field to the next: the effective stride"
    )


class ExpectedBytes(_Strict):
    """Bytes in inference, for a batch and a type of numbers."""

    weights: Number | None = Field(None, description="bytes of the parameters")
    activations: Number | None = Field(None, description="bytes of all results together, views counted once")
    batch: Annotated[int, Field(ge=1, le=GREATEST_INTEGER)] = Field(1, description="images at a time")
    dtype: DType = Field("float32", description="the type of all numbers")


class ExpectedMemory(ExpectedBytes):
    """Bytes in inference, for a batch and a type of numbers, of a whole network."""

    peak: Number | None = Field(None, description="the most bytes of activations alive at once")
    total: Number | None = Field(None, description="weights, buffers and the peak")


class ExpectedPart(_Strict):
    """What one layer or block is expected to be."""

    output: Size | None = Field(None, description="the size of what comes out: 64x56x56, or 10")
    params: Number | None = Field(None, description="parameters, shared ones once")
    trainable: Number | None = Field(None, description="parameters that are trained")
    buffers: Number | None = Field(
        None, description="numbers that are kept and not trained: running statistics"
    )
    macs: Number | None = Field(None, description="multiply-accumulates for one image")
    flops: Number | None = Field(
        None, description="floating-point operations for one image: two for each MAC"
    )
    rf: ExpectedField | None = Field(None, description="the receptive field of its units")
    memory: ExpectedBytes | None = Field(None, description="bytes in inference")
    fold: Literal["all"] | Number | None = Field(
        None, description="how many batch normalisations can be folded: all, or a number"
    )


class Expected(ExpectedPart):
    """What a network is expected to be."""

    memory: ExpectedMemory | None = Field(None, description="bytes in inference")
    depth: Number | None = Field(None, description="layers with weights on the longest path")
    layers: dict[str, ExpectedPart] = Field(
        default_factory=dict, description="what single layers and blocks are expected to be, by name"
    )
    presets: dict[str, Expected] = Field(
        default_factory=dict, description="what the members of the family are expected to be, by name"
    )


@record
class Expectation:
    """One statement. `quantity` is a name like macs or memory.peak; `layer` None says it of the whole network.

    `wanted` is a bound, or the text of a size for outputs, or "all" for folding.
    """

    preset: str | None
    layer: str | None
    quantity: str
    wanted: Bound | str
    span: Span
    batch: int = 1
    dtype: DType = "float32"

    @property
    def name(self) -> str:
        """resnet50: layer1.macs"""
        where = f"{self.preset}: " if self.preset else ""
        return f"{where}{f'{self.layer}.' if self.layer else ''}{self.quantity}"


def expectations_of(document: Document) -> tuple[Expectation, ...]:
    """All that a document expects, in the order in which it is written.

    Raises SpecError with the place of what is not of this structure.
    """
    root = document.told.get("expect")
    if root is None:
        return ()
    try:
        Expected.model_validate(plain(root))
    except ValidationError as error:
        raise reworded(error, root, _model_at) from None
    return tuple(_of_network(root, None))


_MODELS: dict[str, type[BaseModel]] = {"layers": ExpectedPart, "presets": Expected, "rf": ExpectedField}


def _model_at(path: Sequence[str | int]) -> type[BaseModel]:
    """The model whose field the last key on a path is."""
    model: type[BaseModel] = Expected
    keys = iter(path[:-1])
    for key in keys:
        if key in ("layers", "presets"):
            next(keys, None)
        if key == "memory":
            model = ExpectedMemory if model is Expected else ExpectedBytes
        elif key in _MODELS:
            model = _MODELS[str(key)]
    return model


def _entries(node: Located) -> Iterator[tuple[str, Located]]:
    if isinstance(node.value, dict):
        yield from ((key, entry.node) for key, entry in node.value.items())


def _of_network(node: Located, preset: str | None) -> Iterator[Expectation]:
    for key, value in _entries(node):
        if key == "layers":
            for layer, part in _entries(value):
                for quantity, said in _entries(part):
                    yield from _statements(preset, layer, quantity, said)
        elif key == "presets":
            for member, expected in _entries(value):
                yield from _of_network(expected, member)
        else:
            yield from _statements(preset, None, key, value)


def _statements(preset: str | None, layer: str | None, quantity: str, node: Located) -> Iterator[Expectation]:
    if isinstance(node.value, dict):
        how: dict[str, Any] = {k: v.value for k, v in _entries(node) if k in ("batch", "dtype")}
        for key, value in _entries(node):
            if key not in how:
                yield from _values(preset, layer, f"{quantity}.{key}", value, how)
    else:
        yield from _values(preset, layer, quantity, node, {})


def _values(
    preset: str | None, layer: str | None, quantity: str, node: Located, how: dict[str, Any]
) -> Iterator[Expectation]:
    for one in node.value if isinstance(node.value, tuple) else (node,):
        said = one.value
        if said is None:
            continue
        if quantity == "output" and not re.match(_SIZE, str(said)):
            raise SpecError(
                f"output is {shown(str(said))}, which is no size",
                "write 64x56x56, or 10",
                code="CNN124",
                span=one.span,
            )
        if quantity == "output" or (quantity == "fold" and node.value == "all"):
            yield Expectation(preset, layer, quantity, str(said), one.span, **how)
        elif isinstance(said, int | str):
            yield Expectation(preset, layer, quantity, bound_of(said, one.span), one.span, **how)
