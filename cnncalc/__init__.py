"""cnncalc: exact shapes, parameters and MACs of convolutional networks, in numbers and in symbols.

>>> import cnncalc, numpy
>>> network = cnncalc.load("3x224x224 conv7-64/2,p3 bn relu maxpool3/2,p1")
>>> str(network.output)
'64x56x56'
>>> network.analyse().params
9600
>>> macs = cnncalc.load("CxHxW conv3-64,p1 maxpool2 conv3-K,p1").analyse().macs
>>> print(macs)
576*C*H*W + 576*K*⌊H/2⌋*⌊W/2⌋
>>> print(macs.at(C=3, K=128))
1728*H*W + 73728*⌊H/2⌋*⌊W/2⌋
>>> macs.compile()(C=3, H=32, W=32, K=numpy.array([64, 128]))
array([11206656, 20643840])
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
    from cnncalc.symbolic.arrays import Compiled, compiled
    from cnncalc.verification import Verification, verify

__all__ = [
    "Analysis",
    "CnncalcError",
    "Compiled",
    "Network",
    "Shape",
    "Verification",
    "__version__",
    "analyse",
    "compiled",
    "load",
    "verify",
]

__version__ = "0.1.0"

_HOMES = {
    "Analysis": "analysis",
    "CnncalcError": "errors",
    "Compiled": "symbolic.arrays",
    "Network": "network",
    "Shape": "shape",
    "Verification": "verification",
    "analyse": "analysis",
    "compiled": "symbolic.arrays",
    "load": "loader",
    "verify": "verification",
}


def __getattr__(name: str) -> object:
    """The public names are imported when they are first used, so that a command pays only for what it needs."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cnncalc' has no attribute '{name}'")
    return getattr(import_module(f"cnncalc.{_HOMES[name]}"), name)
