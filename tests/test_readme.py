"""The README is true: its commands print what it shows, its Python runs, its tables are those of the code."""

from __future__ import annotations

import doctest
import re
import subprocess
import tomllib

import pytest

from tests.console import ROOT, run_line
from tests.readme import README, commands, promises, rendered

TEXT = README.read_text(encoding="utf-8")


def test_everything_that_is_made_is_up_to_date() -> None:
    assert rendered(TEXT) == TEXT, "run: python -m tests.readme"


def test_a_wrong_output_would_be_noticed() -> None:
    assert rendered(TEXT.replace("9,472", "9,473", 1)) == TEXT


@pytest.mark.parametrize("command", list(commands(TEXT))[2:])
def test_no_command_is_a_bug(command: str) -> None:
    ran = run_line(command)
    fine = (0, 1) if command.startswith(("cnncalc diff ", "cnncalc check ")) else (0,)
    assert ran.code in (*fine, 2)
    assert (ran.err == "") == (ran.code in fine)


def test_the_python_of_the_readme_runs() -> None:
    parser = doctest.DocTestParser()
    test = parser.get_doctest(
        "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)), {}, "README", None, 0
    )
    assert len(test.examples) >= 3
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_promises_are_the_first_two_commands_and_ci_runs_exactly_those() -> None:
    install, test = promises(TEXT)
    assert install.endswith("cnncalc summary resnet50 && .venv/bin/cnncalc verify resnet50")
    assert test.endswith("pytest -n auto")
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    found = subprocess.run(
        ["bash", "-c", "sed -n 's/^\\$ //p' README.md | head -n 2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "sed -n 's/^\\$ //p' README.md | head -n 2" in ci
    assert found.stdout.splitlines() == [install, test]


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(d for extra in project["optional-dependencies"].values() for d in extra),
    ]
    names = {re.split(r"[\[>=<]", d)[0].lower() for d in wanted} - {"cnncalc"}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if "==" in line}
    assert names <= pinned
