"""Frozen records: standard dataclasses with slots, made without generating code for every class.

`dataclasses.dataclass(frozen=True, slots=True)` writes and compiles six methods for every class, which takes longer than
the rest of a short command when there are as many classes as here. A record shares its methods with all others
and is made in a sixth of the time; `dataclasses.fields` and `replace` work on it as on any dataclass. Only a class of
which many are made gets an `__init__` of its own after all, which then takes less than half the time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

__all__ = ["record", "replace"]

_T = TypeVar("_T")

#: to write and compile an `__init__` takes about as long as this many calls of one win back
_OFTEN = 200


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def record(cls: type[_T]) -> type[_T]:
    """Make a class with annotated fields a frozen dataclass with slots."""
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    made.__init__ = _initialiser(made, fields)
    setattr(made, "__match_args__", tuple([f.name for f in fields]))  # noqa: B010 - mypy knows it from the fields
    made._values = _getter([f.name for f in fields])  # noqa: SLF001 - these two are ours
    made._compared = _getter([f.name for f in fields if f.compare])  # noqa: SLF001
    for method in (__eq__, __hash__, __repr__, __reduce__, __setattr__, __delattr__):
        if method.__name__ not in cls.__dict__:
            setattr(made, method.__name__, method)
    return made  # type: ignore[no-any-return]


def replace(of: _T, **changes: Any) -> _T:
    """A record like another but for some fields: `dataclasses.replace` for records, in a fraction of the time.

    Raises TypeError for a field that the record does not have.
    """
    cls: Any = of.__class__
    values = dict(zip(cls.__match_args__, cls._values(of), strict=True))
    known = len(values)
    values.update(changes)
    if len(values) > known:
        raise TypeError(f"{cls.__name__} has no field '{[*values][known]}'")
    made: _T = cls(*values.values())
    return made


def _getter(names: list[str]) -> Any:
    """A function from a record to the tuple of these fields."""
    if len(names) > 1:
        return staticmethod(attrgetter(*names))
    one = attrgetter(names[0]) if names else None
    return staticmethod(lambda self: (one(self),) if one else ())


def _initialiser(cls: type, fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    """`__init__` with positional and keyword arguments, defaults and default factories; its successor when it is called often."""
    names = tuple([f.name for f in fields])
    setters = tuple([getattr(cls, name).__set__ for name in names])
    post = getattr(cls, "__post_init__", None)
    calls = count(1)

    def __init__(self: Any, *args: Any, **given: Any) -> None:  # noqa: N807 - this becomes the method
        if next(calls) == _OFTEN:
            setattr(cls, "__init__", _written_out(fields, setters, post))  # noqa: B010 - a method is no variable
        if given or len(args) != len(names):
            args = _completed(cls, fields, args, given)
        for setter, value in zip(setters, args, strict=True):
            setter(self, value)
        if post is not None:
            post(self)

    return __init__


def _written_out(
    fields: tuple[dataclasses.Field[Any], ...],
    setters: tuple[Callable[..., None], ...],
    post: Callable[[Any], None] | None,
) -> Callable[..., None]:
    """The same as a function with a parameter for every field, and without a loop."""
    known: dict[str, Any] = {"__missing__": dataclasses.MISSING, "__post__": post}
    parameters, lines = ["self"], []
    for i, (f, setter) in enumerate(zip(fields, setters, strict=True)):
        value = f.name
        known[f"__set{i}__"], known[f"__default{i}__"] = setter, f.default
        if f.default_factory is not dataclasses.MISSING:
            known[f"__default{i}__"], known[f"__made{i}__"] = dataclasses.MISSING, f.default_factory
            value = f"__made{i}__() if {f.name} is __missing__ else {f.name}"
        required = f.default is f.default_factory is dataclasses.MISSING
        parameters.append(f.name if required else f"{f.name}=__default{i}__")
        lines.append(f"    __set{i}__(self, {value})\n")
    lines.append("    __post__(self)\n" if post else "    return\n")
    exec(f"def __init__({', '.join(parameters)}):\n{''.join(lines)}", known)  # noqa: S102 - all but the names is written above
    made: Callable[..., None] = known["__init__"]
    return made


def _completed(
    cls: type, fields: tuple[dataclasses.Field[Any], ...], args: tuple[Any, ...], given: dict[str, Any]
) -> tuple[Any, ...]:
    """Values for all fields: those given by place, by name, and the defaults.

    Raises TypeError as a function would.
    """
    if len(given) == len(fields) and not args:
        with suppress(KeyError):
            return tuple([given[f.name] for f in fields])
    if len(args) > len(fields):
        raise TypeError(f"{cls.__name__} takes {len(fields)} values, not {len(args)}")
    values = list(args)
    used = 0
    for f in fields[len(args) :]:
        if f.name in given:
            values.append(given[f.name])
            used += 1
        elif f.default is not dataclasses.MISSING:
            values.append(f.default)
        elif f.default_factory is not dataclasses.MISSING:
            values.append(f.default_factory())
        else:
            raise TypeError(f"{cls.__name__} needs '{f.name}'")
    if used != len(given):
        names = [f.name for f in fields[len(args) :]]
        wrong = next(name for name in given if name not in names)
        raise TypeError(f"{cls.__name__} has no field '{wrong}', or it is given twice")
    return tuple(values)


def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
    if self.__class__ is not other.__class__:
        return NotImplemented
    return self is other or self._compared(self) == self._compared(other)


def __hash__(self: Any) -> int:  # noqa: N807
    return hash((self.__class__, self._compared(self)))


def __repr__(self: Any) -> str:  # noqa: N807
    shown = [f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr]
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def __reduce__(self: Any) -> tuple[Any, ...]:  # noqa: N807
    return self.__class__, self._values(self)


def __setattr__(self: object, name: str, value: object) -> NoReturn:  # noqa: N807
    del self, value
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def __delattr__(self: object, name: str) -> NoReturn:  # noqa: N807
    del self
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
