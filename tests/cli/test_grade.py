"""`cnncalc grade`: sheets that are filled in, and what is wrong with a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cnncalc.practice.answers import Parts, shown
from cnncalc.practice.generate import problem_named
from tests.console import run

KINDS = ("--seed", "7", "--count", "8", "--topic", "parameters")


def exported(folder: Path, name: str) -> str:
    """A sheet of eight questions."""
    assert run("practice", "--export", name, *KINDS, folder=folder).code == 0
    return (folder / name).read_text(encoding="utf-8")


def filled_in(markdown: str) -> str:
    """All blanks with their right answers."""
    lines = []
    parts: list[str] = []
    for line in markdown.splitlines():
        name = re.search(r"<!-- (parameters-[\w-]+) -->", line)
        if name:
            answer = problem_named(name[1]).draft.answer
            parts = [shown(part) for _, part in answer.parts] if isinstance(answer, Parts) else []
            lines.append(line.replace("____", shown(answer)))
        else:
            lines.append(line.replace("____", parts.pop(0)) if "____" in line else line)
    return "\n".join(lines) + "\n"


def score(text: str, folder: Path, name: str = "quiz.md") -> dict[str, int]:
    (folder / name).write_text(text, encoding="utf-8")
    ran = run("grade", name, "--format", "json", folder=folder)
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, int] = json.loads(ran.out)["score"]
    return found


def test_a_sheet_in_markdown_with_all_right_answers(tmp_path: Path) -> None:
    found = score(filled_in(exported(tmp_path, "quiz.md")), tmp_path)
    assert (found["questions"], found["right"]) == (8, 8)
    assert found["points"] == found["most"] > 8


def test_an_empty_sheet(tmp_path: Path) -> None:
    found = score(exported(tmp_path, "quiz.md"), tmp_path)
    assert (found["questions"], found["right"], found["points"]) == (8, 0, 0)


def test_every_question_counts_for_itself(tmp_path: Path) -> None:
    """Without its line of blanks, a question that was right has no points."""
    text = filled_in(exported(tmp_path, "quiz.md"))
    forward = next(line for line in text.splitlines() if "parameters-forward-1" in line)
    name = re.search(r"<!-- .* -->", forward)
    assert name is not None
    assert score(text.replace(forward, f"**Answer:** 1 {name[0]}"), tmp_path)["right"] == 7


def test_a_sheet_in_json(tmp_path: Path) -> None:
    plain = json.loads(exported(tmp_path, "quiz.json"))
    for problem in plain["problems"]:
        problem["given"] = problem["answer"]["shown"]
    found = score(json.dumps(plain), tmp_path, "quiz.json")
    assert found["right"] == found["questions"] == 8


def test_what_is_printed(tmp_path: Path) -> None:
    slipped = problem_named("parameters-forward-1-4").draft
    answers = {
        "parameters-forward-1-3": shown(problem_named("parameters-forward-1-3").draft.answer),
        "parameters-forward-1-4": shown(slipped.distractors[0].answer),
        "parameters-symbolic-2-6": None,
    }
    (tmp_path / "a.json").write_text(json.dumps(answers), encoding="utf-8")
    ran = run("grade", "a.json", folder=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert (
        ran.out
        == f"""\
    topic        question   points
──────────────────────────────────
1   parameters   forward    1 of 1
2   parameters   forward    0 of 1
3   parameters   symbolic   0 of 1
──────────────────────────────────
    all                     1 of 3

2. {shown(slipped.distractors[0].answer)}
   Not quite: you forgot the biases.
   The answer: {shown(slipped.answer)}

3. no answer
   The answer: {shown(problem_named("parameters-symbolic-2-6").draft.answer)}
"""
    )
    solved = run("grade", "a.json", "--solutions", folder=tmp_path).out
    assert solved.startswith(ran.out)
    assert solved.count("  Answer    ") == 2


def test_standard_input_and_a_file_for_the_marks(tmp_path: Path) -> None:
    text = b'{"parameters-forward-1-3": "1"}'
    printed = run("grade", "-", stdin=text, folder=tmp_path)
    assert printed.code == 0
    assert run("grade", "-", "--output", "marks.txt", stdin=text, folder=tmp_path).out == ""
    assert (tmp_path / "marks.txt").read_text(encoding="utf-8") == printed.out


BROKEN = [
    ("quiz.md", "just text", "quiz.md:1:1: error[CNN145]: this is no sheet that can be graded"),
    ("quiz.md", "", "quiz.md:1:1: error[CNN145]: this is no sheet that can be graded"),
    ("quiz.json", '{\n"a": }', "quiz.json:2:6: error[CNN101]: this is not JSON: Expecting value"),
    ("quiz.json", '{\n"cats-forward-1-1": "3"}', "quiz.json:2:1: error[CNN144]: there is no topic 'cats'"),
]


@pytest.mark.parametrize(("name", "text", "message"), BROKEN)
def test_a_broken_file_is_said_with_its_place(name: str, text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    ran = run("grade", name, folder=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{message}\n")


def test_a_sheet_of_another_version(tmp_path: Path) -> None:
    text = re.sub(r"practice, version \d+", "practice, version 99", exported(tmp_path, "quiz.md"))
    (tmp_path / "quiz.md").write_text(text, encoding="utf-8")
    ran = run("grade", "quiz.md", folder=tmp_path)
    assert ran.code == 2
    assert ran.err.startswith("quiz.md:1:1: error[CNN145]: the sheet is of version 99 of the problems")


def test_a_name_that_was_spoilt_in_a_sheet(tmp_path: Path) -> None:
    text = exported(tmp_path, "quiz.md").replace("<!-- parameters-", "<!-- parametres-", 1)
    line = next(i for i, one in enumerate(text.splitlines(), start=1) if "<!-- parametres-" in one)
    (tmp_path / "quiz.md").write_text(text, encoding="utf-8")
    ran = run("grade", "quiz.md", folder=tmp_path)
    assert ran.code == 2
    assert ran.err.startswith(f"quiz.md:{line}:1: error[CNN144]: there is no topic 'parametres'\n")


def test_a_file_that_is_not_there() -> None:
    ran = run("grade", "nowhere.md")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error[CNN102]: there is no file nowhere.md\n")
