"""Stacks of equal layers that see enough and cost little."""

from __future__ import annotations

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Integers, Valid
from cnncalc.practice.compose import distinct
from cnncalc.practice.costs import in_numbers, params, renamed
from cnncalc.practice.draw import Draw
from cnncalc.practice.fields import backwards, field
from cnncalc.practice.model import Draft, Worked
from cnncalc.practice.stack import Slide
from cnncalc.practice.words import counted, grouped, square
from cnncalc.symbolic import Formula

__all__ = ["dilated", "layers", "rounded_up", "stack"]

_STRIDE = "All strides are 1."
_DENSE = "There is no dilation."
_BIASES = "Every filter has a bias."
_NO_BIASES = "Biases are not counted."
_ANY = "Any choice that does it is right."
_FIELD = "The receptive field is counted away from the borders."
#: n steps of the calculator's SIZE with stride 1
_GROWN = Formula("1 + n*D*(F - 1)", n="layers", D="dilation", F="kernel size")


def _field(kernel: int, count: int, dilation: int = 1) -> int:
    return field([Slide(kernel, 1, 0, 1, dilation)] * count)


def layers(draw: Draw) -> Draft | None:
    """All numbers of layers that see enough and stay in the budget; perhaps there are none."""
    kernel, channels = draw.one((3, 5, 7)), draw.one((8, 16, 32, 64))
    each = params("conv").evaluate({"F": kernel, "C": channels, "K": channels})
    wanted, most = draw.one((9, 11, 13, 15, 17, 20, 24, 25, 30, 32)), draw.whole(2, 12)
    step = 10 ** (len(str(each)) - 1)
    budget = (most + 1) * each // step * step
    least, limit = -(-(wanted - 1) // (kernel - 1)), budget // each
    found = tuple(range(least, limit + 1))
    if limit < 1 or least - limit > 1 or len(found) > 6:
        return None
    answer = Integers(found)
    wrong = (
        (slips.ONE_OF_MANY, found[:1]),
        (slips.KERNELS_ADDED, tuple(range(-(-wanted // kernel), limit + 1))),
        (slips.NO_START, tuple(range(-(-wanted // (kernel - 1)), limit + 1))),
        (slips.ONE_OVER, tuple(range(least, limit + 2))),
    )
    formula = renamed(params("conv"), C="C channels", K="C channels")
    return Draft(
        values={"F": kernel, "C": channels, "R": wanted, "most": budget},
        stem=(
            f"A stack of n convolutional layers with kernels of {square(kernel)} keeps {channels} channels. It may have "
            f"{budget:,} parameters, and a unit of its last output is to see at least {wanted} pixels on each axis.",
            'For which n is that so? Give all of them, or "none".',
        ),
        conventions=(_BIASES, _STRIDE, _DENSE, _FIELD),
        answer=answer,
        distractors=distinct(answer, [(slip, Integers(values)) for slip, values in wrong]),
        steps=(
            Worked("params of a layer", Derivation(formula, {"F": kernel, "C": channels})),
            grouped(f"At most ⌊{budget}/{each}⌋ = {limit} layers stay in the budget."),
            f"At least ⌈({wanted} − 1)/({kernel} − 1)⌉ = {least} layers see enough.",
        ),
        check=f"{counted(limit, 'layer')} {'has' if limit == 1 else 'have'} {limit * each:,} parameters, "
        f"{limit + 1} have {(limit + 1) * each:,}; {least - 1} would see {_field(kernel, least - 1) if least > 1 else 1} pixels, "
        f"{least} {'sees' if least == 1 else 'see'} {_field(kernel, least)}.",
        trap="A layer adds F − 1 to the receptive field, not F, and the first pixel is there without any layer.",
    )


def rounded_up(value: int) -> int:
    """To two digits and zeros."""
    step: int = 10 ** max(len(str(value)) - 2, 0)
    return -(-value // step) * step


def stack(draw: Draw) -> Draft:
    """Kernel and number of layers."""
    channels, wanted = draw.one((16, 32, 64, 128)), draw.one((7, 9, 10, 11, 13, 15, 17, 20, 21))
    count = wanted // 2
    weights = renamed(params("conv", bias=False), C="C channels", K="C channels")
    fewest = count * weights.evaluate({"F": 3, "C": channels})
    most = rounded_up(fewest * draw.one((10, 11, 12, 15, 18)) // 10)
    conditions = (
        f"n*(F - 1) + 1 >= {wanted}",
        f"n*F*F*{channels * channels} <= {most}",
        "F >= 3",
        "F % 2 == 1",
        "n >= 1",
    )
    return Draft(
        values={"C": channels, "R": wanted, "most": most},
        stem=(
            f"A stack of n convolutional layers with kernels of F×F keeps {channels} channels. A unit of its last output is "
            f"to see at least {wanted} pixels on each axis, and the stack may have {most:,} weights.",
            "Choose n and an odd F, at least 3.",
        ),
        conventions=(_NO_BIASES, _STRIDE, _DENSE, _FIELD, _ANY),
        answer=Valid(("F", "n"), conditions, (3, count)),
        steps=(
            "The fewest weights for a receptive field are those of the smallest kernel, 3×3.",
            Worked("field", Derivation(_GROWN, {"n": count, "D": 1, "F": 3})),
            in_numbers("weights", Formula("n*F*F*C*C"), {"n": count, "F": 3, "C": channels}),
        ),
        check=backwards([Slide(3, 1, 0, 1)] * count),
        trap=f"A single layer of {square(_field(3, count))} sees as much, but has "
        f"{_field(3, count) ** 2 * channels**2:,} weights.",
    )


def dilated(draw: Draw) -> Draft | None:
    """Number of layers, kernel, dilation and padding."""
    channels, wanted = draw.one((16, 32, 64)), draw.one((17, 20, 25, 31, 33, 40, 41, 49, 50, 64, 65))
    widest, size = draw.one((2, 3, 4)), draw.one((56, 64, 100, 112, 128))
    count = -(-(wanted - 1) // (2 * widest))
    # the smallest dilation that does it with so few layers
    dilation = -(-(wanted - 1) // (2 * count))
    fewest = count * 9 * channels**2
    most = rounded_up(fewest * draw.one((10, 11, 13, 15)) // 10)
    conditions = (
        f"1 + n*D*(F - 1) >= {wanted}",
        f"n*F*F*{channels * channels} <= {most}",
        "2*P == D*(F - 1)",
        f"D <= {widest}",
        "D >= 1",
        "F >= 3",
        "F % 2 == 1",
        "n >= 1",
    )
    given = {"n": count, "D": dilation, "F": 3}
    return Draft(
        values={"C": channels, "R": wanted, "W": size, "widest": widest, "most": most},
        stem=(
            f"A stack of n convolutional layers keeps {channels} channels and the size of its maps, {square(size)}. All layers "
            f"have kernels of F×F, F odd and at least 3, dilation D of at most {widest}, and padding P on each side.",
            f"A unit of the last output is to see at least {wanted} pixels from end to end on each axis, and the stack may "
            f"have {most:,} weights.",
            "Choose n, F, D and P.",
        ),
        conventions=(_NO_BIASES, _STRIDE, "Dilation 1 is dense.", _FIELD, _ANY),
        answer=Valid(("n", "F", "D", "P"), conditions, (count, 3, dilation, dilation)),
        steps=(
            "Dilation widens the receptive field without weights, so kernels of 3×3 need the fewest: a layer adds 2D.",
            f"With D = {widest} that takes ⌈({wanted} − 1)/{2 * widest}⌉ = {counted(count, 'layer')}, for which "
            f"D = {dilation} is enough.",
            Worked("field", Derivation(_GROWN, given)),
            f"The size is kept if 2P = D(F − 1): P = {dilation}.",
            in_numbers("weights", Formula("n*F*F*C*C"), {"n": count, "F": 3, "C": channels}),
        ),
        check=backwards([Slide(3, 1, dilation, 1, dilation)] * count),
        trap="The padding has to grow with the dilation, or each layer takes from the size.",
    )
