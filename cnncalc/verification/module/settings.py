"""How torch's layers are applied, as far as no tensor says it: what two layers with equal tensors may still differ in."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from cnncalc.verification.model import Value

__all__ = ["settings_of"]


def settings_of(part: Any) -> dict[str, Value]:
    """Stride, padding, eps and so on by torch's names; of layers that have none, nothing."""
    match part:
        case _ConvNd():
            padding = _padding(part)
            found: dict[str, Value] = {
                "stride": tuple(part.stride),
                "padding": padding,
                "dilation": tuple(part.dilation),
                "groups": part.groups,
            }
            if isinstance(part, _ConvTransposeNd):
                return found | {"output_padding": tuple(part.output_padding)}
            return found | {"padding_mode": part.padding_mode if any(padding) else "zeros"}
        case nn.GroupNorm():
            return {"num_groups": part.num_groups, "eps": part.eps}
        case _NormBase() | nn.LayerNorm() | nn.RMSNorm():
            return {"eps": part.eps}
        case nn.MultiheadAttention():
            return {"num_heads": part.num_heads}
    return {}


def _padding(part: Any) -> tuple[int, ...]:
    """Before every axis; with "same", which may pad unequally, before and after every axis if that is so."""
    if not isinstance(part.padding, str):
        return tuple(part.padding)
    both = part._reversed_padding_repeated_twice  # noqa: SLF001 - torch has no public name for it
    before, after = tuple(both[::2])[::-1], tuple(both[1::2])[::-1]
    return before if before == after else (*before, *after)
