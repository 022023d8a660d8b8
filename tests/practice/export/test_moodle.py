"""Moodle XML: the elements that its documentation names, gaps read by a small parser of their syntax."""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from cnncalc.practice.answers import Number, Parts, shown
from cnncalc.practice.export.items import Choice, Judged, Numeric, Response, Spelled, blanks
from cnncalc.practice.export.moodle import as_moodle
from cnncalc.practice.generate import VERSION
from cnncalc.practice.model import Problem
from cnncalc.practice.sheet import Sheet
from tests.practice.export import nasty
from tests.practice.export.problems import TOPICS, of_topic

Element = ElementTree.Element
COMMON = {"name", "questiontext", "generalfeedback", "penalty", "hidden", "idnumber", "tags"}
#: what the documentation names for each type, besides
OWN = {
    "multichoice": {"defaultgrade", "single", "shuffleanswers", "answernumbering", "answer"},
    "numerical": {"defaultgrade", "answer", "showunits"},
    "shortanswer": {"defaultgrade", "usecase", "answer"},
    "cloze": set(),
    "essay": {
        "defaultgrade",
        "responseformat",
        "responserequired",
        "responsefieldlines",
        "attachments",
        "graderinfo",
        "responsetemplate",
        "answer",
    },
}


def questions(sheet: Sheet) -> list[Element]:
    quiz = ElementTree.fromstring(as_moodle(sheet))
    assert quiz.tag == "quiz"
    return [question for question in quiz if question.get("type") != "category"]


def question(problem: Problem) -> Element:
    (found,) = questions(Sheet("A sheet", 1, VERSION, (problem,)))
    return found


def text(element: Element, path: str) -> str:
    found = element.find(f"{path}/text")
    assert found is not None
    return found.text or ""


def answers(element: Element) -> list[tuple[str, str, str]]:
    """Share of the points, text and feedback."""
    return [
        (
            a.get("fraction", ""),
            a.findtext("text") or "",
            " ".join(nasty.texts_of(a.findtext("feedback/text") or "")),
        )
        for a in element.findall("answer")
    ]


def gaps(html: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The kind of every gap, and its answers as above."""
    found = []
    for weight, kind, body in re.findall(r"\{(\d+):([A-Z]+):((?:\\.|[^}\\])*)\}", html):
        assert weight == "1"
        answers = []
        for part in re.split(r"(?<!\\)~", body):
            answer, _, feedback = re.sub(r"(?<!\\)#", "\x00", part, count=1).partition("\x00")
            share = re.match(r"=|%(\d+)%", answer)
            assert share
            told = [unescape(re.sub(r"\\(.)", r"\1", t)) for t in (answer[share.end() :], feedback)]
            answers.append((share[1] or "100", *told))
        found.append((kind, answers))
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_a_question_has_the_elements_of_its_type(topic: str) -> None:
    for problem in of_topic(topic):
        found = question(problem)
        kind = found.get("type", "")
        assert {child.tag for child in found} == COMMON | OWN[kind]
        single = [child.tag for child in found if child.tag != "answer"]
        assert len(set(single)) == len(single)
        assert text(found, "name") == found.findtext("idnumber") == problem.name
        assert (
            found.find("questiontext").get("format") == found.find("generalfeedback").get("format") == "html"
        )
        assert shown(problem.draft.answer) in " ".join(nasty.texts_of(text(found, "generalfeedback")))


@pytest.mark.parametrize("topic", TOPICS)
def test_a_question_is_of_the_type_of_its_answer(topic: str) -> None:
    for problem in of_topic(topic):
        types: dict[type[Response], str] = {
            Choice: "multichoice",
            Numeric: "numerical",
            Spelled: "shortanswer",
            Judged: "essay",
        }
        found = blanks(problem)
        assert question(problem).get("type") == (
            "cloze" if len(found) > 1 else types[type(found[0].response)]
        )


@pytest.mark.parametrize("topic", TOPICS)
def test_the_right_answer_has_all_points_and_a_slip_none_but_its_feedback(topic: str) -> None:
    for problem in of_topic(topic):
        found = question(problem)
        slips = {f"You {d.slip.did}." for d in problem.draft.distractors}
        right = shown(problem.draft.answer)
        match found.get("type"):
            case "multichoice":
                assert [t for share, t, _ in answers(found) if share == "100"] == [right]
                wrong = {(t, told) for share, t, told in answers(found) if share == "0"}
                assert wrong == {(shown(d.answer), f"You {d.slip.did}.") for d in problem.draft.distractors}
            case "numerical":
                assert isinstance(problem.draft.answer, Number)
                (share, first, told), *others = answers(found)
                assert (share, told) == ("100", "")
                assert float(first) == pytest.approx(float(problem.draft.answer.value))
                assert {(share, told) for share, _, told in others} == {("0", told) for told in slips}
                assert all(
                    float(t) >= 0 for t in [e.findtext("tolerance") or "" for e in found.findall("answer")]
                )
            case "shortanswer":
                assert any(share == "100" and t.replace("x", "×") == right for share, t, _ in answers(found))
                assert {told for share, _, told in answers(found) if share == "0"} <= slips
                assert not any("*" in t for _, t, _ in answers(found))  # it would stand for anything
            case "cloze":
                assert isinstance(problem.draft.answer, Parts)
                filled = gaps(text(found, "questiontext"))
                assert len(filled) == len(blanks(problem)) == text(found, "questiontext").count("{1:")
                assert {told for _, all_ in filled for share, _, told in all_ if share == "0"} <= slips
            case "essay":
                assert nasty.texts_of(text(found, "graderinfo")) == [right]


def test_the_gaps_hold_the_parts() -> None:
    problem = nasty.problem(
        "x", Parts((("A", Number(12)), ("B", Number(-3)))), Parts((("A", Number(12)), ("B", Number(4))))
    )
    html = text(question(problem), "questiontext")
    assert gaps(html) == [
        ("NUMERICAL", [("100", "12:0", "")]),
        ("NUMERICAL", [("100", "-3:0", ""), ("0", "4:0", "You wrote x.")]),
    ]
    assert nasty.texts_of(html)[-2:] == [
        "A: {1:NUMERICAL:=12:0}",
        "B: {1:NUMERICAL:=-3:0~%0%4:0#You wrote x.}",
    ]


@settings(deadline=None)
@given(nasty.words)
def test_no_text_breaks_the_document(words: str) -> None:
    made = nasty.sheet(words)
    found = questions(made)
    assert [q.get("type") for q in found] == ["multichoice", "numerical", "shortanswer", "cloze"]
    for asked in found:
        read = nasty.texts_of(text(asked, "questiontext"))
        assert read[:4] == [words, words, "size", words]
        assert read[5] == words
    for asked in found[:3]:
        assert f"You wrote {words}." in [told for _, _, told in answers(asked)]
    *_, (_, gap), _ = gaps(text(found[3], "questiontext"))
    assert gap == [("100", "1:0", ""), ("0", "2:0", f"You wrote {words}.")]


@settings(deadline=None, max_examples=30)
@given(nasty.words.filter(lambda text: text.strip("/") == text))
def test_categories_are_the_title_and_the_topic(words: str) -> None:
    quiz = ElementTree.fromstring(as_moodle(nasty.sheet(words)))
    (category,) = [q.findtext("category/text") or "" for q in quiz if q.get("type") == "category"]
    course, top, title, topic = [
        name.replace("//", "/") for name in re.split(r"(?<!/)/(?!/)", category)
    ]  # as Moodle does
    assert (course, top, title) == ("$course$", "top", words)
    assert topic.startswith("Parameters")
