"""Sheets into files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cnncalc.cli.output import explained, replacing
from cnncalc.errors import SpecError
from cnncalc.practice.export import FORMATS, exported, format_of
from cnncalc.practice.sheet import variants

__all__ = ["written"]


def written(
    file: Path, wanted: tuple[int, int, int], kinds: tuple[Any, Any, Any], *, shuffled: bool, force: bool
) -> Iterator[Path]:
    """The paths of the files of so many sheets: quiz.md, or quiz-1.md, quiz-2.md…; all are written, or none.

    `wanted` is the seed, how many sheets, and how many questions each.

    Raises SpecError.
    """
    form = format_of(file.name)
    seed, sheets, count = wanted
    stem = file.name[: -len(FORMATS[form])]
    contents: dict[Path, str | bytes] = {}
    for number, sheet in enumerate(variants(seed, sheets, count, *kinds, shuffled=shuffled), start=1):
        own = stem if sheets == 1 else f"{stem}-{number}"
        contents |= {file.with_name(own + end): content for end, content in exported(sheet, form).items()}
    there = next((path for path in contents if path.exists()), None)
    if there is not None and not force:
        raise SpecError(f"{there} is there already", "give another name, or --force", code="CNN104")
    with ExitStack() as all_of_them:
        for path, content in contents.items():
            all_of_them.enter_context(explained(path))
            handle = all_of_them.enter_context(replacing(path))
            handle.write(content if isinstance(content, bytes) else content.encode())
    return iter(contents)
