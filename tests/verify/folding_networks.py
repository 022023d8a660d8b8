"""Random networks with normalisations anywhere, and weights that try what folding may get wrong."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st

from cnncalc.network import Network, Node
from cnncalc.shape import Shape
from tests.passes.random_graphs import fits, made, placed

__all__ = ["Memory", "chains", "difficult", "networks"]


_NORMS = [
    *(made("bn"), made("bn"), made("bn"), made("bn", affine=False), made("bn", bias=False, eps=1e-3)),
    *(
        made("scale"),
        made("scale", bias=True),
        made("scale", bare=True),
        made("in", track_running_stats=True, affine=True),
    ),
    *(made("bn", track_running_stats=False), made("gn", groups=2), made("ln"), made("in")),
]
_AFFINE = [norm for norm in _NORMS if not isinstance(norm.as_affine(Shape((4, 6, 6))), str)]
_WEIGHTS = [
    *(made("conv", kernel=3, out=4, padding=1, bias=False), made("conv", kernel=3, out=4)),
    *(made("conv", kernel=1, out=6, groups=2), made("dwconv", kernel=3, padding=1)),
    *(made("conv", kernel=3, out=4, padding=1, padding_mode=m) for m in ("reflect", "circular")),
    *(made("conv", kernel=2, out=4, padding="same", bias=False), made("dwconv", kernel=2, out=8, stride=2)),
    *(made("tconv", kernel=3, out=4, stride=2, groups=2), made("tconv", kernel=2, out=6, bias=False)),
    *(made("tconv", kernel=1, out=4, groups=2, bias=False), made("tconv", kernel=3, out=4, groups=4)),
    *(made("linear", out=6), made("linear", out=4, bias=False)),
]
_BETWEEN = [
    *(made("relu"), made("identity"), made("dropout"), made("dropout2d"), made("tanh")),
    *(
        made("maxpool", kernel=2),
        made("avgpool", kernel=2),
        made("avgpool", kernel=3, stride=1, padding=1),
    ),
    *(made("avgpool", kernel=3, stride=2, padding=1, count_include_pad=False), made("gap"), made("gmp")),
    *(made("adaptiveavgpool", size=2), made("upsample", scale=2), made("pad", padding=1)),
    *(made("pad", padding=1, mode="replicate"), made("pad", padding=-1), made("flatten")),
    *(made("unflatten", shape=(2, -1)), made("permute", order=(2, 1)), made("channelshuffle", groups=2)),
    *(made("pixelshuffle", factor=2), made("pixelunshuffle", factor=2), made("select", stop=2)),
    *(made("split", chunks=2, index=1), made("upsample", scale=2, mode="bilinear")),
]
_MERGES = [made("add"), made("add"), made("cat"), made("mul")]
_INPUTS = [(4, 6, 6), (4, 6, 6), (4, 8), (8,), (4, 3, 4, 4)]
_MOST = 3000


@st.composite
def networks(draw: st.DrawFn, most: int = 12) -> Network:
    """A network whose last node is its output; every layer is mostly read once, so that there is much to fold."""
    shapes = {-1: Shape(draw(st.sampled_from(_INPUTS)))}
    nodes: list[Node] = []
    for _ in range(draw(st.integers(3, most))):
        index = len(nodes)
        source = index - 1 if draw(st.integers(0, 4)) else draw(st.integers(-1, index - 1))
        same = [i for i, s in shapes.items() if s == shapes[source] and i != source]
        if same and draw(st.integers(0, 2)) == 0:
            layer, inputs = draw(st.sampled_from(_MERGES)), [source, draw(st.sampled_from(same))]
        else:
            pool = draw(st.sampled_from([_NORMS, _NORMS, _WEIGHTS, _WEIGHTS, _BETWEEN]))
            fitting = [layer for layer in pool if fits(layer, [shapes[source]], _MOST)]
            if not fitting:
                continue
            layer, inputs = draw(st.sampled_from(fitting)), [source]
        before = [shapes[i] for i in inputs]
        if not fits(layer, before, _MOST):
            continue
        shapes[index] = layer.output(*before)
        nodes.append(placed(draw, layer, inputs, shapes, nodes))
    names = {n.name: (n.index,) for n in nodes}
    return Network(None, None, shapes[-1], tuple(nodes), len(nodes) - 1, names)


@st.composite
def chains(draw: st.DrawFn) -> Network:
    """Weights, a normalisation, weights, and whatever may lie between them; one result may be joined with an earlier one."""
    shapes = {-1: Shape(draw(st.sampled_from(_INPUTS)))}
    nodes: list[Node] = []
    for pool in (_WEIGHTS, _BETWEEN, _MERGES, _BETWEEN, _AFFINE, _BETWEEN, _WEIGHTS):
        index = len(nodes)
        earlier = [i for i, shape in shapes.items() if shape == shapes[index - 1] and i < index - 1]
        joins = pool is _MERGES
        if pool in (_BETWEEN, _MERGES) and (draw(st.booleans()) or (joins and not earlier)):
            continue
        inputs = [index - 1, *([draw(st.sampled_from(earlier))] if joins else [])]
        before = [shapes[i] for i in inputs]
        fitting = [layer for layer in pool if fits(layer, before, _MOST)]
        if fitting:
            layer = draw(st.sampled_from(fitting))
            shapes[index] = layer.output(*before)
            nodes.append(placed(draw, layer, inputs, shapes, nodes))
    names = {n.name: (n.index,) for n in nodes}
    return Network(None, None, shapes[-1], tuple(nodes), len(nodes) - 1, names)


class Memory:
    """Weights in memory, as a file of them is read."""

    def __init__(self, tensors: dict[str, torch.Tensor]) -> None:
        self.tensors = tensors

    def names(self) -> tuple[str, ...]:
        return tuple(self.tensors)

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self.tensors[name].shape)

    def dtype(self, name: str) -> torch.dtype:
        return self.tensors[name].dtype

    def tensor(self, name: str) -> torch.Tensor:
        return self.tensors[name]


def difficult(network: Network, seed: int, *, kind: str = "any") -> Memory:
    """Random weights in float64: factors negative and 0 (or, for kind "positive", neither), variances from tiny to large.

    For kind "plain" a normalisation changes nothing but signs and sizes: its summand is 0.
    """
    random = torch.Generator().manual_seed(seed)

    def draw(*sizes: Any) -> torch.Tensor:
        return torch.randn(*sizes, dtype=torch.float64, generator=random)

    tensors = {}
    for node in network.nodes:
        if node.weights_of is not None:
            continue
        normalises = node.layer.as_affine(network.input_shapes(node)[0]) is not None
        for weight in node.layer.weights(*network.input_shapes(node)):
            made = draw(*weight.shape) if weight.shape else torch.tensor(7)
            if weight.name == "running_var":
                made = 10.0 ** (2 * made).clamp(-5, 1)
                made[::3] = 0.0
            elif normalises and weight.name == "weight":
                # with a variance near 0 a factor is up to 316 times as large
                made = made.abs() if kind == "positive" else made
                made[1::4] = 0.0
            elif normalises and kind == "plain" and weight.shape:
                made = torch.zeros_like(made)
            tensors[weight.named(node.name)] = made
    return Memory(tensors)
