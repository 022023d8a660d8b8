r"""An explanation as a LaTeX fragment, for amsmath and booktabs.

\paragraph for layers and parts, a tabular for what is given, align* for the arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.report.cells import escape_latex, for_latex
from cnncalc.report.explain.arithmetic import in_latex
from cnncalc.report.explain.model import Explanation, Given, Line, Part, Prose, Row
from cnncalc.report.explain.network import Document
from cnncalc.report.explain.text import sign_of
from cnncalc.report.notes import assumptions
from cnncalc.report.text import as_latex
from cnncalc.shape import Shape
from cnncalc.symbolic import Formula, latex_formula

__all__ = ["document_as_latex", "row_as_latex", "words"]


def document_as_latex(document: Document) -> str:
    """The whole explanation."""
    lines = ["% needs \\usepackage{amsmath} and \\usepackage{booktabs}"]
    if document.chain is not None:
        lines += [*as_latex(document.chain, document.analysis).splitlines(), ""]
        lines += [f"{words(text)}." for text in document.largest]
    for layer in document.layers:
        lines += ["", *_layer(layer)]
    if document.chain is None:
        lines += ["", *(f"{words(note)}.\\\\" for note in assumptions(document.analysis))]
    return "\n".join(lines).rstrip("\n") + "\n"


def _layer(layer: Explanation) -> Iterator[str]:
    yield rf"\subsection*{{{words(layer.title)}}}"
    yield r"\noindent " + r" \quad ".join(map(words, layer.subtitle.split("   ")))
    for part in layer.parts:
        yield ""
        yield from _part(part)
    if layer.mistake:
        yield ""
        yield rf"\paragraph{{Usual mistake}} {words(layer.mistake)}"


def _part(part: Part) -> Iterator[str]:
    yield rf"\paragraph{{{words(part.title)}}}\mbox{{}}\par"
    for row in part.rows:
        yield from row_as_latex(row)


def row_as_latex(row: Row) -> Iterator[str]:
    """The lines of a row, its label before the first."""
    label = f"{words(row.label)}: " if row.label else ""
    content = row.content
    given = [item for item in content if isinstance(item, Given)]
    lines = [item for item in content if isinstance(item, Line)]
    if len(given) == len(content):
        yield rf"\noindent {label.rstrip()}"
        yield r"\begin{center}\begin{tabular}{ll}"
        for item in given:
            yield rf"${_bound(item)}$ & {words(item.meaning)} \\"
        yield r"\end{tabular}\end{center}"
    elif len(lines) == len(content):
        if label:
            yield rf"\noindent {label.rstrip()}"
        yield r"\begin{align*}"
        yield " \\\\\n".join(_aligned(line) for line in lines)
        yield r"\end{align*}"
    else:
        text = f"{label}{_sentence(content)}"  # type: ignore[arg-type]
        yield r"\noindent " + (rf"\textbf{{{text}}}" if row.bold else text) + r"\par"


def _bound(given: Given) -> str:
    name = latex_formula(Formula(given.name).tree)
    value = in_latex(given.value)
    return name if value == name else f"{name} = {value}"


def _aligned(line: Line) -> str:
    """Sides with an alignment mark before the first sign; further sides on lines of their own."""
    sides = list(map(in_latex, line.sides))
    signs = [_SIGNS[sign_of(line, i)] for i in range(len(sides))]
    if line.name is not None:
        sides, signs = [_name(line.name), *sides], ["", *signs]
    first, *rest = zip(signs, sides, strict=True)
    text = first[1]
    for i, (sign, side) in enumerate(rest):
        text += (" " if i == 0 else " \\\\\n") + f"&{sign} {side}"
    return text


_SIGNS = {"=": "=", "≈": r"\approx"}


def _equation(line: Line) -> str:
    parts = [] if line.name is None else [_name(line.name), "="]
    for i, side in enumerate(line.sides):
        parts += [_SIGNS[sign_of(line, i)]] if i else []
        parts.append(in_latex(side))
    return " ".join(parts)


def _name(name: str) -> str:
    """The name of a quantity in a formula."""
    return rf"\text{{{words(name)}}}"


def _sentence(prose: Prose) -> str:
    texts = []
    for item in prose:
        if isinstance(item, Line):
            texts.append(f"${_equation(item)}$")
        elif isinstance(item, Shape):
            texts.append(for_latex(item))
        else:
            texts.append(words(item.replace("\u00a0", " ")))
    return "".join(texts)


#: signs of the documentation that text fonts lack
_MATHS = {
    "×": r"\times",
    "·": r"\cdot",
    "−": "-",
    "→": r"\to",
    "⌊": r"\lfloor",
    "⌋": r"\rfloor",
    "⌈": r"\lceil",
    "⌉": r"\rceil",
    "√": r"\surd",
    "′": r"^{\prime}",
    "°": r"^{\circ}",
    "±": r"\pm",
    "≥": r"\ge",
    "≤": r"\le",
    "≠": r"\ne",
    "≈": r"\approx",
    "…": r"\ldots",
    "∞": r"\infty",
    "α": r"\alpha",
    "β": r"\beta",
    "γ": r"\gamma",
    "ε": r"\varepsilon",
    "μ": r"\mu",
    "σ": r"\sigma",
    "Σ": r"\Sigma",
    "Φ": r"\Phi",
    "ᵀ": r"^{\top}",
}

_POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_TOKENS = re.compile(f"[{_POWERS}]+|.", re.DOTALL)


def words(text: str) -> str:
    r"""Words as LaTeX: `code` in \texttt, mathematical signs in math, everything else escaped."""
    pieces = []
    for i, piece in enumerate(text.split("`")):
        escaped = "".join(_sign(token) for token in _TOKENS.findall(piece))
        # one formula beside another is one; but \$ is no formula, and what has a power has no second one
        escaped = re.sub(r"(?<!\\)\$\$(?!\^)", " ", escaped)
        pieces.append(rf"\texttt{{{escaped}}}" if i % 2 else escaped)
    return "".join(pieces)


def _sign(token: str) -> str:
    """A character, or the digits of a power."""
    if token[0] in _POWERS:
        digits = "".join(str(_POWERS.index(c)) for c in token)
        return f"$^{digits}$" if len(digits) == 1 else f"$^{{{digits}}}$"
    return f"${_MATHS[token]}$" if token in _MATHS else escape_latex(token)
