"""`cnncalc fold`: what is printed, in every format, what is written, and what is refused."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from cnncalc.loader import load
from tests.console import Ran, run

torch.set_num_threads(1)

GOLDENS = Path(__file__).parent / "goldens"
TINY = (
    "3x8x8",
    "conv3-4,p1,nobias",
    "bn",
    "relu",
    "maxpool2",
    "bn",
    "conv3-4,p1",
    "gap",
    "flatten",
    "bn",
    "fc-2",
)
REPVGG = ("8x8x8", "add(conv3-8,p1,nobias bn|conv1-8,nobias bn|bn)", "relu")
#: file name -> command
PRINTED = {
    "fold.txt": ("fold", "resnet18"),
    "fold-stays.txt": ("fold", *TINY),
    "fold-border.txt": ("fold", *TINY, "--allow-border-error"),
    "fold-explain.txt": ("fold", *TINY, "--explain", "--allow-border-error"),
    "fold-merge.txt": ("fold", *REPVGG, "--merge-branches", "--explain"),
    "fold-symbolic.txt": ("fold", "CxHxW", "conv3-K,p1,nobias", "bn", "relu"),
    "fold-none.txt": ("fold", "lenet5", "--explain"),
    "fold.json": ("fold", *TINY, "--format", "json", "--allow-border-error"),
    "fold.md": ("fold", *TINY, "--format", "markdown", "--explain"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_printed(name: str) -> None:
    ran = run(*PRINTED[name])
    assert (ran.code, ran.err) == (0, "")
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        (GOLDENS / name).write_text(ran.out, encoding="utf-8")
    assert ran.out == (GOLDENS / name).read_text(encoding="utf-8")


def test_resnet50() -> None:
    found = json.loads(run("fold", "resnet50", "--format", "json").out)
    assert (found["folded"], found["of"], found["exact"]) == (53, 53, True)
    before, after = found["before"], found["after"]
    assert (before["params"] - after["params"], before["buffers"] - after["buffers"]) == (26_560, 53_173)


def test_spec_is_written(tmp_path: Path) -> None:
    ran = run("fold", "resnet18", "--output", "folded.cnn.yaml", folder=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("written: folded.cnn.yaml\n")
    assert [n.layer.kind for n in load(str(tmp_path / "folded.cnn.yaml")).nodes].count("bn") == 0


class Small(nn.Sequential):
    """The network TINY as modules with its names."""

    def __init__(self) -> None:
        super().__init__()
        for name, module in {
            "conv1": nn.Conv2d(3, 4, 3, padding=1, bias=False),
            "bn1": nn.BatchNorm2d(4),
            "relu1": nn.ReLU(),
            "maxpool1": nn.MaxPool2d(2),
            "bn2": nn.BatchNorm2d(4),
            "conv2": nn.Conv2d(4, 4, 3, padding=1),
            "gap1": nn.AdaptiveAvgPool2d(1),
            "flatten1": nn.Flatten(),
            "bn3": nn.BatchNorm1d(4),
            "fc1": nn.Linear(4, 2),
        }.items():
            self.add_module(name, module)


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    made = Small()
    with torch.no_grad():
        for name, tensor in made.state_dict().items():
            if "running_var" in name:
                tensor.uniform_(0.5, 2)
            elif "bn" in name and tensor.is_floating_point():
                tensor.normal_()
        # nothing to be lost at the border, nothing to be turned round by the maximum
        made.bn2.bias.copy_(made.bn2.running_mean * made.bn2.weight / (made.bn2.running_var + 1e-5).sqrt())
    return made.eval()


def fold(folder: Path, *more: str, weights: str = "w.pt", output: str = "out.safetensors") -> Ran:
    return run("fold", *TINY, "--weights", weights, "--output", output, *more, folder=folder)


def with_tensors(path: Path, network: str, x: torch.Tensor) -> torch.Tensor:
    """The output of a written network with written weights."""
    from cnncalc.verification.realise import realise

    made = realise(load(network))
    tensors: Any = load_file(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)
    made.load_state_dict(tensors)
    with torch.no_grad():
        return made.run(x)


@pytest.mark.parametrize("output", ["out.safetensors", "out.pt"])
@pytest.mark.parametrize(
    "weights",
    ["w.pt", "w.pth", "w.safetensors", "old.pt", "state_dict.pt", "model.pt", "model_state_dict.pt"],
)
def test_weights_are_folded(model: nn.Module, weights: str, output: str, tmp_path: Path) -> None:
    tensors = model.state_dict()
    if weights.endswith(".safetensors"):
        save_file(tensors, tmp_path / weights)
    elif weights == "old.pt":
        # as torch wrote them in its first years, and checkpoints before 0.4.1: without the counters
        few = {k: v for k, v in tensors.items() if "tracked" not in k}
        torch.save(few, tmp_path / weights, _use_new_zipfile_serialization=False)
    else:
        key = Path(weights).stem
        torch.save(tensors if key == "w" else {"epoch": 3, key: tensors, "optimizer": {}}, tmp_path / weights)
    ran = fold(tmp_path, "--output", "out.cnn.yaml", weights=weights, output=output)
    assert (ran.code, ran.err) == (0, "")
    assert "equal" in ran.out
    assert "NOT" not in ran.out
    x = torch.randn(4, 3, 8, 8)
    with torch.no_grad():
        expected = model(x)
    found = with_tensors(tmp_path / output, str(tmp_path / "out.cnn.yaml"), x)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([weights, output, "out.cnn.yaml"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_number_types_are_kept(model: nn.Module, dtype: torch.dtype, tmp_path: Path) -> None:
    torch.save(model.to(dtype).state_dict(), tmp_path / "w.pt")
    assert fold(tmp_path).code == 0
    tensors = load_file(tmp_path / "out.safetensors")
    assert {t.dtype for n, t in tensors.items() if "tracked" not in n} == {dtype}


def test_json_has_the_proof(model: nn.Module, tmp_path: Path) -> None:
    torch.save(model.state_dict(), tmp_path / "w.pt")
    proof = json.loads(fold(tmp_path, "--format", "json").out)["proof"]
    assert proof["equal"]
    assert proof["float64"]["relative"] <= proof["allowed"] < 1e-7
    assert 0 < proof["float32"]["relative"] < 1e-5


def refused(ran: Ran, folder: Path, *left: str) -> str:
    """The error of a command that has written nothing."""
    assert (ran.code, ran.out) == (2, "")
    assert sorted(p.name for p in folder.iterdir()) == sorted(left)
    return ran.err


def test_every_wrong_tensor_is_listed(model: nn.Module, tmp_path: Path) -> None:
    tensors = model.state_dict()
    del tensors["fc1.bias"]
    tensors["conv1.weight"] = torch.zeros(4, 3, 5, 5)
    tensors["head.weight"] = torch.zeros(7)
    tensors["bn1.weight"] = torch.zeros(4, dtype=torch.int64)
    torch.save(tensors, tmp_path / "w.pt")
    assert refused(fold(tmp_path), tmp_path, "w.pt") == (
        "error[CNN412]: w.pt does not fit the network: 4 tensors are wrong\n"
        "  nothing is written; is it the right network, and are its layers called as in the file? see cnncalc summary\n"
        "error[CNN412]: 'conv1.weight' is 4x3x5x5, but the network has 4x3x3x3\n"
        "error[CNN412]: 'bn1.weight' is int64, but should be floating-point numbers\n"
        "error[CNN412]: 'fc1.bias' (2) is missing\n"
        "error[CNN412]: 'head.weight' (7) belongs to no layer\n"
    )


class Touch:
    """What runs a command when it is unpickled by whoever trusts it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_malicious_file_is_not_run(tmp_path: Path) -> None:
    torch.save({"conv1.weight": Touch(tmp_path / "touched")}, tmp_path / "w.pt")
    assert refused(fold(tmp_path), tmp_path, "w.pt") == (
        "error[CNN411]: w.pt cannot be read as a file of tensors that torch.save has written: it is damaged, or holds more "
        "than tensors, which is not run\n  save model.state_dict(), best as safetensors\n"
    )


