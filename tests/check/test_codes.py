"""Every code is in one table, and what `cnncalc rule` says of it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cnncalc
from cnncalc.check.codes import ERRORS
from cnncalc.check.explain import as_markdown, as_plain, as_text, named
from cnncalc.check.lint import RULES
from cnncalc.errors import SpecError
from tests.console import run

ROOT = Path(cnncalc.__file__).parent
HOME = (ROOT / "check/codes.py", *(ROOT / "check/lint").rglob("*.py"))


def strings(source: str) -> Iterator[str]:
    """Every literal of a program that is a code as a whole; what stands in messages and docstrings is not."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"CNN\d{3}", node.value)
        ):
            yield node.value


def used() -> set[str]:
    files = [path for path in ROOT.rglob("*.py") if path not in HOME]
    return {code for path in files for code in strings(path.read_text(encoding="utf-8"))}


def test_every_code_that_is_used_is_in_the_table() -> None:
    assert used() - set(ERRORS) == set(), "describe it in cnncalc/check/codes.py"


def test_every_code_of_the_table_is_used() -> None:
    assert set(ERRORS) - used() == set()


def test_a_missing_code_would_be_noticed() -> None:
    assert list(strings('raise SpecError("it is not CNN101", code="CNN999")')) == ["CNN999"]


def test_errors_and_advice_share_no_codes() -> None:
    assert not set(ERRORS) & {rule.code for rule in RULES}
    assert not [code for code in ERRORS if code.startswith("CNN3")]
    assert list(ERRORS) == sorted(ERRORS)


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_is_told_in_one_line(code: str) -> None:
    summary = ERRORS[code]
    assert 8 < len(summary) <= 80
    assert not summary.endswith(".")
    assert run("rule", code).out == f"{code} (error)\n{summary}\n"


def test_the_list_has_every_code_once() -> None:
    lines = run("rule").out.splitlines()
    assert [line.split()[0] for line in lines] == sorted([*ERRORS, *(rule.code for rule in RULES)])
    assert sum("(off by default)" in line for line in lines) == sum(not rule.default for rule in RULES)


def test_a_beginning_lists_all_that_begin_so() -> None:
    assert run("rule", "CNN20").out.splitlines()[0] == f"CNN201  {ERRORS['CNN201']}"
    assert [line.split()[1] for line in run("rule", "cnn32").out.splitlines()] == [
        "one-value-per-channel",
        "dropout-before-norm",
        "softmax-before-loss",
    ]


EXPLAINED = """\
CNN318 checkerboard
a transposed convolution whose copies of the kernel overlap unevenly

A transposed convolution whose stride does not divide its kernel, or has a
factor in common with its dilation. Kernel 4 with stride 2 overlaps evenly, and
kernel 2 with stride 2 does not overlap; kernel 3 with stride 2 is uneven.

Some outputs are then sums of more products than their neighbours, in a regular
pattern, which shows as a checkerboard in generated images, and in gradients.
Training can learn the pattern away, but in practice does not quite.

Instead of
    64x16x16 tconv3-32/2,p1,op1 relu
write
    64x16x16 tconv4-32/2,p1 relu

What is said of the first:
    1:15: warning[CNN318]: layer 'tconv1' (tconv): rows and columns of its result are sums of differently many inputs in turn: \
the kernel 3 is no multiple of the stride 2
        1 | 64x16x16 tconv3-32/2,p1,op1 relu
          |               ^ take kernel 4 (with other padding), or upsample2 and a convolution

Source: Odena, Dumoulin, Olah: Deconvolution and Checkerboard Artifacts, Distill
2016

To ignore it on a line of a spec: # cnncalc: ignore[CNN318]
"""


@pytest.mark.parametrize("name", ["CNN318", "cnn318", "checkerboard"])
def test_a_rule_is_explained(name: str) -> None:
    assert run("rule", name).out == EXPLAINED


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_every_rule_is_explained_with_what_it_says(rule: object) -> None:
    (entry,) = [e for e in named() if e.rule is rule]
    text = as_text([entry])
    assert text.count(f"warning[{entry.code}]") >= 1
    assert (" (off by default)" in text.splitlines()[0]) == (not entry.rule.default if entry.rule else False)
    assert ("[tool.cnncalc]" in text) == bool(entry.rule and entry.rule.settings)


def test_markdown_has_a_heading_for_each_rule_and_a_table_of_errors() -> None:
    text = as_markdown(named())
    assert re.findall(r"^## (CNN\d+)", text, re.MULTILINE) == [rule.code for rule in RULES]
    assert re.findall(r"^\| (CNN\d+)", text, re.MULTILINE) == list(ERRORS)
    assert text.count("```") == 4 * len(RULES)


def test_json_has_everything_there_is_to_say() -> None:
    printed = json.loads(run("rule", "--format", "json").out)
    assert printed["schema_version"] == 1
    assert printed["codes"] == json.loads(json.dumps(as_plain(named())))
    first = next(c for c in printed["codes"] if c["kind"] == "advice")
    assert set(first) == {
        *(
            "code",
            "kind",
            "name",
            "summary",
            "default",
            "what",
            "why",
            "wrong",
            "better",
            "settings",
            "source",
        )
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("CNN999", "error[CNN105]: no code or rule is called 'CNN999'\n  cnncalc rule lists all codes\n"),
        ("gridd", "error[CNN105]: no code or rule is called 'gridd'\n  did you mean 'gridding'?\n"),
    ],
)
def test_what_there_is_not(name: str, message: str) -> None:
    with pytest.raises(SpecError):
        named(name)
    ran = run("rule", name)
    assert (ran.code, ran.err) == (2, message)
