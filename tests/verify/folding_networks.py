"""Random networks with normalisations anywhere, and weights that try what folding may get wrong."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS, Layer, check
from cnncalc.network import Network, Node
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts

__all__ = ["Memory", "difficult", "networks"]


def _made(kind: str, **fields: Any) -> Layer:
    made: Layer = KINDS[kind](**fields)
    return made


_NORMS = [
    *(_made("bn"), _made("bn"), _made("bn"), _made("bn", affine=False), _made("bn", bias=False, eps=1e-3)),
    *(_made("scale"), _made("scale", bias=True), _made("in", track_running_stats=True, affine=True)),
    *(_made("bn", track_running_stats=False), _made("gn", groups=2), _made("ln"), _made("in")),
]
_WEIGHTS = [
    *(_made("conv", kernel=3, out=4, padding=1, bias=False), _made("conv", kernel=3, out=4)),
    *(_made("conv", kernel=1, out=6, groups=2), _made("dwconv", kernel=3, padding=1)),
    *(_made("conv", kernel=3, out=4, padding=1, padding_mode=m) for m in ("reflect", "circular")),
    *(_made("conv", kernel=2, out=4, padding="same", bias=False), _made("dwconv", kernel=2, out=8, stride=2)),
    *(_made("tconv", kernel=3, out=4, stride=2, groups=2), _made("tconv", kernel=2, out=6, bias=False)),
    *(_made("tconv", kernel=1, out=4, groups=2, bias=False), _made("tconv", kernel=3, out=4, groups=4)),
    *(_made("linear", out=6), _made("linear", out=4, bias=False)),
]
_BETWEEN = [
    *(_made("relu"), _made("identity"), _made("dropout"), _made("dropout2d"), _made("tanh")),
    *(
        _made("maxpool", kernel=2),
        _made("avgpool", kernel=2),
        _made("avgpool", kernel=3, stride=1, padding=1),
    ),
    *(_made("avgpool", kernel=3, stride=2, padding=1, count_include_pad=False), _made("gap"), _made("gmp")),
    *(_made("adaptiveavgpool", size=2), _made("upsample", scale=2), _made("pad", padding=1)),
    *(_made("pad", padding=1, mode="replicate"), _made("pad", padding=-1), _made("flatten")),
    *(_made("unflatten", shape=(2, -1)), _made("permute", order=(2, 1)), _made("channelshuffle", groups=2)),
    *(_made("pixelshuffle", factor=2), _made("pixelunshuffle", factor=2), _made("select", stop=2)),
    *(_made("split", chunks=2, index=1), _made("upsample", scale=2, mode="bilinear")),
]
_MERGES = [_made("add"), _made("add"), _made("cat"), _made("mul")]
_INPUTS = [(4, 6, 6), (4, 6, 6), (4, 8), (8,), (4, 3, 4, 4)]
_MOST = 3000


def _fits(layer: Layer, shapes: list[Shape]) -> bool:
    try:
        check(layer.requires(*shapes), Facts())
    except LayerError:
        return False
    elements: Any = layer.output(*shapes).elements
    return bool(0 < elements <= _MOST)


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
            fitting = [layer for layer in pool if _fits(layer, [shapes[source]])]
            if not fitting:
                continue
            layer, inputs = draw(st.sampled_from(fitting)), [source]
        before = [shapes[i] for i in inputs]
        if not _fits(layer, before):
            continue
        shapes[index] = layer.output(*before)
        twins = [
            n.index
            for n in nodes
            if n.layer == layer and n.weights_of is None and [shapes[i] for i in n.inputs] == before
        ]
        shared = twins[0] if twins and layer.weights(*before) and draw(st.booleans()) else None
        nodes.append(Node(index, f"n{index}", layer, tuple(inputs), shapes[index], shared))
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
            tensors[f"{node.name}.{weight.name}"] = made
    return Memory(tensors)
