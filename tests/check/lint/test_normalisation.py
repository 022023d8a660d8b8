"""A bias before a normalisation (CNN301), one value per channel (CNN321), dropout before a normalisation (CNN322)."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc.errors import CnncalcError
from cnncalc.layers import KINDS
from cnncalc.layers.norm import BatchNorm, InstanceNorm
from cnncalc.loader import load, load_text
from cnncalc.network import Network
from cnncalc.shape import Shape
from tests.check.lint.ask import doubles, found, says, seeded
from tests.layers.twin import Twin
from tests.passes.field_networks import network_of

#: what may stand between a layer with a bias and a normalisation, and what does not let the bias through unchanged
between = st.sampled_from(
    [
        *("maxpool2", "maxpool3/1,p1", "avgpool2", "gmp", "identity", "flatten,start=2", "upsample2"),
        *("relu", "tanh", "avgpool3/1,p1", "avgpool3/1,p1,count_include_pad=false", "pad1", "pad1,reflect"),
        *("maxpool2 maxpool2", "maxpool2 relu", "select0-2", "channelshuffle2", "softmax", "pixelshuffle2"),
    ]
)
biased = st.sampled_from(
    ["conv3-4,p1", "conv1-4", "tconv2-4/2", "dwconv3,p1", "conv3-4,p1,nobias", "conv3-8,g2,p1"]
)
norms = st.sampled_from(
    [
        "bn",
        "in",
        "gn1",
        "gn2",
        "gn4",
        "ln",
        "rms",
        "rms,dims=2",
        "ln,dims=1",
        "ln,dims=2",
        "bn,notrack",
        "in,track",
        "lrn3",
    ]
)


def bias_counts(network: Network, *, training: bool) -> bool | None:
    """Whether another bias of the first layer changes what comes out: a larger one, or one that leaves nothing positive.

    None: nothing changes it, not even another input, or torch refuses to train it.
    """
    model, x = seeded(network, training=training), doubles(network, 3)
    bias = model.steps[0].module.bias
    with torch.no_grad():
        try:
            before = model.run(x)
        except ValueError:  # one value per channel
            return None
        if torch.allclose(model.run(doubles(network, 3)), before):
            return None  # a mean over a single number takes everything off
        for least in (0.5, -60.0):
            bias.data.uniform_(least, least + 2)
            if not torch.allclose(model.run(x), before, atol=1e-7):
                return True
    return False


@settings(max_examples=150, deadline=None)
@given(biased, st.lists(between, max_size=2), norms)
def test_a_bias_is_taken_off_where_the_output_does_not_change_with_it(
    layer: str, mids: list[str], norm: str
) -> None:
    """What is said is so; and where channels stay channels, it is said wherever it is so."""
    try:
        network = load(" ".join(["4x8x8", layer, *mids, norm, "sigmoid"]))
    except CnncalcError:
        assume(False)
    said = says(network, "CNN301")
    if "nobias" in layer:
        assert said == []
    else:
        counts = bias_counts(network, training=True)
        assert counts is None or not (said and counts)
        assert counts is not False or said or "pixelshuffle2" in mids


@pytest.mark.parametrize("pooling", ["avgpool2", "gap"])
def test_what_is_not_said_of_channels_that_become_positions(pooling: str) -> None:
    """Their mean evens four biases out, the same at every position; the rule follows one number for each channel."""
    network = load(f"4x8x8 conv3-4,p1 pixelshuffle2 {pooling} bn sigmoid")
    assert bias_counts(network, training=True) is False
    assert says(network, "CNN301") == []


def test_a_bias_before_running_statistics_is_in_the_running_mean() -> None:
    """Why it is superfluous in inference too: whatever it is, another running mean gives the same."""
    network = load("4x8x8 conv3-4,p1 bn relu")
    assert bias_counts(network, training=False)
    model, x = seeded(network, training=False), doubles(network)
    with torch.no_grad():
        before = model.run(x)
        shift = torch.rand(4, dtype=torch.float64)
        model.steps[0].module.bias.data += shift
        model.steps[1].module.running_mean.data += shift
        assert torch.allclose(model.run(x), before)


@pytest.mark.parametrize(
    "words",
    [
        "4x8x8 conv3-4,p1 dropout bn",  # in training parts of the bias are dropped
        "4x8x8 conv3-4,p1 droppath0.5 bn",
        "4x8x8 res(conv3-4,p1) bn",  # summed with others first
        "4x8x8 conv3-4,p1 cat(bn|relu)",  # relu sees it as well
        "4x8x8 bn conv3-4,p1",
        "7x4 fc-3 bn",  # normalised over the rows, the bias has one number for each column
    ],
)
def test_a_bias_that_counts(words: str) -> None:
    assert says(words, "CNN301") == []


@pytest.mark.parametrize(
    ("words", "parameters"),
    [
        ("784 fc-100 bn", 100),
        ("4x8x8 conv3-6,p1 flatten bn", 6),
        ("4x8x8 bn bn", 4),
        ("4xHxW conv3-K,p1 bn", "K"),
    ],
)
def test_how_many_parameters_are_without_effect(words: str, parameters: int | str) -> None:
    (message,) = says(words, "CNN301")
    assert message.endswith(f": {parameters} parameters without effect")


def test_a_shared_bias_is_superfluous_only_where_all_uses_are() -> None:
    text = (
        "cnncalc: 1\ninput: 4x8x8\nlayers:\n"
        "  - {layer: 'conv3-4,p1', name: a}\n  - %s\n  - relu\n"
        "  - {layer: 'conv3-4,p1', weights: a}\n  - bn\n"
    )
    assert len(says(load_text(text % "bn", "x.cnn.yaml"), "CNN301")) == 1
    assert says(load_text(text % "tanh", "x.cnn.yaml"), "CNN301") == []


sizes = st.lists(st.integers(1, 2), max_size=3)
#: torch infers without eps, and raises in training
norms: list[Any] = [BatchNorm(), BatchNorm(eps=0.0), InstanceNorm(track_running_stats=True)]


@settings(max_examples=100, deadline=None)
@given(sizes, st.integers(1, 3), st.sampled_from(norms))
def test_one_value_per_channel_is_where_torch_raises(spatial: list[int], batch: int, layer: Any) -> None:
    shape = Shape((3, *spatial))
    assume(spatial or layer.kind == "bn")
    module = Twin(layer.torch_call(shape)).train()
    try:
        module(torch.rand(batch, *numbers_of(shape)))
        raises = False
    except ValueError:
        raises = True
    said = says(network_of([(layer, (-1,))], shape), "CNN321", smallest_batch=batch)
    assert bool(said) == raises


def numbers_of(shape: Shape) -> tuple[int, ...]:
    sizes: Any = shape.dims
    return tuple(sizes)


def test_what_else_cannot_be_trained_is_not_spoken_of() -> None:
    assert says("4x8 attention2,dropout=1.5 ln", "CNN321") == []


def paths(network: Network, start: int) -> bool:
    """Whether some path from a node comes to a normalisation with running statistics before it comes to another one."""
    ends = [start]
    while ends:
        i = ends.pop()
        for node in network.nodes:
            if i in node.inputs:
                if node.layer.kind == "bn":
                    return True
                if node.layer.kind not in ("ln", "in"):
                    ends.append(node.index)
    return False


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_dropout_is_before_a_normalisation_if_some_path_leads_there(data: st.DataObject) -> None:
    kinds = ["dropout", "dropout2d", "bn", "ln", "in", "relu", "conv", "add"]
    layers: list[tuple[Any, tuple[int, ...]]] = []
    for index in range(data.draw(st.integers(2, 9))):
        kind = data.draw(st.sampled_from(kinds))
        fields: dict[str, Any] = {"kernel": 3, "padding": 1, "out": 2} if kind == "conv" else {}
        inputs = tuple(data.draw(st.integers(-1, index - 1)) for _ in range(2 if kind == "add" else 1))
        layers.append((KINDS[kind](**fields), inputs))
    network = network_of(layers, Shape((2, 4, 4)))
    expected = [
        n.name for n in network.nodes if n.layer.kind.startswith("dropout") and paths(network, n.index)
    ]
    assert [message.split("'")[1] for message in says(network, "CNN322")] == expected


def test_dropout_shifts_the_variance_that_is_learned() -> None:
    """Measured: for numbers with mean 0 and p = 1/2 the running variance becomes twice what inference sees."""
    torch.manual_seed(0)
    dropout, bn = nn.Dropout(0.5), nn.BatchNorm1d(1, momentum=1.0)
    x = torch.randn(400_000, 1)
    bn(dropout(x))
    assert bn.running_var is not None
    assert abs(bn.running_var.item() / x.var().item() - 2) < 0.02


@pytest.mark.parametrize(
    "words",
    [
        "4x8x8 dropout0 bn",
        "4x8x8 alphadropout bn",
        "4x8x8 droppath0.2 bn",
        "4x8x8 dropout in",
        "4x8x8 bn dropout",
    ],
)
def test_a_dropout_that_shifts_nothing(words: str) -> None:
    assert found(words, "CNN322") == ()
