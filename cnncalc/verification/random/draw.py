"""Random networks as a person could write them: single layers of any kind, chains, branches, and graphs of any form.

A network is decided by the seed and its number alone. cnncalc's own rules only say what may come next, so that networks get longer
than one layer; whether they are right is found out afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from random import Random
from typing import TypeAlias

from cnncalc.errors import Span
from cnncalc.layers import KINDS, Layer, check
from cnncalc.record import record, replace
from cnncalc.shape import Shape
from cnncalc.spec.fields import constructor, fields_of, validate
from cnncalc.spec.items import AXIS_NAMES, GROUPS, INPUT, Body, Call, Document, Group, Item, Line, Value
from cnncalc.symbolic import Facts
from cnncalc.verification.random.text import calls, tidy, with_calls, written
from cnncalc.verification.random.values import Sizes, fields

__all__ = ["drawn"]

_NOWHERE = Span(1, 1)
_CHANNELS = (1, 2, 3, 4, 4, 6, 8, 8, 9, 12)
#: the longest axis, by how many spatial axes there are
_LONGEST = {0: 1, 1: 14, 2: 10, 3: 6}
#: how many numbers a last result has at most, and one that others read
_MOST_NUMBERS, _MOST_NUMBERS_USUALLY = 20_000, 2_000
#: how often a layer is drawn anew until it can stand
_TRIES = 12
#: how often kinds are drawn where several layers follow each other; others once
_FREQUENT = {
    "conv": 10,
    "dwconv": 3,
    "tconv": 3,
    "lc": 2,
    "linear": 3,
    "maxpool": 3,
    "avgpool": 2,
    "bn": 3,
    "relu": 3,
    "flatten": 2,
    "permute": 2,
    "upsample": 2,
    "pad": 2,
}
#: these do not compute one thing from one
_JOINS = ("add", "mul", "cat")
_KINDS = tuple(KINDS)
_USUAL = tuple([k for k in KINDS if k not in _JOINS])
_WEIGHTS = tuple([_FREQUENT.get(k, 1) for k in _USUAL])
#: alone, kinds are drawn the more often the more can be said of them
_WEIGHTS_ALONE = tuple([1 + len(fields_of(k)) for k in _USUAL])

_Wanted: TypeAlias = Callable[[Sizes], bool]


@record
class _Drawn:
    """An item, and the sizes of what comes out of it."""

    item: Item
    sizes: Sizes


def drawn(seed: int, number: int) -> Document:
    """The network of this number."""
    random = Random(f"cnncalc {seed} {number}")  # noqa: S311 - nothing here is secret
    artist = _Artist(random)
    styles = (artist.single, artist.join, artist.chain, artist.branches, artist.graph)
    return random.choices(styles, (40, 6, 14, 15, 25))[0]()


def _call(kind: str, given: dict[str, Value]) -> Item:
    return Item(Call(kind, tuple(given.items())), _NOWHERE)


def _layer(kind: str, given: dict[str, Value]) -> Layer:
    """The layer; all its fields are numbers."""
    return constructor(kind, validate(kind, given))(lambda text: text)


def _output(layer: Layer, inputs: list[Sizes]) -> Sizes | None:
    """What cnncalc says comes out; None if it refuses the layer."""
    shapes = [Shape(s) for s in inputs]
    least, most = layer.arity
    if not least <= len(shapes) <= (most or len(shapes)):
        return None
    try:
        check(layer.requires(*shapes), Facts())
        return tuple([int(str(d)) for d in layer.output(*shapes).dims])
    except Exception:  # noqa: BLE001 - it refuses; or a rule fails, which is noticed when the network is judged
        return None


class _Artist:
    """Draws one network."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def happens(self, probability: float) -> bool:
        return self.random.random() < probability

    def sizes(self) -> Sizes:
        """An input."""
        axes = self.random.choice((0, 1, 1, 2, 2, 2, 2, 3))
        channels = self.random.choice(_CHANNELS)
        least = self.random.choice((1, 3, 4))
        return (channels, *(self.random.randint(least, _LONGEST[axes]) for _ in range(axes)))

    def layer(
        self, kind: str, sizes: Sizes, *, odd: bool = False, named: Sizes | None = None
    ) -> tuple[Item, Sizes | None]:
        """A layer of a kind on an input, and what comes out, if something does.

        Numbers may be said by those of the input, which are those of `named` where that is said.
        """
        given = fields(self.random, kind, sizes, odd=odd)
        found = _output(_layer(kind, given), [sizes])
        return _call(kind, self._in_words_of(kind, given, named or sizes)), found

    def _in_words_of(self, kind: str, given: dict[str, Value], sizes: Sizes) -> dict[str, Value]:
        """Some numbers as expressions: {2*C} for 16 behind 8 channels."""
        names = AXIS_NAMES.get(len(sizes), ())
        found = dict(given)
        for field, value in given.items():
            if fields_of(kind)[field].number and type(value) is int and value > 0 and self.happens(0.08):
                said = [
                    text
                    for name, size in zip(names, sizes, strict=False)
                    for text, meant in ((name, size), (f"2*{name}", 2 * size), (f"{name}//2", size // 2))
                    if meant == value
                ]
                if said:
                    found[field] = f"{{{said[0]}}}"
        return found

    def next(self, sizes: Sizes, wanted: _Wanted | None = None, named: Sizes | None = None) -> _Drawn | None:
        """A layer that can stand behind this result; None if none is found soon."""
        for _ in range(_TRIES):
            kind = self.random.choices(_USUAL, _WEIGHTS)[0]
            item, found = self.layer(kind, sizes, named=named)
            if found and prod(found) <= _MOST_NUMBERS_USUALLY and (wanted is None or wanted(found)):
                return _Drawn(item, found)
        return None

    def last(self, sizes: Sizes) -> list[Item]:
        """Once in a while a layer at the end that perhaps cannot stand there."""
        if not self.happens(0.3):
            return []
        item, found = self.layer(self.random.choices(_USUAL, _WEIGHTS)[0], sizes, odd=True)
        return [item] if found is None or prod(found) <= _MOST_NUMBERS else []

    def single(self) -> Document:
        """One layer: such as can stand, such as cannot, or whatever comes."""
        kind = self.random.choices(_USUAL, _WEIGHTS_ALONE)[0]
        wanted = self.random.choices((True, False, None), (3, 4, 3))[0]
        best: Document | None = None
        for _ in range(_TRIES):
            sizes = self.sizes()
            item, found = self.layer(kind, sizes, odd=wanted is not True)
            if found is None or prod(found) <= _MOST_NUMBERS:
                best = _document(sizes, [item])
                if wanted in (None, found is not None):
                    break
        return best or _document(self.sizes(), [])

    def join(self) -> Document:
        """Two or three results, which perhaps go together, joined."""
        sizes = self.sizes()
        found = [self.next(sizes) for _ in range(self.random.randint(1, 2))]
        items = [replace(d.item, name=f"b{i}", sources=(INPUT,)) for i, d in enumerate(found) if d]
        sources = [INPUT, *(str(item.name) for item in items)]
        kind = self.random.choice(_JOINS)
        count = self.random.choice((1, 2, 2, 2, 3))
        joined = _call(kind, fields(self.random, kind, sizes, odd=True))
        items.append(replace(joined, sources=tuple(self.random.choices(sources, k=count))))
        return _document(sizes, items)

    def chain(self) -> Document:
        """Layers one after the other."""
        first = self.sizes()
        items, sizes = [], first
        for _ in range(self.random.randint(2, 9)):
            found = self.next(sizes)
            if found is not None:
                items.append(found.item)
                sizes = found.sizes
        return self._named(_document(first, [*items, *self.last(sizes)]))

    def branches(self) -> Document:
        """A chain with groups in it."""
        first = self.sizes()
        items, sizes = [], first
        for _ in range(self.random.randint(1, 4)):
            group = self.random.choice((self._residual, self._joined, self._gated, self._repeated, self.next))
            found = group(sizes)
            if found is not None:
                items.append(found.item)
                sizes = found.sizes
        return self._named(_document(first, [*items, *self.last(sizes)]))

    def _named(self, document: Document) -> Document:
        """Some networks with names for numbers."""
        if not self.happens(0.25):
            return document
        dims = str(document.input).split("x")
        names = AXIS_NAMES[len(dims)]
        size = "x".join(n if self.happens(0.5) else d for n, d in zip(names, dims, strict=True))
        outs = [dict(call.fields).get("out") for call in calls(document.layers)]
        out = self.random.choice(outs)
        if self.happens(0.5) and written(document).is_words:  # files have no free names
            document = with_calls(document, lambda call: _out_named(call, out))
        return replace(document, input=size)

    def _body(
        self, sizes: Sizes, wanted: _Wanted, longest: int = 3, named: Sizes | None = None
    ) -> tuple[list[Item], Sizes]:
        """Layers one after the other in a branch; each gives what is wanted. `named`: what enters the group, if not the branch."""
        items, here = [], sizes
        for _ in range(self.random.randint(1, longest)):
            found = self.next(here, wanted, named=named or sizes)
            if found is not None:
                items.append(found.item)
                here = found.sizes
        return items, here

    def _residual(self, sizes: Sizes) -> _Drawn | None:
        """A body plus what goes in, or plus a shortcut that ends in the same sizes."""
        body, _ = self._body(sizes, lambda found: found == sizes)
        shortcut, _ = self._body(sizes, lambda found: found == sizes, 1)
        if not body:
            return None
        return _group("res", [body, shortcut] if shortcut and self.happens(0.3) else [body], [sizes, sizes])

    def _joined(self, sizes: Sizes) -> _Drawn | None:
        """Branches that keep the positions, one after the other along the channels; or that keep all sizes, added."""
        op = self.random.choice(("cat", "cat", "add", "mul"))
        keep: _Wanted = (
            (lambda found: found[1:] == sizes[1:]) if op == "cat" else (lambda found: found == sizes)
        )
        bodies = [self._body(sizes, keep, 2) for _ in range(self.random.randint(2, 3))]
        if self.happens(0.2):
            bodies.append(([], sizes))
        return _group(op, [body for body, _ in bodies], [end for _, end in bodies])

    def _gated(self, sizes: Sizes) -> _Drawn | None:
        """What goes in, times what is made of its mean."""
        if len(sizes) == 1:
            return None
        means = (sizes[0], *(1 for _ in sizes[1:]))
        pool = self.random.choice(("gap", "gmp"))
        body, end = self._body(means, lambda found: found == means, 2, named=sizes)
        return _group("mul", [[], [_call(pool, {}), *body]], [sizes, end])

    def _repeated(self, sizes: Sizes) -> _Drawn | None:
        """Layers that give back the sizes that they get, several times."""
        body, _ = self._body(sizes, lambda found: found == sizes, 2)
        if not body:
            return None
        times = self.random.randint(1, 3)
        return _Drawn(Item(Body((Line(tuple(body)),)), _NOWHERE, repeat=times), sizes)

    def graph(self) -> Document:
        """Layers that read any earlier results, some of them several, and that share weights."""
        first = self.sizes()
        known = {INPUT: first}
        items: list[Item] = []
        for i in range(self.random.randint(2, 9)):
            source = self.random.choice(list(known)) if self.happens(0.35) else list(known)[-1]
            found = self._reading(source, known, items)
            if found is not None:
                known[f"n{i}"] = found.sizes
                items.append(replace(found.item, name=f"n{i}"))
        return _document(first, [*items, *self.last(list(known.values())[-1])])

    def _reading(self, source: str, known: dict[str, Sizes], items: list[Item]) -> _Drawn | None:
        """The next item of a graph."""
        sizes = known[source]
        if len(known) > 1 and self.happens(0.3):
            alike = [name for name, other in known.items() if other == sizes or self.happens(0.1)]
            sources = [source, *self.random.choices(alike, k=self.random.choice((1, 1, 2)))]
            kind = self.random.choice(_JOINS)
            given = fields(self.random, kind, sizes, odd=False)
            output = _output(_layer(kind, given), [known[s] for s in sources])
            if output is None or prod(output) > _MOST_NUMBERS_USUALLY:
                return None
            return _Drawn(replace(_call(kind, given), sources=tuple(sources)), output)
        if self.happens(0.25):
            return self._sharing(source, sizes, items)
        found = self.next(sizes)
        return found and replace(found, item=replace(found.item, sources=(source,)))

    def _sharing(self, source: str, sizes: Sizes, items: list[Item]) -> _Drawn | None:
        """A layer of the weights of an earlier one, mostly with the same fields."""
        owners = [item for item in items if item.weights is None]
        if not owners:
            return None
        owner = self.random.choice(owners)
        body = owner.body
        if not isinstance(body, Call):
            return None
        given = fields(self.random, body.kind, sizes, odd=False) if self.happens(0.3) else dict(body.fields)
        if any(isinstance(value, str) and value[:1] == "{" for value in given.values()):
            return None
        layer = _layer(body.kind, given)
        output = _output(layer, [sizes])
        if output is None or prod(output) > _MOST_NUMBERS_USUALLY or not layer.weights(Shape(sizes)):
            return None
        return _Drawn(replace(_call(body.kind, given), sources=(source,), weights=owner.name), output)


def _group(op: str, branches: list[list[Item]], ends: list[Sizes]) -> _Drawn | None:
    """Branches joined; None if they do not go together."""
    output = _output(_layer(GROUPS[op], {}), ends)
    if output is None or prod(output) > _MOST_NUMBERS_USUALLY or not any(branches):
        return None
    bodies = tuple([(Line(tuple(items)),) if items else () for items in branches])
    return _Drawn(Item(Group(op, bodies), _NOWHERE), output)


def _out_named(call: Call, out: Value) -> Call:
    """A layer with K filters instead of so many."""
    if type(out) is not int or dict(call.fields).get("out") != out:
        return call
    return replace(call, fields=tuple([(k, "K" if k == "out" else v) for k, v in call.fields]))


def _document(sizes: Sizes, items: list[Item]) -> Document:
    """A whole spec; an identity where nothing was found that can stand."""
    kept = tidy(tuple(items)) or (_call("identity", {}),)
    return Document("x".join(map(str, sizes)), (Line(kept),))
