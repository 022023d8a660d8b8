"""An evaluator of printed arithmetic that shares nothing with the one that printed it: ⌊(56 + 2 − 3)/2⌋ + 1."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

__all__ = ["UnboundError", "sides_agree", "value"]

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([A-Za-z]+(?:_[A-Za-z0-9]+)?)|(.))")
_FUNCTIONS = {"min", "max"}
_CLOSING = {"(": ")", "⌊": "⌋", "⌈": "⌉"}


class UnboundError(Exception):
    """A name without a value."""


def value(text: str, names: Mapping[str, Any]) -> Any:
    """The value of a side. Names stand for values; factors may stand side by side. Floats come from roots only."""
    return _Reader(re.sub(r"(?<=\d),(?=\d{3})", "", text), names).read()


def sides_agree(line: str, names: Mapping[str, Any]) -> int:
    """Check that all sides of `name = side = side ≈ side` that have no unbound names are equal; how many they are."""
    parts = re.split(r" ([=≈]) ", line)
    known: list[Any] = []
    for sign, text in zip(["=", *parts[1::2]], parts[::2], strict=True):
        try:
            found = value(text, names)
        except UnboundError:
            continue
        if known and sign == "≈":
            assert abs(float(found) - float(known[0])) <= 5e-4 * abs(float(known[0])), line
        elif known and isinstance(found, float):
            assert math.isclose(found, known[0], rel_tol=1e-12), line
        elif known:
            assert (
                math.isclose(found, known[0], rel_tol=1e-12)
                if isinstance(known[0], float)
                else (found == known[0])
            ), line
        known.append(found)
    return len(known)


class _Reader:
    """A descent over sums, products, powers and atoms."""

    def __init__(self, text: str, names: Mapping[str, Any]) -> None:
        self.names = names
        self.tokens = [
            ("number", n) if n else ("name", name) if name else ("sign", sign)
            for n, name, sign in _TOKEN.findall(text.strip())
        ]
        self.at = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, wanted: str | None = None) -> tuple[str, str]:
        token = self.peek()
        assert wanted is None or token[1] == wanted, (token, wanted)
        self.at += 1
        return token

    def read(self) -> Any:
        result = self.sum()
        assert self.peek()[0] == "end", self.tokens[self.at :]
        return result

    def sum(self) -> Any:
        negative = self.peek()[1] == "−"
        if negative:
            self.take()
        total = self.product()
        total = -total if negative else total
        while self.peek()[1] in ("+", "−"):
            sign = self.take()[1]
            term = self.product()
            total = total + term if sign == "+" else total - term
        return total

    def product(self) -> Any:
        result = self.power()
        while True:
            kind, sign = self.peek()
            if sign == "·":
                self.take()
                result *= self.power()
            elif sign == "/":
                self.take()
                result = Fraction(result) / Fraction(self.power())
            elif kind in ("number", "name") or sign == "(":
                result *= self.power()
            else:
                return result

    def power(self) -> Any:
        base = self.atom()
        if self.peek()[1] == "^":
            self.take()
            return base ** self.atom()
        return base

    def atom(self) -> Any:
        kind, text = self.take()
        if kind == "number":
            return Fraction(text)
        if kind == "name":
            if text in _FUNCTIONS:
                return self.call(text)
            if text not in self.names:
                raise UnboundError(text)
            return self.names[text]
        if text == "√":
            return math.sqrt(self.atom())
        assert text in _CLOSING, text
        inner = self.sum()
        self.take(_CLOSING[text])
        return {"(": lambda v: v, "⌊": math.floor, "⌈": math.ceil}[text](inner)

    def call(self, function: str) -> Any:
        self.take("(")
        arguments = [self.sum()]
        while self.peek()[1] == ",":
            self.take()
            arguments.append(self.sum())
        self.take(")")
        return {"min": min, "max": max}[function](arguments)
