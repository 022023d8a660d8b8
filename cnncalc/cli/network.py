"""The argument NETWORK and its options, which all commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncalc.errors import SpecError

if TYPE_CHECKING:
    from cnncalc.spec.values import Given

__all__ = [
    "AssumeOption",
    "BatchOption",
    "InputOption",
    "NetworkArgument",
    "OptionalNetworkArgument",
    "OutputOption",
    "PresetOption",
    "SetOption",
    "read_settings",
    "zoo_names",
]


def zoo_names(incomplete: str) -> list[str]:
    """The built-in networks that the shell offers; it offers files where none begins so."""
    from cnncalc.loader import zoo_entries

    return [entry.name for entry in zoo_entries() if entry.name.startswith(incomplete)]


def _first_word(ctx: typer.Context, incomplete: str) -> list[str]:
    """A name stands alone: behind another word there is none to offer."""
    return [] if ctx.params.get("network") else zoo_names(incomplete)


_NETWORK = (
    "Words (3x32x32 conv3-16 relu), a spec file (.yaml, .json, .toml; - is standard input), or a zoo network."
)
NetworkArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="NETWORK",
        help=_NETWORK,
        show_default=False,
        autocompletion=_first_word,
    ),
]
OptionalNetworkArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="NETWORK", help=_NETWORK, show_default=False, autocompletion=_first_word),
]
InputOption = Annotated[
    str | None,
    typer.Option("--input", "-i", metavar="SIZE", help="Another input size, like 3x256x256 or CxHxW."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="NAME=VALUE", help="Another value for a variable. Repeatable."),
]
PresetOption = Annotated[
    str | None,
    typer.Option("--preset", metavar="NAME", help="The member of the family that a spec file describes."),
]
BatchOption = Annotated[int, typer.Option("--batch", "-b", min=1, help="The batch size.")]
AssumeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--assume",
        "-a",
        metavar="CONDITION",
        help="A condition on names: H=32*h, 'H%32==0', 'H>=64'. Repeatable.",
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead, whole or not at all."),
]


def read_settings(settings: list[str] | None) -> dict[str, Given]:
    """NAME=VALUE pairs: whole numbers, decimals, true, false, and texts (or names, where numbers belong).

    Raises SpecError for anything else.
    """
    found: dict[str, Given] = {}
    for text in settings or []:
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier() or not value:
            raise SpecError(f"--set {text}: not a setting", "write --set width=32", code="CNN105")
        if name in found:
            raise SpecError(f"--set {text}: {name} is set twice", "give each name one value", code="CNN105")
        found[name] = _value(value)
    return found


def _value(text: str) -> Given:
    if text in ("true", "false"):
        return text == "true"
    digits = text.removeprefix("-")
    if digits.isascii() and digits.replace(".", "", 1).isdecimal():
        if len(digits) > _MOST_DIGITS:
            raise SpecError(
                f"--set …={text[:20]}: too many digits", f"give at most {_MOST_DIGITS}", code="CNN105"
            )
        return float(text) if "." in digits else int(text)
    return text


#: numbers go up to 10^15 everywhere in a spec
_MOST_DIGITS = 15
