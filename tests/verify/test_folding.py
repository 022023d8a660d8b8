"""Folding done to weights, beside the network as it was, both as torch modules in float64."""

from __future__ import annotations

import os

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import fusion

from cnncalc.errors import LayerError
from cnncalc.loader import load, zoo_members
from cnncalc.network import Network
from cnncalc.passes.fold_bn import Folding, fold_bn
from cnncalc.verification.folding.weights import FoldedWeights, scales_of
from cnncalc.zoo import candidates, family_of
from tests.layers.twin import Twin
from tests.verify.folding_networks import Memory, difficult, networks
from tests.zoo.reference import REFERENCES
from tests.zoo.test_zoo import randomised

torch.set_num_threads(1)

MEMBERS = [name for name, _ in zoo_members()]
#: nothing to fold, and more than 100 million weights
_HEAVY = {"fcn32s", "vgg11"}
#: those that are proven in every run, the first of each family; VERIFY_ZOO=all proves the others as well
FIRST = {*{family_of(candidates(member)[0]): member for member in reversed(MEMBERS)}.values()} - _HEAVY
everything = pytest.mark.skipif(os.environ.get("VERIFY_ZOO") != "all", reason="slow: VERIFY_ZOO=all")
pytestmark = pytest.mark.filterwarnings("ignore")


