"""A kind's pydantic model and `fields.validate` accept the same values; the JSON Schema accepts what the readers do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cnncalc.errors import FormulaError, SpecError
from cnncalc.layers import KINDS
from cnncalc.spec.fields import FieldSpec, fields_of, validate
from cnncalc.spec.models import model_of
from cnncalc.symbolic import parse_expression

GREATEST = 10**15
#: of each kind of field there are many, which differ in name only
FORMS: dict[tuple[object, ...], tuple[str, str]] = {}
for kind in KINDS:
    for spec in fields_of(kind).values():
        form = (spec.number, spec.sizes, spec.real, spec.boolean, spec.optional, spec.gaps, spec.choices)
        FORMS.setdefault(form, (kind, spec.name))

integers = st.one_of(
    st.integers(-3, 8),
    st.sampled_from([GREATEST, GREATEST + 1, -GREATEST, -GREATEST - 1, 10**400]),
)
expressions = st.sampled_from(["{C}", "{C//4}", "{2*width}", "{H}", "{ C }", "{(a\n+ b)}"])
words = st.one_of(
    expressions,
    st.sampled_from(["k", "K", "width", "K_2", "_", "K-2", "é", "", " ", "same", "zeros", "none", "true", "1", "-2"]),
    st.sampled_from(["3x5", "KxL", "kx3", "3xk", "3x", "x3", "x", "3x-1", "{C}x{H}", "{C}{H}", "{C", "C}", "3xnonex5"]),
    st.sampled_from(["0.5x2", "1e3x2", "1e400x2", "1e-5x.5", "3xx5", "none", "nonex2", "NONEx2", "1" * 30 + "x2", "३x३"]),
    st.lists(st.sampled_from(["3", "K", "{C}", "none", "0.5"]), min_size=1, max_size=18).map("x".join),
    st.text("x3K{}C.e-n", max_size=6),
)  # fmt: skip
scalars = st.one_of(st.none(), st.booleans(), integers, st.floats(), words)
values = st.one_of(
    scalars, st.lists(scalars, max_size=3), st.lists(integers, max_size=18), st.just({}), st.just([[1]])
)


def well_formed(value: object) -> bool:
    """Whether what stands in braces is an expression, which the models leave to `validate`."""
    if isinstance(value, list):
        return all(map(well_formed, value))
    if isinstance(value, str):
        inside = value.split("{")[1:]
        return all(well_formed_expression(part.split("}")[0]) for part in inside)
    return True


def well_formed_expression(text: str) -> bool:
    try:
        parse_expression(text)
    except FormulaError:
        return False
    return True


def required(kind: str) -> dict[str, Any]:
    """Values for the fields that a kind must have."""
    return {n: example_of(s) for n, s in fields_of(kind).items() if s.required}


def example_of(spec: FieldSpec) -> Any:
    return [1] if spec.sizes and not spec.number else 1


def accepted_by_validate(kind: str, fields: dict[str, Any]) -> bool:
    try:
        validate(kind, fields)
    except SpecError:
        return False
    return True


def accepted_by_model(kind: str, fields: dict[str, Any]) -> bool:
    try:
        model_of(kind).model_validate(fields)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("kind", "name"), FORMS.values(), ids=map(".".join, FORMS.values()))
@given(value=values)
@example(value=None)
@example(value=[None])
@example(value=True)
@settings(deadline=None, max_examples=150)
def test_the_model_and_validate_accept_the_same(kind: str, name: str, value: Any) -> None:
    if not well_formed(value):
        return
    fields = {**required(kind), name: value}
    assert accepted_by_model(kind, fields) == accepted_by_validate(kind, fields)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_kind_needs_suffices(kind: str) -> None:
    assert accepted_by_model(kind, required(kind))
    assert accepted_by_validate(kind, required(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_and_missing_fields_are_refused_by_both(kind: str) -> None:
    extra = {**required(kind), "kernal": 3}
    assert not accepted_by_model(kind, extra)
    assert not accepted_by_validate(kind, extra)
    for name in required(kind):
        lacking = {k: v for k, v in required(kind).items() if k != name}
        assert not accepted_by_model(kind, lacking)
        assert not accepted_by_validate(kind, lacking)


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_are_acceptable(kind: str) -> None:
    defaults = {n: s.default for n, s in fields_of(kind).items() if not s.required}
    assert accepted_by_validate(kind, {**required(kind), **defaults})
    assert accepted_by_model(kind, {**required(kind), **defaults})
