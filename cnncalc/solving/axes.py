"""The values among which a name is searched: whole numbers, or a grid of fractions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm

from cnncalc.errors import SpecError, nearest
from cnncalc.record import record
from cnncalc.spec.items import AXIS_NAMES, Document
from cnncalc.spec.mentions import names_in_layers, names_in_size
from cnncalc.symbolic import Dim
from cnncalc.symbolic.ratio import Exact, ratio

__all__ = ["Axis", "axes_of"]

_RANGE = re.compile(
    r"\s*(?P<name>\w+)\s*=\s*(?P<low>-?[0-9.]*?)\s*\.\.\s*(?P<high>-?[0-9.]*)\s*(?:/\s*(?P<step>[0-9.]+)\s*)?"
)
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
#: fractions are multiples of 1/100 unless a range says otherwise
_GRID = 100
_MOST_PLACES = 12


@record
class Axis:
    """origin + step·n for the n from `lowest` to `highest`; None: without end."""

    name: str
    lowest: int
    highest: int | None
    step: Fraction = Fraction(1)
    origin: Fraction = Fraction(0)

    @property
    def whole(self) -> bool:
        """Whether n is the value itself."""
        return self.step == 1 and self.origin == 0

    @property
    def size(self) -> int | None:
        """How many values there are; None: infinitely many."""
        return None if self.highest is None else self.highest - self.lowest + 1

    def value(self, n: int) -> int | Fraction:
        """The value with a number."""
        value = self.origin + self.step * n
        return int(value) if value.denominator == 1 else value

    def exact(self, n: Dim) -> Exact:
        """The value with a number that may hold names."""
        common = lcm(self.origin.denominator, self.step.denominator)
        return ratio(n * int(self.step * common) + int(self.origin * common), common)

    def shown(self, n: int) -> str:
        """The value with a number, for people."""
        return decimal(self.value(n))


def decimal(value: int | Fraction) -> str:
    """0.75, or 1/3, which no decimal is."""
    value = Fraction(value)
    places = next((p for p in range(_MOST_PLACES) if 10**p % value.denominator == 0), None)
    if not places:
        return str(value)
    digits = str(abs(value.numerator) * 10**places // value.denominator).zfill(places + 1)
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def axes_of(
    document: Document,
    size: str | None,
    names: Sequence[str],
    ranges: Sequence[str] = (),
    settings: Mapping[str, object] | None = None,
) -> tuple[Axis, ...]:
    """The values of each name that is searched for.

    Raises SpecError for a name that is none of the network's, for one without a value, and for a range that is none.
    """
    variables = dict(document.vars)
    known = list(dict.fromkeys([*variables, *_free(document, size)]))
    for name in names:
        if name in (settings or {}):
            raise SpecError(
                f"--for {name}: --set gives it a value", "leave out one of the two", code="CNN105"
            )
    # in braces, H may be the height of what enters a layer
    meant = {axis for axes in AXIS_NAMES.values() for axis in axes} - set(names_in_size(size or ""))
    given_elsewhere = {*variables, *names, *(settings or {}), *meant}
    open_names = [n for n in known if n not in given_elsewhere]
    if open_names and set(names) <= set(known):
        told = ", ".join(open_names)
        cure = f"give it a number: --set {open_names[0]}=8, or search for it: --for {','.join([*names, *open_names])}"
        raise SpecError(f"{told} {'has' if len(open_names) == 1 else 'have'} no value", cure, code="CNN115")
    given = _ranges(ranges, names)
    return tuple([_axis(name, variables, known, document, given.get(name)) for name in names])


def _free(document: Document, size: str | None) -> list[str]:
    variables = dict(document.vars)
    of_size = [n for n in names_in_size(size or "") if n not in variables]
    # in expressions, H is the height of what enters a layer, unless the input has that name
    return [*of_size, *(names_in_layers(document.layers) if document.free_names else ())]


def _axis(
    name: str, variables: Mapping[str, object], known: list[str], document: Document, given: str | None
) -> Axis:
    if name not in known:
        close = nearest(name, known)
        cure = f"did you mean '{close}'?" if close else f"names here: {', '.join(known) or 'none'}"
        raise SpecError(f"--for {name}: nothing here is called so", cure, code="CNN114")
    values = [variables.get(name), *(dict(members).get(name) for _, members in document.presets)]
    if any(isinstance(v, str) and not v.startswith("{") for v in values):
        raise SpecError(f"--for {name}: it stands for a text", "search for a number", code="CNN105")
    fractions = [Fraction(repr(v)) for v in values if isinstance(v, float) and v % 1]
    if given is not None:
        return _within(name, given, fractional=bool(fractions))
    if not fractions:
        return Axis(name, 0, None)
    return Axis(name, 0, None, Fraction(1, lcm(_GRID, *(f.denominator for f in fractions))))


def _ranges(texts: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name = text.partition("=")[0].strip()
        if _RANGE.fullmatch(text) is None:
            raise SpecError(
                f"--range {text}: not a range",
                "write --range K=1..11, or width=0.25..1.5/0.05",
                code="CNN105",
            )
        if name not in names:
            raise SpecError(
                f"--range {text}: {name} is not searched for",
                f"searched for: {', '.join(names)}",
                code="CNN105",
            )
        if name in found:
            raise SpecError(f"--range {text}: {name} has two ranges", "give one", code="CNN105")
        found[name] = text
    return found


def _within(name: str, text: str, *, fractional: bool) -> Axis:
    """The values that a range allows: a multiple of 1/100, of 1, or from its beginning in steps that it gives."""
    parts = _RANGE.fullmatch(text)
    if parts is None:
        raise ValueError(text)
    written = [parts[key] for key in ("low", "high", "step") if parts[key]]
    if not parts["low"] or not all(map(_DECIMAL.fullmatch, written)):
        raise SpecError(
            f"--range {text}: its ends and its step are numbers of at most 6 decimals",
            "write --range K=1..11, or width=0.25..1.5/0.05",
            code="CNN105",
        )
    low = Fraction(parts["low"])
    high = Fraction(parts["high"]) if parts["high"] else None
    if high is not None and high < low:
        raise SpecError(
            f"--range {text}: the range is empty", "write the smaller number first", code="CNN105"
        )
    if parts["step"]:
        step = Fraction(parts["step"])
        if not step:
            raise SpecError(f"--range {text}: the step is 0", "give one above 0", code="CNN105")
    else:
        step = Fraction(1, _GRID) if fractional or any("." in w for w in written) else Fraction(1)
    origin = low % step
    lowest = (low - origin) / step
    return Axis(name, int(lowest), None if high is None else int((high - origin) // step), step, origin)
