"""Wrong formulas, made from the right ones: every formula that a layer answers with, with one place of it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from cnncalc import load
from cnncalc.layers import Derivation, Layer
from cnncalc.layers.facts import Fans, Statistics
from cnncalc.network import Network
from cnncalc.record import replace
from cnncalc.symbolic import Formula
from cnncalc.symbolic.text import pretty_formula
from cnncalc.symbolic.tree import Call, Divide, FloorDivide, Node, Number, Product, Sum, children, rebuilt

__all__ = [
    "EQUIVALENT",
    "OF_PASSES",
    "Place",
    "Seen",
    "Wrong",
    "places",
    "rewritten",
    "with_formula",
    "wrong_formulas",
]

#: layers of all kinds that have formulas, each alone on the input before them, whose sizes differ from each other
_LAYERS = (
    "6x13 conv4-9/3,p2,d2,g3 conv3-7/2,p1 conv4-5,same conv4-4,d3,same,nobias conv3-3,g3,nobias dwconv2 dwconv2-12,nobias",
    "6x14 conv4-9/3,p2,d2,g3 conv3-7/2,p1",
    "6x11x8 conv3x2-8/2x3,p1x0,d2x1,g2 conv3x2-5,p1 dwconv3x2-18,d1x2 conv3-5,nobias conv3x2-4,nobias",
    "4x6x7x5 conv2x3x4-6,g2 conv2-3 maxpool2/1 tconv2x4x3-3/1x2x1 tconv2-3",
    "4x5 tconv4-6/3,p2,op1,d2,g2 tconv3-5/2,p1,op1 tconv3-7,nobias tconv3-8,g2,nobias",
    "4x3x5 tconv3x2-6/2x3,p1x0,op0x1,g2 tconv3-5,d2,p2",
    "4x13 lc4-5/2,p2,d2 lc2-3,nobias lc3-2,p1,sharedbias",
    "3x8x7 lc3x2-4/2x1,p1x0 lc2-3,p1,sharedbias lc2-2,nobias lc1-2,sharedbias",
    "3x14 maxpool3/2,p1,ceil maxpool3,ceil maxpool4/3,p2,d2,ceil",
    "3x15 maxpool3/2,p1,ceil maxpool4/3,p2,d2,ceil avgpool4/3,p2,ceil",
    "3x4 maxpool2/3,p1,ceil",
    "3x7 maxpool3/4,p1,d2,ceil maxpool2/4,p1,d3,ceil maxpool2/5,p1,d2,ceil maxpool4/5,p2,ceil",
    "3x8 maxpool2/4,p1,ceil maxpool2/4,p1,d2,ceil",
    "3x16 maxpool4/3,p2,d2,ceil",
    "3x17x14 avgpool5/3,p2 maxpool3/2,p1,d3 maxpool4/2,p2,d3",
    "6x5 fc-7 fc-3,nobias flatten",
    "3x5x7 flatten,start=2 flatten",
    "2x3x5x7 flatten flatten,end=2",
    "7 fc-5 fc-3,nobias bn ln ln,nobias rms scale prelu",
    "6x7x5 bn bn,nobias gn2 gn3,nobias ln ln,nobias ln,dims=2 ln,dims=1,nobias rms rms,dims=2 rms,dims=1 in,track in,affine=true",
    "6x7x5 scale scale,bias prelu prelu,perchannel",
    "6x5x7x3 bn gn2 in,affine=true,track ln ln,dims=3 ln,dims=2 rms,dims=2",
    "10x9 bn gn5 ln ln,dims=2 rms rms,dims=2 in,track glu glu,dim=-2",
    "10 gn5 glu",
    "5x6 attention3 attention2,nobias attention1,add_bias_kv=true,add_zero_attn=true attention2,nobias,add_bias_kv=true",
    "18x3x5 pixelshuffle3 glu",
    "2x6x9 pixelunshuffle3 upsample3 upsample1.5 upsample0.7 pad2 pad,padding=1x2x0x3 pad,padding=-1x0",
    "3x12x4x6 pixelshuffle2 pixelunshuffle2",
    "3x7 upsample2.5 pad1,reflect",
)
#: the same with names, where formulas have to hold for numbers that are not known to be so
_NAMED = ("CxW maxpoolF/S,pP,ceil", "CxW maxpoolF/S,pP,dD,ceil")
#: a layer that joins others, behind them
_JOINED = "6x5x4 cat(conv1-3|conv1-4|conv1-5)"
_QUANTITIES = {
    "sizes": "shapes",
    "axes": "shapes",
    "macs": "macs",
    "params": "parameters",
    "counts": "parameters",
    "backward": "backward-macs",
    "fans": "initialisation",
    "statistics": "statistics",
}
#: a formula, by the part of the answer that it is
Change = Callable[[str, Derivation], Derivation]


@dataclass(frozen=True)
class Place:
    """Where a formula is: the class whose method answers with it, the question, and the part of the answer."""

    owner: type
    question: str
    part: str
    text: str

    def __str__(self) -> str:
        part = f"[{self.part}]" if self.part else ""
        return f"{self.owner.__name__}.{self.question}{part}: {self.text}"

    @property
    def rule(self) -> str:
        return f"{self.owner.__module__}:{self.owner.__name__}.{self.question}"

    @property
    def quantity(self) -> str:
        """What has to notice that the formula is wrong."""
        is_buffer = self.question == "counts" and self.part.startswith(("running_", "num_batches"))
        return "buffers" if is_buffer else _QUANTITIES[self.question]


@dataclass(frozen=True)
class Seen:
    """A network whose last layer answers with a formula, and the quantity in which that is seen."""

    network: str
    quantity: str


@cache
def places() -> dict[Place, list[Seen]]:
    """Every formula, and where it is to be seen."""
    found: dict[Place, list[Seen]] = {}
    alone = [f"{size} {word}" for line in _LAYERS for size, *words in [line.split()] for word in words]
    for network in [*alone, *_NAMED, _JOINED]:
        for place in _asked(load(network)):
            seen = Seen(network, "symbolic" if network in _NAMED else place.quantity)
            if place.question == "backward":
                size, word = network.split()
                # behind something that is trained, so that the input needs a gradient
                seen = Seen(f"{size} scale {word}", place.quantity)
            found.setdefault(place, []).append(seen)
    return found


def _asked(network: Network) -> Iterator[Place]:
    """The formulas of its last layer."""
    node = network.nodes[-1]
    shapes = network.input_shapes(node)
    layer: Any = node.layer
    for question in _QUANTITIES:
        how = {"inputs": True, "trainable": True} if question == "backward" else {}
        asked = (shapes[0], 2) if question == "statistics" else shapes
        met: list[Place] = []
        owner = next(c for c in type(layer).__mro__ if question in vars(c))

        def meet(
            part: str, d: Derivation, question: str = question, owner: type = owner, met: Any = met
        ) -> Derivation:
            met.append(Place(owner, question, part, d.formula.text))
            return d

        if question != "backward" or layer.macs(*shapes).value != 0:
            _changed(question, getattr(layer, question)(*asked, **how), meet)
        # what `axes` has from `sizes` is changed there
        yield from (p for p in dict.fromkeys(met) if question != "axes" or owner is not Layer)


def with_formula(place: Place, wrong: Formula) -> Callable[[Any], Any]:
    """What makes the rule at a place answer with another formula."""

    def change(part: str, d: Derivation) -> Derivation:
        same = (part, d.formula.text) == (place.part, place.text)
        return Derivation(wrong, d.values) if same else d

    return lambda rule: lambda *args, **how: _changed(place.question, rule(*args, **how), change)


def _changed(question: str, answer: Any, change: Change) -> Any:
    """An answer with other formulas."""
    match answer:
        case None:
            return None
        case Derivation():
            return change("", answer)
        case dict():
            return {part: change(part, d) for part, d in answer.items()}
        case Statistics():
            return replace(
                answer, values=change("values", answer.values), count=change("count", answer.count)
            )
    if question == "fans":
        return tuple(_fans(fans, change) for fans in answer)
    return tuple(None if d is None else change("", d) for d in answer)


def _fans(fans: Fans, change: Change) -> Fans:
    """Those that torch counts; how many connections there really are it does not say."""
    fan_in, fan_out = (f"{fans.tensor} {which}" for which in ("fan in", "fan out"))
    return replace(fans, fan_in=change(fan_in, fans.fan_in), fan_out=change(fan_out, fans.fan_out))


#: formulas that passes compute with, by their names in the code
OF_PASSES = {
    **dict.fromkeys(
        (
            "cnncalc.passes.receptive_field.interior:START",
            "cnncalc.passes.receptive_field.interior:JUMP",
            "cnncalc.passes.receptive_field.interior:SIZE",
        ),
        Seen("2x25x25 conv3-2/2,p1 conv4-2/3,p2,d3 conv3-2/2,p1", "rf"),
    ),
    **dict.fromkeys(
        (
            "cnncalc.passes.initialisation:KAIMING",
            "cnncalc.passes.initialisation:KAIMING_BOUND",
            "cnncalc.passes.initialisation:XAVIER",
            "cnncalc.passes.initialisation:XAVIER_BOUND",
            "cnncalc.passes.initialisation:DEFAULT_BOUND",
        ),
        Seen("3x9x9 conv5-64", "initialisation"),
    ),
}


@contextmanager
def rewritten(right: Formula, wrong: Formula) -> Iterator[None]:
    """A formula that computes for a while what another one does."""
    run = right._run
    object.__setattr__(right, "_run", wrong._compile())
    try:
        yield
    finally:
        object.__setattr__(right, "_run", run)


@dataclass(frozen=True)
class Wrong:
    """A formula that differs from a right one in one place: what stood there, and what stands there now."""

    formula: Formula
    before: Node
    after: Node

    @property
    def is_harmless(self) -> bool:
        return (self.before, self.after) in [(_tree(a), _tree(b)) for a, b, _ in EQUIVALENT]


#: changes that nothing can notice, as the values are the same wherever a layer can stand: what stood there, what stands
#: there now, and what holds of the values by the layer's conditions
EQUIVALENT = (
    ("C // G", "ceil(C/G)", "C % G == 0"),
    ("K // G", "ceil(K/G)", "K % G == 0"),
    ("C // R^2", "ceil(C/R^2)", "C % R^2 == 0"),
    ("W // R", "ceil(W/R)", "W % R == 0"),
    ("N // 2", "ceil(N/2)", "N % 2 == 0"),
    # with paddings that differ: `same`, which works with stride 1 only
    ("(W + A + B - F) // S", "ceil((W + A + B - F)/S)", "S == 1"),
    ("(W + A + B - F) // S", "W + A + B - F", "S == 1"),
    ("(W + A + B - D*(F - 1) - 1) // S", "ceil((W + A + B - D*(F - 1) - 1)/S)", "S == 1"),
    ("(W + A + B - D*(F - 1) - 1) // S", "W + A + B - D*(F - 1) - 1", "S == 1"),
)


@cache
def _tree(text: str) -> Node:
    return Formula(text).tree


def wrong_formulas(text: str) -> list[Wrong]:
    """This formula with one change in one place."""
    right = _tree(text)
    more: Node = Sum(((1, right), (1, Number(1))))
    return list(
        {
            whole: Wrong(_of(whole), *places) for whole, *places in [(more, right, more), *_wrong(right)]
        }.values()
    )


def _of(tree: Node) -> Formula:
    formula = Formula(pretty_formula(tree))
    object.__setattr__(formula, "_tree", tree)
    return formula


def _wrong(node: Node) -> Iterator[tuple[Node, Node, Node]]:
    """The whole with a change, what is changed in it, and into what."""
    for other in _wrong_here(node):
        yield other, node, other
    parts = children(node)
    for i, part in enumerate(parts):
        for whole, inner, other in _wrong(part):
            yield rebuilt(node, (*parts[:i], whole, *parts[i + 1 :])), inner, other


def _wrong_here(node: Node) -> Iterator[Node]:
    """Rounded the other way; without one of its parts; with another sign; 1 more."""
    match node:
        case FloorDivide(a, b):
            yield Call("ceil", (Divide(a, b),))
            yield a
        case Call("ceil", (Divide(a, b),)):
            yield FloorDivide(a, b)
        case Call("floor", (a,)):
            yield Call("ceil", (a,))
        case Call("min" | "max", parts) | Product(parts):
            for i in range(len(parts)):
                rest = (*parts[:i], *parts[i + 1 :])
                yield rest[0] if len(rest) == 1 else rebuilt(node, rest)
        case Sum(terms):
            for i, (sign, term) in enumerate(terms):
                yield Sum((*terms[:i], *terms[i + 1 :]))
                yield Sum((*terms[:i], (1 if sign < 0 else -1, term), *terms[i + 1 :]))
        case Divide(a, _):
            yield a
        case Number(value):
            yield Number(value + 1)
