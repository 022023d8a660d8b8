"""Phrases that the questions of several topics are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["counted", "grouped", "layer_words", "listed", "padding_words", "square"]


def counted(count: int, what: str) -> str:
    """1 channel; 64 channels; 4,096 channels."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def grouped(text: str) -> str:
    """3·4704 as 3·4,704."""
    return re.sub(r"(?<![\d.])\d{4,}", lambda digits: f"{int(digits[0]):,}", text)


def listed(items: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def padding_words(padding: int) -> str:
    """No padding; padding 2."""
    return f"padding {padding}" if padding else "no padding"


def layer_words(kernel: int, filters: int, stride: int, padding: int) -> str:
    """Of a convolution: 32 filters of 7×7, stride 2 and no padding."""
    return f"{counted(filters, 'filter')} of {square(kernel)}, stride {stride} and {padding_words(padding)}"


def square(size: int) -> str:
    """7×7"""
    return f"{size}×{size}"
