"""Random networks: what is drawn, what is found, how it is made smaller, and what is printed."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import torch

from cnncalc.errors import CnncalcError, LayerError
from cnncalc.layers import KINDS, Derivation
from cnncalc.layers.batch_norm import BatchNorm
from cnncalc.layers.conv import Conv
from cnncalc.layers.merge import Mul
from cnncalc.layers.pool import MaxPool
from cnncalc.network import Network, build
from cnncalc.record import replace
from cnncalc.spec.fields import fields_of
from cnncalc.spec.items import Body, Call, Document
from cnncalc.symbolic import Formula
from cnncalc.verification import QUANTITIES, verify_random
from cnncalc.verification.random.draw import drawn
from cnncalc.verification.random.shrink import shrunk
from cnncalc.verification.random.text import calls, items_of, read, written
from tests.console import Ran, run, run_line
from tests.verify.mutants import forget

torch.set_num_threads(1)


def built(document: Document) -> Network:
    """The network without the detour over text."""
    return build(replace(document, free_names=True))


@pytest.fixture(scope="module")
def networks() -> list[tuple[Document, Network | LayerError]]:
    """2,000 drawn networks, or why cnncalc refuses them."""
    found: list[tuple[Document, Network | LayerError]] = []
    for number in range(2000):
        document = drawn(1, number)
        try:
            found.append((document, built(document)))
        except LayerError as error:
            found.append((document, error))
    return found


def test_a_seed_and_a_number_decide_a_network() -> None:
    first = [drawn(3, number) for number in range(60)]
    assert first == [drawn(3, number) for number in range(60)]
    assert sum(a == drawn(4, number) for number, a in enumerate(first)) < 5
    assert len({written(d).text for d in first}) > 50


def test_a_network_does_not_depend_on_how_many_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    monkeypatch.setattr(
        "cnncalc.verification.random.run.judged", lambda spec, how: texts.append(spec.text) or OUTCOME
    )
    verify_random(5, seed=9)
    verify_random(8, seed=9)
    assert texts[:5] == texts[5:10]


def test_what_is_written_is_read_as_the_same(networks: list[tuple[Document, Network | LayerError]]) -> None:
    """Layers, inputs and shapes; names of layers may differ, as a file has to name what it repeats."""
    words = 0
    for document, expected in networks[:400]:
        spec = written(document)
        words += spec.is_words
        if isinstance(expected, Network):
            found = read(spec)
            assert [replace(n, name="", origin=None) for n in found.nodes] == [
                replace(n, name="", origin=None) for n in expected.nodes
            ], spec.text
            assert found.output == expected.output
        else:
            with pytest.raises(LayerError) as caught:
                read(spec)
            assert caught.value.refused == expected.refused
    assert 100 < words < 300


def test_both_sorts_are_drawn(networks: list[tuple[Document, Network | LayerError]]) -> None:
    alone = [
        isinstance(found, Network)
        for document, found in networks
        if [type(item.body) for item in items_of(document.layers)] == [Call]
    ]
    assert 0.4 < sum(alone) / len(alone) < 0.8
    refused = sum(not isinstance(found, Network) for _, found in networks)
    assert 0.15 < refused / len(networks) < 0.5


def test_every_kind_and_every_field_is_drawn_so_that_it_can_stand(
    networks: list[tuple[Document, Network | LayerError]],
) -> None:
    layers = [node.layer for _, found in networks if isinstance(found, Network) for node in found.nodes]
    assert {layer.kind for layer in layers} == {KINDS[name].kind for name in KINDS}
    given = {
        (layer.kind, field.name)
        for layer in layers
        for field in dataclasses.fields(layer)  # type: ignore[arg-type]
        if getattr(layer, field.name) != field.default
    }
    expected = {
        (KINDS[name].kind, field)
        for name in KINDS
        for field, spec in fields_of(name).items()
        if spec.choices != (spec.default,)
    }
    assert given == expected


def test_every_kind_that_can_be_refused_is_drawn_so_that_it_is(
    networks: list[tuple[Document, Network | LayerError]],
) -> None:
    refused = {
        error.refused[0].kind for _, error in networks if isinstance(error, LayerError) and error.refused
    }
    assert {
        "conv",
        "dwconv",
        "tconv",
        "lc",
        "maxpool",
        "avgpool",
        "bn",
        "gn",
        "glu",
        "pad",
        "permute",
        "split",
    } <= refused
    assert {"add", "cat", "mul", "attention", "upsample", "unflatten", "select", "flatten"} <= refused


def test_graphs_are_of_every_form(networks: list[tuple[Document, Network | LayerError]]) -> None:
    forms: Counter[str] = Counter()
    for document, found in networks:
        items = items_of(document.layers)
        forms["named"] += "H" in str(document.input)
        forms["expression"] += any("{" in str(call.fields) for call in calls(document.layers))
        forms["repeated"] += any(isinstance(item.body, Body) for item in items)
        forms["group"] += any(hasattr(item.body, "branches") for item in items)
        if isinstance(found, Network):
            forms["shared"] += any(n.weights_of is not None for n in found.nodes)
            forms["several inputs"] += any(len(n.inputs) > 1 for n in found.nodes)
            forms["unread"] += {n.index for n in found.nodes} - {i for n in found.nodes for i in n.inputs} > {
                found.last
            }
            forms[f"{found.input.rank} axes"] += 1
    assert {form: n for form, n in forms.items() if n < 20} == {}
    assert set(forms) >= {"1 axes", "2 axes", "3 axes", "4 axes"}


def test_a_few_are_green() -> None:
    found = verify_random(30, seed=2)
    assert found.ok, found.failures
    assert found.valid + found.refused + sum(found.unasked.values()) == 30
    assert found.valid > 5 < found.refused
    assert all(t.compared == t.equal for t in found.quantities)
    assert {t.quantity for t in found.quantities} >= set(QUANTITIES) - {"fold", "symbolic"}
    assert [t.networks for t in found.quantities if t.quantity == "shapes"] == [found.valid]
    assert sum(k.valid for k in found.kinds) >= found.valid


class _Judged:
    """What `judged` gives for a network that is fine and of which nothing is known."""

    state, network, verification, refused, findings, why = "valid", None, None, None, (), ""


OUTCOME = _Judged()
_DOUBLE = Formula("2 * M", M="true number")


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Where rules are made wrong: nothing that they say is kept, and nothing that the right ones have said."""
    forget()
    yield monkeypatch
    forget()


