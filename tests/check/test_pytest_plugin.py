"""The plugin of pytest: what it collects, what it says, and that it stays out of the way of whoever does not want it."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.check.repository import copied, ran
from tests.console import Ran

SMALL = ["builds", "output", "params", "macs", "memory.peak", "rf.size", "rf.jump", "fold"]
WIDE = ["builds", "output", "params", "macs", "unit.output"]
FAMILY = """\
cnncalc: 1
input: 3x8x8
vars: {n: 4}
presets: {small: {}, large: {n: 8}}
layers: ["conv3-{n},p1,nobias", relu]
expect:
  params: 108
  layers: {relu1: {output: 4x8x8}}
  presets:
    large: {params: 216, macs: ["<= 14k", 13824]}
"""
OF_FAMILY = ["builds", "params", "relu1.output", "large: params", "large: macs", "large: macs #2"]


def pytest_in(folder: Path, *arguments: str) -> Ran:
    """Run pytest in a folder, with the warnings of this project's own run."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *arguments]
    return ran(command, folder)


def ids(told: str) -> list[str]:
    return [line for line in told.splitlines() if "::" in line and not line.startswith(" ")]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with a family of networks, and with the branch that has let one grow."""
    root = copied(tmp_path_factory.mktemp("pytest"))
    (root / "nets/family.cnn.yaml").write_text(FAMILY, encoding="utf-8")
    return root


def test_one_item_for_each_expectation(repository: Path) -> None:
    listed = pytest_in(repository, "--cnncalc", "--collect-only", "-q", "nets")
    assert listed.code == 0
    expected = {"family": OF_FAMILY, "small": SMALL, "wide": WIDE}
    assert ids(listed.out) == [
        f"nets/{file}.cnn.yaml::{name}" for file, names in expected.items() for name in names
    ]


def test_what_is_not_as_expected_fails_with_its_line_and_no_traceback(repository: Path) -> None:
    run = pytest_in(repository, "--cnncalc", "branch")
    assert run.code == 1
    assert "2 passed" in run.out
    assert "3 failed" in run.out
    excerpt = (
        "branch/wide.cnn.yaml:12:11: error[CNN501]: params is 43,546, expected <= 20k: 23,546 too many (118 %)\n"
        '   12 |   params: "<= 20k"\n'
        "      |           ^^^^^^^^\n"
        "      = most: unit.0.conv1 20,736 (47.6 %), unit.0.conv2 20,736 (47.6 %), stem.0 1,296 (3.0 %)\n"
    )
    assert excerpt in run.out
    assert "Traceback" not in run.out
    assert ".py" not in run.out


def test_the_ini_file_enables_it(repository: Path) -> None:
    listed = pytest_in(repository, "-o", "cnncalc=true", "--collect-only", "-q", "nets/wide.cnn.yaml")
    assert [i.partition("::")[2] for i in ids(listed.out)] == WIDE


def test_an_item_can_be_chosen_by_its_id_and_by_its_name(repository: Path) -> None:
    one = pytest_in(repository, "--cnncalc", "-v", "nets/family.cnn.yaml::large: macs #2")
    assert (one.code, one.out.count("PASSED")) == (0, 1)
    assert "nets/family.cnn.yaml::large: macs #2 PASSED" in one.out
    some = pytest_in(repository, "--cnncalc", "-k", "params and not wide", "nets")
    assert some.code == 0
    assert "3 passed" in some.out


def test_several_processes_and_a_report(repository: Path, tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    run = pytest_in(repository, "--cnncalc", "-n", "2", f"--junitxml={report}")
    assert run.code == 1
    suite = ElementTree.fromstring(report.read_text(encoding="utf-8"))[0]
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["errors"]) == ("24", "3", "0")
    cases = [f"{case.attrib['classname']} {case.attrib['name']}" for case in suite]
    assert len(set(cases)) == 24
    assert "nets.family.cnn.yaml large: macs #2" in cases
    messages = [failure.text or "" for failure in suite.iter("failure")]
    assert sum("^^^^" in message for message in messages) == 3


def test_a_broken_file_is_one_failing_item(tmp_path: Path) -> None:
    (tmp_path / "broken.cnn.yaml").write_text(
        "cnncalc: 1\ninput: 3x8x8\nlayers: [conv3]\nexpect: {params: 1}\n"
    )
    (tmp_path / "fine.cnn.yaml").write_text("cnncalc: 1\ninput: 3x8x8\nlayers: [relu]\nexpect: {params: 0}\n")
    run = pytest_in(tmp_path, "--cnncalc")
    assert run.code == 1
    assert "1 failed, 2 passed" in run.out
    assert "broken.cnn.yaml:3:10: error[CNN122]: conv needs 'out'" in run.out
    assert "FAILED broken.cnn.yaml::builds" in run.out


IMPORTED = """\
import sys


def test_what_is_imported():
    heavy = {"pydantic", "yaml", "typer", "rich", "torch", "numpy"}
    assert not heavy & set(sys.modules)
    assert sorted(name for name in sys.modules if name.split(".")[0] == "cnncalc") == MODULES
"""


@pytest.mark.parametrize("enabled", [False, True])
def test_it_costs_nothing_unless_it_is_wanted(enabled: bool, tmp_path: Path) -> None:
    """Nothing but itself is imported where it is not enabled; nor where it is, but there are no specs."""
    modules = ["cnncalc", "cnncalc.pytest_plugin"]
    (tmp_path / "test_imports.py").write_text(IMPORTED.replace("MODULES", repr(modules)), encoding="utf-8")
    if not enabled:
        (tmp_path / "net.cnn.yaml").write_text("not even a spec", encoding="utf-8")
    # other plugins that happen to be installed here may import what they like
    only = ("-p", "no:hypothesispytest", "-p", "no:xdist", "-p", "no:xdist.looponfail")
    run = pytest_in(tmp_path, *only, *(["--cnncalc"] if enabled else []))
    assert run.code == 0, run.out
    assert "1 passed" in run.out


def test_that_an_import_would_be_noticed(tmp_path: Path) -> None:
    text = IMPORTED.replace("MODULES", "[]").replace("import sys\n", "import sys\nimport yaml\n", 1)
    (tmp_path / "test_imports.py").write_text(text, encoding="utf-8")
    assert pytest_in(tmp_path).code == 1
