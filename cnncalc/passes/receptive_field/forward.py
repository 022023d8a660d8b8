"""Fields away from the borders, layer by layer: which axis carries them, and what every layer makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from cnncalc.layers.reach import Along, Piece, Reads, Regroup, Slide, Whole
from cnncalc.passes.receptive_field.interior import (
    ALL,
    INPUT,
    Affine,
    All,
    Interior,
    Units,
    merged,
    seen_through,
)
from cnncalc.record import record, replace
from cnncalc.shape import Shape, Window
from cnncalc.symbolic import Dim, known_ge

__all__ = ["Alignment", "Seen", "axes_are_alike", "keeps_places", "seen_at_input", "seen_by"]

#: how branches that are joined lie to each other: alike; half a pixel or more apart; drifting, with different jumps
Alignment: TypeAlias = Literal["aligned", "shifted", "drifting"]

_POSITION = Window(1)


@record
class Seen:
    """What the units of a tensor see of one axis of the network's input.

    `axes` are the axes of the tensor that the field goes by: one, or several (or one that holds more) where a reshape has
    `folded` it. `mixed`: channels may have different fields, of which this is the union.
    """

    axes: tuple[int, ...]
    field: Interior
    folded: bool = False
    mixed: bool = False


def seen_at_input(axis: int) -> Seen:
    """Every position of the input sees itself."""
    return Seen((axis,), INPUT)


def seen_by(
    inputs: Sequence[Seen], reads: Sequence[Reads], shapes: Sequence[Shape], written: Shape
) -> tuple[Seen, Alignment]:
    """What the units of a layer's output see, and how the inputs lie to each other."""
    found = [_through(*one, written) for one in zip(inputs, reads, shapes, strict=True)]
    if len(found) == 1:
        return found[0], "aligned"
    fields = [seen.field for seen in found]
    joined = merged(fields)
    differ = any(f != fields[0] for f in fields)
    first = found[0]
    if not isinstance(joined, All | Units):
        alike = all((s.axes, s.folded) == (first.axes, first.folded) for s in found)
        if not alike or (first.folded and differ):
            joined = Units("reshape")
    beside = {axis for r in reads for axis in _pieces(r)} - set(first.axes)
    if differ and beside - {0}:
        joined = Units("concatenation")
    mixed = any(s.mixed for s in found) or (differ and 0 in beside)
    return Seen(first.axes, joined, first.folded, mixed), _alignment(fields)


def _pieces(reads: Reads) -> list[int]:
    """The axes along which a concatenation puts its inputs one behind the other."""
    return [] if isinstance(reads, Regroup) else [i for i, a in enumerate(reads) if isinstance(a.taps, Piece)]


def _alignment(fields: Sequence[Interior]) -> Alignment:
    affine = [f for f in fields if isinstance(f, Affine)]
    if any(f.jump != affine[0].jump for f in affine):
        return "drifting"
    centres = {2 * f.start + f.size for f in affine}
    return "shifted" if len(centres) > 1 else "aligned"


def axes_are_alike(entered: Shape, reads: Iterable[Reads]) -> bool:
    """Whether layers that read so do the same to height and width of an image of this shape: one closed form is then the other's."""
    return entered.rank == 3 and entered.dims[1] == entered.dims[2] and all(map(_treats_alike, reads))


def _treats_alike(reads: Reads) -> bool:
    if isinstance(reads, Regroup):
        return reads.first == 0 and len(reads.read) == 3 and len(reads.written) == 1
    if len(reads) != 3:
        return len(reads) == 1
    _, height, width = reads
    return height.taps == width.taps and (height.axis, width.axis) in ((1, 2), (None, None))


def keeps_places(reads: Sequence[Reads], shapes: Sequence[Shape], written: Shape) -> bool:
    """Whether a layer with one input reads every position where it writes it, so that its units see what those of its input see."""
    (axes, *more), (x, *_) = reads, shapes
    if more or isinstance(axes, Regroup):
        return False
    return len(axes) == len(written.dims) and all(
        along.axis == axis
        and isinstance(along.taps, Slide)
        and along.taps.fixed
        and _is_same(along, x.dims[axis], written)
        for axis, along in enumerate(axes)
    )


