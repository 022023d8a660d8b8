"""Formats by name and by the end of a file's name."""

from __future__ import annotations

import pytest

from cnncalc.errors import SpecError
from cnncalc.practice.export import FORMATS, exported, format_of
from cnncalc.practice.sheet import sheet

TEXTS = [form for form in FORMATS if form != "apkg"]


@pytest.mark.parametrize("form", TEXTS)
def test_a_format_has_files_with_its_own_end(form: str) -> None:
    files = exported(sheet(1, 3), form)
    assert next(iter(files)) == FORMATS[form]
    assert all(isinstance(text, str) and text.endswith("\n") for text in files.values())


@pytest.mark.parametrize("form", TEXTS)
def test_the_same_sheet_is_the_same_file(form: str) -> None:
    assert exported(sheet(4, 5), form) == exported(sheet(4, 5), form)


@pytest.mark.parametrize("form", TEXTS)
def test_a_sheet_of_nothing_is_a_file(form: str) -> None:
    assert exported(sheet(1, 0), form)[FORMATS[form]]


@pytest.mark.parametrize("form", FORMATS)
def test_the_end_of_a_name_says_the_format(form: str) -> None:
    assert format_of(f"my/quiz{FORMATS[form]}") == format_of(f"QUIZ{FORMATS[form]}".upper()) == form


def test_a_format_that_there_is_not_is_refused() -> None:
    with pytest.raises(SpecError, match=r"there is no format 'moodel' \(did you mean 'moodle'\?\)"):
        exported(sheet(1, 1), "moodel")


def test_an_end_that_means_nothing_is_refused() -> None:
    with pytest.raises(
        SpecError, match=r"no format has files like 'quiz\.docx' \(a name may end in \.md \(markdown\), "
    ):
        format_of("quiz.docx")
