"""Which layer of the spec is which of the module: by name where all names agree, else by tensors, wiring and order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from cnncalc.record import record
from cnncalc.verification.module.alignment import GAP, aligned
from cnncalc.verification.module.likeness import Likeness, readers, wired
from cnncalc.verification.module.model import Layer
from cnncalc.verification.module.renaming import renamed
from cnncalc.verification.module.sides import Side

__all__ = ["Pairing", "paired"]


@record
class Pairing:
    """Places in both sequences of layers that are the same layer."""

    by: Literal["name", "order"]
    pairs: Mapping[int, int]


def paired(spec: Side, module: Side, names: Mapping[str, str]) -> Pairing:
    """All layers that are the same. `names` say what the module calls the spec's layers.

    Without names that agree, the cheapest is taken of what is found in three ways: by the order in which layers run; by who reads
    whom as long as layers are equal, from the input on and from the output back, and by order between; the same, with
    layers that are alike between. So branches may run in any order.
    """
    like = Likeness(spec, module, renamed([layer.name for layer in spec.layers], names))
    by_name = _by_name(like)
    if by_name is not None:
        return Pairing("name", by_name)
    by_order = _completed(like, {})
    if not module.output.ran:
        return Pairing("order", _wherever(like, by_order))
    equal = _followed(like, {}, exactly=True)
    found = [by_order, _completed(like, equal), _completed(like, _followed(like, equal, exactly=False))]
    return Pairing("order", min(found, key=lambda pairs: _cost(like, pairs)))


def _cost(like: Likeness, pairs: Mapping[int, int]) -> int:
    """The prices of all pairs, of what stands alone, and of layers that read from others."""
    prices = [like.full_price(i, j) or 0 for i, j in pairs.items()]
    alone = len(like.spec.layers) + len(like.module.layers) - 2 * len(pairs)
    return sum(prices) + GAP * alone + GAP // 2 * len(wired(like.spec, like.module, pairs))


def _by_name(like: Likeness) -> dict[int, int] | None:
    """None if some name is on one side alone, is called more often there, or stands for quite another layer."""
    ours = _calls(like.spec.layers, like.wanted)
    theirs = _calls(like.module.layers, [layer.name for layer in like.module.layers])
    if ours.keys() != theirs.keys() or any(len(ours[name]) != len(theirs[name]) for name in ours):
        return None
    pairs = {i: j for name in ours for i, j in zip(ours[name], theirs[name], strict=True)}
    return None if any(like.price(i, j) is None for i, j in pairs.items()) else pairs


def _calls(layers: Sequence[Layer], names: Sequence[str]) -> dict[str, list[int]]:
    """The places at which each name's tensors are used. Layers that share all tensors are calls of the one that has them."""
    found: dict[str, list[int]] = {}
    for i, layer in enumerate(layers):
        owners = {t.owner for t in layer.tensors}
        owner = owners.pop() if len(owners) == 1 else None
        found.setdefault(names[i if owner is None else owner], []).append(i)
    return found


def _completed(like: Likeness, pairs: Mapping[int, int]) -> dict[int, int]:
    """With what is left on both sides, brought into line by order."""
    taken = set(pairs.values())
    ours = [i for i in range(len(like.spec.layers)) if i not in pairs]
    theirs = [j for j in range(len(like.module.layers)) if j not in taken]
    more = aligned(len(ours), len(theirs), lambda a, b: like.full_price(ours[a], theirs[b]))
    return {**pairs, **{ours[a]: theirs[b] for a, b in more}}


def _wherever(like: Likeness, pairs: Mapping[int, int]) -> dict[int, int]:
    """With what is equal wherever it stands: layers that nobody has seen running are in any order."""
    found = dict(pairs)
    taken = set(pairs.values())
    for i in range(len(like.spec.layers)):
        equal = (j for j in range(len(like.module.layers)) if j not in taken and like.price(i, j) == 0)
        j = None if i in found else next(equal, None)
        if j is not None:
            found[i] = j
            taken.add(j)
    return found


def _followed(like: Likeness, pairs: Mapping[int, int], *, exactly: bool) -> dict[int, int]:
    """With layers that read what is the same on both sides, then with those that are read by the same."""
    sides = like.spec, like.module
    n, m = (len(side.layers) for side in sides)
    up = [[layer.reads for layer in side.layers] for side in sides]
    down = [readers(side) for side in sides]
    found = {-1: -1, n: m, **pairs}
    _follow(like, found, range(n), up, _colours(like, down, backwards=True), exactly=exactly, shaped=exactly)
    _follow(like, found, range(n - 1, -1, -1), down, _colours(like, up), exactly=exactly, shaped=False)
    return {i: j for i, j in found.items() if 0 <= i < n}


def _follow(
    like: Likeness,
    found: dict[int, int],
    places: Iterable[int],
    near: Sequence[Sequence[frozenset[int]]],
    far: Sequence[Sequence[int]],
    *,
    exactly: bool,
    shaped: bool,
) -> None:
    """Add the layers whose neighbours on one side, `near`, are found: among several the cheapest, then by what is `far`."""
    ours, theirs = like.spec.layers, like.module.layers
    taken = set(found.values())
    by_neighbours: dict[frozenset[int], list[int]] = {}
    for j, layer in enumerate(theirs):
        if layer.ran and j not in taken:
            by_neighbours.setdefault(near[1][j], []).append(j)
    for i in places:
        if i in found or not found.keys() >= near[0][i]:
            continue
        ranked = []
        for j in by_neighbours.get(frozenset([found[r] for r in near[0][i]]), ()):
            price = None if j in taken else like.price(i, j)
            if price is None or (exactly and price) or (shaped and not theirs[j].gives(ours[i].output)):
                continue
            ranked.append((price, far[0][i] != far[1][j], like.full_price(i, j), j))
        if ranked:
            found[i] = min(ranked)[-1]
            taken.add(found[i])


def _colours(
    like: Likeness, neighbours: Sequence[Sequence[frozenset[int]]], *, backwards: bool = False
) -> list[list[int]]:
    """Numbers that are equal where layers, their neighbours, the neighbours' neighbours and so on are equal."""
    numbers: dict[object, int] = {}
    found = []
    for keys, near in zip(like.keys, neighbours, strict=True):
        colours: dict[int, int] = {}
        for i in sorted(range(len(keys)), reverse=backwards):
            around = frozenset([colours.get(r, -1) for r in near[i]])
            colours[i] = numbers.setdefault((keys[i], around), len(numbers))
        found.append([colours[i] for i in range(len(keys))])
    return found
