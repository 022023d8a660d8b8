"""In what a layer of the module differs from the spec's, in the order in which one thing follows from another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnncalc.verification.module.likeness import wired
from cnncalc.verification.module.model import Difference, Layer, Pair, Tensor
from cnncalc.verification.module.sides import Side

__all__ = ["compared"]

#: the place of a layer that the module does not have
_NOWHERE = -2


def compared(spec: Side, module: Side, pairs: Mapping[int, int]) -> tuple[Pair, ...]:
    """All layers in the order of the spec, those that it does not have where they run; the output last."""
    wires = wired(spec, module, pairs)
    surplus = _surplus(module.layers, {j: i for i, j in pairs.items()})
    found: list[Pair] = []
    for i, ours in enumerate(spec.layers):
        found += surplus.get(i, ())
        if i not in pairs:
            found.append(Pair(ours, None, (Difference("layer", "", ours.what, None),)))
            continue
        theirs = module.layers[pairs[i]]
        differences: list[Difference] = []
        if not theirs.ran:
            differences.append(Difference("layer", "", ours.what, "never runs"))
        if i in wires:
            differences.append(_wiring(spec, *wires[i]))
        elif not any(r >= 0 and _comes_out_otherwise(spec, module, pairs, r) for r in ours.reads):
            differences += _input(ours, theirs)
        differences += _tensors(spec, module, pairs, i)
        differences += [*_results(ours, theirs), *_settings(ours, theirs)]
        found.append(Pair(ours, theirs, tuple(differences)))
    found += surplus[_NOWHERE]
    return (*found, _whole(spec, module, wires.get(len(spec.layers)), found))


def _whole(
    spec: Side, module: Side, wires: tuple[frozenset[int], frozenset[int]] | None, found: Sequence[Pair]
) -> Pair:
    """The output, and the MACs of all: those only where no layer tells them apart."""
    differences = [_wiring(spec, *wires)] if wires is not None else []
    differences += _results(spec.output, module.output)
    if any(p.differences for p in found):
        differences = [d for d in differences if d.what != "macs"]
    return Pair(spec.output, module.output, tuple(differences))


def _surplus(module: Sequence[Layer], back: Mapping[int, int]) -> dict[int, list[Pair]]:
    """Layers of the module alone, by the place in the spec before which they run; at no place those that none follows."""
    found: dict[int, list[Pair]] = {}
    waiting: list[Pair] = []
    for j, layer in enumerate(module):
        if j in back:
            found.setdefault(back[j], []).extend(waiting)
            waiting = []
        else:
            waiting.append(Pair(None, layer, (Difference("layer", "", None, layer.what),)))
    return {**found, _NOWHERE: waiting}


def _wiring(spec: Side, ours: frozenset[int], theirs: frozenset[int]) -> Difference:
    names = {i: layer.name for i, layer in enumerate(spec.layers)} | {-1: "the input"}
    expected, actual = (", ".join([names[i] for i in sorted(side)]) or "nothing" for side in (ours, theirs))
    return Difference("wiring", "", expected, actual)


def _comes_out_otherwise(spec: Side, module: Side, pairs: Mapping[int, int], i: int) -> bool:
    return i not in pairs or not module.layers[pairs[i]].gives(spec.layers[i].output)


def _input(ours: Layer, theirs: Layer) -> Iterator[Difference]:
    """What comes in, where it is not clear from what came out before."""
    if not theirs.takes(ours.input):
        yield Difference("input", "", ours.input, theirs.input)


def _results(ours: Layer, theirs: Layer) -> Iterator[Difference]:
    """What comes out, and what it costs, where both are known."""
    if not theirs.gives(ours.output):
        yield Difference("output", "", ours.output, theirs.output)
    if ours.macs is not None and theirs.macs is not None and ours.macs != theirs.macs:
        yield Difference("macs", "", ours.macs, theirs.macs)


def _settings(ours: Layer, theirs: Layer) -> Iterator[Difference]:
    """How it is applied, where both are layers of torch's."""
    for name, value in ours.settings.items():
        if theirs.settings and value != theirs.settings.get(name):
            yield Difference("setting", name, value, theirs.settings.get(name))


def _tensors(spec: Side, module: Side, pairs: Mapping[int, int], i: int) -> Iterator[Difference]:
    """Tensor by tensor."""
    ours, theirs = spec.layers[i].tensors, module.layers[pairs[i]].tensors
    like = _alike(ours, theirs)
    for a in ours:
        b = like.get(a.name)
        if b is None:
            yield Difference("tensor", a.name, a.shape, None)
            continue
        alias = b.name if b.name != a.name else ""
        owner = None if a.owner is None else pairs.get(a.owner, _NOWHERE)
        if (a.role, a.dtype) != (b.role, b.dtype):
            yield Difference("tensor", a.name, _kind(a), _kind(b), alias)
        elif a.shape != b.shape:
            yield Difference("tensor", a.name, a.shape, b.shape, alias)
        elif owner != b.owner:
            yield Difference("tensor", a.name, _whose(a, spec.layers), _whose(b, module.layers), alias)
    known = {b.name for b in like.values()}
    yield from (Difference("tensor", b.name, None, b.shape) for b in theirs if b.name not in known)


def _alike(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> dict[str, Tensor]:
    """Which tensor is which: by name, then by role and shape, then by role."""
    left = {t.name: t for t in theirs}
    like = {t.name: left.pop(t.name) for t in ours if t.name in left}
    for exactly in (True, False):
        for a in [t for t in ours if t.name not in like]:
            found = [b for b in left.values() if a.role == b.role and (a.shape == b.shape or not exactly)]
            if found:
                like[a.name] = left.pop(found[0].name)
    return like


def _kind(t: Tensor) -> str:
    return f"{'x'.join(map(str, t.shape)) or 'a single number'}, {t.dtype} {t.role}"


def _whose(t: Tensor, layers: Sequence[Layer]) -> str:
    return "its own" if t.owner is None else f"that of {layers[t.owner].name}"
