"""Right answers as people may type them, written without the code that reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from cnncalc.practice.answers import Answer, Expression, Integers, Matrix, Number, Parts, Size, Valid
from cnncalc.symbolic import to_text

BYTES = {"bytes": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def spellings(answer: Answer) -> Iterator[str]:
    """At least two texts for every answer."""
    match answer:
        case Number(value, unit):
            yield from of_number(Fraction(value), unit)
        case Size(sizes):
            texts = [str(size) for size in sizes]
            for mark in ("x", "×", ", ", " x ", "*", " ", ";"):
                yield mark.join(texts)
            yield f"({','.join(texts)})"
            yield f"[{', '.join(texts)}]"
        case Matrix(rows):
            cells = [[str(value) for value in row] for row in rows]
            yield "; ".join(" ".join(row) for row in cells)
            yield "\n".join(", ".join(row) for row in cells)
            inner = ["[" + ", ".join(row) + "]" for row in cells]
            yield "[" + ", ".join(inner) + "]"
        case Integers(values, onwards):
            yield from of_integers(values, onwards=onwards)
        case Expression(numerator, denominator):
            yield from of_expression(to_text(numerator), to_text(denominator))
        case Valid(names, _, smallest):
            yield ", ".join(f"{name}={value}" for name, value in zip(names, smallest, strict=True))
            yield " ".join(map(str, smallest))
            yield "; ".join(f"{n}: {v}" for n, v in reversed(list(zip(names, smallest, strict=True))))
        case Parts(parts):
            yield from of_parts(parts)


def of_number(value: Fraction, unit: str) -> Iterator[str]:
    if value.denominator == 1:
        whole = int(value)
        yield from (
            f"{whole}",
            f"{whole:,}",
            f"{whole:_}",
            f"{whole:,}".replace(",", " "),
            f" {whole} ",
            f"= {whole}",
        )
        yield f"{whole} {unit}".strip()
        yield str(whole).replace("-", "−")
        if whole % 1000 == 0 and whole and unit not in (*BYTES, "%"):
            yield f"{whole // 1000}k"
            yield f"{whole // 1000} thousand {unit}".strip()
            yield f"{whole // 1000}e3"
    else:
        yield f"{value.numerator}/{value.denominator}"
        yield f"{value.numerator} / {value.denominator}"
        if unit in ("", "%"):
            yield f"{float(value):.6g}"
            if abs(value) >= 1:
                yield (
                    f"{float(value):.6g}".replace(".", ",")
                    if "." in f"{float(value):.6g}"
                    else f"{float(value):.6g}"
                )
    if unit == "%":
        yield f"{float(value):.1f} %"
        yield f"{float(value):.4f}%"
    elif unit in BYTES:
        yield f"{value * BYTES[unit]} bytes"
    elif unit == "MACs":
        yield f"{2 * value} FLOPs"
    elif unit == "":
        yield f"{100 * value} %"


def of_integers(values: tuple[int, ...], *, onwards: bool) -> Iterator[str]:
    if not values:
        yield from ("none", "{}", "None", "no solutions", "∅")
    elif onwards and len(values) == 1:
        first = values[0]
        yield from (
            f"N >= {first}",
            f"≥ {first}",
            f"{first} or more",
            f"at least {first}",
            f"{first}+",
            f"> {first - 1}",
        )
        yield f"{first}, {first + 1}, {first + 2}, ..."
    elif onwards:
        yield f"{', '.join(map(str, values))}, and all larger ones"
    else:
        texts = list(map(str, values))
        yield ", ".join(texts)
        yield f"{{{','.join(texts)}}}"
        yield " or ".join(texts)
        yield " and ".join(reversed(texts))
        if len(values) > 1 and values == tuple(range(values[0], values[-1] + 1)):
            for mark in ("..", "-", " to ", "–", "...", " … "):
                yield f"{values[0]}{mark}{values[-1]}"
            yield f"{values[0]} <= n <= {values[-1]}"


def of_expression(numerator: str, denominator: str) -> Iterator[str]:
    import sympy

    text = numerator if denominator == "1" else f"({numerator})/({denominator})"
    yield text
    yield text.replace("^", "**")
    yield text.replace("^2", "²").replace("^3", "³").replace("*", " · ")
    if "//" not in text and "floor" not in text and "max" not in text and "min" not in text:
        names = {name: sympy.Symbol(name) for name in re.findall(r"[A-Za-z_]\w*", text)}
        parsed = sympy.sympify(text.replace("^", "**"), locals=names)
        for form in (sympy.factor(parsed), sympy.expand(parsed), sympy.together(parsed)):
            written = str(form).replace("**", "^")
            yield written
            if all(len(name) == 1 for name in names):
                yield re.sub(r"(?<=[\w)])\*(?=[A-Za-z(])", "", written)


def of_parts(parts: tuple[tuple[str, Answer], ...]) -> Iterator[str]:
    first = [next(spellings(part)) for _, part in parts]
    labels = [label for label, _ in parts]
    # what is a list itself stands within ; only on a line of its own
    listed = [
        text.replace(";", " ") if isinstance(part, Matrix) else text
        for text, (_, part) in zip(first, parts, strict=True)
    ]
    yield "; ".join(listed)
    yield "\n".join(f"{label}: {text}" for label, text in zip(labels, listed, strict=True))
    yield "; ".join(f"{label} = {text}" for label, text in reversed(list(zip(labels, listed, strict=True))))
