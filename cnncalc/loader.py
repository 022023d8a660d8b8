"""NETWORK: words, a spec file, or the name of a zoo network. All commands load it through one function.

This and `cli/` are the only places that open files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc import zoo
from cnncalc.collector import without_collector
from cnncalc.errors import CnncalcError, Span, SpecError, nearest
from cnncalc.network import Network, build
from cnncalc.spec.document import document_of_words
from cnncalc.spec.items import Document
from cnncalc.spec.values import Given
from cnncalc.spec.words import is_input_size

if TYPE_CHECKING:
    from cnncalc.spec.reader import Format
    from cnncalc.zoo.entry import Entry

__all__ = [
    "SUFFIXES",
    "document_of",
    "document_of_file",
    "load",
    "load_text",
    "read_text",
    "zoo_entries",
    "zoo_members",
    "zoo_text",
]

_STANDARD_INPUT = "-"
_LETTERS = re.compile("[a-z]+")
#: what the names of spec files end in
SUFFIXES = (".yaml", ".yml", ".json", ".toml")


@without_collector
def load(
    network: str | Sequence[str],
    *,
    preset: str | None = None,
    settings: Mapping[str, Given] | None = None,
    input_size: str | None = None,
    assume: Sequence[str] = (),
) -> Network:
    """Load a network and build it.

    `network` is one string, or the words of a command line: words ("3x32x32 conv3-16 relu"), the path of a spec file
    (one that has a slash may end as it likes), "-" for a spec on standard input, or the name of a zoo network. The other arguments are those of
    `cnncalc.network.build`.

    Raises CnncalcError with the place; `error.text` is the text that the place is in.
    """
    words = network if isinstance(network, str) else " ".join(network)
    text: str | None = None
    try:
        document, preset, text = document_of(words, preset, input_given=input_size is not None)
        return build(document, preset=preset, settings=settings, input_size=input_size, assume=assume)
    except CnncalcError as error:
        error.text = error.text or text
        raise


def document_of_file(path: str) -> tuple[Document, str]:
    """What a spec file says, and its text.

    Raises SpecError with the place; `error.text` is the text that the place is in.
    """
    text = read_text(path)
    return _parsed(text, path), text


@without_collector
def load_text(
    text: str,
    name: str,
    *,
    preset: str | None = None,
    settings: Mapping[str, Given] | None = None,
    input_size: str | None = None,
    assume: Sequence[str] = (),
) -> Network:
    """The network of a spec file's text. Its name tells the format, and stands in errors.

    Raises CnncalcError as `load` does.
    """
    try:
        document = _parsed(text, name)
        return build(document, preset=preset, settings=settings, input_size=input_size, assume=assume)
    except CnncalcError as error:
        error.text = error.text or text
        raise


def document_of(words: str, preset: str | None, *, input_given: bool) -> tuple[Document, str | None, str]:
    """The document that a NETWORK is or names, the preset to build, and the text that places count in.

    Raises CnncalcError.
    """
    single = words.strip()
    if single == _STANDARD_INPUT or _is_path(single):
        document, text = document_of_file(single)
        return document, preset, text
    if _may_be_name(single):
        for path in zoo.candidates(single):
            text = path.read_text(encoding="utf-8")
            document = _parsed(text, path.name)
            members = dict(document.presets)
            if single in members:
                if preset in members and preset != single:
                    raise SpecError(
                        f"two members of a family: '{single}' and --preset {preset}",
                        "give one of the two",
                        code="CNN113",
                    )
                return document, preset or single, text
            if single == zoo.family_of(path) and (preset or not members):
                return document, preset, text
        if not input_given or _is_like_a_name(single):
            raise _unknown(single)
    try:
        return document_of_words(words), preset, words
    except CnncalcError as error:
        error.text = words
        _refuse_network_among(words, error)
        raise


def _parsed(text: str, name: str) -> Document:
    from cnncalc.spec.files import document_of_text
    from cnncalc.spec.reader import format_of

    try:
        form = format_of(name) if name.lower().endswith(SUFFIXES) else _format_of_text(text)
        return document_of_text(text, form, name)
    except CnncalcError as error:
        error.text = text
        raise


def _format_of_text(text: str) -> Format:
    """The format of a text that has no file name to tell it. JSON is YAML, unless tabs indent it."""
    if re.search(r"^cnncalc[ \t]*=", text, re.MULTILINE):
        return "toml"
    return "json" if "\t" in text and re.match(r'\s*\{\s*"', text) else "yaml"


def _is_path(text: str) -> bool:
    if "\n" in text:
        return False
    return text.lower().endswith(SUFFIXES) or ("/" in text and _exists(text))


def _exists(name: str) -> bool:
    """Whether there is such a file or folder. What no system takes as a name, is none."""
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


def _may_be_name(text: str) -> bool:
    """Whether a text can be the name of a network: a single word that is no input size, or is like a network's name."""
    plain = text.replace("_", "a").replace("-", "a").replace(".", "a").isalnum()
    return plain and (not is_input_size(text) or _is_like_a_name(text))


