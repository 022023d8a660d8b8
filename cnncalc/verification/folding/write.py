"""Tensors into a file that is open: safetensors one tensor after the other, torch's format at once.

A safetensors file is the length of its header as eight bytes, the header as JSON with every tensor's type, shape and
place, and the numbers. The header says where everything will lie, so that no two layers are in memory together.
Source: https://github.com/huggingface/safetensors (Format).
"""

from __future__ import annotations

import json
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import torch

from cnncalc.network import Network, Node
from cnncalc.record import record
from cnncalc.verification.folding.checkpoint import Checkpoint, Form
from cnncalc.verification.folding.weights import FoldedWeights

__all__ = ["Entry", "entries", "write"]

_NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
}


@record
class Entry:
    """A tensor that is to be written: its name, type and shape, and where it comes from."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    node: Node
    own: str


def entries(folded: Network, weights: FoldedWeights, source: Checkpoint) -> tuple[Entry, ...]:
    """All tensors of a folded network, in the types of the file that they come from; shared ones as often as there."""
    network = weights.folding.network
    present = set(source.names())
    found = []
    for node in folded.nodes:
        origin = network.nodes[weights.folding.origins[node.index]]
        owner = origin if origin.weights_of is None else network.nodes[origin.weights_of]
        for weight in node.layer.weights(*folded.input_shapes(node)):
            if node.weights_of is not None and weight.named(origin.name) not in present:
                continue
            dtype = torch.int64
            if weight.dtype == "float":
                names = (weight.named(owner.name), f"{owner.name}.weight", f"{owner.name}.running_mean")
                like = next(name for name in names if name in present)
                dtype = source.dtype(like)
            shape = tuple([d for d in weight.shape if isinstance(d, int)])
            found.append(Entry(weight.named(node.name), dtype, shape, node, weight.name))
    return tuple(found)


def write(
    file: BinaryIO,
    form: Form,
    planned: tuple[Entry, ...],
    weights: FoldedWeights,
    step: Callable[[], None] = lambda: None,
) -> None:
    """Write all tensors."""
    if form == "torch":
        torch.save(OrderedDict(_tensors(planned, weights, step)), file)
        return
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for entry in planned:
        size = entry.dtype.itemsize * torch.Size(entry.shape).numel()
        header[entry.name] = {
            "dtype": _NAMES[entry.dtype],
            "shape": entry.shape,
            "data_offsets": (end, end + size),
        }
        end += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)
    file.writelines(_bytes(tensor) for _, tensor in _tensors(planned, weights, step))


def _bytes(tensor: torch.Tensor) -> memoryview:
    """The numbers of a tensor as they lie in memory, without a copy where possible."""
    numbers: Any = tensor.contiguous().reshape(-1).view(torch.uint8).numpy()
    return memoryview(numbers)


def _tensors(
    planned: tuple[Entry, ...], weights: FoldedWeights, step: Callable[[], None]
) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors one after the other, each layer's computed once."""
    at = -1
    own: dict[str, torch.Tensor] = {}
    for entry in planned:
        if entry.node.index != at:
            own, at = weights.of(entry.node), entry.node.index
            step()
        yield entry.name, own[entry.own].to(entry.dtype)
