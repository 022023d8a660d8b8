"""What does nothing: activations (CNN302), poolings (CNN303), weights behind weights (CNN304), unread layers (CNN305);
a softmax at the end (CNN323), and activations before a max pooling (CNN332). All measured on torch.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc.errors import CnncalcError
from cnncalc.loader import load, load_text
from cnncalc.network import Network
from cnncalc.shape import Shape
from tests.check.lint.ask import doubles, found, says, seeded
from tests.layers.test_interval import ACTIVATIONS, GRID, applied
from tests.passes.field_networks import network_of
from tests.passes.random_graphs import graphs

# torch mentions the copy that an even kernel needs, and ranks that dropouts are not meant for
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'", "ignore:dropout[12]d. Received a")

#: activations that keep no single interval, or do nothing at all: of these not every idle use is seen
_PARTLY_SEEN = {
    "Identity()",
    "Hardshrink(lambd=0.5)",
    "LeakyReLU(negative_slope=1.0)",
    "Threshold(threshold=1.0, value=-2.0)",
    "Threshold(threshold=-1.0, value=2.0)",
    "Softplus(beta=1.0, threshold=-2.0)",
    "Softplus(beta=1.0, threshold=0.5)",
}


def gives_back(network: Network, index: int, *, training: bool) -> bool:
    """Whether in torch a node gives back what comes in."""
    same: list[bool] = []

    def observe(node: int, inputs: Any, output: torch.Tensor) -> None:
        if node == index:
            same.append(torch.allclose(inputs[0].reshape(output.shape), output, rtol=1e-12, atol=1e-12))

    torch.manual_seed(1)
    with torch.no_grad():
        seeded(network, training=training).run(3 * doubles(network), observe)
    return all(same)


@pytest.mark.parametrize("second", ACTIVATIONS, ids=str)
def test_an_idle_activation_gives_back_what_comes_in(second: Any) -> None:
    for first in ACTIVATIONS:
        x = applied(first, GRID[None])
        idle = torch.equal(applied(second, x), x)
        said = says(network_of([(first, (-1,)), (second, (0,))], Shape((4,))), "CNN302")
        assert bool(said) == idle or (idle and str(second) in _PARTLY_SEEN)


chains = st.lists(
    st.sampled_from(
        [
            *(
                "relu",
                "relu6",
                "leakyrelu",
                "sigmoid",
                "tanh",
                "hardtanh",
                "prelu",
                "elu",
                "identity",
                "rrelu",
            ),
            *(
                "maxpool2",
                "maxpool3/1,p1",
                "avgpool3/1,p1",
                "gap",
                "gmp",
                "adaptiveavgpool2",
                "dropout",
                "flatten,start=2",
            ),
            *(
                "upsample2",
                "upsample2,bicubic",
                "pad1",
                "conv1-4",
                "bn",
                "res(relu|relu)",
                "res(tanh)",
                "cat(relu|sigmoid)",
            ),
            *("maxpool1", "avgpool1", "softmax", "alphadropout", "pad,padding=1,value=-1.0"),
        ]
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(chains, st.booleans())
def test_what_is_idle_gives_back_what_comes_in(words: list[str], training: bool) -> None:
    try:
        network = load(" ".join(["4x6x6", *words]))
    except CnncalcError:
        assume(False)
    idle = {m.split("'")[1] for code in ("CNN302", "CNN303") for m in says(network, code)}
    for node in network.nodes:
        if node.name in idle:
            assert gives_back(network, node.index, training=training)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_what_is_idle_in_any_graph_gives_back_what_comes_in(network: Network) -> None:
    names = {m.split("'")[1] for code in ("CNN302", "CNN303") for m in says(network, code)}
    for node in network.nodes:
        if node.name in names:
            assert gives_back(network, node.index, training=False)


@pytest.mark.parametrize(
    ("words", "idle"),
    [
        ("4x6x6 gap gap", ["gap2"]),
        ("4x6x6 gap conv1-4 relu gmp", ["gmp1"]),
        ("4x6x6 adaptiveavgpool1 maxpool3/1,p1", ["maxpool1"]),
        ("4x6x6 maxpool1", ["maxpool1"]),
        ("4x6x6 maxpool1/2", []),
        ("4x6x6 conv6-4 gap", []),  # a single position for this image only
        ("4x6x6 adaptiveavgpool6", []),  # for other images it is not
        ("4x6x6 gap avgpool2,p1", []),  # the zeros count in the mean
        ("4x6x6 gap lppool1,norm_type=3.0", []),
        ("4x6x6 gap upsample2 gap", []),
    ],
)
def test_idle_pooling(words: str, idle: list[str]) -> None:
    assert [m.split("'")[1] for m in says(words, "CNN303")] == idle


weighted = st.sampled_from(
    [
        *(
            "conv3-6,p1",
            "conv1-6",
            "conv3-6,p1,nobias",
            "tconv2-4/2",
            "dwconv3,p1",
            "conv1-2",
            "conv1x3-6",
            "conv3x1-6",
        ),
        *("conv3-4,g2,p1", "bn", "dropout", "identity", "relu", "scale", "ln", "maxpool2", "droppath0.1"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(weighted, min_size=2, max_size=5))
def test_without_a_nonlinearity_the_whole_is_one_affine_map(words: list[str]) -> None:
    """f(x + y) − f(y) = f(x) − f(0) between the two layers that are told of."""
    try:
        network = load(" ".join(["4x7x7", *words]))
    except CnncalcError:
        assume(False)
    for message in says(network, "CNN304"):
        _, second, _, first, _ = message.split("'")
        names = [node.name for node in network.nodes]
        begin, end = names.index(first), names.index(second)
        model = seeded(network, training=False)
        shape: Any = network.input_shapes(network.nodes[begin])[0].dims

        def f(x: torch.Tensor, steps: Any = model.steps[begin : end + 1]) -> torch.Tensor:
            for step in steps:
                x = step(x)
            return x

        x, y = (torch.randn(1, *shape, dtype=torch.float64) for _ in range(2))
        with torch.no_grad():
            assert torch.allclose(f(x + y) - f(y), f(x) - f(torch.zeros_like(x)), atol=1e-8)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("784 fc-256 fc-10", 1),
        ("784 fc-256 dropout fc-256 fc-10", 2),
        ("3x9x9 conv3-8,p1 conv3-8,p1", 1),
        ("3x9x9 conv3-8,p1 bn conv1-8", 1),
        ("8x9x9 tconv4-8/2,p1 tconv4-8/2,p1", 1),
        ("3x9x9 conv3-8,p1 relu conv3-8,p1", 0),
        ("3x9x9 conv3-8,p1 ln conv3-8,p1", 0),
        ("3x9x9 conv3-8,p1 maxpool2 conv3-8,p1", 0),
        ("8x9x9 dwconv3,p1 bn conv1-16", 0),
        ("64x9x9 conv1-8 bn conv1-64", 0),  # a linear bottleneck
        ("784 fc-16 fc-100", 0),  # a matrix of rank 16
        ("8x9x9 conv1x3-8 conv3x1-8", 0),  # a 3×3 kernel in two pieces
        ("64x9x9 conv1-16 conv3-16,p1", 0),  # cheaper than a 3×3 on 64 channels
        ("3x9x9 conv3-8,p1 res(conv3-8,p1 relu)", 0),  # the shortcut reads it as well
        ("CxHxW conv1-C conv1-C", 1),
        ("CxHxW conv1-K conv1-C", 0),  # K may be the smaller one
    ],
)
def test_no_nonlinearity(words: str, count: int) -> None:
    assert len(found(words, "CNN304")) == count


def lost(network: Network) -> set[int]:
    """The nodes that the output does not depend on."""
    seen, ends = set(), [network.last]
    while ends:
        i = ends.pop()
        if i >= 0 and i not in seen:
            seen.add(i)
            ends += network.nodes[i].inputs
    return {node.index for node in network.nodes} - seen


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_unread_layers_are_those_that_the_output_does_not_depend_on(network: Network) -> None:
    unread = lost(network)
    read = {i for node in network.nodes for i in node.inputs}
    ends = [i for i in sorted(unread - read) if network.nodes[i].output != network.output]
    said = says(network, "CNN305")
    assert [m.split("'")[1] for m in said] == [network.nodes[i].name for i in ends]
    told = [int(m.split(": ")[2].split()[0]) for m in said]
    heads = {i for i in unread - read if network.nodes[i].output == network.output}
    assert sum(told) <= len(unread)
    if not heads:
        assert sum(told) == len(unread)


def test_an_unread_layer_has_no_gradient() -> None:
    network = load_text(
        "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - {layer: conv3-4, name: a}\n  - {layer: conv3-5, name: b}\n"
        "  - {layer: conv1-6, name: c}\n  - {layer: conv3-7, from: a}\n",
        "x.cnn.yaml",
    )
    model = seeded(network, training=True)
    model.run(doubles(network)).sum().backward()
    wasted = sum(p.numel() for p in model.parameters() if p.grad is None)
    (message,) = says(network, "CNN305")
    assert f": 2 layers with {wasted} parameters and 3,360 MACs for nothing" in message


def test_weights_that_a_living_layer_has_too_are_not_lost() -> None:
    text = (
        "cnncalc: 1\ninput: 4x8x8\nlayers:\n  - {layer: 'conv3-4,p1', name: a}\n"
        "  - {layer: 'conv3-4,p1', from: input%s}\n  - maxpool2\n"
    )
    for shared, parameters in (("", 148), (", weights: a", 0)):
        (message,) = says(load_text(text % shared, "x.cnn.yaml"), "CNN305")
        assert f": 1 layer with {parameters} parameters and" in message


def test_a_head_of_the_same_form_is_left_alone() -> None:
    text = "cnncalc: 1\ninput: 8\nlayers:\n  - {layer: relu, name: a}\n  - {layer: fc-%d}\n  - {layer: fc-10, from: a}\n"
    assert found(load_text(text % 10, "x.cnn.yaml"), "CNN305") == ()
    assert len(found(load_text(text % 11, "x.cnn.yaml"), "CNN305")) == 1


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("8 fc-10 softmax", 1),
        ("8x4x4 conv1-3 softmax2d", 1),
        ("8x4x4 conv1-3 softmax flatten", 1),
        ("8 fc-10 softmin", 1),
        ("8 fc-10 logsoftmax", 0),
        ("8 fc-10 sigmoid", 0),
        ("8 softmax fc-10", 0),
        ("8x4x4 mul(|conv1-8 softmax)", 0),
        ("8 softmax dropout", 0),
    ],
)
def test_a_softmax_at_the_end(words: str, count: int) -> None:
    assert len(found(words, "CNN323")) == count


def test_the_loss_takes_log_softmax_itself() -> None:
    """Which changes nothing of a log-softmax, but of probabilities leaves a loss that cannot come near 0."""
    torch.manual_seed(0)
    logits, classes = 20 * torch.randn(16, 10), torch.randint(10, (16,))
    loss = nn.CrossEntropyLoss()
    assert torch.allclose(loss(logits.log_softmax(1), classes), loss(logits, classes))
    sure = 100 * nn.functional.one_hot(classes, 10).float()
    assert loss(sure, classes) < 1e-6
    assert loss(sure.softmax(1), classes) > 1.4


@pytest.mark.parametrize("layer", ACTIVATIONS, ids=str)
@pytest.mark.parametrize("pool", ["maxpool2", "maxpool3/2,p1", "gmp", "adaptivemaxpool2"])
def test_an_activation_before_a_max_pooling_may_come_behind_it(layer: Any, pool: str) -> None:
    behind = load(f"2x6x6 {pool}").nodes[0].layer
    orders = [[(layer, (-1,)), (behind, (0,))], [(behind, (-1,)), (layer, (0,))]]
    networks = [network_of(order, Shape((2, 6, 6))) for order in orders]
    assert bool(found(networks[0], "CNN332")) == (layer.rising() and layer.kind != "identity")
    if layer.rising():
        x = 4 * doubles(networks[0])
        with torch.no_grad():
            a, b = (seeded(network, training=False).run(x) for network in networks)
        assert torch.allclose(a, b, atol=1e-12)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("2x6x6 relu maxpool2", 1),
        ("2x6x6 gelu maxpool2", 0),
        ("2x6x6 relu avgpool2", 0),
        ("2x6x6 relu maxpool3/1,p1", 0),  # as many numbers behind it
        ("2x6x6 relu cat(maxpool2|avgpool2)", 0),
        ("2xHxW relu maxpool2", 1),
        ("2xHxW relu maxpool3/1,p1", 0),
        ("2x6x6 identity maxpool2", 0),
    ],
)
def test_when_the_order_matters(words: str, count: int) -> None:
    assert len(found(words, "CNN332")) == count
