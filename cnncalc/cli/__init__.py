"""The command line: one file per command, each of which parses, calls one function, renders, and sets the exit code."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from cnncalc.collector import without_collector

__all__ = ["leave_closed_pipe", "main"]

EXIT_USAGE = 2
EXIT_BUG = 101
_EXIT_INTERRUPTED = 130
_EXIT_PIPE = 141


@without_collector
def main() -> None:
    """Run a command. Exit codes: 0 all well, 1 a check failed, 2 wrong input or usage, 101 a bug of ours.

    And those of the shell: 130 interrupted, 141 a closed pipe.
    """
    from cnncalc.errors import CnncalcError

    try:
        from cnncalc.cli.app import app_for

        app_for(sys.argv[1:])(prog_name="cnncalc")
    except CnncalcError as error:
        from cnncalc.cli.output import show_error

        show_error(error)
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        sys.exit(_EXIT_INTERRUPTED)
    except BrokenPipeError:
        leave_closed_pipe()
    except (OSError, UnicodeEncodeError) as error:
        # our own files are handled where they are opened: this is a standard stream
        cure = "check where it goes" if isinstance(error, OSError) else "set PYTHONIOENCODING=utf-8"
        _say(f"cannot write the output: {error}\n  {cure}")
        sys.exit(EXIT_USAGE)
    except Exception as error:
        if os.environ.get("CNNCALC_TRACEBACK"):
            raise
        kind = type(error).__name__
        _say(
            f"this is a bug in cnncalc: {kind}: {error}\n"
            "  please report it with the command you typed; CNNCALC_TRACEBACK=1 shows where it happened"
        )
        sys.exit(EXIT_BUG)


def leave_closed_pipe() -> NoReturn:
    """End, as whoever reads our output has seen enough. Nothing may be flushed into the closed pipe at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(_EXIT_PIPE)


def _say(text: str) -> None:
    """Print on standard error, unless that is closed."""
    if sys.stderr is not None:
        sys.stderr.write(f"cnncalc: {text}\n")
