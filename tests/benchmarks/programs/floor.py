"""The least that a command like ours can cost: a typer app with one command, which prints one rich table.

Floor A is that; floor B also imports what a spec file needs. Usage: floor.py A|B WORD…
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

FLOOR = sys.argv.pop(1)

app = typer.Typer()


@app.command()
def summary(network: Annotated[list[str], typer.Argument()]) -> None:
    if FLOOR == "B":
        import pydantic
        import yaml

        _ = yaml, pydantic.BaseModel  # pydantic imports its classes when they are first asked for
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in ("layer", "output", "params"):
        table.add_column(heading)
    for word in network:
        table.add_row(word, "1x2x3", "42")
    Console().print(table)


app()
