"""`cnncalc solve`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncalc.cli.network import (
    InputOption,
    NetworkArgument,
    OutputOption,
    PresetOption,
    SetOption,
    read_settings,
)

if TYPE_CHECKING:
    from cnncalc.solving.model import Goal, Solution

__all__ = ["solve"]

Format = Literal["text", "json", "markdown"]
_EXIT_NONE = 1


def solve(
    network: NetworkArgument,
    search: Annotated[
        list[str],
        typer.Option(
            "--for",
            metavar="NAME,…",
            help="What to search for: names in the words, variables of the spec.",
            show_default=False,
        ),
    ],
    such_that: Annotated[
        list[str] | None,
        typer.Option(
            "--such-that",
            "-c",
            metavar="CONDITION",
            help="What has to hold: 'output.H == 56', 'macs <= 300M'. Repeatable.",
        ),
    ] = None,
    maximize: Annotated[
        str | None, typer.Option("--maximize", metavar="VALUE", help="Only where this is the greatest.")
    ] = None,
    minimize: Annotated[
        str | None, typer.Option("--minimize", metavar="VALUE", help="Only where this is the least.")
    ] = None,
    ranges: Annotated[
        list[str] | None,
        typer.Option(
            "--range",
            metavar="NAME=LOW..HIGH[/STEP]",
            help="Where to search, instead of from 0 on. Repeatable.",
        ),
    ] = None,
    input_size: InputOption = None,
    settings: SetOption = None,
    preset: PresetOption = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """The numbers that make a network what it should be: all of them.

    \b
    Examples:
      cnncalc solve 3xNxN conv7-64/2,p3 maxpool3/2,p1 --for N -c 'output.H == 56'
      cnncalc solve 3x32x32 conv5-16/S,pP --for P,S -c 'output.H == 32'
      cnncalc solve mobilenet_v1 --for width -c 'macs <= 300M' --maximize width
      cnncalc solve 3x32x32 convK-8/2 --for K --range K=1..11 -c 'output.H > 12'

    \b
    Conditions speak of output, output.C, .H, .W, params, trainable, buffers,
    macs, flops, depth, rf.size, rf.jump, memory.weights, .activations, .peak and
    .total, of a layer or block by its name (layer1.output.H), and of the names
    searched for: 'params < 2*macs', 'K % 2 == 1', '8 <= output.H <= 16'.

    Exit code 1: there are none.
    """
    from cnncalc.cli.output import emit
    from cnncalc.errors import SpecError
    from cnncalc.loader import document_of
    from cnncalc.solving.axes import axes_of
    from cnncalc.solving.candidates import Candidates
    from cnncalc.solving.conditions import read_conditions
    from cnncalc.solving.model import Question
    from cnncalc.solving.run import solved

    names = [name.strip() for text in search for name in text.split(",")]
    if len(set(names)) < len(names) or not all(names):
        raise SpecError(f"--for {','.join(names)}: not a list of names", "write --for K,S", code="CNN105")
    conditions = such_that or []
    if not conditions and maximize is None and minimize is None:
        raise SpecError("there is no condition", "give one: --such-that 'output.H == 32'", code="CNN105")
    words = " ".join(network)
    given = read_settings(settings)
    document, preset, text = document_of(words, preset, input_given=input_size is not None)
    axes = axes_of(document, input_size or document.input, names, ranges or [], given)
    goal = _goal(maximize, minimize, names)
    comparisons = [c for text in conditions for c in read_conditions(text, names)]
    candidates = Candidates(document, axes, text=text, preset=preset, settings=given, input_size=input_size)
    told = tuple([" ".join(text.split()) for text in conditions])
    solution = solved(candidates, Question(axes, told, tuple(comparisons), goal))
    emit(_printed(format, words, solution, to_file=output is not None), output)
    if solution.empty:
        raise typer.Exit(_EXIT_NONE)


def _goal(maximize: str | None, minimize: str | None, names: list[str]) -> Goal | None:
    from cnncalc.errors import SpecError
    from cnncalc.solving.conditions import read_value
    from cnncalc.solving.model import Goal

    if maximize is not None and minimize is not None:
        raise SpecError("--maximize and --minimize are both given", "give one of the two", code="CNN105")
    if maximize is not None:
        return Goal(1, read_value(maximize, names))
    return None if minimize is None else Goal(-1, read_value(minimize, names))


def _printed(format: Format, words: str, solution: Solution, *, to_file: bool) -> str:  # noqa: A002
    from cnncalc.errors import visible

    title = visible(" ".join(words.split()))
    match format:
        case "text":
            from cnncalc.cli.output import style
            from cnncalc.solving.text import as_text

            return as_text(title, solution, style(to_file=to_file))
        case "json":
            from cnncalc.solving.json import as_json

            return as_json(title, solution)
        case "markdown":
            from cnncalc.solving.text import as_markdown

            return as_markdown(title, solution)
