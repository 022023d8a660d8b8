"""The base of what is shared freely and must not change."""

from __future__ import annotations

__all__ = ["Frozen"]


class Frozen:
    """Refuses assignment. For classes whose constructors compute; plain records are `cnncalc.record`."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot delete {name!r}")
