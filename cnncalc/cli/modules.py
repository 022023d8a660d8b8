"""Spec files beside the modules that are to build the same networks. This imports and runs other people's code: only when asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.errors import CnncalcError, SpecError
from cnncalc.record import record
from cnncalc.spec.counterpart import Counterpart

if TYPE_CHECKING:
    from cnncalc.verification.module import Comparison

__all__ = ["Beside", "asked_for", "compared"]


@record
class Beside:
    """One file and its module: how they compare, or what hindered it."""

    file: str
    comparison: Comparison | None = None
    error: CnncalcError | None = None


def asked_for(reference: str | None, arguments: Sequence[str], files: Sequence[str]) -> Counterpart | None:
    """The module that the command line names for its one file.

    Raises SpecError if there are several files, or arguments without a module.
    """
    if reference is None:
        if arguments:
            raise _usage("--kwargs: no module is made", "add --torch package.module:attribute")
        return None
    if len(files) != 1:
        raise _usage(
            f"--torch: one module, but {len(files):,} spec files",
            "name one file, or write module: into each spec and give --modules",
        )
    return Counterpart(reference, tuple(_argument(text) for text in arguments))


def _argument(text: str) -> tuple[str, int | float | bool | str | None]:
    """NAME=VALUE, the value as YAML has it: a number, true, null, or a text."""
    from cnncalc.spec.reader import read

    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise _usage(f"--kwargs {text}: not NAME=VALUE", "write --kwargs classes=10")
    try:
        plain = read(value, "yaml").value if value.strip() else ""
    except CnncalcError:
        plain = value
    if isinstance(plain, tuple | dict):
        raise _usage(f"--kwargs {text}: a list or mapping", "give a number, true, false, null or a text")
    return name, plain


def compared(file: str, given: Counterpart | None, preset: str | None) -> Beside | None:
    """A file beside the module that is given, or else the one that it names; None if it names none, or cannot be built."""
    from cnncalc.loader import document_of_file
    from cnncalc.network import build
    from cnncalc.spec.counterpart import counterpart_of
    from cnncalc.verification.module import compare, load_module

    try:
        document, _ = document_of_file(file)
        network = build(document, preset=preset)
    except CnncalcError:
        return None  # told already, as what is wrong with the file
    wanted = None
    try:
        wanted = given or counterpart_of(document)
        if wanted is None:
            return None
        kwargs: Mapping[str, object] = dict(wanted.kwargs)
        module = load_module(wanted.reference, kwargs, folder=Path.cwd())
        return Beside(file, compare(network, module, names=dict(wanted.names)))
    except CnncalcError as error:
        return Beside(file, error=error.at(wanted.span if wanted else None))


def _usage(fact: str, cure: str) -> SpecError:
    return SpecError(fact, cure, code="CNN105")
