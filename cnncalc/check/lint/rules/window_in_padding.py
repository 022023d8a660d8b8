"""CNN314: windows that lie wholly in the padding."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import axis_words, counted, listed

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    for node in view.network.nodes:
        empty = [(axis, s, s.in_padding()) for axis, s in view.traits[node.index].sliders]
        words = axis_words(node.output.rank)
        told = [f"{number} of {counted(s.places, words[axis - 1])}" for axis, s, number in empty if number]
        if told:
            yield Finding(
                node.index,
                f"{listed(told)} of its result see nothing but padding, and are the same for every image",
                "use less padding, or less dilation",
                "padding",
            )


RULE = Rule(
    code="CNN314",
    name="window-in-padding",
    summary="windows that lie wholly in the padding",
    what=(
        "A convolution or pooling has outputs that read no position of its input: the padding is as large as the kernel, as of "
        "a 1×1 convolution with padding 1, or the taps of a dilated window stand on both sides of a small map."
    ),
    why=(
        "Such an output is a constant: the bias behind a convolution, 0 behind average pooling, and behind max pooling −∞, which "
        "becomes NaN soon after. The layers behind take that frame for a part of the image."
    ),
    wrong="3x32x32 conv1-16,p1 relu",
    better="3x32x32 conv1-16 relu",
    source="torch.nn.Conv2d, torch.nn.MaxPool2d (implicit negative infinity padding)",
    find=_find,
)
