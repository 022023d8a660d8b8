"""Marks: what is told, points for parts, designs by their conditions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Exact, Expression, Integers, Matrix, Number, Parts, Size, Valid
from cnncalc.practice.generate import cells, generate
from cnncalc.practice.grading import Mark, mark
from cnncalc.practice.hint import hints
from cnncalc.practice.model import Cell, Distractor, Draft, Problem, Topic
from cnncalc.symbolic import symbol


def asking(answer: Answer, *wrong: Distractor) -> Problem:
    """A problem with this answer and these wrong ones."""
    return Problem("parameters", "forward", 1, 0, Draft({}, ("?",), answer, (), "", "", distractors=wrong))


def no_bias(answer: Answer) -> Distractor:
    return Distractor(answer, slips.FORGOT_BIAS)


RIGHT = Number(205_056, "parameters")
LAYER = asking(RIGHT, no_bias(Number(204_800, "parameters")))
RATIO = asking(Number(Fraction(2, 3)))
MACS = asking(Number(1000, "MACs"))
SIZE = asking(Size((56, 28, 3)))
DESIGN = asking(Valid(("k", "C"), ("k*k*C <= 100", "C >= 8"), (1, 8)))
SUM = asking(
    Parts((("A", Number(10)), ("B", Number(20)), ("total", Number(30)))),
    no_bias(Parts((("A", Number(9)), ("B", Number(19)), ("total", Number(28))))),
)
TOLD = [
    (LAYER, "205,056", "Right."),
    (LAYER, "205.06k", "Right."),
    (LAYER, "204,800", "Not quite: you forgot the biases."),
    (LAYER, "204.8k", "Not quite: you forgot the biases."),
    (LAYER, "205k", "Right so far, but so few digits fit a usual mistake as well: give all of them."),
    (LAYER, "205,056 bytes", "The answer is asked in parameters, not bytes. Expected: a number of parameters, like 120 or 12.3k."),
    (LAYER, "12 bananas", "'bananas' is not known as a unit: leave it out. Expected: a number of parameters, like 120 or 12.3k."),
    (LAYER, "some", "There is no number in it. Expected: a number of parameters, like 120 or 12.3k."),
    (LAYER, "  ", "There is no answer."),
    (RATIO, "0.67", "Too few digits: give 3 or more, or a fraction."),
    (RATIO, "0.666", "Nearly: the last digit is not rounded right."),
    (RATIO, "0.7", "Too few digits: give 3 or more, or a fraction."),
    (RATIO, "1/3", "Not right."),
    (MACS, "2,000 FLOPs", "Right. (A MAC is two FLOPs.)"),
    (MACS, "1,000 FLOPs", "Not quite: that would be right without the unit FLOPs: a MAC is two FLOPs."),
    (SIZE, "56x28x3", "Right."),
    (SIZE, "3x56x28", "Those are the sizes, but in another order: H×W×C is asked."),
    (SIZE, "3x56x29", "Not right."),
    (SIZE, "56x28", "Those are 2 sizes, and 3 are asked. Expected: the size as H×W×C, like 28×28×16."),
    (DESIGN, "k = 1, C = 8", "Right."),
    (DESIGN, "C = 11, k = 3", "Right. The smallest that does it: k = 1, C = 8."),
    (DESIGN, "3, 12", "Not right: k·k·C ≤ 100 does not hold."),
    (DESIGN, "9, 2", "Not right: k·k·C ≤ 100 and C ≥ 8 do not hold."),
    (DESIGN, "k = 1", "A whole number is asked for k and C. Expected: whole numbers for k and C, like k = …, C = …."),
    (SUM, "10; 20; 30", "Right."),
    (SUM, "9; 19; 28", "Not quite: you forgot the biases."),
    (SUM, "9; 20; 29", "1 of 3 are right. A: you forgot the biases. Not right: total."),
    (SUM, "10; x; 30", "2 of 3 are right. B: There is no number in it. Expected: a number, like 12, 0.75 or 3/4."),
    (SUM, "total: 30", "1 of 3 are right. Not answered: A and B."),
    (SUM, "1; 2; 3", "Not right."),
    (SUM, "1; 2; 3; 4", "3 answers are asked, and there are more. Expected: 3 answers with ; between them: A; B; total."),
    (asking(Integers((2, 3))), "2.5", "These are no whole numbers. Expected: all whole numbers that do it, like 8, or 4, 7, or 221..224, or none."),
    (asking(Expression(symbol("C") ** 2)), "C*width", "'width' is no name here: the name is C. Expected: an expression in C, like 5C^3 + C."),
    (asking(Matrix(((1, 2), (3, 4)))), "1 2 3; 4 5 6", "That is 2×3. Expected: 2 rows of 2 numbers, like 1 2; 1 2."),
    (asking(Matrix(((1, 2), (3, 4)))), "1 2; 3", "The rows are not equally long. Expected: 2 rows of 2 numbers, like 1 2; 1 2."),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "text", "told"), TOLD)
def test_what_is_told(problem: Problem, text: str, told: str) -> None:
    found = mark(problem, text)
    assert found.told == told
    assert found.right == (told == "Right." or told.startswith("Right. "))


POINTS: list[tuple[Problem, str, tuple[int, int]]] = [
    (LAYER, "205,056", (1, 1)),
    (LAYER, "204,800", (0, 1)),
    (SUM, "10; 20; 30", (3, 3)),
    (SUM, "10; 20; 31", (2, 3)),
    (SUM, "B: 20", (1, 3)),
    (SUM, "B: 20; 10; 30", (3, 3)),
    (SUM, "", (0, 3)),
    (SUM, "nothing", (0, 3)),
]


@pytest.mark.parametrize(("problem", "text", "points"), POINTS)
def test_points(problem: Problem, text: str, points: tuple[int, int]) -> None:
    found = mark(problem, text)
    assert (found.points, found.most) == points
    assert found.right == (points[0] == points[1])


@pytest.mark.parametrize("text", ["", "x", "205k", "12 bananas"])
def test_what_says_nothing_may_be_asked_again(text: str) -> None:
    assert mark(LAYER, text) == Mark(right=False, told=mark(LAYER, text).told, understood=False)


def test_a_part_that_is_right_by_a_slip_names_it() -> None:
    assert mark(SUM, "9; 20; 30").slip == slips.FORGOT_BIAS


@pytest.mark.parametrize("kernel", range(1, 8))
@pytest.mark.parametrize("channels", range(6, 14))
def test_any_design_that_meets_the_conditions_is_right(kernel: int, channels: int) -> None:
    holds = kernel**2 * channels <= 100 and channels >= 8
    assert mark(DESIGN, f"{kernel}, {channels}").right == holds


DESIGNS = [pytest.param(t, c, id=f"{t.name}-{c.difficulty}") for t, c in cells() if c.form == "design"]


@pytest.mark.parametrize(("topic", "cell"), DESIGNS)
def test_designs_are_right_just_where_their_conditions_hold(topic: Topic, cell: Cell) -> None:
    for seed in range(10):
        problem = generate(topic.name, cell.form, cell.difficulty, seed)
        answer = problem.draft.answer
        assert isinstance(answer, Valid)
        for step in (-1, 0, 1, 2, 7):
            values = {name: value + step for name, value in zip(answer.names, answer.smallest, strict=True)}
            numbers: dict[str, Exact] = {name: Fraction(value) for name, value in values.items()}
            holds = all(python_holds(condition, numbers) for condition in answer.conditions)
            text = ", ".join(f"{name} = {value}" for name, value in values.items())
            assert mark(problem, text).right == holds, f"{problem.name}: {text}"


def python_holds(condition: str, numbers: dict[str, Exact]) -> bool:
    """The condition as Python itself takes it, with exact fractions."""
    try:
        return bool(eval(condition.replace("^", "**"), {"__builtins__": {"min": min, "max": max}}, numbers))
    except ZeroDivisionError:
        return False


@pytest.mark.parametrize(
    ("topic", "cell"), [pytest.param(t, c, id=f"{t.name}-{c.form}-{c.difficulty}") for t, c in cells()]
)
def test_hints_do_not_give_the_answer(topic: Topic, cell: Cell) -> None:
    for seed in range(5):
        problem = generate(topic.name, cell.form, cell.difficulty, seed)
        found = hints(problem)
        assert all(found)
        answer = problem.draft.answer
        if isinstance(answer, Number) and answer.value > 100 and isinstance(answer.value, int):
            assert not any(f"{answer.value:,}" in line or str(answer.value) in line for line in found)
