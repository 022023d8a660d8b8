"""One run of a module, watched: what has tensors is called where, on what, and what comes out of it.

A layer of torch's is watched by its hooks. Where a module applies a tensor by a function (`F.conv2d(x, self.weight)`, `x * self.gamma`,
`x + self.position`), that call is a layer too. What everything else does matters only for who reads whom: a result has
been read from all that its inputs were read from, until it goes through a layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.verification.lab import UNCOUNTED
from cnncalc.verification.module.inventory import Inventory
from cnncalc.verification.observe import key, weak

__all__ = ["BATCH", "Trace", "Use", "inference", "trace"]

#: images in a run: more than one, so that nothing is normalised over a single number, and no axis is squeezed away
BATCH = 2

Numbers: TypeAlias = frozenset[int]

#: what takes of a tensor only what it is like
_LIKE = ("type_as", "to", "expand_as", "view_as", "reshape_as")


class Use:
    """One call of a layer, or of a function on tensors of `home`."""

    def __init__(
        self, index: int, home: str, tensors: Numbers, reads: Numbers, x: torch.Tensor | None
    ) -> None:
        self.index = index
        self.home = home
        self.tensors = tensors
        self.reads = reads
        self.input = None if x is None else tuple(x.shape[1:])
        self.output: tuple[int, ...] | None = None
        self.inner: tuple[tuple[int, ...], tuple[int, ...]] | None = None
        self.flops = 0
        self.unseen: list[str] = []


class Trace:
    """What one run did. `outputs` are its results, `reads` the uses that the first of them has been read from."""

    def __init__(self, parts: Inventory) -> None:
        self.parts = parts
        self.uses: list[Use] = []
        self.outputs: list[torch.Tensor] = []
        self.reads: Numbers = frozenset()
        self.flops = 0
        self.unseen: list[str] = []
        #: by storage: the uses that a result has been read from; the tensors that something was computed from alone
        self.results = _Book()
        self.weights = _Book()
        self.within: Use | None = None

    def begin(self, home: str, tensors: Numbers, inputs: Sequence[torch.Tensor]) -> Use:
        """A layer is about to run."""
        reads = self.results.of(inputs) or frozenset()
        x = next((t for t in inputs if self.results.of([t]) is not None), None)
        use = Use(len(self.uses), home, tensors, reads, x)
        self.uses.append(use)
        return use

    def end(self, use: Use, outputs: Sequence[torch.Tensor]) -> None:
        """It has run."""
        if outputs:
            use.output = tuple(outputs[0].shape[1:])
        for t in outputs:
            self.results.put(t, frozenset([use.index]))

    def applied(
        self, name: str, inputs: Sequence[torch.Tensor], outputs: Sequence[torch.Tensor], flops: int
    ) -> None:
        """A function has been applied."""
        tensors, reads = self.weights.of(inputs), self.results.of(inputs)
        if not tensors or reads is None or not outputs or name in _LIKE:
            return
        if self.within is not None:
            x = next(t for t in inputs if self.results.of([t]) is not None)
            self.within.inner = self.within.inner or (tuple(x.shape[1:]), tuple(outputs[0].shape[1:]))
            return
        homes = {self.parts.held[i].home for i in tensors} & self.parts.layers.keys()
        tensors |= {i for home in homes for i in self.parts.of[home] if self.parts.held[i].role == "buffer"}
        last = self.uses[-1] if self.uses else None
        if (
            last is not None
            and name.strip("_") in ("add", "sub")
            and self._completes(last, tensors, reads, inputs)
        ):
            last.tensors |= tensors
            use = last
        else:
            use = self.begin(self.parts.held[min(tensors)].home, tensors, inputs)
        use.flops += flops
        self.end(use, outputs)

    def _completes(self, last: Use, tensors: Numbers, reads: Numbers, inputs: Sequence[torch.Tensor]) -> bool:
        """Whether what is added is the bias of what has been applied just before: of the same home, and a number per channel."""
        homes = {self.parts.held[i].home for i in tensors}
        biases = [t for t in inputs if self.weights.of([t])]
        return (
            reads == {last.index}
            and homes == {last.home}
            and last.home not in self.parts.layers
            and not tensors <= last.tensors
            and all(sum(size != 1 for size in t.shape) <= 1 for t in biases)
        )


class _Book:
    """Sets of numbers by storage, as long as the storage lives."""

    def __init__(self) -> None:
        self.entries: dict[int, tuple[Any, Numbers]] = {}

    def put(self, t: torch.Tensor, numbers: Numbers) -> None:
        self.entries[key(t)] = weak(t), numbers

    def of(self, tensors: Sequence[torch.Tensor]) -> Numbers | None:
        """All numbers of some tensors; None if nothing is known of any."""
        found = [self.entries[key(t)] for t in tensors if key(t) in self.entries]
        known = [numbers for alive, numbers in found if not alive.expired()]
        return frozenset().union(*known) if known else None


class _Flow(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Follows results through every operation, and notices products that the counter does not know."""

    def __init__(self, seen: Trace, own: set[int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen = seen
        self.own = own

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name in UNCOUNTED:
            (self.seen.within or self.seen).unseen.append(name)
        if name.endswith("_like") or name.startswith("new_"):
            return result
        inputs = tensors_in((args, kwargs))
        reads, weights = self.seen.results.of(inputs), self.seen.weights.of(inputs)
        for t in tensors_in(result):
            if reads is not None and key(t) not in self.own:
                self.seen.results.put(t, reads)
            elif weights:
                self.seen.weights.put(t, weights)
        return result


class _Functions(TorchFunctionMode):
    """Notices functions that are applied to a module's tensors and to what has been computed from the input.

    Within layers of torch's only where their forward is not torch's.
    """

    def __init__(self, seen: Trace, counter: FlopCounterMode) -> None:
        super().__init__()
        self.seen = seen
        self.counter = counter

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self.seen.within is not None and self.seen.within.home not in self.seen.parts.rewritten:
            return func(*args, **(kwargs or {}))
        inputs = tensors_in((args, kwargs))
        before = self.counter.get_total_flops()
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        self.seen.applied(name, inputs, tensors_in(result), self.counter.get_total_flops() - before)
        return result


def tensors_in(tree: Any) -> list[torch.Tensor]:
    """The tensors in arguments or results, in order."""
    return [t for t in tree_leaves(tree) if isinstance(t, torch.Tensor)]


def trace(module: nn.Module, parts: Inventory, size: Sequence[int], device: str) -> Trace:
    """Run a module in inference on images of this size, with tensors that have no values if the device is "meta".

    Raises whatever the module raises.
    """
    seen = Trace(parts)
    moved = {name: _on(device, t) for name, t in [*module.named_parameters(), *module.named_buffers()]}
    for number, held in enumerate(parts.held):
        seen.weights.put(moved.get(held.full, held.tensor), frozenset([number]))
    dtype = next((held.tensor.dtype for held in parts.held if held.tensor.is_floating_point()), torch.float32)
    x = torch.zeros(BATCH, *size, dtype=dtype, device=device)
    seen.results.put(x, frozenset([-1]))
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        stack.enter_context(_all_counted())
        stack.enter_context(inference(module))
        stack.enter_context(_Flow(seen, {key(t) for t in moved.values()}))
        counter = stack.enter_context(FlopCounterMode(display=False))
        stack.enter_context(_hooks(seen, counter))
        stack.enter_context(_Functions(seen, counter))
        result = functional_call(module, moved, (x,))
        seen.flops = counter.get_total_flops()
    seen.outputs = tensors_in(result)
    seen.reads = seen.results.of(seen.outputs[:1]) or frozenset()
    return seen


def _on(device: str, t: torch.Tensor) -> torch.Tensor:
    if device == "meta":
        return torch.empty_like(t, device=device)
    return torch.zeros_like(t, device=device) if t.is_meta else t


@contextmanager
def _all_counted() -> Iterator[None]:
    """No attention in a fused kernel, which the counter does not know."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


@contextmanager
def inference(module: nn.Module) -> Iterator[None]:
    """Inference for a while; then every part is as it was."""
    before = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in before:
            part.training = training


@contextmanager
def _hooks(seen: Trace, counter: FlopCounterMode) -> Iterator[None]:
    """Hooks on the layers of torch's, for a while."""
    handles = []

    def watch(home: str, part: nn.Module) -> None:
        tensors = frozenset(seen.parts.of.get(home, ()))

        def before(part: nn.Module, args: Any, kwargs: Any) -> None:
            del part
            if seen.within is None:
                seen.within = seen.begin(home, tensors, tensors_in((args, kwargs)))
                seen.within.flops = -counter.get_total_flops()

        def after(part: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
            del part, args, kwargs
            use = seen.within
            if use is not None and use.home == home:
                use.flops += counter.get_total_flops()
                seen.end(use, tensors_in(result))
                seen.within = None

        handles.append(part.register_forward_pre_hook(before, with_kwargs=True))
        handles.append(part.register_forward_hook(after, with_kwargs=True))

    try:
        for home, part in seen.parts.layers.items():
            watch(home, part)
        yield
    finally:
        for handle in handles:
            handle.remove()
