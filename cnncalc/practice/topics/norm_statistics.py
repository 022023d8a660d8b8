"""What batch, layer, instance, group and RMS normalisation average over."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cnncalc.layers import KINDS, Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Expression, Integers, Number, Parts, shown
from cnncalc.practice.compose import RATIO_AND_PERCENT, compared, distinct, percent_swapped
from cnncalc.practice.costs import in_numbers
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Draft, Grid, Topic, Worked
from cnncalc.practice.topics.norm_values import NAMES, SLIPS, error, small, vector
from cnncalc.practice.words import listed, square
from cnncalc.shape import Shape
from cnncalc.symbolic import Dim, Formula, symbol

__all__ = ["TOPIC"]

_LAYER = "Layer normalisation is over C, H and W."


@cache
def _formulas(kind: str) -> tuple[Formula, Formula]:
    """How many means there are, and how many numbers each is taken over: in N, C, H, W and G."""
    build: Any = KINDS[kind]
    layer = build(groups=symbol("G")) if kind == "gn" else build()
    found = layer.statistics(Shape((symbol("C"), symbol("H"), symbol("W"))), symbol("N"))
    return found.count.formula, found.values.formula


def _batch(draw: Draw) -> dict[str, int]:
    channels = draw.one((8, 16, 32, 64))
    size = draw.one((4, 7, 8, 14, 16))
    return {
        "N": draw.one((2, 4, 10, 16, 32)),
        "C": channels,
        "H": size,
        "W": size,
        "G": draw.one((2, 4, channels // 4)),
    }


def _told(v: Mapping[str, int]) -> str:
    return f"A batch of {v['N']} images with {v['C']} channels of {square(v['H'])} (N×C×H×W)"


def _norm(kind: str, groups: int) -> str:
    return f"{NAMES[kind]} with {groups} groups" if kind == "gn" else NAMES[kind]


def _both(kind: str, v: Mapping[str, Any]) -> Parts:
    count, values = _formulas(kind)
    return Parts((("means", Number(count.evaluate(v))), ("numbers each", Number(values.evaluate(v)))))


def _of(formula: Formula, v: Mapping[str, Any]) -> Derivation:
    return Derivation(formula, {n: v[n] for n in formula.names})


def forward(draw: Draw) -> Draft:
    """How many means, and over how many numbers each."""
    kind, v = draw.one(tuple(NAMES)), _batch(draw)
    answer = _both(kind, v)
    others = [other for other in NAMES if other != kind and (other != "gn" or kind == "gn")]
    count, values = _formulas(kind)
    total = v["N"] * v["C"] * v["H"] * v["W"]
    means, each = count.evaluate(v), values.evaluate(v)
    return Draft(
        values={"kind": kind, **v},
        stem=(
            f"{_told(v)} goes through {_norm(kind, v['G'])}.",
            "How many means are taken, and over how many numbers each?",
        ),
        answer=answer,
        distractors=distinct(answer, [(SLIPS[other], _both(other, v)) for other in others]),
        steps=(Worked("means", _of(count, v)), Worked("numbers each", _of(values, v))),
        check=f"{means:,}·{each:,} = {total:,}: each number of the batch is in one mean.",
        trap={
            "bn": "Batch normalisation keeps the channels apart, not the images.",
            "ln": "Layer normalisation keeps the images apart, not the channels.",
            "in": "Instance normalisation keeps both the images and the channels apart.",
            "gn": "The groups are of channels, and every image has its own.",
        }[kind],
    )


def compare(draw: Draw) -> Draft | None:
    """The means of two normalisations."""
    v = _batch(draw)
    first, second = draw.some(tuple(NAMES), 2)
    a, b = (_formulas(kind)[0].evaluate(v) for kind in (first, second))
    if a <= b:
        return None
    answer = compared(a, b, "means")
    return Draft(
        values={"first": first, "second": second, **v},
        stem=(
            f"{_told(v)} goes through A, {_norm(first, v['G'])}, or B, {_norm(second, v['G'])}.",
            f"How many means does each have? {RATIO_AND_PERCENT}",
        ),
        answer=answer,
        distractors=distinct(answer, [percent_swapped(answer)]),
        steps=(
            Worked("A", _of(_formulas(first)[0], v)),
            Worked("B", _of(_formulas(second)[0], v)),
        ),
        check=f"A averages over {_formulas(first)[1].evaluate(v):,} numbers each and B over "
        f"{_formulas(second)[1].evaluate(v):,}: the inverse ratio.",
        trap="The two percentages differ: one is of B's means, the other of A's.",
    )


def symbolic(draw: Draw) -> Draft:
    """The same in names."""
    kind, means, per = draw.one(tuple(NAMES)), draw.often(0.4), draw.one((1, 2, 4))
    groups = draw.one((2, 4, 8))
    wide = per * groups if kind == "gn" else per
    # K: the formulas have a C of their own
    c = symbol("K")
    v: dict[str, Dim] = {"N": symbol("N"), "C": wide * c, "H": symbol("H"), "W": symbol("W"), "G": groups}
    formula = _formulas(kind)[0 if means else 1]
    count, each = (shown(Expression(f.evaluate(v))) for f in _formulas(kind))
    answer = Expression(formula.evaluate(v))
    others = [other for other in NAMES if other != kind and (other != "gn" or kind == "gn")]
    deep = "K" if wide == 1 else f"{wide}K"
    return Draft(
        values={"kind": kind, "means": means, "wide": wide, "groups": groups},
        stem=(
            f"A batch of N images with {deep} channels of H×W goes through "
            f"{_norm(kind, groups).replace('C, H and W', 'channels, height and width')}.",
            f"{'How many means are taken' if means else 'Over how many numbers is each mean taken'}, in terms of N, K, H "
            "and W?",
        ),
        answer=answer,
        distractors=distinct(
            answer,
            [(SLIPS[other], Expression(_formulas(other)[0 if means else 1].evaluate(v))) for other in others],
        ),
        steps=(Worked("means" if means else "numbers", _of(formula, v)),),
        check=f"The number of means is {count}, and each is over {each} numbers: together the whole batch, "
        f"{shown(Expression(v['N'] * v['C'] * v['H'] * v['W']))}.",
        trap="There is one mean for every choice of what is not averaged over.",
    )


def inverse(draw: Draw) -> Draft | None:
    """Which numbers of groups leave enough numbers to each mean?"""
    channels, size = draw.one((12, 16, 24, 32, 48, 64)), draw.one((1, 2, 4, 7, 8))
    per = draw.whole(2, channels // 2)
    least = per * size * size - draw.whole(0, size)
    divisors = [g for g in range(1, channels + 1) if channels % g == 0]
    values = _formulas("gn")[1]
    given = {"C": channels, "H": size, "W": size}
    found = [g for g in divisors if values.evaluate({**given, "G": g}) >= least]
    if len(found) < 2 or found == divisors:
        return None
    answer = Integers(tuple(found))
    bound = channels * size * size // least
    rest = [g for g in divisors if g not in found]
    return Draft(
        values={**given, "least": least},
        stem=(
            f"Group normalisation is applied to maps with {channels} channels of {square(size)}. Each mean is to be taken "
            f"over at least {least:,} numbers.",
            "Which numbers of groups are possible? Give all of them.",
        ),
        conventions=("The groups are equally large.",),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.NOT_DIVIDING, Integers(tuple(range(1, bound + 1)))),
                (slips.ONE_OF_MANY, Integers(answer.values[-1:])),
            ],
        ),
        steps=(
            f"The groups divide {channels}: {listed([*map(str, divisors)])}.",
            Worked(f"numbers with {found[-1]} groups", _of(values, {**given, "G": found[-1]})),
            f"With more groups, {rest[0]} or more, there are at most {values.evaluate({**given, 'G': rest[0]}):,}.",
        ),
        check=f"{channels}·{size}·{size}/{least:,} is {'' if bound * least == channels * size**2 else 'a little more than '}"
        f"{bound}: no more groups than that.",
        trap="The batch plays no part: every image has its own means.",
    )


def table(draw: Draw) -> Draft | None:
    """Means, and numbers each, of four normalisations."""
    v = _batch(draw)
    if v["N"] == v["C"]:
        return None
    rows = (("BN", "bn"), ("LN", "ln"), ("IN", "in"), (f"GN, {v['G']} groups", "gn"))

    def filled(order: Mapping[str, str]) -> Parts:
        parts: list[tuple[str, Answer]] = []
        for _, kind in rows:
            count, values = _formulas(order.get(kind, kind))
            parts += [
                (f"{kind.upper()} means", Number(count.evaluate(v))),
                (f"{kind.upper()} numbers", Number(values.evaluate(v))),
            ]
        return Parts(tuple(parts))

    answer = filled({})
    return Draft(
        values={"ask": "table", **v},
        stem=(
            f"{_told(v)} goes through a normalisation in training.",
            Grid(tuple([(name, "?", "?") for name, _ in rows]), ("normalisation", "means", "numbers each")),
            "Fill in how many means are taken, and over how many numbers each.",
        ),
        conventions=(_LAYER,),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.AS_LAYER_NORM, filled({"bn": "ln"})),
                (slips.AS_BATCH_NORM, filled({"ln": "bn"})),
                (slips.AS_INSTANCE_NORM, filled({"gn": "in"})),
            ],
        ),
        steps=tuple(
            [
                in_numbers(f"{kind.upper()} {what}", formula, v)
                if len(formula.names) > 1
                else f"{kind.upper()} {what}: {formula.pretty()} = {formula.evaluate(v)}"
                for _, kind in rows
                for what, formula in zip(("means", "numbers"), _formulas(kind), strict=True)
            ]
        ),
        check=f"In each row the product is {v['N'] * v['C'] * v['H'] * v['W']:,}, all numbers of the batch.",
        trap="IN is GN with one channel in each group, LN is GN with one group.",
    )


TOPIC = Topic(
    "norm-statistics",
    "What normalisations average over",
    (
        Cell("forward", 1, forward),
        Cell("forward", 2, small),
        Cell("compare", 2, compare),
        Cell("symbolic", 2, symbolic),
        Cell("forward", 3, vector),
        Cell("inverse", 3, inverse),
        Cell("table", 3, table),
        Cell("find-the-error", 4, error),
    ),
)
