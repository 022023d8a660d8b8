"""Formulas: what they compute is what Python computes; what they refuse, they refuse at once and with a place."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import FormulaError, Span
from cnncalc.symbolic import Formula, as_integer, divides, parse_expression, substitute, symbol
from tests.symbolic.strategies import built, evaluated, points, trees

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.symbolic import Dim
    from tests.symbolic.strategies import Point, Tree

few = settings(max_examples=60, deadline=None)
many = settings(max_examples=200, deadline=None)

C, H, W = map(symbol, "CHW")

OUTPUT_SIZE = Formula(
    "(W + 2*P - D*(F - 1) - 1) // S + 1",
    W="input size",
    P="padding",
    D="dilation",
    F="kernel size",
    S="stride",
)


def written(tree: Tree) -> str:
    """A random tree as an expression, every operation in parentheses."""
    if not isinstance(tree, tuple):
        return f"({tree})" if isinstance(tree, int) and tree < 0 else str(tree)
    op, left, right = tree
    a, b = written(left), written(right)
    if op in ("min", "max"):
        return f"{op}({a}, {b})"
    return f"ceil({a}/{b})" if op == "ceil" else f"({a} {op} {b})"


rationals = st.recursive(
    st.integers(0, 20).map(str) | st.decimals(0, 10, places=2).map(str) | st.sampled_from("xyz"),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner)
        | st.builds("{}({})".format, st.sampled_from(["floor", "ceil", "round", "abs"]), inner)
        | st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner)
        | st.builds(
            "({} if {} {} {} else {})".format,
            inner,
            inner,
            st.sampled_from(["<", "<=", "==", "!="]),
            inner,
            inner,
        )
        | st.builds("(-{})".format, inner)
        | st.builds("({} ** {})".format, inner, st.integers(0, 3).map(str))
    ),
    max_leaves=8,
)


class Exactly(Fraction):
    """A fraction whose quotients and powers are fractions, so that Python's own `eval` computes exactly."""


def by_python(text: str, point: Point) -> Fraction | None:
    """What Python makes of trusted text, with every number a fraction; None if it divides by zero."""
    import re

    exact = re.sub(r"\d+(\.\d+)?", lambda match: f"Exactly('{match[0]}')", text)
    known: dict[str, Any] = {"Exactly": Exactly, "floor": math.floor, "ceil": math.ceil}
    known |= {name: Exactly(value) for name, value in point.items()}
    try:
        return Fraction(eval(exact, known))
    except ZeroDivisionError:
        return None


# what is computed


@many
@given(trees(), points())
def test_integers_are_computed_as_by_python(tree: Tree, point: Point) -> None:
    assert parse_expression(written(tree)).evaluate(point) == evaluated(tree, point)


@many
@given(rationals, points(-9, 9))
def test_fractions_are_computed_as_by_python(text: str, point: Point) -> None:
    formula = parse_expression(text)
    expected = by_python(text, point)
    if expected is None:
        with pytest.raises(FormulaError, match="zero"):
            formula.evaluate(point)
        return
    found = formula.evaluate(point)
    assert found == expected
    assert type(found) is (int if expected.denominator == 1 else Fraction)


@many
@given(trees())
def test_names_are_computed_as_by_the_operators(tree: Tree) -> None:
    names = {name: symbol(name) for name in ("x", "y", "z", "S", "T")}
    assert parse_expression(written(tree)).evaluate(names) == built(tree)


@many
@given(
    st.fractions(0, 3, max_denominator=24), st.integers(-5, 5), st.sampled_from(["floor", "ceil", "round"])
)
def test_rounding_of_fractions_of_names_holds_for_every_value(
    factor: Fraction, term: int, rounding: str
) -> None:
    formula = parse_expression(f"{rounding}({factor.numerator}*C/{factor.denominator} + {term}/4)")
    symbolic = formula(C=C)
    roundings: dict[str, Callable[[Fraction], int]] = {"floor": math.floor, "ceil": math.ceil, "round": round}
    for value in range(1, 60):
        assert substitute(symbolic, {"C": value}) == roundings[rounding](factor * value + Fraction(term, 4))


