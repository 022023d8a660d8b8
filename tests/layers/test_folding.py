"""What becomes of a map s·x + t that meets a layer, for every kind, beside the layer's torch twin in float64."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnncalc.errors import LayerError
from cnncalc.layers import Layer, check
from cnncalc.layers.folding import Absorbed, Need, Passed, Pick
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts
from tests.layers.cases import ONE_PER_CLASS, Case, cases
from tests.layers.twin import Twin

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore")
_MOST = 4000
_TRIES = 8
#: what gives back numbers of its input, but which ones depends on all of them
_LARGEST = ("maxpool", "gmp", "adaptivemaxpool")


class Subject:
    """A layer in torch, with random weights."""

    def __init__(self, case: Case, seed: int) -> None:
        layer, shapes = case
        self.layer: Layer = layer
        self.shapes = [Shape(s) for s in shapes]
        try:
            check(layer.requires(*self.shapes), Facts())
            self.y = layer.output(*self.shapes)
        except LayerError:
            assume(False)
        assume(sum(s.elements for s in self.shapes) + self.y.elements <= _MOST)
        self.random = torch.Generator().manual_seed(seed)
        self.twin = Twin(layer.torch_call(*self.shapes)).double().eval()
        for name, tensor in self.twin.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(
                    self.draw(*tensor.shape).abs() + 0.1 if name.endswith("var") else self.draw(*tensor.shape)
                )
        # of inputs with different numbers of axes, only a batch of one stands for what a network makes of an image
        batch = 3 if len({s.rank for s in self.shapes}) == 1 else 1
        self.inputs = [self.draw(batch, *s.dims) for s in self.shapes]

    def draw(self, *sizes: Any) -> torch.Tensor:
        return torch.randn(*sizes, dtype=torch.float64, generator=self.random)

    def __call__(self, *inputs: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            made: torch.Tensor = self.twin(*inputs)
        return made


def mapped(x: torch.Tensor, axis: int, s: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """s·x + t along our axis, which is torch's next."""
    size = [1] * x.ndim
    size[axis + 1] = -1
    return x * s.view(size) + t.view(size)


def sent(values: torch.Tensor, pick: Pick) -> torch.Tensor:
    return torch.tensor(pick.of(values.tolist()), dtype=torch.float64)


