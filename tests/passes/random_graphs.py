"""Random graphs of small layers of many kinds, with skips, branches, views and several readers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS, Layer, check
from cnncalc.network import Network, Node
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts

__all__ = ["fits", "graphs", "made", "placed"]


def made(kind: str, **fields: Any) -> Layer:
    """A layer of a kind."""
    found: Layer = KINDS[kind](**fields)
    return found


_ONE_INPUT = [
    *(
        made(k)
        for k in ("relu", "relu", "silu", "hardswish", "sigmoid", "softplus", "identity", "logsigmoid")
    ),
    *(made("leakyrelu"), made("rrelu"), made("prelu"), made("glu"), made("softmax"), made("hardtanh")),
    *(
        made("conv", kernel=3, out=4, padding=1),
        made("conv", kernel=1, out=6),
        made("conv", kernel=2, out=4, padding="same"),
    ),
    *(made("conv", kernel=3, out=3, padding=1, padding_mode=m) for m in ("reflect", "circular")),
    *(made("dwconv", kernel=3, padding=1), made("tconv", kernel=2, out=4, stride=2)),
    *(
        made("bn"),
        made("bn"),
        made("in", affine=True),
        made("gn", groups=2),
        made("ln"),
        made("rms"),
        made("scale"),
        made("scale", bare=True),
    ),
    *(
        made("maxpool", kernel=2),
        made("avgpool", kernel=2),
        made("gap"),
        made("gmp"),
        made("adaptiveavgpool", size=2),
    ),
    *(made("dropout"), made("dropout2d"), made("dropout", p=0.0), made("droppath", p=0.2)),
    *(made("flatten"), made("flatten", start=2), made("unflatten", shape=(2, -1)), made("linear", out=4)),
    *(made("permute", order=(2, 1)), made("permute", order=(2, 3, 1)), made("permute", order=(3, 1, 2))),
    *(
        made("select", stop=2),
        made("select", start=1),
        made("split", chunks=2),
        made("split", chunks=2, index=1),
    ),
    *(made("upsample", scale=2), made("pixelshuffle", factor=2), made("channelshuffle", groups=2)),
    *(made("pad", padding=1), made("attention", heads=2), made("attention", heads=1, dropout=0.1)),
]
_MERGES = [made("add"), made("add"), made("mul"), made("cat")]
_INPUTS = [(4, 6, 6), (3, 8, 8), (4, 8), (6, 4), (8,)]
_MOST = 2000


def fits(layer: Layer, shapes: list[Shape], most: int) -> bool:
    """Whether a layer can stand behind these shapes, and gives at most so many numbers."""
    try:
        check(layer.requires(*shapes), Facts())
    except LayerError:
        return False
    elements: Any = layer.output(*shapes).elements
    return bool(0 < elements <= most)


def placed(
    draw: st.DrawFn, layer: Layer, inputs: list[int], shapes: dict[int, Shape], nodes: list[Node]
) -> Node:
    """The next node, which sometimes shares the weights of an earlier one that is alike."""
    index, before = len(nodes), [shapes[i] for i in inputs]
    twins = [
        n.index
        for n in nodes
        if n.layer == layer and n.weights_of is None and [shapes[i] for i in n.inputs] == before
    ]
    shared = twins[0] if twins and layer.weights(*before) and draw(st.booleans()) else None
    return Node(index, f"n{index}", layer, tuple(inputs), shapes[index], shared)


@st.composite
def graphs(draw: st.DrawFn, most: int = 14) -> Network:
    """A network that can be built; the last node is its output, and others may be read by nobody."""
    shapes = {-1: Shape(draw(st.sampled_from(_INPUTS)))}
    nodes: list[Node] = []
    for _ in range(draw(st.integers(2, most))):
        index = len(nodes)
        source = index - 1 if draw(st.integers(0, 3)) else draw(st.integers(-1, index - 1))
        same = [i for i, s in shapes.items() if s == shapes[source]]
        if len(same) > 1 and draw(st.booleans()):
            layer, inputs = draw(st.sampled_from(_MERGES)), [source, draw(st.sampled_from(same))]
            if draw(st.integers(0, 5)) == 0:
                inputs.append(draw(st.sampled_from(same)))
        else:
            fitting = [layer for layer in _ONE_INPUT if fits(layer, [shapes[source]], _MOST)]
            layer, inputs = draw(st.sampled_from(fitting)), [source]
        before = [shapes[i] for i in inputs]
        if not fits(layer, before, _MOST):
            continue
        shapes[index] = layer.output(*before)
        nodes.append(placed(draw, layer, inputs, shapes, nodes))
    return Network(None, None, shapes[-1], tuple(nodes), len(nodes) - 1, {})
