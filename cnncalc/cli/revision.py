"""`REV:PATH`: a spec file as git has it at a revision. `:PATH` is the one that is staged."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NoReturn

from cnncalc.errors import SpecError
from cnncalc.loader import SUFFIXES
from cnncalc.spec.source import MOST_CHARACTERS

__all__ = ["is_revision", "read_revision"]

#: as git splits it: at the first colon that is not in braces, HEAD^{/fix: typo}:nets/a.cnn.yaml
_FORM = re.compile(r"((?:[^:{}\n]|\{[^{}\n]*\})*):([^\n]+)")
_MOST_BYTES = 4 * MOST_CHARACTERS


def is_revision(text: str) -> bool:
    """Whether a text is no file that there is, and has the form REV:PATH with the name of a spec file."""
    if not text.lower().endswith(SUFFIXES) or _FORM.fullmatch(text) is None:
        return False
    try:
        return not Path(text).exists()
    except (OSError, ValueError):
        return True


def read_revision(text: str) -> str:
    """The text of the spec file. PATH counts from the root of the repository, or else from the current folder.

    Raises SpecError if git does not have it, or it is too large or not UTF-8.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not REV:PATH")
    revision, path = match.groups()
    found = _object(text, f"{revision}:{path}") or _object(text, f"{revision}:./{path}")
    if found is None:
        _refuse(text, revision, path)
    name, kind, size = found
    if kind != "blob":
        what = "a folder" if kind == "tree" else "no file"
        raise SpecError(f"{text} is {what}", "give the path of a file", code="CNN102")
    if size > _MOST_BYTES:
        raise SpecError(f"{text} has {size:,} bytes", f"at most {_MOST_BYTES:,} are read", code="CNN102")
    try:
        return _git(text, "blob", name).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{text} is not UTF-8 text (byte {error.start})", "save it as UTF-8", code="CNN102"
        ) from None


def _object(text: str, name: str) -> tuple[str, str, int] | None:
    """What git calls an object, its type and its size; None if it has none of this name."""
    # the name goes in by standard input, where it can be no option
    said = _git(text, "--batch-check", given=f"{name}\n").decode("utf-8", "replace")
    match = re.fullmatch(r"([0-9a-f]+) (\w+) (\d+)\n", said)
    return match and (match[1], match[2], int(match[3]))


def _refuse(text: str, revision: str, path: str) -> NoReturn:
    """Raises SpecError: there is no such revision, or no such file in it."""
    if revision and _object(text, f"{revision}^{{tree}}") is None:
        cure = "check its name; a shallow clone has few: git fetch --unshallow"
        raise SpecError(f"{text}: git knows no revision '{revision}'", cure, code="CNN102")
    where = f"in revision '{revision}'" if revision else "among what is staged"
    cure = "give its path from the root of the repository, or from the current folder"
    raise SpecError(f"{text}: there is no file '{path}' {where}", cure, code="CNN102")


def _git(text: str, *arguments: str, given: str = "") -> bytes:
    """What `git cat-file` prints.

    Raises SpecError if there is no git, or it fails.
    """
    try:
        ran = subprocess.run(  # noqa: S603 - fixed options and a hash; what was typed goes in as data
            ["git", "cat-file", *arguments],  # noqa: S607 - git is wherever it is installed
            input=os.fsencode(given),
            capture_output=True,
            env={**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
            check=False,
        )
    except OSError:
        raise SpecError(
            f"{text}: git is needed to read it, and cannot be started",
            "install git, or give the path of a file",
            code="CNN102",
        ) from None
    if ran.returncode != 0:
        said = (ran.stderr.decode("utf-8", "replace").splitlines() or ["it does not say why"])[0]
        raise SpecError(
            f"{text}: git fails: {said.removeprefix('fatal: ')}",
            "run it in the git repository, or give the path of a file",
            code="CNN102",
        )
    return ran.stdout
