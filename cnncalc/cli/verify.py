"""`cnncalc verify`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncalc.cli.network import (
    AssumeOption,
    InputOption,
    OptionalNetworkArgument,
    OutputOption,
    PresetOption,
    SetOption,
    read_settings,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.errors import LayerError
    from cnncalc.verification import Verification

__all__ = ["verify"]

#: how a verification is printed
Format = Literal["text", "json", "markdown", "junit"]
DTypeName = Literal["float32", "float16", "bfloat16", "float64"]


def verify(
    network: OptionalNetworkArgument = None,
    input_size: InputOption = None,
    settings: SetOption = None,
    preset: PresetOption = None,
    assume: AssumeOption = None,
    device: Annotated[
        str, typer.Option("--device", metavar="DEVICE", help="Where torch computes: cpu, cuda, cuda:1, mps.")
    ] = "cpu",
    dtype: Annotated[DTypeName, typer.Option("--dtype", help="The type of all numbers.")] = "float32",
    seed: Annotated[int, typer.Option("--seed", min=0, help="What decides the random numbers.")] = 0,
    random: Annotated[
        int | None,
        typer.Option("--random", metavar="N", min=1, help="Verify N random networks instead of a given one."),
    ] = None,
    only: Annotated[
        str | None, typer.Option("--only", metavar="A,B,…", help="Only these quantities. [default: all]")
    ] = None,
    layers: Annotated[
        bool, typer.Option("--layers", help="Every value of every layer from both sides.")
    ] = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """Prove every number: run the network in torch, measure, and compare.

    With --random it is cnncalc's own rules that are tested, on networks of every
    kind of layer, those among them that torch has to refuse.

    \b
    Examples:
      cnncalc verify lenet5
      cnncalc verify 3x32x32 conv3-16,p1 bn relu maxpool2 --only macs,rf --layers
      cnncalc verify CxHxW conv3-K,p1 relu gap --format junit
      cnncalc verify --random 20 --seed 7

    \b
    Quantities:
      acceptance, shapes, parameters, buffers, macs, backward-macs, activations,
      training, rf, rf-nan, initialisation, statistics, fold, symbolic

    \b
    Exit code 1: something differs, or could not be checked.
    """
    from cnncalc.cli import verify_random as networks
    from cnncalc.cli.output import emit
    from cnncalc.errors import LayerError, SpecError
    from cnncalc.loader import load
    from cnncalc.verification import verify as verified
    from cnncalc.verification import verify_random

    chosen = None if only is None else tuple(name.strip() for name in only.split(","))
    if random is not None:
        networks.refuse_beside(
            {
                "NETWORK": network,
                "--input": input_size,
                "--set": settings,
                "--preset": preset,
                "--assume": assume,
                "--layers": layers,
            }
        )
        shown = networks.progress()
        run = verify_random(random, seed=seed, device=device, dtype=dtype, only=chosen, progress=shown)
        emit(networks.printed(format, run, to_file=output is not None), output)
        if not run.ok:
            raise typer.Exit(1)
        return
    if not network:
        raise SpecError(
            "there is no network to verify", "name one, or draw some: --random 1000", code="CNN105"
        )
    try:
        net = load(
            network,
            preset=preset,
            settings=read_settings(settings),
            input_size=input_size,
            assume=assume or (),
        )
    except LayerError as error:
        _ask_torch(error, seen=only is None or "acceptance" in only)
        raise
    found = verified(net, device=device, dtype=dtype, seed=seed, only=chosen, progress=_progress())
    emit(_printed(format, found, layers=layers, to_file=output is not None), output)
    if not found.ok:
        raise typer.Exit(1)


def _ask_torch(error: LayerError, *, seen: bool) -> None:
    """Of a layer that cannot stand where it is put: whether torch refuses it as well, and the end, with our error first.

    Nothing is said where torch cannot be asked.
    """
    from cnncalc.cli.output import show_error
    from cnncalc.errors import CnncalcError, visible
    from cnncalc.verification.environment import check_torch

    if error.refused is None or not seen:
        return
    try:
        check_torch()
        from cnncalc.verification.acceptance import refusal

        said = refusal(*error.refused)
    except (CnncalcError, TypeError):
        return
    show_error(error)
    if said is not None:
        _say(f"torch refuses it too: {visible(said)}")
        raise typer.Exit(2)
    _say("differs: torch takes it, and something comes out")
    raise typer.Exit(1)


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")


def _progress() -> Callable[[str, int, int], None] | None:
    """What is being verified; None where nobody would see it."""
    from cnncalc.cli.progress import line

    told = line()
    return None if told is None else lambda quantity, number, count: told(number, count, quantity)


def _printed(form: Format, found: Verification, *, layers: bool, to_file: bool) -> str:
    match form:
        case "text":
            from cnncalc.cli.output import style
            from cnncalc.report.verification import as_text

            return as_text(found, style(to_file=to_file), layers=layers)
        case "markdown":
            from cnncalc.report.verification import as_markdown

            return as_markdown(found, layers=layers)
        case "json":
            from cnncalc.report.verification_files import as_json

            return as_json(found, layers=layers)
        case "junit":
            from cnncalc.report.verification_files import as_junit

            return as_junit(found)
