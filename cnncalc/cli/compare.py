"""`cnncalc compare`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cnncalc.cli.network import (
    AssumeOption,
    BatchOption,
    InputOption,
    OutputOption,
    PresetOption,
    SetOption,
    read_settings,
    zoo_names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.analysis import Analysis
    from cnncalc.network import Network
    from cnncalc.report.beside import Beside, Side
    from cnncalc.report.difference import Value
    from cnncalc.spec.values import Given
    from cnncalc.topics import Topic

__all__ = ["compare"]

Format = Literal["text", "json", "csv", "markdown", "latex"]
DTypeName = Literal["float32", "float16", "bfloat16", "float64", "int8"]


def _topics(incomplete: str) -> list[str]:
    """What the shell offers."""
    from cnncalc.topics import TOPICS

    return [name for name in TOPICS if name.startswith(incomplete)]


def compare(
    networks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="A B …",
            help="Words in quotes, a spec file, or a zoo network, each one argument.",
            show_default=False,
            autocompletion=zoo_names,
        ),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            "--topic",
            "-t",
            metavar="NAME",
            help="Networks that show what there is to learn.",
            autocompletion=_topics,
        ),
    ] = None,
    layers: Annotated[
        bool, typer.Option("--layers", "-l", help="Layer by layer too, against the first.")
    ] = False,
    input_size: InputOption = None,
    settings: SetOption = None,
    preset: PresetOption = None,
    batch: BatchOption = 1,
    assume: AssumeOption = None,
    dtype: Annotated[
        DTypeName, typer.Option("--dtype", help="The type of all numbers, for bytes.")
    ] = "float32",
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """Networks side by side, with exact ratios to the first.

    \b
    Examples:
      cnncalc compare resnet18 resnet34 resnet50
      cnncalc compare 'CxHxW conv3-C,p1 conv3-C,p1' 'CxHxW conv5-C,p2'
      cnncalc compare --topic stacked --set n=2
      cnncalc compare --topic depthwise --set k=3 --set N=64

    \b
    Topics, and what can be set:
      stacked      n layers of 3x3 against one large kernel: n, C, H, W
      depthwise    a convolution against a separable one: C, N, k, H, W
      bottleneck   1x1, 3x3, 1x1 against 3x3: r (the waist is C/r), C, H, W
      sharing      convolution, locally, fully connected: C, K, k, H, W
      heads        global average pooling against flattening: C, H, W, classes

    Options are for all networks.
    """
    from cnncalc.cli.output import emit
    from cnncalc.report.beside import beside

    _check_together(networks or [], topic, format, layers=layers, resized=input_size is not None)
    given: dict[str, Any] = {
        "preset": preset,
        "settings": read_settings(settings),
        "input_size": input_size,
        "assume": tuple(assume or ()),
    }
    if topic is None:
        sides = _sides([(name, None) for name in networks or []], given, batch, dtype)
        found = beside(sides, layers=layers)
    else:
        from cnncalc.topics import topic as known

        asked = known(topic)
        choices, given["settings"] = _chosen(asked, given["settings"])
        taken = (*given["settings"], *[text.partition("=")[0].strip() for text in given["assume"]])
        free = asked.assume(choices)
        given["assume"] += tuple([text for name, text in free.items() if name not in taken])
        sides = _sides(list(asked.networks(choices)), given, batch, dtype)
        found = beside(sides, layers=layers, title=asked.title, lesson=asked.lesson(choices))
    emit(_printed(format, found, to_file=output is not None), output)


def _check_together(
    networks: list[str],
    topic: str | None,
    format: Format,  # noqa: A002
    *,
    layers: bool,
    resized: bool,
) -> None:
    """Refuse what cannot be compared, and options of which one would take no notice of the other.

    Raises SpecError.
    """
    from cnncalc.errors import SpecError

    if topic is not None and networks:
        raise SpecError(
            "--topic brings its own networks", "leave out the topic, or the networks", code="CNN105"
        )
    if topic is not None and resized:
        raise SpecError(
            "--input: the sizes of a topic have names", "set them: --set C=64 --set H=56", code="CNN105"
        )
    if topic is None and len(networks) < 2:
        raise SpecError(
            f"{len(networks) or 'no'} network{'' if len(networks) == 1 else 's'} to compare",
            "give at least two, words in quotes: cnncalc compare '3x9x9 conv3-8' '3x9x9 conv5-8'; or a --topic",
            code="CNN105",
        )
    if networks.count("-") > 1:
        raise SpecError("two networks are both standard input", "give one of them a name", code="CNN105")
    if layers and format in ("csv", "latex"):
        raise SpecError(
            f"--layers: {format} is a single table of totals",
            "leave that out, or choose another format, like --format markdown",
            code="CNN105",
        )


def _chosen(topic: Topic, settings: Mapping[str, Given]) -> tuple[dict[str, int], dict[str, Given]]:
    """The topic's own numbers, and the settings that are left for its networks.

    Raises SpecError for a number that cannot be chosen.
    """
    from cnncalc.errors import SpecError

    choices, left = dict(topic.choices), dict(settings)
    for name in topic.choices:
        value = left.pop(name, choices[name])
        if type(value) is not int or not 1 <= value <= _MOST:
            raise SpecError(
                f"--set {name}={value}: not from 1 to {_MOST}", "give a whole number", code="CNN105"
            )
        choices[name] = value
    return choices, left


_MOST = 100


def _sides(
    named: list[tuple[str, str | None]], given: dict[str, Any], batch: int, dtype: DTypeName
) -> list[Side]:
    """Every network, analysed: what it is called, and its words where it is called otherwise.

    Raises CnncalcError, with the network that is to blame.
    """
    from cnncalc.analysis import analyse
    from cnncalc.errors import CnncalcError
    from cnncalc.loader import load
    from cnncalc.record import replace
    from cnncalc.report.beside import Side, letter

    settings = _dealt([words for _, words in named], given["settings"])
    sides = []
    for i, (called, words) in enumerate(named):
        try:
            network = load(words or called, **{**given, "settings": settings[i]})
            analysis = analyse(network, batch=batch)
            values = _values(network, analysis, dtype)
        except CnncalcError as error:
            quotes = "" if words or " " in called else "; words of one network need quotes around them"
            note = f"network {letter(i)} of {len(named)}: {called}{quotes}"
            error.diagnostics = tuple([replace(d, notes=(*d.notes, note)) for d in error.diagnostics])
            raise
        sides.append(Side(called, analysis, values, words))
    return sides


def _dealt(words: list[str | None], settings: dict[str, Given]) -> list[dict[str, Given]]:
    """The settings for each network: of a topic's, those of its own names, and what has a meaning nowhere."""
    from cnncalc.analysis import analyse
    from cnncalc.loader import load
    from cnncalc.symbolic import names

    own = []
    for text in words:
        if text is None:
            return [settings] * len(words)
        found = analyse(load(text))
        dims = (*found.input.dims, *found.output.dims, found.totals.params)
        own.append(frozenset().union(*map(names, dims)))
    everyones = frozenset().union(*own)
    return [{n: v for n, v in settings.items() if n in known or n not in everyones} for known in own]


