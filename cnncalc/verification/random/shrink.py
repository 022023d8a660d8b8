"""A network on which something is wrong, made smaller step by step as long as it stays wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnncalc.record import replace
from cnncalc.spec.fields import fields_of
from cnncalc.spec.items import Body, Call, Document, Group, Item, Line, Sequence, Value
from cnncalc.verification.random.text import items_of, linked, tidy

__all__ = ["shrunk"]

#: networks tried for each that fails
_MOST_TRIES = 400
#: what a name or an expression may be instead, and a size of an input that has a name
_NUMBERS = (1, 2, 3, 4, 6)


def shrunk(document: Document, fails: Callable[[Document], bool], most: int = _MOST_TRIES) -> Document:
    """The smallest network found that still fails, in at most so many tries.

    After a success the search goes on at the same place: what was tried before mostly fails again. It ends when nothing in a
    whole round helps.
    """
    tries, place, helped = 0, 0, False
    candidates = list(_simpler(document))
    while tries < most:
        if place >= len(candidates):
            if not helped:
                break
            place, helped = 0, False
            continue
        tries += 1
        if fails(candidates[place]):
            document, helped = candidates[place], True
            candidates = list(_simpler(document))
        else:
            place += 1
    return document


def _simpler(document: Document) -> Iterator[Document]:
    """Simpler networks, the boldest changes first: fewer layers, fewer branches, fewer fields, smaller numbers."""
    items = linked(items_of(document.layers))
    for changed in (*_shorter(items), *_items_simpler(items)):
        if changed:
            yield replace(document, layers=(Line(tidy(changed)),))
    for size in _sizes_simpler(str(document.input).split("x")):
        yield replace(document, input="x".join(size))


def _shorter(items: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
    """Without some of the items that follow each other: half of them, a quarter, … one."""
    count = len(items)
    while count > 1:
        count = (count + 1) // 2
        for start in range(0, len(items), count):
            yield _without(items, start, start + count)


def _without(items: tuple[Item, ...], start: int, stop: int) -> tuple[Item, ...]:
    """Without the items from `start` up to `stop`; who read one of these reads what that had read."""
    instead = {item.name: item.sources[:1] for item in items[start:stop]}

    def followed(name: str) -> str:
        while name in instead:
            name = instead[name][0]
        return name

    return tuple(
        [
            replace(
                item,
                sources=tuple(map(followed, item.sources)),
                weights=None if item.weights in instead else item.weights,
            )
            for item in (*items[:start], *items[stop:])
        ]
    )


def _items_simpler(items: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
    """With one of the items made simpler."""
    for i, item in enumerate(items):
        for instead in _item_simpler(item):
            yield (*items[:i], instead, *items[i + 1 :])


def _item_simpler(item: Item) -> Iterator[Item]:
    if item.weights is not None:
        yield replace(item, weights=None)
    for i in range(len(item.sources) if len(item.sources) > 1 else 0):
        yield replace(item, sources=(*item.sources[:i], *item.sources[i + 1 :]))
    body = item.body
    if isinstance(body, Call):
        yield from (replace(item, body=call) for call in _call_simpler(body))
    elif isinstance(body, Body):
        yield from _alone(item, body.layers)
        yield from (
            replace(item, body=Body(lines)) for lines in _lines_simpler(body.layers) if items_of(lines)
        )
        if isinstance(item.repeat, int) and item.repeat > 1:
            yield replace(item, repeat=1)
    else:
        yield from _group_simpler(item, body)


def _group_simpler(item: Item, group: Group) -> Iterator[Item]:
    branches = group.branches
    for i, branch in enumerate(branches):
        yield from _alone(item, branch)
        without = (*branches[:i], *branches[i + 1 :])
        others = [(*branches[:i], lines, *branches[i + 1 :]) for lines in _lines_simpler(branch)]
        for changed in (without, *others):
            if any(changed):
                yield replace(item, body=replace(group, branches=changed))


def _alone(item: Item, lines: Sequence) -> Iterator[Item]:
    """A list of layers instead of the group that it is in: a single layer as itself, several as a list."""
    items = items_of(lines)
    if len(items) == 1:
        yield replace(item, body=items[0].body, repeat=items[0].repeat)
    elif items and (item.repeat is None or item.repeat != 1):
        yield replace(item, body=Body((Line(items),)), repeat=1)


def _lines_simpler(lines: Sequence) -> Iterator[Sequence]:
    """A list with fewer or simpler layers; at last an empty one."""
    items = items_of(lines)
    for i, item in enumerate(items):
        for instead in ((), *((simpler,) for simpler in _item_simpler(item))):
            changed = (*items[:i], *instead, *items[i + 1 :])
            yield (Line(changed),) if changed else ()


def _call_simpler(call: Call) -> Iterator[Call]:
    """A layer with a field less, then with smaller values."""
    specs = fields_of(call.kind)
    for i, (name, _) in enumerate(call.fields):
        if not specs[name].required:
            yield replace(call, fields=(*call.fields[:i], *call.fields[i + 1 :]))
    for i, (name, value) in enumerate(call.fields):
        for smaller in _smaller(value, is_size=specs[name].number and not specs[name].real):
            yield replace(call, fields=(*call.fields[:i], (name, smaller), *call.fields[i + 1 :]))


def _smaller(value: Value, *, is_size: bool) -> Iterator[Value]:
    """Values that are easier to take in: whole before broken, small before large, one before several."""
    match value:
        case bool() | None:
            return
        case int():
            found = [
                n for n in (1, 0, 2, value // 2, value - 1, value + 1, -value) if _size(n) < _size(value)
            ]
            yield from dict.fromkeys(found)
        case float():
            yield from (n for n in (1.0, 0.5, float(round(value))) if len(str(n)) < len(str(value)))
        case tuple():
            yield from (one for one in dict.fromkeys(value) if one is not None)
            for i, one in enumerate(value):
                if len(value) > 1:
                    yield (*value[:i], *value[i + 1 :])
                yield from ((*value[:i], n, *value[i + 1 :]) for n in _smaller(one, is_size=is_size))
        case str() if is_size and value not in ("same", "valid"):
            yield from _NUMBERS


def _size(n: int) -> int:
    return 2 * abs(n) + (n < 0)


def _sizes_simpler(sizes: list[str]) -> Iterator[list[str]]:
    """An input with an axis less, then with smaller ones."""
    for i in range(1, len(sizes)):
        yield [*sizes[:i], *sizes[i + 1 :]]
    for i, size in enumerate(sizes):
        smaller = _NUMBERS if not size.isdecimal() else [n for n in _smaller(int(size), is_size=True) if n]
        yield from ([*sizes[:i], str(n), *sizes[i + 1 :]] for n in smaller)
