"""Dropout: what is kept, how it is scaled, and how much it varies."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Exact, Number, Parts, exact
from cnncalc.practice.compose import distinct, find_the_error
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import factor
from cnncalc.practice.model import Cell, Draft, Step, Topic, Worked
from cnncalc.practice.slips import Slip
from cnncalc.practice.topics.dropout_spread import (
    INVERTED,
    KEPT,
    RATE,
    RATES,
    SCALED,
    STANDARD,
    compare,
    inverse,
    spread,
    symbolic,
    weighted,
)
from cnncalc.practice.words import counted
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula

__all__ = ["TOPIC"]

_P = {"p": "drop rate"}
_AT_TEST = Formula("x*(1 - p)", x="value of the unit", **_P)
_BY_KEEP = Formula("x / q", x="value of the unit", q="keep probability")
_NETWORKS = Formula("2**n", n="units")


def forward(draw: Draw) -> Draft:
    """How many units are kept, how a value is scaled, or how many networks there are."""
    ask = draw.one(("kept", "inverted", "keep", "test", "networks"))
    p = draw.one(RATES)
    wrong: tuple[tuple[Slip, str], ...]
    if ask == "networks":
        return _networks(draw.whole(3, 12))
    if ask == "kept":
        n = draw.one((20, 40, 100, 200, 400, 500, 1000))
        wrong = ((slips.DROPPED_NOT_KEPT, "n*p"), (slips.SCALED_UP, "n/(1 - p)"))
        return _one(
            {"n": n, "p": p},
            ask,
            f"Dropout with the drop rate {exact(p)} is applied to a layer with {n:,} units. How many units are kept on average?",
            KEPT,
            "kept",
            wrong,
            (RATE,),
            f"{exact(n * p)} are dropped, and {exact(n * p)} + {exact(n * (1 - p))} = {n:,}.",
            f"{exact(n * p)} is how many are dropped.",
        )
    x = draw.one((2, 3, 4, 6, 8, 12))
    if ask == "inverted":
        wrong = (
            (slips.SCALED_DOWN, "x*(1 - p)"),
            (slips.BY_DROP_RATE, "x/p"),
            (slips.UNSCALED, "x"),
        )
        return _one(
            {"x": x, "p": p},
            ask,
            f"A unit has the value {x}. Dropout with the drop rate {exact(p)} is applied to it in training. "
            "What is its value if it is kept?",
            SCALED,
            "value",
            wrong,
            (RATE, INVERTED),
            f"On average it is {exact(1 - p)}·{exact(SCALED.evaluate({'x': x, 'p': p}))} = {x}, as without dropout.",
            "At test time nothing is scaled: that has been done in training.",
        )
    if ask == "keep":
        return _one(
            {"x": x, "q": 1 - p},
            ask,
            f"A unit has the value {x}. Inverted dropout with the keep probability {exact(1 - p)} is applied to it in "
            "training. What is its value if it is kept?",
            _BY_KEEP,
            "value",
            ((slips.KEEP_AS_DROP, "x/(1 - q)"), (slips.SCALED_DOWN, "x*q"), (slips.UNSCALED, "x")),
            ("The keep probability is that with which a unit is not set to 0.",),
            f"On average it is {exact(1 - p)}·{exact(x / (1 - p))} = {x}, as without dropout.",
            f"PyTorch and Keras ask for the drop rate, here {exact(p)}; older texts give the keep probability.",
        )
    wrong = ((slips.BY_DROP_RATE, "x*p"), (slips.SCALED_UP, "x/(1 - p)"), (slips.UNSCALED, "x"))
    return _one(
        {"x": x, "p": p},
        ask,
        f"A network was trained with dropout with the drop rate {exact(p)}. At test time a unit has the value {x} before it "
        "is scaled. Which value do the next layers get?",
        _AT_TEST,
        "value",
        wrong,
        (RATE, STANDARD),
        f"In training the unit was {x} with the probability {exact(1 - p)}, else 0: {exact(x * (1 - p))} on average.",
        "Scaled once only: at test time here, in training if dropout is inverted.",
    )


def _one(
    given: Mapping[str, Exact],
    ask: str,
    question: str,
    formula: Formula,
    name: str,
    wrong: tuple[tuple[Slip, str], ...],
    conventions: tuple[str, ...],
    check: str,
    trap: str,
) -> Draft:
    """A question that one formula answers."""
    answer = Number(formula.evaluate(given))
    return Draft(
        values={"ask": ask, **{n: str(v) if n in "pq" else v for n, v in given.items()}},
        stem=(question,),
        conventions=conventions,
        answer=answer,
        distractors=distinct(answer, [(slip, Number(Formula(text).evaluate(given))) for slip, text in wrong]),
        steps=(Worked(name, Derivation(formula, given)),),
        check=check,
        trap=trap,
    )


def _networks(n: int) -> Draft:
    return _one(
        {"n": n},
        "networks",
        f"Dropout is applied to a layer with {n} units. Between how many networks does it choose, if those in which other "
        "units are kept count as different?",
        _NETWORKS,
        "networks",
        ((slips.TWO_PER_UNIT, "2*n"),),
        ("The network without any unit, and the one with all, are counted.",),
        f"Each unit doubles the number: {' · '.join(['2'] * n)} = {2**n:,}.",
        "All these networks share their weights.",
    )


@cache
def _layer() -> Working:
    """The output of a linear unit on average, from units that all have the same value."""
    return Working(
        (
            Line("q", "share kept", Formula("1 - p", **_P), ((slips.BY_DROP_RATE, Formula("p")),)),
            Line(
                "k",
                "units kept",
                Formula("n*q", n="units"),
                ((slips.DROPPED_NOT_KEPT, Formula("n*(1 - q)")),),
            ),
            Line(
                "s",
                "value of each",
                Formula("x/q", x="value before"),
                ((slips.SCALED_DOWN, Formula("x*q")), (slips.UNSCALED, Formula("x"))),
            ),
            Line("t", "sum of the kept", Formula("k*s")),
            Line(
                "z",
                "output",
                Formula("w*t + b", w="weight", b="bias"),
                ((slips.FORGOT_ONE_BIAS, Formula("w*t")),),
            ),
        )
    )


def error(draw: Draw) -> Draft | None:
    """A layer after dropout, with one slip."""
    given: dict[str, Any] = {
        "n": draw.one((10, 20, 40, 50, 100)),
        "p": draw.one(RATES),
        "x": draw.one((1, 2, 3, 4)),
        "w": draw.one((Fraction(1, 2), 1, 2, 3)),
        "b": draw.one((-2, 1, 3, 5)),
    }
    if given["n"] * given["p"] != int(given["n"] * given["p"]):
        return None
    values = _layer().values(given)
    told = {n: exact(v) for n, v in given.items()}
    return find_the_error(
        draw,
        _layer(),
        given,
        values={n: str(v) for n, v in given.items()},
        task=(
            f"In training, dropout with the drop rate {told['p']} is applied to {counted(given['n'], 'unit')}, which all have "
            f"the value {told['x']}. They go into a linear unit whose weights are all {told['w']}, and whose bias is "
            f"{told['b']}. Its output is to be found if exactly as many units are kept as on average.",
        ),
        check=f"Without dropout it is {told['w']}·{told['n']}·{told['x']} + {factor(given['b'])} = {exact(values['z'])}: "
        "inverted dropout keeps the mean.",
        conventions=(RATE, INVERTED),
    )


#: keep probabilities by which a division ends soon
_KEPT = (Fraction(1, 5), Fraction(1, 4), Fraction(2, 5), Fraction(4, 5), Fraction(1, 10), Fraction(5, 8))


def two_rates(draw: Draw) -> Draft:
    """A book's p is kept, and scales at test time; a library's p is dropped, and scales in training."""
    q, x = draw.one(_KEPT), draw.one((2, 3, 4, 5, 6, 8, 10, 12))
    return _ported_value(q, x) if draw.often(0.5) else _ported_weight(q, x)


def _ported_value(q: Fraction, x: int) -> Draft:
    given = {"x": x, "p": 1 - q}
    scaled, at_test = SCALED.evaluate(given), _AT_TEST.evaluate(given)

    def parts(p: Exact, training: Exact, test: Exact) -> Parts:
        found = (("p", p), ("training", training), ("test", test), ("training/book", Fraction(training) / x))
        return Parts(tuple([(label, Number(value)) for label, value in found]))

    return _ported(
        {"ask": "value", "x": x},
        q,
        f"A unit has the value {x}. Which p drops as many units in the library? What does the library make of the unit in "
        "training if it is kept, and what at test time? What is the exact ratio of its value in training to that in the book?",
        parts(1 - q, scaled, x),
        (
            (slips.KEEP_AS_DROP, parts(q, Fraction(x) / (1 - q), x)),
            (slips.SCALED_DOWN, parts(1 - q, at_test, x)),
            (slips.UNSCALED, parts(1 - q, x, at_test)),
        ),
        (
            Worked("training", Derivation(SCALED, given)),
            f"At test time it is {x}, as nothing is scaled. In the book it is {x} in training if it is kept.",
        ),
        f"At test time the book has {exact(q)}·{x} = {exact(at_test)}: {x}/{exact(at_test)} = {exact(1 / q)} is the ratio "
        "there as well.",
    )


def _ported_weight(q: Fraction, w: int) -> Draft:
    new = Formula("w*(1 - p)", w="weight", **_P)
    given = {"w": w, "p": 1 - q}

    def parts(p: Exact, weight: Exact) -> Parts:
        return Parts((("p", Number(p)), ("weight", Number(weight))))

    right = new.evaluate(given)
    return _ported(
        {"ask": "weight", "x": w},
        q,
        "A network that was trained as in the book goes into the library. Which p drops as many units there? And what has a "
        f"weight of {w} behind the dropout to become, so that the outputs at test time stay the same?",
        parts(1 - q, right),
        (
            (slips.KEEP_AS_DROP, parts(q, right)),
            (slips.SCALED_UP, parts(1 - q, w / q)),
            (slips.UNSCALED, parts(1 - q, w)),
        ),
        (
            f"The library does not scale at test time: the weight takes the factor {exact(q)} of the book.",
            Worked("weight", Derivation(new, given)),
        ),
        f"An input of 10 adds {w}·{exact(q)}·10 = {exact(right * 10)} in the book, and {exact(right)}·10 in the library.",
    )


def _ported(
    values: Mapping[str, Any],
    q: Fraction,
    question: str,
    answer: Parts,
    wrong: tuple[tuple[Slip, Parts], ...],
    steps: tuple[Step, ...],
    check: str,
) -> Draft:
    """From a book's keep probability q to a library's drop rate."""
    return Draft(
        values={**values, "q": str(q)},
        stem=(
            f"A book applies dropout with p = {exact(q)}. There p is the keep probability; nothing is scaled in training, and "
            "at test time the values are multiplied by p. In a library p is the drop rate, the probability with which a unit "
            "is set to 0, and dropout is inverted: in training what is kept is divided by 1 − p, at test time nothing is "
            "scaled.",
            question,
        ),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"The library drops what the book does not keep: p = 1 − {exact(q)} = {exact(1 - q)}.",
            *steps,
        ),
        check=check,
        trap=f"With p = {exact(q)} the library would drop what the book keeps.",
    )


TOPIC = Topic(
    "dropout",
    "Dropout",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, spread),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, weighted),
        Cell("inverse", 3, inverse),
        Cell("compare", 4, two_rates),
        Cell("find-the-error", 4, error),
    ),
)
