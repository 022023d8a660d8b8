"""How folding works, in symbols and with small numbers: one example of every kind of fold that a network has."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from cnncalc.analysis import Analysis
from cnncalc.layers import Derivation
from cnncalc.layers.folding import (
    ABSORBED_BIAS,
    ABSORBED_WEIGHT,
    FORWARD_BIAS,
    FORWARD_WEIGHT,
    SCALE,
    SHIFT,
)
from cnncalc.passes.fold_bn import Folding, Verdict
from cnncalc.passes.fold_bn.savings import SAVED_BUFFERS, SAVED_PARAMS
from cnncalc.report.explain import Document
from cnncalc.report.explain.model import Explanation, Line, Part, Row, chain, givens, inline
from cnncalc.spec.printer import layer_as_word
from cnncalc.symbolic import Formula

__all__ = ["explanation"]

#: numbers with which every step can be followed in the head: √(variance + eps) = 2
_NORM = {"g": 3, "B": 1, "m": 4, "d": 2}
_S, _T = Fraction(3, 2), -5
_WEIGHT, _BIAS, _X = 2, 1, 3

NORMALISED = Formula("g*(y - m)/d + B")
PRODUCT = Formula("W*x + b")


def explanation(analysis: Analysis, folding: Folding) -> Document:
    """The working for the first fold of each kind."""
    found: dict[str, Verdict] = {}
    for verdict in folding.verdicts:
        if verdict.direction is not None:
            found.setdefault(verdict.direction, verdict)
    layers = [_explained(folding, verdict) for verdict in found.values()]
    return Document(analysis, None, (), tuple(layers))


def _explained(folding: Folding, verdict: Verdict) -> Explanation:
    into = verdict.targets[0].node
    word = {node.name: layer_as_word(node.layer) for node in folding.network.nodes}
    title = f"{verdict.node} into {into}, {verdict.direction}"
    subtitle = f"{into}: {word[into]}   {verdict.node}: {word[verdict.node]}"
    if verdict.direction == "merged":
        return Explanation(title, subtitle, (_branches(),), _MERGED_TRAP)
    parts = [_scale()]
    parts += [
        _backward() if verdict.direction == "backward" else _forward(),
        *_counts(folding, verdict, into),
    ]
    if verdict.border is not None:
        parts.append(Part("Border", (Row("", (chain("share", verdict.border),)), Row("", (_BORDER,)))))
    trap = _BACKWARD_TRAP if verdict.direction == "backward" else _FORWARD_TRAP
    return Explanation(title, subtitle, tuple(parts), trap)


_BACKWARD_TRAP = "scaling the weights and forgetting that the bias and the running mean are scaled as well: b' is not b + B − m."
_FORWARD_TRAP = "folding forward into a layer that pads zeros: at the border fewer weights see the summand t."
_MERGED_TRAP = (
    "adding the 1×1 kernel to a corner: it belongs to the tap that reads its own position, the middle one."
)
_BORDER = "at these positions some taps read zeros, which the normalisation has not seen: they lack W·t each"


def _at(formula: Formula, **values: object) -> Derivation:
    return Derivation(formula, {name: values[name] for name in formula.names})


def _scale() -> Part:
    """s and t of one channel."""
    s, t = _at(SCALE, **_NORM), _at(SHIFT, **_NORM, s=_S)
    rows = (
        Row(
            "In words",
            ("in inference a normalisation is s·y + t, with fixed numbers s and t for each channel",),
        ),
        Row("Given", givens(s, _at(SHIFT, **_NORM, s=1))[:4]),
        Row("Formula", (chain("s", s), chain("t", t))),
    )
    return Part("The normalisation as a factor and a summand", rows)


def _backward() -> Part:
    weight = _at(ABSORBED_WEIGHT, s=_S, W=_WEIGHT)
    bias = _at(ABSORBED_BIAS, s=_S, b=_BIAS, t=_T)
    y = _at(PRODUCT, W=_WEIGHT, x=_X, b=_BIAS)
    before = _at(NORMALISED, **_NORM, y=y.value)
    after = _at(PRODUCT, W=_exact(weight), x=_X, b=_exact(bias))
    rows = (
        Row("In words", ("s·(W·x + b) + t = (s·W)·x + (s·b + t): filter o takes the numbers of channel o",)),
        Row("Formula", (chain("W'", weight), chain("b'", bias))),
        *_checked((chain("y", y), chain("normalised", before)), chain("folded", after)),
    )
    return Part("The weights", rows)


def _forward() -> Part:
    weight = _at(FORWARD_WEIGHT, s=_S, W=_WEIGHT)
    bias = _at(FORWARD_BIAS, W=_WEIGHT, b=_BIAS, t=_T)
    y = _at(NORMALISED, **_NORM, y=_X)
    before = _at(PRODUCT, W=_WEIGHT, x=_exact(y), b=_BIAS)
    after = _at(PRODUCT, W=_exact(weight), x=_X, b=_exact(bias))
    rows = (
        Row("In words", ("W·(s·x + t) + b = (W·s)·x + (b + W·t), summed over all channels and taps",)),
        Row("Formula", (chain("W'", weight), chain("b'", bias))),
        *_checked((chain("normalised", y), chain("y", before)), chain("folded", after)),
    )
    return Part("The weights", rows)


def _exact(derivation: Derivation) -> Fraction:
    return Fraction(derivation.formula.evaluate(derivation.values))


def _checked(before: tuple[Line, ...], after: Line) -> Iterator[Row]:
    yield Row("Before", (f"at x = {_X}",))
    yield Row("", before)
    yield Row("After", (after,))


def _counts(folding: Folding, verdict: Verdict, into: str) -> Iterator[Part]:
    """What the fold saves, counted on the real layers."""
    network = folding.network
    norm = network.nodes[verdict.index]
    (layer,) = [node for node in network.nodes if node.name == into]
    tensors = {w.name: w for w in layer.layer.weights(*network.input_shapes(layer))}
    own = {w.name for w in norm.layer.weights(*network.input_shapes(norm))}
    filled = {
        w.name: w
        for n in folding.folded.nodes
        if n.name == into
        for w in n.layer.weights(*folding.folded.input_shapes(n))
    }
    if not {"weight", "bias", "running_mean"} <= own or "bias" not in filled or len(verdict.targets) > 1:
        return
    values = {"C": norm.output.channels, "A": int("bias" not in tensors), "K": filled["bias"].elements}
    params, buffers = _at(SAVED_PARAMS, **values), _at(SAVED_BUFFERS, **values)
    rows = (
        Row("Given", givens(params)),
        Row("Formula", (chain("parameters", params), chain("buffers", buffers))),
    )
    yield Part("What is saved", rows)


def _branches() -> Part:
    """The kernel of a sum of branches, at its middle tap."""
    formula = "u + v + s"
    rows = (
        Row(
            "In words", ("k*x + l*x + s·x = (k + l + s·I)*x: kernels that slide over the same input add up",)
        ),
        Row(
            "",
            ("a 1×1 kernel is a 3×3 with zeros around, and the input itself a 1×1 with 1 on the diagonal",),
        ),
        Row(
            "Given",
            givens(
                Derivation(
                    Formula(
                        formula,
                        u="middle tap of the 3×3, folded",
                        v="the 1×1, folded",
                        s="factor of the branch without weights; 1 for the input itself",
                    ),
                    {"u": 5, "v": 2, "s": 1},
                )
            ),
        ),
        Row("Formula", (chain("middle", Derivation(Formula(formula), {"u": 5, "v": 2, "s": 1})),)),
        Row(
            "",
            (
                "off the diagonal without s, at the other taps u alone; the biases add up: ",
                inline("3 + 4 - 1", {}),
            ),
        ),
    )
    return Part("The kernel", rows)