def satisfying(need: Need | None, s: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Factors and summands for which what must hold does."""
    if need is None:
        return s, t
    if need.what == "scales":
        return s.abs(), t
    if need.what == "fixed":
        # a power of two, so that s·v + t = v without rounding
        s = 2.0 ** s.round().clamp(-2, 2)
        return s, need.value - s * need.value
    by, count = int(need.pick.by), int(need.pick.count)  # type: ignore[call-overload]
    where = torch.arange(len(s)) // by % count * by
    return s[where], t[where]


def close(a: torch.Tensor, b: torch.Tensor) -> bool:
    return bool(torch.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True))


def same(kind: str, subject: Subject, left: torch.Tensor, right: torch.Tensor) -> None:
    assert left.shape == right.shape
    finite = left.isfinite() & right.isfinite()
    assert bool((left.isfinite() == right.isfinite()).all())
    assert close(left[finite], right[finite]), (kind, subject.layer, subject.shapes)


def behind(subject: Subject, axis: int, passed: Passed, s: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """The map done to the inputs instead."""
    moved = [
        mapped(x, r.axis, sent(s, r.pick), sent(t, r.pick) * r.shift)
        for x, r in zip(subject.inputs, passed.routes, strict=False)
    ]
    return subject(*moved, *subject.inputs[len(moved) :])


def taken(subject: Subject, how: Absorbed, direction: str, s: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """The output of the layer that has taken the map in, by formulas written down once more, group by group."""
    own = {k: v for k, v in subject.twin.module.state_dict().items() if v.is_floating_point()}
    groups = int(how.groups)  # type: ignore[call-overload]
    weight = own.get("weight", torch.ones(len(s), dtype=torch.float64)).clone()
    outputs = len(weight) if how.layout != "inputs first" else weight.shape[1] * groups
    bias = own.get("bias", torch.zeros(outputs, dtype=torch.float64)).clone()
    for o in range(outputs):
        each = outputs // groups
        if how.layout == "channels":
            weight[o], bias[o] = (
                (s[o] * weight[o], s[o] * bias[o] + t[o])
                if direction == "backward"
                else (weight[o] * s[o], bias[o] + weight[o] * t[o])
            )
            continue
        inputs = weight.shape[1] if how.layout == "outputs first" else len(weight) // groups
        first = o // each * inputs
        if direction == "backward":
            bias[o] = s[o] * bias[o] + t[o]
        for i in range(inputs):
            at = (o, i) if how.layout == "outputs first" else (first + i, o % each)
            if direction == "backward":
                weight[at] *= s[o]
            else:
                bias[o] += weight[at].sum() * t[first + i]
                weight[at] *= s[first + i]
    other = Twin(how.layer.torch_call(*subject.shapes)).double().eval()
    state = other.module.state_dict() | own | {"weight": weight, "bias": bias}
    other.module.load_state_dict(state)
    with torch.no_grad():
        made: torch.Tensor = other(*subject.inputs)
    return made


def vectors(subject: Subject, size: Any) -> tuple[torch.Tensor, torch.Tensor]:
    return subject.draw(size), subject.draw(size)


@pytest.mark.parametrize("kind", ONE_PER_CLASS)
@settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_a_map_behind_a_layer(kind: str, data: st.DataObject, seed: int) -> None:
    subject = Subject(data.draw(cases(kind)), seed)
    axis = data.draw(st.integers(0, subject.y.rank - 1))
    meeting = subject.layer.fold_back(axis, *subject.shapes)
    s, t = vectors(subject, subject.y.dims[axis])
    y = subject(*subject.inputs)
    if isinstance(meeting, Passed):
        for route in meeting.routes:
            s, t = satisfying(route.need, s, t)
        assert all(r.need is None or r.need.met(s.tolist(), t.tolist()) for r in meeting.routes)
        same(kind, subject, mapped(y, axis, s, t), behind(subject, axis, meeting, s, t))
    elif isinstance(meeting, Absorbed):
        s, t = satisfying(meeting.need, s, t)
        same(kind, subject, mapped(y, axis, s, t), taken(subject, meeting, "backward", s, t))


@pytest.mark.parametrize("kind", [k for k in ONE_PER_CLASS if k not in ("add", "mul")])
@settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_a_map_before_a_layer(kind: str, data: st.DataObject, seed: int) -> None:
    subject = Subject(data.draw(cases(kind)), seed)
    assume(len(subject.shapes) == 1)
    (x,), (shape,) = subject.inputs, subject.shapes
    axis = data.draw(st.integers(0, shape.rank - 1))
    meeting = subject.layer.fold_on(axis, shape)
    s, t = vectors(subject, shape.dims[axis])
    if isinstance(meeting, Passed):
        (route,) = meeting.routes
        s, t = satisfying(route.need, s, t)
        after = mapped(subject(x), route.axis, sent(s, route.pick), sent(t, route.pick))
        same(kind, subject, subject(mapped(x, axis, s, t)), after)
    elif isinstance(meeting, Absorbed):
        s, t = satisfying(meeting.need, s, t)
        same(kind, subject, subject(mapped(x, axis, s, t)), taken(subject, meeting, "forward", s, t))


def differs(subject: Subject, tries: Sequence[tuple[torch.Tensor, torch.Tensor]], passed: Passed) -> bool:
    y = subject(*subject.inputs)
    return any(not close(mapped(y, 0, s, t), behind(subject, 0, passed, s, t)) for s, t in tries)


def only_moves(subject: Subject) -> bool:
    """Whether the layer gives back numbers of its input: a window of one position, whatever it is called."""
    y = subject(*subject.inputs)
    given_back = torch.cat([x.flatten() for x in subject.inputs])
    return all(float((given_back - v).abs().min()) < 1e-9 for v in y.flatten())


@pytest.mark.parametrize("kind", ONE_PER_CLASS)
@settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_what_stands_in_the_way_does(kind: str, data: st.DataObject, seed: int) -> None:
    """Where a layer refuses a map per channel, or asks for something of it, letting it through would be wrong."""
    subject = Subject(data.draw(cases(kind)), seed)
    meeting = subject.layer.fold_back(0, *subject.shapes)
    if isinstance(meeting, str):
        from cnncalc.layers.folding import as_it_is

        # naively: the same numbers for the same channels, where these are as many before as behind
        assume(all(shape.dims[0] == subject.y.dims[0] for shape in subject.shapes))
        meeting = as_it_is(0, len(subject.shapes))
    elif isinstance(meeting, Absorbed) or all(r.need is None for r in meeting.routes):
        return
    else:
        needs = {r.need.what for r in meeting.routes if r.need}
        # a pooling of single positions, a pad of nothing, and padding that no window reads ask too much
        flipped = subject(*(-x for x in subject.inputs))
        ones = subject(*(torch.ones_like(x) for x in subject.inputs))
        assume(not ("scales" in needs and torch.equal(flipped, -subject(*subject.inputs))))
        assume(not ("fixed" in needs and len(subject.shapes) == 1 and bool((ones == 1).all())))
    assume(subject.layer.kind in _LARGEST or not only_moves(subject))
    tries = [vectors(subject, subject.y.dims[0]) for _ in range(_TRIES)]
    assert differs(subject, tries, meeting), (subject.layer, subject.shapes)
