"""Frozen records without the start-up cost of generating code for each class, as `dataclass` does."""

from __future__ import annotations

from typing import Any, ClassVar, dataclass_transform

__all__ = ["Frozen", "Record"]


class Frozen:
    """Refuses assignment: what is shared freely must not change."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot delete {name!r}")


@dataclass_transform(frozen_default=True)
class Record(Frozen):
    """A frozen record: its fields are its annotations, in their order; equal to a record of its class with equal fields."""

    __slots__ = ()
    _names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *values: Any) -> None:
        for name, value in zip(self._names, values, strict=True):
            object.__setattr__(self, name, value)

    def __init_subclass__(cls) -> None:
        cls._names = tuple(cls.__annotations__)
        setattr(cls, "__match_args__", cls._names)  # noqa: B010 (mypy takes it from the annotations)

    def _fields(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and type(self) is type(other) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._fields()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._fields()))})"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return type(self), self._fields()
