"""What is expected, beside what is: published numbers are met, wrong ones are not, and each is told at its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnncalc.check.model import Checked, Outcome
from cnncalc.check.run import Options, check_file
from cnncalc.errors import Diagnostic

# He et al. (arXiv:1512.03385); torchvision's model card. The receptive field is that with the stride on the
# 3x3; Araujo et al. (Distill 2019, table 2) give 483 for the stride on the 1x1
RESNET50 = """\
  output: 1000
  params: 25.6M
  trainable: 25557032
  buffers: 53173
  macs: [4.09G, "<= 4.1G", 4089184256]
  flops: 8.18G
  depth: 50
  fold: all
  rf: {size: 427, jump: 32}
  memory: {weights: 102.2MB, peak: ">= 1MiB"}
  layers:
    layer1: {output: 256x56x56}
    layer4.2.conv3: {output: 2048x7x7, params: 1048576, macs: 51380224, buffers: 0}
    fc: {params: 2049000, fold: 0}
"""


def check(text: str, folder: Path, name: str = "net.cnn.yaml") -> Checked:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return check_file(str(path), Options())


def resnet(expect: str) -> str:
    from cnncalc.loader import zoo_text

    return f"{zoo_text('resnet50')}expect:\n{expect}"


def small(expect: str) -> str:
    return (
        "cnncalc: 1\ninput: 3x32x32\nlayers: [conv3-8, {stage: [relu, bn, conv3-16/2]}, flatten, fc-10]\n"
        f"expect:\n{expect}"
    )


def finding(checked: Checked) -> Diagnostic:
    (found,) = checked.findings
    return found


def test_published_numbers_are_met(tmp_path: Path) -> None:
    expected = RESNET50.replace("\n  ", "\n      ").replace("  output", "      output", 1)
    checked = check(resnet(f"  presets:\n    resnet50:\n{expected}"), tmp_path)
    assert [str(d) for d in checked.findings] == []
    assert {o.status for o in checked.outcomes} == {"met"}
    assert len(checked.outcomes) == 21


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("output: 11", 11, "output is 10, expected 11"),
        ("params: 32.9k", 11, "params is 32,778, expected 32.9k: 72 too few (0.22 %)"),
        ("macs: '<= 100k'", 9, "macs is 451,552, expected <= 100k: 351,552 too many (352 %)"),
        ("flops: '> 2M'", 10, "flops is 903,104, expected > 2M: 1,096,896 too few (55 %)"),
        ("buffers: 16", 12, "buffers is 17, expected 16: 1 too many (6.2 %)"),
        ("depth: 4", 10, "depth is 3, expected 4: 1 too few (25 %)"),
        ("fold: 0", 9, "fold is 1, expected 0: 1 too many"),
        ("rf: {size: 7}", 14, "rf.size is 5, expected 7: 2 too few (29 %)"),
        (
            "memory: {batch: 2, dtype: float16, weights: 1Ki}",
            47,
            "memory.weights (float16, batch 2) is 65,556, expected 1Ki: 64,020 too many (4,168 %)",
        ),
        ("layers: {stage: {output: 16x14x15}}", 28, "output of 'stage' is 16x14x14, expected 16x14x15"),
        ("layers: {fc1: {params: 1..2}}", 26, "params of 'fc1' is 31,370, expected 1..2: 31,368 too many"),
    ],
)
def test_what_is_not_so_is_told_at_its_place(line: str, column: int, message: str, tmp_path: Path) -> None:
    found = finding(check(small(f"  {line}"), tmp_path))
    assert found.message.startswith(message)
    assert found.span is not None
    assert (found.span.line, found.span.column) == (5, column)
    assert (found.code, found.severity) == ("CNN501", "error")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("layers: {stge: {params: 1}}", "no layer is called 'stge'"),
        ("layers: {fc1: {rf: {jump: 1}}}", "there is no one jump"),
    ],
)
def test_what_cannot_be_checked_is_no_pass(line: str, message: str, tmp_path: Path) -> None:
    checked = check(small(f"  {line}"), tmp_path)
    assert message in finding(checked).message
    assert [o.status for o in checked.outcomes] == ["unchecked"]


def test_who_contributes_most_is_told(tmp_path: Path) -> None:
    notes = finding(check(small("  macs: 1"), tmp_path)).notes
    assert notes == ("most: stage.2 225,792 (50.0 %), conv1 194,400 (43.1 %), fc1 31,360 (6.9 %)",)


def test_a_normalisation_that_stays_says_why(tmp_path: Path) -> None:
    text = "cnncalc: 1\ninput: 3x8x8\nlayers: [conv3-4, relu, bn, relu]\nexpect: {fold: all}\n"
    found = finding(check(text, tmp_path))
    assert found.message == "fold is 0, expected all 1: 1 too few (100 %)"
    assert found.notes[0].startswith("'bn1' stays: ")


@pytest.mark.parametrize("suffix", ["yaml", "json", "toml"])
def test_all_formats_alike(suffix: str, tmp_path: Path) -> None:
    data = {"cnncalc": 1, "input": "3x8x8", "layers": ["conv3-4"], "expect": {"params": 112, "macs": "<= 1"}}
    texts = {
        "json": json.dumps(data, indent=1),
        "yaml": "cnncalc: 1\ninput: 3x8x8\nlayers: [conv3-4]\nexpect:\n  params: 112\n  macs: '<= 1'\n",
        "toml": 'cnncalc = 1\ninput = "3x8x8"\nlayers = ["conv3-4"]\n[expect]\nparams = 112\nmacs = "<= 1"\n',
    }
    checked = check(texts[suffix], tmp_path, f"net.cnn.{suffix}")
    assert [o.status for o in checked.outcomes] == ["met", "unmet"]
    span = finding(checked).span
    assert span is not None
    assert "<= 1" in texts[suffix].splitlines()[span.line - 1][span.column - 1 :][: span.length]


PRESETS = """\
cnncalc: 1
input: 3x8x8
vars: {width: 4}
presets: {narrow: {width: 2}, wide: {width: 64}}
layers: ["conv3-{width}"]
expect:
  params: 112
  presets:
    narrow: {params: 56}
    wide: {params: 1791}
