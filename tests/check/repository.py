"""The repository in miniature, in a folder of its own and under git; and cnncalc in it, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.console import ROOT, Ran
from tests.git import git

__all__ = ["COMMAND", "broken", "cnncalc", "copied", "environment", "regressed"]

COMMAND = (sys.executable, "-m", "cnncalc")
#: what would change what is printed, or what pytest and git do
_OURS = ("CNNCALC_", "GITHUB_", "GIT_", "PYTEST_", "COV_")
_LOOKS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM")


def environment(**more: str) -> dict[str, str]:
    """The environment of a machine that has the project installed, and nothing set."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(_OURS) and k not in _LOOKS}
    # one thread: the tests run beside each other
    return {**clean, "OMP_NUM_THREADS": "1", **more}


def cnncalc(folder: Path, *arguments: str, given: dict[str, Any] | None = None, **more: str) -> Ran:
    """Run `cnncalc ARGUMENTS` in a folder, as a process."""
    return ran([*COMMAND, *arguments], folder, given=given, **more)


def ran(command: list[str], folder: Path, *, given: dict[str, Any] | None = None, **more: str) -> Ran:
    """Run a command in a folder; `given` are further arguments of subprocess.run."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
        **(given or {}),
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def copied(folder: Path) -> Path:
    """The repository with one commit, in which all is well."""
    root = folder / "repository"
    shutil.copytree(ROOT / "examples/repository", root, ignore=shutil.ignore_patterns("__pycache__"))
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "two networks")
    return root


def regressed(folder: Path) -> Path:
    """The repository with a second commit, which lets one of the networks grow."""
    root = copied(folder)
    shutil.copy(root / "branch/wide.cnn.yaml", root / "nets")
    git(root, "commit", "--quiet", "--all", "--message", "wider")
    return root


def broken(folder: Path) -> Path:
    """The repository with a network that cannot be built."""
    root = copied(folder)
    text = "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - conv3-8,g2\n"
    (root / "nets/broken.cnn.yaml").write_text(text, encoding="utf-8")
    return root
