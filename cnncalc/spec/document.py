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
    start = len(words) - len(stripped) + (len(first) if size else 0)
    if not words[start:].strip():
        raise SpecError(
            f"no layers after the input size {first}" if size else "no network given",
            "write words like conv3-64,p1 relu, a file, or the name of a zoo network (cnncalc zoo)",
            code="CNN120",
            span=Span(1, max(1, len(words.rstrip())), 1),
        )
    line = parse_words(words[start:], origin=Span(1, start + 1))
    return Document(
        size, (line,), free_names=True, spans={"input": Span(1, words.find(first) + 1, len(first))}
    )
