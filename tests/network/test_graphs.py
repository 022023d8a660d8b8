"""From documents to graphs: names and scopes, inputs, repetition, conditions, variables, shared weights."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc import analyse, load
from cnncalc.errors import CnncalcError
from cnncalc.network import Network, build
from cnncalc.report.table import tabulate
from cnncalc.spec.files import document_of_text


def network(body: str, *, preset: str | None = None, **settings: int | float | str) -> Network:
    """The network of a YAML file without its first line."""
    return build(
        document_of_text(f"cnncalc: 1\n{body}", "yaml", "net.yaml"), preset=preset, settings=settings
    )


def names(net: Network) -> list[str]:
    return [node.name for node in net.nodes]


def refused(body: str, **settings: int) -> str:
    with pytest.raises(CnncalcError) as error:
        network(body, **settings)
    return str(error.value)


def test_words_are_called_after_their_kinds_and_counted() -> None:
    assert names(load("3x8x8 conv1-4 relu conv1-4 res(bn relu) 2*(conv1-4 bn)")) == [
        *("conv1", "relu1", "conv2", "bn1", "relu2", "add1", "conv3", "bn2", "conv4", "bn3")
    ]


def test_a_named_list_counts_its_children_as_sequential_does() -> None:
    net = network(
        "input: 3x8x8\nlayers:\n  - features: ['conv1-4 relu', '2*(conv1-4 bn)', {sub: [relu]}, 'res(relu)', gap]"
    )
    assert names(net) == [
        *(f"features.{i}" for i in range(6)),
        "features.sub.0",
        *("features.6.relu1", "features.6.add1"),
        "features.7",
    ]


def test_names_given_by_hand_are_kept_free() -> None:
    assert names(network("input: 3x8x8\nlayers: [relu, {relu1: relu}, relu]")) == ["relu2", "relu1", "relu3"]


BLOCK = "blocks: {unit: {args: {out: , k: 1}, layers: ['conv{k}-{out}', {act: relu}]}}\n"


def test_blocks_are_scopes_and_repetitions_count_from_zero() -> None:
    net = network(
        f"input: 3x8x8\n{BLOCK}layers:\n  - unit: {{out: 4}}\n  - {{unit: {{out: 5, k: 3}}, repeat: 2, name: stage}}\n"
        "  - {layer: relu, repeat: 2}\n  - {layer: 'bn relu', repeat: 2, name: tail}\n  - 'unit,out=7'\n"
    )
    assert names(net) == [
        *(
            "unit1.conv1",
            "unit1.act",
            "stage.0.conv1",
            "stage.0.act",
            "stage.1.conv1",
            "stage.1.act",
            "relu1",
            "relu2",
        ),
        *("tail.0.0", "tail.0.1", "tail.1.0", "tail.1.1", "unit2.conv1", "unit2.act"),
    ]
    assert str(net.output) == "7x4x4"


INDEXED = """\
input: 3x16x16
blocks:
  inner: {layers: ["conv1-{10 + i}"]}
  unit: {args: {out: , stride: 1}, layers: ["conv1-{out}/{stride}", inner]}
layers:
  - {unit: {out: "{4 + i}", stride: "{2 if i == 0 else 1}"}, repeat: 2, index: i, name: "block1-{i}"}
  - {relu: , repeat: 2, index: k, name: "act{k + 1}"}
  - {stage: ["{j}*(conv1-{20 + j})"], repeat: 3, index: j}
