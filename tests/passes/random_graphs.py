"""Random graphs of small layers of many kinds, with skips, branches, views and several readers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS, Layer, check
from cnncalc.network import Network, Node
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts

__all__ = ["graphs"]


def _made(kind: str, **fields: Any) -> Layer:
    made: Layer = KINDS[kind](**fields)
    return made


_ONE_INPUT = [
    *(
        _made(k)
        for k in ("relu", "relu", "silu", "hardswish", "sigmoid", "softplus", "identity", "logsigmoid")
    ),
    *(_made("leakyrelu"), _made("rrelu"), _made("prelu"), _made("glu"), _made("softmax"), _made("hardtanh")),
    *(
        _made("conv", kernel=3, out=4, padding=1),
        _made("conv", kernel=1, out=6),
        _made("conv", kernel=2, out=4, padding="same"),
    ),
    *(_made("conv", kernel=3, out=3, padding=1, padding_mode=m) for m in ("reflect", "circular")),
    *(_made("dwconv", kernel=3, padding=1), _made("tconv", kernel=2, out=4, stride=2)),
    *(
        _made("bn"),
        _made("bn"),
        _made("in", affine=True),
        _made("gn", groups=2),
        _made("ln"),
        _made("rms"),
        _made("scale"),
    ),
    *(
        _made("maxpool", kernel=2),
        _made("avgpool", kernel=2),
        _made("gap"),
        _made("gmp"),
        _made("adaptiveavgpool", size=2),
    ),
    *(_made("dropout"), _made("dropout2d"), _made("dropout", p=0.0), _made("droppath", p=0.2)),
    *(_made("flatten"), _made("flatten", start=2), _made("unflatten", shape=(2, -1)), _made("linear", out=4)),
    *(_made("permute", order=(2, 1)), _made("permute", order=(2, 3, 1)), _made("permute", order=(3, 1, 2))),
    *(
        _made("select", stop=2),
        _made("select", start=1),
        _made("split", chunks=2),
        _made("split", chunks=2, index=1),
    ),
    *(_made("upsample", scale=2), _made("pixelshuffle", factor=2), _made("channelshuffle", groups=2)),
    *(_made("pad", padding=1), _made("attention", heads=2), _made("attention", heads=1, dropout=0.1)),
]
_MERGES = [_made("add"), _made("add"), _made("mul"), _made("cat")]
_INPUTS = [(4, 6, 6), (3, 8, 8), (4, 8), (6, 4), (8,)]
_MOST = 2000


def _fits(layer: Layer, shapes: list[Shape]) -> bool:
    try:
        check(layer.requires(*shapes), Facts())
    except LayerError:
        return False
    elements: Any = layer.output(*shapes).elements
    return bool(0 < elements <= _MOST)


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
            fitting = [layer for layer in _ONE_INPUT if _fits(layer, [shapes[source]])]
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
    return Network(None, None, shapes[-1], tuple(nodes), len(nodes) - 1, {})
