"""Memory of whole networks: what one step needs, what training keeps, and the largest batch."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Number, Parts, Size, exact
from cnncalc.practice.bytes import FLOATS, KIB, in_few_digits, map_bytes, told
from cnncalc.practice.compose import distinct
from cnncalc.practice.costs import in_numbers
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Draft, Grid, Worked
from cnncalc.practice.words import square
from cnncalc.symbolic import Formula

__all__ = ["batch", "peak", "table"]

_NAMES = ("conv1", "pool1", "conv2", "pool2")
_LAYERS = "Its convolutions have stride 1 and the padding that keeps the size; its poolings of 2×2 move by their window."


_TABLED = Formula("H*W*C*B/1024")


def _drawn(draw: Draw) -> dict[str, int]:
    """An image, and the filters of two convolutions."""
    return {
        "n": draw.one((28, 32, 56, 64, 112, 128)),
        "depth": draw.one((1, 3)),
        "first": draw.one((8, 16, 32, 64)),
        "second": draw.one((16, 32, 64, 128, 256)),
    }


def _shapes(n: int, depth: int, first: int, second: int) -> tuple[tuple[int, int, int], ...]:
    """The image, and the output of every layer: each pooling halves the map."""
    half, quarter = n // 2, n // 4
    return (
        (n, n, depth),
        (n, n, first),
        (half, half, first),
        (half, half, second),
        (quarter, quarter, second),
    )


def _in_kib(shapes: Sequence[tuple[int, int, int]], size: int) -> list[Fraction] | None:
    """What the maps take; None if one has too many digits."""
    found = [map_bytes().evaluate({"B": size, "N": h * w * c}) for h, w, c in shapes]
    return [Fraction(m, KIB) for m in found] if all(in_few_digits(m, KIB) for m in found) else None


def _sum(terms: Sequence[Fraction]) -> str:
    return " + ".join(map(exact, terms))


def peak(draw: Draw) -> Draft | None:
    """What is in memory at once while one layer after the other runs."""
    drawn, kind = _drawn(draw), draw.one(tuple(FLOATS))
    shapes = _shapes(**drawn)
    maps = _in_kib(shapes, FLOATS[kind])
    if maps is None:
        return None
    together = [a + b for a, b in pairwise(maps)]
    most = max(together)
    if together.count(most) > 1:
        return None
    where = _NAMES[together.index(most)]
    answer = Number(most, "KiB")
    wrong = (
        (slips.ALL_MAPS, sum(maps, Fraction(0))),
        (slips.LARGEST_MAP, max(maps)),
        (slips.BYTE_EACH, most / FLOATS[kind]),
    )
    rows = [
        (name, *["×".join(map(str, shape)) for shape in pair], _sum(sizes), exact(sum(sizes, Fraction(0))))
        for name, pair, sizes in zip(_NAMES, pairwise(shapes), pairwise(maps), strict=True)
    ]
    return Draft(
        values={**drawn, "kind": kind},
        stem=(
            f"A network takes an image of {square(drawn['n'])}×{drawn['depth']} (H×W×C) through conv1 with "
            f"{drawn['first']} filters, pool1, conv2 with {drawn['second']} filters, and pool2. {_LAYERS} All numbers are "
            f"kept in {kind}.",
            "While a layer runs, its input and its output are in memory, and no other map. How many KiB do the maps of one "
            "image take at most at a time?",
        ),
        conventions=told(kind, "KiB"),
        answer=answer,
        distractors=distinct(answer, [(slip, Number(value, "KiB")) for slip, value in wrong]),
        steps=(Grid(tuple(rows), ("layer", "input", "output", "KiB", "together")),),
        check=f"The most is needed while {where} runs: "
        f"{exact(most * KIB)} bytes are {exact(most * KIB / FLOATS[kind])} numbers of {FLOATS[kind]} bytes.",
        trap="One map alone is not enough: a layer reads one while it writes another.",
    )


def table(draw: Draw) -> Draft | None:
    """The output of every layer and its memory, as training keeps it for one image."""
    drawn, kind = _drawn(draw), draw.one(tuple(FLOATS))
    shapes, size = _shapes(**drawn), FLOATS[kind]
    maps = _in_kib(shapes, size)
    if maps is None:
        return None

    def filled(outputs: Sequence[tuple[int, int, int]], taken: Sequence[Fraction]) -> Parts:
        parts: list[tuple[str, Answer]] = []
        for name, shape, each in zip(_NAMES, outputs, taken, strict=True):
            parts += [(f"{name} output", Size(shape)), (f"{name} memory", Number(each, "KiB"))]
        return Parts((*parts, ("total", Number(sum(taken, Fraction(0)), "KiB"))))

    _, *outputs = shapes
    _, *taken = maps
    answer = filled(outputs, taken)
    wrong = (
        (slips.BYTE_EACH, filled(outputs, [each / size for each in taken])),
        (
            slips.ONE_PLANE,
            filled(outputs, [each / c for each, (_, _, c) in zip(taken, outputs, strict=True)]),
        ),
    )
    rows = [
        (name, f"3×3, {drawn[filters]} filters" if filters else "2×2", "?", "?")
        for name, filters in zip(_NAMES, ("first", "", "second", ""), strict=True)
    ]
    lines = [
        in_numbers(f"{name} memory", _TABLED, {**dict(zip("HWC", shape, strict=True)), "B": size})
        for name, shape in zip(_NAMES, outputs, strict=True)
    ]
    positions = [h * w * c for h, w, c in outputs]
    return Draft(
        values={**drawn, "kind": kind},
        stem=(
            f"A network takes an image of {square(drawn['n'])}×{drawn['depth']} (H×W×C). {_LAYERS} All numbers are kept "
            f"in {kind}, and for the backward pass all outputs are kept.",
            Grid((*rows, ("total", "", "", "?")), ("layer", "what", "output", "KiB")),
            "Fill in the outputs, and the KiB that they take for one image.",
        ),
        conventions=(*told(kind, "KiB"), "The image is not counted."),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(*lines, f"total: {_sum(taken)} = {exact(sum(taken, Fraction(0)))}"),
        check=f"Together there are {' + '.join(f'{n:,}' for n in positions)} = {sum(positions):,} numbers of {size} "
        f"bytes, {sum(positions) * size:,} bytes.",
        trap="A pooling of 2×2 leaves a quarter of the memory, not half of it.",
    )


_STATES = {"SGD": 2, "SGD with momentum": 3, "Adam": 4}
_KEPT = {
    "SGD": "The gradients take as much memory",
    "SGD with momentum": "The gradients and the momentum take as much memory each",
    "Adam": "The gradients, and the two moments that Adam keeps of them, take as much memory each",
}


def batch(draw: Draw) -> Draft | None:
    """The largest batch that fits."""
    optimizer = draw.one(tuple(_STATES))
    formula = Formula(
        "(1024*G - k*P) // A",
        G="GiB of the device",
        k="numbers for each parameter",
        P="MiB of the parameters",
        A="MiB of activations for an image",
    )
    given = {
        "G": draw.one((2, 4, 6, 8, 12, 16, 24)),
        "k": _STATES[optimizer],
        "P": draw.one((20, 45, 98, 170, 233, 528)),
        "A": draw.one((12, 18, 25, 36, 48, 62, 90, 110)),
    }
    left = 1024 * given["G"] - given["k"] * given["P"]
    most = formula.evaluate(given)
    if not 4 <= most <= 512:
        return None
    answer = Number(most, "images")
    wrong = (
        (slips.FORGOT_PARAMETERS, 1024 * given["G"] // given["A"]),
        (slips.PARAMETERS_ONCE, (1024 * given["G"] - given["P"]) // given["A"]),
        (slips.ONE_OVER, -(-left // given["A"])),
        (slips.THOUSAND_MEBI, (1000 * given["G"] - given["k"] * given["P"]) // given["A"]),
    )
    used = most * given["A"]
    return Draft(
        values={**given, "optimizer": optimizer},
        stem=(
            f"A network is trained with {optimizer} on a device with {given['G']} GiB. Its parameters take {given['P']} MiB. "
            f"{_KEPT[optimizer]}. The activations that are kept for the backward pass take {given['A']} MiB for each image.",
            "How many images can a batch have at most?",
        ),
        conventions=("1 GiB is 2¹⁰ MiB.", "Nothing else is counted."),
        answer=answer,
        distractors=distinct(answer, [(slip, Number(value, "images")) for slip, value in wrong]),
        steps=(
            f"With {optimizer} there are {given['k']} numbers for each parameter, itself included.",
            Worked("images", Derivation(formula, given)),
        ),
        check=f"{most} images take {used:,} MiB of the {left:,} that are left; one more would take {used + given['A']:,}.",
        trap="What is kept for each parameter does not grow with the batch, the activations do.",
    )
