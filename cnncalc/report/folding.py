"""A folding for people: what became of every normalisation, what is saved, and the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cnncalc.analysis import Analysis
from cnncalc.passes.fold_bn import Folding, Totals, Verdict
from cnncalc.record import record
from cnncalc.report import notes
from cnncalc.report.cells import for_people
from cnncalc.report.grid import Grid, Heading, as_lines, escape_markdown
from cnncalc.report.grid import as_markdown as grid_as_markdown
from cnncalc.report.style import Style, fold

if TYPE_CHECKING:
    from fractions import Fraction

    from cnncalc.symbolic import Dim

__all__ = ["FoldingReport", "Measured", "as_markdown", "as_text", "savings"]


class Measured(Protocol):
    """How far apart the two networks are, as somebody has measured it."""

    @property
    def input(self) -> tuple[int, ...]: ...
    @property
    def device(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def exact(self) -> Apart: ...
    @property
    def written(self) -> Apart: ...
    @property
    def allowed(self) -> float | None: ...
    @property
    def ok(self) -> bool: ...


class Apart(Protocol):
    """The largest difference of two outputs."""

    @property
    def absolute(self) -> float: ...
    @property
    def relative(self) -> float: ...
    @property
    def largest(self) -> float: ...


@record
class FoldingReport:
    """All that is printed."""

    analysis: Analysis
    folding: Folding
    proof: Measured | None = None
    #: the files that were written
    written: tuple[str, ...] = ()


def headline(report: FoldingReport) -> str:
    """53 of 53 normalisations fold."""
    found = report.folding
    total = len(found.verdicts)
    if not total:
        return "there is no normalisation to fold"
    what = "normalisation folds" if total == 1 else "normalisations fold"
    return f"{found.count} of {total} {what}"


def _table(folding: Folding) -> Grid | None:
    """Those that are folded, and into what."""
    rows = []
    for verdict in folding.verdicts:
        for i, target in enumerate(verdict.targets):
            rows.append(
                (
                    verdict.node if i == 0 else "",
                    target.node,
                    (verdict.direction or "") if i == 0 else "",
                    ", ".join(target.through),
                )
            )
    if not rows:
        return None
    headings = ["normalisation", "into", "how", "through"]
    if not any(row[3] for row in rows):
        headings, rows = headings[:3], [row[:3] for row in rows]  # type: ignore[misc]
    return Grid(tuple([Heading(h, numeric=False) for h in headings]), tuple(rows))


def savings(folding: Folding) -> tuple[tuple[str, Dim, Dim], ...]:
    """What there was and what is left of it. MACs only where branches were merged: else they stay."""
    before, after = folding.before, folding.after
    rows = [
        ("parameters", before.params, after.params),
        ("buffers", before.buffers, after.buffers),
        ("layers", before.nodes, after.nodes),
    ]
    if before.macs != after.macs:
        rows.append(("MACs", before.macs, after.macs))
    rows += [
        ("multiply-adds of normalisations", before.elementwise, after.elementwise),
        ("bytes of all results in float32", before.activations, after.activations),
        *_peaks(before, after),
    ]
    return tuple(rows)


def _peaks(before: Totals, after: Totals) -> list[tuple[str, Dim, Dim]]:
    if before.peak is None or after.peak is None:
        return []
    return [("bytes of results alive at the peak", before.peak, after.peak)]


def _sums(folding: Folding) -> Grid:
    columns = (Heading("", numeric=False), Heading("before"), Heading("after"), Heading("saved"))
    rows = tuple([(what, *map(for_people, (a, b, a - b))) for what, a, b in savings(folding)])
    return Grid(columns, rows)


def _stays(verdict: Verdict) -> str:
    """bn1 stays: backward, …; forward, …."""
    if len(verdict.reasons) < 2:
        return f"{verdict.node} stays: {'; '.join(verdict.reasons)}"
    before, after = verdict.reasons
    return f"{verdict.node} stays: backward, {before}; forward, {after}"


def _remarks(report: FoldingReport) -> list[str]:
    """What stays and why, what is not exact, what rests on the weights, what was merged."""
    folding = report.folding
    lines = [_stays(v) for v in folding.verdicts if not v.folded]
    for verdict in folding.verdicts:
        if verdict.folded and not verdict.exact:
            where = f" ({_share(verdict)} of its outputs)" if verdict.border is not None else ""
            lines.append(f"{verdict.node} is not exact: {verdict.reasons[0]}{where}")
    lines += [f"{v.node} folds with these weights: {'; '.join(v.given)}" for v in folding.verdicts if v.given]
    for add, into, gone in folding.merges:
        lines.append(f"{add}: {', '.join(gone)} and {into} become one layer, {into}")
    return lines


def _share(verdict: Verdict) -> str:
    """23.4 %"""
    assert verdict.border is not None  # noqa: S101 - asked for only then
    share: Fraction | int = verdict.border.formula.evaluate(verdict.border.values)
    return f"{100 * float(share):.1f} %"


def _proof(report: FoldingReport) -> list[str]:
    """What was run and how far apart the results are."""
    proof = report.proof
    if proof is None:
        return []
    size = "x".join(map(str, proof.input))
    lines = [f"both networks were run on {size} random numbers (seed {proof.seed}) on {proof.device}:"]
    limit = "" if proof.allowed is None else f", at most {proof.allowed:.1e} is rounding"
    verdict = "not exact, as was asked for" if proof.allowed is None else "equal" if proof.ok else "NOT EQUAL"
    lines.append(
        f"in float64 they differ by {proof.exact.absolute:.2g}, {proof.exact.relative:.1e} of the largest output{limit}: {verdict}"
    )
    lines.append(
        f"in float32, with the weights as written, by {proof.written.absolute:.2g}, {proof.written.relative:.1e} of the largest output"
    )
    return lines


def _footer(report: FoldingReport) -> list[str]:
    folding = report.folding
    lines = notes.assumptions(report.analysis)
    proven = report.proof is None or report.proof.ok
    if folding.count and folding.exact and proven:
        lines.append("exact in inference, but for rounding; keep the network as it was to train it")
    lines += [f"written: {name}" for name in report.written]
    return lines


def as_text(report: FoldingReport, style: Style) -> str:
    """Tables one below the other, and sentences."""
    lines = [
        style.bold(text) for text in fold(f"{notes.title(report.analysis)}: {headline(report)}", style.width)
    ]
    table = _table(report.folding)
    if table is not None:
        lines += ["", *as_lines(table, style)]
    remarks = _remarks(report)
    if remarks:
        lines += ["", *(text for remark in remarks for text in fold(remark, style.width))]
    if report.folding.count:
        lines += ["", *as_lines(_sums(report.folding), style)]
    proof = _proof(report)
    if proof:
        lines += ["", *(text for line in proof for text in fold(line, style.width))]
    footer = _footer(report)
    if footer:
        lines += ["", *(style.dim(text) for note in footer for text in fold(note, style.width))]
    return "\n".join(lines) + "\n"


def as_markdown(report: FoldingReport) -> str:
    """Tables that Git hosts render."""
    lines = [f"**{escape_markdown(notes.title(report.analysis))}: {headline(report)}**"]
    table = _table(report.folding)
    if table is not None:
        lines += ["", *grid_as_markdown(table)]
    remarks = _remarks(report)
    if remarks:
        lines += ["", *(f"- {escape_markdown(remark)}" for remark in remarks)]
    if report.folding.count:
        lines += ["", *grid_as_markdown(_sums(report.folding))]
    closing = [*_proof(report), *_footer(report)]
    if closing:
        lines += ["", *(f"- {escape_markdown(line)}" for line in closing)]
    return "\n".join(lines) + "\n"
