"""Interrupted, unread, and without room: no half of anything is left, nobody sees a traceback, and the exit code says which."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.check.repository import COMMAND, cnncalc, copied, environment, regressed

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc about processes")

#: what takes some seconds to build, so that there is time to interrupt it
LONG = "cnncalc: 1\ninput: 8x8x8\nlayers: ['200000*(conv1-8 relu)']\n"
DEADLINE = 60.0


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """cnncalc in a folder, with a process group of its own, as a shell starts it."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def soon(what: Callable[[], bool]) -> bool:
    """Whether something becomes so within the deadline."""
    end = time.monotonic() + DEADLINE
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def children(process: int) -> set[int]:
    """The processes that a process has started and that still run."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except FileNotFoundError:
        return set()
    return {int(number) for number in text.split() if is_running(int(number))}


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def is_busy(process: int) -> bool:
    """Whether a process has read what it needs of Python, and works: it has used a second of processor time."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) > os.sysconf("SC_CLK_TCK")


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """The repository with specs that take long, and a report of yesterday."""
    root = copied(tmp_path)
    for i in range(4):
        (root / f"nets/long{i}.cnn.yaml").write_text(LONG, encoding="utf-8")
    (root / "report").write_text("yesterday's\n", encoding="utf-8")
    return root


def is_untouched(root: Path) -> bool:
    """Whether there is nothing that was not there, and the report is yesterday's."""
    names = {".git", "nets", "branch", "models.py", "pyproject.toml", "report"}
    return {p.name for p in root.iterdir()} - {"__pycache__"} == names and (
        root / "report"
    ).read_text() == "yesterday's\n"


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c(jobs: int, long: Path) -> None:
    """The terminal sends it to the whole group."""
    with started(long, "check", "--jobs", str(jobs), "--output-file", "report") as process:
        if jobs > 1:
            assert soon(lambda: len(children(process.pid)) == jobs)
        workers = children(process.pid)
        assert soon(lambda: all(map(is_busy, workers or {process.pid})))
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, out, err) == (130, "", "")
    assert not any(map(is_running, workers))
    assert is_untouched(long)


def test_processes_end_with_the_one_that_waits_for_them(long: Path) -> None:
    with started(long, "check", "--jobs", "2", "--output-file", "report") as process:
        assert soon(lambda: len(children(process.pid)) == 2)
        workers = children(process.pid)
        process.kill()
    assert soon(lambda: not any(map(is_running, workers)))
    assert is_untouched(long)


def test_a_process_that_is_killed_is_told(long: Path) -> None:
    """As the system does where memory is short."""
    with started(long, "check", "--jobs", "2", "--output-file", "report") as process:
        assert soon(lambda: len(children(process.pid)) == 2)
        workers = children(process.pid)
        os.kill(min(workers), signal.SIGKILL)
        out, err = process.communicate(timeout=DEADLINE)
    said = (
        "error[CNN106]: a process that checks files has been killed\n"
        "  is there too little memory? --jobs 1 needs the least\n"
    )
    assert (process.returncode, out, err) == (2, "", said)
    assert not any(map(is_running, workers))
    assert is_untouched(long)


@pytest.mark.parametrize("arguments", [("check",), ("schema",), ("diff", "resnet18", "resnet34")], ids=str)
def test_a_closed_pipe(arguments: tuple[str, ...], tmp_path: Path) -> None:
    root = regressed(tmp_path)
    with started(root, *arguments) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_who_reads_one_line_gets_it(tmp_path: Path) -> None:
    root = regressed(tmp_path)
    line = "set -o pipefail; " + " ".join(COMMAND) + " check | head -n 1"
    ran = subprocess.run(
        ["bash", "-c", line], cwd=root, env=environment(), capture_output=True, text=True, check=False
    )
    assert ran.stdout.startswith("nets/wide.cnn.yaml:12:11: error[CNN501]: ")
    assert ran.stderr == ""
    # head may have gone before the rest was written, or after it
    assert ran.returncode in (1, 141)


def test_a_full_disk_behind_standard_output(tmp_path: Path) -> None:
    root = regressed(tmp_path)
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [*COMMAND, "check"], cwd=root, env=environment(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert ran.returncode == 2
    assert b"cannot write the output: [Errno 28] No space left on device" in ran.stderr
    assert b"Traceback" not in ran.stderr


def no_room() -> None:
    """No file of this process can grow beyond 100 bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


@pytest.mark.parametrize(
    "arguments",
    [("--format", "sarif", "--output-file", "report"), ("--write-baseline", "report")],
    ids=["report", "baseline"],
)
def test_a_full_disk_leaves_a_file_as_it_was(arguments: tuple[str, ...], tmp_path: Path) -> None:
    root = regressed(tmp_path)
    (root / "report").write_text("yesterday's\n", encoding="utf-8")
    ran = cnncalc(root, "check", *arguments, given={"preexec_fn": no_room})
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error[CNN104]: report cannot be written: File too large\n  check the path\n"
    assert is_untouched(root)


def test_a_full_disk_leaves_the_summary_of_a_step_as_it_was(tmp_path: Path) -> None:
    root = regressed(tmp_path)
    summary = tmp_path / "summary.md"
    summary.write_text("what an earlier step said\n", encoding="utf-8")
    given = {"CNNCALC_FORMAT": "github", "GITHUB_STEP_SUMMARY": str(summary)}
    ran = cnncalc(root, "check", given={"preexec_fn": no_room}, **given)
    assert ran.code == 2
    assert ran.err.startswith(f"error[CNN104]: {summary} cannot be written: ")
    assert summary.read_text(encoding="utf-8") == "what an earlier step said\n"
