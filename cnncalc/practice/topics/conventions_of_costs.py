"""Two counts that differ, and are both right: FLOPs, megabytes, parameters with biases or statistics."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from cnncalc.layers import Derivation
from cnncalc.practice import slips
from cnncalc.practice.answers import Answer, Number, Parts, exact
from cnncalc.practice.bytes import FLOATS, told
from cnncalc.practice.compose import distinct, of_slips
from cnncalc.practice.costs import in_numbers, macs, params, renamed
from cnncalc.practice.draw import Draw
from cnncalc.practice.model import Draft, Grid, Worked
from cnncalc.practice.words import counted, square
from cnncalc.practice.working import Line, Working
from cnncalc.report.explain.quantities import FLOPS
from cnncalc.symbolic import Formula

__all__ = ["UNIT_RATIOS", "flops", "megabytes", "separable", "summaries"]

#: kernel and filters for which 1/K + 1/F² is one over a whole number
UNIT_RATIOS = ((3, 18), (3, 72), (5, 100), (7, 294))
_BOTH = "Both are right."


@cache
def _operations(asked: str) -> Working:
    """From a paper's M, the MACs of an image, to a tool's T, all operations of n images; or back."""
    added = Line(
        "N",
        "additions of biases",
        Formula("O*O*K", O="output size", K="filters"),
        ((slips.BIAS_ADDED_ONCE, Formula("K")),),
    )
    if asked == "tool":
        of_image = (
            (slips.MAC_AS_FLOP, Formula("M + N")),
            (slips.FORGOT_BIAS, Formula("2*M")),
        )
        own = (
            Line("E", "operations for an image", Formula("2*M + N", M="FLOPs of the paper"), of_image),
            Line("T", "tool", Formula("n*E", n="images"), ((slips.FORGOT_BATCH, Formula("E")),)),
        )
    else:
        of_batch = Formula("T / n", T="FLOPs of the tool", n="images")
        of_macs = (
            (slips.MAC_AS_FLOP, Formula("E - N")),
            (slips.FORGOT_BIAS, Formula("E / 2")),
        )
        own = (
            Line("E", "operations for an image", of_batch, ((slips.FORGOT_BATCH, Formula("T")),)),
            Line("M", "paper", Formula("(E - N) / 2"), of_macs),
        )
    return Working((added, *own, Line("R", "tool/paper", Formula("T / M"))))


def flops(draw: Draw) -> Draft:
    """A paper's FLOPs, which are MACs, and a tool's, which are operations."""
    layer = {
        "F": draw.one((1, 3, 5)),
        "C": draw.one((3, 16, 32, 64, 128)),
        "K": draw.one((16, 32, 64, 128)),
        "O": draw.one((8, 14, 16, 28, 32, 56)),
    }
    images, asked = draw.one((4, 8, 16, 32)), draw.one(("tool", "paper"))
    each = layer["F"] ** 2 * layer["C"]
    paper = macs("conv").evaluate(layer)
    tool = images * (FLOPS.evaluate({"M": paper}) + paper // each)
    given = {"O": layer["O"], "K": layer["K"], "n": images, "M": paper, "T": tool}
    del given["T" if asked == "tool" else "M"]
    working = _operations(asked)

    def answer(v: Mapping[str, Any]) -> Answer:
        return Parts(((asked, Number(v["T" if asked == "tool" else "M"])), ("tool/paper", Number(v["R"]))))

    by_paper = "counts a MAC as one FLOP, leaves the biases out, and takes one image"
    by_tool = (
        "counts a MAC as two FLOPs, the addition of a bias to a number of the output as one more, and takes a batch of "
        f"{images} images"
    )
    claims = (
        f"A paper says that it takes {paper:,} FLOPs: it {by_paper}. A tool {by_tool}."
        if asked == "tool"
        else f"A tool says that it takes {tool:,} FLOPs: it {by_tool}. A paper {by_paper}."
    )
    return Draft(
        values={**layer, "n": images, "asked": asked},
        stem=(
            f"A convolutional layer has {layer['K']} filters of {square(layer['F'])} and an input with {layer['C']} "
            f"channels. Its output is a map of {square(layer['O'])}×{layer['K']} (H×W×C).",
            claims,
            f"{_BOTH} How many FLOPs does the {asked} give, and what is the exact ratio tool/paper?",
        ),
        answer=answer(working.values(given)),
        distractors=of_slips(working, given, answer),
        steps=working.worked(given),
        check=f"For a number of the output the paper counts {square(layer['F'])}·{layer['C']} = {each:,}, the tool 2·{each:,} "
        f"+ 1 = {2 * each + 1:,}; {images} images: {images}·{2 * each + 1:,}/{each:,} = {exact(Fraction(tool, paper))}.",
        trap=f"The ratio is more than {2 * images}: the fewer MACs for a number of the output, the more its bias weighs.",
    )


#: side and channels of maps whose bytes end soon both in 2²⁰ and in 10⁶
_ROUND_MAPS = (
    *((40, 256), (40, 512), (80, 64), (80, 128), (80, 256), (120, 256), (160, 32), (160, 64)),
    *((160, 128), (200, 256), (240, 64), (320, 16), (320, 32), (320, 64)),
)


@cache
def _megabytes(asked: str, *, kept: bool) -> Working:
    """From the notes' U to the tool's V, or back; `kept`: the tool counts the ReLU's output too."""
    if asked == "tool":
        lines = (
            Line(
                "b",
                "bytes of the map",
                Formula("U*1024*1024", U="MB in the notes"),
                ((slips.SAME_UNIT, Formula("U*1000000")),),
            ),
            Line("a", "with that of the ReLU", Formula("2*b"), ((slips.RELU_ALIKE, Formula("b")),)),
            Line(
                "t",
                "bytes of the batch",
                Formula("n*a" if kept else "n*b", n="images"),
                ((slips.FORGOT_BATCH, Formula("a" if kept else "b")),),
            ),
            Line("V", "MB of the tool", Formula("t/1000000")),
        )
    else:
        lines = (
            Line(
                "t",
                "bytes of the batch",
                Formula("V*1000000", V="MB of the tool"),
                ((slips.SAME_UNIT, Formula("V*1024*1024")),),
            ),
            Line(
                "b",
                "bytes for an image",
                Formula("t/n", n="images"),
                ((slips.FORGOT_BATCH, Formula("t")),),
            ),
            Line("a", "without the ReLU's", Formula("b/2"), ((slips.RELU_ALIKE, Formula("b")),)),
            Line("U", "MB in the notes", Formula("a/(1024*1024)" if kept else "b/(1024*1024)")),
        )
    return Working(lines if kept else tuple([line for line in lines if line.name != "a"]))