@pytest.fixture
def wrong_macs(wrong: pytest.MonkeyPatch) -> None:
    """Convolutions without bias count twice."""
    true = Conv.macs

    def macs(self: Conv, *shapes: Any) -> Derivation:
        found = true(self, *shapes)
        return found if self.bias else Derivation(_DOUBLE, {"M": found.value})

    wrong.setattr(Conv, "macs", macs)


def test_a_wrong_rule_is_found_and_made_small(wrong_macs: None) -> None:
    found = verify_random(60, seed=5, only=["macs"])
    assert not found.ok
    assert {(w.area, w.kind) for w in found.wrong} == {("macs", "conv")}
    failure = found.failures[0]
    assert (failure.area, failure.layers, failure.is_words) == ("macs", 1, True)
    assert failure.spec == "1x1 conv1-1,nobias"
    difference = failure.differences[0]
    assert difference.expected == 2 * difference.measured  # type: ignore[operator]


def test_what_torch_refuses_and_cnncalc_accepts_is_found(wrong: pytest.MonkeyPatch) -> None:
    def requires(*_: Any) -> Iterator[Any]:
        yield from ()

    wrong.setattr(MaxPool, "requires", requires)
    found = verify_random(100, seed=6, only=["acceptance"])
    assert {(w.area, w.kind) for w in found.wrong} == {("acceptance", "maxpool")}
    failure = next(f for f in found.failures if f.area == "acceptance")
    assert failure.layers == 1
    assert failure.differences[0].expected == "accepted"


def test_what_torch_accepts_and_cnncalc_refuses_is_found(wrong: pytest.MonkeyPatch) -> None:
    def requires(self: BatchNorm, x: Any, *_: Any) -> Iterator[Any]:
        if x.dims[0] > 3:
            raise LayerError("too many channels")
        yield from ()

    wrong.setattr(BatchNorm, "requires", requires)
    found = verify_random(100, seed=5, only=["macs"])
    assert [(w.area, w.kind) for w in found.wrong] == [("refusal", "bn")]
    (failure,) = found.failures
    assert re.fullmatch(r"4 bn", failure.spec)
    assert failure.differences[0].measured == "accepted"


def test_a_rule_that_raises_is_found(wrong: pytest.MonkeyPatch) -> None:
    def macs(self: Conv, *_: Any) -> Derivation:
        raise ZeroDivisionError

    wrong.setattr(Conv, "macs", macs)
    found = verify_random(60, seed=5, only=["macs"])
    assert [(w.area, w.kind) for w in found.wrong] == [("error", "ZeroDivisionError")]
    assert found.failures[0].layers == 1
    assert "ZeroDivisionError" in str(found.failures[0].differences[0].measured)


