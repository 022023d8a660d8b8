"""A drawn network as the text that a person gives to cnncalc, and read again: words where they can say it, else a spec file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from cnncalc.errors import SpecError
from cnncalc.network import Network, build
from cnncalc.record import record, replace
from cnncalc.spec.document import document_of_words
from cnncalc.spec.items import INPUT, Body, Call, Document, Group, Item, Line, Sequence
from cnncalc.spec.printer import document_as_yaml, line_as_words

__all__ = ["Spec", "calls", "items_of", "linked", "read", "tidy", "with_calls", "written"]


@record
class Spec:
    """Words, or the text of a YAML file."""

    text: str
    is_words: bool


def items_of(lines: Sequence) -> tuple[Item, ...]:
    """The items of a sequence, line by line."""
    return tuple([item for line in lines for item in line.items])


def calls(lines: Sequence) -> Iterator[Call]:
    """All layers, those in groups too."""
    for item in items_of(lines):
        if isinstance(item.body, Call):
            yield item.body
        elif isinstance(item.body, Body):
            yield from calls(item.body.layers)
        else:
            for branch in item.body.branches:
                yield from calls(branch)


def with_calls(document: Document, change: Callable[[Call], Call]) -> Document:
    """The same with every layer changed."""

    def changed(lines: Sequence) -> Sequence:
        return tuple([Line(tuple([one(item) for item in line.items])) for line in lines])

    def one(item: Item) -> Item:
        body = item.body
        if isinstance(body, Call):
            return replace(item, body=change(body))
        if isinstance(body, Body):
            return replace(item, body=Body(changed(body.layers)))
        return replace(item, body=replace(body, branches=tuple(map(changed, body.branches))))

    return replace(document, layers=changed(document.layers))


def tidy(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Without inputs that are those before anyway, and without names that nobody speaks of."""
    found: list[Item] = []
    before: str | None = INPUT
    for item in items:
        found.append(replace(item, sources=() if item.sources == (before,) else item.sources))
        before = item.name
    spoken = {name for item in found for name in (*item.sources, item.weights)}
    return tuple([item if item.name in spoken else replace(item, name=None) for item in found])


def linked(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """With a name for every item, and the names of its inputs: the opposite of `tidy`."""
    taken = {item.name for item in items}
    free = (name for i in count() if (name := f"n{i}") not in taken)
    found: list[Item] = []
    before = INPUT
    for item in items:
        name = item.name or next(free)
        found.append(replace(item, name=name, sources=item.sources or (before,)))
        before = name
    return tuple(found)


def written(document: Document) -> Spec:
    """The text that is read as the document."""
    items = items_of(document.layers)
    words = _words(items, document.input)
    if words is not None:
        return Spec(words, is_words=True)
    lines = _one_by_one(document.layers, "repeated")
    return Spec(document_as_yaml(replace(document, layers=lines, free_names=False)), is_words=False)


def _words(items: tuple[Item, ...], size: str | None) -> str | None:
    """The words for some layers behind an input; None if words cannot say it."""
    text = f"{size} {line_as_words(Line(items))}"
    try:
        said = document_of_words(text)
    except SpecError:
        return None
    return text if said.input == size and items_of(said.layers) == items else None


def _one_by_one(lines: Sequence, name: str) -> Sequence:
    """One item on each line, as files have them where words do not do, and names for repetitions, which need them there."""
    found = []
    for i, item in enumerate(items_of(lines)):
        body = item.body
        inner = f"{name}{i}"
        if isinstance(body, Group):
            split = replace(body, branches=tuple([_one_by_one(b, inner) for b in body.branches]))
            found.append(replace(item, body=split))
        elif isinstance(body, Body) and _words((item,), "1") is None:
            found.append(replace(item, body=Body(_one_by_one(body.layers, inner)), name=item.name or inner))
        else:
            found.append(item)
    return tuple([Line((item,)) for item in found])


def read(spec: Spec) -> Network:
    """The network that a text describes.

    Raises CnncalcError as `cnncalc` does.
    """
    if spec.is_words:
        return build(document_of_words(spec.text))
    from cnncalc.spec.files import document_of_text

    return build(document_of_text(spec.text, "yaml", "network.yaml"))