def megabytes(draw: Draw) -> Draft | None:
    """A map in the MB of course notes and in those of a tool."""
    (side, channels), kind = draw.one(_ROUND_MAPS), draw.one(tuple(FLOATS))
    images, kept, asked = draw.one((8, 16, 32, 64)), draw.often(0.6), draw.one(("tool", "notes"))
    size = FLOATS[kind]
    plane = side * side * size
    notes, tool = (
        Fraction(plane * channels, 1 << 20),
        Fraction(plane * channels * images * (1 + kept), 10**6),
    )
    if any(10_000 % value.denominator for value in (notes, tool)):
        return None
    given = {"n": images, **({"U": notes} if asked == "tool" else {"V": tool})}
    working = _megabytes(asked, kept=kept)

    def answer(v: Mapping[str, Any]) -> Answer:
        return Number(v["V" if asked == "tool" else "U"], "MB")

    by_notes = "one MB has 2²⁰ bytes, the ReLU works in place, so that it has no output of its own, and one image is counted"
    by_tool = "one MB has 10⁶ bytes, " + (
        "the output of the ReLU is kept beside that of the convolution, "
        if kept
        else "the ReLU works in place as well, "
    )
    by_tool += f"and a batch of {images} images is counted"
    claims = (
        f"Course notes say that they take {exact(notes)} MB: {by_notes}. In a tool {by_tool}."
        if asked == "tool"
        else f"A tool says that they take {exact(tool)} MB: {by_tool}. In course notes {by_notes}."
    )
    return Draft(
        values={"H": side, "C": channels, "kind": kind, "n": images, "kept": kept, "asked": asked},
        stem=(
            f"The output of a convolution is a map of {square(side)}×{channels} (H×W×C), kept in {kind}. A ReLU follows. "
            "Course notes and a tool both tell how much memory the outputs of the two layers take.",
            claims,
            f"{_BOTH} How many MB do the outputs take {'in the tool' if asked == 'tool' else 'in the notes'}?",
        ),
        conventions=told(kind),
        answer=answer(working.values(given)),
        distractors=of_slips(working, given, answer),
        steps=working.worked(given),
        check=f"The map has {side}·{side}·{channels} numbers of {size} bytes, {plane * channels:,} bytes: "
        f"{exact(notes)}·2²⁰; {'twice that ' if kept else 'that '}for {images} images is {exact(tool)}·10⁶.",
        trap="The two MB differ by 4.9 % only: the batch makes most of the difference.",
    )


