"""The quantities that can be explained of one layer: output, parameters, MACs, FLOPs, memory."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from cnncalc.layers import Derivation, Layer
from cnncalc.network import Network, Node
from cnncalc.record import record
from cnncalc.report.explain.model import (
    Line,
    Part,
    Prose,
    Row,
    chain,
    counted,
    givens,
    inline,
    roughly,
    worked,
)
from cnncalc.shape import Shape, Weight, Window
from cnncalc.symbolic import Dim, Formula

if TYPE_CHECKING:
    from cnncalc.passes.receptive_field import NodeField

__all__ = ["AXES", "FLOPS", "Subject", "flops", "joined", "macs", "memory", "output", "params", "section"]

FLOPS = Formula("2*M", M="multiply-accumulates")
OUTPUT_BYTES = Formula("B*N", B="bytes of a number (float32)", N="numbers of the output")
WEIGHT_BYTES = Formula("B*P", B="bytes of a number (float32)", P="parameters")

#: names of the spatial axes, by their number
AXES: dict[int, tuple[str, ...]] = {
    0: (),
    1: ("length",),
    2: ("height", "width"),
    3: ("depth", "height", "width"),
}


@record
class Subject:
    """One layer at one place; with the receptive fields of the whole network, where they are asked for."""

    network: Network
    node: Node
    fields: tuple[NodeField, ...] = ()

    @property
    def layer(self) -> Layer:
        return self.node.layer

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return self.network.input_shapes(self.node)

    @property
    def output(self) -> Shape:
        return self.node.output

    @property
    def weights(self) -> tuple[Weight, ...]:
        return self.layer.weights(*self.inputs)

    @property
    def parameters(self) -> tuple[Weight, ...]:
        return tuple(w for w in self.weights if w.role == "parameter")


def output(of: Subject) -> Part:
    """The sizes of the result, axis by axis; equal axes once."""
    axes = of.layer.axes(*of.inputs)
    rows: list[Row] = []
    checks: list[Row] = []
    groups = _alike(axes, of.output)
    for names, axis, derivation in groups:
        given = givens(derivation)
        rows += [Row("Axis", (names,))] if of.output.rank > 1 else []
        rows += [Row("Given", given)] if given else []
        rows.append(Row("Formula", (chain("size", derivation),)))
        check = _size_check(of, axis)
        checks += [Row("Check", (f"{names}: ", *check) if len(groups) > 1 else check)] if check else []
    if not groups:
        rows.append(Row("Rule", (section(of.layer, "Shape") or "",)))
    elif axes[0] is None and of.output.rank > 1:
        rows.append(Row("Channels", _channels(of)))
    order = {3: " (channels x height x width)", 4: " (channels x depth x height x width)"}
    answer: Prose = (of.output, order.get(of.output.rank, ""))
    rows.append(Row("Answer", answer, bold=True))
    return Part("Output size", (*rows, *checks), of.output)


def _alike(axes: tuple[Derivation | None, ...], result: Shape) -> list[tuple[str, int, Derivation]]:
    """The axes that formulas compute, by name; those with the same formula and values together."""
    count = result.rank - 1
    spatial = AXES.get(count) or [f"axis {i}" for i in range(2, count + 2)]
    names = ("channels" if count else "size", *spatial)
    found: list[tuple[list[str], int, Derivation]] = []
    for axis, derivation in enumerate(axes):
        if derivation is None:
            continue
        same = next((g for g in found if g[2] == derivation), None)
        if same:
            same[0].append(names[axis])
        else:
            found.append(([names[axis]], axis, derivation))
    return [(joined(same), axis, derivation) for same, axis, derivation in found]


def joined(names: list[str]) -> str:
    """depth, height and width"""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _channels(of: Subject) -> Prose:
    """Why there are so many channels, where no formula says it."""
    word = type(of.layer).word
    count: Prose = (counted(of.output.channels),)
    if word.out is not None and getattr(of.layer, word.out) is not None:
        docs = {f.name: f.metadata["doc"] for f in fields(of.layer)}  # type: ignore[arg-type]
        return (*count, f", the {docs[word.out]}")
    return (*count, ", as many as come in: each by itself")


def _size_check(of: Subject, axis: int) -> Prose | None:
    """Where the last window ends; or the way back, for a layer that inverts another."""
    windows, back = of.layer.windows(*of.inputs), of.layer.back(*of.inputs)
    size = of.output.dims[axis]
    if back is not None:
        steps = chain(None, back[axis - 1]).sides[1:]  # its names stand for other values than those given
        return ("backwards, a convolution gives the input again: ", Line(steps))
    if windows is None or not 1 <= axis <= len(windows):
        return None
    w, before = windows[axis - 1], of.inputs[0].dims[axis]
    if not all(isinstance(v, int) for v in (size, before, *_fields(w))):
        return None
    return _last_window(w, size, before)


def _fields(w: Window) -> tuple[Dim, ...]:
    return (w.kernel, w.stride, w.before, w.after, w.dilation)


def _last_window(w: Window, size: Dim, before: Dim) -> Prose:
    span = "F" if w.dilation == 1 else "D*(F - 1) + 1"
    values = {
        "O": size,
        "S": w.stride,
        "F": w.kernel,
        "D": w.dilation,
        "W": before,
        "A": w.before,
        "B": w.after,
    }
    end, room = Formula(f"(O - 1)*S + {span}")(**values), Formula("W + A + B")(**values)
    sentence: Prose = (
        "the last window ends at ",
        inline(f"(O - 1)*S + {span}", values),
        ", the padded input at ",
        inline("W + A + B", values) if w.before or w.after else f"{room:,}",
    )
    rest = room - end
    if rest < 0:
        return (*sentence, f": it overhangs by {-rest}, which rounding up allows")
    if rest == 0:
        return (*sentence, ": nothing is left over")
    if rest < w.stride:
        return (*sentence, f": {rest} left over, less than the stride {w.stride}")
    start = inline("O*S", values)
    return (*sentence, ": one more would start at ", start, ", behind the input and its padding before")


def params(of: Subject) -> Part:
    """The number of parameters: one formula, then tensor by tensor."""
    derivation = of.layer.params(*of.inputs)
    own = of.parameters
    if not own:
        return Part("Parameters", (Row("Answer", ("0 parameters: nothing is learned here",), bold=True),), 0)
    biases = [w for w in own if "bias" in w.name]
    factors = [w for w in own if "bias" not in w.name]
    convention = "biases included" if biases else "there are no biases"
    rows = [
        *worked("params", derivation),
        Row(
            "Answer",
            (counted(derivation.value), f" parameters{roughly(derivation.value)}; {convention}"),
            bold=True,
        ),
    ]
    if len(own) > 1 or len(own[0].shape) > 1:
        rows.append(Row("Check", _by_shapes(of)))
    if len(own) > 2:
        counts = of.layer.counts(*of.inputs)
        tensors = Row("Tensors", tuple([chain(w.name, counts[w.name]) for w in own]))
        rows.insert(-2, tensors)  # before answer and check
    if biases and factors:
        rest = sum((w.elements for w in factors), 0)
        rows.append(Row("Trap", (counted(rest), " forgets the biases")))
    running = [w for w in of.weights if w.role == "buffer" and w.dtype == "float"]
    if running:
        both = derivation.value + sum((w.elements for w in running), 0)
        rows.append(Row("Trap", (counted(both), " counts the running statistics too, which are not trained")))
    return Part("Parameters", tuple(rows), derivation.value)


def _by_shapes(of: Subject) -> Prose:
    """The same by the shapes of the tensors, torch's where it has such a layer: 10·3·5·5 + 10 = 760."""
    tensors = of.parameters
    values: dict[str, Dim] = {}
    terms = []
    for i, w in enumerate(tensors):
        names = [f"n_{i}_{axis}" for axis in range(len(w.shape))]
        values |= dict(zip(names, w.shape, strict=True))
        terms.append("*".join(names))
    told = ", ".join(f"{w.name} {Shape(w.shape).pretty()}" for w in tensors)
    own = of.layer.torch_call(*of.inputs).target.startswith("cnncalc.")
    return (f"{'the tensors are' if own else 'torch has'} {told}: ", inline(" + ".join(terms), values))


