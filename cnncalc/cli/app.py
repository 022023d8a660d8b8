"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from cnncalc import __version__
from cnncalc.cli.schema import schema
from cnncalc.cli.summary import summary
from cnncalc.cli.zoo import zoo

__all__ = ["app"]

app = typer.Typer(
    name="cnncalc",
    help="Exact shapes, parameters and MACs of convolutional networks, from a few words or a spec file.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        typer.echo(f"cnncalc {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


for command in (summary, zoo, schema):
    app.command()(command)
