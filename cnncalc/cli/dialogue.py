"""Questions and answers: with somebody at a terminal, or from lines that are given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cnncalc.errors import visible
from cnncalc.practice.answers import Expression, Integers, Matrix, Number, Parts, Size, shown
from cnncalc.practice.grading import mark
from cnncalc.practice.hint import hints
from cnncalc.practice.reading import Unread, expected, read
from cnncalc.practice.reading.text import MOST_OF_A_LIST
from cnncalc.practice.score import Answered, answered
from cnncalc.practice.text import question_as_text, solution_as_text, wrapped

if TYPE_CHECKING:
    from cnncalc.practice.answers import Answer
    from cnncalc.practice.model import Problem
    from cnncalc.report.style import Style

    #: the next question after those that were answered; None: there is none
    Source = Callable[[Sequence[Answered]], Problem | None]

__all__ = ["Conversation", "from_lines"]

_COMMANDS = {
    **dict.fromkeys(("s", "solution"), "s"),
    **dict.fromkeys(("h", "hint"), "h"),
    **dict.fromkeys(("q", "quit", "exit", "stop"), "q"),
    **dict.fromkeys(("?", "help"), "?"),
    **dict.fromkeys(("r", "retry"), "r"),
}
_HELP = (
    "h = a hint, the formula; s = the worked solution; q = stop here.",
    "Numbers may be written 37,632 or 37 632, 37.6k, 3.76e4, 3/4, 75 %, 784 KiB, or as 64·(9·64 + 1). "
    "A rounded number needs three digits or more; a percentage is right to a tenth.",
    "Several answers are asked for one by one, or stand in one line with ; between them. The first answer to a question counts.",
)


class _Stopped(Exception):  # noqa: N818 - nothing went wrong
    """Whoever answers wants to end."""


def _input(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except UnicodeDecodeError:
        return "\ufffd"  # what no answer is


def _heading(problem: Problem, number: int, count: int, *more: str) -> str:
    topic = problem.topic.replace("-", " ")
    parts = (f"Question {number} of {count}", topic, f"difficulty {problem.difficulty}", *more)
    return " · ".join(parts)


def _write(*texts: str) -> None:
    sys.stdout.write("".join(texts))
    sys.stdout.flush()


def from_lines(
    source: Source, count: int, lines: Iterator[str | None], style: Style, *, solutions: bool
) -> list[Answered]:
    """Ask, and take the answers from the lines, one for a question (None: none), until there are no more of either."""
    done: list[Answered] = []
    while len(done) < count and (problem := source(done)) is not None:
        _write(
            style.bold(_heading(problem, len(done) + 1, count)),
            "\n\n",
            question_as_text(problem, style),
            "\n",
        )
        try:
            given = next(lines)
        except StopIteration:
            break
        one = answered(problem, given)
        done.append(one)
        _write(f"> {visible(_cut(given.strip()))}\n" if given else "", wrapped(one.mark.told, style))
        if not one.mark.right and not solutions:
            _write(wrapped(f"The answer: {shown(problem.draft.answer)}", style))
        _write("\n", *((solution_as_text(problem, style), "\n") if solutions else ()))
    return done


def _cut(text: str) -> str:
    """As much of an answer as one may be long."""
    return text if len(text) <= MOST_OF_A_LIST else f"{text[:MOST_OF_A_LIST]}…"


class Conversation:
    """Questions asked at a terminal. `left` says how much time there is in an exam, "" when it is over."""

    def __init__(
        self, source: Source, count: int, style: Style, left: Callable[[], str] | None = None
    ) -> None:
        self._source = source
        self._count = count
        self._style = style
        self._left = left
        self.done: list[Answered] = []

    def hold(self) -> list[Answered]:
        """Ask until all is answered, or somebody has had enough: by q, Ctrl-C or Ctrl-D."""
        with suppress(ImportError):
            import readline  # noqa: F401 - input() then has a history, and lines can be edited
        try:
            while len(self.done) < self._count and (problem := self._source(self.done)) is not None:
                self._ask(problem)
        except (KeyboardInterrupt, EOFError):
            _write("\n\n")  # the cursor stands behind a prompt
        except _Stopped:
            _write("\n")
        return self.done

    def _ask(self, problem: Problem) -> None:
        more = [self._score()] if self.done and self._left is None else []
        if self._left is not None:
            time = self._left()
            if not time:
                _write("Time is up.\n")
                raise _Stopped
            more = [time]
        heading = _heading(problem, len(self.done) + 1, self._count, *more)
        _write(self._style.bold(heading), "\n\n", question_as_text(problem, self._style), "\n")
        answer = problem.draft.answer
        if not isinstance(answer, Parts):
            self._dim(
                f"{expected(answer, _others(problem))[0].upper()}{expected(answer, _others(problem))[1:]}."
            )
        if self._left is None:
            self._practise(problem)
        else:
            self._examine(problem, self._left)

    def _score(self) -> str:
        return f"{sum(one.mark.right for one in self.done)} right so far"

    def _examine(self, problem: Problem, left: Callable[[], str]) -> None:
        """One answer, which is not commented on."""
        while True:
            text = self._typed(problem, hinting=False)
            told = mark(problem, text)
            if not text or told.understood:
                break
            self._dim(told.told)
        if not left():
            _write("Time is up: this answer came too late.\n")
            raise _Stopped
        self.done.append(answered(problem, text or None))
        _write("\n")

    def _practise(self, problem: Problem) -> None:
        """Tries, hints and the solution, until the next question is wanted. The first try counts."""
        counts = len(self.done)
        text = self._typed(problem, hinting=True)
        while True:
            found = mark(problem, text)
            solved = text in _COMMANDS and _command(text, problem) == "s"
            if not solved and not found.understood:
                self._dim(
                    found.told if text else "Type an answer; h shows a hint, s the solution, ? help, q stops."
                )
                text = self._typed(problem, hinting=True)
                continue
            if len(self.done) == counts:
                self.done.append(answered(problem, None if solved else text))
            if solved:
                _write(solution_as_text(problem, self._style))
            else:
                told = wrapped(found.told + self._row(counts, right=found.right), self._style)
                _write(self._style.bold(told.rstrip("\n")) + "\n" if found.right else told)
            text = self._next(problem, right=found.right, solved=solved)
            if not text:
                return

    def _row(self, counts: int, *, right: bool) -> str:
        """How many in a row are right now."""
        row = 0
        for one in reversed(self.done[: counts + 1]):
            if not one.mark.right:
                break
            row += 1
        return f" {row} in a row." if right and row > 1 else ""

    def _next(self, problem: Problem, *, right: bool, solved: bool) -> str:
        """What to do now: "" for the next question, or another try."""
        last = len(self.done) == self._count
        wants = {
            "": "finish" if last else "next",
            **({} if right or solved else {"r": "try again", "h": "hint"}),
        }
        wants |= {} if solved else {"s": "solution"}
        wants["q"] = "stop"
        while True:
            offered = " · ".join(f"{key or 'Enter'} = {what}" for key, what in wants.items())
            self._dim(offered)
            text = _input("> ")
            match _COMMANDS.get(text.casefold(), text):
                case "":
                    if not right and not solved:
                        _write(wrapped(f"The answer: {shown(problem.draft.answer)}", self._style))
                    _write("\n")
                    return ""
                case "q":
                    raise _Stopped
                case "s":
                    _write(solution_as_text(problem, self._style))
                    solved = True
                    wants.pop("s", None)
                case "h":
                    self._hint(problem)
                case "?":
                    _write(*[wrapped(text, self._style, indent=2) for text in _HELP])
                case "r":
                    return self._typed(problem, hinting=True)
                case other if not right:
                    return other
                case _:
                    pass

    def _typed(self, problem: Problem, *, hinting: bool) -> str:
        """An answer, or "s"; the parts of one are asked for one by one, unless they are typed at once."""
        answer = problem.draft.answer
        if not isinstance(answer, Parts):
            return self._line("> ", problem, hinting=hinting)
        given: list[str] = []
        for label, part in answer.parts:
            text = self._part(f"{label}{_unit(part)}: ", problem, part, hinting=hinting)
            if _command(text, problem) == "s" or (not given and ";" in text):
                return text
            given += [f"{label}: {text}"] if text else []
        return "; ".join(given)

    def _part(self, prompt: str, problem: Problem, part: Answer, *, hinting: bool) -> str:
        while True:
            text = self._line(prompt, problem, hinting=hinting)
            if not text or ";" in text or _command(text, problem) == "s":
                return text
            try:
                read(text, part)
            except Unread as why:
                self._dim(f"{why} Expected: {expected(part)}.")
            else:
                return text

    def _line(self, prompt: str, problem: Problem, *, hinting: bool) -> str:
        while True:
            text = _input(prompt)
            match _command(text, problem):
                case "q":
                    raise _Stopped
                case "?":
                    _write(*[wrapped(text, self._style, indent=2) for text in _HELP])
                case "h" if hinting:
                    self._hint(problem)
                case "s" if hinting:
                    return "s"
                case None | "r":
                    return text
                case _:
                    self._dim("There are no hints in an exam.")

    def _hint(self, problem: Problem) -> None:
        for line in hints(problem):
            _write(wrapped(line, self._style, indent=2))

    def _dim(self, text: str) -> None:
        for line in wrapped(text, self._style).splitlines():
            _write(self._style.dim(line), "\n")


def _others(problem: Problem) -> list[Any]:
    return [d.answer for d in problem.draft.distractors]


def _command(text: str, problem: Problem) -> str | None:
    """The command that a text is, unless it is a name that the answer may hold."""
    from cnncalc.practice.reading.read import names_in

    if text in names_in([problem.draft.answer, *_others(problem)]):
        return None
    return _COMMANDS.get(text.casefold())


def _unit(answer: Answer) -> str:
    match answer:
        case Number(_, unit) if unit:
            return f" [{unit}]"
        case Size(_, axes):
            return f" [{axes}]"
        case Matrix() | Integers() | Expression():
            return f" [{expected(answer).partition(',')[0]}]"
        case _:
            return ""
