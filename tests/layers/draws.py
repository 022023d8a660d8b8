"""What layers are built from in tests: values that mostly make sense, and shapes that mostly fit."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

__all__ = ["maps", "mostly", "per_axis", "shapes"]

T = TypeVar("T")

_CHANNELS = st.integers(1, 4)


def mostly(usual: st.SearchStrategy[T], odd: st.SearchStrategy[T], one_in: int = 24) -> st.SearchStrategy[T]:
    """The usual, and once in a while the odd."""
    return st.integers(1, one_in).flatmap(lambda i: odd if i == one_in else usual)


def shapes(axes: int, channels: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[int, ...]]:
    """A shape with so many spatial axes, smaller where there are more."""
    largest = {1: 12, 2: 9, 3: 6}.get(axes, 3)
    return st.tuples(channels, *(st.integers(1, largest) for _ in range(axes)))


def maps(channels: st.SearchStrategy[int] = _CHANNELS) -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes with one to three spatial axes, and once in a while with none or four."""
    axes = mostly(st.sampled_from([1, 2, 2, 3]), st.sampled_from([0, 4]), 40)
    return axes.flatmap(lambda n: shapes(n, channels))


@st.composite
def per_axis(
    draw: st.DrawFn, axes: int, value: st.SearchStrategy[T], *, odd_lengths: bool = True
) -> T | tuple[T, ...]:
    """One value for all axes, or one for each; once in a while as many as fit no reading."""
    form = draw(st.integers(1, 36))
    if form <= 20:
        return draw(value)
    length = draw(st.integers(1, 4)) if odd_lengths and form == 36 else max(1, axes)
    return tuple(draw(value) for _ in range(length))
