"""Sheets whose words hold what steers a format, and what can be read out of HTML again."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import strategies as st

from cnncalc.practice.answers import Answer, Number, Parts, Size
from cnncalc.practice.model import Distractor, Draft, Grid, Problem
from cnncalc.practice.sheet import Sheet
from cnncalc.practice.slips import Slip

#: what formats take for their own, and what stands beside it in real questions
PIECES = [
    *"\\`*_{}[]()<>#+-.!|~$&%^\"'=:;/?@,",
    *(
        "]]>",
        "<!--",
        "-->",
        "&amp;",
        "&#10;",
        "{1:NUMERICAL:=1}",
        "####",
        "->",
        "//",
        "\\n",
        "$x$",
        "```",
        "1. ",
        "::",
    ),
    *(
        "\\num{1}",
        "![a](b)",
        "[a](b)",
        "<b>",
        "=%0%",
        "%25%",
        "{{c1::a}}",
        "\\end{solution}",
        "...",
        "---",
        "END_GROUP",
    ),
    *("a", "B", "3", "×", "²", "2¹⁰", "′²", "⌊", " ", " "),
]


def _normal(text: str) -> str:
    return " ".join(text.split())


#: words on one line
words = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join).map(_normal).filter(bool)


def problem(text: str, answer: Answer, *wrong: Answer) -> Problem:
    """The text stands wherever a text can stand."""
    slip = Slip("a-slip", f"wrote {text}")
    return Problem(
        "parameters",
        "forward",
        1,
        7,
        Draft(
            values={},
            stem=(text, Grid(((text, "2"),), (text, "size"))),
            answer=answer,
            steps=(text, Grid(((text, "2"),), (text, "size"))),
            check=text,
            trap=text,
            conventions=(text,),
            distractors=tuple(Distractor(other, slip) for other in wrong),
        ),
    )


def sheet(text: str) -> Sheet:
    """One question of each kind."""
    return Sheet(
        text,
        1,
        1,
        (
            problem(text, Number(5), Number(6), Number(7)),
            problem(text, Number(5), Number(6)),
            problem(text, Size((4, 4, 2)), Size((5, 5, 2))),
            problem(
                text,
                Parts((("a", Number(1)), ("b", Size((2, 3))))),
                Parts((("a", Number(2)), ("b", Size((2, 3))))),
            ),
        ),
    )


class _Texts(HTMLParser):
    """The texts between tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self.found.append("")

    def handle_data(self, data: str) -> None:
        self.found[-1:] = ["".join([*self.found[-1:], data])]


def texts_of(html: str) -> list[str]:
    """What is read between the tags, blanks put together."""
    parser = _Texts()
    parser.feed(html)
    parser.close()
    return [text for text in map(_normal, parser.found) if text]


def tags_of(html: str) -> set[str]:
    """The elements of the HTML."""
    parser = _Texts()
    parser.feed(html)
    parser.close()
    return parser.tags