def published_make_divisible(value: float, divisor: int) -> int:
    """The rule as the MobileNet authors published it, in floating point."""
    new = max(divisor, int(value + divisor / 2) // divisor * divisor)
    if new < 0.9 * value:
        new += divisor
    return new


@few
@given(st.integers(1, 2000), st.integers(1, 16))
def test_make_divisible_is_the_published_rule(quarters: int, divisor: int) -> None:
    formula = parse_expression("make_divisible(0.25*C, d)")
    assert formula(C=quarters, d=divisor) == published_make_divisible(quarters / 4, divisor)


def test_make_divisible_of_a_name_holds_for_every_value() -> None:
    symbolic = parse_expression("make_divisible(0.75*C, 8)")(C=C)
    assert divides(8, symbolic) is not False
    for value in range(1, 200):
        assert substitute(symbolic, {"C": value}) == published_make_divisible(0.75 * value, 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2^3^2", 512),
        ("-2^2", -4),
        ("2^-1", Fraction(1, 2)),
        ("(1/2)^2", Fraction(1, 4)),
        ("7//2 + 7%4", 6),
        ("-7//2", -4),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1e3 + 2.5e-1*4", 1001),
        ("1_000", 1000),
        (".5 + 1.", Fraction(3, 2)),
        ("6/3", 2),
        ("round(2.5) + round(3.5)", 6),
        ("min(3, 1/2, 2)", Fraction(1, 2)),
        ("abs(-1/2)", Fraction(1, 2)),
        ("+3", 3),
        ("3 if 1 < 2 < 3 else 4", 3),
        ("3 if 1 < 2 < 2 else 4", 4),
        ("3 if not (1 == 2 or 1 != 1) and 2 >= 2 else 4", 3),
        ("1if 2>1else 0", 1),
        ("1 <= 2", True),
        (" 1 +\n 2", 3),
        ("a" + " + a" * 100, 101),
        ("1.5*a - 0.5", 1),
    ],
)
def test_values(text: str, expected: object) -> None:
    found = parse_expression(text)(a=1)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("floor(0.75*C)", 3 * C // 4),
        ("ceil(C/4)", (C + 3) // 4),
        ("round(C/3)", (C + 1) // 3),
        ("C/4*4", C),
        ("(C*C - C)/C", C - 1),
        ("C*W/(C*2)*2", W),
        ("C**2 * 27", 27 * C * C),
        ("max(C, C + 1)", C + 1),
        ("C // 0.5", 2 * C),
        ("C if C > C - 1 else W", C),
        ("5 % W + 5 // W * W", 5),
        ("floor(max(C/2, C/2 + 1/3))", (3 * C + 2) // 6),
        ("abs(C) - abs(-C)", 0),
        ("C // W", C // W),
        ("ceil(C/W)", (C + W - 1) // W),
        ("(C/W)^2 * W^2", C * C),
    ],
)
def test_values_with_names(text: str, expected: Dim) -> None:
    assert parse_expression(text)(C=C, W=W) == expected


def test_values_may_be_fractions() -> None:
    assert parse_expression("width * C")(width=Fraction(3, 4), C=8) == 6
    assert parse_expression("floor(width * C)")(width=Fraction(3, 4), C=C) == 3 * C // 4


def test_arrays_come_through() -> None:
    sizes = np.arange(7, 300)
    found = OUTPUT_SIZE(W=sizes, P=3, D=1, F=7, S=2)
    assert found.tolist() == [OUTPUT_SIZE(W=int(size), P=3, D=1, F=7, S=2) for size in sizes]


def test_numpy_integers_do_not_overflow() -> None:
    assert parse_expression("a*a")(a=np.int64(10**9)) == 10**18


def test_values_that_are_not_named_are_ignored() -> None:
    assert parse_expression("C + 1").evaluate({"C": 1, "unused": "text", "other": None}) == 2


def test_any_identifier_may_be_a_name() -> None:
    values = {"decide": 1, "self": 2, "text": 3, "min": 4, "values": 5}
    assert parse_expression("decide + self + text + min + values").evaluate(values) == 15
    assert parse_expression("decide + 1")(decide=H) == H + 1


def test_five_layers_of_stride_two() -> None:
    size: Dim = H
    for _ in range(5):
        size = OUTPUT_SIZE(W=size, P=1, D=1, F=3, S=2)
    assert str(size) == "⌊(H+31)/32⌋"
    assert OUTPUT_SIZE(W=32 * H, P=1, D=1, F=3, S=2) == 16 * H


# comparisons of names


def test_undecidable_comparisons_are_asked() -> None:
    asked: list[tuple[str, Dim, Dim]] = []

    def decide(sign: str, a: Dim, b: Dim) -> bool:
        asked.append((sign, a, b))
        return sign == "=="

    formula = parse_expression("1 if C/2 == W else 2 if C < 3 else 3")
    assert formula(C=C, W=W, decide=decide) == 1
    assert formula.evaluate({"C": C, "W": 1}, decide) == 1
    assert parse_expression("1 if C > W else 2")(C=C, W=W, decide=decide) == 2
    assert asked == [("==", C, 2 * W), ("==", C, 2), (">", C, W)]


def test_undecidable_comparisons_are_errors_without_an_answer() -> None:
    with pytest.raises(FormulaError, match="cannot decide whether C > 2"):
        parse_expression("1 if C > 2 else 2")(C=C)


def test_decidable_comparisons_are_not_asked() -> None:
    assert parse_expression("C + 1 > C")(C=C) is True
    assert parse_expression("C/2 == C/2 + 1/3")(C=C) is False


# what a formula tells about itself


def test_names_and_descriptions() -> None:
    assert OUTPUT_SIZE.names == ("W", "P", "D", "F", "S")
    assert OUTPUT_SIZE.describe("W") == "input size"
    assert parse_expression("W").describe("W") == ""
    assert OUTPUT_SIZE.text == "(W + 2*P - D*(F - 1) - 1) // S + 1"


def test_formulas_are_values() -> None:
    again = Formula("W + 1", W="input size")
    assert again == Formula("W + 1", W="input size")
    assert again != Formula("W + 1")
    assert again != "W + 1"
    assert hash(again) == hash(Formula("W + 1", W="input size"))
    assert repr(again) == "Formula('W + 1', W='input size')"
    assert pickle.loads(pickle.dumps(again)) == again
    with pytest.raises(AttributeError, match="immutable"):
        again.text = "W"


def test_formulas_are_parsed_when_first_used() -> None:
    broken = Formula("W +")
    with pytest.raises(FormulaError):
        _ = broken.names


def test_substituted_is_a_tree_in_which_other_names_stay() -> None:
    from cnncalc.symbolic import pretty_formula

    assert pretty_formula(OUTPUT_SIZE.substituted({"W": 224, "F": 7})) == "⌊(224 + 2P − D·(7−1) − 1)/S⌋ + 1"
    choice = parse_expression("a + (1 if b > 2 else c)")
    assert pretty_formula(choice.substituted({"b": 3})) == "a + 1"
    assert pretty_formula(choice.substituted({"a": 3})) == "3 + (1 if b > 2 else c)"


@pytest.mark.parametrize(
    ("formula", "values", "expected"),
    [
        (
            OUTPUT_SIZE,
            {"W": 224, "P": 3, "D": 1, "F": 7, "S": 2},
            "⌊(W + 2P − D(F−1) − 1)/S⌋ + 1 = ⌊(224 + 6 − 6 − 1)/2⌋ + 1 = ⌊223/2⌋ + 1 = 112",
        ),
        (
            OUTPUT_SIZE,
            {"W": H, "P": 3, "D": 1, "F": 7, "S": 2},
            "⌊(W + 2P − D(F−1) − 1)/S⌋ + 1 = ⌊(H + 6 − 6 − 1)/2⌋ + 1 = ⌊(H − 1)/2⌋ + 1 = ⌊(H + 1)/2⌋",
        ),
        (
            Formula("F*F*C*K + K"),
            {"F": 7, "C": 3, "K": 64},
            "F·F·C·K + K = 7·7·3·64 + 64 = 9408 + 64 = 9472",
        ),
        (
            Formula("F*F*(C_in/groups)*K"),
            {"F": 3, "C_in": 64, "groups": 2, "K": 64},
            "F·F·(C_in/groups)·K = 3·3·(64/2)·64 = 18432",
        ),
        (
            Formula("(I - 1)*S - 2*P + F"),
            {"I": 112, "S": 2, "P": 1, "F": 4},
            "(I−1)·S − 2P + F = (112−1)·2 − 2·1 + 4 = 222 − 2 + 4 = 224",
        ),
        (
            Formula("ceil((I - F)/S) + 1 if c > 0 else I"),
            {"I": 112, "F": 3, "S": 2, "c": 1},
            "⌈(I − F)/S⌉ + 1 if c > 0 else I = ⌈(112 − 3)/2⌉ + 1 = ⌈109/2⌉ + 1 = 56",
        ),
        (Formula("2*F"), {"F": Fraction(3, 4)}, "2F = 2·0.75 = 1.5"),
        (Formula("F"), {"F": 5}, "F = 5"),
        (Formula("5"), {}, "5"),
        (Formula("C % 4 == 0"), {"C": 6}, "C mod 4 = 0 = 6 mod 4 = 0 = 2 = 0 = false"),
    ],
)
def test_steps(formula: Formula, values: dict[str, Any], expected: str) -> None:
    assert " = ".join(formula.steps(values)) == expected


@many
@given(trees(), points())
def test_steps_begin_with_the_formula_and_end_with_the_result(tree: Tree, point: Point) -> None:
    formula = parse_expression(written(tree))
    steps = formula.steps(point)
    assert steps[0] == formula.pretty()
    assert steps[-1].replace("−", "-") == str(evaluated(tree, point))
    assert all(a != b for a, b in pairwise(steps))


def test_steps_can_decide_comparisons_of_names() -> None:
    formula = parse_expression("C + 1 if C > 2 else 2")
    assert formula.steps({"C": C}, decide=lambda *_: True)[-1] == "C + 1"


# integers


def test_integers_pass() -> None:
    assert as_integer(7, "7") == 7
    assert as_integer(C // 4, "C//4") == C // 4


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Fraction(3, 4), "3*C/4 is not an integer (it is 3/4)"),
        (True, "3*C/4 is a comparison, not a number"),
        (0.5, "3*C/4 is not an integer (it is 0.5)"),
    ],
)
def test_other_values_are_no_integers(value: object, message: str) -> None:
    with pytest.raises(FormulaError) as caught:
        as_integer(value, "3*C/4")
    assert caught.value.diagnostics[0].message == message


# what is refused


@pytest.mark.parametrize(
    ("text", "message", "cure", "column", "length"),
    [
        ("", "the expression is empty", 'write a number, a name, or a formula such as "C//4"', 1, 1),
        ("C + × 2", "unexpected character '×'", "write *", 5, 1),
        ("C[0]", "unexpected character '['", "use numbers, names, + - * / // % ^ and parentheses", 2, 1),
        ("'C'", '''unexpected character "'"''', "use numbers, names, + - * / // % ^ and parentheses", 1, 1),
        ("(C", "a parenthesis is never closed", "add the missing )", 1, 1),
        ("C)", "this parenthesis closes nothing", "remove it", 2, 1),
        (")C(", "this parenthesis closes nothing", "remove it", 1, 1),
        (
            "C + ",
            "this is not an expression",
            "write * between factors, as in 2*C, and close what you open",
            4,
            1,
        ),
        (
            "2 C",
            "this is not an expression",
            "write * between factors, as in 2*C, and close what you open",
            1,
            3,
        ),
        ("C = 2", "this is not an expression", "write == to compare", 1, 5),
        ("flor(C)", "unknown function 'flor'", "did you mean floor?", 1, 4),
        ("1 + W(3)", "unknown function 'W'", None, 5, 1),
        ("2(C)", "this is no function", None, 1, 1),
        ("ceil(C, 2)", "ceil takes 1 value, not 2", None, 1, 10),
        ("2^2 + make_divisible(C)", "make_divisible takes 2 values, not 1", None, 7, 17),
        ("min(C)", "min takes two or more values, not 1", None, 1, 6),
        ("min(C, x=1)", "min takes plain values only", None, 1, 11),
        ("min(*C)", "min takes plain values only", None, 1, 7),
        ("C.real", "this is not allowed in an expression", None, 1, 6),
        ("1, 2", "this is not allowed in an expression", None, 1, 4),
        ("C is C", "this is not a comparison", "use == != < <= > >=", 1, 6),
        ("1 if C else 2", "a number stands where a comparison is needed", "compare it, as in C > 0", 6, 1),
        ("not C", "a number stands where a comparison is needed", "compare it, as in C > 0", 5, 1),
        ("1 + (C > 2)", "a comparison stands where a number is needed", None, 6, 5),
        ("2^3^(1 < 2)", "a comparison stands where a number is needed", None, 6, 5),
        ("2j", "2j is not a number that an expression may have", None, 1, 2),
        ("True", "True is not a number that an expression may have", None, 1, 4),
        ("1e999", "1e999 is too large (at most 10^18)", None, 1, 5),
        ("1e9999", "1e9999 is not a number that an expression may have", None, 1, 6),
        ("9" * 41, "9" * 41 + " is not a number that an expression may have", None, 1, 41),
    ],
)
def test_refusals(text: str, message: str, cure: str | None, column: int, length: int) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_expression(text)(C=1)
    found = caught.value.diagnostics[0]
    assert found.message == message
    assert found.cure == cure or cure is None
    assert found.span == Span(1, column, length)


def test_unknown_names_have_a_place_and_a_guess() -> None:
    with pytest.raises(FormulaError) as caught:
        parse_expression("2^2 + widht")(width=3, depth=4)
    found = caught.value.diagnostics[0]
    assert (found.message, found.cure, found.span) == (
        "unknown name 'widht'",
        "did you mean width?",
        Span(1, 7, 5),
    )
    with pytest.raises(FormulaError, match="the known names are C, H"):
        parse_expression("q")(H=1, C=2)
    with pytest.raises(FormulaError, match="the known names are none"):
        parse_expression("q")()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1/(a - 1)", "cannot divide 1 by zero|divides by zero"),
        ("1//(a - 1)", "divides by zero"),
        ("1 % (a - 1)", "divides by zero"),
        ("0^-1", "cannot divide 1 by zero"),
        ("C // (C - C)", "cannot divide C by zero"),
        ("make_divisible(3, 0)", "by zero"),
        ("make_divisible(3, 1/2)", "the divisor must be a whole number, not 0.5"),
        ("10^19", "is too large"),
        ("-10^18 - 1", "is too large"),
        ("1/10^19", "too many digits"),
        ("C/4", "C/4 is not an integer$|C/4 is not an integer "),
        ("0.5*C", r"0.5\*C is not an integer \(it is C/2\)"),
        ("2^C", "the exponent must be a whole number, not C"),
        ("2^0.5", "the exponent must be a whole number, not 0.5"),
        ("C^65", "a power of 65"),
    ],
)
def test_what_cannot_be_computed(text: str, message: str) -> None:
    with pytest.raises(FormulaError, match=message) as caught:
        parse_expression(text)(a=1, C=C)
    assert caught.value.diagnostics[0].span == Span(1, 1, len(text))


