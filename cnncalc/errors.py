"""What can go wrong, and where.

The exception tree::

    CnncalcError          anything a person can put right; carries one or more diagnostics
    ├── SpecError         the text cannot be read, or its structure is wrong (CNN1xx)
    ├── LayerError        a layer cannot stand where it is put (CNN2xx)
    └── FormulaError      an expression cannot be read or computed (CNN15x)

A rule states the fact and the cure; whoever knows the place adds the layer's name and the span
(`CnncalcError.at`). Whoever shows the error adds the source line (`render`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from cnncalc.record import record, replace

__all__ = [
    "CnncalcError",
    "Diagnostic",
    "FormulaError",
    "LayerError",
    "Span",
    "SpecError",
    "nearest",
    "render",
    "render_diagnostic",
    "visible",
]


@record
class Span:
    """A place in a text: 1-based line and column, and how many characters the place is long."""

    line: int
    column: int
    length: int = 1
    file: str | None = None

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}"
        return f"{self.file}:{place}" if self.file else place

    def within(self, offset: int, length: int) -> Span:
        """The part of this place that starts `offset` characters in. Stays on the line."""
        return replace(self, column=self.column + offset, length=max(1, length))


@record
class Diagnostic:
    """One finding: a stable code, what is the case (with the values), and what to do about it."""

    code: str
    message: str
    cure: str | None = None
    span: Span | None = None
    severity: str = "error"
    #: what else helps to understand it, a line each
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"{self.span}: " if self.span else ""
        cure = f" ({self.cure})" if self.cure else ""
        return f"{place}{self.severity}[{self.code}]: {self.message}{cure}"


class CnncalcError(Exception):
    """Anything that a person can put right. `diagnostics` is never empty."""

    default_code = "CNN100"

    def __init__(
        self,
        message: str,
        cure: str | None = None,
        *,
        span: Span | None = None,
        code: str | None = None,
        field: str | None = None,
    ) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            Diagnostic(code or self.default_code, message, cure, span),
        )
        #: the layer's field that is to blame, by which the boundary finds the place in the text
        self.field = field
        #: the text that the spans count in, where it is known
        self.text: str | None = None
        #: the layer that cannot stand where it is put, and the shapes that come in there; where it cannot share the weights of
        #: another layer, also that one and its shapes
        self.refused: tuple[Any, ...] | None = None
        super().__init__(message)

    def __str__(self) -> str:
        return "\n".join(map(str, self.diagnostics))

    def at(self, span: Span | None, context: str = "") -> Self:
        """The same error, with the place and what stands there ("layer 'down2' (conv)"), unless it has them already."""
        self.diagnostics = tuple(
            d
            if d.span
            else replace(d, span=span, message=f"{context}: {d.message}" if context else d.message)
            for d in self.diagnostics
        )
        return self


class SpecError(CnncalcError):
    """The text cannot be read, or its structure is wrong."""

    default_code = "CNN101"


class FormulaError(SpecError):
    """An expression cannot be read or computed. The span, if any, counts within the expression."""

    default_code = "CNN150"


class LayerError(CnncalcError):
    """A layer cannot stand where it is put: torch would raise, or return an empty map."""

    default_code = "CNN201"


def nearest(word: str, known: list[str] | tuple[str, ...]) -> str | None:
    """The known word that `word` was probably meant to be, or None."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return close[0] if close else None


def visible(text: str) -> str:
    r"""A text of which every character shows: what would steer a terminal, or hide, as an escape (\x1b, \u202e)."""
    if text.isprintable():
        return text
    return "".join([c if c.isprintable() else ascii(c)[1:-1] for c in text])


def render(error: CnncalcError, text: str | None = None) -> str:
    """The error as a person reads it: place, code, message; then the source line, a caret, and the cure."""
    lines = dict(enumerate(text.splitlines(), start=1)) if text is not None else {}
    return "\n".join(render_diagnostic(d, lines) for d in error.diagnostics)


def render_diagnostic(diagnostic: Diagnostic, lines: Mapping[int, str]) -> str:
    """One finding as a person reads it, with its source line, if that is among `lines`, and what else there is to say."""
    notes = "".join(f"\n      = {visible(note)}" for note in diagnostic.notes)
    return _with_excerpt(diagnostic, lines) + notes


def _with_excerpt(d: Diagnostic, lines: Mapping[int, str]) -> str:
    place = f"{d.span}: " if d.span else ""
    head = visible(f"{place}{d.severity}[{d.code}]: {d.message}")
    advice = visible(d.cure) if d.cure else ""
    if d.span is None or d.span.line not in lines:
        return f"{head}\n  {advice}" if advice else head
    number = f"{d.span.line:>5} | "
    shown, start, length = _excerpt(lines[d.span.line], d.span.column - 1, d.span.length)
    # The caret line repeats the source line's tabs, so that the caret stands under its place.
    indent = "".join("\t" if c == "\t" else " " for c in shown[:start])
    caret = "^" * length
    cure = f" {advice}" if advice else ""
    return f"{head}\n{number}{shown}\n{' ' * (len(number) - 2)}| {indent}{caret}{cure}"


_WIDEST_EXCERPT = 120


def _excerpt(line: str, start: int, length: int) -> tuple[str, int, int]:
    """At most 120 characters of a line around the place, and where the place is in them."""
    line, start = _cut(line, min(start, len(line)))
    # tabs stay: the line of the caret has them as well
    before, place, after = (
        "\t".join(map(visible, part.split("\t")))
        for part in (line[:start], line[start : start + length], line[start + length :])
    )
    line, start = _cut(before + place + after, len(before))
    return line, start, max(1, min(len(place), len(line) - start))


def _cut(line: str, start: int) -> tuple[str, int]:
    """The part of a long line around an offset, and the offset in it."""
    if len(line) <= _WIDEST_EXCERPT:
        return line, start
    left = max(0, start - _WIDEST_EXCERPT // 2)
    return line[left : left + _WIDEST_EXCERPT], start - left
