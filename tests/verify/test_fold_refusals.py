"""What does not fold would come out wrong if it were folded all the same, as somebody would who looks at channels only."""

from __future__ import annotations

import re

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnncalc.loader import load
from cnncalc.network import Network, Node
from cnncalc.passes.fold_bn import fold_bn
from cnncalc.verification.folding.weights import scales_of
from tests.layers.twin import Twin
from tests.passes.random_graphs import made
from tests.verify.folding_networks import Memory, chains, difficult

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore")

#: nothing to be folded, nowhere to fold it, or somebody who reads what would change
STRUCTURAL = re.compile(
    r"statistics from every input anew|neighbouring channels sum|input has no weights|network's output|(also )?read (by|twice|\d+ times)"
    r"|joins it with others|a normalisation itself|shares its weights|stretches|a single parameter"
)
#: kinds with weights, and the axis of these that makes channels, and the one that reads them
OUTPUTS = {"conv": 0, "dwconv": 0, "linear": 0, "tconv": 1}
CROP = made("pad", padding=-1)
Tensors = dict[str, torch.Tensor]


def tensors_of(network: Network, node: Node, memory: Memory) -> Tensors:
    own = node.layer.weights(*network.input_shapes(node))
    return {w.name: memory.tensors[w.named(node.name)].clone() for w in own}


def results(network: Network, tensors: dict[int, Tensors], skipped: int) -> list[torch.Tensor]:
    """What every node gives, one of which gives what it gets."""
    random = torch.Generator().manual_seed(0)
    x = torch.randn(2, *network.input.dims, dtype=torch.float64, generator=random)  # type: ignore[arg-type]
    found: list[torch.Tensor] = []
    with torch.no_grad():
        for node in network.nodes:
            inputs = [x if i < 0 else found[i] for i in node.inputs]
            twin = Twin(node.layer.torch_call(*network.input_shapes(node))).double().eval()
            if twin.module is not None:
                own = tensors[node.index]
                if "bias" in own and getattr(twin.module, "bias", 0) is None:
                    twin.module.bias = torch.nn.Parameter(own["bias"])
                twin.module.load_state_dict(own)
            found.append(inputs[0] if node.index == skipped else twin(*inputs))
    return found


def naive(
    network: Network, memory: Memory, norm: Node, direction: str
) -> tuple[int, dict[int, Tensors]] | None:
    """The nearest layer with weights on the way, and all tensors, with the numbers of channel c in its filter c; or None.

    Of flattened positions the first of each channel speaks for all.
    """
    read = {i: node.index for node in network.nodes for i in node.inputs}
    at: int | None = norm.index
    while at is not None and (at == norm.index or network.nodes[at].layer.kind not in OUTPUTS):
        at = network.nodes[at].inputs[0] if direction == "backward" else read.get(at)
        at = None if at is not None and at < 0 else at
    if at is None:
        return None
    tensors = {n.index: tensors_of(network, n, memory) for n in network.nodes if n.weights_of is None}
    tensors |= {n.index: tensors[n.weights_of] for n in network.nodes if n.weights_of is not None}
    s, t = (torch.tensor(v, dtype=torch.float64) for v in scales_of(network, memory)[norm.name])
    own = tensors[at] = dict(tensors[at])
    weight = own["weight"]
    axis = OUTPUTS[network.nodes[at].layer.kind] ^ (direction == "forward")
    grouped = getattr(network.nodes[at].layer, "groups", 1) != 1 or network.nodes[at].layer.kind == "dwconv"
    if grouped or len(s) % weight.shape[axis]:
        return None
    size = [1] * weight.ndim
    size[axis] = -1
    s, t = (v[:: len(v) // weight.shape[axis]].view(size) for v in (s, t))
    bias = own.get(
        "bias", torch.zeros(weight.shape[OUTPUTS[network.nodes[at].layer.kind]], dtype=torch.float64)
    )
    if direction == "backward":
        own["bias"] = s.flatten() * bias + t.flatten()
    else:
        own["bias"] = bias + (weight * t).movedim(1 - axis, 0).flatten(1).sum(1)
    own["weight"] = weight * s
    return at, tensors


def is_right(network: Network, norm: Node, direction: str, seed: int) -> bool:
    """Whether the naive fold gives the same where it is seen again."""
    memory = difficult(network, seed)
    plain = {n.index: tensors_of(network, n, memory) for n in network.nodes if n.weights_of is None}
    plain |= {n.index: plain[n.weights_of] for n in network.nodes if n.weights_of is not None}
    found = naive(network, memory, norm, direction)
    assume(found is not None)
    assert found is not None
    into, tensors = found
    at = norm.index if direction == "backward" else into
    before, after = (results(network, w, i)[at] for w, i in ((plain, -1), (tensors, norm.index)))
    return torch.allclose(before, after, rtol=1e-9, atol=1e-9 * float(before.abs().max()))


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(network=chains(), data=st.data())
def test_no_refusal_is_needless(network: Network, data: st.DataObject) -> None:
    verdicts = fold_bn(network).verdicts
    #: these are other maps by now
    grown = {target.node for verdict in verdicts for target in verdict.targets}
    refused = [
        (verdict, direction, reason)
        for verdict in verdicts
        if not verdict.folded and verdict.node not in grown
        for direction, reason in zip(("backward", "forward"), verdict.reasons, strict=False)
        if not STRUCTURAL.search(reason)
    ]
    assume(refused)
    verdict, direction, reason = data.draw(st.sampled_from(refused))
    norm = network.nodes[verdict.index]
    assume(norm.weights_of is None)
    # padding may be cut off again, which no layer knows of another
    assume(all(node.layer != CROP for node in network.nodes))
    # numbers that happen to be such that it is right, happen to be so rarely
    right = (is_right(network, norm, direction, seed) for seed in range(6))
    assert not all(right), (verdict.node, direction, reason)


@pytest.mark.parametrize(
    ("words", "direction"),
    [
        ("3x6x6 conv3-4 flatten bn relu", "backward"),
        ("3x6x6 conv3-4,nobias relu bn relu", "backward"),
        ("3x6x6 conv3-4 maxpool2 bn relu", "backward"),
        ("3x6x6 conv3-4 gmp bn relu", "backward"),
        ("3x6x6 conv3-4 avgpool3/1,p1 bn relu", "backward"),
        ("3x6x6 conv3-4 avgpool2,divisor_override=3 bn relu", "backward"),
        ("3x6x6 conv3-4 pad1 bn relu", "backward"),
        ("3x6x6 conv3-4 lppool2,norm_type=2 bn relu", "backward"),
        ("5x8 fc-5 bn relu", "backward"),
        ("3x6x6 relu bn conv3-4,p1", "forward"),
        ("3x6x6 relu bn tconv2-4/2", "forward"),
        ("3x6x6 relu bn maxpool2 conv1-4", "forward"),
        ("3x6x6 relu bn pad1 conv3-4", "forward"),
    ],
)
def test_known_refusals(words: str, direction: str) -> None:
    network = load(words)
    (verdict,) = fold_bn(network).verdicts
    assert not verdict.folded
    assert not all(is_right(network, network.nodes[verdict.index], direction, seed) for seed in range(4))
    # and what is taken for wrong is not so whatever one does
    plain = load("3x6x6 conv3-4 bn relu" if direction == "backward" else "3x6x6 relu bn conv3-4")
    (verdict,) = fold_bn(plain).verdicts
    assert verdict.direction == direction
    assert is_right(plain, plain.nodes[verdict.index], direction, 0)
