"""Help: every command has it, with examples that run when they are pasted."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree

import pytest

from cnncalc.cli.app import COMMANDS
from tests.console import ROOT, run, run_line


def examples(command: str) -> list[str]:
    """The lines under "Examples:" of a command's help."""
    text = run(command, "--help", COLUMNS="200").out
    block = re.search(r"Examples:\n((?: +cnncalc .*\n)+)", text)
    return [line.strip() for line in block[1].splitlines()] if block else []


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_run_as_they_are(command: str, tmp_path: Path) -> None:
    lines = examples(command)
    assert len(lines) >= 2
    # those of check speak of a team's repository
    folder = (
        copytree(ROOT / "examples/repository", tmp_path / "repository") if command == "check" else tmp_path
    )
    for line in lines:
        ran = run_line(line, folder=folder)
        # what differs is no failure of the example
        assert (ran.code, ran.err) == (int(command == "diff"), ""), line


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_80_columns(command: str) -> None:
    ran = run(command, "-h", COLUMNS="80", TERMINAL_WIDTH="80")
    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if len(line) > 80] == []


def test_help_lists_every_command() -> None:
    text = run("--help").out
    assert all(re.search(rf"^  {command} ", text, re.MULTILINE) for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command: str) -> None:
    text = run(command, "--help", COLUMNS="200").out
    options = re.split(r"\n  (?=-)", text[text.index("Options:") :])[1:]
    assert len(options) >= 2
    assert [o for o in options if not re.search(r"\S\s{2,}[A-Z].*\.", o, re.DOTALL)] == []


def test_version() -> None:
    import cnncalc

    assert run("--version").out == f"cnncalc {cnncalc.__version__}\n"
    assert run("summary", "--nonsense").code == 2
    assert run("nonsense").code == 2
