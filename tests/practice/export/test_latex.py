"""LaTeX: compiled where the exam class is installed; every sign is one that it knows."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings

from cnncalc.practice.answers import Number, shown
from cnncalc.practice.export.latex import as_latex
from cnncalc.practice.generate import VERSION, cells
from cnncalc.practice.sheet import Sheet, sheet
from tests.practice.export import nasty
from tests.practice.export.problems import TOPICS, of_topic

CELLS = len(list(cells()))
COMMAND = re.compile(r"\\(?:[a-zA-Z]+\*?|.)", re.DOTALL)


def compiled(text: str, folder: Path, *, answers: bool) -> str:
    """The text on the pages; the test is skipped where there is no TeX."""
    for program in ("pdflatex", "kpsewhich", "pdftotext"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    found = subprocess.run(
        ["kpsewhich", "exam.cls", "booktabs.sty"], capture_output=True, text=True, check=False
    )
    if len(found.stdout.split()) < 2:
        pytest.skip("TeX has no exam class")
    (folder / "quiz.tex").write_text(text, encoding="utf-8")
    start = r"\def\answers{}\input{quiz}" if answers else r"\input{quiz}"
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-jobname=quiz", start]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Missing character" not in (folder / "quiz.log").read_text(encoding="latin-1")
    pages = subprocess.run(
        ["pdftotext", "-layout", "quiz.pdf", "-"], cwd=folder, capture_output=True, check=True
    )
    return pages.stdout.decode("utf-8")


def test_the_questions_and_the_solutions_compile(tmp_path: Path) -> None:
    made = sheet(1, CELLS)
    text = as_latex(made)
    without, with_answers = (compiled(text, tmp_path, answers=answers) for answers in (False, True))
    assert without.count("Solution:") == 0
    assert with_answers.count("Solution:") == len(made.problems)
    assert f"{len(made.problems)}. " in without
    traps = len(re.findall(r"^\s*Trap: ", with_answers, re.MULTILINE))
    assert traps == len(made.problems)


@pytest.mark.parametrize("group", [nasty.PIECES[:33], nasty.PIECES[33:]], ids=["signs", "words"])
def test_what_steers_latex_is_printed(group: list[str], tmp_path: Path) -> None:
    texts = [piece for piece in group if piece.strip() and "`" not in piece]
    problems = tuple(nasty.problem(f"{text} beside", Number(1), Number(2)) for text in texts)
    printed = compiled(as_latex(Sheet("[A] \\title", 1, VERSION, problems)), tmp_path, answers=True)
    for i in range(len(problems)):
        assert f"{i + 1}. " in printed
    for sign in set("\\{}[]#$&%_~^<>|") & set("".join(texts)):
        assert sign in printed or sign in "^~", sign


@pytest.mark.parametrize("topic", TOPICS)
def test_every_sign_is_one_that_latex_knows(topic: str) -> None:
    text = as_latex(Sheet("A sheet", 1, VERSION, tuple(of_topic(topic, 20))))
    assert {c for c in text if not c.isascii()} == set()


@settings(deadline=None)
@given(nasty.words)
def test_no_text_opens_what_it_does_not_close(words: str) -> None:
    text = as_latex(nasty.sheet(words))
    assert text.count(r"\question") == text.count(r"\begin{solution}") == text.count(r"\end{solution}") == 4
    bare = COMMAND.sub("", text)
    depth = 0
    for sign in bare:
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0
    assert bare.count("$") % 2 == 0


def test_a_question_has_its_name_and_its_answer() -> None:
    made = sheet(4, 10)
    text = as_latex(made)
    for problem in made.problems:
        assert f"% {problem.name}\n" in text
        if isinstance(problem.draft.answer, Number) and problem.draft.answer.unit != "%":
            assert rf"\textbf{{Answer: {shown(problem.draft.answer)}".replace("−", "$-$") in text
