"""What a unit sees of the input, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, Valid
from cnncalc.practice.compose import RATIO_AND_PERCENT, compared, distinct, find_the_error, percent_swapped
from cnncalc.practice.draw import Draw
from cnncalc.practice.fields import WRONG_FIELDS, backwards, field, field_table, fields, layer_grid
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.stack import Slide, names
from cnncalc.practice.topics.conventions_of_windows import dilations
from cnncalc.practice.words import counted, listed, square
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_BORDERS = "The receptive field is the side of what a unit sees of the input, away from the borders."
_RATE = "Dilation 1 is a dense window."
_JUMP = "The jump is how far apart in the input the fields of two neighbouring units begin."
_PIXELS = "pixels"


def _chain(draw: Draw, count: int, *, dilated: bool) -> list[Slide] | None:
    """Convolutions and poolings, with a stride among them, and with a dilation if one is wanted."""
    layers: list[Slide] = []
    while len(layers) < count:
        if layers and layers[-1].filters and draw.often(0.35):
            layers.append(Slide(draw.one((2, 2, 3)), 2))
        else:
            dilation = draw.one((1, 2, 4)) if dilated else 1
            kernel = draw.one((3, 3, 5, 7)) if not layers else draw.one((3, 3, 5))
            layers.append(Slide(kernel, draw.one((1, 1, 2)), 0, 1, dilation))
    good = any(s.stride > 1 for s in layers[:-1]) and dilated == any(s.dilation > 1 for s in layers)
    return layers if good and field(layers) <= 150 else None


def _conventions(layers: Sequence[Slide]) -> tuple[str, ...]:
    return (_BORDERS, _RATE) if any(s.dilation > 1 for s in layers) else (_BORDERS,)


def _asked(layers: list[Slide]) -> Draft:
    """The field of the last layer's units."""
    answer = Number(field(layers), _PIXELS)
    wrong = [
        (slips.SUMMED_KERNELS, Number(sum(s.kernel for s in layers), _PIXELS)),
        *((slip, Number(field(layers, grows), _PIXELS)) for slip, grows in WRONG_FIELDS),
    ]
    return Draft(
        values={"layers": [s.numbers() for s in layers]},
        stem=(
            "An image goes through these layers, one after the other:",
            layer_grid(layers),
            f"What is the receptive field of a unit in the output of {names(layers)[-1]}?",
        ),
        conventions=_conventions(layers),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(field_table(layers),),
        check=backwards(layers),
        trap="A layer's own stride counts only from the next layer on.",
    )


def dense(draw: Draw) -> Draft:
    """Convolutions of one kernel with stride 1."""
    kernel, count = draw.one((3, 3, 5, 7, 9, 11)), draw.whole(2, 6)
    formula = Formula("n*(F - 1) + 1", n="layers", F="kernel size")
    given = {"n": count, "F": kernel}
    answer = Number(formula.evaluate(given), _PIXELS)
    wrong = (
        (slips.SUMMED_KERNELS, Number(count * kernel, _PIXELS)),
        (slips.FORGOT_ONE_UNIT, Number(count * (kernel - 1), _PIXELS)),
        (slips.ONE_LAYER, Number(kernel, _PIXELS)),
    )
    layers = [Slide(kernel, 1, 0, 1)] * count
    return Draft(
        values={"layers": [s.numbers() for s in layers]},
        stem=(
            f"An image goes through {count} convolutional layers of {square(kernel)} with stride 1, one after the other.",
            "What is the receptive field of a unit in the last output?",
        ),
        conventions=(_BORDERS,),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(Worked("field", Derivation(formula, given)),),
        check=f"Layer by layer it is {', '.join(str(r) for r, _ in fields(layers))}.",
        trap=f"{count}·{kernel} = {count * kernel} counts what neighbouring windows share more than once.",
    )


def strided(draw: Draw) -> Draft | None:
    """Strides and poolings."""
    layers = _chain(draw, draw.whole(3, 4), dilated=False)
    return None if layers is None else _asked(layers)


def dilated(draw: Draw) -> Draft | None:
    """Strides and dilations."""
    layers = _chain(draw, draw.whole(3, 5), dilated=True)
    return None if layers is None else _asked(layers)


