"""The lists of layers in a spec file, item by item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from keyword import iskeyword
from typing import Any

from pydantic import ValidationError

from cnncalc.errors import FormulaError, Span, SpecError, nearest
from cnncalc.layers import KINDS
from cnncalc.record import replace
from cnncalc.spec.cures import looks_like_option
from cnncalc.spec.fields import is_expression, is_name, placeless, told, validate
from cnncalc.spec.items import (
    AXIS_NAMES,
    GROUPS,
    INPUT,
    OPTIONS,
    Body,
    Call,
    Group,
    Item,
    Line,
    Sequence,
    Value,
)
from cnncalc.spec.names import NAME
from cnncalc.spec.reader import Entry, Located, plain
from cnncalc.spec.source import shown
from cnncalc.spec.structure import ItemOptions, reworded
from cnncalc.spec.values import parsed
from cnncalc.spec.words import parse_words

__all__ = ["SequenceReader", "check_variable", "entries_of"]

_AXES = {name for names in AXIS_NAMES.values() for name in names}


def entries_of(node: Located) -> Mapping[str, Entry]:
    """The entries of a mapping; none for any other value."""
    return node.value if isinstance(node.value, dict) else {}


def check_variable(name: str, span: Span) -> None:
    """Refuse what cannot be called by a name in expressions, or is already."""
    if not is_name(name) or iskeyword(name):
        raise SpecError(
            f"{shown(name)} {'already means something in expressions' if is_name(name) else 'is not a name'}",
            "choose another name" if is_name(name) else "use letters, digits and _",
            code="CNN112",
            span=span,
        )
    if name in _AXES:
        raise SpecError(
            f"'{name}' is the current input's size in expressions",
            "choose another name",
            code="CNN112",
            span=span,
        )


class SequenceReader:
    """Lists of layers in a file, item by item."""

    def __init__(self, blocks: frozenset[str]) -> None:
        self._blocks = blocks

    def sequence(self, node: Located) -> Sequence:
        """A list of items; one string of words, or nothing, may stand for the list."""
        if isinstance(node.value, tuple):
            return tuple(self._line(n) for n in node.value)
        if isinstance(node.value, str):
            return (self._words(node),)
        if node.value is None:
            return ()
        raise SpecError("layers are a list", "start each layer with '- '", code="CNN123", span=node.span)

    def _line(self, node: Located) -> Line:
        if isinstance(node.value, str):
            return self._words(node)
        if isinstance(node.value, dict):
            return self._mapping(node)
        what = (
            "a list within the list"
            if isinstance(node.value, tuple)
            else "nothing"
            if node.value is None
            else told(node.value)
        )
        raise SpecError(
            f"{what} where a layer should be",
            "write words, or a mapping like {conv: {kernel: 3, out: 64}}",
            code="CNN123",
            span=node.span,
        )

    def _words(self, node: Located) -> Line:
        return parse_words(str(node.value), self._blocks, _text_span(node), exact=node.text_start is not None)

    def _mapping(self, node: Located) -> Line:
        entries = entries_of(node)
        given = {k: e for k, e in entries.items() if k in OPTIONS}
        rest = {k: plain(e.node) for k, e in given.items()}
        try:
            options = ItemOptions.model_validate(rest)
        except ValidationError as error:
            raise reworded(error, node, lambda _: ItemOptions) from None
        heads = [k for k in entries if k not in OPTIONS]
        if len(heads) != 1:
            message = (
                f"two things in one item: {shown(heads[0])} and {shown(heads[1])}"
                if heads
                else "an item without a layer"
            )
            cure = "start each with '- '" if heads else "add layer: …"
            close = nearest(heads[1], OPTIONS) if heads else None
            cure = f"did you mean '{close}'?" if close else cure
            cut = [h for h in heads[1:] if entries[h].node.value is None and looks_like_option(h)]
            if cut:
                word = entries[heads[0]].node.value or heads[0]
                cure = f"put quotes around words that have commas: '{','.join([str(word), *cut])}'"
            where = entries[heads[1]].key_span if heads else node.span
            raise SpecError(message, cure, code="CNN124", span=where)
        (head,) = heads
        line = self._body(head, entries[head].node, entries[head].key_span)
        return _with_options(line, options, given) if given else line

    def _body(self, head: str, value: Located, key_span: Span) -> Line:
        """What the one key that is no option says: a group, words, a named thing, or a kind with its fields."""
        # cat, add and mul are layers as well: {cat: {dim: 2}, from: [a, b]}
        as_layer = head in KINDS and (value.value is None or isinstance(value.value, dict))
        if head in GROUPS and not as_layer:
            branches = self._branches(head, value)
            if branches == ((),):
                raise SpecError(
                    f"{head} is empty", "write at least one layer in it", code="CNN123", span=value.span
                )
            return Line((Item(Group(head, branches), key_span),))
        if head == "layer":
            if not isinstance(value.value, str):
                raise SpecError(
                    "layer takes words", "like layer: conv3-64,p1", code="CNN123", span=value.span
                )
            return self._single(self._words(value), key_span)
        if isinstance(value.value, str | tuple):
            return _named(self._under(head, value, key_span), head, key_span)
        return Line((Item(self._call(head, value, key_span), key_span),))

    def _under(self, name: str, value: Located, key_span: Span) -> Line:
        """The words or the list under a name."""
        is_kind = name in KINDS or name in self._blocks
        if isinstance(value.value, tuple) and is_kind:
            # {maxpool: [3, 2]}, {relu: []}
            _check_holds(name, any(isinstance(n.value, str | dict) for n in value.value), key_span)
        if isinstance(value.value, tuple):
            line = Line((Item(Body(self.sequence(value)), key_span),))
        else:
            line = self._single(self._words(value), key_span)
        if is_kind:
            _check_holds(name, _family(name) in map(_family, _calls((line,))), key_span)
        return line

    @staticmethod
    def _single(line: Line, span: Span) -> Line:
        """Several words as one item."""
        return line if len(line.items) == 1 else Line((Item(Body((line,)), span),))

    def _branches(self, op: str, value: Located) -> tuple[Sequence, ...]:
        if op == "res" and isinstance(value.value, dict):
            for key, entry in value.value.items():
                if key not in ("main", "shortcut"):
                    raise SpecError(
                        f"res has no {shown(key)}",
                        "its parts: main, shortcut",
                        code="CNN121",
                        span=entry.key_span,
                    )
            if "main" not in value.value:
                raise SpecError("res without main", "add main: […]", code="CNN122", span=value.span)
            return tuple(self.sequence(value.value[k].node) for k in ("main", "shortcut") if k in value.value)
        if op == "res":
            return (self.sequence(value),)
        if not isinstance(value.value, tuple) or not value.value:
            raise SpecError(
                f"{op} takes a list of branches",
                f'like {op}: [[conv1-64], ["conv3-64,p1"]]',
                code="CNN123",
                span=value.span,
            )
        return tuple(self.sequence(n) for n in value.value)

    def _call(self, kind: str, value: Located, key_span: Span) -> Call:
        if value.value is not None and not isinstance(value.value, dict):
            raise SpecError(
                f"{kind} is {told(plain(value))}",
                f"give its fields in a mapping, or write words: layer: {kind}…",
                code="CNN123",
                span=value.span,
            )
        entries = entries_of(value)
        fields: dict[str, Any] = {k: plain(e.node) for k, e in entries.items()}
        marks = {"": key_span, **{k: _text_span(e.node) for k, e in entries.items()}}
        marks |= {f"{k}=": e.key_span for k, e in entries.items()}
        if kind in KINDS:
            try:
                checked = validate(kind, fields)
            except SpecError as error:
                unknown = error.diagnostics[0].code == "CNN121"
                raise error.at(marks[f"{error.field}=" if unknown else error.field or ""]) from None
            return Call(kind, checked, marks)
        if kind in self._blocks or is_expression(kind):
            several = kind not in self._blocks
            return Call(
                kind, tuple((k, _argument(k, v, marks[k], several)) for k, v in fields.items()), marks
            )
        close = nearest(kind, (*KINDS, *GROUPS, *self._blocks))
        cure = f"did you mean '{close}'?" if close else "see all kinds: cnncalc schema --kinds"
        raise SpecError(f"unknown layer kind or block {shown(kind)}", cure, code="CNN110", span=key_span)


def _family(kind: str) -> str:
    """Kinds that may be called by each other's names: those of one family, which have one module; and all pools."""
    return KINDS[kind].__module__.replace("adaptive_pool", "pool") if kind in KINDS else kind


