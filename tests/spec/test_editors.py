"""What an editor that knows the JSON Schema says of a spec is what our own reader says of its structure.

Structure is what can be told of a file without reading the texts in it: which keys there are, which are missing, how many there
may be, and of which type, range or form every value is. Not structure, and left to the reader, is

- what words say, and how often they repeat it ("3*(relu)");
- what names stand for: kinds that are nowhere defined, blocks, variables of presets;
- expressions; and what depends on their values;
- whether layers fit where they stand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from cnncalc import zoo
from cnncalc.errors import CnncalcError, Diagnostic
from cnncalc.layers import KINDS
from cnncalc.spec import sequences
from cnncalc.spec.counterpart import counterpart_of
from cnncalc.spec.expectations import expectations_of
from cnncalc.spec.fields import fields_of
from cnncalc.spec.files import document_of_text
from cnncalc.spec.items import GROUPS, OPTIONS, Line
from cnncalc.spec.reader import plain, read
from cnncalc.spec.schema import json_schema
from cnncalc.spec.words import parse_words
from tests.console import ROOT, run

SCHEMA = json_schema()
VALIDATOR = Draft7Validator(SCHEMA)
FILES = [*zoo.families(), *sorted((ROOT / "examples").rglob("*.cnn.*"))]

#: every part that a spec can have
FULL: dict[str, Any] = {
    "cnncalc": 1,
    "name": "full",
    "source": "nowhere",
    "input": "3x32x32",
    "vars": {"width": 16, "share": 0.5, "act": "relu", "flag": True, "none": None},
    "presets": {"small": {"width": 8}, "large": {"width": 32, "act": "gelu"}},
    "blocks": {
        "unit": {
            "args": {"out": None, "stride": 1},
            "layers": [{"conv": {"kernel": 3, "out": "{out}", "stride": "{stride}", "padding": 1}}, "bn"],
        },
        "plain": {"layers": ["relu"]},
    },
    "layers": [
        "conv3-16,p1 bn relu",
        {"conv": {"kernel": [3, 3], "out": 16, "padding": "same", "bias": False}, "name": "a"},
        {"unit": {"out": 16}, "repeat": 2, "name": "b{i}", "index": "i"},
        {"plain": None, "when": "C > 1"},
        {"res": {"main": ["conv3-16,p1", "bn"], "shortcut": None}, "name": "r"},
        {"cat": [["conv1-8"], ["conv3-8,p1"], None], "name": "c"},
        {"add": None, "from": ["a", "r"]},
        {"layer": "relu", "from": "a", "weights": None, "name": 7},
        {"features": ["relu", {"maxpool": {"kernel": 2}}]},
        {"stem": "conv3-4"},
        {"{act}": {}},
        {"upsample": {"scale": 2, "mode": "nearest"}, "repeat": "{width//16}"},
        {"res": ["relu"]},
        {"mul": [None, "gap"]},
        {"cat": {"dim": 1}, "from": ["a", "r"], "when": False},
    ],
    "module": {"make": "models:Small", "kwargs": {"a": 1, "b": None, "c": "x"}, "names": {"a": "b.c"}},
    "expect": {
        "output": 10,
        "params": [1, "<= 3k"],
        "trainable": "1M..2M",
        "buffers": 0,
        "macs": "4.09G",
        "flops": 1,
        "rf": {"size": 3, "jump": "1"},
        "memory": {
            "weights": 1,
            "activations": 2,
            "peak": "<= 1Ki",
            "total": 3,
            "batch": 2,
            "dtype": "float16",
        },
        "fold": "all",
        "depth": 3,
        "layers": {"a": {"output": "64x8x8", "fold": 0, "memory": {"weights": 1, "batch": 1}}},
        "presets": {"small": {"params": 3, "layers": {"a": {"params": 1}}}},
    },
}

# the two readers


def loaded(path: Path) -> Any:
    return plain(read(path.read_text(encoding="utf-8"), path.suffix[1:]))  # type: ignore[arg-type]


def refused(data: Any) -> Diagnostic | None:
    """What our reader says of a file's structure: all words are taken for good ones, and for what they are called."""
    relu = parse_words("relu")

    def words(text: str, *rest: Any, **more: Any) -> Line:
        return relu if text.strip() else parse_words(text, *rest, **more)

    with (
        mock.patch.object(sequences, "parse_words", words),
        mock.patch.object(sequences, "_family", return_value=""),
    ):
        try:
            document = document_of_text(json.dumps(data), "json")
            expectations_of(document)
            counterpart_of(document)
        except CnncalcError as error:
            return error.diagnostics[0]
    return None


