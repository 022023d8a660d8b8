"""git, as it is on a machine where nobody has configured anything."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

__all__ = ["environment", "git"]

_IDENTITY = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")


def environment() -> dict[str, str]:
    """Ours, without what would change how git works."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return {**clean, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def git(folder: Path, *arguments: str) -> str:
    """Run `git ARGUMENTS` in a folder; what it prints."""
    command = ["git", *_IDENTITY, *arguments]
    ran = subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True, text=True)
    return ran.stdout
