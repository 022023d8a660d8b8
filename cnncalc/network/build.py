"""Document -> Network: every layer is placed, its conditions are checked, and its output becomes known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cnncalc.errors import CnncalcError, LayerError, SpecError, nearest
from cnncalc.layers import Layer, check
from cnncalc.network.model import Assumption, Network, Node
from cnncalc.record import replace
from cnncalc.shape import Shape, Weight
from cnncalc.spec.cures import meant_size
from cnncalc.spec.expand import expand
from cnncalc.spec.fields import is_expression, is_name, placeless
from cnncalc.spec.items import Document
from cnncalc.spec.sink import INPUT_REF, Origin
from cnncalc.spec.source import shown
from cnncalc.spec.values import Given, Scope, parsed
from cnncalc.symbolic import Dim, Facts, known_equal, known_ge, maximal, minimal

__all__ = ["build"]


def build(
    document: Document,
    *,
    preset: str | None = None,
    settings: Mapping[str, Given] | None = None,
    input_size: str | None = None,
    assume: Sequence[str] = (),
    upper: Mapping[str, int] | None = None,
) -> Network:
    """The network that a document describes.

    `preset` names a member of the family, `settings` give variables other values, `input_size` ("3x224x224")
    replaces the input, `assume` holds conditions on names ("H = 32*h", "H % 32 == 0", "H >= 64"), `upper` the greatest
    values of names.

    Raises SpecError or LayerError, with the place in the text.
    """
    facts, substitutions, assumptions = _assumed(assume, (document, settings, input_size))
    builder = _Builder(replace(facts, upper={**facts.upper, **upper}) if upper else facts)
    scope = Scope({}, substitutions, document.free_names, builder.decide)
    values = _variables(document, scope, preset, dict(settings or {}))
    scope = Scope(values, substitutions, document.free_names, builder.decide)
    size = document.input if input_size is None else input_size
    if settings or assume:
        _refuse_idle(document, size or "", settings or {}, assume)
    if size is None:
        raise SpecError(
            "the size of the input is missing",
            "write it first, like 3x224x224, or give --input 3x224x224",
            code="CNN118",
        )
    try:
        builder.take_input(size, _input_dims(size, scope))
    except CnncalcError as error:
        raise error.at(document.spans.get("input") if input_size is None else None) from None
    outputs, names = expand(document, scope, builder)
    if not builder.nodes:
        raise SpecError(
            "no layer is left",
            "repeat something at least once; check the conditions under when",
            code="CNN131",
        )
    if len(outputs) > 1:
        last = document.layers[-1]
        raise SpecError(
            f"the network ends in {len(outputs)} outputs",
            "join them with add or cat",
            code="CNN204",
            span=last.place(last.items[-1].mark),
        )
    return Network(
        name=preset or document.name,
        source=document.source,
        input=builder.input,
        nodes=tuple(builder.nodes),
        last=outputs[0],
        names=names,
        assumptions=(*assumptions, *builder.pruned_assumptions()),
        substitutions=substitutions,
    )


def _assumed(texts: Sequence[str], taken: object) -> tuple[Facts, Mapping[str, Dim], tuple[Assumption, ...]]:
    if not texts:
        return Facts(), {}, ()
    from cnncalc.network.assume import read_assumptions

    given = read_assumptions(texts, repr(taken))
    return given.facts, given.substitutions, given.assumptions


def _variables(
    document: Document, scope: Scope, preset: str | None, settings: dict[str, Given]
) -> dict[str, Given]:
    """Every variable's value: from the settings, else from the preset, else its own, which may use those before it."""
    members = dict(document.presets)
    if preset is not None and preset not in members:
        close = nearest(preset, tuple(members))
        cure = f"did you mean '{close}'?" if close else f"presets: {', '.join(members) or 'none'}"
        raise SpecError(f"no preset is called {shown(preset)}", cure, code="CNN113")
    names = [name for name, _ in document.vars]
    for name in settings:
        if not document.free_names and name not in names:
            close = nearest(name, tuple(names))
            cure = f"did you mean '{close}'?" if close else f"variables: {', '.join(names) or 'none'}"
            raise SpecError(f"no variable is called {shown(name)}", cure, code="CNN114")
    of_preset = dict(members[preset] if preset else ())
    values: dict[str, Given] = {k: v for k, v in settings.items() if k not in names}
    for name, default in document.vars:
        here = replace(scope, values=values)
        if name in settings:
            value = here.given(settings[name], None)
            # a name given for a variable that holds no text is a symbol: --set width=K
            holds_text = isinstance(default, str) and not is_expression(default)
            values[name] = scope.unknown(value) if isinstance(value, str) and not holds_text else value
            continue
        path = f"presets.{preset}.{name}" if name in of_preset else f"vars.{name}"
        try:
            _refuse_later(of_preset.get(name, default), [n for n in names if n not in values])
            values[name] = here.given(of_preset.get(name, default), None)
        except CnncalcError as error:
            raise error.at(document.spans.get(path)) from None
    return values


