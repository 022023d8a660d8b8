"""MACs of the backward pass beside torch's counter, with random layers frozen."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.loader import load
from cnncalc.network import Network
from cnncalc.passes.training_cost import training_cost
from tests.passes.random_graphs import graphs
from tests.passes.test_memory import SMALL, parts
from tests.passes.torch_memory import Graph

torch.set_num_threads(1)

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'", "ignore:dropout[23]d. Received a")


def convolution_backward(grad: Any, x: Any, weight: Any, *rest: Any, out_shape: Any = None, **_: Any) -> int:
    """The counter's own rule takes the gradient of grouped weights for that of full ones."""
    transposed, mask = rest[4], rest[-1]
    positions = (x if transposed else grad)[2:]
    count = 2 * x[0] * (int(mask[0]) + int(mask[1]))
    for n in (*weight, *positions):
        count *= n
    return count


def counted(network: Network, batch: int, frozen: set[int]) -> tuple[int, int]:
    """FLOPs of forward and backward, from torch. On the meta device no product hides from the counter."""
    with torch.device("meta"):
        graph = Graph(network).train()
        sizes: Any = network.input.dims
        x = torch.zeros(batch, *sizes)
    graph.freeze(frozen)
    mapping = {torch.ops.aten.convolution_backward: convolution_backward}
    with FlopCounterMode(display=False, custom_mapping=mapping) as counter:
        y = graph(x)
        forward = counter.get_total_flops()
        if y.requires_grad:
            y.sum().backward()
    return forward, counter.get_total_flops() - forward


@pytest.mark.parametrize("name", SMALL)
def test_zoo_networks(name: str) -> None:
    network = load(name, input_size=SMALL[name])
    found = training_cost(network, batch=2)
    assert (2 * found.forward, 2 * found.backward) == counted(network, 2, set())  # type: ignore[operator]
    assert found.step == found.forward + found.backward


def reaches_the_output(network: Network) -> set[int]:
    """The nodes whose results matter for the output."""
    wanted = {network.last}
    for node in reversed(network.nodes):
        if node.index in wanted:
            wanted |= set(node.inputs)
    return wanted


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(graphs(), st.integers(2, 3), st.data())
def test_random_graphs_with_random_layers_frozen(network: Network, batch: int, data: st.DataObject) -> None:
    assume(reaches_the_output(network) >= {n.index for n in network.nodes})
    frozen = data.draw(st.sets(st.sampled_from(parts(network)))) if parts(network) else set()
    try:
        forward, backward = counted(network, batch, frozen)
    except ValueError as error:
        assume("Expected more than 1" not in str(error))
        raise
    found = training_cost(network, batch=batch, frozen=[network.nodes[i].name for i in sorted(frozen)])
    assert (2 * found.forward, 2 * found.backward) == (forward, backward)  # type: ignore[operator]


def test_the_first_layer_passes_nothing_on() -> None:
    found = training_cost(load("3x8x8 conv3-4,p1 relu conv3-4,p1 flatten fc-10"))
    first, second, last = 3 * 4 * 9 * 64, 4 * 4 * 9 * 64, 256 * 10
    assert [n.backward for n in found.nodes] == [first, 0, 2 * second, 0, 2 * last]


def test_a_frozen_stem_costs_nothing_and_a_frozen_middle_its_input_gradient() -> None:
    network = load("3x8x8 conv3-4,p1 conv3-4,p1 conv3-4,p1")
    stem = training_cost(network, frozen=["conv1"])
    middle = training_cost(network, frozen=["conv2"])
    m1, m = 3 * 4 * 9 * 64, 4 * 4 * 9 * 64
    assert [n.backward for n in stem.nodes] == [0, m, 2 * m]
    assert [n.backward for n in middle.nodes] == [m1, m, 2 * m]


def test_in_names() -> None:
    found = training_cost(load("3xHxW conv3-K,p1 conv1-K"), batch=2)
    assert str(found.backward) == str(2 * found.nodes[1].forward + found.nodes[0].forward)
