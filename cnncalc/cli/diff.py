"""`cnncalc diff`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cnncalc.cli.network import (
    AssumeOption,
    BatchOption,
    InputOption,
    OutputOption,
    PresetOption,
    SetOption,
    read_settings,
)

if TYPE_CHECKING:
    from cnncalc.network import Network
    from cnncalc.report.difference import Difference

__all__ = ["diff"]

Format = Literal["text", "json", "markdown"]
DTypeName = Literal["float32", "float16", "bfloat16", "float64", "int8"]
_EXIT_DIFFERS = 1


def diff(
    before: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="Words in quotes, a spec file, REV:PATH for a spec file as git has it, or a zoo network.",
            show_default=False,
        ),
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="What became of it.", show_default=False)],
    input_size: InputOption = None,
    settings: SetOption = None,
    preset: PresetOption = None,
    batch: BatchOption = 1,
    assume: AssumeOption = None,
    dtype: Annotated[
        DTypeName, typer.Option("--dtype", help="The type of all numbers, for bytes.")
    ] = "float32",
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit with 0 also if the networks differ.")
    ] = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """What changed from one network to another: totals, and layer by layer.

    \b
    Examples:
      cnncalc diff resnet18 resnet34
      cnncalc diff '3x32x32 conv3-16,p1 relu' '3x32x32 conv5-16,p2 relu'

    \b
    Between revisions of a spec file in git, for a pull request:
      cnncalc diff HEAD~1:nets/a.cnn.yaml nets/a.cnn.yaml --format markdown

    Options are for both networks. Exit code 1: they differ.
    """
    from cnncalc.analysis import analyse
    from cnncalc.check.measured import measured_of
    from cnncalc.cli.output import emit
    from cnncalc.errors import SpecError
    from cnncalc.report.difference import difference

    if before == after == "-":
        raise SpecError("A and B are both standard input", "give one of them a name", code="CNN105")
    given: dict[str, Any] = {
        "preset": preset,
        "settings": read_settings(settings),
        "input_size": input_size,
        "assume": assume or (),
    }
    networks = [_loaded(name, given) for name in (before, after)]
    old, new = [analyse(network, batch=batch) for network in networks]
    totals = [measured_of(n, a, dtype).values() for n, a in zip(networks, (old, new), strict=True)]
    found = difference((before, after), old, new, (totals[0], totals[1]))
    emit(_printed(format, found, to_file=output is not None), output)
    if found.differs and not exit_zero:
        raise typer.Exit(_EXIT_DIFFERS)


def _loaded(name: str, given: dict[str, Any]) -> Network:
    from cnncalc.cli.revision import is_revision, read_revision
    from cnncalc.loader import load, load_text

    if is_revision(name):
        return load_text(read_revision(name), name, **given)
    return load(name, **given)


def _printed(format: Format, found: Difference, *, to_file: bool) -> str:  # noqa: A002
    match format:
        case "text":
            from cnncalc.cli.output import style
            from cnncalc.report.difference import as_text

            return as_text(found, style(to_file=to_file))
        case "json":
            from cnncalc.report.difference_json import as_json

            return as_json(found)
        case "markdown":
            from cnncalc.report.difference import as_markdown

            return as_markdown(found)
