"""Dropout as a random experiment: means and variances."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Exact, Expression, Integers, Number, Parts, exact
from cnncalc.practice.compose import RATIO_AND_PERCENT, compared, distinct, percent_swapped
from cnncalc.practice.costs import in_numbers
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import factor
from cnncalc.practice.model import Draft, Worked
from cnncalc.practice.words import listed
from cnncalc.symbolic import Formula, symbol

__all__ = [
    "INVERTED",
    "KEPT",
    "RATE",
    "RATES",
    "SCALED",
    "STANDARD",
    "compare",
    "inverse",
    "spread",
    "symbolic",
    "weighted",
]

RATE = "The drop rate is the probability with which a unit is set to 0."
INVERTED = "Dropout is inverted: in training, what is kept is divided by 1 − p."
STANDARD = "Dropout is not inverted: nothing is scaled in training."
RATES = (Fraction(1, 2), Fraction(1, 5), Fraction(3, 4), Fraction(3, 5), Fraction(9, 10), Fraction(1, 4))
#: those whose p/(1 − p) ends soon
_NICE = tuple([Fraction(p, 20) for p in (4, 10, 12, 15, 16, 18)])
_P = {"p": "drop rate"}
KEPT = Formula("n*(1 - p)", n="units", **_P)
KEPT_VARIANCE = Formula("n*p*(1 - p)", n="units", **_P)
SCALED = Formula("x / (1 - p)", x="value of the unit", **_P)
UNIT_VARIANCE = Formula("x*x*p / (1 - p)", x="value of the unit", **_P)


def spread(draw: Draw) -> Draft | None:
    """Mean and variance of the number of kept units, or of one unit."""
    return _kept_spread(draw) if draw.often(0.5) else _unit_spread(draw)


def _mean_and_variance(mean: Exact, variance: Exact) -> Parts:
    return Parts((("mean", Number(mean)), ("variance", Number(variance))))


def _kept_spread(draw: Draw) -> Draft | None:
    n, p = draw.one((25, 50, 100, 200, 400, 625, 1000)), draw.one((*RATES, Fraction(1, 10)))
    given = {"n": n, "p": p}
    mean, variance = KEPT.evaluate(given), KEPT_VARIANCE.evaluate(given)
    if mean != int(mean) or variance != int(variance):
        return None
    root = isqrt(int(variance))
    answer = _mean_and_variance(mean, variance)
    return Draft(
        values={"ask": "kept", "n": n, "p": str(p)},
        stem=(
            f"Dropout with the drop rate {exact(p)} is applied to a layer with {n:,} units, to each by itself.",
            "What are the mean and the variance of the number of units that are kept?",
        ),
        conventions=(RATE,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.DROPPED_NOT_KEPT, _mean_and_variance(n * p, variance)),
                *([(slips.DEVIATION, _mean_and_variance(mean, root))] if root**2 == variance else []),
                (slips.ONE_FACTOR, _mean_and_variance(mean, mean)),
            ],
        ),
        steps=(
            Worked("mean", Derivation(KEPT, given)),
            Worked("variance", Derivation(KEPT_VARIANCE, given)),
        ),
        check=f"One unit has the variance {exact(p)}·{exact(1 - p)} = {exact(p * (1 - p))}, and {n:,} of them "
        f"{exact(variance)}.",
        trap="The numbers of kept and of dropped units have the same variance, but not the same mean.",
    )


def _unit_spread(draw: Draw) -> Draft:
    x, p = draw.one((1, 2, 3, 4, 5, 6, 10)), draw.one(RATES)
    given = {"x": x, "p": p}
    answer = _mean_and_variance(x, UNIT_VARIANCE.evaluate(given))
    kept = SCALED.evaluate(given)
    return Draft(
        values={"ask": "unit", "x": x, "p": str(p)},
        stem=(
            f"A unit has the value {x}. Dropout with the drop rate {exact(p)} is applied to it in training.",
            "What are the mean and the variance of its output?",
        ),
        conventions=(RATE, INVERTED),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.UNSCALED, _mean_and_variance(x * (1 - p), x * x * p * (1 - p))),
                (slips.BY_DROP_RATE, _mean_and_variance(x, x * x * (1 - p) / p)),
            ],
        ),
        steps=(
            f"The output is {x}/{exact(1 - p)} = {exact(kept)} with the probability {exact(1 - p)}, else 0: "
            f"its mean is {exact(x)}.",
            Worked("variance", Derivation(UNIT_VARIANCE, given)),
        ),
        check=f"The mean of the squares is {exact(1 - p)}·{factor(kept)}² = {exact((1 - p) * kept * kept)}; "
        f"less {x}² it is {exact((1 - p) * kept * kept - x * x)}.",
        trap="Scaling keeps the mean, and makes the variance larger.",
    )


def compare(draw: Draw) -> Draft:
    """The variances that two drop rates give a unit."""
    q, p = sorted(draw.some(_NICE, 2))
    x = draw.one((1, 2, 3, 4, 5, 10))
    a, b = (UNIT_VARIANCE.evaluate({"x": x, "p": rate}) for rate in (p, q))
    answer = compared(a, b, "")
    return Draft(
        values={"x": x, "p": str(p), "q": str(q)},
        stem=(
            f"Dropout is applied in training to a unit with the value {x}: A with the drop rate {exact(p)}, B with "
            f"{exact(q)}.",
            f"What is the variance of its output with each? {RATIO_AND_PERCENT}",
        ),
        conventions=(RATE, INVERTED),
        answer=answer,
        distractors=distinct(answer, [percent_swapped(answer)]),
        steps=(
            f"The variance is {UNIT_VARIANCE.pretty()}.",
            in_numbers("A", UNIT_VARIANCE, {"x": x, "p": p}),
            in_numbers("B", UNIT_VARIANCE, {"x": x, "p": q}),
            f"The value cancels: A/B is {exact(p / (1 - p))} to {exact(q / (1 - q))}.",
        ),
        check=f"{exact(b)} times {exact(Fraction(a) / b)} is {exact(a)}.",
        trap="The two percentages differ: one is of B's variance, the other of A's.",
    )


def symbolic(draw: Draw) -> Draft:
    """Means and variances in the names of the layer."""
    ask, times = draw.one(("kept", "spread", "squares", "variance")), draw.one((1, 2, 3, 4, 5, 6, 8, 10))
    p, n, x = symbol("p"), times * symbol("n"), times * symbol("x")
    units, value = ("n", "x") if times == 1 else (f"{times}n", f"{times}x")
    layer = f"Dropout with the drop rate p is applied to a layer with {units} units, to each by itself. What is the"
    unit = f"A unit has the value {value}, and dropout with the drop rate p is applied to it in training. What is the"
    question, formula, answer, wrong = {
        "kept": (
            f"{layer} mean of the number of units that are kept, in terms of n and p?",
            "n*(1 - p)",
            Expression(n * (1 - p)),
            [(slips.DROPPED_NOT_KEPT, Expression(n * p))],
        ),
        "spread": (
            f"{layer} variance of the number of units that are kept, in terms of n and p?",
            "n*p*(1 - p)",
            Expression(n * p * (1 - p)),
            [(slips.ONE_FACTOR, Expression(n * (1 - p)))],
        ),
        "squares": (
            f"{unit} mean of the square of its output, in terms of x and p?",
            "x*x/(1 - p)",
            Expression(x * x, 1 - p),
            [
                (slips.UNSCALED, Expression(x * x * (1 - p))),
                (slips.BY_DROP_RATE, Expression(x * x, p)),
            ],
        ),
        "variance": (
            f"{unit} variance of its output, in terms of x and p?",
            "x*x*p/(1 - p)",
            Expression(x * x * p, 1 - p),
            [
                (slips.UNSCALED, Expression(x * x * p * (1 - p))),
                (slips.BY_DROP_RATE, Expression(x * x * (1 - p), p)),
            ],
        ),
    }[ask]
    own = ask in ("squares", "variance")
    reason = {
        "kept": "Each unit is kept with the probability 1 − p.",
        "spread": "A unit that is kept with the probability 1 − p has the variance p·(1 − p); those of all units add up.",
        "squares": f"With the probability 1 − p the output is {value}/(1 − p), else 0.",
        "variance": f"With the probability 1 − p the output is {value}/(1 − p), else 0; its mean is {value}.",
    }[ask]
    name = Formula(formula, n="units", x="value of the unit", p="drop rate")
    checks = {
        "kept": "Without dropout, p = 0, all are kept.",
        "spread": "It is 0 for p = 0 and for p = 1, and largest for p = 1/2.",
        "squares": "Without dropout, p = 0, it is the square of the value.",
        "variance": "Without dropout, p = 0, it is 0, and the nearer p is to 1 the more it grows.",
    }
    return Draft(
        values={"ask": ask, "times": times},
        stem=(question,),
        conventions=(RATE, INVERTED) if own else (RATE,),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            reason,
            f"It is {name.pretty()}{f', with {value if own else units} for {(value if own else units)[-1]}' if times > 1 else ''}.",
        ),
        check=checks[ask],
        trap="p is the share that is dropped, in some books the share that is kept.",
    )


def weighted(draw: Draw) -> Draft:
    """A linear unit whose inputs are dropped."""
    inverted, p = draw.often(0.5), draw.one(RATES)
    x, w = draw.some(range(1, 7), 3), draw.some((-2, -1, 1, 2, 3), 3)
    bias = draw.one((-2, -1, 1, 2, 4))
    products = [a * b for a, b in zip(x, w, strict=True)]
    total, squares = sum(products), sum(v * v for v in products)
    q = 1 - p

    def of(inverted: bool, *, dropped: bool = False, summed: bool = False) -> Parts:
        share, noise = (Fraction(1), p / q) if inverted else (q, p * q)
        mean = share * total + bias * (q if dropped else 1)
        return _mean_and_variance(mean, noise * (total**2 if summed else squares))

    answer = of(inverted)
    mean, variance = [part.value for _, part in answer.parts if isinstance(part, Number)]
    kept, noise = (
        ("Scaled up, each keeps its mean", "p/(1 − p)")
        if inverted
        else ("A share of 1 − p is left on average", "p·(1 − p)")
    )
    put_in = f"{exact(p)}/{exact(q)}" if inverted else f"{exact(p)}·{exact(q)}"
    sums = " + ".join(f"{factor(v)}²" if v < 0 else f"{v}²" for v in products)
    return Draft(
        values={"inverted": inverted, "p": str(p), "x": x, "w": w, "b": bias},
        stem=(
            f"A linear unit has the weights {listed([*map(exact, w)])} and the bias {exact(bias)}. Its inputs "
            f"{listed([*map(str, x)])} go through dropout with the drop rate {exact(p)} in training, each by itself.",
            "What are the mean and the variance of its output?",
        ),
        conventions=(RATE, INVERTED if inverted else STANDARD),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.UNSCALED if inverted else slips.SCALED_UP, of(not inverted)),
                (slips.BIAS_DROPPED, of(inverted, dropped=True)),
                (slips.SQUARED_SUM, of(inverted, summed=True)),
            ],
        ),
        steps=(
            f"The products of weights and inputs are {listed([*map(exact, products)])}; their sum is {exact(total)}.",
            f"{kept}: the mean is {exact(1 if inverted else q)}·{factor(total)} + "
            f"{factor(bias)} = {exact(mean)}.",
            f"The variance of each is its square times {noise}: ({sums})·{put_in} = {squares}·{exact(p / q if inverted else p * q)} "
            f"= {exact(variance)}.",
        ),
        check=f"Without dropout the output is {exact(total)} + {factor(bias)} = {exact(total + bias)}"
        f"{', which is the mean' if inverted else f'; dropout takes {exact(p)}·{factor(total)} from it'}.",
        trap="The bias is not dropped, and adds nothing to the variance.",
    )


def inverse(draw: Draw) -> Draft:
    """Which drop rates have this variance?"""
    n = draw.one((50, 100, 200, 400, 1000))
    percent = draw.one((5, 10, 20, 25, 30, 40, 60, 75, 80, 90))
    p = Fraction(percent, 100)
    variance = KEPT_VARIANCE.evaluate({"n": n, "p": p})
    answer = Integers(tuple(sorted({percent, 100 - percent})))
    product = exact(p * (1 - p))
    return Draft(
        values={"n": n, "variance": str(variance)},
        stem=(
            f"Dropout is applied to a layer with {n:,} units, to each by itself. The number of units that are kept has the "
            f"variance {exact(variance)}.",
            "Which drop rates, in whole per cent, can it have? Give all of them.",
        ),
        conventions=(RATE,),
        answer=answer,
        distractors=distinct(answer, [(slips.ONE_OF_MANY, Integers(answer.values[:1]))]),
        steps=(
            f"n·p·(1 − p) = {exact(variance)}, so p·(1 − p) = {exact(variance)}/{n:,} = {product}.",
            f"p² − p + {product} = 0 has the roots {exact(answer.values[0] * Fraction(1, 100))} and "
            f"{exact(answer.values[1] * Fraction(1, 100))}.",
        ),
        check=f"{n:,}·{exact(p)}·{exact(1 - p)} = {exact(variance)}.",
        trap="p and 1 − p can change places: the variance is the same.",
    )
