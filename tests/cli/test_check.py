"""`cnncalc check`: what it prints, and its exit codes. Goldens are written by `CNNCALC_GOLDENS=write pytest`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.console import Ran, run

GOLDENS = Path(__file__).parent / "goldens" / "check"
#: 3·16·9 + 16 parameters of the convolution, and 16·10 + 10 behind global pooling
GOOD = """\
cnncalc: 1
name: good
input: 3x32x32
layers: ["conv3-16,p1", relu, gap, flatten, fc-10]
expect: {output: 10, params: 618, macs: "<= 1M"}
"""
#: a bias before a normalisation, an even kernel with padding same, and two wrong expectations
BAD = """\
cnncalc: 1
name: bad
input: 3x32x32
layers:
  - conv3-16,p1
  - bn
  - relu
  - conv4-16,same
  - gap
  - flatten
  - fc-10
expect:
  output: 100
  params: 1k
  layers:
    conv1: {output: 16x32x32}
    fc9: {output: 10}
"""
BROKEN = "cnncalc: 1\ninput: 3x32x32\nlayers:\n  - conv3-16\n  - conv5-8,g3\n"
FILES = {"good.cnn.yaml": GOOD, "bad.cnn.yaml": BAD, "broken/net.cnn.yaml": BROKEN}
#: file name -> exit code and command
PRINTED: dict[str, tuple[int, tuple[str, ...]]] = {
    "good.txt": (0, ("good.cnn.yaml",)),
    "bad.txt": (1, ("bad.cnn.yaml",)),
    "all.txt": (2, ()),
    "select.txt": (1, ("bad.cnn.yaml", "--select", "CNN301")),
    "ignore.txt": (1, ("bad.cnn.yaml", "--ignore", "CNN3")),
    "bad.json": (1, ("bad.cnn.yaml", "--format", "json")),
    "bad.md": (1, ("bad.cnn.yaml", "--format", "markdown")),
}


@pytest.fixture
def nets(tmp_path: Path) -> Path:
    """A folder with a spec that is as expected, one that is not, and one that cannot be built."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", PRINTED)
def test_golden(name: str, nets: Path) -> None:
    code, arguments = PRINTED[name]
    ran = run("check", *arguments, folder=nets)
    assert (ran.code, ran.err) == (code, "")
    path = GOLDENS / name
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


def codes(ran: Ran) -> list[str]:
    """The codes of all findings of a report in JSON."""
    return sorted(f["code"] for file in json.loads(ran.out)["files"] for f in file["findings"])


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ((), ["CNN301", "CNN311"]),
        (("--select", "CNN301"), ["CNN301"]),
        (("--select", "bias-before-norm, uneven-same-padding"), ["CNN301", "CNN311"]),
        (("--ignore", "CNN31"), ["CNN301"]),
        (("--select", "CNN3", "--ignore", "CNN301"), ["CNN311"]),
        (("--select", ""), []),
    ],
    ids=" ".join,
)
def test_options_choose_advice_and_no_errors(options: tuple[str, ...], advice: list[str], nets: Path) -> None:
    ran = run("check", "bad.cnn.yaml", "--format", "json", *options, folder=nets)
    assert (ran.code, codes(ran)) == (1, ["CNN116", *advice, "CNN501", "CNN501"])


def test_advice_fails_only_if_it_is_to(nets: Path) -> None:
    (nets / "bad.cnn.yaml").write_text(BAD.partition("expect:")[0], encoding="utf-8")
    assert run("check", "bad.cnn.yaml", folder=nets).code == 0
    assert run("check", "bad.cnn.yaml", "--strict", folder=nets).code == 1
    assert run("check", "bad.cnn.yaml", "--strict", "--ignore", "CNN301,CNN311", folder=nets).code == 0


def test_a_baseline_is_written_and_compared_with(nets: Path) -> None:
    """Twice the filters: 448 parameters of the convolution more, and 160 of the linear layer."""
    told = "1 file, 1 network: 3 of 3 expectations met\n"
    wrote = run("check", "good.cnn.yaml", "--write-baseline", "kept.json", folder=nets)
    assert wrote == Ran(0, told, "")
    compared = ("check", "good.cnn.yaml", "--baseline", "kept.json")
    assert run(*compared, folder=nets) == Ran(0, f"nothing has changed since the baseline\n\n{told}", "")

    wider = GOOD.replace("conv3-16", "conv3-32").replace("618", "1226")
    (nets / "good.cnn.yaml").write_text(wider, encoding="utf-8")
    grown = run(*compared, folder=nets)
    assert (grown.code, grown.err) == (1, "")
    assert "params grew from 618 to 1,226 (+608, +98.4 %)" in grown.out
    assert run(*compared, "--tolerance", "any", folder=nets).code == 2


def test_a_report_goes_to_a_file(nets: Path) -> None:
    ran = run("check", "bad.cnn.yaml", "--format", "json", "--output", "report.json", folder=nets)
    assert ran == Ran(1, "", "")
    assert (nets / "report.json").read_text(encoding="utf-8") == (GOLDENS / "bad.json").read_text(
        encoding="utf-8"
    )


NOTHING = (
    "error[CNN105]: there are no spec files under {}\n"
    "  their names end in .cnn.yaml, .cnn.json or .cnn.toml; cnncalc init writes one\n"
)


def test_nothing_to_check_is_no_pass(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(GOOD, encoding="utf-8")
    assert run("check", folder=tmp_path) == Ran(2, "", NOTHING.format("."))
    assert run("check", "net.yaml", folder=tmp_path).code == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--select", "CNN999"), "error[CNN105]: select: no advice is called 'CNN999'"),
        (("--ignore", "CNN501"), "error[CNN105]: ignore: CNN501 is an error"),
        (("none.cnn.yaml",), "error[CNN102]: there is no file or folder none.cnn.yaml"),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_one_line(arguments: tuple[str, ...], error: str, nets: Path) -> None:
    ran = run("check", *arguments, folder=nets)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (2, "", error)


def test_a_folder_is_searched_whatever_it_is_called(nets: Path) -> None:
    """Named itself, or found in another; it is no spec that could be broken."""
    folder = nets / "folder.cnn.yaml"
    folder.mkdir()
    assert run("check", "folder.cnn.yaml", folder=nets) == Ran(2, "", NOTHING.format("folder.cnn.yaml"))
    assert run("check", folder=nets).out == (GOLDENS / "all.txt").read_text(encoding="utf-8")
    (folder / "net.cnn.yaml").write_text(GOOD, encoding="utf-8")
    for path in ("folder.cnn.yaml", "."):
        files = json.loads(run("check", path, "--format", "json", folder=nets).out)["files"]
        assert "folder.cnn.yaml/net.cnn.yaml" in [file["path"] for file in files]
