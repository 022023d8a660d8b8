"""Memory for people and for machines: sums, what is alive at the peak, what autograd saves."""

from __future__ import annotations

from typing import Any

from cnncalc.analysis import Analysis
from cnncalc.passes.memory import InferenceMemory, TrainingMemory
from cnncalc.passes.training_cost import TrainingCost
from cnncalc.record import record
from cnncalc.report import notes
from cnncalc.report.cells import for_machines, for_people
from cnncalc.report.grid import Grid, Heading, as_lines, escape_markdown
from cnncalc.report.grid import as_csv as grid_as_csv
from cnncalc.report.grid import as_markdown as grid_as_markdown
from cnncalc.report.plain import json_text, number
from cnncalc.report.style import Style, fold
from cnncalc.symbolic import Dim

__all__ = ["SCHEMA_VERSION", "Fit", "MemoryReport", "as_csv", "as_json", "as_markdown", "as_text", "human"]

SCHEMA_VERSION = 1

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_WHAT = Heading("", numeric=False)
_SIZE, _BYTES = Heading("size"), Heading("bytes")


@record
class Fit:
    """What was asked to fit into, and what one image more would need."""

    available: int
    written: str
    next: int


@record
class MemoryReport:
    """All that is printed; `cost` with training only."""

    analysis: Analysis
    memory: InferenceMemory | TrainingMemory
    frozen: tuple[str, ...] = ()
    cost: TrainingCost | None = None
    fit: Fit | None = None


@record
class _Section:
    title: str
    grid: Grid


def human(size: Dim | None) -> str:
    """97.5 MiB for 102,228,128; nothing for a size with names."""
    if not isinstance(size, int):
        return ""
    if size < 1024:
        return f"{size} B"
    exponent = 1
    # what would round to 1024.0 is 1.0 of the next unit
    while exponent < len(_UNITS) and round(size / 1024**exponent, 1) >= 1024:
        exponent += 1
    return f"{size / 1024**exponent:,.1f} {_UNITS[exponent - 1]}"


def _sized(what: str, size: Dim | None) -> tuple[str, str, str]:
    return what, human(size), for_people(size)


def _inference(memory: InferenceMemory) -> list[_Section]:
    how = ", in place where torch can" if memory.in_place else ""
    rows = [_sized("weights", memory.weights), _sized("buffers", memory.buffers)]
    title = f"memory of inference in {memory.dtype}{how}"
    if memory.peak is None:
        rows.append(_sized("all activations together", memory.input + memory.activations))
        return [_Section(title, Grid((_WHAT, _SIZE, _BYTES), tuple(rows)))]
    rows.append(_sized("activations alive at the peak", memory.peak.bytes))
    sums = Grid((_WHAT, _SIZE, _BYTES), tuple(rows), frozenset(), _sized("total", memory.total))
    held = tuple([_sized(h.name, h.bytes) for h in memory.peak.held])
    columns = (Heading("result of", numeric=False), _SIZE, _BYTES)
    alive = Grid(columns, held, frozenset(), _sized("together", memory.peak.bytes))
    return [_Section(title, sums), _Section(f"alive at the peak, while {memory.peak.node} runs", alive)]


def _training(memory: TrainingMemory, cost: TrainingCost | None) -> list[_Section]:
    rows = (
        _sized("weights", memory.weights),
        _sized("buffers", memory.buffers),
        _sized("saved for the backward pass", memory.activations),
        _sized("gradients of weights", memory.gradients),
        _sized(f"state of {memory.optimizer}", memory.state),
    )
    total = _sized("total", memory.total)
    sections = [
        _Section(
            f"memory of a training step in {memory.dtype}",
            Grid((_WHAT, _SIZE, _BYTES), rows, frozenset(), total),
        )
    ]
    groups: dict[str, list[Dim]] = {}
    for tensor in memory.saved:
        what = "results of layers" if tensor.name == "output" else tensor.name
        groups.setdefault("the input" if tensor.of == "input" else what, []).append(tensor.bytes)
    if groups:
        saved = [
            (what, str(len(sizes)), *_sized("", sum(sizes, start=0))[1:]) for what, sizes in groups.items()
        ]
        columns = (_WHAT, Heading("tensors"), _SIZE, _BYTES)
        together = ("together", str(len(memory.saved)), *_sized("", memory.activations)[1:])
        grid = Grid(columns, tuple(saved), frozenset(), together)
        sections.append(_Section("saved for the backward pass, each storage once", grid))
    if cost is not None:
        macs = (("forward", for_people(cost.forward)), ("backward", for_people(cost.backward)))
        grid = Grid((_WHAT, Heading("MACs")), macs, frozenset(), ("step", for_people(cost.step)))
        sections.append(_Section("multiply-accumulates of a training step", grid))
    return sections


def _sections(report: MemoryReport) -> list[_Section]:
    if isinstance(report.memory, InferenceMemory):
        return _inference(report.memory)
    return _training(report.memory, report.cost)


