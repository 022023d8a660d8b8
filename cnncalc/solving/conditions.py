"""Conditions as people write them: `output.H == 32`, `params < 2*macs`, `stage1.output == 64x56x56`, `K % 2 == 1`.

::

    condition = value sign value { sign value } { "and" condition }  |  [layer "."] "output" "==" size
    value     = arithmetic as in a spec, over numbers, names and quantities
    number    = digits ["." digits] [unit]                   unit = k M G T Ki Mi Gi Ti
    quantity  = [layer "."] ("output" | "output." axis | "params" | "trainable" | "buffers" | "macs" | "flops"
              | "rf.size" | "rf.jump" | "memory.weights" | "memory.activations")
              | "memory.peak" | "memory.total" | "depth"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from string import ascii_lowercase, digits

from cnncalc.errors import FormulaError, Span, SpecError, nearest
from cnncalc.record import record
from cnncalc.spec.bounds import UNITS
from cnncalc.spec.items import AXIS_NAMES
from cnncalc.symbolic.parser import parse
from cnncalc.symbolic.ratio import Exact, ratio
from cnncalc.symbolic.tree import All, Choice, Compare, Node, Not, Sign, Some

__all__ = ["QUANTITIES", "Comparison", "Expression", "Quantity", "read_conditions", "read_value"]

QUANTITIES = (
    *("output", "params", "trainable", "buffers", "macs", "flops", "depth", "rf.size", "rf.jump"),
    *("memory.weights", "memory.activations", "memory.peak", "memory.total"),
)
_WHOLE = ("depth", "memory.peak", "memory.total")
_AXES = "CDHWL"
_QUANTITY = re.compile(
    rf"(?:(?P<part>.+)\.)?(?P<kind>{'|'.join(map(re.escape, QUANTITIES))})(?:\.(?P<axis>[{_AXES}]))?"
)
_NUMBER = rf"(?P<digits>[0-9][0-9_]*)(?:\.(?P<decimals>[0-9]+))?(?P<unit>{'|'.join(filter(None, UNITS))})B?"
_TOKEN = re.compile(
    rf"(?<![\w.])(?:(?P<number>{_NUMBER})(?![\w.])|(?P<path>[A-Za-z_]\w*(?:\.\w+)*)(?P<call>\s*\()?)"
)
_SIZE = re.compile(r"\s*(?P<output>(?:[\w.]+\.)?output)\s*==\s*(?P<size>[0-9]+(?:\s*[x×]\s*[0-9]+)+)\s*")
_WORDS = {"and", "or", "not", "if", "else"}
_MOST_TOKENS = 36


@record
class Quantity:
    """What a condition asks of a network: a number of it, or of one of its layers or blocks."""

    text: str
    part: str | None
    kind: str
    axis: str | None


@record
class Expression:
    """A text, its tree, and what the names in the tree stand for that are not searched for."""

    text: str
    tree: Node
    quantities: Mapping[str, Quantity]
    numbers: Mapping[str, Exact]


@record
class Comparison:
    """left sign right: one of what a condition says."""

    sign: Sign
    left: Node
    right: Node
    of: Expression


def read_conditions(text: str, names: Sequence[str]) -> tuple[Comparison, ...]:
    """The comparisons that all have to hold, for a search for these names.

    Raises SpecError, with the place in the text.
    """
    size = _SIZE.fullmatch(text)
    if size:
        return tuple(_of_size(size, names))
    expression = _read(text, names)
    found = tuple(_comparisons(expression.tree, expression))
    if not found:
        raise _refused(text, f"'{text.strip()}' compares nothing", "write a condition, like output.H == 32")
    return found


def read_value(text: str, names: Sequence[str]) -> Expression:
    """A value, for a search for these names.

    Raises SpecError, with the place in the text.
    """
    expression = _read(text, names)
    if isinstance(expression.tree, Compare | All | Some | Not):
        raise _refused(text, f"'{text.strip()}' is a comparison", "give a value, like macs")
    return expression


def _of_size(found: re.Match[str], names: Sequence[str]) -> Iterator[Comparison]:
    sizes = re.split(r"\s*[x×]\s*", found["size"])
    if len(sizes) not in AXIS_NAMES:
        raise _refused(found[0], f"the size {found['size']} has {len(sizes)} axes", "write it like 64x56x56")
    for axis, size in zip(AXIS_NAMES[len(sizes)], sizes, strict=True):
        expression = _read(f"{found['output']}.{axis} == {size}", names)
        yield from _comparisons(expression.tree, expression)


def _comparisons(tree: Node, expression: Expression) -> Iterator[Comparison]:
    match tree:
        case Compare(sign, left, right):
            yield Comparison(sign, left, right, expression)
        case All(conditions):
            for condition in conditions:
                yield from _comparisons(condition, expression)
        case Some() | Not() | Choice():
            raise _refused(
                expression.text, "conditions can only be joined by and", "ask once for each of them"
            )


def _read(text: str, names: Sequence[str]) -> Expression:
    """An expression. What is no name is stood for by a name of the same length, so that places stay."""
    quantities: dict[str, Quantity] = {}
    numbers: dict[str, Exact] = {}
    free = [f"_{c}" for c in ascii_lowercase + digits]
    pieces: list[str] = []
    end = 0
    for token in _TOKEN.finditer(text):
        path = token["path"]
        if token["call"] or path in _WORDS or path in names:
            continue
        if not free:
            raise _refused(text, f"the condition speaks of more than {_MOST_TOKENS} things", "split it")
        place = Span(1, token.start() + 1, len(token[0]))
        standing = free.pop(0).ljust(len(token[0]), "_")
        if path is None:
            numbers[standing] = _number(token)
        else:
            try:
                quantities[standing] = _quantity(path, names)
            except SpecError as error:
                raise _placed(error.at(place), text) from None
        pieces += [text[end : token.start()], standing]
        end = token.end()
    try:
        return Expression(text.strip(), parse("".join([*pieces, text[end:]])), quantities, numbers)
    except FormulaError as error:
        raise _placed(error, text) from None


def _number(token: re.Match[str]) -> Exact:
    decimals = token["decimals"] or ""
    return ratio(int(token["digits"].replace("_", "") + decimals) * UNITS[token["unit"]], 10 ** len(decimals))


def _quantity(path: str, names: Sequence[str]) -> Quantity:
    found = _QUANTITY.fullmatch(path)
    if found is None:
        known = (*names, *QUANTITIES)
        members = [q for q in QUANTITIES if q.startswith(f"{path}.")]
        close = nearest(path, known)
        if members:
            cure = f"choose one of {', '.join(members)}"
        else:
            cure = f"did you mean '{close}'?" if close else f"known here: {', '.join(known)}"
        raise SpecError(f"nothing here is called '{path}'", cure, code="CNN142")
    part, kind, axis = found["part"], found["kind"], found["axis"]
    if axis and kind != "output" and not kind.startswith("rf."):
        raise SpecError(f"{kind} has no axes", f"write {path.removesuffix(f'.{axis}')}", code="CNN142")
    if part is not None and kind in _WHOLE:
        raise SpecError(f"{kind} is of the whole network only", f"write {kind}", code="CNN142")
    return Quantity(path, part, kind, axis)


def _refused(text: str, message: str, cure: str) -> SpecError:
    return _placed(SpecError(message, cure, code="CNN142", span=Span(1, 1, len(text))), text)


def _placed(error: SpecError, text: str) -> SpecError:
    error.text = text
    return error
