"""Wrong multiply-accumulates."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.base import Derivation
from cnncalc.record import replace
from cnncalc.shape import Shape
from cnncalc.symbolic import Formula
from tests.verify.mutants import SHARED, answering, forgetting, formula, of, on_input, then

__all__ = ["BACKWARD", "MACS"]

LAYERS = "cnncalc.layers."
CONV = "cnncalc.layers.conv:Convolution"
TCONV = "cnncalc.layers.conv_transpose"


def times(factor: Any) -> Any:
    """A count that is so many times too large: a function of the layer and its input."""

    def wrong(rule: Any) -> Any:
        return lambda layer, x, *more: Derivation(
            Formula("Y*N"), {"Y": rule(layer, x, *more).value, "N": factor(layer, x)}
        )

    return wrong


MACS = of(
    "macs",
    ("groups are forgotten", "4x6x6 conv3-4,g2", "conv1", f"{CONV}.macs", forgetting(groups=1)),
    (
        "a depthwise filter multiplies all channels",
        "4x6x6 dwconv3",
        "dwconv1",
        f"{LAYERS}conv:DepthwiseConv._seen",
        answering(("*K", {})),
    ),
    (
        "a convolution is counted over its input",
        "4x6x6 conv3-4",
        "conv1",
        f"{CONV}.macs",
        forgetting(padding=1),
    ),
    ("the stride is ignored", "4x6x6 conv3-4/2", "conv1", f"{CONV}.macs", forgetting(stride=1)),
    ("the kernel is square", "4x6x6 conv3x1-4,p1x0", "conv1", f"{CONV}._taps", forgetting(kernel=3)),
    (
        "the bias is added too",
        "4x6x6 conv1-4 relu",
        "conv1",
        f"{CONV}.macs",
        times(lambda layer, x: 1 + layer.bias),
    ),
    (
        "a transposed convolution is counted over its output",
        "4x3x3 tconv2-2/2",
        "tconv1",
        f"{TCONV}:TransposedConv.macs",
        lambda rule: lambda layer, x: rule(layer, Shape((x.channels, *layer.output(x).spatial))),
    ),
    (
        "a transposed convolution's groups are forgotten",
        "4x3x3 tconv2-2,g2",
        "tconv1",
        f"{TCONV}:TransposedConv.macs",
        forgetting(groups=1),
    ),
    (
        "a fully connected layer maps one row",
        "3x8 fc-4",
        "fc1",
        f"{LAYERS}linear:Linear.macs",
        on_input(lambda x: Shape(x.dims[-1:])),
    ),
    (
        "each head multiplies the whole embedding",
        "4x6 attention2",
        "attention1",
        f"{LAYERS}attention:ATTENTION_MACS",
        formula("4*S*E*E + 4*S*T*E"),
    ),
    (
        "the scores are not multiplied with the values",
        "4x6 attention2",
        "attention1",
        f"{LAYERS}attention:ATTENTION_MACS",
        formula("4*S*E*E + S*T*E"),
    ),
    (
        "the row of zeros is not multiplied",
        "4x6 attention2,add_zero_attn=true",
        "attention1",
        f"{LAYERS}attention:Attention.macs",
        forgetting(add_zero_attn=False),
    ),
    (
        "a normalisation multiplies",
        "3x4x4 bn",
        "bn1",
        f"{LAYERS}learned:ShapeKeeping.macs",
        lambda _: lambda layer, x: Derivation(Formula("N"), {"N": x.elements}),
    ),
    (
        "shared weights multiply once",
        SHARED,
        "",
        "cnncalc.analysis:_rows",
        then(
            lambda rows: tuple(
                r if r.shares is None else replace(r, totals=replace(r.totals, macs=0)) for r in rows
            )
        ),
    ),
)

BACKWARD = of(
    "backward-macs",
    (
        "gradients of weights are forgotten",
        "4x6x6 conv3-4 conv3-2",
        "conv2",
        f"{LAYERS}base:BACKWARD_MACS",
        formula("M*B"),
    ),
    (
        "gradients of inputs are forgotten",
        "4x6x6 conv3-4 conv3-2",
        "conv2",
        f"{LAYERS}base:BACKWARD_MACS",
        formula("M*A"),
    ),
    (
        "the image needs a gradient",
        "4x6x6 conv3-4 conv3-2",
        "conv1",
        f"{LAYERS}base:BACKWARD_MACS",
        formula("2*M"),
    ),
    (
        "what is not trained stops gradients",
        "4x6x6 conv3-4 relu conv3-2",
        "conv2",
        "cnncalc.passes.trained:Gradients.needed",
        lambda _: property(lambda flow: flow.trained),
    ),
    (
        "normalisations are not trained",
        "4x6x6 bn conv3-2",
        "conv1",
        "cnncalc.passes.training_cost:gradients",
        lambda rule: (
            lambda network, found, frozen: rule(
                network, [replace(c, weights=()) if c.macs == 0 else c for c in found], frozen
            )
        ),
    ),
    (
        "scores pass no gradient",
        "4x6 fc-6 attention2",
        "attention1",
        f"{LAYERS}attention:ATTENTION_BACKWARD",
        formula("3*S*E*E*(A + B) + S*E*E*(A + 1)"),
    ),
    (
        "attention's last projection is like its first",
        "4x6 attention2",
        "attention1",
        f"{LAYERS}attention:ATTENTION_BACKWARD",
        formula("4*S*E*E*(A + B) + 4*S*T*E"),
    ),
    (
        "the way back costs what the way forth does",
        "4x6x6 conv3-4 conv3-2",
        "conv2",
        f"{LAYERS}base:BACKWARD_MACS",
        formula("M"),
    ),
)
