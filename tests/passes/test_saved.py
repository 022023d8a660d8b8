"""What each kind saves for the backward pass, and where its result lies, beside torch's own word on both."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS, Layer, decide
from cnncalc.layers.dropout import DropPath
from cnncalc.layers.pool import LPPool
from cnncalc.layers.storage import Layout, Run, Tensor
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts
from cnncalc.verification.observe import key, saved_during
from cnncalc.verification.realise import Twin
from tests.layers import test_norm
from tests.layers.cases import ONE_PER_CLASS, Case, cases
from tests.layers.twin import answer

torch.set_num_threads(1)

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same'",
    "ignore:Initializing zero-element tensors",
    "ignore:dropout[23]d. Received a",
)

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
#: what torch raises where it cannot train, or not in 16 bits on the CPU
REFUSED = (ValueError, NotImplementedError, RuntimeError)
#: what it says of layers that it runs, but never trains, or not on such an input
UNTRAINABLE = ("Expected more than 1", "must be positive during training", "has to be between 0 and 1")

_P = st.sampled_from([0.0, 0.3, 1.0])
_MORE: dict[str, st.SearchStrategy[Any]] = {
    "bn": test_norm.batch_norms,
    "in": test_norm.instance_norms,
    "gn": test_norm.group_norms,
    "ln": test_norm.layer_norms,
    "rms": test_norm.rms_norms,
    "scale": test_norm.scales,
    "droppath": st.builds(DropPath, _P, st.sampled_from(["row", "batch"])),
    **{
        name: st.builds(KINDS[name], _P)
        for name in (
            *("dropout", "dropout1d", "dropout2d", "dropout3d", "alphadropout", "featurealphadropout"),
        )
    },
    "lppool": st.builds(
        LPPool, st.integers(1, 2), st.sampled_from([1.0, 2, 3.5, math.inf]), ceil_mode=st.booleans()
    ),
}


def drawn(name: str, data: st.DataObject) -> Case:
    """A small case that can stand."""
    layer, shapes = data.draw(cases(name))
    if name in _MORE and data.draw(st.integers(0, 2)):
        layer = data.draw(_MORE[name])
    assume(all(math.prod(s) <= 1500 for s in shapes))
    assume(answer(layer, shapes) is not None)
    return layer, shapes


def batches(shapes: tuple[tuple[int, ...], ...]) -> st.SearchStrategy[int]:
    """Batch sizes; where fewer axes are broadcast against more, the batch would stand beside an axis of a map."""
    return st.integers(1, 3 if len({len(s) for s in shapes}) == 1 else 1)


@st.composite
def laid_out(draw: st.DrawFn, shape: tuple[int, ...], dtype: torch.dtype) -> tuple[torch.Tensor, Layout]:
    """A tensor of this shape whose axes lie in some order, sometimes a part of a larger one.

    Steps of axes of size 1 mean nothing, and torch's choices by them are left alone.
    """
    rank = len(shape)
    if draw(st.booleans()) or 1 in shape[1:]:
        return torch.rand(shape).to(dtype), Layout.row_major(rank)
    behind = tuple(draw(st.permutations(range(1, rank)))) if rank < 5 else tuple(range(1, rank))
    order = (0, *behind) if rank != 3 or draw(st.booleans()) else (behind[0], 0, behind[1])
    if draw(st.booleans()) and rank in (3, 4):
        order = (0, *range(2, rank), 1)
    back = [order.index(i) for i in range(rank)]
    larger = list(shape)
    gaps: frozenset[int] = frozenset()
    if draw(st.integers(0, 2)) == 0:
        axis = draw(st.integers(0, rank - 1))
        larger[axis] += 2
        gaps = frozenset({order.index(axis)})
    x = torch.rand([larger[i] for i in order]).to(dtype).permute(back)
    for axis, size in enumerate(shape):
        x = x.narrow(axis, 0, size)
    return x, Layout(order, gaps)


def steps(x: torch.Tensor) -> list[tuple[int, int]]:
    """Size and step of every axis, but for those of size 1, whose step means nothing."""
    return [(n, step) for n, step in zip(x.shape, x.stride(), strict=True) if n != 1]


def dense_steps(dims: tuple[Any, ...], layout: Layout) -> list[tuple[int, int]]:
    """The same of a tensor without gaps that lies in this order."""
    step, found = 1, {}
    for axis in reversed(layout.order):
        found[axis] = step
        step *= dims[axis]
    return [(n, found[axis]) for axis, n in enumerate(dims) if n != 1]


def is_left_open(layer: Layer, inputs: list[tuple[torch.Tensor, Layout]]) -> bool:
    """What is not followed of volumes: results that torch cuts out of a larger storage, and a view that it fails to make."""
    x, layout = inputs[0]
    return x.ndim > 4 and (layer.kind == "tconv" or (layer.kind == "lrn" and bool(layout.gaps)))


def refuses_to_train(layer: Layer, batch: int, shapes: tuple[tuple[int, ...], ...]) -> bool:
    try:
        return any(decide(c, Facts()) is False for c in layer.trains_on(batch, *map(Shape, shapes)))
    except LayerError:
        return True


def made(layer: Layer, inputs: list[tuple[torch.Tensor, Layout]], **how: Any) -> Run:
    return Run(tuple(Tensor(tuple(x.shape), layout, x.requires_grad) for x, layout in inputs), **how)


def assert_lies_as_said(
    layer: Layer, run: Run, inputs: list[tuple[torch.Tensor, Layout]], y: torch.Tensor
) -> None:
    result = layer.result(run)
    shared = [i for i, (x, _) in enumerate(inputs) if key(x) == key(y)]
    assert shared[:1] == ([] if result.of is None else [result.of])
    if result.of is None:
        assert y.untyped_storage().nbytes() == y.numel() * y.element_size()
        assert steps(y) == dense_steps(tuple(y.shape), result.layout)
    else:
        lies = Tensor(tuple(y.shape), result.layout)
        assert lies.is_contiguous == y.is_contiguous()
        assert [lies.can_merge((a, a + 1)) for a in range(y.ndim - 1)] == [
            can_be_viewed(y, a) for a in range(y.ndim - 1)
        ]


def can_be_viewed(y: torch.Tensor, axis: int) -> bool:
    try:
        y.view(*y.shape[:axis], -1, *y.shape[axis + 2 :])
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize("name", ONE_PER_CLASS)
@few
@given(data=st.data())
def test_a_result_lies_where_torchs_does_in_inference(name: str, data: st.DataObject) -> None:
    layer, shapes = drawn(name, data)
    batch = data.draw(batches(shapes))
    inputs = [data.draw(laid_out((batch, *s), torch.float32)) for s in shapes]
    assume(not is_left_open(layer, inputs))
    twin = Twin(layer.torch_call(*map(Shape, shapes))).eval()
    with torch.no_grad():
        y = twin(*(x for x, _ in inputs))
    assert_lies_as_said(layer, made(layer, inputs), inputs, y)


@pytest.mark.parametrize("name", ONE_PER_CLASS)
@few
@given(data=st.data())
def test_a_kind_saves_what_torch_saves(name: str, data: st.DataObject) -> None:
    layer, shapes = drawn(name, data)
    batch = data.draw(batches(shapes))
    dtype: Any = data.draw(st.sampled_from(["float32", "float32", *DTYPES]))
    inputs = [data.draw(laid_out((batch, *s), DTYPES[dtype])) for s in shapes]
    assume(not is_left_open(layer, inputs))
    for x, _ in inputs:
        x.requires_grad_(data.draw(st.booleans()))
    twin = Twin(layer.torch_call(*map(Shape, shapes))).to(DTYPES[dtype]).train()
    train = data.draw(st.booleans())
    twin.requires_grad_(train)
    owned = {key(t): f"{n}" for n, t in (*twin.named_parameters(), *twin.named_buffers())}
    trainable = train and any(True for _ in twin.parameters())
    refused = refuses_to_train(layer, batch, shapes)
    try:
        with saved_during() as found:
            y = twin(*(x for x, _ in inputs))
    except REFUSED as error:
        if any(reason in str(error) for reason in UNTRAINABLE):
            assert refused
        assume(False)
    assert not refused
    run = made(layer, inputs, training=True, trainable=trainable, dtype=dtype)
    assert_lies_as_said(layer, run, inputs, y)
    wanted = trainable or any(x.requires_grad for x, _ in inputs)
    assert y.requires_grad == wanted
    theirs: Counter[Any] = Counter()
    for storage, t in {key(t): t for t in found}.items():
        places = [f"input {i}" for i, (x, _) in enumerate(inputs) if key(x) == storage]
        if storage in owned:
            theirs[owned[storage].removeprefix("module.")] += 1
        elif places or storage == key(y):
            theirs[places[0] if places else "output"] += 1
        else:
            theirs[t.untyped_storage().nbytes()] += 1
    ours: Counter[Any] = Counter()
    size = torch.empty((), dtype=DTYPES[dtype]).element_size()
    for item in layer.saves(run) if wanted else ():
        if item.what == "input":
            ours[f"input {item.index}"] = 1
        elif item.what == "new":
            ours[{"int64": 8, "float32": 4, None: size}[item.dtype] * math.prod(item.dims)] += 1  # type: ignore[arg-type]
        else:
            ours[item.name or item.what] += 1
    assert ours == theirs


def test_the_hooks_see_what_is_saved() -> None:
    """The oracle itself: a product saves both factors, a sum nothing."""
    a, b = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    with saved_during() as found:
        _ = a * b
    assert sorted(map(key, found)) == sorted([key(a), key(b)])
    with saved_during() as found:
        _ = a + b
    assert found == []
