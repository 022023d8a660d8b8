"""CNN311: an even kernel with padding "same"."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import axis_words, counted

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    for node in view.network.nodes:
        (x, *_) = view.shapes(node)
        for word, w in zip(axis_words(x.rank), view.traits[node.index].windows or (), strict=False):
            if isinstance(w.before, int) and isinstance(w.after, int) and w.before != w.after:
                yield Finding(
                    node.index,
                    f"kernel {w.kernel} pads {counted(w.before, word)} before and {w.after} after: the result is shifted by half a "
                    "position, and torch pads a copy of the input first",
                    "use an odd kernel",
                    "kernel",
                )
                break


RULE = Rule(
    code="CNN311",
    name="uneven-same-padding",
    summary="an even kernel with padding same, which shifts the map by half a position",
    what='A convolution with `padding="same"` whose kernel (with its dilation) has no position in the middle.',
    why=(
        "D·(F − 1) positions of padding cannot be parted evenly, so that one more is put behind. Each such layer moves the map by "
        "half a position, which adds up, and shifts a residual branch against its shortcut. And torch, which convolves with "
        "even padding only, copies the whole input into a padded one (it warns of that)."
    ),
    wrong="3x32x32 conv4-16,same relu",
    better="3x32x32 conv3-16,same relu",
    source="torch.nn.Conv2d; Wu et al., Convolution with even-sized kernels and symmetric padding, arXiv:1903.08385",
    find=_find,
)
