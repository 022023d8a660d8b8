"""CNN313: rows at the end that rounding down leaves out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from cnncalc.check.lint.geometry import Slider
from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.unread import Unread
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import axis_words, counted, listed

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    found: defaultdict[tuple[int, int], list[tuple[Unread, Slider]]] = defaultdict(list)
    for gap in view.unread:
        if gap.cut is not None:
            node, slider = gap.cut
            found[node, gap.source].append((gap, slider))
    for (index, source), gaps in found.items():
        shape = view.network.input if source < 0 else view.network.nodes[source].output
        words = axis_words(shape.rank)
        told = [_told(gap, words[gap.axis - 1]) for gap, _ in gaps]
        pools = view.network.nodes[index].layer.role == "pool"
        yield Finding(
            index,
            f"of its input {shape.pretty()} {listed(told)} {'is' if [g.end for g, _ in gaps] == [1] else 'are'} never read",
            _cure(gaps[0][1], words[gaps[0][0].axis - 1], pools=pools),
        )


def _told(gap: Unread, word: str) -> str:
    return f"the last {word}" if gap.end == 1 else f"the last {gap.end} of {counted(gap.size, word)}"


def _cure(slider: Slider, word: str, *, pools: bool) -> str:
    sizes = " or ".join(map(str, slider.sizes_read()))
    cure = f"{sizes} {word}s would be read to the end"
    padding = slider.padding_read()
    if pools or padding is None:
        return f"{cure}; or use ceil" if pools else cure
    return f"{cure}; or use padding {padding}"


RULE = Rule(
    code="CNN313",
    name="dropped-border",
    summary="rows or columns at the end of a map that no window reaches",
    what=(
        "The stride of a convolution or pooling does not divide what is left for it to slide over, and rounding the size down "
        "leaves rows or columns at the end out, which no other layer reads either. Padding that is left out is no finding: a "
        "3×3 convolution with stride 2 and padding 1 reads the whole of an even map."
    ),
    why=(
        "The network is blind at two of its borders, and what the layer before computed there is lost. It also shifts the map: "
        "going up again by the same factor gives another size than the one that there was, which a skip connection then does not fit."
    ),
    wrong="3x33x33 conv3-16,p1 relu maxpool2",
    better="3x32x32 conv3-16,p1 relu maxpool2",
    source="Dumoulin & Visin, A guide to convolution arithmetic for deep learning, arXiv:1603.07285, section 2.4",
    find=_find,
)