def test_all_networks_are_looked_at_and_three_failures_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is told once for each kind of layer at which it is."""
    monkeypatch.setattr("cnncalc.verification.random.shrink._MOST_TRIES", 5)
    monkeypatch.setattr("cnncalc.verification.shapes.sizes", lambda shape: "another shape")
    found = verify_random(40, seed=5, only=["shapes"])
    assert found.failed == found.quantities[0].networks > 10
    assert found.valid == 0
    assert len(found.failures) == 3
    assert len({(f.number) for f in found.failures}) >= 2
    assert sum(w.networks for w in found.wrong) == found.failed


def test_making_smaller_ends() -> None:
    """Every step is counted, whatever is said of it."""
    document = drawn(1, 8)
    tries: list[Document] = []

    def always(candidate: Document) -> bool:
        tries.append(candidate)
        return True

    smallest = shrunk(document, always)
    assert len(tries) < 400
    assert [call.fields for call in calls(smallest.layers)] in ([()], [(("out", 1),)])
    assert str(smallest.input) == "1"
    assert shrunk(document, lambda _: False) == document
    tries.clear()
    shrunk(document, always, most=3)
    assert len(tries) == 3


@pytest.mark.parametrize("number", range(40))
def test_whatever_is_smaller_can_be_read(number: int) -> None:
    """References are mended where a layer goes, so that what is tried is refused as a layer at worst."""
    from cnncalc.verification.random.shrink import _simpler

    codes = []
    for candidate in _simpler(drawn(6, number)):
        try:
            read(written(candidate))
        except CnncalcError as error:
            codes.append(error.diagnostics[0].code)
    assert [code for code in codes if not code.startswith("CNN2")] == []


def command(arguments: str, **how: Any) -> Ran:
    return run("verify", "--random", *arguments.split(), **how)


def test_the_command_says_what_was_found() -> None:
    ran = command("12 --seed 3 --only shapes,macs")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("12 random networks of seed 3\n")
    assert ran.out.splitlines()[-1].startswith("verified: all ")
    assert re.search(r"torch \S+ on cpu \(\S+\), float32, seed 3, \d+ seconds\n", ran.out)


def test_a_failure_is_printed_as_it_can_be_run_again(wrong_macs: None, tmp_path: Path) -> None:
    ran = command("60 --seed 5 --only macs")
    assert ran.code == 1
    assert ran.out.splitlines()[-1].startswith("not verified: ")
    (line,) = (line.strip() for line in ran.out.splitlines() if line.strip().startswith("cnncalc "))
    assert line == "cnncalc verify 1x1 conv1-1,nobias --only macs --seed 5"
    again = run_line(line)
    assert (again.code, "differs: conv1: MACs: cnncalc" in again.out) == (1, True)


def test_a_spec_file_is_printed_where_words_cannot_say_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of a product whose rule says that it saves nothing: what reads several results is told in a file."""
    monkeypatch.setattr(Mul, "saves", lambda self, run: ())
    found = json.loads(command("60 --seed 5 --only training --format json").out)
    failure = found["failures"][0]
    assert failure["spec"].startswith("cnncalc: 1\n")
    name = re.search(r"random-\d+\.cnn\.yaml", failure["command"])
    assert name
    (tmp_path / name[0]).write_text(failure["spec"], encoding="utf-8")
    again = run_line(failure["command"], folder=tmp_path)
    assert (again.code, "differs: " in again.out) == (1, True)


@pytest.mark.parametrize("form", ["text", "markdown", "json", "junit"])
def test_every_format_adds_up(form: str, wrong_macs: None, tmp_path: Path) -> None:
    file = tmp_path / "out"
    ran = command(f"60 --seed 5 --only macs,shapes --format {form} --output {file}")
    assert (ran.code, ran.out) == (1, "")
    text = file.read_text(encoding="utf-8")
    if form == "json":
        found = json.loads(text)
        assert found["schema_version"] == 1
        assert found["count"] == 60
        assert found["valid"] + found["refused"] + found["failed"] + sum(found["unasked"].values()) == 60
        assert found["failed"] == sum(w["networks"] for w in found["wrong"])
        (macs,) = (q for q in found["quantities"] if q["quantity"] == "macs")
        assert macs["compared"] - macs["equal"] >= found["failed"]
        assert {k["kind"] for k in found["kinds"]} == {KINDS[name].kind for name in KINDS}
    elif form == "junit":
        (suite,) = ElementTree.fromstring(text)
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) == 4
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) == 1
        assert "--only macs --seed 5" in str(suite.findtext("testcase/failure"))
    else:
        assert "--only macs --seed 5" in text
        assert "not verified: " in text


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), "there is no network to verify\n  name one, or draw some: --random 1000\n"),
        (
            ("resnet18", "--random", "3"),
            "a network beside --random, which draws its networks\n  leave the network out, or --random\n",
        ),
        (
            ("--random", "3", "--input", "3x8x8"),
            "--input beside --random, which draws its networks\n  leave --input out, or --random\n",
        ),
        (
            ("--random", "3", "--layers"),
            "--layers beside --random, which draws its networks\n  leave --layers out, or --random\n",
        ),
        (("--random", "3", "--only", "mac"), "--only mac: nothing is called so\n  did you mean macs?\n"),
    ],
)
def test_what_does_not_go_together(arguments: tuple[str, ...], error: str) -> None:
    ran = run("verify", *arguments)
    assert (ran.code, ran.out, ran.err) == (2, "", f"error[CNN105]: {error}")


def test_progress_is_told() -> None:
    told: list[tuple[int, int, int]] = []
    verify_random(3, seed=1, only=["shapes"], progress=lambda *done: told.append(done))
    assert told == [(0, 3, 0), (1, 3, 0), (2, 3, 0), (3, 3, 0)]
