"""Answers in files: filled-in sheets in Markdown and JSON, answers by name, and answers one on a line.

JSON is a sheet, or what `cnncalc practice --format json` prints, with a field "given" in every question that is answered; or just

    {"parameters-forward-1-17": "1,216", "parameters-compare-2-4": ["3; 4", …]}

A list of parts, or an object of them by label, is as good as their texts with ; between them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cnncalc.errors import Span, SpecError
from cnncalc.practice.generate import VERSION, problem_named
from cnncalc.practice.model import Problem
from cnncalc.record import record

__all__ = ["Given", "answers_in", "lines_in", "looks_like_json"]

_LISTS = ("questions", "problems")
_VERSIONS = ("generator", "version")


@record
class Given:
    """A question and what somebody answered; None is no answer."""

    problem: Problem
    text: str | None


def looks_like_json(text: str) -> bool:
    """Whether a file is meant as JSON."""
    return text.lstrip()[:1] in ("{", "[")


def lines_in(text: str, file: str) -> list[str]:
    """Answers in the order of the questions: the lines of a text, or a list in JSON.

    Raises SpecError.
    """
    if not looks_like_json(text):
        return text.splitlines()
    found = _loaded(text, file)
    if not isinstance(found, list):
        raise SpecError(f"{file}: this is no list of answers", 'write ["784", "3x3"]', code="CNN101")
    return [_text(one, f"{file}: answer {i}") or "" for i, one in enumerate(found, start=1)]


def answers_in(text: str, file: str) -> tuple[Given, ...]:
    """Every question of a file, with its answer.

    Raises SpecError, with the place, for what cannot be read, and for names of no question.
    """
    named = list(_of_json(text, file) if looks_like_json(text) else _of_markdown(text, file))
    seen: set[str] = set()
    found = []
    for name, line, given in named:
        if name in seen:
            raise SpecError(
                f"'{name}' is answered twice",
                "leave one of the answers",
                span=Span(line, 1, file=file),
                code="CNN101",
            )
        seen.add(name)
        try:
            found.append(Given(problem_named(name), given))
        except SpecError as error:
            raise error.at(Span(line, 1, file=file)) from None
    if not found:
        raise SpecError(f"{file} has no questions", "give a sheet that is filled in", code="CNN101")
    return tuple(found)


def _of_markdown(text: str, file: str) -> Iterator[tuple[str, int, str | None]]:
    from cnncalc.practice.export.markdown import filled

    try:
        found = filled(text)
    except SpecError as error:
        raise error.at(Span(1, 1, file=file)) from None
    return ((one.name, one.line, one.text or None) for one in found)


def _of_json(text: str, file: str) -> Iterator[tuple[str, int, str | None]]:
    found = _loaded(text, file)
    if not isinstance(found, dict):
        raise SpecError(
            f"{file}: answers have names", 'write {"parameters-forward-1-17": "1,216"}', code="CNN101"
        )
    questions = next((found[key] for key in _LISTS if isinstance(found.get(key), list)), None)
    if questions is None:
        pairs = list(found.items())
    else:
        for key in _VERSIONS:
            if found.get(key, VERSION) != VERSION:
                raise SpecError(
                    f"{file} is of version {found[key]} of the questions, this cnncalc has version {VERSION}",
                    "grade it with the cnncalc that wrote it",
                    code="CNN145",
                )
        if not all(isinstance(q, dict) and isinstance(q.get("name"), str) for q in questions):
            raise SpecError(
                f"{file}: not every question has a name", "leave the names as they were", code="CNN101"
            )
        pairs = [(q["name"], q.get("given")) for q in questions]
    for name, given in pairs:
        line = text.count("\n", 0, max(text.find(json.dumps(name, ensure_ascii=False)), 0)) + 1
        yield name, line, _text(given, f"{file}:{line}: {name}")


def _loaded(text: str, file: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_twins)
    except json.JSONDecodeError as error:
        place = Span(error.lineno, error.colno, file=file)
        raise SpecError(
            f"this is not JSON: {error.msg}", "correct it there", span=place, code="CNN101"
        ) from None
    except RecursionError:
        raise SpecError(f"{file} is nested too deeply", "answers are texts", code="CNN101") from None
    except ValueError as error:
        raise SpecError(f"{file}: {error}", "write answers as texts", code="CNN101") from None


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"'{twin}' stands there twice")
    return found


def _text(given: Any, where: str) -> str | None:
    """An answer as it would be typed.

    Raises SpecError.
    """
    match given:
        case None:
            return None
        case str():
            return given
        case bool():
            pass
        case int() | float():
            return str(given)
        case list():
            return "; ".join(_text(one, where) or "" for one in given)
        case dict():
            return "; ".join(f"{label}: {_text(one, where) or ''}" for label, one in given.items())
    raise SpecError(f"{where}: {given!r} is no answer", "write answers as texts", code="CNN101")
