"""What a network has to hold and to do, as far as folding changes it."""

from __future__ import annotations

from cnncalc.layers import Derivation
from cnncalc.network import Network
from cnncalc.passes.cost import costs
from cnncalc.passes.fold_bn.model import Totals
from cnncalc.passes.memory import inference
from cnncalc.symbolic import Dim, Formula

__all__ = ["BORDER_SHARE", "SAVED_BUFFERS", "SAVED_PARAMS", "border_share", "totals"]

#: of a normalisation that a layer of weights takes in
SAVED_PARAMS = Formula(
    "2*C - A*K",
    C="channels of the normalisation",
    A="1 if the layer had no bias, else 0",
    K="outputs of the layer",
)
SAVED_BUFFERS = Formula("2*C + 1", C="channels of the normalisation")

#: the outputs whose window reaches into the padding
BORDER_SHARE = Formula("1 - I/O", I="positions whose window reads no padding", O="all positions")


def totals(network: Network) -> Totals:
    """Parameters, buffers, nodes, memory of results and elementwise operations."""
    found = costs(network)
    own = [c for node, c in zip(network.nodes, found, strict=True) if node.weights_of is None]
    memory = inference(network)
    normalisations = [
        node.output.elements
        for node in network.nodes
        if node.layer.as_affine(network.input_shapes(node)[0]) is not None
    ]
    return Totals(
        sum((c.params for c in own), 0),
        sum((c.buffers for c in own), 0),
        len(network.nodes),
        sum((c.macs for c in found), 0),
        memory.activations,
        None if memory.peak is None else memory.peak.bytes,
        sum(normalisations, 0),
    )


def border_share(network: Network, index: int) -> Derivation | None:
    """The share of a layer's output positions that read padding; None where sizes have names."""
    node = network.nodes[index]
    windows = node.layer.windows(*network.input_shapes(node))
    if windows is None:
        return None
    inner: Dim = 1
    whole: Dim = 1
    for w, size, out in zip(windows, network.input_shapes(node)[0].spatial, node.output.spatial, strict=True):
        known = (w.kernel, w.stride, w.before, w.dilation, size, out)
        if not all(isinstance(n, int) for n in known):
            return None
        kernel, stride, before, dilation, length, count = (n if isinstance(n, int) else 0 for n in known)
        first = -(-before // stride)
        last = (length + before - dilation * (kernel - 1) - 1) // stride
        inner, whole = inner * max(0, min(last, count - 1) - first + 1), whole * count
    return Derivation(BORDER_SHARE, {"I": inner, "O": whole}) if isinstance(inner, int) else None
