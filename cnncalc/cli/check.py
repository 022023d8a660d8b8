"""`cnncalc check`"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncalc.errors import CnncalcError, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.check.baseline import Growth
    from cnncalc.check.model import Checked, Run
    from cnncalc.check.tolerance import Tolerances
    from cnncalc.cli.modules import Beside
    from cnncalc.errors import Diagnostic

__all__ = ["check"]

Format = Literal["text", "json", "junit", "github", "gitlab", "sarif", "markdown"]


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATHS", help="Spec files, and folders that hold them. [default: .]"),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Advice counts as a failure too.")] = False,
    select: Annotated[
        str | None, typer.Option("--select", metavar="CODES", help="Give only this advice: CNN301,CNN31.")
    ] = None,
    ignore: Annotated[
        str | None, typer.Option("--ignore", metavar="CODES", help="Do not give this advice.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="Fail where a network has grown since.")
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option("--write-baseline", metavar="FILE", help="Keep what the networks are now.")
    ] = None,
    tolerance: Annotated[
        str | None,
        typer.Option("--tolerance", metavar="A=N,…", help="How much they may grow: params=0,macs=1%."),
    ] = None,
    module: Annotated[
        str | None,
        typer.Option(
            "--torch", metavar="MODULE:NAME", help="Compare the file with your nn.Module. Imports your code."
        ),
    ] = None,
    kwargs: Annotated[
        list[str] | None,
        typer.Option("--kwargs", metavar="NAME=VALUE", help="Arguments that make the module. Repeatable."),
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help="The member that --torch builds.")
    ] = None,
    modules: Annotated[
        bool,
        typer.Option("--modules", help="Compare each file with the `module:` it names. Imports that code."),
    ] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Processes. [default: one for each core]")
    ] = None,
    format: Annotated[  # noqa: A002
        Format,
        typer.Option("--format", "-f", envvar="CNNCALC_FORMAT", show_envvar=False, help="How to print it."),
    ] = "text",
    output: Annotated[
        Path | None,
        typer.Option("--output-file", "--output", "-o", metavar="FILE", help="Write it to a file."),
    ] = None,
) -> None:
    """Check spec files: every network builds, is what `expect:` says, and follows good advice.

    \b
    Examples:
      cnncalc check
      cnncalc check nets/ --format junit --output-file report.xml
      cnncalc check nets --write-baseline baseline.json
      cnncalc check nets --baseline baseline.json --tolerance params=0,macs=1%
      cnncalc check nets/small.cnn.yaml --torch models:Small --kwargs classes=10

    \b
    Exit code 0: all well; 1: something is not as expected; 2: a spec cannot be
    read or a network not be built. cnncalc rule CODE explains a finding.
    """
    from cnncalc.check.discover import found
    from cnncalc.check.model import Run
    from cnncalc.check.run import Options, check_files
    from cnncalc.cli.modules import asked_for, compared
    from cnncalc.cli.output import emit
    from cnncalc.cli.settings import settings
    from cnncalc.record import replace

    here = settings(select=_listed(select), ignore=_listed(ignore))
    files = found(paths or here.paths, here.exclude)
    if not files:
        raise _usage(
            f"there are no spec files under {', '.join(paths or here.paths)}",
            "their names end in .cnn.yaml, .cnn.json or .cnn.toml; cnncalc init writes one",
        )
    tolerances = _tolerances(baseline, tolerance)
    given = asked_for(module, kwargs or (), files)
    options = Options(here.lint, measure=baseline is not None or write_baseline is not None)
    checked = tuple(check_files(files, options, jobs=jobs, progress=_progress()))
    whole = [c.file for c in checked if not c.broken] if modules or given else []
    beside = [b for file in whole if (b := compared(file, given, preset))]
    run = Run(_with_modules(checked, beside), str(here.root), strict=strict or here.strict)
    growth = None if tolerances is None else _growth(run, baseline, tolerances)
    if growth is not None:
        run = replace(run, others=tuple([d for g in growth if (d := g.diagnostic()) is not None]))
    if write_baseline is not None:
        _keep(run, write_baseline)
    emit(_printed(format, run, growth, beside, to_file=output is not None), output)
    _tell_github(format, run)
    if run.exit_code:
        raise typer.Exit(run.exit_code)


def _listed(codes: str | None) -> list[str] | None:
    return None if codes is None else [code.strip() for code in codes.split(",") if code.strip()]


def _usage(fact: str, cure: str) -> SpecError:
    return SpecError(fact, cure, code="CNN105")


def _progress() -> Callable[[int, int], None] | None:
    """How many files are done; None where nobody would see it."""
    from cnncalc.cli.progress import line

    told = line()
    if told is None:
        return None

    def files(number: int, count: int) -> None:
        if number % 8 == 0 or number == count:
            told(number, count, f"{number:,} of {count:,} files")

    return files


def _tolerances(baseline: Path | None, tolerance: str | None) -> Tolerances | None:
    """What may grow, and by how much; None without a baseline."""
    from cnncalc.check.tolerance import parse_tolerance

    if baseline is None and tolerance is not None:
        raise _usage("--tolerance: nothing is compared", "add --baseline FILE")
    return None if baseline is None else parse_tolerance(tolerance or "")


def _growth(run: Run, baseline: Path | None, tolerances: Tolerances) -> tuple[Growth, ...]:
    from cnncalc.check.baseline import compare, read_baseline
    from cnncalc.loader import read_text

    text = read_text(str(baseline))
    try:
        return compare(read_baseline(text, str(baseline)), run.measured, tolerances)
    except CnncalcError as error:
        error.text = error.text or text
        raise


def _keep(run: Run, file: Path) -> None:
    """Write the baseline, unless something is broken, which would be missing from it."""
    from cnncalc.check.baseline import baseline_text
    from cnncalc.cli.output import emit

    broken = next((checked.file for checked in run.files if checked.broken), None)
    if broken is None:
        emit(baseline_text(run.measured), file)
    else:
        typer.echo(f"{file} is not written, as {run.path(broken)} would be missing from it", err=True)


def _with_modules(checked: Sequence[Checked], beside: Sequence[Beside]) -> tuple[Checked, ...]:
    """The files with what comparing modules has found. One whose module cannot be compared is broken."""
    found = {b.file: b for b in beside}
    return tuple([_with_module(c, found[c.file]) if c.file in found else c for c in checked])


def _with_module(checked: Checked, beside: Beside) -> Checked:
    from cnncalc.check.run import with_findings
    from cnncalc.record import replace

    told = with_findings(checked, _findings(beside))
    return told if beside.error is None else replace(told, broken=True)


def _findings(beside: Beside) -> tuple[Diagnostic, ...]:
    from cnncalc.report.comparison import as_diagnostic

    if beside.error is not None:
        return beside.error.diagnostics
    difference = None if beside.comparison is None else as_diagnostic(beside.comparison)
    return () if difference is None else (difference,)


def _tell_github(form: Format, run: Run) -> None:
    """Put the findings into the summary of the step, where GitHub names a file for it."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if form == "github" and summary:
        from cnncalc.check.formats.markdown import MOST_BYTES, as_markdown
        from cnncalc.cli.output import append

        append(as_markdown(run, most=MOST_BYTES), Path(summary))


