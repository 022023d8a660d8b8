"""What checking spec files comes to, as frozen records: the only thing that the formats read."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, TypeAlias

from cnncalc.errors import Diagnostic, Span
from cnncalc.record import record
from cnncalc.spec.expectations import Expectation

if TYPE_CHECKING:
    from cnncalc.check.baseline import Measured

__all__ = ["Checked", "Outcome", "Run", "Status"]

Status: TypeAlias = Literal["met", "unmet", "unchecked"]


@record
class Outcome:
    """One expectation beside the number that it is about. `diagnostic` says what is wrong unless it is met."""

    expectation: Expectation
    actual: str
    status: Status
    diagnostic: Diagnostic | None = None

    @property
    def name(self) -> str:
        return self.expectation.name

    @property
    def span(self) -> Span:
        return self.expectation.span


@record
class Checked:
    """One file: what was found, what was expected, and which networks it describes.

    `diagnostics` are errors and advice besides the expectations. `broken`: it could not be read, or a network not be built.
    """

    file: str
    diagnostics: tuple[Diagnostic, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    #: the members of the family; "" for a file that is one network
    networks: tuple[str, ...] = ()
    broken: bool = False
    #: the source lines that diagnostics point at, by number: what a person sees above the caret
    lines: tuple[tuple[int, str], ...] = ()
    #: what baselines hold of every network, where they are asked for
    measured: tuple[tuple[str, Measured], ...] = ()

    @property
    def titled(self) -> tuple[tuple[str, Outcome], ...]:
        """The expectations by name; a name that comes again has its number: params, params #2."""
        seen: Counter[str] = Counter()
        found = []
        for outcome in self.outcomes:
            seen[outcome.name] += 1
            number = seen[outcome.name]
            found.append((outcome.name if number == 1 else f"{outcome.name} #{number}", outcome))
        return tuple(found)

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """Everything that is wrong or could be better, by place."""
        unmet = [o.diagnostic for o in self.outcomes if o.diagnostic is not None]
        return tuple(sorted([*self.diagnostics, *unmet], key=_place))


def _place(diagnostic: Diagnostic) -> tuple[int, int, str]:
    span = diagnostic.span
    return (span.line, span.column, diagnostic.code) if span else (0, 0, diagnostic.code)


@record
class Run:
    """All files of one call. `root` is the folder that machines' paths count from: that of the repository."""

    files: tuple[Checked, ...]
    root: str
    #: whether advice counts as a failure
    strict: bool = False
    #: growth beyond a baseline, and what differs from a module, which belong to no file's text
    others: tuple[Diagnostic, ...] = ()

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        return tuple([d for checked in self.files for d in checked.findings]) + self.others

    @property
    def measured(self) -> dict[tuple[str, str], Measured]:
        """What baselines hold, by path and member."""
        return {(self.path(c.file), name): found for c in self.files for name, found in c.measured}

    @property
    def exit_code(self) -> int:
        """0 all well, 1 something is not as expected, 2 a file could not be read or a network not be built."""
        if any(checked.broken for checked in self.files):
            return 2
        failed = any(d.severity == "error" or self.strict for d in self.findings)
        return int(failed)

    def path(self, file: str | None) -> str:
        """A file's path from the root, with slashes; as it was given if it lies elsewhere."""
        if file is None:
            return ""
        path = PurePath(os.path.relpath(file, self.root))
        return (PurePath(file) if os.pardir in path.parts else path).as_posix()
