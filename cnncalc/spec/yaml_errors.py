"""What PyYAML reports, in words that say what to do.

libyaml and PyYAML's own parser word one problem differently; one pattern knows both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cnncalc.spec.source import Source, shown

if TYPE_CHECKING:
    import yaml

    from cnncalc.errors import SpecError

__all__ = ["directive", "explain", "reference_or_tag"]

_WORD = re.compile(r"[^\s,\[\]{}]+")


class _Problem(NamedTuple):
    """A pattern of "context: problem", and what to say instead.

    `{found}` is the character at the problem, `{line}` the line where the construct begins that was being read.
    """

    pattern: str
    message: str
    cure: str
    at_beginning: bool = False


_PROBLEMS = (
    _Problem(
        r"cannot start any token",
        "{found} cannot begin a value",
        "quote the text",
    ),
    _Problem(
        r"mapping values are not allowed",
        "this ':' ends a key where no key can stand",
        "align it with the keys above, or quote the text that contains ': '",
    ),
    _Problem(
        r"found unexpected ':'",
        "a space is missing after ':'",
        "write 'key: value', or quote the text",
    ),
    _Problem(
        r"mapping keys are not allowed",
        "no key can stand here",
        "quote the text that begins with '? '",
    ),
    _Problem(
        r"sequence entries are not allowed",
        "no list item can stand here",
        "begin it on a line of its own, or quote the text that begins with '- '",
    ),
    _Problem(
        r"simple key: could not find expected ':'",
        "this is neither a key nor a list item",
        "write 'key: value' or '- item', with the space",
        at_beginning=True,
    ),
    _Problem(
        r"block mapping: .*expected (?:key|<block end>)",
        "a key or the end is missing before {found}, in the mapping that begins on line {line}",
        "align the keys, and quote a value that has text after its closing quote or bracket",
    ),
    _Problem(
        r"block (?:collection|sequence): .*expected (?:'-' indicator|<block end>)",
        "'- ' or the end is missing before {found}, in the list that begins on line {line}",
        "align the items, and quote an item that has text after its closing quote or bracket",
    ),
    _Problem(
        r"flow sequence: .*expected ',' or '\]'",
        "',' or ']' is missing before {found}, after the '[' of line {line}",
        "close it, or quote an item that contains brackets, braces or ': '",
    ),
    _Problem(
        r"flow mapping: .*expected ',' or '}'",
        "',' or '}}' is missing before {found}, after the '{{' of line {line}",
        "close it, or quote a value that contains brackets, braces or ': '",
    ),
    _Problem(
        r"node content",
        "a value is missing before {found}",
        "write it, or quote the text that begins so",
    ),
    _Problem(
        r"quoted scalar: found unexpected (?:end of stream|document)",
        "the quoted text is never closed",
        "close it with the same quote",
        at_beginning=True,
    ),
    _Problem(
        r"escape|hexdecimal|hexadecimal",
        "the quoted text has an escape that YAML does not know",
        "use single quotes, which know no escapes, or double the backslash",
        at_beginning=True,
    ),
    _Problem(
        r"block scalar:",
        "the text of a block begins below its '|' or '>'",
        "begin it on the next line, or quote the text",
    ),
)


def explain(source: Source, error: yaml.YAMLError) -> SpecError:
    """The error that PyYAML reports, at its place in the text."""
    context, problem = getattr(error, "context", None) or "", getattr(error, "problem", None) or str(error)
    mark = getattr(error, "problem_mark", None)
    start = mark.index if mark else 0
    beginning = context_mark.index if (context_mark := getattr(error, "context_mark", None)) else start
    if "alias" in context or "anchor" in context or "tag" in f"{context} {problem}".split():
        return reference_or_tag(source, beginning)
    if "directive" in context:
        return directive(source, beginning)
    found = source.text[start : start + 1]
    if found == "\t":
        message = "a tab stands where YAML reads only spaces"
        return source.error("CNN101", message, "indent with spaces", start)
    if "Unicode character" in problem:
        message = "an escape stands for no character"
        return source.error("CNN161", message, "remove it", beginning)
    for known in _PROBLEMS:
        if re.search(known.pattern, f"{context}: {problem}"):
            place = beginning if known.at_beginning else start
            words = {"found": shown(found) if found else "the end of the text"}
            line = source.line(beginning).number
            return source.error("CNN101", known.message.format(line=line, **words), known.cure, place)
    cure = "check the indentation, the quotes and the brackets"
    return source.error("CNN101", f"this is not YAML: {problem}", cure, start)


def reference_or_tag(source: Source, start: int) -> SpecError:
    """The error of the anchor, alias or tag that begins at `start`."""
    word = _WORD.match(source.text, start)
    end = word.end() if word else start + 1
    text = source.text[start:end]
    if text.startswith("!"):
        cure = "remove it, or quote the text that begins with '!'"
        return source.error("CNN168", f"a spec has no tags like {shown(text)}", cure, start, end)
    cure = f"write the value out, define a block, or quote the text that begins with {shown(text[:1])}"
    return source.error("CNN167", f"a spec has no anchors and aliases like {shown(text)}", cure, start, end)


def directive(source: Source, start: int) -> SpecError:
    """The error of the %YAML, %TAG or other directive that begins at `start`."""
    end = source.line(start).end
    directive_line = source.text[start:end]
    message = f"a spec has no directives like {shown(directive_line)}"
    return source.error("CNN170", message, "remove the line", start, end)
