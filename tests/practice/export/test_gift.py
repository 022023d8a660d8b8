"""GIFT, read by a small parser that does what Moodle's importer does: comments, empty lines, escapes, then the signs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from cnncalc.practice.answers import shown
from cnncalc.practice.export.gift import as_gift
from cnncalc.practice.export.items import Choice, Judged, Numeric, blanks
from cnncalc.practice.generate import VERSION
from cnncalc.practice.sheet import Sheet
from tests.practice.export import nasty
from tests.practice.export.problems import TOPICS, of_topic

#: escaped signs, and what holds their places while the text is taken apart
HELD = {rf"\{sign}": chr(0xE000 + i) for i, sign in enumerate("\\:#={}~")} | {r"\n": "\ue100"}
BACK = {place: mark[1] for mark, place in HELD.items()} | {"\ue100": "\n"}


def restored(text: str) -> str:
    return "".join(BACK.get(c, c) for c in text).strip()


def parsed(gift: str) -> list[tuple[str, str, str, str, list[tuple[str, str, str]]]]:
    """Name, question, kind, general feedback, and answers (share of the points, text, feedback)."""
    found = []
    lines = [line for line in gift.splitlines() if not line.startswith("//")]
    for block in re.split(r"\n\s*\n", "\n".join(lines)):
        if block.startswith("$CATEGORY:"):
            continue
        held = re.sub(r"\\[\\:#={}~n]", lambda m: HELD[m[0]], block)
        match = re.fullmatch(r"::(?P<name>[^:]*)::\[html\](?P<asked>[^{]*)\{(?P<body>[^}]*)\}\s*", held)
        assert match, block
        body, _, general = match["body"].strip().rpartition("####")
        body = body.strip()
        numeric = body.startswith("#")
        signs = "=" if numeric or "~" not in body else "=~"
        kind = (
            "numerical" if numeric else "multichoice" if "~" in body else "shortanswer" if body else "essay"
        )
        answers = []
        for sign, text in re.findall(rf"([{signs}])([^{signs}]*)", body.removeprefix("#")):
            answer, _, feedback = text.strip().partition("#")
            share = re.match(r"%(\d+)%", answer)
            points = share[1] if share else "100" if sign == "=" else "0"
            answers.append((points, restored(answer[share.end() if share else 0 :]), restored(feedback)))
        found.append((restored(match["name"]), restored(match["asked"]), kind, restored(general), answers))
    return found


def words_of(html: str) -> str:
    return " ".join(nasty.texts_of(html))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_blank_is_a_question_with_its_answers(topic: str) -> None:
    for problem in of_topic(topic):
        found = parsed(as_gift(Sheet("A sheet", 1, VERSION, (problem,))))
        assert len(found) == len(blanks(problem))
        for blank, (name, asked, kind, general, answers) in zip(blanks(problem), found, strict=True):
            assert name == f"{problem.name} {blank.label}".rstrip()
            assert blank.label in words_of(asked)
            assert shown(problem.draft.answer) in words_of(general)
            right = [text for points, text, _ in answers if points == "100"]
            match blank.response:
                case Choice():
                    assert kind == "multichoice"
                    assert list(map(words_of, right)) == [shown(problem.draft.answer)]
                    wrong = {
                        (words_of(text), words_of(told)) for points, text, told in answers if points == "0"
                    }
                    assert wrong == {
                        (shown(d.answer), f"You {d.slip.did}.") for d in problem.draft.distractors
                    }
                case Numeric(value):
                    assert kind == "numerical"
                    (text,) = right
                    number, tolerance = map(float, text.split(":"))
                    assert number == pytest.approx(float(value))
                    assert tolerance >= 0
                case Judged():
                    assert (kind, answers) == ("essay", [])
                case _:
                    assert kind == "shortanswer"
                    assert right


@settings(deadline=None)
@given(nasty.words)
def test_no_text_breaks_the_file(words: str) -> None:
    found = parsed(as_gift(nasty.sheet(words)))
    assert [kind for _, _, kind, _, _ in found] == [
        "multichoice",
        "numerical",
        "shortanswer",
        "numerical",
        "shortanswer",
    ]
    for _, asked, _, general, _ in found:
        assert nasty.texts_of(asked)[:4] == [words, words, "size", words]
        assert nasty.texts_of(general)[0] == words
    for _, _, _, _, answers in found[:4]:
        assert f"You wrote {words}." in [words_of(told) for points, _, told in answers if points == "0"]
