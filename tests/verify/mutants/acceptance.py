"""Layers that rules let through though torch refuses them, and layers that torch takes though rules refuse them."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.condition import at_least, divides
from tests.verify.mutants import Change, Mutant, answering, forgetting, without

__all__ = ["LAX", "STRICT"]

CONV = "cnncalc.layers.conv:Convolution"
POOL = "cnncalc.layers.pool:_SlidingPool"
TCONV = "cnncalc.layers.conv_transpose:TransposedConv"


#: no conditions at all
NOTHING = answering(())


def lax(name: str, network: str, node: str, rule: str, change: Change = NOTHING) -> Mutant:
    return Mutant(name, "acceptance", network, node, rule, change)


def one_more(rule: Any) -> Any:
    """A condition's left side is taken for 1 more."""

    def condition(*args: Any) -> Any:
        found = rule(*args)
        return found._replace(left=found.left + 1)

    return condition


def and_also(condition: Any) -> Change:
    """One condition more: a function of the layer and its input."""

    def strict(rule: Any) -> Any:
        def conditions(layer: Any, x: Any) -> Any:
            yield from rule(layer, x)
            yield condition(layer, x)

        return conditions

    return strict


#: what torch refuses
LAX = (
    lax(
        "groups need not divide the channels",
        "6x8x8 relu conv3-4,g4",
        "conv1",
        "cnncalc.layers.conv:Conv._channels_fit",
    ),
    lax(
        "a kernel may be larger than the padded input",
        "3x4x4 relu conv5-4",
        "conv1",
        f"{CONV}.requires",
        without("kernel"),
    ),
    lax(
        "a dilated kernel spans as much as a dense one",
        "3x4x4 conv3-4,d2",
        "conv1",
        "cnncalc.layers.conv:extent",
        lambda _: lambda w: w.kernel,
    ),
    lax("padding `same` works with any stride", "4x8x8 conv3-4/2,same", "conv1", f"{CONV}._padding_fits"),
    lax(
        "filters need not be as many for each channel",
        "4x8x8 dwconv3-6",
        "dwconv1",
        "cnncalc.layers.conv:DepthwiseConv._channels_fit",
    ),
    lax(
        "circular padding wraps as often as it likes",
        "2x3x3 conv3-4,p4,padding_mode=circular",
        "conv1",
        f"{CONV}._padding_fits",
    ),
    lax(
        "output padding may reach the stride",
        "4x8x8 tconv3-4,op1",
        "tconv1",
        f"{TCONV}.requires",
        without("output_padding"),
    ),
    lax(
        "padding may take the whole output",
        "4x1x1 tconv2-4,p1",
        "tconv1",
        f"{TCONV}.requires",
        without("padding"),
    ),
    lax(
        "padding may exceed half of the kernel",
        "4x8x8 maxpool3,p2",
        "maxpool1",
        f"{POOL}.requires",
        without("padding"),
    ),
    lax(
        "a window may overhang by the whole stride",
        "1x2x2 maxpool4/2,ceil",
        "maxpool1",
        f"{POOL}._window_fits",
        one_more,
    ),
    lax(
        "padding helps an average over three axes",
        "2x2x2x2 avgpool3,p1",
        "avgpool1",
        "cnncalc.layers.pool:_as_large_as_kernel",
    ),
    lax(
        "nothing need be left of a crop",
        "2x4x4 pad,padding=-2x-2",
        "pad1",
        "cnncalc.layers.pad:Pad._side_fits",
    ),
    lax(
        "a map can be mirrored beyond itself",
        "2x4x4 pad4,reflect",
        "pad1",
        "cnncalc.layers.pad:Pad._side_fits",
    ),
    lax(
        "groups of a normalisation need not divide",
        "4x6x6 gn3",
        "gn1",
        "cnncalc.layers.norm:GroupNorm.requires",
    ),
    lax(
        "a single value is its own statistics",
        "4x1x1 bn,notrack",
        "bn1",
        "cnncalc.layers.batch_norm:_PerChannel.requires",
        without("track_running_stats"),
    ),
    lax(
        "heads need not divide the embedding",
        "6x8 attention3",
        "attention1",
        "cnncalc.layers.attention:Attention.requires",
    ),
    lax(
        "channels need not fill a shuffle",
        "6x4x4 pixelshuffle2",
        "pixelshuffle1",
        "cnncalc.layers.shuffle:PixelShuffle.requires",
    ),
    lax("an odd size can be halved", "5x4x4 glu", "glu1", "cnncalc.layers.activation:GLU.requires"),
    lax(
        "linear interpolation works over any axes",
        "2x4x4 upsample2,linear",
        "upsample1",
        "cnncalc.layers.resample:Upsample._check_mode",
        answering(None),
    ),
    lax(
        "an output may be rounded down to nothing",
        "2x1x4 upsample0.5",
        "upsample1",
        "cnncalc.layers.resample:Upsample.requires",
    ),
    lax(
        "concatenated maps may differ in size",
        "4x8x8 cat(conv1-2|maxpool2)",
        "cat1",
        "cnncalc.layers.merge:Cat.requires",
    ),
    lax(
        "summands may differ in size",
        "4x8x8 add(conv1-4|conv1-3)",
        "add1",
        "cnncalc.layers.merge:_Broadcasting.requires",
    ),
    lax("a missing chunk can be taken", "5x4x4 split4,i3", "split1", "cnncalc.layers.slice:Split.requires"),
    lax(
        "sizes need not multiply to what is parted",
        "6 unflatten,shape=4x2",
        "unflatten1",
        "cnncalc.layers.reshape:Unflatten.requires",
    ),
    lax(
        "a probability may exceed 1",
        "4x4x4 dropout1.5",
        "dropout1",
        "cnncalc.layers.dropout:_check_probability",
        answering(None),
    ),
    lax(
        "one-dimensional dropout takes maps",
        "4x4x4 dropout1d",
        "dropout1d1",
        "cnncalc.layers.dropout:Dropout1d.requires",
    ),
)