def test_a_file_of_something_else_is_told_by_its_keys(tmp_path: Path) -> None:
    torch.save({"epoch": 3, "optimizer": {"lr": 0.1}}, tmp_path / "w.pt")
    assert refused(fold(tmp_path), tmp_path, "w.pt") == (
        "error[CNN411]: w.pt holds something else than tensors by name: its keys begin with 'epoch', 'optimizer'\n"
        "  save model.state_dict(), not the model or the optimizer\n"
    )


def test_names_that_data_parallel_has_changed(model: nn.Module, tmp_path: Path) -> None:
    torch.save(nn.DataParallel(model).state_dict(), tmp_path / "w.pt")
    assert "save model.module.state_dict()" in refused(fold(tmp_path), tmp_path, "w.pt")


def _safe(tmp_path: Path, model: nn.Module) -> bytes:
    save_file(model.state_dict(), tmp_path / "x")
    data = (tmp_path / "x").read_bytes()
    (tmp_path / "x").unlink()
    return data


def _pt(tmp_path: Path, model: nn.Module) -> bytes:
    torch.save(model.state_dict(), tmp_path / "x")
    data = (tmp_path / "x").read_bytes()
    (tmp_path / "x").unlink()
    return data


@pytest.mark.parametrize(
    "damage",
    [
        "safe cut",
        "safe header cut",
        "safe header huge",
        "safe empty",
        "safe is pt",
        "pt cut",
        "pt cut early",
        "pt is safe",
        "pt empty",
        "pt noise",
        "pt zip",
        "safe overlap",
    ],
)
def test_damaged_files(damage: str, model: nn.Module, tmp_path: Path) -> None:
    safe, pt = _safe(tmp_path, model), _pt(tmp_path, model)
    name = "w.safetensors" if damage.startswith("safe") else "w.pt"
    if damage == "pt zip":
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("archive/data.txt", "nothing")
    else:
        header = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}'
        (tmp_path / name).write_bytes(
            {
                "safe cut": safe[:-100],
                "safe header cut": safe[:100],
                "safe header huge": struct.pack("<Q", 2**62) + safe[8:],
                "safe empty": b"",
                "safe is pt": pt,
                "pt cut": pt[: len(pt) // 2],
                "pt cut early": pt[:10],
                "pt is safe": safe,
                "pt empty": b"",
                "pt noise": bytes(range(256)) * 20,
                "safe overlap": struct.pack("<Q", len(header)) + header + b"\0" * 4,
            }[damage]
        )
    error = refused(fold(tmp_path, weights=name), tmp_path, name)
    assert error.startswith(f"error[CNN411]: {name} cannot be read as a")
    assert error.count("error[") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("-w", "w.pt"),
            "error[CNN105]: --weights w.pt: what is folded has no place to go\n  add one --output folded.safetensors\n",
        ),
        (
            ("-o", "a.pt"),
            "error[CNN105]: --output a.pt: there are no weights to fold\n  add --weights FILE\n",
        ),
        (
            ("-o", "a.txt"),
            "error[CNN105]: --output a.txt: neither a spec nor weights by its name\n  end it in .cnn.yaml, .safetensors or .pt\n",
        ),
        (
            ("-w", "w.pt", "-o", "./w.pt"),
            "error[CNN105]: --output w.pt: that is the file with the weights\n  give another name\n",
        ),
        (
            ("-w", "w.pt", "-o", "a.pt", "-o", "b.safetensors"),
            "error[CNN105]: --weights w.pt: what is folded goes to one file\n  add one --output folded.safetensors\n",
        ),
        (("-w", "no.pt", "-o", "a.pt"), "error[CNN411]: there is no file no.pt\n  check the path\n"),
        (
            ("-w", ".", "-o", "a.pt"),
            "error[CNN411]: .: not a file of weights by its name\n  give a file that ends in .safetensors, .pt or .pth\n",
        ),
        (
            ("-w", "w.pt", "-o", "no/a.pt"),
            "error[CNN104]: no/a.pt cannot be written: No such file or directory\n  check the path\n",
        ),
        (
            ("--explain", "-f", "json"),
            "error[CNN105]: --explain: JSON holds no explanation\n  give --format text or markdown\n",
        ),
        (("--device", "cpu"), "error[CNN105]: --device: only weights are run\n  add --weights FILE\n"),
        (
            ("-w", "w.pt", "-o", "a.pt", "--device", "abacus"),
            "error[CNN402]: 'abacus' is not a device\n  choose cpu, cuda, cuda:1 or mps\n",
        ),
    ],
)
def test_refused(arguments: tuple[str, ...], message: str, model: nn.Module, tmp_path: Path) -> None:
    torch.save(model.state_dict(), tmp_path / "w.pt")
    assert refused(run("fold", *TINY, *arguments, folder=tmp_path), tmp_path, "w.pt") == message


