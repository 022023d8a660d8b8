"""A spec and a module beside each other for people: a diff with a `-` for the spec and a `+` for the module, and the verdict."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cnncalc.errors import visible
from cnncalc.record import record, replace
from cnncalc.report.comparison import open_questions, told, verdict
from cnncalc.report.style import Style, fold
from cnncalc.report.verification import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnncalc.verification.module.model import Comparison, Difference, Layer, Pair, Tensor

__all__ = ["as_text"]

#: so many equal layers are shown before and behind those that differ
_CONTEXT = 1
#: a label that is wider stands on a line of its own
_WIDEST = 32


@record
class _Line:
    """A line of the diff: its sign, what it is about, and what that is."""

    sign: str
    label: str
    text: str = ""


def as_text(found: Comparison, style: Style, *, most: int | None = 20) -> str:
    """The diff, if anything differs, and the verdict. `most`: after so many layers that differ, the rest is counted only."""
    titles = [f"--- {visible(found.network)} on {shown(found.input)}", f"+++ {visible(found.module)}"]
    lines = [style.bold(text) for title in titles for text in fold(title, style.width)]
    if found.first is not None:
        rows = [*_rows(found, most), *_sums(found)]
        width = min(_WIDEST, max(len(row.label) for row in rows if row.text))
        for row in rows:
            lines += _laid_out(row, width, style)
    for note in found.notes:
        lines += map(style.dim, fold(note, style.width))
    first = [f"first: {told(found, found.first)}"] if found.first is not None else []
    for text in (*first, *open_questions(found), verdict(found)):
        lines += map(style.bold, fold(text, style.width))
    return "\n".join(lines) + "\n"


def _laid_out(row: _Line, width: int, style: Style) -> list[str]:
    """The text beside the label, or below it where that is too wide."""
    look = style.bold if row.sign in "-+" else style.dim
    texts = fold(row.text, style.width and max(20, style.width - width - 5)) if row.text else []
    if texts and len(row.label) <= width:
        labels = [f"{row.label.ljust(width)}   {texts.pop(0)}"]
    else:
        labels = fold(row.label, style.width and style.width - 2)
    return [look(f"{row.sign} {line}") for line in (*labels, *(" " * (width + 3) + text for text in texts))]


def _rows(found: Comparison, most: int | None) -> Iterator[_Line]:
    """Layers that differ, those around them, and how many are left out."""
    count = 0
    groups = [
        (differs, list(group)) for differs, group in groupby(found.pairs, lambda p: bool(p.differences))
    ]
    for number, (differs, group) in enumerate(groups):
        if not differs:
            yield from _context(group, first=number == 0, last=number == len(groups) - 1)
            continue
        for pair in group:
            if most is not None and count == most:
                yield _Line(" ", f"… {found.differing - count:,} more")
                return
            count += 1
            yield from _differing(pair)


def _context(group: Sequence[Pair], *, first: bool, last: bool) -> Iterator[_Line]:
    before = 0 if first else _CONTEXT
    behind = 0 if last else _CONTEXT
    hidden = len(group) - before - behind
    if hidden <= 1:
        yield from map(_equal, group)
        return
    yield from map(_equal, group[:before])
    yield _Line(" ", f"… {hidden:,} equal")
    yield from map(_equal, group[len(group) - behind :])


def _equal(pair: Pair) -> _Line:
    layer = pair.spec or pair.module
    assert layer is not None  # noqa: S101 - a pair has one of the two
    output = f" → {shown(layer.output)}" if layer.output else ""
    return _Line(" ", visible(layer.name), f"{visible(layer.what)}{output}")


def _differing(pair: Pair) -> Iterator[_Line]:
    if pair.spec is None or pair.module is None:
        yield from _alone("-", pair.spec)
        yield from _alone("+", pair.module)
        return
    called = f" ({visible(pair.module.name)})" if pair.module.name != pair.spec.name else ""
    yield _Line(" ", visible(pair.spec.name), f"{visible(pair.spec.what)}{called}")
    for label, d in _together(pair.differences):
        if d.expected is not None:
            yield _Line("-", label, shown(d.expected))
        if d.actual is not None:
            yield _Line("+", label, shown(d.actual) + (f" ({visible(d.alias)})" if d.alias else ""))


def _together(differences: Sequence[Difference]) -> Iterator[tuple[str, Difference]]:
    """What is told on one line: two tensors that differ in the same, as weight and bias of a normalisation do."""
    left = list(differences)
    while left:
        d, *left = left
        label = f"  {_label(d)}"
        if left and replace(left[0], name=d.name) == d:
            label += f", {_label(left.pop(0))}"
        yield label, d


def _alone(sign: str, layer: Layer | None) -> Iterator[_Line]:
    if layer is None:
        return
    yield _Line(
        sign, visible(layer.name), f"{visible(layer.what)}{'' if layer.ran else ', never runs in inference'}"
    )
    for text, tensors in groupby(layer.tensors, _tensor):
        yield _Line(sign, f"  {', '.join([visible(t.name) for t in tensors])}", text)
    if layer.output is not None:
        yield _Line(sign, "  output", shown(layer.output))
    if layer.macs:
        yield _Line(sign, "  MACs", shown(layer.macs))


def _sums(found: Comparison) -> Iterator[_Line]:
    """The totals that differ."""
    for label, of in (("parameters", "params"), ("buffers", "buffers"), ("MACs", "macs")):
        ours, theirs = getattr(found.spec, of), getattr(found.actual, of)
        if ours != theirs and theirs is not None:
            yield _Line("-", f"all {label}", shown(ours))
            yield _Line("+", f"all {label}", shown(theirs))


def _label(d: Difference) -> str:
    return {"macs": "MACs", "wiring": "reads from", "layer": "runs"}.get(d.what) or visible(d.name) or d.what


def _tensor(t: Tensor) -> str:
    """64; a single number (int64 buffer)"""
    unusual = [t.dtype] if t.dtype != "float" else []
    unusual += ["buffer"] if t.role == "buffer" else []
    unusual += ["shared"] if t.owner is not None else []
    return f"{shown(t.shape)} ({' '.join(unusual)})" if unusual else shown(t.shape)
