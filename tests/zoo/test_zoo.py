"""Every built-in network beside a reference in torch, the published totals, and the spec files themselves."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import torch
import yaml
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnncalc import zoo
from cnncalc.analysis import Analysis, Block, Totals, analyse
from cnncalc.cli import main
from cnncalc.loader import load, zoo_members
from tests.layers.twin import Twin
from tests.zoo.reference import REFERENCES, Reference, mobilenet_v1
from tests.zoo.reference_classics import CLASSICS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cnncalc.network import Network
    from cnncalc.symbolic import Dim

torch.set_num_threads(1)

DOCUMENTS = dict(zoo_members())
MEMBERS = list(DOCUMENTS)
REFERENCED = {**REFERENCES, **CLASSICS}
#: networks that take long to run; the deepest consist of the same units as others
LARGE = re.compile(r"alexnet|vgg|(pre)?resnet(101|152|200)")

#: parameters, and multiply-adds in millions, as torchvision's documentation and the MobileNet paper state them;
#: nobody states LeNet-5's in millions
PUBLISHED: dict[str, tuple[int, int | None]] = {
    "alexnet": (61_100_840, 714),
    "googlenet": (6_624_904, 1_498),
    "lenet5": (61_706, None),
    "mobilenet_v1": (4_231_976, 569),
    "mobilenet_v1_075": (2_585_560, 325),
    "mobilenet_v1_050": (1_331_592, 149),
    "mobilenet_v1_025": (470_072, 41),
    "resnet18": (11_689_512, 1_814),
    "resnet34": (21_797_672, 3_664),
    "resnet50": (25_557_032, 4_089),
    "resnet101": (44_549_160, 7_801),
    "resnet152": (60_192_808, 11_514),
    "vgg11": (132_863_336, 7_609),
    "vgg11_bn": (132_868_840, 7_609),
    "vgg13": (133_047_848, 11_308),
    "vgg13_bn": (133_053_736, 11_308),
    "vgg16": (138_357_544, 15_470),
    "vgg16_bn": (138_365_992, 15_470),
    "vgg19": (143_667_240, 19_632),
    "vgg19_bn": (143_678_248, 19_632),
}

#: buffers and multiply-accumulates to the last digit
EXACT = {
    "alexnet": (0, 714_188_480),
    "lenet5": (0, 416_520),
    "mobilenet_v1": (21_915, 568_740_352),
    "resnet18": (9_620, 1_814_073_344),
    "resnet34": (17_060, 3_663_761_408),
    "resnet50": (53_173, 4_089_184_256),
    "resnet101": (105_448, 7_801_405_440),
    "resnet152": (151_579, 11_513_626_624),
    "vgg16": (0, 15_470_264_320),
    "vgg16_bn": (8_461, 15_470_264_320),
}


@dataclass(frozen=True)
class Tensor:
    """A parameter or a buffer."""

    name: str
    shape: tuple[Dim, ...]
    role: str
    dtype: str


@dataclass(frozen=True)
class Call:
    """One run of a module without children; unnamed if its name is of no account."""

    name: str
    module: str
    output: tuple[Dim, ...]
    macs: Dim


@dataclass(frozen=True)
class Facts:
    """What is compared: tensors in the order of the state dict, module calls in the order of execution, and sums."""

    tensors: tuple[Tensor, ...]
    calls: tuple[Call, ...]
    params: Dim
    buffers: Dim
    macs: Dim
    output: tuple[Dim, ...]


def described(module: nn.Module) -> str:
    """A module's class and settings; a tuple of equal numbers is the number."""
    settings = re.sub(r"\((\d+)(?:, \1)*\)", r"\1", module.extra_repr())
    return f"{type(module).__name__}({settings})"


def called(name: str, module: nn.Module, *, named: bool) -> str:
    """A module's name, unless it is of no account."""
    return name if named and not isinstance(module, nn.ReLU | nn.Tanh | nn.Flatten) else ""


