"""`cnncalc solve`: what it prints, and what it refuses. Goldens are written by `CNNCALC_GOLDENS=write pytest`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cnncalc.report.style import Style
from cnncalc.solving.text import as_text
from tests.console import run
from tests.solving.problems import Problem
from tests.solving.problems import answer as answer_to

GOLDENS = Path(__file__).parent / "goldens" / "solve"
STEM = ("solve", "3xNxN", "conv7-64/2,p3", "maxpool3/2,p1", "--for", "N")
STRIDED = ("solve", "3x32x32", "conv5-16/S,pP", "--for", "P,S")
PADDED = ("solve", "3x32x32", "conv5-16,pP", "--for", "P")
KERNEL = ("solve", "3x32x32", "convK-16,pP", "--for", "K,P")
TWO = ("solve", "3x64x64", "convK-C", "convK-D")
REPEATED = ("solve", "3x32x32", "R*(conv3-8)", "--for", "R")
#: file name -> exit code, command
PRINTED: dict[str, tuple[int, tuple[str, ...]]] = {
    "stem.txt": (0, (*STEM, "--such-that", "output.H == 56")),
    "stem.json": (0, (*STEM, "-c", "output.H == 56", "--format", "json")),
    "stem.md": (0, (*STEM, "-c", "output.H == 56", "--format", "markdown")),
    "family.txt": (0, (*STRIDED, "--such-that", "output.H == 32")),
    "family.json": (0, (*STRIDED, "-c", "output.H == 32", "-f", "json")),
    "family-least.txt": (0, (*STRIDED, "-c", "output.H == 32", "--minimize", "P + S")),
    "width.txt": (
        0,
        ("solve", "mobilenet_v1", "--for", "width", "-c", "macs <= 300M", "--maximize", "width"),
    ),
    "width.json": (
        0,
        (
            "solve",
            "mobilenet_v1",
            "--for",
            "width",
            "-c",
            "macs <= 300M",
            "-f",
            "json",
            "--range",
            "width=0.25..1/0.05",
        ),
    ),
    "classes.txt": (
        0,
        ("solve", "resnet18", "--for", "classes", "-c", "params <= 11.5M", "-c", "classes % 100 == 0"),
    ),
    "input.txt": (
        0,
        ("solve", "resnet50", "--input", "3xNxN", "--for", "N", "-c", "layer4.output == 2048x7x7"),
    ),
    "congruent.txt": (
        0,
        ("solve", "3xNxN", "avgpool32", "--for", "N", "-c", "N % 32 == 7", "-c", "output.H >= 1"),
    ),
    "odd.txt": (0, (*KERNEL, "-c", "output.H == 32", "-c", "K % 2 == 1", "--range", "K=1..11")),
    "far.txt": (0, (*PADDED, "-c", "macs >= 10^15")),
    "field.txt": (0, ("solve", "3x64x64", "conv3-8,dD", "conv3-8", "--for", "D", "-c", "rf.size == 21")),
    "groups.txt": (0, ("solve", "3x8x8", "conv1-12", "conv3-24,gG", "--for", "G", "-c", "output.C == 24")),
    "chain.txt": (0, (*PADDED, "-c", "0 <= output.H - 32 <= 2*P", "-c", "10 < macs/params <= 1.2k")),
    "tried.txt": (0, (*REPEATED, "-c", "output.H >= 10", "--range", "R=1..20", "--maximize", "macs")),
    "peak.txt": (
        0,
        (
            "solve",
            "3xNxN",
            "conv3-16",
            "conv3-16",
            "--for",
            "N",
            "-c",
            "memory.peak <= 1Mi",
            "--range",
            "N=1..200",
        ),
    ),
    "three.txt": (
        0,
        (*TWO, "--for", "C,D,K", "-c", "params <= 3000", "-c", "C >= 8", "-c", "D == 2*C", "-c", "K >= 2"),
    ),
    "halves.txt": (0, (*PADDED, "-c", "output.H <= 50", "--range", "P=0..2/0.5")),
    "none-between.txt": (
        1,
        ("solve", "3xNxN", "conv3-8", "tconv2-8/2", "--for", "N", "-c", "output.H == 55"),
    ),
    "none-least.txt": (1, ("solve", "3xNxN", "conv3-8/5", "--for", "N", "-c", "macs <= 3")),
    "none-both.txt": (
        1,
        ("solve", "3xNxN", "conv3-8", "tconv2-8/2", "--for", "N", "-c", "output.H <= 56", "-c", "N > 30"),
    ),
    "none-two.txt": (1, (*STRIDED, "-c", "output.H == 0")),
    "none.json": (1, (*PADDED, "-c", "output.H == 31", "-f", "json")),
}


@pytest.mark.parametrize("name", PRINTED)
def test_golden(name: str) -> None:
    code, command = PRINTED[name]
    ran = run(*command)
    assert (ran.code, ran.err) == (code, "")
    path = GOLDENS / name
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


def answer(*command: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*command, "--format", "json").out)
    return found


def test_a_stem_halves_four_sizes_to_the_same() -> None:
    (solution,) = answer(*STEM, "-c", "output.H == 56")["solutions"]
    assert solution["numbers"] == [{"from": 221, "to": 224, "step": 1}]


def test_the_widest_mobilenet_is_told_in_hundredths() -> None:
    found = answer("solve", "mobilenet_v1", "--for", "width", "-c", "macs <= 300M", "--maximize", "width")
    assert found["solutions"] == [
        {"given": {}, "name": "width", "numbers": [{"from": "18/25", "to": "18/25", "step": "1/100"}]}
    ]
    assert [point["meets"] for point in found["points"]] == [True, True, False]


def test_every_point_of_an_answer_is_built_anew() -> None:
    found = answer(*STEM, "-c", "output.H == 56")
    for point in found["points"]:
        size = point["given"]["N"]
        built = json.loads(run("summary", f"3x{size}x{size}", *STEM[2:4], "--format", "json").out)
        assert point["values"]["output.H"] == built["output"][1]


REFUSED = [
    (
        (*PADDED[:3], "--for", "Q", "-c", "output.H == 32"),
        "error[CNN114]: --for Q: nothing here is called so\n  names here: P\n",
    ),
    (
        ("solve", "mobilenet_v1", "--for", "widht", "-c", "macs <= 1M"),
        "error[CNN114]: --for widht: nothing here is called so\n  did you mean 'width'?\n",
    ),
    (
        (*PADDED, "-c", "outptu.H == 32"),
        "1:1: error[CNN142]: nothing here is called 'outptu.H'\n"
        "    1 | outptu.H == 32\n      | ^^^^^^^^ did you mean 'output'?\n",
    ),
    (
        (*PADDED, "-c", "3 + memory < 5"),
        "1:5: error[CNN142]: nothing here is called 'memory'\n    1 | 3 + memory < 5\n"
        "      |     ^^^^^^ choose one of memory.weights, memory.activations, memory.peak, memory.total\n",
    ),
    (
        (*PADDED, "-c", "conv2.output.H == 32"),
        "error[CNN116]: no layer is called 'conv2'\n  did you mean 'conv1'?\n",
    ),
    (
        (*PADDED, "-c", "output.L == 32"),
        "error[CNN142]: there is no output.L\n  its axes are C, H, W\n",
    ),
    (
        (*PADDED, "-c", "output == 10"),
        "error[CNN142]: output has 3 axes\n  choose one of output.C, output.H, output.W\n",
    ),
    (
        (*PADDED, "-c", "output.H"),
        "1:1: error[CNN142]: 'output.H' compares nothing\n"
        "    1 | output.H\n      | ^^^^^^^^ write a condition, like output.H == 32\n",
    ),
    (
        (*PADDED, "-c", "output.H = 32"),
        "1:1: error[CNN150]: this is not an expression\n"
        "    1 | output.H = 32\n      | ^^^^^^^^^^^^^ write == to compare\n",
    ),
    (
        (*PADDED, "-c", "P == 1 or P == 2"),
        "1:1: error[CNN142]: conditions can only be joined by and\n"
        "    1 | P == 1 or P == 2\n      | ^^^^^^^^^^^^^^^^ ask once for each of them\n",
    ),
    (
        (*PADDED, "-c", "P // 0 == 1"),
        "error[CNN142]: P // 0 == 1 divides by zero\n  divide by something else\n",
    ),
    (
        (*PADDED, "-c", "P == 1", "--range", "P=4..2"),
        "error[CNN105]: --range P=4..2: the range is empty\n  write the smaller number first\n",
    ),
    (
        (*PADDED, "-c", "P == 1", "--range", "P=4"),
        "error[CNN105]: --range P=4: not a range\n  write --range K=1..11, or width=0.25..1.5/0.05\n",
    ),
    (
        (*PADDED, "-c", "P == 1", "--range", "P=1.0000001..2"),
        "error[CNN105]: --range P=1.0000001..2: its ends and its step are numbers of at most 6 decimals\n"
        "  write --range K=1..11, or width=0.25..1.5/0.05\n",
    ),
    (
        (*PADDED, "-c", "P == 1", "--range", "P=1..2/0"),
        "error[CNN105]: --range P=1..2/0: the step is 0\n  give one above 0\n",
    ),
    (
        (*PADDED, "-c", "P == 1", "--range", "S=1..2"),
        "error[CNN105]: --range S=1..2: S is not searched for\n  searched for: P\n",
    ),
    (
        (*PADDED, "-c", "P == 1", "--set", "P=2"),
        "error[CNN105]: --for P: --set gives it a value\n  leave out one of the two\n",
    ),
    (PADDED, "error[CNN105]: there is no condition\n  give one: --such-that 'output.H == 32'\n"),
    (
        (*PADDED, "--maximize", "macs", "--minimize", "params"),
        "error[CNN105]: --maximize and --minimize are both given\n  give one of the two\n",
    ),
    (
        (*PADDED, "--maximize", "macs > 3"),
        "1:1: error[CNN142]: 'macs > 3' is a comparison\n    1 | macs > 3\n      | ^^^^^^^^ give a value, like macs\n",
    ),
    (
        (*PADDED, "--maximize", "macs"),
        "error[CNN143]: there is no greatest macs, as far as 2^200\n  give a range: --range P=1..100\n",
    ),
    (
        (*PADDED[:3], "conv3-K", "--for", "P", "-c", "output.H == 32"),
        "error[CNN115]: K has no value\n  give it a number: --set K=8, or search for it: --for P,K\n",
    ),
    (
        (*REPEATED, "-c", "output.H >= 10"),
        "error[CNN143]: there is no formula for all values of R (repeat is R), and R has no last value to be tried\n"
        "  give it a range: --range R=1..100\n",
    ),
    (
        (*REPEATED, "-c", "output.H >= 10", "--range", "R=1..20000"),
        "error[CNN143]: there is no formula for all values of R (repeat is R), and 20,000 values are too many to be tried\n"
        "  narrow the range to 10,000: --range R=1..10000\n",
    ),
    (
        ("solve", "3x32x32", "convK-16/S,pP", "--for", "K,S,P", "-c", "output.H == 16"),
        "error[CNN143]: K and S and P may grow without end together\n  give a range to one of them: --range K=1..100\n",
    ),
    (
        (*STRIDED, "-c", "output.H == 32", "--maximize", "P"),
        "error[CNN143]: P may have no greatest value: the solutions have no end\n  give a range: --range S=1..100\n",
    ),
]


@pytest.mark.parametrize(("command", "told"), REFUSED, ids=[" ".join(c[3:]) for c, _ in REFUSED])
def test_refused(command: tuple[str, ...], told: str) -> None:
    ran = run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == told


def test_in_a_terminal_the_text_fits_its_width() -> None:
    words = "3x64x64 convK-C relu conv3-8,p1 relu conv3-8,p1 relu conv3-8,p1 relu conv3-8,p1 relu"
    problem = Problem(words, ("K", "C"), ("params <= 9000", "C >= 8", "output.H >= 10", "K % 2 == 1"))
    text = as_text(words, answer_to(problem), Style(60))
    assert max(map(len, text.splitlines())) <= 60
    assert "params <= 9000" in " ".join(text.split())
