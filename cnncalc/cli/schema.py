"""`cnncalc schema`"""

from __future__ import annotations

from typing import Annotated

import typer

from cnncalc.cli.network import OutputOption

__all__ = ["schema"]


def schema(
    kinds: Annotated[
        bool, typer.Option("--kinds", help="List the layer kinds and their fields instead.")
    ] = False,
    output: OutputOption = None,
) -> None:
    """Print the JSON Schema of spec files, by which editors complete and check them.

    \b
    Examples:
      cnncalc schema --output cnncalc.schema.json
      cnncalc schema --kinds
    """
    import json

    from cnncalc.cli.output import emit
    from cnncalc.spec.schema import describe_kinds, json_schema

    emit(describe_kinds() if kinds else json.dumps(json_schema(), indent=2) + "\n", output)
