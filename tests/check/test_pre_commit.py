"""The hook, run by pre-commit itself, which installs the project from a repository into an environment of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.check.repository import copied, ran
from tests.console import ROOT, Ran
from tests.git import environment, git

#: what the project is built from
SOURCES = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
CONFIG = """\
repos:
  - repo: {url}
    rev: {revision}
    hooks:
      - id: cnncalc-check
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The repository in miniature, with a configuration that names a repository of this project's files."""
    project = tmp_path / "project"
    project.mkdir()
    for name in SOURCES:
        shutil.copy(ROOT / name, project)
    shutil.copytree(ROOT / "cnncalc", project / "cnncalc", ignore=shutil.ignore_patterns("__pycache__"))
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "the project")
    revision = git(project, "rev-parse", "HEAD").strip()
    root = copied(tmp_path)
    config = CONFIG.format(url=project.as_uri(), revision=revision)
    (root / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    git(root, "add", ".pre-commit-config.yaml")
    return root


def pre_commit(root: Path, *files: str) -> Ran:
    command = [sys.executable, "-m", "pre_commit", "run", "--color=never", "--files", *files]
    more = {"PRE_COMMIT_HOME": str(root.parent / "home"), "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    more |= {k: v for k, v in environment().items() if k.startswith("GIT_CONFIG_")}
    return ran(command, root, **more)


def test_the_hook(repository: Path) -> None:
    """It passes on good specs, fails on the one of the branch and says why, and does not run for other files."""
    good = pre_commit(repository, "nets/small.cnn.yaml", "nets/wide.cnn.yaml")
    assert good.code == 0, good.out + good.err
    (line,) = [line for line in good.out.splitlines() if line.startswith("cnncalc check")]
    assert line.endswith("Passed")

    bad = pre_commit(repository, "nets/small.cnn.yaml", "branch/wide.cnn.yaml")
    assert bad.code == 1
    assert "- exit code: 1\n" in bad.out
    assert (
        "branch/wide.cnn.yaml:12:11: error[CNN501]: params is 43,546, expected <= 20k: 23,546 too many (118 %)\n"
        in bad.out
    )

    other = pre_commit(repository, "models.py")
    assert other.code == 0
    assert "(no files to check)Skipped" in other.out
