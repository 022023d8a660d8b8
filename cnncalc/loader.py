"""NETWORK: words, a spec file, or the name of a zoo network. All commands load it through one function.

This and `cli/` are the only places that open files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cnncalc import zoo
from cnncalc.collector import without_collector
from cnncalc.errors import CnncalcError, SpecError, nearest
from cnncalc.network import Network, build
from cnncalc.spec.document import document_of_words
from cnncalc.spec.items import Document
from cnncalc.spec.values import Given
from cnncalc.spec.words import is_input_size

__all__ = ["load", "read_text", "zoo_members", "zoo_text"]

_STANDARD_INPUT = "-"


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

    `network` is one string, or the words of a command line: words ("3x32x32 conv3-16 relu"), the path of a spec file,
    "-" for a spec on standard input, or the name of a zoo network. The other arguments are those of
    `cnncalc.network.build`.

    Raises CnncalcError with the place; `error.text` is the text that the place is in.
    """
    words = network if isinstance(network, str) else " ".join(network)
    text: str | None = None
    try:
        document, preset, text = _document(words, preset, input_given=input_size is not None)
        return build(document, preset=preset, settings=settings, input_size=input_size, assume=assume)
    except CnncalcError as error:
        error.text = error.text or text
        raise


def _document(words: str, preset: str | None, *, input_given: bool) -> tuple[Document, str | None, str]:
    """The document, the preset to build, and the text that places count in."""
    single = words.strip()
    if single == _STANDARD_INPUT or _is_path(single):
        text = read_text(single)
        return _parsed(text, single), preset, text
    if _may_be_name(single):
        for path in zoo.candidates(single):
            text = path.read_text(encoding="utf-8")
            document = _parsed(text, path.name)
            members = dict(document.presets)
            if single in members:
                return document, preset or single, text
            if single == zoo.family_of(path) and (preset or not members):
                return document, preset, text
        if not input_given:
            raise _unknown(single)
    try:
        return document_of_words(words), preset, words
    except CnncalcError as error:
        error.text = words
        raise


def _parsed(text: str, name: str) -> Document:
    from cnncalc.spec.files import document_of_text
    from cnncalc.spec.reader import format_of

    try:
        # standard input may hold JSON as well, which is YAML too
        return document_of_text(text, "yaml" if name == _STANDARD_INPUT else format_of(name), name)
    except CnncalcError as error:
        error.text = text
        raise


def _is_path(text: str) -> bool:
    return text.lower().endswith((".yaml", ".yml", ".json", ".toml")) and "\n" not in text


def _may_be_name(text: str) -> bool:
    """Whether a text can be the name of a network: a single word that is no input size."""
    return text.replace("_", "a").replace("-", "a").replace(".", "a").isalnum() and not is_input_size(text)


def read_text(name: str) -> str:
    """The text of a spec file, or of standard input for "-".

    Raises SpecError if it cannot be read, is not UTF-8 or too large.
    """
    from cnncalc.spec.source import MOST_CHARACTERS

    try:
        if name == _STANDARD_INPUT:
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
    except OSError as error:
        raise SpecError(f"{name} cannot be read: {error.strerror}", None, code="CNN102") from None
    except ValueError:
        raise SpecError(
            f"{name!r} cannot be the name of a file", "remove odd characters", code="CNN102"
        ) from None


def _similar_file(name: str) -> str:
    path = Path(name)
    try:
        others = [p.name for p in path.parent.iterdir() if p.suffix == path.suffix]
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


def zoo_text(name: str) -> str:
    """The spec file that describes a network, or a family.

    Raises SpecError for a name that there is no file for.
    """
    for path in zoo.candidates(name):
        text = path.read_text(encoding="utf-8")
        if name == zoo.family_of(path) or name in dict(_parsed(text, path.name).presets):
            return text
    raise _unknown(name)


def _unknown(name: str) -> SpecError:
    known = [member for member, _ in zoo_members()]
    family = [member for member in known if member.startswith(name)]
    close = nearest(name, known)
    if Path(name).exists():
        cure = "the name of a spec file ends in .yaml, .json or .toml"
    elif family:
        cure = f"'{name}' is a family: choose one of {', '.join(family)}"
    elif close:
        cure = f"did you mean '{close}'?"
    else:
        cure = (
            "write an input size and words (3x32x32 conv3-16), a spec file, or a name listed by: cnncalc zoo"
        )
    return SpecError(f"no network is called '{name}'", cure, code="CNN103")