def _headings(report: MemoryReport) -> list[str]:
    lines = []
    if report.frozen:
        lines.append(f"frozen: {', '.join(report.frozen)}")
    if report.fit is not None:
        lines.append(
            f"batch {report.memory.batch:,} is the largest that fits into {report.fit.written} "
            f"({report.fit.available:,} bytes); one image more needs {report.fit.next:,}"
        )
    return lines


def _notes(report: MemoryReport) -> list[str]:
    memory = report.memory
    lines = notes.assumptions(report.analysis)
    if isinstance(memory, InferenceMemory):
        if memory.peak is None:
            names = ", ".join(memory.unknown)
            lines.append(
                f"which activations are alive at the peak depends on {names}: give numbers to see it"
            )
        else:
            together = memory.input + memory.activations
            lines.append(
                f"all activations together, if none were freed: {human(together)} ({for_people(together)} bytes)"
            )
        lines.append("not counted: workspaces of kernels (im2col, padded copies, temporaries within a layer)")
    else:
        lines.append(
            "not counted: workspaces of kernels (im2col, temporaries within a layer), and gradients of activations, "
            "which come and go in the backward pass"
        )
    return lines


def as_text(report: MemoryReport, style: Style) -> str:
    """Tables one below the other."""
    lines = [style.bold(text) for text in fold(notes.title(report.analysis), style.width)]
    for heading in _headings(report):
        lines += fold(heading, style.width)
    for section in _sections(report):
        lines += ["", *(style.bold(text) for text in fold(section.title, style.width))]
        lines += as_lines(section.grid, style)
    lines.append("")
    for note in _notes(report):
        lines += map(style.dim, fold(note, style.width))
    return "\n".join(lines) + "\n"


def as_markdown(report: MemoryReport) -> str:
    """Tables that Git hosts render."""
    lines = [f"**{escape_markdown(notes.title(report.analysis))}**"]
    for heading in _headings(report):
        lines += ["", escape_markdown(heading)]
    for section in _sections(report):
        lines += ["", f"{escape_markdown(section.title)}:", "", *grid_as_markdown(section.grid)]
    lines += ["", *(f"- {escape_markdown(note)}" for note in _notes(report))]
    return "\n".join(lines) + "\n"


def as_csv(report: MemoryReport) -> str:
    """One line per layer with the bytes of its result, or per storage that autograd saves."""
    memory = report.memory
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    if isinstance(memory, InferenceMemory):
        columns = ("name", "kind", "bytes", "shares", "in_place")
        rows = [
            (n.name, n.kind, for_machines(n.bytes), n.shares or "", str(n.in_place).lower())
            for n in memory.nodes
        ]
    else:
        columns = ("of", "name", "bytes", "saved_by")
        rows = [(s.of, s.name, for_machines(s.bytes), " ".join(s.by)) for s in memory.saved]
    return grid_as_csv(Grid(tuple([Heading(c) for c in columns]), tuple(rows)))


def as_json(report: MemoryReport) -> str:
    """Everything, one layer or storage on a line."""
    return json_text(_plain(report))


def _plain(report: MemoryReport) -> dict[str, Any]:
    memory, fit = report.memory, report.fit
    plain: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "name": report.analysis.name,
        "of": "inference" if isinstance(memory, InferenceMemory) else "training",
        "dtype": memory.dtype,
        "batch": memory.batch,
        "weights": number(memory.weights),
        "buffers": number(memory.buffers),
    }
    if isinstance(memory, InferenceMemory):
        plain |= _plain_inference(memory)
    else:
        plain |= _plain_training(memory, report)
    if fit is not None:
        plain["fit"] = {"available": fit.available, "batch": memory.batch, "next": fit.next}
    return plain


def _plain_inference(memory: InferenceMemory) -> dict[str, Any]:
    peak = memory.peak
    return {
        "in_place": memory.in_place,
        "input": number(memory.input),
        "activations": number(memory.activations),
        "peak": peak
        and {"node": peak.node, "bytes": peak.bytes, "alive": {h.name: h.bytes for h in peak.held}},
        "total": number(memory.total),
        "depends_on": list(memory.unknown),
        "layers": [
            {
                "name": n.name,
                "kind": n.kind,
                "bytes": number(n.bytes),
                "shares": n.shares,
                "in_place": n.in_place,
            }
            for n in memory.nodes
        ],
    }


def _plain_training(memory: TrainingMemory, report: MemoryReport) -> dict[str, Any]:
    cost = report.cost
    plain: dict[str, Any] = {
        "optimizer": memory.optimizer,
        "frozen": list(report.frozen),
        "trained": number(memory.trained),
        "saved_bytes": number(memory.activations),
        "gradients": number(memory.gradients),
        "optimizer_state": number(memory.state),
        "total": number(memory.total),
        "saved": [
            {"of": s.of, "name": s.name, "bytes": number(s.bytes), "by": list(s.by)} for s in memory.saved
        ],
    }
    if cost is not None:
        plain["macs"] = {
            "forward": number(cost.forward),
            "backward": number(cost.backward),
            "step": number(cost.step),
        }
        plain["layers"] = [
            {
                "name": n.name,
                "forward": number(n.forward),
                "backward": number(n.backward),
                "trained": n.trained,
            }
            for n in cost.nodes
        ]
    return plain
