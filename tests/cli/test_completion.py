"""What the shell offers for an unfinished command line."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def offered(line: str) -> list[str]:
    """What bash is told for the last word of the line."""
    told = subprocess.run(
        [sys.executable, "-m", "cnncalc"],
        env={
            **os.environ,
            "_CNNCALC_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.split()


@pytest.mark.parametrize("command", ["summary", "explain", "rf", "verify", "fold", "zoo show", "zoo copy"])
def test_built_in_networks_are_offered_by_name(command: str) -> None:
    assert offered(f"cnncalc {command} convnext_") == [
        "convnext_tiny",
        "convnext_small",
        "convnext_base",
        "convnext_large",
    ]


def test_no_name_is_offered_behind_another_word() -> None:
    assert offered("cnncalc summary 3x32x32 convn") == []
