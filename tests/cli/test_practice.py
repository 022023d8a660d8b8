"""`cnncalc practice`: through a pipe, from files, at a terminal, with and without a memory.

Goldens are written by `CNNCALC_GOLDENS=write pytest`.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from cnncalc.practice.answers import Number, Parts, shown
from cnncalc.practice.generate import cells, problem_named
from cnncalc.practice.sheet import sheet
from tests.cli.test_completion import offered
from tests.console import ROOT, Ran, run

GOLDENS = Path(__file__).parent / "goldens" / "practice"
PARAMETERS = ("practice", "--topic", "parameters", "--seed", "7")
NAMED = {
    "parameters-forward-1-3": "RIGHT",
    "parameters-forward-1-4": "SLIP",
    "parameters-compare-2-5": "1; 2; 3",
    "parameters-symbolic-2-6": "no idea",
    "parameters-inverse-3-7": None,
}


def named() -> str:
    """The answers as JSON: the right one, one by a slip, and three that are no good."""
    right, slipped = (problem_named(name).draft for name in list(NAMED)[:2])
    answers = {"RIGHT": shown(right.answer), "SLIP": shown(slipped.distractors[0].answer)}
    return json.dumps({name: answers.get(text or "", text) for name, text in NAMED.items()})


def piped(*arguments: str, lines: str = "", **environment: str) -> Ran:
    return run(*arguments, stdin=lines.encode(), **environment)


def compared_with_golden(name: str, ran: Ran) -> None:
    assert (ran.code, ran.err) == (0, "")
    path = GOLDENS / name
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("golden", "arguments"),
    [("named.txt", ()), ("solutions.txt", ("--solutions",)), ("named.json", ("--format", "json"))],
)
def test_answers_by_name(golden: str, arguments: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_text(named(), encoding="utf-8")
    compared_with_golden(golden, run("practice", "--answers", str(file), *arguments))


@pytest.mark.parametrize(
    ("golden", "arguments"),
    [
        ("piped.txt", ("--count", "3")),
        ("exam.txt", ("--count", "4", "--exam", "1h")),
        ("adaptive.txt", ("--count", "3", "--adaptive", "--no-memory")),
        ("piped.json", ("--count", "2", "--format", "json")),
    ],
)
def test_lines_through_a_pipe(golden: str, arguments: tuple[str, ...]) -> None:
    compared_with_golden(golden, piped(*PARAMETERS, *arguments, lines="1\n12,345\nC\n"))


def answers_of(count: int) -> list[str]:
    return [shown(problem.draft.answer) for problem in sheet(7, count, ["parameters"]).problems]


def test_all_right() -> None:
    ran = piped(*PARAMETERS, "--count", "6", "--format", "json", lines="\n".join(answers_of(6)))
    plain = json.loads(ran.out)
    assert plain["score"]["right"] == plain["score"]["questions"] == 6
    assert plain["score"]["points"] == plain["score"]["most"] == plain["topics"][0]["points"]
    assert [q["given"].strip() for q in plain["questions"]] == answers_of(6)


def test_lines_and_lists_in_files(tmp_path: Path) -> None:
    lines, listed = tmp_path / "a.txt", tmp_path / "a.json"
    lines.write_text("\n".join(answers_of(3)) + "\n", encoding="utf-8")
    listed.write_text(json.dumps(answers_of(3)), encoding="utf-8")
    texts = {run(*PARAMETERS, "--count", "3", "--answers", str(file)).out for file in (lines, listed)}
    assert len(texts) == 1
    assert "3 of 3 questions right, 3 in a row." in texts.pop()


def test_it_ends_politely_when_the_lines_do() -> None:
    ran = piped(*PARAMETERS, "--count", "5", lines=answers_of(5)[0])
    assert ran.code == 0
    assert ran.out.count("Question ") == 2
    assert ran.out.endswith("1 of 1 question right.\n")
    assert piped(*PARAMETERS).out.endswith("No questions were answered.\n")


def test_bytes_that_are_no_text_are_no_answer() -> None:
    ran = run(*PARAMETERS, "--count", "1", stdin=b"\xff\xfe\x1b[2J\n")
    assert ran.code == 0
    assert "0 of 1 question right." in ran.out
    assert "\x1b" not in ran.out


def test_an_endless_answer_is_not_repeated_in_full(tmp_path: Path) -> None:
    (tmp_path / "answers.txt").write_text("9" * 100_000)
    ran = run("practice", "--count", "1", "--seed", "3", "--answers", str(tmp_path / "answers.txt"))
    assert "That is too long" in ran.out
    assert len(ran.out) < 6_000


def test_without_a_seed_one_is_drawn_and_told() -> None:
    first = piped("practice", "--topic", "parameters", "--count", "2", lines="1\n2\n")
    found = re.match(r"seed (\d+): the same questions again with --seed (\d+)\n\n", first.out)
    assert found is not None
    assert found[1] == found[2]
    again = piped("practice", "--topic", "parameters", "--count", "2", "--seed", found[1], lines="1\n2\n")
    assert first.out == found[0] + again.out


def test_the_list_names_all_there_is() -> None:
    plain = json.loads(run("practice", "--list", "--format", "json").out)
    listed = {
        (t["name"], form, level)
        for t in plain["topics"]
        for form, levels in t["forms"].items()
        for level in levels
    }
    assert listed == {(topic.name, cell.form, cell.difficulty) for topic, cell in cells()}
    text = run("practice", "--list").out
    assert all(topic["name"] in text and topic["title"] in text for topic in plain["topics"])
    assert max(map(len, text.splitlines())) <= 80


def test_the_list_keeps_to_what_is_asked() -> None:
    found = run("practice", "--list", "--topic", "parameters", "--difficulty", "3", "--format", "json").out
    assert json.loads(found)["topics"] == [
        {
            "name": "parameters",
            "title": "Parameters of convolutional and fully connected layers",
            "forms": {"inverse": [3]},
        }
    ]


def test_topics_and_forms_are_offered_by_the_shell() -> None:
    assert offered("cnncalc practice --topic param") == ["parameters"]
    assert offered("cnncalc practice --form f") == ["forward", "find-the-error"]


REFUSED = [
    (("--topic", "parametres"), "error[CNN144]: there is no topic 'parametres'\n  did you mean 'parameters'?\n"),
    (("--form", "backward"), "error[CNN144]: there is no form 'backward'\n"),
    (("--topic", "parameters", "--form", "design"), "error[CNN144]: there are no questions of these topics, forms and difficulties\n"),
    (("--exam", "soon"), "error[CNN105]: --exam 'soon': not a time\n  write --exam 60m, or 1h30m\n"),
    (("--exam", "0m"), "error[CNN105]: --exam '0m': not a time\n"),
    (("--exam", "1h", "--adaptive"), "error[CNN105]: --exam beside --adaptive\n  choose one\n"),
    (("--exam", "1h", "--answers", "a"), "error[CNN105]: --exam beside --answers\n  choose one\n"),
    (("--exam", "1h", "--format", "json"), "error[CNN105]: --exam beside --format json\n  choose one\n"),
    (("--variants", "2"), "error[CNN105]: sheets are meant, and none are written\n  add --export FILE\n"),
    (("--output", "x"), "error[CNN105]: --output beside questions that are asked\n  add --format json\n"),
    (("--export", "x.docx"), "error[CNN144]: no format has files like 'x.docx'\n"),
    (("--export", "x.md", "--adaptive"), "error[CNN105]: --export beside what asks questions\n  choose one\n"),
    (("--answers", "nowhere.json"), "error[CNN102]: there is no file nowhere.json\n"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_refused(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    ran = run("practice", *arguments, folder=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_broken_answers_are_said_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"parameters-forward-1-3": "1"\n "x"}', encoding="utf-8")
    ran = run("practice", "--answers", "a.json", folder=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert (
        ran.err
        == "a.json:2:2: error[CNN101]: this is not JSON: Expecting ',' delimiter\n  correct it there\n"
    )


def test_named_answers_choose_their_questions_themselves(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(named(), encoding="utf-8")
    ran = run("practice", "--answers", "a.json", "--seed", "3", folder=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error[CNN105]: a.json names its questions\n  leave out what chooses others\n"


# --- sheets


def test_a_sheet_and_its_key(tmp_path: Path) -> None:
    ran = run("practice", "--export", "quiz.md", "--seed", "7", "--count", "4", folder=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "wrote quiz.md\nwrote quiz.key.md\n", "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["quiz.key.md", "quiz.md"]


def test_variants_have_files_of_their_own(tmp_path: Path) -> None:
    ran = run(
        "practice", "--export", "quiz.md", "--variants", "3", "--seed", "7", "--count", "2", folder=tmp_path
    )
    names = [f"quiz-{i}{end}" for i in (1, 2, 3) for end in (".md", ".key.md")]
    assert ran.out == "".join(f"wrote {name}\n" for name in names)
    assert len({(tmp_path / name).read_text(encoding="utf-8") for name in names}) == 6


def test_nothing_that_is_there_is_replaced_unless_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "quiz-2.key.md").write_text("mine", encoding="utf-8")
    asked = ("practice", "--export", "quiz.md", "--variants", "2", "--seed", "7", "--count", "2")
    ran = run(*asked, folder=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error[CNN104]: quiz-2.key.md is there already\n  give another name, or --force\n"
    assert [p.name for p in tmp_path.iterdir()] == ["quiz-2.key.md"]
    assert run(*asked, "--force", folder=tmp_path).code == 0
    assert (tmp_path / "quiz-2.key.md").read_text(encoding="utf-8") != "mine"


def test_all_files_or_none(tmp_path: Path) -> None:
    (tmp_path / "quiz.key.md").mkdir()
    ran = run("practice", "--export", "quiz.md", "--seed", "7", "--count", "2", "--force", folder=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert [p.name for p in tmp_path.iterdir()] == ["quiz.key.md"]


def test_a_drawn_seed_is_told_with_the_sheet(tmp_path: Path) -> None:
    ran = run("practice", "--export", "quiz.json", "--count", "2", folder=tmp_path)
    seed = json.loads((tmp_path / "quiz.json").read_text(encoding="utf-8"))["seed"]
    assert ran.out == f"wrote quiz.json\nseed {seed}\n"


# --- what is remembered


@contextmanager
def home(folder: Path) -> Iterator[Path]:
    """The file of the memory, in a folder of the test's own."""
    with mock.patch("typer.get_app_dir", lambda name: str(folder / name)):
        yield folder / "cnncalc" / "practice.json"


