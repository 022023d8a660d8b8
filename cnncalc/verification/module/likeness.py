"""How much a layer of the module is like one of the spec, and who reads whom on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from cnncalc.verification.module.model import Layer
from cnncalc.verification.module.sides import Side

__all__ = ["Likeness", "key", "readers", "wired"]

#: role, type and shape of all tensors, without their names
Key: TypeAlias = tuple[tuple[str, str, tuple[int, ...]], ...]

#: the price of a size that differs, all small beside that of a layer that stands alone
_SIZE = 5_000
_MOST_SIZES = 20


class Likeness:
    """Prices of pairs: 0 for equal tensors, None for what cannot be the same kind of layer."""

    def __init__(self, spec: Side, module: Side, wanted: Sequence[str]) -> None:
        self.spec = spec
        self.module = module
        self.wanted = wanted
        self.keys = [[key(layer) for layer in side.layers] for side in (spec, module)]
        self.prices: dict[tuple[Key, Key], int | None] = {}

    def price(self, i: int, j: int) -> int | None:
        """How unlike the tensors of two layers are."""
        if not _classes_agree(self.spec.layers[i], self.module.layers[j]):
            return None
        keys = self.keys[0][i], self.keys[1][j]
        if keys not in self.prices:
            self.prices[keys] = _price(*keys)
        return self.prices[keys]

    def full_price(self, i: int, j: int) -> int | None:
        """With what decides between layers whose tensors are equally like: what comes out, and the name."""
        price = self.price(i, j)
        if price is None:
            return None
        ours, theirs = self.spec.layers[i], self.module.layers[j]
        return price + 2 * (not theirs.gives(ours.output)) + (self.wanted[i] != theirs.name)


def key(layer: Layer) -> Key:
    """What two layers have in common whose tensors are equal."""
    return tuple(sorted((t.role, t.dtype, t.shape) for t in layer.tensors))


def _price(a: Key, b: Key) -> int | None:
    ranks = [{(role, dtype, len(shape)) for role, dtype, shape in side} for side in (a, b)]
    if not ranks[0] & ranks[1] or len({max(rank for _, _, rank in side) for side in ranks}) == 2:
        return None
    sizes = 2 * abs(len(a) - len(b))
    for (_, _, ours), (_, _, theirs) in zip(a, b, strict=False):
        same_rank = len(ours) == len(theirs)
        sizes += sum(map(int.__ne__, ours, theirs)) if same_rank else 1
    return _SIZE * min(sizes, _MOST_SIZES)


def _classes_agree(a: Layer, b: Layer) -> bool:
    """Whether one is the other, by torch's classes. What is applied by functions may be anything."""
    if not a.classes or not b.classes:
        return True
    return (
        a.classes[0] in b.classes
        or b.classes[0] in a.classes
        or ("_BatchNorm" in a.classes and "_BatchNorm" in b.classes)
    )


def readers(side: Side) -> list[frozenset[int]]:
    """For every layer those that read it; the output is the place behind all layers."""
    found: list[set[int]] = [set() for _ in side.layers]
    for place, layer in enumerate((*side.layers, side.output)):
        for r in layer.reads - {-1}:
            found[r].add(place)
    return list(map(frozenset, found))


def wired(
    spec: Side, module: Side, pairs: Mapping[int, int]
) -> dict[int, tuple[frozenset[int], frozenset[int]]]:
    """The layers of the spec that read from others in the module: from which of the spec's in each.

    Layers that are on one side alone are looked through. The output is the place behind all layers.
    """
    if not module.output.ran:
        return {}
    ours = _through(spec, {i: i for i in (*pairs, -1)})
    theirs = _through(module, {j: i for i, j in pairs.items()} | {-1: -1})
    both = [(i, j) for i, j in pairs.items() if module.layers[j].ran]
    if module.output.output is not None:
        both.append((len(spec.layers), len(module.layers)))
    return {i: (ours[i], theirs[j]) for i, j in both if ours[i] != theirs[j]}


def _through(side: Side, kept: Mapping[int, int]) -> list[frozenset[int]]:
    """For every layer, and the output, the layers that are kept from which it reads, by their numbers in `kept`."""
    found: list[frozenset[int]] = []
    for layer in (*side.layers, side.output):
        parts = [frozenset([kept[r]]) if r in kept else found[r] for r in layer.reads]
        found.append(frozenset().union(*parts))
    return found
