"""Spec files: that printing is undone by reading, one network in three formats, and every error with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from cnncalc import zoo
from cnncalc.errors import CnncalcError, render
from cnncalc.network import Network, build
from cnncalc.record import replace
from cnncalc.spec.files import document_of_text
from cnncalc.spec.items import Block, Body, Call, Document, Group, Item, Line
from cnncalc.spec.printer import document_as_yaml
from cnncalc.spec.reader import Format, plain, read
from tests.spec import trees
from tests.spec.refused_files import FILES, HEAD
from tests.spec.refused_layers import BEFORE, LAYERS
from tests.spec.texts import to_toml

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
SPECS = [*zoo.families(), *sorted(EXAMPLES.glob("*.cnn.*"))]


@given(trees.documents())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_a_printed_document_is_read_as_the_same(document: Document) -> None:
    assert document_of_text(document_as_yaml(document), "yaml") == document


@given(trees.documents())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_json_says_the_same(document: Document) -> None:
    data = plain(read(document_as_yaml(document), "yaml"))
    assert document_of_text(json.dumps(data), "json") == document


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.name)
def test_real_files_come_back(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    document = document_of_text(text, path.suffix[1:])  # type: ignore[arg-type]
    assert document_of_text(document_as_yaml(document), "yaml") == document


def without_arguments_to_give(data: Any) -> Any:
    """TOML has no null, so blocks in it have defaults for all arguments."""
    if isinstance(data, dict):
        return {k: 8 if v is None else without_arguments_to_give(v) for k, v in data.items()}
    return [without_arguments_to_give(v) for v in data] if isinstance(data, list) else data


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.name)
def test_toml_says_the_same(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    data = without_arguments_to_give(plain(read(text, path.suffix[1:])))  # type: ignore[arg-type]
    expected = document_of_text(json.dumps(data), "json")
    for seed in range(3):
        found = document_of_text(to_toml(data, seed), "toml")
        assert in_order(found) == in_order(expected)


def in_order(document: Document) -> Document:
    """What TOML may write in any order, because a table ends what is before it: presets, blocks and arguments."""
    return replace(
        document,
        presets=tuple(sorted((name, tuple(sorted(given))) for name, given in document.presets)),
        blocks=tuple(
            sorted(
                ((name, replace(b, args=tuple(sorted(b.args)))) for name, b in document.blocks),
                key=lambda pair: pair[0],
            )
        ),
    )


def shapes(network: Network) -> list[tuple[str, str, str]]:
    return [(node.name, repr(node.layer), str(node.output)) for node in network.nodes]


YAML = """\
cnncalc: 1
input: 3x32x32
vars: {width: 8}
blocks:
  unit:
    args: {stride: 1}
    layers: [{res: {main: ["conv3-{C},p1", bn], shortcut: null}}, relu]
layers:
  - stem: conv3-{width},p1
  - {unit: {}, repeat: 2, name: stage}
  - {cat: [[conv1-4], [maxpool: {kernel: 3, stride: 1, padding: 1}]], from: [stem]}
  - {layer: relu bn, when: width > 4}
"""
JSON = """\
{"cnncalc": 1, "input": "3x32x32", "vars": {"width": 8},
 "blocks": {"unit": {"args": {"stride": 1},
                     "layers": [{"res": {"main": ["conv3-{C},p1", "bn"], "shortcut": null}}, "relu"]}},
 "layers": [{"stem": "conv3-{width},p1"},
            {"unit": {}, "repeat": 2, "name": "stage"},
            {"cat": [["conv1-4"], [{"maxpool": {"kernel": 3, "stride": 1, "padding": 1}}]], "from": "stem"},
            {"layer": "relu bn", "when": "width > 4"}]}
