"""Modules that cannot be compared, or in part only: said, and no pass. And what a comparison leaves as it was."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import torch
from torch import nn

from cnncalc import load
from cnncalc.errors import CnncalcError, render_diagnostic
from cnncalc.report.comparison import as_diagnostic
from cnncalc.report.comparison_text import as_text
from cnncalc.report.style import Style
from cnncalc.verification.module import compare
from tests.verify import hand_written as hand
from tests.verify.own_modules import assert_equal, assert_reported, differences

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore")


def test_what_does_not_run_is_compared_by_its_tensors() -> None:
    found = compare(load("4 fc-2"), hand.Raising(ValueError("not\ntoday")))
    assert [d[2:] for d in differences(found)] == [
        ("tensor", "weight", (2, 4), (3, 4)),
        ("tensor", "bias", (2,), (3,)),
    ]
    (one,) = found.not_compared
    line = next(
        i for i, text in enumerate(inspect.getsource(hand).splitlines(), 1) if "raise self.error" in text
    )
    assert one.what == "outputs, wiring and MACs"
    assert one.reason.startswith("it does not run on inputs of 4: ValueError: not today (")
    assert one.reason.endswith(f"hand_written.py:{line})")


@pytest.mark.parametrize(
    "module", [hand.Raising(ValueError("no")), hand.Raising(SystemExit(1)), hand.TwoInputs()]
)
def test_what_does_not_run_is_no_pass(module: nn.Module) -> None:
    found = compare(load("4 fc-3"), module)
    assert (found.first, found.ok, len(found.not_compared)) == (None, False, 1)
    assert_reported(found)
    diagnostic = as_diagnostic(found)
    assert diagnostic is not None
    assert diagnostic.code == "CNN516"
    assert "it does not run on inputs of 4" in render_diagnostic(diagnostic, {})


def test_what_does_not_run_may_be_registered_in_any_order() -> None:
    module = hand.Raising(ValueError("no"))
    module.first = nn.Conv2d(3, 6, 3)
    found = compare(load("3x8x8 conv3-6 gap flatten fc-4 fc-3"), module)
    assert differences(found) == [("fc1", None, "layer", "", "linear-4", None)]


def test_what_is_too_large_is_not_run_for_real() -> None:
    module = nn.Sequential(nn.Conv2d(3, 64, 3), hand.Asking())
    (one,) = compare(load("3x40000x40000 conv3-64"), module).not_compared
    assert one.reason.startswith("it does not run on inputs of 3x40000x40000: RuntimeError: ")
    assert one.reason.endswith(" (without memory; it is too large for a real run)")


def test_an_interrupt_goes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        compare(load("4 fc-3"), hand.Raising(KeyboardInterrupt()))


def test_what_a_module_prints_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    compare(load("4 fc-3"), hand.Raising(ValueError("no")))
    told = capsys.readouterr()
    assert (told.out, set(told.err.splitlines())) == ("", {"about to raise"})


def test_the_first_of_several_results_is_compared() -> None:
    for results in (lambda y: (y, y[:, :1]), lambda y: {"out": y, "aux": y[:, :1]}):
        found = assert_equal("4 fc-3", hand.Several(results))
        assert found.notes == ("forward returns 2 tensors, of which the first is compared",)
    assert not compare(load("4 fc-3"), hand.Several(lambda y: (y[:, :1], y))).ok


def test_a_module_without_a_result_is_no_pass() -> None:
    found = compare(load("4 fc-3"), hand.Several(lambda y: None))
    assert (found.first, found.ok) == (None, False)
    assert [(one.what, one.reason) for one in found.not_compared] == [
        ("the output", "forward returns no tensor")
    ]


def test_products_that_are_not_counted_are_no_pass() -> None:
    found = compare(load("4 fc-3"), hand.Several(lambda y: y + (torch.eye(3) @ torch.ones(3)).to(y.device)))
    assert [(one.what, one.reason) for one in found.not_compared] == [
        ("MACs", "torch's counter does not know mv")
    ]
    assert (found.first, found.ok) == (None, False)


def test_a_module_is_given_back_as_it_was() -> None:
    module = nn.Sequential(nn.Conv2d(4, 4, 1), nn.Dropout(), nn.BatchNorm2d(4).eval())
    before = {name: t.clone() for name, t in module.state_dict().items()}
    assert_equal("4x8x8 conv1-4 dropout bn", module)
    assert [part.training for part in module.modules()] == [True, True, True, False]
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())
    assert all(t.equal(before[name]) and t.device.type == "cpu" for name, t in module.state_dict().items())


def test_frozen_parameters_are_told() -> None:
    module = nn.Sequential(nn.Conv2d(4, 4, 1).requires_grad_(False), nn.BatchNorm2d(4))
    found = assert_equal("4x8x8 conv1-4 bn", module)
    assert (found.actual.params, found.actual.frozen) == (28, 20)
    assert found.notes == ("20 of the module's 28 parameters are frozen",)


def test_buffers_that_are_not_saved_are_left_out_and_others_are_not() -> None:
    module = nn.Sequential(nn.Conv2d(4, 4, 1))
    module.register_buffer("table", torch.zeros(7), persistent=False)
    assert assert_equal("4x8x8 conv1-4", module).notes == (
        "buffers that are in no state dict are left out: 1",
    )
    module.register_buffer("mean", torch.zeros(4))
    found = compare(load("4x8x8 conv1-4"), module)
    assert differences(found) == [(None, "mean", "layer", "", None, "Sequential")]


def test_what_is_never_run_is_found() -> None:
    module = hand.Residual()
    module.aux = nn.Linear(3, 3)
    found = compare(load(hand.RESIDUAL), module)
    assert differences(found) == [(None, "aux", "layer", "", None, "Linear")]
    assert "layer 'aux' (Linear) is not in the spec, and never runs in inference" in as_text(
        found, Style(None)
    )


def test_weights_are_shared_where_the_spec_says_so(tmp_path: Path) -> None:
    path = tmp_path / "tied.cnn.yaml"
    path.write_text(
        "cnncalc: 1\ninput: 4x8x8\nlayers:\n  - conv: conv3-4,p1\n  - relu\n"
        "  - {layer: 'conv3-4,p1', weights: conv}\n  - relu\n  - {layer: 'conv3-4,p1', weights: conv}\n",
        encoding="utf-8",
    )
    assert_equal(load(str(path)), hand.Tied())
    convolutions = [nn.Conv2d(4, 4, 3, padding=1) for _ in range(2)]
    found = compare(load(str(path)), nn.Sequential(convolutions[0], convolutions[1], convolutions[0]))
    assert [d[2:] for d in differences(found)] == [
        ("tensor", "weight", "that of conv", "its own"),
        ("tensor", "bias", "that of conv", "its own"),
    ]


def test_lazy_layers_that_do_not_run_are_an_error() -> None:
    with pytest.raises(CnncalcError, match="that fails: RuntimeError") as raised:
        compare(load("3x8x8 conv3-6"), nn.Sequential(nn.LazyConv2d(6, 3), nn.Linear(9, 9)))
    assert raised.value.diagnostics[0].code == "CNN418"


def test_a_weight_that_is_computed_belongs_to_its_layer() -> None:
    found = compare(load("3x8x8 conv3-4 relu"), hand.normed())
    assert differences(found) == [
        ("conv1", "0", "tensor", "parametrizations.weight.original0", None, (4, 1, 1, 1)),
    ]
