"""Values over arrays: equal to plain Python wherever it can be written into int64, and an error where it cannot."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.errors import FormulaError
from cnncalc.symbolic import FloorDiv, IntExpr, ceildiv, maximum, minimum, substitute, symbol
from tests.symbolic.strategies import NAMES, POSITIVE, Tree, built, evaluated, points, trees

MOST = 2**63 - 1
x, y, z = symbol("x"), symbol("y"), symbol("z")

#: small numbers, the ends of int64 and of what its products reach
numbers = st.integers(-20, 20) | st.sampled_from(
    [0, 2**31, 2**32, 3037000500, MOST - 1, MOST, -MOST, -MOST - 1]
)
positive = st.integers(1, 20) | st.sampled_from([2**31, MOST])
wide = st.fixed_dictionaries({**dict.fromkeys(NAMES, numbers), **dict.fromkeys(POSITIVE, positive)})


def table(rows: list[dict[str, int]]) -> dict[str, Any]:
    return {name: np.array([row[name] for row in rows], np.int64) for name in rows[0]}


@settings(deadline=None, max_examples=300)
@given(trees(), st.lists(points(), min_size=1, max_size=6))
def test_arrays_give_what_python_gives(tree: Tree, rows: list[dict[str, int]]) -> None:
    found = cnncalc.compiled(built(tree))(**table(rows))
    assert found.dtype == np.int64
    assert found.tolist() == [evaluated(tree, row) for row in rows]


@settings(deadline=None, max_examples=400)
@given(trees(), st.lists(wide, min_size=1, max_size=4))
@example(("//", "x", 3), [{"x": -MOST - 1, "y": 0, "z": 0, "S": 1, "T": 1}])
@example(("-", ("*", "x", "y"), ("*", "x", "z")), [{"x": MOST, "y": 3, "z": 3, "S": 1, "T": 1}])
def test_near_the_limit_a_result_is_exact_or_an_error(tree: Tree, rows: list[dict[str, int]]) -> None:
    expected = [evaluated(tree, row) for row in rows]
    compute = cnncalc.compiled(built(tree))
    if all(-MOST - 1 <= value <= MOST for value in expected):
        assert compute(**table(rows)).tolist() == expected
    else:
        with pytest.raises(OverflowError, match="does not fit into int64"):
            compute(**table(rows))


@settings(deadline=None, max_examples=200)
@given(trees(), wide)
def test_of_ints_the_result_is_an_exact_int(tree: Tree, row: dict[str, int]) -> None:
    found = cnncalc.compiled(built(tree))(**row)
    assert type(found) is int
    assert found == evaluated(tree, row)


@settings(deadline=None, max_examples=200)
@given(trees(), st.data())
def test_substituted_and_compiled_agree(tree: Tree, data: st.DataObject) -> None:
    dim, row = built(tree), data.draw(points())
    first, *others = [*NAMES, *POSITIVE]
    partly = substitute(dim, {first: row[first]})
    rest = {name: np.array([row[name]]) for name in others}
    assert (
        cnncalc.compiled(partly)(**rest).tolist()
        == cnncalc.compiled(dim)(**rest, **{first: row[first]}).tolist()
    )


@pytest.mark.parametrize("numerator", [-7, -6, -1, 0, 1, 6, 7, -MOST - 1, MOST])
@pytest.mark.parametrize("denominator", [-MOST - 1, -3, -2, -1, 1, 2, 3, MOST])
def test_quotients_are_floored_for_every_sign(numerator: int, denominator: int) -> None:
    quotient = IntExpr(((((FloorDiv(x, y), 1),), 1),))
    values = {"x": np.array([numerator]), "y": np.array([denominator])}
    expected = numerator // denominator
    if expected > MOST:
        with pytest.raises(OverflowError):
            quotient.compile()(**values)
    else:
        assert quotient.compile()(**values).tolist() == [expected]


@pytest.mark.parametrize("values", [{"y": 0}, {"y": np.array([1, 0, 2])}, {"y": np.array([-1, 0])}])
def test_a_zero_denominator_is_an_error(values: dict[str, Any]) -> None:
    with pytest.raises(FormulaError, match="divides by zero"):
        (x // y).compile()(x=5, **values)  # type: ignore[union-attr]


def test_denominators_on_both_sides_of_zero_without_it() -> None:
    assert (x // y).compile()(x=7, y=np.array([-2, 2])).tolist() == [-4, 3]  # type: ignore[union-attr]


def test_arguments_are_broadcast() -> None:
    found = (x * 10 + y).compile()(x=np.array([[1], [2]]), y=np.array([3, 4, 5]))  # type: ignore[union-attr]
    assert found.tolist() == [[13, 14, 15], [23, 24, 25]]


def test_what_a_value_does_not_depend_on_takes_part_in_the_shape() -> None:
    columns = np.arange(3)
    assert cnncalc.compiled(7)(x=columns).tolist() == [7, 7, 7]
    assert x.compile()(x=np.array([[1], [2]]), y=columns).tolist() == [[1, 1, 1], [2, 2, 2]]
    assert cnncalc.compiled(7)() == 7
    assert x.compile()(x=2, y=3) == 2


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (1, 1)])
def test_odd_shapes(shape: tuple[int, ...]) -> None:
    found = (x // 2 + y).compile()(x=np.full(shape, 5), y=1)  # type: ignore[union-attr]
    assert isinstance(found, np.ndarray)
    assert (found.shape, found.dtype) == (shape, np.int64)
    assert np.all(found == 3)


def test_the_result_is_no_view_of_an_argument() -> None:
    given = np.array([1, 2])
    found = x.compile()(x=given)
    found[0] = 9
    assert given.tolist() == [1, 2]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64, object])
def test_every_type_of_integers_is_exact(dtype: type) -> None:
    found = (x * x * 1000).compile()(x=np.array([100, 3], dtype))  # type: ignore[union-attr]
    assert (found.dtype, found.tolist()) == (np.int64, [10**7, 9000])


def test_larger_arguments_than_int64() -> None:
    assert (x // 4).compile()(x=np.array([2**64 - 1], np.uint64)).tolist() == [2**62 - 1]  # type: ignore[union-attr]
    assert (x // 2**70).compile()(x=np.array([2**75, -1], object)).tolist() == [32, -1]  # type: ignore[union-attr]
    hidden = np.array([np.int64(MOST)], object)  # NumPy's own numbers would wrap round
    assert ((x + x) // 2).compile()(x=hidden, y=1).tolist() == [MOST]  # type: ignore[union-attr]


def test_a_large_intermediate_does_not_hurt() -> None:
    mean = ((x + y) * z) // (2 * z + 1)
    assert mean.compile()(x=np.array([MOST, 5]), y=MOST, z=10**6).tolist() == [  # type: ignore[union-attr]
        2 * MOST * 10**6 // (2 * 10**6 + 1),
        (MOST + 5) * 10**6 // (2 * 10**6 + 1),
    ]


@pytest.mark.parametrize("wrong", [1.5, np.array([1.0]), np.array([True]), "3", np.array([None]), y])
def test_only_integers_are_taken(wrong: Any) -> None:
    with pytest.raises(TypeError, match="x must be an integer or an array of integers"):
        x.compile()(x=wrong)


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(TypeError, match=r"needs a value for y, z \(given: x, Y\)"):
        (x + y * z).compile()(x=1, Y=2)  # type: ignore[union-attr]


def test_floors_that_recur_are_computed_once() -> None:
    from cnncalc.symbolic.program import Operation, steps_of

    half = x // 2
    steps = steps_of(half * half * y + 3 * half * y + maximum(half, y))
    quotients = [step for step in steps if isinstance(step, Operation) and step.operator == "//"]
    assert len(quotients) == 1
    assert len(set(steps)) == len(steps)


def test_extrema_and_powers() -> None:
    value = minimum(x**3, ceildiv(y, 2), 40) - maximum(x, 2)
    xs, ys = np.array([-3, 1, 3, 5]), np.array([9, 9, 90, 99])
    expected = [min(a**3, -(-b // 2), 40) - max(a, 2) for a, b in zip(xs.tolist(), ys.tolist(), strict=True)]
    assert cnncalc.compiled(value)(x=xs, y=ys).tolist() == expected


def test_a_compiled_value_is_a_value() -> None:
    value = pickle.loads(pickle.dumps((x + 1).compile()))  # type: ignore[union-attr]
    assert (repr(value), value(x=1), value.names) == ("compiled(IntExpr(x + 1))", 2, {"x"})


def test_at_substitutes() -> None:
    value = x * y + z // 2
    assert value.at(x=2, z=4) == 2 * y + 2  # type: ignore[union-attr]
    assert value.at(x=2, y=3, z=5, unknown=7) == 8  # type: ignore[union-attr]
    assert value.at(x=y, y=x) == value  # type: ignore[union-attr]


def test_at_takes_integers_of_numpy_and_stays_exact() -> None:
    most = np.int64(2**63 - 1)
    found = (3 * x * y + x).at(x=most, y=most)  # type: ignore[union-attr, arg-type]
    assert type(found) is int
    assert found == 3 * (2**63 - 1) ** 2 + 2**63 - 1


@pytest.mark.parametrize("value", [1.5, 2.0, "a", None, np.array([1, 2])])
def test_at_refuses_what_is_no_integer(value: object) -> None:
    with pytest.raises(TypeError, match="x must be an integer or an expression, not of type"):
        (x + y).at(x=value)  # type: ignore[union-attr, arg-type]


@pytest.mark.parametrize("value", ["x", 1.5, None])
def test_only_expressions_are_compiled(value: Any) -> None:
    with pytest.raises(TypeError, match="an expression or an int can be compiled, not a "):
        cnncalc.compiled(value)


def test_analyse_hands_over_expressions() -> None:
    network = cnncalc.load("CxHxW conv3-64,p1 bn maxpool2 conv3-K,p1,nobias")
    found = network.analyse()
    assert found == cnncalc.analyse(network)
    assert network.analyse(batch=2).macs == 2 * found.macs
    assert str(found.macs) == "576*C*H*W + 576*K*⌊H/2⌋*⌊W/2⌋"
    assert found.flops == 2 * found.macs
    assert found.macs.at(C=3, H=7, W=8, K=10) == 576 * (3 * 7 * 8 + 10 * 3 * 4)  # type: ignore[union-attr]
    assert str(found.params) == "576*C + 576*K + 192"
    assert found.buffers == 129


def test_ints_need_no_numpy_and_arrays_say_so() -> None:
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "import cnncalc\n"
        "f = cnncalc.load('CxHxW conv3-8').analyse().params.compile()\n"
        "print(f(C=3))\n"
        "f(C=[3])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout == "224\n"
    assert (
        "arrays need NumPy, which is not installed (install it: pip install 'cnncalc[numpy]')" in ran.stderr
    )


def test_overflow_is_explained() -> None:
    with pytest.raises(OverflowError) as caught:
        (x * y).compile()(x=np.array([2, 2**40]), y=2**30)  # type: ignore[union-attr]
    assert str(caught.value) == (
        f"x*y is {2**70} for some of the values, which does not fit into int64: give ints for an exact result"
    )


@settings(deadline=None, max_examples=100)
@given(trees(), st.integers(-20, 20), st.lists(st.integers(-20, 20), min_size=1, max_size=3))
def test_ints_mix_with_arrays(tree: Tree, number: int, column: list[int]) -> None:
    assume(column)
    others = {"z": -3, "S": 2, "T": 5}
    found = cnncalc.compiled(built(tree))(x=number, y=np.array(column), **others)
    assert found.tolist() == [evaluated(tree, {"x": number, "y": value, **others}) for value in column]
