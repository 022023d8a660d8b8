"""What machines read: valid by the published schemas, complete, and unharmed by what files and layers are called."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.check.formats.fingerprints import fingerprinted
from cnncalc.check.formats.github import as_commands
from cnncalc.check.formats.gitlab import as_gitlab
from cnncalc.check.formats.json import as_json
from cnncalc.check.formats.junit import as_junit
from cnncalc.check.formats.markdown import as_markdown
from cnncalc.check.formats.sarif import as_sarif
from cnncalc.check.formats.text import as_text, summary
from cnncalc.check.model import Checked, Outcome, Run
from cnncalc.errors import Diagnostic, Span
from cnncalc.report.style import Style
from cnncalc.spec.bounds import bound_of
from cnncalc.spec.expectations import Expectation
from tests.check.validators import GITLAB_SEVERITIES, JUNIT, SARIF, unescaped

texts = st.text(max_size=30) | st.sampled_from(
    ["::error::x", "a%0Ab", "]]>", "</failure>", "a,b:c", "|x|", "é\u202e"]
)
spans = st.builds(Span, st.integers(1, 9), st.integers(1, 40), st.integers(1, 9), st.just("nets/a.cnn.yaml"))
diagnostics = st.builds(
    Diagnostic,
    st.sampled_from(["CNN301", "CNN201", "CNN501"]),
    texts,
    st.none() | texts,
    spans,
    st.sampled_from(["error", "warning"]),
    st.lists(texts, max_size=2).map(tuple),
)


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    expectation = Expectation(
        draw(st.none() | texts), draw(st.none() | texts), "macs", bound_of("<= 3M"), draw(spans)
    )
    status = draw(st.sampled_from(["met", "unmet", "unchecked"]))
    return Outcome(expectation, "3,000,001", status, None if status == "met" else draw(diagnostics))


@st.composite
def runs(draw: st.DrawFn) -> Run:
    files = [
        Checked(
            f"/work space/{draw(texts)}{i}.cnn.yaml",
            tuple(draw(st.lists(diagnostics, max_size=3))),
            tuple(draw(st.lists(outcomes(), max_size=3))),
            ("",),
            draw(st.booleans()),
            tuple((n, draw(texts)) for n in range(1, 10)),
        )
        for i in range(draw(st.integers(0, 3)))
    ]
    return Run(
        tuple(files), "/work space", draw(st.booleans()), tuple(draw(st.lists(diagnostics, max_size=2)))
    )


@given(runs())
@settings(deadline=None, max_examples=100)
def test_sarif_is_valid_and_complete(run: Run) -> None:
    plain = json.loads(as_sarif(run, {"CNN501": "what is not as expected"}))
    SARIF.validate(plain)
    (only,) = plain["runs"]
    assert [r["ruleId"] for r in only["results"]] == [d.code for d in run.findings]
    rules = only["tool"]["driver"]["rules"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in only["results"])
    prints = [r["partialFingerprints"]["cnncalc/v1"] for r in only["results"]]
    assert len(set(prints)) == len(prints)


def test_the_schema_of_sarif_can_refuse() -> None:
    plain = json.loads(as_sarif(Run((), "/"), {}))
    del plain["runs"][0]["tool"]
    assert not SARIF.is_valid(plain)


@given(runs())
@settings(deadline=None, max_examples=100)
def test_junit_is_valid_and_adds_up(run: Run) -> None:
    text = as_junit(run)
    JUNIT.validate(text)
    root = ElementTree.fromstring(text)
    for element in (root, *root.iter("testsuite")):
        for what, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(element.attrib[what]) == len(list(element.iter(tag)))
    unmet = sum(o.status == "unmet" for c in run.files for o in c.outcomes)
    assert int(root.attrib["failures"]) == unmet + len(run.others)
    assert (int(root.attrib["failures"]) + int(root.attrib["errors"]) > 0) or run.exit_code != 1 or run.strict


def test_the_schema_of_junit_can_refuse() -> None:
    assert not JUNIT.is_valid(as_junit(Run((), "/")).replace("testsuites", "suites"))


@given(runs())
@settings(deadline=None, max_examples=100)
def test_gitlab_has_all_fields(run: Run) -> None:
    issues = json.loads(as_gitlab(run))
    assert len(issues) == len(run.findings)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in GITLAB_SEVERITIES
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith("./")
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


@given(runs())
@settings(deadline=None, max_examples=100)
def test_github_reads_every_command_as_it_was_meant(run: Run) -> None:
    """The runner splits lines at line feeds, and takes a line for a command that begins with ::"""
    lines = as_commands(run).split("\n")
    commands = [line for line in lines if line.lstrip().startswith("::")]
    shown = [d for d in run.findings if d.severity == "error"][:10]
    shown += [d for d in run.findings if d.severity == "warning"][:10]
    assert len(commands) == len(shown)
    for d in shown:
        data = "\n".join([d.message, *([d.cure] if d.cure else []), *d.notes])
        found = [re.fullmatch(r"::(error|warning) ([^:]*)::(.*)", line, re.DOTALL) for line in commands]
        assert any(m and m[1] == d.severity and unescaped(m[3]) == data for m in found)
    assert len(lines) == len(run.findings) + 2


def test_github_is_told_no_more_than_it_shows() -> None:
    d = Diagnostic("CNN301", "a::b", None, Span(1, 1, 1, "a.cnn.yaml"), "warning")
    many = tuple([d] * 25)
    lines = as_commands(Run((Checked("a.cnn.yaml", many),), ".")).splitlines()
    assert sum(line.startswith("::warning") for line in lines) == 10
    assert sum("warning[CNN301]" in line for line in lines) == 15


@given(runs())
@settings(deadline=None, max_examples=100)
def test_json_has_everything(run: Run) -> None:
    plain = json.loads(as_json(run))
    assert plain["ok"] == (run.exit_code == 0)
    found = [f["message"] for file in plain["files"] for f in file["findings"]]
    assert found + [f["message"] for f in plain["findings"]] == [d.message for d in run.findings]
    assert [f["path"] for f in plain["findings"]] == [d.span and run.path(d.span.file) for d in run.others]
    statuses = [e["status"] for file in plain["files"] for e in file["expectations"]]
    assert statuses == [o.status for c in run.files for o in c.outcomes]


@given(runs())
@settings(deadline=None, max_examples=100)
def test_a_summary_of_a_step_keeps_to_its_limit(run: Run) -> None:
    whole = as_markdown(run)
    assert len(as_markdown(run, most=2000).encode()) <= max(2000, len(summary(run).encode()) + 300)
    assert whole.count("\n| ") == (len(run.findings) + 2 if run.findings else 0)


@given(runs())
@settings(deadline=None, max_examples=100)
def test_people_see_every_finding_and_nothing_that_steers_a_terminal(run: Run) -> None:
    text = as_text(run, Style())
    assert text.count("error[CNN") + text.count("warning[CNN") >= len(run.findings)
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("above", ["", "# one more line\n\n"])
def test_a_fingerprint_outlives_lines_above(above: str, tmp_path: Path) -> None:
    from cnncalc.check.run import Options, check_file

    def prints(text: str) -> list[str]:
        path = tmp_path / "net.cnn.yaml"
        path.write_text(text, encoding="utf-8")
        return [mark for _, mark in fingerprinted(Run((check_file(str(path), Options()),), str(tmp_path)))]

    body = "cnncalc: 1\ninput: 3x8x8\nlayers: [conv3-4]\nexpect: {params: [1, 2], macs: 1}\n"
    assert prints(above + body) == prints(body)
    assert len(set(prints(body))) == 3


@pytest.mark.parametrize(
    ("broken", "errors", "warnings", "strict", "code"),
    [
        (False, 0, 0, False, 0),
        (False, 0, 1, False, 0),
        (False, 0, 1, True, 1),
        (False, 1, 0, False, 1),
        (True, 1, 0, False, 2),
    ],
)
def test_exit_codes(broken: bool, errors: int, warnings: int, strict: bool, code: int) -> None:
    found = [Diagnostic("CNN201", "x")] * errors + [Diagnostic("CNN301", "x", severity="warning")] * warnings
    assert Run((Checked("a", tuple(found), broken=broken),), ".", strict).exit_code == code
