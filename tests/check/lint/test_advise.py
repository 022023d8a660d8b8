"""Advice as a whole: one diagnostic for each place, in their order, over all members of a family; and on the zoo."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc import zoo
from cnncalc.check.lint import Advisor, LintConfig, advise, config_of
from cnncalc.errors import Diagnostic
from cnncalc.loader import load, load_text
from cnncalc.network import build
from cnncalc.spec.files import document_of_text
from cnncalc.spec.items import Document
from tests.passes.field_networks import graph

HEAD = "cnncalc: 1\ninput: 4x16x16\n"


def on(text: str) -> tuple[Diagnostic, ...]:
    return advise(load_text(text, "x.cnn.yaml"), LintConfig(), text)


def test_a_shared_place_is_told_of_once() -> None:
    text = f"{HEAD}layers:\n  - {{conv: {{kernel: 3, out: 4, padding: 1}}, repeat: 1}}\n  - '6*(conv3-4,p1 bn relu)'\n"
    (d,) = [d for d in on(text) if d.code == "CNN301"]
    assert d.message.endswith(": 4 parameters without effect (and 5 more layers: conv3, conv4, conv5, …)")
    (d,) = on(f"{HEAD}layers:\n  - '2*(conv3-4,p1 bn relu)'\n")
    assert d.message.endswith(": 4 parameters without effect (and 1 more layer: conv2)")


def test_a_shared_place_with_other_values_says_so() -> None:
    text = (
        f"{HEAD}blocks:\n  unit: {{args: {{out: }}, layers: ['conv3-{{out}},p1', bn, relu]}}\n"
        "layers: ['unit,out=4', 'unit,out=8']\n"
    )
    (d,) = on(text)
    assert d.message.endswith(
        ": 4 parameters without effect (and 1 more layer, with other values: unit2.conv1)"
    )


def test_advice_stands_in_the_order_of_places() -> None:
    text = f"{HEAD}layers:\n  - conv1-6/2,p1 bn relu relu\n  - maxpool3 softmax\n"
    found = on(text)
    assert len(found) == 5
    places = [(d.span.line, d.span.column, d.code) for d in found if d.span]
    assert places == sorted(places)
    assert len(places) == 5


def test_one_place_may_have_several_kinds_of_advice() -> None:
    assert [d.code for d in advise(load("4x16x16 conv1-6/2 bn relu"), LintConfig())] == ["CNN301", "CNN312"]


FAMILY = (
    f"{HEAD}vars: {{norm: bn}}\npresets: {{a: {{norm: bn}}, b: {{norm: relu}}, c: {{norm: in}}}}\nlayers:\n"
    "  - conv3-4,p1  # cnncalc: ignore[%s]\n  - '{norm}': {}\n  - conv3-4,p1\n  - relu\n"
)


def of_family(text: str) -> list[str]:
    document = document_of_text(text, "yaml", "x.cnn.yaml")
    advisor = Advisor(LintConfig(), text)
    for name, _ in document.presets:
        advisor.look_at(build(document, preset=name))
    return [f"{d.code} {d.message}" for d in advisor.advice()]


def test_a_comment_is_used_if_one_member_of_the_family_uses_it() -> None:
    assert of_family(FAMILY % "CNN301") == [
        "CNN304 layer 'conv2' (conv): nothing nonlinear stands between it and 'conv1': together they are one linear map"
    ]
    assert "CNN300 there is no CNN302 to ignore here" in of_family(FAMILY % "CNN302")


def test_what_several_members_have_is_told_of_once() -> None:
    assert [line[:6] for line in of_family(FAMILY % "CNN302")] == ["CNN301", "CNN300", "CNN304"]


def test_a_network_without_layers_has_no_advice() -> None:
    empty = load("4x8x8 relu")
    from cnncalc.record import replace

    assert (
        advise(
            replace(empty, nodes=(), last=-1), config_of({"select": ["CNN"], "min-receptive-field": "input"})
        )
        == ()
    )


EVERYTHING = config_of({"select": ["CNN"], "min-receptive-field": "input"})


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_advice_can_be_given_on_any_network(seed: int, axes: int) -> None:
    network = graph(Random(seed), axes, 10, (4, 9))
    names = {node.name for node in network.nodes}
    assert {d.message.split("'")[1] for d in advise(network, EVERYTHING)} <= names


@pytest.mark.parametrize(
    "words",
    [
        "CxHxW conv7-K/2,p3 bn relu maxpool3/2,p1 res(conv3-K,p1 bn relu conv3-K,p1 bn) gap flatten fc-N",
        "CxHxW convF-K/S,pP,dD relu tconvF-C/S,pP,dD",
        "CxL conv3-K,same maxpoolF/S cat(conv1-K|conv3-K,p1|) gn8 dropout in flatten ln fc-N softmax",
        "NxE attention2 ln fc-{4*E} gelu fc-E",
        "CxDxHxW conv3-K/2 relu avgpool2 adaptiveavgpool4 mul(|gap conv1-{C//4} relu conv1-{C} sigmoid)",
    ],
)
def test_names_are_left_open(words: str) -> None:
    """What depends on them is not spoken of, and nothing raises: what is said holds for every number."""
    assert {d.code for d in advise(load(words), EVERYTHING)} <= {"CNN301", "CNN304", "CNN322", "CNN323"}


#: all that is said of the built-in networks, family by family: how many places have which advice, and why that is right
ZOO: dict[str, dict[str, int]] = {
    # the softmax of Darknet's layer of that name, which there is part of the loss
    "darknet19": {"CNN323": 1},
    "darknet53": {"CNN323": 1},
    # kernel 5 with stride 2, as first published
    "dcgan_generator": {"CNN318": 4},
    # padding 100 before the first layer: the outermost 98 positions are the same for every image
    "fcn": {"CNN314": 1},
    # the auxiliary head normalises one position: known to raise in training with one image
    "inception_v3": {"CNN321": 1},
    # the first block of the small one has as many channels inside as outside: no bottleneck, but a linear layer too many
    "mobilenet_v3": {"CNN304": 1},
    # stride 2 in the first 1×1 convolution of both branches, which ResNet-B moved to the 3×3
    "preresnet": {"CNN312": 1},
    "resnet": {"CNN312": 1},
    "se_resnet": {"CNN312": 1},
    # stride 2 without padding leaves the last of 224 rows out
    "squeezenet": {"CNN313": 2},
    # a bias before every normalisation, which torchvision has to this day
    "vgg": {"CNN301": 8},
}


def members(document: Document) -> list[str | None]:
    return [name for name, _ in document.presets] or [None]


@pytest.mark.parametrize("family", [zoo.family_of(path) for path in zoo.families()])
def test_what_is_said_of_the_zoo(family: str) -> None:
    (path,) = [path for path in zoo.families() if zoo.family_of(path) == family]
    text = path.read_text(encoding="utf-8")
    document = document_of_text(text, "yaml", path.name)
    advisor = Advisor(LintConfig(), text)
    for name in members(document):
        advisor.look_at(build(document, preset=name))
    counts: dict[str, int] = {}
    for d in advisor.advice():
        counts[d.code] = counts.get(d.code, 0) + 1
    assert counts == ZOO.get(family, {})


def test_the_table_speaks_of_families_that_there_are() -> None:
    assert set(ZOO) <= {zoo.family_of(path) for path in zoo.families()}
