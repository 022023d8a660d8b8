"""`cnncalc rule`"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cnncalc.cli.network import OutputOption

__all__ = ["rule"]

#: how meanings are printed
Format = Literal["text", "markdown", "json"]


def rule(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="[CODE]", help="A code, the beginning of some, or a rule's name.", show_default=False
        ),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """List the codes of errors and advice, or explain one.

    \b
    Examples:
      cnncalc rule
      cnncalc rule CNN301
      cnncalc rule checkerboard --format markdown
    """
    from cnncalc.check.explain import as_markdown, as_plain, as_text, named
    from cnncalc.cli.output import emit

    entries = named(code)
    match format:
        case "text":
            emit(as_text(entries), output)
        case "markdown":
            emit(as_markdown(entries), output)
        case "json":
            from cnncalc.report.plain import json_text

            emit(json_text({"schema_version": 1, "codes": as_plain(entries)}), output)
