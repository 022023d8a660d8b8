"""The short notation: what every form means, that printing is undone by reading, and every error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.errors import CnncalcError, Span, SpecError, render
from cnncalc.layers import KINDS, Layer
from cnncalc.spec.document import document_of_words
from cnncalc.spec.fields import constructor, fields_of, validate
from cnncalc.spec.items import Body, Call, Group, Item, Line
from cnncalc.spec.printer import layer_as_word, line_as_words
from cnncalc.spec.values import Scope
from cnncalc.spec.words import MOST_NESTING, is_input_size, parse_words
from tests.spec import trees
from tests.spec.refused_words import NETWORKS, WORDS

MEANS: dict[str, tuple[str, dict[str, Any]]] = {
    # every form of the table in the design
    "conv7-64/2,p3,nobias": ("conv", {"kernel": 7, "out": 64, "stride": 2, "padding": 3, "bias": False}),
    "dwconv3/2,p1": ("dwconv", {"kernel": 3, "stride": 2, "padding": 1}),
    "lc3-8/2,p1,sharedbias": (
        "lc",
        {"kernel": 3, "out": 8, "stride": 2, "padding": 1, "shared_bias": True},
    ),
    "tconv4-64/2,p1": ("tconv", {"kernel": 4, "out": 64, "stride": 2, "padding": 1}),
    "maxpool3/2,p1": ("maxpool", {"kernel": 3, "stride": 2, "padding": 1}),
    "avgpool2": ("avgpool", {"kernel": 2}),
    "gap": ("gap", {}),
    "adaptiveavgpool7": ("adaptiveavgpool", {"size": 7}),
    "fc-1000": ("fc", {"out": 1000}),
    "linear-1000": ("linear", {"out": 1000}),
    "flatten": ("flatten", {}),
    "dropout0.5": ("dropout", {"p": 0.5}),
    "gn32": ("gn", {"groups": 32}),
    "lrn5": ("lrn", {"size": 5}),
    "conv3-K": ("conv", {"kernel": 3, "out": "K"}),
    "conv1-{C//4}": ("conv", {"kernel": 1, "out": "{C//4}"}),
    # sizes
    "conv3x5-64/2x1,p1x2,d2x1": (
        "conv",
        {"kernel": (3, 5), "out": 64, "stride": (2, 1), "padding": (1, 2), "dilation": (2, 1)},
    ),
    "convKx{k+1}-width/S": ("conv", {"kernel": ("K", "{k+1}"), "out": "width", "stride": "S"}),
    "convF_2-1,pP,dD3": ("conv", {"kernel": "F_2", "out": 1, "padding": "P", "dilation": "D3"}),
    "adaptivemaxpoolnonex7": ("adaptivemaxpool", {"size": (None, 7)}),
    "upsample1.5x2": ("upsample", {"scale": (1.5, 2)}),
    "select0-16": ("select", {"start": 0, "stop": 16}),
    # options
    "conv3-64,same": ("conv", {"kernel": 3, "out": 64, "padding": "same"}),
    "conv3-64,g4,d2,p2": ("conv", {"kernel": 3, "out": 64, "padding": 2, "dilation": 2, "groups": 4}),
    "tconv2-8/2,op1": ("tconv", {"kernel": 2, "out": 8, "stride": 2, "output_padding": 1}),
    "maxpool3/2,ceil": ("maxpool", {"kernel": 3, "stride": 2, "ceil_mode": True}),
    "maxpool2,stride=none": ("maxpool", {"kernel": 2, "stride": None}),
    "conv3-64,padding=1x2": ("conv", {"kernel": 3, "out": 64, "padding": (1, 2)}),
    "conv3-64,padding=same": ("conv", {"kernel": 3, "out": 64, "padding": "same"}),
    "conv3-64,padding_mode=reflect,bias=false": (
        "conv",
        {"kernel": 3, "out": 64, "bias": False, "padding_mode": "reflect"},
    ),
    "conv,out=8,kernel=3": ("conv", {"kernel": 3, "out": 8}),
    "conv3--8/-2": ("conv", {"kernel": 3, "out": -8, "stride": -2}),
    "bn,eps=1e-3,momentum=none": ("bn", {"eps": 0.001, "momentum": None}),
    "bn,eps=1e+2": ("bn", {"eps": 100.0}),
    "gelu,approximate=none": ("gelu", {"approximate": "none"}),
    "upsample2,nearest-exact": ("upsample", {"scale": 2, "mode": "nearest-exact"}),
    "permute,order=2x1": ("permute", {"order": (2, 1)}),
    "permute,order=1": ("permute", {"order": (1,)}),
    "conv3-{1 if C > 3 else 2},p{H/2}": ("conv", {"kernel": 3, "out": "{1 if C > 3 else 2}", "padding": "{H/2}"}),
    "relu6": ("relu6", {}),
    "softmax2d": ("softmax2d", {}),
    # what the kinds and blocks of a file take
    "{act}": ("{act}", {}),
    "{act},kernel=3x3,mode=a-b": ("{act}", {"kernel": (3, 3), "mode": "a-b"}),
    "unit,width={2*K},stride=2,flag=true,text=none": (
        "unit",
        {"width": "{2*K}", "stride": 2, "flag": True, "text": None},
    ),
}  # fmt: skip


def parsed(words: str) -> tuple[Item, ...]:
    return parse_words(words, trees.BLOCKS).items


def call(words: str) -> Call:
    (item,) = parsed(words)
    assert isinstance(item.body, Call)
    return item.body


@pytest.mark.parametrize("word", MEANS)
def test_what_a_word_means(word: str) -> None:
    kind, fields = MEANS[word]
    assert (call(word).kind, dict(call(word).fields)) == (kind, fields)


def test_the_values_have_the_types_that_are_meant() -> None:
    assert [type(v) for _, v in call("dropout1").fields] == [int]
    assert [type(v) for _, v in call("bn,eps=1.0").fields] == [float]
    assert [type(v) for _, v in call("bn,affine=true").fields] == [bool]


def test_fields_come_in_the_order_of_the_kind() -> None:
    assert call("conv3-8,p1,d2") == call("conv,dilation=2,out=8,padding=1,kernel=3")


def layers(words: str) -> tuple[Line, ...]:
    return (Line(parsed(words)),)


def test_what_groups_mean() -> None:
    conv, relu = layers("conv3-8,p1 bn"), layers("relu")
    assert parsed("res(conv3-8,p1 bn)")[0].body == Group("res", (conv,))
    assert parsed("res(conv3-8,p1 bn | relu)")[0].body == Group("res", (conv, relu))
    assert parsed("cat(relu|conv3-8,p1 bn|relu)")[0].body == Group("cat", (relu, conv, relu))
    assert parsed("mul( | relu)")[0].body == Group("mul", ((), relu))
    assert parsed("add(relu|)")[0].body == Group("add", (relu, ()))
    assert parsed("3*(conv3-8,p1 bn)") == (Item(Body(conv), trees.HERE, repeat=3),)
    assert parsed("n*(relu)") == (Item(Body(relu), trees.HERE, repeat="n"),)
    assert parsed("{n - 1}*(relu)") == (Item(Body(relu), trees.HERE, repeat="{n - 1}"),)
    assert parsed("0*(2*(relu))") == (Item(Body(layers("2*(relu)")), trees.HERE, repeat=0),)


def test_blanks_do_not_matter_between_words() -> None:
    assert parsed(" res( relu|\n bn )\t relu ") == parsed("res(relu|bn) relu")


@given(trees.lines)
@settings(deadline=None, max_examples=200)
def test_printed_words_are_read_as_the_same(line: Line) -> None:
    assert parse_words(line_as_words(line), trees.BLOCKS) == line


@given(trees.lines)
@settings(deadline=None, max_examples=100)
def test_marks_cut_the_text_into_its_parts(line: Line) -> None:
    text = line_as_words(line)
    for item in parse_words(text, trees.BLOCKS).items:
        marked = at(text, item.mark)
        body = item.body
        if not isinstance(body, Call):
            assert marked == (body.op if isinstance(body, Group) else f"{item.repeat}*")
            continue
        rest = marked.removeprefix(body.kind)
        for mark in sorted(body.marks.values(), key=lambda m: m.column):
            rest = rest[1:] if rest[0] in "-/," else rest
            part = at(text, mark)
            assert rest.startswith(part)
            rest = rest.removeprefix(part)
        assert rest == ""
        assert body.marks.keys() == dict(body.fields).keys()


def at(text: str, mark: Span) -> str:
    return text[mark.column - 1 : mark.column - 1 + mark.length]


def layer_of(found: Call) -> Layer:
    scope = Scope({}, {}, free=True, decide=lambda *_: True)
    return constructor(found.kind, found.fields)(lambda text: scope.value(text, None))


@st.composite
def layer_calls(draw: st.DrawFn) -> Call:
    """Layers whose fields are numbers and names, but no lists of one, which mean the same as their one value."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    fields = {}
    for spec in fields_of(kind).values():
        if not spec.required and draw(st.booleans()):
            continue
        value = draw(trees.values(spec))
        if spec.boolean and isinstance(value, str):
            value = True
        if spec.real and not spec.number and isinstance(value, str):
            value = 0.5
        if isinstance(value, tuple) and len(value) == 1 and spec.number:
            value = value[0]
        fields[spec.name] = value
    return Call(kind, validate(kind, fields))