"""
TOML = """\
cnncalc = 1
input = "3x32x32"
layers = [
  {stem = "conv3-{width},p1"},
  {unit = {}, repeat = 2, name = "stage"},
  {cat = [["conv1-4"], [{maxpool = {kernel = 3, stride = 1, padding = 1}}]], from = "stem"},
  {layer = "relu bn", when = "width > 4"},
]
[vars]
width = 8
[blocks.unit]
args = {stride = 1}
layers = [{res = {main = ["conv3-{C},p1", "bn"], shortcut = []}}, "relu"]
"""


def test_one_network_in_three_formats() -> None:
    in_yaml, in_json, in_toml = (
        document_of_text(text, form)  # type: ignore[arg-type]
        for text, form in ((YAML, "yaml"), (JSON, "json"), (TOML, "toml"))
    )
    assert in_yaml == in_json == in_toml
    assert shapes(build(in_yaml))[-1] == ("bn1", shapes(build(in_yaml))[2][1], "12x32x32")


def one(line: Line) -> Item:
    (item,) = line.items
    return item


def layers(text: str, blocks: str = "{}") -> tuple[Line, ...]:
    return document_of_text(f"cnncalc: 1\ninput: 3x8x8\nblocks: {blocks}\nlayers:\n{text}", "yaml").layers


def words(text: str) -> tuple[Line, ...]:
    return layers(f"  - '{text}'")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("{conv: {kernel: [3, 5], out: 8, padding: 1x2}}", "conv3x5-8,p1x2"),
        ("{conv: {out: 8, kernel: 3}}", "conv3-8"),
        ("{relu: }", "relu"),
        ("{relu: {}}", "relu"),
        ("{res: [relu, bn]}", None),
        ("{res: relu bn}", "res(relu bn)"),
        ("{res: {main: relu, shortcut: [bn]}}", "res(relu|bn)"),
        ("{cat: [relu, [bn], [], ~]}", "cat(relu|bn||)"),
        ("{cat: {dim: 2}}", "cat,dim=2"),
        ("{add: }", "add"),
        ("{layer: relu, repeat: 3}", None),
    ],
)
def test_long_forms_and_words(item: str, expected: str | None) -> None:
    if expected is not None:
        assert layers(f"  - {item}") == words(expected)


def test_what_may_be_said_of_an_item() -> None:
    (line,) = layers("  - {relu: , name: 7, from: a, repeat: n, index: i, when: true, weights: b}")
    assert one(line) == Item(Call("relu"), trees.HERE, "7", ("a",), "n", "1", "b", "i")
    (line,) = layers("  - {layer: relu bn, from: [a, input], when: x > 1}")
    assert one(line) == Item(Body(words("relu bn")), trees.HERE, None, ("a", "input"), None, "x > 1")
    assert one(layers("  - a: relu")[0]) == Item(Call("relu"), trees.HERE, "a")
    assert one(layers("  - a: [relu, bn]")[0]) == Item(Body((*words("relu"), *words("bn"))), trees.HERE, "a")
    assert one(layers("  - {res: [relu, bn], name: a}")[0]) == Item(
        Group("res", ((*words("relu"), *words("bn")),)), trees.HERE, "a"
    )


def test_repetitions_of_repetitions() -> None:
    twice = one(layers("  - {layer: 3*(relu), repeat: 2}")[0])
    assert twice == Item(Body(words("3*(relu)")), trees.HERE, repeat=2)
    assert one(layers("  - {layer: 3*(relu), name: a}")[0]) == Item(
        Body(words("relu")), trees.HERE, "a", repeat=3
    )


def test_the_whole_of_a_document() -> None:
    text = (
        "cnncalc: 1\nname: n\nsource: s\ninput: 784\nvars: {a: 1, b: '{2*a}', c: 0.5, d: , e: true}\n"
        "presets: {big: {a: 2}}\nblocks: {u: {args: {x: , y: 2}, layers: relu}}\nlayers: [relu]\nexpect: {output: 784}\n"
    ).replace("layers: relu}", "layers: [relu]}")
    document = document_of_text(text, "yaml")
    assert document == Document(
        input="784",
        layers=words("relu"),
        name="n",
        source="s",
        vars=(("a", 1), ("b", "{2*a}"), ("c", 0.5), ("d", None), ("e", True)),
        presets=(("big", (("a", 2),)),),
        blocks=(("u", Block((("x", None), ("y", 2)), words("relu"))),),
        expect=(("output", 784),),
    )
    assert str(document.spans["vars.b"]) == "5:17"
    assert str(document.spans["presets.big.a"]) == "6:20"


def seen(text: str, form: Format = "yaml") -> str:
    """What a person sees of a spec that cannot be built."""
    with pytest.raises(CnncalcError) as caught:
        build(document_of_text(text, form, f"net.{form}"))
    return render(caught.value, text)


def cases(table: str, line: int) -> list[Any]:
    found = [case.strip("\n") for case in table.split("\n\n")]
    return [pytest.param(case, id=case.split("\n")[line][:40].strip("| 6")) for case in found]


@pytest.mark.parametrize("case", cases(FILES, 1))
def test_refused_files(case: str) -> None:
    text, _, expected = case.partition("\n---\n")
    assert seen(f"{text}\n".replace("...\n", HEAD)) == expected


@pytest.mark.parametrize("case", cases(LAYERS, 1))
def test_refused_layers(case: str) -> None:
    layer = case.split("\n")[1].partition("  - ")[2]
    assert seen(f"{BEFORE}{layer}\n").rstrip("\n") == case


QUOTED = [
    ("'relu conv3-8,q1'", "4:28", 2),
    ('"relu conv3-8,q1"', "4:28", 2),
    ("relu conv3-8,q1", "4:27", 2),
    # what is escaped or folded is pointed at as a whole
    (r'"relu \x63onv3-8,q1"', "4:14", 20),
    ("'relu ''conv3-8,q1'", "4:14", 19),
    (">-\n        relu\n        conv3-8,q1", "4:14", 2),
    ("|\n        relu\n        conv3-8,q1", "4:14", 1),
    ("relu\n        conv3-8,q1", "4:14", 4),
    ("conv3-8\n        conv3-8,q1", "4:14", 7),
]


@pytest.mark.parametrize(("string", "place", "length"), QUOTED)
def test_words_in_strings_of_every_style(string: str, place: str, length: int) -> None:
    text = f"cnncalc: 1\ninput: 3x8x8\nlayers:\n  - {{layer: {string}}}\n".replace("{layer", "layer").replace(
        "}\n", "\n"
    )
    text = text.replace("layers:\n  - layer: ", "layers:\n  -   layer: ")
    with pytest.raises(CnncalcError) as caught:
        document_of_text(text, "yaml")
    span = caught.value.diagnostics[0].span
    assert span is not None
    assert (str(span), span.length) == (place, length)


def test_places_in_json_and_toml() -> None:
    assert seen('{"cnncalc": 1, "input": "3x8x8",\n "layers": ["relu", "bn conv3-8,q1"]}', "json").startswith(
        'net.json:2:33: error[CNN121]: conv has no option \'q1\'\n    2 |  "layers": ["relu", "bn conv3-8,q1"]}\n'
        "      |                                 ^^ options"
    )
    assert seen('cnncalc = 1\ninput = "3x8x8"\nlayers = [{conv = {kernel = 3, out = 2.5}}]', "toml") == (
        "net.toml:3:38: error[CNN123]: out is 2.5\n"
        "    3 | layers = [{conv = {kernel = 3, out = 2.5}}]\n"
        "      |                                      ^^^ give an integer"
    )


def test_errors_in_variables_and_presets() -> None:
    head = "cnncalc: 1\ninput: 3x8x8\n"
    assert seen(f"{head}vars: {{a: 2, b: '{{a/c}}'}}\nlayers: [relu]\n") == (
        "net.yaml:3:17: error[CNN114]: nothing is called 'c'\n"
        "    3 | vars: {a: 2, b: '{a/c}'}\n"
        "      |                 ^^^^^^^ known here: a"
    )
    text = f"{head}vars: {{a: 2}}\npresets: {{big: {{a: '{{1/0}}'}}}}\nlayers: [relu]\n"
    with pytest.raises(CnncalcError) as caught:
        build(document_of_text(text, "yaml"), preset="big")
    assert render(caught.value, text) == (
        "4:20: error[CNN150]: 1/0 divides by zero\n"
        "    4 | presets: {big: {a: '{1/0}'}}\n"
        "      |                    ^^^^^^^ check the values of its names"
    )


def test_a_key_twice() -> None:
    assert seen("cnncalc: 1\ninput: 3x8x8\nlayers:\n  - {relu: , name: a, name: b}\n") == (
        "net.yaml:4:23: error[CNN165]: the key 'name' appears twice\n"
        "    4 |   - {relu: , name: a, name: b}\n"
        "      |                       ^^^^ keep one: line 4 has it too"
    )


@pytest.mark.parametrize(
    "item",
    [
        "conv: conv3-3",
        "conv: [conv3-3, bn]",
        "conv: [{res: [dwconv3, bn]}]",
        "fc: linear-3",
        "avgpool: gap",
        "maxpool: adaptivemaxpool2",
        "features: relu",
        "bn1: bn",
        "unit: [{unit: {}}]",
        "unit: unit relu",
        "{layer: relu, name: conv}",
    ],
)
def test_names_of_kinds_and_blocks_for_what_they_say(item: str) -> None:
    (line,) = layers(f"  - {item}", "{unit: {layers: [relu]}}")
    assert one(line).name in ("conv", "fc", "avgpool", "maxpool", "features", "bn1", "unit")
