"""The time of an exam."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic

from cnncalc.errors import SpecError

__all__ = ["seconds_of", "watch"]

_DURATION = re.compile(r"(?:(?P<h>\d{1,2})h)?(?:(?P<m>\d{1,3})m(?:in)?)?(?:(?P<s>\d{1,4})s)?", re.ASCII)


def seconds_of(text: str) -> int:
    """90m, 1h30m, 45s; a number alone is minutes.

    Raises SpecError.
    """
    text = text.strip().lower()
    found = _DURATION.fullmatch(f"{text}m" if text.isascii() and text.isdecimal() else text)
    seconds = (
        sum(int(found[unit] or 0) * count for unit, count in (("h", 3600), ("m", 60), ("s", 1)))
        if found
        else 0
    )
    if not seconds:
        raise SpecError(f"--exam '{text}': not a time", "write --exam 60m, or 1h30m", code="CNN105")
    return seconds


def watch(seconds: int) -> Callable[[], str]:
    """What tells how much is left of so many seconds from now on: "41 min left"; "" when nothing is."""
    end = monotonic() + seconds

    def left() -> str:
        more = end - monotonic()
        if more <= 0:
            return ""
        return f"{int(more // 60)} min left" if more >= 60 else f"{int(more) + 1} s left"

    return left