def macs(of: Subject) -> Part:
    """Multiply-accumulates of one image."""
    derivation = of.layer.macs(*of.inputs)
    if derivation.value == 0:
        text = "0 MACs: only convolutions and matrix products are counted"
        return Part("Multiply-accumulates", (Row("Answer", (text,), bold=True),), 0)
    rows = [
        *worked("MACs", derivation),
        Row(
            "Answer",
            (
                counted(derivation.value),
                f" MACs{roughly(derivation.value)} for one image; adding biases is not counted",
            ),
            bold=True,
        ),
    ]
    check = _macs_check(of)
    if check:
        rows.append(Row("Check", check))
    return Part("Multiply-accumulates", tuple(rows), derivation.value)


def _macs_check(of: Subject) -> Prose | None:
    """Every output number is a sum over its inputs; or every input number goes into so many outputs."""
    fans = of.layer.fans(*of.inputs)
    if len(fans) != 1 or fans[0].sums_over is None:
        return None
    forward = fans[0].sums_over == "inputs"
    whole = of.output if forward else of.inputs[0]
    each = (fans[0].true_in if forward else fans[0].true_out).value
    what = ("output", "is a sum of ", " products") if forward else ("input", "goes into ", " products")
    return (
        "each of the ",
        _product(whole.dims),
        f" {what[0]} numbers {what[1]}",
        counted(each),
        f"{what[2]}: ",
        inline("N*f", {"N": whole.elements, "f": each}),
    )