def executed(network: Network, tensors: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """The output of a network of twins with these tensors, each of which has to be there and to fit."""
    twins: list[Twin] = []
    results = {-1: x}
    left = dict(tensors)
    with torch.no_grad():
        for node in network.nodes:
            with torch.device("meta"):
                twin = Twin(node.layer.torch_call(*network.input_shapes(node))).eval()
            if node.weights_of is not None:
                twin = twins[node.weights_of]
            elif twin.module is not None:
                owned = node.layer.weights(*network.input_shapes(node))
                own = {w.name: left.pop(w.named(node.name)) for w in owned}
                twin.module.load_state_dict(own, assign=True)
            twins.append(twin)
            results[node.index] = twin(*(results[i] for i in node.inputs))
    assert not left
    return results[network.last]


def folded_tensors(folding: Folding, memory: Memory) -> dict[str, torch.Tensor]:
    weights = FoldedWeights(folding, memory)
    found: dict[str, torch.Tensor] = {}
    for node in folding.folded.nodes:
        if node.weights_of is None:
            own = weights.of(node)
            named = node.layer.weights(*folding.folded.input_shapes(node))
            assert sorted(own) == sorted(w.name for w in named)
            found |= {w.named(node.name): own[w.name] for w in named}
    return found


def image(network: Network, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(2, *network.input.dims, dtype=torch.float64, generator=random)  # type: ignore[call-overload,no-any-return]


def apart(folding: Folding, memory: Memory) -> float:
    """The largest difference of both outputs, over the largest output."""
    x = image(folding.network)
    before = executed(folding.network, memory.tensors, x)
    after = executed(folding.folded, folded_tensors(folding, memory), x)
    assert before.shape == after.shape
    return float((before - after).abs().max() / before.abs().max().clamp(min=1e-300))


@pytest.mark.parametrize("kind", ["any", "positive", "plain"])
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(network=networks(), seed=st.integers(0, 2**16), merge=st.booleans())
def test_every_fold_is_exact(kind: str, network: Network, seed: int, merge: bool) -> None:
    memory = difficult(network, seed, kind=kind)
    for scales in (None, scales_of(network, memory)):
        folding = fold_bn(network, scales=scales, merge_branches=merge)
        assert folding.exact
        assert apart(folding, memory) < 1e-7


#: networks whose only normalisation folds into weights of one kind, and how
_KINDS = {
    "4x9 conv3-6,g2,nobias bn": "backward",
    "4x6x6 conv3-6,p1 bn": "backward",
    "4x6x6 conv3x1-6/2x1,p1,nobias bn,noaffine": "backward",
    "4x4x5x6 conv2-8,g4,nobias bn": "backward",
    "4x6x6 dwconv3,p1,nobias bn": "backward",
    "4x6x6 dwconv3-8,p1 bn,noaffine": "backward",
    "4x6 tconv3-6/2,g2,nobias bn": "backward",
    "6x5x5 tconv3-4/2,p1,op1,g2 bn": "backward",
    "4x5x5 tconv3-4/2,g4,nobias bn": "backward",
    "4x3x3x3 tconv2-6/2 bn,noaffine": "backward",
    "8 fc-5,nobias bn": "backward",
    "8 fc-5 bn,noaffine": "backward",
    "5x8 fc-6 permute,order=2x1 bn": "backward",
    "4x6x6 conv1-8 scale,bias": "backward",
    "4x6x6 conv1-8 in,track,affine": "backward",
    "4x6x6 gn2 bn": "backward",
    "4x6x6 conv3-8 avgpool2 dropout0.5 bn": "backward",
    "4x6x6 conv3-8 avgpool3/2,p1,count_include_pad=false bn": "backward",
    "4x6x6 conv3-8 upsample2 pad1,replicate bn": "backward",
    "4x6x6 conv3-8 pixelshuffle2 bn": "backward",
    "4x6x6 conv3-8 channelshuffle2 bn": "backward",
    "4x6x6 conv3-8 gap flatten bn": "backward",
    "4x6x6 add(conv3-4,p1|conv1-4,nobias) bn": "backward",
    "4x6x6 cat(conv3-4,p1|conv1-6) bn": "backward",
    "4x6x6 bn conv3-6,g2": "forward",
    "4x6x6 bn conv3-6,p1,padding_mode=reflect": "forward",
    "4x9 bn dwconv3-8": "forward",
    "4x6x6 bn tconv1-6,g2": "forward",
    "4x6x6 bn flatten fc-6,nobias": "forward",
    "4x6x6 relu bn gap dropout0.5 flatten fc-6": "forward",
    "4x6x6 bn channelshuffle2 select0-2 conv1-3": "forward",
}


@pytest.mark.parametrize("words", _KINDS)
def test_every_kind_of_weights_takes_a_normalisation_in(words: str) -> None:
    network = load(words)
    folding = fold_bn(network)
    assert [v.direction for v in folding.verdicts if v.direction] == [_KINDS[words]]
    assert len(folding.folded.nodes) == len(network.nodes) - 1
    for seed in range(3):
        assert apart(folding, difficult(network, seed)) < 1e-12


def test_rows_of_a_linear_layer_are_no_channels() -> None:
    """5 rows of 5 numbers: torch's helper takes the numbers of a row for the channels, and is wrong without a word."""
    network = load("5x8 fc-5 bn")
    assert fold_bn(network).count == 0
    linear, norm = nn.Linear(8, 5).double().eval(), nn.BatchNorm1d(5).double().eval()
    with torch.no_grad():
        for tensor in (*norm.parameters(), norm.running_mean, norm.running_var):
            tensor.copy_(torch.rand(5) + 0.5)  # type: ignore[union-attr]
        x = torch.randn(3, 5, 8, dtype=torch.float64)
        wrong = fusion.fuse_linear_bn_eval(linear, norm)(x)
        assert not torch.allclose(wrong, norm(linear(x)))


def test_a_normalisation_without_weights_behind_a_linear_layer_is_more_than_torchs_helper_can() -> None:
    with pytest.raises(TypeError):
        fusion.fuse_linear_bn_eval(nn.Linear(8, 5).eval(), nn.BatchNorm1d(5, affine=False).eval())
    folding = fold_bn(load("8 fc-5 bn,affine=false"))
    assert folding.count == 1
    assert apart(folding, difficult(folding.network, 1)) < 1e-12


def test_a_linear_layer_without_bias_beside_torchs_helper() -> None:
    network = load("8 fc-5,nobias bn")
    memory = difficult(network, 1)
    linear, norm = nn.Linear(8, 5, bias=False).double().eval(), nn.BatchNorm1d(5).double().eval()
    linear.load_state_dict({n: memory.tensors[f"fc1.{n}"] for n in linear.state_dict()})
    norm.load_state_dict({n: memory.tensors[f"bn1.{n}"] for n in norm.state_dict()})
    theirs = fusion.fuse_linear_bn_eval(linear, norm)
    ours = folded_tensors(fold_bn(network), memory)
    torch.testing.assert_close(ours["fc1.weight"], theirs.weight.detach())
    torch.testing.assert_close(ours["fc1.bias"], theirs.bias.detach())


def test_torchs_helper_is_wrong_without_a_word_of_transposed_convolutions_by_default() -> None:
    """With as many channels in as out it scales the wrong ones; ours are right."""
    network = load("4x5x5 tconv3-4 bn")
    memory = difficult(network, 1)
    conv, norm = nn.ConvTranspose2d(4, 4, 3).double().eval(), nn.BatchNorm2d(4).double().eval()
    conv.load_state_dict({n: memory.tensors[f"tconv1.{n}"] for n in conv.state_dict()})
    norm.load_state_dict({n: memory.tensors[f"bn1.{n}"] for n in norm.state_dict()})
    x = image(network)
    with torch.no_grad():
        expected = norm(conv(x))
        assert not torch.allclose(fusion.fuse_conv_bn_eval(conv, norm)(x), expected)
        conv.load_state_dict(
            {n.removeprefix("tconv1."): t for n, t in folded_tensors(fold_bn(network), memory).items()}
        )
        torch.testing.assert_close(conv(x), expected)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_transposed_convolution_beside_torchs_helper(groups: int) -> None:
    """The helper is right for one group only, if it is told that the convolution is transposed."""
    network = load(f"4x5x5 tconv3-8/2,g{groups} bn")
    memory = difficult(network, 1)
    conv, norm = (
        nn.ConvTranspose2d(4, 8, 3, 2, groups=groups).double().eval(),
        nn.BatchNorm2d(8).double().eval(),
    )
    conv.load_state_dict({n: memory.tensors[f"tconv1.{n}"] for n in conv.state_dict()})
    norm.load_state_dict({n: memory.tensors[f"bn1.{n}"] for n in norm.state_dict()})
    ours = folded_tensors(fold_bn(network), memory)
    if groups == 1:
        theirs = fusion.fuse_conv_bn_eval(conv, norm, transpose=True)
        torch.testing.assert_close(ours["tconv1.weight"], theirs.weight.detach())
        torch.testing.assert_close(ours["tconv1.bias"], theirs.bias.detach())
    else:
        with pytest.raises(RuntimeError):
            fusion.fuse_conv_bn_eval(conv, norm, transpose=True)
        x = image(network)
        with torch.no_grad():
            conv2 = nn.ConvTranspose2d(4, 8, 3, 2, groups=groups).double()
            conv2.load_state_dict({n: ours[f"tconv1.{n}"] for n in conv2.state_dict()})
            torch.testing.assert_close(conv2(x), norm(conv(x)))


@pytest.mark.parametrize(
    "words", ["4x6x6 relu bn conv3-6,p1", "4x6x6 conv3-6 avgpool3,p1 bn", "4x6x6 conv3-6 pad1 bn"]
)
def test_what_is_wrong_at_the_border_is_wrong_there_alone(words: str) -> None:
    network = load(words)
    assert fold_bn(network).count == 0
    folding = fold_bn(network, allow_border_error=True)
    assert (folding.count, folding.exact) == (1, False)
    memory, x = difficult(network, 3), image(network)
    before = executed(network, memory.tensors, x)
    after = executed(folding.folded, folded_tensors(folding, memory), x)
    wrong = ((before - after).abs() > 1e-9).any(0).any(0)
    assert bool(wrong.any())
    assert not bool(wrong[1:-1, 1:-1].any())
    border = folding.verdicts[0].border
    if border is not None:
        assert border.value == pytest.approx(float(wrong.double().mean()))
    plain = difficult(network, 3, kind="plain")  # no summand: nothing is lost
    assert fold_bn(network, scales=scales_of(network, plain)).count == 1


@pytest.mark.parametrize("kind", ["any", "positive"])
def test_max_pooling_hangs_on_the_signs(kind: str) -> None:
    network = load("4x8x8 conv3-6 maxpool2 bn relu")
    memory = difficult(network, 0, kind=kind)
    assert fold_bn(network).count == 0
    folding = fold_bn(network, scales=scales_of(network, memory))
    assert folding.count == (kind == "positive")
    assert apart(folding, memory) < 1e-12


def test_branches_of_repvgg_become_one() -> None:
    for words in (
        "4x6x6 add(conv3-4,p1,nobias bn|conv1-4,nobias bn|bn) relu",
        "4x6x6 add(conv3-4,p1,g2 bn|conv1-4,g2 bn|) relu",
        "4x7x7 add(conv3-8/2,p1 bn|conv1-8/2 bn) relu",
        "4x9 add(conv5-4,p4,d2 bn|conv3-4,p2,d2 bn|conv3-4,p4,d4|bn)",
        "4x6x6 add(dwconv3,p1 bn|dwconv1 bn|bn)",
    ):
        network = load(words)
        folding = fold_bn(network, merge_branches=True)
        convolutions = [n for n in folding.folded.nodes if n.layer.kind in ("conv", "dwconv")]
        assert (len(convolutions), folding.count) == (1, len(folding.verdicts))
        assert all(n.layer.kind != "add" for n in folding.folded.nodes)
        assert apart(folding, difficult(network, 5)) < 1e-12


@pytest.mark.parametrize(
    "words",
    [
        "4x6x6 add(conv3-4,p1|conv1-4,p0,g2)",
        "4x6x6 add(conv3-4,p1|conv3-4,p1,padding_mode=circular)",
        "4x6x6 add(conv3-4,p1,d1|conv3-4,p2,d2)",
        "4x6x6 add(conv3-4,p1 relu|conv1-4)",
    ],
)
def test_branches_that_do_not_lie_in_each_other_stay(words: str) -> None:
    assert fold_bn(load(words), merge_branches=True).merges == ()


def small(member: str) -> Network:
    """A member of the zoo on an input that is soon run, if the same normalisations fold there."""
    whole = load(member)
    told = [(v.node, v.targets) for v in fold_bn(whole).verdicts]
    channels, *_ = whole.input.dims
    for size in (48, 96, 160, 188):
        try:
            plain = load(member, input_size=f"{channels}x{size}x{size}")
        except LayerError:
            continue
        if plain.input.elements < whole.input.elements and told == [
            (v.node, v.targets) for v in fold_bn(plain).verdicts
        ]:  # type: ignore[operator]
            return plain
    return whole


def calm(network: Network, memory: Memory) -> None:
    """Let results neither grow nor vanish in a hundred layers: divide weights by what they are multiplied by."""
    for node in network.nodes:
        named = {w.name: w.named(node.name) for w in node.layer.weights(*network.input_shapes(node))}
        own = {name: memory.tensors[full] for name, full in named.items()}
        if "running_var" in own and "weight" in own:
            own["weight"] *= (own["running_var"] + 1e-5).sqrt()
        elif "weight" in own and own["weight"].ndim > 1:
            own["weight"] /= own["weight"][0].numel() ** 0.5


@pytest.mark.parametrize("member", [m if m in FIRST else pytest.param(m, marks=everything) for m in MEMBERS])
def test_every_member_of_the_zoo_gives_the_same_folded(member: str) -> None:
    network = small(member)
    folding = fold_bn(network)
    memory = difficult(network, 4)
    calm(network, memory)
    x = image(network)
    before = executed(network, memory.tensors, x)
    after = executed(folding.folded, folded_tensors(folding, memory), x)
    largest = float(before.abs().max())
    assert 1e-3 < largest < 1e6
    assert bool((before != before[:1]).any())  # the input is not lost on the way
    assert float((before - after).abs().max()) < 1e-11 * largest


@pytest.mark.parametrize("member", ["resnet18", "resnet50", "googlenet", "mobilenet_v1_025"])
def test_zoo(member: str) -> None:
    """The weights of a model built in torch without cnncalc; what it gives, and what the folded network gives."""
    reference = REFERENCES[member]
    network = load(member, input_size="3x64x64")
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(1)
        model = randomised(reference)
        x = torch.randn(1, *network.input.dims, dtype=torch.float64)  # type: ignore[call-overload]
        expected = model(x)
    names = [w.named(n.name) for n in network.nodes for w in n.layer.weights(*network.input_shapes(n))]
    memory = Memory(dict(zip(names, model.state_dict().values(), strict=True)))
    folding = fold_bn(network)
    assert folding.count == len(folding.verdicts)
    torch.testing.assert_close(
        executed(folding.folded, folded_tensors(folding, memory), x), expected, rtol=1e-9, atol=1e-11
    )
