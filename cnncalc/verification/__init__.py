"""Every number beside torch: networks as real modules, what they do measured, and compared with what cnncalc says.

The only place that imports torch, and only when it is used. No measured value comes from a rule of cnncalc's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cnncalc.verification.model import Check, Compared, Unchecked, Verification
from cnncalc.verification.random.model import RandomRun

if TYPE_CHECKING:
    from cnncalc.layers.storage import DType
    from cnncalc.network import Network

__all__ = [
    "QUANTITIES",
    "Check",
    "Compared",
    "RandomRun",
    "Unchecked",
    "Verification",
    "verify",
    "verify_random",
]

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
    "fold",
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


def verify_random(
    count: int,
    *,
    seed: int = 0,
    device: str = "cpu",
    dtype: DType = "float32",
    only: Sequence[str] | None = None,
    progress: Callable[[int, int, int], None] | None = None,
) -> RandomRun:
    """Verify random networks, and that torch refuses those that cnncalc refuses: a test of cnncalc's own rules.

    Network number i of a seed is the same however many there are. `progress` is told how many are done, of how many, and how many
    of them failed.

    Raises CnncalcError as `verify` does.
    """
    from cnncalc.verification.environment import check_device, check_torch

    check_torch()
    check_device(device, dtype)
    from cnncalc.verification.random.run import run

    return run(count, seed=seed, device=device, dtype=dtype, only=only, progress=progress)
