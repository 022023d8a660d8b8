"""What a person gives a formula: texts like W=224, and a name to solve for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from cnncalc.errors import FormulaError, SpecError, nearest
from cnncalc.formulas.table import Entry
from cnncalc.symbolic import IntExpr, parse_expression, symbol

__all__ = ["CODE", "require_all", "unknown_of", "values_of"]

CODE = "CNN105"


def values_of(entry: Entry, assignments: Sequence[str]) -> dict[str, Any]:
    """What texts like W=224 give, by names; the result under its name in the formula.

    Raises SpecError.
    """
    known = [v.name for v in entry.variables]
    given: dict[str, Any] = {}
    for text in assignments:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value:
            raise SpecError(f"'{text}' gives no name a value", f"write {known[0]}=7", code=CODE)
        name = entry.result if name == entry.name else name
        if name not in (*known, entry.result):
            raise SpecError(f"{entry.name} has no name '{name}'", _similar(entry, name), code=CODE)
        if name in given:
            raise SpecError(f"{name} is given twice", "give it one value", code=CODE)
        given[name] = _value(entry, name, value)
    return given


def _similar(entry: Entry, name: str) -> str:
    """A cure for a name that a formula does not have."""
    known = {v.name: entry.meaning(v) for v in entry.variables}
    by_word = next((n for n, meaning in known.items() if name.lower() in meaning.split()), None)
    by_case = next((n for n in known if n.lower() == name.lower()), None)
    close = by_case or by_word or nearest(name, [*known, entry.result])
    if close:
        meaning = f" ({known[close]})" if close in known else ""
        return f"did you mean {close}{meaning}?"
    return f"its names are {', '.join(known)}, and {entry.result} for the result"


def _value(entry: Entry, name: str, text: str) -> Any:
    """A whole number, or an expression of names; a fraction where the formula divides.

    Raises SpecError for anything else.
    """
    try:
        formula = parse_expression(text)
        value = formula(**{n: symbol(n) for n in formula.names})
    except FormulaError as error:
        (found,) = error.diagnostics
        raise SpecError(f"{name}={text}: {found.message}", found.cure, code=CODE) from None
    choice = next((v for v in entry.variables if v.name == name and v.choice), None)
    if choice and (isinstance(value, bool) or value not in (0, 1)):
        raise SpecError(f"{name}={text} is no choice", f"give {choice.choice}", code=CODE)
    if entry.root and name == entry.result and isinstance(value, int | Fraction) and value <= 0:
        raise SpecError(f"{name}={text} is not positive", "a variance is", code=CODE)
    whole = isinstance(value, int | IntExpr) and not isinstance(value, bool)
    if whole or (isinstance(value, Fraction) and entry.root and name in ("g", entry.result)):
        return value
    raise SpecError(f"{name}={text} is not a whole number", f"give {name} one, or a name", code=CODE)


def require_all(entry: Entry, given: Collection[str]) -> None:
    """Raises SpecError if a name has neither a value nor a default."""
    missing = [v for v in entry.variables if v.default is None and v.name not in given]
    if missing:
        meanings = " and ".join(f"{v.name} ({entry.meaning(v)})" for v in missing)
        cure = f"give {' '.join(f'{v.name}=…' for v in missing)}"
        if len(missing) == 1:
            cure += f"; or the result, {entry.result}, to solve for {missing[0].name}"
        raise SpecError(f"{entry.name} needs {meanings}", cure, code=CODE)


def unknown_of(entry: Entry, given: Mapping[str, Any], wanted: str | None) -> str:
    """The name that is solved for.

    Raises SpecError if that is not clear.
    """
    open_ = [v for v in entry.variables if v.name not in given and not v.choice]
    if wanted is not None:
        if wanted in given:
            raise SpecError(f"{wanted} is given", f"leave out {wanted}=…", code=CODE)
        if any(v.name == wanted for v in entry.variables if v.choice):
            raise SpecError(f"{wanted} is a choice", "try both: 0 and 1", code=CODE)
        if all(v.name != wanted for v in open_):
            raise SpecError(f"cannot solve for '{wanted}'", _similar(entry, wanted), code=CODE)
    needed = [v.name for v in open_ if v.default is None and v.name != wanted]
    if wanted is None and needed:
        wanted = needed.pop(0)
    if needed:
        left = [n for n in (wanted, *needed) if n]
        raise SpecError(
            f"{entry.name} can be solved for one name, but {' and '.join(left)} are left out",
            f"give all but one of them: {' '.join(f'{n}=…' for n in left[1:])}",
            code=CODE,
        )
    if wanted is not None:
        return wanted
    if not open_:
        raise SpecError(
            "every name has a value, so there is nothing to solve for", "leave one of them out", code=CODE
        )
    return open_[0].name
