"""What is false is found to be false: expectations that somebody has tampered with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from cnncalc import load
from cnncalc.analysis import Analysis, Row, analyse
from cnncalc.errors import SpecError
from cnncalc.layers.conv import Conv
from cnncalc.network import Network
from cnncalc.record import replace
from cnncalc.shape import Shape, Weight
from cnncalc.verification import Check, Compared
from cnncalc.verification.run import verified

torch.set_num_threads(1)

NETWORK = "4x8x8 conv3-4,g2,d2 bn relu"


def tampered(change: Callable[[Row], Row]) -> Callable[[Network], Analysis]:
    """An analysis whose first two rows are wrong."""

    def analysed(network: Network) -> Analysis:
        found = analyse(network)
        return replace(found, rows=(*map(change, found.rows[:2]), *found.rows[2:]))

    return analysed


def check(quantity: str, analyser: Any = analyse) -> Check:
    (found,) = verified(
        load(NETWORK), device="cpu", dtype="float32", seed=0, only=[quantity], analyser=analyser
    ).checks
    return found


def taller(row: Row) -> Row:
    return replace(row, output=Shape((row.output.dims[0], 9, *row.output.dims[2:])))


def without_bias(row: Row) -> Row:
    return replace(row, weights=tuple(w for w in row.weights if w.name != "bias"))


def without_buffers(row: Row) -> Row:
    return replace(row, weights=tuple(w for w in row.weights if w.role == "parameter"))


def without_groups(row: Row) -> Row:
    return replace(row, totals=replace(row.totals, macs=2 * row.totals.macs))


def other_name(row: Row) -> Row:
    return replace(row, weights=tuple(Weight(f"{w.name}_", w.shape, w.role, w.dtype) for w in row.weights))


@pytest.mark.parametrize(
    ("quantity", "change", "wrong"),
    [
        ("shapes", taller, 4),
        ("parameters", without_bias, 2),
        ("parameters", other_name, 8),
        ("buffers", without_buffers, 3),
        ("macs", without_groups, 1),
    ],
)
def test_a_wrong_expectation_is_found(quantity: str, change: Callable[[Row], Row], wrong: int) -> None:
    assert check(quantity).mismatches == ()
    assert len(check(quantity, tampered(change)).mismatches) == wrong


def test_both_values_are_told() -> None:
    first = check("macs", tampered(without_groups)).mismatches[0]
    assert first == Compared("conv1", "MACs", 2304, 1152)
    assert check("buffers", tampered(without_buffers)).mismatches[0] == Compared(
        "bn1", "running_mean", None, (4,)
    )


@pytest.mark.parametrize(
    ("quantity", "module", "name", "wrong"),
    [
        ("backward-macs", "cnncalc.layers.base", "BACKWARD_MACS", "M*(A + B) + 1"),
        ("initialisation", "cnncalc.passes.initialisation", "KAIMING", "2*g/n"),
        ("initialisation", "cnncalc.passes.initialisation", "XAVIER", "g/(n + m)"),
    ],
)
def test_a_wrong_formula_is_found(
    quantity: str, module: str, name: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import import_module

    from cnncalc.passes import initialisation
    from cnncalc.symbolic import Formula

    home = import_module(module)
    right = getattr(home, name)
    formula = Formula(wrong, **dict.fromkeys(right.names, "changed"))
    monkeypatch.setattr(home, name, formula)
    if name in ("KAIMING", "XAVIER"):
        bounds = {**initialisation._BOUNDS, formula: initialisation._BOUNDS[right]}
        monkeypatch.setattr(initialisation, "_BOUNDS", bounds)
    assert check(quantity).mismatches


@pytest.mark.parametrize("quantity", ["rf", "rf-nan"])
def test_a_dilation_forgotten_in_the_field_is_found(quantity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    true = Conv.reads
    assert check(quantity).mismatches == ()
    monkeypatch.setattr(Conv, "reads", lambda self, *shapes: true(replace(self, dilation=1), *shapes))
    assert check(quantity).mismatches


def test_wrong_memory_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnncalc.layers.storage import Run

    monkeypatch.setattr(Run, "input", lambda self, index=0: self.output())
    assert check("training").mismatches
    monkeypatch.setattr(Run, "fresh", lambda self, rank=None: self.view())
    assert check("activations").mismatches


def test_wrong_statistics_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnncalc.layers.norm import GroupNorm, LayerNorm

    monkeypatch.setattr(GroupNorm, "statistics", lambda self, x, batch: LayerNorm().statistics(x, batch))
    (found,) = verified(load("4x6x6 gn2"), device="cpu", dtype="float32", seed=0, only=["statistics"]).checks
    assert {v.what for v in found.mismatches} >= {"numbers with one mean", "means"}


def test_a_layer_that_torch_refuses_is_found() -> None:
    """A convolution that cannot be is put into a finished network."""
    network = load("4x8x8 conv3-4 relu")
    node = network.nodes[0]
    broken = replace(
        network, nodes=(replace(node, layer=replace(node.layer, padding=-1)), *network.nodes[1:])
    )
    (found,) = verified(broken, device="cpu", dtype="float32", seed=0, only=["acceptance"]).checks
    assert [v.node for v in found.mismatches] == ["conv1"]
    assert str(found.mismatches[0].measured).startswith("RuntimeError: negative padding is not supported")
    assert [u.node for u in found.not_checked] == ["relu1"]


def test_an_unknown_quantity_is_told_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"--only mac: nothing is called so .did you mean macs"):
        check("mac")
