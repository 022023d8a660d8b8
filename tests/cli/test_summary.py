"""`cnncalc summary`: tables, formats, options, files. Goldens are written by `CNNCALC_GOLDENS=write pytest`."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console import ROOT, run

GOLDENS = Path(__file__).parent / "goldens"
TINY = ("3x32x32", "conv3-16,p1", "bn", "relu", "maxpool2", "flatten", "fc-10")
#: file name -> command
PRINTED = {
    "words.txt": ("summary", *TINY),
    "block.txt": ("summary", "examples/tiny.cnn.yaml"),
    "resnet50.txt": ("summary", "resnet50"),
    "googlenet-depth0.txt": ("summary", "googlenet", "--depth", "0"),
    "symbolic.txt": ("summary", "CxHxW", "conv7-K/2,p3", "bn", "maxpool3/2,p1", "--assume", "H=32*h"),
    "all-columns.txt": ("summary", "examples/tiny.cnn.yaml", "--columns", "all"),
    "sorted.txt": ("summary", "lenet5", "--sort", "params"),
    "batch.txt": ("summary", *TINY, "--batch", "32"),
    "tiny.json": ("summary", "examples/tiny.cnn.toml", "--format", "json"),
    "symbolic.json": ("summary", "CxHxW", "conv3-K", "relu", "--format", "json"),
    "tiny.csv": ("summary", "examples/tiny.cnn.yaml", "--format", "csv"),
    "tiny.md": ("summary", "examples/tiny.cnn.yaml", "--format", "markdown"),
    "tiny.tex": ("summary", "examples/tiny.cnn.yaml", "--format", "latex"),
    "symbolic.tex": ("summary", "CxHxW", "conv7-K/2,p3", "--format", "latex"),
    "zoo.txt": ("zoo",),
}


@pytest.mark.parametrize("name", PRINTED)
def test_golden(name: str) -> None:
    ran = run(*PRINTED[name])
    assert (ran.code, ran.err) == (0, "")
    path = GOLDENS / name
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


def numbers(text: str) -> list[int]:
    return [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", text)]


@pytest.mark.parametrize("name", ["lenet5", "vgg16", "googlenet", "resnet50", "mobilenet_v1"])
def test_totals_are_the_sums_of_the_rows(name: str) -> None:
    """Read back from what is printed: CSV holds the nodes only, the last line of the table the totals."""
    rows = list(csv.DictReader(io.StringIO(run("summary", name, "--format", "csv").out)))
    printed = run("summary", name).out.splitlines()[-1]
    assert numbers(printed)[-2:] == [sum(int(r["params"]) for r in rows), sum(int(r["macs"]) for r in rows)]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_subtotals_add_up_at_every_depth(depth: int) -> None:
    """Lines at the deepest level shown partition the network: blocks that are closed, and nodes."""
    lines = run("summary", "resnet50", "--depth", str(depth)).out.splitlines()
    rules = [i for i, line in enumerate(lines) if line.startswith("─")]
    body = lines[rules[0] + 1 : rules[1]]
    opened = {
        i
        for i, line in enumerate(body[:-1])
        if len(body[i + 1]) - len(body[i + 1].lstrip()) > len(line) - len(line.lstrip())
    }
    leaves = [numbers(line)[-2:] for i, line in enumerate(body) if i not in opened]
    assert [sum(column) for column in zip(*leaves, strict=True)] == [25_557_032, 4_089_184_256]


def test_json_says_the_same_as_the_other_formats() -> None:
    data = json.loads(run("summary", "resnet18", "--format", "json").out)
    assert data["schema_version"] == 1
    assert data["totals"] == {
        "params": 11_689_512,
        "buffers": 9_620,
        "macs": 1_814_073_344,
        "flops": 3_628_146_688,
    }
    assert sum(row["params"] for row in data["layers"]) == 11_689_512
    rows = list(csv.DictReader(io.StringIO(run("summary", "resnet18", "--format", "csv", "-c", "all").out)))
    assert [r["name"] for r in rows] == [row["name"] for row in data["layers"]]
    assert [r["output"] for r in rows] == ["x".join(map(str, row["output"])) for row in data["layers"]]
    assert [int(r["flops"]) for r in rows] == [row["flops"] for row in data["layers"]]


def test_batch_multiplies_macs_and_nothing_else() -> None:
    one = json.loads(run("summary", *TINY, "--format", "json").out)
    many = json.loads(run("summary", *TINY, "--format", "json", "--batch", "7").out)
    assert many["totals"]["macs"] == 7 * one["totals"]["macs"]
    assert many["totals"]["params"] == one["totals"]["params"]


def test_shared_weights_count_once_and_their_macs_every_time(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(
        "cnncalc: 1\ninput: 8x4x4\nlayers:\n  - a: conv3-8,p1\n  - {layer: 'conv3-8,p1', name: b, weights: a}\n"
    )
    data = json.loads(run("summary", "net.yaml", "--format", "json", folder=tmp_path).out)
    assert data["totals"]["params"] == 8 * 8 * 9 + 8
    assert data["totals"]["macs"] == 2 * 8 * 8 * 9 * 16
    assert [row["shares"] for row in data["layers"]] == [None, "a"]


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 100])
def test_a_terminal_is_never_overrun(columns: int) -> None:
    """Layout at a given width: every line fits, and every character of every cell is still there."""
    from cnncalc import analyse, load
    from cnncalc.report.style import Style
    from cnncalc.report.table import tabulate
    from cnncalc.report.terminal import as_text

    for words in ("resnet50", "CxHxW conv7-K/2,p3,nobias res(conv3-K,p1 bn relu) fc-10"):
        analysis = analyse(load(words))
        table = tabulate(analysis)
        text = as_text(table, analysis, Style(width=columns))
        assert max(map(len, text.splitlines())) <= columns
        assert characters(text) == characters(as_text(table, analysis, Style()))


def test_equally_wide_columns_are_narrowed_alike() -> None:
    from cnncalc import analyse, load
    from cnncalc.report.style import Style
    from cnncalc.report.table import tabulate
    from cnncalc.report.terminal import as_text

    analysis = analyse(load("CxHxW conv3-8"))
    table = tabulate(analysis, columns=["macs", "macs", "macs"])
    heading = as_text(table, analysis, Style(width=60)).splitlines()[1]
    ends = [i for i in range(1, len(heading) + 1) if heading.endswith("MACs", 0, i)]
    assert ends == [18, 39, 60]


@pytest.mark.parametrize(
    ("text", "width", "pieces"),
    [
        ("8x(⌊(H+3)/4⌋ + ⌊(H+3)/8⌋ − 2)x⌊(W+3)/4⌋", 32, ["8x(⌊(H+3)/4⌋ + ⌊(H+3)/8⌋ − 2)x", "⌊(W+3)/4⌋"]),
        ("⌊(3*H−6)/2⌋*K", 12, ["⌊(3*H−6)/2⌋*", "K"]),
        ("64*⌊(3*H*K−6)/S⌋", 12, ["64*⌊(3*H*", "K−6)/S⌋"]),
        ("64x112x112", 8, ["64x112x", "112"]),
        ("64x112x112 → 64x56x56", 16, ["64x112x112 →", "64x56x56"]),
        ("442,368 → 221,184", 16, ["442,368 →", "221,184"]),
        ("conv3-64,p1,nobias", 12, ["conv3-64,p1,", "nobias"]),
        ("layer1.0.conv1", 13, ["layer1.0.", "conv1"]),
        ("0.125 + 0.25", 8, ["0.125 +", "0.25"]),
        ("multiply-accumulates", 19, ["multiply-", "accumulates"]),
        ("(C + 11)/(9*C + 1)", 13, ["(C + 11)/", "(9*C + 1)"]),
        ("unbreakable", 5, ["unbre", "akabl", "e"]),
    ],
)
def test_cells_break_outside_of_floors_if_possible(text: str, width: int, pieces: list[str]) -> None:
    from cnncalc.report.style import fold

    assert fold(text, width) == pieces


def characters(text: str) -> list[str]:
    """All that is printed but space and rules, which depend on the width."""
    return sorted(c for c in text if not c.isspace() and c != "─")


def test_a_pipe_gets_no_escape_codes_and_no_cut_lines() -> None:
    text = run("summary", "vgg16").out
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_colour_is_for_terminals_and_as_the_environment_says() -> None:
    assert "\x1b[1m" in run("summary", "lenet5", FORCE_COLOR="1").out
    assert "\x1b" not in run("summary", "lenet5", FORCE_COLOR="1", NO_COLOR="1").out


def test_output_goes_to_a_file_whole(tmp_path: Path) -> None:
    ran = run("summary", "lenet5", "--format", "json", "--output", "lenet.json", folder=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert json.loads((tmp_path / "lenet.json").read_text())["totals"]["params"] == 61_706
    assert [p.name for p in tmp_path.iterdir()] == ["lenet.json"]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out.txt"
    target.write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    ran = run("summary", "lenet5", "--output", "out.txt", folder=tmp_path)
    assert ran.code == 2
    assert ran.err.startswith("error[CNN104]: out.txt cannot be written: No space left on device")
    assert target.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["out.txt"]


def test_standard_input_is_a_spec() -> None:
    text = (ROOT / "examples/tiny.cnn.yaml").read_bytes()
    assert run("summary", "-", stdin=text).out == run("summary", "examples/tiny.cnn.yaml").out


def test_zoo_prints_a_spec_that_is_the_same_network(tmp_path: Path) -> None:
    (tmp_path / "copy.cnn.yaml").write_text(run("zoo", "show", "resnet50").out)
    ran = run("summary", "copy.cnn.yaml", "--preset", "resnet34", folder=tmp_path)
    assert ran.out == run("summary", "resnet34").out


def test_closed_blocks_are_lines_of_the_csv_so_that_its_columns_still_sum_up() -> None:
    rows = list(
        csv.DictReader(io.StringIO(run("summary", "resnet50", "--format", "csv", "--depth", "0").out))
    )
    assert sum(int(row["params"]) for row in rows) == 25_557_032


def test_sums_in_latex_shapes_have_parentheses() -> None:
    text = run("summary", "3xHxW", "conv3-8", "--format", "latex").out
    assert r"$8 \times \left(H - 2\right) \times \left(W - 2\right)$" in text


def test_a_name_cannot_start_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text('cnncalc: 1\nname: "a\\n\\\\input{x}"\ninput: 3x8x8\nlayers: [relu]\n')
    text = run("summary", "net.yaml", "--format", "latex", folder=tmp_path).out
    assert text.splitlines()[0] == "% a \\input{x}  3x8x8 → 3x8x8"


@pytest.mark.parametrize("value", ["12345678901234567", "²", "1.2345678901234567"])
def test_settings_are_never_rounded(value: str) -> None:
    assert run("summary", "3x8x8", "conv3-W", "--set", f"W={value}").code == 2


def test_sizes_end_where_those_of_torch_do() -> None:
    ran = run("summary", "3x8x8", "30*(upsample1000000)")
    assert ran.code == 2
    assert "CNN206" in ran.err


def in_shell(line: str) -> subprocess.CompletedProcess[bytes]:
    """A whole command line with its redirections, run by a shell."""
    program = f"{shlex.quote(sys.executable)} -m cnncalc"
    return subprocess.run(
        ["/bin/sh", "-c", line.replace("cnncalc", program, 1)], cwd=ROOT, capture_output=True, check=False
    )


def test_a_closed_standard_input_is_told() -> None:
    ran = in_shell("cnncalc summary - <&-")
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr == b"error[CNN102]: standard input is closed\n  give the path of a spec file\n"


def test_a_closed_standard_output_is_told() -> None:
    ran = in_shell("cnncalc summary lenet5 >&-")
    assert ran.returncode == 2
    assert ran.stderr == b"error[CNN104]: standard output is closed\n  give a file: --output FILE\n"


def test_a_file_can_be_written_while_standard_output_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    assert in_shell(f"cnncalc summary lenet5 --output {shlex.quote(str(path))} >&-").returncode == 0
    assert path.read_text(encoding="utf-8") == run("summary", "lenet5").out


def test_an_error_that_nobody_reads_has_its_exit_code() -> None:
    assert in_shell("cnncalc summary nothing 2>&-").returncode == 2


@pytest.mark.parametrize("suffix", ["yaml", "json", "toml"])
def test_standard_input_and_files_without_a_suffix_are_specs_of_any_format(
    suffix: str, tmp_path: Path
) -> None:
    text = (ROOT / f"examples/tiny.cnn.{suffix}").read_bytes()
    expected = run("summary", f"examples/tiny.cnn.{suffix}").out
    text = text.replace(b"  ", b"\t") if suffix == "json" else text
    (tmp_path / "spec").write_bytes(text)
    assert run("summary", "-", stdin=text).out == expected
    assert run("summary", "./spec", folder=tmp_path).out == expected
    assert run("summary", str(tmp_path / "spec")).out == expected


def test_the_title_of_a_spec_cannot_steer_a_terminal(tmp_path: Path) -> None:
    text = 'cnncalc: 1\nname: "a\\u202eb"\nsource: "c\\u2066d\\u2028e"\ninput: 3x8x8\nlayers: [relu]\n'
    (tmp_path / "net.yaml").write_text(text)
    lines = run("summary", "net.yaml", folder=tmp_path).out.splitlines()
    assert lines[:2] == ["a\\u202eb  3x8x8 → 3x8x8", "c\\u2066d\\u2028e"]
    for form in ("markdown", "latex"):
        assert "\u202e" not in run("summary", "net.yaml", "--format", form, folder=tmp_path).out


def test_a_preset_may_repeat_the_name() -> None:
    assert run("summary", "resnet18", "--preset", "resnet18").out == run("summary", "resnet18").out


def test_columns_may_be_parted_by_blanks() -> None:
    assert (
        run("summary", "lenet5", "-c", "name, params").out
        == run("summary", "lenet5", "-c", "name,params").out
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--set", "K=8"],
        ["--set", "r=2", "--assume", "W>=6"],
        ["--assume", "W=2*w", "--assume", "w>=3"],
        ["--assume", "max(W,K)>=6"],
        ["--set", "a=2", "--set", "B=3"],
    ],
)
def test_settings_and_assumptions_on_names_that_occur(options: list[str]) -> None:
    words = ("3x{2*r}xW", "n*(conv1-K)", "res(relu|conv1-{C*a//a}/1)", "permute,order=1x2x3", "avgpoolBx1")
    assert run("summary", *words, "--set", "n=2", *options).code == 0