def table(draw: Draw) -> Draft | None:
    """Field and jump after every layer."""
    layers = _chain(draw, draw.whole(4, 6), dilated=draw.often(0.4))
    if layers is None:
        return None
    answer = _filled(layers, fields(layers))
    return Draft(
        values={"layers": [s.numbers() for s in layers]},
        stem=(
            "An image goes through these layers, one after the other:",
            layer_grid(layers, "jump", "field"),
            "Fill in the jump and the receptive field after every layer.",
        ),
        conventions=(*_conventions(layers), _JUMP),
        answer=answer,
        distractors=distinct(
            answer, [(slip, _filled(layers, fields(layers, grows))) for slip, grows in WRONG_FIELDS]
        ),
        steps=(field_table(layers),),
        check=backwards(layers),
        trap="The jump after a layer is the product of all strides up to it.",
    )


def _filled(layers: Sequence[Slide], found: Iterable[tuple[int, int]]) -> Parts:
    parts: list[tuple[str, Answer]] = []
    for name, (r, j) in zip(names(layers), found, strict=True):
        parts += [(f"{name} jump", Number(j)), (f"{name} field", Number(r))]
    return Parts(tuple(parts))


#: what may come first, and how it is told
_HEADS: tuple[tuple[str, tuple[Slide, ...]], ...] = (
    ("", ()),
    ("a convolution of 3×3 with stride 2", (Slide(3, 2, 0, 1),)),
    ("a convolution of 7×7 with stride 2", (Slide(7, 2, 0, 1),)),
    ("a convolution of 4×4 with stride 4", (Slide(4, 4, 0, 1),)),
    (
        "a convolution of 3×3 with stride 1 and a pooling of 2×2 with stride 2",
        (Slide(3, 1, 0, 1), Slide(2, 2)),
    ),
    ("a convolution of 7×7 and a pooling of 3×3, both with stride 2", (Slide(7, 2, 0, 1), Slide(3, 2))),
)


def _after(head: Sequence[Slide]) -> tuple[int, int]:
    """The field and the jump behind these layers."""
    return ([(1, 1), *fields(head)])[-1]


_STACKED = Formula(
    "r + n*D*(F - 1)*j", r="field before", n="layers", D="dilation", F="kernel size", j="jump before"
)


def symbolic(draw: Draw) -> Draft:
    """N layers, behind others."""
    told, head = draw.one(_HEADS)
    kernel, dilation = draw.one((3, 5, 7)), draw.one((1, 1, 2))
    n = symbol("n")
    r, j = _after(head)
    given: dict[str, Any] = {"r": r, "n": n, "D": dilation, "F": kernel, "j": j}
    answer = Expression(_STACKED.evaluate(given))
    dense_head = 1 + sum(s.kernel - 1 for s in head)
    wrong = (
        (slips.IGNORED_STRIDES, dense_head + n * dilation * (kernel - 1)),
        (slips.WHOLE_KERNEL, r + n * dilation * kernel * j),
        (slips.IGNORED_DILATION, r + n * (kernel - 1) * j),
    )
    return Draft(
        values={"head": [s.numbers() for s in head], "F": kernel, "D": dilation},
        stem=(
            f"An image goes through {told + ', then through ' if told else ''}n convolutional layers of {square(kernel)} "
            f"with stride 1{_dilation(dilation)}.",
            "What is the receptive field of a unit in the last output, in terms of n?",
        ),
        conventions=(_BORDERS, _RATE) if dilation > 1 else (_BORDERS,),
        answer=answer,
        distractors=distinct(answer, [(slip, Expression(value)) for slip, value in wrong]),
        steps=(
            *([field_table(head)] if head else []),
            Worked("field", Derivation(_STACKED, given)),
        ),
        check=f"For n = 0 it is {r}, and each layer adds {dilation}·{kernel - 1}·{j} = {dilation * (kernel - 1) * j}.",
        trap="What a layer adds is counted in input pixels: it grows with all strides before it.",
    )


def _dilation(dilation: int) -> str:
    return f" and dilation {dilation}" if dilation > 1 else ""


