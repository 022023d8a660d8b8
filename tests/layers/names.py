"""The same layer in numbers and in names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check, decide
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, substitute, symbol
from tests.layers.twin import answer

__all__ = ["Names", "assert_same_in_names"]


class Names:
    """A new name for every positive number (and for equal numbers the same one, if `shared`)."""

    def __init__(self, *, shared: bool) -> None:
        self.shared = shared
        self.values: dict[str, Any] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self, value))
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            return value
        name = f"n{value}" if self.shared else f"n{len(self.values)}"
        self.values[name] = value
        return symbol(name)

    def back(self, dims: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(substitute(d, self.values) for d in dims)


def assert_same_in_names(
    layer: Layer,
    *shapes: tuple[int, ...],
    fields: tuple[str, ...] = (),
    shared: bool = False,
    stricter: bool = False,
) -> None:
    """With names for all sizes (and for `fields`), the conditions left open decide as the numbers do, and the
    answers become the numeric ones when the numbers are put in.

    `stricter`: names may be refused, or assumed to be something, where some numbers would do.
    """
    names = Names(shared=shared)
    inputs = [Shape(names(s)) for s in shapes]
    named: Any = replace(layer, **{f: names(getattr(layer, f)) for f in fields})  # type: ignore[type-var]
    numeric = answer(layer, shapes)
    try:
        undecided = check(named.requires(*inputs), Facts())
    except LayerError:
        assert stricter or numeric is None
        return
    decided = [
        decide(c._replace(left=names.back((c.left,))[0], right=names.back((c.right,))[0]), Facts())
        for c in undecided
    ]
    if not all(decided):
        assert stricter or numeric is None
        return
    assert numeric is not None
    assert names.back(named.output(*inputs).dims) == numeric.shape
    weights = named.weights(*inputs)
    assert {w.name: names.back(w.shape) for w in weights if w.role == "parameter"} == numeric.parameters
    assert {w.name: names.back(w.shape) for w in weights if w.role == "buffer"} == numeric.buffers
    assert substitute(named.macs(*inputs).value, names.values) == numeric.macs
