"""The repository in miniature, as continuous integration goes through it: real processes, real files, real git."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.check.repository import broken, cnncalc, copied, regressed
from tests.check.validators import GITLAB_SEVERITIES, JUNIT, SARIF, unescaped
from tests.console import Ran, run

# By hand, of 48 channels: 3·48·9 + 2·48 + 2·(48·48·9 + 2·48) + 48·10 + 10 parameters, and
# 32·32·(3·48·9 + 2·48·48·9) + 480 multiply-accumulates
REGRESSION = """\
nets/wide.cnn.yaml:12:11: error[CNN501]: params is 43,546, expected <= 20k: 23,546 too many (118 %)
   12 |   params: "<= 20k"
      |           ^^^^^^^^
      = most: unit.0.conv1 20,736 (47.6 %), unit.0.conv2 20,736 (47.6 %), stem.0 1,296 (3.0 %)

nets/wide.cnn.yaml:13:9: error[CNN501]: macs is 43,794,912, expected 19.8M: 23,944,912 too many (121 %)
   13 |   macs: 19.8M
      |         ^^^^^
      = most: unit.0.conv1 21,233,664 (48.5 %), unit.0.conv2 21,233,664 (48.5 %), stem.0 1,327,104 (3.0 %)

nets/wide.cnn.yaml:15:20: error[CNN501]: output of 'unit' is 48x32x32, expected 32x32x32
   15 |     unit: {output: 32x32x32}
      |                    ^^^^^^^^

2 files, 2 networks: 8 of 11 expectations met, 3 errors
"""
BROKEN = """\
nets/broken.cnn.yaml:4:13: error[CNN203]: layer 'conv1' (conv): groups=2 does not divide the 3 input channels
    4 |   - conv3-8,g2
      |             ^^ choose from 1, 3