def compare(draw: Draw) -> Draft:
    """Dilations that double, against none."""
    kernel, count = draw.one((3, 3, 5, 7)), draw.whole(2, 6)
    rates = [2**i for i in range(count)]
    spread = [Slide(kernel, 1, 0, 1, d) for d in rates]
    plain = [Slide(kernel, 1, 0, 1)] * count
    a, b = field(spread), field(plain)
    answer = compared(a, b, _PIXELS)
    return Draft(
        values={"layers": [s.numbers() for s in spread], "dense": [s.numbers() for s in plain]},
        stem=(
            f"Two networks have {count} convolutional layers of {square(kernel)} with stride 1: A with dilations "
            f"{listed([str(d) for d in rates])}, B without dilation.",
            f"How large is the receptive field of a unit in the last output of each? {RATIO_AND_PERCENT}",
        ),
        conventions=(_BORDERS, _RATE),
        answer=answer,
        distractors=distinct(answer, [percent_swapped(answer)]),
        steps=(
            f"A: 1 + {' + '.join(f'{d}·{kernel - 1}' for d in rates)} = {a}.",
            f"B: 1 + {count}·{kernel - 1} = {b}.",
        ),
        check=f"The dilations add up to 2^{count} − 1 = {2**count - 1}, and 1 + {kernel - 1}·{2**count - 1} = {a}.",
        trap="Both have as many weights: only the taps of A are further apart.",
    )


