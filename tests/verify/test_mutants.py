"""`verify` has teeth: every wrong rule is noticed, where it is wrong, and only because it is wrong."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from cnncalc import load, verify
from cnncalc.errors import LayerError
from cnncalc.verification import QUANTITIES, Verification
from tests.console import run
from tests.verify.mutants import Mutant, changed, formula
from tests.verify.mutants.acceptance import LAX, STRICT
from tests.verify.mutants.fields import FIELDS
from tests.verify.mutants.folds import FOLD
from tests.verify.mutants.macs import BACKWARD, MACS
from tests.verify.mutants.memory import ACTIVATIONS, TRAINING
from tests.verify.mutants.others import INITIALISATION, STATISTICS, SYMBOLIC
from tests.verify.mutants.shapes import SHAPES
from tests.verify.mutants.tensors import BUFFERS, PARAMETERS

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")

MUTANTS = (
    *(*SHAPES, *PARAMETERS, *BUFFERS, *MACS, *BACKWARD),
    *(*ACTIVATIONS, *TRAINING, *FIELDS),
    *(*INITIALISATION, *STATISTICS, *FOLD, *SYMBOLIC),
)


def verified(mutant: Mutant) -> Verification:
    """The mutant's network by the rules as they are now, in its quantity alone."""
    return verify(mutant.build(), only=[mutant.quantity])


def different(mutant: Mutant) -> set[str]:
    """The nodes at which the two sides differ."""
    (check,) = verified(mutant).checks
    return {v.node for v in check.mismatches}


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_mutant_is_caught(mutant: Mutant) -> None:
    assert verified(mutant).ok
    with changed(mutant.rule, mutant.change):
        assert mutant.node in different(mutant)


@pytest.mark.parametrize("mutant", LAX, ids=str)
def test_a_rule_that_is_too_lax_is_caught(mutant: Mutant) -> None:
    with pytest.raises(LayerError):
        mutant.build()
    with changed(mutant.rule, mutant.change):
        assert different(mutant) == {mutant.node}


@pytest.mark.parametrize("mutant", STRICT, ids=str)
def test_a_rule_that_is_too_strict_is_caught(mutant: Mutant) -> None:
    ran = run("verify", mutant.network, "--only", "acceptance")
    assert ran.code == 0
    with changed(mutant.rule, mutant.change):
        ran = run("verify", mutant.network, "--only", "acceptance")
    assert (ran.code, ran.out) == (1, "")
    assert f"layer '{mutant.node}'" in ran.err
    assert ran.err.endswith("differs: torch takes it, and something comes out\n")


def test_a_mutant_that_changes_nothing_survives() -> None:
    """That is, the harness can say so; and it leaves the rules as they were."""
    for mutant in (SHAPES[0], FIELDS[0], SYMBOLIC[0]):
        with changed(mutant.rule, lambda rule: rule):
            assert verified(mutant).ok
        with changed(mutant.rule, mutant.change):
            assert not verified(mutant).ok
        assert verified(mutant).ok


def test_a_rule_so_wrong_that_torch_stops_is_told_from_what_follows() -> None:
    """A size that is wrong makes a later layer one that torch cannot run: both are told, and every quantity ends."""
    with changed("cnncalc.layers.window:OUTPUT_SIZE", formula("ceil((W + 2*P - F)/S) + 1")):
        found = verify(load("6x9x9 relu maxpool2 flatten fc-3 relu"))
    checks = {c.quantity: c for c in found.checks}
    assert [v.node for v in checks["acceptance"].mismatches] == ["fc1"]
    assert {v.node for v in checks["shapes"].mismatches} == {"maxpool1", "flatten1"}
    assert checks["parameters"].mismatches == ()
    assert {u.node for u in checks["macs"].not_checked} == {"fc1", "relu2"}
    assert [u.node for u in checks["backward-macs"].not_checked] == ["fc1"]


def test_every_quantity_has_several_mutants() -> None:
    number = Counter(m.quantity for m in (*MUTANTS, *LAX, *STRICT))
    assert set(number) == set(QUANTITIES)
    assert min(number.values()) > 5


def test_no_two_mutants_are_the_same() -> None:
    names = Counter(str(m) for m in (*MUTANTS, *LAX, *STRICT))
    assert [name for name, count in names.items() if count > 1] == []