def is_structural(found: Diagnostic) -> bool:
    if found.code in ("CNN110", "CNN113", "CNN150"):  # names that stand for nothing, and expressions
        return False
    # both depend on what words say
    return not re.search("is a block, but no .* stands under it|index without repeat", found.message)


def agree(data: Any) -> None:
    found = refused(data)
    if found is None or is_structural(found):
        errors = [error.message for error in VALIDATOR.iter_errors(data)]
        assert (found is not None) == bool(errors), (found, errors)


# laws

#: values of every type, and texts of every form
VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        3,
        2.5,
        "relu",
        "abc",
        "3x5",
        "{width}",
        "",
        " ",
        "all",
        "<= 3k",
        "1..2",
        "10",
    ),
    *("a:b", "a.b:C", "input", "float32", "true", "H", "a b", "0x3", [], [3], ["relu"], [None], [[]], {}),
    *({"a": 1}, {"relu": None}, {"kernel": 3, "out": 4}, {"main": ["relu"]}, {"main": []}, [3, "<= 4"]),
]
KEYS = [
    *(
        *OPTIONS,
        *GROUPS,
        "layer",
        "conv",
        "relu",
        "conv3",
        "main",
        "shortcut",
        "kernel",
        "out",
        "layers",
        "args",
    ),
    *(
        "input",
        "params",
        "macs",
        "memory",
        "rf",
        "peak",
        "batch",
        "dtype",
        "presets",
        "expect",
        "make",
        "names",
    ),
    *("kwargs", "x", "a b", "a.b", "{act}", "H", "if", "unit", "", "expcet"),
]


#: among them the one with every part as often as any other
GOOD = [*[FULL] * 20, *map(loaded, FILES)]


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield from paths(member, (*path, key))


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


@st.composite
def mutants(draw: st.DrawFn) -> Any:
    """A good file in which one thing or two have been renamed, left out, added, or given another value."""
    data = copy(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 2))):
        everywhere = [path for path in paths(data) if path]
        *home, key = draw(st.sampled_from(everywhere))
        parent = at(data, tuple(home))
        value = st.sampled_from(VALUES) | st.sampled_from(everywhere).map(lambda p, d=data: copy(at(d, p)))
        match draw(st.sampled_from(["value", "rename", "remove", "add", "wrap"])):
            case "value":
                parent[key] = draw(value)
            case "rename" if isinstance(parent, dict):
                new = draw(st.sampled_from([*KEYS, f"{key}x", str(key)[:-1]]))
                entries = [(new if name == key else name, member) for name, member in parent.items()]
                parent.clear()
                parent.update(entries)
            case "remove":
                del parent[key]
            case "add" if isinstance(parent, dict):
                parent[draw(st.sampled_from(KEYS))] = draw(value)
            case _:
                parent[key] = [parent[key]]
    return data


@given(mutants())
@settings(deadline=None, max_examples=400)
def test_they_agree_on_whatever_is_done_to_a_file(data: Any) -> None:
    agree(data)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_they_accept_every_real_file(path: Path) -> None:
    data = loaded(path)
    assert (refused(data), list(VALIDATOR.iter_errors(data))) == (None, [])


def test_they_accept_every_part() -> None:
    assert (refused(FULL), list(VALIDATOR.iter_errors(FULL))) == (None, [])


def test_they_accept_what_init_writes(tmp_path: Path) -> None:
    assert run("init", folder=tmp_path).code == 0
    VALIDATOR.validate(loaded(tmp_path / "net.cnn.yaml"))
    beside = json.loads((tmp_path / "cnncalc.schema.json").read_text(encoding="utf-8"))
    assert beside == SCHEMA


