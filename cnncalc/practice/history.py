"""What somebody got right and wrong before, and which question that makes the next one.

As plain data: version 1; level, the difficulty that they have reached; topics: the last answers in each, 1 right, 0 wrong, the latest last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cnncalc.errors import SpecError
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Cell, Problem, Text, Topic
from cnncalc.practice.sheet import new_problem
from cnncalc.record import record

__all__ = ["NOTHING", "History", "after", "as_plain", "history_of", "next_problem"]

_VERSION = 1
_LEVELS = range(1, 5)
#: so many in a row raise the difficulty
_ENOUGH = 2
_REMEMBERED = 20
_ANSWERS = re.compile(rf"[01]{{0,{_REMEMBERED}}}")


@record
class History:
    """The difficulty that was reached, how many answers in a row were right since, and the last answers by topic."""

    level: int
    topics: Mapping[str, str]
    row: int = 0


NOTHING = History(1, {})


def history_of(plain: Any) -> History:
    """The history that plain data hold.

    Raises SpecError if they hold none.
    """
    match plain:
        case {"version": int(version), "level": int(level), "topics": dict(topics)} if version == _VERSION:
            if level in _LEVELS and all(
                isinstance(t, str) and _ANSWERS.fullmatch(t) for t in topics.values()
            ):
                return History(level, topics)
    raise SpecError("it is no history of practice of this version", code="CNN104")


def as_plain(history: History) -> dict[str, Any]:
    """The same as dictionaries."""
    return {"version": _VERSION, "level": history.level, "topics": dict(history.topics)}


def after(history: History, problem: Problem, *, right: bool) -> History:
    """What it becomes with one more answer: harder after two right ones in a row, easier after a wrong one."""
    row = history.row + 1 if right else 0
    step = -1 if not right else int(row == _ENOUGH)
    level = min(max(history.level + step, _LEVELS[0]), _LEVELS[-1])
    answers = (history.topics.get(problem.topic, "") + str(int(right)))[-_REMEMBERED:]
    return History(level, {**history.topics, problem.topic: answers}, row % _ENOUGH)


def next_problem(
    draw: Draw, askable: Sequence[tuple[Topic, Cell]], history: History, seen: set[tuple[Text, ...]]
) -> Problem | None:
    """A question that was not seen, and now is, of a topic that is weak rather than one that is strong; None if there is none."""
    left = {topic.name: topic for topic, _ in askable}
    while left:
        name = _weighted(draw, {name: _weakness(history.topics.get(name, "")) for name in left})
        del left[name]
        cells = draw.shuffled([cell for topic, cell in askable if topic.name == name])
        for cell in sorted(cells, key=lambda c: abs(c.difficulty - history.level)):
            problem = new_problem(draw, name, cell.form, cell.difficulty, seen)
            if problem is not None:
                return problem
    return None


def _weakness(answers: str) -> int:
    """How many in a thousand would be wrong: (wrong + 1)/(answers + 2)."""
    return 1000 * (answers.count("0") + 1) // (len(answers) + 2)


def _weighted(draw: Draw, weights: Mapping[str, int]) -> str:
    place = draw.whole(1, sum(weights.values()))
    for name, weight in weights.items():
        place -= weight
        if place <= 0:
            return name
    raise AssertionError("the place lies within the sum of the weights")
