"""Document -> Network: every layer is placed, its conditions are checked, and its output becomes known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cnncalc.errors import CnncalcError, LayerError, Span, SpecError, nearest
from cnncalc.layers import Condition, Layer, check
from cnncalc.network.model import Assumption, Network, Node
from cnncalc.shape import Shape
from cnncalc.spec.expand import INPUT_REF, MOST_LAYERS, Origin, expand
from cnncalc.spec.fields import is_expression
from cnncalc.spec.items import Document
from cnncalc.spec.values import Given, Scope
from cnncalc.symbolic import Dim, Facts, known_equal, known_ge, symbol

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
    facts, substitutions, assumptions = _assumed(assume)
    builder = _Builder(facts)
    scope = Scope({}, substitutions, document.free_names, builder.decide)
    values = _variables(document, scope, preset, dict(settings or {}))
    scope = Scope(values, substitutions, document.free_names, builder.decide)
    size = input_size or document.input
    if size is None:
        raise SpecError(
            "the size of the input is missing",
            "write it first, like 3x224x224, or give --input 3x224x224",
            code="CNN118",
        )
    span = document.spans.get("input") if input_size is None else None
    builder.input = _input_shape(size, scope, span)
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


def _assumed(texts: Sequence[str]) -> tuple[Facts, Mapping[str, Dim], tuple[Assumption, ...]]:
    if not texts:
        return Facts(), {}, ()
    from cnncalc.network.assume import read_assumptions

    given = read_assumptions(texts)
    return given.facts, given.substitutions, given.assumptions


def _variables(
    document: Document, scope: Scope, preset: str | None, settings: dict[str, Given]
) -> dict[str, Given]:
    """Every variable's value: from the settings, else from the preset, else its own, which may use those before it."""
    members = dict(document.presets)
    if preset is not None and preset not in members:
        close = nearest(preset, tuple(members))
        cure = f"did you mean '{close}'?" if close else f"presets: {', '.join(members) or 'none'}"
        raise SpecError(f"no preset is called '{preset}'", cure, code="CNN113")
    names = [name for name, _ in document.vars]
    for name in settings:
        if not document.free_names and name not in names:
            close = nearest(name, tuple(names))
            cure = f"did you mean '{close}'?" if close else f"variables: {', '.join(names) or 'none'}"
            raise SpecError(f"no variable is called '{name}'", cure, code="CNN114")
    chosen = {**dict(members[preset] if preset else ()), **settings}
    values: dict[str, Given] = {k: v for k, v in settings.items() if k not in names}
    for name, default in document.vars:
        here = Scope(values, scope.symbols, scope.free, scope.decide)
        try:
            value = here.given(chosen.get(name, default), None)
        except CnncalcError as error:
            raise error.at(document.spans.get(f"vars.{name}")) from None
        # a name given for a variable that holds no text is a symbol: --set width=K
        if name in settings and isinstance(value, str) and not isinstance(default, str):
            value = symbol(value)
        values[name] = value
    return values


def _input_shape(text: str, scope: Scope, span: Span | None) -> Shape:
    """The input's size from "3x224x224", names and expressions in braces included.

    Raises SpecError if it is none.
    """
    parts = _split_size(text.strip())
    free = Scope(scope.values, scope.symbols, free=True, decide=scope.decide)
    dims: list[Dim] = []
    try:
        for part in parts:
            if part.isdigit() and len(part) <= 16:
                dims.append(int(part))
            elif is_expression(part):
                dims.append(scope.number(part, None))
            elif part.isidentifier() and part.isascii():
                dims.append(free.number(part, None))
            else:
                raise SpecError(
                    f"'{text}' is not an input size", "write it like 3x224x224, CxHxW or 784", code="CNN118"
                )
        if len(dims) > 4:
            raise SpecError(
                f"the input {text} has {len(dims)} axes",
                "give at most CxDxHxW, without the batch",
                code="CNN118",
            )
        if any(isinstance(d, int) and not 1 <= d <= 10**15 for d in dims):
            raise SpecError(
                f"the input {text} is empty or too large", "sizes go from 1 to 10^15", code="CNN118"
            )
    except CnncalcError as error:
        raise error.at(span) from None
    return Shape(tuple(dims))


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


@dataclass(slots=True)
class _Builder:
    """The sink that `expand` hands its layers to."""

    facts: Facts
    input: Shape = field(default_factory=lambda: Shape((1,)))
    nodes: list[Node] = field(default_factory=list)
    assumptions: dict[Assumption, None] = field(default_factory=dict)
    #: a layer on the same shapes has the same answers: (layer, inputs) -> (output, open conditions)
    _answers: dict[tuple[Layer, tuple[Shape, ...]], tuple[Shape, tuple[Condition, ...]]] = field(
        default_factory=dict
    )

    def shape(self, ref: int) -> Shape:
        return self.input if ref == INPUT_REF else self.nodes[ref].output

    def add(
        self, layer: Layer, inputs: tuple[int, ...], name: str, origin: Origin, weights: int | None
    ) -> int:
        if len(self.nodes) >= MOST_LAYERS:
            raise SpecError(
                f"the spec expands to more than {MOST_LAYERS:,} layers",
                "repeat less",
                code="CNN130",
                span=origin.span(),
            )
        shapes = tuple([self.shape(r) for r in inputs])
        try:
            output, conditions = self._answer(layer, shapes)
            if weights is not None:
                self._check_sharing(layer, shapes, weights)
        except CnncalcError as error:
            raise error.at(origin.span(error.field), f"layer '{name}' ({layer.kind})") from None
        for condition in conditions:
            self._assume(Assumption.of(condition, name))
        index = len(self.nodes)
        self.nodes.append(Node(index, name, layer, inputs, output, weights, origin))
        return index

    def _answer(self, layer: Layer, shapes: tuple[Shape, ...]) -> tuple[Shape, tuple[Condition, ...]]:
        known = self._answers.get((layer, shapes))
        if known is None:
            least, most = layer.arity
            if len(shapes) < least or (most is not None and len(shapes) > most):
                takes = f"exactly {least}" if most == least else f"at least {least}"
                cure = (
                    "join them first with cat or add" if len(shapes) > least else "name them all under from"
                )
                raise LayerError(
                    f"takes {takes} input{'s' if least > 1 else ''}, but {len(shapes)} come in",
                    cure,
                    code="CNN204",
                )
            conditions = check(layer.requires(*shapes), self.facts)
            known = layer.output(*shapes), conditions
            self._answers[layer, shapes] = known
        return known

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
        if assumption.relation == ">=":
            self.facts = self.facts.assume_ge(assumption.left, assumption.right)

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