def _values(network: Network, analysis: Analysis, dtype: DTypeName) -> dict[str, Value]:
    """All quantities; the receptive field is "all" where nothing sees more than one position before everything is seen."""
    from cnncalc.check.measured import measured_of
    from cnncalc.passes.activations import nonlinearities
    from cnncalc.passes.receptive_field import receptive_fields

    values: dict[str, Value] = {**measured_of(network, analysis, dtype).values()}
    for field in receptive_fields(network)[network.last].fields:
        name = f"rf.{field.axis}"
        if field.sees_all and values.get(name) in (None, 1):
            values[name] = "all"
    return {**values, "nonlinearities": nonlinearities(network)}


def _printed(format: Format, found: Beside, *, to_file: bool) -> str:  # noqa: A002
    match format:
        case "text":
            from cnncalc.cli.output import style
            from cnncalc.report.beside_text import as_text

            return as_text(found, style(to_file=to_file))
        case "json":
            from cnncalc.report.beside_json import as_json

            return as_json(found)
        case "csv":
            from cnncalc.report.beside_text import as_csv

            return as_csv(found)
        case "markdown":
            from cnncalc.report.beside_text import as_markdown

            return as_markdown(found)
        case "latex":
            from cnncalc.report.beside_text import as_latex

            return as_latex(found)
