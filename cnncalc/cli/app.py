"""The commands, put together. Only the one that is asked for is imported; help needs them all."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from cnncalc import __version__

__all__ = ["COMMANDS", "app_for"]

#: every command is a function, or an application with commands of its own, of its own name in a module of its own name
COMMANDS = (
    "summary",
    "rf",
    "explain",
    "memory",
    "verify",
    "fold",
    "diff",
    "solve",
    "compare",
    "formula",
    "practice",
    "grade",
    "zoo",
    "schema",
    "check",
    "rule",
    "init",
)


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The application, with at least the command that the arguments ask for."""
    app = typer.Typer(
        name="cnncalc",
        help="What a convolutional network is, exactly: from a few words or a spec file, in numbers or in symbols.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    asked = [name for name in arguments[:1] if name in COMMANDS]
    for name in asked or COMMANDS:
        command = getattr(import_module(f"cnncalc.cli.{name}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command()(command)
    return app


def _version(value: bool) -> None:
    if value:
        typer.echo(f"cnncalc {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass
