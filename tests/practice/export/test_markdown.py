"""Markdown: shown as it is meant, filled in, and read back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cnncalc.errors import SpecError
from cnncalc.practice.answers import Parts, shown
from cnncalc.practice.export.markdown import as_markdown, filled, key_as_markdown, text_as_markdown
from cnncalc.practice.sheet import sheet
from tests.practice.export import nasty

RENDERER = MarkdownIt("commonmark").enable("table")
answers = st.text("0123456789,.x×*^C /-%≈()?", min_size=1, max_size=30).map(str.strip).filter(bool)


@given(nasty.words)
def test_a_text_is_shown_as_it_is(text: str) -> None:
    html = RENDERER.render(text_as_markdown(text))
    assert nasty.texts_of(html) == [text]
    assert nasty.tags_of(html) == {"p"}


@settings(deadline=None)
@given(nasty.words)
def test_no_text_breaks_the_sheet(text: str) -> None:
    made = nasty.sheet(text)
    html = RENDERER.render(as_markdown(made))
    assert nasty.texts_of(html).count("Answer:") == len(made.problems)
    assert html.count("<h2>") == len(made.problems)
    assert html.count("<table>") == len(made.problems)
    assert [one.name for one in filled(as_markdown(made))] == [p.name for p in made.problems]


def test_a_table_shows_its_cells() -> None:
    made = sheet(2, 1, forms=["find-the-error"])
    (grid,) = [t for t in made.problems[0].draft.stem if not isinstance(t, str)]
    shown_cells = re.findall(r"<t[hd]>(.*?)</t[hd]>", RENDERER.render(as_markdown(made)))
    assert shown_cells == [cell for row in (grid.header, *grid.rows) for cell in row]


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 99), st.data())
def test_what_is_filled_in_is_read_back(seed: int, data: st.DataObject) -> None:
    made = sheet(seed, 4)
    text = as_markdown(made)
    expected = []
    for problem in made.problems:
        answer = problem.draft.answer
        labels = [f"{label}: " for label, _ in answer.parts] if isinstance(answer, Parts) else [""]
        given_ = [data.draw(answers) for _ in labels]
        for one in given_:
            text = text.replace("____", one, 1)
        expected.append((problem.name, "; ".join(map(str.__add__, labels, given_))))
    assert [(one.name, one.text) for one in filled(text)] == expected


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 99))
def test_blanks_that_stay_are_no_answers(seed: int) -> None:
    assert [one.text for one in filled(as_markdown(sheet(seed, 6)))] == [""] * 6


def test_an_answer_may_stand_below_its_line_and_parts_may_be_left_out() -> None:
    text = (
        "<!-- cnncalc practice, version 1 -->\n\n**Answer:** ____ <!-- a-forward-1-1 -->\n1 2\n3 4\n"
        "## 2\n**Answer:** <!-- b-compare-2-2 -->\n\n- A: 5\n- B: ____\n\n### mine\nno answer\n"
    )
    assert [(one.name, one.line, one.text) for one in filled(text)] == [
        ("a-forward-1-1", 3, "1 2; 3 4"),
        ("b-compare-2-2", 7, "A: 5"),
    ]


def test_lines_are_those_of_the_answers() -> None:
    text = as_markdown(sheet(3, 5))
    for one in filled(text):
        assert one.name in text.splitlines()[one.line - 1]


def test_a_sheet_of_another_version_is_refused() -> None:
    text = as_markdown(sheet(1, 2)).replace("practice, version 1 -->", "practice, version 99 -->")
    with pytest.raises(
        SpecError, match="the sheet is of version 99 of the problems, this cnncalc has version 1"
    ):
        filled(text)


def test_another_file_is_refused() -> None:
    with pytest.raises(SpecError, match="this is no sheet that can be graded"):
        filled("# Shopping\n\n- milk\n")


def test_the_key_has_every_answer_and_the_sheet_has_none() -> None:
    made = sheet(8, 12)
    key = RENDERER.render(key_as_markdown(made))
    told = " ".join(nasty.texts_of(key)).split("Answer: ")[1:]
    assert len(told) == 12
    for problem, text in zip(made.problems, told, strict=True):
        assert text.startswith(shown(problem.draft.answer))
        assert problem.name in key
    asked = " ".join(nasty.texts_of(RENDERER.render(as_markdown(made))))
    assert all(
        p.draft.trap in " ".join(nasty.texts_of(key)) and p.draft.trap not in asked for p in made.problems
    )
