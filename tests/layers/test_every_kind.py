"""What holds for every kind, whoever wrote it."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
import re
import types
import typing
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from cnncalc.layers import KINDS, Layer
from cnncalc.shape import Shape
from cnncalc.symbolic import IntExpr
from tests.layers.twin import answer, assert_agrees

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = sorted(KINDS)
SHAPES = [(4,), (4, 6), (4, 6, 6), (4, 6, 6, 6)]
ALLOWED = {int, IntExpr, bool, float, str, type(None)}

every_kind = pytest.mark.parametrize("name", NAMES)


def fields(kind: type[Layer]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(kind)  # type: ignore[arg-type]


def members(annotation: Any) -> list[Any]:
    """A type as the flat list of the types that it is a union of."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return [m for part in typing.get_args(annotation) for m in members(part)]
    return [annotation]


def small_values(annotation: Any) -> list[Any]:
    """A few values that a field of this type may have."""
    found = members(annotation)
    if int in found:
        return [2]
    if float in found:
        return [0.5]
    return [(1,), (2, 1), (2, 2), (2, 3, 1), (2, 3, 4, 1)]


def minimal_instances(kind: type[Layer]) -> Iterator[Layer]:
    """The kind with small numbers for the required fields; then with one more field that is None by default."""
    hints = typing.get_type_hints(kind)
    required = {f.name: small_values(hints[f.name]) for f in fields(kind) if f.default is dataclasses.MISSING}
    for values in product(*required.values()):
        given = dict(zip(required, values, strict=True))
        yield kind(**given)
        for f in fields(kind):
            if f.default is None:
                yield kind(**given, **{f.name: small_values(hints[f.name])[0]})


def inputs(kind: type[Layer], shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [shape] * max(2, kind.arity[0]) if kind.arity[1] is None else [shape] * kind.arity[0]


def documentation(kind: type[Layer]) -> str:
    """The docstrings of the class and of what it shares with its relatives."""
    ours = [c for c in kind.__mro__ if issubclass(c, Layer) and c is not Layer]
    return "\n".join(inspect.cleandoc(c.__doc__ or "") for c in ours)


@every_kind
def test_a_kind_is_final_frozen_slotted_and_complete(name: str) -> None:
    kind: Any = KINDS[name]
    assert kind.__final__
    assert not hasattr(next(minimal_instances(kind)), "__dict__")
    assert not inspect.isabstract(kind)


@every_kind
def test_an_instance_cannot_be_changed(name: str) -> None:
    layer = next(minimal_instances(KINDS[name]))
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        layer.kind = "other"  # type: ignore[misc]
    for f in fields(KINDS[name]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(layer, f.name, None)


@every_kind
def test_the_docstring_has_its_headings(name: str) -> None:
    text = documentation(KINDS[name])
    own = any(layer.weights(Shape(s)) for layer, s in accepted(KINDS[name]))
    headings = ["## Shape", "## Torch twin", "## Common mistake", *(["## Weights"] if own else [])]
    for heading in headings:
        assert re.search(rf"^{heading}\n\S", text, re.MULTILINE), heading
    assert re.match(r"\S.*\S", text), "the formula or the idea comes first"


@every_kind
def test_a_name_is_its_kinds_name_or_alias(name: str) -> None:
    kind = KINDS[name]
    assert name in (kind.kind, *kind.aliases)
    assert all(KINDS[other] is kind for other in (kind.kind, *kind.aliases))


@every_kind
def test_every_field_says_what_it_means(name: str) -> None:
    for f in fields(KINDS[name]):
        assert f.metadata["doc"].strip(), f.name
        assert not f.metadata["doc"].endswith("."), f.name


@every_kind
def test_defaults_are_immutable(name: str) -> None:
    for f in fields(KINDS[name]):
        assert f.default_factory is dataclasses.MISSING, f.name
        hash(f.default)


@every_kind
def test_field_types_are_of_the_few_that_the_border_knows(name: str) -> None:
    hints = typing.get_type_hints(KINDS[name])
    for f in fields(KINDS[name]):
        for member in members(hints[f.name]):
            origin, arguments = typing.get_origin(member), typing.get_args(member)
            if origin is tuple:
                assert arguments[1] is Ellipsis, f.name
                assert set(members(arguments[0])) <= ALLOWED, f.name
            else:
                assert origin is Literal or member in ALLOWED, f.name


@every_kind
def test_a_field_does_not_hide_a_question(name: str) -> None:
    questions = {n for n in dir(Layer) if not n.startswith("__")}
    assert not questions & {f.name for f in fields(KINDS[name])}


@every_kind
def test_words_fill_fields_that_exist_once(name: str) -> None:
    kind = KINDS[name]
    filled = [f for f in (kind.word.size, kind.word.out, kind.word.stride) if f is not None]
    assert set(filled) <= {f.name for f in fields(kind)}
    assert len(set(filled)) == len(filled)


@every_kind
def test_options_and_flags_of_a_kind_are_distinct(name: str) -> None:
    options = [f.metadata["option"] for f in fields(KINDS[name]) if f.metadata["option"] is not None]
    flags = [flag for f in fields(KINDS[name]) for flag in f.metadata["flags"]]
    names = [*options, *flags]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", n) for n in names)


@every_kind
def test_instances_are_values(name: str) -> None:
    first, second = (next(minimal_instances(KINDS[name])) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert pickle.loads(pickle.dumps(first)) == first


@every_kind
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_simplest_use_is_torchs(name: str, shape: tuple[int, ...]) -> None:
    for layer in minimal_instances(KINDS[name]):
        assert_agrees(layer, *inputs(KINDS[name], shape))


def accepted(kind: type[Layer]) -> list[tuple[Layer, tuple[int, ...]]]:
    """Minimal instances and the natural shapes that they can stand on."""
    return [
        (layer, shape)
        for layer in minimal_instances(kind)
        for shape in SHAPES
        if answer(layer, inputs(kind, shape)) is not None
    ]


@every_kind
def test_the_simplest_use_is_accepted_somewhere(name: str) -> None:
    assert accepted(KINDS[name])


@every_kind
def test_some_law_with_hypothesis_names_the_kind(name: str) -> None:
    kind = KINDS[name]
    named = re.compile(rf'\b{kind.__name__}\b|"{name}"')
    here = Path(__file__)
    texts = [p.read_text("utf-8") for p in here.parent.glob("test_*.py") if p != here]
    assert any("@given" in text and named.search(text) for text in texts)
