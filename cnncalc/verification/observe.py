"""What torch holds in memory, and what it saves for the backward pass, observed while a network runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

__all__ = ["Homes", "Watch", "key", "saved_during", "weak"]


def key(t: torch.Tensor) -> int:
    """What two tensors share that share a storage."""
    return int(t.untyped_storage()._cdata)  # noqa: SLF001 - torch has no public name for it


def size(t: torch.Tensor) -> int:
    """The bytes of a tensor's whole storage."""
    return t.untyped_storage().nbytes()


def weak(t: torch.Tensor) -> Any:
    """What knows whether a tensor's storage is still there, without holding it."""
    return StorageWeakRef(t.untyped_storage())  # type: ignore[no-untyped-call]


@contextmanager
def saved_during() -> Iterator[list[torch.Tensor]]:
    """Collects what autograd saves; the tensors are kept, so that no storage is freed and used again."""
    found: list[torch.Tensor] = []

    def pack(t: torch.Tensor) -> torch.Tensor:
        found.append(t)
        return t

    with saved_tensors_hooks(pack, lambda t: t):
        yield found


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Knows the storages that operations make, and the bytes of those that are alive, but for the ignored ones."""

    def __init__(self, ignored: Sequence[torch.Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ignored = {key(t) for t in ignored}
        self.known: dict[int, tuple[Any, int]] = {}
        #: the most bytes alive when it was asked for
        self.peak = 0

    def meet(self, t: torch.Tensor) -> None:
        """Take notice of a tensor that no operation here has made."""
        if key(t) not in self.ignored:
            self.known[key(t)] = weak(t), size(t)

    def look(self) -> None:
        """Count what is alive now."""
        self.known = {k: found for k, found in self.known.items() if not found[0].expired()}
        self.peak = max(self.peak, sum(n for _, n in self.known.values()))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for t in tree_leaves(result):
            if isinstance(t, torch.Tensor):
                self.meet(t)
        return result


class Homes:
    """In whose storage each result lies: -1 for the network's input, else the node that made it."""

    def __init__(self) -> None:
        self.of = {-1: -1}

    def settle(
        self, index: int, sources: Sequence[int], inputs: Sequence[torch.Tensor], y: torch.Tensor
    ) -> int:
        """Find out where a node's result lies while its inputs are there to be compared with."""
        shared = [i for i, x in zip(sources, inputs, strict=True) if key(x) == key(y)]
        self.of[index] = self.of[shared[0]] if shared else index
        return self.of[index]
