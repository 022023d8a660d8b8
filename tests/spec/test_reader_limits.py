from __future__ import annotations

import pytest

from cnncalc.errors import SpecError
from cnncalc.spec.reader import Format, plain, read


@pytest.mark.parametrize("format_", ["yaml", "json", "toml"])
@pytest.mark.parametrize("number", [10**15, -(10**15), 10**15 + 1, -(10**15) - 1])
def test_integers_reach_to_ten_to_the_fifteenth(format_: Format, number: int) -> None:
    text = {"yaml": f"k: {number}", "json": f'{{"k": {number}}}', "toml": f"k = {number}"}[format_]
    if abs(number) <= 10**15:
        assert plain(read(text, format_)) == {"k": number}
    else:
        with pytest.raises(SpecError, match=r"beyond 10\^15"):
            read(text, format_)


def deep(kind: str, depth: int) -> str:
    """A text whose lists or mappings are nested so deep."""
    return {
        "block": "- " * depth + "x",
        "list": "[" * depth + "]" * depth,
        "mapping": '{"a": ' * (depth - 1) + "{}" + "}" * (depth - 1),
        "array": "k = " + "[" * (depth - 1) + "]" * (depth - 1),
        "table": "k = " + "{a = " * (depth - 2) + "{}" + "}" * (depth - 2),
        "header": "[" + ".".join("k" * (depth - 1)) + "]",
        "headers": "[[" + ".".join("k" * (depth - 2)) + "]]",
        "dotted": ".".join("k" * depth) + " = 1",
    }[kind]


@pytest.mark.parametrize(
    ("format_", "kind"),
    [("yaml", kind) for kind in ("block", "list", "mapping")]
    + [("json", kind) for kind in ("list", "mapping")]
    + [("toml", kind) for kind in ("array", "table", "header", "headers", "dotted")],
)
def test_nesting_reaches_to_sixty_four(format_: Format, kind: str) -> None:
    inner = plain(read(deep(kind, 64), format_))
    depth = 0
    while isinstance(inner, (list, dict)):
        depth += 1
        inner = next(iter(inner.values() if isinstance(inner, dict) else inner), None)
    assert depth == 64
    with pytest.raises(SpecError, match="nested deeper than 64"):
        read(deep(kind, 65), format_)


@pytest.mark.parametrize(
    ("format_", "text", "places"),
    [
        ("yaml", "[a, b, {c: d}]", 6),
        ("json", '["a", "b", {"c": "d"}]', 6),
        ("toml", "a = [1]\nb = {}", 5),
        ("toml", "[a]\n[[b]]", 4),
        ("toml", "a.b = 1\nc = 2", 6),
    ],
)
def test_keys_and_values_are_counted_where_they_stand(
    format_: Format, text: str, places: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnncalc.spec.source.MOST_VALUES", places)
    assert plain(read(text, format_))
    monkeypatch.setattr("cnncalc.spec.source.MOST_VALUES", places - 1)
    with pytest.raises(SpecError, match=f"more than {places - 1} keys and values"):
        read(text, format_)


def test_a_text_may_have_sixteen_mebi_characters() -> None:
    assert plain(read("a" * 2**24, "yaml")) == "a" * 2**24
    with pytest.raises(SpecError, match="the text has 16,777,217 characters"):
        read("a" * (2**24 + 1), "yaml")


# -- hostile texts: what matters is that they end


LONG = 300_000

HOSTILE = {
    "yaml": {
        "lists": ("[" * LONG, "CNN163"),
        "lists line by line": ("[\n" * LONG, "CNN163"),
        "mappings": ("{a: " * LONG, "CNN163"),
        "blocks": ("- " * LONG, "CNN163"),
        "quoted keys": ('{"a":' * LONG, "CNN163"),
        "closed": ("]" * LONG, "CNN101"),
        "complex keys": ("? " * LONG, "CNN166"),
        "digits": ("1" * 10_000_000, "CNN171"),
        "digits of a float": ("1" * 10_000_000 + ".5", "CNN171"),
        "digits of a key": ("1" * 10_000_000 + ": 1", "CNN171"),
        "laughs": ("a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(50)), "CNN167"),
        "anchor": ("&" + "a" * LONG, "CNN167"),
        "tags": ("!a" * LONG, "CNN168"),
        "directives": ("".join(f"%TAG !{n}! x\n" for n in range(LONG)), "CNN170"),
        "late directives": ("a: 1\n...\n" + "".join(f"%TAG !{n}! x\n" for n in range(LONG)), "CNN170"),
        "documents": ("a\n---\n" * LONG, "CNN169"),
        "comments": ("# c\n" * LONG, "CNN160"),
        "tabs": ("a:\n" + "\t" * LONG + "b", "CNN101"),
        "values": ("[" + "[]," * 200_000 + "]", None),
        "line of text": ("a " * LONG, None),
        "lines of text": ("a\n" * LONG, None),
        "empty lines": ('"' + "\n" * LONG + '"', None),
        "escapes": ('"' + "\\n" * LONG + '"', None),
        "document ends": ("a\n" + "...\n" * LONG, None),
    },
    "json": {
        "lists": ("[" * LONG, "CNN163"),
        "objects": ('{"a":' * LONG, "CNN163"),
        "digits": ("1" * 10_000_000, "CNN171"),
        "digits of a float": ("0." + "1" * 10_000_000, "CNN171"),
        "open string": ('"' + "a" * LONG, "CNN101"),
        "quotes": ('"' * LONG, "CNN101"),
        "backslashes": ('"' + "\\" * LONG, "CNN101"),
        "space": (" " * LONG, "CNN160"),
        "values": ("[" + "[]," * 200_000 + "0]", None),
        "escapes": ('"' + "\\n" * LONG + '"', None),
    },
    "toml": {
        "arrays": ("a = " + "[" * LONG, "CNN163"),
        "tables": ("a = " + "{a = " * LONG, "CNN163"),
        "dotted key": ("a." * LONG + "a = 1", "CNN163"),
        "header": ("[" + "a." * LONG + "a]", "CNN163"),
        "digits": ("a = " + "1" * 10_000_000, "CNN171"),
        "separated digits": ("a = 1" + "_1" * 5_000_000, "CNN171"),
        "digits of a float": ("a = 1." + "1" * 10_000_000, "CNN171"),
        "dates": ("a = " + "1979-05-27" * LONG, "CNN173"),
        "open string": ("a = '''" + "''a" * LONG, "CNN101"),
        "open escapes": ('a = """' + "\\n" * LONG, "CNN101"),
        "quotes": ('a = """' + '"' * LONG, "CNN101"),
        "comments": ("# c\n" * LONG, "CNN160"),
        "headers": ("[[a]]\n" * (LONG // 3), None),
        "deep keys": ("".join(f"{'a.' * 62}a{n} = 1\n" for n in range(2000)), None),
        "escapes": ('a = "' + "\\n" * LONG + '"', None),
        "joined lines": ('a = """' + "\\\n" * LONG + '"""', None),
    },
}


@pytest.mark.parametrize(
    ("format_", "name"), [(format_, name) for format_, texts in HOSTILE.items() for name in texts]
)
def test_hostile_texts_end(format_: Format, name: str) -> None:
    text, code = HOSTILE[format_][name]
    if code is None:
        assert read(text, format_)
    else:
        with pytest.raises(SpecError) as caught:
            read(text, format_)
        assert [d.code for d in caught.value.diagnostics] == [code]
