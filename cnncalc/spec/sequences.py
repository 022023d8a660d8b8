"""The lists of layers in a spec file, item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from cnncalc.errors import Span, SpecError, nearest
from cnncalc.layers import KINDS
from cnncalc.spec.fields import is_expression, validate
from cnncalc.spec.items import GROUPS, INPUT, Body, Call, Group, Item, Line, Sequence, Value
from cnncalc.spec.reader import Entry, Located, locate, plain
from cnncalc.spec.structure import OPTIONS, ItemOptions, reworded
from cnncalc.spec.words import parse_words

__all__ = ["SequenceReader", "entries_of"]


def entries_of(node: Located) -> Mapping[str, Entry]:
    """The entries of a mapping; none for any other value."""
    return node.value if isinstance(node.value, dict) else {}


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
            else f"'{node.value}'"
        )
        raise SpecError(
            f"{what} where a layer should be",
            "write words, or a mapping like {conv: {kernel: 3, out: 64}}",
            code="CNN123",
            span=node.span,
        )

    def _words(self, node: Located) -> Line:
        exact = node.text_start is not None
        origin = replace(node.span, column=node.text_start) if node.text_start is not None else node.span
        return parse_words(str(node.value), self._blocks, origin, exact=exact)

    def _mapping(self, node: Located) -> Line:
        entries = entries_of(node)
        rest = {k: plain(e.node) for k, e in entries.items() if k in OPTIONS}
        try:
            options = ItemOptions.model_validate(rest)
        except ValidationError as error:
            raise reworded(error, node, ItemOptions) from None
        heads = [k for k in entries if k not in OPTIONS]
        if len(heads) != 1:
            message = (
                f"two things in one item: '{heads[0]}' and '{heads[1]}'"
                if heads
                else "an item without a layer"
            )
            cure = "start each with '- '" if heads else "add layer: …"
            close = nearest(heads[1], OPTIONS) if heads else None
            cure = f"did you mean '{close}'?" if close else cure
            where = entries[heads[1]].key_span if heads else node.span
            raise SpecError(message, cure, code="CNN124", span=where)
        (head,) = heads
        line = self._body(head, entries[head].node, entries[head].key_span)
        return self._with_options(line, options, node)

    def _body(self, head: str, value: Located, key_span: Span) -> Line:
        """What the one key that is no option says: a group, words, a named thing, or a kind with its fields."""
        if head in GROUPS:
            return Line((Item(Group(head, self._branches(head, value)), key_span),))
        if head == "layer":
            if not isinstance(value.value, str):
                raise SpecError(
                    "layer takes words", "like layer: conv3-64,p1", code="CNN123", span=value.span
                )
            return self._single(self._words(value), key_span)
        if isinstance(value.value, str):
            line = self._single(self._words(value), key_span)
            return replace(line, items=(replace(line.items[0], name=head),))
        if isinstance(value.value, tuple):
            return Line((Item(Body(self.sequence(value)), key_span, name=head),))
        return Line((Item(self._call(head, value, key_span), key_span),))

    @staticmethod
    def _single(line: Line, span: Span) -> Line:
        """Several words as one item."""
        return line if len(line.items) == 1 else Line((Item(Body((line,)), span),))

    def _branches(self, op: str, value: Located) -> tuple[Sequence, ...]:
        if op == "res" and isinstance(value.value, dict):
            for key, entry in value.value.items():
                if key not in ("main", "shortcut"):
                    raise SpecError(
                        f"res has no '{key}'", "its parts: main, shortcut", code="CNN121", span=entry.key_span
                    )
            if "main" not in value.value:
                raise SpecError("res without main", "add main: […]", code="CNN122", span=value.span)
            return tuple(self.sequence(value.value[k].node) for k in ("main", "shortcut") if k in value.value)
        if op == "res":
            return (self.sequence(value),)
        if not isinstance(value.value, tuple) or not value.value:
            raise SpecError(
                f"{op} takes a list of branches",
                f"like {op}: [[conv1-64], [conv3-64,p1]]",
                code="CNN123",
                span=value.span,
            )
        return tuple(self.sequence(n) for n in value.value)

    def _call(self, kind: str, value: Located, key_span: Span) -> Call:
        if value.value is not None and not isinstance(value.value, dict):
            raise SpecError(
                f"{kind} is {plain(value)!r}",
                "give its fields: {conv: {kernel: 3, out: 64}}",
                code="CNN123",
                span=value.span,
            )
        entries = entries_of(value)
        fields: dict[str, Any] = {k: plain(e.node) for k, e in entries.items()}
        marks = {"": key_span, **{k: e.node.span for k, e in entries.items()}}
        if kind in KINDS:
            try:
                checked = validate(kind, fields)
            except SpecError as error:
                unknown = error.diagnostics[0].code == "CNN121"
                place = (
                    entries[error.field].key_span
                    if unknown and error.field
                    else marks.get(error.field or "", key_span)
                )
                raise error.at(place) from None
            return Call(kind, checked, marks)
        if kind in self._blocks or is_expression(kind):
            return Call(kind, tuple((k, _scalar(k, v, marks[k])) for k, v in fields.items()), marks)
        close = nearest(kind, (*KINDS, *GROUPS, *self._blocks))
        cure = f"did you mean '{close}'?" if close else "see all kinds: cnncalc schema --kinds"
        raise SpecError(f"unknown layer kind or block '{kind}'", cure, code="CNN110", span=key_span)

    @staticmethod
    def _with_options(line: Line, options: ItemOptions, node: Located) -> Line:
        item = line.items[0]
        name = None if options.name is None else str(options.name)
        if name is not None and item.name is not None:
            raise SpecError(
                f"two names: '{item.name}' and '{name}'",
                "remove name",
                code="CNN124",
                span=locate(node, ("name",), key=True),
            )
        name = item.name if name is None else name
        if name is not None and not _is_node_name(name):
            raise SpecError(
                f"'{name}' cannot be a name", "use letters, digits, _ and -", code="CNN112", span=node.span
            )
        sources = (
            ()
            if options.from_ is None
            else (options.from_,)
            if isinstance(options.from_, str)
            else tuple(options.from_)
        )
        when = options.when if not isinstance(options.when, bool) else str(int(options.when))
        item = replace(
            item,
            name=name,
            sources=sources,
            repeat=options.repeat if options.repeat is not None else item.repeat,
            when=when,
            weights=options.weights,
        )
        return replace(line, items=(item,))


def _is_node_name(name: str) -> bool:
    return name.replace("-", "_").replace("_", "a").isalnum() and name.isascii() and name != INPUT


def _scalar(name: str, value: Any, span: Span) -> Value:
    if isinstance(value, list | dict):
        raise SpecError(
            f"{name} is not a single value",
            "arguments of blocks are numbers or texts",
            code="CNN123",
            span=span,
        )
    result: Value = value
    return result