#: slips of the pen: where, and what is put there
SLIPS = [
    (("layres",), ["relu"]),
    (("expect", "parms"), 3),
    (("expect", "params"), "all"),
    (("expect", "params"), -1),
    (("expect", "macs"), "about 4G"),
    (("expect", "fold"), ["all"]),
    (("expect", "output"), "64x"),
    (("expect", "memory", "dtype"), "float31"),
    (("expect", "memory", "batch"), 0),
    (("expect", "layers", "a", "depth"), 3),
    (("expect", "layers", "a", "memory", "peak"), 3),
    (("module",), "models.Small"),
    (("module",), ""),
    (("module",), {}),
    (("module", "names", "a"), 3),
    (("presets", "small", "width"), [3]),
    (("vars", "C"), 3),
    (("blocks", "conv3"), {"layers": ["relu"]}),
    (("blocks", "unit", "arg"), {}),
    (("layers", 1, "conv", "strid"), 3),
    (("layers", 1, "conv", "bias"), "yes"),
    (("layers", 1, "conv", "padding"), True),
    (("layers", 1, "reapeat"), 2),
    (("layers", 1, "repeat"), 2.5),
    (("layers", 2, "unit", "out"), [16]),
    (("layers", 3, "relu"), None),
    (("layers", 5, "cat"), [[]]),
    (("layers", 5, "cat"), []),
    (("layers", 9, "name"), "x"),
    (("layers", 12, "res"), []),
    (("layers", 11, "upsample", "mode"), "nearly"),
]


@pytest.mark.parametrize(
    ("path", "value"), SLIPS, ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else ""
)
def test_they_refuse_slips_of_the_pen(path: tuple[str | int, ...], value: Any) -> None:
    data = copy(FULL)
    at(data, path[:-1])[path[-1]] = value
    assert refused(data) is not None
    assert not VALIDATOR.is_valid(data)


# what else editors need


HOLDS_MANY = ("properties", "patternProperties", "definitions")
HOLDS_ONE = ("anyOf", "items", "additionalProperties")
#: what a value must not be, on which condition more is asked of it, and what keys look like
SAYS_NOTHING = ("not", "if", "then", "propertyNames")


def schemas(schema: Any, *words: str) -> Iterator[dict[str, Any]]:
    """A schema and all schemas in it; by default those that tell a person what may stand somewhere."""
    if isinstance(schema, dict):
        yield schema
        for word, said in schema.items():
            if word in HOLDS_MANY or word in HOLDS_ONE or word in words:
                several = said.values() if word in HOLDS_MANY else said if isinstance(said, list) else [said]
                for one in several:
                    yield from schemas(one, *words)


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_every_property_has_a_text_to_hover_over() -> None:
    bare = [
        name
        for schema in schemas(SCHEMA)
        for name, said in schema.get("properties", {}).items()
        if not said.get("description")
    ]
    assert bare == []


def test_every_kind_and_field_can_be_completed() -> None:
    item = SCHEMA["definitions"]["item"]["anyOf"][1]
    assert {*KINDS, *GROUPS, *OPTIONS, "layer"} == set(item["properties"])
    for name in KINDS:
        fields = SCHEMA["definitions"][f"kind-{name}"]["properties"]
        assert list(fields) == list(fields_of(name))
        for field, spec in fields_of(name).items():
            offered = [
                o
                for one in schemas(fields[field])
                for o in (*one.get("enum", ()), *([one["const"]] if "const" in one else ()))
            ]
            assert offered == list(spec.choices)


def test_every_reference_leads_somewhere() -> None:
    references = {schema["$ref"] for schema in schemas(SCHEMA, *SAYS_NOTHING) if "$ref" in schema}
    assert {r.removeprefix("#/definitions/") for r in references} <= set(SCHEMA["definitions"])


def test_patterns_are_those_that_javascript_knows() -> None:
    """No possessive repetition, atomic group, named group of Python's, or flag within."""
    patterns = [one["pattern"] for one in schemas(SCHEMA, *SAYS_NOTHING) if "pattern" in one]
    patterns += [key for one in schemas(SCHEMA, *SAYS_NOTHING) for key in one.get("patternProperties", {})]
    assert len(patterns) > 10
    assert [p for p in patterns if re.search(r"[*+?}]\+|\(\?(?!:|=|!)|\\[AZz]", p)] == []
