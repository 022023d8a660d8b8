"""What is expected, told with an example that is never the answer."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from cnncalc.practice.answers import Answer, Exact, Expression, Integers, Matrix, Number, Parts, Size, Valid
from cnncalc.practice.reading.read import names_in
from cnncalc.practice.words import listed

__all__ = ["expected", "expected_briefly"]


def expected(answer: Answer, others: Iterable[Answer] = ()) -> str:
    """A phrase with an example: "the size as H×W×C, like 28×28×16"."""
    match answer:
        case Parts(parts):
            return f"{len(parts)} answers with ; between them: {'; '.join(label for label, _ in parts)}"
        case _:
            what, like = _told(answer, others)
            return f"{what}, like {like}"


def expected_briefly(answer: Answer, others: Iterable[Answer] = ()) -> str:
    """The example alone: what a prompt has room for."""
    match answer:
        case Parts(parts):
            return "; ".join(label for label, _ in parts)
        case _:
            return _told(answer, others)[1]


def _told(answer: Answer, others: Iterable[Answer]) -> tuple[str, str]:
    match answer:
        case Number(value, unit):
            return _number(value, unit)
        case Size(sizes, axes):
            like = _SIZE if sizes != _SIZE[: len(sizes)] else _OTHER_SIZE
            return f"the size as {axes}", "×".join(map(str, like[: len(sizes)]))
        case Matrix(rows):
            row = " ".join(map(str, range(1, len(rows[0]) + 1)))
            count = f"{len(rows[0])} numbers"
            return f"{len(rows)} rows of {count}" if len(rows) > 1 else count, "; ".join(
                [row, row, "…"][: len(rows)]
            )
        case Integers(values):
            single, pair = ("5", "2, 3") if values not in ((5,), (2, 3)) else ("8", "4, 7")
            return "all whole numbers that do it", f"{single}, or {pair}, or 221..224, or none"
        case Expression():
            known = sorted(names_in([answer, *others])) or ["C"]
            return f"an expression in {listed(known)}", f"5{known[0]}^3 + {known[-1]}"
        case Valid(names):
            # any numbers might do it
            return f"whole numbers for {listed(names)}", ", ".join(f"{name} = …" for name in names)
        case Parts():
            raise AssertionError("parts are told by their labels")


_SIZE, _OTHER_SIZE = (28, 28, 16, 8), (30, 30, 12, 4)


def _number(value: Exact, unit: str) -> tuple[str, str]:
    if unit == "%":
        return "a percentage", "12.5 %" if value != Fraction(25, 2) else "37.5 %"
    if unit == "bytes" or unit.endswith("B"):
        like = 98 if value != 98 else 36
        return f"a number of {unit}", f"{like} or {like} {unit}"
    if unit:
        return f"a number of {unit}", "120 or 12.3k"
    return "a number", "12, 0.75 or 3/4" if value not in (12, Fraction(3, 4)) else "15, 0.375 or 3/8"