def _check_holds(kind: str, holds: bool, span: Span) -> None:
    """Refuse {relu: conv3-8}: what is called by the name of a kind or block has to be, or to hold, one."""
    if not holds:
        raise SpecError(
            f"'{kind}' is a layer kind, but no {kind} stands under it"
            if kind in KINDS
            else f"'{kind}' is a block, but no {kind} stands under it",
            f"give its {'fields' if kind in KINDS else 'arguments'} like {kind}: {{…}}, or choose another name",
            code="CNN112",
            span=span,
        )


def _calls(lines: Sequence) -> Iterator[str]:
    """The kinds and blocks in a sequence, in its groups too."""
    for body in (item.body for line in lines for item in line.items):
        if isinstance(body, Call):
            yield body.kind
        else:
            for part in (body.layers,) if isinstance(body, Body) else body.branches:
                yield from _calls(part)


def _with_options(line: Line, options: ItemOptions, given: Mapping[str, Entry]) -> Line:
    """The line, with what is said of its only item."""
    item = line.items[0]
    if options.name is not None and item.name is not None:
        raise SpecError(
            f"two names: {shown(item.name)} and {shown(str(options.name))}",
            "remove name",
            code="CNN124",
            span=given["name"].key_span,
        )
    for key in ("when", "repeat"):
        if key in given and isinstance(given[key].node.value, str):
            _check_expression(given[key].node)
    if options.repeat is not None and item.repeat is not None:
        # repetitions of repetitions: {layer: "3*(relu)", repeat: 2}
        item = Item(Body((line,)), item.mark)
    sources = options.from_ if isinstance(options.from_, list) else [options.from_] if options.from_ else []
    item = replace(
        item,
        sources=tuple(sources),
        repeat=options.repeat if options.repeat is not None else item.repeat,
        when=str(int(options.when)) if isinstance(options.when, bool) else options.when,
        weights=options.weights,
        index=options.index,
        marks=_marks_of_options(given),
    )
    if item.index is not None:
        check_variable(item.index, given["index"].node.span)
        if item.repeat is None:
            raise SpecError(
                "index without repeat", "add repeat: …", code="CNN124", span=given["index"].key_span
            )
    line = replace(line, items=(item,))
    return line if options.name is None else _named(line, str(options.name), given["name"].node.span)


