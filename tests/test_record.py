"""Records behave as the frozen dataclasses with slots that they stand for: compared with the real thing."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.record import record, replace


@record
class Ours:
    """A record with every sort of field."""

    a: int
    b: str = "b"
    c: tuple[int, ...] = field(default=(1,), metadata={"doc": "c"})
    d: list[int] = field(default_factory=list, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Theirs:
    """The same as a dataclass."""

    a: int
    b: str = "b"
    c: tuple[int, ...] = field(default=(1,), metadata={"doc": "c"})
    d: list[int] = field(default_factory=list, compare=False, repr=False)


values = st.fixed_dictionaries(
    {},
    optional={
        "a": st.integers(0, 2),
        "b": st.sampled_from(["b", "x"]),
        "c": st.sampled_from([(1,), ()]),
        "d": st.lists(st.integers(), max_size=1),
        "e": st.none(),
    },
)


def made(cls: Any, args: tuple[Any, ...], given_: dict[str, Any]) -> Any:
    try:
        return cls(*args, **given_)
    except TypeError:
        return TypeError


def shown(thing: Any) -> Any:
    return (
        thing if thing is TypeError else (thing.a, thing.b, thing.c, thing.d, repr(thing).partition("(")[2])
    )


@given(st.lists(st.integers(0, 2), max_size=5).map(tuple), values)
def test_construction_is_that_of_a_dataclass(args: tuple[int, ...], by_name: dict[str, Any]) -> None:
    assert shown(made(Ours, args, by_name)) == shown(made(Theirs, args, by_name))


@given(values, values)
def test_equality_and_hash_are_those_of_a_dataclass(one: dict[str, Any], other: dict[str, Any]) -> None:
    p, q, s, t = made(Ours, (), one), made(Ours, (), other), made(Theirs, (), one), made(Theirs, (), other)
    assert (p == q) == (s == t)
    if TypeError not in (p, q) and p == q:
        assert hash(p) == hash(q)


def test_a_record_is_a_frozen_dataclass_with_slots() -> None:
    thing = Ours(1, d=[2])
    assert dataclasses.is_dataclass(thing)
    assert [f.name for f in dataclasses.fields(thing)] == ["a", "b", "c", "d"]
    assert dataclasses.replace(thing, b="y") == Ours(1, "y")
    assert not hasattr(thing, "__dict__")
    for change in (
        lambda: setattr(thing, "a", 2),
        lambda: delattr(thing, "a"),
        lambda: setattr(thing, "z", 2),
    ):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    assert thing != Theirs(1)
    match thing:
        case Ours(a, b):
            assert (a, b) == (1, "b")


def test_replace_is_that_of_a_dataclass() -> None:
    thing = Ours(1, "x", (2, 3), [4])
    assert replace(thing, b="y", a=5) == dataclasses.replace(thing, b="y", a=5) == Ours(5, "y", (2, 3), [4])
    with pytest.raises(TypeError, match="no field 'z'"):
        replace(thing, z=1)


def test_copies_are_equal() -> None:
    thing = Ours(1, "x", (2, 3), [4])
    for twin in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert twin == thing
        assert twin.d == [4]


def test_methods_of_the_class_are_kept() -> None:
    @record
    class Told:
        """A record with its own text."""

        a: int

        def __repr__(self) -> str:
            return f"<{self.a}>"

        def __post_init__(self) -> None:
            if self.a < 0:
                raise ValueError(self.a)

    assert repr(Told(1)) == "<1>"
    with pytest.raises(ValueError, match="-1"):
        Told(-1)


def test_a_record_without_fields() -> None:
    @record
    class Empty:
        """Nothing."""

    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())
    assert repr(Empty()).endswith("Empty()")


@record
class Frequent:
    """As `Ours`, with a step after its fields are set; made so often below that its `__init__` is written out."""

    a: int
    b: str = "b"
    c: tuple[int, ...] = field(default=(1,), metadata={"doc": "c"})
    d: list[int] = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.b == "refused":
            raise ValueError(self.b)


BEFORE = Frequent.__init__
for _ in range(1000):
    Frequent(0)


def test_a_class_of_which_many_are_made_has_another_way_to_make_them() -> None:
    assert Frequent.__init__ is not BEFORE
    assert Ours.__init__ is not Frequent.__init__


@given(st.lists(st.sampled_from([0, "b", (1,), [2]]), max_size=5), values)
def test_what_is_made_often_is_made_the_same(args: list[Any], given_: dict[str, Any]) -> None:
    ours, theirs = made(Frequent, tuple(args), given_), made(Theirs, tuple(args), given_)
    assert shown(ours) == shown(theirs)


def test_what_is_made_often_has_its_own_lists_and_takes_its_last_step() -> None:
    assert Frequent(1).d is not Frequent(1).d
    with pytest.raises(ValueError, match="refused"):
        Frequent(1, "refused")
