"""A baseline as a file: what networks came to when somebody last agreed to it.

The file is JSON, with one number on a line so that a change of it can be read::

    schema_version   1; grows when a field changes its meaning or goes away
    networks         by the path of the spec file from the repository's root, then by preset ("" if there is none):
                     batch, dtype, and every quantity; sizes as text (64x56x56), expressions and integers beyond 10^15
                     too; null where it cannot be told

Files and presets are in order, and there are no dates: the same networks are always the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TypeAlias, TypeGuard

from cnncalc.check.measured import QUANTITIES, Measured
from cnncalc.errors import Span, SpecError, nearest
from cnncalc.record import record
from cnncalc.report.plain import number
from cnncalc.shape import Shape
from cnncalc.spec.items import AXIS_NAMES
from cnncalc.spec.located import Entry, Located
from cnncalc.spec.reader import read
from cnncalc.spec.source import GREATEST_INTEGER, shown

__all__ = [
    "ANEW",
    "KNOWN",
    "SCHEMA_VERSION",
    "UNREADABLE",
    "Baseline",
    "Key",
    "Number",
    "baseline_text",
    "plain",
    "read_baseline",
]

SCHEMA_VERSION = 1
UNREADABLE = "CNN504"
ANEW = "write it anew with --write-baseline"

#: a spec file by its path from the repository's root, and a preset, or ""
Key: TypeAlias = tuple[str, str]
Number: TypeAlias = int | str | None

_AXES = sorted({axis for axes in AXIS_NAMES.values() for axis in axes[1:]})
_REQUIRED = (*(q for q in QUANTITIES if q != "rf"), "batch", "dtype")
#: all that may be known of a network
KNOWN = (*_REQUIRED, *(f"rf.{axis}" for axis in _AXES))


@record
class Baseline:
    """The quantities of every network by name, as the file has them."""

    networks: Mapping[Key, Mapping[str, Number]]


def baseline_text(records: Mapping[Key, Measured]) -> str:
    """The file, for networks by spec file and preset."""
    networks: dict[str, dict[str, dict[str, Number]]] = {}
    for (file, preset), found in sorted(records.items(), key=lambda pair: pair[0]):
        written = {name: _written(value) for name, value in plain(found).items()}
        networks.setdefault(file, {})[preset] = written
    whole = {"schema_version": SCHEMA_VERSION, "networks": networks}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def plain(found: Measured) -> dict[str, Number]:
    """All quantities by name, as the file has them."""
    values = found.values().items()
    quantities = {q: str(v) if isinstance(v, Shape) else number(v) for q, v in values}
    return {"batch": found.batch, "dtype": found.dtype, **quantities}


def _written(value: Number) -> Number:
    return str(value) if isinstance(value, int) and value > GREATEST_INTEGER else value


def read_baseline(text: str, where: str) -> Baseline:
    """A file that `baseline_text` wrote. `where` names it in errors.

    Raises SpecError with the place of what is not of this form; `error.text` is the text.
    """
    try:
        root = read(text, "json", where)
        top = _mapping(root, "a baseline")
        _check_version(root, top)
        networks = {}
        for file, presets in _mapping(top["networks"].node, "networks").items():
            for preset, quantities in _mapping(presets.node, "a file").items():
                networks[file, preset] = _read_numbers(quantities.node)
    except SpecError as error:
        error.text = error.text or text
        raise
    return Baseline(networks)


def _check_version(root: Located, top: Mapping[str, Entry]) -> None:
    for key in ("schema_version", "networks"):
        if key not in top:
            raise _wrong(f"this is no baseline: it has no '{key}'", root.span)
    version = top["schema_version"].node
    if version.value is True or version.value != SCHEMA_VERSION:
        raise _wrong(f"the baseline has version {_source(version)}, not {SCHEMA_VERSION}", version.span)


def _mapping(node: Located, what: str) -> dict[str, Entry]:
    if not isinstance(node.value, dict):
        raise _wrong(f"{what} is a mapping", node.span)
    return node.value


def _read_numbers(node: Located) -> dict[str, Number]:
    entries = _mapping(node, "a network")
    for name, entry in entries.items():
        if name not in KNOWN:
            close = nearest(name, KNOWN)
            cure = f"did you mean '{close}'?" if close else ANEW
            raise _wrong(f"there is no quantity {shown(name)}", entry.key_span, cure)
    missing = [name for name in _REQUIRED if name not in entries]
    if missing:
        raise _wrong(f"{missing[0]} is missing", node.span)
    return {name: _read_number(name, entry.node) for name, entry in entries.items()}


def _read_number(name: str, node: Located) -> Number:
    value = node.value
    if name in ("output", "dtype") and _is_text(value):
        return value
    if name not in ("output", "dtype") and not isinstance(value, bool):
        if isinstance(value, int) and value >= 0:
            return value
        if value is None and name != "batch":
            return None
        if _is_text(value) and name != "batch":
            return int(value) if re.fullmatch("[0-9]{1,100}", value) else value
    raise _wrong(f"{name} cannot be {_source(node)}", node.span)


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and value.isprintable()


def _source(node: Located) -> str:
    """A value as it is written."""
    return shown(node.source.text[node.start : node.end])


def _wrong(message: str, span: Span, cure: str = ANEW) -> SpecError:
    return SpecError(message, cure, code=UNREADABLE, span=span)
