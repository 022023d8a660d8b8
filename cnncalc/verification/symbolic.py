"""Results with names: evaluated at random sizes, and compared with torch at those sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch

from cnncalc.analysis import Analysis
from cnncalc.network import Network
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim, names, substitute
from cnncalc.verification.lab import Ghost, Lab, ghost_run
from cnncalc.verification.model import Check, Compared, Unchecked, Value
from cnncalc.verification.realise import Realised, realise
from cnncalc.verification.resize import instance, sizes_in
from cnncalc.verification.shapes import sizes

__all__ = ["drawn", "measure", "names_of"]

#: how many sizes are tried before giving up, and how many are wanted
_TRIED = 3000
_WANTED = 3


def names_of(network: Network) -> tuple[str, ...]:
    """The names in the sizes of a network, and in its layers."""
    dims = [*network.input.dims, *(d for node in network.nodes for d in node.output.dims)]
    dims += [d for a in network.assumptions for d in (a.left, a.right)]
    dims += [
        d for node in network.nodes for w in node.layer.weights(*network.input_shapes(node)) for d in w.shape
    ]
    dims += [node.layer.macs(*network.input_shapes(node)).value for node in network.nodes]
    dims += [d for node in network.nodes for d in sizes_in(node.layer)]
    return tuple(sorted({name for d in dims for name in names(d)}))


def drawn(network: Network, seed: int) -> Iterator[tuple[dict[str, int], Network]]:
    """Random sizes that the network's assumptions and layers allow, the small ones first, with the network at them."""
    wanted = names_of(network)
    generator = torch.Generator().manual_seed(seed)
    found = 0
    for attempt in range(_TRIED):
        most = 4 + 64 * attempt // 200
        draws = torch.randint(1, most + 1, (len(wanted),), generator=generator)
        values = dict(zip(wanted, draws.tolist(), strict=True))
        plain = instance(network, values)
        if plain is not None:
            yield values, plain
            found += 1
            if found == _WANTED:
                return


def measure(named: Network, lab: Lab) -> Check:
    """Shapes, tensors and MACs of every node with numbers put in for names, beside torch with the same numbers."""
    told = lab.analyser(named)
    values: list[Compared] = []
    missing = []
    places = []
    for numbers, plain in drawn(named, lab.seed):
        places.append(", ".join(f"{name}={value}" for name, value in numbers.items()))
        model = realise(plain, device="meta")
        ghost = ghost_run(model)
        values += _compared(told, numbers, model, ghost, places[-1])
        if ghost.raised is not None:
            stopped = told.rows[len(ghost.shapes)].name
            missing.append(Unchecked(stopped, f"results at {places[-1]}", ghost.raised))
    if not places:
        reason = f"no sizes were found in {_TRIED:,} draws"
        missing.append(Unchecked("", "symbolic results", reason, inherent=True))
    return Check(
        "symbolic",
        f"numbers for names ({'; '.join(places) or 'none'}), on the meta device",
        "symbolic results, evaluated",
        "torch at these sizes",
        tuple(values),
        tuple(missing),
    )


def _compared(
    told: Analysis, numbers: Mapping[str, int], model: Realised, ghost: Ghost, place: str
) -> Iterator[Compared]:
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    rows = told.rows[: len(ghost.shapes)]
    for row, shape, flops in zip(rows, ghost.shapes, ghost.flops, strict=True):
        yield Compared(row.name, f"output at {place}", _sizes(row.output.dims, numbers), shape)
        yield Compared(row.name, f"MACs at {place}", _number(row.totals.macs, numbers), flops / 2)
        for w in row.weights if row.shares is None else ():
            real = tensors.get(w.named(row.name))
            measured = None if real is None else tuple(real.shape)
            yield Compared(row.name, f"{w.name} at {place}", _sizes(w.shape, numbers), measured)
    parameters = sum(p.numel() for p in model.parameters())
    yield Compared("", f"all parameters at {place}", _number(told.totals.params, numbers), parameters)
    if ghost.raised is None:
        yield Compared("", f"all MACs at {place}", _number(told.totals.macs, numbers), sum(ghost.flops) / 2)


def _sizes(dims: tuple[Dim, ...], numbers: Mapping[str, int]) -> Value:
    return sizes(Shape(tuple(substitute(d, numbers) for d in dims)))


def _number(value: Dim, numbers: Mapping[str, int]) -> Value:
    found = substitute(value, numbers)
    return found if isinstance(found, int) else str(found)
