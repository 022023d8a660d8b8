"""Which advice is wanted, and what it needs to know: the table [tool.cnncalc] of a pyproject.toml.

::

    select = [code, …]              only this advice, instead of what is given by default
    extend-select = [code, …]       this advice too
    ignore = [code, …]              not this
    smallest-batch = N              how many images the smallest batch in training has; 1 unless said
    min-receptive-field = N         how many positions the receptive field should have; or "input": as many as that has
    code = "CNN301" | "CNN30" | "CNN" | "bias-before-norm"

A code may be cut short to name all that begin so. Of several that name the same rule the longest decides, and of two that are
alike `ignore`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Literal

from cnncalc.check.codes import ERRORS
from cnncalc.check.lint.model import Rule
from cnncalc.check.lint.rules import RULES
from cnncalc.errors import SpecError, nearest
from cnncalc.record import record
from cnncalc.spec.source import shown

__all__ = ["LintConfig", "config_of", "rules_named", "unknown"]

_LISTS = ("select", "extend-select", "ignore")
_KEYS = (*_LISTS, "smallest-batch", "min-receptive-field")


def _defaults() -> frozenset[str]:
    return frozenset(rule.code for rule in RULES if rule.default)


@record
class LintConfig:
    """Which advice is given, and what it needs to know."""

    codes: frozenset[str] = field(default_factory=_defaults)
    smallest_batch: int = 1
    min_receptive_field: int | Literal["input"] | None = None


@lru_cache(maxsize=256)
def rules_named(selector: str) -> tuple[Rule, ...]:
    """The rules that a code, the beginning of one, or a name stands for; none if it stands for nothing."""
    code = selector.upper()
    return tuple(
        rule
        for rule in RULES
        if rule.name == selector or (code.startswith("CNN") and rule.code.startswith(code))
    )


def unknown(selector: str) -> tuple[str, str]:
    """What is wrong with a selector that stands for no rule, and the cure."""
    if selector.upper() in ERRORS:
        return f"{selector} is an error", "advice has codes from CNN300 on; an error has to be put right"
    close = nearest(selector.lower(), [rule.name for rule in RULES])
    cure = f"did you mean '{close}'?" if close else "cnncalc rule lists all codes"
    return f"no advice is called {shown(selector)}", cure


def config_of(data: Mapping[str, object], where: str = "", also: Sequence[str] = ()) -> LintConfig:
    """The configuration that a table means. `where` is put before messages; `also` are keys that others read.

    Raises SpecError for keys, codes and values that mean nothing.
    """
    prefix = f"{where}: " if where else ""
    for key in data:
        if key not in _KEYS:
            close = nearest(key, (*_KEYS, *also))
            known = ", ".join(sorted((*_KEYS, *also)))
            cure = f"did you mean '{close}'?" if close else f"keys: {known}"
            raise SpecError(f"{prefix}no setting is called {shown(key)}", cure, code="CNN105")
    lists = {key: _selectors(data, key, prefix) for key in _LISTS}
    return LintConfig(
        _chosen(lists["select"], lists["extend-select"] or (), lists["ignore"] or ()),
        _positive(data, "smallest-batch", prefix) or 1,
        "input"
        if data.get("min-receptive-field") == "input"
        else _positive(data, "min-receptive-field", prefix),
    )


def _selectors(data: Mapping[str, object], key: str, prefix: str) -> tuple[str, ...] | None:
    """The codes under a key; None if it is not there."""
    if key not in data:
        return None
    value = data[key]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SpecError(f"{prefix}{key} is no list of codes", f'write {key} = ["CNN301"]', code="CNN105")
    for selector in value:
        if not rules_named(selector):
            fact, cure = unknown(selector)
            raise SpecError(f"{prefix}{key}: {fact}", cure, code="CNN105")
    return tuple(value)


def _positive(data: Mapping[str, object], key: str, prefix: str) -> int | None:
    """The number under a key; None if it is not there."""
    value = data.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    also = ' or "input"' if key == "min-receptive-field" else ""
    raise SpecError(f"{prefix}{key} is {value!r}", f"give a number of at least 1{also}", code="CNN105")


def _chosen(select: Iterable[str] | None, extend: Iterable[str], ignore: Iterable[str]) -> frozenset[str]:
    """The codes of the rules that are on."""
    base = dict.fromkeys(_defaults(), 0) if select is None else {}
    on = {**base, **_weights(select or ())}
    for code, weight in _weights(extend).items():
        on[code] = max(weight, on.get(code, 0))
    off = _weights(ignore)
    return frozenset(code for code, weight in on.items() if off.get(code, -1) < weight)


def _weights(selectors: Iterable[str]) -> dict[str, int]:
    """How exactly every rule is named: by how many letters of its code."""
    found: dict[str, int] = {}
    for selector in selectors:
        for rule in rules_named(selector):
            exact = len(rule.code) if selector == rule.name else len(selector)
            found[rule.code] = max(exact, found.get(rule.code, 0))
    return found