"""


def test_an_index_is_the_number_of_the_repetition_in_names_and_arguments_and_within() -> None:
    assert [(node.name, str(node.output)) for node in network(INDEXED).nodes] == [
        ("block1-0.conv1", "4x8x8"),
        ("block1-0.inner1.conv1", "10x8x8"),
        ("block1-1.conv1", "5x8x8"),
        ("block1-1.inner1.conv1", "11x8x8"),
        ("act1", "11x8x8"),
        ("act2", "11x8x8"),
        ("stage.1.0", "21x8x8"),
        ("stage.2.0", "22x8x8"),
        ("stage.2.1", "22x8x8"),
    ]


def test_from_speaks_of_any_earlier_name() -> None:
    net = network(
        "input: 3x8x8\nlayers:\n  - a: conv1-4\n  - s: [conv1-5, {b: conv1-6}]\n  - {layer: conv1-7, from: a, name: c}\n"
        "  - {layer: cat, from: [input, s.b, c, s], name: d}\n  - {layer: relu, from: s.0}\n"
    )
    by_name = {node.name: [("input", *names(net))[i + 1] for i in node.inputs] for node in net.nodes}
    assert by_name == {
        "a": ["input"],
        "s.0": ["a"],
        "s.b": ["s.0"],
        "c": ["a"],
        "d": ["input", "s.b", "c", "s.b"],
        "relu1": ["s.0"],
    }
    assert str(net.nodes[4].output) == f"{3 + 6 + 7 + 6}x8x8"
    assert str(net.output) == "5x8x8"


def test_the_output_is_that_of_the_last_item_also_where_it_passes_another_on() -> None:
    assert (
        str(network("input: 3x8x8\nlayers: [{stem: conv3-8}, relu6, {tail: [], from: stem}]").output)
        == "8x6x6"
    )
    assert str(network("input: 3x8x8\nlayers: [{stem: conv3-8}, {tail: [], from: input}]").output) == "3x8x8"


def test_a_block_gives_what_its_last_item_gives() -> None:
    inner = "{a: conv3-8}, {b: conv3-9}, {tail: [], from: %s}"
    net = network(f"input: 3x8x8\nlayers: [{{s: [{inner % 'a'}]}}]")
    (block,) = analyse(net).root.children
    assert (block.name, str(block.output)) == ("s", "8x6x6")
    (line, *_) = tabulate(analyse(net), columns=["name", "output"]).lines
    assert list(map(str, line.cells)) == ["s", "8x6x6"]
    several = network(f"input: 3x8x8\nlayers: [{{s: [{inner % '[a, a]'}]}}, add]")
    assert tabulate(analyse(several), columns=["name", "output"]).lines[0].cells == ("s", None)
    assert str(several.output) == "8x6x6"


def test_several_outputs_are_refused() -> None:
    text = refused("input: 3x8x8\nlayers: [{a: relu}, {b: relu}, {tail: [], from: [a, b]}]")
    assert text.startswith("net.yaml:3:")
    assert "the network ends in 2 outputs (join them with add or cat)" in text


def test_input_within_a_block_is_what_enters_the_block() -> None:
    net = network(
        "input: 3x8x8\nblocks: {dense: {layers: [{b: 'conv3-2,p1'}, {layer: cat, from: [input, b]}]}}\n"
        "layers: [{dense: , repeat: 3, name: d}]"
    )
    assert str(net.output) == "9x8x8"
    assert net.nodes[3].inputs == (1, 2)


def test_sizes_are_those_of_the_layer_and_within_groups_those_of_the_group() -> None:
    assert [str(n.output) for n in load("3x8x8 conv1-{2*C} conv1-{2*C}").nodes] == ["6x8x8", "12x8x8"]
    gate = load("16x8x8 mul( | gap conv1-{C//4} relu conv1-{C} sigmoid)")
    assert [str(n.output) for n in gate.nodes] == ["16x1x1", "4x1x1", "4x1x1", "16x1x1", "16x1x1", "16x8x8"]
    assert str(load("5x6x7 conv1-{C*H*W}").output) == "210x6x7"
    assert str(load("5x6 conv1-{C*L}").output) == "30x6"
    assert str(load("2x3x4x5 conv1-{C*D*H*W}").output) == "120x3x4x5"


def test_a_projection_stands_only_where_the_shape_changes() -> None:
    body = (
        "input: 8x8x8\nblocks:\n  unit:\n    args: {out: , stride: 1}\n    layers:\n      - res:\n"
        "          main: ['conv3-{out}/{stride},p1']\n"
        "          shortcut: [{layer: 'conv1-{out}/{stride}', when: stride != 1 or C != out}]\nlayers: "
    )
    assert len(network(f"{body}['unit,out=8']").nodes) == 2
    assert len(network(f"{body}['unit,out=9']").nodes) == 3
    assert len(network(f"{body}['unit,out=8,stride=2']").nodes) == 3


def test_shared_weights_count_once() -> None:
    net = network(
        "input: 4x8x8\nlayers: [{a: 'conv3-4,p1'}, bn, {layer: 'conv3-4,p1', weights: a}, {layer: bn, weights: bn1}]"
    )
    conv, norm = 4 * 4 * 9 + 4, 8
    assert analyse(net).totals.params == conv + norm
    assert analyse(net).totals.buffers == 9
    assert analyse(net).totals.macs == 2 * 4 * 4 * 9 * 64
    assert "needs the tensors" in refused(
        "input: 4x8x8\nlayers: [{a: conv3-4}, {layer: conv3-5, weights: a}]"
    )
    assert "has no weights to share" in refused(
        "input: 4x8x8\nlayers: [{a: conv3-4}, {layer: relu, weights: a}]"
    )


def shared_by(second: str, source: str) -> list[tuple[str, str | None]]:
    """What is assumed where a layer after `source` has the weights of the layer a, whose tensors are C x C x 3 x 3, C."""
    first = "{a: 'conv3-{C},p1'}, {b: conv1-4}, {c: 'conv1-{n+1}', from: a}"
    net = network(
        f"input: CxHxW\nvars: {{n: 0}}\nlayers: [{first}, {{layer: '{second}', from: {source}, weights: a}}]",
        n="C",
    )
    return [(str(a), a.node) for a in net.assumptions]


def test_sizes_of_shared_weights_that_names_leave_open_are_assumed_equal() -> None:
    assert shared_by("conv3-{C},p1", "a") == []
    assert shared_by("conv3-4,p1", "b") == [("C = 4", "conv1")]
    assert shared_by("conv3-{2*C-4},p1", "a")[-1] == ("C = 4", "conv1")


def test_sizes_of_shared_weights_that_are_never_equal_are_refused() -> None:
    for second, source in (("conv3-{C+1},p1", "a"), ("conv3-{C},p1", "c"), ("conv5-{C},p2", "a")):
        with pytest.raises(CnncalcError, match="needs the tensors"):
            shared_by(second, source)


FAMILY = "input: 3x{r}x{r}\nvars: {r: 8, width: 16, half: '{width//2}', act: relu}\npresets: {small: {width: 4}, big: {r: 16}}\nlayers: ['conv1-{half}', '{act}']"


def test_settings_go_before_presets_and_those_before_defaults() -> None:
    assert str(network(FAMILY).output) == "8x8x8"
    assert str(network(FAMILY, preset="small").output) == "2x8x8"
    assert str(network(FAMILY, preset="big").output) == "8x16x16"
    assert str(network(FAMILY, preset="small", width=6).output) == "3x8x8"
    assert str(network(FAMILY, half=5).output) == "5x8x8"
    assert str(network(FAMILY, width="K").output) == "(K//2)x8x8"
    assert network(FAMILY, act="gelu").nodes[1].layer.kind == "gelu"
    assert "which is no layer kind" in refused(FAMILY, act=3)
    assert "no variable is called 'widht'" in refused(FAMILY, widht=3)


@pytest.mark.parametrize("layer", ["conv3-{width}", "conv3-{2 + width}", "elu,alpha={width}"])
def test_a_setting_is_no_larger_than_any_result(layer: str) -> None:
    for width in (10**19, -(10**400)):
        with pytest.raises(CnncalcError, match=r"width is too large \(at most 10\^18\)"):
            load(f"3x8x8 {layer}", settings={"width": width})


@pytest.mark.parametrize("argument", ["act", "'{act}'", "'{ act }'", "gelu"])
def test_a_text_is_passed_on_to_a_block(argument: str) -> None:
    spec = (
        "input: 3x8x8\nvars: {act: gelu}\n"
        "blocks: {unit: {args: {nl: }, layers: ['{nl}']}}\n"
        f"layers: [{{unit: {{nl: {argument}}}}}]"
    )
    assert network(spec).nodes[0].layer.kind == "gelu"


@given(st.fractions(min_value=Fraction(1, 20), max_value=4, max_denominator=20), st.integers(1, 1000))
def test_decimals_are_exact_fractions(width: Fraction, channels: int) -> None:
    decimal = f"{float(width):.6f}"
    exact = Fraction(decimal) * channels
    text = f"3x8x8 conv1-{{max(1, floor({decimal}*{channels}))}} conv1-{{ceil({decimal}*{channels})}} conv1-{{max(1, round({decimal}*{channels}))}}"
    found = [node.output.channels for node in load(text).nodes]
    assert found == [
        max(1, exact.numerator // exact.denominator),
        -(-exact.numerator // exact.denominator),
        max(1, round(exact)),
    ]


@given(st.integers(1, 2000), st.sampled_from(["1", "0.75", "0.5", "1.4"]))
def test_make_divisible_is_the_published_rule(channels: int, width: str) -> None:
    """As in the MobileNet papers' code: to the nearest multiple of 8, but never below nine tenths."""
    value = Fraction(width) * channels
    rounded = max(8, int(value + 4) // 8 * 8)
    expected = rounded + 8 if rounded < Fraction(9, 10) * value else rounded
    assert load(f"3x8x8 conv1-{{make_divisible({width}*{channels}, 8)}}").output.channels == expected


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("[{a: relu}, {a: relu}]", "two layers are called 'a'"),
        ("[{layer: relu, from: b}]", "no earlier layer is called 'b'"),
        ("[{layer: relu, from: [input, input]}]", "takes exactly 1 input"),
        ("[{layer: add, from: input}]", "takes at least 2 inputs"),
        ("['conv3-{widht}']", "nothing is called 'widht'"),
        ("[{layer: relu, repeat: -1}]", "repeat is -1"),
        ("[{layer: relu, repeat: 2, index: i, name: 'a{j}'}]", "nothing is called 'j'"),
        ("[{layer: relu, repeat: 2, index: i, name: 'a{i/2}'}]", "{i/2} in a name is 1/2"),
        ("[{layer: relu, repeat: 2, index: i, name: 'a{i//2}'}]", "two layers are called 'a0'"),
        ("[{layer: relu, repeat: i, index: i}]", "nothing is called 'i'"),
        ("[{layer: relu, repeat: 1000000000000000}]", "more than 1,000,000 layers"),
        ("[{layer: relu, when: 1 == 2}]", "no layer is left"),
        ("['unit']", "unknown layer kind 'unit'"),
    ],
)
def test_what_makes_no_graph_is_refused_with_its_place(layers: str, message: str) -> None:
    text = refused(f"input: 3x8x8\nlayers: {layers}")
    assert message in text
    assert text.startswith("net.yaml:3:") or message == "no layer is left"


def test_a_block_that_contains_itself_is_refused() -> None:
    assert "a block must not contain itself" in refused(
        "input: 3x8x8\nblocks: {a: {layers: [a]}}\nlayers: [a]"
    )


def test_block_arguments_are_checked() -> None:
    base = f"input: 3x8x8\n{BLOCK}layers: "
    assert "needs 'out'" in refused(f"{base}[unit]")
    assert "has no argument 'ouf' (did you mean 'out'?)" in refused(f"{base}['unit,ouf=3']")
