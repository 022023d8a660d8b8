"""torchvision's networks, measured on the meta device, and the same facts from cnncalc.

torchvision's compiled operators load only beside the torch that they were compiled against. Where they do not, as on a
CPU-only torch, importing torchvision fails for want of two operators' schemas, which no classifier uses: they are
defined here first. So tests import torchvision from here alone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.analysis import analyse

if TYPE_CHECKING:
    from cnncalc.network import Network
    from cnncalc.symbolic import Dim

__all__ = ["Facts", "facts_of", "measured", "stated", "torchvision"]


def _operators_load() -> bool:
    """Whether torchvision's compiled operators fit this torch; loads them if so."""
    spec = find_spec("torchvision")
    assert spec is not None, "pip install torchvision"
    operators: Any = torch.ops
    for folder in spec.submodule_search_locations or ():
        for library in Path(folder).glob("_C*"):
            try:
                operators.load_library(library)
            except (ImportError, OSError):
                continue
            return True
    return False


def _define_operators() -> Any:
    """What torchvision's import asks for. The schemas last as long as the library that is returned."""
    library: Any = torch.library
    defined = library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        defined.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return defined


_DEFINED = None if _operators_load() else _define_operators()
torchvision: Any = import_module("torchvision")


@dataclass(frozen=True)
class Facts:
    """What is compared: every tensor by its name in the state dict, and sums for one image."""

    #: names and shapes, in the order of the state dict
    tensors: tuple[tuple[str, tuple[Dim, ...]], ...]
    params: Dim
    buffers: Dim
    macs: Dim
    output: tuple[Dim, ...]


def _widths_are_numbers() -> AbstractContextManager[Any]:
    """RegNet computes its widths with tensors, which therefore need memory."""
    parameters = torchvision.models.regnet.BlockParams
    compute = parameters.from_init_params

    def computed(*args: Any, **kwargs: Any) -> Any:
        with torch.device("cpu"):
            return compute(*args, **kwargs)

    return patch.object(parameters, "from_init_params", computed)


@cache
def measured(
    name: str, size: tuple[int, ...] = (3, 224, 224), *, training: bool = False, **options: Any
) -> Facts:
    """The facts of torchvision's network of this name, from torch alone.

    Auxiliary heads run in training only; some normalise single numbers, so that a batch of two is run.
    """
    with torch.device("meta"), _widths_are_numbers():
        model = torchvision.models.get_model(name, weights=None, **options).train(training)
    return facts_of(model, size)


def facts_of(model: nn.Module, size: tuple[int, ...]) -> Facts:
    """The facts of a network on the meta device."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        output = model(torch.zeros(2, *size, device="meta"))
    parameters = dict(model.named_parameters())
    return Facts(
        tuple((name, tuple(tensor.shape)) for name, tensor in model.state_dict().items()),
        sum(p.numel() for p in parameters.values()),
        sum(b.numel() for b in model.buffers()),
        counter.get_total_flops() // 4,  # two images, two FLOPs to a multiply-accumulate
        tuple(getattr(output, "logits", output).shape[1:]),
    )


def stated(network: Network) -> Facts:
    """The same facts, from cnncalc."""
    analysis = analyse(network)
    totals = analysis.totals
    tensors: list[tuple[str, tuple[Dim, ...]]] = []
    for row in analysis.rows:
        for weight in row.weights:
            at = len(tensors)
            if weight.bare:  # a state dict has a module's own parameters before those of the modules in it
                module = row.name.rpartition(".")[0]
                at = next(i for i, (name, _) in enumerate(tensors) if name.startswith(f"{module}."))
            tensors.insert(at, (weight.named(row.name), weight.shape))
    return Facts(
        tuple(tensors),
        totals.params,
        totals.buffers,
        totals.macs,
        analysis.output.dims,
    )
