"""What torch holds and saves, observed. Nothing here asks a memory rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from cnncalc.network import Network
from cnncalc.verification.observe import key, saved_during
from tests.layers.twin import Twin

__all__ = ["Graph", "Watch"]


class Watch(TorchDispatchMode):
    """Counts the bytes of all storages alive after every operation, but for those given."""

    def __init__(self, ignored: Sequence[torch.Tensor]) -> None:
        super().__init__()
        self.ignored = {key(t) for t in ignored}
        self.known: dict[int, tuple[StorageWeakRef, int]] = {}
        #: after every operation, and when it was asked for
        self.peak = self.peak_between = 0

    def meet(self, t: torch.Tensor) -> None:
        if key(t) not in self.ignored:
            self.known[key(t)] = StorageWeakRef(t.untyped_storage()), t.untyped_storage().nbytes()

    def alive(self) -> int:
        self.known = {k: found for k, found in self.known.items() if not found[0].expired()}
        return sum(size for _, size in self.known.values())

    def look(self) -> None:
        self.peak_between = max(self.peak_between, self.alive())

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for t in tree_leaves(result):
            if isinstance(t, torch.Tensor):
                self.meet(t)
        self.peak = max(self.peak, self.alive())
        return result


class Graph(nn.Module):
    """A network whose nodes are their twins; nodes that share weights share a module."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.twins = nn.ModuleList()
        for node in network.nodes:
            own = node.weights_of is None
            made = (
                Twin(node.layer.torch_call(*network.input_shapes(node)))
                if own
                else self.twins[node.weights_of]
            )
            self.twins.append(made)

    def freeze(self, indices: set[int]) -> None:
        for i in indices:
            self.twins[i].requires_grad_(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        results = {-1: x}
        for node, twin in zip(self.network.nodes, self.twins, strict=True):
            results[node.index] = twin(*(results[i] for i in node.inputs))
        return results[self.network.last]

    def saved_bytes(self, x: torch.Tensor) -> tuple[int, Counter[int]]:
        """The bytes of everything that autograd saves but parameters and buffers, each storage once; and one by one."""
        own = {key(t) for t in (*self.parameters(), *self.buffers())}
        with saved_during() as found:
            y = self(x)
        storages = {key(t): t.untyped_storage().nbytes() for t in found if key(t) not in own}
        del y
        return sum(storages.values()), Counter(storages.values())

    def peaks(self, x: torch.Tensor, *, in_place: bool) -> tuple[int, int]:
        """The most bytes alive in inference: after any operation, and after any node while its inputs are held."""
        uses = Counter(i for node in self.network.nodes for i in node.inputs)
        uses[self.network.last] += 1
        watch = Watch([*self.parameters(), *self.buffers()])
        watch.meet(x)
        caller, _kept = key(x), StorageWeakRef(x.untyped_storage())  # so that nothing else gets this key
        results = {-1: x}
        del x
        with torch.no_grad(), watch:
            if not uses[-1]:
                del results[-1]
            for node, twin in zip(self.network.nodes, self.twins, strict=True):
                inputs = [results[i] for i in node.inputs]
                for i in set(node.inputs):
                    uses[i] -= node.inputs.count(i)
                    if not uses[i]:
                        del results[i]
                held = Counter(key(t) for t in (*results.values(), *inputs))
                held[caller] += 2  # never to be overwritten
                y = self._run(twin, inputs, held) if in_place else twin(*inputs)
                if uses[node.index]:
                    results[node.index] = y
                watch.look()
                del inputs, y
        return watch.peak, watch.peak_between

    @staticmethod
    def _run(twin: Any, inputs: list[torch.Tensor], held: Counter[int]) -> torch.Tensor:
        """Run a node in place, if torch can and nobody else looks into the storage."""
        shape = torch.broadcast_shapes(*(t.shape for t in inputs)) if twin_is(twin, "fold") else None
        for i, t in enumerate(inputs):
            if held[key(t)] > 1:
                continue
            if hasattr(getattr(twin, "module", None), "inplace") and "Dropout" not in twin.call.target:
                twin.module.inplace = True
                y: torch.Tensor = twin(*inputs)
                twin.module.inplace = False
                return y
            if shape is not None and t.shape == shape:
                for other in inputs[:i] + inputs[i + 1 :]:
                    getattr(t, f"{twin.call.target}_")(other)
                return t
        return twin(*inputs)  # type: ignore[no-any-return]


def twin_is(twin: Any, how: str) -> bool:
    return isinstance(twin, Twin) and twin.call.how == how
