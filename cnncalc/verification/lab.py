"""The runs that several quantities are read from, each made once and only if it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.analysis import Analysis, analyse
from cnncalc.errors import CnncalcError, LayerError
from cnncalc.layers.storage import DType
from cnncalc.network import Network
from cnncalc.passes import memory as passes
from cnncalc.record import record
from cnncalc.verification.environment import seeded
from cnncalc.verification.fields import Probe, probes
from cnncalc.verification.observe import Homes, Watch, key, saved_during, size
from cnncalc.verification.realise import Realised, Twin, joins_ranks, realise, twin
from cnncalc.verification.resize import smaller

__all__ = ["CUT", "UNCOUNTED", "Analyser", "Executed", "Ghost", "Lab", "Trained", "fits"]

#: the most bytes of weights and activations, and the most MACs, that are executed
_MOST_BYTES = 8 << 30
_MOST_MACS = 10**12

#: who computes what is expected; another one in tests
Analyser: TypeAlias = Callable[[Network], Analysis]


@record
class Ghost:
    """A run on the meta device, in inference: shapes, FLOPs, and matrix products that the counter does not know.

    Of the nodes that ran; `raised`: what ended it before its time.
    """

    shapes: tuple[tuple[int, ...], ...]
    flops: tuple[int, ...]
    unseen: tuple[tuple[str, ...], ...]
    raised: str | None


@record
class Executed:
    """A real run in inference: shapes of the nodes that ran, bytes of their own, and the peak; `raised`: what ended it.

    `cut`: nodes whose result is a part of a larger storage by torch's choice.
    """

    shapes: tuple[tuple[int, ...], ...]
    own_bytes: tuple[int, ...]
    peak: int
    raised: str | None
    cut: frozenset[int] = frozenset()


@record
class Trained:
    """A real forward pass in training: bytes that autograd keeps, by the node that made them (-1 the input); `cut` as above."""

    batch: int
    kept: dict[int, int]
    raised: str | None
    cut: frozenset[int] = frozenset()


#: products that torch's counter has no rule for
UNCOUNTED = ("mv", "addmv", "dot", "vdot", "_trilinear", "addr", "mkldnn_rnn_layer")


#: why bytes are not compared
CUT = "torch puts the result into a larger storage, by sizes, threads and the type of numbers"


class Lab:
    """One network on one device."""

    def __init__(
        self, network: Network, *, device: str, dtype: DType, seed: int, analyser: Analyser = analyse
    ) -> None:
        self.network = network
        self.device = device
        self.dtype: DType = dtype
        self.type: torch.dtype = getattr(torch, dtype)
        self.seed = seed
        self.analyser = analyser
        self.notes: list[str] = []

    @cached_property
    def analysis(self) -> Analysis:
        """What is expected of the whole network."""
        return self.analyser(self.network)

    @cached_property
    def meta(self) -> Realised:
        """The network without memory."""
        return realise(self.network, device="meta")

    @cached_property
    def ghost(self) -> Ghost:
        """The network run without memory."""
        return ghost_run(self.meta)

    @cached_property
    def executed_network(self) -> Network | None:
        """What is executed: the network, or its layers on a smaller input; None if even that is too large."""
        if fits(self.network, self.dtype):
            return self.network
        for found in smaller(self.network):
            if fits(found, self.dtype):
                self.notes.append(
                    f"the input {self.network.input} is too large to execute: executed with {found.input},"
                    " and on the meta device as it is"
                )
                return found
        return None

    @cached_property
    def real(self) -> Realised | None:
        """The network with memory on the device, with the weights that torch draws."""
        if self.executed_network is None:
            return None
        seeded(self.seed, self.device)
        return realise(self.executed_network, device=self.device, dtype=self.type)

    @cached_property
    def executed(self) -> Executed | None:
        """The network run on the device."""
        return None if self.real is None else _execute(self.real, self.device, self.type)

    @cached_property
    def trained(self) -> Trained | None:
        """A forward pass in training on the device: one image, or two where a normalisation needs them."""
        if self.real is None:
            return None
        found = _train(self.real, 1, self.device, self.type)
        needs_two = found.raised and "Expected more than 1" in found.raised
        if needs_two and not joins_ranks(self.real.network):
            found = _train(self.real, 2, self.device, self.type)
        return found

    def trains(self, batch: int) -> bool:
        """Whether cnncalc says that the network can be trained on such a batch."""
        try:
            passes.training(self.network, dtype=self.dtype, batch=batch)
        except LayerError:
            return False
        return True

    @cached_property
    def refused(self) -> tuple[str, str] | None:
        """The node at which torch refuses the network, when it is made or when it runs, and what torch says."""
        for node in self.network.nodes:
            try:
                with torch.device("meta"):
                    twin(node.layer, self.network.input_shapes(node))
            except CnncalcError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever torch raises is its answer
                return node.name, _told(error, "meta")
        if self.executed is None or self.executed.raised is None:
            return None
        return self.network.nodes[len(self.executed.shapes)].name, self.executed.raised

    @cached_property
    def probes(self) -> list[Probe]:
        """Where receptive fields are looked at, and what is expected there."""
        return probes(self.network)


def fits(network: Network, dtype: DType) -> bool:
    """Whether a network can be executed at all, by what cnncalc expects: a decision, not a measurement."""
    found = passes.inference(network, dtype=dtype)
    total = found.total
    try:
        training = passes.training(network, dtype=dtype, batch=2).total
    except LayerError:
        training = 0  # it cannot be trained
    macs = analyse(network).totals.macs
    return (
        isinstance(total, int)
        and isinstance(training, int)
        and isinstance(macs, int)
        and max(total, training) <= _MOST_BYTES
        and macs <= _MOST_MACS
    )


def ghost_run(model: Realised) -> Ghost:
    """Run a network on the meta device under the counter."""
    shapes: list[tuple[int, ...]] = []
    flops: list[int] = []
    unseen: list[tuple[str, ...]] = []
    before = 0
    products = _Products()

    def observe(index: int, inputs: Sequence[torch.Tensor], y: torch.Tensor) -> None:
        nonlocal before
        del index, inputs
        shapes.append(tuple(y.shape[1:]))
        total = counter.get_total_flops()
        flops.append(total - before)
        before = total
        unseen.append(products.taken())

    raised = None
    with torch.no_grad(), products, FlopCounterMode(display=False) as counter:
        try:
            model.run(model.image(device="meta"), observe)
        except Exception as error:  # noqa: BLE001 - whatever torch raises is its answer
            raised = _told(error, "meta")
    return Ghost(tuple(shapes), tuple(flops), tuple(unseen), raised)


class _Products(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Remembers the operations that multiply matrices without being counted."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names: list[str] = []

    def taken(self) -> tuple[str, ...]:
        """What was seen since the last time."""
        found, self.names = tuple(self.names), []
        return found

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name in UNCOUNTED:
            self.names.append(name)
        return func(*args, **(kwargs or {}))


def _execute(model: Realised, device: str, dtype: torch.dtype) -> Executed:
    nodes = model.network.nodes
    watch = Watch([*model.parameters(), *model.buffers()])
    homes = Homes()
    shapes: list[tuple[int, ...]] = []
    own: list[int] = []
    cut: set[int] = set()

    def observe(index: int, inputs: Sequence[torch.Tensor], y: torch.Tensor) -> None:
        shapes.append(tuple(y.shape[1:]) if y.numel() else ())
        if _is_cut(model.steps[index], y):
            cut.add(index)
        own.append(size(y) if homes.settle(index, nodes[index].inputs, inputs, y) == index else 0)
        watch.look()

    with Watch([]):
        torch.zeros(
            ()
        )  # the first operation that a mode sees may stay in a cycle, where it would be alive for long
    images = [model.image(device=device, dtype=dtype)]
    watch.meet(images[0])
    raised = None
    with torch.no_grad(), watch:
        watch.look()
        try:
            model.eval().run(images.pop(), observe)
        except Exception as error:  # noqa: BLE001 - whatever torch raises is its answer
            raised = _told(error, device)
    return Executed(tuple(shapes), tuple(own), watch.peak, raised, frozenset(cut))


def _is_cut(step: Twin, y: torch.Tensor) -> bool:
    """Whether a transposed convolution of a volume gives a part of a larger storage, as its algorithms do now and then."""
    return isinstance(step.module, torch.nn.ConvTranspose3d) and size(y) > y.nbytes


def _train(model: Realised, batch: int, device: str, dtype: torch.dtype) -> Trained:
    nodes = model.network.nodes
    own = {key(t) for t in (*model.parameters(), *model.buffers())}
    x = model.image(batch, device=device, dtype=dtype)
    homes = Homes()
    places: dict[int, tuple[int, int]] = {}
    cut: set[int] = set()
    seen = 0

    def observe(index: int, inputs: Sequence[torch.Tensor], y: torch.Tensor) -> None:
        nonlocal seen
        if _is_cut(model.steps[index], y):
            cut.add(index)
        home = homes.settle(index, nodes[index].inputs, inputs, y)
        known = {
            key(y): home,
            **{key(t): homes.of[i] for i, t in zip(nodes[index].inputs, inputs, strict=True)},
        }
        for t in saved[seen:]:
            if key(t) not in own:
                places.setdefault(key(t), (known.get(key(t), index), size(t)))
        seen = len(saved)

    raised = None
    with saved_during() as saved:
        try:
            model.train().run(x, observe)
        except Exception as error:  # noqa: BLE001 - whatever torch raises is its answer
            raised = _told(error, device)
    model.eval()
    kept: dict[int, int] = {}
    for node, bytes_ in places.values():
        kept[node] = kept.get(node, 0) + bytes_
    return Trained(batch, kept, raised, frozenset(cut))


def _told(error: Exception, device: str) -> str:
    """What torch raised, in one line.

    Raises CnncalcError if it is memory that ran out, which says nothing of the network.
    """
    text = " ".join(str(error).split())
    if isinstance(error, torch.OutOfMemoryError) or "not enough memory" in text:
        raise CnncalcError(
            f"the device {device} ran out of memory",
            "give a smaller --input, another --device or --dtype, or leave out what is executed with --only",
            code="CNN403",
        ) from None
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