@pytest.mark.parametrize("library", ["torch", "safetensors"])
def test_what_folds_weights_may_be_missing(library: str, model: nn.Module, tmp_path: Path) -> None:
    torch.save(model.state_dict(), tmp_path / "w.pt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "cnncalc.verification.environment.find_spec", lambda name: None if name == library else True
        )
        ran = run("fold", *TINY, "-w", "w.pt", "-o", "out.pt", folder=tmp_path)
    first = refused(ran, tmp_path, "w.pt").split("\n")[0]
    assert first == f"error[CNN401]: fold --weights needs {library}, which is not installed"


def test_names_have_no_weights(model: nn.Module, tmp_path: Path) -> None:
    torch.save(model.state_dict(), tmp_path / "w.pt")
    ran = run("fold", "3xHxW", "conv3-K", "bn", "-w", "w.pt", "-o", "out.pt", folder=tmp_path)
    assert refused(ran, tmp_path, "w.pt") == (
        "error[CNN105]: weights have numbers for sizes, but the network has names: H, K, W\n"
        "  give them numbers: --input SIZE, --set NAME=VALUE\n"
    )


def test_shared_weights_have_all_their_names(tmp_path: Path) -> None:
    """A module that is called twice is in torch's state dict by both names, and so it stays."""
    (tmp_path / "net.yaml").write_text(
        "cnncalc: 1\ninput: 4x8x8\nlayers:\n"
        "  - {a: 'conv3-4,p1'}\n  - {na: bn}\n  - relu\n"
        "  - {b: 'conv3-4,p1', weights: a}\n  - {nb: bn, weights: na}\n",
        encoding="utf-8",
    )
    conv, norm = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
    modules = nn.ModuleDict({"a": conv, "na": norm, "b": conv, "nb": norm})
    torch.save(modules.state_dict(), tmp_path / "w.pt")
    ran = run("fold", "net.yaml", "-w", "w.pt", "-o", "out.safetensors", folder=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert sorted(load_file(tmp_path / "out.safetensors")) == ["a.bias", "a.weight", "b.bias", "b.weight"]
    tensors = modules.state_dict()
    tensors["b.bias"] = tensors["b.bias"] + 1
    torch.save(tensors, tmp_path / "w.pt")
    (tmp_path / "out.safetensors").unlink()
    ran = run("fold", "net.yaml", "-w", "w.pt", "-o", "out.safetensors", folder=tmp_path)
    assert "'b.bias' is not equal to 'a.bias', with which it is shared" in refused(
        ran, tmp_path, "net.yaml", "w.pt"
    )


def test_variance_that_gives_no_factor(model: nn.Module, tmp_path: Path) -> None:
    tensors = model.state_dict()
    tensors["bn1.running_var"][2] = -1.0
    torch.save(tensors, tmp_path / "w.pt")
    error = refused(fold(tmp_path), tmp_path, "w.pt")
    assert error.startswith("error[CNN413]: 'bn1.running_var' has a number that is not positive")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(number: float, model: nn.Module, tmp_path: Path) -> None:
    tensors = model.state_dict()
    tensors["conv2.weight"][1, 2, 0, 1] = number
    torch.save(tensors, tmp_path / "w.pt")
    error = refused(fold(tmp_path), tmp_path, "w.pt")
    assert error.splitlines() == [
        "error[CNN413]: with these weights the network does not give finite numbers: 'conv2.weight' has NaN or inf",
        "  nothing is written; fold weights from before training diverged",
    ]


def test_what_is_not_equal_is_not_written(
    model: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnncalc.verification.folding import weights

    right = weights._taken

    def wrong(own: Any, task: Any) -> Any:
        made = right(own, task)
        return {**made, "bias": made["bias"] + 1e-3}

    monkeypatch.setattr(weights, "_taken", wrong)
    torch.save(model.state_dict(), tmp_path / "w.pt")
    ran = fold(tmp_path, "--output", "out.cnn.yaml")
    assert ran.code == 1
    assert "NOT EQUAL" in ran.out
    assert "exact in inference" not in ran.out
    assert "written:" not in ran.out
    assert [p.name for p in tmp_path.iterdir()] == ["w.pt"]
