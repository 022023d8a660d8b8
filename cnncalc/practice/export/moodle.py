"""A sheet as Moodle XML: questions that grade themselves, with the slip behind a wrong answer as its feedback.

Source: https://docs.moodle.org/en/Moodle_XML_format, https://docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from cnncalc.errors import visible
from cnncalc.practice.export.html import question_as_html, solution_as_html, text_as_html
from cnncalc.practice.export.items import (
    Blank,
    Choice,
    Judged,
    Numeric,
    Response,
    Spelled,
    blanks,
    decimal,
    hints,
)
from cnncalc.practice.model import Problem
from cnncalc.practice.sheet import Sheet
from cnncalc.practice.topics import TOPICS

__all__ = ["as_moodle"]


def as_moodle(sheet: Sheet) -> str:
    """The whole document, a category for each topic."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    topic = None
    for problem in sheet.problems:
        if problem.topic != topic:
            topic = problem.topic
            lines += _category(sheet.title, TOPICS[topic].title)
        lines += _question(problem)
    return "\n".join([*lines, "</quiz>"]) + "\n"


def _category(*names: str) -> Iterator[str]:
    """In a category's name, // is /."""
    path = "/".join(["$course$", "top", *(name.replace("/", "//") for name in names)])
    yield '  <question type="category">'
    yield f"    <category><text>{_plain(path)}</text></category>"
    yield "  </question>"


def _question(problem: Problem) -> Iterator[str]:
    found = blanks(problem)
    if len(found) > 1:
        yield from _framed(problem, "cloze", _with_blanks(problem, found), ())
        return
    match found[0].response:
        case Choice(options, right):
            rows = [
                "<single>true</single>",
                "<shuffleanswers>true</shuffleanswers>",
                "<answernumbering>abc</answernumbering>",
            ]
            for i, option in enumerate(options):
                rows += _answer(_html(text_as_html(option.text)), i == right, option.feedback, "html")
            yield from _framed(problem, "multichoice", question_as_html(problem), rows)
        case Numeric(value, _, tolerance, wrong):
            ends = f"<tolerance>{decimal(tolerance)}</tolerance>"
            rows = list(_answer(decimal(value), True, "", end=ends))
            for other, feedback in wrong:
                rows += _answer(decimal(other), False, feedback, end=ends)
            rows.append("<showunits>3</showunits>")
            yield from _framed(problem, "numerical", question_as_html(problem, *hints(found)), rows)
        case Spelled(texts, _, wrong):
            rows = ["<usecase>0</usecase>"]
            for text in texts:
                rows += _answer(_plain(text), True, "")
            for text, feedback in wrong:
                rows += _answer(_plain(text), False, feedback)
            yield from _framed(problem, "shortanswer", question_as_html(problem, *hints(found)), rows)
        case Judged(answer):
            rows = [
                "<responseformat>editor</responseformat>",
                "<responserequired>1</responserequired>",
                "<responsefieldlines>10</responsefieldlines>",
                "<attachments>0</attachments>",
                f'<graderinfo format="html"><text>{_html(text_as_html(answer))}</text></graderinfo>',
                '<responsetemplate format="html"><text></text></responsetemplate>',
                '<answer fraction="0"><text></text></answer>',
            ]
            yield from _framed(problem, "essay", question_as_html(problem), rows)


def _framed(problem: Problem, kind: str, question: str, rows: Sequence[str]) -> Iterator[str]:
    """What all questions have, around the rows of one kind."""
    yield f'  <question type="{kind}">'
    yield f"    <name><text>{_plain(problem.name)}</text></name>"
    yield f'    <questiontext format="html"><text>{_html(question)}</text></questiontext>'
    yield f'    <generalfeedback format="html"><text>{_html(solution_as_html(problem))}</text></generalfeedback>'
    if kind != "cloze":  # whose parts have their own
        yield "    <defaultgrade>1</defaultgrade>"
    yield "    <penalty>0.3333333</penalty>"
    yield "    <hidden>0</hidden>"
    yield f"    <idnumber>{_plain(problem.name)}</idnumber>"
    yield from (f"    {row}" for row in rows)
    tags = (problem.topic, problem.form, f"difficulty {problem.difficulty}")
    yield f"    <tags>{''.join([f'<tag><text>{_plain(tag)}</text></tag>' for tag in tags])}</tags>"
    yield "  </question>"


def _answer(
    text: str, right: bool, feedback: str, form: str = "moodle_auto_format", end: str = ""
) -> Iterator[str]:
    yield f'<answer fraction="{100 if right else 0}" format="{form}">'
    yield f"  <text>{text}</text>"
    yield f'  <feedback format="html"><text>{_html(text_as_html(feedback))}</text></feedback>{end}'
    yield "</answer>"


def _with_blanks(problem: Problem, found: Sequence[Blank]) -> str:
    """The question with a gap behind the label of each part."""
    text = _unbraced(question_as_html(problem, *hints(found)))
    gaps = [f"<li>{_unbraced(text_as_html(b.label))}: {_gap(b.response)}</li>" for b in found]
    return f"{text}<ul>{''.join(gaps)}</ul>"


def _gap(response: Response) -> str:
    """{1:NUMERICAL:=12.5:0~%0%8:0#You forgot the biases.}"""
    match response:
        case Numeric(value, _, tolerance, wrong):
            width = decimal(tolerance)
            right = [f"={decimal(value)}:{width}"]
            others = [f"%0%{decimal(other)}:{width}#{_in_gap(feedback)}" for other, feedback in wrong]
            return f"{{1:NUMERICAL:{'~'.join([*right, *others])}}}"
        case Spelled(texts, _, wrong):
            right = [f"={_in_gap(text)}" for text in texts]
            others = [f"%0%{_in_gap(text)}#{_in_gap(feedback)}" for text, feedback in wrong]
            return f"{{1:SHORTANSWER:{'~'.join([*right, *others])}}}"
        case _:
            raise AssertionError("choices and answers that are judged are whole questions")


def _in_gap(text: str) -> str:
    """What would end an answer, a feedback or the gap is escaped."""
    return re.sub(r'[}#~/"\\]', r"\\\g<0>", text_as_html(text))


def _unbraced(html: str) -> str:
    """No brace begins a gap."""
    return html.replace("{", "&#123;")


def _html(html: str) -> str:
    """A section in which HTML is no XML; nothing that was escaped can end it."""
    return f"<![CDATA[{html}]]>" if html else ""


def _plain(text: str) -> str:
    return escape(visible(text))
