"""Numbers as people type them: 37,632; 37 632; 37.6k; 1e3; 3/4; 75 %; 784 KiB; 4.1 GMACs; 9*64*64 + 64."""

from __future__ import annotations

import re
from fractions import Fraction
from math import isqrt

from cnncalc.errors import FormulaError
from cnncalc.practice.reading.model import Quantity, Unread
from cnncalc.practice.reading.text import cleaned, quoted
from cnncalc.symbolic import Formula

__all__ = ["quantities"]

_DECIMAL = re.compile(
    r"""(?P<sign>[+-]?)\s*
    (?:(?P<grouped>[1-9]\d{0,2}(?:(?P<mark>[,_' ])\d{3})(?:(?P=mark)\d{3})*(?!\d)(?:\.\d*)?)
      |(?P<plain>\d[\d_]*(?:[.,]\d*)?|[.,]\d+))
    (?:[eE](?P<power>[+-]?\d{1,2}))?(?![\w.,]*[\d(])""",
    re.VERBOSE,
)
_ARITHMETIC = re.compile(r"[-+*/^().,_\d ]*[\d)]")
_ROOT = re.compile(r"(?:sqrt|√)\s*(?P<of>\(.*\)|[\d.]+)$")
_UNIT = re.compile(r"[^\W\d_]|[%×]")

_THOUSANDS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
_WORDS = {"thousand": "k", "million": "m", "billion": "g", "trillion": "t"}
_BYTES: dict[str, tuple[Fraction, ...]] = {
    "bit": (Fraction(1, 8),),
    "b": (Fraction(1),),
    "byte": (Fraction(1),),
    # KB means KiB in most courses, and 1,000 bytes elsewhere
    **{
        f"{letter}{end}": factors
        for power, letter in enumerate("kmgt", start=1)
        for end, factors in (
            ("", (Fraction(1024**power),)),
            ("i", (Fraction(1024**power),)),
            ("ib", (Fraction(1024**power),)),
            ("b", (Fraction(1024**power), Fraction(1000**power))),
        )
    },
}
_OPERATIONS = {"mac": 2, "flop": 1}
#: units that only name what is counted anyway
_COUNTS = frozenset(
    ("activation", "bias", "channel", "element", "filter", "kernel", "layer", "neuron", "number", "param")
) | {
    *("parameter", "pixel", "px", "position", "row", "statistic", "time", "unit", "value", "weight", "x", "×")
}


def quantities(text: str, unit: str) -> tuple[Quantity, ...]:
    """What a text can mean as a number, in a unit.

    Raises Unread.
    """
    text = cleaned(text)
    found = _DECIMAL.match(text)
    if found and not re.match(r"\s*[-+*/^(]", text[found.end() :]):
        number, rest = _decimal(found), text[found.end() :]
    else:
        number, rest = _worked_out(text)
    return tuple([_times(number, factor, said) for factor, said in _factors(rest.strip(), unit, number)])


def _times(number: Quantity, factor: Fraction, said: str) -> Quantity:
    return Quantity(number.value * factor, number.step * factor, number.digits, said)


def _decimal(found: re.Match[str]) -> Quantity:
    if found["grouped"]:
        digits = re.sub("[,_' ]", "", found["grouped"])
    else:
        digits = found["plain"].replace("_", "").replace(",", ".")
    if len(digits) > 40:
        raise Unread("That number has too many digits.")
    whole, _, decimals = digits.partition(".")
    power = int(found["power"] or 0)
    step = Fraction(10) ** (power - len(decimals))
    value = int(whole + decimals or "0") * step
    significant = len((whole + decimals).lstrip("0"))
    return Quantity(-value if found["sign"] == "-" else value, step, significant)


