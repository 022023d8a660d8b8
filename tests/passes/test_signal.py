"""The recurrence against hand calculation, and against networks that are really drawn."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import torch
from torch import nn

from cnncalc import load
from cnncalc.layers import KINDS
from cnncalc.network import Network
from cnncalc.passes.initialisation import Method
from cnncalc.passes.signal import Signal, signal
from tests.layers.twin import Twin

torch.set_num_threads(1)


def squares(found: Signal) -> list[Fraction | None]:
    return [step.mean_square for step in found.steps]


def remarks(found: Signal) -> list[str | None]:
    return [step.remark for step in found.steps]


def test_kaiming_keeps_relu_networks_at_2_and_1() -> None:
    found = signal(load("3x32x32 5*(conv3-64,p1 relu) flatten fc-10"))
    assert squares(found) == [2, 1] * 5 + [1, 2]
    assert remarks(found) == [None] * 12


def test_without_the_factor_2_every_layer_halves() -> None:
    found = signal(load("100 10*(fc-100,nobias relu)"), nonlinearity="linear")
    assert squares(found)[-1] == Fraction(1, 2**10)


def test_torchs_default_shrinks_and_adds_its_biases() -> None:
    """Var = 100·1/300 + 1/300; half of it behind the activation; then a third of that, and 1/300 again."""
    first = Fraction(100, 300) + Fraction(1, 300)
    second = first / 2 * Fraction(1, 3) + Fraction(1, 300)
    assert squares(signal(load("100 fc-100 relu fc-50"), "default")) == [first, first / 2, second]


def test_xavier_counts_both_fans() -> None:
    found = signal(load("3x9x9 conv3-5"), "xavier", nonlinearity="linear")
    assert squares(found) == [Fraction(2 * 27, 27 + 45)]


def test_fan_out_is_another_fan() -> None:
    assert squares(signal(load("3x9x9 conv3-6"), "kaiming_fan_out")) == [Fraction(2 * 27, 54)]


def test_a_transposed_convolution_has_torchs_fan_but_its_own_inputs() -> None:
    """fan_in by torch is 6·16; of 8·16 products an output of stride 2 gets a fourth."""
    assert squares(signal(load("8x9x9 tconv4-6/2"))) == [Fraction(2, 96) * 32]


def test_residual_branches_add() -> None:
    found = signal(load("16x9x9 3*(res(conv3-16,p1,nobias relu conv3-16,p1,nobias))"))
    assert [q for q, s in zip(squares(found), range(12), strict=True) if s % 4 == 3] == [3, 9, 27]
    assert set(remarks(found)) == {None}


def test_a_slope_passes_its_square() -> None:
    assert squares(signal(load("9 leakyrelu0.5"))) == [Fraction(5, 8)]
    assert squares(signal(load("9 prelu"))) == [Fraction(17, 32)]


def test_a_second_relu_changes_nothing() -> None:
    assert squares(signal(load("9 relu relu"))) == [Fraction(1, 2), Fraction(1, 2)]


def test_normalisation_starts_again() -> None:
    found = signal(load("3x9x9 conv3-8 tanh conv3-8 bn relu"))
    assert squares(found) == [2, None, None, 1, Fraction(1, 2)]
    assert "no rule is known for tanh" in str(remarks(found)[1])


def test_a_concatenation_is_the_mean_by_size() -> None:
    found = signal(load("4x9x9 cat(conv1-4 | conv1-12 relu)"))
    assert squares(found)[-1] == Fraction(4 * 2 + 12 * 1, 16)


def test_branches_that_depend_on_each_other_are_not_added() -> None:
    found = signal(load("9 res(relu)"))
    assert squares(found)[-1] is None
    assert "not independent" in str(remarks(found)[-1])


def test_branches_whose_means_add_are_not_added() -> None:
    found = signal(load("9 add(fc-9 relu | fc-9 relu)"))
    assert squares(found)[-1] is None
    assert "means" in str(remarks(found)[-1])


def test_a_shared_weight_makes_branches_dependent() -> None:
    spec = load("9 add(fc-9 | fc-9)")
    assert squares(signal(spec))[-1] == 4
    nodes = (spec.nodes[0], *(n if n.index != 1 else _sharing(n) for n in spec.nodes[1:]))
    shared = Network(spec.name, spec.source, spec.input, nodes, spec.last, spec.names)
    assert squares(signal(shared))[-1] is None


def _sharing(node: Any) -> Any:
    from cnncalc.record import replace

    return replace(node, weights_of=0)


def test_what_pooling_does_is_said() -> None:
    found = signal(load("3x9x9 conv3-8 relu maxpool2 gap"))
    assert squares(found) == [2, 1, 1, 1]
    assert all("taken to change nothing" in str(r) for r in remarks(found)[2:])


def test_a_relu_behind_a_sum_is_named() -> None:
    found = signal(load("8x9x9 relu res(conv3-8,p1) relu"))
    assert "as often positive as negative" in str(remarks(found)[-1])


def test_names_that_cancel_are_fine_and_others_are_named() -> None:
    assert squares(signal(load("CxHxW conv3-K relu"))) == [2, 1]
    assert "names" in str(remarks(signal(load("CxHxW conv3-K"), "xavier"))[0])


@pytest.mark.parametrize("name", sorted({k.kind for k in KINDS.values() if k.role == "unknown"}))
def test_no_unknown_kind_is_passed_silently(name: str) -> None:
    words = {
        "threshold": "4x8x8 threshold,threshold=1,value=0",
        "lrn": "4x8x8 lrn5",
        "pad": "4x8x8 pad1",
        "upsample": "4x8x8 upsample2",
        "mul": "4x8x8 mul(sigmoid | )",
        "attention": "4x8 attention2",
        "hardtanh": "4x8x8 hardtanh",
    }.get(name, f"4x8x8 {name}")
    last = signal(load(words)).steps[-1]
    assert last.mean_square is None
    assert name in str(last.remark)


def drawn(network: Network, method: Method, draws: int) -> torch.Tensor:
    """The mean square behind every node of a chain, over so many networks that are drawn anew for as many inputs."""
    torch.manual_seed(0)
    sums = torch.zeros(len(network.nodes), dtype=torch.float64)
    for _ in range(draws):
        x = torch.randn(1, *network.input.dims)  # type: ignore[arg-type]
        for node in network.nodes:
            module = Twin(node.layer.torch_call(*network.input_shapes(node)))
            for name, p in module.module.named_parameters():  # type: ignore[union-attr]
                if method == "default":
                    continue
                if "bias" in name:
                    nn.init.zeros_(p)
                elif method == "kaiming":
                    nn.init.kaiming_normal_(p, nonlinearity="relu")
                else:
                    nn.init.xavier_normal_(p, gain=nn.init.calculate_gain("relu"))
            with torch.no_grad():
                x = module(x)
            sums[node.index] += x.double().square().mean()
    return sums / draws


@pytest.mark.parametrize("method", ["kaiming", "xavier", "default"])
@pytest.mark.parametrize(
    "words", ["256 5*(fc-256 relu)", "3x19x19 conv3-64 relu conv3-64 relu tconv3-32,p2 relu"]
)
def test_drawn_networks_agree(words: str, method: Method) -> None:
    """A mean square over n independent units deviates by about √(5/n) of itself a layer. After five layers of 256 it is
    30 %, and 3 % over 100 networks; neighbours in a map are not independent, but its 64 channels are: 6 %. The
    transposed convolution is cropped to outputs that have all their inputs. The bound is 25 %, four deviations."""
    network = load(words)
    expected = squares(signal(network, method))
    for ours, theirs in zip(expected, drawn(network, method, 100).tolist(), strict=True):
        assert ours is not None
        assert float(ours) == pytest.approx(theirs, rel=0.25)


def test_the_test_would_notice_a_wrong_factor() -> None:
    network = load("256 5*(fc-256 relu)")
    wrong = squares(signal(network, "kaiming", nonlinearity="linear"))
    assert wrong[-1] is not None
    assert float(wrong[-1]) != pytest.approx(drawn(network, "kaiming", 100)[-1].item(), rel=0.25)
