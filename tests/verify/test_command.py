"""`cnncalc verify`: what is printed in every format, what is refused, and the exit codes."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import torch

from cnncalc import load
from cnncalc.analysis import Analysis, analyse
from cnncalc.network import Network
from cnncalc.record import replace
from cnncalc.verification import run as verification
from tests.console import Ran, run

torch.set_num_threads(1)

GOLDENS = Path(__file__).parent / "goldens"
TINY = ("3x8x8", "conv3-4,p1", "bn", "relu", "maxpool2", "flatten", "fc-2")
#: what is not drawn
QUANTITIES = (
    "--only",
    "acceptance,shapes,parameters,buffers,macs,backward-macs,activations,training,rf,rf-nan,statistics",
)
#: file name -> arguments, and whether expectations are tampered with
PRINTED: dict[str, tuple[tuple[str, ...], bool]] = {
    "green.txt": ((*TINY, *QUANTITIES), False),
    "green.md": ((*TINY, *QUANTITIES, "--format", "markdown"), False),
    "green.xml": ((*TINY, *QUANTITIES, "--format", "junit"), False),
    "layers.txt": ((*TINY, "--only", "shapes,macs", "--layers"), False),
    "layers.json": ((*TINY, "--only", "macs", "--layers", "--format", "json"), False),
    "names.txt": (("CxHxW", "conv3-K,p1", "relu", "--only", "macs,symbolic"), False),
    "wrong.txt": ((*TINY, "--only", "shapes,macs"), True),
    "wrong.md": ((*TINY, "--only", "macs", "--layers", "--format", "markdown"), True),
    "wrong.json": ((*TINY, "--only", "macs", "--format", "json"), True),
    "wrong.xml": ((*TINY, "--only", "shapes,macs", "--format", "junit"), True),
    "unchecked.txt": (("200000", "fc-200000", "--only", "acceptance,macs"), False),
    "unchecked.xml": (("200000", "fc-200000", "--only", "acceptance", "--format", "junit"), False),
}


def wrong(network: Network) -> Analysis:
    """One multiply-accumulate too many in every layer."""
    found = analyse(network)
    more = [replace(row, totals=replace(row.totals, macs=row.totals.macs + 1)) for row in found.rows]
    return replace(found, rows=tuple(more))


@pytest.fixture(autouse=True)
def _no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification.time, "perf_counter", lambda: 0.0)


@pytest.fixture
def tampered(monkeypatch: pytest.MonkeyPatch) -> None:
    true = verification.verified
    monkeypatch.setattr(verification, "verified", lambda network, **how: true(network, **how, analyser=wrong))


def plain(text: str) -> str:
    """Without what differs from machine to machine."""
    return text.replace(str(torch.__version__), "TORCH").replace(platform.machine(), "MACHINE")


@pytest.mark.parametrize("name", PRINTED)
def test_printed(name: str, request: pytest.FixtureRequest) -> None:
    arguments, is_wrong = PRINTED[name]
    if is_wrong:
        request.getfixturevalue("tampered")
    ran = run("verify", *arguments)
    assert (ran.code, ran.err) == (int(is_wrong or name.startswith("unchecked")), "")
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        (GOLDENS / name).write_text(plain(ran.out), encoding="utf-8")
    assert plain(ran.out) == (GOLDENS / name).read_text(encoding="utf-8")


def test_the_last_line_is_the_verdict() -> None:
    last = {
        name: (GOLDENS / name).read_text(encoding="utf-8").splitlines()[-1]
        for name in PRINTED
        if "txt" in name
    }
    assert last["green.txt"].startswith("verified: all ")
    assert last["wrong.txt"].startswith("not verified: ")
    assert last["unchecked.txt"] == "not verified: 1 not checked"


@pytest.mark.parametrize("name", ["green.xml", "wrong.xml", "unchecked.xml"])
def test_junit_parses_and_adds_up(name: str) -> None:
    root = ElementTree.parse(GOLDENS / name).getroot()
    (suite,) = root
    assert root.tag == "testsuites"
    for counts in (root.attrib, suite.attrib):
        assert int(counts["tests"]) == len(suite.findall("testcase"))
        assert int(counts["failures"]) == len(suite.findall("testcase/failure"))
        assert int(counts["errors"]) == len(suite.findall("testcase/error"))
    assert (name == "wrong.xml") == (suite.find("testcase/failure") is not None)
    assert (name == "unchecked.xml") == (suite.find("testcase/error") is not None)


def test_json_adds_up() -> None:
    found = json.loads((GOLDENS / "layers.json").read_text(encoding="utf-8"))
    (macs,) = found["checks"]
    assert found["ok"] is True
    assert macs["compared"] == macs["equal"] == len(macs["values"])
    wrong_macs = json.loads((GOLDENS / "wrong.json").read_text(encoding="utf-8"))["checks"][0]
    assert wrong_macs["compared"] - wrong_macs["equal"] == len(wrong_macs["mismatches"]) == 6


def test_a_name_cannot_break_xml(tmp_path: Path) -> None:
    spec = tmp_path / "odd.yaml"
    spec.write_text('cnncalc: 1\nname: "a<b>&\'"\ninput: 3x4x4\nlayers: [relu]\n', encoding="utf-8")
    out = run("verify", str(spec), "--only", "shapes", "--format", "junit").out
    assert ElementTree.fromstring(out)[0].attrib["name"].startswith("cnncalc verify a<b>&'")


def failed(*arguments: str) -> Ran:
    ran = run("verify", "3x4x4", "relu", *arguments)
    assert (ran.code, ran.out) == (2, "")
    return ran


@pytest.mark.skipif(torch.cuda.is_available(), reason="CUDA can be used here")
def test_a_device_that_is_not_there() -> None:
    assert failed("--device", "cuda").err == (
        "error[CNN402]: the device cuda cannot be used with float32: Torch not compiled with CUDA enabled\n"
        "  leave --device out for the CPU, or choose another --dtype\n"
    )


def test_what_is_no_device() -> None:
    assert failed("--device", "tpu").err == (
        "error[CNN402]: 'tpu' is not a device\n  choose cpu, cuda, cuda:1 or mps\n"
    )


def test_torch_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnncalc.verification.environment.find_spec", lambda _: None)
    assert failed().err == (
        "error[CNN401]: verify needs torch, which is not installed\n"
        "  pip install 'cnncalc[torch]'; for the small build without CUDA, install torch first from PyTorch's index of"
        " CPU wheels: pip install torch --index-url with the address that PyTorch's installation page gives for CPU\n"
    )


def test_torch_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("cnncalc.verification.environment.find_spec", lambda _: True)
    assert failed().err.startswith("error[CNN401]: torch cannot be imported: ")


def test_torch_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "2.6.0+cu124")
    assert failed().err == (
        "error[CNN401]: torch 2.6.0+cu124 is too old: verify needs 2.13 or newer\n"
        "  pip install --upgrade 'torch>=2.13'\n"
    )


@pytest.mark.parametrize(
    "raised",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes"),
    ],
)
def test_memory_runs_out(raised: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(self: Any, x: Any) -> Any:
        raise raised

    monkeypatch.setattr(torch.nn.ReLU, "forward", forward)
    assert failed("--only", "acceptance").err == (
        "error[CNN403]: the device cpu ran out of memory\n"
        "  give a smaller --input, another --device or --dtype, or leave out what is executed with --only\n"
    )


def test_an_unknown_quantity() -> None:
    assert failed("--only", "mac").err == (
        "error[CNN105]: --only mac: nothing is called so\n  did you mean macs?\n"
    )


def test_torch_is_asked_about_a_layer_that_we_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run("verify", "30x8x8", "conv3-4,g4")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "1:16: error[CNN203]: layer 'conv1' (conv): groups=4 does not divide the 30 input channels\n"
        "    1 | 30x8x8 conv3-4,g4\n"
        "      |                ^^ choose from 1, 2, 3, 5, 6, 10, 15, 30\n"
        "torch refuses it too: ValueError: in_channels must be divisible by groups\n"
    )
    monkeypatch.setattr("cnncalc.verification.acceptance.refusal", lambda *_: None)
    ran = run("verify", "30x8x8", "conv3-4,g4")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith("differs: torch takes it, and something comes out\n")


def test_progress_is_told_quantity_by_quantity() -> None:
    from cnncalc import verify

    told: list[tuple[str, int, int]] = []
    verify(load("3x4x4 relu"), only=["shapes", "macs"], progress=lambda *args: told.append(args))
    assert told == [("shapes", 0, 2), ("macs", 1, 2), ("", 2, 2)]
