"""A broken or hostile file among good ones is one diagnostic, and does not disturb the others."""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.check.repository import cnncalc, copied

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="needs pipes, devices, capabilities"
)

HEAD = "cnncalc: 1\ninput: 3x8x8\nlayers: "
_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content, encoding="utf-8")


def data(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def forbidden(path: Path) -> None:
    path.write_text(HEAD + "[relu]", encoding="utf-8")
    path.chmod(0)


#: name -> how it comes about, the code, and the beginning of what is said
HOSTILE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "deep.cnn.yaml": (text(HEAD + "[" * 100_000), "CNN163", "lists and mappings are nested deeper than 64"),
    "deep.cnn.json": (text('{"a":' * 100_000), "CNN163", "lists and mappings are nested deeper than 64"),
    "large.cnn.yaml": (
        text(f"{HEAD}[relu]\n#{'x' * 20_000_000}"),
        "CNN162",
        "the text has 20,000,040 characters",
    ),
    "binary.cnn.json": (data(bytes(range(256)) * 20), "CNN102", "is not UTF-8 text (byte 128)"),
    "latin.cnn.toml": (data(b"cnncalc = 1\nname = '\xe9'\n"), "CNN102", "is not UTF-8 text (byte 20)"),
    "zeros.cnn.yaml": (data(bytes(1000)), "CNN161", "the character U+0000 cannot stand in a spec"),
    "empty.cnn.yaml": (data(b""), "CNN160", "the spec is empty"),
    "layers.cnn.yaml": (
        text(f"{HEAD}['1000*(1000*(1000*(relu)))']"),
        "CNN130",
        "the spec expands to more than 1,000,000 layers",
    ),
    "number.cnn.yaml": (
        text(f"{HEAD}['conv3-{'9' * 5000}']"),
        "CNN108",
        "99999999999999999999… is too large",
    ),
    "alias.cnn.yaml": (text("a: &a [x]\nb: [*a, *a]\n"), "CNN167", ""),
    "broken.cnn.yaml": (
        text(f"{HEAD}['conv3-8,g2']"),
        "CNN203",
        "layer 'conv1' (conv): groups=2 does not divide",
    ),
    "pipe.cnn.yaml": (os.mkfifo, "CNN102", "is a pipe or a device"),
    "device.cnn.yaml": (lambda path: path.symlink_to("/dev/zero"), "CNN102", "is a pipe or a device"),
    "loop.cnn.yaml": (
        lambda path: path.symlink_to(path.name),
        "CNN102",
        "cannot be read: Too many levels of symbolic links",
    ),
    "nowhere.cnn.yaml": (lambda path: path.symlink_to("there-is-none"), "CNN102", "there is no file "),
    "forbidden.cnn.yaml": (forbidden, "CNN102", "cannot be read: Permission denied"),
}


def without_privileges() -> None:
    """Let root be refused what any user is refused. Runs in the child before it becomes cnncalc."""
    if os.geteuid() == 0:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            if prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "the capability cannot be dropped")


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with all of them among its two good specs, and a folder that is called like a spec."""
    root = copied(tmp_path_factory.mktemp("besieged"))
    for name, (make, _, _) in HOSTILE.items():
        make(root / "nets" / name)
    (root / "nets/folder.cnn.yaml").mkdir()
    (root / "nets/folder.cnn.yaml/inner.cnn.yaml").write_text(HEAD + "[relu]\nexpect: {params: 0}\n")
    return root


def test_each_is_one_diagnostic_and_the_good_ones_are_checked(besieged: Path) -> None:
    ran = cnncalc(besieged, "check", "--format", "json", given={"preexec_fn": without_privileges})
    assert (ran.code, ran.err) == (2, "")
    files = {Path(file["path"]).relative_to("nets").as_posix(): file for file in json.loads(ran.out)["files"]}
    good = {"small.cnn.yaml": 7, "wide.cnn.yaml": 4, "folder.cnn.yaml/inner.cnn.yaml": 1}
    assert set(files) == {*HOSTILE, *good}
    for name, count in good.items():
        assert [e["status"] for e in files[name]["expectations"]] == ["met"] * count
        assert (files[name]["broken"], files[name]["findings"]) == (False, [])
    for name, (_, code, message) in HOSTILE.items():
        (finding,) = files[name]["findings"]
        assert (files[name]["broken"], finding["code"]) == (True, code), name
        assert finding["message"].removeprefix(f"nets/{name} ").startswith(message), name


def test_the_number_of_processes_changes_nothing(besieged: Path) -> None:
    one = cnncalc(besieged, "check", "--jobs", "1")
    assert one.code == 2
    assert cnncalc(besieged, "check", "--jobs", "2") == one


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    """Its specs would be missing, and nobody would know."""
    root = copied(tmp_path)
    (root / "nets/closed").mkdir(mode=0)
    ran = cnncalc(root, "check", given={"preexec_fn": without_privileges})
    (root / "nets/closed").chmod(0o700)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error[CNN102]: nets/closed cannot be read: Permission denied\n")


@pytest.mark.parametrize("name", ["x" * 300 + ".yaml", "a\nb.yaml", "\udcff.yaml"])
def test_odd_names_of_files(name: str, tmp_path: Path) -> None:
    ran = cnncalc(tmp_path, "check", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error[CNN102]: ")
    assert len(ran.err.splitlines()) == 2
