"""Baselines: what a file of them is, what grows beyond them and by how much it may, and how that is told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.check.baseline import (
    Growth,
    Key,
    Measured,
    Tolerances,
    as_markdown,
    as_text,
    baseline_text,
    compare,
    measured,
    parse_tolerance,
    read_baseline,
)
from cnncalc.check.measured import QUANTITIES
from cnncalc.errors import SpecError, render
from cnncalc.loader import load
from cnncalc.record import replace
from cnncalc.report.style import Style
from cnncalc.shape import Shape
from cnncalc.symbolic import symbol
from tests.console import run

A, WIDE = ("nets/a.cnn.yaml", ""), ("nets/a.cnn.yaml", "wide")
SMALL = measured(load("3x8x8 conv3-4,p1 bn relu gap flatten fc-2"))
TEXT = """\
{
  "schema_version": 1,
  "networks": {
    "nets/a.cnn.yaml": {
      "": {
        "batch": 1,
        "dtype": "float32",
        "output": "2",
        "params": 130,
        "trainable": 130,
        "buffers": 9,
        "macs": 6920,
        "flops": 13840,
        "weights_bytes": 520,
        "activation_bytes": 3096,
        "peak_bytes": 2048,
        "rf.H": 3,
        "rf.W": 3,
        "depth": 2
      }
    }
  }
}
"""


def test_a_file_is_text_that_a_person_can_compare() -> None:
    """By hand: 4·27 + 4 and 2·4 of the norm and 2·4 + 2; 64·108 + 8; 4·(3·256 + 4 + 2); 4·(256 + 256)."""
    assert baseline_text({A: SMALL}) == TEXT


def test_measured_is_what_the_commands_say() -> None:
    found = measured(load("resnet50"), batch=2, dtype="float16")
    summary = json.loads(run("summary", "resnet50", "-b", "2", "--format", "json").out)["totals"]
    memory = ("memory", "resnet50", "-b", "2", "--dtype", "float16", "--format", "json")
    bytes_ = json.loads(run(*memory).out)
    assert {k: getattr(found, k) for k in summary} == summary
    assert (found.weights_bytes, found.activation_bytes) == (bytes_["weights"], bytes_["activations"])
    assert found.peak_bytes == bytes_["peak"]["bytes"]
    assert found.rf == (("H", 427), ("W", 427))
    assert (str(found.output), found.depth, found.trainable) == ("1000", 50, 25_557_032)


numbers = st.one_of(st.integers(0, 100), st.integers(0, 10**40), st.just(symbol("C") * 9 + 1))
names = st.text(st.sampled_from("abc/._- é"), min_size=1, max_size=8)


@st.composite
def records(draw: st.DrawFn) -> Measured:
    axes = draw(st.sampled_from([(), ("L",), ("H", "W"), ("D", "H", "W")]))
    return Measured(
        Shape(tuple(draw(st.lists(numbers, min_size=1, max_size=4)))),
        *[draw(numbers) for _ in range(7)],
        draw(st.none() | numbers),
        tuple([(axis, draw(st.none() | numbers)) for axis in axes]),
        draw(st.integers(0, 1000)),
        draw(st.integers(1, 64)),
        draw(st.sampled_from(["float32", "int8"])),
    )


several = st.dictionaries(st.tuples(names, st.just("") | names), records(), max_size=4)


@settings(deadline=None, max_examples=100)
@given(several)
def test_nothing_has_changed_since_what_was_written(found: dict[Key, Measured]) -> None:
    assert compare(read_baseline(baseline_text(found), "b.json"), found) == ()


@settings(deadline=None, max_examples=50)
@given(several, st.randoms())
def test_the_same_networks_are_the_same_text(found: dict[Key, Measured], random: Any) -> None:
    keys = list(found)
    random.shuffle(keys)
    assert baseline_text({key: found[key] for key in keys}) == baseline_text(found)


def refusal(text: str) -> str:
    """What a text is refused with; "none" if it is a baseline."""
    try:
        read_baseline(text, "b.json")
    except SpecError as error:
        return render(error, error.text)
    return "none"


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from('{}[]",: \n01-ab.e\\é'), max_size=60) | st.text(max_size=60))
def test_no_text_is_a_bug(text: str) -> None:
    assert refusal(text).startswith(("b.json:", "error["))


@settings(deadline=None, max_examples=200)
@given(
    st.integers(0, len(TEXT) - 1),
    st.integers(0, 4),
    st.sampled_from(["", "{", '"', "null", "true", "-1", "1e9", "[]", "\x00", '"x": 1,']),
)
def test_nor_is_any_text_that_is_nearly_a_baseline(place: int, length: int, put: str) -> None:
    assert refusal(TEXT[:place] + put + TEXT[place + length :]).startswith(("b.json:", "error[", "none"))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "b.json:1:1: error[CNN160]: the spec is empty\n"),
        ("[]", "b.json:1:1: error[CNN504]: a baseline is a mapping\n"),
        ("{}", "b.json:1:1: error[CNN504]: this is no baseline: it has no 'schema_version'\n"),
        ('{"schema_version": 1}', "b.json:1:1: error[CNN504]: this is no baseline: it has no 'networks'\n"),
        (
            TEXT.replace(": 1,", ": 2,", 1),
            "b.json:2:21: error[CNN504]: the baseline has version '2', not 1\n",
        ),
        (
            TEXT.replace(": 1,", ": true,", 1),
            "b.json:2:21: error[CNN504]: the baseline has version 'true', not 1\n",
        ),
        (TEXT.replace("130", "-130", 1), "b.json:9:19: error[CNN504]: params cannot be '-130'\n"),
        (TEXT.replace("130", "130.0", 1), "b.json:9:19: error[CNN504]: params cannot be '130.0'\n"),
        (TEXT.replace("130", "false", 1), "b.json:9:19: error[CNN504]: params cannot be 'false'\n"),
        (TEXT.replace('"batch": 1', '"batch": "1"'), "b.json:6:18: error[CNN504]: batch cannot be '\"1\"'\n"),
        (TEXT.replace('"2"', "2"), "b.json:8:19: error[CNN504]: output cannot be '2'\n"),
        (TEXT.replace('"params": 130,\n', ""), "b.json:5:11: error[CNN504]: params is missing\n"),
        (TEXT.replace('"macs"', '"mac"'), "b.json:12:9: error[CNN504]: there is no quantity 'mac'\n"),
        (TEXT.replace("130", "9" * 200, 1), "b.json:9:19: error[CNN171]: the integer '99999"),
        ("[" * 100, "b.json:1:65: error[CNN163]: lists and mappings are nested deeper than 64\n"),
        (
            TEXT.replace('"buffers"', '"params"'),
            "b.json:11:9: error[CNN165]: the key 'params' appears twice\n",
        ),
    ],
)
def test_what_is_no_baseline_is_refused_with_its_place(text: str, error: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_baseline(text, "b.json")
    assert render(caught.value, text).startswith(error)


def grown(**changes: Any) -> Mapping[str, Growth]:
    """What becomes of the small network with other numbers and some tolerance, by quantity."""
    tolerances = parse_tolerance(changes.pop("allowed", ""))
    found = compare(read_baseline(TEXT, "b.json"), {A: replace(SMALL, **changes)}, tolerances)
    return {growth.quantity: growth for growth in found}


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10**20), st.integers(0, 10**6), st.integers(0, 6), st.integers(-2, 2))
def test_a_share_is_exact_at_its_end(before: int, digits: int, places: int, beyond: int) -> None:
    """now − before ≤ p/100·before, told in whole numbers: 100·10^k·(now − before) ≤ digits·before."""
    text = f"{digits / 10**places:.{places}f}%"
    digits = int(text.replace(".", "").rstrip("%"))
    now = before + max(0, digits * before // (100 * 10**places) + beyond)
    tolerance = parse_tolerance(f"macs={text}").of("macs")
    assert tolerance is not None
    assert tolerance.allows(before, now) == (100 * 10**places * (now - before) <= digits * before)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("0", 0),
        ("500", 500),
        ("10k", 10_000),
        ("1.5k", 1_500),
        ("2 M", 2_000_000),
        ("1G", 10**9),
        ("1Ki", 1024),
        ("1.5Mi", 3 * 2**19),
        ("2Gi", 2**31),
    ],
)
@pytest.mark.parametrize("before", [0, 7, 10**15])
def test_a_number_is_exact_at_its_end(text: str, most: int, before: int) -> None:
    tolerance = parse_tolerance(f"macs={text}").of("macs")
    assert tolerance is not None
    assert tolerance.allows(before, before + most)
    assert not tolerance.allows(before, before + most + 1)
    assert tolerance.allows(before, 0)


def test_shares_are_fractions() -> None:
    tolerance = parse_tolerance(" params = 0 , macs=0.1%,depth=any ").of("macs")
    assert tolerance is not None
    assert tolerance.share == Fraction(1, 1000)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("parmas=1", "tolerance 'parmas=1': there is no quantity 'parmas' (did you mean 'params'?)"),
        ("x=1", f"tolerance 'x=1': there is no quantity 'x' (choose from {', '.join(QUANTITIES)})"),
        ("macs", "tolerance 'macs': not a tolerance (write macs=1% or params=10k)"),
        ("macs=", "tolerance 'macs=': not a limit (write 0, 500, 10k, 2Mi, 1%, 0.5% or any)"),
        ("macs=-1", "tolerance 'macs=-1': not a limit (write 0, 500, 10k, 2Mi, 1%, 0.5% or any)"),
        ("macs=1e9", "tolerance 'macs=1e9': not a limit (write 0, 500, 10k, 2Mi, 1%, 0.5% or any)"),
        ("macs=١%", "tolerance 'macs=١%': not a limit (write 0, 500, 10k, 2Mi, 1%, 0.5% or any)"),
        ("macs=1K", "tolerance 'macs=1K': 'K' is no unit (choose from k, M, G, T, Ki, Mi, Gi, Ti or %)"),
        ("macs=1.5", "tolerance 'macs=1.5': not a whole number (write a whole number, or a share with %)"),
        ("macs=1,macs=2", "tolerance 'macs=2': macs has two tolerances (keep one)"),
    ],
)
def test_what_is_no_tolerance_is_refused(text: str, error: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_tolerance(text)
    assert str(caught.value) == f"error[CNN105]: {error}"


@pytest.mark.parametrize(
    ("changes", "verdicts"),
    [
        ({}, {}),
        ({"params": 131}, {"params": "grown"}),
        ({"params": 131, "allowed": "params=1"}, {"params": "within"}),
        ({"params": 132, "allowed": "params=1%"}, {"params": "grown"}),
        ({"params": 129}, {"params": "less"}),
        # what is a multiple of another is told only where it is asked for, and then instead of that
        ({"params": 131, "trainable": 131, "weights_bytes": 524}, {"params": "grown"}),
        ({"macs": 6921, "flops": 13842}, {"macs": "grown"}),
        ({"macs": 6921, "flops": 13842, "allowed": "flops=2"}, {"macs": "changed", "flops": "within"}),
        ({"macs": 6921, "flops": 13842, "allowed": "flops=1"}, {"macs": "changed", "flops": "grown"}),
        # what costs nothing may be what it likes
        ({"depth": 3, "rf": (("H", 5), ("W", 3))}, {"rf.H": "changed", "depth": "changed"}),
        ({"depth": 3, "allowed": "depth=0"}, {"depth": "grown"}),
        ({"rf": (("H", 5), ("W", 2)), "allowed": "rf=1"}, {"rf.H": "grown", "rf.W": "less"}),
        ({"output": Shape((3,))}, {"output": "changed"}),
        ({"output": Shape((3,)), "allowed": "output=0"}, {"output": "grown"}),
        ({"output": Shape((2, 1)), "allowed": "output=0"}, {"output": "changed"}),
        ({"peak_bytes": 2049, "allowed": "peak_bytes=any"}, {"peak_bytes": "within"}),
        # what names leave open is no pass
        ({"macs": symbol("C")}, {"macs": "open"}),
        ({"peak_bytes": None}, {"peak_bytes": "open"}),
        ({"peak_bytes": None, "allowed": "peak_bytes=any"}, {"peak_bytes": "changed"}),
    ],
)
def test_verdicts(changes: dict[str, Any], verdicts: dict[str, str]) -> None:
    found = grown(**changes)
    assert {quantity: growth.verdict for quantity, growth in found.items()} == verdicts
    failed = [growth for growth in found.values() if growth.verdict in ("grown", "open")]
    assert [g for g in found.values() if g.failed] == failed
    assert [g.diagnostic() is not None for g in found.values()] == [g in failed for g in found.values()]


def test_networks_come_and_go() -> None:
    found = compare(read_baseline(TEXT, "b.json"), {WIDE: SMALL})
    assert [(g.file, g.preset, g.verdict, g.failed) for g in found] == [
        (*A, "gone", False),
        (*WIDE, "new", False),
    ]


@pytest.mark.parametrize(("how", "value"), [("batch", 2), ("dtype", "float16")])
def test_what_was_measured_otherwise_cannot_be_compared(how: str, value: Any) -> None:
    with pytest.raises(SpecError, match=f"nets/a.cnn.yaml: the baseline was taken with {how} "):
        grown(**{how: value})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"params": 1130}, "params grew from 130 to 1,130 (+1,000, +769.2 %)"),
        (
            {"params": 131, "allowed": "params=0.5%"},
            "params grew from 130 to 131 (+1, +0.8 %); allowed is 0.5%",
        ),
        ({"output": Shape((3, 5)), "allowed": "output=1"}, "output grew from 2 to 3x5; allowed is 1"),
        ({"macs": symbol("C")}, "macs was 6,920 and is C: whether that is more is open"),
    ],
)
def test_growth_is_an_error_at_the_file(changes: dict[str, Any], message: str) -> None:
    (growth,) = grown(**changes).values()
    cure = "make it smaller, allow it with --tolerance, or accept it with --write-baseline"
    assert str(growth.diagnostic()) == f"nets/a.cnn.yaml:1:1: error[CNN503]: {message} ({cure})"


def test_of_a_family_the_member_is_named() -> None:
    text = TEXT.replace('"": {', '"wide": {')
    (growth,) = compare(read_baseline(text, "b.json"), {WIDE: replace(SMALL, buffers=10)})
    assert str(growth.diagnostic()).startswith("nets/a.cnn.yaml:1:1: error[CNN503]: wide: buffers grew")


CHANGED = {
    A: replace(SMALL, params=131, macs=5000, depth=3, buffers=11, peak_bytes=4096),
    WIDE: SMALL,
}


def test_the_table() -> None:
    found = compare(read_baseline(TEXT, "b.json"), CHANGED, parse_tolerance("params=1%,buffers=1"))
    assert as_text(found, Style()) == (
        "1 network has grown beyond the baseline\n"
        "network                  quantity        before     now   difference          %\n"
        "─────────────────────────────────────────────────────────────────────────────────────────────\n"
        "nets/a.cnn.yaml          params             130     131           +1     +0.8 %   within 1%\n"
        "                         buffers              9      11           +2    +22.2 %   MORE THAN 1\n"
        "                         macs             6,920   5,000       −1,920    −27.7 %   less\n"
        "                         peak_bytes       2,048   4,096       +2,048   +100.0 %   TOO MUCH\n"
        "                         depth                2       3           +1    +50.0 %   changed\n"
        "nets/a.cnn.yaml (wide)   a new network                                            new\n"
    )
    assert max(map(len, as_text(found, Style(width=80)).splitlines())) <= 80
    assert as_markdown(found).splitlines()[:6] == [
        "**1 network has grown beyond the baseline**",
        "",
        "| network | quantity | before | now | difference | % |  |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
        "| nets/a.cnn.yaml | params | 130 | 131 | +1 | +0.8 % | within 1% |",
        "|  | **buffers** | **9** | **11** | **+2** | **+22.2 %** | **MORE THAN 1** |",
    ]


@pytest.mark.parametrize(
    ("now", "headline"),
    [
        (SMALL, "nothing has changed since the baseline"),
        (replace(SMALL, params=1), "no network has grown beyond its baseline"),
    ],
)
def test_the_headline(now: Measured, headline: str) -> None:
    found = compare(read_baseline(TEXT, "b.json"), {A: now}, Tolerances())
    assert as_text(found, Style()).splitlines()[0] == headline
    assert as_markdown(found).splitlines()[0] == f"**{headline}**"


def test_small_shares_show_the_first_digit_that_counts() -> None:
    text = re.sub("130", "1000000", TEXT)
    found = compare(read_baseline(text, "b.json"), {A: replace(SMALL, params=1_000_031)})
    assert "+0.003 %" in as_text(found, Style())
