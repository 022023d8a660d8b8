"""Receptive fields of single units beside torch, by gradients and by poison. `FIELD_EXAMPLES=10000` tries more networks.

Gradients are those of a network with the same dependencies whose weights are all positive, so that nothing cancels: what a unit sees has
a gradient. Poison is put into the very layers, with random weights: NaN comes out wherever it is read.
"""

from __future__ import annotations

import os
from functools import partial
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnncalc import load
from cnncalc.layers import Layer
from cnncalc.network import Network, Node
from cnncalc.passes.receptive_field.unit import UnitField, unit_field
from cnncalc.shape import Shape
from tests.layers.twin import Twin
from tests.passes.field_networks import graph
from tests.zoo.reference import REFERENCES

torch.set_num_threads(1)

EXAMPLES = int(os.environ.get("FIELD_EXAMPLES", "120"))
many = settings(
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
randoms = st.randoms(use_true_random=False)
# torch mentions that it copies for even kernels with padding='same'
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")


@given(randoms)
@many
def test_what_a_unit_sees_has_a_gradient(r: Random) -> None:
    network = graph(r, r.choice([1, 2, 2, 3]), r.randint(1, 8), (3, 8))
    x = torch.ones(1, *dims(network.input), dtype=torch.float64, requires_grad=True)
    results = run(network, x, lambda layer, inputs, written: linear(layer, inputs, written, r))
    for node in r.sample(network.nodes, min(2, len(network.nodes))):
        for unit in units(node, r):
            (gradient,) = torch.autograd.grad(
                value(results[node.index], unit).sum(), x, retain_graph=True, allow_unused=True
            )
            seen = (
                torch.zeros(dims(network.input)[1:]) if gradient is None else gradient[0].amax(0)
            ).numpy() != 0
            assert_sees(network, node, unit, seen)


@given(randoms)
@many
def test_what_a_unit_sees_poisons_it(r: Random) -> None:
    network = graph(r, r.choice([1, 2, 2]), r.randint(1, 8), (3, 7))
    # an interpolation multiplies some positions by 0, and 0 times NaN is NaN; where it rounds, sizes decide
    assume(all(n.layer.kind != "upsample" or is_repetition(n.layer) for n in network.nodes))
    # what is joined is broadcast from the last axis on: with fewer axes, a batch would count as channels
    assume(all(len({shape.rank for shape in network.input_shapes(n)}) == 1 for n in network.nodes))
    sizes = dims(network.input)[1:]
    places = list(product(*map(range, sizes)))
    torch.manual_seed(r.randrange(1 << 30))
    x = torch.randn(1, *dims(network.input), dtype=torch.float64).repeat(
        len(places), *(1,) * (1 + len(sizes))
    )
    for i, place in enumerate(places):
        x[(i, slice(None), *place)] = float("nan")
    with torch.no_grad():
        results = run(network, x, real)
    for node in r.sample(network.nodes, min(2, len(network.nodes))):
        for unit in units(node, r):
            reached = value(results[node.index], unit).isnan().reshape(len(places), -1).any(1)
            seen = reached.numpy().reshape(sizes)
            assert_sees(network, node, unit, seen)


def dims(shape: Shape) -> tuple[int, ...]:
    return tuple(int(d) for d in shape.dims)  # type: ignore[call-overload]


def units(node: Node, r: Random) -> list[tuple[int, ...]]:
    """A corner, and any unit."""
    positions = dims(node.output)[1:] if node.output.rank > 1 else dims(node.output)
    return [tuple(r.choice([0, n - 1]) for n in positions), tuple(r.randrange(n) for n in positions)]


def value(result: torch.Tensor, unit: tuple[int, ...]) -> torch.Tensor:
    """All channels of a unit, for every input of the batch."""
    return result[(slice(None), *(() if result.ndim == 2 else (slice(None),)), *unit)]


def told(network: Network, field: UnitField) -> np.ndarray[Any, Any]:
    sizes = dims(network.input)[1:]
    seen = np.zeros(sizes, bool)
    for box in field.boxes:
        seen[np.ix_(*([i for i in range(n) if m >> i & 1] for m, n in zip(box, sizes, strict=True)))] = True
    return seen


def assert_sees(network: Network, node: Node, unit: tuple[int, ...], seen: np.ndarray[Any, Any]) -> None:
    field = unit_field(network, node, unit)
    places = np.argwhere(seen)
    nodes = "\n".join(f"{n.name} = {n.layer}{list(n.inputs)} -> {n.output}" for n in network.nodes)
    assert field.exact
    assert np.array_equal(told(network, field), seen), f"{network.input}\n{nodes}\n{node.name} {unit}"
    assert field.seen == len(places)
    hull = tuple((int(c.min()), int(c.max())) for c in places.T) if len(places) else None
    assert field.hull == hull
    flat = seen.any(tuple(range(seen.ndim - 2))) if seen.ndim > 2 else seen.reshape(-1, seen.shape[-1])
    drawn = np.zeros_like(flat)
    for rows, columns in field.map():
        drawn[
            np.ix_(
                *(
                    [i for i in range(n) if m >> i & 1]
                    for m, n in zip((rows, columns), flat.shape, strict=True)
                )
            )
        ] = True
    assert np.array_equal(drawn, flat)


def run(network: Network, x: torch.Tensor, apply: Any) -> list[torch.Tensor]:
    """Every node's result."""
    results: list[torch.Tensor] = []
    for node in network.nodes:
        inputs = [x if i < 0 else results[i] for i in node.inputs]
        results.append(apply(node.layer, inputs, dims(node.output)))
        assert tuple(results[-1].shape[1:]) == dims(node.output)
    return results


def twin(layer: Layer, inputs: list[torch.Tensor]) -> Twin:
    return Twin(layer.torch_call(*(Shape(tuple(x.shape[1:])) for x in inputs))).double().eval()


def real(layer: Layer, inputs: list[torch.Tensor], _: tuple[int, ...]) -> Any:
    return twin(layer, inputs)(*inputs)


def is_repetition(layer: Any) -> bool:
    return layer.mode == "nearest" and isinstance(layer.scale, int)


def linear(layer: Any, inputs: list[torch.Tensor], written: tuple[int, ...], r: Random) -> Any:
    """The layer with positive weights, and something linear with the same dependencies in place of what is not linear."""
    x = inputs[0]
    axes = tuple(range(1, x.ndim))
    match layer.kind:
        case "relu" | "bn":
            return x
        case "maxpool" | "avgpool" | "lppool":
            return pooled(layer, x, written)
        case "adaptivemaxpool":
            return getattr(functional, f"adaptive_avg_pool{x.ndim - 2}d")(x, written[1:])
        case "upsample":
            return interpolated(layer, x, written)
        case "attention" | "ln" | "softmax" | "gn" | "in":
            return spread(layer, x, axes)
        case "lrn":
            before, after = layer.size // 2, (layer.size - 1) // 2
            near = [x[:, max(0, c - before) : c + after + 1].mean(1) for c in range(x.shape[1])]
            return torch.stack(near, 1)
        case "glu":
            a, b = x.chunk(2, layer.dim if layer.dim > 0 else x.ndim + layer.dim)
            return a + b
        case "mul":
            return sum(inputs[1:], inputs[0])
        case "pixelshuffle" | "pixelunshuffle":
            return twin(layer, inputs)(x)
        case _:
            module = twin(layer, inputs)
            with torch.no_grad():
                for name, parameter in module.named_parameters():
                    if name.endswith("bias"):
                        parameter.zero_()
                    else:
                        parameter.uniform_(
                            0.5, 1.5, generator=torch.Generator().manual_seed(r.randrange(1 << 30))
                        )
            return module(*inputs)


def spread(layer: Any, x: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
    """What every element of a normalisation sees, besides itself: the mean over its axes."""
    match layer.kind:
        case "attention":
            return x + x.mean(axes, keepdim=True)
        case "ln":
            return x + x.mean(axes[-layer.dims :], keepdim=True)
        case "softmax":
            return x + x.mean(layer.dim if layer.dim > 0 else x.ndim + layer.dim, keepdim=True)
        case "gn":
            return torch.cat([x_ + x_.mean(axes, keepdim=True) for x_ in x.chunk(layer.groups, 1)], 1)
        case _:
            return x if layer.track_running_stats else x + x.mean(axes[1:], keepdim=True)


def pooled(layer: Any, x: torch.Tensor, written: tuple[int, ...]) -> torch.Tensor:
    """The sum over each window, by a convolution of every channel with ones; what overhangs the end is zeros."""
    n = x.ndim - 2
    kernel, stride = (layer.kernel,) * n, layer.stride or layer.kernel
    padding, dilation = getattr(layer, "padding", 0), getattr(layer, "dilation", 1)
    widths: list[int] = []
    for size, out in zip(reversed(x.shape[2:]), reversed(written[1:]), strict=True):
        reach = (out - 1) * stride + dilation * (layer.kernel - 1) + 1
        widths += [padding, max(0, reach - padding - size)]
    weight = torch.ones(x.shape[1], 1, *kernel, dtype=x.dtype)
    convolve = getattr(functional, f"conv{n}d")
    whole = convolve(functional.pad(x, widths), weight, stride=stride, dilation=dilation, groups=x.shape[1])
    return whole[(slice(None), slice(None), *(slice(0, out) for out in written[1:]))]


def interpolated(layer: Layer, x: torch.Tensor, written: tuple[int, ...]) -> torch.Tensor:
    """Axis by axis the absolute weights, as negative ones may cancel; those that are 0 but for rounding are none."""
    for axis, out in enumerate(written[1:], 2):
        size = x.shape[axis]
        probe = torch.zeros(size, 1, *x.shape[2:], dtype=x.dtype)
        for i in range(size):
            probe[i].select(axis - 1, i).fill_(1.0)
        answer = twin(layer, [probe])(probe).movedim(axis, 1).flatten(2).abs().amax(2)
        weights = torch.where(answer > 1e-12, answer, 0.0) if answer.shape[1] == out else None
        assert weights is not None
        x = torch.tensordot(x, weights, ([axis], [0])).movedim(-1, axis)
    return x


#: a network, the end of one of its blocks, and a small input
ZOO = [
    ("resnet18", "layer3.1", (80, 61)),
    ("googlenet", "inception4a", (97, 64)),
    ("alexnet", "features.10", (95, 64)),
]


@pytest.mark.parametrize(("name", "block", "size"), ZOO)
def test_hulls_of_the_zoo(name: str, block: str, size: tuple[int, int]) -> None:
    """A field begins where poison from the left first reaches the unit, and ends where poison from the right does."""
    torch.manual_seed(0)
    module = REFERENCES[name].build().eval()
    captured: list[torch.Tensor] = []
    module.get_submodule(block).register_forward_hook(stop(captured))
    network = load(name, input_size=f"3x{size[0]}x{size[1]}")
    node = network.nodes[network.names[block][0]]
    x = torch.randn(1, 3, *size)

    def reaches(unit: tuple[int, ...], axis: int, first: int, last: int) -> bool:
        poisoned = x.clone()
        poisoned.narrow(axis + 2, first, last - first + 1).fill_(float("nan"))
        captured.clear()
        with torch.no_grad(), pytest.raises(StopIteration):
            module(poisoned)
        return bool(value(captured[0], unit).isnan().any())

    rows, columns = dims(node.output)[1:]
    for unit in ((0, 0), (rows // 2, columns - 1), (rows - 1, columns // 2)):
        hull = []
        for axis, n in enumerate(size):
            begin = least(n, partial(reaches, unit, axis, 0))
            end = least(n, lambda i, unit=unit, axis=axis, n=n: reaches(unit, axis, n - 1 - i, n - 1))
            hull.append((begin, n - 1 - end))
        assert unit_field(network, node, unit).hull == tuple(hull)


def stop(captured: list[torch.Tensor]) -> Any:
    def hook(module: Any, inputs: Any, result: torch.Tensor) -> None:
        captured.append(result)
        raise StopIteration

    return hook


def least(n: int, holds: Any) -> int:
    """The least of 0 … n − 1 from which on something holds."""
    low, high = 0, n - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
