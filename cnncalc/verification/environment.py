"""Whether torch is there, is new enough, and has the device; each with one clear line if not."""

from __future__ import annotations

import re
from importlib.util import find_spec

from cnncalc.errors import CnncalcError

__all__ = ["check_device", "check_torch", "device_name", "seeded"]

#: the rules are those of this version; older ones accept, count and save other things
OLDEST = (2, 13)


def check_torch(what: str = "verify", *libraries: str) -> None:
    """What needs torch, and perhaps other `libraries` of the same extra, can go on.

    Raises CnncalcError where torch is missing, broken or too old, or a library is missing.
    """
    cure = (
        "pip install 'cnncalc[torch]'; for the small build without CUDA, install torch first from PyTorch's index of CPU"
        " wheels: pip install torch --index-url with the address that PyTorch's installation page gives for CPU"
    )
    for library in ("torch", *libraries):
        if find_spec(library) is None:
            raise CnncalcError(f"{what} needs {library}, which is not installed", cure, code="CNN401")
    try:
        import torch
    except (ImportError, OSError) as error:
        raise CnncalcError(f"torch cannot be imported: {error}", cure, code="CNN401") from None
    found = str(torch.__version__)
    parts = re.match(r"(\d+)\.(\d+)", found)
    if parts is None or (int(parts[1]), int(parts[2])) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise CnncalcError(
            f"torch {found} is too old: {what} needs {wanted} or newer",
            f"pip install --upgrade 'torch>={wanted}'",
            code="CNN401",
        )


def check_device(
    device: str, dtype: str, cure: str = "leave --device out for the CPU, or choose another --dtype"
) -> None:
    """Raises CnncalcError for a device that is not there, cannot be used, or does not know the type of numbers."""
    import torch

    if not re.fullmatch(r"cpu|mps|cuda(:\d{1,4})?", device):
        raise CnncalcError(f"'{device}' is not a device", "choose cpu, cuda, cuda:1 or mps", code="CNN402")
    try:
        torch.zeros(1, device=device, dtype=getattr(torch, dtype)).add(1)
    except Exception as error:  # noqa: BLE001 - torch raises what it likes, even AssertionError
        reason = " ".join(str(error).split(".")[0].split()) or type(error).__name__
        raise CnncalcError(
            f"the device {device} cannot be used with {dtype}: {reason}",
            cure,
            code="CNN402",
        ) from None


def seeded(seed: int, device: str) -> None:
    """Begin random numbers anew, on the CPU and on the device. `torch.manual_seed` does more, and keeps a note of every call."""
    import torch

    torch.default_generator.manual_seed(seed)
    if device.startswith("cuda"):
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
    elif device == "mps":
        torch.mps.manual_seed(seed)


def device_name(device: str) -> str:
    """What the maker calls a device."""
    import platform

    import torch

    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return platform.machine()
