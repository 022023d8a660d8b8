"""`cnncalc memory`"""

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
    from collections.abc import Callable

    from cnncalc.passes.memory import InferenceMemory, TrainingMemory
    from cnncalc.report.memory import Fit, MemoryReport

__all__ = ["memory"]

Format = Literal["text", "json", "csv", "markdown"]
DTypeName = Literal["float32", "float16", "bfloat16", "float64", "int8"]
OptimizerName = Literal["sgd", "momentum", "adam", "adamw"]


def memory(
    network: NetworkArgument,
    input_size: InputOption = None,
    settings: SetOption = None,
    preset: PresetOption = None,
    batch: Annotated[
        int | None, typer.Option("--batch", "-b", min=1, help="The batch size. [default: 1]")
    ] = None,
    assume: AssumeOption = None,
    dtype: Annotated[DTypeName, typer.Option("--dtype", help="The type of all numbers.")] = "float32",
    in_place: Annotated[
        bool | None,
        typer.Option(
            "--in-place/--no-in-place",
            help="Let activations and sums overwrite what nobody reads any more. [default: no]",
            show_default=False,
        ),
    ] = None,
    training: Annotated[
        bool, typer.Option("--training", "-t", help="What training keeps, and the MACs of a step.")
    ] = False,
    optimizer: Annotated[
        OptimizerName | None, typer.Option("--optimizer", help="Whose state counts. [default: sgd]")
    ] = None,
    freeze: Annotated[
        list[str] | None,
        typer.Option(
            "--freeze", metavar="PATTERN", help="Layers or blocks not trained, like 'layer1.*'. Repeatable."
        ),
    ] = None,
    fit: Annotated[
        str | None,
        typer.Option("--fit", metavar="SIZE", help="Find the largest batch that fits: 24GiB, 16GB, 500MB."),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
    output: OutputOption = None,
) -> None:
    """Memory of inference and of training, and the largest batch that fits.

    \b
    Examples:
      cnncalc memory resnet50 --batch 8
      cnncalc memory vgg16 --training --optimizer adam --fit 24GiB
      cnncalc memory resnet18 -t --freeze conv1 --freeze 'layer[12]'
    """
    from cnncalc.analysis import analyse
    from cnncalc.cli.output import emit
    from cnncalc.loader import load
    from cnncalc.passes import memory as passes
    from cnncalc.passes.training_cost import training_cost
    from cnncalc.report.memory import MemoryReport

    _check_together(training, in_place=in_place, optimizer=optimizer, freeze=freeze, batch=batch, fit=fit)
    net = load(
        network, preset=preset, settings=read_settings(settings), input_size=input_size, assume=assume or ()
    )
    frozen = tuple(freeze or ())

    def measure(images: int) -> InferenceMemory | TrainingMemory:
        if training:
            return passes.training(
                net, dtype=dtype, batch=images, optimizer=optimizer or "sgd", frozen=frozen
            )
        return passes.inference(net, dtype=dtype, batch=images, in_place=bool(in_place))

    found = measure(batch or 1) if fit is None else None
    fits = None
    if found is None:
        found, fits = _fitted(measure, str(fit))
    cost = training_cost(net, batch=found.batch, frozen=frozen) if training else None
    report = MemoryReport(analyse(net, batch=found.batch), found, frozen, cost, fits)
    emit(_printed(format, report, to_file=output is not None), output)


def _check_together(training: bool, **given: object) -> None:
    """Refuse options that take no notice of each other.

    Raises SpecError.
    """
    from cnncalc.errors import SpecError

    of_training = [f"--{name}" for name in ("optimizer", "freeze") if given[name]]
    if of_training and not training:
        raise SpecError(f"{' and '.join(of_training)}: of training only", "add --training", code="CNN105")
    if training and given["in_place"]:
        raise SpecError(
            "--in-place and --training: what training saves is the same either way",
            "leave one of them out",
            code="CNN105",
        )
    if given["fit"] is not None and given["batch"] is not None:
        raise SpecError(
            "--fit and --batch: the largest batch is what --fit finds",
            "leave one of them out",
            code="CNN105",
        )


def _fitted(
    measure: Callable[[int], InferenceMemory | TrainingMemory], written: str
) -> tuple[InferenceMemory | TrainingMemory, Fit]:
    """The memory with the largest batch that fits.

    Raises SpecError if none does, or every one, or if sizes have names.
    """
    from cnncalc.cli.sizes import read_size
    from cnncalc.errors import SpecError
    from cnncalc.passes.memory import largest_batch
    from cnncalc.report.memory import Fit

    available = read_size(written, "--fit")

    def total(images: int) -> int:
        size = measure(images).total
        if isinstance(size, int):
            return size
        raise SpecError(
            f"--fit {written}: the memory depends on names",
            "give them numbers: --set NAME=VALUE, or --input SIZE",
            code="CNN105",
        )

    batch = largest_batch(total, available)
    if batch is None:
        raise SpecError(
            f"--fit {written}: memory does not grow with the batch, so that every batch fits",
            "leave --fit out",
            code="CNN105",
        )
    if batch == 0:
        images, needed = _least(total)
        raise SpecError(
            f"--fit {written}: not even batch {images} fits, which needs {needed:,} bytes; {available:,} are given",
            "give more memory, or use a smaller --dtype or --input",
            code="CNN105",
        )
    return measure(batch), Fit(available, written, total(batch + 1))


def _least(total: Callable[[int], int]) -> tuple[int, int]:
    """The smallest batch that works at all, and its memory: batch normalisation of one number cannot be trained on 1."""
    from cnncalc.errors import LayerError

    try:
        return 1, total(1)
    except LayerError:
        return 2, total(2)


def _printed(format: Format, report: MemoryReport, *, to_file: bool) -> str:  # noqa: A002
    from cnncalc.report import memory as printers

    match format:
        case "text":
            from cnncalc.cli.output import style

            return printers.as_text(report, style(to_file=to_file))
        case "json":
            return printers.as_json(report)
        case "csv":
            return printers.as_csv(report)
        case "markdown":
            return printers.as_markdown(report)