def separable(draw: Draw) -> Draft:
    """A ratio of weights, which is a whole number, and that of all parameters, which is not."""
    kernel, filters = draw.one(UNIT_RATIOS)
    channels = draw.one((12, 16, 24, 32, 48, 64, 96, 128, 192, 256))
    norm = draw.often(0.5)
    full = {"F": kernel, "C": channels, "K": filters}
    conv, dwconv = params("conv", bias=False), params("dwconv", bias=False)
    pointwise = renamed(conv, F="1")
    of_a, of_d, of_p = (
        conv.evaluate(full),
        dwconv.evaluate({"F": kernel, "K": channels}),
        pointwise.evaluate(full),
    )
    of_b = of_d + of_p

    def parts(each: int, depthwise: int) -> Parts:
        """With so many more parameters for each filter, and for each depthwise one."""
        a, b = of_a + each * filters, of_b + each * filters + depthwise * channels
        return Parts((("A", Number(a)), ("B", Number(b)), ("A/B", Number(Fraction(a, b)))))

    own = 2 if norm else 1
    answer = parts(own, own)
    wrong = (
        [
            (slips.FORGOT_NORM, parts(0, 0)),
            (slips.ONE_PER_CHANNEL, parts(1, 1)),
            (slips.FOUR_PER_CHANNEL, parts(4, 4)),
        ]
        if norm
        else [(slips.FORGOT_BIAS, parts(0, 0)), (slips.NO_DEPTHWISE_BIAS, parts(1, 0))]
    )
    by_tool = (
        "also counts γ and β of the batch normalisations: one follows each of the three convolutions, which have no biases"
        if norm
        else "counts the biases too: every filter has one, the depthwise ones as well"
    )
    more = ("2·" if norm else "") + str(filters), ("2·" if norm else "") + str(channels)
    return Draft(
        values={**full, "norm": norm},
        stem=(
            f"A and B take {channels} channels to {filters}: A is a standard convolution with {square(kernel)} "
            f"kernels, B a depthwise separable one, {square(kernel)} depthwise and then 1×1.",
            f"A paper counts weights, and says that A has exactly {of_a // of_b} times as many as B. A tool {by_tool}.",
            f"{_BOTH} How many parameters do A and B have in the tool, and what is the exact ratio A/B there?",
        ),
        answer=answer,
        distractors=distinct(answer, wrong),
        steps=(
            Worked("A weights", Derivation(conv, full)),
            in_numbers("B depthwise weights", dwconv, {"F": kernel, "K": channels}),
            in_numbers("B pointwise weights", pointwise, full),
            f"A: {of_a:,} + {more[0]} = {of_a + own * filters:,}.",
            f"B: {of_d:,} + {of_p:,} + {more[1]} + {more[0]} = {of_b + own * (filters + channels):,}.",
        ),
        check=f"Of the weights A has {of_a:,}/{of_b:,} = {of_a // of_b} times as many. Both get {more[0]} more, and B "
        f"another {more[1]}: the ratio is smaller.",
        trap=f"1/{filters} + 1/{kernel**2} holds for the weights; "
        f"{'γ and β are' if norm else 'biases are'} not in it.",
    )


_MORE = {
    "Keras": "The summary of Keras also counts the moving mean and the moving variance of every channel, as not trainable",
    "state_dict": "PyTorch's state_dict also holds the running mean and the running variance of every channel, and for each "
    "normalisation a counter of batches; these are not trainable",
}


