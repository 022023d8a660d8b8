"""`cnncalc rf`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncalc.cli.network import (
    AssumeOption,
    InputOption,
    NetworkArgument,
    OutputOption,
    PresetOption,
    SetOption,
    read_settings,
)

if TYPE_CHECKING:
    from cnncalc.network import Network, Node

__all__ = ["rf"]

#: how fields are printed
Format = Literal["text", "json", "csv", "markdown", "svg"]


def rf(
    network: NetworkArgument,
    input_size: InputOption = None,
    settings: SetOption = None,
    preset: PresetOption = None,
    assume: AssumeOption = None,
    node: Annotated[
        str | None,
        typer.Option(
            "--node", "--layer", "-n", metavar="NAME", help="Only this layer, and what leads to it."
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(
            "--unit", "-u", metavar="Y,X", help="What exactly this unit of --node sees, with its borders."
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also the layers that see what the layer before sees.")
    ] = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """The receptive field of every layer: how much of the input one unit sees.

    \b
    Examples:
      cnncalc rf 3x32x32 conv3-16 conv3-16 conv3-16
      cnncalc rf resnet50
      cnncalc rf vgg16 --node features.30 --unit 3,4

    \b
    k, s, d   kernel size, stride and dilation of the layer
    jump      how far apart in the input the fields of neighbouring units lie
    start     where the field of unit 0 starts; negative: in the padding
    size      how many positions a unit sees; 1–2: it depends on the unit
    """
    from cnncalc.cli.output import emit
    from cnncalc.errors import SpecError
    from cnncalc.loader import load

    net = load(
        network, preset=preset, settings=read_settings(settings), input_size=input_size, assume=assume or ()
    )
    if net.input.rank < 2:
        raise SpecError(
            f"the input {net.input.pretty()} has no spatial axes, so there is no field to speak of",
            "give an input like 3x32x32",
            code="CNN141",
        )
    if unit is not None:
        chosen = net.nodes[-1] if node is None else _node(net, node)
        emit(_unit_printed(net, chosen, _indices(unit), format, to_file=output is not None), output)
        return
    if node is not None:
        net = _up_to(net, _node(net, node))
    emit(_printed(net, format, every=every, to_file=output is not None), output)


def _node(network: Network, name: str) -> Node:
    """The node of that name, or the one that a block of that name ends in.

    Raises SpecError.
    """
    from cnncalc.errors import SpecError, nearest

    ends = network.names.get(name, ())
    if len(ends) == 1 and ends[0] >= 0:
        return network.nodes[ends[0]]
    if ends:
        what = "stands for the input" if ends == (-1,) else "ends in several layers"
        raise SpecError(f"--node {name}: it {what}", "name one layer", code="CNN116")
    close = nearest(name, tuple(network.names))
    cure = f"did you mean '{close}'?" if close else "cnncalc summary lists all names"
    raise SpecError(f"--node {name}: no layer is called so", cure, code="CNN116")


def _indices(text: str) -> tuple[int, ...]:
    from cnncalc.errors import SpecError

    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and len(part) <= 9 for part in parts):
        raise SpecError(
            f"--unit '{text}': not a position", "write --unit 3,4: row and column, from 0", code="CNN105"
        )
    return tuple(map(int, parts))


def _up_to(network: Network, node: Node) -> Network:
    """The part of a network that leads to a node, in order."""
    from cnncalc.record import replace

    return replace(network, nodes=network.nodes[: node.index + 1], last=node.index)


def _printed(network: Network, format: Format, *, every: bool, to_file: bool) -> str:  # noqa: A002
    from cnncalc.passes.receptive_field import receptive_fields
    from cnncalc.report.fields import rows_by_axis

    found = receptive_fields(network)
    tables = rows_by_axis(network, found, every=every)
    title = _title(network)
    match format:
        case "text":
            from cnncalc.cli.output import style
            from cnncalc.report.field_text import fields_as_text

            left_out = len(found) - max(len(t.rows) for t in tables)
            return fields_as_text(title, tables, style(to_file=to_file), left_out=left_out)
        case "json":
            from cnncalc.report.field_json import fields_as_json

            return fields_as_json(network, found)
        case "csv":
            from cnncalc.report.field_files import fields_as_csv

            return fields_as_csv(tables)
        case "markdown":
            from cnncalc.report.field_files import fields_as_markdown

            return fields_as_markdown(title, tables)
        case "svg":
            from cnncalc.report.field_svg import fields_as_svg

            return fields_as_svg(title, tables)


def _unit_printed(network: Network, node: Node, unit: tuple[int, ...], form: Format, *, to_file: bool) -> str:
    from cnncalc.errors import SpecError
    from cnncalc.passes.receptive_field.unit import unit_field

    found = unit_field(network, node, unit)
    match form:
        case "text":
            from cnncalc.cli.output import style
            from cnncalc.report.unit_text import unit_as_text

            return unit_as_text(_title(network), found, style(to_file=to_file))
        case "json":
            from cnncalc.report.field_json import unit_as_json

            return unit_as_json(found)
        case "svg":
            from cnncalc.report.field_svg import unit_as_svg

            return unit_as_svg(_title(network), found)
        case other:
            raise SpecError(f"--unit is not printed as {other}", "choose text, json or svg", code="CNN105")


def _title(network: Network) -> str:
    from cnncalc.errors import visible

    name = f"{visible(' '.join(network.name.split()))}  " if network.name else ""
    return f"{name}{network.input.pretty()}: receptive fields"