def _printed(
    form: Format,
    run: Run,
    growth: tuple[Growth, ...] | None,
    beside: Sequence[Beside],
    *,
    to_file: bool,
) -> str:
    match form:
        case "text":
            from cnncalc.check.baseline import as_text as growth_as_text
            from cnncalc.check.formats.text import as_text
            from cnncalc.cli.output import style
            from cnncalc.report.comparison_text import as_text as comparison_as_text

            look = style(to_file=to_file)
            parts = [comparison_as_text(b.comparison, look) for b in beside if b.comparison is not None]
            parts += [] if growth is None else [growth_as_text(growth, look)]
            return "\n".join([*parts, as_text(run, look)])
        case "markdown":
            from cnncalc.check.baseline import as_markdown as growth_as_markdown
            from cnncalc.check.formats.markdown import as_markdown

            return as_markdown(run) + ("" if growth is None else f"\n{growth_as_markdown(growth)}")
        case "json":
            from cnncalc.check.formats.json import as_json

            return as_json(run)
        case "junit":
            from cnncalc.check.formats.junit import as_junit

            return as_junit(run)
        case "github":
            from cnncalc.check.formats.github import as_commands

            return as_commands(run)
        case "gitlab":
            from cnncalc.check.formats.gitlab import as_gitlab

            return as_gitlab(run)
        case "sarif":
            from cnncalc.check.codes import ERRORS
            from cnncalc.check.formats.sarif import as_sarif
            from cnncalc.check.lint import RULES

            return as_sarif(run, {**ERRORS, **{rule.code: rule.summary for rule in RULES}})