def summaries(draw: Draw) -> Draft:
    """Parameters that are learned, and all numbers that are kept."""
    depth, kernel = draw.one((1, 3)), draw.one((3, 5))
    widths = [draw.one((8, 16, 32))]
    for _ in range(draw.whole(1, 3)):
        widths.append(widths[-1] * draw.one((1, 2)))
    outputs = draw.one((10, 20, 100))
    kernels = [kernel, *[3] * (len(widths) - 1)]
    conv, norm = params("conv", bias=False), renamed(params("bn"), C="K")
    weights = [
        conv.evaluate({"F": f, "C": c, "K": k})
        for f, c, k in zip(kernels, [depth, *widths], widths, strict=False)
    ]
    learned = (
        sum(weights)
        + sum(norm.evaluate({"K": k}) for k in widths)
        + params("linear").evaluate({"N": widths[-1], "K": outputs})
    )
    asked = draw.one(("Keras", "state_dict", "channels"))
    values = {"depth": depth, "kernels": kernels, "widths": widths, "outputs": outputs, "asked": asked}
    if asked == "channels":
        return _from_difference(values, learned, sum(widths))
    counters = len(widths) if asked == "state_dict" else 0
    kept = Formula("2*S + L" if counters else "2*S", S="channels of all normalisations", L="normalisations")
    total = Formula("P + R", P="parameters")
    given = {"S": sum(widths), "L": counters}

    def parts(each: int, counters: int = counters) -> Parts:
        more = each * sum(widths) + counters
        return Parts((("all", Number(learned + more)), ("not trainable", Number(more))))

    answer = parts(2)
    rows = [
        (f"conv{i}", square(f), str(k)) for i, (f, k) in enumerate(zip(kernels, widths, strict=True), start=1)
    ]
    own = 2 * sum(widths)
    return Draft(
        values=values,
        stem=(
            f"A network takes an image with {counted(depth, 'channel')} through these layers. The convolutions have no biases, "
            "and a batch normalisation follows each. A global average pooling comes before fc, whose units have biases.",
            Grid((*rows, ("fc", "", str(outputs))), ("layer", "kernel", "outputs")),
            f"PyTorch counts {learned:,} parameters, with γ and β of the normalisations. {_MORE[asked]}.",
            f"{_BOTH} How many numbers {'are in the summary' if asked == 'Keras' else 'does the state_dict hold'} in all, "
            "and how many of them are not trainable?",
        ),
        answer=answer,
        distractors=distinct(
            answer,
            [
                (slips.COUNTED_TWICE, parts(4)),
                (slips.ONE_PER_CHANNEL, parts(1)),
                (slips.FORGOT_COUNTER, parts(2, 0)),
            ],
        ),
        steps=(
            f"The normalisations have {' + '.join(map(str, widths))} = {sum(widths)} channels.",
            Worked("not trainable", Derivation(kept, {n: given[n] for n in kept.names})),
            Worked("all", Derivation(total, {"P": learned, "R": own + counters})),
        ),
        check=f"Without normalisations there are {learned:,} − {own} = {learned - own:,} parameters; four numbers for each "
        f"channel{f' and {counters} counters' if counters else ''} make {learned - own:,} + 4·{sum(widths)}"
        f"{f' + {counters}' if counters else ''} = {learned + own + counters:,}.",
        trap="γ and β are in both counts; only what is not learned comes on top.",
    )


def _from_difference(values: Mapping[str, Any], learned: int, channels: int) -> Draft:
    """What the difference of two counts tells."""
    total = learned + 2 * channels
    halved = Formula("(T - P) / 2", T="numbers in the summary", P="parameters")
    own = renamed(params("bn"), C="S channels of all normalisations")

    def parts(found: int) -> Parts:
        return Parts((("channels", Number(found)), ("γ and β", Number(own.evaluate({"S": found})))))

    answer = parts(channels)
    return Draft(
        values={**values, "learned": learned, "total": total},
        stem=(
            f"PyTorch counts {learned:,} parameters of a network with batch normalisations, and the summary of Keras has "
            f"{total:,} in all. PyTorch counts γ and β of each normalisation. {_MORE['Keras']}.",
            f"{_BOTH} How many channels do the normalisations have together, and how many of PyTorch's parameters are γ or β?",
        ),
        answer=answer,
        distractors=distinct(
            answer,
            [(slips.COUNTED_TWICE, parts(channels // 2)), (slips.ONE_PER_CHANNEL, parts(2 * channels))],
        ),
        steps=(
            Worked("channels", Derivation(halved, {"T": total, "P": learned})),
            Worked("γ and β", Derivation(own, {"S": channels})),
        ),
        check=f"The difference, {total - learned}, is a mean and a variance for each channel, as many numbers as γ and β.",
        trap="A channel has four numbers, but the two counts differ by two of them only.",
    )
