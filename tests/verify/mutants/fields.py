"""Wrong receptive fields."""

from __future__ import annotations

from typing import Any

from cnncalc.layers import reach
from cnncalc.layers.reach import Along, axiswise
from cnncalc.record import replace
from tests.verify.mutants import Change, Mutant, answering, forgetting, formula, of, then

__all__ = ["FIELDS"]

LAYERS = "cnncalc.layers."
REACH = f"{LAYERS}reach:"
INTERIOR = "cnncalc.passes.receptive_field.interior:"
JOINED = "cnncalc: 1\ninput: 2x9\nlayers: [{a: conv1-2}, {layer: 'cat,dim=2', from: [input, a]}]"
CONV = f"{LAYERS}conv:Convolution.reads"


def both(*mutants: tuple[str, str, str, str, Change]) -> tuple[Mutant, ...]:
    """Seen by the surrogate and by NaN."""
    return (*of("rf", *mutants), *of("rf-nan", *mutants))


def itself(rule: Any) -> Any:
    """A layer of which every unit reads its own position alone."""
    return lambda layer, x, *more: (axiswise(x.dims),)


FIELDS = (
    *both(
        ("dilation is ignored", "2x9x9 conv3-2,d2 relu", "conv1", CONV, forgetting(dilation=1)),
        ("the kernel is one larger", "2x9x9 conv3-2 conv3-2", "conv1", CONV, forgetting(kernel=4)),
        ("the stride is ignored", "2x9x9 conv3-2/2 conv3-2", "conv1", CONV, forgetting(stride=1)),
        ("padding does not move the field", "2x9x9 conv3-2,p1", "conv1", CONV, forgetting(padding=0)),
        (
            "circular padding does not wrap",
            "2x9x9 conv3-2,p1,padding_mode=circular",
            "conv1",
            CONV,
            forgetting(padding_mode="zeros"),
        ),
        (
            "a pooling reads one position",
            "2x9x9 maxpool3/2",
            "maxpool1",
            f"{LAYERS}pool:_SlidingPool.reads",
            itself,
        ),
        (
            "a pooling's padding does not move the field",
            "2x9x9 maxpool3/2,p1",
            "maxpool1",
            f"{LAYERS}pool:MaxPool._padding",
            answering(0),
        ),
        (
            "parts of an adaptive pooling do not overlap",
            "2x8x8 adaptiveavgpool3",
            "adaptiveavgpool1",
            f"{REACH}Parts.of",
            lambda _: lambda taps, o: range(o * taps.size // taps.parts, (o + 1) * taps.size // taps.parts),
        ),
        (
            "global pooling reads the middle",
            "2x9x9 gap",
            "gap1",
            f"{LAYERS}adaptive_pool:_GlobalPool.reads",
            then(lambda reads: (tuple(Along(i, reach.same(1)) for i in range(3)),)),
        ),
        (
            "a transposed convolution reads one position",
            "2x5x5 tconv3-2/2,p1",
            "tconv1",
            f"{LAYERS}conv_transpose:TransposedConv.reads",
            forgetting(kernel=1),
        ),
        (
            "padding of a transposed convolution does not move the field",
            "2x5x5 tconv3-2/2,p1,op1",
            "tconv1",
            f"{LAYERS}conv_transpose:TransposedConv.reads",
            forgetting(padding=0),
        ),
        (
            "every unit of a transposed convolution reads as many",
            "2x6x6 tconv2-2/2,d3",
            "tconv1",
            f"{REACH}Spread.inside",
            lambda _: lambda taps, o: range((o - 1) // 2, o // 2 + 1),
        ),
        (
            "enlarging mixes neighbours",
            "2x4x4 upsample2",
            "upsample1",
            f"{REACH}Blocks.inside",
            then(lambda r: range(r.start, r.stop + 1)),
        ),
        (
            "linear interpolation takes the nearest",
            "2x4x4 upsample2,bilinear",
            "upsample1",
            f"{LAYERS}sampled:Sampled._around",
            then(lambda r: r[:1]),
        ),
        (
            "cubic interpolation is linear",
            "2x6x6 upsample2,bicubic",
            "upsample1",
            f"{LAYERS}sampled:Sampled._around",
            then(lambda r: r[1:3] if len(r) > 2 else r),
        ),
        (
            "aligned corners make no difference",
            "2x5 upsample3,linear,align_corners=true select0-2,dim=2",
            "select1",
            f"{LAYERS}resample:Upsample.reads",
            forgetting(align_corners=False),
        ),
        (
            "padding before an axis is forgotten",
            "2x9 pad,padding=2x0 conv3-2",
            "pad1",
            f"{LAYERS}pad:Pad.reads",
            forgetting(padding=0),
        ),
        (
            "mirroring starts with the edge",
            "2x6x6 pad2,reflect conv3-2",
            "pad1",
            f"{REACH}_mirrored",
            lambda rule: lambda taps, total: rule(taps, max(0, total - 1)),
        ),
        (
            "layer normalisation reads its own position",
            "2x5x5 conv1-2 ln",
            "ln1",
            f"{LAYERS}norm:_Trailing.reads",
            itself,
        ),
        (
            "group normalisation reads its own position",
            "4x5x5 gn2",
            "gn1",
            f"{LAYERS}norm:GroupNorm.reads",
            itself,
        ),
        (
            "statistics of inference come from the input",
            "2x5x5 bn",
            "bn1",
            f"{LAYERS}batch_norm:_PerChannel.reads",
            forgetting(track_running_stats=False),
        ),
        (
            "instance normalisation has running statistics",
            "2x5x5 in",
            "in1",
            f"{LAYERS}batch_norm:_PerChannel.reads",
            forgetting(track_running_stats=True),
        ),
        (
            "attention reads its own token",
            "5x4 attention2",
            "attention1",
            f"{LAYERS}attention:Attention.reads",
            itself,
        ),
        (
            "a fully connected layer reads its own column",
            "2x5x5 fc-5",
            "fc1",
            f"{LAYERS}linear:Linear.reads",
            itself,
        ),
        (
            "softmax reads its own number",
            "2x5x5 softmax,dim=-1",
            "softmax1",
            f"{LAYERS}activation:AlongAnAxis.reads",
            itself,
        ),
        (
            "a shortcut is not seen",
            "2x7x7 add(conv3-2,p1,d1|conv3-2,p2,d2) relu",
            "add1",
            f"{LAYERS}merge:_Broadcasting.reads",
            then(
                lambda reads: tuple(
                    tuple(replace(a, taps=reach.Piece(99, a.taps.size)) for a in r) if i else r
                    for i, r in enumerate(reads)
                )
            ),
        ),
        (
            "joined maps lie upon each other",
            JOINED,
            "cat1",
            f"{LAYERS}merge:Cat.reads",
            lambda rule: lambda layer, *inputs: rule(layer, inputs[0]) * len(inputs),
        ),
        (
            "a selection starts at the beginning",
            "2x7x7 select2-6,dim=2",
            "select1",
            f"{LAYERS}slice:_cropped",
            lambda rule: lambda x, axis, start, stop: rule(x, axis, 0, stop - start),
        ),
        (
            "the channels of a pixel unshuffle see what all of them see",
            "2x4x4 pixelunshuffle2 flatten",
            "flatten1",
            f"{LAYERS}shuffle:PixelUnshuffle.steps",
            lambda rule: lambda self, x: (),
        ),
        (
            "permuting moves nothing",
            "2x5x6 permute,order=1x3x2 conv3-2",
            "permute1",
            f"{LAYERS}reshape:Permute.reads",
            itself,
        ),
    ),
    *of(
        "rf",
        (
            "the jump grows by addition",
            "2x15x15 conv3-2/2 conv3-2/3",
            "conv2",
            f"{INTERIOR}JUMP",
            formula("j + S - 1"),
        ),
        (
            "the field grows by the kernel size",
            "2x15x15 conv3-2 conv3-2",
            "conv2",
            f"{INTERIOR}SIZE",
            formula("r + D*F*j"),
        ),
        (
            "strides before do not matter",
            "2x15x15 conv3-2/2 conv3-2",
            "conv2",
            f"{INTERIOR}SIZE",
            formula("r + D*(F - 1)"),
        ),
        (
            "the start ignores strides before",
            "2x15x15 conv3-2/2,p1 conv3-2,p1",
            "conv2",
            f"{INTERIOR}START",
            formula("a - P"),
        ),
        (
            "the longest branch alone counts",
            "2x15x15 add(conv3-2|conv1-2 pad,padding=0x-2x0x-2)",
            "add1",
            f"{INTERIOR}_merged_affine",
            lambda _: lambda fields: fields[-1],
        ),
    ),
    *of(
        "rf-nan",
        (
            "groups see each other",
            "4x6x6 cat(|conv3-4,p1) conv1-8,g8 flatten",
            "flatten1",
            f"{REACH}grouped",
            lambda _: lambda size, out, groups: reach.Whole(size),
        ),
        (
            "channels are not shuffled",
            "4x6x6 cat(|conv3-4,p1) channelshuffle2 conv1-8,g8 flatten",
            "flatten1",
            f"{LAYERS}shuffle:ChannelShuffle.reads",
            itself,
        ),
        (
            "gates read their own half",
            "4x6x6 cat(|conv3-4,p1) glu flatten",
            "flatten1",
            f"{LAYERS}activation:GLU.reads",
            lambda _: (
                lambda layer, x: (axiswise(x.dims, {0: reach.Slide(replace(reach.Window(1)), x.channels)}),)
            ),
        ),
    ),
)