@given(layer_calls())
@settings(deadline=None, max_examples=200)
def test_a_printed_layer_is_read_as_the_same(found: Call) -> None:
    layer = layer_of(found)
    assert layer_of(call(layer_as_word(layer))) == layer


def test_defaults_are_not_printed() -> None:
    assert layer_as_word(layer_of(call("conv3-64/1,p0,d1,g1,bias=true,padding_mode=zeros"))) == "conv3-64"
    assert layer_as_word(layer_of(call("dropout0.5"))) == "dropout"


@pytest.mark.parametrize(
    ("word", "yes"),
    [
        *[(size, True) for size in ("3x224x224", "CxHxW", "784", "3xHx{2*w}", "C", "{n}", "Kinx5")],
        *[
            (word, False)
            for word in ("relu", "3x", "x3", "3xx3", "conv3", "3x224x224,", "3×224", "３x3", "3xh", "-3")
        ],
    ],
)
def test_what_an_input_size_is(word: str, yes: bool) -> None:
    assert is_input_size(word) is yes


def test_the_first_word_may_be_the_input() -> None:
    document = document_of_words(" 3x32x32\n relu  bn ")
    assert document.input == "3x32x32"
    assert [str(item.mark) for item in document.layers[0].items] == ["1:11", "1:17"]
    assert [str(document.layers[0].place(i.mark)) for i in document.layers[0].items] == ["2:2", "2:8"]
    assert str(document.spans["input"]) == "1:2"
    assert document_of_words("relu bn").input is None


