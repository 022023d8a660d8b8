"""The action for GitHub and the examples for GitHub and GitLab: valid, harmless whatever is put into them, and they work."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.repository import copied, ran, regressed
from tests.check.validators import ACTION, JUNIT
from tests.console import ROOT, Ran


def loaded(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


METADATA = loaded("action.yml")
(CHECK,) = [step for step in METADATA["runs"]["steps"] if step.get("name") == "Check"]
#: as GitHub runs `shell: bash`
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]


def bash(script: str, folder: Path, **more: str) -> Ran:
    """Run a script in a folder, where cnncalc is the installed command."""
    command = Path(sys.executable).with_name("cnncalc")
    assert command.exists()
    path = f"{command.parent}:/usr/bin:/bin"
    return ran([*BASH, "-c", script], folder, PATH=path, **more)


def step(folder: Path, paths: str = "", options: str = "", **more: str) -> Ran:
    """The step that checks, with the environment that it asks for."""
    inputs = {"${{ inputs.paths }}": paths, "${{ inputs.options }}": options}
    given = {name: inputs.get(value, value) for name, value in CHECK["env"].items()}
    return bash(CHECK["run"], folder, **given, **more)


# GitHub's action


def test_the_metadata_is_valid() -> None:
    ACTION.validate(METADATA)
    assert not ACTION.is_valid({**METADATA, "runs": {"using": "composit"}})


def test_no_input_becomes_part_of_a_script() -> None:
    """GitHub puts expressions into a script as text: one in there could run anything."""
    scripts = [step["run"] for step in METADATA["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert not any("${{" in script for script in scripts)


def test_every_script_is_one(tmp_path: Path) -> None:
    for given in METADATA["runs"]["steps"]:
        if "run" in given:
            assert ran(["bash", "-n", "-c", given["run"]], tmp_path) == Ran(0, "", "")


def test_the_step_tells_github(tmp_path: Path) -> None:
    root = regressed(tmp_path)
    summary = tmp_path / "summary.md"
    checked = step(root, GITHUB_STEP_SUMMARY=str(summary))
    assert (checked.code, checked.err) == (1, "")
    assert checked.out.startswith("::error file=nets/wide.cnn.yaml,line=12,")
    assert summary.read_text(encoding="utf-8").startswith("### cnncalc: 2 files, 2 networks: 8 of 11 ")


@pytest.mark.parametrize("paths", ["nets branch", "nets\nbranch\n", "  nets   branch "])
def test_several_paths(paths: str, tmp_path: Path) -> None:
    checked = step(copied(tmp_path), paths)
    assert checked.code == 1
    assert checked.out.splitlines()[-1].startswith("3 files, 3 networks: ")


def test_options_of_the_step(tmp_path: Path) -> None:
    root = copied(tmp_path)
    assert step(root, "nets/wide.cnn.yaml", "--write-baseline b.json --strict").code == 0
    assert step(root, "nets/wide.cnn.yaml", "--baseline b.json\n--tolerance macs=1%").code == 0


@pytest.mark.parametrize(
    "text",
    [
        "nets; touch pwned",
        "$(touch pwned)",
        "`touch pwned`",
        "nets && touch pwned",
        "* | touch pwned",
        '" ; touch pwned #',
    ],
)
@pytest.mark.parametrize("of", ["paths", "options"])
def test_hostile_inputs_run_nothing(of: str, text: str, tmp_path: Path) -> None:
    root = copied(tmp_path)
    assert step(root, **{of: text}).code == 2
    assert not (root / "pwned").exists()


def test_a_path_is_no_option(tmp_path: Path) -> None:
    assert step(copied(tmp_path), "--help").code == 2


# the examples


def test_the_example_for_github(tmp_path: Path) -> None:
    """It gives the action what that takes, and its options work in the repository in miniature."""
    (job,) = loaded("examples/ci/github.yml")["jobs"].values()
    checkout, ours = job["steps"]
    assert checkout["uses"].startswith("actions/checkout@")
    assert set(ours["with"]) <= set(METADATA["inputs"])
    root = copied(tmp_path)
    assert step(root, "nets", "--write-baseline nets/baseline.json").code == 0
    assert step(root, **ours["with"]).code == 0
    shutil.copy(root / "branch/wide.cnn.yaml", root / "nets")
    grown = step(root, **ours["with"])
    assert grown.code == 1
    assert "params grew from 19,818 to 43,546" in grown.out


@pytest.mark.parametrize("grown", [False, True])
def test_the_example_for_gitlab(grown: bool, tmp_path: Path) -> None:
    """Its script, but for what installs, leaves both reports behind, and fails if something is not as expected."""
    job = loaded("examples/ci/gitlab.yml")["specs"]
    install, *script = job["script"]
    assert shlex.split(install) == ["pip", "install", "cnncalc"]
    root = (regressed if grown else copied)(tmp_path)
    assert bash("\n".join(script), root).code == int(grown)
    reports = job["artifacts"]["reports"]
    assert len(json.loads((root / reports["codequality"]).read_text(encoding="utf-8"))) == 3 * grown
    JUNIT.validate((root / reports["junit"]).read_text(encoding="utf-8"))
