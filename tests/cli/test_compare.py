"""`cnncalc compare`: goldens, ratios against fractions computed here, topics against their textbook identities, what is refused."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc import analyse, load
from cnncalc.report.beside import Side, beside
from cnncalc.report.beside_text import as_text
from cnncalc.report.style import Style
from cnncalc.symbolic import parse_expression
from cnncalc.topics import TOPICS
from tests.console import run

GOLDENS = Path(__file__).parent / "goldens" / "compare"
RELU = "3x8x8 relu"
SMALL = "3x8x8 conv3-4 relu"
LONGER = "3x8x8 conv3-4 gelu conv1-3"
SYMBOLS = ("CxHxW conv3-K,p1", "CxHxW conv5-K,p2 relu", "CxHxW gap flatten fc-K")
#: file name -> command
PRINTED = {
    **{f"{topic}.txt": ("--topic", topic) for topic in TOPICS},
    "stacked-numbers.txt": ("--topic", "stacked", "-s", "n=2", "-s", "C=64", "-s", "H=56", "-s", "W=56"),
    "sharing-numbers.txt": ("--topic", "sharing", "-s", "k=3", "-s", "C=3", "-s", "K=4"),
    "depthwise-third.txt": ("--topic", "depthwise", "-s", "k=3", "-s", "N=72"),
    "depthwise.md": ("--topic", "depthwise", "-f", "markdown"),
    "depthwise.tex": ("--topic", "depthwise", "-f", "latex"),
    "bottleneck.json": ("--topic", "bottleneck", "-f", "json"),
    "bottleneck.csv": ("--topic", "bottleneck", "-f", "csv"),
    "nothing.txt": (RELU, SMALL, RELU),
    "nothing.json": (RELU, SMALL, "-f", "json"),
    "zoo.txt": ("resnet18", "resnet50", "--batch", "2", "--dtype", "float16", "--input", "3x64x64"),
    "layers.txt": (SMALL, LONGER, RELU, "--layers"),
    "layers.md": (SMALL, LONGER, "--layers", "-f", "markdown"),
    "layers.json": (SMALL, LONGER, "--layers", "-f", "json"),
    "symbols.txt": (*SYMBOLS, "--assume", "H=4*h"),
    "symbols.csv": (*SYMBOLS, "-f", "csv"),
    "axes.txt": ("3x32 conv3-4", "3x8x8 conv3x5-4"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_printed(name: str) -> None:
    ran = run("compare", *PRINTED[name])
    assert (ran.code, ran.err) == (0, "")
    path = GOLDENS / name
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


def told(*arguments: str) -> dict[str, Any]:
    """JSON of a comparison: quantity -> values and ratios."""
    ran = run("compare", *arguments, "-f", "json")
    assert (ran.code, ran.err) == (0, "")
    return {q["quantity"]: q for q in json.loads(ran.out)["quantities"]}


layers = st.lists(
    st.sampled_from(
        ["conv3-8,p1", "conv1-4", "relu", "dwconv3,p1,nobias", "gelu", "bn", "lc3-2", "maxpool2"]
    ),
    min_size=1,
    max_size=4,
).map(lambda words: " ".join(["3x16x16", *words]))


@settings(max_examples=60, deadline=None)
@given(st.lists(layers, min_size=2, max_size=4))
def test_ratios_are_fractions_of_the_values(networks: list[str]) -> None:
    found = told(*networks)
    for name, quantity in found.items():
        first, *others = quantity["values"]
        for other, against in zip(others, quantity["against_first"], strict=True):
            if name == "output" or first == 0:
                assert against is None
                continue
            share = Fraction(other, first)
            assert (against["numerator"], against["denominator"]) == (share.numerator, share.denominator)
            assert Fraction(against["ratio"]) == share
            assert Fraction(against["more"]) == Fraction(other - first, first)
            back = against["first_more"]
            assert (None if back is None else Fraction(back)) == (
                Fraction(first - other, other) if other else None
            )


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_percentages_are_those_of_both_ways(a: int, b: int) -> None:
    analysis = analyse(load("3x8x8 relu"))
    sides = [Side(name, analysis, {"params": n}) for name, n in (("one", a), ("two", b))]
    (line,) = [x for x in as_text(beside(sides), Style()).splitlines() if x.startswith("parameters")][1:]
    percent = [Fraction(n.replace(",", "")) for n in re.findall(r"([\d.,e-]+) %", line)]
    if a == b:
        assert percent == []
        assert line.count("the same") == 2
        return
    exact = [abs(Fraction(100 * (b - a), a)), abs(Fraction(100 * (a - b), b))]
    assert all(abs(p - e) <= max(Fraction(1, 20), e / 2) for p, e in zip(percent, exact, strict=True))
    assert re.findall("more|less", line) == (["more", "less"] if b > a else ["less", "more"])


def test_the_receptive_field_is_that_of_rf_and_quantities_those_of_the_other_commands() -> None:
    found = told("resnet18", "vgg11", "-b", "3")
    for i, name in enumerate(("resnet18", "vgg11")):
        summary = json.loads(run("summary", name, "-b", "3", "-f", "json").out)
        memory = json.loads(run("memory", name, "-b", "3", "-f", "json").out)
        assert found["params"]["values"][i] == summary["totals"]["params"]
        assert found["macs"]["values"][i] == summary["totals"]["macs"]
        assert found["peak_bytes"]["values"][i] == memory["peak"]["bytes"]
        assert found["weights_bytes"]["values"][i] == memory["weights"]
        kinds = [layer["kind"] for layer in summary["layers"]]
        assert found["nonlinearities"]["values"][i] == kinds.count("relu")
    assert found["rf.H"]["values"] == [435, 150]
    assert found["depth"]["values"] == [18, 11]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("8x9 relu identity prelu glu softmax,dim=1 maxpool2 bn dropout", 4),
        ("6x8 attention2 ln gelu", 1),
        ("3x8x8 conv3-4 sigmoid res(conv1-4 relu6) tanh", 3),
    ],
)
def test_nonlinearities_are_the_activation_layers(words: str, count: int) -> None:
    assert told(words, words)["nonlinearities"]["values"] == [count, count]


# topics, by what textbooks say of them

sizes = st.integers(1, 12)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 6), sizes)
def test_a_stack_of_n_against_one_kernel(n: int, channels: int) -> None:
    found = told("--topic", "stacked", "--set", f"n={n}", "--set", f"C={channels}")
    assert found["params"]["values"] == [9 * n * channels**2, (2 * n + 1) ** 2 * channels**2]
    assert found["rf.H"]["values"] == found["rf.W"]["values"] == [1 + 2 * n] * 2
    assert found["nonlinearities"]["values"] == found["depth"]["values"] == [n, 1]
    share = Fraction((2 * n + 1) ** 2, 9 * n)
    for quantity in ("params", "macs"):
        against = found[quantity]["against_first"][0]
        assert Fraction(against["numerator"], against["denominator"]) == share


@pytest.mark.parametrize(("n", "share"), [(2, (25, 18)), (3, (49, 27)), (4, (81, 36))])
def test_the_usual_stacks(n: int, share: tuple[int, int]) -> None:
    against = told("--topic", "stacked", "--set", f"n={n}")["params"]["against_first"][0]
    assert Fraction(against["numerator"], against["denominator"]) == Fraction(*share)
    assert against["cancelled"] == ["C^2"]


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 9), st.integers(1, 99))
def test_depthwise_separable_is_one_over_n_plus_one_over_k_squared(k: int, n: int) -> None:
    found = told("--topic", "depthwise", "--set", f"k={k}", "--set", f"N={n}")
    for quantity in ("params", "macs"):
        assert Fraction(found[quantity]["against_first"][0]["ratio"]) == Fraction(1, n) + Fraction(1, k * k)


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([1, 2, 4, 8]), sizes)
def test_a_pair_against_a_bottleneck(r: int, waist: int) -> None:
    expected = Fraction(18) / (Fraction(2, r) + Fraction(9, r * r))
    for sizes_set in ((), ("--set", f"C={r * waist}")):
        found = told("--topic", "bottleneck", "--set", f"r={r}", *sizes_set)
        pair, single = found["params"]["against_first"]
        assert (Fraction(pair["ratio"]), Fraction(single["ratio"])) == (expected, expected / 2)
    assert r != 4 or expected == Fraction(288, 17)


@settings(max_examples=10, deadline=None)
@given(sizes, sizes, sizes, sizes, st.sampled_from([1, 3, 5]))
def test_sharing_divides_by_the_positions(c: int, k: int, h: int, w: int, f: int) -> None:
    named = {"C": c, "K": k, "H": h, "W": w, "k": f}
    found = told("--topic", "sharing", *[x for n, v in named.items() for x in ("--set", f"{n}={v}")])
    one = f * f * c * k
    assert found["params"]["values"] == [one, one * h * w, c * k * (h * w) ** 2]
    assert found["macs"]["values"] == [one * h * w, one * h * w, c * k * (h * w) ** 2]


@settings(max_examples=10, deadline=None)
@given(sizes, sizes, sizes, sizes)
def test_a_flattened_head_has_weights_for_every_position(c: int, h: int, w: int, classes: int) -> None:
    named = {"C": c, "H": h, "W": w, "classes": classes}
    found = told("--topic", "heads", *[x for n, v in named.items() for x in ("--set", f"{n}={v}")])
    assert found["params"]["values"] == [c * classes, c * h * w * classes]
    assert Fraction(found["params"]["against_first"][0]["ratio"]) == h * w


#: names of a topic's sizes
NAMES = {
    "stacked": "C H W",
    "depthwise": "C H W N k",
    "bottleneck": "C H W",
    "sharing": "C H W K k",
    "heads": "C H W classes",
}


@pytest.mark.parametrize("topic", TOPICS)
@settings(max_examples=6, deadline=None)
@given(st.data())
def test_a_topic_in_names_is_the_topic_in_numbers(topic: str, data: st.DataObject) -> None:
    numbers = {name: data.draw(st.integers(1, 6)) for name in NAMES[topic].split()}
    if topic == "bottleneck":
        numbers["C"] *= 4
    in_names = told("--topic", topic)
    in_numbers = told("--topic", topic, *[x for n, v in numbers.items() for x in ("--set", f"{n}={v}")])
    numbers["c"] = numbers["C"] // 4
    for quantity in ("params", "macs", "weights_bytes", "depth", "nonlinearities"):
        names, values = in_names[quantity], in_numbers[quantity]
        assert [at(v, numbers) for v in names["values"]] == values["values"]
        for told_of, number in zip(names["against_first"], values["against_first"], strict=True):
            assert (told_of is None) == (number is None)
            if told_of is not None:
                share = Fraction(at(told_of["numerator"], numbers), at(told_of["denominator"], numbers))
                assert share == Fraction(number["numerator"], number["denominator"])


def at(value: int | str, numbers: dict[str, int]) -> int:
    formula = parse_expression(str(value))
    found = formula(**{name: numbers[name] for name in formula.names})
    assert isinstance(found, int)
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topics_networks_are_proved_by_torch(topic: str) -> None:
    from cnncalc.verification import verify

    chosen = TOPICS[topic]
    for _, words in chosen.networks(chosen.choices):
        wanted = {"C": 4, "H": 5, "W": 6, "N": 6, "K": 3, "k": 3, "classes": 7}
        used = [n for n in wanted if re.search(rf"(?<![A-Za-z]){n}(?![A-Za-z])", words) or n in "CHW"]
        found = verify(load(words, settings={n: wanted[n] for n in used}))
        assert found.ok


# formats


def test_csv_is_exact_and_parses_again() -> None:
    ran = run("compare", *SYMBOLS, "-f", "csv")
    rows = {row["quantity"]: row for row in csv.DictReader(io.StringIO(ran.out))}
    assert list(rows["params"])[1:4] == list(SYMBOLS)
    numbers = {"C": 5, "K": 7, "H": 9, "W": 11}
    first, second = (at(rows["params"][words], numbers) for words in SYMBOLS[:2])
    assert (first, second) == (7 * (9 * 5 + 1), 7 * (25 * 5 + 1))
    above, _, below = rows["params"][f"{SYMBOLS[1]} / {SYMBOLS[0]}"].partition("/")
    assert Fraction(at(above, numbers), at(below, numbers)) == Fraction(second, first)


@pytest.mark.parametrize("name", [name for name in PRINTED if name.endswith(".txt")])
def test_text_fits_a_terminal_of_80_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnncalc.cli.output.style", lambda *, to_file: Style(80))
    assert [line for line in run("compare", *PRINTED[name]).out.splitlines() if len(line) > 80] == []


def test_a_name_cannot_steer_the_terminal() -> None:
    analysis = analyse(load("3x8x8 relu"))
    sides = [Side("a\x1b[31m\nb", analysis, {}), Side("c", analysis, {})]
    assert as_text(beside(sides), Style()).splitlines()[0] == r"A  a\x1b[31m b: 3x8x8 → 3x8x8"


# what is refused


@pytest.mark.parametrize(
    ("arguments", "message", "cure"),
    [
        ((), "no networks to compare", "give at least two, words in quotes: "),
        (("resnet18",), "1 network to compare", "give at least two, words in quotes: "),
        (("--topic", "stack"), "no topic is called 'stack'", "did you mean stacked?"),
        (
            ("--topic", "zzz"),
            "no topic is called 'zzz'",
            "choose from stacked, depthwise, bottleneck, sharing, heads",
        ),
        (
            ("--topic", "heads", RELU),
            "--topic brings its own networks",
            "leave out the topic, or the networks",
        ),
        (("--topic", "stacked", "-s", "n=0"), "--set n=0: not from 1 to 100", "give a whole number"),
        (("--topic", "stacked", "-s", "n=many"), "--set n=many: not from 1 to 100", "give a whole number"),
        (("--topic", "stacked", "-s", "n=true"), "--set n=True: not from 1 to 100", "give a whole number"),
        (
            ("--topic", "heads", "-i", "3x8x8"),
            "--input: the sizes of a topic have names",
            "set them: --set C=64 --set H=56",
        ),
        (
            (RELU, SMALL, "-l", "-f", "csv"),
            "--layers: csv is a single table of totals",
            "leave that out, or choose another format, like --format markdown",
        ),
        (("-", "-"), "two networks are both standard input", "give one of them a name"),
    ],
)
def test_refused(arguments: tuple[str, ...], message: str, cure: str) -> None:
    ran = run("compare", *arguments)
    first, second = ran.err.splitlines()
    assert (ran.code, ran.out) == (2, "")
    assert first == f"error[CNN105]: {message}"
    assert second.startswith(f"  {cure}")


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (("resnet18", "resnet19"), "network B of 2: resnet19; words of one network need quotes around them"),
        (("3x8x8", "conv3-8", "relu"), "network A of 3: 3x8x8; words of one network need quotes around them"),
        ((RELU, "3x8x8 conv9-4"), "network B of 2: 3x8x8 conv9-4"),
        (("--topic", "heads", "-s", "k=3"), "network A of 2: global average pooling"),
    ],
)
def test_an_error_says_in_which_network_it_is(arguments: tuple[str, ...], note: str) -> None:
    ran = run("compare", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1] == f"      = {note}"


def test_a_file_and_standard_input_can_be_compared(tmp_path: Path) -> None:
    spec = "cnncalc: 1\ninput: 3x8x8\nlayers: [conv3-4, relu]\n"
    (tmp_path / "net.yaml").write_text(spec, encoding="utf-8")
    ran = run("compare", "net.yaml", "-", stdin=spec.encode(), folder=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("the same") == 2 * 7
