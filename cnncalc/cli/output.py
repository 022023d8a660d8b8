"""Where results and errors go: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from cnncalc.errors import CnncalcError, SpecError, render

__all__ = ["emit", "show_error"]


def emit(text: str, output: Path | None) -> None:
    """Print a text, or put it into a file.

    Raises SpecError if the file cannot be written; it is then as it was.
    """
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        _write_whole(text, output)
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
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
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
    sys.stderr.write(f"{render(error, error.text)}\n")
