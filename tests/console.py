"""Commands as a person types them, run in this process: fast, with the real entry point and the real exit codes."""

from __future__ import annotations

import io
import os
import shlex
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from cnncalc.cli import main

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


def run(*arguments: str, folder: Path = ROOT, stdin: bytes = b"", **environment: str) -> Ran:
    """Run `cnncalc ARGUMENTS` in a folder, into a pipe."""
    out, err = io.StringIO(), io.StringIO()
    inputs = io.TextIOWrapper(io.BytesIO(stdin))
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "CNNCALC_TRACEBACK")}
    with (
        mock.patch.object(sys, "argv", ["cnncalc", *arguments]),
        mock.patch.object(sys, "stdin", inputs),
        mock.patch.dict(os.environ, {**clean, **environment}, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
        chdir(folder),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        else:
            code = 0
    return Ran(code, out.getvalue(), err.getvalue())


def run_line(line: str, folder: Path = ROOT) -> Ran:
    """Run a whole command line, `cnncalc …` or `echo … | cnncalc …`, as a shell would split it."""
    words = shlex.split(line)
    typed = b""
    if words[0] == "echo":
        bar = words.index("|")
        typed, words = f"{' '.join(words[1:bar])}\n".encode(), words[bar + 1 :]
    program, *arguments = words
    assert program == "cnncalc", line
    return run(*arguments, folder=folder, stdin=typed)
