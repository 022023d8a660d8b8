"""Typed answers: what is right however it is spelled, what is wrong, which slip it is; and that nothing makes a fuss."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnncalc.practice.answers import Answer, Expression, Integers, Matrix, Number, Parts, Size, Valid, shown
from cnncalc.practice.generate import cells, generate
from cnncalc.practice.grading import mark
from cnncalc.practice.model import Cell, Draft, Problem, Topic
from cnncalc.practice.reading import Unread, expected, read
from cnncalc.practice.reading.model import agrees
from cnncalc.symbolic import symbol
from tests.practice.spellings import spellings

CELLS = [
    pytest.param(topic, cell, id=f"{topic.name}-{cell.form}-{cell.difficulty}") for topic, cell in cells()
]
SEEDS = range(8)
C, K = symbol("C"), symbol("k")


def is_read(text: str, answer: Answer) -> bool:
    """Whether the text can mean the answer; what cannot be read means nothing."""
    try:
        return any(agrees(one, answer) for one in read(text, answer))
    except Unread:
        return False


def asking(answer: Answer) -> Problem:
    """A problem with this answer."""
    return Problem("parameters", "forward", 1, 0, Draft({}, ("?",), answer, (), "", ""))


@pytest.mark.parametrize(("topic", "cell"), CELLS)
def test_right_answers_are_right_however_they_are_spelled(topic: Topic, cell: Cell) -> None:
    for seed in SEEDS:
        problem = generate(topic.name, cell.form, cell.difficulty, seed)
        for text in (shown(problem.draft.answer), *spellings(problem.draft.answer)):
            assert mark(problem, text).right, f"{problem.name}: {text}"


@pytest.mark.parametrize(("topic", "cell"), CELLS)
def test_wrong_options_are_told_as_their_slips(topic: Topic, cell: Cell) -> None:
    for seed in SEEDS:
        problem = generate(topic.name, cell.form, cell.difficulty, seed)
        for wrong in problem.draft.distractors:
            for text in (shown(wrong.answer), next(spellings(wrong.answer))):
                found = mark(problem, text)
                assert (found.right, found.slip) == (False, wrong.slip), f"{problem.name}: {text}"
                assert wrong.slip.did in found.told


def changed(answer: Answer) -> Answer | None:
    """Another answer of the same kind; None where one cannot be made simply."""
    match answer:
        case Number(value, unit):
            return Number(3 * value + 7, unit)
        case Size(sizes, axes):
            return Size((*sizes[:-1], sizes[-1] + 1), axes)
        case Matrix((first, *rest)):
            return Matrix(((first[0] + 2, *first[1:]), *rest))
        case Integers(values, onwards):
            return Integers((*values, values[-1] + 3) if values else (3,), onwards)
        case Expression(numerator, denominator):
            return Expression(numerator + denominator, denominator)
        case Parts(((label, part), *rest)):
            other = changed(part)
            return None if other is None else Parts(((label, other), *rest))
        case _:
            return None


@pytest.mark.parametrize(("topic", "cell"), CELLS)
def test_other_answers_are_not_right(topic: Topic, cell: Cell) -> None:
    for seed in SEEDS:
        problem = generate(topic.name, cell.form, cell.difficulty, seed)
        other = changed(problem.draft.answer)
        assert other is None or not mark(problem, shown(other)).right, problem.name


@pytest.mark.parametrize(("topic", "cell"), CELLS)
def test_the_example_that_is_shown_can_be_read_and_gives_nothing_away(topic: Topic, cell: Cell) -> None:
    for seed in SEEDS:
        problem = generate(topic.name, cell.form, cell.difficulty, seed)
        answer = problem.draft.answer
        if isinstance(answer, Parts | Valid) or (isinstance(answer, Matrix) and len(answer.rows) > 2):
            continue
        told = expected(answer, [d.answer for d in problem.draft.distractors]).partition(", like ")[2]
        pattern = ", or " if isinstance(answer, Integers) else ", (?=[0-9.]+ or)| or "
        for text in re.split(pattern, told):
            assert read(text, answer)
            # none, and some ranges, are as good an example as any
            assert not mark(problem, text).right or text in ("none", "221..224")


READ = [
    ("112x112x64", Size((112, 112, 64))),
    ("H=112, W=112, C=64", Size((112, 112, 64))),
    ("112 by 112 by 64.", Size((112, 112, 64))),
    ("37.6k", Number(37_632, "MACs")),
    ("37.632 kMACs", Number(37_632, "MACs")),
    ("75,264 flops", Number(37_632, "MACs")),
    ("0.0376M MACs", Number(37_632, "MACs")),
    ("3·64·(14² − 0)", Number(37_632, "MACs")),
    ("3*64*(14^2)", Number(37_632, "MACs")),
    ("0.4M", Number(400_000, "parameters")),
    ("0.4 million params", Number(400_000, "parameters")),
    ("1e3", Number(1000)),
    ("≈ 0.667", Number(Fraction(2, 3))),
    ("66.7 %", Number(Fraction(2, 3))),
    ("0,75", Number(Fraction(3, 4))),
    (".75", Number(Fraction(3, 4))),
    ("2x", Number(2)),
    ("8.41 times", Number(Fraction(841, 100))),
    ("sqrt(2/288)", Number(Fraction(1, 12))),
    ("√(2/288)", Number(Fraction(1, 12))),
    ("0.81", Number(81, "%")),
    ("88", Number(Fraction(88_017, 1000), "%")),
    ("784 KB", Number(784, "KiB")),
    ("802.816 KB", Number(784, "KiB")),
    ("0.766 MiB", Number(784, "KiB")),
    ("784 kibibytes", Number(784, "KiB")),
    ("784 kilobytes", Number(784, "KiB")),
    ("6,422,528 bits", Number(784, "KiB")),
    ("784K", Number(802_816, "bytes")),
    ("n in {2, 3}", Integers((2, 3))),
    ("p = 2 or p = 3", Integers((2, 3))),
    ("2; 3", Integers((2, 3))),
    ("from 3 to 5", Integers((3, 4, 5))),
    ("1, 3-5", Integers((1, 3, 4, 5))),
    ("< 3", Integers((1, 2))),
    ("<= 2", Integers((0, 1, 2))),
    ("1,024", Integers((1024,))),
    ("3, 5 and up", Integers((3, 5), onwards=True)),
    ("27cc", Expression(27 * C * C)),
    ("9/2 C k", Expression(9 * C * K, 2)),
    ("1/(2k)", Expression(1, 2 * K)),
    ("k = 3; c = 16", Valid(("k", "C"), ("9*C*C <= 10000", "k*k*C >= 100"), (3, 12))),
    ("line 2: 75", Parts((("line", Number(2)), ("value", Number(75))))),
    ("line 2, value 75", Parts((("line", Number(2)), ("value", Number(75))))),
    ("2, 75", Parts((("line", Number(2)), ("value", Number(75))))),
    ("beta: 3; gamma 2", Parts((("γ", Number(2)), ("β", Number(3))))),
    ("1x1 MACs: 5; 1x1 output: 2x2", Parts((("1×1 output", Size((2, 2))), ("1×1 MACs", Number(5, "MACs"))))),
    ("map: 1 2; 3 4; sum: 7", Parts((("map", Matrix(((1, 2), (3, 4)))), ("sum", Number(7))))),
    ("1 2; 3 4; 7", Parts((("map", Matrix(((1, 2), (3, 4)))), ("sum", Number(7))))),
]


@pytest.mark.parametrize(("text", "answer"), READ)
def test_spellings(text: str, answer: Answer) -> None:
    assert mark(asking(answer), text).right


NOT_READ = [
    ("112x112", Size((112, 112, 64))),
    ("64x112x112", Size((112, 112, 64))),
    ("38k", Number(37_632, "MACs")),
    ("37.7k", Number(37_632, "MACs")),
    ("37632 FLOPs", Number(37_632, "MACs")),
    ("37632 bytes", Number(37_632, "MACs")),
    ("0.67", Number(Fraction(2, 3))),
    ("0.666", Number(Fraction(2, 3))),
    ("45", Number(Fraction(447, 10), "%")),
    ("784 MiB", Number(784, "KiB")),
    ("802.816", Number(784, "KiB")),
    ("2", Integers((2, 3))),
    ("2..4", Integers((2, 3))),
    ("3", Integers((3,), onwards=True)),
    ("none", Integers((3,))),
    ("27C", Expression(27 * C * C)),
    ("27C^2 + k", Expression(27 * C * C)),
    ("k=3, C=100", Valid(("k", "C"), ("9*C*C <= 10000",), (3, 12))),
    ("k=3", Valid(("k", "C"), ("9*C*C <= 10000",), (3, 12))),
    ("2", Parts((("line", Number(2)), ("value", Number(75))))),
    ("2; 75; 3", Parts((("line", Number(2)), ("value", Number(75))))),
]


@pytest.mark.parametrize(("text", "answer"), NOT_READ)
def test_what_is_not_right(text: str, answer: Answer) -> None:
    assert not mark(asking(answer), text).right


#: one answer of every kind
KINDS: list[Answer] = [
    Number(37_632, "MACs"),
    Number(75, "%"),
    Number(784, "KiB"),
    Number(Fraction(3, 4)),
    Size((28, 28, 16)),
    Matrix(((1, 2), (3, 4))),
    Integers((2, 3)),
    Expression(27 * C * C, K),
    Valid(("k", "C"), ("100/(C - 5) <= 3*k",), (3, 12)),
    Parts(
        (("A", Number(3)), ("map", Matrix(((1, 2), (3, 4)))), ("n", Integers((2,))), ("size", Size((2, 2))))
    ),
]
#: made of what the readers look for
TYPED = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="0123456789.,;-+*/^()[]{} CkAxe%=<>\n²√×", max_size=60),
    st.lists(
        st.sampled_from(
            [
                "1",
                "2",
                "28",
                "x",
                ",",
                ";",
                " ",
                "..",
                "-",
                "C",
                "k",
                "^",
                "(",
                ")",
                "%",
                "KiB",
                "k",
                "e9",
                "or",
                "A:",
                "=",
                "\n",
                "none",
            ]
        ),
        max_size=30,
    ).map("".join),
)
HOSTILE = [
    "9**9**9",
    "9^9^9^9",
    "2^4000*2^4000",
    "(" * 300,
    "(" * 40 + "1" + ")" * 40,
    "(1+" * 100,
    "-" * 390,
    "9" * 399,
    "9" * 100_000,
    "1e99",
    "9" * 40 + "e99",
    "C^64*" * 50 + "1",
    "((C+1)^64)^64",
    "(C+k)^60*(C+k)^60",
    "C^C",
    "1/0",
    "C/0",
    "1/(C-C)",
    "1..99999999999999",
    "<= 999999999999999",
    "1," * 50_000,
    "1\n" * 50_000,
    "e" * 300,
    "1,111" * 79,
    "√" + "9" * 300,
    "__import__('os').system('true')",
    "lambda: 1",
    "C == C",
    "True",
    "k=, C=",
    "k=5, C=5",
    "\x00\x1b[2J",
    "\ud800",
    "½",
    "٣",
]


@settings(deadline=None, max_examples=300)
@given(TYPED)
def test_junk_is_answered_with_a_line(text: str) -> None:
    for answer in KINDS:
        found = mark(asking(answer), text)
        assert found.told
        assert "\n" not in found.told
        assert found.told.isprintable()


@pytest.mark.parametrize("answer", KINDS, ids=lambda a: f"{type(a).__name__}")
@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t[:20]))
def test_hostile_texts_are_no_answers(text: str, answer: Answer) -> None:
    found = mark(asking(answer), text)
    assert not found.right
    assert len(found.told) < 400


@settings(deadline=None, max_examples=200)
@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
@example(5, 4)
def test_whole_numbers_are_read_exactly(typed: int, right: int) -> None:
    assert is_read(f"{typed:,}", Number(right, "MACs")) == (typed == right)


@settings(deadline=None, max_examples=200)
@given(st.fractions(min_value=Fraction(1, 1000), max_value=1000), st.integers(3, 8))
def test_rounded_to_three_digits_or_more_is_right(value: Fraction, digits: int) -> None:
    assert is_read(f"{float(value):.{digits - 1}e}", Number(value))


@settings(deadline=None, max_examples=200)
@given(st.fractions(min_value=Fraction(1, 1000), max_value=1000), st.integers(3, 8))
def test_one_off_in_the_last_digit_is_not_right(value: Fraction, digits: int) -> None:
    significand, _, power = f"{float(value):.{digits - 1}e}".partition("e")
    up = Fraction(significand) + 2 * Fraction(10) ** (1 - digits)
    assert not is_read(f"{float(up):.{digits - 1}f}e{power}", Number(value))


@settings(deadline=None, max_examples=100)
@given(st.sets(st.integers(0, 40), max_size=6), st.sets(st.integers(0, 40), max_size=6))
def test_sets_are_equal_or_they_are_not(typed: set[int], right: set[int]) -> None:
    text = ", ".join(map(str, typed)) or "none"
    assert is_read(text, Integers(tuple(sorted(right)))) == (typed == right)
