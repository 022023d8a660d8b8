"""Networks side by side as people read them: in a terminal, in Markdown, CSV and LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from cnncalc.errors import visible
from cnncalc.report.beside import Beside, Contrast, Side, letter, remarks
from cnncalc.report.cells import escape_latex, for_latex, for_machines
from cnncalc.report.difference import Value, in_short, label, layer_table, percentage, told
from cnncalc.report.grid import Grid, Heading, as_lines, escape_markdown
from cnncalc.report.grid import as_csv as grid_as_csv
from cnncalc.report.grid import as_markdown as grid_as_markdown
from cnncalc.report.style import Style, fold
from cnncalc.symbolic import Dim, IntExpr, pretty, pretty_product, to_latex, to_text
from cnncalc.symbolic.quotient import Quotient

__all__ = ["as_csv", "as_latex", "as_markdown", "as_text"]

#: how wide sentences get where lines may be as long as they like
_PAGE = 80


def as_text(found: Beside, style: Style) -> str:
    """What is compared, the quantities, how they compare with the first network's, and what to learn from it."""
    lines = [style.bold(text) for text in fold(found.title, style.width)] if found.title else []
    for title in _titles(found):
        lines += map(style.bold, fold(title, style.width))
    lines += ["", *as_lines(_quantities(found), style)]
    for number in range(1, len(found.sides)):
        lines += ["", *as_lines(_against(found, number), style)]
    for number, layers in enumerate(found.layers, start=1):
        lines += ["", style.bold(f"from A to {letter(number)}: {in_short(layers)}")]
        lines += as_lines(layer_table(layers), style)
    for sentences, look in ((found.lesson, str), (remarks(found), style.dim)):
        if sentences:
            width = style.width or _PAGE
            lines += ["", *(look(text) for sentence in sentences for text in fold(sentence, width))]
    return "\n".join(lines) + "\n"


def as_markdown(found: Beside) -> str:
    """The same for a page."""
    lines = [f"**{escape_markdown(found.title)}**", ""] if found.title else []
    lines += [f"- {escape_markdown(title)}" for title in _titles(found)]
    lines += ["", *grid_as_markdown(_quantities(found))]
    for number in range(1, len(found.sides)):
        lines += ["", *grid_as_markdown(_against(found, number))]
    for number, layers in enumerate(found.layers, start=1):
        lines += ["", f"From A to {letter(number)}: {in_short(layers)}", ""]
        lines += grid_as_markdown(layer_table(layers))
    for sentence in found.lesson:
        lines += ["", escape_markdown(sentence)]
    notes = remarks(found)
    lines += ["", *(f"- {escape_markdown(note)}" for note in notes)] if notes else []
    return "\n".join(lines) + "\n"


def as_csv(found: Beside) -> str:
    """One line per quantity: every network's, then the ratios to the first, exact."""
    names = [_called(side) for side in found.sides]
    headings = ["quantity", *names, *[f"{name} / {names[0]}" for name in names[1:]]]
    rows = []
    for quantity in found.quantities:
        values = [for_machines(side.values.get(quantity)) for side in found.sides]
        ratios = [_contrast(found, i, quantity) for i in range(1, len(found.sides))]
        rows.append((quantity, *values, *[_exact(c) for c in ratios]))
    return grid_as_csv(Grid(tuple(map(Heading, headings)), tuple(rows)))


