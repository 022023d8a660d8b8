"""Wrong initialisation, statistics, and results with names."""

from __future__ import annotations

from cnncalc.layers.base import Derivation
from cnncalc.passes import initialisation
from cnncalc.record import replace
from cnncalc.shape import Shape
from tests.verify.mutants import Change, answering, forgetting, formula, of, on_input, then

__all__ = ["INITIALISATION", "STATISTICS", "SYMBOLIC"]

LAYERS = "cnncalc.layers."
FANS = "cnncalc.passes.initialisation:"
SYMBOLS = "cnncalc.symbolic."


def each(**changes: object) -> Change:
    """All fans with some fields changed."""
    return then(lambda found: tuple(replace(f, **changes) for f in found))


def exchanged() -> Change:
    return then(lambda found: tuple(replace(f, fan_in=f.fan_out, fan_out=f.fan_in) for f in found))


INITIALISATION = of(
    "initialisation",
    (
        "groups are forgotten in the fan-in",
        "4x6x6 conv3-4,g2",
        "conv1",
        f"{LAYERS}conv:Convolution.fans",
        forgetting(groups=1),
    ),
    (
        "the fan-out counts one group",
        "4x6x6 conv3-4,g2",
        "conv1",
        f"{LAYERS}conv:Convolution.fans",
        then(lambda found: tuple(replace(f, fan_out=f.true_out) for f in found)),
    ),
    (
        "the kernel's area is forgotten",
        "4x6x6 conv3-4",
        "conv1",
        f"{LAYERS}conv:Convolution.fans",
        forgetting(kernel=1),
    ),
    (
        "a convolution's weight is not drawn",
        "4x6x6 conv3-4",
        "conv1",
        f"{LAYERS}conv:Convolution.fans",
        answering(()),
    ),
    ("a bias is not drawn", "4x6x6 conv3-4", "conv1", f"{LAYERS}conv:Convolution.fans", each(bias=None)),
    (
        "a locally connected layer has a convolution's fan-out",
        "4x6x6 lc3-4",
        "lc1",
        f"{LAYERS}local:LocallyConnected.fans",
        then(lambda found: tuple(replace(f, fan_out=f.true_out) for f in found)),
    ),
    (
        "a transposed convolution's fans are those of its connections",
        "4x6x6 tconv3-2",
        "tconv1",
        f"{LAYERS}conv_transpose:TransposedConv.fans",
        exchanged(),
    ),
    ("fan-in and fan-out are exchanged", "8 fc-3", "fc1", f"{LAYERS}linear:Linear.fans", exchanged()),
    (
        "projections are drawn as a linear layer is",
        "4x6 attention2",
        "attention1",
        f"{LAYERS}attention:Attention.fans",
        each(scheme="kaiming_uniform"),
    ),
    (
        "three projections are drawn one by one",
        "4x6 attention2",
        "attention1",
        f"{LAYERS}attention:Attention.fans",
        then(lambda found: (replace(found[0], fan_out=found[0].fan_in), *found[1:])),
    ),
    (
        "rows of keys are uniform",
        "4x30 attention2,add_bias_kv=true",
        "attention1",
        f"{LAYERS}attention:Attention.fans",
        each(scheme="xavier_uniform"),
    ),
    ("Kaiming forgets the gain", "4x6x6 conv3-4", "conv1", f"{FANS}gain_squared", answering(1)),
    (
        "Kaiming counts the fan-out in either mode",
        "4x6x6 conv3-8",
        "conv1",
        f"{FANS}variance",
        lambda rule: (
            lambda fans, method, gain: rule(fans, "kaiming_fan_out" if method == "kaiming" else method, gain)
        ),
    ),
    (
        "Xavier forgets the 2",
        "4x6x6 conv3-4",
        "conv1",
        f"{FANS}variance",
        lambda rule: lambda fans, method, gain: rule(fans, method, gain / 2 if method == "xavier" else gain),
    ),
    (
        "a uniform bound is the deviation",
        "4x6x6 conv3-4",
        "conv1",
        f"{FANS}_BOUNDS",
        lambda right: {key: key for key in right},
    ),
    (
        "torch's own is Kaiming's with a gain of 1",
        "4x20x20 conv3-40",
        "conv1",
        f"{FANS}variance",
        lambda rule: (
            lambda fans, method, gain: (
                Derivation(initialisation.KAIMING, {"g": 1, "n": fans.fan_in.value})
                if method == "default"
                else rule(fans, method, gain)
            )
        ),
    ),
)