def inverse(draw: Draw) -> Draft:
    """How many layers see so much?"""
    told, head = draw.one(_HEADS)
    kernel, dilation = draw.one((3, 3, 5, 7)), draw.one((1, 1, 2))
    target = draw.one((32, 50, 64, 75, 99, 100, 128, 150, 200, 224))
    r, j = _after(head)
    each = dilation * (kernel - 1) * j
    formula = Formula(
        "ceil((R - r) / (D*(F - 1)*j))",
        R="field wanted",
        r="field before",
        D="dilation",
        F="kernel size",
        j="jump before",
    )
    given = {"R": target, "r": r, "D": dilation, "F": kernel, "j": j}
    least = formula.evaluate(given)
    answer = _from(least)
    wrong = (
        (slips.ROUNDED_DOWN, (target - r) // each),
        (
            slips.IGNORED_STRIDES,
            -(-(target - 1 - sum(s.kernel - 1 for s in head)) // (dilation * (kernel - 1))),
        ),
        (slips.WHOLE_KERNEL, -(-(target - r) // (dilation * kernel * j))),
    )
    return Draft(
        values={"head": [s.numbers() for s in head], "F": kernel, "D": dilation, "R": target},
        stem=(
            f"An image goes through {told + ', then through ' if told else ''}n convolutional layers of {square(kernel)} "
            f"with stride 1{_dilation(dilation)}.",
            f"For which n does a unit in the last output see at least {target} pixels on each axis? Give all of them.",
        ),
        conventions=(_BORDERS, _RATE) if dilation > 1 else (_BORDERS,),
        answer=answer,
        distractors=distinct(
            answer, [(slips.ONE_OF_MANY, Integers((least,))), *((slip, _from(n)) for slip, n in wrong)]
        ),
        steps=(
            *([field_table(head)] if head else []),
            Worked("least n", Derivation(formula, given)),
        ),
        check=f"{counted(least - 1, 'layer')} {'sees' if least == 2 else 'see'} {r} + {least - 1}·{each} = "
        f"{r + (least - 1) * each}; {least} see {r} + {least}·{each} = {r + least * each}.",
        trap="More layers see more: all larger n do it as well.",
    )


def _from(least: int) -> Integers:
    return Integers((least,), onwards=True)


def design(draw: Draw) -> Draft:
    """Layers before and behind a pooling for a field that is wanted."""
    kernel, target = draw.one((3, 5)), draw.one((20, 24, 30, 32, 36, 40, 48, 50, 60, 64))
    step = kernel - 1
    total = 2 + step  # a pooling of 2×2 alone sees 2
    # the fewest layers are behind the pooling, where each counts twice; one is before it
    behind = max(-(-(target - total) // (2 * step)), 1)
    most = 1 + behind + draw.one((0, 0, 1, 2))
    conditions = (f"2 + {step}*m + {2 * step}*n >= {target}", f"m + n <= {most}", "m >= 1", "n >= 1")
    layers = [Slide(kernel, 1, 0, 1), Slide(2, 2), *[Slide(kernel, 1, 0, 1)] * behind]
    return Draft(
        values={"F": kernel, "R": target, "most": most},
        stem=(
            f"A network has m convolutional layers of {square(kernel)}, then a pooling of 2×2 with stride 2, then n "
            f"convolutional layers of {square(kernel)}; all convolutions have stride 1, and m and n are at least 1.",
            f"Choose m and n such that a unit of the last output sees at least {target} pixels on each axis, with at most "
            f"{most} convolutional layers in all.",
        ),
        conventions=(_BORDERS, "Any choice that does it is right."),
        answer=Valid(("m", "n"), conditions, (1, behind)),
        steps=(
            f"Before the pooling a layer adds {step}, the pooling adds 1, behind it a layer adds 2·{step} = {2 * step}: "
            f"the field is 1 + {step}m + 1 + {2 * step}n.",
            f"The fewest layers are one before the pooling and {behind} behind it.",
        ),
        check=backwards(layers),
        trap="A layer behind the pooling counts twice as much as one before it.",
    )


@cache
def _in_lines(count: int) -> Working:
    """Field and jump after every layer; the last jump is not needed."""
    lines = []
    for i in range(1, count + 1):
        r, j = (f"r{i - 1}", f"j{i - 1}") if i > 1 else ("1", "1")
        wide = f"D{i}*(F{i} - 1)"
        wrong = (
            (slips.OWN_STRIDE, f"{r} + {wide}*{j}*S{i}"),
            (slips.IGNORED_STRIDES, f"{r} + {wide}"),
            (slips.IGNORED_DILATION, f"{r} + (F{i} - 1)*{j}"),
            (slips.WHOLE_KERNEL_HERE, f"{r} + D{i}*F{i}*{j}"),
        )
        lines.append(
            Line(
                f"r{i}",
                f"field after layer {i}",
                Formula(f"{r} + {wide}*{j}"),
                tuple([(slip, Formula(text)) for slip, text in wrong]),
            )
        )
        if i < count:
            added = ((slips.ADDED_STRIDE, Formula(f"{j} + S{i}")),) if i > 1 else ()
            lines.append(Line(f"j{i}", f"jump after layer {i}", Formula(f"{j}*S{i}"), added))
    return Working(tuple(lines))


def error(draw: Draw) -> Draft | None:
    """Field and jump, with one slip."""
    layers = _chain(draw, 3, dilated=draw.often(0.5))
    if layers is None:
        return None
    given: dict[str, int] = {}
    for i, s in enumerate(layers, 1):
        given |= {f"F{i}": s.kernel, f"S{i}": s.stride, f"D{i}": s.dilation}
    return find_the_error(
        draw,
        _in_lines(len(layers)),
        given,
        values={"layers": [s.numbers() for s in layers]},
        task=(
            f"An image goes through {listed([_told(s) for s in layers])}, one after the other. The receptive field of a "
            "unit in the last output is to be found.",
        ),
        check=backwards(layers),
        conventions=(*_conventions(layers), _JUMP),
    )


def _told(s: Slide) -> str:
    what = "convolution" if s.filters else "pooling"
    return f"a {what} of {square(s.kernel)} (stride {s.stride}{f', dilation {s.dilation}' if s.dilation > 1 else ''})"


TOPIC = Topic(
    "receptive-field",
    "The receptive field",
    (
        Cell("forward", 1, dense),
        Cell("forward", 2, strided),
        Cell("symbolic", 2, symbolic),
        Cell("compare", 2, compare),
        Cell("forward", 3, dilated),
        Cell("table", 3, table),
        Cell("inverse", 3, inverse),
        Cell("design", 3, design),
        Cell("compare", 4, dilations),
        Cell("find-the-error", 4, error),
    ),
)
