"""Other people's code while it runs: what it prints stays out of our output, and what it raises is told in one line."""

from __future__ import annotations

import io
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import torch

__all__ = ["quiet", "told"]

_NOT_THEIRS = tuple(
    str(Path(folder).resolve())
    for folder in (Path(str(torch.__file__)).parent, Path(__file__).parents[2], sysconfig.get_path("stdlib"))
)


@contextmanager
def quiet() -> Iterator[None]:
    """What is printed on standard output goes to standard error, or nowhere if there is none."""
    with redirect_stdout(sys.stderr or io.StringIO()):
        yield


def told(error: BaseException, folder: Path) -> str:
    """ValueError: width must be even (nets/tiny.py:12), with the last place in their own code that the error passed."""
    text = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    name = type(error).__name__
    place = _place(error, folder)
    return f"{name}: {text}{place}" if text else f"{name}{place}"


def _place(error: BaseException, folder: Path) -> str:
    places = [(f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno))
    theirs = [(file, line) for file, line in places if _is_theirs(file)]
    own = [(file, line) for file, line in theirs if _within(file, folder) and "site-packages" not in file]
    if not theirs:
        return ""
    file, line = (own or theirs)[-1]
    shown = Path(file).resolve().relative_to(folder.resolve()) if _within(file, folder) else file
    return f" ({shown}:{line})"


def _is_theirs(file: str) -> bool:
    """Whether a file is neither torch's, nor ours, nor Python's."""
    if file.startswith("<"):
        return False
    path = str(Path(file).resolve())
    torch_or_ours, python = _NOT_THEIRS[:2], _NOT_THEIRS[2]
    return not _within(path, *torch_or_ours) and ("site-packages" in path or not _within(path, python))


def _within(file: str, *folders: Path | str) -> bool:
    return any(Path(file).resolve().is_relative_to(Path(folder).resolve()) for folder in folders)