def _worked_out(text: str) -> tuple[Quantity, str]:
    """Exact arithmetic, and what stands behind it."""
    root = _ROOT.match(text)
    if root:
        return Quantity(_root(_evaluated(root["of"]))), ""
    text = re.sub(r"(?<=\d)\s*x\s*(?=\d)", "*", text)
    found = _ARITHMETIC.match(text)
    if not found:
        raise Unread("There is no number in it.")
    return Quantity(_evaluated(found[0])), text[found.end() :]


def _evaluated(text: str) -> Fraction:
    text = re.sub(r"(?<=\d)[,_](?=\d{3}(?!\d))", "", text)
    try:
        return Fraction(Formula(text).evaluate({}))
    except FormulaError:
        raise Unread("It cannot be worked out.") from None


def _root(square: Fraction) -> Fraction:
    if square >= 0:
        top, bottom = isqrt(square.numerator), isqrt(square.denominator)
        if Fraction(top, bottom) ** 2 == square:
            return Fraction(top, bottom)
    raise Unread("That root is no fraction: give it as a decimal.")


def _factors(typed: str, unit: str, number: Quantity) -> list[tuple[Fraction, str]]:
    """What a number with what is typed behind it may have to be multiplied by; the unit that it then says, if another."""
    wanted, words = _singular(unit), typed.casefold()
    if not words or words == unit.casefold():
        bare = [(Fraction(1), "")]
        # 0.75 and 3/4 are 75 %
        return [*bare, (Fraction(100), "")] if unit == "%" and not words and abs(number.value) <= 10 else bare
    if words in ("%", "percent", "per cent"):
        if unit in ("%", ""):
            return [(Fraction(1 if unit else Fraction(1, 100)), "")]
        raise Unread(f"{_asked(unit)}, not per cent.")
    if unit == "%":
        raise Unread("A percentage is asked.")
    if wanted in _BYTES:
        return _in_bytes(words, wanted, typed)
    return _counted(words, wanted, unit, typed)


def _in_bytes(words: str, wanted: str, typed: str) -> list[tuple[Fraction, str]]:
    short = re.sub(r"^(?:(kibi|mebi|gibi|tebi)|(kilo|mega|giga|tera))?bytes?$", _abbreviated, words)
    factors = _BYTES.get(short.removesuffix("s"))
    if factors is None:
        raise Unread(f"{quoted(typed)} is no unit of memory: bytes, KiB, MiB and GiB are.")
    return [(factor / own, "") for factor in factors for own in _BYTES[wanted]]


def _abbreviated(found: re.Match[str]) -> str:
    """kilobyte is KB, kibibyte KiB."""
    return f"{found[1][0]}ib" if found[1] else f"{found[2][0]}b" if found[2] else "b"


def _counted(words: str, wanted: str, unit: str, typed: str) -> list[tuple[Fraction, str]]:
    """k, M, G, then perhaps a word for what is counted."""
    for word, letter in _WORDS.items():
        words = re.sub(rf"^{word}\b\s*", letter, words)
    if words.rstrip("s") in _BYTES and words.rstrip("s") not in _THOUSANDS:
        raise Unread(f"{_asked(unit)}, not bytes.")
    for letter, factor in _THOUSANDS.items():
        if not words.startswith(letter):
            continue
        counted = _singular(words[len(letter) :].strip())
        if counted in ("", wanted) or (counted in _COUNTS and wanted not in _OPERATIONS):
            return [(Fraction(factor), "")]
        if counted in _OPERATIONS:
            if wanted in _OPERATIONS:
                return [(Fraction(factor * _OPERATIONS[counted], _OPERATIONS[wanted]), counted.upper() + "s")]
            raise Unread(f"{_asked(unit)}, not {counted.upper()}s.")
    raise Unread(f"{quoted(typed)} is not known as a unit: leave it out.")


def _asked(unit: str) -> str:
    return f"The answer is asked in {unit}" if unit else "A plain number is asked"


def _singular(word: str) -> str:
    word = word.casefold()
    return "bias" if word == "biases" else word.removesuffix("s") if word != "bias" else word
