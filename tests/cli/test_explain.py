"""`cnncalc explain`: goldens, formats, options. Goldens are written by `CNNCALC_GOLDENS=write pytest`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console import run

GOLDENS = Path(__file__).parent / "goldens" / "explain"
CONV = ("3x32x32", "conv5-10/1,p2")
#: file name -> arguments
PRINTED: dict[str, tuple[str, ...]] = {
    "conv.txt": CONV,
    "conv.md": (*CONV, "--format", "markdown"),
    "conv.tex": (*CONV, "--format", "latex"),
    "resnet50-layer.txt": ("resnet50", "--layer", "layer2.0.conv2"),
    "resnet50-block.txt": ("resnet50", "--layer", "layer1.1"),
    "depthwise.txt": ("16x14x14", "dwconv3,p1,nobias"),
    "grouped.txt": ("64x56x56", "conv3-128/2,p1,g32"),
    "tconv.txt": ("8x16x16", "tconv4-4/2,p1"),
    "maxpool.txt": ("64x112x112", "maxpool3/2,p1"),
    "ceil.txt": ("4x7x7", "maxpool2/3,ceil"),
    "bn.txt": ("16x8x8", "bn"),
    "flatten-fc.txt": ("16x5x5", "flatten", "fc-120"),
    "dilated.txt": ("3x40x31", "conv3-8,d2"),
    "attention.txt": ("10x64", "attention4"),
    "prelu.txt": ("8x4x4", "prelu,perchannel"),
    "add.txt": ("resnet18", "--layer", "layer1.0.add1"),
    "dropout.txt": ("100", "dropout0.5"),
    "lenet5.txt": ("lenet5",),
    "chain.txt": ("3x32x32", "conv3-16,p1", "bn", "relu", "maxpool2", "flatten", "fc-10"),
    "chain.md": ("3x32x32", "conv3-16,p1", "relu", "flatten", "fc-10", "--format", "markdown"),
    "chain.tex": ("3x32x32", "conv3-16,p1", "relu", "flatten", "fc-10", "--format", "latex"),
    "symbols.txt": ("CxHxW", "conv3-K/2,p1", "--assume", "H=2*h"),
    "symbols.tex": ("CxHxW", "conv3-K", "--format", "latex"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_golden(name: str) -> None:
    ran = run("explain", *PRINTED[name])
    assert (ran.code, ran.err) == (0, "")
    path = GOLDENS / name
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


def test_the_numbers_of_a_textbook() -> None:
    """The example of Stanford's CS231n notes: ten 5×5 filters with stride 1 and padding 2 on 32×32×3."""
    text = run("explain", *CONV).out
    for expected in ("10x32x32", "5·5·3 = 75", "75 + 1 = 76", "76·10 = 760", "750 forgets the biases"):
        assert expected in text


def test_quantities_are_chosen_and_stay_in_order() -> None:
    text = run("explain", *CONV, "-q", "macs", "-q", "output").out
    assert re.findall(r"^[A-Z][^\n]*$(?=\n  )", text, re.MULTILINE) == ["Output size", "Multiply-accumulates"]


def test_help_names_every_quantity() -> None:
    from cnncalc.report.explain import QUANTITIES

    listed = re.search(r"Quantities:\n((?:  .*\n)+)", run("explain", "--help").out)
    assert listed
    assert re.findall(r"\w+", listed[1]) == list(QUANTITIES)


def test_a_pipe_gets_no_escape_codes() -> None:
    assert "\x1b" not in run("explain", *CONV).out
    assert "\x1b[1m" in run("explain", *CONV, FORCE_COLOR="1").out


def test_output_goes_to_a_file(tmp_path: Path) -> None:
    ran = run("explain", *CONV, "--output", "working.txt", folder=tmp_path, FORCE_COLOR="1")
    assert (ran.code, ran.out) == (0, "")
    assert (tmp_path / "working.txt").read_text(encoding="utf-8") == run("explain", *CONV).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("resnet50", "--layer", "layr2.0.conv2"),
            "no layer is called 'layr2.0.conv2'\n  did you mean layer2.0.conv2?",
        ),
        ((*CONV, "--quantity", "param"), "no quantity is called 'param'\n  did you mean params?"),
        ((*CONV, "--quantity", "dropout"), "no layer here has dropout"),
        (
            ("vgg16", "--quantity", "params"),
            "layers differ, too many to explain one by one\n  name one: --layer",
        ),
    ],
)
def test_wrong_options_are_told_what_helps(arguments: tuple[str, ...], message: str) -> None:
    ran = run("explain", *arguments)
    assert ran.code == 2
    assert message in ran.err


def test_summary_does_not_pay_for_explanations() -> None:
    code = (
        "import sys; sys.argv = ['cnncalc', 'summary', 'resnet18']\n"
        "from cnncalc.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "cnncalc.analysis" in loaded
    late = (
        "cnncalc.report.explain",
        "cnncalc.passes.initialisation",
        "cnncalc.layers.facts",
        "cnncalc.symbolic.working",
    )
    assert not [m for m in loaded if m.startswith(late)]