ADAPTIVE = (*PARAMETERS, "--adaptive", "--count", "2", "--form", "forward")


def test_weak_topics_are_remembered(tmp_path: Path) -> None:
    with home(tmp_path) as memory:
        assert piped(*ADAPTIVE, lines="1\n1\n").err == ""
        plain = json.loads(memory.read_text(encoding="utf-8"))
        assert plain == {"version": 1, "level": 1, "topics": {"parameters": "00"}}
        piped(*ADAPTIVE, lines="1\n")
        assert json.loads(memory.read_text(encoding="utf-8"))["topics"] == {"parameters": "000"}
    assert [p.name for p in memory.parent.iterdir()] == ["practice.json"]


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [((*ADAPTIVE, "--no-memory"), {}), (ADAPTIVE, {"CNNCALC_NO_MEMORY": "1"}), (PARAMETERS, {})],
)
def test_nothing_is_remembered_unasked(
    arguments: tuple[str, ...], environment: dict[str, str], tmp_path: Path
) -> None:
    with home(tmp_path):
        assert piped(*arguments, lines="1\n", **environment).code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("broken", [b"", b"{", b'{"version": 9}', b"\xff\xfe", b"[" * 90_000, b"9" * 9000])
def test_a_broken_memory_is_put_aside(broken: bytes, tmp_path: Path) -> None:
    with home(tmp_path) as memory:
        memory.parent.mkdir()
        memory.write_bytes(broken)
        ran = piped(*ADAPTIVE, lines="1\n")
        aside = memory.with_name("practice.json.broken")
        assert ran.code == 0
        assert (
            ran.err
            == f"cnncalc: warning: {memory} cannot be understood: it is now {aside}, and practice starts anew\n"
        )
        assert aside.read_bytes() == broken
        assert json.loads(memory.read_text(encoding="utf-8"))["topics"] == {"parameters": "0"}