def _marks_of_options(given: Mapping[str, Entry]) -> dict[str, Span]:
    """Where options stand, by their name; of several inputs also each one: "from a"."""
    marks = {key: _text_span(entry.node) for key, entry in given.items()}
    if "from" in given and isinstance(given["from"].node.value, tuple):
        marks |= {f"from {node.value}": _text_span(node) for node in given["from"].node.value}
    return marks


def _check_expression(node: Located) -> None:
    """Refuse a text that is no expression, with braces around it or without."""
    text = str(node.value)
    inner = text[1:-1] if is_expression(text) else text
    try:
        parsed(inner)
    except FormulaError as error:
        place = error.diagnostics[0].span
        span = _text_span(node)
        if place is not None and node.text_start is not None:
            span = span.within(place.column - 1 + (inner != text), place.length)
        raise placeless(error).at(span) from None


def _named(line: Line, name: str, span: Span) -> Line:
    """The same line, its only item called by a name."""
    if name == INPUT or not NAME.fullmatch(name):
        reason = "is the network's input" if name == INPUT else "cannot be a name"
        cure = "choose another name" if name == INPUT else "use letters, digits, _ and -"
        raise SpecError(f"{shown(name)} {reason}", cure, code="CNN112", span=span)
    return replace(line, items=(replace(line.items[0], name=name),))


def _text_span(node: Located) -> Span:
    """Where a value stands, without the quotes around it."""
    start = node.text_start
    if start is None:
        return node.span
    return replace(node.span, column=start, length=max(1, len(str(node.value))))


def _argument(name: str, value: Any, span: Span, several: bool) -> Value:
    """The argument of a block: a single value; or of a kind that is yet to be known: `several` values, too."""
    if several and isinstance(value, list) and not any(isinstance(v, list | dict) for v in value):
        return tuple(value)
    if isinstance(value, list | dict):
        raise SpecError(
            f"{name} is not a single value",
            "arguments of blocks are numbers or texts",
            code="CNN123",
            span=span,
        )
    result: Value = value
    return result
