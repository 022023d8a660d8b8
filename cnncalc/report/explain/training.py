"""What matters when a layer is trained: its initialisation, the statistics of a normalisation, dropout."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from cnncalc.layers import Derivation
from cnncalc.layers.facts import Dropping, Fans, Scheme
from cnncalc.passes.initialisation import bound_squared, gain_squared, variance
from cnncalc.report.explain.model import (
    Line,
    Part,
    Prose,
    Row,
    chain,
    counted,
    fractions,
    givens,
    inline,
    rooted,
)
from cnncalc.report.explain.quantities import Subject
from cnncalc.symbolic import Dim, symbol

__all__ = ["dropout", "initialisation", "statistics"]


def initialisation(of: Subject) -> Part | None:
    """Fan-in, fan-out, and the standard deviations of Kaiming, Xavier and torch."""
    fans = of.layer.fans(*of.inputs)
    if not fans:
        return None
    rows: list[Row] = []
    for fan in fans:
        rows += _weight(fan, titled=len(fans) > 1)
    return Part("Initialisation", tuple(rows), fans[0].fan_in.value)


def _weight(fans: Fans, *, titled: bool) -> Iterator[Row]:
    if titled:
        yield Row("Weight", (fans.tensor,))
    yield Row("Given", givens(fans.fan_in, fans.fan_out, fans.true_in, fans.true_out))
    yield Row("Fans", (chain("fan_in", fans.fan_in), chain("fan_out", fans.fan_out)))
    if fans.true_out != fans.fan_out or fans.true_in != fans.fan_in:
        yield Row("But", _differing(fans))
    kaiming = variance(fans, "kaiming", gain_squared("relu"))
    yield Row("Kaiming", ("of ReLU: g = gain² = 2, n = fan_in",))
    yield Row("", _spread(kaiming))
    yield Row("Xavier", ("g = gain² = 1, n = fan_in, m = fan_out",))
    yield Row("", _spread(variance(fans, "xavier", Fraction(1))))
    yield Row("torch", (f"by default {_SCHEMES[fans.scheme]}",))
    own = _spread(variance(fans, "default", Fraction(1)))
    yield Row("", own[:2] if fans.scheme == "xavier_normal" else own)
    yield Row("Answer", ("fan_in = ", counted(fans.fan_in.value), "; Kaiming's ", _std(kaiming)), bold=True)
    if fans.sums_over is not None:
        yield from _kept(fans)
    wrong = Derivation(kaiming.formula, {**kaiming.values, "n": fans.fan_out.value})
    if wrong != kaiming:
        yield Row("Trap", (_std(wrong), " divides by fan_out"))


_SCHEMES: dict[Scheme, str] = {
    "kaiming_uniform": "Kaiming's uniform with a slope of √5",
    "xavier_uniform": "Xavier's uniform",
    "xavier_normal": "Xavier's normal",
}


def _spread(square: Derivation) -> tuple[Line, ...]:
    """Var(w), std = √Var(w), and the bound of a uniform distribution with this variance."""
    bound = rooted("bound", bound_squared(square))
    return (fractions("Var(w)", square), _std(square), Line(bound.sides[1:], bound.name))


def _std(square: Derivation) -> Line:
    """std = √(2/75) ≈ 0.1633: the numbers put in."""
    return Line(rooted("std", square).sides[1:], "std")


def _kept(fans: Fans) -> Iterator[Row]:
    """What a layer of weights and the ReLU after it make of the mean square."""
    n, t = fans.fan_in.value, fans.true_in.value
    if t == n:
        yield Row("Check", ("a ReLU layer keeps the mean square: ", inline("n*(2/n)/2", {"n": n})))
    else:
        times = inline("t*(2/n)/2", {"n": n, "t": t})
        yield Row(
            "But",
            (
                "a ReLU layer multiplies the mean square by ",
                times,
                ", for torch's fan_in is not the real one",
            ),
        )


def _differing(fans: Fans) -> Prose:
    """The fans that there really are, where torch's are others."""
    words: list[object] = ["torch counts by the weight's shape; really there are "]
    if fans.true_in != fans.fan_in:
        words += [chain(None, fans.true_in), " inputs of an output, on average"]
    if fans.true_out != fans.fan_out:
        words += [" and " if len(words) > 1 else "", chain(None, fans.true_out), " outputs of an input"]
    return tuple(words)  # type: ignore[arg-type]


def statistics(of: Subject) -> Part | None:
    """What a normalisation averages over, for a batch of N images."""
    answer = of.layer.statistics(of.inputs[0], symbol("N"))
    if answer is None:
        return None
    what = "means and as many variances" if answer.centred else "mean squares (no mean is taken off)"
    own = "the batch's own" if "N" in answer.over else "each image's own"
    later = "running ones, kept in training from unbiased variances" if answer.running else own
    total: Dim = of.inputs[0].elements
    rows = [
        Row("Given", givens(answer.values, answer.count)),
        Row("Over", (f"the axes {', '.join(answer.over)}",)),
        Row("Each", (chain("numbers", answer.values),)),
        Row("How many", (chain("pairs" if answer.centred else "count", answer.count),)),
        Row("Answer", (counted(answer.count.value), f" {what} for a batch of N"), bold=True),
        Row(
            "Check",
            (
                "together they cover the batch: ",
                inline("c*v", {"c": answer.count.value, "v": answer.values.value}),
                " = N times ",
                counted(total),
            ),
        ),
        Row("Variance", (f"in training {own}, divided by the count (biased); in inference {later}",)),
    ]
    return Part("Statistics", tuple(rows), answer.count.value)


def dropout(of: Subject) -> Part | None:
    """Expectation and variance of a number, and of how many units are kept."""
    answer = of.layer.dropping(of.inputs[0])
    if answer is None:
        return None
    rows = [
        Row("Given", givens(answer.kept_mean)),
        *_of_a_number(answer),
        Row("Kept", (chain("E", answer.kept_mean), chain("Var", answer.kept_variance))),
        Row(
            "Answer",
            (f"of all {answer.unit}s in an image, ", _final(answer.kept_mean), " are kept on average"),
            bold=True,
        ),
        Row("Inference", ("nothing is dropped and nothing is scaled",)),
    ]
    return Part("Dropout in training", tuple(rows), answer.kept_mean.value)


def _final(derivation: Derivation) -> Line:
    return Line(derivation.formula.stages(derivation.values)[-1:])


def _of_a_number(answer: Dropping) -> Iterator[Row]:
    if answer.scale is None or answer.mean is None or answer.variance is None:
        yield Row("Number", ("an input with mean 0 and variance 1 keeps both",))
        return
    yield Row("Scale", (chain("factor of what is kept", answer.scale),))
    yield Row("Number x", (chain("E[y]/x", answer.mean), chain("Var[y]/x²", answer.variance)))
