"""The memory of whole networks, byte for byte beside torch."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError, SpecError
from cnncalc.loader import load
from cnncalc.network import Network
from cnncalc.passes.memory import BYTES, inference, largest_batch, training
from cnncalc.symbolic import substitute
from tests.passes.random_graphs import graphs
from tests.passes.torch_memory import Graph

torch.set_num_threads(1)

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'", "ignore:dropout[23]d. Received a")

#: zoo networks and input sizes small enough to run, large enough for their pools
SMALL = {
    "lenet5": "1x32x32",
    "alexnet": "3x63x63",
    "vgg11": "3x32x32",
    "googlenet": "3x64x64",
    "resnet18": "3x64x64",
    "resnet50": "3x64x64",
    "mobilenet_v1_025": "3x32x32",
}
some = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def parts(network: Network) -> list[int]:
    """Nodes that own parameters."""
    return [
        n.index for n in network.nodes if n.weights_of is None and n.layer.weights(*network.input_shapes(n))
    ]


def image(network: Network, batch: int) -> torch.Tensor:
    sizes: Any = network.input.dims
    return torch.rand(batch, *sizes)


@pytest.mark.parametrize("name", SMALL)
def test_zoo_networks_save_what_torch_saves(name: str) -> None:
    network = load(name, input_size=SMALL[name])
    graph = Graph(network).train()
    found = training(network, batch=2)
    total, each = graph.saved_bytes(image(network, 2))
    assert found.activations == total
    assert sorted(s.bytes for s in found.saved) == sorted(each.elements())  # type: ignore[type-var]
    trained = [p for p in graph.parameters() if p.requires_grad]
    assert found.gradients == sum(p.nbytes for p in trained)
    assert found.weights == sum(p.nbytes for p in graph.parameters())
    assert found.buffers == sum(b.nbytes for b in graph.buffers())
    assert found.total == found.activations + found.gradients + found.state + found.weights + found.buffers


def test_resnet50_saves_what_torch_saves_at_batch_8() -> None:
    network = load("resnet50", input_size="3x64x64")
    total, _ = Graph(network).train().saved_bytes(image(network, 8))
    assert training(network, batch=8).activations == total


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("name", SMALL)
def test_peaks_of_zoo_networks_are_observed(name: str, in_place: bool) -> None:
    network = load(name, input_size=SMALL[name])
    peak = inference(network, batch=2, in_place=in_place).peak
    assert peak is not None
    _, between = Graph(network).eval().peaks(image(network, 2), in_place=in_place)
    assert peak.bytes == between == sum(h.bytes for h in peak.held)


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("name", ["lenet5", "mobilenet_v1_025"])
def test_peaks_are_those_after_every_operation_where_layers_are_single_operations(
    name: str, in_place: bool
) -> None:
    """Not so of max pooling: torch makes its indices even where nobody wants them, and drops them at once."""
    network = load(name, input_size=SMALL[name])
    peak = inference(network, batch=2, in_place=in_place).peak
    assert peak is not None
    after_operations, _ = Graph(network).eval().peaks(image(network, 2), in_place=in_place)
    assert peak.bytes == after_operations


@some
@given(graphs(), st.integers(1, 3), st.booleans())
def test_peaks_of_random_graphs_are_observed(network: Network, batch: int, in_place: bool) -> None:
    assume(network.nodes)
    peak = inference(network, batch=batch, in_place=in_place).peak
    assert peak is not None
    _, between = Graph(network).eval().peaks(image(network, batch), in_place=in_place)
    held_at_first = image(network, batch).nbytes * (-1 in {i for n in network.nodes for i in n.inputs})
    assert peak.bytes == max(between, held_at_first) == sum(h.bytes for h in peak.held)


@some
@given(graphs(), st.integers(1, 3), st.data())
def test_random_graphs_save_what_torch_saves(network: Network, batch: int, data: st.DataObject) -> None:
    """Whatever is frozen."""
    frozen = data.draw(st.sets(st.sampled_from(parts(network)))) if parts(network) else set()
    graph = Graph(network).train()
    graph.freeze(frozen)
    patterns = [network.nodes[i].name for i in sorted(frozen)]
    try:
        total, each = graph.saved_bytes(image(network, batch))
    except ValueError:  # a normalisation has one value per channel only
        with pytest.raises(LayerError, match="but training needs at least 2"):
            training(network, batch=batch, frozen=patterns)
        return
    found = training(network, batch=batch, frozen=patterns)
    assert found.activations == total
    assert sorted(s.bytes for s in found.saved) == sorted(each.elements())  # type: ignore[type-var]
    trained = [p for p in graph.parameters() if p.requires_grad]
    assert (found.gradients, found.tensors) == (sum(p.nbytes for p in trained), len(trained))


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_number_types(dtype: Any) -> None:
    network = load(
        "3x16x16 conv3-8,p1 bn relu maxpool2 conv3-8,p1 silu permute,order=2x3x1 rms dropout0.5 flatten fc-10"
    )
    graph = Graph(network).to(getattr(torch, dtype)).train()
    total, _ = graph.saved_bytes(image(network, 3).to(getattr(torch, dtype)))
    found = training(network, batch=3, dtype=dtype)
    assert found.activations == total
    assert found.weights == sum(p.nbytes for p in graph.parameters())
    assert found.buffers == sum(b.nbytes for b in graph.buffers())


def test_inference_in_8_bits_leaves_counters_their_64() -> None:
    found = inference(load("3x8x8 conv3-4 bn"), dtype="int8")
    assert (found.weights, found.buffers) == (3 * 4 * 9 + 4 + 4 + 4, 4 + 4 + 8)
    assert (found.input, found.activations) == (3 * 64, 2 * 4 * 36)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("sgd", lambda p: torch.optim.SGD(p, 0.1)),
        ("momentum", lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
        ("adam", torch.optim.Adam),
        ("adamw", torch.optim.AdamW),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_state_is_what_the_optimizer_keeps(name: Any, make: Any, dtype: Any) -> None:
    network = load("3x8x8 conv3-4 bn prelu flatten fc-5")
    graph = Graph(network).to(getattr(torch, dtype)).train()
    graph.freeze({1})
    optimizer = make([p for p in graph.parameters() if p.requires_grad])
    graph(image(network, 4).to(getattr(torch, dtype))).sum().backward()
    optimizer.step()
    kept = [t for state in optimizer.state.values() for t in state.values() if isinstance(t, torch.Tensor)]
    found = training(network, batch=4, dtype=dtype, optimizer=name, frozen=["bn1"])
    assert found.state == sum(t.nbytes for t in kept)
    assert found.gradients == sum(p.grad.nbytes for p in graph.parameters() if p.grad is not None)


@some
@given(graphs(8), st.integers(0, 300_000), st.booleans(), st.booleans())
def test_the_largest_batch_fits_and_one_more_does_not(
    network: Network, available: int, trained: bool, in_place: bool
) -> None:
    def measure(batch: int) -> int:
        found: Any = (
            training(network, batch=batch) if trained else inference(network, batch=batch, in_place=in_place)
        )
        return int(found.total)

    try:
        measure(1)
    except LayerError:
        assume(False)
    batch = largest_batch(measure, available)
    if batch is None:
        assert measure(1000) <= available
    else:
        assert batch == 0 or measure(batch) <= available
        assert measure(batch + 1) > available


def test_the_largest_batch_by_hand() -> None:
    """100 bytes that do not grow, and 7 for each image."""
    assert [largest_batch(lambda b: 100 + 7 * b, n) for n in (106, 107, 113, 114, 170)] == [0, 1, 1, 2, 10]
    assert largest_batch(lambda _: 100, 99) == 0
    assert largest_batch(lambda _: 100, 100) is None


@pytest.mark.parametrize(
    "words", ["3xHxW conv3-K,p1 bn relu maxpool2 gap flatten fc-10", "CxHxW conv3-8,p1 res(conv3-8,p1)"]
)
def test_names_stand_for_what_numbers_give(words: str) -> None:
    values = {"H": 14, "W": 10, "K": 5, "C": 2}
    numbers = words
    for name, value in values.items():
        numbers = (
            numbers.replace(f"{name}x", f"{value}x")
            .replace(f"x{name}", f"x{value}")
            .replace(f"-{name}", f"-{value}")
        )
    named, plain = (inference(load(text), batch=3) for text in (words, numbers))
    assert named.peak is None
    assert set(named.unknown) <= set(values)
    assert [substitute(n.bytes, values) for n in named.nodes] == [n.bytes for n in plain.nodes]
    assert substitute(training(load(words), batch=3).total, values) == training(load(numbers), batch=3).total


def test_a_permuted_map_is_copied_when_it_is_flattened() -> None:
    plain, turned = (
        [(n.bytes, n.shares) for n in inference(load(f"2x3x4 {words}")).nodes]
        for words in ("relu flatten", "permute,order=2x3x1 flatten")
    )
    assert plain == [(96, None), (0, "relu1")]
    assert turned == [(0, "input"), (96, None)]


def test_in_place_a_result_takes_the_place_of_what_nobody_reads_any_more() -> None:
    network = load("2x4x4 conv1-8 relu conv1-8 sigmoid")
    assert [n.shares for n in inference(network, in_place=True).nodes] == [None, "conv1", None, None]
    skipped = load("2x4x4 conv1-8 res(relu)")
    assert [n.in_place for n in inference(skipped, in_place=True).nodes] == [False, False, True]
    assert [n.in_place for n in inference(load("2x4x4 relu"), in_place=True).nodes] == [False]


def test_a_peak_by_hand() -> None:
    """128 bytes of input, 512 of the first convolution, 256 of the second; then the first is done with."""
    found = inference(load("2x4x4 conv1-8 conv1-4 conv1-2"))
    assert found.peak is not None
    assert (found.peak.node, found.peak.bytes) == ("conv2", 512 + 256)
    assert [(h.name, h.bytes) for h in found.peak.held] == [("conv1", 512), ("conv2", 256)]
    assert found.total == found.weights + 512 + 256  # type: ignore[operator]


def test_a_pattern_names_layers_and_blocks() -> None:
    network = load("resnet18")
    whole, block, prefix, stem = (
        training(network, frozen=f).trained for f in (["*"], ["layer1"], ["layer1.*"], ["conv1", "bn1"])
    )
    assert whole == 0
    assert block == prefix == 11_689_512 - 4 * (9 * 64 * 64 + 2 * 64)
    assert stem == 11_689_512 - 3 * 64 * 49 - 2 * 64


def test_a_pattern_that_names_nothing_is_refused() -> None:
    with pytest.raises(SpecError, match=r"--freeze layer9: no layer is called so \(did you mean 'layer"):
        training(load("resnet18"), frozen=["layer9"])


def test_training_one_image_through_a_flat_bn_is_refused() -> None:
    with pytest.raises(LayerError) as caught:
        training(load("8 fc-4 bn"))
    assert str(caught.value) == (
        "1:8: error[CNN203]: layer 'bn1' (bn): 1 value per channel in 4 with batch 1, but training needs at least 2"
        " (use a larger batch)"
    )


def test_int8_is_not_trained() -> None:
    with pytest.raises(LayerError, match="int8 has no gradients"):
        training(load("lenet5"), dtype="int8")


def test_bytes_of_numbers_are_torchs() -> None:
    assert {d: torch.empty((), dtype=getattr(torch, d)).element_size() for d in BYTES} == BYTES
    assert math.prod(BYTES.values()) == 4 * 2 * 2 * 8
