"""The index of the zoo is what the spec files say, and `cnncalc zoo` is what the index says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnncalc import zoo
from cnncalc.loader import load, zoo_entries, zoo_members
from tests.console import run
from tests.zoo.index import entry_of, index_text, year

#: networks of other structures; all are made anew where time allows: python -m tests.zoo.index
SOME = ("lenet5_1998", "resnet18", "mobilenet_v3_small", "dcgan_generator", "cifar10_mlp")


def test_every_network_is_listed_once_in_the_order_of_the_files() -> None:
    names = [name for name, _ in zoo_members()]
    assert [entry.name for entry in zoo_entries()] == names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", SOME)
def test_an_entry_is_what_the_spec_says(name: str) -> None:
    (listed,) = (e for e in json.loads(zoo.INDEX.read_text(encoding="utf-8")) if e["name"] == name)
    assert entry_of(name) == listed


@pytest.mark.parametrize("entry", zoo_entries(), ids=lambda entry: entry.name)
def test_sums_of_every_network(entry: object) -> None:
    from cnncalc.analysis import analyse
    from cnncalc.zoo.entry import Entry

    assert isinstance(entry, Entry)
    found = analyse(load(entry.name))
    assert (found.totals.params, found.totals.macs, str(found.input)) == (
        entry.params,
        entry.macs,
        entry.input,
    )
    assert entry.source == found.source
    assert year(entry.source) == entry.year


def test_the_index_is_written_as_it_is_read() -> None:
    text = zoo.INDEX.read_text(encoding="utf-8")
    assert index_text(json.loads(text)) == text


def test_it_is_filtered_and_sorted() -> None:
    ran = run("zoo", "--find", "mobilenet", "--params", "<= 2M", "--sort", "macs", "--format", "json")
    found = json.loads(ran.out)["networks"]
    assert [e["macs"] for e in found] == sorted(e["macs"] for e in found)
    expected = {e.name for e in zoo_entries() if "mobilenet" in e.name and e.params <= 2_000_000}
    assert {e["name"] for e in found} == expected
    assert expected


def test_a_near_miss_is_told_the_name() -> None:
    ran = run("zoo", "show", "mobilnet_v2")
    assert ran.code == 2
    assert "did you mean 'mobilenet_v2'?" in ran.err
    assert run("zoo", "show", "nope").err.endswith("cnncalc zoo lists all names\n")


def test_a_name_without_a_word_before_it_is_told_what_to_write() -> None:
    ran = run("zoo", "resnet50")
    assert (ran.code, ran.out) == (2, "")
    assert "cnncalc zoo show resnet50" in ran.err


def test_copies_do_not_replace_what_is_there(tmp_path: Path) -> None:
    target = tmp_path / "mine.cnn.yaml"
    assert run("zoo", "copy", "lenet5", str(target)).code == 0
    before = target.read_text(encoding="utf-8")
    ran = run("zoo", "copy", "resnet50", str(target))
    assert ran.code == 2
    assert "is there already" in ran.err
    assert target.read_text(encoding="utf-8") == before
    assert run("zoo", "copy", "resnet50", str(target), "--force").code == 0
    assert target.read_text(encoding="utf-8") == run("zoo", "show", "resnet50").out
