"""`cnncalc summary`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncalc.cli.network import (
    AssumeOption,
    BatchOption,
    InputOption,
    NetworkArgument,
    OutputOption,
    PresetOption,
    SetOption,
    read_settings,
)

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.report.table import Table

__all__ = ["summary"]


#: how a table is printed
Format = Literal["text", "json", "csv", "markdown", "latex"]


def summary(
    network: NetworkArgument,
    input_size: InputOption = None,
    settings: SetOption = None,
    preset: PresetOption = None,
    batch: BatchOption = 1,
    assume: AssumeOption = None,
    depth: Annotated[
        int | None,
        typer.Option("--depth", "-d", min=0, help="How many levels of blocks to open. [default: all]"),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", "-c", metavar="A,B,…", help="Columns to show; 'all' shows every one."),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="COLUMN", help="Sort the layers by a column, largest first."),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """The shape, parameters and MACs of every layer, of every block, and in total.

    \b
    Examples:
      cnncalc summary 3x224x224 conv7-64/2,p3 bn relu maxpool3/2,p1
      cnncalc summary resnet50 --depth 0
      cnncalc summary CxHxW conv3-K,p1 --assume C=8*c --format latex

    \b
    Columns:
      name, layer, kind, from, input, output, params, buffers, macs, flops,
      params%, macs%
      field, jump, start    receptive field, as in cnncalc rf
      memory, saved         bytes of results (float32), and what training keeps
      backward              MACs of the backward pass
      fan_in, fan_out       of the weights; kaiming, xavier: standard deviations
      statistics            how many means a normalisation takes
    """
    from cnncalc.analysis import analyse
    from cnncalc.cli.output import emit
    from cnncalc.loader import load
    from cnncalc.report.columns import COLUMNS, DEFAULT_COLUMNS, needed
    from cnncalc.report.table import tabulate

    _check_together(format, columns=columns, sort=sort, depth=depth)
    net = load(
        network, preset=preset, settings=read_settings(settings), input_size=input_size, assume=assume or ()
    )
    chosen = (
        DEFAULT_COLUMNS
        if columns is None
        else tuple(COLUMNS)
        if columns == "all"
        else tuple(key.strip() for key in columns.split(","))
    )
    wanted = needed(tuple(COLUMNS) if format == "json" else chosen if sort is None else (*chosen, sort))
    analysis = analyse(net, batch=batch, also=wanted)
    table = tabulate(analysis, columns=chosen, depth=depth, sort=sort)
    emit(_printed(format, table, analysis, to_file=output is not None), output)


def _check_together(format: Format, *, columns: str | None, sort: str | None, depth: int | None) -> None:  # noqa: A002
    """Refuse options of which one would take no notice of the other.

    Raises SpecError.
    """
    from cnncalc.errors import SpecError

    given = {"--columns": columns, "--sort": sort, "--depth": depth}
    ignored = [option for option, value in given.items() if value is not None]
    if format == "json" and ignored:
        raise SpecError(
            f"{' and '.join(ignored)}: JSON always has every layer and every column, in order",
            "leave that out, or choose another format, like --format csv",
            code="CNN105",
        )
    if sort is not None and depth is not None:
        raise SpecError(
            "--sort and --depth: sorted layers have no blocks to open",
            "leave one of them out",
            code="CNN105",
        )


def _printed(format: Format, table: Table, analysis: Analysis, *, to_file: bool) -> str:  # noqa: A002
    match format:
        case "text":
            from cnncalc.cli.output import style
            from cnncalc.report.terminal import as_text

            return as_text(table, analysis, style(to_file=to_file))
        case "json":
            from cnncalc.report.json import as_json

            return as_json(analysis)
        case "csv":
            from cnncalc.report.text import as_csv

            return as_csv(table)
        case "markdown":
            from cnncalc.report.text import as_markdown

            return as_markdown(table, analysis)
        case "latex":
            from cnncalc.report.text import as_latex

            return as_latex(table, analysis)
