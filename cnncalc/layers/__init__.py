"""Every layer kind by its name in a spec. A family's module is imported when one of its kinds is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from cnncalc.layers.base import Derivation, Layer, WordForm, per_axis
from cnncalc.layers.condition import Condition, check, decide, failure

__all__ = ["KINDS", "Condition", "Derivation", "Layer", "WordForm", "check", "decide", "failure", "per_axis"]

#: family -> the names (aliases too) of its kinds, in the order in which help lists them; each family's module
#: has a mapping KINDS from these names to classes
_FAMILIES: dict[str, tuple[str, ...]] = {
    "conv": ("conv", "dwconv"),
    "conv_transpose": ("tconv",),
    "local": ("lc",),
    "linear": ("linear", "fc"),
    "pool": ("maxpool", "avgpool", "lppool", "adaptiveavgpool", "adaptivemaxpool", "gap", "gmp"),
    "norm": ("bn", "ln", "in", "gn", "rms", "lrn", "scale"),
    "activation": (
        *("relu", "relu6", "leakyrelu", "rrelu", "elu", "selu", "celu", "gelu", "silu", "swish", "mish"),
        *("hardswish", "hardsigmoid", "hardtanh", "hardshrink", "softshrink", "tanhshrink", "threshold"),
        *("sigmoid", "logsigmoid", "tanh", "softplus", "softsign", "softmax2d", "identity"),
        *("prelu", "glu", "softmax", "softmin", "logsoftmax"),
    ),
    "dropout": (
        "dropout",
        "dropout1d",
        "dropout2d",
        "dropout3d",
        "alphadropout",
        "featurealphadropout",
        "droppath",
    ),
    "reshape": ("flatten", "unflatten", "permute"),
    "slice": ("select", "split"),
    "resample": ("upsample", "pixelshuffle", "pixelunshuffle", "channelshuffle"),
    "pad": ("pad",),
    "merge": ("add", "mul", "cat"),
    "attention": ("attention",),
}


class _Kinds(Mapping[str, type[Layer]]):
    """A read-only mapping from kind names to classes that imports late."""

    def __init__(self, families: dict[str, tuple[str, ...]]) -> None:
        self._home = {name: family for family, names in families.items() for name in names}

    def __getitem__(self, name: str) -> type[Layer]:
        kinds: Mapping[str, type[Layer]] = import_module(f"cnncalc.layers.{self._home[name]}").KINDS
        return kinds[name]

    def __contains__(self, name: object) -> bool:
        return name in self._home

    def __iter__(self) -> Iterator[str]:
        return iter(self._home)

    def __len__(self) -> int:
        return len(self._home)


KINDS: Mapping[str, type[Layer]] = _Kinds(_FAMILIES)
