"""What questions of several topics share: wrong options, all solutions, comparisons, and the wrong line of a working."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Exact, Integers, Number, Parts, shown
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Distractor, Draft, Grid, Step
from cnncalc.practice.slips import Slip
from cnncalc.practice.words import grouped
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, pretty_formula

__all__ = [
    "RATIO_AND_PERCENT",
    "compared",
    "distinct",
    "find_the_error",
    "of_slips",
    "percent_swapped",
    "solutions",
    "with_slips",
]

#: what `compared` answers, besides both numbers
RATIO_AND_PERCENT = (
    "What is the exact ratio A/B? By how many per cent is A more than B, and B less than A? "
    "(Percentages may be rounded to a tenth.)"
)

_MOST_DISTRACTORS = 4


def distinct(answer: Answer, wrong: Iterable[tuple[Slip, Answer]]) -> tuple[Distractor, ...]:
    """The wrong answers that differ from the right one and from each other: the first four."""
    found: dict[str, Distractor] = {}
    right = shown(answer)
    for slip, other in wrong:
        text = shown(other)
        if text != right and text not in found:
            found[text] = Distractor(other, slip)
    return tuple(found.values())[:_MOST_DISTRACTORS]


def of_slips(
    working: Working, given: Mapping[str, Any], answer: Callable[[Mapping[str, Any]], Answer]
) -> tuple[Distractor, ...]:
    """The wrong answers that the working's slips lead to; `answer` makes one of the values of its lines."""
    return distinct(
        answer(working.values(given)), [(s.slip, answer(s.values)) for s in working.slipped(given)]
    )


def with_slips(formula: Formula, name: str, says: str, *wrong: tuple[Slip, str]) -> Working:
    """A working of one line, which a single formula computes; slips with the formulas that they use instead."""
    return Working((Line(name, says, formula, tuple([(slip, Formula(text)) for slip, text in wrong])),))


def solutions(working: Working, given: Mapping[str, Any], name: str, candidates: Iterable[int]) -> Integers:
    """All candidates for which the last line comes to what it comes to for the given value of `name`.

    The candidates must reach as far as a solution can.
    """
    last = working.lines[-1].name
    target = working.values(given)[last]
    return Integers(tuple([n for n in candidates if working.values({**given, name: n})[last] == target]))


def compared(first: Exact, second: Exact, unit: str, names: tuple[str, str] = ("A", "B")) -> Parts:
    """Both numbers, how many times the first is the second, and by which percentage the first is more, the second less.

    The first must be the greater.
    """
    a, b = names
    return Parts(
        (
            (a, Number(first, unit)),
            (b, Number(second, unit)),
            (f"{a}/{b}", Number(Fraction(first) / Fraction(second))),
            (f"{a} is more by", Number(100 * (Fraction(first) / second - 1), "%")),
            (f"{b} is less by", Number(100 * (1 - Fraction(second) / first), "%")),
        )
    )


def percent_swapped(answer: Parts) -> tuple[Slip, Parts]:
    """A comparison with each percentage in the place of the other."""
    *counts, (more, a), (fewer, b) = answer.parts
    return slips.PERCENT_SWAPPED, Parts((*counts, (more, b), (fewer, a)))


def find_the_error(
    draw: Draw,
    working: Working,
    given: Mapping[str, Any],
    *,
    values: Mapping[str, Any],
    task: Sequence[str],
    check: str,
    conventions: tuple[str, ...] = (),
) -> Draft | None:
    """The working with one slip in it: which line is wrong, and what should it say? None if no slip changes the result.

    `task` says what was to be computed. `values` are those of the draft; the slip and the line are added to them.
    """
    right, total = working.values(given), working.lines[-1].name
    possible = [made for made in working.slipped(given) if made.values[total] != right[total]]
    if not possible:
        return None
    made = draw.one(possible)
    rows = []
    for index, line in enumerate(working.lines):
        formula = made.formula if index == made.line else line.formula
        before = {n: (right if index <= made.line else made.values)[n] for n in formula.names}
        result = made.values[line.name]
        put_in = grouped(pretty_formula(formula.substituted(before)))
        rows.append((str(index + 1), line.says, put_in, shown(Number(result))))
    name = working.lines[made.line].name
    answer = _line_and_value(made.line, right[name])
    others = [
        (
            slips.BLAMED_RIGHT if made.values[line.name] == right[line.name] else slips.BLAMED_CARRIER,
            _line_and_value(i, right[line.name]),
        )
        for i, line in enumerate(working.lines)
        if i != made.line
    ]
    steps: tuple[Step, ...] = working.worked(given)[: made.line + 1]
    last = shown(Number(right[total]))
    return Draft(
        values={**values, "line": made.line + 1, "slip": made.slip.name},
        stem=(
            *task,
            "This is how a student works it out. One line is wrong; the lines after it follow rightly from it.",
            Grid(tuple(rows), ("line", "what", "working", "result")),
            "Which line is wrong, and which number should it come to?",
        ),
        answer=answer,
        steps=(
            *steps,
            f"In line {made.line + 1} the student {made.slip.did}{'' if name == total else f'; the last line should be {last}'}.",
        ),
        check=check,
        trap="The lines after the slip are consistent with it: redo every line from what is given, not from the line before.",
        conventions=conventions,
        distractors=distinct(answer, others),
    )


def _line_and_value(index: int, value: Exact) -> Parts:
    return Parts((("line", Number(index + 1)), ("value", Number(value))))