def _refuse_idle(document: Document, size: str, settings: Mapping[str, Given], assume: Sequence[str]) -> None:
    """Refuse settings and assumptions on names that occur nowhere."""
    from cnncalc.network.assume import names_assumed
    from cnncalc.spec.mentions import names_in_layers, names_in_size, names_in_value, refuse_unmentioned

    known = [*names_in_size(size), *(names_in_layers(document.layers) if document.free_names else ())]
    known += [name for value in settings.values() for name in names_in_value(value)]
    variables = [name for name, _ in document.vars]
    refuse_unmentioned("--set", settings, [*variables, *known])
    for text, spoken_of, introduced in names_assumed(assume):
        cure = next((f"give it a value instead: --set {n}=…" for n in spoken_of if n in variables), None)
        refuse_unmentioned(f"--assume {text}", spoken_of, known, cure)
        known += introduced


def _refuse_later(value: object, later: Sequence[str]) -> None:
    """Refuse an expression that speaks of variables which have no value yet."""
    if not is_expression(value):
        return
    for name in parsed(str(value)[1:-1]).names:
        if name in later:
            raise SpecError(
                f"'{name}' {'would stand for itself' if name == later[0] else 'is defined later'}",
                "a variable may use those above it",
                code="CNN114",
            )


def _input_dims(text: str, scope: Scope) -> tuple[Dim, ...]:
    """The input's size from "3x224x224", names and expressions in braces included.

    Raises SpecError if it is none.
    """
    free = replace(scope, free=True)
    dims: list[Dim] = []
    for part in _split_size(text.strip()):
        if part.isdecimal() and part.isascii() and len(part) <= 16:
            dims.append(int(part))
        elif is_expression(part):
            dims.append(scope.number(part, None))
        elif is_name(part):
            dims.append(free.number(part, None))
        else:
            meant = meant_size(text.strip())
            cure = f"did you mean {meant}?" if meant else "write it like 3x224x224, CxHxW or 784"
            raise SpecError(f"{shown(text)} is not an input size", cure, code="CNN118")
    if len(dims) > 4:
        raise SpecError(
            f"the input {text} has {len(dims)} axes",
            "give at most CxDxHxW, without the batch",
            code="CNN118",
        )
    return tuple(dims)


def _split_size(text: str) -> list[str]:
    """ "3x{2*r}xW" at every x outside of braces."""
    parts, depth = [""], 0
    for c in text:
        depth += (c == "{") - (c == "}")
        if c == "x" and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts


def _form(tensor: Weight) -> tuple[str, str, str, int]:
    """All of a tensor but its sizes."""
    return tensor.name, tensor.role, tensor.dtype, len(tensor.shape)


def _told(tensors: Sequence[Weight]) -> str:
    return ", ".join(f"{t.name} {'x'.join(map(str, t.shape))}" for t in tensors) or "none"


#: torch's sizes have 64 bits
_GREATEST_SIZE = 2**63 - 1


#: layers on shapes whose output is kept for the next network; a folder of specs has much in common
_MOST_KEPT = 4096


@lru_cache(_MOST_KEPT)
def _certain(layer: Layer, shapes: tuple[Shape, ...]) -> Shape | None:
    """What comes out of a layer on shapes of numbers, which leave nothing to assume; None if there is a name.

    Raises LayerError if the layer does not take the shapes; of too many or too few of them, with names or without.
    """
    _check_arity(layer, len(shapes))
    if not all(isinstance(size, int) for shape in shapes for size in shape.dims):
        return None
    nothing = Facts()
    # a name in the layer itself: the first condition that is open may fail by what is assumed, before any other does
    if any(check((condition,), nothing) for condition in layer.requires(*shapes)):
        return None
    output = layer.output(*shapes)
    _check_sizes(output)
    return output if all(isinstance(size, int) for size in output.dims) else None


def _check_arity(layer: Layer, inputs: int) -> None:
    least, most = layer.arity
    if inputs < least or (most is not None and inputs > most):
        takes = f"exactly {least}" if most == least else f"at least {least}"
        raise LayerError(
            f"takes {takes} input{'s' if least > 1 else ''}, but {inputs} come{'s' if inputs == 1 else ''} in",
            "join them first with cat or add"
            if inputs > least
            else f"write {layer.kind}(… | …), where an empty branch is the input, or name them all under from",
            code="CNN204",
        )


def _check_sizes(output: Shape) -> None:
    if any(isinstance(size, int) and size > _GREATEST_SIZE for size in output.dims):
        raise LayerError("gives an output of more than 2^63 - 1", "torch's sizes end there", code="CNN206")