#: what torch takes
STRICT = (
    lax(
        "a convolution's groups are 1",
        "4x6x6 relu conv3-4,g2",
        "conv1",
        f"{CONV}.requires",
        and_also(lambda layer, x: at_least(1, layer.groups, "", "")),
    ),
    lax(
        "the kernel has to fit without padding",
        "3x4x4 conv5-4,p1",
        "conv1",
        f"{CONV}.requires",
        forgetting(padding=0),
    ),
    lax(
        "the stride has to divide",
        "3x6x6 conv3-4/2",
        "conv1",
        f"{CONV}.requires",
        and_also(lambda layer, x: divides(layer.stride, x.dims[1] - 3, "", "")),
    ),
    lax(
        "nothing may overhang",
        "1x3x3 maxpool4/2,ceil",
        "maxpool1",
        f"{POOL}._window_fits",
        forgetting(ceil_mode=False),
    ),
    lax(
        "the stride alone bounds output padding",
        "2x4x4 tconv3-2,d2,op1",
        "tconv1",
        "cnncalc.layers.conv_transpose:maximum",
        lambda _: lambda stride, dilation: stride,
    ),
    lax(
        "running statistics do not help",
        "4 fc-3 bn",
        "bn1",
        "cnncalc.layers.batch_norm:_PerChannel.requires",
        forgetting(track_running_stats=False),
    ),
    lax(
        "a mirror needs twice the padding",
        "2x4x4 pad3,reflect",
        "pad1",
        "cnncalc.layers.pad:Pad.requires",
        and_also(lambda layer, x: at_least(x.dims[1], 2 * layer.padding, "", "")),
    ),
    lax(
        "what is broadcast has no size of 1",
        "4x6x6 mul(|gap)",
        "mul1",
        "cnncalc.layers.merge:_is_one",
        answering(False),
    ),
    lax(
        "heads are a power of 2",
        "6x9 attention3",
        "attention1",
        "cnncalc.layers.attention:Attention.requires",
        and_also(lambda layer, x: divides(layer.heads, 8, "", "")),
    ),
    lax(
        "average pooling over two axes needs W >= F",
        "2x2x2 avgpool3,p1",
        "avgpool1",
        f"{POOL}.requires",
        forgetting(padding=0),
    ),
)
