"""`cnncalc memory`: what is printed, in every format, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from cnncalc.report.memory import human
from tests.console import run

GOLDENS = Path(__file__).parent / "goldens"
TINY = ("3x32x32", "conv3-16,p1", "bn", "relu", "maxpool2", "flatten", "fc-10")
#: file name -> command
PRINTED = {
    "memory.txt": ("memory", "resnet50", "--batch", "8"),
    "memory-in-place.txt": ("memory", *TINY, "--in-place", "--dtype", "bfloat16"),
    "memory-training.txt": (
        "memory",
        "resnet18",
        "-t",
        "--optimizer",
        "adam",
        "--freeze",
        "layer1",
        "--freeze",
        "*1",
    ),
    "memory-fit.txt": ("memory", "vgg16", "--training", "--optimizer", "adamw", "--fit", "24GiB"),
    "memory-symbolic.txt": (
        "memory",
        "3xHxW",
        "conv3-K,p1",
        "bn",
        "relu",
        "maxpool2",
        "gap",
        "flatten",
        "fc-10",
    ),
    "memory-training-symbolic.txt": (
        "memory",
        "3xHxW",
        "conv3-K,p1",
        "bn",
        "relu",
        "conv1-K",
        "-t",
        "-b",
        "4",
    ),
    "memory.json": ("memory", *TINY, "--format", "json", "--in-place"),
    "memory-training.json": ("memory", *TINY, "--format", "json", "-t", "--optimizer", "momentum"),
    "memory.csv": ("memory", *TINY, "--format", "csv"),
    "memory-training.csv": ("memory", *TINY, "--format", "csv", "--training"),
    "memory.md": ("memory", *TINY, "--format", "markdown", "--training"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_printed(name: str) -> None:
    ran = run(*PRINTED[name])
    assert (ran.code, ran.err) == (0, "")
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        (GOLDENS / name).write_text(ran.out, encoding="utf-8")
    assert ran.out == (GOLDENS / name).read_text(encoding="utf-8")


def test_sums_are_the_sums_of_their_parts() -> None:
    inference = json.loads(run("memory", "resnet50", "--format", "json").out)
    assert inference["total"] == inference["weights"] + inference["buffers"] + inference["peak"]["bytes"]
    assert sum(inference["peak"]["alive"].values()) == inference["peak"]["bytes"]
    assert sum(layer["bytes"] for layer in inference["layers"]) == inference["activations"]
    training = json.loads(run("memory", "resnet50", "--format", "json", "-t", "--optimizer", "adam").out)
    parts = ("weights", "buffers", "saved_bytes", "gradients", "optimizer_state")
    assert training["total"] == sum(training[part] for part in parts)
    assert sum(s["bytes"] for s in training["saved"]) == training["saved_bytes"]
    assert training["macs"]["forward"] == 4_089_184_256
    assert sum(layer["backward"] for layer in training["layers"]) == training["macs"]["backward"]


def test_csv_says_the_same_as_json() -> None:
    rows = list(csv.DictReader(io.StringIO(run("memory", "googlenet", "--format", "csv").out)))
    layers = json.loads(run("memory", "googlenet", "--format", "json").out)["layers"]
    assert [(r["name"], int(r["bytes"]), r["shares"] or None) for r in rows] == [
        (each["name"], each["bytes"], each["shares"]) for each in layers
    ]


@pytest.mark.parametrize(
    "options", [(), ("--training", "--optimizer", "adam"), ("--in-place", "--dtype", "float16")]
)
def test_what_fits_is_the_largest(options: tuple[str, ...]) -> None:
    found = json.loads(run("memory", "resnet18", "--fit", "2GB", "--format", "json", *options).out)
    batch = found["fit"]["batch"]
    totals = [
        json.loads(run("memory", "resnet18", "-b", str(b), "--format", "json", *options).out)["total"]
        for b in (batch, batch + 1)
    ]
    assert totals == [found["total"], found["fit"]["next"]]
    assert totals[0] <= 2_000_000_000 < totals[1]


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("24GiB", 24 * 2**30),
        ("16GB", 16 * 10**9),
        ("500MB", 500 * 10**6),
        ("1.5 GiB", 3 * 2**29),
        ("0.1kB", 100),
        ("8 gb", 8 * 10**9),
        ("1TIB", 2**40),
        ("123456789B", 123_456_789),
        ("0.0015 kB", 1),
    ],
)
def test_sizes_as_people_write_them(written: str, size: int) -> None:
    from cnncalc.cli.sizes import read_size

    assert read_size(written, "--fit") == size


@pytest.mark.parametrize(
    ("written", "fact"),
    [
        ("24", "the unit is missing"),
        ("24G", "'G' is not a unit"),
        ("24Gi", "'Gi' is not a unit"),
        ("24Gb", "'Gb' are bits"),
        ("24iB", "'iB' is not a unit"),
        ("-1GB", "not a size"),
        ("1e9B", "not a size"),
        ("1,5GB", "not a size"),
        ("٣GB", "not a size"),
        ("0GB", "less than one byte"),
        ("0.5B", "less than one byte"),
        ("", "not a size"),
    ],
)
def test_what_is_no_size_is_refused(written: str, fact: str) -> None:
    ran = run("memory", "lenet5", "--fit", written)
    assert ran.code == 2
    assert ran.err.startswith(f"error[CNN105]: --fit {written}: {fact}\n")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--optimizer", "adam"), "--optimizer: of training only\n  add --training"),
        (("--freeze", "*"), "--freeze: of training only\n  add --training"),
        (
            ("--training", "--in-place"),
            "--in-place and --training: what training saves is the same either way\n  leave one of them out",
        ),
        (
            ("--fit", "1GB", "--batch", "2"),
            "--fit and --batch: the largest batch is what --fit finds\n  leave one of them out",
        ),
        (
            ("--training", "--freeze", "con1"),
            "--freeze con1: no layer is called so\n  did you mean 'conv1'?",
        ),
        (
            ("--fit", "250kB"),
            "--fit 250kB: not even batch 1 fits, which needs 284,456 bytes; 250,000 are given\n"
            "  give more memory, or use a smaller --dtype or --input",
        ),
        (
            ("--fit", "1GB", "--training", "--freeze", "*"),
            "--fit 1GB: memory does not grow with the batch, so that every batch fits\n  leave --fit out",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(options: tuple[str, ...], error: str) -> None:
    ran = run("memory", "lenet5", *options)
    assert (ran.code, ran.err) == (2, f"error[CNN105]: {error}\n")


def test_names_have_no_largest_batch() -> None:
    ran = run("memory", "3xHxW", "conv3-8", "--fit", "1GB")
    assert (ran.code, ran.err) == (
        2,
        "error[CNN105]: --fit 1GB: the memory depends on names\n"
        "  give them numbers: --set NAME=VALUE, or --input SIZE\n",
    )


def test_a_layer_that_cannot_be_trained_is_pointed_at() -> None:
    ran = run("memory", "8", "fc-4", "bn", "--training")
    assert ran.code == 2
    assert ran.err.startswith(
        "1:8: error[CNN203]: layer 'bn1' (bn): 1 value per channel in 4 with batch 1, but training"
    )
    assert run("memory", "8", "fc-4", "bn", "--training", "-b", "2").code == 0


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (102_228_128, "97.5 MiB"),
        (1024**2 - 1, "1.0 MiB"),
        (1536 * 1024**3, "1.5 TiB"),
        (5 * 1024**6 * 1024, "5,120.0 EiB"),
    ],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert human(size) == text


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_a_terminal_is_never_overrun(columns: int) -> None:
    from cnncalc import analyse, load
    from cnncalc.passes.memory import inference, training
    from cnncalc.report.memory import MemoryReport, as_text
    from cnncalc.report.style import Style

    for words in ("resnet50", "CxHxW conv7-K/2,p3,nobias res(conv3-K,p1 bn relu) fc-10"):
        network = load(words)
        for found in (inference(network), training(network)):
            text = as_text(MemoryReport(analyse(network), found), Style(width=columns))
            assert max(map(len, text.splitlines())) <= columns
