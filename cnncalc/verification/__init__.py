"""Every number beside torch: networks as real modules, what they do measured, and compared with what cnncalc says.

The only place that imports torch, and only when it is used. No measured value comes from a rule of cnncalc's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cnncalc.verification.model import Check, Compared, Unchecked, Verification

if TYPE_CHECKING:
    from cnncalc.layers.storage import DType
    from cnncalc.network import Network

__all__ = ["QUANTITIES", "Check", "Compared", "Unchecked", "Verification", "verify"]

#: what is verified, in this order
QUANTITIES = (
    "acceptance",
    "shapes",
    "parameters",
    "buffers",
    "macs",
    "backward-macs",
    "activations",
    "training",
    "rf",
    "rf-nan",
    "initialisation",
    "statistics",
    "symbolic",
)


def verify(
    network: Network,
    *,
    device: str = "cpu",
    dtype: DType = "float32",
    seed: int = 0,
    only: Sequence[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Verification:
    """Compare everything that cnncalc says of a network with what torch does on a device.

    `only` names some of `QUANTITIES`; `seed` decides what is drawn; `progress` is told the quantity, its number and how many there are.

    Raises CnncalcError where torch is missing or too old, the device cannot be used, or memory runs out.
    """
    from cnncalc.verification.environment import check_device, check_torch

    check_torch()
    check_device(device, dtype)
    from cnncalc.verification.run import verified

    return verified(network, device=device, dtype=dtype, seed=seed, only=only, progress=progress)
