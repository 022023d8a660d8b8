"""From the tree of a spec to its layers, one after the other: variables, blocks, repetitions, branches, names.

Expressions may speak of the current input's size, so that every layer has to be placed before the next one is
known: the layers go to a `Sink`, which answers with shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cnncalc.errors import CnncalcError, Span, SpecError, nearest
from cnncalc.layers import KINDS, Layer
from cnncalc.record import replace
from cnncalc.shape import Shape
from cnncalc.spec.fields import constructor, is_expression, told, validate
from cnncalc.spec.items import (
    AXIS_NAMES,
    GROUPS,
    INPUT,
    Block,
    Body,
    Call,
    Document,
    Group,
    Item,
    Line,
    Sequence,
)
from cnncalc.spec.names import Names, completed, explicit_names
from cnncalc.spec.place import Place
from cnncalc.spec.sink import INPUT_REF, Origin, Refs, Sink
from cnncalc.spec.values import Given, Scope, bare, names_in

__all__ = ["MOST_LAYERS", "expand"]

MOST_LAYERS = 1_000_000
_DEEPEST = 64
_MOST_SOURCES = 10_000
#: how many items may be gone through: these, and so many more for every layer
_MOST_STEPS, _STEPS_PER_LAYER = 100_000, 20
#: after so many, the whole is counted in advance
_SUSPICIOUS = 10_000

_T = TypeVar("_T")
_AXES = {name for names in AXIS_NAMES.values() for name in names}


def expand(document: Document, scope: Scope, sink: Sink) -> tuple[Refs, Mapping[str, Refs]]:
    """Hand every layer of a document to the sink, in order: what comes out at the end, and what each name stands for.

    Raises SpecError or LayerError, with the place.
    """
    expander = _Expander(document, scope, sink)
    return expander.sequence(document.layers, Place(scope, (INPUT_REF,), Names()), _TOP), expander.known


_TOP = Line(())


class _Expander:
    def __init__(self, document: Document, scope: Scope, sink: Sink) -> None:
        self._document = document
        self._scope = scope
        self._blocks = dict(document.blocks)
        self._sink = sink
        #: what each name stands for: a layer, or what comes out of a block or list
        self.known: dict[str, Refs] = {}
        self._constants: dict[tuple[Any, ...], Layer] = {}
        self._steps = 0
        self._placed = 0

    def sequence(self, lines: Sequence, place: Place, outer: Line) -> Refs:
        """One item after the other; what comes out of the last."""
        place.names.reserve(explicit_names(lines))
        refs = place.refs
        for line in lines:
            where = line if line.origin is not None else outer
            for item in line.items:
                refs = self._item(item, place.behind(refs), where)
        return refs

    def _item(self, item: Item, place: Place, line: Line) -> Refs:
        """Condition, inputs, repetition and name of an item."""
        self._step(item, line)
        when = item.when
        if when is not None and not _told_of(item, line, "when", lambda: self._holds(when, item, place)):
            return place.refs
        if item.sources:
            refs = _told_of(item, line, "from", lambda: self._sources(item, place))
            place = place.behind(refs)
        if item.repeat is None:
            return self._one(item, place, line, self._name(item, place, line))
        count = _told_of(item, line, "repeat", lambda: self._count(item.repeat, place))
        together = item.name is not None and "{" not in item.name
        if together:
            inner = replace(place, names=Names(f"{place.names.full(str(item.name))}.", numbered=True))
        else:
            inner = place
        for i in range(count):
            self._step(item, line)
            if item.index is not None:
                inner = replace(inner, scope=place.scope.having({item.index: i}))
            if together:
                name = str(i) if isinstance(item.body, Body) else None
            else:
                name = self._name(item, inner, line)
            inner = inner.behind(self._one(item, inner, line, name))
        if together:
            self._remember(place.names.full(str(item.name)), inner.refs, line, item)
        return inner.refs

    def _name(self, item: Item, place: Place, line: Line) -> str | None:
        """The name of an item, with numbers for what is computed in it."""
        name = item.name
        if name is None or "{" not in name:
            return name
        return _told_of(item, line, "name", lambda: completed(name, lambda e: self._computed(e, place)))

    def _step(self, item: Item, line: Line) -> None:
        """Count an item that is gone through, so that a spec that repeats too much ends soon."""
        self._steps += 1
        if self._steps == _SUSPICIOUS:
            from cnncalc.spec.extent import first_beyond

            found = first_beyond(MOST_LAYERS, self._document, self._scope)
            if found is not None:
                raise _too_many(found)
        if self._steps > _MOST_STEPS + _STEPS_PER_LAYER * self._placed:
            raise SpecError(
                f"more than {_MOST_STEPS:,} items without layers are gone through",
                "repeat less",
                code="CNN130",
                span=line.place(item.mark),
            )

    def _place_layer(self, layer: Layer, refs: Refs, name: str, origin: Origin, weights: int | None) -> Refs:
        """Hand a layer to the sink."""
        if self._placed >= MOST_LAYERS:
            raise _too_many(origin.span())
        if name in self.known:
            raise _named_twice(name, origin.span())
        self._placed += 1
        self.known[name] = (self._sink.add(layer, refs, name, origin, weights),)
        return self.known[name]

    def _one(self, item: Item, place: Place, line: Line, name: str | None) -> Refs:
        body = item.body
        if isinstance(body, Call):
            return self._call(item, body, place, line, name)
        _check_unshared(item, line, "a group")
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
            inner = replace(inner, names=Names(f"{place.names.full(given)}.", numbered=numbered))
        refs = (
            self.sequence(body.layers, inner, line)
            if isinstance(body, Body)
            else self._group(item, body, inner, line)
        )
        if given is not None:
            self._remember(place.names.full(given), refs, line, item)
        return refs

    def _group(self, item: Item, group: Group, place: Place, line: Line) -> Refs:
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
        return self._place_layer(KINDS[join](), results, name, Origin(line, item), None)

    def _call(self, item: Item, call: Call, place: Place, line: Line, name: str | None) -> Refs:
        origin = Origin(line, item)
        kind = call.kind
        if is_expression(kind):
            call, kind = self._chosen(call, place, origin)
        if kind in self._blocks:
            return self._block(item, call, self._blocks[kind], place, line, name)
        layer = self._layer(call, place, origin)
        short = name if name is not None else place.names.next(kind)
        weights = None
        if item.weights is not None:
            shared = item.weights
            weights = _told_of(item, line, "weights", lambda: self._owner(shared, place))
        return self._place_layer(layer, place.refs, place.names.full(short), origin, weights)

    def _owner(self, name: str, place: Place) -> int:
        """The layer whose weights are shared."""
        refs = self._resolve(name, place)
        if name == INPUT or len(refs) != 1:
            what = "has no weights" if name == INPUT else "stands for several layers"
            raise SpecError(f"'{name}' {what}", "name one earlier layer", code="CNN116")
        return refs[0]

    def _chosen(self, call: Call, place: Place, origin: Origin) -> tuple[Call, str]:
        """A kind that is the value of a variable."""
        kind = place.scope.values.get(call.kind[1:-1].strip())
        if not isinstance(kind, str) or (kind not in KINDS and kind not in self._blocks):
            value = "nothing" if kind is None else told(kind)
            raise SpecError(
                f"{call.kind} is {value}, which is no layer kind or block",
                "set the variable to one",
                code="CNN110",
                span=origin.span(),
            )
        try:
            fields = call.fields if kind in self._blocks else validate(kind, dict(call.fields))
        except SpecError as error:
            unknown = error.diagnostics[0].code == "CNN121"
            raise error.at(origin.span(error.field, key=unknown)) from None
        return replace(call, kind=kind, fields=fields), kind

    def _layer(self, call: Call, place: Place, origin: Origin) -> Layer:
        constant = self._constants.get((call.kind, call.fields))
        if constant is not None:
            return constant
        shape = self._shape(place)
        varies = False

        def compute(text: str) -> Any:
            nonlocal varies
            varies = True
            return place.scope.value(text, shape)

        try:
            layer = constructor(call.kind, call.fields)(compute)
        except CnncalcError as error:
            raise error.at(origin.span(error.field)) from None
        if not varies:
            self._constants[call.kind, call.fields] = layer
        return layer

    def _block(
        self, item: Item, call: Call, block: Block, place: Place, line: Line, name: str | None
    ) -> Refs:
        span = Origin(line, item).span
        _check_unshared(item, line, "a block")
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
                    span=span(argument, key=True),
                )
        shape = self._shape(place)
        values: dict[str, Given] = {}
        given = dict(call.fields)
        for argument, default in known.items():
            if isinstance(given.get(argument), tuple):
                raise SpecError(
                    f"{argument} is not a single value",
                    "arguments of blocks are numbers or texts",
                    code="CNN123",
                    span=span(argument),
                )
            try:
                if argument in given:
                    values[argument] = place.scope.given(given[argument], shape)
                else:  # it may be computed from the arguments before it
                    scope = place.scope.having(values) if isinstance(default, str) else place.scope
                    values[argument] = scope.given(default, shape)
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
        scope = place.scope.having(values)
        inner = Place(scope, place.refs, Names(f"{full}."), place.refs, depth=place.depth + 1)
        refs = self.sequence(block.layers, inner, _TOP)
        self._remember(full, refs, line, item)
        return refs

    def _shape(self, place: Place) -> Shape:
        return self._sink.shape((place.group_input or place.refs)[0])

    def _computed(self, text: str, place: Place) -> Any:
        """The value of a text that is an expression in any case, with braces or without."""
        return place.scope.evaluate(bare(text), self._shape(place))

    def _holds(self, condition: str, item: Item, place: Place) -> bool:
        """Whether a condition is met, at the sizes of what the item gets."""
        if item.sources and _AXES.intersection(names_in(condition)):
            place = place.behind(self._sources(item, place))
        value = self._computed(condition, place)
        if not isinstance(value, int):
            raise SpecError(
                f"when is {told(value)}, which is neither true nor false",
                "give a condition, like stride != 1",
                code="CNN131",
            )
        return bool(value)

    def _count(self, repeat: int | str | None, place: Place) -> int:
        count = self._computed(repeat, place) if isinstance(repeat, str) else repeat
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise SpecError(f"repeat is {told(count)}", "give a whole number, 0 or more", code="CNN131")
        return count

    def _sources(self, item: Item, place: Place) -> Refs:
        refs: list[int] = []
        for name in item.sources:
            try:
                refs += self._resolve(name, place)
            except SpecError as error:
                raise error.at(item.marks.get(f"from {name}")) from None
            # a list without layers passes its inputs on, so that names of names could double them for ever
            if len(refs) > _MOST_SOURCES:
                raise SpecError(f"more than {_MOST_SOURCES:,} inputs", "join fewer", code="CNN130")
        return tuple(refs)

    def _resolve(self, name: str, place: Place) -> Refs:
        """What an earlier name stands for: looked up in this scope, then outwards."""
        if name == INPUT:
            return place.block_input
        scopes = place.names.prefix.split(".")[:-1]
        for end in range(len(scopes), -1, -1):
            refs = self.known.get(".".join([*scopes[:end], name]))
            if refs is not None:
                return refs
        close = nearest(name, tuple(self.known))
        cure = f"did you mean '{close}'?" if close else "only earlier names can be spoken of"
        raise SpecError(f"no earlier layer is called {told(name)}", cure, code="CNN116")

    def _remember(self, full: str, refs: Refs, line: Line, item: Item) -> None:
        if full in self.known:
            raise _named_twice(full, line.place(item.mark))
        self.known[full] = refs


def _told_of(item: Item, line: Line, option: str, compute: Callable[[], _T]) -> _T:
    """What is computed from an option of an item; what is wrong with it has its place."""
    try:
        return compute()
    except CnncalcError as error:
        raise error.at(item.marks.get(option) or line.place(item.mark)) from None


def _check_unshared(item: Item, line: Line, what: str) -> None:
    if item.weights is not None:
        raise SpecError(
            f"{what} cannot share weights as a whole",
            "give weights to each of its layers",
            code="CNN205",
            span=item.marks.get("weights") or line.place(item.mark),
        )


def _named_twice(full: str, span: Span) -> SpecError:
    return SpecError(
        f"two layers are called '{full}'", "give one of them another name", code="CNN117", span=span
    )


def _too_many(span: Span) -> SpecError:
    return SpecError(
        f"the spec expands to more than {MOST_LAYERS:,} layers", "repeat less", code="CNN130", span=span
    )
