"""Values with names: one law, one test. Expected values come from plain Python, or from SymPy."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import FormulaError
from cnncalc.symbolic import (
    FloorDiv,
    IntExpr,
    Max,
    Min,
    Symbol,
    ceildiv,
    floordiv,
    maximum,
    minimum,
    names,
    sort_key,
    substitute,
    symbol,
)
from tests.symbolic.strategies import built, evaluated, in_sympy, points, polynomials, trees

if TYPE_CHECKING:
    from cnncalc.symbolic import Dim
    from tests.symbolic.strategies import Point, Tree

few = settings(max_examples=100, deadline=None)
many = settings(max_examples=200, deadline=None)

C, H, K, S, a, b, x, y = map(symbol, ["C", "H", "K", "S", "a", "b", "x", "y"])

divisors = st.integers(1, 9) | st.sampled_from([S, 3 * S, S + 1, S + symbol("T"), S * symbol("T")])


# against other arithmetic


@many
@given(trees(), points())
def test_normal_form_keeps_the_value(tree: Tree, point: Point) -> None:
    assert substitute(built(tree), point) == evaluated(tree, point)


@few
@given(trees(), points())
def test_value_is_that_of_sympy(tree: Tree, point: Point) -> None:
    expected = in_sympy(tree).subs(point)
    assert substitute(built(tree), point) == int(expected)


@few
@given(polynomials(), polynomials())
def test_polynomials_are_equal_exactly_when_sympy_expands_their_difference_to_zero(
    left: Tree, right: Tree
) -> None:
    equal = sympy.expand(in_sympy(left) - in_sympy(right)) == 0
    assert (built(left) == built(right)) is equal


@few
@given(polynomials())
def test_coefficients_are_those_of_sympy(tree: Tree) -> None:
    value = built(("+", tree, "x"))
    terms = sympy.Poly(in_sympy(("+", tree, "x")), *sympy.symbols("x y z"))
    found = {
        tuple(sum(power for atom, power in m if atom == Symbol(n)) for n in "xyz"): c
        for m, c in (value.terms if isinstance(value, IntExpr) else [((), value)])
        if c
    }
    assert found == {powers: int(c) for powers, c in terms.terms() if c}


# laws


@few
@given(trees(), trees())
def test_sum_and_product_are_commutative(left: Tree, right: Tree) -> None:
    p, q = built(left), built(right)
    assert p + q == q + p
    assert p * q == q * p
    assert hash(p * q) == hash(q * p)


@few
@given(trees(), trees(), trees())
def test_sum_and_product_are_associative(first: Tree, second: Tree, third: Tree) -> None:
    p, q, r = built(first), built(second), built(third)
    assert (p + q) + r == p + (q + r)
    assert (p * q) * r == p * (q * r)


@few
@given(trees(), trees(), trees())
def test_product_distributes_over_sum_and_difference(first: Tree, second: Tree, third: Tree) -> None:
    p, q, r = built(first), built(second), built(third)
    assert p * (q + r) == p * q + p * r
    assert p * (q - r) == p * q - p * r


@few
@given(trees())
def test_difference_with_itself_is_zero(tree: Tree) -> None:
    difference = built(tree) - built(tree)
    assert type(difference) is int
    assert difference == 0


@few
@given(trees(), st.integers(0, 3))
def test_power_is_repeated_product(tree: Tree, power: int) -> None:
    product: Dim = 1
    for _ in range(power):
        product = product * built(tree)
    assert built(tree) ** power == product


@many
@given(trees(), trees(), divisors)
def test_integer_parts_leave_the_floor(left: Tree, right: Tree, divisor: IntExpr | int) -> None:
    assert (built(left) + built(right) * divisor) // divisor == built(left) // divisor + built(right)


@few
@given(trees(), divisors)
def test_remainder_and_quotient_rebuild_the_value(tree: Tree, divisor: IntExpr | int) -> None:
    value = built(tree)
    assert (value // divisor) * divisor + value % divisor == value


@many
@given(
    polynomials(),
    st.lists(
        st.tuples(st.integers(1, 6) | st.just(S), st.integers(-5, 5) | st.sampled_from([x, y, S])), max_size=5
    ),
)
def test_nested_floors_are_one_floor(tree: Tree, layers: list[tuple[IntExpr | int, IntExpr | int]]) -> None:
    """⌊(⌊n/a⌋ + y)/b⌋ = ⌊(n + a·y)/(a·b)⌋, as often as one likes."""
    nested = numerator = built(tree)
    denominator: IntExpr | int = 1
    for divisor, term in layers:
        nested = (nested + term) // divisor
        numerator, denominator = numerator + denominator * term, denominator * divisor
    assert nested == numerator // denominator


@few
@given(trees(), st.integers(2, 9), st.integers(2, 9))
def test_common_factors_cancel(tree: Tree, factor: int, divisor: int) -> None:
    assert (built(tree) * factor) // (divisor * factor) == built(tree) // divisor


@few
@given(polynomials(), st.integers(2, 9))
def test_common_names_cancel(tree: Tree, divisor: int) -> None:
    assert (built(tree) * C) // (C * divisor) == built(tree) // divisor
    assert (built(tree) * C) // (C * S) == built(tree) // S


@few
@given(trees(), divisors, points())
def test_ceiling_is_the_negated_floor_of_the_negated(
    tree: Tree, divisor: IntExpr | int, point: Point
) -> None:
    below, above = substitute(divisor, point), evaluated(tree, point)
    assert substitute(ceildiv(built(tree), divisor), point) == -(-above // below)


@few
@given(trees(), trees(), trees())
def test_extrema_are_flat_commutative_and_idempotent(first: Tree, second: Tree, third: Tree) -> None:
    p, q, r = built(first), built(second), built(third)
    for extremum in (minimum, maximum):
        assert extremum(p, q, r) == extremum(extremum(r, q), p) == extremum(p, extremum(q, r, p))
        assert extremum(p) == p


@few
@given(trees(), trees(), st.integers(0, 5))
def test_extrema_drop_what_a_constant_decides(left: Tree, right: Tree, more: int) -> None:
    p, q = built(left), built(right)
    assert maximum(p, q, p + more) == maximum(p + more, q)
    assert minimum(p, q, p + more) == minimum(p, q)


@few
@given(trees())
def test_normal_form_is_a_fixed_point(tree: Tree) -> None:
    assert substitute(built(tree), {}) == built(tree)


@few
@given(trees(), trees(), points())
def test_substituting_then_evaluating_is_evaluating(tree: Tree, inner: Tree, point: Point) -> None:
    substituted = substitute(built(tree), {"x": built(inner)})
    assert substitute(substituted, point) == evaluated(tree, {**point, "x": evaluated(inner, point)})


@few
@given(trees())
def test_names_are_those_that_the_value_depends_on(tree: Tree) -> None:
    value = built(tree)
    shifted = {name: symbol(name) + 1 for name in ("x", "y", "z", "S", "T") if name not in names(value)}
    assert substitute(value, shifted) == value


@few
@given(trees())
def test_pickled_and_copied_values_are_equal(tree: Tree) -> None:
    value = built(tree)
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value


@few
@given(st.lists(trees(), max_size=5))
def test_sort_key_orders_without_regard_to_the_order_of_arrival(values: list[Tree]) -> None:
    dims = [built(value) for value in values]
    backwards = dims[::-1]
    assert sorted(dims, key=sort_key) == sorted(backwards, key=sort_key)


# examples


def test_five_layers_of_stride_two_are_one_floor() -> None:
    size: Dim = H
    for _ in range(5):
        size = (size + 2 * 1 - 3) // 2 + 1
    assert size == (H + 31) // 32
    assert substitute(size, {"H": 32 * symbol("h")}) == symbol("h")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((5 * x + 7) // 4, x + 1 + (x + 3) // 4),
        ((4 * x + 6) // 8, (2 * x + 3) // 4),
        ((2 * x + 3) // 2, x + 1),
        ((32 * H + 31) // 32, H),
        ((H - 1) // 2 + 1, (H + 1) // 2),
        (((x // 3) + y) // 4, (x + 3 * y) // 12),
        (C * K // C, K),
        ((S * x + 5) // S, x + 5 // S),
        ((a * C) // (b * C), a // b),
        ((a * C) // a, C),
        (((C + 1) * K) // (C + 1), K),
        ((x + 4) % 4, x % 4),
        ((2 * S - 1) // (2 * S), (S * 2 - 1) // (2 * S)),
        (1 // (2 * K), 0),
        (-1 // K, -1),
        ((S * x + S - 1) // S, x),
        (ceildiv(S * x, S * y), ceildiv(x, y)),
        ((-x) // -4, x // 4),
        (maximum(x, x + 3), x + 3),
        (maximum(x, 2, 7), maximum(7, x)),
        (minimum(x + 1, y + 1), minimum(x, y) + 1),
        (maximum(maximum(x, y) + 1, 3), maximum(3, x + 1, y + 1)),
        (C**2 * 27, 3 * C * 9 * C),
    ],
)
def test_equal_values_are_equal_objects(left: IntExpr, right: IntExpr) -> None:
    assert left == right
    assert hash(left) == hash(right)


@pytest.mark.parametrize(
    "value", [x - x, (x + 3) - x, 0 * x, x**0, (4 * x) // x, (x + 1) * 0, x % 1, (C - C) // K, maximum(3, 4)]
)
def test_what_has_no_names_is_an_int(value: object) -> None:
    assert type(value) is int


def test_substitution_is_simultaneous() -> None:
    assert substitute(x - 2 * y, {"x": y, "y": x}) == y - 2 * x


def test_plain_integers_divide_as_in_python() -> None:
    assert [floordiv(7, 2), floordiv(-7, 2), ceildiv(7, 2), ceildiv(-7, 2), ceildiv(7, -2)] == [
        3,
        -4,
        4,
        -3,
        -3,
    ]


def test_the_tree_of_a_value_is_open_to_inspection() -> None:
    value = 3 * (x // 4)
    assert isinstance(value, IntExpr)
    ((monomial, coefficient),) = value.terms
    assert coefficient == 3
    assert monomial == ((FloorDiv(x, 4), 1),)
    assert repr(monomial[0][0]) == "FloorDiv(IntExpr(x), 4)"
    assert (Min((x, y)) == Max((x, y))) is False


# what is refused


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_order_is_refused_and_points_to_bounds(operator: str) -> None:
    with pytest.raises(
        TypeError, match=f"whether H {operator} 3 depends on its names: ask cnncalc.symbolic.bounds"
    ):
        eval(f"H {operator} 3", {"H": H})


def test_truth_is_refused() -> None:
    with pytest.raises(TypeError, match="bounds"):
        bool(H)


@pytest.mark.parametrize("other", [0.5, "H", None])
def test_other_types_are_refused(other: object) -> None:
    for operation in (
        H.__add__,
        H.__sub__,
        H.__rsub__,
        H.__mul__,
        H.__floordiv__,
        H.__mod__,
        H.__rmod__,
        H.__pow__,
    ):
        assert operation(other) is NotImplemented  # type: ignore[arg-type]


def test_values_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="IntExpr is immutable: cannot set 'terms'"):
        H.terms = ()
    with pytest.raises(AttributeError, match="cannot delete 'size'"):
        del H.size


@pytest.mark.parametrize("name", ["", "2x", "a b", "if", "größe"])
def test_names_are_ascii_identifiers(name: str) -> None:
    with pytest.raises(ValueError, match="ASCII identifier"):
        symbol(name)


def test_no_values_have_no_extremum() -> None:
    with pytest.raises(ValueError, match="no values"):
        maximum()


def test_division_by_zero_is_an_error() -> None:
    with pytest.raises(FormulaError, match="cannot divide H by zero"):
        H // 0
    with pytest.raises(FormulaError, match="cannot divide H by zero"):
        H % (S - S)


def _deep() -> object:
    value: Dim = x
    for _ in range(40):
        value = (3 * value + 1) // 2
    return value


def _wide() -> object:
    return sum((symbol(f"n{i}") for i in range(70)), start=x) ** 2


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: x**65, "a power of 65"),
        (lambda: x**40 * x**40, "a power of 80"),
        (lambda: 10**40 * (11 * x), "a coefficient has more than 40 digits"),
        (_deep, "nested too deeply"),
        (_wide, "terms"),
        (lambda: (x + y + a + b + C + H) ** 64, "terms"),
    ],
)
def test_blow_up_is_an_error(make: object, what: str) -> None:
    with pytest.raises(FormulaError, match=f"the expression is too large: .*{what}"):
        make()  # type: ignore[operator]


def test_negative_powers_are_an_error() -> None:
    with pytest.raises(FormulaError, match="negative power -1"):
        H**-1
