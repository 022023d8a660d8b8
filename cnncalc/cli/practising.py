"""Where questions and answers come from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncalc.practice.draw import Draw
from cnncalc.practice.filled import Given, answers_in, lines_in, looks_like_json
from cnncalc.practice.history import NOTHING, after, next_problem
from cnncalc.practice.score import Answered, answered
from cnncalc.practice.sheet import askable

if TYPE_CHECKING:
    from cnncalc.cli.dialogue import Source
    from cnncalc.practice.model import Problem, Text

__all__ = ["Adaptive", "answers_from", "in_order", "lines_of", "silently", "standard_input"]

_LONGEST_LINE = 100_000


def in_order(problems: Sequence[Problem]) -> Source:
    """One after the other."""
    return lambda done: problems[len(done)] if len(done) < len(problems) else None


class Adaptive:
    """Each question chosen by how those before it were answered, and by what is remembered of other days."""

    def __init__(self, seed: int, kinds: tuple[Any, Any, Any], *, memory: bool) -> None:
        from cnncalc.cli.practice_memory import forgetful, memory_file, recall

        self._draw = Draw(f"cnncalc adaptive {seed}")
        self._askable = askable(*kinds)
        self._file = memory_file() if memory and not forgetful() else None
        self._history = recall(self._file) if self._file else NOTHING
        self._seen: set[tuple[Text, ...]] = set()
        self._counted = 0

    def __call__(self, done: Sequence[Answered]) -> Problem | None:
        self._count(done)
        return next_problem(self._draw, self._askable, self._history, self._seen)

    def _count(self, done: Sequence[Answered]) -> None:
        for one in done[self._counted :]:
            self._history = after(self._history, one.problem, right=one.mark.right)
        self._counted = len(done)

    def end(self, done: Sequence[Answered]) -> None:
        """Remember how it went."""
        self._count(done)
        if self._file is not None and done:
            from cnncalc.cli.practice_memory import remember

            remember(self._file, self._history)


def answers_from(file: Path) -> tuple[Given, ...] | list[str]:
    """Answers with their questions, or lines in the order in which questions are asked.

    Raises SpecError.
    """
    from cnncalc.loader import read_text

    text = read_text(str(file))
    if looks_like_json(text) and text.lstrip().startswith("{"):
        return answers_in(text, str(file))
    return lines_in(text, str(file))


def lines_of(given: tuple[Given, ...] | list[str]) -> Iterator[str | None]:
    """The answers alone, in order."""
    return iter([one.text if isinstance(one, Given) else one for one in given])


def standard_input() -> Iterator[str | None]:
    """Its lines as they come."""
    while sys.stdin is not None and (line := sys.stdin.buffer.readline(_LONGEST_LINE)):
        yield line.decode("utf-8", "replace")


def silently(
    source: Source,
    count: int,
    lines: Iterator[str | None],
    done: Sequence[Answered] = (),
    left: Callable[[], str] | None = None,
) -> list[Answered]:
    """All questions with the answers that there are for them, in the time that there is; those in `done` are over."""
    found = list(done)
    while len(found) < count and (problem := source(found)) is not None:
        given = next(lines, None)
        found.append(answered(problem, given if left is None or left() else None))
    return found
