"""A sheet in other people's formats: one file per format, each a function from a sheet to text."""

from __future__ import annotations

from cnncalc.errors import SpecError, nearest
from cnncalc.practice.sheet import Sheet

__all__ = ["FORMATS", "exported", "format_of"]

#: every format and the end of its files' names
FORMATS = {
    "markdown": ".md",
    "json": ".json",
    "latex": ".tex",
    "moodle": ".xml",
    "gift": ".gift.txt",
    "text2qti": ".qti.md",
    "anki": ".tsv",
    "apkg": ".apkg",
}


def exported(sheet: Sheet, form: str) -> dict[str, str | bytes]:
    """The files of a sheet in a format: the end of each file's name, and what is in it.

    The first end is that of FORMATS: `quiz.md` is the sheet and `quiz.key.md` its key. Only "apkg" is bytes.

    Raises SpecError if there is no such format, or if what it needs is not installed.
    """
    match form:
        case "markdown":
            from cnncalc.practice.export.markdown import as_markdown, key_as_markdown

            return {".md": as_markdown(sheet), ".key.md": key_as_markdown(sheet)}
        case "json":
            from cnncalc.practice.export.json import as_json

            return {".json": as_json(sheet)}
        case "latex":
            from cnncalc.practice.export.latex import as_latex

            return {".tex": as_latex(sheet)}
        case "moodle":
            from cnncalc.practice.export.moodle import as_moodle

            return {".xml": as_moodle(sheet)}
        case "gift":
            from cnncalc.practice.export.gift import as_gift

            return {".gift.txt": as_gift(sheet)}
        case "text2qti":
            from cnncalc.practice.export.text2qti import as_text2qti

            return {".qti.md": as_text2qti(sheet)}
        case "anki":
            from cnncalc.practice.export.anki import as_anki

            return {".tsv": as_anki(sheet)}
        case "apkg":
            from cnncalc.practice.export.apkg import as_apkg

            return {".apkg": as_apkg(sheet)}
    close = nearest(form, list(FORMATS))
    cure = f"did you mean '{close}'?" if close else f"the formats are {', '.join(FORMATS)}"
    raise SpecError(f"there is no format '{form}'", cure, code="CNN144")


def format_of(file: str) -> str:
    """The format that a file's name asks for: quiz.qti.md is text2qti.

    Raises SpecError if its end is that of none.
    """
    fitting = [form for form, end in FORMATS.items() if file.lower().endswith(end)]
    if fitting:
        return max(fitting, key=lambda form: len(FORMATS[form]))
    ends = ", ".join(f"{end} ({form})" for form, end in FORMATS.items())
    raise SpecError(f"no format has files like '{file}'", f"a name may end in {ends}", code="CNN144")
