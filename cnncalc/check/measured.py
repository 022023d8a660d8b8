"""What a network comes to as a whole: the quantities that baselines keep and differences are told in."""

from __future__ import annotations

from fractions import Fraction

from cnncalc.analysis import Analysis, analyse
from cnncalc.layers.storage import DType
from cnncalc.network import Network
from cnncalc.passes.depth import depth
from cnncalc.passes.memory import inference
from cnncalc.quantities import Facts
from cnncalc.record import record
from cnncalc.shape import Shape
from cnncalc.spec.items import AXIS_NAMES
from cnncalc.symbolic import Dim

__all__ = ["QUANTITIES", "Measured", "measured", "measured_of"]

#: every quantity by name, in the order in which they are told; the receptive field is one on each axis: rf.H, rf.W
QUANTITIES = (
    "output",
    "params",
    "trainable",
    "buffers",
    "macs",
    "flops",
    "weights_bytes",
    "activation_bytes",
    "peak_bytes",
    "rf",
    "depth",
)


@record
class Measured:
    """Exact numbers, or expressions. MACs and FLOPs are those of the whole batch; bytes are those of inference."""

    output: Shape
    params: Dim
    #: in a spec nothing is frozen: all parameters
    trainable: Dim
    buffers: Dim
    macs: Dim
    flops: Dim
    weights_bytes: Dim
    #: all results together, views counted once
    activation_bytes: Dim
    #: the most that is alive at once; None where sizes have names
    peak_bytes: Dim | None
    #: by axis, how far one unit sees, of the last layer where that is not everything; None where it cannot be told
    rf: tuple[tuple[str, Dim | None], ...]
    depth: int
    batch: int = 1
    dtype: DType = "float32"

    def values(self) -> dict[str, Shape | Dim | None]:
        """All quantities by name, with a receptive field for each axis: rf.H, rf.W."""
        found: dict[str, Shape | Dim | None] = {}
        for name in QUANTITIES:
            if name == "rf":
                found |= {f"rf.{axis}": size for axis, size in self.rf}
            else:
                found[name] = getattr(self, name)
        return found


def measured(network: Network, *, batch: int = 1, dtype: DType = "float32") -> Measured:
    """What a network comes to with so many images at a time, and numbers of such a type.

    Raises CnncalcError, with the place, where a sum is too large an expression.
    """
    return measured_of(network, analyse(network, batch=batch), dtype)


def measured_of(network: Network, analysis: Analysis, dtype: DType) -> Measured:
    """The same of a network that has been analysed."""
    totals = analysis.totals
    memory = inference(network, dtype=dtype, batch=analysis.batch)
    return Measured(
        output=network.output,
        params=totals.params,
        trainable=totals.params,
        buffers=totals.buffers,
        macs=totals.macs,
        flops=totals.flops,
        weights_bytes=memory.weights,
        activation_bytes=memory.activations,
        peak_bytes=None if memory.peak is None else memory.peak.bytes,
        rf=_seen(network),
        depth=depth(network),
        batch=analysis.batch,
        dtype=dtype,
    )


def _seen(network: Network) -> tuple[tuple[str, Dim | None], ...]:
    """The receptive field of the network as expectations have it, axis by axis."""
    facts = Facts(network)
    found = facts.find(facts.part(None), "rf.size", batch=1, dtype="float32").values
    sizes = {axis: size for axis, size in found if not isinstance(size, Fraction)}
    return tuple([(axis, sizes.get(axis)) for axis in AXIS_NAMES[network.input.rank][1:]])
