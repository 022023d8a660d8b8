"""How many layers a spec has at least, counted without expanding it: what bombs are known by."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.errors import CnncalcError, FormulaError, Span
from cnncalc.record import replace
from cnncalc.spec.fields import is_expression
from cnncalc.spec.items import Block, Body, Call, Document, Group, Item, Sequence
from cnncalc.spec.values import Scope
from cnncalc.symbolic import Dim

__all__ = ["first_beyond"]


def first_beyond(limit: int, document: Document, scope: Scope) -> Span | None:
    """The place of the item with which a document has surely more layers than the limit."""
    counter = _Counter(dict(document.blocks))
    counted = {
        *_indices(document.layers),
        *(i for _, block in document.blocks for i in _indices(block.layers)),
    }
    values = {name: value for name, value in scope.values.items() if name not in counted}
    scope = replace(scope, values=values, decide=_undecided)
    total = 0
    for line in document.layers:
        for item in line.items:
            total += counter.item(item, scope)
            if total > limit:
                return line.place(item.mark)
    return None


def _indices(lines: Sequence) -> Iterator[str]:
    """What the numbers of repetitions are called."""
    for item in [item for line in lines for item in line.items]:
        if item.index is not None:
            yield item.index
        body = item.body
        if not isinstance(body, Call):
            for inner in (body.layers,) if isinstance(body, Body) else body.branches:
                yield from _indices(inner)


def _undecided(*_: str | Dim) -> bool:
    raise FormulaError("undecided")


class _Counter:
    """Lower bounds: what depends on a condition, on sizes, on an index or on a block's arguments counts as nothing."""

    def __init__(self, blocks: dict[str, Block]) -> None:
        self._blocks = blocks
        self._arguments = {name for block in blocks.values() for name, _ in block.args}
        self._known: dict[str, int] = {}

    def sequence(self, lines: Sequence, scope: Scope) -> int:
        return sum(self.item(item, scope) for line in lines for item in line.items)

    def item(self, item: Item, scope: Scope) -> int:
        if item.when is not None:
            return 0
        times = 1 if item.repeat is None else _times(item.repeat, scope)
        return times * self._body(item.body, scope) if times else 0

    def _body(self, body: Call | Group | Body, scope: Scope) -> int:
        if isinstance(body, Call):
            if body.kind in self._blocks:
                return self._block(body.kind, scope)
            return 0 if is_expression(body.kind) else 1
        if isinstance(body, Body):
            return self.sequence(body.layers, scope)
        return 1 + sum(self.sequence(branch, scope) for branch in body.branches)

    def _block(self, name: str, scope: Scope) -> int:
        if name not in self._known:
            self._known[name] = 0  # a block within itself
            values = {k: v for k, v in scope.values.items() if k not in self._arguments}
            self._known[name] = self.sequence(self._blocks[name].layers, replace(scope, values=values))
        return self._known[name]


def _times(repeat: int | str, scope: Scope) -> int:
    if isinstance(repeat, int):
        return max(0, repeat)
    try:
        count = scope.evaluate(repeat[1:-1] if is_expression(repeat) else repeat, None)
    except CnncalcError:
        return 0
    return max(0, count) if isinstance(count, int) else 0
