"""Which advice is on: selection by codes, beginnings of codes and names, and what cannot be read, pinned."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.check.lint import RULES, LintConfig, config_of
from cnncalc.errors import SpecError

CODES = [rule.code for rule in RULES]
DEFAULTS = {rule.code for rule in RULES if rule.default}

selectors = st.sampled_from(
    ["CNN", "CNN3", *sorted({c[:5] for c in CODES}), *CODES, *(r.name for r in RULES), "cnn31"]
)


def test_without_settings_the_defaults_are_on() -> None:
    assert config_of({}) == LintConfig()
    assert LintConfig().codes == DEFAULTS
    assert {"CNN331", "CNN332", "CNN333"} == set(CODES) - DEFAULTS


@pytest.mark.parametrize(
    ("table", "on"),
    [
        ({"select": ["CNN301"]}, {"CNN301"}),
        ({"select": ["bias-before-norm"]}, {"CNN301"}),
        ({"select": ["CNN33"]}, {"CNN331", "CNN332", "CNN333"}),
        ({"select": []}, set()),
        ({"select": ["CNN"]}, set(CODES)),
        ({"extend-select": ["CNN331"]}, DEFAULTS | {"CNN331"}),
        ({"ignore": ["CNN301"]}, DEFAULTS - {"CNN301"}),
        ({"ignore": ["CNN"]}, set()),
        ({"ignore": ["CNN"], "extend-select": ["CNN301"]}, {"CNN301"}),
        (
            {"select": ["CNN31"], "ignore": ["CNN3", "CNN318"]},
            {c for c in CODES if c[:5] == "CNN31"} - {"CNN318"},
        ),
        ({"select": ["CNN301"], "ignore": ["CNN301"]}, set()),
        ({"select": ["CNN301"], "ignore": ["bias-before-norm"]}, set()),
        ({"select": ["bias-before-norm"], "ignore": ["CNN30"]}, {"CNN301"}),
        ({"select": ["cnn301"]}, {"CNN301"}),
    ],
)
def test_selection(table: dict[str, list[str]], on: set[str]) -> None:
    assert config_of(table).codes == on


def named(selector: str, code: str, name: str) -> int:
    """How exactly a selector names a rule: by how many letters of its code; -1: not at all."""
    if selector == name:
        return 6
    return len(selector) if code.startswith(selector.upper()) else -1


@given(
    st.none() | st.lists(selectors, max_size=3),
    st.lists(selectors, max_size=3),
    st.lists(selectors, max_size=3),
)
def test_the_most_exact_selector_decides_and_of_two_alike_ignore(
    select: list[str] | None, extend: list[str], ignore: list[str]
) -> None:
    table: dict[str, Any] = {"extend-select": extend, "ignore": ignore}
    on = config_of(table if select is None else {**table, "select": select}).codes
    for rule in RULES:
        wanted = max([named(s, rule.code, rule.name) for s in (*(select or ()), *extend)], default=-1)
        if select is None and rule.default:
            wanted = max(wanted, 0)
        unwanted = max([named(s, rule.code, rule.name) for s in ignore], default=-1)
        assert (rule.code in on) == (wanted > unwanted)


@pytest.mark.parametrize(
    ("table", "message", "cure"),
    [
        ({"selct": ["CNN301"]}, "no setting is called 'selct'", "did you mean 'select'?"),
        ({"exlude": []}, "no setting is called 'exlude'", "did you mean 'exclude'?"),
        (
            {"a": 1},
            "no setting is called 'a'",
            "keys: exclude, extend-select, ignore, min-receptive-field, select, smallest-batch",
        ),
        ({"select": "CNN301"}, "select is no list of codes", 'write select = ["CNN301"]'),
        ({"ignore": [301]}, "ignore is no list of codes", 'write ignore = ["CNN301"]'),
        ({"select": ["CNN999"]}, "select: no advice is called 'CNN999'", "cnncalc rule lists all codes"),
        ({"select": [""]}, "select: no advice is called ''", "cnncalc rule lists all codes"),
        (
            {"ignore": ["checkerbord"]},
            "ignore: no advice is called 'checkerbord'",
            "did you mean 'checkerboard'?",
        ),
        (
            {"ignore": ["CNN203"]},
            "ignore: CNN203 is an error",
            "advice has codes from CNN300 on; an error has to be put right",
        ),
        ({"smallest-batch": 0}, "smallest-batch is 0", "give a number of at least 1"),
        ({"smallest-batch": True}, "smallest-batch is True", "give a number of at least 1"),
        ({"smallest-batch": "input"}, "smallest-batch is 'input'", "give a number of at least 1"),
        (
            {"min-receptive-field": "all"},
            "min-receptive-field is 'all'",
            'give a number of at least 1 or "input"',
        ),
        (
            {"min-receptive-field": 1.5},
            "min-receptive-field is 1.5",
            'give a number of at least 1 or "input"',
        ),
    ],
)
def test_what_means_nothing_is_refused(table: dict[str, Any], message: str, cure: str) -> None:
    with pytest.raises(SpecError) as raised:
        config_of(table, "pyproject.toml", also=["exclude"])
    (d,) = raised.value.diagnostics
    assert (d.code, d.message, d.cure) == ("CNN105", f"pyproject.toml: {message}", cure)


def test_the_other_settings() -> None:
    config = config_of({"smallest-batch": 4, "min-receptive-field": 64})
    assert (config.smallest_batch, config.min_receptive_field) == (4, 64)
    assert config_of({"min-receptive-field": "input"}).min_receptive_field == "input"
