"""YAML, JSON or TOML text → a tree of values that know where they stand.

`read` returns plain data in `Located` nodes, `plain` takes the data out, `locate` tells where a value stands. Whatever is
wrong with a text is a `SpecError` with a place::

    CNN101  the text is not YAML, JSON or TOML
    CNN160  there is no value in it
    CNN161  a control character, half a surrogate pair or a noncharacter, be it escaped
    CNN162  more than 16 Mi characters
    CNN163  lists and mappings nested deeper than 64
    CNN164  more than 1 000 000 keys and values
    CNN165  a key twice in one mapping
    CNN166  a key that is not a string
    CNN167  a YAML anchor or alias
    CNN168  a YAML tag
    CNN169  a second YAML document
    CNN170  a YAML directive
    CNN171  an integer beyond 10^15, or a number of more than 100 characters
    CNN172  an infinity or NaN
    CNN173  a TOML date or time
    CNN174  a file name that tells no format

Time and memory are linear in the text.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from cnncalc.errors import SpecError
from cnncalc.spec.located import Entry, Located, Scalar, locate, plain
from cnncalc.spec.source import MOST_CHARACTERS, Source, shown

__all__ = ["MOST_CHARACTERS", "Entry", "Format", "Located", "Scalar", "format_of", "locate", "plain", "read"]

Format = Literal["yaml", "json", "toml"]


def read(text: str, format: Format, file: str | None = None) -> Located:  # noqa: A002 -- the word people use
    """The value that the text holds. `file` names the text in errors."""
    source = Source(text, file)
    source.check()
    if format == "json":
        from cnncalc.spec.json_reader import read_json

        return read_json(source)
    if format == "toml":
        from cnncalc.spec.toml_reader import read_toml

        return read_toml(source)
    from cnncalc.spec.yaml_reader import read_yaml

    return read_yaml(source)


def format_of(filename: str) -> Format:
    """The format that a file's name says: .yaml, .yml, .json or .toml."""
    formats: dict[str, Format] = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml"}
    suffix = PurePath(filename).suffix.lower()
    if suffix not in formats:
        message = f"the name {shown(filename)} tells no format"
        raise SpecError(message, f"let it end in {', '.join(formats)}", code="CNN174")
    return formats[suffix]
