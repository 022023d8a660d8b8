"""Python's cycle collector, paused while a large structure is built.

Records refer only to what was made before them, so that nothing here is ever garbage in a cycle: the collector would walk
the growing network again and again and find nothing, at a cost that grows with every layer.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

__all__ = ["without_collector"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


def without_collector(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """The function, with the cycle collector paused while it runs, unless somebody else has paused it already."""

    @wraps(function)
    def paused(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if not gc.isenabled():
            return function(*args, **kwargs)
        gc.disable()
        try:
            return function(*args, **kwargs)
        finally:
            gc.enable()

    return paused