"""


def test_members_of_a_family_are_expected_apart(tmp_path: Path) -> None:
    checked = check(PRESETS, tmp_path)
    assert checked.networks == ("", "narrow", "wide")
    assert [(o.name, o.status) for o in checked.outcomes] == [
        ("params", "met"),
        ("narrow: params", "met"),
        ("wide: params", "unmet"),
    ]
    assert finding(checked).message == "wide: params is 1,792, expected 1,791: 1 too many (0.056 %)"


def test_every_member_is_built_even_if_nothing_is_expected(tmp_path: Path) -> None:
    text = PRESETS.split("expect", maxsplit=1)[0].replace("width: 64", "width: 0")
    checked = check(text, tmp_path)
    assert checked.broken
    assert checked.networks == ("narrow", "wide")


def test_a_member_that_there_is_not(tmp_path: Path) -> None:
    checked = check(PRESETS.replace("    wide:", "    wode:"), tmp_path)
    assert str(finding(checked)).endswith(
        "net.cnn.yaml:10:20: error[CNN113]: no preset is called 'wode' (did you mean 'wide'?)"
    )
    assert checked.broken


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("pramas: 1", "unknown field 'pramas' (did you mean 'params'?)"),
        ("layers: {a: {depth: 1}}", "unknown field 'depth'"),
        ("params: 1.5", "params is 1.5 (give an integer, a text or a list)"),
        ("memory: {dtype: f32, peak: 1}", "dtype is 'f32'"),
        ("output: 3 by 4", "output is '3 by 4', which is no size"),
        ("macs: many", "'many' is not a number, a comparison or a range"),
    ],
)
def test_what_is_no_expectation(line: str, message: str, tmp_path: Path) -> None:
    checked = check(small(f"  {line}"), tmp_path)
    assert message in str(finding(checked))
    assert checked.broken


bounds = st.sampled_from(["<= {}", ">= {}", "== {}", "< {}", "> {}"])


@given(
    statements=st.lists(
        st.tuples(st.sampled_from(["params", "macs", "depth"]), bounds, st.integers(-2, 2)), min_size=1
    )
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_statement_has_one_outcome_in_order(
    statements: list[tuple[str, str, int]], tmp_path: Path
) -> None:
    """conv3-4 on 3×8×8 by hand: 3·3·3·4 + 4 parameters, 27·4·6·6 MACs, one layer with weights."""
    actual = {"params": 112, "macs": 3888, "depth": 1}
    grouped: dict[str, list[str]] = {}
    for quantity, bound, step in statements:
        grouped.setdefault(quantity, []).append(bound.format(max(0, actual[quantity] + step)))
    lines = "".join(f"  {q}: {json.dumps(b)}\n" for q, b in grouped.items())
    checked = check(f"cnncalc: 1\ninput: 3x8x8\nlayers: [conv3-4]\nexpect:\n{lines}", tmp_path)
    expected = [eval(f"{actual[q]} {bound}") for q, all_ in grouped.items() for bound in all_]
    assert [o.status == "met" for o in checked.outcomes] == expected
    assert len({title for title, _ in checked.titled}) == len(expected)


def test_an_outcome_has_a_diagnostic_unless_it_is_met(tmp_path: Path) -> None:
    outcomes: tuple[Outcome, ...] = check(PRESETS, tmp_path).outcomes
    assert [o.diagnostic is None for o in outcomes] == [o.status == "met" for o in outcomes]
