"""`cnncalc practice`"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncalc.cli.network import OutputOption

if TYPE_CHECKING:
    from cnncalc.cli.dialogue import Source
    from cnncalc.practice.model import Problem
    from cnncalc.practice.score import Answered
    from cnncalc.report.style import Style

    #: topics, forms and difficulties
    Kinds = tuple[list[str] | None, list[str] | None, list[int] | None]

__all__ = ["practice"]

Format = Literal["text", "json"]
_QUESTIONS = 10
_QUESTIONS_OF_A_SHEET = 20


def _topics(incomplete: str) -> list[str]:
    """What the shell completes."""
    from cnncalc.practice.topics import TOPICS

    return [name for name in TOPICS if name.startswith(incomplete)]


def _forms(incomplete: str) -> list[str]:
    """What the shell completes."""
    from cnncalc.practice.model import FORMS

    return [form for form in FORMS if form.startswith(incomplete)]


def practice(
    topic: Annotated[
        list[str] | None,
        typer.Option(
            "--topic", "-t", metavar="NAME", autocompletion=_topics, help="Only this topic. Repeatable."
        ),
    ] = None,
    form: Annotated[
        list[str] | None,
        typer.Option(
            "--form", metavar="NAME", autocompletion=_forms, help="Only questions of this form. Repeatable."
        ),
    ] = None,
    difficulty: Annotated[
        list[int] | None,
        typer.Option(
            "--difficulty", "-d", metavar="1..4", min=1, max=4, help="Only this difficulty. Repeatable."
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            "--count",
            "-n",
            min=1,
            max=10_000,
            help="How many questions. [default: 10, in a sheet 20]",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            min=0,
            help="The same seed, the same questions. [default: drawn and told]",
            show_default=False,
        ),
    ] = None,
    adaptive: Annotated[
        bool,
        typer.Option(
            "--adaptive", help="Harder after right answers, easier after wrong ones, weak topics more often."
        ),
    ] = False,
    no_memory: Annotated[
        bool, typer.Option("--no-memory", help="Neither read nor write what --adaptive remembers.")
    ] = False,
    exam: Annotated[
        str | None,
        typer.Option(
            "--exam", metavar="TIME", help="An exam of 60m or 1h30m: no hints, and marks at the end."
        ),
    ] = None,
    solutions: Annotated[
        bool,
        typer.Option(
            "--solutions", help="Show every worked solution, where answers are not typed at a terminal."
        ),
    ] = False,
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="Answers, one on a line, or JSON: name to answer.",
            show_default=False,
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="List the topics, their forms and difficulties.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FILE",
            help="Write a sheet: the end of the name says the format.",
            show_default=False,
        ),
    ] = None,
    variants: Annotated[
        int, typer.Option("--variants", min=1, max=100, help="So many sheets of the same difficulty.")
    ] = 1,
    shuffled: Annotated[
        bool, typer.Option("--shuffled", help="Every variant asks in an order of its own.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """Exam questions, marked: what is wrong is told by the slip that leads to it.

    \b
    Examples:
      cnncalc practice
      cnncalc practice --list
      cnncalc practice --topic parameters --difficulty 1 --count 3 --seed 7
      cnncalc practice --adaptive --no-memory --count 20
      cnncalc practice --export quiz.md --variants 4 --seed 7

    \b
    While answering: h shows a hint, s the worked solution, q stops, ? explains.
    Numbers may be rounded to three digits or more, percentages to a tenth.
    Without a terminal, answers are read from standard input, one on a line.
    """
    from cnncalc.cli.output import emit, style

    kinds = (topic, form, difficulty)
    one = "choose one"
    _refuse(
        (exam and adaptive, "--exam beside --adaptive", one),
        (exam and answers, "--exam beside --answers", one),
        (exam and format == "json", "--exam beside --format json", one),
        (export and (adaptive or answers or exam), "--export beside what asks questions", one),
        (
            (variants > 1 or shuffled or force) and not export,
            "sheets are meant, and none are written",
            "add --export FILE",
        ),
        (
            output and format == "text" and not listed,
            "--output beside questions that are asked",
            "add --format json",
        ),
    )
    if listed:
        emit(_listed(kinds, format, style(to_file=output is not None)), output)
        return
    drawn = seed is None
    seed = int.from_bytes(os.urandom(2), "big") if seed is None else seed
    if export is not None:
        from cnncalc.cli.practice_export import written

        wanted = (seed, variants, count or _QUESTIONS_OF_A_SHEET)
        paths = written(export, wanted, kinds, shuffled=shuffled, force=force)
        told = [f"seed {seed}"] if drawn else []
        emit("".join([f"{line}\n" for line in (*[f"wrote {path}" for path in paths], *told)]), None)
        return
    from cnncalc.cli.exam import seconds_of
    from cnncalc.cli.practising import Adaptive, answers_from, in_order, lines_of, standard_input

    time = None if exam is None else seconds_of(exam)
    given = None if answers is None else answers_from(answers)
    named = given if isinstance(given, tuple) else None
    chosen = not drawn or count or adaptive or any(kinds)
    _refuse((named and chosen, f"{answers} names its questions", "leave out what chooses others"))
    source: Source
    if named is not None:
        count, source = len(named), in_order([one.problem for one in named])
    else:
        count = count or _QUESTIONS
        memory = not no_memory
        source = Adaptive(seed, kinds, memory=memory) if adaptive else in_order(_drawn(seed, count, kinds))
    lines = lines_of(given) if given is not None else None
    if lines is None and not _at_terminal(also_output=format == "text"):
        lines = standard_input()
    if format == "json":
        from cnncalc.cli.practising import silently
        from cnncalc.practice.score import score_as_json

        done = silently(source, count, lines or iter(()))
        emit(score_as_json(done, None if named else seed), output)
    else:
        looks = style(to_file=False)
        if drawn and named is None:
            again = "" if adaptive else f": the same questions again with --seed {seed}"
            emit(looks.dim(f"seed {seed}{again}") + "\n\n", None)
        done = _text(source, count, lines, looks, time, solutions=solutions)
    if isinstance(source, Adaptive):
        source.end(done)


def _text(
    source: Source,
    count: int,
    lines: Iterator[str | None] | None,
    looks: Style,
    time: int | None,
    *,
    solutions: bool,
) -> list[Answered]:
    """Ask and tell; at the end the score, or the marks of an exam of so many seconds."""
    from cnncalc.cli.dialogue import Conversation, from_lines
    from cnncalc.cli.exam import watch
    from cnncalc.cli.output import emit
    from cnncalc.cli.practising import silently
    from cnncalc.practice.score import mark_sheet_as_text, summary_as_text

    if time is None:
        if lines is None:
            done = Conversation(source, count, looks).hold()
        else:
            done = from_lines(source, count, lines, looks, solutions=solutions)
        emit(summary_as_text(done, looks), None)
        return done
    left = watch(time)
    if lines is None:
        emit(f"{count} questions, {left()}. Enter leaves one out; q hands in.\n\n", None)
        answered = Conversation(source, count, looks, left).hold()
        done = silently(source, count, iter(()), answered)
    else:
        done = silently(source, count, lines, left=left)
    emit(mark_sheet_as_text(done, looks), None)
    return done


def _at_terminal(*, also_output: bool) -> bool:
    streams = (sys.stdin, sys.stdout) if also_output else (sys.stdin,)
    return all(stream is not None and stream.isatty() for stream in streams)


def _drawn(seed: int, count: int, kinds: Kinds) -> Sequence[Problem]:
    from cnncalc.practice.sheet import sheet

    return sheet(seed, count, *kinds).problems


def _refuse(*cases: tuple[object, str, str]) -> None:
    """Raise SpecError for the first case that is so."""
    from cnncalc.errors import SpecError

    for case, what, cure in cases:
        if case:
            raise SpecError(what, cure, code="CNN105")


def _listed(kinds: Kinds, format: Format, looks: Style) -> str:  # noqa: A002
    from cnncalc.practice.catalogue import catalogue_as_json, catalogue_as_text
    from cnncalc.practice.sheet import askable

    found = askable(*kinds)
    return catalogue_as_json(found) if format == "json" else catalogue_as_text(found, looks)
