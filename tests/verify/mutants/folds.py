"""Wrong folding: what normalisations are made of, how layers take them in, and what lets them through."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.folding import Passed, Pick, as_it_is
from cnncalc.record import replace
from cnncalc.shape import product
from tests.verify.mutants import Change, answering, forgetting, of, then

__all__ = ["FOLD"]

LAYERS = "cnncalc.layers."
WEIGHTS = "cnncalc.verification.folding.weights:"
PASS = "cnncalc.passes.fold_bn."

SHARED = """
cnncalc: 1
input: 4x8x8
layers: [{a: "conv3-4,p1"}, {na: bn}, relu, {b: "conv3-4,p1", weights: a}, {nb: bn}, relu]
"""


def lacking(name: str) -> Change:
    """A normalisation one of whose tensors is forgotten."""
    return lambda rule: (
        lambda affine, own, node: rule(affine, {k: v for k, v in own.items() if k != name}, node)
    )


def unmoved(rule: Any) -> Any:
    """The running mean is not taken off."""
    return lambda affine, own, node: rule(affine, {**own, "running_mean": 0 * own["running_mean"]}, node)


def unconditional() -> Change:
    """A layer takes a map in that had to be of a kind."""
    return then(lambda found: replace(found, need=None))


def lax(found: Passed) -> Passed:
    """Whatever had to hold need not."""
    return replace(found, routes=tuple(replace(r, need=None) for r in found.routes))


def same_part(found: Passed) -> Passed:
    """Every input has the numbers of the first."""
    return replace(found, routes=tuple(replace(r, pick=replace(r.pick, by=0)) for r in found.routes))


def everywhere(found: Passed) -> Passed:
    """The summand goes into every branch."""
    return replace(found, routes=tuple(replace(r, shift=True) for r in found.routes))


def bias_as_it_is(rule: Any) -> Any:
    """The bias of a layer is not scaled with its weights."""

    def wrong(own: Any, task: Any) -> Any:
        made = rule(own, task)
        kept = own["bias"] - task.s * own["bias"] if task.direction == "backward" and "bias" in own else 0
        return {**made, "bias": made["bias"] + kept}

    return wrong


def without_taps(rule: Any) -> Any:
    """Folding forward, the weights of one tap are summed instead of those of all."""

    def wrong(own: Any, task: Any) -> Any:
        made = rule(own, task)
        if task.direction == "backward":
            return made
        return {**made, "bias": rule({**own, "weight": own["weight"][..., :1, :1]}, task)["bias"]}

    return wrong


FOLD = of(
    "fold",
    (
        "the factor loses its sign",
        "3x6x6 conv3-4 bn relu",
        "bn1",
        f"{WEIGHTS}affine_of",
        then(lambda st: (abs(st[0]), st[1])),
    ),
    ("the summand is forgotten", "3x6x6 conv3-4 bn relu", "bn1", f"{WEIGHTS}affine_of", lacking("bias")),
    ("the mean is not taken off", "3x6x6 conv3-4 bn relu", "bn1", f"{WEIGHTS}affine_of", unmoved),
    (
        "eps is forgotten",
        "3x6x6 conv3-4 bn relu",
        "bn1",
        f"{WEIGHTS}affine_of",
        lambda rule: lambda affine, *rest: rule(replace(affine, eps=1e-9), *rest),
    ),
    (
        "eps counts twice",
        "3x6x6 conv3-4 bn relu",
        "bn1",
        f"{LAYERS}batch_norm:_PerChannel.as_affine",
        then(lambda affine: replace(affine, eps=2 * affine.eps)),
    ),
    ("the bias is not scaled", "3x6x6 conv3-4 bn relu", "bn1", f"{WEIGHTS}_taken", bias_as_it_is),
    ("one tap is summed for all", "3x6x6 relu bn conv3-4", "bn1", f"{WEIGHTS}_taken", without_taps),
    (
        "a convolution's weight is laid out as a transposed one's",
        "4x6x6 conv3-4 bn relu",
        "bn1",
        f"{LAYERS}conv:Convolution.fold_back",
        then(lambda found: replace(found, layout="inputs first")),
    ),
    (
        "a transposed convolution's weight is laid out as a convolution's",
        "4x6x6 tconv3-4 bn relu",
        "bn1",
        f"{LAYERS}conv_transpose:TransposedConv.fold_back",
        then(lambda found: replace(found, layout="outputs first")),
    ),
    (
        "so are its groups",
        "4x6x6 tconv3-4,g2 bn relu",
        "bn1",
        f"{LAYERS}conv_transpose:TransposedConv.fold_back",
        then(lambda found: replace(found, layout="outputs first")),
    ),
    (
        "padding is forgotten",
        "4x6x6 relu bn conv3-4,p1",
        "bn1",
        f"{LAYERS}conv:Convolution.fold_on",
        unconditional(),
    ),
    (
        "a transposed convolution takes a summand in",
        "4x6x6 relu bn tconv2-4/2",
        "bn1",
        f"{LAYERS}conv_transpose:TransposedConv.fold_on",
        unconditional(),
    ),
    (
        "rows of a linear layer are channels",
        "5x8 fc-5 bn relu",
        "bn1",
        f"{LAYERS}linear:Linear.fold_back",
        lambda rule: lambda layer, axis, x: rule(layer, x.rank - 1, x),
    ),
    (
        "relu is linear",
        "3x6x6 conv3-4 relu bn",
        "bn1",
        f"{LAYERS}base:Layer.fold_back",
        answering(as_it_is(0)),
    ),
    (
        "a maximum is one of negative factors too",
        "3x6x6 conv3-4 maxpool2 bn relu",
        "bn1",
        f"{LAYERS}pool:MaxPool.fold_back",
        then(lax),
    ),
    (
        "zeros in a mean do not count",
        "3x6x6 conv3-4,p1 avgpool3,p1 bn relu",
        "bn1",
        f"{LAYERS}pool:AvgPool.fold_back",
        then(lax),
    ),
    (
        "padded zeros are scaled and moved",
        "3x6x6 conv3-4 pad1 bn relu",
        "bn1",
        f"{LAYERS}pad:Pad.fold_back",
        then(lax),
    ),
    (
        "flattened positions have one factor",
        "3x6x6 conv3-4 flatten bn relu",
        "bn1",
        f"{LAYERS}reshape:Flatten.fold_back",
        then(lax),
    ),
    (
        "channels that are flattened lie side by side",
        "3x4x4 bn flatten fc-5",
        "bn1",
        f"{LAYERS}folding:joined",
        lambda _: lambda axis, dims: Pick("spread", product(dims), 1, dims[axis]),
    ),
    (
        "a shuffle is its own inverse",
        "4x6x6 conv3-6 channelshuffle2 bn relu",
        "bn1",
        f"{LAYERS}shuffle:ChannelShuffle.fold_back",
        forgetting(groups=3),
    ),
    (
        "every part of a concatenation is the first",
        "4x6x6 cat(conv3-4|conv3-4) bn relu",
        "bn1",
        f"{LAYERS}merge:Cat.fold_back",
        then(same_part),
    ),
    (
        "the summand of a sum goes into both",
        "4x6x6 add(conv3-4|conv3-4) bn relu",
        "bn1",
        f"{LAYERS}merge:Add.fold_back",
        then(everywhere),
    ),
    (
        "what others read is changed for one",
        "4x6x6 conv3-4,p1 res(bn relu conv3-4,p1) relu",
        "",
        f"{PASS}graph:Graph.read_once",
        answering(None),
    ),
    (
        "a shared layer takes in what one call has",
        SHARED,
        "na",
        f"{PASS}folder:Folder._same_map",
        answering(True),
    ),
)