def _product(dims: tuple[Dim, ...]) -> Line:
    """10·32·32 = 10,240"""
    values = {f"n_{i}": size for i, size in enumerate(dims)}
    return inline("*".join(values), values)


def flops(of: Subject) -> Part | None:
    """Floating-point operations: two for a multiply-accumulate; None where there are none."""
    count = of.layer.macs(*of.inputs).value
    if count == 0:
        return None
    derivation = Derivation(FLOPS, {"M": count})
    convention = f" FLOPs{roughly(derivation.value)} for one image, 2 for each MAC"
    rows = (
        Row("Given", givens(derivation)),
        Row("Formula", (chain("FLOPs", derivation),)),
        Row("Answer", (counted(derivation.value), convention), bold=True),
        Row("Trap", (counted(count), " is the number of MACs, which some tools call FLOPs")),
    )
    return Part("Floating-point operations", rows, derivation.value)


def memory(of: Subject) -> Part:
    """Bytes of the output, and of the parameters."""
    kept = Derivation(OUTPUT_BYTES, {"B": 4, "N": of.output.elements})
    rows: list[Row] = [
        Row("Given", givens(kept)),
        Row("Output", (chain("bytes", kept),)),
        Row("Answer", (*in_bytes(kept.value), " for the output of one image"), bold=True),
    ]
    count = of.layer.params(*of.inputs).value
    if count != 0:
        owned = Derivation(WEIGHT_BYTES, {"B": 4, "P": count})
        rows += [
            Row("Weights", (chain("bytes", owned),)),
            Row("Answer", (*in_bytes(owned.value), " for the parameters, whatever the batch"), bold=True),
        ]
    return Part("Memory", tuple(rows), kept.value)


def in_bytes(count: Dim) -> Prose:
    """So many bytes, in KiB or MiB too where that is shorter."""
    for unit, size in (("MiB", 2**20), ("KiB", 2**10)):
        if isinstance(count, int) and count >= size:
            exact = f"{count / size:.4g}"
            sign = "=" if count * 10**3 % size == 0 and float(exact) * size == count else "≈"
            return (counted(count), f" bytes {sign} {exact} {unit}")
    return (counted(count), " bytes")


def section(layer: Layer, heading: str) -> str | None:
    """What the kind's documentation says under a heading, on one line; None if it says nothing."""
    for cls in type(layer).__mro__:
        _, found, rest = (cls.__doc__ or "").partition(f"## {heading}\n")
        if found:
            return " ".join(rest.split("\n\n", 1)[0].split())
    return None
