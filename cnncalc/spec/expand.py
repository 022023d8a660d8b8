"""From the tree of a spec to its layers, one after the other: variables, blocks, repetitions, branches, names.

Expressions may speak of the current input's size, so that every layer has to be placed before the next one is
known: the layers go to a `Sink`, which answers with shapes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from cnncalc.errors import CnncalcError, Span, SpecError, nearest
from cnncalc.layers import KINDS, Layer
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.spec.fields import constructor, is_expression, validate
from cnncalc.spec.items import GROUPS, INPUT, Block, Body, Call, Document, Group, Item, Line, Sequence
from cnncalc.spec.values import Given, Scope
from cnncalc.symbolic import Dim

__all__ = ["INPUT_REF", "MOST_LAYERS", "Origin", "Sink", "expand"]

MOST_LAYERS = 1_000_000
_MOST_STEPS = 4 * MOST_LAYERS
_DEEPEST = 64

#: the reference that stands for the network's input
INPUT_REF = -1

Refs = tuple[int, ...]


@record
class Origin:
    """Where a layer stands in the text. Cheap to keep: places are only computed for errors."""

    line: Line
    item: Item

    def span(self, field: str | None = None) -> Span:
        body = self.item.body
        marks = body.marks if isinstance(body, Call) else {}
        mark = marks.get(field or "") or marks.get("") or self.item.mark
        return self.line.place(mark)


class Sink(Protocol):
    """Who takes the layers."""

    def add(self, layer: Layer, inputs: Refs, name: str, origin: Origin, weights: int | None) -> int:
        """Place a layer; the reference by which later ones speak of its output."""

    def shape(self, ref: int) -> Shape:
        """The shape of an output that was placed before."""


def expand(document: Document, scope: Scope, sink: Sink) -> None:
    """Hand every layer of a document to the sink, in order.

    Raises SpecError or LayerError, with the place.
    """
    _Expander(document, sink).sequence(document.layers, _Place(scope, (INPUT_REF,), _Names()), _TOP)


_TOP = Line(())


@dataclass(slots=True)
class _Names:
    """The names given within one scope: a named list numbers its children, others are called after their kinds."""

    prefix: str = ""
    numbered: bool = False
    reserved: frozenset[str] = frozenset()
    _counts: dict[str, int] = field(default_factory=dict)

    def next(self, kind: str) -> str:
        key = "" if self.numbered else kind
        while True:
            count = self._counts.get(key, -1 if self.numbered else 0) + 1
            self._counts[key] = count
            name = f"{key}{count}"
            if name not in self.reserved:
                return name

    def full(self, name: str) -> str:
        return f"{self.prefix}{name}"


@record
class _Place:
    """The state while a sequence is walked: what names mean, what comes in, and what things are called."""

    scope: Scope
    refs: Refs
    names: _Names
    #: what `input` means: the input of the enclosing block, or the network's
    block_input: Refs = (INPUT_REF,)
    #: where C, H and W are measured within a group: at what enters it; None: at what enters the layer
    group_input: Refs | None = None
    depth: int = 0


class _Expander:
    def __init__(self, document: Document, sink: Sink) -> None:
        self._blocks = dict(document.blocks)
        self._sink = sink
        self._known: dict[str, int] = {}
        self._constants: dict[tuple[Any, ...], Layer] = {}
        self._steps = 0

    def sequence(self, lines: Sequence, place: _Place, outer: Line) -> Refs:
        """One item after the other; what comes out of the last."""
        explicit = frozenset(_explicit_names(lines))
        place.names.reserved |= explicit
        refs = place.refs
        for line in lines:
            where = line if line.origin is not None else outer
            for item in line.items:
                refs = self._item(item, replace(place, refs=refs), where)
        return refs

    def _item(self, item: Item, place: _Place, line: Line) -> Refs:
        """Name, inputs, condition and repetition of an item."""
        try:
            if item.sources:
                place = replace(place, refs=tuple(r for s in item.sources for r in self._resolve(s, place)))
            if item.when is not None and not self._computed(item.when, place):
                return place.refs
            count = self._count(item, place)
        except CnncalcError as error:
            raise error.at(line.place(item.mark)) from None
        if count is None:
            self._step(item, line)
            return self._one(item, place, line, item.name)
        names, outermost = place.names, place.names
        if item.name is not None:
            names = _Names(f"{names.full(item.name)}.", numbered=True)
        refs = place.refs
        for _ in range(count):
            self._step(item, line)
            refs = self._one(item, replace(place, refs=refs, names=names), line, None)
        if item.name is not None:
            self._remember(outermost.full(item.name), refs, line, item)
        return refs

    def _step(self, item: Item, line: Line) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise SpecError(
                f"the spec expands to more than {MOST_LAYERS:,} layers",
                "repeat less",
                code="CNN130",
                span=line.place(item.mark),
            )

    def _one(self, item: Item, place: _Place, line: Line, name: str | None) -> Refs:
        body = item.body
        if isinstance(body, Call):
            return self._call(item, body, place, line, name)
        if place.depth >= _DEEPEST:
            raise SpecError(
                f"nested deeper than {_DEEPEST}", "nest less", code="CNN107", span=line.place(item.mark)
            )
        given = name
        if given is None and place.names.numbered and isinstance(body, Group):
            given = place.names.next("")
        inner = replace(place, depth=place.depth + 1)
        if given is not None:
            numbered = isinstance(body, Body)
            inner = replace(inner, names=_Names(f"{place.names.full(given)}.", numbered=numbered))
        refs = (
            self.sequence(body.layers, inner, line)
            if isinstance(body, Body)
            else self._group(item, body, inner, line)
        )
        if given is not None:
            self._remember(place.names.full(given), refs, line, item)
        return refs

    def _group(self, item: Item, group: Group, place: _Place, line: Line) -> Refs:
        """Branches from the same place, and the node that joins them."""
        if group.op == "res" and len(group.branches) == 1:
            branches: tuple[Sequence, ...] = (*group.branches, ())
        else:
            branches = group.branches
        results: Refs = ()
        place = replace(place, group_input=place.refs)
        for branch in branches:
            results += self.sequence(branch, place, line)
        join = GROUPS[group.op]
        name = place.names.full(place.names.next(join))
        ref = self._sink.add(KINDS[join](), results, name, Origin(line, item), None)
        self._known[name] = ref
        return (ref,)

    def _call(self, item: Item, call: Call, place: _Place, line: Line, name: str | None) -> Refs:
        origin = Origin(line, item)
        kind = call.kind
        if is_expression(kind):
            call, kind = self._chosen(call, place, origin)
        if kind in self._blocks:
            return self._block(item, call, self._blocks[kind], place, line, name)
        layer = self._layer(call, place, origin)
        short = name if name is not None else place.names.next(kind)
        full = place.names.full(short)
        weights = None
        if item.weights is not None:
            try:
                (weights,) = self._resolve(item.weights, place)
            except (CnncalcError, ValueError) as error:
                known = (
                    error
                    if isinstance(error, CnncalcError)
                    else SpecError("weights of several layers", "name one")
                )
                raise known.at(origin.span()) from None
        if full in self._known:
            raise self._named_twice(full, origin.span())
        ref = self._sink.add(layer, place.refs, full, origin, weights)
        self._known[full] = ref
        return (ref,)

    def _chosen(self, call: Call, place: _Place, origin: Origin) -> tuple[Call, str]:
        """A kind that is the value of a variable."""
        try:
            kind = place.scope.values.get(call.kind[1:-1].strip())
            if not isinstance(kind, str) or (kind not in KINDS and kind not in self._blocks):
                shown = "nothing" if kind is None else f"'{kind}'"
                raise SpecError(
                    f"{call.kind} is {shown}, which is no layer kind or block",
                    "set the variable to one",
                    code="CNN110",
                )
            fields = call.fields if kind in self._blocks else validate(kind, dict(call.fields))
        except SpecError as error:
            raise error.at(origin.span(error.field)) from None
        return replace(call, kind=kind, fields=fields), kind

    def _layer(self, call: Call, place: _Place, origin: Origin) -> Layer:
        constant = self._constants.get((call.kind, call.fields))
        if constant is not None:
            return constant
        shape = self._shape(place)
        varies = False

        def number(text: str) -> Dim:
            nonlocal varies
            varies = True
            return place.scope.number(text, shape)

        def anything(text: str) -> Any:
            nonlocal varies
            varies = True
            return place.scope.given(text, shape)

        try:
            layer = constructor(call.kind, call.fields)(number, anything)
        except CnncalcError as error:
            raise error.at(origin.span(error.field)) from None
        if not varies:
            self._constants[call.kind, call.fields] = layer
        return layer

    def _block(
        self, item: Item, call: Call, block: Block, place: _Place, line: Line, name: str | None
    ) -> Refs:
        span = Origin(line, item).span
        if place.depth >= _DEEPEST:
            raise SpecError(
                f"block '{call.kind}' stands deeper than {_DEEPEST} blocks",
                "a block must not contain itself",
                code="CNN107",
                span=span(),
            )
        known = dict(block.args)
        for argument, _ in call.fields:
            if argument not in known:
                close = nearest(argument, tuple(known))
                cure = f"did you mean '{close}'?" if close else f"its arguments: {', '.join(known) or 'none'}"
                raise SpecError(
                    f"block '{call.kind}' has no argument '{argument}'",
                    cure,
                    code="CNN121",
                    span=span(argument),
                )
        shape = self._shape(place)
        values: dict[str, Given] = {}
        given = dict(call.fields)
        for argument, default in known.items():
            try:
                if argument in given:
                    values[argument] = place.scope.given(given[argument], shape)
                else:
                    outer = replace(place.scope, values={**place.scope.values, **values})
                    values[argument] = outer.given(default, shape)
            except CnncalcError as error:
                raise error.at(span(argument)) from None
            if values[argument] is None:
                raise SpecError(
                    f"block '{call.kind}' needs '{argument}'",
                    f"add {argument}: …",
                    code="CNN122",
                    span=span(),
                )
        short = name if name is not None else place.names.next(call.kind)
        full = place.names.full(short)
        scope = replace(place.scope, values={**place.scope.values, **values})
        inner = _Place(scope, place.refs, _Names(f"{full}."), place.refs, depth=place.depth + 1)
        refs = self.sequence(block.layers, inner, _TOP)
        self._remember(full, refs, line, item)
        return refs

    def _shape(self, place: _Place) -> Shape:
        return self._sink.shape((place.group_input or place.refs)[0])

    def _computed(self, text: str, place: _Place) -> Any:
        """The value of a text that is an expression in any case, with braces or without."""
        return place.scope.evaluate(text[1:-1] if is_expression(text) else text, self._shape(place))

    def _count(self, item: Item, place: _Place) -> int | None:
        repeat = item.repeat
        if repeat is None:
            return None
        count = repeat if isinstance(repeat, int) else self._computed(repeat, place)
        if not isinstance(count, int):
            raise SpecError(
                f"repeat is {count}, not a number that is known", "give a whole number", code="CNN131"
            )
        if count < 0:
            raise SpecError(f"repeat is {count}", "give 0 or more", code="CNN131")
        return count

    def _resolve(self, name: str, place: _Place) -> Refs:
        """What an earlier name stands for: looked up in this scope, then outwards."""
        if name == INPUT:
            return place.block_input
        scopes = place.names.prefix.split(".")[:-1]
        for end in range(len(scopes), -1, -1):
            full = ".".join([*scopes[:end], name])
            if full in self._known:
                return (self._known[full],)
        close = nearest(name, tuple(self._known))
        cure = f"did you mean '{close}'?" if close else "only earlier names can be spoken of"
        raise SpecError(f"no earlier layer is called '{name}'", cure, code="CNN116")

    def _remember(self, full: str, refs: Refs, line: Line, item: Item) -> None:
        if full in self._known:
            raise self._named_twice(full, line.place(item.mark))
        if len(refs) == 1:
            self._known[full] = refs[0]

    @staticmethod
    def _named_twice(full: str, span: Span) -> SpecError:
        return SpecError(
            f"two layers are called '{full}'", "give one of them another name", code="CNN117", span=span
        )


def _explicit_names(lines: Sequence) -> list[str]:
    """The names given by hand in a scope: of its own items, and of those in groups that have no name."""
    found: list[str] = []
    for line in lines:
        for item in line.items:
            if item.name is not None:
                found.append(item.name)
            elif isinstance(item.body, Body):
                found += _explicit_names(item.body.layers)
            elif isinstance(item.body, Group):
                for branch in item.body.branches:
                    found += _explicit_names(branch)
    return found
