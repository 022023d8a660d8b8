"""One spec file, checked from its text to its expectations; and many, on several cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.check.expect import proven
from cnncalc.check.model import Checked, Outcome
from cnncalc.collector import without_collector
from cnncalc.errors import CnncalcError, Diagnostic, Span, SpecError, nearest
from cnncalc.loader import document_of_file
from cnncalc.network import build
from cnncalc.record import record, replace
from cnncalc.spec.expectations import Expectation, expectations_of
from cnncalc.spec.items import Document

if TYPE_CHECKING:
    from cnncalc.check.baseline import Measured
    from cnncalc.check.lint import Advisor, LintConfig

__all__ = ["Options", "check_file", "check_files", "with_findings"]

#: fewer files than this for each process are checked sooner than it starts
_WORTH_A_PROCESS = 24


@record
class Options:
    """How files are checked. `lint` None gives no advice; `measure` also takes the numbers that baselines hold."""

    lint: LintConfig | None = None
    measure: bool = False


def check_files(
    files: Sequence[str],
    options: Options,
    *,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Checked]:
    """Every file, checked, in the order given. `jobs` None: as many processes as there are cores, if that is worth it."""
    most = jobs or len(
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    processes = min(most, len(files) if jobs else len(files) // _WORTH_A_PROCESS)
    # closed as soon as anything interrupts, and not when the traceback that holds it goes
    with closing(_each(files, options, processes)) as done:
        for number, checked in enumerate(done, start=1):
            if progress is not None:
                progress(number, len(files))
            yield checked


def _each(files: Sequence[str], options: Options, processes: int) -> Generator[Checked, None, None]:
    if processes > 1:
        from cnncalc.check.processes import spread

        yield from spread(partial(check_file, options=options), files, processes)
    else:
        for file in files:
            yield check_file(file, options)


@without_collector
def check_file(file: str, options: Options) -> Checked:
    """One file: whether it reads, whether all its networks can be built, whether they are what is expected, and advice."""
    text: str | None = None
    try:
        _check_regular(file)
        document, text = document_of_file(file)
        expectations = expectations_of(document)
    except CnncalcError as error:
        found = Checked(file, _placed(error.diagnostics, file), broken=True)
        return _with_lines(found, error.text or text)
    checker = _Checker(file, document, text, expectations, options)
    return _with_lines(checker.checked(), text)


def _check_regular(file: str) -> None:
    """Refuse a pipe or a device, which could keep us waiting for ever."""
    path = Path(file)
    try:
        special = not path.is_file() and not path.is_dir() and path.exists()
    except (OSError, ValueError):
        return  # reading it says what is wrong
    if special:
        raise SpecError(f"{file} is a pipe or a device", "give the path of a file", code="CNN102")


class _Checker:
    """The networks of one document, one after the other."""

    def __init__(
        self, file: str, document: Document, text: str, expectations: Sequence[Expectation], options: Options
    ) -> None:
        self.file = file
        self.document = document
        self.text = text
        self.expectations = expectations
        self.options = options
        self.diagnostics: dict[Diagnostic, None] = {}
        self.outcomes: dict[Expectation, Outcome] = {}
        self.measured: list[tuple[str, Measured]] = []
        self.advisor = None if options.lint is None else _advisor(options.lint, text)
        self.broken = False

    def checked(self) -> Checked:
        members = [name for name, _ in self.document.presets]
        expected = dict.fromkeys(e.preset or "" for e in self.expectations)
        networks = list(dict.fromkeys([*(members or [""]), *expected]))
        networks.sort(key=bool)  # the file itself first
        for name in networks:
            if name and name not in members:
                self._refuse(name, members)
            else:
                self._network(name)
        # what a broken network would have used of the comments is not known
        advice = () if self.advisor is None or self.broken else self.advisor.advice()
        return Checked(
            self.file,
            (*self.diagnostics, *advice),
            tuple([self.outcomes[e] for e in self.expectations if e in self.outcomes]),
            tuple(name for name in networks if not name or name in members),
            self.broken,
            measured=tuple(self.measured),
        )

    def _refuse(self, name: str, members: list[str]) -> None:
        close = nearest(name, members)
        span = next(e.span for e in self.expectations if e.preset == name)
        cure = f"did you mean '{close}'?" if close else f"presets: {', '.join(members) or 'none'}"
        self.broken = True
        self._add(Diagnostic("CNN113", f"no preset is called '{name}'", cure, span))

    def _network(self, name: str) -> None:
        try:
            network = build(self.document, preset=name or None)
            if self.options.measure:
                from cnncalc.check.baseline import measured

                self.measured.append((name, measured(network)))
            if self.advisor is not None:
                self.advisor.look_at(network)
        except CnncalcError as error:
            self.broken = True
            for diagnostic in _placed(error.diagnostics, self.file):
                self._add(diagnostic)
            return
        mine = [e for e in self.expectations if (e.preset or "") == name]
        self.outcomes |= zip(mine, proven(network, mine), strict=True)

    def _add(self, diagnostic: Diagnostic) -> None:
        self.diagnostics[diagnostic] = None


def _placed(findings: Sequence[Diagnostic], file: str) -> tuple[Diagnostic, ...]:
    """What is wrong, at least with the file's name."""
    return tuple([d if d.span else replace(d, span=Span(1, 1, 1, file)) for d in findings])


def _advisor(config: LintConfig, text: str) -> Advisor:
    from cnncalc.check.lint import Advisor

    return Advisor(config, text)


def with_findings(checked: Checked, findings: Sequence[Diagnostic]) -> Checked:
    """A file with more findings, of which the source lines are read again."""
    from cnncalc.loader import read_text

    found = replace(checked, diagnostics=(*checked.diagnostics, *_placed(findings, checked.file)))
    return _with_lines(found, read_text(checked.file)) if findings else checked


def _with_lines(found: Checked, text: str | None) -> Checked:
    """With the source lines that are pointed at."""
    if text is None:
        return found
    lines = text.splitlines()
    wanted = sorted({d.span.line for d in found.findings if d.span is not None})
    return replace(found, lines=tuple((n, lines[n - 1]) for n in wanted if n <= len(lines)))