def measured(reference: Reference) -> Facts:
    """The facts of a reference, from torch alone."""
    calls: list[Call] = []
    with torch.device("meta"):
        model = reference.build().eval()
        x = torch.zeros(1, *reference.input)
    counter = FlopCounterMode(display=False)
    seen = 0

    def record(name: str, module: nn.Module, y: torch.Tensor) -> None:
        nonlocal seen
        flops, seen = counter.get_total_flops() - seen, counter.get_total_flops()
        name = called(name, module, named=reference.named)
        calls.append(Call(name, described(module), tuple(y.shape[1:]), flops // 2))

    for path, child in model.named_modules():
        if not any(child.children()):
            child.register_forward_hook(lambda module, _, y, path=path: record(path, module, y))
    with counter:
        output = model(x)
    parameters, buffers = dict(model.named_parameters()), dict(model.named_buffers())
    tensors = tuple(
        Tensor(
            name if reference.named else name.rpartition(".")[2],
            tuple(tensor.shape),
            "parameter" if name in parameters else "buffer",
            "float" if tensor.is_floating_point() else str(tensor.dtype).removeprefix("torch."),
        )
        for name, tensor in model.state_dict().items()
    )
    return Facts(
        tensors,
        tuple(calls),
        sum(p.numel() for p in parameters.values()),
        sum(b.numel() for b in buffers.values()),
        counter.get_total_flops() // 2,
        tuple(output.shape[1:]),
    )


def twins(network: Network) -> Iterator[Twin]:
    """The torch twin of every node, without memory of its own."""
    with torch.device("meta"):
        for node in network.nodes:
            yield Twin(node.layer.torch_call(*network.input_shapes(node))).eval()


def computed(network: Network, *, named: bool) -> Facts:
    """The same facts, from cnncalc."""
    analysis = analyse(network)
    tensors = tuple(
        Tensor(w.named(row.name) if named else w.name, w.shape, w.role, w.dtype)
        for row in analysis.rows
        for w in row.weights
    )
    calls = tuple(
        Call(
            called(row.name, twin.module, named=named),
            described(twin.module),
            row.output.dims,
            row.totals.macs,
        )
        for row, twin in zip(analysis.rows, twins(network), strict=True)
        if twin.module is not None
    )
    totals = analysis.totals
    return Facts(tensors, calls, totals.params, totals.buffers, totals.macs, analysis.output.dims)


@cache
def both(member: str) -> tuple[Facts, Facts]:
    """Cnncalc's facts about a member, and the reference's."""
    reference = REFERENCED[member]
    return computed(load(member), named=reference.named), measured(reference)


@cache
def analysed(member: str) -> Analysis:
    return analyse(load(member))


def test_references_and_published_totals_are_those_of_the_zoo() -> None:
    assert PUBLISHED.keys() == REFERENCES.keys()
    assert set(MEMBERS) >= REFERENCED.keys()


@pytest.mark.parametrize("member", REFERENCED)
def test_input(member: str) -> None:
    assert load(member).input.dims == REFERENCED[member].input


@pytest.mark.parametrize("member", REFERENCED)
def test_tensors_in_order_of_the_state_dict(member: str) -> None:
    ours, theirs = both(member)
    assert ours.tensors == theirs.tensors


@pytest.mark.parametrize("member", REFERENCED)
def test_settings_shapes_and_macs_of_every_module(member: str) -> None:
    ours, theirs = both(member)
    assert ours.calls == theirs.calls


@pytest.mark.parametrize("member", REFERENCED)
def test_totals_and_output(member: str) -> None:
    ours, theirs = both(member)
    assert (ours.params, ours.buffers, ours.macs) == (theirs.params, theirs.buffers, theirs.macs)
    assert ours.output == theirs.output


def in_millions(count: Dim) -> int:
    assert isinstance(count, int)
    return round(count / 10**6)


@pytest.mark.parametrize("member", PUBLISHED)
def test_published_totals(member: str) -> None:
    totals = analysed(member).totals
    params, millions = PUBLISHED[member]
    assert totals.params == params
    assert millions is None or in_millions(totals.macs) == millions


@pytest.mark.parametrize("member", EXACT)
def test_known_totals_to_the_last_digit(member: str) -> None:
    totals = analysed(member).totals
    assert (totals.buffers, totals.macs) == EXACT[member]


@pytest.mark.parametrize("resolution", [224, 192, 160, 128])
@pytest.mark.parametrize("width", [1, 0.75, 0.5, 0.25])
def test_mobilenet_v1_in_every_width_and_resolution(width: float, resolution: int) -> None:
    network = load("mobilenet_v1", settings={"width": width, "resolution": resolution})
    reference = Reference(lambda: mobilenet_v1(width), (3, resolution, resolution), named=False)
    assert network.input.dims == reference.input
    assert computed(network, named=False) == measured(reference)


# the authors' table of checkpoints; the paper's table 7 cuts the third down to 290
@pytest.mark.parametrize(("resolution", "millions"), [(224, 569), (192, 418), (160, 291), (128, 186)])
def test_mobilenet_v1_as_published_for_every_resolution(resolution: int, millions: int) -> None:
    totals = analyse(load("mobilenet_v1", settings={"resolution": resolution})).totals
    assert (totals.params, in_millions(totals.macs)) == (4_231_976, millions)


def randomised(reference: Reference) -> nn.Module:
    """A reference whose every tensor matters for the output."""
    model = reference.build().double().eval()
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight)  # keeps the signal's size through ReLUs
        if isinstance(module, nn.BatchNorm2d):
            state = module.state_dict()
            for name in ("weight", "running_var"):
                state[name].uniform_(0.5, 1.5)
            for name in ("bias", "running_mean"):
                state[name].normal_(std=0.1)
    return model


def run(network: Network, tensors: Iterator[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """The output of a network whose nodes are their twins, with the given tensors in the order of the nodes."""
    results = {-1: x}
    for node, twin in zip(network.nodes, twins(network), strict=True):
        if twin.module is not None:
            own = {name: next(tensors) for name in twin.module.state_dict()}
            twin.module.load_state_dict(own, assign=True)
        results[node.index] = twin(*(results[i] for i in node.inputs))
    assert next(tensors, None) is None
    return results[network.nodes[-1].index]


# AlexNet and VGG are chains, of which the order of calls and the settings leave nothing open
@pytest.mark.parametrize("member", [m for m in REFERENCED if not LARGE.match(m)])
def test_same_function(member: str) -> None:
    reference = REFERENCED[member]
    size = (reference.input[0], *(min(n, 64) for n in reference.input[1:]))
    network = load(member, input_size="x".join(map(str, size)))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = randomised(reference)
        x = torch.randn(2, *size, dtype=torch.float64)
        theirs = model(x)
        ours = run(network, iter(model.state_dict().values()), x)
    assert (theirs[0] - theirs[1]).abs().max() > 1e-3  # an output that does not vary would compare nothing
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def blocks(block: Block) -> Iterator[Block]:
    """A block and all within."""
    yield block
    for child in block.children:
        yield from blocks(child)


@pytest.mark.parametrize("member", MEMBERS)
def test_rows_add_up_to_every_subtotal(member: str) -> None:
    analysis = analysed(member)
    for block in blocks(analysis.root):
        prefix = f"{block.name}." if block.name else ""
        inside = tuple(row for row in analysis.rows if row.name.startswith(prefix))
        sums: dict[str, Dim] = {"parameter": 0, "buffer": 0}
        for weight in (w for row in inside for w in row.weights):
            sums[weight.role] += math.prod(weight.shape)
        assert analysis.rows[block.first : block.last] == inside
        assert block.totals == Totals(
            sums["parameter"], sums["buffer"], sum(row.totals.macs for row in inside)
        )


@pytest.mark.parametrize("member", MEMBERS)
def test_every_part_of_a_name_is_one_block(member: str) -> None:
    analysis = analysed(member)
    prefixes = {""}
    for row in analysis.rows:
        parts = row.name.split(".")
        prefixes |= {".".join(parts[:i]) for i in range(1, len(parts))}
    assert sorted(block.name for block in blocks(analysis.root)) == sorted(prefixes)


@pytest.mark.parametrize("member", MEMBERS)
def test_printed_spec_is_the_same_network(
    member: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["cnncalc", "zoo", "show", member])
    with pytest.raises(SystemExit, match=r"\A0\Z"):
        main()
    copy = tmp_path / "copy.cnn.yaml"
    copy.write_text(capsys.readouterr().out, encoding="utf-8")
    preset = member if member in dict(DOCUMENTS[member].presets) else None
    assert load(str(copy), preset=preset) == load(member)


@pytest.fixture(scope="module")
def files() -> dict[str, dict[str, Any]]:
    """The spec files as a plain YAML reader sees them, by family."""
    return {zoo.family_of(p): yaml.safe_load(p.read_text(encoding="utf-8")) for p in zoo.families()}


def test_a_name_is_described_by_one_file(files: dict[str, dict[str, Any]]) -> None:
    names = [name for family, spec in files.items() for name in spec.get("presets", [family])]
    assert sorted(names) == sorted(set(MEMBERS))
    assert sorted(names) == sorted(name for name, _ in zoo_members())


def test_a_file_is_called_after_its_family(files: dict[str, dict[str, Any]]) -> None:
    assert [spec["name"] for spec in files.values()] == list(files)


def test_presets_are_called_after_their_family(files: dict[str, dict[str, Any]]) -> None:
    for family, spec in files.items():
        assert all(name.startswith(family) for name in spec.get("presets", [])), family


def test_every_file_says_where_the_network_was_published(files: dict[str, dict[str, Any]]) -> None:
    for family, spec in files.items():
        assert re.search(r"\b(19|20)\d\d\b|\barXiv:\d{4}\.\d{4,5}\b", spec["source"]), family
