"""Comparisons, with ratio and percentages taken from the two counts."""

from __future__ import annotations

from fractions import Fraction

from cnncalc.practice.answers import Answer, Number, Parts


def comparison(a: int, b: int, unit: str) -> Parts:
    return Parts(
        (
            ("A", Number(a, unit)),
            ("B", Number(b, unit)),
            ("A/B", Number(Fraction(a, b))),
            ("A is more by", Number(Fraction(100 * (a - b), b), "%")),
            ("B is less by", Number(Fraction(100 * (a - b), a), "%")),
        )
    )


def swapped(answer: Answer) -> Parts:
    """With each percentage in the place of the other."""
    assert isinstance(answer, Parts)
    *counts, (more, a), (fewer, b) = answer.parts
    return Parts((*counts, (more, b), (fewer, a)))
