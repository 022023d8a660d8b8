"""Wrong shapes."""

from __future__ import annotations

from cnncalc.layers.base import Derivation
from cnncalc.record import replace
from cnncalc.shape import Shape
from cnncalc.symbolic import Formula
from tests.verify.mutants import answering, forgetting, formula, of, then

__all__ = ["SHAPES"]

LAYERS = "cnncalc.layers."
WINDOW = "cnncalc.layers.window"
TCONV = "cnncalc.layers.conv_transpose"


def exchanged(shape: Shape) -> Shape:
    return Shape((shape.channels, *shape.spatial[::-1]))


SHAPES = of(
    "shapes",
    (
        "a convolution rounds up",
        "3x8x8 conv3-4/2 relu",
        "conv1",
        f"{WINDOW}:OUTPUT_SIZE",
        formula("ceil((W + 2*P - F)/S) + 1"),
    ),
    (
        "padding counts on one side",
        "3x8x8 conv3-4,p1",
        "conv1",
        f"{WINDOW}:OUTPUT_SIZE",
        formula("(W + P - F)//S + 1"),
    ),
    (
        "the first place of the window is forgotten",
        "3x8x8 maxpool2",
        "maxpool1",
        f"{WINDOW}:OUTPUT_SIZE",
        formula("(W + 2*P - F)//S"),
    ),
    (
        "dilation is ignored",
        "3x8x8 conv3-4,d2",
        "conv1",
        f"{WINDOW}:DILATED_OUTPUT_SIZE",
        formula("(W + 2*P - F)//S + 1"),
    ),
    (
        "dilation spreads every tap",
        "3x8x8 conv3-4,d2",
        "conv1",
        f"{WINDOW}:DILATED_OUTPUT_SIZE",
        formula("(W + 2*P - D*F)//S + 1"),
    ),
    (
        "`same` pads an even kernel alike on both sides",
        "3x8x8 conv2-4,same",
        "conv1",
        f"{WINDOW}:UNEVEN_OUTPUT_SIZE",
        formula("(W + 2*A - F)//S + 1"),
    ),
    (
        "the stride is 1 where it is not given",
        "3x8x8 maxpool2",
        "maxpool1",
        f"{LAYERS}pool:_SlidingPool.windows",
        lambda rule: lambda layer, x: rule(replace(layer, stride=layer.stride or 1), x),
    ),
    (
        "rounding up is forgotten",
        "1x5x5 maxpool2,ceil",
        "maxpool1",
        f"{LAYERS}pool:_SlidingPool.sizes",
        forgetting(ceil_mode=False),
    ),
    (
        "a window may start in the padding behind the input",
        "1x3x3 maxpool2,p1,ceil",
        "maxpool1",
        f"{WINDOW}:CLIPPED_CEIL_SIZE",
        formula("ceil((W + 2*P - F)/S) + 1"),
    ),
    (
        "so may a dilated one",
        "1x5x5 maxpool2/3,p1,d2,ceil",
        "maxpool1",
        f"{WINDOW}:DILATED_CLIPPED_CEIL_SIZE",
        formula("ceil((W + 2*P - D*(F - 1) - 1)/S) + 1"),
    ),
    (
        "padding of a transposed convolution enlarges",
        "3x4x4 tconv3-2/2,p1",
        "tconv1",
        f"{TCONV}:DENSE_TRANSPOSED_SIZE",
        formula("(W - 1)*S + 2*P + F + A"),
    ),
    (
        "output padding is forgotten",
        "3x4x4 tconv3-2/2,p1,op1",
        "tconv1",
        f"{TCONV}:DENSE_TRANSPOSED_SIZE",
        formula("(W - 1)*S - 2*P + F"),
    ),
    (
        "a transposed convolution multiplies the size by the stride",
        "3x4x4 tconv3-2/2",
        "tconv1",
        f"{TCONV}:DENSE_TRANSPOSED_SIZE",
        formula("W*S - 2*P + A"),
    ),
    (
        "dilation of a transposed convolution is ignored",
        "3x4x4 tconv3-2,d2",
        "tconv1",
        f"{TCONV}:TRANSPOSED_SIZE",
        formula("(W - 1)*S - 2*P + F + A"),
    ),
    (
        "adaptive sizes come last axis first",
        "2x8x8 adaptiveavgpool,size=2x3",
        "adaptiveavgpool1",
        f"{LAYERS}adaptive_pool:_AdaptivePool.output",
        then(exchanged),
    ),
    (
        "global pooling leaves no axes",
        "4x5x5 gap",
        "gap1",
        f"{LAYERS}adaptive_pool:_GlobalPool.output",
        then(lambda y: Shape((y.channels,))),
    ),
    (
        "a fully connected layer flattens first",
        "3x4 fc-5",
        "fc1",
        f"{LAYERS}linear:Linear.output",
        then(lambda y: Shape((y.dims[-1],))),
    ),
    (
        "flatten leaves out its last axis",
        "2x3x4 flatten",
        "flatten1",
        f"{LAYERS}reshape:Flatten._span",
        then(lambda span: (span[0], span[1] - 1)),
    ),
    (
        "flatten is explained by a sum",
        "2x3x4 flatten",
        "flatten1",
        f"{LAYERS}reshape:Flatten.axes",
        answering((Derivation(Formula("9"), {}),)),
    ),
    (
        "a permutation says where each axis goes",
        "2x3x4 permute,order=2x3x1",
        "permute1",
        f"{LAYERS}reshape:Permute.output",
        lambda _: lambda layer, x: Shape(tuple(x.dims[layer._axes(x).index(i)] for i in range(x.rank))),
    ),
    (
        "what remains of an axis is forgotten",
        "6 unflatten,shape=2x-1",
        "unflatten1",
        f"{LAYERS}reshape:Unflatten._written",
        lambda rule: lambda layer, size: (*layer._given(), 1),
    ),
    (
        "a pixel shuffle takes r channels for r*r positions",
        "8x3x3 pixelshuffle2",
        "pixelshuffle1",
        f"{LAYERS}shuffle:PixelShuffle.output",
        then(lambda y: y.with_axis(0, 2 * y.channels)),
    ),
    (
        "a pixel unshuffle keeps the size",
        "2x4x4 pixelunshuffle2",
        "pixelunshuffle1",
        f"{LAYERS}shuffle:UNSHUFFLED_SIZE",
        formula("W"),
    ),
    (
        "interpolation rounds up",
        "1x5x5 upsample1.5",
        "upsample1",
        f"{LAYERS}resample:SCALED_SIZE",
        formula("ceil(W*R)"),
    ),
    (
        "padding is given first axis first",
        "1x4x6 pad,padding=1x1x0x0",
        "pad1",
        f"{LAYERS}pad:Pad._sides",
        then(lambda sides: tuple(side._replace(axis=3 - side.axis) for side in sides)),
    ),
    ("padding comes before an axis only", "1x4x4 pad2", "pad1", f"{LAYERS}pad:PADDED_SIZE", formula("W + A")),
    (
        "concatenated channels are those of the largest",
        "4x4x4 cat(conv1-2|conv1-3)",
        "cat1",
        f"{LAYERS}merge:Cat.output",
        lambda _: lambda layer, *inputs: max(inputs, key=lambda x: x.channels),
    ),
    (
        "a sum has the shape of its first summand",
        "4x4x4 add(gap|conv1-4)",
        "add1",
        f"{LAYERS}merge:_Broadcasting.output",
        lambda _: lambda layer, x, *more: x,
    ),
    (
        "chunks are rounded down",
        "5x2x2 split2",
        "split1",
        f"{LAYERS}slice:ceildiv",
        lambda _: lambda a, b: a // b,
    ),
    (
        "`stop` is counted in",
        "5x2x2 select1-3",
        "select1",
        f"{LAYERS}slice:Select.output",
        then(lambda y: y.with_axis(0, y.channels + 1)),
    ),
    (
        "a gate keeps both halves",
        "4x3x3 glu",
        "glu1",
        f"{LAYERS}activation:GLU.output",
        lambda _: lambda layer, x: x,
    ),
)
