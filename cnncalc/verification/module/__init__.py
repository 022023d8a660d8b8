"""A team's own `nn.Module` beside a spec: whether the code still builds what the spec says.

Importing and making a module runs its code, which happens only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.verification.module.model import Comparison, Difference, Layer, Pair, Sums, Tensor

if TYPE_CHECKING:
    from torch import nn

    from cnncalc.network import Network

__all__ = ["Comparison", "Difference", "Layer", "Pair", "Sums", "Tensor", "compare", "load_module"]


def load_module(reference: str, kwargs: Mapping[str, object], *, folder: Path) -> nn.Module:
    """The module that `package.module:attribute` or `path/to/file.py:attribute` names. This imports and runs that code.

    The attribute (with dots: of an attribute) is an `nn.Module`, or a class or callable that makes one with `kwargs`: without memory
    on the meta device, or on the CPU if it cannot be made there. `folder`, from which paths are taken, and the working
    folder come first in the search for modules. What the code prints goes to standard error.

    Raises CnncalcError for whatever goes wrong, in their code too: that with the last place in it. KeyboardInterrupt goes through.
    """
    from cnncalc.verification.environment import check_torch

    check_torch("a comparison with your module")
    from cnncalc.verification.module.loading import load

    return load(reference, kwargs, folder)


def compare(network: Network, module: nn.Module, *, names: Mapping[str, str] | None = None) -> Comparison:
    """Everything that a module is and does beside what the spec says: tensors, shapes, MACs, wiring and settings.

    The module is run in inference on the spec's input, without memory if it can be; it is given back as it was, but that lazy
    layers have their sizes then. Layers are matched by their names if all agree, where `names` says what the module calls the
    spec's: {"stem": "backbone.conv1", "stage*.unit*": "layers.*.*"}; else by tensors, wiring and order. What has no
    tensors is seen by what it does to sizes and wiring: pooling is, and which activation it is, is not.

    Raises CnncalcError if the spec has names in its sizes, `names` names no layer, or lazy layers cannot be given their sizes.
    """
    from cnncalc.verification.environment import check_torch

    check_torch("a comparison with your module")
    from cnncalc.verification.module.comparing import comparison

    return comparison(network, module, names or {})
