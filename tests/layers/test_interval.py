"""Between which numbers results lie, which numbers activations keep, and which activations rise: all seen on torch."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS, Layer, check
from cnncalc.layers.interval import ANY, Interval, holds, hull
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts
from tests.layers.cases import ONE_PER_CLASS, cases
from tests.layers.twin import Twin

# torch mentions copies, ranks that dropouts are not meant for, and what it cannot initialise
pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same'", "ignore:Initializing zero-element", "ignore:dropout[123]d. Received a"
)
some = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)

#: activations that map every number by itself, with unusual fields as well
ACTIVATIONS: list[Layer] = [
    *(
        KINDS[kind]()
        for kind in (
            *("relu", "relu6", "leakyrelu", "rrelu", "elu", "selu", "celu", "gelu", "silu", "mish"),
            *("hardswish", "hardsigmoid", "hardtanh", "hardshrink", "softshrink", "tanhshrink", "sigmoid"),
            *("logsigmoid", "tanh", "softplus", "softsign", "identity", "prelu"),
        )
    ),
    *(KINDS["leakyrelu"](negative_slope=s) for s in (-0.5, 0.0, 1.0, 2.0)),  # type: ignore[call-arg]
    *(KINDS["elu"](alpha=a) for a in (-0.5, 0.0, 3.0)),  # type: ignore[call-arg]
    *(KINDS["celu"](alpha=a) for a in (-0.5, 0.3, 3.0)),  # type: ignore[call-arg]
    *(
        KINDS["threshold"](threshold=t, value=v)
        for t, v in ((1.0, 1.0), (1.0, -2.0), (-1.0, 2.0), (0.0, 0.0))
    ),  # type: ignore[call-arg]
    KINDS["hardtanh"](min_val=-3.0, max_val=0.5),  # type: ignore[call-arg]
    *(
        KINDS["softplus"](beta=b, threshold=t)
        for b, t in ((2.0, 20.0), (-1.0, 20.0), (1.0, -2.0), (1.0, 0.5))
    ),  # type: ignore[call-arg]
    KINDS["gelu"](approximate="tanh"),  # type: ignore[call-arg]
]
GRID = torch.cat(
    [torch.linspace(-12, 12, 4801, dtype=torch.float64), torch.tensor([-60.0, -30.0, 25.0, 80.0])]
)
GRID = GRID.sort().values


def applied(layer: Layer, x: torch.Tensor, *, training: bool = False) -> torch.Tensor:
    with torch.no_grad():
        result: torch.Tensor = Twin(layer.torch_call(Shape(tuple(x.shape[1:])))).double().train(training)(x)
    return result


intervals = st.sampled_from(
    [(0.0, 3.0), (-2.0, 5.0), (0.0, 1.0), (-1.0, 1.0), (-4.0, -1.0), (2.0, 2.5), (0.0, 0.0)]
)


#: the kinds of which nothing is said
_UNBOUNDED = {
    *(
        "conv",
        "dwconv",
        "tconv",
        "lc",
        "linear",
        "lppool",
        "bn",
        "in",
        "gn",
        "ln",
        "rms",
        "lrn",
        "scale",
        "mul",
        "glu",
    ),
    *("attention", "alphadropout", "featurealphadropout", "hardshrink", "softshrink", "tanhshrink"),
}


@pytest.mark.parametrize("name", [name for name in ONE_PER_CLASS if name not in _UNBOUNDED])
@pytest.mark.parametrize("training", [False, True])
@some
@given(st.data())
def test_what_comes_out_lies_between(name: str, training: bool, data: st.DataObject) -> None:
    layer, shapes = data.draw(cases(name))
    assume(all(math.prod(s) <= 300 for s in shapes))
    inputs = [Shape(s) for s in shapes]
    try:
        assert check(layer.requires(*inputs), Facts()) == ()
    except LayerError:
        reject()
    given_in = [data.draw(intervals) for _ in shapes]
    low, high = layer.between(*given_in)
    assume((low, high) != ANY)
    torch.manual_seed(0)
    x = [
        torch.rand(1, *s, dtype=torch.float64) * (b - a) + a
        for s, (a, b) in zip(shapes, given_in, strict=True)
    ]
    with torch.no_grad():
        y = Twin(layer.torch_call(*inputs)).double().train(training)(*x)
    assert y.numel() == 0 or (low - 1e-9 <= y.min() and y.max() <= high + 1e-9)


@pytest.mark.parametrize("layer", ACTIVATIONS, ids=str)
@pytest.mark.parametrize("given_in", [ANY, (0.0, math.inf), (-math.inf, 0.0), (-1.0, 1.0), (0.0, 6.0)])
def test_an_activations_results_lie_between(layer: Layer, given_in: Interval) -> None:
    x = GRID[(given_in[0] <= GRID) & (given_in[1] >= GRID)]
    y = applied(layer, x[None])
    low, high = layer.between(given_in)
    assert low <= y.min()
    assert y.max() <= high


@pytest.mark.parametrize("layer", ACTIVATIONS, ids=str)
@pytest.mark.parametrize("training", [False, True])
def test_what_is_kept_comes_out_as_it_is(layer: Layer, training: bool) -> None:
    kept = layer.keeps()
    if kept is None:
        assert not torch.equal(applied(layer, GRID[None]), GRID[None])
        return
    x = GRID[(kept[0] <= GRID) & (kept[1] >= GRID)][None]
    assert x.numel() > 100
    assert torch.equal(applied(layer, x, training=training), x)


@pytest.mark.parametrize("layer", ACTIVATIONS, ids=str)
def test_what_rises_never_falls(layer: Layer) -> None:
    y = applied(layer, GRID[None], training=True)[0]
    falls = bool((y[1:] < y[:-1] - 1e-12).any())
    assert layer.rising() <= (not falls)


def test_what_is_not_said_to_rise_falls_or_is_random_or_learned() -> None:
    quiet = [layer for layer in ACTIVATIONS if not layer.rising()]
    rise = [layer for layer in quiet if not (applied(layer, GRID[None])[0].diff() < -1e-12).any()]
    # slopes that are drawn or learned may be negative, and softplus steps down where it becomes linear
    assert {layer.kind for layer in rise} <= {"rrelu", "prelu", "softplus"}


@pytest.mark.parametrize("name", ONE_PER_CLASS)
def test_a_distribution_sums_to_one(name: str) -> None:
    """Of every kind that takes a map, told by torch: no number is negative, and along some axis they sum to 1."""
    kind: Any = KINDS[name]
    try:
        layer = kind()
    except TypeError:
        return  # the kinds with required fields map nothing to probabilities
    shape = Shape((3, 4, 5))
    try:
        check(layer.requires(*[shape] * layer.arity[0]), Facts())
    except LayerError:
        return
    torch.manual_seed(0)
    inputs = [torch.randn(1, 3, 4, 5, dtype=torch.float64)] * layer.arity[0]
    with torch.no_grad():
        y = Twin(layer.torch_call(*[shape] * layer.arity[0])).double().eval()(*inputs)
    sums = any(torch.allclose(y.sum(axis), torch.ones_like(y.sum(axis))) for axis in range(1, y.ndim))
    assert layer.distribution == (sums and bool((y >= 0).all()))


bounds = st.floats(-10, 10)
any_interval = st.tuples(bounds, bounds).map(lambda ends: (min(ends), max(ends)))


@given(st.lists(any_interval, min_size=1, max_size=4))
def test_a_hull_holds_all_and_ends_where_one_of_them_ends(found: list[Interval]) -> None:
    whole = hull(*found)
    assert all(holds(whole, each) for each in found)
    assert whole[0] in {low for low, _ in found}
    assert whole[1] in {high for _, high in found}


@given(any_interval, any_interval)
def test_an_interval_holds_another_where_no_number_of_it_lies_outside(a: Interval, b: Interval) -> None:
    assert holds(a, b) == all(a[0] <= end <= a[1] for end in b)
