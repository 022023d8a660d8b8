"""Printers: what is printed for machines is read back to the same value; what people see is pinned."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncalc.symbolic import (
    latex_formula,
    maximum,
    minimum,
    parse_expression,
    pretty,
    pretty_formula,
    symbol,
    to_latex,
    to_text,
)
from tests.symbolic.strategies import built, trees

if TYPE_CHECKING:
    from cnncalc.symbolic import Dim
    from tests.symbolic.strategies import Tree

many = settings(max_examples=200, deadline=None)

C, H, K, P, S, W = map(symbol, "CHKPSW")
width, C_in = symbol("width"), symbol("C_in")

READERS: dict[str, Any] = {name: symbol(name) for name in ("x", "y", "z", "S", "T")}


# laws


@many
@given(trees())
def test_text_is_read_back_to_the_same_value(tree: Tree) -> None:
    text = to_text(built(tree))
    assume(len(text) <= 500)
    assert parse_expression(text).evaluate(READERS) == built(tree)


@many
@given(st.fractions(-(10**15), 10**15, max_denominator=10**15))
def test_text_of_a_fraction_is_read_back(value: Fraction) -> None:
    assert parse_expression(to_text(value))() == value


@many
@given(trees())
def test_text_is_ascii(tree: Tree) -> None:
    assert to_text(built(tree)).isascii()


@many
@given(trees(), trees())
def test_different_values_look_different(left: Tree, right: Tree) -> None:
    a, b = built(left), built(right)
    for printer in (to_text, pretty, to_latex):
        assert (printer(a) == printer(b)) is (a == b)


@many
@given(trees())
def test_brackets_are_balanced(tree: Tree) -> None:
    shown, latex = pretty(built(tree)), to_latex(built(tree))
    assert shown.count("(") == shown.count(")")
    assert shown.count("⌊") == shown.count("⌋")
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")


@many
@given(trees())
def test_strings_of_values_are_pretty(tree: Tree) -> None:
    value = built(tree) + C
    assert f"{value}" == str(value) == pretty(value)


# values

VALUES = [
    (7, "7", "7", "7"),
    (-7, "-7", "−7", "-7"),
    (Fraction(3, 4), "0.75", "0.75", "0.75"),
    (Fraction(-1, 3), "-1/3", "−1/3", r"-\frac{1}{3}"),
    (Fraction(1, 1_000_000), "0.000001", "0.000001", "0.000001"),
    (C, "C", "C", "C"),
    (-C, "-C", "−C", "-C"),
    (27 * C**2, "27*C^2", "27*C^2", "27 C^{2}"),
    (9 * C * K + K, "9*C*K + K", "9*C*K + K", "9 C K + K"),
    (5 - C, "5 - C", "5 − C", "5 - C"),
    (K - C, "K - C", "K − C", "K - C"),
    (-C - 5, "-C - 5", "−C − 5", "-C - 5"),
    (
        (H + 31) // 32,
        "(H + 31)//32",
        "⌊(H+31)/32⌋",
        r"\left\lfloor \frac{H+31}{32} \right\rfloor",
    ),
    (
        64 * ((H - 1) // 2 + 1),
        "64*((H + 1)//2)",
        "64*⌊(H+1)/2⌋",
        r"64 \left\lfloor \frac{H+1}{2} \right\rfloor",
    ),
    (
        (H * W) // (S * 2) - 3,
        "H*W//(2*S) - 3",
        "⌊H*W/(2*S)⌋ − 3",
        r"\left\lfloor \frac{H W}{2 S} \right\rfloor - 3",
    ),
    (
        3 - H // W - (H // S),
        "3 - H//S - H//W",
        "3 − ⌊H/S⌋ − ⌊H/W⌋",
        r"3 - \left\lfloor \frac{H}{S} \right\rfloor - \left\lfloor \frac{H}{W} \right\rfloor",
    ),
    (
        -(H // S),
        "-(H//S)",
        "−⌊H/S⌋",
        r"-\left\lfloor \frac{H}{S} \right\rfloor",
    ),
    (
        maximum(H - W, 0),
        "max(0, H - W)",
        "max(0, H − W)",
        r"\max\left(0, H - W\right)",
    ),
    (
        minimum(H, W) ** 2,
        "min(H, W)^2",
        "min(H, W)^2",
        r"\min\left(H, W\right)^{2}",
    ),
    (
        (H // 2) ** 2,
        "(H//2)^2",
        "⌊H/2⌋^2",
        r"\left\lfloor \frac{H}{2} \right\rfloor^{2}",
    ),
    (
        width * C_in * symbol("x1") * symbol("kernel_size") * symbol("C_4") + symbol("a_b_c"),
        "C_4*C_in*kernel_size*width*x1 + a_b_c",
        "C_4*C_in*kernel_size*width*x1 + a_b_c",
        r"C_{4} C_{\mathrm{in}} \mathit{kernel\_size} \mathit{width} \mathit{x1} + \mathit{a\_b\_c}",
    ),
    (
        2 * K**2 + C**3 + C * K * K + 1,
        "C^3 + C*K^2 + 2*K^2 + 1",
        "C^3 + C*K^2 + 2*K^2 + 1",
        "C^{3} + C K^{2} + 2 K^{2} + 1",
    ),
]


@pytest.mark.parametrize(("value", "text", "shown", "latex"), VALUES)
def test_values(value: Dim, text: str, shown: str, latex: str) -> None:
    assert (to_text(value), pretty(value), to_latex(value)) == (text, shown, latex)
    reader = parse_expression(text)
    assert reader.evaluate({name: symbol(name) for name in reader.names}) == value


def test_values_can_be_aligned_like_strings() -> None:
    assert f"{C:>4}|{27 * C**2:<8}|" == "   C|27*C^2  |"


# formulas


@pytest.mark.parametrize(
    ("text", "shown", "latex"),
    [
        (
            "(W + 2*P - D*(F - 1) - 1) // S + 1",
            "⌊(W + 2P − D(F−1) − 1)/S⌋ + 1",
            r"\left\lfloor \frac{W+2 P-D (F-1)-1}{S} \right\rfloor + 1",
        ),
        ("F*F*(C_in/groups)*K*H_out", "F·F·(C_in/groups)·K·H_out", None),
        ("2*groups + 3*C_in", "2·groups + 3·C_in", r"2 \mathit{groups} + 3 C_{\mathrm{in}}"),
        ("2*3 + 2*x^2 + 2*(x + 1)^2", "2·3 + 2x^2 + 2(x+1)^2", r"2 \cdot 3 + 2 x^{2} + 2 (x+1)^{2}"),
        ("C*(1 - 2)", "C·(1−2)", "C (1-2)"),
        ("-a*b - (c - d) + (e + f)", "−a·b − (c − d) + (e + f)", "-a b - (c - d) + (e + f)"),
        ("a/b/c - a/(b/c)", "a/b/c − a/(b/c)", r"\frac{\frac{a}{b}}{c} - \frac{a}{\frac{b}{c}}"),
        ("(a + b)/(c*d)", "(a + b)/(c·d)", r"\frac{a+b}{c d}"),
        ("a % b + c % (d*e)", "a mod b + c mod (d·e)", r"(a \bmod b) + (c \bmod (d e))"),
        ("a*(b % c)", "a·(b mod c)", r"a (b \bmod c)"),
        ("(a*b)^(c + 1)", "(a·b)^(c + 1)", "(a b)^{c + 1}"),
        ("2^3^n", "2^(3^n)", "2^{3^{n}}"),
        ("-(a % b) - (a//b) + -(a//b)", "−(a mod b) − ⌊a/b⌋ + (−⌊a/b⌋)", None),
        ("(-a)^2 - -a", "(−a)^2 − (−a)", "(-a)^{2} - (-a)"),
        ("0.75*C", "0.75·C", "0.75 C"),
        ("floor(a/b) + ceil(a/b + 1)", "⌊a/b⌋ + ⌈a/b + 1⌉", None),
        ("abs(a - b)", "|a − b|", r"\left\lvert a - b \right\rvert"),
        (
            "round(a) + min(a, b)",
            "round(a) + min(a, b)",
            r"\operatorname{round}\left(a\right) + \min\left(a, b\right)",
        ),
        ("make_divisible(a, 8)", "make_divisible(a, 8)", r"\operatorname{make\_divisible}\left(a, 8\right)"),
        (
            "a if b <= c and not d != e or f == 1 else g",
            "a if b ≤ c and not d ≠ e or f = 1 else g",
            r"\begin{cases} a & \text{if } b \le c \land \lnot (d \ne e) \lor f = 1 \\ g & \text{otherwise} \end{cases}",
        ),
        ("(a if b < c else d)*2", "(a if b < c else d)·2", None),
        ("a if (b < c or d < e) and f >= g else 0", "a if (b < c or d < e) and f ≥ g else 0", None),
    ],
)
def test_formulas(text: str, shown: str, latex: str | None) -> None:
    formula = parse_expression(text)
    assert formula.pretty() == pretty_formula(formula.tree) == shown
    assert formula.latex() == latex_formula(formula.tree)
    assert latex in (None, formula.latex())


def test_substituted_values_keep_their_parentheses() -> None:
    tree = parse_expression("2*a - b^2").substituted({"a": H + 1, "b": -3})
    assert pretty_formula(tree) == "2·(H+1) − (−3)^2"
    assert latex_formula(tree) == "2 (H+1) - (-3)^{2}"
