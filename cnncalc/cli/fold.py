"""`cnncalc fold`"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncalc.cli.network import (
    AssumeOption,
    InputOption,
    NetworkArgument,
    PresetOption,
    SetOption,
    read_settings,
)

if TYPE_CHECKING:
    from cnncalc.errors import SpecError
    from cnncalc.network import Network
    from cnncalc.passes.fold_bn import Folding
    from cnncalc.report.folding import FoldingReport
    from cnncalc.verification.folding import Proof

__all__ = ["fold"]

Format = Literal["text", "json", "markdown"]
_SPECS = (".yaml", ".yml")
_TENSORS = (".safetensors", ".pt", ".pth")
_EXIT_NOT_EQUAL = 1


def fold(
    network: NetworkArgument,
    input_size: InputOption = None,
    settings: SetOption = None,
    preset: PresetOption = None,
    assume: AssumeOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", "-e", help="Show how it works, with numbers.")
    ] = False,
    allow_border_error: Annotated[
        bool,
        typer.Option("--allow-border-error", help="Fold too what comes out wrong where zeros are padded."),
    ] = False,
    merge_branches: Annotated[
        bool, typer.Option("--merge-branches", help="Make parallel convolutions of a sum one (RepVGG).")
    ] = False,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights", "-w", metavar="FILE", help="Fold these weights: .safetensors, .pt or .pth."
        ),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the folded network (.yaml), or the folded weights (.safetensors, .pt). Repeatable.",
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            "--device", metavar="NAME", help="Where folded weights are proven: cpu, cuda. [default: cpu]"
        ),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = "text",  # noqa: A002
) -> None:
    """Fold batch normalisations into the layers around them: which, why not, and what it saves.

    \b
    Examples:
      cnncalc fold resnet50
      cnncalc fold 3x32x32 conv3-16,p1,nobias bn relu --explain
      cnncalc fold mobilenet_v1 --output folded.cnn.yaml

    \b
    With weights, as torch has saved them:
      cnncalc fold resnet50 -w model.safetensors -o folded.safetensors
    """
    from cnncalc.cli.output import emit
    from cnncalc.loader import load

    if explain and format == "json":
        raise _usage("--explain: JSON holds no explanation", "give --format text or markdown")
    specs, tensors = _outputs(output or [], weights)
    if device is not None and weights is None:
        raise _usage("--device: only weights are run", "add --weights FILE")
    net = load(
        network, preset=preset, settings=read_settings(settings), input_size=input_size, assume=assume or ()
    )
    if weights is None:
        from cnncalc.passes.fold_bn import fold_bn

        folding = fold_bn(net, allow_border_error=allow_border_error, merge_branches=merge_branches)
        proof = None
    else:
        how = {"allow_border_error": allow_border_error, "merge_branches": merge_branches}
        folding, proof = _with_weights(net, weights, tensors[0], device or "cpu", how)
    equal = proof is None or proof.ok
    if equal:
        _write_specs(folding, specs)
    written = tuple(map(str, (*specs, *tensors))) if equal else ()
    emit(_printed(format, _report(net, folding, proof, written), explain=explain), None)
    if not equal:
        raise typer.Exit(_EXIT_NOT_EQUAL)


def _usage(fact: str, cure: str) -> SpecError:
    from cnncalc.errors import SpecError

    return SpecError(fact, cure, code="CNN105")


def _outputs(given: list[Path], weights: str | None) -> tuple[list[Path], list[Path]]:
    """The files for the folded network, and the one for its weights.

    Raises SpecError for a file whose name tells neither, and for weights without a place to go, or over themselves.
    """
    specs = [path for path in given if path.name.lower().endswith(_SPECS)]
    tensors = [path for path in given if path.name.lower().endswith(_TENSORS)]
    for path in given:
        if path not in specs and path not in tensors:
            raise _usage(
                f"--output {path}: neither a spec nor weights by its name",
                "end it in .cnn.yaml, .safetensors or .pt",
            )
    if weights is None and tensors:
        raise _usage(f"--output {tensors[0]}: there are no weights to fold", "add --weights FILE")
    if weights is not None and len(tensors) != 1:
        what = "has no place to go" if not tensors else "goes to one file"
        raise _usage(f"--weights {weights}: what is folded {what}", "add one --output folded.safetensors")
    if weights is not None and tensors[0].resolve() == Path(weights).resolve():
        raise _usage(f"--output {tensors[0]}: that is the file with the weights", "give another name")
    return specs, tensors


def _with_weights(
    network: Network, weights: str, output: Path, device: str, how: dict[str, bool]
) -> tuple[Folding, Proof]:
    """Fold weights into a file that takes its place only when both networks have been found equal."""
    from cnncalc.cli.output import explained, replacing
    from cnncalc.verification.environment import check_device, check_torch

    check_torch("fold --weights", "safetensors", "numpy")
    check_device(device, "float64", "leave --device out for the CPU")
    from cnncalc.verification.folding import fold_weights

    class NotEqual(Exception):  # noqa: N818 - no error: the way out of the file
        pass

    with suppress(NotEqual), _progress() as step, explained(output), replacing(output) as file:
        found = fold_weights(network, weights, file, output.name, device=device, step=step, **how)
        if not found[1].ok:
            raise NotEqual
    return found


@contextmanager
def _progress() -> Iterator[Callable[[str, int], Callable[[], None]]]:
    """Bars on standard error, if that is a terminal: for every task one, which is called after each of its steps."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _what, _total: lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:

        def start(what: str, total: int) -> Callable[[], None]:
            task = progress.add_task(what, total=total)
            return lambda: progress.advance(task)

        yield start


def _write_specs(folding: Folding, paths: list[Path]) -> None:
    if paths:
        from cnncalc.cli.output import emit
        from cnncalc.report.spec_file import network_as_yaml

        text = network_as_yaml(folding.folded)
        for path in paths:
            emit(text, path)


def _report(
    network: Network, folding: Folding, proof: Proof | None, written: tuple[str, ...]
) -> FoldingReport:
    from cnncalc.analysis import analyse
    from cnncalc.report.folding import FoldingReport

    return FoldingReport(analyse(network), folding, proof, written)


def _printed(format: Format, report: FoldingReport, *, explain: bool) -> str:  # noqa: A002
    from cnncalc.report import folding as printers

    if explain:
        from cnncalc.report.folding_explain import explanation

        document = explanation(report.analysis, report.folding)
    match format:
        case "text":
            from cnncalc.cli.output import style
            from cnncalc.report.explain.text import document_as_text

            how = style(to_file=False)
            text = printers.as_text(report, how)
            return f"{text}\n{document_as_text(document, how)}" if explain and document.layers else text
        case "markdown":
            from cnncalc.report.explain.markdown import document_as_markdown

            text = printers.as_markdown(report)
            return f"{text}\n{document_as_markdown(document)}" if explain and document.layers else text
        case "json":
            from cnncalc.report.folding_json import as_json

            return as_json(report)