@pytest.mark.parametrize("value", [0.5, "3", None, [1], 1j])
def test_values_must_be_exact(value: object) -> None:
    with pytest.raises(FormulaError, match=r"W is .*, which is not an exact number"):
        OUTPUT_SIZE(W=value, P=3, D=1, F=7, S=2)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "2**(10**9)",
        "((((9^99)^99)^99)^99)^99",
        "(1/3)^(10^9)",
        "a**10**10",
        "*".join(["9^99"] * 80),
        "(" * 400,
        "(" * 200 + "1" + ")" * 200,
        "-" * 400 + "1",
        "~" * 400 + "1",
        "not " * 120 + "1",
        "1//" * 160 + "1",
        "2**" * 160 + "1",
        "abs(" * 90 + "1" + ")" * 90,
        "x" * 501,
        "1" * 500,
        "C^64*" * 90 + "C",
        "(C+H+W+a+b+c+d+e+f)^64",
        "((C+H+W)^8+1)^8//((C-H)^8+7)%((C*W)^9-1)",
        "*".join(f"(n{i}+1)" for i in range(60)),
        "(max(" + ",".join(f"n{i}*n{i + 1}" for i in range(60)) + ")+1)^64^2",
        "__import__('os')",
        "lambda: 1",
        "[1 for x in C]",
        "(x := 5)",
        "C.__class__",
        "print(1)",
        "0x" + "f" * 400,
        "\x00",
        "#",
        "1\n2",
        "\ud800",
    ],
)
def test_hostile_text_is_refused_at_once(text: str) -> None:
    """At once: a process that computed any of these would not end, or run out of memory."""
    names = {name: symbol(name) for name in ("C", "H", "W", "x", *"abcdef", *(f"n{i}" for i in range(61)))}
    with pytest.raises(FormulaError):
        parse_expression(text).evaluate(names)


@many
@given(st.text(st.sampled_from("0123456789 CHx.+-*/%^()<>=!,_ifelsandorot\t\n×"), max_size=40))
def test_any_text_is_an_expression_or_a_clean_error(text: str) -> None:
    try:
        parse_expression(text).evaluate({"C": 3, "H": H, "x": Fraction(1, 3)}, lambda *_: True)
    except FormulaError as error:
        span = error.diagnostics[0].span
        assert span is not None
        assert (span.line, 1 <= span.column <= max(1, len(text))) == (1, True)


def test_importing_is_cheap() -> None:
    code = "import sys, cnncalc.symbolic\nprint([m for m in ('fractions', 'decimal', 'numpy', 'sympy') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