def over(change: Change) -> Change:
    """Statistics over other axes."""
    return then(lambda found: replace(found, over=change(found.over)))


STATISTICS = of(
    "statistics",
    (
        "batch normalisation is over one image",
        "4x5x5 bn",
        "bn1",
        f"{LAYERS}batch_norm:BatchNorm.statistics",
        lambda rule: lambda layer, x, batch: rule(layer, x, 1),
    ),
    (
        "batch normalisation has a mean for every position",
        "4x5x5 bn",
        "bn1",
        f"{LAYERS}batch_norm:BatchNorm.statistics",
        on_input(lambda x: Shape((x.elements,))),
    ),
    (
        "running statistics are not used",
        "4x5x5 bn",
        "bn1",
        f"{LAYERS}batch_norm:BatchNorm.statistics",
        forgetting(track_running_stats=False),
    ),
    (
        "instance normalisation is over the batch",
        "4x5x5 in",
        "in1",
        f"{LAYERS}batch_norm:InstanceNorm.statistics",
        over(lambda axes: ("N", *axes)),
    ),
    (
        "group normalisation has one group",
        "4x5x5 gn2",
        "gn1",
        f"{LAYERS}norm:GroupNorm.statistics",
        forgetting(groups=1),
    ),
    (
        "groups have a mean for every channel",
        "4x5x5 gn2",
        "gn1",
        f"{LAYERS}norm:GroupNorm.statistics",
        forgetting(groups=4),
    ),
    (
        "layer normalisation is over the channels",
        "4x5x5 ln",
        "ln1",
        f"{LAYERS}norm:_Trailing._statistics",
        over(lambda axes: axes[:1]),
    ),
    (
        "layer normalisation is over the last axis",
        "4x5x5 ln",
        "ln1",
        f"{LAYERS}norm:_Trailing._statistics",
        forgetting(dims=1),
    ),
    (
        "RMS normalisation takes a mean off",
        "4x6 rms",
        "rms1",
        f"{LAYERS}norm:_Trailing._statistics",
        then(lambda found: replace(found, centred=True)),
    ),
    (
        "images of a batch share a mean",
        "4x6 ln",
        "ln1",
        f"{LAYERS}norm:_Trailing._statistics",
        lambda rule: lambda layer, x, batch, **how: rule(layer, x, 1, **how),
    ),
)

SYMBOLIC = of(
    "symbolic",
    (
        "a division by a number is rounded up",
        "CxHxW conv3-4/2",
        "conv1",
        f"{SYMBOLS}division:_floordiv",
        lambda rule: lambda a, b: rule(a + b - 1, b),
    ),
    ("a rest is lost", "CxHxW conv3-4,p1 avgpool3/2", "avgpool1", f"{SYMBOLS}division:_floor", answering(0)),
    (
        "nested divisions lose their rest",
        "CxHxW maxpool3/2 maxpool3/2",
        "maxpool2",
        f"{SYMBOLS}division:floordiv",
        lambda rule: lambda a, b: rule(b and a + 1, b),
    ),
    (
        "what is undecided is taken to hold",
        "CxHxW maxpoolF/S,p1,ceil",
        "maxpool1",
        "cnncalc.layers.window:known_ge",
        answering(True),
    ),
    (
        "sizes of chunks are never cut off",
        "CxHxW split,size=3,index=1",
        "split1",
        f"{LAYERS}slice:_full_or_rest",
        lambda _: lambda full, rest: full,
    ),
    (
        "the smaller is the larger",
        "CxHxW split,size=3,index=1",
        "split1",
        f"{LAYERS}slice:minimum",
        lambda _: lambda a, b: a + b,
    ),
    (
        "a name beside a number stays",
        "CxHxW add(adaptiveavgpool1|)",
        "add1",
        f"{LAYERS}merge:_broadcast_dim",
        lambda _: lambda a, b: a,
    ),
    (
        "multiplications of names are forgotten",
        "CxHxW conv3-K",
        "conv1",
        f"{LAYERS}conv:Conv._seen",
        lambda _: lambda layer, x: ("", {}),
    ),
    (
        "a product of names is a sum",
        "CxHxW flatten",
        "flatten1",
        "cnncalc.shape:math",
        lambda _: type("Sums", (), {"prod": staticmethod(sum)}),
    ),
    (
        "transposed sizes forget the stride's name",
        "CxHxW tconv4-K/S",
        "tconv1",
        f"{LAYERS}conv_transpose:DENSE_TRANSPOSED_SIZE",
        formula("(W - 1)*2 - 2*P + F + A"),
    ),
)
