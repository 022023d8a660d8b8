"""Every change of every formula that a layer answers with is noticed by `verify`, but for those that change no value."""

from __future__ import annotations

from importlib import import_module
from itertools import product
from pkgutil import iter_modules

import pytest
import torch

import cnncalc.layers
from cnncalc import verify
from cnncalc.loader import load
from cnncalc.symbolic import Formula
from tests.verify.mutants import changed
from tests.verify.mutants.formulas import (
    EQUIVALENT,
    OF_PASSES,
    Place,
    Seen,
    Wrong,
    places,
    rewritten,
    with_formula,
    wrong_formulas,
)

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")

#: formulas of folding, which tensors are computed with
FOLDING = "cnncalc.layers.folding"
#: fields of negative size, which end the pass
BELOW_0 = ("r − D(F−1)·j", "r + D(−F−1)·j")
#: so many times numbers are drawn for names
SEEDS = 6


def differing(seen: Seen, seed: int = 0) -> set[str]:
    """The nodes at which the two sides differ."""
    (check,) = verify(load(seen.network), only=[seen.quantity], seed=seed).checks
    return {v.node for v in check.mismatches}


def is_seen(seen: Seen) -> bool:
    """Whether the two sides differ at the last layer."""
    seeds = range(SEEDS) if seen.quantity == "symbolic" else (0,)
    return any(load(seen.network).nodes[-1].name in differing(seen, seed) for seed in seeds)


def survives(place: Place, wrong: Wrong) -> bool:
    with changed(place.rule, with_formula(place, wrong.formula)):
        return not any(map(is_seen, places()[place]))


@pytest.mark.parametrize("place", places(), ids=str)
def test_every_change_is_noticed(place: Place) -> None:
    wrong = wrong_formulas(place.text)
    assert [w for w in wrong if survives(place, w)] == [w for w in wrong if w.is_harmless]


@pytest.mark.parametrize("seen", sorted({s for found in places().values() for s in found}, key=str), ids=str)
def test_nothing_differs_without_a_change(seen: Seen) -> None:
    assert not is_seen(seen)


@pytest.mark.parametrize("name", OF_PASSES)
def test_every_change_of_a_formula_of_the_passes_is_noticed(name: str) -> None:
    module, _, attribute = name.partition(":")
    right: Formula = getattr(import_module(module), attribute)
    assert not differing(OF_PASSES[name])
    for wrong in wrong_formulas(right.text):
        with rewritten(right, wrong.formula):
            if wrong.formula.text in BELOW_0:
                with pytest.raises(ValueError, match="negative shift count"):
                    differing(OF_PASSES[name])
            else:
                assert differing(OF_PASSES[name]), wrong


def test_what_changes_nothing_survives() -> None:
    place = next(p for p in places() if p.question == "macs" and len(wrong_formulas(p.text)) > 1)
    right = Formula(place.text)
    assert survives(place, Wrong(right, right.tree, right.tree))
    assert not survives(place, wrong_formulas(place.text)[0])


@pytest.mark.parametrize(("before", "after", "condition"), EQUIVALENT)
def test_what_is_called_harmless_changes_no_value(before: str, after: str, condition: str) -> None:
    """The values are the same where the condition holds, and not everywhere else; so the condition is the reason."""
    right, wrong, holds = Formula(before), Formula(after), Formula(condition)
    differ = {True: 0, False: 0}
    for numbers in product(range(1, 6), repeat=len(right.names)):
        values = dict(zip(right.names, numbers, strict=True))
        differ[holds(**values)] += right(**values) != wrong(**values)
    assert differ[True] == 0 < differ[False]


def test_everything_called_harmless_is_met() -> None:
    met = {(w.before, w.after) for p in places() for w in wrong_formulas(p.text) if w.is_harmless}
    assert met == {(Formula(a).tree, Formula(b).tree) for a, b, _ in EQUIVALENT}


def test_no_formula_of_the_layers_is_left_out() -> None:
    """Those with a name of their own in the code; the others are found because a layer answers with them."""
    named = {
        f"{module.name}.{name}": value.text
        for module in iter_modules(cnncalc.layers.__path__, "cnncalc.layers.")
        for name, value in vars(import_module(module.name)).items()
        if isinstance(value, Formula)
    }
    met = {place.text for place in places()}
    left = {name for name, text in named.items() if text not in met}
    assert {name.rpartition(".")[0] for name in left} == {FOLDING}
