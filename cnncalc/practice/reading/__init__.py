"""What a person typed, read forgivingly as the kind of answer that is expected.

A text may mean several things (1,024 among whole numbers), so `read` gives all of them; it is right if one of them is.
"""

from __future__ import annotations

from cnncalc.practice.reading.expected import expected, expected_briefly
from cnncalc.practice.reading.model import Several, Unread
from cnncalc.practice.reading.read import read

__all__ = ["Several", "Unread", "expected", "expected_briefly", "read"]
