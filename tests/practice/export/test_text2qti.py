"""text2qti reads the file and makes QTI of it; skipped where it is not installed."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from cnncalc.practice.answers import Number, shown
from cnncalc.practice.export.items import Choice, Judged, Numeric, Spelled, blanks
from cnncalc.practice.export.text2qti import as_text2qti
from cnncalc.practice.generate import VERSION, cells
from cnncalc.practice.sheet import Sheet, sheet
from tests.practice.export import nasty

CELLS = len(list(cells()))
TYPES = {
    Choice: "multiple_choice_question",
    Numeric: "numerical_question",
    Spelled: "short_answer_question",
    Judged: "essay_question",
}


def quiz(text: str):
    config = pytest.importorskip("text2qti.config").Config()
    return pytest.importorskip("text2qti.quiz").Quiz(text, config=config)


def plain(text: str) -> str:
    """Without the typography that text2qti adds: quotation marks, dashes and dots."""
    for fine, typed in {"“": '"', "”": '"', "‘": "'", "’": "'", "—": "---", "–": "--", "…": "..."}.items():
        text = text.replace(fine, typed)
    return re.sub(r"-+", "-", text)


def texts_of(xml: str) -> list[str]:
    return [plain(text) for text in nasty.texts_of(unescape(xml))]


def test_every_blank_is_a_question_of_its_type() -> None:
    made = sheet(1, CELLS)
    found = quiz(as_text2qti(made)).questions_and_delims
    expected = [(p, b) for p in made.problems for b in blanks(p)]
    assert [q.title_raw for q in found] == [f"{p.name} {b.label}".rstrip() for p, b in expected]
    for question, (problem, blank) in zip(found, expected, strict=True):
        match blank.response:
            case Numeric(value) if question.type == "numerical_question":
                assert question.numerical_min <= float(value) <= question.numerical_max
            case Numeric(value):
                assert question.type == "short_answer_question"
                assert abs(value) < 0.01
            case response:
                assert question.type == TYPES[type(response)]
        if question.type == "multiple_choice_question":
            (right,) = [c for c in question.choices if c.correct]
            assert texts_of(right.choice_html_xml) == [shown(problem.draft.answer)]
            told = {" ".join(texts_of(c.feedback_html_xml)) for c in question.choices if not c.correct}
            assert told == {plain(f"You {d.slip.did}.") for d in problem.draft.distractors}
        assert plain(shown(problem.draft.answer)) in " ".join(texts_of(question.feedback_html_xml))


def test_the_quiz_can_be_packed(tmp_path: Path) -> None:
    qti = pytest.importorskip("text2qti.qti")
    path = tmp_path / "quiz.zip"
    made = sheet(2, 20)
    qti.QTI(quiz(as_text2qti(made))).save(path)
    with zipfile.ZipFile(path) as files:
        documents = [
            ElementTree.fromstring(files.read(name)) for name in files.namelist() if name.endswith(".xml")
        ]
    items = [e for d in documents for e in d.iter() if e.tag.endswith("}item")]
    assert len(items) == sum(len(blanks(problem)) for problem in made.problems)


@pytest.mark.parametrize(("value", "kind"), [(0, "short_answer"), (1, "numerical"), (-4, "numerical")])
def test_numbers_near_0_are_asked_as_texts(value: int, kind: str) -> None:
    made = Sheet("A sheet", 1, VERSION, (nasty.problem("x", Number(value)),))
    (question,) = quiz(as_text2qti(made)).questions_and_delims
    assert question.type == f"{kind}_question"


@settings(deadline=None, max_examples=30)
@given(nasty.words)
def test_no_text_breaks_the_quiz(words: str) -> None:
    made = quiz(as_text2qti(nasty.sheet(words)))
    assert made.title_raw == words
    # the second question of a kind is the same question, but for its number of options
    found = made.questions_and_delims
    assert [q.type.removesuffix("_question") for q in found] == [
        "multiple_choice",
        "numerical",
        "short_answer",
        "numerical",
        "short_answer",
    ]
    for question in found:
        assert texts_of(question.question_html_xml)[:4] == [plain(words), plain(words), "size", plain(words)]
        assert texts_of(question.feedback_html_xml)[0] == plain(words)
    told = [" ".join(texts_of(c.feedback_html_xml)) for c in found[0].choices if not c.correct]
    assert told == [plain(f"You wrote {words}.")] * 2
