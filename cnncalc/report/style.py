"""How text may look: how wide, bold or not; and folding what is too wide."""

from __future__ import annotations

from itertools import accumulate

from cnncalc.record import record

__all__ = ["Style", "fold"]

#: a long text may be broken behind these, best behind spaces, and not within brackets
_BREAKS = " *"
_OPENING, _CLOSING = "⌊⌈(", "⌋⌉)"
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


@record
class Style:
    """How wide lines may be (None: as wide as they get), and whether there may be bold and dim text."""

    width: int | None = None
    colour: bool = False

    def bold(self, text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if self.colour else text

    def dim(self, text: str) -> str:
        return f"{_DIM}{text}{_PLAIN}" if self.colour else text


def fold(text: str, width: int | None) -> list[str]:
    """Text in pieces of at most `width` characters, broken where it reads best: outside of brackets if possible."""
    if width is None or len(text) <= width:
        return [text]
    depths = list(accumulate(((c in _OPENING) - (c in _CLOSING) for c in text), initial=0))
    pieces = []
    start = 0
    while len(text) - start > width:
        places = range(start + width // 3 + 1, start + width + 1)
        good = [i for i in places if _may_break(text, i)]
        cut = min(good, key=lambda i: (depths[i], text[i - 1] != " ", -i), default=start + width)
        pieces.append(text[start:cut].rstrip())
        start = cut
    return [*pieces, text[start:]]


def _may_break(text: str, i: int) -> bool:
    """Whether a line may end before character i.

    Behind a sign or a space, a word's hyphen, or a stroke before brackets; between the sizes of a shape or the parts of a
    name; not in a number.
    """
    earlier, before, after = text[i - 2], text[i - 1], text[i]
    match before:
        case "x":
            return not (after.isalpha() and earlier.isalpha())
        case "-":
            return earlier.isalpha() and after.islower()
        case "/":
            return after in _OPENING
        case "," | ".":
            return not (earlier.isdigit() and after.isdigit())
    return before in _BREAKS
