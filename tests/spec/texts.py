"""Plain data, and texts that hold it, by writers that share nothing with the readers."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any, ClassVar

import yaml
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.spec.reader import Entry, Located

GREATEST = 10**15

characters = st.one_of(
    st.sampled_from("ab01 \n\t\"'\\#:,-?{}[]&*!|>%@`=~.\x85\u2028é😀"),
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff"),
)
strings = st.one_of(
    st.text(characters, max_size=12),
    st.sampled_from(["null", "1e3", "0o17", "no", "conv3-64,p1", "- a", "a: b"]),
)
integers = st.integers(-GREATEST, GREATEST)
floats = st.floats(allow_nan=False, allow_infinity=False)
booleans = st.booleans()


#: PyYAML's emitter writes rare line breaks unescaped, and so loses them
yaml_strings = strings.map(lambda text: text.translate(dict.fromkeys(map(ord, "\x85\u2028\u2029"))))


def nested(keys: st.SearchStrategy[str], scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Scalars, or lists and mappings of them."""
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=12,
    )


numbers = booleans | integers | floats
json_data = nested(strings, st.none() | numbers | strings)
yaml_data = nested(yaml_strings, st.none() | numbers | yaml_strings)
toml_data = st.dictionaries(strings, nested(strings, numbers | strings), min_size=1, max_size=5)


def typed(value: Any) -> Any:
    """The value with every scalar's type, so that 1, 1.0 and True differ, and -0.0 from 0.0."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return [typed(item) for item in value] if isinstance(value, list) else (type(value), repr(value))


def nodes(node: Located) -> Iterator[Located]:
    """Every value of a tree, from the root down."""
    yield node
    if isinstance(node.value, tuple):
        for item in node.value:
            yield from nodes(item)
    elif isinstance(node.value, dict):
        for entry in node.value.values():
            yield from nodes(entry.node)


def entries(node: Located) -> Iterator[tuple[str, Entry]]:
    """Every key of a tree and its entry."""
    for inner in nodes(node):
        if isinstance(inner.value, dict):
            yield from inner.value.items()


class _CoreDumper(yaml.SafeDumper):
    """Quotes whatever the YAML 1.2 core schema (§10.3.2 of its specification) would not read as a string."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _tag, _pattern in {
    "null": "null|Null|NULL|~|",
    "bool": "true|True|TRUE|false|False|FALSE",
    "int": "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
}.items():
    _CoreDumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), None)

yaml_styles = st.fixed_dictionaries(
    {
        "style": st.sampled_from([None, "'", '"', "|", ">"]),
        "default_flow_style": st.sampled_from([None, True, False]),
        "allow_unicode": st.booleans(),
        "width": st.sampled_from([5, 80, 10**6]),
        "indent": st.sampled_from([2, 4]),
        "line_break": st.sampled_from(["\n", "\r\n"]),
        "explicit_start": st.booleans(),
        "explicit_end": st.booleans(),
    }
)


def to_yaml(value: Any, *, style: str | None, **options: Any) -> str:
    """The value as YAML 1.2, strings in the style, by PyYAML's emitter."""

    class Dumper(_CoreDumper):
        pass

    def represent(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent)
    return str(yaml.dump(value, Dumper=Dumper, sort_keys=False, **options))


def to_toml(table: dict[str, Any], seed: int) -> str:
    """The table as TOML, in one of the many ways to write it."""
    return _TomlWriter(random.Random(seed)).document(table)


class _TomlWriter:
    """Writes every value in a way that chance chooses among those that can hold it."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def document(self, table: dict[str, Any]) -> str:
        return self._chance.choice(["", "# a comment\n\n", "\n  "]) + self._body(table, "")

    def _body(self, table: dict[str, Any], prefix: str) -> str:
        """The table's own pairs, then the tables within it."""
        pairs, tables = [], []
        for name, value in table.items():
            key = self.key(name)
            path = f"{prefix}.{key}" if prefix else key
            if isinstance(value, dict) and self._chance.random() < 0.5:
                tables.append(f"[{path}]{self._end()}" + self._body(value, path))
            elif (
                isinstance(value, list)
                and value
                and all(isinstance(v, dict) for v in value)
                and self._chance.random() < 0.7
            ):
                tables += [f"[[{path}]]{self._end()}" + self._body(inner, path) for inner in value]
            elif isinstance(value, dict) and value and self._chance.random() < 0.5:
                pairs += [f"{key} . {self.key(n)} = {self.value(v)}{self._end()}" for n, v in value.items()]
            else:
                pairs.append(f"{key} = {self.value(value)}{self._end()}")
        return "".join(pairs + tables)

    def _end(self) -> str:
        return self._chance.choice(["\n", "  # {[\n", "\r\n", "\n\n"])

    def key(self, name: str) -> str:
        ways = [self._quoted(name)]
        if re.fullmatch("[A-Za-z0-9_-]+", name):
            ways.append(name)
        if not re.search("['\n\r]", name) and name.isprintable():
            ways.append(f"'{name}'")
        return self._chance.choice(ways)

    @staticmethod
    def _quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    def value(self, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.key(k)} = {self.value(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            gap = self._chance.choice(["", " ", "\n\t", " # ]\n"])
            comma = "," if value and self._chance.random() < 0.5 else ""
            return "[" + gap + f",{gap}".join(self._in_line(v) for v in value) + comma + gap + "]"
        return self._scalar(value)

    def _in_line(self, value: Any) -> str:
        return self.value(value)

    def _scalar(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            ways = [f"{value}", f"{value:_}"] + (
                [hex(value), oct(value), bin(value), f"+{value}"] if value >= 0 else []
            )
            return self._chance.choice(ways)
        if isinstance(value, float):
            return repr(value)
        return self._string(value)

    def _string(self, text: str) -> str:
        quoted = self._quoted(text)
        ways = [
            quoted,
            f'"""{quoted[1:-1]}"""',
            f'"""\n{quoted[1:-1]}"""',
            f'"""\\\n  {quoted[1:-1]}"""' if text[:1].strip() else quoted,
        ]
        if "\r" not in text and "'" not in text:
            ways += [f"'''\n{text}'''"] + ([f"'{text}'"] if "\n" not in text else [])
        return self._chance.choice(ways)
