"""`cnncalc verify --random`"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from cnncalc.cli.progress import line
from cnncalc.errors import SpecError

if TYPE_CHECKING:
    from cnncalc.verification import RandomRun

__all__ = ["printed", "progress", "refuse_beside"]


def refuse_beside(given: Mapping[str, object]) -> None:
    """Refuse what says something of a network that is given.

    Raises SpecError.
    """
    for name, value in given.items():
        if value:
            what = "a network" if name == "NETWORK" else name
            raise SpecError(
                f"{what} beside --random, which draws its networks",
                f"leave {'the network' if name == 'NETWORK' else name} out, or --random",
                code="CNN105",
            )


def progress() -> Callable[[int, int, int], None] | None:
    """How many networks are done, and how many of them fail; None where nobody would see it."""
    told = line()
    if told is None:
        return None

    def networks(done: int, count: int, failed: int) -> None:
        wrong = f", {failed:,} fail" if failed else ""
        told(done, count, f"{done:,} of {count:,} networks{wrong}")

    return networks


def printed(form: Literal["text", "json", "markdown", "junit"], run: RandomRun, *, to_file: bool) -> str:
    """The run in one of the formats."""
    match form:
        case "text":
            from cnncalc.cli.output import style
            from cnncalc.report.verification_random import as_text

            return as_text(run, style(to_file=to_file))
        case "markdown":
            from cnncalc.report.verification_random import as_markdown

            return as_markdown(run)
        case "json":
            from cnncalc.report.verification_random_files import as_json

            return as_json(run)
        case "junit":
            from cnncalc.report.verification_random_files import as_junit

            return as_junit(run)
