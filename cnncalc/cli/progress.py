"""How far long work is, on one line of standard error that is written anew."""

from __future__ import annotations

import sys
from collections.abc import Callable

__all__ = ["line"]

_LONGEST = 30


def line() -> Callable[[int, int, str], None] | None:
    """What tells that so much of the whole is done, with a text; at the end it takes the line away. None where nobody would see it."""
    stream = sys.stderr
    if stream is None or not stream.isatty():
        return None

    def told(done: int, count: int, text: str) -> None:
        length = min(count, _LONGEST)
        full = length * done // count
        bar = f"{'█' * full}{'░' * (length - full)} {text}"
        stream.write(f"\r\x1b[K{bar}" if done < count else "\r\x1b[K")
        stream.flush()

    return told
