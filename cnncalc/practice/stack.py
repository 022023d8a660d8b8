"""Layers one after the other, each a window that slides: their sizes, and the table that a question shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cnncalc.layers.window import DILATED_OUTPUT_SIZE, OUTPUT_SIZE
from cnncalc.practice.model import Grid
from cnncalc.practice.words import square
from cnncalc.record import record
from cnncalc.symbolic import Formula

__all__ = ["Slide", "backwards", "chain_grid", "names", "pooled_depth", "size_lines", "sizes", "tried"]


@record
class Slide:
    """A convolution, or a pooling if it has no filters."""

    kernel: int
    stride: int = 1
    padding: int = 0
    filters: int = 0
    dilation: int = 1

    @property
    def formula(self) -> Formula:
        return OUTPUT_SIZE if self.dilation == 1 else DILATED_OUTPUT_SIZE

    def given(self, size: int) -> dict[str, int]:
        """What the formula is of."""
        values = {"W": size, "P": self.padding, "F": self.kernel, "S": self.stride}
        return values if self.dilation == 1 else {**values, "D": self.dilation}

    def size(self, size: int) -> int:
        """The size of the output for an input of `size`; below 1 where the window does not fit."""
        found: int = self.formula.evaluate(self.given(size))
        return found

    def numbers(self) -> list[int]:
        """For the values of a draft: F, S, P, K, D."""
        return [self.kernel, self.stride, self.padding, self.filters, self.dilation]


def sizes(slides: Iterable[Slide], size: int) -> tuple[int, ...]:
    """The size of the input and of every output."""
    found = [size]
    for slide in slides:
        found.append(slide.size(found[-1]))
    return tuple(found)


def names(slides: Iterable[Slide]) -> tuple[str, ...]:
    """conv1, pool1, conv2 …"""
    count = {"conv": 0, "pool": 0}
    found = []
    for slide in slides:
        kind = "conv" if slide.filters else "pool"
        count[kind] += 1
        found.append(f"{kind}{count[kind]}")
    return tuple(found)


def size_lines(slides: Sequence[Slide], size: int) -> Iterator[str]:
    """The size after every layer, with its numbers put in."""
    for name, slide, before in zip(names(slides), slides, sizes(slides, size), strict=False):
        yield f"{name}: {' = '.join(slide.formula.steps(slide.given(before))[1:])}"


def chain_grid(slides: Sequence[Slide]) -> Grid:
    """One row for each layer; the dilation only where there is one."""
    dilated = any(slide.dilation > 1 for slide in slides)
    rows = [
        (
            name,
            square(s.kernel),
            str(s.stride),
            str(s.padding),
            *([str(s.dilation)] if dilated else []),
            str(s.filters) if s.filters else "",
        )
        for name, s in zip(names(slides), slides, strict=True)
    ]
    dilation = ("dilation",) if dilated else ()
    return Grid(tuple(rows), ("layer", "window", "stride", "padding", *dilation, "filters"))


def backwards(slides: Sequence[Slide], found: Sequence[int]) -> str:
    """The smallest inputs that give as much as was found, and one more."""
    enough, more = found[-1], found[-1] + 1
    for s in reversed(slides):
        enough, more = (s.stride * (need - 1) + s.kernel - 2 * s.padding for need in (enough, more))
    return (
        f"Backwards, S·(M − 1) + F − 2P layer by layer: {found[-1]} take an input of at least {enough}, "
        f"{found[-1] + 1} one of {more}; it is {found[0]}."
    )


def pooled_depth(slides: Sequence[Slide], depth: int) -> int:
    """The depth, if the poolings after the last convolution divided it as well."""
    for s in reversed(slides):
        if s.filters:
            break
        depth //= s.stride
    return depth


def tried(given: Mapping[str, int], name: str, first: int, last: int) -> str:
    """The sizes that the ends of a range give, and the values beside them, if the layer can have those."""
    least = 0 if name == "P" else 1
    found = [
        f"{n} gives {OUTPUT_SIZE.evaluate({**given, name: n})}"
        for n in sorted({first - 1, first, last, last + 1})
        if n >= least
    ]
    return f"Tried out: {', '.join(found)}."
