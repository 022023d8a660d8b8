"""`verify --only fold`: both networks are really run, on what is asked for, and what cannot be run is said."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnncalc import load, verify
from cnncalc.network import Network
from cnncalc.passes.fold_bn import fold_bn
from cnncalc.verification import Check, Unchecked
from cnncalc.verification import lab as lab_module
from cnncalc.verification.folding import measure
from cnncalc.verification.lab import Lab
from tests.verify.folding_networks import networks

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore")


def fold(network: Network, **how: object) -> Check:
    (found,) = verify(network, only=["fold"], **how).checks  # type: ignore[arg-type]
    return found


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(network=networks(), seed=st.integers(0, 2**16))
def test_every_fold_is_proven_where_it_is_seen(network: Network, seed: int) -> None:
    found = fold(network, seed=seed)
    folds = [v.node for v in fold_bn(network).verdicts if v.folded]
    assert [v.node for v in found.values] == ([*folds, ""] if folds else [])
    assert not found.mismatches
    assert not found.not_checked
    assert found.worst < 1e-10  # far less than what is allowed


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("3x6x6 conv3-4 bn relu", "result, folded backward into conv1"),
        ("3x6x6 relu bn gap flatten fc-3", "result, folded forward into fc1"),
        ("3x6x6 cat(conv1-3|conv3-2,p1) bn", "result, folded backward into conv1, conv2"),
    ],
)
def test_what_is_told(words: str, what: str) -> None:
    found = fold(load(words))
    assert [(v.node, v.what) for v in found.values] == [("bn1", what), ("", "output")]
    assert all(v.scale and v.measured != 0 and 0 < v.allowed < 1e-7 for v in found.values)
    assert found.how.startswith("as it is and folded, on 2x3x6x6 random numbers in float64")


def test_a_normalisation_that_stays_is_not_compared() -> None:
    found = fold(load("3x6x6 conv3-4 bn relu bn tanh"))
    assert [v.node for v in found.values] == ["bn1", ""]
    nothing = fold(load("3x6x6 bn relu conv3-4"))
    assert (nothing.how, nothing.values, nothing.not_checked) == ("no normalisation folds", (), ())


@pytest.mark.parametrize("words", ["3x6x6 conv3-4 relu", "4x6x6 conv3-4 lrn5 ln gn2"])
def test_without_what_could_fold_it_is_left_out(words: str) -> None:
    assert "fold" not in [c.quantity for c in verify(load(words)).checks]
    assert "fold" in [c.quantity for c in verify(load(f"{words} scale")).checks]


def test_a_large_input_is_made_smaller_while_the_same_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "on 2x3x28x28 random numbers" in fold(load("resnet18")).how
    monkeypatch.setattr(measure, "_MOST_MACS", 0)
    assert "on 2x3x1x1 random numbers" in fold(load("3x9x9 conv3-4,p1 bn relu")).how
    # of a single position the second would fold as well, as it does of none that is larger
    assert "on 2x3x2x2 random numbers" in fold(load("3x9x9 conv3-4,p1 bn relu conv3-4,p1 flatten bn")).how
    # a layer that reads the whole map has other weights there
    assert "on 2x3x1x1 random numbers" in fold(load("3x9x9 conv3-4,p1 bn relu flatten fc-3")).how


def test_a_seed_decides() -> None:
    network = load("3x6x6 conv3-4 bn relu")
    first, again, other = ([v.measured for v in fold(network, seed=s).values] for s in (1, 1, 2))
    assert first == again
    assert all(a != b for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_other_numbers(dtype: str) -> None:
    found = fold(load("3x6x6 conv3-4 bn relu flatten fc-3"), dtype=dtype)
    assert found.compared == 2
    assert found.worst < 1e-12


def test_what_cannot_be_run_is_not_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(load("3x6x6 conv3-4 bn"), device="mps", dtype="float32", seed=0)
    assert measure.measure(lab).not_checked == (Unchecked("", "fold", "the device mps has no float64"),)
    # as it is, too large; smaller, of a single position, both would fold
    monkeypatch.setattr(lab_module, "_MOST_MACS", 500)
    found = fold(load("3x9x9 conv3-4,p1 bn relu conv3-4,p1 flatten bn"))
    assert found.not_checked == (Unchecked("", "fold", "on an input that can be executed, others fold"),)
    whole = verify(load("200000 fc-200000 bn"), only=["fold"])
    assert not whole.ok
    assert whole.checks[0].not_checked == (Unchecked("", "fold", "the network is too large to execute"),)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_cuda() -> None:
    assert fold(load("resnet18"), device="cuda").equal == 21


def test_where_torch_gives_no_number_only_the_others_are_compared() -> None:
    """The root of a negative sum is NaN, whether the normalisation before it is folded or not."""
    some = verify(load("1x6x6 conv3-3 bn lppool1,norm_type=3.5"), only=["fold"])
    assert some.ok
    none = verify(load("1x1 1*(bn bn) lppool1,norm_type=3.5"), only=["fold"], seed=2026)
    (check,) = none.checks
    assert not none.ok
    assert [u.what for u in check.not_checked] == ["output"]