@dataclass(slots=True)
class _Builder:
    """The sink that `expand` hands its layers to."""

    facts: Facts
    input: Shape = field(default_factory=lambda: Shape((1,)))
    nodes: list[Node] = field(default_factory=list)
    assumptions: dict[Assumption, None] = field(default_factory=dict)
    #: a layer on the same shapes has the same output, once the same is assumed
    _answers: dict[tuple[Layer, tuple[Shape, ...]], Shape] = field(default_factory=dict)

    def shape(self, ref: int) -> Shape:
        return self.input if ref == INPUT_REF else self.nodes[ref].output

    def add(
        self, layer: Layer, inputs: tuple[int, ...], name: str, origin: Origin, weights: int | None
    ) -> int:
        shapes = tuple([self.shape(r) for r in inputs])
        refused: tuple[Any, ...] = (layer, shapes)
        try:
            output = self._answer(layer, shapes, name)
            if weights is not None:
                owner = self.nodes[weights]
                refused = (layer, shapes, owner.layer, tuple(map(self.shape, owner.inputs)))
                self._check_sharing(layer, shapes, weights, name)
        except CnncalcError as error:
            error.refused = refused
            raise placeless(error).at(origin.span(error.field), f"layer '{name}' ({layer.kind})") from None
        index = len(self.nodes)
        self.nodes.append(Node(index, name, layer, inputs, output, weights, origin))
        return index

    def take_input(self, text: str, dims: tuple[Dim, ...]) -> None:
        """The shape that the network starts from."""
        for dim in dims:
            positive = 1 <= dim <= 10**15 if isinstance(dim, int) else known_ge(dim, 1, self.facts)
            if positive is False:
                raise SpecError(
                    f"the input {text} is empty or too large",
                    "sizes go from 1 to 10^15",
                    code="CNN118",
                )
            if positive is None:
                self._assume(Assumption.simplest(">=", dim, 1))
        self.input = self._settled(Shape(dims))

    def _answer(self, layer: Layer, shapes: tuple[Shape, ...], name: str) -> Shape:
        """What comes out of a layer. The conditions that the names leave open are assumed."""
        known = _certain(layer, shapes) or self._answers.get((layer, shapes))
        if known is not None:
            return known
        for condition in check(layer.requires(*shapes), self.facts):
            # an assumption may have decided the next
            for still_open in check((condition,), self.facts):
                self._assume(Assumption.of(still_open, name))
        output = self._settled(layer.output(*shapes))
        _check_sizes(output)
        self._answers[layer, shapes] = output
        return output

    def _settled(self, shape: Shape) -> Shape:
        """The shape, with a number for each size that what is assumed leaves only one value."""
        if not self.facts.upper or all(isinstance(size, int) for size in shape.dims):
            return shape
        ends = [(size, minimal(size, self.facts), maximal(size, self.facts)) for size in shape.dims]
        return Shape(tuple([size if low is None or low != high else low for size, low, high in ends]))

    def _check_sharing(self, layer: Layer, shapes: tuple[Shape, ...], owner: int, name: str) -> None:
        """Shared tensors must be the same ones. Sizes that the names leave open are assumed to be equal."""
        node = self.nodes[owner]
        theirs = node.layer.weights(*(self.shape(r) for r in node.inputs))
        ours = layer.weights(*shapes)
        if not ours:
            raise LayerError("has no weights to share", "remove weights", code="CNN205")
        fact = f"needs the tensors {_told(ours)}, but '{node.name}' has {_told(theirs)}"
        cure = "give both layers the same fields and input channels"
        if list(map(_form, ours)) != list(map(_form, theirs)):
            raise LayerError(fact, cure, code="CNN205")
        for our, their in zip(ours, theirs, strict=True):
            for p, q in zip(our.shape, their.shape, strict=True):
                same = known_equal(p, q, self.facts)
                if same is False:
                    raise LayerError(fact, cure, code="CNN205")
                if same is None:
                    self._assume(Assumption.simplest("==", p, q, name))

    def _assume(self, assumption: Assumption) -> None:
        self.assumptions.setdefault(assumption)
        left, right = assumption.left, assumption.right
        if assumption.relation == ">=":
            self.facts = self.facts.assume_ge(left, right)
        elif assumption.relation == "==":
            self.facts = self.facts.assume_equal(left, right)
        elif assumption.relation == "divides":
            self.facts = self.facts.assume_divides(left, right)

    def decide(self, relation: str, left: Dim, right: Dim) -> bool:
        """A comparison in an expression. What names leave open is assumed: sizes that differ in form to be different."""
        verdict, assumed = self._compare(relation, left, right)
        if verdict is None:
            self._assume(Assumption.simplest(*assumed))
            return relation != "=="
        return verdict

    def _compare(self, relation: str, left: Dim, right: Dim) -> tuple[bool | None, tuple[str, Dim, Dim]]:
        if relation in ("==", "!="):
            same = known_equal(left, right, self.facts)
            known = None if same is None else same == (relation == "==")
            return known, ("!=", left, right)
        if relation in ("<", "<="):
            left, right = right, left
        if relation in ("<", ">"):
            right = right + 1
        return known_ge(left, right, self.facts), (">=", left, right)

    def pruned_assumptions(self) -> tuple[Assumption, ...]:
        """What had to be assumed, without what a later assumption implies."""
        kept: list[Assumption] = []
        later = Facts()
        for assumption in reversed(self.assumptions):
            if assumption.relation == ">=":
                if known_ge(assumption.left, assumption.right, later):
                    continue
                later = later.assume_ge(assumption.left, assumption.right)
            kept.append(assumption)
        return tuple(reversed(kept))
