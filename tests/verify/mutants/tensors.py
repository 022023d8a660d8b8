"""Wrong parameters and buffers."""

from __future__ import annotations

from cnncalc.layers.conv import Convolution
from cnncalc.record import replace
from cnncalc.shape import Shape, Weight
from tests.verify.mutants import SHARED, answering, forgetting, of, on_input, then

__all__ = ["BUFFERS", "PARAMETERS"]

LAYERS = "cnncalc.layers."
CONV = "cnncalc.layers.conv:Convolution"
TCONV = "cnncalc.layers.conv_transpose"
NORM = "cnncalc.layers.batch_norm:_PerChannel"


def first_axes_exchanged(weights: tuple[Weight, ...]) -> tuple[Weight, ...]:
    """The first two axes of the first tensor exchanged."""
    first, *others = weights
    a, b, *rest = first.shape
    return replace(first, shape=(b, a, *rest)), *others


PARAMETERS = of(
    "parameters",
    ("groups are forgotten", "4x6x6 conv3-4,g2", "conv1", f"{CONV}.weights", forgetting(groups=1)),
    ("the bias is forgotten", "4x6x6 conv3-4 relu", "conv1", f"{CONV}.weights", forgetting(bias=False)),
    ("the formula forgets the bias", "4x6x6 conv3-4 relu", "conv1", f"{CONV}.params", forgetting(bias=False)),
    (
        "the formula of a tensor forgets groups",
        "4x6x6 conv3-4,g2",
        "conv1",
        f"{CONV}.counts",
        forgetting(groups=1),
    ),
    (
        "a kernel is as wide as it is high",
        "4x6x6 conv3x1-4",
        "conv1",
        f"{CONV}.weights",
        forgetting(kernel=3),
    ),
    (
        "a depthwise filter sees all channels",
        "4x6x6 dwconv3",
        "dwconv1",
        f"{LAYERS}conv:DepthwiseConv._groups",
        answering(1),
    ),
    (
        "a transposed convolution's weight has its filters first",
        "4x6x6 tconv3-2",
        "tconv1",
        f"{TCONV}:TransposedConv.weights",
        then(first_axes_exchanged),
    ),
    (
        "a transposed convolution's groups are forgotten",
        "4x6x6 tconv3-2,g2",
        "tconv1",
        f"{TCONV}:TransposedConv.weights",
        forgetting(groups=1),
    ),
    (
        "a locally connected layer shares its weights",
        "4x6x6 lc3-2",
        "lc1",
        f"{LAYERS}local:LocallyConnected.weights",
        lambda _: Convolution.weights,
    ),
    (
        "a locally connected layer shares its bias",
        "4x6x6 lc3-2",
        "lc1",
        f"{LAYERS}local:LocallyConnected.params",
        forgetting(shared_bias=True),
    ),
    (
        "a fully connected layer has no bias",
        "8 fc-3",
        "fc1",
        f"{LAYERS}linear:Linear.weights",
        forgetting(bias=False),
    ),
    (
        "a fully connected layer sees the whole map",
        "2x8 fc-3",
        "fc1",
        f"{LAYERS}linear:Linear.weights",
        on_input(lambda x: Shape((x.elements,))),
    ),
    ("batch normalisation learns nothing", "3x4x4 bn", "bn1", f"{NORM}.weights", forgetting(affine=False)),
    (
        "group normalisation learns one factor for each group",
        "6x4x4 gn2",
        "gn1",
        f"{LAYERS}norm:GroupNorm.weights",
        on_input(lambda x: Shape((2,))),
    ),
    (
        "layer normalisation learns one factor for each channel",
        "3x4x4 ln",
        "ln1",
        f"{LAYERS}norm:LayerNorm.weights",
        on_input(lambda x: Shape(x.dims[:1])),
    ),
    (
        "RMS normalisation has a bias",
        "8 rms",
        "rms1",
        f"{LAYERS}norm:RMSNorm.weights",
        then(lambda found: (*found, Weight("bias", found[0].shape))),
    ),
    (
        "PReLU learns one slope per channel",
        "3x4x4 prelu",
        "prelu1",
        f"{LAYERS}activation:PReLU._slopes",
        lambda _: lambda layer, x: x.channels,
    ),
    (
        "each head has projections of its own size",
        "4x6 attention2",
        "attention1",
        f"{LAYERS}attention:Attention.weights",
        on_input(lambda x: Shape((x.dims[0], x.dims[1] // 2))),
    ),
    (
        "rows of keys and values are not learned",
        "4x6 attention2,add_bias_kv=true",
        "attention1",
        f"{LAYERS}attention:Attention.weights",
        forgetting(add_bias_kv=False),
    ),
    (
        "shared weights count every time",
        SHARED,
        "",
        "cnncalc.analysis:_rows",
        lambda rule: (
            lambda network, *args: rule(
                replace(network, nodes=tuple(replace(n, weights_of=None) for n in network.nodes)), *args
            )
        ),
    ),
)

BUFFERS = of(
    "buffers",
    (
        "batch normalisation has none",
        "3x4x4 bn",
        "bn1",
        f"{NORM}.weights",
        forgetting(track_running_stats=False),
    ),
    (
        "running statistics are learned",
        "3x4x4 bn",
        "bn1",
        f"{NORM}.weights",
        then(lambda found: tuple(replace(w, role="parameter") for w in found)),
    ),
    (
        "the number of batches is not counted",
        "3x4x4 bn",
        "bn1",
        f"{NORM}.weights",
        then(lambda found: found[:-1]),
    ),
    (
        "the number of batches is a float",
        "3x4x4 bn",
        "bn1",
        f"{NORM}.weights",
        then(lambda found: tuple(replace(w, dtype="float") for w in found)),
    ),
    (
        "instance normalisation keeps running statistics",
        "3x4x4 in",
        "in1",
        f"{NORM}.weights",
        forgetting(track_running_stats=True),
    ),
    (
        "running statistics are per position",
        "3x4x4 bn",
        "bn1",
        f"{NORM}.weights",
        on_input(lambda x: Shape((x.elements,))),
    ),
    (
        "the formula counts the number of batches per channel",
        "3x4x4 bn",
        "bn1",
        f"{NORM}.counts",
        then(lambda found: {**found, "num_batches_tracked": found["running_var"]}),
    ),
)
