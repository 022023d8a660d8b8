"""An explanation as Markdown: headings, tables of what is given, arithmetic in code blocks, the answer in bold."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.report.explain.arithmetic import in_text
from cnncalc.report.explain.model import Explanation, Given, Line, Part, Row
from cnncalc.report.explain.network import Document
from cnncalc.report.explain.text import line_texts, sentence
from cnncalc.report.notes import assumptions
from cnncalc.report.text import as_markdown, escape_markdown

__all__ = ["document_as_markdown", "row_as_markdown"]

_WIDTH = 68


def document_as_markdown(document: Document) -> str:
    """The whole explanation."""
    lines: list[str] = []
    if document.chain is not None:
        lines += [*as_markdown(document.chain, document.analysis).splitlines(), ""]
        lines += [f"- {escape_markdown(text)}" for text in document.largest]
        lines.append("")
    for layer in document.layers:
        lines += [*_layer(layer), ""]
    if document.chain is None:
        lines += [f"- {escape_markdown(note)}" for note in assumptions(document.analysis)]
    if document.hint:
        lines.append(document.hint)
    return "\n".join(lines).rstrip("\n") + "\n"


def _layer(layer: Explanation) -> Iterator[str]:
    yield f"## {escape_markdown(layer.title)}"
    yield ""
    yield escape_markdown(layer.subtitle)
    for part in layer.parts:
        yield ""
        yield from _part(part)
    if layer.mistake:
        yield ""
        yield f"**Usual mistake:** {escape_markdown(layer.mistake)}"


def _part(part: Part) -> Iterator[str]:
    yield f"### {part.title}"
    for row in part.rows:
        yield ""
        yield from row_as_markdown(row)


def row_as_markdown(row: Row) -> Iterator[str]:
    """The lines of a row, its label before the first."""
    content = row.content
    given = [item for item in content if isinstance(item, Given)]
    lines = [item for item in content if isinstance(item, Line)]
    if len(given) == len(content):
        yield "| given | is | meaning |"
        yield "| --- | ---: | --- |"
        for item in given:
            yield f"| {escape_markdown(item.name)} | {escape_markdown(in_text(item.value))} | {item.meaning} |"
    elif len(lines) == len(content):
        if row.label:
            yield f"{row.label}:"
            yield ""
        yield "```text"
        for line in lines:
            yield from line_texts(line, _WIDTH)
        yield "```"
    else:
        text = escape_markdown(sentence(content).replace("\u00a0", " "))  # type: ignore[arg-type]
        label = f"{row.label}: " if row.label else ""
        yield f"**{label}{text}**" if row.bold else f"{label}{text}"