def cases(table: str) -> list[Any]:
    """The words of a table, and what a person sees of them."""
    found = [case.strip("\n") for case in table.split("\n\n")]
    return [
        pytest.param(case.split("\n")[1].partition("| ")[2], case, id=case.split("\n")[1][8:40])
        for case in found
    ]


@pytest.mark.parametrize(("words", "seen"), cases(WORDS))
def test_refused_words(words: str, seen: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_words(words, ["unit"])
    assert render(caught.value, words) == seen


@pytest.mark.parametrize(("words", "seen"), cases(NETWORKS))
def test_refused_networks(words: str, seen: str) -> None:
    with pytest.raises(SpecError) as caught:
        document_of_words(words)
    assert render(caught.value, words) == seen


@pytest.mark.parametrize("words", ["", " ", "\n\t "])
def test_no_words(words: str) -> None:
    with pytest.raises(SpecError) as caught:
        document_of_words(words)
    assert caught.value.diagnostics[0].message == "no network given"


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("3x32x32\nconv3-8\n  bn conw3\n", "3:6"),
        ("3x32x32\r\nrelu conw3", "2:6"),
        ("\n\n 3x32x32 \n", "3:8"),
        ("3x32x32 res(\n relu\n", "1:12"),
        ("3x32x32\u2028conw3", "2:1"),
    ],
)
def test_places_in_several_lines(words: str, place: str) -> None:
    with pytest.raises(CnncalcError) as caught:
        document_of_words(words)
    assert str(caught.value.diagnostics[0].span) == place


def test_groups_nest_so_deep_and_no_deeper() -> None:
    def nested(depth: int) -> str:
        return "res(" * depth + "relu" + ")" * depth

    body: Any = parsed(nested(MOST_NESTING))[0].body
    for _ in range(MOST_NESTING - 1):
        body = body.branches[0][0].items[0].body
    assert body.branches[0][0].items[0].body == Call("relu")
    with pytest.raises(SpecError) as caught:
        parsed(nested(MOST_NESTING + 1))
    assert str(caught.value) == (
        "1:257: error[CNN120]: groups are nested deeper than 64 (use a spec file with blocks)"
    )


def test_a_long_text_is_told_in_short() -> None:
    with pytest.raises(SpecError) as caught:
        parsed("conv" + "a" * 10**6)
    assert str(caught.value) == (
        "1:1: error[CNN110]: unknown layer kind 'conv"
        + "a" * 35
        + "…' (see all kinds: cnncalc schema --kinds)"
    )


def test_words_within_a_text_have_its_places() -> None:
    origin = Span(7, 11, file="net.yaml")
    with pytest.raises(SpecError) as caught:
        parse_words("relu conv3-64,q1", origin=origin)
    assert str(caught.value.diagnostics[0].span) == "net.yaml:7:25"
    with pytest.raises(SpecError) as caught:
        parse_words("relu conv3-64,q1", origin=origin, exact=False)
    assert caught.value.diagnostics[0].span == origin
