"""Signs as they come from keyboards, papers and phones, as plain ones."""

from __future__ import annotations

import re

from cnncalc.errors import visible
from cnncalc.practice.reading.model import Unread

__all__ = ["MOST_CHARACTERS", "MOST_OF_A_LIST", "cleaned", "quoted", "signs"]

MOST_CHARACTERS = 400
#: several answers, or a matrix
MOST_OF_A_LIST = 10 * MOST_CHARACTERS

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("−–—‒", "-"),
        **dict.fromkeys("·∙⋅∗", "*"),
        **dict.fromkeys("÷⁄∕", "/"),
        **dict.fromkeys("’‘ʼ", "'"),
        **dict.fromkeys("\u00a0\u2009\u202f\u2007\t\r\n", " "),
        "…": "...",
        "≥": ">=",
        "≤": "<=",
    }
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_LEAD = re.compile(
    r"^(?:[=≈~:]|(?:approx(?:imately|\.)?|about|answer)\b:?|[A-Za-z_]\w{0,15}\s*=(?!=))\s*", re.IGNORECASE
)


def signs(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text with plain signs, without blanks at its ends.

    Raises Unread if it is too long to be an answer.
    """
    if len(text) > most:
        raise Unread("That is too long for an answer.")
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: "^" + found[0].translate(_SUPERSCRIPTS), text)
    return text.translate(_SIGNS).strip()


def cleaned(text: str) -> str:
    """The same without what may stand before a number: =, ≈, about, x =."""
    text = signs(text)
    while (shorter := _LEAD.sub("", text)) != text:
        text = shorter
    return text.rstrip(". ") if not text.endswith("..") else text


def quoted(text: str) -> str:
    """What was typed, as it may be repeated: short, and of characters that show."""
    return f"'{visible(text if len(text) <= 30 else text[:29] + '…')}'"
