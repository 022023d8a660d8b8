"""Which names a network of words leaves open: what settings and assumptions can speak of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cnncalc.errors import SpecError, nearest
from cnncalc.layers import KINDS
from cnncalc.spec.fields import fields_of, is_expression, is_name
from cnncalc.spec.items import Body, Call, Group, Item, Sequence
from cnncalc.spec.values import parsed

__all__ = ["names_in_layers", "names_in_size", "names_in_value", "refuse_unmentioned"]

#: a name that is not the name of a function
_NAME = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z_][A-Za-z0-9_]*+(?!\s*\()")


def names_in_size(text: str) -> Iterator[str]:
    """The names in the size of an input: CxHxW has three."""
    for part in re.split(r"x(?![^{]*\})", text):
        yield from _NAME.findall(part)


def names_in_layers(lines: Sequence) -> Iterator[str]:
    """The names that stand for numbers in words. The channels `C` of the current input are none of them."""
    for line in lines:
        for item in line.items:
            yield from _names_in_item(item)


def _names_in_item(item: Item) -> Iterator[str]:
    body = item.body
    if isinstance(item.repeat, str):
        yield from names_in_value(item.repeat)
    if isinstance(body, Call):
        specs = fields_of(body.kind) if body.kind in KINDS else {}
        yield from names_in_value(body.kind if is_expression(body.kind) else None)
        for name, value in body.fields:
            choices = specs[name].choices if name in specs else ()
            yield from names_in_value(None if value in choices else value)
    elif isinstance(body, Body):
        yield from names_in_layers(body.layers)
    elif isinstance(body, Group):
        for branch in body.branches:
            yield from names_in_layers(branch)


def names_in_value(value: object) -> Iterator[str]:
    """The names in a value: it is one, an expression with some, or several of these."""
    if isinstance(value, tuple):
        for one in value:
            yield from names_in_value(one)
    elif is_expression(value):
        yield from (name for name in parsed(str(value)[1:-1]).names if name != "C")
    elif isinstance(value, str) and is_name(value):
        yield value


def refuse_unmentioned(
    option: str, names: Iterable[str], known: Iterable[str], cure: str | None = None
) -> None:
    """Refuse a setting or an assumption on a name that occurs nowhere: it would do nothing.

    Raises SpecError.
    """
    occurring = tuple(dict.fromkeys(known))
    for name in names:
        if name not in occurring:
            close = nearest(name, occurring)
            found = (
                f"names here: {', '.join(occurring)}"
                if occurring
                else f"leave {option} out: there are no names"
            )
            advice = cure or (f"did you mean '{close}'?" if close else found)
            raise SpecError(f"{option}: nothing here is called '{name}'", advice, code="CNN114")
