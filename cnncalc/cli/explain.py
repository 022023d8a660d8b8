"""`cnncalc explain`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncalc.cli.network import (
    AssumeOption,
    InputOption,
    NetworkArgument,
    OutputOption,
    PresetOption,
    SetOption,
    read_settings,
)

if TYPE_CHECKING:
    from cnncalc.report.explain import Document

__all__ = ["explain"]

#: how an explanation is printed
Format = Literal["text", "markdown", "latex"]


def explain(
    network: NetworkArgument,
    layer: Annotated[
        str | None,
        typer.Option("--layer", "--node", "-l", metavar="NAME", help="Only this layer or block, in full."),
    ] = None,
    quantity: Annotated[
        list[str] | None,
        typer.Option("--quantity", "-q", metavar="NAME", help="Only this quantity. Repeatable."),
    ] = None,
    input_size: InputOption = None,
    settings: SetOption = None,
    preset: PresetOption = None,
    assume: AssumeOption = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """Show the working: formulas, the numbers put in, the arithmetic, a check.

    \b
    Examples:
      cnncalc explain 3x32x32 conv5-10/1,p2
      cnncalc explain resnet50 --layer layer2.0.conv2
      cnncalc explain CxHxW conv3-K --quantity params --format latex

    \b
    Quantities:
      output, params, macs, flops, rf, init, statistics, dropout, memory, im2col
    """
    from cnncalc.analysis import analyse
    from cnncalc.cli.output import emit
    from cnncalc.loader import load
    from cnncalc.report.explain import explain as explained

    net = load(
        network, preset=preset, settings=read_settings(settings), input_size=input_size, assume=assume or ()
    )
    document = explained(net, analyse(net), layer=layer, quantities=quantity or ())
    emit(_printed(format, document, to_file=output is not None), output)


def _printed(format: Format, document: Document, *, to_file: bool) -> str:  # noqa: A002
    match format:
        case "text":
            from cnncalc.cli.output import style
            from cnncalc.report.explain.text import document_as_text

            return document_as_text(document, style(to_file=to_file))
        case "markdown":
            from cnncalc.report.explain.markdown import document_as_markdown

            return document_as_markdown(document)
        case "latex":
            from cnncalc.report.explain.latex import document_as_latex

            return document_as_latex(document)
