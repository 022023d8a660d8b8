"""The structure of a spec file, and how words and files become a `Document`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnncalc.errors import Span, SpecError, nearest
from cnncalc.layers import KINDS
from cnncalc.spec.fields import is_expression, is_name, validate
from cnncalc.spec.items import (
    AXIS_NAMES,
    GROUPS,
    INPUT,
    Block,
    Body,
    Call,
    Document,
    Group,
    Item,
    Line,
    Sequence,
    Value,
)
from cnncalc.spec.reader import Format, Located, locate, plain, read
from cnncalc.spec.source import GREATEST_INTEGER
from cnncalc.spec.words import is_input_size, parse_words

__all__ = ["Given", "ItemOptions", "SpecFile", "document_of_text", "document_of_words"]

_Integer = Annotated[int, Field(ge=-GREATEST_INTEGER, le=GREATEST_INTEGER)]
#: a value for a variable or an argument: a number, a text, a flag, or an expression in braces
Given = _Integer | Annotated[float, Field(allow_inf_nan=False)] | bool | str | None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class BlockModel(_Strict):
    """A sequence of layers with arguments, used like a layer kind."""

    args: dict[str, Given] = Field(
        default_factory=dict,
        description="the arguments and their defaults; one without a default must be given",
    )
    layers: list[Any] = Field(min_length=1, description="the layers, in order")


class SpecFile(_Strict):
    """A network as a declarative spec."""

    cnncalc: Literal[1] = Field(description="the version of this format")
    name: str | None = Field(None, description="what the network is called")
    source: str | None = Field(None, description="where the architecture was published")
    input: _Integer | str = Field(description="channel-first size without the batch: 3x224x224")
    vars: dict[str, Given] = Field(
        default_factory=dict,
        description="variables for expressions in braces; later ones may use earlier ones",
    )
    presets: dict[str, dict[str, Given]] = Field(
        default_factory=dict, description="the members of a family: each a name, and values for its variables"
    )
    blocks: dict[str, BlockModel] = Field(default_factory=dict, description="sequences with arguments")
    layers: list[Any] = Field(min_length=1, description="the layers, in order")
    expect: dict[str, Any] = Field(
        default_factory=dict,
        description="what the network is expected to be: output, params, macs, layers, …",
    )


class ItemOptions(_Strict):
    """What may be said of any layer, group or block besides what it is."""

    name: str | int | None = Field(
        None, description="the name, by which others speak of it and its tensors are called"
    )
    from_: str | list[str] | None = Field(
        None,
        alias="from",
        description=f"the names of its inputs, instead of the layer before; '{INPUT}' is the network's",
    )
    repeat: _Integer | str | None = Field(None, description="how often, one after the other")
    when: str | bool | None = Field(None, description="a condition: the item is left out where it is false")
    weights: str | None = Field(None, description="the name of an earlier layer whose weights it shares")


_OPTIONS = ("name", "from", "repeat", "when", "weights")


def document_of_words(words: str) -> Document:
    """Words typed at a terminal. The first one is the size of the input, if it looks like one.

    Raises SpecError with the column in `words`.
    """
    stripped = words.lstrip()
    first = stripped.split(maxsplit=1)[0] if stripped else ""
    size = first if is_input_size(first) else None
    start = len(words) - len(stripped) + (len(first) if size else 0)
    if not words[start:].strip():
        raise SpecError(
            f"no layers after the input size {first}" if size else "no network given",
            "write words like conv3-64,p1 relu, a file, or the name of a zoo network (cnncalc zoo)",
            code="CNN120",
            span=Span(1, max(1, len(words.rstrip())), 1),
        )
    line = parse_words(words[start:], origin=Span(1, start + 1))
    return Document(
        size, (line,), free_names=True, spans={"input": Span(1, words.find(first) + 1, len(first))}
    )


def document_of_text(text: str, format: Format, file: str | None = None) -> Document:  # noqa: A002
    """A spec file.

    Raises SpecError with file, line and column.
    """
    root = read(text, format, file)
    data = plain(root)
    if not isinstance(data, dict):
        raise SpecError("a spec file is a mapping", "start with cnncalc: 1", code="CNN111", span=root.span)
    try:
        model = SpecFile.model_validate(data)
    except ValidationError as error:
        raise _reworded(error, root, SpecFile) from None
    top = _entries(root)
    names = frozenset(model.blocks)
    reader = _Reader(names)
    _check_names(root, model)
    blocks = tuple(
        (
            name,
            Block(
                tuple(block.args.items()),
                reader.sequence(_at(root, "blocks", name, "layers")),
                _key_span(root, "blocks", name),
            ),
        )
        for name, block in model.blocks.items()
    )
    return Document(
        input=str(model.input),
        layers=reader.sequence(top["layers"].node),
        name=model.name,
        source=model.source,
        vars=tuple(model.vars.items()),
        presets=tuple((name, tuple(given.items())) for name, given in model.presets.items()),
        blocks=blocks,
        expect=tuple(model.expect.items()),
        spans={
            **{key: entry.node.span for key, entry in top.items()},
            **{f"vars.{name}": locate(root, ("vars", name)) for name in model.vars},
        },
    )


def _entries(node: Located) -> Mapping[str, Any]:
    return node.value if isinstance(node.value, dict) else {}


def _at(node: Located, *path: str) -> Located:
    for key in path:
        node = _entries(node)[key].node
    return node


def _key_span(node: Located, *path: str) -> Span:
    return locate(node, path, key=True)


def _check_names(root: Located, model: SpecFile) -> None:
    axes = {name for names in AXIS_NAMES.values() for name in names}
    variables = [("vars", name) for name in model.vars]
    arguments = [("blocks", block, "args", name) for block, b in model.blocks.items() for name in b.args]
    for path in (*variables, *arguments):
        name = path[-1]
        if not is_name(name):
            raise SpecError(
                f"'{name}' is not a name",
                "use letters, digits and _",
                code="CNN112",
                span=_key_span(root, *path),
            )
        if name in axes:
            raise SpecError(
                f"'{name}' is the current input's size in expressions",
                "choose another name",
                code="CNN112",
                span=_key_span(root, *path),
            )
    for name in model.blocks:
        if name in KINDS or name in GROUPS or name in _OPTIONS or not is_name(name):
            reason = "is not a name" if not is_name(name) else "already means something in a spec"
            raise SpecError(
                f"block '{name}': the name {reason}",
                "choose another name",
                code="CNN112",
                span=_key_span(root, "blocks", name),
            )
    for preset, given in model.presets.items():
        for name in given:
            if name not in model.vars:
                close = nearest(name, tuple(model.vars))
                cure = f"did you mean '{close}'?" if close else "add it under vars"
                raise SpecError(
                    f"preset '{preset}': no variable is called '{name}'",
                    cure,
                    code="CNN113",
                    span=_key_span(root, "presets", preset, name),
                )


def _reworded(error: ValidationError, root: Located, model: type[BaseModel], context: str = "") -> SpecError:
    """pydantic's first complaint in our words, at its place."""
    first = error.errors(include_url=False)[0]
    path = [part for part in first["loc"] if isinstance(part, int) or _is_key(part)]
    name = str(path[-1]) if path else ""
    if first["type"] == "extra_forbidden":
        known = [f.alias or n for n, f in model.model_fields.items()]
        close = nearest(name, tuple(known))
        cure = f"did you mean '{close}'?" if close else f"fields: {', '.join(known)}"
        return SpecError(
            f"{context}unknown field '{name}'", cure, code="CNN121", span=locate(root, path, key=True)
        )
    if first["type"] == "missing":
        cure = {"cnncalc": "add the line cnncalc: 1", "input": "add a line like input: 3x224x224"}.get(name)
        where = locate(root, path[:-1])
        return SpecError(f"{context}'{name}' is missing", cure or f"add {name}: …", code="CNN122", span=where)
    shown = first["input"]
    told = (
        "empty"
        if shown is None or shown in ([], {})
        else f"'{shown}'"[:60]
        if isinstance(shown, str | int | float)
        else "of the wrong kind"
    )
    expected = (
        first["msg"].removeprefix("Input should be ").replace("valid ", "").replace("dictionary", "mapping")
    )
    return SpecError(f"{context}{name} is {told}", f"give {expected}", code="CNN123", span=locate(root, path))


def _is_key(part: object) -> bool:
    """Whether a part of pydantic's location is a key of ours, not the name of a type within a union."""
    return (
        isinstance(part, str)
        and not part.startswith(("constrained-", "function-", "literal", "list[", "dict["))
        and part
        not in (
            "int",
            "float",
            "str",
            "bool",
            "none",
        )
    )


class _Reader:
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
        entries = _entries(node)
        rest = {k: plain(e.node) for k, e in entries.items() if k in _OPTIONS}
        try:
            options = ItemOptions.model_validate(rest)
        except ValidationError as error:
            raise _reworded(error, node, ItemOptions) from None
        heads = [k for k in entries if k not in _OPTIONS]
        if len(heads) != 1:
            message = (
                f"two things in one item: '{heads[0]}' and '{heads[1]}'"
                if heads
                else "an item without a layer"
            )
            cure = "start each with '- '" if heads else "add layer: …"
            close = nearest(heads[1], _OPTIONS) if heads else None
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
        entries = _entries(value)
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
