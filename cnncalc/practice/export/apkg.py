"""A sheet as a package for Anki (.apkg): a zip of an SQLite collection. genanki knows its tables."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from contextlib import closing
from hashlib import sha256
from itertools import count

from cnncalc.errors import SpecError
from cnncalc.practice.export.anki import deck_name, note
from cnncalc.practice.sheet import Sheet

__all__ = ["as_apkg"]

#: Anki knows a kind of card by this number
_MODEL = 1_480_312_765
_FIELDS = ("Question", "Solution")
_CSS = ".card { font-family: sans-serif; text-align: left; } pre { font-size: 90%; }"
#: ids are milliseconds, and what is newer replaces what is older: in seconds, and the same for the same sheet
_MADE = 1_767_225_600
_DAY = (2026, 1, 1, 0, 0, 0)


def as_apkg(sheet: Sheet) -> bytes:
    """The whole package.

    Raises SpecError if genanki is not installed.
    """
    try:
        import genanki
    except ImportError:
        cure = "pip install 'cnncalc[anki]', or export a text file for Anki (.tsv)"
        raise SpecError("genanki is not installed, which writes .apkg files", cure, code="CNN100") from None
    name = deck_name(sheet)
    front, back = _FIELDS
    answer = f"{{{{FrontSide}}}}<hr id=answer>{{{{{back}}}}}"
    model = genanki.Model(
        _MODEL,
        "cnncalc practice",
        fields=[{"name": field} for field in _FIELDS],
        templates=[{"name": "Card 1", "qfmt": f"{{{{{front}}}}}", "afmt": answer}],
        css=_CSS,
    )
    deck = genanki.Deck(_number(name), name)
    cards = [note(problem, sheet.version) for problem in sheet.problems]
    for card in cards:
        fields = [card.front, card.back]
        deck.add_note(genanki.Note(model, fields, guid=card.guid, tags=list(card.tags)))
    with closing(sqlite3.connect(":memory:")) as collection:
        ids = count(_MADE * 1000 + _number(" ".join([card.guid for card in cards])))
        genanki.Package(deck).write_to_db(collection.cursor(), _MADE, ids)
        collection.commit()
        return _zipped({"collection.anki2": collection.serialize(), "media": b"{}"})


def _number(text: str) -> int:
    """A number of its own for a text, the same anywhere."""
    return 1 + int.from_bytes(sha256(text.encode()).digest()[:4]) % (2**31 - 1)


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(name, _DAY), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
