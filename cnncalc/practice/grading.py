"""Typed answers marked: right, or wrong by which slip; parts one by one; designs by their conditions."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.practice.answers import Answer, Matrix, Parts, Size, Valid, shown
from cnncalc.practice.model import Problem
from cnncalc.practice.reading import Several, Unread, expected, read
from cnncalc.practice.reading.model import ENOUGH_DIGITS, Named, Quantity, Reading, Rows, agrees, unmet
from cnncalc.practice.slips import Slip
from cnncalc.practice.words import listed
from cnncalc.record import record
from cnncalc.symbolic import Formula

__all__ = ["Mark", "mark"]


@record
class Mark:
    """How an answer was marked, in `points` of `most`, and what is told to whoever gave it.

    Unless it was `understood` it says nothing of what they know: the same question may be asked again.
    """

    right: bool
    told: str
    slip: Slip | None = None
    points: int = 0
    most: int = 1
    understood: bool = True


def mark(problem: Problem, text: str) -> Mark:
    """What an answer is worth; any text can be marked."""
    draft = problem.draft
    answer = draft.answer
    others = [d.answer for d in draft.distractors]
    most = len(answer.parts) if isinstance(answer, Parts) else 1
    if not text.strip():
        return Mark(right=False, told="There is no answer.", most=most, understood=False)
    try:
        readings = read(text, answer, others)
    except Unread as why:
        return Mark(
            right=False, told=f"{why} Expected: {expected(answer, others)}.", most=most, understood=False
        )
    right = [one for one in readings if agrees(one, answer)]
    slip = _slip(problem, [one for one in right if _is_rounded(one, answer)] if right else readings)
    if right and slip is None:
        return Mark(
            right=True, told=" ".join(["Right.", *_remarks(right[0], answer)]), points=most, most=most
        )
    if right:
        told = "Right so far, but so few digits fit a usual mistake as well: give all of them."
        return Mark(right=False, told=told, most=most, understood=False)
    if isinstance(answer, Parts):
        return _partly(problem, answer, [one for one in readings if isinstance(one, Several)], slip)
    if slip is not None:
        return Mark(right=False, told=_told(slip), slip=slip)
    told, understood = _what_is_wrong(readings, answer)
    return Mark(right=False, told=told, understood=understood)


def _told(slip: Slip) -> str:
    return f"Not quite: you {slip.did}."


def _slip(problem: Problem, readings: list[Reading] | tuple[Reading, ...]) -> Slip | None:
    """The slip whose answer it is."""
    found = (d.slip for d in problem.draft.distractors if any(agrees(one, d.answer) for one in readings))
    return next(found, None)


def _is_rounded(reading: Reading, answer: Answer) -> bool:
    return isinstance(reading, Quantity) and reading.value != getattr(answer, "value", None)


def _remarks(reading: Reading, answer: Answer) -> Iterator[str]:
    """What may be said of a right answer."""
    if isinstance(reading, Quantity) and reading.said:
        yield "(A MAC is two FLOPs.)"
    if isinstance(answer, Valid) and isinstance(reading, Named):
        smallest = dict(zip(answer.names, answer.smallest, strict=True))
        if dict(reading.values) != smallest:
            yield f"The smallest that does it: {shown(answer)}."


def _what_is_wrong(readings: tuple[Reading, ...], answer: Answer) -> tuple[str, bool]:
    """What can be said of an answer that is no known slip, and whether it is worth a mark."""
    first = readings[0]
    quantities = [q for q in readings if isinstance(q, Quantity)]
    value = getattr(answer, "value", None)
    if quantities and value is not None:
        if any(q.is_near(value) for q in quantities):
            return f"Too few digits: give {ENOUGH_DIGITS} or more, or a fraction.", False
        if any(q.digits >= ENOUGH_DIGITS and abs(q.value - value) < q.step for q in quantities):
            return "Nearly: the last digit is not rounded right.", True
        if any(q.said and value in (q.value * 2, q.value / 2) for q in quantities):
            return (
                f"Not quite: that would be right without the unit {quantities[0].said}: a MAC is two FLOPs.",
                True,
            )
    if isinstance(answer, Size) and sorted(first) == sorted(answer.sizes):  # type: ignore[arg-type]
        return f"Those are the sizes, but in another order: {answer.axes} is asked.", False
    if isinstance(answer, Matrix) and isinstance(first, Rows):
        shape, asked = ((len(m.rows), len(m.rows[0])) for m in (first, answer))
        if shape != asked:
            return f"That is {shape[0]}×{shape[1]}. Expected: {expected(answer)}.", False
    if isinstance(answer, Valid) and isinstance(first, Named):
        failed = [Formula(text).pretty() for text in unmet(answer, first.values)]
        return f"Not right: {listed(failed)} {'does' if len(failed) == 1 else 'do'} not hold.", True
    return "Not right.", True


def _partly(problem: Problem, answer: Parts, readings: list[Several], slip: Slip | None) -> Mark:
    """Points for the parts that are right: of all ways to read the text, the best."""
    best = max(readings, key=lambda several: sum(_right_parts(several, answer)))
    rights = _right_parts(best, answer)
    points = sum(rights)
    understood = any(isinstance(part, tuple) and part for part in best.parts)
    told = [f"{points} of {len(rights)} are right."] if points else []
    if slip is not None:
        told.append(_told(slip))
    else:
        told += ["Not right."] if understood and not points else []
        wrong: list[str] = []
        missing: list[str] = []
        for i, ((label, part), reading) in enumerate(zip(answer.parts, best.parts, strict=True)):
            if rights[i]:
                continue
            own = None if isinstance(reading, Unread) else _slip_of_part(problem, i, reading)
            slip = slip or own
            if isinstance(reading, Unread):
                told.append(f"{label}: {reading} Expected: {expected(part)}.")
            elif own is not None:
                told.append(f"{label}: you {own.did}.")
            else:
                (wrong if reading else missing).append(label)
        told += [f"Not right: {listed(wrong)}."] if wrong and points else []
        told += [f"Not answered: {listed(missing)}."] if missing else []
    return Mark(
        right=False, told=" ".join(told), slip=slip, points=points, most=len(rights), understood=understood
    )


def _right_parts(read_as: Several, answer: Parts) -> list[bool]:
    return [
        not isinstance(readings, Unread) and any(agrees(one, part) for one in readings)
        for readings, (_, part) in zip(read_as.parts, answer.parts, strict=True)
    ]


def _slip_of_part(problem: Problem, index: int, readings: tuple[Reading, ...]) -> Slip | None:
    """The slip that makes this part what it is."""
    for distractor in problem.draft.distractors:
        wrong = distractor.answer
        parts = wrong.parts if isinstance(wrong, Parts) else ()
        if any(agrees(one, part) for _, part in parts[index : index + 1] for one in readings):
            return distractor.slip
    return None
