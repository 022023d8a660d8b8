"""Where results and errors go: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cnncalc.cli import leave_closed_pipe
from cnncalc.errors import CnncalcError, SpecError, render
from cnncalc.report.style import Style

__all__ = ["append", "emit", "explained", "replacing", "show_error", "style"]


def style(*, to_file: bool) -> Style:
    """How text may look: as wide as the terminal and in bold there; plain and as wide as it needs elsewhere.

    NO_COLOR and FORCE_COLOR are obeyed (https://no-color.org, https://force-color.org).
    """
    in_terminal = not to_file and sys.stdout is not None and sys.stdout.isatty()
    colour = in_terminal and os.environ.get("TERM") != "dumb"
    if os.environ.get("NO_COLOR"):
        colour = False
    elif os.environ.get("FORCE_COLOR") and not to_file:
        colour = True
    return Style(shutil.get_terminal_size().columns if in_terminal else None, colour)


def emit(text: str, output: Path | None) -> None:
    """Print a text, or put it into a file.

    Raises SpecError if that cannot be written; a file is then as it was.
    """
    if output is None:
        if sys.stdout is None:
            raise SpecError("standard output is closed", "give a file: --output FILE", code="CNN104")
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            leave_closed_pipe()  # typer would make an exit code of its own of the error
        return
    with explained(output):
        _write_whole(text, output)


def append(text: str, output: Path) -> None:
    """Add a text to the end of a file.

    Raises SpecError if that cannot be written; the file is then as it was.
    """
    with explained(output), output.open("ab", buffering=0) as file:
        size = file.tell()
        data = text.encode()
        whole = False
        try:
            whole = file.write(data) == len(data)
        finally:
            if not whole:
                with suppress(OSError):
                    file.truncate(size)
        if not whole:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def explained(output: Path) -> Iterator[None]:
    """Say in our words why a file cannot be written.

    Raises SpecError.
    """
    try:
        yield
    except IsADirectoryError:
        raise SpecError(
            f"the output '{output}' is a folder", "give the name of a file, like out.txt", code="CNN104"
        ) from None
    except OSError as error:
        raise SpecError(
            f"{output} cannot be written: {error.strerror}", "check the path", code="CNN104"
        ) from None


def _write_whole(text: str, path: Path) -> None:
    """Write beside the file first, so that nobody ever sees half of it."""
    if path.exists() and not path.is_file():
        # a pipe or a device has no whole: /dev/stdout, >(command)
        path.write_text(text, encoding="utf-8")
        return
    with replacing(path) as file:
        file.write(text.encode())


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file, which takes the place of the one at `path` when all is written, and goes if anything fails."""
    target = path.resolve()
    if target.is_dir():
        raise IsADirectoryError
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask()
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def show_error(error: CnncalcError) -> None:
    """Print an error on standard error, with its source line where there is one."""
    if sys.stderr is not None:
        sys.stderr.write(f"{render(error, error.text)}\n")
