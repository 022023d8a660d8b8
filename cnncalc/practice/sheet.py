"""Sheets: many problems, balanced over topics, forms and difficulties, the same for the same seed; and variants of a sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from cnncalc.errors import SpecError, nearest
from cnncalc.practice.draw import Draw
from cnncalc.practice.generate import VERSION, cells, generate, topic_named
from cnncalc.practice.model import FORMS, Cell, Form, Problem, Text, Topic
from cnncalc.practice.topics import TOPICS
from cnncalc.record import record

__all__ = ["Sheet", "askable", "new_problem", "sheet", "variants", "whole_question"]

#: seeds of a sheet's problems are below this
_SEEDS = 100_000
#: a cell that gives so many known questions one after the other has no new ones
_MOST_DRAWS = 200


@record
class Sheet:
    """Problems in the order in which they are asked. `version` is that of the generator: it makes the names mean these problems."""

    title: str
    seed: int
    version: int
    problems: tuple[Problem, ...]


def sheet(
    seed: int,
    count: int = 20,
    topics: Collection[str] | None = None,
    forms: Collection[str] | None = None,
    difficulty: Collection[int] | None = None,
) -> Sheet:
    """So many problems, no question twice, in the order of a course, the easy ones of a topic first.

    All topics come as often as each other, give or take one, then all cells of a topic, then forms and difficulties, as
    far as there are such questions. `topics`, `forms` and `difficulty` say what may be asked; None is everything.

    Raises SpecError if there is nothing of the kind, or less than `count`.
    """
    asked = askable(topics, forms, difficulty)
    draw = Draw(f"cnncalc sheet {VERSION} {seed}")
    chosen = _filled(draw, asked, count)
    order = {_name(cell): i for i, cell in enumerate(asked)}
    problems = sorted(chosen, key=lambda p: order[p.topic, p.form, p.difficulty])
    return Sheet(_title(topics), seed, VERSION, tuple(problems))


def variants(
    seed: int,
    n: int,
    count: int = 20,
    topics: Collection[str] | None = None,
    forms: Collection[str] | None = None,
    difficulty: Collection[int] | None = None,
    *,
    shuffled: bool = False,
) -> tuple[Sheet, ...]:
    """Sheets that are as difficult as each other: the same topics, forms and difficulties, no question twice in all of them.

    The first is `sheet`'s own. They ask in the same order, or each in another if `shuffled`.

    Raises SpecError as `sheet` does, and if there are not enough questions for so many.
    """
    first = sheet(seed, count, topics, forms, difficulty)
    seen = {whole_question(problem) for problem in first.problems}
    sheets = []
    for number in range(1, n + 1):
        draw = Draw(f"cnncalc variant {VERSION} {seed} {number}")
        problems: Sequence[Problem] = (
            first.problems if number == 1 else [_another(draw, p, seen) for p in first.problems]
        )
        problems = draw.shuffled(problems) if shuffled else problems
        title = f"{first.title}, sheet {number} of {n}" if n > 1 else first.title
        sheets.append(Sheet(title, seed, VERSION, tuple(problems)))
    return tuple(sheets)


def askable(
    topics: Collection[str] | None, forms: Collection[str] | None, difficulty: Collection[int] | None
) -> list[tuple[Topic, Cell]]:
    """The cells that may be asked.

    Raises SpecError if there are none, or if one of the names is unknown.
    """
    named = None if topics is None else {topic_named(name).name for name in topics}
    for form in forms or ():
        if form not in FORMS:
            close = nearest(form, FORMS)
            cure = f"did you mean '{close}'?" if close else f"the forms are {', '.join(FORMS)}"
            raise SpecError(f"there is no form '{form}'", cure, code="CNN144")
    found = [
        (topic, cell)
        for topic, cell in cells()
        if (named is None or topic.name in named)
        and (forms is None or cell.form in forms)
        and (difficulty is None or cell.difficulty in difficulty)
    ]
    if not found:
        raise SpecError(
            "there are no questions of these topics, forms and difficulties",
            "cnncalc practice --list shows what there is",
            code="CNN144",
        )
    course = list(TOPICS)
    return sorted(found, key=lambda pair: (course.index(pair[0].name), pair[1].difficulty))


def _filled(draw: Draw, asked: Sequence[tuple[Topic, Cell]], count: int) -> Iterator[Problem]:
    """Problems of the cells that were used least.

    Raises SpecError if there are too few.
    """
    left = list(draw.shuffled(asked))
    used: Counter[object] = Counter()
    seen: set[tuple[Text, ...]] = set()

    def uses(pair: tuple[Topic, Cell]) -> tuple[int, int, int]:
        topic, cell = pair
        # a topic may have the name of a form
        return used[topic], used[_name(pair)], used[cell.form] + used[cell.difficulty]

    for done in range(count):
        problem = None
        while problem is None:
            if not left:
                raise SpecError(
                    f"there are only {done} different questions of this kind, not {count}",
                    "ask for fewer, or for more topics",
                    code="CNN144",
                )
            pair = min(left, key=uses)
            problem = new_problem(draw, *_name(pair), seen)
            if problem is None:
                left.remove(pair)
        used.update([pair[0], _name(pair), problem.form, problem.difficulty])
        yield problem


def _another(draw: Draw, problem: Problem, seen: set[tuple[Text, ...]]) -> Problem:
    """A new question of the same cell.

    Raises SpecError if there is none.
    """
    found = new_problem(draw, problem.topic, problem.form, problem.difficulty, seen)
    if found is None:
        raise SpecError(
            f"'{problem.topic}' has too few different questions of the form '{problem.form}' "
            f"with difficulty {problem.difficulty}",
            "ask for fewer sheets, or for shorter ones",
            code="CNN144",
        )
    return found


def new_problem(
    draw: Draw, topic: str, form: Form, difficulty: int, seen: set[tuple[Text, ...]]
) -> Problem | None:
    """A problem whose question was not seen yet, which it then is; None if none was found."""
    for _ in range(_MOST_DRAWS):
        problem = generate(topic, form, difficulty, draw.whole(0, _SEEDS - 1))
        if whole_question(problem) not in seen:
            seen.add(whole_question(problem))
            return problem
    return None


def whole_question(problem: Problem) -> tuple[Text, ...]:
    """All that is read before the answer."""
    return (*problem.draft.stem, *problem.draft.conventions)


def _name(pair: tuple[Topic, Cell]) -> tuple[str, Form, int]:
    topic, cell = pair
    return topic.name, cell.form, cell.difficulty


def _title(topics: Collection[str] | None) -> str:
    """The topic's title where there is one topic only."""
    names = list(TOPICS) if topics is None else list(dict.fromkeys(topics))
    return TOPICS[names[0]].title if len(names) == 1 else "Practice with convolutional networks"
