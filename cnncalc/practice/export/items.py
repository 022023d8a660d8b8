"""What a learning platform is told about an answer: options to choose from, numbers and texts that count, or that a person judges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias

from cnncalc.practice.answers import Answer, Exact, Integers, Matrix, Number, Parts, Size, shown
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Problem
from cnncalc.practice.slips import Slip
from cnncalc.record import record

__all__ = [
    "Blank",
    "Choice",
    "Judged",
    "Numeric",
    "Option",
    "Response",
    "Spelled",
    "blanks",
    "decimal",
    "hints",
]

_FEWEST_OPTIONS = 3
_LONGEST_LIST = 12
#: as many decimals as `shown` writes before it writes a fraction
_DECIMALS = 4
_DIGITS = 3


@record
class Option:
    """One of several; the feedback tells which slip leads to it, and is empty for the right one."""

    text: str
    feedback: str = ""


@record
class Choice:
    """Exactly one option is right."""

    options: tuple[Option, ...]
    right: int


@record
class Numeric:
    """A number, and others that are wrong with what is to be said of them. The tolerance is 0 where people can write it exactly."""

    value: Exact
    unit: str = ""
    tolerance: Fraction = Fraction(0)
    wrong: tuple[tuple[Exact, str], ...] = ()


@record
class Spelled:
    """Texts that all mean the answer, the usual one first, what they look like, and those of wrong answers."""

    texts: tuple[str, ...]
    like: str
    wrong: tuple[tuple[str, str], ...] = ()


@record
class Judged:
    """An answer that has too many forms to be compared."""

    answer: str


Response: TypeAlias = Choice | Numeric | Spelled | Judged


@record
class Blank:
    """One thing to be answered; the label, with the unit, is empty where there is one only."""

    label: str
    response: Response


def blanks(problem: Problem) -> tuple[Blank, ...]:
    """What is to be answered: options where three or more are known, else each part of the answer by itself."""
    draft = problem.draft
    if len(draft.distractors) + 1 >= _FEWEST_OPTIONS and not isinstance(draft.answer, Parts):
        return (Blank("", _choice(problem)),)
    wrong = [(dict(_parts("", d.answer)), d.slip) for d in draft.distractors]
    found = []
    for label, part in _parts("", draft.answer):
        others = [(parts[label], slip) for parts, slip in wrong if parts.get(label, part) != part]
        response = _response(part, others)
        if isinstance(response, Judged):
            return (Blank("", Judged(shown(draft.answer))),)
        unit = response.unit if isinstance(response, Numeric) and label else ""
        found.append(Blank(f"{label} ({unit})" if unit else label, response))
    return tuple(found)


def hints(found: Sequence[Blank]) -> tuple[str, ...]:
    """What to write, each sentence once, for readers who take nothing else."""
    return tuple(dict.fromkeys(hint for blank in found for hint in _hints(blank)))


def _hints(blank: Blank) -> Iterator[str]:
    match blank.response:
        case Numeric(_, unit, tolerance):
            told = {"": "", "%": ", in per cent"}.get(unit, f", in {unit}") if not blank.label else ""
            yield f"Write the number alone{told}, without commas between thousands."
            if tolerance:
                yield f"Round what does not end soon to {_DIGITS} digits or more."
        case Spelled(_, like):
            yield like


def decimal(value: Exact) -> str:
    """-1234.5; ten digits of what does not end."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    scaled = exact * 10**_DECIMALS
    if scaled.denominator != 1:
        return f"{float(exact):.10g}"
    digits = f"{abs(scaled.numerator):0{_DECIMALS + 1}d}"
    sign = "-" if exact < 0 else ""
    return f"{sign}{digits[:-_DECIMALS]}.{digits[-_DECIMALS:].rstrip('0')}"


def _choice(problem: Problem) -> Choice:
    draft = problem.draft
    right = Option(shown(draft.answer))
    wrong = [Option(shown(d.answer), _told(d.slip)) for d in draft.distractors]
    options = Draw(f"cnncalc options {problem.name}").shuffled([right, *wrong])
    return Choice(options, options.index(right))


def _told(slip: Slip) -> str:
    return f"You {slip.did}."


def _parts(label: str, answer: Answer) -> Iterator[tuple[str, Answer]]:
    """Every part by its label, the numbers of a matrix one by one."""
    match answer:
        case Parts(parts):
            for name, part in parts:
                yield from _parts(f"{label}, {name}" if label else name, part)
        case Matrix(rows):
            for i, row in enumerate(rows, start=1):
                for j, value in enumerate(row, start=1):
                    place = f"number {j}" if len(rows) == 1 else f"row {i}, column {j}"
                    yield f"{label}, {place}" if label else place, Number(value)
        case _:
            yield label, answer


def _response(answer: Answer, others: Sequence[tuple[Answer, Slip]]) -> Numeric | Spelled | Judged:
    match answer:
        case Number(value, unit):
            numbers = [(o.value, _told(slip)) for o, slip in others if isinstance(o, Number)]
            return Numeric(value, unit, _tolerance(value), tuple(numbers))
        case Size(sizes):
            example = "x".join(["8", "8", "16", "16", "16"][: len(sizes)])
            spelled = [(text, _told(slip)) for o, slip in others for text in _spellings(o)]
            return Spelled(_spellings(answer), f"Write it like {example}.", tuple(spelled))
        case Integers(values, onwards) if not onwards or len(values) == 1:
            like = "Write one number, a list like 3, 5, a range like 3..7 or >=3, or none."
            spelled = [(text, _told(slip)) for o, slip in others for text in _spellings(o)]
            return Spelled(_spellings(answer), like, tuple(spelled))
        case _:
            return Judged(shown(answer))


def _tolerance(value: Exact) -> Fraction:
    """Half of the last of three digits, where the number cannot be written with few decimals."""
    if (value * 10**_DECIMALS) % 1 == 0:
        return Fraction(0)
    size = abs(Fraction(value))
    unit = Fraction(1)
    while size >= unit * 10**_DIGITS:
        unit *= 10
    while size < unit * 10 ** (_DIGITS - 1):
        unit /= 10
    return unit / 2


def _spellings(answer: Answer) -> tuple[str, ...]:
    """How people write sizes and whole numbers, the usual way first."""
    match answer:
        case Size(sizes):
            texts = list(map(str, sizes))
            joined = [sign.join(texts) for sign in ("x", "×", " x ", " × ", ", ", ",")]
            return tuple(dict.fromkeys([*joined, f"({', '.join(texts)})", f"({','.join(texts)})"]))
        case Integers((), _):
            return ("none",)
        case Integers((first,), True):
            return tuple([f"{sign}{first}" for sign in (">=", ">= ", "≥", "≥ ")])
        case Integers((only,), False):
            return tuple(dict.fromkeys([str(only), f"{only:,}"]))
        case Integers(values, False):
            first, last = values[0], values[-1]
            ends = ("..", "-", "–", " to ") if len(values) == last - first + 1 else ()
            commas = (", ", ",") if len(values) <= _LONGEST_LIST or not ends else ()
            ranges = [f"{first}{sign}{last}" for sign in ends]
            return (*ranges, *[sign.join(map(str, values)) for sign in commas])
        case _:
            return ()
