"""Rules made wrong on purpose, and where `verify` has to notice.

A mutant is data: a rule by its place, and what is done to it. It is the rule itself that is changed, before the network is
built, so that everything which rests on it goes wrong as it would if somebody had written it so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

import pytest

from cnncalc.loader import load, load_text
from cnncalc.network import Network
from cnncalc.record import replace
from cnncalc.symbolic import Formula

__all__ = [
    "SHARED",
    "Change",
    "Mutant",
    "answering",
    "changed",
    "forget",
    "forgetting",
    "formula",
    "of",
    "on_input",
    "then",
    "without",
]

#: a network in which two layers have the same weights
SHARED = "cnncalc: 1\ninput: 4x6x6\nlayers: [{a: 'conv3-4,p1'}, {layer: 'conv3-4,p1', weights: a}]"

#: from the right rule to a wrong one
Change: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True)
class Mutant:
    """A wrong rule, and a network (words, or a spec) on which the quantity shows it at the node ("": in the sum of all)."""

    name: str
    quantity: str
    network: str
    node: str
    #: module:attribute
    rule: str
    change: Change

    def build(self) -> Network:
        """The network by the rules as they are now."""
        return load_text(self.network, "spec.yaml") if "\n" in self.network else load(self.network)

    def __str__(self) -> str:
        return f"{self.quantity}: {self.name}"


@contextmanager
def changed(rule: str, change: Change) -> Iterator[None]:
    """The rule, changed for a while. What was computed with the one is forgotten before the other is used."""
    module, _, path = rule.partition(":")
    owner: Any = import_module(module)
    *around, name = path.split(".")
    for part in around:
        owner = getattr(owner, part)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, change(getattr(owner, name)))
            forget()
            yield
    finally:
        forget()


def forget() -> None:
    """Empty every cache of answers: they rest on the rules as they were."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "cnncalc":
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def of(quantity: str, *mutants: tuple[str, str, str, str, Change]) -> tuple[Mutant, ...]:
    """Mutants of one quantity: name, network, node, rule and change of each."""
    return tuple(Mutant(name, quantity, *rest) for name, *rest in mutants)


def formula(text: str) -> Change:
    """Another formula over the same names."""
    return lambda _: Formula(text)


def answering(answer: Any) -> Change:
    """The same answer, whatever is asked."""
    return lambda _: lambda *_args, **_how: answer


def forgetting(**fields: Any) -> Change:
    """A layer's rule that takes some fields for these values."""
    return lambda rule: lambda layer, *args, **how: rule(replace(layer, **fields), *args, **how)


def on_input(change: Change) -> Change:
    """A layer's rule that is asked of another input."""
    return lambda rule: lambda layer, x, *more, **how: rule(layer, change(x), *more, **how)


def then(change: Change) -> Change:
    """A rule whose answer is changed."""
    return lambda rule: lambda *args, **how: change(rule(*args, **how))


def without(*fields: str) -> Change:
    """A rule for conditions that forgets those on some fields."""

    def lax(rule: Any) -> Any:
        def conditions(*args: Any) -> Any:
            return (c for c in rule(*args) if c.field not in fields)

        return conditions

    return lax
