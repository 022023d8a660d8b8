r"""A sheet for LaTeX's exam class: \question, and its solution, which is printed if \answers is defined.

pdflatex quiz.tex                      the questions, with room for the answers
pdflatex '\def\answers{}\input{quiz}'  the solutions as well
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncalc.errors import visible
from cnncalc.practice.model import Grid, Problem
from cnncalc.practice.sheet import Sheet
from cnncalc.practice.solution import solution
from cnncalc.practice.text import is_numeric
from cnncalc.report.explain.latex import row_as_latex, words

__all__ = ["as_latex"]

#: what is left free for an answer by hand
_ROOM = "4cm"
_PREAMBLE = r"""\documentclass[11pt]{exam}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{amsmath}
\usepackage{amssymb}
\usepackage{booktabs}
% solutions: pdflatex '\def\answers{}\input{FILE}', or \printanswers here
\ifdefined\answers\printanswers\fi
\emergencystretch=2em % long numbers are not divided
\begin{document}"""


def as_latex(sheet: Sheet) -> str:
    """The whole document."""
    lines = [_PREAMBLE, rf"\begin{{center}}\Large {_words(sheet.title)}\end{{center}}"]
    lines += [r"\noindent Name:\enspace\hrulefill\bigskip", "", r"\begin{questions}"]
    for problem in sheet.problems:
        lines += ["", *_question(problem)]
    return "\n".join([*lines, "", r"\end{questions}", r"\end{document}"]) + "\n"


def _question(problem: Problem) -> Iterator[str]:
    draft = problem.draft
    yield f"% {problem.name}"
    # \relax: a question that begins with [ is no number of points
    yield r"\question\relax"
    for i, text in enumerate([*draft.stem, " ".join(draft.conventions)]):
        if text:
            yield from [r"\par"] if i else []
            yield from _grid(text) if isinstance(text, Grid) else [_words(text)]
    yield rf"\begin{{solution}}[{_ROOM}]"
    for row in solution(problem):
        yield from _grid(row) if isinstance(row, Grid) else row_as_latex(row)
    yield r"\end{solution}"


def _grid(grid: Grid) -> Iterator[str]:
    """A table with rules, or a matrix in columns."""
    columns = range(len(grid.rows[0]))
    places = "".join(["r" if is_numeric(grid, column) else "l" for column in columns])
    yield rf"\begin{{center}}\begin{{tabular}}{{{places}}}"
    if grid.header:
        yield from (r"\toprule", _cells(grid.header), r"\midrule")
    yield from map(_cells, grid.rows)
    yield from [r"\bottomrule"] if grid.header else []
    yield r"\end{tabular}\end{center}"


def _cells(row: Sequence[str]) -> str:
    """{}: a row that begins with [ is no space after the one before."""
    return rf"{{}}{' & '.join(map(_words, row))} \\"


def _words(text: str) -> str:
    return words(visible(text.replace("\u00a0", " ")))
