"""What practising remembers from one run to the next: one small JSON file in the user's own folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import typer

from cnncalc.cli.output import explained, replacing
from cnncalc.errors import SpecError
from cnncalc.practice.history import NOTHING, History, as_plain, history_of

__all__ = ["forgetful", "memory_file", "recall", "remember"]

_LONGEST = 100_000


def forgetful() -> bool:
    """Whether nothing may be remembered: CNNCALC_NO_MEMORY is set."""
    return bool(os.environ.get("CNNCALC_NO_MEMORY"))


def memory_file() -> Path:
    """Where it is."""
    return Path(typer.get_app_dir("cnncalc")) / "practice.json"


def recall(path: Path) -> History:
    """What was remembered. A file that cannot be understood is put aside, with a warning, and everything starts anew."""
    try:
        with path.open(encoding="utf-8") as file:
            return history_of(json.loads(file.read(_LONGEST)))
    except FileNotFoundError:
        return NOTHING
    except (OSError, ValueError, RecursionError, SpecError):
        _warn(path)
        return NOTHING


def _warn(path: Path) -> None:
    aside = path.with_name(f"{path.name}.broken")
    try:
        path.replace(aside)
        where = f"it is now {aside}"
    except OSError:
        where = "it stays where it is"
    _say(f"{path} cannot be understood: {where}, and practice starts anew")


def remember(path: Path, history: History) -> None:
    """Write it, whole or not at all; where that is impossible, practice goes on without."""
    try:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write((json.dumps(as_plain(history)) + "\n").encode())
    except SpecError as error:
        _say(f"nothing is remembered: {error.diagnostics[0].message}")


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"cnncalc: warning: {text}\n")
