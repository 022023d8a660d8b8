"""What folding normalisations comes to: a verdict on each, the network that is left, and what is done to the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from cnncalc.layers import Derivation
from cnncalc.layers.folding import Absorbed, Pick
from cnncalc.network import Network
from cnncalc.record import record
from cnncalc.symbolic import Dim

__all__ = [
    "Absorption",
    "Branch",
    "Direction",
    "Folding",
    "Merge",
    "Scales",
    "Step",
    "Target",
    "Totals",
    "Verdict",
]

Direction: TypeAlias = Literal["backward", "forward", "merged"]

#: s and t of every normalisation, by its node's name, where the weights are known
Scales: TypeAlias = Mapping[str, tuple[Sequence[float], Sequence[float]]]


@record
class Target:
    """A layer that a normalisation is folded into, and the layers in between, in the order in which they are passed."""

    node: str
    through: tuple[str, ...] = ()


@record
class Verdict:
    """What becomes of one normalisation."""

    node: str
    #: the node's place in the network
    index: int
    #: how it is folded; None: it stays
    direction: Direction | None
    targets: tuple[Target, ...] = ()
    #: why not backward, and why not forward either; of one that is folded forward, why not backward
    reasons: tuple[str, ...] = ()
    #: whether the result is the same but for rounding; else what differs is said by `reasons`
    exact: bool = True
    #: of a fold that is wrong at the border: the share of outputs that are
    border: Derivation | None = None
    #: what was found true of the given weights, and has to be for the fold to be exact
    given: tuple[str, ...] = ()

    @property
    def folded(self) -> bool:
        return self.direction is not None


@record
class Absorption:
    """A layer takes a normalisation into its weights; `into` and `of` are the nodes whose tensors are meant.

    The normalisation's s and t are sent along `picks`, one after the other; t only if `shift`, else it is 0.
    """

    into: int
    of: int
    direction: Literal["backward", "forward"]
    how: Absorbed
    picks: tuple[Pick, ...] = ()
    shift: bool = True


@record
class Branch:
    """A summand that becomes part of a kernel: a convolution's, a normalisation's, or the input's own (None).

    Its tap number v lies at `offsets` + v on every axis, times its dilation over the large kernel's.
    """

    of: int | None
    what: Literal["kernel", "normalisation", "identity"]
    offsets: tuple[int, ...]
    #: tap v of the branch is tap offset + v·step of the kernel
    steps: tuple[int, ...]


@record
class Merge:
    """Parallel branches of a sum become one convolution, that of node `into`, with the given number of groups."""

    into: int
    branches: tuple[Branch, ...]
    groups: Dim


Step: TypeAlias = Absorption | Merge


@record
class Totals:
    """What folding saves of."""

    params: Dim
    buffers: Dim
    nodes: int
    macs: Dim
    #: bytes in float32 of all results together, and of those alive at the peak of inference with one image
    activations: Dim
    peak: Dim | None
    #: multiplications and additions of normalisations: one each for every number
    elementwise: Dim


@record
class Folding:
    """A folded network, how it came about, and what it saves."""

    network: Network
    verdicts: tuple[Verdict, ...]
    folded: Network
    #: what is done to the weights, in this order; node numbers are those of `network`
    steps: tuple[Step, ...]
    #: for every node of `folded` its number in `network`
    origins: tuple[int, ...]
    before: Totals
    after: Totals
    #: sums whose branches were merged: the sum, the layer that is left, and the branches that went into it
    merges: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    @property
    def count(self) -> int:
        """How many normalisations are folded."""
        return sum(v.folded for v in self.verdicts)

    @property
    def exact(self) -> bool:
        """Whether the folded network computes the same but for rounding."""
        return all(v.exact for v in self.verdicts)
