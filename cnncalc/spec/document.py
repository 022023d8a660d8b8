"""Words typed at a terminal as a `Document`. Spec files: see `files`."""

from __future__ import annotations

from cnncalc.errors import Span, SpecError
from cnncalc.spec.items import Document
from cnncalc.spec.words import is_input_size, parse_words

__all__ = ["document_of_words"]


def document_of_words(words: str) -> Document:
    """Words typed at a terminal. The first one is the size of the input, if it looks like one.

    Raises SpecError with the column in `words`.
    """
    stripped = words.lstrip()
    first = stripped.split(maxsplit=1)[0] if stripped else ""
    size = first if is_input_size(first) else None
    before = len(words) - len(stripped)
    rest = stripped[len(size) :] if size else stripped
    if not rest.strip():
        raise SpecError(
            f"no layers after the input size {first}" if size else "no network given",
            "write words like conv3-64,p1 relu, a file, or the name of a zoo network (cnncalc zoo)",
            code="CNN120",
            span=_place(words, max(0, len(words.rstrip()) - 1), 1),
        )
    # as long as the words, so that places in the one are places in the other
    line = parse_words(words[:before] + " " * (len(stripped) - len(rest)) + rest)
    spans = {"input": _place(words, before, len(first))} if size else {}
    return Document(size, (line,), free_names=True, spans=spans)


def _place(text: str, offset: int, length: int) -> Span:
    lines = (text[:offset] + "x").splitlines()
    return Span(len(lines), len(lines[-1]), length)
