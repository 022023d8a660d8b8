"""Softmax and cross-entropy with scores whose exponentials are whole numbers."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Exact, Expression, Integers, Matrix, Number, exact
from cnncalc.practice.compose import distinct, find_the_error
from cnncalc.practice.draw import Draw
from cnncalc.practice.maps import factor, written
from cnncalc.practice.model import Cell, Draft, Topic, Worked
from cnncalc.practice.words import listed
from cnncalc.practice.working import Line, Working
from cnncalc.symbolic import Formula, symbol

__all__ = ["TOPIC"]

_LOG = "ln is the natural logarithm."
_LOSS = "The loss is the cross-entropy −ln p, with the softmax probability p of the right class."
_SOFTMAX = Formula("e / S", e="exponential of the score", S="sum of all exponentials")
_SUMS = (6, 8, 9, 10, 12, 15, 16, 20)


def _exponentials(draw: Draw) -> tuple[int, ...] | None:
    """Three different ones; their logarithms are the scores."""
    found = draw.some(range(1, 13), 3)
    return found if sum(found) in _SUMS else None


def _score(exponential: int) -> str:
    return f"ln {exponential}" if exponential > 1 else "0"


def _scores(exponentials: tuple[int, ...]) -> str:
    return listed([_score(e) for e in exponentials])


def _softmax(exponentials: tuple[int, ...]) -> tuple[Fraction, ...]:
    return tuple([Fraction(e, sum(exponentials)) for e in exponentials])


def _row(values: tuple[Exact, ...] | list[Exact] | list[Fraction]) -> Matrix:
    return Matrix((tuple(values),))


def _steps(e: tuple[int, ...]) -> tuple[str, ...]:
    sums = " + ".join(map(str, e))
    return (
        f"exp(ln a) = a{' and exp(0) = 1' if 1 in e else ''}: the exponentials are {listed([*map(str, e)])}, "
        f"their sum is {sums} = {sum(e)}.",
        f"The probabilities are {listed([f'{a}/{sum(e)}' for a in e])}.",
    )


def forward(draw: Draw) -> Draft | None:
    """Probabilities of three scores."""
    e = _exponentials(draw)
    if e is None:
        return None
    total = sum(e)
    answer = _row(list(_softmax(e)))
    zeroed = [a if a > 1 else 0 for a in e]
    return Draft(
        values={"e": e},
        stem=(
            f"A network gives the scores {_scores(e)} to three classes.",
            "Which probabilities does softmax turn them into?",
        ),
        conventions=(_LOG,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.EXP_OF_ZERO, _row([Fraction(a, sum(zeroed)) for a in zeroed])),
                (slips.NOT_NORMALISED, _row(e)),
                (slips.BY_LARGEST, _row([Fraction(a, max(e)) for a in e])),
                (slips.OWN_LEFT_OUT, _row([Fraction(a, total - a) for a in e])),
            ],
        ),
        steps=(*_steps(e), Worked("first probability", Derivation(_SOFTMAX, {"e": e[0], "S": total}))),
        check=f"{' + '.join(f'{a}/{total}' for a in e)} = 1.",
        trap="The scores themselves are logarithms: their ratios say nothing, those of their exponentials do.",
    )


def loss_or_gradient(draw: Draw) -> Draft | None:
    """The loss, as the number whose logarithm it is; or its gradient with respect to the scores."""
    e = _exponentials(draw)
    if e is None:
        return None
    return _loss(e, draw.whole(0, 2)) if draw.often(0.5) else _gradient(e, draw.whole(0, 2))


def _loss(e: tuple[int, ...], target: int) -> Draft:
    total, own = sum(e), e[target]
    answer = Number(Fraction(total, own))
    everything = Fraction(total**3, e[0] * e[1] * e[2])
    return Draft(
        values={"ask": "loss", "e": e, "target": target},
        stem=(
            f"A network gives the scores {_scores(e)} to three classes. Class {target + 1} is right.",
            "The loss is ln r. What is r?",
        ),
        conventions=(_LOSS, _LOG),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.NOT_INVERTED, Number(Fraction(own, total))),
                (slips.OWN_LEFT_OUT, Number(Fraction(total - own, own))),
                (slips.ALL_CLASSES, Number(everything)),
            ],
        ),
        steps=(*_steps(e), f"−ln({own}/{total}) = ln({total}/{own})."),
        check=f"The loss is also ln of the sum of the exponentials less the score: ln {total} − {_score(own)}.",
        trap="The smaller the probability of the right class, the larger r.",
    )


def _gradient(e: tuple[int, ...], target: int) -> Draft:
    p = _softmax(e)
    found = [share - (i == target) for i, share in enumerate(p)]
    answer = _row(found)
    return Draft(
        values={"ask": "gradient", "e": e, "target": target},
        stem=(
            f"A network gives the scores {_scores(e)} to three classes. Class {target + 1} is right.",
            "What is the gradient of the loss with respect to the three scores?",
        ),
        conventions=(_LOSS, _LOG),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.ERROR_REVERSED, _row([-v for v in found])),
                (slips.TARGET_FORGOTTEN, _row(list(p))),
                (
                    slips.FOR_PROBABILITY,
                    _row([-1 / p[target] if i == target else Fraction(0) for i in range(3)]),
                ),
            ],
        ),
        steps=(
            *_steps(e),
            f"The gradient is p − 1 for the right class and p for the others: "
            f"{listed([_fraction(v) for v in found])}.",
        ),
        check="The three numbers add up to 0, and only that of the right class is negative.",
        trap="Descent goes against the gradient: it raises the right score and lowers all others.",
    )


def _fraction(value: Fraction) -> str:
    """−3/8: never in decimals."""
    text = (
        f"{abs(value.numerator)}/{value.denominator}" if value.denominator > 1 else str(abs(value.numerator))
    )
    return f"−{text}" if value < 0 else text


def weights(draw: Draw) -> Draft | None:
    """The gradient of the weights of the last layer."""
    e, target = _exponentials(draw), draw.whole(0, 2)
    x = draw.some((-3, -2, -1, 1, 2, 3, 4), 2)
    if e is None:
        return None
    p = _softmax(e)

    def outer(of: list[Fraction]) -> Matrix:
        return Matrix(tuple([tuple([v * w for w in x]) for v in of]))

    found = [share - (i == target) for i, share in enumerate(p)]
    answer = outer(found)
    return Draft(
        values={"ask": "weights", "e": e, "target": target, "x": x},
        stem=(
            f"The last layer of a network is linear, with 3 outputs and 2 inputs. For the inputs {exact(x[0])} and "
            f"{exact(x[1])} it gives the scores {_scores(e)}. Class {target + 1} is right.",
            "What is the gradient of the loss with respect to its weights? Give a row for each class.",
        ),
        conventions=(_LOSS, _LOG),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.TARGET_FORGOTTEN, outer(list(p))),
                (slips.ERROR_REVERSED, outer([-v for v in found])),
                (slips.TARGET_ROW, outer([v if i == target else Fraction(0) for i, v in enumerate(found)])),
            ],
        ),
        steps=(
            *_steps(e),
            f"The gradient of the scores is {listed([_fraction(v) for v in found])}: p, less 1 for the right class.",
            "A weight's gradient is that of its score times its input:",
            written(answer.rows),
        ),
        check="Each column adds up to 0, as the gradient of the scores does.",
        trap="The scores of the wrong classes have a gradient too, for they are in the sum of the softmax.",
    )


def symbolic(draw: Draw) -> Draft:
    """Probabilities and gradients with many classes that are alike."""
    own, ask = draw.whole(2, 9), draw.one(("own", "other", "gradient"))
    k = symbol("K")
    total = k + (own - 1)
    top, answer = {
        "own": (own, Expression(own, total)),
        "other": (1, Expression(1, total)),
        "gradient": (own, Expression(1 - k, total)),
    }[ask]
    question = {
        "own": "Which probability does softmax give to the first class",
        "other": "Which probability does softmax give to the second class",
        "gradient": "The first class is right. What is the gradient of the loss with respect to its score",
    }[ask]
    wrong = {
        "gradient": [
            (slips.TARGET_FORGOTTEN, Expression(own, total)),
            (slips.ERROR_REVERSED, Expression(k - 1, total)),
        ],
        "own": [
            (slips.OWN_LEFT_OUT, Expression(own, k - 1)),
            (slips.CLASS_TOO_MANY, Expression(own, k + own)),
        ],
        "other": [
            (slips.OWN_LEFT_OUT, Expression(1, k + (own - 2))),
            (slips.CLASS_TOO_MANY, Expression(1, k + own)),
        ],
    }[ask]
    last = f"Less 1 for the right class, it is ({own} − (K + {own - 1}))/(K + {own - 1})."
    return Draft(
        values={"own": own, "ask": ask},
        stem=(
            f"A network has K classes, at least 3. It gives the score ln {own} to the first and 0 to all others.",
            f"{question}, in terms of K?",
        ),
        conventions=(_LOSS, _LOG) if ask == "gradient" else (_LOG,),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            f"exp(ln {own}) = {own} and exp(0) = 1: the sum is {own} + (K − 1) = K + {own - 1}.",
            f"The probability is {top}/(K + {own - 1}).",
            *([last] if ask == "gradient" else []),
        ),
        check=f"With K = 3 the probabilities are {own}/{own + 2}, 1/{own + 2} and 1/{own + 2}: together 1.",
        trap="A score of 0 counts as 1 in the sum.",
    )


_MOST = Formula("a*q - a - b", a="exponential of class 1", q="1/probability", b="exponential of class 2")
_LEAST = Formula(
    "(a + b)*(q - 1)", a="exponential of class 1", b="exponential of class 2", q="1/(1 − probability)"
)


def inverse(draw: Draw) -> Draft | None:
    """Which scores of the third class keep a probability above a bound?"""
    a, b = draw.some(range(1, 10), 2)
    q, raised = draw.one((2, 3, 4, 5)), draw.often(0.4)
    given = {"a": a, "b": b, "q": q}
    if raised:
        share, name = Fraction(q - 1, q), 3
        bound = _LEAST.evaluate(given)
        answer = Integers((bound,), onwards=True)
        odds = Integers((-(-(q - 1) * (a + b) // q),), onwards=True)
        worked, told = _LEAST, f"x/({a} + {b} + x) ≥ {share} is x·{q} ≥ {q - 1}·({a + b} + x)."
        beyond = bound - 1
        reached, less = (Fraction(x, a + b + x) for x in (bound, beyond))
    else:
        share, name = Fraction(1, q), 1
        bound = _MOST.evaluate(given)
        if bound < 3:
            return None
        answer = Integers(tuple(range(1, bound + 1)))
        odds = Integers(tuple(range(1, a * q - b + 1)))
        worked, told = _MOST, f"{a}/({a} + {b} + x) ≥ {share} is {a}·{q} ≥ {a} + {b} + x."
        beyond = bound + 1
        reached, less = (Fraction(a, a + b + x) for x in (bound, beyond))
    return Draft(
        values={**given, "raised": raised, "share": str(share)},
        stem=(
            f"A network gives the scores {_score(a)}, {_score(b)} and ln x to three classes, with a whole number x of at "
            "least 1.",
            f"For which x is the softmax probability of class {name} at least {share}? Give all of them.",
        ),
        conventions=(_LOG,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.OWN_LEFT_OUT, odds),
                (slips.ONE_OF_MANY, Integers((bound,))),
            ],
        ),
        steps=(
            told,
            Worked("least x" if raised else "largest x", Derivation(worked, given)),
        ),
        check=f"With x = {bound} the probability is {reached}, with x = {beyond} it is {less}, which is less.",
        trap="x is in the denominator as well.",
    )


@cache
def _step() -> Working:
    """From the exponentials to a new weight of the right class."""
    return Working(
        (
            Line("S", "sum of exponentials", Formula("a + b + c"), ((slips.OWN_LEFT_OUT, Formula("b + c")),)),
            Line("p", "p of class 1", Formula("a/S")),
            Line(
                "d",
                "dL/d(score 1)",
                Formula("p - 1"),
                ((slips.TARGET_FORGOTTEN, Formula("p")), (slips.ERROR_REVERSED, Formula("1 - p"))),
            ),
            Line("g", "dL/dw", Formula("d*x"), ((slips.TIMES_WEIGHT, Formula("d*w")),)),
            Line("v", "new w", Formula("w - r*g"), ((slips.UPHILL, Formula("w + r*g")),)),
        )
    )


def error(draw: Draw) -> Draft | None:
    """A step of gradient descent for a weight of the right class, with one slip."""
    e = _exponentials(draw)
    if e is None:
        return None
    a, b, c = e
    given: dict[str, int | Fraction] = {
        "a": a,
        "b": b,
        "c": c,
        "x": draw.one((-4, -2, 2, 3, 4, 5)),
        "w": draw.one((-3, -1, 1, 2)),
        "r": Fraction(1, draw.one((2, 4, 5, 10))),
    }
    values = _step().values(given)
    if 10_000 % Fraction(values["v"]).denominator:
        return None
    return find_the_error(
        draw,
        _step(),
        given,
        values={**given, "r": str(given["r"])},
        task=(
            f"A network gives the scores {_scores(e)} to three classes, and class 1 is right. Its score has a weight "
            f"w = {exact(given['w'])}, whose input is x = {exact(given['x'])}. One step of gradient descent with the "
            f"learning rate {exact(given['r'])} is made for w.",
        ),
        check=f"The step changes the score by {factor(values['v'] - given['w'])}·{factor(given['x'])} = "
        f"{exact((values['v'] - given['w']) * given['x'])}: it raises the score of the right class.",
        conventions=(_LOSS, _LOG),
    )


TOPIC = Topic(
    "cross-entropy",
    "Softmax and cross-entropy",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, loss_or_gradient),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, weights),
        Cell("inverse", 3, inverse),
        Cell("find-the-error", 4, error),
    ),
)
