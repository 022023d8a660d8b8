"""Dictionaries and lists as JSON text: exact integers, expressions as text that parses again, one object of a list on a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from cnncalc.symbolic import Dim, to_text

__all__ = ["json_text", "number"]


def json_text(plain: Mapping[str, Any]) -> str:
    """A mapping with one entry on a line, and lists of objects with one object on a line."""
    fields = [f"  {_dumped(key)}: {_value(value)}" for key, value in plain.items()]
    return "{\n" + ",\n".join(fields) + "\n}\n"


def number(value: Dim | Fraction | None) -> int | str | None:
    """A number, a fraction like "2/75", or an expression as text that parses again; None stays None."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    return to_text(value)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {_dumped(item)}" for item in value) + "\n  ]"
    return _dumped(value)