def as_latex(found: Beside) -> str:
    """A tabular in the style of the booktabs package: the networks, and the ratios to the first."""
    count = len(found.sides)
    headings = [letter(i) for i in range(count)] + [f"{letter(i)} : A" for i in range(1, count)]
    lines = [f"% {title}" for title in ([found.title] if found.title else []) + _titles(found)]
    lines += [rf"\begin{{tabular}}{{l{'r' * len(headings)}}}", r"\toprule"]
    lines += [" & ".join(["", *headings]) + r" \\", r"\midrule"]
    for quantity, what in _rows(found).items():
        cells = [for_latex(side.values.get(quantity)) for side in found.sides]
        ratios = [_as_fraction(_contrast(found, i, quantity)) for i in range(1, count)]
        lines.append(" & ".join([escape_latex(what), *cells, *ratios]) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join([*lines, *(f"% {note}" for note in remarks(found))]) + "\n"


def _titles(found: Beside) -> list[str]:
    """What every letter stands for."""
    titles = []
    for i, side in enumerate(found.sides):
        a = side.analysis
        batch = f"  batch {a.batch}" if a.batch > 1 else ""
        what = side.words or f"{a.input.pretty()} → {a.output.pretty()}"
        titles.append(f"{letter(i)}  {_called(side)}: {what}{batch}")
    return titles


def _called(side: Side) -> str:
    return visible(" ".join(side.called.split()))


def _rows(found: Beside) -> dict[str, str]:
    """The quantities with what people call them; the receptive field once where it is the same on all axes."""
    fields = [q for q in found.quantities if q.startswith("rf.")]
    alike = len(fields) > 1 and all(
        len({side.values.get(field) for field in fields}) == 1 for side in found.sides
    )
    shown = [q for q in found.quantities if not (alike and q in fields[1:])]
    return {q: label("rf" if alike and q in fields else q) for q in shown}


def _quantities(found: Beside) -> Grid:
    headings = [Heading("", numeric=False), *[Heading(letter(i)) for i in range(len(found.sides))]]
    rows = [(what, *[_cell(side, q) for side in found.sides]) for q, what in _rows(found).items()]
    return Grid(tuple(headings), tuple(rows))


def _cell(side: Side, quantity: str) -> str:
    value: Value = side.values.get(quantity)
    return told(value) if quantity in side.values else ""


def _contrast(found: Beside, number: int, quantity: str) -> Contrast | None:
    return next((c for c in found.contrasts[number - 1] if c.quantity == quantity), None)


def _against(found: Beside, number: int) -> Grid:
    """One network against the first: ratio, how many times, per cent both ways, and what cancels; no empty columns."""
    name = letter(number)
    headings = (
        Heading(f"{name} against A", numeric=False),
        Heading(f"{name} : A"),
        Heading("times"),
        Heading(f"{name} has"),
        Heading("A has"),
        Heading("cancels", numeric=False),
    )
    contrasts = [(what, _contrast(found, number, q)) for q, what in _rows(found).items()]
    rows = [(what, *_told(c)) for what, c in contrasts if c is not None]
    used = [i for i in range(len(headings)) if i < 2 or any(row[i] for row in rows)]
    return Grid(tuple([headings[i] for i in used]), tuple([tuple([row[i] for i in used]) for row in rows]))


def _told(c: Contrast) -> tuple[str, str, str, str, str]:
    """49/27, 1.81x, 81.5 % more, 44.9 % less, C^2"""
    if c.ratio is None:
        return ("", "", "none", "none", "") if c.other == 0 else ("", "", "no ratio", "none", "")
    cancelled = pretty_product(c.ratio.cancelled) if c.ratio.cancelled else ""
    share = c.fraction
    if share is None:
        return _sum(c.ratio), "", "", "", cancelled
    if share == 1:
        return "1", "", "the same", "the same", ""
    if share == 0:
        return "0", "", "none", "no ratio", ""
    return str(share), _times(share), _apart(share), _apart(1 / share), cancelled


def _times(share: Fraction) -> str:
    """1.81x, 0.00356x, 12,345x"""
    return f"{float(share):,.0f}x" if share >= 1000 else f"{float(share):.3g}x"


def _apart(share: Fraction) -> str:
    """81.5 % more, 44.9 % less"""
    return f"{percentage(abs(share - 1))} {'more' if share > 1 else 'less'}"


def _sum(ratio: Quotient) -> str:
    """H*W; 1/N + 1/k^2; (9*C + 1)/(H − 2)"""
    return " + ".join([_over(pretty, q.numerator, q.denominator) for q in ratio.summands])


def _exact(c: Contrast | None) -> str:
    """The same for machines: it parses again."""
    return "" if c is None or c.ratio is None else _over(to_text, c.ratio.numerator, c.ratio.denominator)


def _over(text: Callable[[Dim], str], numerator: Dim, denominator: Dim) -> str:
    """Two values with a sign between them, sums and products below it in parentheses."""
    above, below = text(numerator), text(denominator)
    if denominator == 1:
        return above
    above = f"({above})" if isinstance(numerator, IntExpr) and len(numerator.terms) > 1 else above
    single = isinstance(denominator, int) or [len(m) * c for m, c in denominator.terms] == [1]
    return f"{above}/{below}" if single else f"{above}/({below})"


def _as_fraction(c: Contrast | None) -> str:
    if c is None or c.ratio is None:
        return ""
    return f"${' + '.join(map(_latex_quotient, c.ratio.summands))}$"


def _latex_quotient(q: Quotient) -> str:
    above, below = to_latex(q.numerator), to_latex(q.denominator)
    return above if q.denominator == 1 else rf"\frac{{{above}}}{{{below}}}"
