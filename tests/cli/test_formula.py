"""`cnncalc formula`: computed, solved, listed, and what is refused. Goldens are written by `CNNCALC_GOLDENS=write pytest`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.console import run

GOLDENS = Path(__file__).parent / "goldens" / "formula"
#: file name -> command
PRINTED = {
    "list.txt": "list",
    "list.json": "list --format json",
    "list.tex": "list --format latex",
    "computed.txt": "output_size W=224 F=7 S=2 P=3",
    "computed.json": "output_size W=224 F=7 S=2 P=3 --format json",
    "computed.tex": "output_size W=224 F=7 S=2 P=3 --format latex",
    "dilated.txt": "output_size W=32 F=3 P=2 D=2",
    "ceil.txt": "pool_size W=112 F=3 S=2 ceil=1",
    "grouped.txt": "params F=3 C=64 K=128 G=2 bias=0",
    "symbols.txt": "output_size W=32*h F=3 S=2 P=1",
    "symbols.json": "output_size W=H F=K --format json",
    "assumed.txt": "output_size W=H F=K",
    "variance.txt": "kaiming n=576",
    "variance.json": "kaiming n=576 --format json",
    "one.txt": "params F=3 C=64 params=73856",
    "range.txt": "output_size F=7 S=2 P=3 O=112",
    "range.json": "output_size F=7 S=2 P=3 O=112 --format json",
    "range.tex": "output_size F=7 S=2 P=3 O=112 --format latex",
    "endless.txt": "output_size W=5 F=3 O=1 --for S",
    "default-follows.txt": "pool_size W=112 O=56",
    "none.txt": "params F=3 C=64 params=73857",
    "none.json": "params F=3 C=64 params=73857 --format json",
    "one-side.txt": "params F=3 C=64 K=130 params=18850 --for G",
    "of-variance.txt": "kaiming variance=1/288",
}


@pytest.mark.parametrize("name", PRINTED)
def test_golden(name: str) -> None:
    ran = run("formula", *PRINTED[name].split())
    assert (ran.code, ran.err) == (0, "")
    path = GOLDENS / name
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("outputsize W=3", "no formula is called 'outputsize'\n  did you mean 'output_size'?"),
        ("zzz", "no formula is called 'zzz'\n  cnncalc formula list names them all"),
        ("list W=3", "the list takes no values\n  name a formula: cnncalc formula output_size W=224 F=7"),
        (
            "output_size W=5 Q=3 F=3",
            "output_size has no name 'Q'\n  its names are W, F, S, P, D, and O for the result",
        ),
        ("output_size w=5", "output_size has no name 'w'\n  did you mean W (input size)?"),
        ("params groups=2", "params has no name 'groups'\n  did you mean G (groups)?"),
        ("output_size", "output_size needs W (input size) and F (kernel size)\n  give W=… F=…"),
        (
            "output_size W=5",
            "output_size needs F (kernel size)\n  give F=…; or the result, O, to solve for F",
        ),
        (
            "output_size S=2 O=3",
            "output_size can be solved for one name, but W and F are left out\n  give all but one of them: F=…",
        ),
        (
            "output_size W=5 F=3 S=1 P=0 D=1 O=3",
            "every name has a value, so there is nothing to solve for\n  leave one of them out",
        ),
        ("output_size W=5 F=3 O=3 --for F", "F is given\n  leave out F=…"),
        ("output_size W=5 F=3 O=3 --for O", "O is the result\n  leave out --for, and O=…"),
        ("output_size W=5 F=3 --for O", "O is the result\n  leave out --for, and O=…"),
        (
            "params F=1 C=2 K=3 params=9 --for bias",
            "bias is a choice\n  try both: 0 and 1",
        ),
        ("output_size W=5 F=3 --for S", "solving for S needs the result\n  give O as well: O=…"),
        (
            "output_size W=N F=3 O=3",
            "solving for S needs numbers, but N is none\n  give numbers, or leave out the result for a formula in names",
        ),
        ("output_size W=1.5 F=3", "W=1.5 is not a whole number\n  give W one, or a name"),
        ("output_size W=5 F=3 O=5/2", "O=5/2 is not a whole number\n  give O one, or a name"),
        ("output_size W=2** F=3", "W=2**: this is not an expression"),
        ("output_size W=5 W=5 F=3", "W is given twice\n  give it one value"),
        ("output_size W F=3", "'W' gives no name a value\n  write W=7"),
        ("params F=3 C=64 K=8 bias=2", "bias=2 is no choice\n  give 1 with a bias, 0 without"),
        ("kaiming variance=0", "variance=0 is not positive\n  a variance is"),
        ("kaiming n=N", "kaiming divides, which needs numbers\n  give all names numbers"),
    ],
)
def test_what_cannot_be_read_is_refused(command: str, error: str) -> None:
    ran = run("formula", *command.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error[CNN105]: {error}")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("output_size W=5 F=3 S=0", "stride S = 0\n  give S at least 1"),
        ("output_size W=5 F=3 P=-1", "padding on each side P = -1\n  give P at least 0"),
        ("output_size W=5 F=3 S=0 O=2 --for P", "stride S = 0\n  give S at least 1"),
        (
            "output_size W=5 F=9",
            "the kernel spans 9 positions, but the padded input has only 5\n"
            "  use a smaller kernel or dilation, or more padding",
        ),
        (
            "params F=3 C=64 K=128 G=3",
            "groups=3 does not divide the 64 input channels\n  choose from 1, 2, 4, 8, 16, 32, 64",
        ),
        ("kaiming n=0", "fan n = 0\n  give n at least 1"),
    ],
)
def test_what_means_nothing_is_refused_as_a_layer_would_be(command: str, error: str) -> None:
    ran = run("formula", *command.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"error[CNN203]: {error}\n"


def test_without_a_name_all_are_listed() -> None:
    assert run("formula").out == run("formula", "list").out


def test_a_table_for_machines_holds_every_name() -> None:
    listed = json.loads(run("formula", "list", "--format", "json").out)["formulas"]
    by_name = {entry["name"]: entry for entry in listed}
    assert by_name["pool_size"]["names"]["S"] == {"meaning": "stride", "default": "F", "least": 1}
    assert all(n["meaning"] for entry in listed for n in entry["names"].values())


def test_it_is_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "size.txt"
    ran = run("formula", "output_size", "W=7", "F=3", "-o", str(path))
    assert (ran.code, ran.out) == (0, "")
    assert path.read_text(encoding="utf-8") == run("formula", "output_size", "W=7", "F=3").out


def test_a_terminal_is_never_overrun() -> None:
    command = ["formula", "params", "F=11", "C=123456789", "K=987654321", "G=9"]
    assert max(map(len, run(*command).out.splitlines())) <= 80
