"""Every rule: its examples, what it says of them, and its documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnncalc.check.lint import RULES, Rule, advise, config_of, rules
from cnncalc.errors import Diagnostic
from cnncalc.loader import load, load_text

every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])

#: the whole of what is said of the wrong example of each rule
SAID = {
    "CNN300": ["x.cnn.yaml:4:44: warning[CNN300]: there is no CNN301 to ignore here (remove it)"],
    "CNN301": [
        "1:9: warning[CNN301]: layer 'conv1' (conv): its bias is taken off again by the bn behind it: 16 parameters without effect "
        "(leave it out with nobias)"
    ],
    "CNN302": [
        "1:35: warning[CNN302]: layer 'relu2' (relu): only numbers of at least 0 come in, and those it gives back as they are "
        "(leave out this activation or the one before)"
    ],
    "CNN303": [
        "1:30: warning[CNN303]: layer 'adaptiveavgpool1' (adaptiveavgpool): there is one position in 16x1x1: "
        "it gives back what comes in (leave it out)"
    ],
    "CNN304": [
        "1:12: warning[CNN304]: layer 'fc2' (linear): nothing nonlinear stands between it and 'fc1': together they are one linear map "
        "(put an activation between them, or make them one layer)"
    ],
    "CNN305": [
        "x.cnn.yaml:5:14: warning[CNN305]: layer 'b' (conv): nobody reads its result, and the network ends elsewhere: 1 layer with "
        "4,640 parameters and 4,718,592 MACs for nothing (read it with from, or remove what leads there)"
    ],
    "CNN311": [
        "1:13: warning[CNN311]: layer 'conv1' (conv): kernel 4 pads 1 row before and 2 after: the result is shifted by half a "
        "position, and torch pads a copy of the input first (use an odd kernel)"
    ],
    "CNN312": [
        "1:35: warning[CNN312]: layer 'conv2' (conv): of its input 16x32x32 it passes over 16 of 32 rows and 16 of 32 columns, which "
        "nothing else reads: 75% of the numbers are computed for nothing (use a kernel of at least the stride 2, or pool first)"
    ],
    "CNN313": [
        "1:26: warning[CNN313]: layer 'maxpool1' (maxpool): of its input 16x33x33 the last row and the last column are never read "
        "(32 or 34 rows would be read to the end; or use ceil)"
    ],
    "CNN314": [
        "1:18: warning[CNN314]: layer 'conv1' (conv): 2 of 34 rows and 2 of 34 columns of its result see nothing but padding, and "
        "are the same for every image (use less padding, or less dilation)"
    ],
    "CNN315": [
        "1:12: warning[CNN315]: layer 'conv1' (conv): 8 of the 9 taps of its kernel only ever meet padding: its input is 64x1x1 "
        "(a kernel of 1 with padding 0 computes the same)"
    ],
    "CNN316": [
        "1:26: warning[CNN316]: layer 'cat1' (cat): its branches do not look at the same place on H and W: the first unit of 'conv2' "
        "is centred at 0, the first unit of 'conv3' is centred at 0.5 "
        "(give all branches the same strides, and odd kernels half of which is padding)"
    ],
    "CNN317": [
        "1:61: warning[CNN317]: layer 'conv3' (conv): a unit sees only 7 of the 13 rows and 7 of the 13 columns that its receptive "
        "field spans (choose dilations without a common factor, such as 1, 2, 3, or end with dilation 1)"
    ],
    "CNN318": [
        "1:15: warning[CNN318]: layer 'tconv1' (tconv): rows and columns of its result are sums of differently many inputs in turn: "
        "the kernel 3 is no multiple of the stride 2 (take kernel 4 (with other padding), or upsample2 and a convolution)"
    ],
    "CNN319": [
        "1:26: warning[CNN319]: layer 'conv2' (conv): its receptive field on H, the largest of all layers, is 5, but 32 is asked for "
        "(add layers, strides or dilation, or ask for less: min-receptive-field)"
    ],
    "CNN321": [
        "1:28: warning[CNN321]: layer 'bn1' (bn): 1 value per channel in 32x1x1 with batch 1, but training needs at least 2: "
        "torch raises (use a larger batch)"
    ],
    "CNN322": [
        "1:28: warning[CNN322]: layer 'dropout1' (dropout): 'bn1' behind it learns the variance that dropout has enlarged, and in "
        "inference there is no dropout (drop behind the last normalisation)"
    ],
    "CNN323": [
        "1:44: warning[CNN323]: layer 'softmax1' (softmax): the network ends in probabilities, but torch.nn.CrossEntropyLoss wants "
        "what is before: it takes log-softmax itself (leave it out, and apply it where probabilities are read)"
    ],
    "CNN331": [
        "1:15: warning[CNN331]: layer 'conv1' (conv): 20 output channels are no multiple of 8 (24 fill tensor cores)",
        "1:32: warning[CNN331]: layer 'conv2' (conv): 20 input channels and 50 output channels are no multiple of 8 "
        "(24 and 56 fill tensor cores)",
        "1:58: warning[CNN331]: layer 'fc1' (linear): 50 input channels are no multiple of 8 (56 fill tensor cores)",
    ],
    "CNN332": [
        "1:21: warning[CNN332]: layer 'relu1' (relu): behind 'maxpool1' it gives the same, of 4,096 numbers instead of 16,384 "
        "(put the pooling first)"
    ],
    "CNN333": [
        "1:34: warning[CNN333]: layer 'fc1' (linear): its 1,638,500 parameters are 100% of the network's: it reads 16x32x32 as 16,384 "
        "numbers (pool before flatten: behind gap it reads one number for each channel)"
    ],
}


def advice(rule: Rule, text: str, *, alone: bool) -> tuple[Diagnostic, ...]:
    """What is said of an example by its rule, or by all that are on by default as well."""
    network = load_text(text, "x.cnn.yaml") if "\n" in text else load(text)
    key = "select" if alone and rule.code != "CNN300" else "extend-select"
    return advise(network, config_of({key: [rule.code], **dict(rule.settings)}), text)


@every_rule
def test_the_wrong_example_is_told_of(rule: Rule) -> None:
    assert [str(d) for d in advice(rule, rule.wrong, alone=True)] == SAID[rule.code]


@every_rule
def test_nothing_is_said_of_the_better_example(rule: Rule) -> None:
    assert advice(rule, rule.better, alone=False) == ()


@every_rule
def test_the_wrong_example_has_nothing_else_wrong(rule: Rule) -> None:
    others = {d.code for d in advice(rule, rule.wrong, alone=False)} - {rule.code}
    # an even kernel is what shifts that branch
    assert others == ({"CNN311"} if rule.code == "CNN316" else set())


@every_rule
def test_advice_is_no_error(rule: Rule) -> None:
    found = advice(rule, rule.wrong, alone=True)
    assert {d.severity for d in found} == {"warning"}
    assert {d.code for d in found} == {rule.code}
    assert all(d.span for d in found)


@every_rule
def test_a_rule_is_documented(rule: Rule) -> None:
    assert re.fullmatch(r"CNN3\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert not rule.summary.endswith(".")
    assert len(rule.summary) <= 80
    for text in (rule.what, rule.why):
        assert text.endswith(".")
        assert len(text) > 80
    assert len(rule.source) > 15


def test_every_rule_is_one_file_of_its_name() -> None:
    files = {path.stem for path in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == {rule.name.replace("-", "_") for rule in RULES}


def test_rules_stand_by_code_and_each_code_and_name_once() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_a_network_without_places_is_told_of_as_well() -> None:
    from cnncalc.layers import KINDS
    from cnncalc.shape import Shape
    from tests.passes.field_networks import network_of

    relu = KINDS["relu"]()
    network = network_of([(relu, (-1,)), (relu, (0,)), (relu, (1,))], Shape((4,)))
    found = advise(network, config_of({}))
    assert [(d.span, d.message.split("'")[1]) for d in found] == [(None, "n1"), (None, "n2")]
