"""Document -> Network: every layer is placed, its conditions are checked, and its output becomes known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cnncalc.errors import CnncalcError, FormulaError, LayerError, SpecError, nearest
from cnncalc.layers import Layer, check
from cnncalc.network.model import Assumption, Network, Node
from cnncalc.record import replace
from cnncalc.shape import Shape
from cnncalc.spec.expand import expand
from cnncalc.spec.fields import is_expression, is_name, placeless
from cnncalc.spec.items import Document
from cnncalc.spec.sink import INPUT_REF, Origin
from cnncalc.spec.source import shown
from cnncalc.spec.values import Given, Scope
from cnncalc.symbolic import Dim, Facts, known_equal, known_ge, simplify_ge

__all__ = ["build"]


def build(
    document: Document,
    *,
    preset: str | None = None,
    settings: Mapping[str, Given] | None = None,
    input_size: str | None = None,
    assume: Sequence[str] = (),
) -> Network:
    """The network that a document describes.

    `preset` names a member of the family, `settings` give variables other values, `input_size` ("3x224x224")
    replaces the input, `assume` holds conditions on names ("H = 32*h", "H % 32 == 0", "H >= 64").

    Raises SpecError or LayerError, with the place in the text.
    """
    facts, substitutions, assumptions = _assumed(assume, (document, settings, input_size))
    builder = _Builder(facts)
    scope = Scope({}, substitutions, document.free_names, builder.decide)
    values = _variables(document, scope, preset, dict(settings or {}))
    scope = Scope(values, substitutions, document.free_names, builder.decide)
    size = document.input if input_size is None else input_size
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
    expand(document, scope, builder)
    if not builder.nodes:
        raise SpecError("no layer is left", "check the conditions under when", code="CNN131")
    return Network(
        name=preset or document.name,
        source=document.source,
        input=builder.input,
        nodes=tuple(builder.nodes),
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
            values[name] = (
                scope.unknown(value) if isinstance(value, str) and not isinstance(default, str) else value
            )
            continue
        path = f"presets.{preset}.{name}" if name in of_preset else f"vars.{name}"
        try:
            values[name] = here.given(of_preset.get(name, default), None)
        except CnncalcError as error:
            raise error.at(document.spans.get(path)) from None
    return values


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
            raise SpecError(
                f"{shown(text)} is not an input size", "write it like 3x224x224, CxHxW or 784", code="CNN118"
            )
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


#: torch's sizes have 64 bits
_GREATEST_SIZE = 2**63 - 1


@dataclass(slots=True)
class _Builder:
    """The sink that `expand` hands its layers to."""

    facts: Facts
    input: Shape = field(default_factory=lambda: Shape((1,)))
    nodes: list[Node] = field(default_factory=list)
    assumptions: dict[Assumption, None] = field(default_factory=dict)
    #: a layer on the same shapes has the same output, under the same conditions
    _answers: dict[tuple[Layer, tuple[Shape, ...]], Shape] = field(default_factory=dict)

    def shape(self, ref: int) -> Shape:
        return self.input if ref == INPUT_REF else self.nodes[ref].output

    def add(
        self, layer: Layer, inputs: tuple[int, ...], name: str, origin: Origin, weights: int | None
    ) -> int:
        shapes = tuple([self.shape(r) for r in inputs])
        try:
            output = self._answer(layer, shapes, name)
            if weights is not None:
                self._check_sharing(layer, shapes, weights)
        except CnncalcError as error:
            known = placeless(error) if isinstance(error, FormulaError) else error
            raise known.at(origin.span(error.field), f"layer '{name}' ({layer.kind})") from None
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
                self._assume(Assumption(">=", *simplify_ge(dim, 1)))
        self.input = Shape(dims)

    def _answer(self, layer: Layer, shapes: tuple[Shape, ...], name: str) -> Shape:
        """What comes out of a layer. The conditions that the names leave open are assumed."""
        known = self._answers.get((layer, shapes))
        if known is not None:
            return known
        least, most = layer.arity
        if len(shapes) < least or (most is not None and len(shapes) > most):
            takes = f"exactly {least}" if most == least else f"at least {least}"
            raise LayerError(
                f"takes {takes} input{'s' if least > 1 else ''}, but {len(shapes)} come in",
                "join them first with cat or add" if len(shapes) > least else "name them all under from",
                code="CNN204",
            )
        for condition in check(layer.requires(*shapes), self.facts):
            # an assumption may have decided the next
            for still_open in check((condition,), self.facts):
                self._assume(Assumption.of(still_open, name))
        output = layer.output(*shapes)
        if any(isinstance(size, int) and size > _GREATEST_SIZE for size in output.dims):
            raise LayerError(
                "gives an output of more than 2^63 - 1", "torch's sizes end there", code="CNN206"
            )
        self._answers[layer, shapes] = output
        return output

    def _check_sharing(self, layer: Layer, shapes: tuple[Shape, ...], owner: int) -> None:
        """Shared tensors must be the same ones."""
        node = self.nodes[owner]
        theirs = node.layer.weights(*(self.shape(r) for r in node.inputs))
        ours = layer.weights(*shapes)
        if not ours:
            raise LayerError("has no weights to share", "remove weights", code="CNN205")
        if theirs != ours:

            def told(tensors: Sequence[object]) -> str:
                return ", ".join(f"{t.name} {'x'.join(map(str, t.shape))}" for t in tensors) or "none"  # type: ignore[attr-defined]

            raise LayerError(
                f"needs the tensors {told(ours)}, but '{node.name}' has {told(theirs)}",
                "give both layers the same fields and input channels",
                code="CNN205",
            )

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
            self._assume(assumed)
            return relation != "=="
        return verdict

    def _compare(self, relation: str, left: Dim, right: Dim) -> tuple[bool | None, Assumption]:
        if relation in ("==", "!="):
            same = known_equal(left, right, self.facts)
            known = None if same is None else same == (relation == "==")
            return known, Assumption("!=", left, right)
        if relation in ("<", "<="):
            left, right = right, left
        if relation in ("<", ">"):
            right = right + 1
        return known_ge(left, right, self.facts), Assumption(">=", left, right)

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
