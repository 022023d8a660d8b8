"""`cnncalc grade`"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cnncalc.cli.network import OutputOption

__all__ = ["grade"]

Format = Literal["text", "json"]


def grade(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A sheet in Markdown or JSON with answers filled in, or JSON: name to answer; - is standard input.",
            show_default=False,
        ),
    ],
    solutions: Annotated[
        bool, typer.Option("--solutions", help="Show the worked solutions of what is not right.")
    ] = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """Mark a sheet that was filled in: points, and the slip that led to each wrong answer.

    \b
    Examples:
      cnncalc practice --export quiz.md --seed 7
      cnncalc grade quiz.md
      cnncalc grade quiz.md --solutions

    In Markdown the answer takes the place of ____, in JSON it is "given". Exit code 0: it could be marked, whatever the
    marks.
    """
    from cnncalc.cli.output import emit, style
    from cnncalc.loader import read_text
    from cnncalc.practice.filled import answers_in
    from cnncalc.practice.score import answered, mark_sheet_as_text, score_as_json
    from cnncalc.practice.text import solution_as_text

    name = "standard input" if file == "-" else file
    done = [answered(one.problem, one.text) for one in answers_in(read_text(file), name)]
    if format == "json":
        emit(score_as_json(done, None), output)
        return
    looks = style(to_file=output is not None)
    texts = [mark_sheet_as_text(done, looks)]
    if solutions:
        wrong = [(number, one) for number, one in enumerate(done, start=1) if not one.mark.right]
        texts += [
            f"\n{number}. {one.problem.name}\n{solution_as_text(one.problem, looks)}" for number, one in wrong
        ]
    emit("".join(texts), output)
