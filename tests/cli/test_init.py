"""`cnncalc init`: what it writes, and that it replaces nothing unless it is told to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.console import Ran, run

GOLDEN = Path(__file__).parent / "goldens" / "init.cnn.yaml"
SCHEMA = "cnncalc.schema.json"


def test_it_writes_a_spec_and_its_schema(tmp_path: Path) -> None:
    assert run("init", folder=tmp_path) == Ran(0, "wrote net.cnn.yaml\n", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == [SCHEMA, "net.cnn.yaml"]
    assert (tmp_path / "net.cnn.yaml").read_text(encoding="utf-8") == GOLDEN.read_text(encoding="utf-8")
    assert json.loads((tmp_path / SCHEMA).read_text(encoding="utf-8"))["type"] == "object"


def test_what_it_writes_passes(tmp_path: Path) -> None:
    run("init", folder=tmp_path)
    ran = run("check", "--strict", folder=tmp_path)
    assert ran == Ran(0, "1 file, 1 network: 6 of 6 expectations met\n", "")


def test_the_network_is_called_as_the_file_in_folders_that_are_made(tmp_path: Path) -> None:
    file = "nets/on: off.cnn.yaml"
    assert run("init", file, "--no-schema", folder=tmp_path) == Ran(0, f"wrote {file}\n", "")
    assert [path.name for path in (tmp_path / "nets").iterdir()] == ["on: off.cnn.yaml"]
    assert json.loads(run("summary", file, "--format", "json", folder=tmp_path).out)["name"] == "on: off"


def test_nothing_is_replaced(tmp_path: Path) -> None:
    for name in ("net.cnn.yaml", SCHEMA):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    error = "error[CNN104]: net.cnn.yaml is there already\n  give another name, or --force\n"
    assert run("init", folder=tmp_path) == Ran(2, "", error)
    assert run("init", "other.cnn.yaml", folder=tmp_path).code == 0
    assert {(tmp_path / name).read_text(encoding="utf-8") for name in ("net.cnn.yaml", SCHEMA)} == {"mine"}


def test_force_replaces_both(tmp_path: Path) -> None:
    for name in ("net.cnn.yaml", SCHEMA):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    assert run("init", "--force", folder=tmp_path).code == 0
    assert (tmp_path / "net.cnn.yaml").read_text(encoding="utf-8") == GOLDEN.read_text(encoding="utf-8")
    assert json.loads((tmp_path / SCHEMA).read_text(encoding="utf-8"))["type"] == "object"


@pytest.mark.parametrize("name", ["net.yaml", "net", "net.cnn.json"])
def test_only_names_that_check_finds(name: str, tmp_path: Path) -> None:
    ran = run("init", name, folder=tmp_path)
    assert (ran.code, ran.out, list(tmp_path.iterdir())) == (2, "", [])
    assert ran.err.startswith(f"error[CNN104]: {name} is no name of a spec\n")
