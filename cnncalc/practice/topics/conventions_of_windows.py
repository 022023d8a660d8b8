"""Two sizes that differ, and are both right: sizes of poolings rounded up or down, dilations counted from 0 or from 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.layers.window import CEIL_SIZE, OUTPUT_SIZE
from cnncalc.practice import slips
from cnncalc.practice.answers import Number, Parts, Size
from cnncalc.practice.compose import distinct
from cnncalc.practice.draw import Draw
from cnncalc.practice.fields import WRONG_FIELDS, field, field_table, fields, layer_grid
from cnncalc.practice.model import Draft
from cnncalc.practice.stack import Slide, chain_grid, names, sizes
from cnncalc.practice.words import square
from cnncalc.symbolic import Formula

__all__ = ["dilations", "roundings"]


def _up(layers: Sequence[Slide], size: int, of_conv: Formula = OUTPUT_SIZE) -> tuple[int, ...]:
    """The sizes where those of poolings are rounded up."""
    found = [size]
    for s in layers:
        found.append((of_conv if s.filters else CEIL_SIZE).evaluate(s.given(found[-1])))
    return tuple(found)


def roundings(draw: Draw) -> Draft | None:
    """A network whose poolings are rounded up in one library, and down in the other."""
    size, depth = draw.one((28, 32, 56, 63, 64, 112, 127, 128, 224)), draw.one((1, 3))
    filters, units = draw.one((8, 16, 32)), draw.one((10, 20, 100))
    layers: list[Slide] = []
    for i in range(2):
        kernel = draw.one((3, 5, 7) if i == 0 else (3, 5))
        stride = 2 if i == 0 and size >= 100 else 1
        layers += [
            Slide(kernel, stride, draw.one((0, kernel // 2)), filters << i),
            # as wide as its stride at least: no window can start behind the input
            Slide(*draw.one(((2, 2), (3, 2), (3, 2), (3, 3)))),
        ]
    down, up = sizes(layers, size), _up(layers, size)
    if down[-1] == up[-1] or down[-1] < 3:
        return None
    last = 2 * filters

    def parts(up: int, down: int, more: int | None = None) -> Parts:
        found = (up * up - down * down) * last * units if more is None else more
        return Parts(
            (
                ("Caffe", Size((up, up, last))),
                ("PyTorch", Size((down, down, last))),
                ("more weights", Number(found, "weights")),
            )
        )

    a, b = up[-1], down[-1]
    answer = parts(a, b)
    wrong = (
        (slips.ROUNDED_UP, parts(_up(layers, size, CEIL_SIZE)[-1], b)),
        (slips.ROUNDED_DOWN, parts(b, b)),
        (slips.ONE_AXIS, parts(a, b, (a - b) * last * units)),
        (slips.DIVIDED_BY_STRIDE, parts(a, _halved(layers, size))),
    )
    weights = f"({a * a} − {b * b})·{last}·{units} = {(a * a - b * b) * last * units:,}"
    return Draft(
        values={"W": size, "C": depth, "layers": [s.numbers() for s in layers], "units": units},
        stem=(
            f"An image of {square(size)}×{depth} (H×W×C) goes through these layers, one after the other:",
            chain_grid(layers),
            f"The last map is flattened into a fully connected layer with {units} units. The network was made for Caffe, which "
            "rounds the sizes of poolings up; PyTorch rounds them down by default. Both round those of convolutions down.",
            "What is the size of the last map in each, and how many weights more does the fully connected layer have in Caffe?",
        ),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"Rounded down, the sizes are {OUTPUT_SIZE.pretty()}; up, {CEIL_SIZE.pretty()}.",
            f"Caffe: {', '.join(_lines(layers, up))}.",
            f"PyTorch: {', '.join(_lines(layers, down))}.",
            f"The weights of the fully connected layer differ by {weights}.",
        ),
        check=f"In Caffe it has {square(a)}·{last}·{units} = {a * a * last * units:,} weights, in PyTorch {square(b)}·{last}·{units} "
        f"= {b * b * last * units:,}.",
        trap="With ceil_mode=True in its poolings PyTorch gives the sizes of Caffe, and can read its weights.",
    )


def _halved(layers: Sequence[Slide], size: int) -> int:
    for s in layers:
        size = size // s.stride if not s.filters else s.size(size)
    return size


def _lines(layers: Sequence[Slide], found: Sequence[int]) -> Iterator[str]:
    return (f"{name} {size}" for name, size in zip(names(layers), found[1:], strict=True))


def dilations(draw: Draw) -> Draft | None:
    """Dilations that course notes count from 0, a library from 1."""
    rates = [draw.one((1, 2, 3, 4)) for _ in range(draw.whole(3, 4))]
    if len(set(rates)) == 1:
        return None
    library = [Slide(draw.one((3, 3, 5)), draw.one((1, 1, 2)), 0, 1, rate) for rate in rates]
    notes = [Slide(s.kernel, s.stride, 0, 1, s.dilation + 1) for s in library]
    a, b = field(notes), field(library)
    if all(s.stride == 1 for s in library[:-1]) or a > 150:
        return None

    def parts(of_notes: int, of_library: int) -> Parts:
        return Parts((("notes", Number(of_notes, "pixels")), ("library", Number(of_library, "pixels"))))

    answer = parts(a, b)
    wrong = [(slips.CONVENTIONS_SWAPPED, parts(b, a))]
    wrong += [
        (slip, parts(field(notes, grows), field(library, grows)))
        for slip, grows in WRONG_FIELDS
        if slip is not slips.IGNORED_DILATION
    ]
    jumps = [1, *(jump for _, jump in fields(library))]
    added = [f"{s.kernel - 1}·{jump}" for s, jump in zip(library, jumps, strict=False)]
    return Draft(
        values={"layers": [s.numbers() for s in library]},
        stem=(
            "An image goes through these convolutions, one after the other:",
            layer_grid(library),
            "In course notes the dilation is how many positions are left out between two neighbouring taps, so that a dense "
            "window has dilation 0. In a library it is how many positions one tap is from the next, so that a dense window "
            "has dilation 1.",
            f"What is the receptive field of a unit in the output of {names(library)[-1]}, if the table is from the notes, "
            "and if it is from the library?",
        ),
        conventions=(
            "The receptive field is the side of what a unit sees of the input, away from the borders.",
        ),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            "From the library:",
            field_table(library),
            "From the notes, each dilation is one more as the library counts:",
            field_table(notes),
        ),
        check=f"One more in every layer adds {' + '.join(added)} = {a - b}, and {b} + {a - b} = {a}.",
        trap="A 3×3 window with dilation 2 spans 5 positions in the library, and 7 in the notes.",
    )
