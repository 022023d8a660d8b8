"""Explanations are true: every line of arithmetic, every last step, for every kind; and in LaTeX well-formed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnncalc import analyse, load
from cnncalc.analysis import Analysis
from cnncalc.errors import SpecError
from cnncalc.layers import Layer
from cnncalc.layers.activation import KINDS as ACTIVATIONS
from cnncalc.network import Network, Node
from cnncalc.passes.cost import costs
from cnncalc.passes.receptive_field import receptive_fields
from cnncalc.report.explain import QUANTITIES, Document, explain
from cnncalc.report.explain.latex import document_as_latex
from cnncalc.report.explain.markdown import document_as_markdown
from cnncalc.report.explain.model import Given, Line, Part
from cnncalc.report.explain.quantities import Subject
from cnncalc.report.explain.text import document_as_text, equation
from cnncalc.report.style import Style
from cnncalc.shape import Shape
from tests.layers.cases import ONE_PER_CLASS, cases
from tests.layers.twin import answer
from tests.report.arithmetic import sides_agree, value
from tests.report.latex import faults

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same'", "ignore:Initializing zero-element tensors"
)

every_kind = pytest.mark.parametrize("name", ONE_PER_CLASS)

few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])

NETWORKS = {
    "conv": "3x32x32 conv5-10/1,p2",
    "grouped": "64x56x56 conv3-128/2,p1,g32,nobias",
    "dilated": "3x12x9 conv3-4,d2",
    "chain": "3x32x32 conv3-16,p1 bn relu maxpool2 flatten fc-10",
    "residual": "8x9x9 res(conv3-8,p1 bn | conv1-8)",
    "symbols": "CxHxW conv7-K/2,p3 bn relu",
    "attention": "10x64 attention4",
    "tconv": "8x16x16 tconv4-4/2,p1",
    "ceil": "4x7x7 maxpool2/3,ceil",
    "flat": "784 dropout0.3 fc-10",
}


def placed(layer: Layer, shapes: tuple[tuple[int, ...], ...]) -> Subject:
    """A layer behind nodes that give it its inputs."""
    same = ACTIVATIONS["identity"]()
    first = Shape(shapes[0])
    before = [Node(i, f"x{i}", same, (-1,), Shape(s)) for i, s in enumerate(shapes)]
    output = layer.output(*(Shape(s) for s in shapes))
    node = Node(len(before), "layer", layer, tuple(range(len(before))), output)
    network = Network(None, None, first, (*before, node), node.index, {})
    return Subject(network, node)


def lines(part: Part) -> Iterator[tuple[Line, dict[str, Any]]]:
    """All arithmetic of a part, with the names that are given so far."""
    names: dict[str, Any] = {"N": Fraction(7)}  # the batch, which statistics leave open
    for row in part.rows:
        for item in row.content:
            if isinstance(item, Given):
                text = equation(Line((item.value,)))
                names[item.name] = value(text, names)
            elif isinstance(item, Line):
                yield item, names


def last_number(part: Part) -> Fraction:
    """What the last line of the row before the answer comes to, read back from the text."""
    index = next(i for i, row in enumerate(part.rows) if row.label == "Answer")
    found = [item for row in part.rows[:index] for item in row.content if isinstance(item, Line)]
    sides = [line for line in found if line.name != "bias"]
    return Fraction(value(equation(Line(sides[-1].sides[-1:])), {}))


def subject(data: st.DataObject, name: str) -> Subject:
    layer, shapes = data.draw(cases(name))
    assume(answer(layer, shapes) is not None)
    return placed(layer, shapes)


@every_kind
@few
@given(st.data())
def test_every_line_of_arithmetic_is_true(name: str, data: st.DataObject) -> None:
    of = subject(data, name)
    for quantity, explainer in QUANTITIES.items():
        part = explainer(of) if quantity != "rf" else None
        for line, names in lines(part) if part else ():
            assert sides_agree(equation(line), names) >= 1


@every_kind
@few
@given(st.data())
def test_the_last_step_is_what_the_analysis_says(name: str, data: st.DataObject) -> None:
    of = subject(data, name)
    (cost,) = costs(Network(None, None, of.network.input, of.network.nodes, 0, {}))[-1:]
    expected = {"params": cost.params, "macs": cost.macs, "flops": 2 * cost.macs}
    for quantity, number in expected.items():
        part = QUANTITIES[quantity](of)
        if part is None or number == 0:
            assert number == 0
            assert part is None or part.value == 0
            continue
        assert part.value == number
        if quantity != "params" or len(of.parameters) < 3:
            assert last_number(part) == number


@every_kind
@few
@given(st.data())
def test_sizes_come_to_the_output(name: str, data: st.DataObject) -> None:
    of = subject(data, name)
    part = QUANTITIES["output"](of)
    assert part is not None
    assert part.value == of.output
    sizes = [
        line for row in part.rows for line in row.content if row.label == "Formula" and isinstance(line, Line)
    ]
    derived = {d.value for d in of.layer.axes(*of.inputs) if d is not None}
    assert {value(equation(Line(line.sides[-1:])), {}) for line in sizes} == derived


def documents(words: str) -> Iterator[Document]:
    """The explanation of a whole network, and of each of its layers."""
    network = load(words)
    analysis = analyse(network)
    yield explain(network, analysis)
    for node in network.nodes:
        yield explain(network, analysis, layer=node.name)


@pytest.mark.parametrize("words", NETWORKS.values(), ids=NETWORKS)
def test_latex_is_well_formed(words: str) -> None:
    for document in documents(words):
        assert faults(document_as_latex(document)) == []


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no TeX here")
def test_latex_compiles(tmp_path: Path) -> None:
    fragments = [document_as_latex(d) for words in NETWORKS.values() for d in documents(words)]
    text = "\\clearpage\n".join(fragments)
    head = r"\documentclass{article}\usepackage{amsmath,booktabs}\begin{document}"
    (tmp_path / "all.tex").write_text(f"{head}\n{text}\n\\end{{document}}\n", encoding="utf-8")
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:]


@pytest.mark.parametrize(
    "text",
    [
        r"\begin{align*} a &= 1",
        r"\begin{align*} a &= 1 \end{tabular}",
        "$x",
        "{",
        "a & b",
        r"\frac{1}{2}",
        r"$\left( 1$",
        r"\unknown",
        "a_b",
        "5 × 5",
        r"\begin{align*} a &= b &= c \end{align*}",
        "\\begin{align*}\n\n\\end{align*}",
    ],
)
def test_ill_formed_latex_would_be_noticed(text: str) -> None:
    assert faults(text) != []


@pytest.mark.parametrize("words", [*NETWORKS.values(), "resnet18", "googlenet"])
def test_text_fits_80_columns_and_narrower_ones(words: str) -> None:
    network = load(words)
    document = explain(network, analyse(network))
    for width in (None, 100, 80, 60):
        text = document_as_text(document, Style(width=width))
        assert max(map(len, text.splitlines())) <= min(width or 80, 80)


def test_only_the_answers_and_headings_are_bold() -> None:
    network = load("3x32x32 conv5-10/1,p2")
    document = explain(network, analyse(network))
    plain, bold = (document_as_text(document, Style(80, colour=c)) for c in (False, True))
    assert re.sub("\x1b\\[\\d*m", "", bold) == plain
    assert "\x1b" not in plain
    marked = re.findall("\x1b\\[1m(.*?)\x1b\\[0m", bold)
    assert {"conv1", "Parameters"} <= set(marked)
    assert any(text.strip().startswith("Answer    760 parameters") for text in marked)


@pytest.mark.parametrize(
    "words", ["3x64x64 conv7-8/2,p3 maxpool3/2,p1 conv3-8,p2,d2 tconv4-4/2,p1", "3x9x14 conv3-4/2 conv3-8"]
)
def test_receptive_fields_are_those_of_the_pass(words: str) -> None:
    network = load(words)
    analysis = analyse(network)
    for node, expected in zip(network.nodes, receptive_fields(network), strict=True):
        document = explain(network, analysis, layer=node.name, quantities=["rf"])
        (part,) = document.layers[0].parts
        assert part.value == expected.fields[0].size
        for line, names in lines(part):
            assert sides_agree(equation(line), names) >= 1
        starts = [line for line, _ in lines(part) if line.name == "start"]
        if starts:
            assert value(equation(Line(starts[0].sides[-1:])), {}) == expected.fields[0].start


def test_markdown_says_the_same_numbers_as_text() -> None:
    for words in NETWORKS.values():
        for document in documents(words):
            texts = document_as_text(document, Style()), document_as_markdown(document)
            text, markdown = (sorted(set(re.findall(r"\d[\d,.]*\d|\d", t))) for t in texts)
            assert text == markdown


def analysed(words: str) -> tuple[Network, Analysis]:
    network = load(words)
    return network, analyse(network)


def test_the_same_layer_is_explained_once() -> None:
    document = explain(*analysed("8x9x9 3*(conv3-8,p1 relu) fc-4"))
    assert [e.title for e in document.layers] == ["conv1, conv2, conv3", "fc1"]


def test_a_block_is_explained_as_a_chain() -> None:
    document = explain(*analysed("resnet18"), layer="layer1.0")
    assert document.chain is not None
    assert {line.name.split(".")[0] for line in document.chain.lines} == {"layer1"}


def test_large_networks_are_a_table_and_a_hint() -> None:
    document = explain(*analysed("vgg16"))
    assert document.layers == ()
    assert document.hint is not None
    assert "--layer features" in document.hint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer": "conv9"}, "no layer is called 'conv9' .did you mean conv1"),
        ({"layer": "xyz"}, "no layer is called 'xyz' .layers: conv1, relu1"),
        ({"quantities": ["parms"]}, "no quantity is called 'parms' .did you mean params"),
        ({"quantities": ["statistics"]}, "no layer here has statistics"),
    ],
)
def test_errors_say_what_helps(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        explain(*analysed("3x9x9 conv3-8 relu"), **options)


def test_totals_are_the_sums_of_the_rows() -> None:
    network, analysis = analysed("lenet5")
    chain = explain(network, analysis).chain
    assert chain is not None
    for column in (3, 4, 5):
        assert chain.total[column] == sum(line.cells[column] for line in chain.lines)  # type: ignore[misc]
    assert chain.total[3] + chain.total[4] == analysis.totals.params  # type: ignore[operator]
    assert chain.total[5] == analysis.totals.macs
