from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnncalc.errors import LayerError
from cnncalc.layers import KINDS, Layer, check
from cnncalc.layers.activation import GLU, PReLU
from cnncalc.shape import Shape
from cnncalc.symbolic import Facts, symbol
from tests.layers.names import assert_same_in_names
from tests.layers.twin import assert_agrees

few = settings(max_examples=200, deadline=None)

inf, nan = float("inf"), float("nan")
shapes = st.integers(1, 5).flatmap(lambda rank: st.tuples(*[st.sampled_from([1, 2, 3, 4, 6])] * rank))
numbers = st.sampled_from([0.0, 1.0, 0.25, 0.25, 2.0, -0.5, inf, -inf, nan])
dims = st.sampled_from([1, 1, 1, -1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 0, 6, -6])

PLAIN = [
    *("relu", "relu6", "selu", "silu", "swish", "mish", "hardswish", "hardsigmoid", "tanhshrink", "sigmoid"),
    *("logsigmoid", "tanh", "softsign", "identity", "softmax2d"),
]
WITH_NUMBERS = {
    "leakyrelu": ("negative_slope",),
    "rrelu": ("lower", "upper"),
    "elu": ("alpha",),
    "celu": ("alpha",),
    "hardtanh": ("min_val", "max_val"),
    "hardshrink": ("lambd",),
    "softshrink": ("lambd",),
    "threshold": ("threshold", "value"),
    "softplus": ("beta", "threshold"),
}
ALONG_AN_AXIS = ["softmax", "softmin", "logsoftmax"]
TORCH_NAMES = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leakyrelu": "LeakyReLU",
    "rrelu": "RReLU",
    "elu": "ELU",
    "selu": "SELU",
    "celu": "CELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "swish": "SiLU",
    "mish": "Mish",
    "hardswish": "Hardswish",
    "hardsigmoid": "Hardsigmoid",
    "hardtanh": "Hardtanh",
    "hardshrink": "Hardshrink",
    "softshrink": "Softshrink",
    "tanhshrink": "Tanhshrink",
    "threshold": "Threshold",
    "sigmoid": "Sigmoid",
    "logsigmoid": "LogSigmoid",
    "tanh": "Tanh",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "softmax2d": "Softmax2d",
    "identity": "Identity",
    "softmax": "Softmax",
    "softmin": "Softmin",
    "logsoftmax": "LogSoftmax",
}


def make(kind: str, **values: Any) -> Layer:
    made: Layer = KINDS[kind](**values)
    return made


@few
@given(st.sampled_from(PLAIN), shapes)
def test_activations_without_fields_are_torchs(kind: str, shape: tuple[int, ...]) -> None:
    assert_agrees(make(kind), shape)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(WITH_NUMBERS)), st.data(), shapes)
def test_activations_with_numbers_are_torchs(kind: str, data: st.DataObject, shape: tuple[int, ...]) -> None:
    values = {name: data.draw(numbers, label=name) for name in WITH_NUMBERS[kind]}
    assert_agrees(make(kind, **values), shape)


@few
@given(st.sampled_from(["none", "tanh", "sigmoid", ""]), shapes)
def test_gelu_is_torchs(approximate: str, shape: tuple[int, ...]) -> None:
    assert_agrees(make("gelu", approximate=approximate), shape)


@few
@given(st.sampled_from(ALONG_AN_AXIS), dims, shapes)
def test_softmaxes_are_torchs_on_every_axis_but_the_batch(
    kind: str, dim: int, shape: tuple[int, ...]
) -> None:
    assert_agrees(make(kind, dim=dim), shape)


@few
@given(dims, shapes)
def test_glu_is_torchs_on_every_axis_but_the_batch(dim: int, shape: tuple[int, ...]) -> None:
    assert_agrees(GLU(dim), shape)


@few
@given(st.builds(PReLU, init=numbers, per_channel=st.booleans()), shapes)
def test_prelu_is_torchs(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_agrees(layer, shape)


@few
@given(st.one_of(st.builds(GLU, dims), st.builds(PReLU, per_channel=st.booleans())), shapes)
def test_names_for_sizes_answer_as_numbers_do(layer: Layer, shape: tuple[int, ...]) -> None:
    assert_same_in_names(layer, shape)


@pytest.mark.parametrize("kind", TORCH_NAMES)
def test_the_fields_and_defaults_are_torchs(kind: str) -> None:
    fields = {f.name: f.default for f in dataclasses.fields(KINDS[kind])}  # type: ignore[arg-type]
    signature = inspect.signature(getattr(nn, TORCH_NAMES[kind])).parameters
    not_ours = {"inplace", "args", "kwargs", "min_value", "max_value"}  # the last two are deprecated names
    theirs = {n: p.default for n, p in signature.items() if n not in not_ours}
    required = {n: dataclasses.MISSING for n, d in theirs.items() if d is inspect.Parameter.empty}
    # torch guesses a softmax's axis where none is given, and warns: here it is the channels
    channels = {n: 1 for n in theirs if n == "dim"}
    assert fields == {**theirs, **required, **channels}


def test_every_activation_is_tested_here() -> None:
    from cnncalc.layers.activation import KINDS as FAMILY

    assert {*TORCH_NAMES, "prelu", "glu"} == set(FAMILY)


def test_a_class_is_made_once() -> None:
    assert KINDS["silu"] is KINDS["swish"]


def test_a_class_can_be_imported_by_its_name() -> None:
    from cnncalc.layers.activation import SiLU

    assert SiLU is KINDS["silu"]


def test_an_unknown_name_is_no_class() -> None:
    from cnncalc.layers import activation

    with pytest.raises(AttributeError):
        _ = activation.Swoosh


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (
            make("celu", alpha=0.0),
            (3,),
            "error[CNN202]: alpha=0 divides by zero (give another number, or take relu)",
        ),
        (make("gelu", approximate="erf"), (3,), "error[CNN202]: approximate='erf' (give none or tanh)"),
        (
            make("hardtanh", min_val=1.0, max_val=1.0),
            (3,),
            "error[CNN202]: max_val=1.0 is not above min_val=1.0 (give a larger max_val)",
        ),
        (
            make("softmax", dim=0),
            (3, 4),
            "error[CNN202]: dim=0 is the batch axis"
            " (give 1 to 2, or -1 to -2 from the end; 1 is the first axis after the batch)",
        ),
        (
            make("softmax", dim=2),
            (10,),
            "error[CNN202]: dim=2, but the axes of the input 10 are 1 to 1"
            " (give 1 or -1; 1 is the first axis after the batch)",
        ),
        (make("softmax", dim=symbol("d")), (10,), "error[CNN202]: dim=d is not a number (give a number)"),
        (
            GLU(),
            (7, 4),
            "error[CNN203]: axis 1 of 7x4 has 7 values, which cannot be halved (give an even number)",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_what_helps(layer: Layer, shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(LayerError) as caught:
        check(layer.requires(Shape(shape)), Facts())
    assert str(caught.value) == text
