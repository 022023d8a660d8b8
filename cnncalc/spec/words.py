r"""The short notation: one word is one layer.

    words   = { item }
    item    = group | word
    group   = ("res" | "cat" | "add" | "mul") "(" words { "|" words } ")"  |  number "*" "(" words ")"
    word    = kind [sizes] ["-" number] ["/" sizes] { "," option }
    sizes   = number { "x" number }
    option  = flag | letters sizes | NAME "=" value
    number  = INT | DECIMAL | NAME | "{" expression "}" | "none"
    value   = sizes | "true" | "false" | NAME

Which flags (`same`, `nobias`, `ceil`) and letters (`p1`, `d2`, `g4`, `op1`) there are, and what the sizes mean, is
said by the fields of the kind. In sizes and behind letters a name consists of capitals, so that `x` and the
letters end where they seem to: `3xK`, `pP`. A kind in braces is the value of a variable: `{act}`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, NoReturn

from cnncalc.errors import Span, SpecError, nearest
from cnncalc.layers import KINDS
from cnncalc.record import replace
from cnncalc.spec.cures import cure_of_kind, cure_of_no_kind, looks_like_option, meant_repetition
from cnncalc.spec.fields import EXPRESSION, SIZE, SIZES, fields_of, is_name, number_of, validate
from cnncalc.spec.items import GROUPS, Body, Call, Group, Item, Line, Sequence, Value
from cnncalc.spec.source import shown

__all__ = ["MOST_NESTING", "is_input_size", "kind_of", "parse_words"]

MOST_NESTING = 64

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TOKEN = re.compile(rf"\s+|[()|]|(?:{EXPRESSION}|[^\s()|{{}}]++)++|[{{}}]")
_TIMES = re.compile(rf"([0-9]+|[A-Za-z_][A-Za-z0-9_]*|{EXPRESSION})\*")
_AXIS = rf"(?:[0-9]+|[A-Z][A-Za-wyz0-9_]*|{EXPRESSION})"
_INPUT = re.compile(rf"{_AXIS}(?:x{_AXIS})*+")
#: more letters than any kind has
_LONGEST_KIND = 32
_CONSTANTS: dict[str, Value] = {"true": True, "false": False}


def is_input_size(word: str) -> bool:
    """Whether a word is the size of an input (`3x224x224`, `CxHxW`, `784`) and not a layer: kinds start small."""
    return _INPUT.fullmatch(word) is not None


def kind_of(head: str) -> str | None:
    """The kind that `head`, a word without what follows "-", "/" or ",", starts with; None if it is not kind [sizes]."""
    for end in range(min(len(head), _LONGEST_KIND), 0, -1):
        kind = head[:end]
        if kind in KINDS and (end == len(head) or SIZES.fullmatch(head, end)):
            return kind
    return None


def parse_words(
    text: str, blocks: Collection[str] = (), origin: Span | None = None, *, exact: bool = True
) -> Line:
    """words = { item }

    Raises SpecError, with the place, for the first thing that cannot be read.
    """
    place = Line((), origin or Span(1, 1), exact, _later_lines(text) if exact else ())
    try:
        return replace(place, items=_items(text, frozenset(blocks)))
    except SpecError as error:
        d = error.diagnostics[0]
        span = place.place(d.span or Span(1, 1, len(text)))
        raise SpecError(d.message, d.cure, code=d.code, span=span) from None


def _later_lines(text: str) -> tuple[int, ...]:
    """Where the lines of a text begin, but for the first."""
    lines = text.splitlines(keepends=True)
    return tuple(accumulate(map(len, lines[:-1]))) if len(lines) > 1 else ()


@lru_cache(maxsize=4096)
def _items(text: str, blocks: frozenset[str]) -> tuple[Item, ...]:
    return _Parser(text, blocks).document()


class _Token(NamedTuple):
    text: str
    start: int

    @property
    def mark(self) -> Span:
        return Span(1, self.start + 1, max(1, len(self.text)))


def _fail(message: str, cure: str | None, start: int, length: int = 1, code: str = "CNN120") -> NoReturn:
    raise SpecError(message, cure, code=code, span=Span(1, start + 1, max(1, length)))


class _Parser:
    """Recursive descent over the tokens; groups nest at most `MOST_NESTING` deep."""

    def __init__(self, text: str, blocks: Collection[str]) -> None:
        self._text = text
        self._blocks = blocks
        self._tokens = [_Token(m[0], m.start()) for m in _TOKEN.finditer(text) if not m[0].isspace()]
        self._next = 0
        for token in self._tokens:
            if token.text in ("{", "}"):
                what = "is never closed" if token.text == "{" else "closes nothing"
                _fail(f"'{token.text}' {what}", "braces enclose an expression: conv1-{C//4}", token.start)

    def document(self) -> tuple[Item, ...]:
        items = self._words(0)
        if self._next < len(self._tokens):
            token = self._tokens[self._next]
            _fail(f"'{token.text}' without a group around it", "groups: res(…) cat(…|…) 3*(…)", token.start)
        if not items:
            _fail("no layers", "write at least one word, like conv3-64,p1", 0)
        return items

    def _words(self, depth: int) -> tuple[Item, ...]:
        """words = { item }"""
        items = []
        while self._next < len(self._tokens) and self._tokens[self._next].text not in (")", "|"):
            items.append(self._item(depth))
        return tuple(items)

    def _item(self, depth: int) -> Item:
        """item = group | word"""
        token = self._tokens[self._next]
        self._next += 1
        if token.text == "(":
            _fail(
                "'(' without a group", "a group has a name in front: res(…), or a number: 3*(…)", token.start
            )
        following = self._tokens[self._next] if self._next < len(self._tokens) else None
        if following is None or following.text != "(":
            return self._word(token)
        times = _TIMES.fullmatch(token.text)
        if times:
            (body,) = self._branches(token, depth, most=1)
            count = times[1]
            repeat = _number(count, token.start) if count.isdigit() else count
            return Item(Body(body), token.mark, repeat=repeat)  # type: ignore[arg-type]
        if token.text not in GROUPS:
            close = nearest(token.text, tuple(GROUPS))
            count = re.fullmatch(r"([0-9]+)[x×]?", token.text)
            cure = f"did you mean '{close}('?" if close else "groups: res(…) cat(…|…) add(…|…) mul(…|…) 3*(…)"
            cure = f"write {count[1]}*(…)" if count else cure
            _fail(f"{shown(token.text + '(')} is not a group", cure, token.start, len(token.text))
        branches = self._branches(token, depth, most=2 if token.text == "res" else None)
        return Item(Group(token.text, branches), token.mark)

    def _branches(self, head: _Token, depth: int, most: int | None) -> tuple[Sequence, ...]:
        """ "(" words { "|" words } ")" """
        if depth >= MOST_NESTING:
            _fail(f"groups are nested deeper than {MOST_NESTING}", "use a spec file with blocks", head.start)
        opening = self._tokens[self._next]
        self._next += 1
        branches: list[Sequence] = []
        while True:
            items = self._words(depth + 1)
            branches.append((Line(items),) if items else ())
            if self._next >= len(self._tokens):
                _fail(f"{shown(head.text + '(')} is never closed", "add the missing ')'", opening.start)
            closing = self._tokens[self._next]
            self._next += 1
            if closing.text == ")":
                break
            if most is not None and len(branches) >= most:
                allowed = "a body and a shortcut" if most == 2 else "no branches"
                _fail(f"{shown(head.text + '(')} takes {allowed}", "remove this '|'", closing.start)
        if branches == [()]:
            _fail(
                f"{shown(head.text + '()')} is empty",
                "write at least one word in it",
                head.start,
                len(head.text),
            )
        return tuple(branches)

    def _word(self, token: _Token) -> Item:
        """word = kind [sizes] ["-" number] ["/" sizes] { "," option }"""
        parts = _parts(token.text)
        head = parts[0].text
        kind, sizes = self._split_head(token, head)
        word = _Word(kind, token)
        if sizes:
            word.position("size", sizes, token.start + len(kind))
        for part in parts[1:]:
            word.part(part)
        fields = word.fields
        if kind in KINDS:
            try:
                checked = validate(kind, fields)
            except SpecError as error:
                raise error.at(word.marks.get(error.field or "", token.mark)) from None
        else:
            checked = tuple(fields.items())
        return Item(Call(kind, checked, word.marks), token.mark)

    def _split_head(self, token: _Token, head: str) -> tuple[str, str]:
        """kind [sizes]: the longest kind whose rest can be sizes."""
        if head in self._blocks:
            return head, ""
        if head.startswith("{"):
            end = head.index("}") + 1
            return head[:end], head[end:]
        kind = kind_of(head)
        if kind is not None:
            return kind, head[len(kind) :]
        name = _NAME.match(head)
        if name is None:
            _fail(
                f"{shown(token.text)} does not start with a layer kind",
                cure_of_no_kind(token.text, is_size=is_input_size(token.text)),
                token.start,
                len(token.text),
                "CNN110",
            )
        if head in GROUPS:
            _fail(
                f"'{head}' needs parentheses", f"write {head}(…), quoted in a shell", token.start, len(head)
            )
        plain = re.split(r"[^A-Za-z_]", name[0])[0]
        wanted = meant_repetition(token.text)
        wanted = f"write '{wanted}'" if wanted else cure_of_kind(head, plain, tuple(self._blocks))
        if looks_like_option(token.text):
            wanted = "an option belongs to the word before it; in a [list] of a file, words with commas need quotes"
        unknown = plain if plain and plain not in KINDS else head
        _fail(f"unknown layer kind {shown(unknown)}", wanted, token.start, len(unknown), "CNN110")


class _Part(NamedTuple):
    sign: str
    text: str
    start: int


def _parts(word: str) -> list[_Part]:
    """A word cut before every "-", "/" and ","; not within braces, options at "," only, and a sign stays with its number."""
    parts, sign, start, depth = [], "", 0, 0
    for i, c in enumerate(word):
        depth += (c == "{") - (c == "}")
        cuts = c == "," or (c in "-/" and sign != "," and not (c == "-" and sign and i == start))
        if cuts and depth == 0:
            parts.append(_Part(sign, word[start:i], start))
            sign, start = c, i + 1
    return [*parts, _Part(sign, word[start:], start)]


class _Word:
    """One word while its parts are read into fields."""

    def __init__(self, kind: str, token: _Token) -> None:
        self._kind = kind
        self._token = token
        self._specs = fields_of(kind) if kind in KINDS else None
        self.fields: dict[str, Value] = {}
        self.marks: dict[str, Span] = {}

    def part(self, part: _Part) -> None:
        """One of "-" number, "/" sizes, "," option."""
        start = self._token.start + part.start
        if not part.text:
            _fail(f"nothing follows '{part.sign}'", "write what belongs there, or remove it", start - 1)
        if part.sign == ",":
            self._option(part.text, start)
        else:
            self.position("out" if part.sign == "-" else "stride", part.text, start)

    def position(self, which: str, text: str, start: int) -> None:
        """What stands in one of the word's three fixed places."""
        field = getattr(KINDS[self._kind].word, which) if self._specs is not None else None
        if field is None:
            self._refuse_position(which, text, start)
        if text in KINDS:
            self._refuse_kind(text, start, needed=which == "out" and field not in self.fields)
        single = SIZE.fullmatch(text) or is_name(text)
        if not (single if which == "out" else SIZES.fullmatch(text)):
            _fail(
                f"{shown(text)} is not a number",
                "write 64, a name like K, or an expression like {2*K}",
                start,
                len(text),
            )
        size, first = KINDS[self._kind].word.size, str(self.fields.get(field))
        if field in self.fields and size not in (None, *self.fields) and SIZE.fullmatch(first):
            _fail(f"{field} is given twice", f"write {self._kind}{first}-{text}", start, len(text))
        self._set(field, _number(text, start) if which == "out" else _sizes(text, start), start, len(text))

    def _refuse_position(self, which: str, text: str, start: int) -> NoReturn:
        form = KINDS[self._kind].word if self._specs is not None else None
        sign = {"size": "", "out": "-", "stride": "/"}[which]
        wrong = sign + text
        cure = f"remove it; its fields: {', '.join(self._specs)}" if self._specs else "remove it"
        if form is None:
            cure = f"arguments are written name=value: {self._kind},NAME={text}"
        elif which == "size" and form.out and SIZE.fullmatch(text):
            cure = f"write {self._kind}-{text}"
        elif which == "out" and form.size not in (None, *self.fields) and SIZE.fullmatch(text):
            cure = f"write {self._kind}{text}"
        elif text in KINDS:
            self._refuse_kind(text, start, needed=False)
        _fail(f"{self._kind} takes no {shown(wrong)}", cure, start - len(sign), len(wrong))

    def _refuse_kind(self, text: str, start: int, *, needed: bool) -> NoReturn:
        """Names of kinds are no symbols: a space is missing in conv3-relu (and the number that is `needed`)."""
        before = self._token.text[: start - self._token.start - 1]
        cure = f"write {before}{'-64' if needed else ''} {text}"
        _fail(f"'{text}' is a layer kind, not a number", cure, start, len(text))

    def _option(self, text: str, start: int) -> None:
        """option = flag | letters sizes | NAME "=" value"""
        name, equals, value = text.partition("=")
        if equals and _NAME.fullmatch(name):
            if not value:
                _fail(f"nothing follows {shown(text)}", "write a value", start, len(text))
            self._set(name, self._value(name, value, start + len(name) + 1), start, len(text))
            return
        specs = self._specs or {}
        for spec in specs.values():
            if text in spec.flags:
                self._set(spec.name, spec.flags[text], start, len(text))
                return
        lettered = [s for s in specs.values() if s.option and text.startswith(s.option)]
        for spec in sorted(lettered, key=lambda s: -len(s.option or "")):
            letters = len(spec.option or "")
            if SIZES.fullmatch(text, letters):
                self._set(spec.name, _sizes(text[letters:], start + letters), start, len(text))
                return
        known = [f for s in specs.values() for f in s.flags] + [
            f"{s.option}1" for s in specs.values() if s.option
        ]
        known += [f"{s}=…" for s in specs]
        close = nearest(text, known)
        if self._specs is None:
            cure = "arguments of a block are written name=value"
        elif "/" in text:
            cure = f"'/{text.partition('/')[2]}' belongs before the first comma"
        elif close:
            cure = f"did you mean '{close}'?"
        else:
            cure = f"options: {', '.join(known)}" if known else f"{self._kind} has no options"
        _fail(f"{self._kind} has no option {shown(text)}", cure, start, len(text), "CNN121")

    def _value(self, field: str, text: str, start: int) -> Value:
        """value = sizes | "true" | "false" | NAME"""
        if self._specs and field in self._specs and text in self._specs[field].choices:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text in KINDS and self._specs and field in self._specs and not self._specs[field].text:
            _fail(f"'{text}' is a layer kind, not a number", "write a number here", start, len(text))
        if SIZES.fullmatch(text):
            return _sizes(text, start)
        if _NAME.fullmatch(text):
            return text
        _fail(
            f"{shown(text)} is not a value",
            "write a number, a name, true, false, or an expression in braces",
            start,
            len(text),
        )

    def _set(self, field: str, value: Value, start: int, length: int) -> None:
        if field in self.fields:
            _fail(f"{field} is given twice", "remove one of them", start, length)
        self.fields[field] = value
        self.marks[field] = Span(1, start + 1, max(1, length))


def _sizes(text: str, start: int) -> Value:
    """sizes = number { "x" number }"""
    values = tuple([_number(m[0], start + m.start()) for m in SIZE.finditer(text)])
    return values[0] if len(values) == 1 else values


def _number(text: str, start: int) -> int | float | str | None:
    """number = INT | DECIMAL | NAME | "{" expression "}" | "none" """
    try:
        return number_of(text)
    except ValueError as error:
        _fail(f"{text[:20]}… is too large", str(error), start, len(text), "CNN108")