3 files, 3 networks: 11 of 11 expectations met, 1 error
"""
FINE = "2 files, 2 networks: 11 of 11 expectations met\n"
MESSAGES = [line.split(": ", 2)[2] for line in REGRESSION.splitlines() if "error[" in line]
PLACES = [("nets/wide.cnn.yaml", 12), ("nets/wide.cnn.yaml", 13), ("nets/wide.cnn.yaml", 15)]


@pytest.fixture(scope="module")
def main(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository where all is well; nobody writes into it."""
    return copied(tmp_path_factory.mktemp("main"))


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository after a network has grown; nobody writes into its nets."""
    return regressed(tmp_path_factory.mktemp("branch"))


def test_all_is_well_on_main(main: Path) -> None:
    assert cnncalc(main, "check") == Ran(0, FINE, "")


def test_a_network_that_has_grown_is_told_line_by_line(branch: Path) -> None:
    assert cnncalc(branch, "check") == Ran(1, REGRESSION, "")


def test_a_network_that_cannot_be_built(tmp_path: Path) -> None:
    assert cnncalc(broken(tmp_path), "check") == Ran(2, BROKEN, "")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("nothing.cnn.yaml",), "error[CNN102]: there is no file or folder nothing.cnn.yaml"),
        (("models.py",), "error[CNN102]: models.py is no spec file"),
        ((".git",), "error[CNN105]: there are no spec files under .git"),
        (("--baseline", "none.json"), "error[CNN102]: there is no file none.json"),
        (("--tolerance", "macs=1%"), "error[CNN105]: --tolerance: nothing is compared"),
        (("--torch", "models:Small"), "error[CNN105]: --torch: one module, but 2 spec files"),
        (("--format", "nonsense"), "Usage: cnncalc check [OPTIONS] [PATHS]..."),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_wrong_usage(arguments: tuple[str, ...], error: str, main: Path) -> None:
    ran = cnncalc(main, "check", *arguments)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (2, "", error)


# modules


def test_every_module_is_what_its_spec_says(main: Path) -> None:
    ran = cnncalc(main, "check", "--modules")
    assert (ran.code, ran.err) == (0, "")
    said = "the module is what the spec says: 7 layers, 24,346 parameters, 2,802,304 MACs\n"
    assert ran.out == f"--- small on 3x32x32\n+++ Small\n{said}\n{FINE}"


def test_a_module_that_has_drifted_is_told_side_by_side(main: Path) -> None:
    """The second stage has 48 channels: 16·48·9 + 48·64·9 weights of convolutions instead of 16·32·9 + 32·64·9."""
    ran = cnncalc(main, "check", "nets/small.cnn.yaml", "--torch", "models:Drifted")
    assert (ran.code, ran.err) == (1, "")
    lines = ran.out.splitlines()
    assert lines[:2] == ["--- small on 3x32x32", "+++ Drifted"]
    assert [line.split() for line in lines if " weight  " in line][:2] == [
        ["-", "weight", "32x16x3x3"],
        ["+", "weight", "48x16x3x3"],
    ]
    found = [line for line in lines if "error[" in line]
    assert found == [
        "nets/small.cnn.yaml:9:9: error[CNN510]: Drifted: layer 'features.4' (conv3-32,p1,nobias): "
        "its weight is 48x16x3x3, not 32x16x3x3"
    ]


def test_arguments_of_a_module(main: Path) -> None:
    """Five classes less: 5·64 weights, and 5 biases."""
    file = "nets/small.cnn.yaml"
    form = ("--format", "json")
    ran = run("check", file, "--torch", "models:Small", "--kwargs", "classes=5", *form, folder=main)
    (finding,) = json.loads(ran.out)["files"][0]["findings"]
    assert (ran.code, finding["code"], finding["line"]) == (1, "CNN510", 12)
    assert "5x64" in finding["message"]


def test_a_module_that_is_not_there(main: Path) -> None:
    ran = run("check", "nets/small.cnn.yaml", "--torch", "models:Smal", folder=main)
    assert ran.code == 2
    assert "error[CNN414]: models has no 'Smal'\n" in ran.out
    assert "did you mean 'Small'?" in ran.out


# baselines and differences


def test_a_baseline_is_kept_and_fails_on_growth(tmp_path: Path) -> None:
    root = copied(tmp_path)
    assert cnncalc(root, "check", "--write-baseline", "nets/baseline.json") == Ran(0, FINE, "")
    kept = json.loads((root / "nets/baseline.json").read_text(encoding="utf-8"))
    assert sorted(kept["networks"]) == ["nets/small.cnn.yaml", "nets/wide.cnn.yaml"]
    compare = ("check", "--baseline", "nets/baseline.json")
    assert cnncalc(root, *compare) == Ran(0, f"nothing has changed since the baseline\n\n{FINE}", "")

    shutil.copy(root / "branch/wide.cnn.yaml", root / "nets")
    grown = cnncalc(root, *compare)
    assert grown.code == 1
    assert "params grew from 19,818 to 43,546 (+23,728, +119.7 %)" in grown.out

    allowed = "params=120%,macs=25M,buffers=any,activation_bytes=1Mi,peak_bytes=192Ki"
    within = cnncalc(root, *compare, "--tolerance", allowed, "--format", "markdown")
    # what is expected of it is still not so
    assert within.code == 1
    assert "**no network has grown beyond its baseline**" in within.out
    assert (
        "| nets/wide.cnn.yaml | params | 19,818 | 43,546 | +23,728 | +119.7 % | within 120% |" in within.out
    )
    less = cnncalc(root, *compare, "--tolerance", allowed.replace("192Ki", "191Ki"), "--format", "markdown")
    assert "**1 network has grown beyond the baseline**" in less.out


def test_a_baseline_of_something_broken_is_not_written(tmp_path: Path) -> None:
    root = broken(tmp_path)
    ran = cnncalc(root, "check", "--write-baseline", "baseline.json")
    assert ran.code == 2
    assert ran.err == "baseline.json is not written, as nets/broken.cnn.yaml would be missing from it\n"
    assert not (root / "baseline.json").exists()


def test_the_difference_for_a_pull_request(branch: Path) -> None:
    file = "nets/wide.cnn.yaml"
    ran = cnncalc(branch, "diff", f"HEAD~1:{file}", file, "--format", "markdown")
    assert (ran.code, ran.err) == (1, "")
    assert "| parameters | 19,818 | 43,546 | +23,728 | +119.7 % |" in ran.out
    same = cnncalc(branch, "diff", f"HEAD:{file}", file)
    assert (same.code, same.err) == (0, "")


# formats


def text(told: str) -> None:
    assert told == REGRESSION


def json_(told: str) -> None:
    plain = json.loads(told)
    assert (plain["ok"], plain["findings"]) == (False, [])
    assert [file["path"] for file in plain["files"]] == ["nets/small.cnn.yaml", "nets/wide.cnn.yaml"]
    statuses = [e["status"] for file in plain["files"] for e in file["expectations"]]
    assert (statuses.count("met"), statuses.count("unmet")) == (8, 3)
    assert [f["message"] for file in plain["files"] for f in file["findings"]] == MESSAGES


def junit(told: str) -> None:
    JUNIT.validate(told)
    root = ElementTree.fromstring(told)
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("13", "3", "0")
    assert [failure.attrib["message"] for failure in root.iter("failure")] == MESSAGES
    assert [suite.attrib["name"] for suite in root] == ["nets/small.cnn.yaml", "nets/wide.cnn.yaml"]


def sarif(told: str) -> None:
    plain = json.loads(told)
    SARIF.validate(plain)
    results = plain["runs"][0]["results"]
    assert [r["message"]["text"].splitlines()[0] for r in results] == MESSAGES
    places = [r["locations"][0]["physicalLocation"] for r in results]
    assert [(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in places] == PLACES


def gitlab(told: str) -> None:
    issues = json.loads(told)
    assert [issue["description"] for issue in issues] == MESSAGES
    assert [(i["location"]["path"], i["location"]["lines"]["begin"]) for i in issues] == PLACES
    assert {issue["severity"] for issue in issues} <= GITLAB_SEVERITIES
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert {issue["check_name"] for issue in issues} == {"CNN501"}


def github(told: str) -> None:
    *commands, last = told.splitlines()
    assert f"{last}\n" == REGRESSION.splitlines(keepends=True)[-1]
    for command, (path, line), message in zip(commands, PLACES, MESSAGES, strict=True):
        head, data = command.removeprefix("::").split("::", 1)
        assert head.startswith(f"error file={path},line={line},endLine={line},col=")
        assert unescaped(data).splitlines()[0] == message


def markdown(told: str) -> None:
    lines = told.splitlines()
    assert lines[0] == "### cnncalc: 2 files, 2 networks: 8 of 11 expectations met, 3 errors"
    rows = [line.split(" | ") for line in lines[4:]]
    assert [row[0].removeprefix("| ") for row in rows] == [f"{path}:{line}" for path, line in PLACES]


READERS: dict[str, Callable[[str], None]] = {
    "text": text,
    "json": json_,
    "junit": junit,
    "sarif": sarif,
    "gitlab": gitlab,
    "github": github,
    "markdown": markdown,
}


@pytest.mark.parametrize("form", READERS)
def test_a_report_for_machines(form: str, branch: Path, tmp_path: Path) -> None:
    file = tmp_path / "report"
    assert cnncalc(branch, "check", "--format", form, "--output-file", str(file)) == Ran(1, "", "")
    READERS[form](file.read_text(encoding="utf-8"))


def test_the_format_of_the_environment(branch: Path, tmp_path: Path) -> None:
    """GitHub's, with the summary of the step; what the command line says goes before."""
    summary = tmp_path / "summary.md"
    summary.write_text("what an earlier step said\n", encoding="utf-8")
    given = {"CNNCALC_FORMAT": "github", "GITHUB_STEP_SUMMARY": str(summary)}
    ran = cnncalc(branch, "check", **given)
    assert (ran.code, ran.err) == (1, "")
    github(ran.out)
    first, rest = summary.read_text(encoding="utf-8").split("\n", 1)
    assert first == "what an earlier step said"
    markdown(rest)
    assert cnncalc(branch, "check", "--format", "text", **given) == Ran(1, REGRESSION, "")


def test_no_format_of_the_environment_is_nonsense(main: Path) -> None:
    assert cnncalc(main, "check", CNNCALC_FORMAT="nonsense").code == 2


def test_paths_count_from_the_root_of_the_repository(branch: Path) -> None:
    """Wherever one stands, a report tells the same places."""
    ran = cnncalc(branch / "nets", "check", "--format", "gitlab")
    assert ran.code == 1
    gitlab(ran.out)