def _is_like_a_name(text: str) -> bool:
    """Whether a word that is an input size or a layer, perhaps, is much more like the name of a network: ResNet50, vgg17."""
    letters = _LETTERS.match(text.lower())
    known = [_LETTERS.match(zoo.family_of(path)) for path in zoo.families()]
    return letters is not None and any(family and family[0] == letters[0] for family in known)


def _refuse_network_among(words: str, error: CnncalcError) -> None:
    """Say it if what cannot be read as a layer is a network."""
    d = error.diagnostics[0]
    if d.code != "CNN110" or d.span is None:
        return
    offset = sum(map(len, words.splitlines(keepends=True)[: d.span.line - 1])) + d.span.column - 1
    word = re.split(r"[\s()|]", words[offset:], maxsplit=1)[0]
    if word.lower().endswith(SUFFIXES):
        what, cure = "a spec file", "give its path alone"
    elif zoo.candidates(word.lower()) and any(word.lower() == e.name for e in zoo_entries()):
        what = "a whole network"
        cure = f"give its name alone: {word.lower()}, with --input SIZE for another input"
    else:
        return
    span = Span(d.span.line, d.span.column, len(word))
    raised = SpecError(f"'{word}' is {what}, not a layer among others", cure, code="CNN103", span=span)
    raised.text = words
    raise raised from None


def read_text(name: str) -> str:
    """The text of a spec file, or of standard input for "-".

    Raises SpecError if it cannot be read, is not UTF-8 or too large.
    """
    from cnncalc.spec.source import MOST_CHARACTERS

    try:
        if name == _STANDARD_INPUT:
            if sys.stdin is None:
                raise SpecError("standard input is closed", "give the path of a spec file", code="CNN102")
            data = sys.stdin.buffer.read(4 * MOST_CHARACTERS + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(4 * MOST_CHARACTERS + 1)
        return data.decode("utf-8")
    except FileNotFoundError:
        raise SpecError(f"there is no file {name}", _similar_file(name), code="CNN102") from None
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{name} is not UTF-8 text (byte {error.start})", "save it as UTF-8", code="CNN102"
        ) from None
    except IsADirectoryError:
        raise SpecError(f"{name} is a folder", "give the path of a file in it", code="CNN102") from None
    except OSError as error:
        cure = "check the path, and whether you may read it"
        raise SpecError(f"{name} cannot be read: {error.strerror}", cure, code="CNN102") from None
    except ValueError:
        raise SpecError(
            f"{name!r} cannot be the name of a file", "remove odd characters", code="CNN102"
        ) from None


def _similar_file(name: str) -> str:
    path = Path(name)
    try:
        # a link that points nowhere is itself among them
        others = [p.name for p in path.parent.iterdir() if p.suffix == path.suffix and p.exists()]
    except OSError:
        return f"there is no folder {path.parent} either"
    close = nearest(path.name, others)
    return f"did you mean '{path.with_name(close)}'?" if close else "check the path"


def zoo_members() -> Iterator[tuple[str, Document]]:
    """Every built-in network by name, with the document that describes it."""
    for path in zoo.families():
        document = _parsed(path.read_text(encoding="utf-8"), path.name)
        names = [name for name, _ in document.presets] or [zoo.family_of(path)]
        for name in names:
            yield name, document


def zoo_entries() -> tuple[Entry, ...]:
    """Every built-in network with its numbers, by family, in the order of the spec files."""
    import json

    from cnncalc.zoo.entry import Entry

    return tuple([Entry(**entry) for entry in json.loads(zoo.INDEX.read_text(encoding="utf-8"))])


def zoo_text(name: str) -> str:
    """The spec file that describes a network, or a family.

    Raises SpecError for a name that there is no file for.
    """
    for path in zoo.candidates(name):
        text = path.read_text(encoding="utf-8")
        if name == zoo.family_of(path) or name in dict(_parsed(text, path.name).presets):
            return text
    raise _unknown(name, "cnncalc zoo lists all names")


#: what may be asked about, where that is more than the names of the zoo
_NETWORKS = "write an input size and words (3x32x32 conv3-16), a spec file, or a name listed by: cnncalc zoo"


def _unknown(name: str, otherwise: str = _NETWORKS) -> SpecError:
    known = [entry.name for entry in zoo_entries()]
    family = [member for member in known if member.startswith(name.lower())]
    close = nearest(name.lower(), known)
    if Path(name).is_file():
        cure = f"if the file is meant: ./{name}"
    elif Path(name).exists():
        cure = "the name of a spec file ends in .yaml, .json or .toml"
    elif family and name.lower() not in known:
        cure = f"'{name.lower()}' is a family: choose one of {', '.join(family)}"
    elif close:
        cure = f"did you mean '{close}'?"
    else:
        cure = otherwise
    return SpecError(f"no network is called '{name}'", cure, code="CNN103")
