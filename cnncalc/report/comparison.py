"""A spec and a module beside each other: the verdict, the first difference in words and as a finding, and all as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.errors import Diagnostic, visible
from cnncalc.report.verification import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.errors import Span
    from cnncalc.verification.module.model import Comparison, Difference, Layer, Pair, Sums

__all__ = ["as_diagnostic", "open_questions", "plain", "told", "verdict"]

SCHEMA_VERSION = 1

_CODES = {
    "tensor": "CNN510",
    "input": "CNN511",
    "output": "CNN511",
    "macs": "CNN512",
    "layer": "CNN513",
    "wiring": "CNN514",
    "setting": "CNN515",
}
_NOT_COMPARED = "CNN516"
_CURES = {
    "input": "look at what has no tensors and lies between it and the layer before: pooling, padding, flattening",
    "wiring": "look at what is added, concatenated or skipped before it",
}


def verdict(found: Comparison) -> str:
    """the module is what the spec says: 107 layers, 25,557,032 parameters, 4,089,184,256 MACs"""
    if found.ok:
        sums = found.spec
        macs = f", {shown(sums.macs)} MACs" if sums.macs else ""
        return f"the module is what the spec says: {_counted(sums.layers)}, {sums.params:,} parameters{macs}"
    if found.first is None:
        return "the module has the spec's tensors, but not everything could be compared"
    return f"the module is not what the spec says: {_counted(found.differing)} differ{'s' if found.differing == 1 else ''}"


def open_questions(found: Comparison) -> Iterator[str]:
    """What was not compared."""
    for one in found.not_compared:
        place = f"{visible(one.node)}: " if one.node else ""
        yield f"not compared: {place}{one.what}: {visible(one.reason)}"


def as_diagnostic(found: Comparison) -> Diagnostic | None:
    """The first difference, at the layer in the spec; or what could not be compared. None: all is equal."""
    if found.ok:
        return None
    questions = tuple(open_questions(found))
    if found.first is None:
        message = f"{visible(found.module)} is not proven to be what the spec says"
        return Diagnostic(
            _NOT_COMPARED, message, "put right what hinders it", _span(found, found.pairs[0]), notes=questions
        )
    pair = found.first
    what = pair.differences[0].what
    others = [sentence(d) for d in pair.differences[1:]]
    if found.differing > 1:
        more = found.differing - 1
        others.append(f"{more:,} more differ{'s' if more == 1 else ''}")
    return Diagnostic(
        _CODES[what],
        f"{visible(found.module)}: {told(found, pair)}",
        _CURES.get(what, "put the code right, or the spec"),
        _span(found, pair),
        notes=(*others, *questions),
    )


def _span(found: Comparison, pair: Pair) -> Span | None:
    """The layer's place; of a layer that the spec does not have, that of the one before it, or else of the one behind it."""
    at = found.pairs.index(pair)
    nearby = (*found.pairs[at::-1], *found.pairs[at + 1 :])
    return next((p.spec.span for p in nearby if p.spec is not None and p.spec.span is not None), None)


def told(found: Comparison, pair: Pair) -> str:
    """layer 'conv2' (conv3-16,p1; features.3 in the module): its weight is 32x3x3x3, not 16x3x3x3"""
    ours, theirs = pair.spec, pair.module
    if pair is found.pairs[-1]:
        return _of_output(pair.differences[0])
    if ours is None:
        return f"{_named(theirs)} is not in the spec, {_when(found, pair)}"
    if theirs is None:
        following = found.pairs[found.pairs.index(pair) + 1]
        there = following.module if following.spec is None else None
        instead = f", where the module has {_named(there)}" if there is not None and there.ran else ""
        return f"{_named(ours)} is missing{instead}"
    called = f", in the module '{visible(theirs.name)}'" if theirs.name != ours.name else ""
    return f"{_named(ours)}{called}: {sentence(pair.differences[0])}"


def _of_output(d: Difference) -> str:
    expected, actual = shown(d.expected), shown(d.actual)
    match d.what:
        case "wiring":
            return f"the output comes from {actual}, not from {expected}"
        case "macs":
            return f"all that runs takes {actual} MACs, not {expected}"
    return f"the output is {actual}, not {expected}"


def _named(layer: Layer | None) -> str:
    return f"layer '{visible(layer.name)}' ({visible(layer.what)})" if layer is not None else ""


def _when(found: Comparison, pair: Pair) -> str:
    if pair.module is not None and not pair.module.ran:
        return "and never runs in inference"
    before = [p.spec.name for p in found.pairs[: found.pairs.index(pair)] if p.spec is not None]
    return f"after '{visible(before[-1])}'" if before else "at the start"


def sentence(d: Difference) -> str:
    """its weight is 32x3x3x3, not 16x3x3x3"""
    expected, actual = shown(d.expected), shown(d.actual)
    match d.what:
        case "tensor" if d.expected is None:
            return f"its {visible(d.name)} ({actual}) is not in the spec"
        case "tensor" if d.actual is None:
            return f"it has no {visible(d.name)} ({expected})"
        case "tensor" | "setting":
            return f"its {visible(d.name)} is {actual}, not {expected}"
        case "wiring":
            return f"it reads from {actual}, not from {expected}"
        case "macs":
            return f"it takes {actual} MACs, not {expected}"
        case "layer":
            return "it never runs in inference"
    return f"its {d.what} is {actual}, not {expected}"


def _counted(layers: int) -> str:
    return f"{layers:,} layer{'' if layers == 1 else 's'}"


def plain(found: Comparison) -> dict[str, Any]:
    """For JSON:

    schema_version      1; grows when a field changes its meaning or goes away
    network, module, input, paired_by, ok, notes
    spec, actual        layers, params, frozen, buffers, macs (null: not known)
    layers              spec and module (null: there is none), differences; the network's output is the last
    differences         code, what, name, alias (the module's name for a tensor, if that is another), expected, actual
    not_compared        layer, what, reason
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "network": found.network,
        "module": found.module,
        "input": list(found.input),
        "paired_by": found.paired_by,
        "ok": found.ok,
        "spec": _sums(found.spec),
        "actual": _sums(found.actual),
        "layers": [_pair(pair) for pair in found.pairs],
        "not_compared": [{"layer": u.node, "what": u.what, "reason": u.reason} for u in found.not_compared],
        "notes": list(found.notes),
    }


def _sums(sums: Sums) -> dict[str, Any]:
    names = ("layers", "params", "frozen", "buffers", "macs")
    return {name: getattr(sums, name) for name in names}


def _pair(pair: Pair) -> dict[str, Any]:
    names = ("what", "name", "alias", "expected", "actual")
    differences = [
        {"code": _CODES[d.what], **{name: getattr(d, name) for name in names}} for d in pair.differences
    ]
    return {
        "spec": None if pair.spec is None else pair.spec.name,
        "module": None if pair.module is None else pair.module.name,
        "differences": differences,
    }