def test_practice_goes_on_where_nothing_can_be_written(tmp_path: Path) -> None:
    with home(tmp_path) as memory:
        memory.parent.write_text("a file, not a folder", encoding="utf-8")
        ran = piped(*ADAPTIVE, lines="1\n")
    assert ran.code == 0
    assert "0 of 1 question right." in ran.out
    assert "cnncalc: warning: nothing is remembered: " in ran.err


# --- at a terminal


class Terminal:
    """A command at a pseudo-terminal of 80 columns."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cnncalc", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "80", "LINES": "40", "TERM": "xterm", "NO_COLOR": "1"},
            start_new_session=True,
            # Ctrl-C is a signal only at the terminal that controls the process; no thread of ours holds a lock here
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(theirs)
        self.seen = ""

    def until(self, text: str) -> str:
        """What is printed until the text is, and with it."""
        while text not in self.seen:
            data = self._read()
            assert data, f"{text!r} did not come: {self.seen}"
            self.seen += data
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def leave(self, key: str) -> tuple[int, str]:
        """Type a key until it is heard: Python misses a signal that comes just before it begins to wait for one."""
        self.type(key)
        while not select.select([self._ours], [], [], 3)[0]:
            self.type(key)
        return self.end()

    def end(self) -> tuple[int, str]:
        """The exit code, and the rest of what is printed."""
        while data := self._read():
            self.seen += data
        code = self._process.wait(timeout=60)
        os.close(self._ours)  # not before: whoever is still there would be hung up on
        return code, self.seen

    def _read(self) -> str:
        ready, _, _ = select.select([self._ours], [], [], 60)
        try:
            return os.read(self._ours, 10_000).decode().replace("\r\n", "\n") if ready else ""
        except OSError:
            return ""  # the other end is closed


TALK = (
    "practice",
    "--topic",
    "parameters",
    "--form",
    "forward",
    "--difficulty",
    "1",
    "--seed",
    "7",
    "--count",
    "2",
)


@pytest.fixture(name="drafts")
def _drafts() -> list[tuple[str, str]]:
    """The right answers, and one by a slip, of the questions of TALK."""
    problems = sheet(7, 2, ["parameters"], ["forward"], [1]).problems
    return [(shown(p.draft.answer), shown(p.draft.distractors[0].answer)) for p in problems]


def test_a_conversation(drafts: list[tuple[str, str]]) -> None:
    (right, slipped), (second, _) = drafts
    talk = Terminal(*TALK)
    screen = talk.until("\n> ")
    assert screen.startswith("Question 1 of 2 · parameters · difficulty 1\n\n")
    assert "A number of parameters, like 120 or 12.3k.\n" in screen
    talk.type("bananas\n")
    assert "There is no number in it." in talk.until("\n> ")
    talk.type("\n")
    assert "Type an answer; h shows a hint" in talk.until("\n> ")
    talk.type("?\n")
    assert "Numbers may be written" in talk.until("\n> ")
    talk.type("h\n")
    assert "F: kernel size" in talk.until("\n> ")
    talk.type(f"{slipped}\n")
    told = talk.until("\n> ")
    assert "Not quite: you forgot the biases.\n" in told
    assert "Enter = next · r = try again · h = hint · s = solution · q = stop\n" in told
    talk.type("r\n")
    talk.until("\n> ")
    talk.type(f"{right}\n")
    assert "Right.\nEnter = next · s = solution · q = stop\n" in talk.until("\n> ")
    talk.type("s\n")
    assert "  Trap      " in talk.until("\n> ")
    talk.type("\n")
    assert "Question 2 of 2 · parameters · difficulty 1 · 0 right so far\n" in talk.until("\n> ")
    talk.type(f"{second}\n")
    assert "Enter = finish" in talk.until("\n> ")
    talk.type("\n")
    code, rest = talk.end()
    assert code == 0
    assert "1 of 2 questions right.\n" in rest
    assert "To practise that: cnncalc practice --topic parameters\n" in rest


@pytest.mark.parametrize("key", ["\x03", "\x04", "q\n"])
def test_it_can_be_left_at_any_time(key: str, drafts: list[tuple[str, str]]) -> None:
    talk = Terminal(*TALK)
    talk.until("\n> ")
    talk.type(f"{drafts[0][0]}\n")
    talk.until("\n> ")
    talk.type("\n")
    talk.until("\n> ")
    code, rest = talk.leave(key)
    assert code == 0
    assert "1 of 1 question right.\n" in rest
    assert "Traceback" not in rest


def test_the_solution_instead_of_an_answer_is_no_right_answer() -> None:
    talk = Terminal(*TALK)
    talk.until("\n> ")
    talk.type("s\n")
    assert "  Answer    " in talk.until("Enter = next · q = stop\n> ")
    talk.type("q\n")
    assert "0 of 1 question right.\n" in talk.end()[1]


def test_parts_are_asked_one_by_one() -> None:
    talk = Terminal("practice", "--topic", "parameters", "--form", "compare", "--seed", "7", "--count", "1")
    answer = sheet(7, 1, ["parameters"], ["compare"]).problems[0].draft.answer
    assert isinstance(answer, Parts)
    for label, part in answer.parts:
        assert isinstance(part, Number)
        talk.until(f"\n{label} [{part.unit}]: " if part.unit else f"\n{label}: ")
        talk.type(f"{shown(part)}\n")
    assert "Right.\n" in talk.until("\n> ")
    talk.type("\n")
    assert talk.end()[0] == 0


def test_an_exam_tells_nothing_before_its_end(drafts: list[tuple[str, str]]) -> None:
    talk = Terminal(*TALK, "--exam", "60m")
    assert "2 questions, 59 min left. Enter leaves one out; q hands in.\n" in talk.until("\n> ")
    talk.type("h\n")
    assert "There are no hints in an exam.\n" in talk.until("> ")
    talk.type(f"{drafts[0][1]}\n")
    screen = talk.until("\n> ")
    assert "Question 2 of 2 · parameters · difficulty 1 · 59 min left\n" in screen
    assert "Not quite" not in screen
    talk.type("\n")
    code, rest = talk.end()
    assert code == 0
    assert "Not quite: you forgot the biases." in rest
    assert "2. no answer\n" in rest
    assert re.search(r"all +0 of 2\n", rest)
