"""`cnncalc zoo`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from cnncalc.cli.network import OutputOption, zoo_names
from cnncalc.errors import SpecError

if TYPE_CHECKING:
    from cnncalc.zoo.entry import Entry

__all__ = ["zoo"]

Format = Literal["text", "json", "csv", "markdown"]
Order = Literal["family", "name", "year", "params", "macs"]


class _Zoo(TyperGroup):
    """The commands of the zoo, where a network's name is told what to say instead."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        if found is None:
            cure = f"cnncalc zoo show {cmd_name} prints a spec, cnncalc zoo --find {cmd_name} lists what is called so"
            raise SpecError(f"zoo {cmd_name}: there is only show and copy", cure, code="CNN105")
        return found


zoo = typer.Typer(
    cls=_Zoo,
    rich_markup_mode=None,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


_Name = Annotated[
    str,
    typer.Argument(help="A network, or a family.", show_default=False, autocompletion=zoo_names),
]


@zoo.callback()
def listed(
    context: typer.Context,
    find: Annotated[
        str | None, typer.Option("--find", metavar="TEXT", help="Only what has this in its name or source.")
    ] = None,
    params: Annotated[
        str | None, typer.Option("--params", metavar="BOUND", help='Only with so many: "<= 5M", 1M..2M.')
    ] = None,
    macs: Annotated[
        str | None, typer.Option("--macs", metavar="BOUND", help='Only with so many: "<= 300M".')
    ] = None,
    year: Annotated[
        str | None, typer.Option("--year", metavar="BOUND", help='Only from then: ">= 2019", 2014..2016.')
    ] = None,
    sort: Annotated[Order, typer.Option("--sort", help="In which order.")] = "family",
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """List the built-in networks by family: year, parameters, MACs, input, receptive field.

    \b
    Examples:
      cnncalc zoo
      cnncalc zoo --find mobilenet --params "<= 3M" --sort macs
      cnncalc zoo show resnet50
      cnncalc zoo copy vgg16
    """
    if context.invoked_subcommand is not None:
        return
    from cnncalc.cli.output import emit, style
    from cnncalc.loader import zoo_entries
    from cnncalc.report.zoo import as_csv, as_json, as_markdown, as_text
    from cnncalc.spec.bounds import bound_of

    bounds = [
        (name, bound_of(text)) for name, text in (("params", params), ("macs", macs), ("year", year)) if text
    ]
    found = [
        entry
        for entry in zoo_entries()
        if all(bound.holds(getattr(entry, name)) for name, bound in bounds) and _is_meant(entry, find)
    ]
    if sort != "family":
        found.sort(key=lambda entry: (getattr(entry, sort), entry.name))
    by_family = sort == "family"
    match format:
        case "text":
            emit(as_text(found, style(to_file=output is not None), by_family=by_family), output)
        case "json":
            emit(as_json(found), output)
        case "csv":
            emit(as_csv(found), output)
        case "markdown":
            emit(as_markdown(found), output)


def _is_meant(entry: Entry, text: str | None) -> bool:
    return text is None or text.lower() in f"{entry.name} {entry.source}".lower()


@zoo.command()
def show(name: _Name, output: OutputOption = None) -> None:
    """Print the spec file that describes a network.

    \b
    Examples:
      cnncalc zoo show resnet50
    """
    from cnncalc.cli.output import emit
    from cnncalc.loader import zoo_text

    emit(zoo_text(name), output)


@zoo.command()
def copy(
    name: _Name,
    file: Annotated[
        Path | None, typer.Argument(help="Where to. [default: NAME.cnn.yaml]", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Copy the spec file that describes a network, to start from it.

    \b
    Examples:
      cnncalc zoo copy resnet50
      cnncalc zoo copy resnet50 nets/mine.cnn.yaml
    """
    from cnncalc.cli.output import emit
    from cnncalc.loader import zoo_text

    text = zoo_text(name)
    target = file or Path(f"{name}.cnn.yaml")
    if target.exists() and not force:
        raise SpecError(f"{target} is there already", "give another name, or --force", code="CNN104")
    emit(text, target)
    emit(f"wrote {target}\n", None)
