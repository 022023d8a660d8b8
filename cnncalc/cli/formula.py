"""`cnncalc formula`"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import typer

from cnncalc.cli.network import OutputOption

__all__ = ["formula"]

Format = Literal["text", "json", "latex"]
_LIST = "list"


def formula(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A formula, or list for all of them.", show_default=False)
    ] = _LIST,
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[A=1 ...]", help="Values: numbers, or names for symbols.", show_default=False
        ),
    ] = None,
    unknown: Annotated[
        str | None,
        typer.Option("--for", metavar="NAME", help="What to solve for, where the result is given."),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """Compute a formula with its working, or solve it for any of its names.

    \b
    Examples:
      cnncalc formula list
      cnncalc formula output_size W=224 F=7 S=2 P=3
      cnncalc formula output_size F=7 S=2 P=3 O=112
      cnncalc formula params F=3 C=64 K=128
      cnncalc formula params F=3 C=64 params=73856
      cnncalc formula output_size W=N F=3 S=2 P=1

    With the result given, the name that is left out is solved for: all integers that it
    may be, exactly. A name with a default counts as left out if no other one is.
    """
    from cnncalc.cli.output import emit

    printed = _listed if name == _LIST else partial(_answered, name)
    emit(printed(values or [], unknown, format, to_file=output is not None), output)


def _answered(name: str, values: list[str], unknown: str | None, form: Format, *, to_file: bool) -> str:
    from cnncalc.cli.output import style
    from cnncalc.formulas.answers import answer, named
    from cnncalc.formulas.printed import answer_as_json, answer_as_latex, answer_as_text

    found = answer(named(name), values, unknown)
    match form:
        case "text":
            return answer_as_text(found, style(to_file=to_file))
        case "json":
            return answer_as_json(found)
        case "latex":
            return answer_as_latex(found)


def _listed(values: list[str], unknown: str | None, form: Format, *, to_file: bool) -> str:
    from cnncalc.cli.output import style
    from cnncalc.errors import SpecError
    from cnncalc.formulas.printed import list_as_json, list_as_latex, list_as_text
    from cnncalc.formulas.table import ENTRIES

    if values or unknown:
        raise SpecError(
            "the list takes no values", "name a formula: cnncalc formula output_size W=224 F=7", code="CNN105"
        )
    entries = tuple(ENTRIES.values())
    match form:
        case "text":
            return list_as_text(entries, style(to_file=to_file))
        case "json":
            return list_as_json(entries)
        case "latex":
            return list_as_latex(entries)