def _through(seen: Seen, reads: Reads, read: Shape, written: Shape) -> Seen:
    if isinstance(seen.field, All):
        return seen
    if isinstance(reads, Regroup):
        return _regrouped(seen, reads)
    if seen.folded:
        return _folded_through(seen, reads, read, written)
    (axis,) = seen.axes
    along = reads[axis]
    if along.axis is None or isinstance(along.taps, Whole):
        return replace(seen, field=ALL)
    field: Interior
    if isinstance(along.taps, Slide) and along.taps.fixed and _is_same(along, read.dims[axis], written):
        field = seen.field
    # a concatenation reads what stands there where it stands, away from its own ends
    elif isinstance(along.taps, Piece):
        field = Units("concatenation")
    else:
        field = seen_through(
            seen.field, along.taps, cropped=_crops(along, read.dims[axis], written.dims[along.axis])
        )
    mixed = seen.mixed
    if axis != 0:
        channels = reads[0]
        if mixed and _separates(channels, along, read.dims[0], written):
            field = Units("channels")
        mixes = channels.axis is None or isinstance(channels.taps, Whole)
        mixed = (mixed and not mixes) or _gathers_channels(along, read, written)
    if field is seen.field and along.axis == axis and mixed == seen.mixed:
        return seen
    return Seen((along.axis,), field, mixed=mixed)


def _crops(along: Along, size: Dim, out: Dim) -> bool:
    """Whether a layer leaves out positions at the ends that its window could reach, or would have another on more input."""
    w = along.taps.sliding
    if w is None:
        return False
    if isinstance(along.taps, Slide) and not along.taps.fixed:
        return True
    places = (size + w.before + w.after - w.dilation * (w.kernel - 1) - 1) // w.stride + 1
    return any(known_ge(left, right) is False for left, right in ((w.before, 0), (w.after, 0), (out, places)))


def _separates(channels: Along, along: Along, size: object, written: Shape) -> bool:
    """Whether a layer takes some channels and leaves others, everywhere or at some positions."""
    if channels.axis is None or isinstance(channels.taps, Whole | Piece):
        return False
    fewer = written.dims[channels.axis] != size and isinstance(channels.taps, Slide)
    by_position = along.taps.sliding is None and not isinstance(channels.taps, Slide)
    return fewer or by_position


def _gathers_channels(along: Along, read: Shape, written: Shape) -> bool:
    """Whether positions become channels, each of which then sees its own: a pixel unshuffle."""
    window = along.taps.sliding
    return (
        window is not None
        and window.kernel == window.stride != 1
        and len(read.dims) == len(written.dims)
        and read.dims[0] != written.dims[0]
    )


def _is_same(along: Along, size: object, written: Shape) -> bool:
    taps = along.taps
    return (
        along.axis is not None
        and isinstance(taps, Slide)
        and taps.window == _POSITION
        and written.dims[along.axis] == size
    )


def _folded_through(seen: Seen, reads: tuple[Along, ...], read: Shape, written: Shape) -> Seen:
    whole = [reads[a].axis is None or isinstance(reads[a].taps, Whole) for a in seen.axes]
    if all(whole):
        return replace(seen, field=ALL)
    if all(_is_same(reads[a], read.dims[a], written) for a in seen.axes):
        return replace(seen, axes=tuple(reads[a].axis or 0 for a in seen.axes))
    return replace(seen, field=Units("reshape"))


def _regrouped(seen: Seen, how: Regroup) -> Seen:
    """The field behind a reshape: if it is not only moved, its axis is folded into others."""
    end = how.first + len(how.read)
    by = len(how.written) - len(how.read)
    if not any(how.first <= a < end for a in seen.axes):
        return replace(seen, axes=tuple(a if a < how.first else a + by for a in seen.axes))
    others = [s for i, s in enumerate(how.read, how.first) if i not in seen.axes]
    if not seen.folded and len(how.written) == 1 and all(s == 1 for s in others):
        return replace(seen, axes=(how.first,))
    field = Units("channels") if seen.mixed else seen.field
    inside = range(how.first, how.first + len(how.written))
    beside = [a if a < how.first else a + by for a in seen.axes if not how.first <= a < end]
    return Seen(tuple(sorted([*beside, *inside])), field, folded=True)
