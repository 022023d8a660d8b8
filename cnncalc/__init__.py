"""cnncalc: exact shapes, parameters and MACs of convolutional networks, in numbers and in symbols.

>>> import cnncalc
>>> network = cnncalc.load("3x224x224 conv7-64/2,p3 bn relu maxpool3/2,p1")
>>> str(network.output)
'64x56x56'
>>> cnncalc.analyse(network).totals.params
9600
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, analyse
    from cnncalc.errors import CnncalcError
    from cnncalc.loader import load
    from cnncalc.network import Network
    from cnncalc.shape import Shape
    from cnncalc.verification import Verification, verify

__all__ = [
    "Analysis",
    "CnncalcError",
    "Network",
    "Shape",
    "Verification",
    "__version__",
    "analyse",
    "load",
    "verify",
]

__version__ = "0.1.0"

_HOMES = {
    "Analysis": "analysis",
    "CnncalcError": "errors",
    "Network": "network",
    "Shape": "shape",
    "Verification": "verification",
    "analyse": "analysis",
    "load": "loader",
    "verify": "verification",
}


def __getattr__(name: str) -> object:
    """The public names are imported when they are first used, so that a command pays only for what it needs."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cnncalc' has no attribute '{name}'")
    return getattr(import_module(f"cnncalc.{_HOMES[name]}"), name)
