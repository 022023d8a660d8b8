"""Anki: the text file read as Anki reads it, the package's collection opened with SQLite."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from cnncalc.errors import SpecError
from cnncalc.practice.answers import shown
from cnncalc.practice.export.anki import as_anki
from cnncalc.practice.export.apkg import as_apkg
from cnncalc.practice.sheet import Sheet, sheet
from tests.practice.export import nasty


def read(text: str) -> tuple[dict[str, str], list[list[str]]]:
    """The header, and the fields of each note."""
    lines = text.split("\n")
    count = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    header = dict(line[1:].split(":", 1) for line in lines[:count])
    return header, list(csv.reader(io.StringIO("\n".join(lines[count:])), delimiter="\t"))


def test_the_header_says_which_column_is_what() -> None:
    header, notes = read(as_anki(sheet(1, 3)))
    assert header == {
        "separator": "tab",
        "html": "true",
        "notetype": "Basic",
        "guid column": "1",
        "tags column": "4",
        "deck": "cnncalc::Practice with convolutional networks",
    }
    assert [len(note) for note in notes] == [4, 4, 4]


def test_notes_are_question_solution_and_tags() -> None:
    made = sheet(2, 12)
    for problem, (guid, front, back, tags) in zip(made.problems, read(as_anki(made))[1], strict=True):
        assert guid == f"cnncalc-1-{problem.name}"
        first = problem.draft.stem[0]
        assert nasty.texts_of(front)[0] == first
        assert f"Answer: {shown(problem.draft.answer)}" in " ".join(nasty.texts_of(back))
        assert tags.split() == ["cnncalc", problem.topic, problem.form, f"difficulty-{problem.difficulty}"]


def test_a_problem_is_the_same_note_in_every_sheet() -> None:
    made = sheet(3, 6)
    other = Sheet("Another", 9, made.version, made.problems[::-1])
    assert sorted(read(as_anki(made))[1]) == sorted(read(as_anki(other))[1])


@settings(deadline=None)
@given(nasty.words)
def test_no_text_breaks_the_file(words: str) -> None:
    header, notes = read(as_anki(nasty.sheet(words)))
    assert header["deck"] == f"cnncalc::{words.replace('::', ':')}"
    assert [len(note) for note in notes] == [4] * 4
    for _, front, back, _ in notes:
        assert nasty.texts_of(front)[0] == nasty.texts_of(back)[0] == words
        assert nasty.tags_of(front) == {"p", "table", "thead", "tbody", "tr", "td"}


def collection(package: bytes, folder: Path) -> sqlite3.Connection:
    with zipfile.ZipFile(io.BytesIO(package)) as files:
        assert set(files.namelist()) == {"collection.anki2", "media"}
        assert json.loads(files.read("media")) == {}
        (folder / "collection").write_bytes(files.read("collection.anki2"))
    return sqlite3.connect(folder / "collection")


def test_a_package_holds_the_notes_of_the_text_file(tmp_path: Path) -> None:
    pytest.importorskip("genanki")
    made = sheet(2, 8)
    with collection(as_apkg(made), tmp_path) as db:
        notes = db.execute("select guid, flds, tags from notes order by id").fetchall()
        cards = db.execute("select count(*), count(distinct nid) from cards").fetchone()
        ((models, decks),) = db.execute("select models, decks from col").fetchall()
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    db.close()
    assert [[guid, *fields.split("\x1f"), tags.strip()] for guid, fields, tags in notes] == read(
        as_anki(made)
    )[1]
    assert cards == (8, 8)
    ((number, model),) = json.loads(models).items()
    assert int(number) == 1_480_312_765
    assert [field["name"] for field in model["flds"]] == ["Question", "Solution"]
    assert "cnncalc::Practice with convolutional networks" in [d["name"] for d in json.loads(decks).values()]


def test_a_package_is_the_same_for_the_same_sheet() -> None:
    pytest.importorskip("genanki")
    assert as_apkg(sheet(5, 4)) == as_apkg(sheet(5, 4)) != as_apkg(sheet(6, 4))


@settings(deadline=None, max_examples=20)
@given(nasty.words)
def test_no_text_breaks_a_package(words: str) -> None:
    pytest.importorskip("genanki")
    with zipfile.ZipFile(io.BytesIO(as_apkg(nasty.sheet(words)))) as files:
        db = sqlite3.connect(":memory:")
        db.deserialize(files.read("collection.anki2"))
    fields = [row[0].split("\x1f") for row in db.execute("select flds from notes")]
    db.close()
    assert [nasty.texts_of(front)[0] for front, _ in fields] == [words] * 4


def test_without_genanki_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genanki", None)
    with pytest.raises(SpecError, match=r"genanki is not installed.*pip install 'cnncalc\[anki\]'"):
        as_apkg(sheet(1, 1))
