"""The floors of the house: who may import whom, proven on the code, and the proof itself proven able to fail."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "cnncalc"

#: a module may import from floors below its own, and from its own package
FLOORS = {
    "record": 0,
    "collector": 0,
    "errors": 0,
    "symbolic": 0,
    "zoo": 0,
    "shape": 1,
    "layers": 2,
    "spec": 3,
    "network": 4,
    "passes": 5,
    "analysis": 6,
    "loader": 6,
    "quantities": 7,
    "topics": 7,
    "report": 7,
    "verification": 7,
    "check": 8,
    "practice": 8,
    "solving": 8,
    "formulas": 9,
    "cli": 10,
    "pytest_plugin": 10,
    "__init__": 11,
    "__main__": 11,
}
#: what is allowed where, besides the standard library: third party -> places
ALLOWED = {
    "pydantic": ("spec/", "report/json.py"),
    "yaml": ("spec/",),
    "rich": ("report/terminal.py", "cli/"),
    "typer": ("cli/",),
    "pytest": ("pytest_plugin.py",),
    "numpy": ("symbolic/arrays.py",),
    "torch": ("verification/",),
    "safetensors": ("verification/",),
    "genanki": ("practice/export/apkg.py",),
}
#: within the bottom floor: what rests on what
BOTTOM = {("symbolic", "errors"), ("symbolic", "record"), ("errors", "record"), ("zoo", "record")}
#: the one way up: `network.analyse()` is where people look for what `cnncalc.analyse` is, and hands on to it
UP = {("network/model.py", "cnncalc.analysis")}
#: calls that reach out of the program, and who may make them
FUNCTIONS = {"print", "open", "input"}
METHODS = {"open", "exit", "read_text", "write_text", "read_bytes", "write_bytes"}
MODULES = {"random", "time", "secrets", "socket", "subprocess"}
#: what is measured against torch is told with the seconds that it took; an exam has an end
MAY_TIME = ("verification/run.py", "cli/exam.py")
#: random networks are drawn from a seed, and told with the seconds that they took
MAY_DRAW = (("random", "verification/random"), ("time", "verification/random"))
#: problems are drawn from a seed
MAY_CHOOSE = "practice/draw.py"
#: git is asked for a file as it was
MAY_START = "cli/revision.py"
MAY_REACH = ("cli/", "loader.py")


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Every imported module by full name with its line, imports within functions too, type-checking ones not."""
    tree = ast.parse(source)
    ghosts = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in ghosts:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.lineno, node.module or ""
            if node.module == "cnncalc":
                yield from ((node.lineno, f"cnncalc.{alias.name}") for alias in node.names)


def violations(path: str, source: str) -> list[str]:
    """What a file at this path below cnncalc/ imports or does that it may not."""
    own = path.split("/", maxsplit=1)[0].removesuffix(".py")
    found = []
    for line, name in imports(source):
        top = name.split(".")[0]
        if top == "cnncalc":
            home = [*name.split("."), "__init__"][1]
            if home in ("__init__", "__version__") or (path, name) in UP:
                continue
            if home not in FLOORS:
                found.append(f"{path}:{line} imports {name}, which has no floor")
            elif home != own and FLOORS[home] >= FLOORS[own] and (own, home) not in BOTTOM:
                found.append(f"{path}:{line} (floor {FLOORS[own]}) imports {name} (floor {FLOORS[home]})")
        elif (top not in sys.stdlib_module_names and not path.startswith(ALLOWED.get(top, ()))) or (
            top in MODULES
            and (top, path)
            not in (*(("time", m) for m in MAY_TIME), ("subprocess", MAY_START), ("random", MAY_CHOOSE))
            and (top, path.rpartition("/")[0]) not in MAY_DRAW
        ):
            found.append(f"{path}:{line} imports {name}")
    if not path.startswith(MAY_REACH):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                function = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
                method = isinstance(node.func, ast.Attribute) and node.func.attr in METHODS
                if function or method:
                    found.append(f"{path}:{node.lineno} calls {ast.unparse(node.func)}")
    return found


FILES = sorted(p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES)
def test_every_file_keeps_to_its_floor(path: str) -> None:
    assert violations(path, (ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("layers/conv.py", "from cnncalc.spec.words import parse_words"),
        ("errors.py", "import cnncalc.shape"),
        ("shape.py", "from cnncalc import layers"),
        ("symbolic/expr.py", "from cnncalc.shape import Shape"),
        ("network/build.py", "import pydantic"),
        ("network/build.py", "from cnncalc.analysis import analyse"),
        ("network/model.py", "from cnncalc.report import text"),
        ("symbolic/expr.py", "import numpy"),
        ("analysis.py", "def f():\n    import yaml"),
        ("report/table.py", "from rich.table import Table"),
        ("report/terminal.py", "import typer"),
        ("spec/document.py", "import torch"),
        ("cli/summary.py", "def f():\n    from torch import nn"),
        ("passes/cost.py", "print(1)"),
        ("network/build.py", "from pathlib import Path\nPath('x').read_text()"),
        ("spec/reader.py", "open('x')"),
        ("layers/new.py", "import cnncalc.nowhere"),
        ("passes/cost.py", "import random"),
        ("cli/summary.py", "import subprocess"),
    ],
)
def test_a_wrong_import_is_noticed(path: str, source: str) -> None:
    assert len(violations(path, source)) == 1


def test_right_imports_are_fine() -> None:
    assert violations("cli/x.py", "import typer, rich, json\nfrom cnncalc.loader import load\nprint()") == []
    assert violations("spec/x.py", "if TYPE_CHECKING:\n    import torch\nimport yaml, pydantic") == []


def asks_for_the_kind(source: str) -> list[int]:
    """Lines that compare a layer's kind or class instead of asking the layer."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(
                isinstance(s, ast.Attribute) and s.attr == "kind" and "layer" in ast.unparse(s.value)
                for s in sides
            ):
                lines.append(node.lineno)
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "isinstance"
            and "layer" in ast.unparse(node.args[0])
        ):
            lines.append(node.lineno)
    return lines


@pytest.mark.parametrize("path", [p for p in FILES if not p.startswith("layers/")])
def test_nobody_asks_for_the_kind(path: str) -> None:
    assert asks_for_the_kind((ROOT / path).read_text(encoding="utf-8")) == []


def test_asking_for_the_kind_is_noticed() -> None:
    assert asks_for_the_kind("if node.layer.kind == 'conv':\n    pass") == [1]
    assert asks_for_the_kind("x = isinstance(layer, Conv)") == [1]


def modules_after(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stdout.splitlines()[-1].split())


SUMMARY = "import sys; sys.argv = ['cnncalc', 'summary', {!r}]\nfrom cnncalc.cli import main\ntry: main()\nexcept SystemExit: pass"


@pytest.mark.parametrize("network", ["resnet18", "3x32x32 conv3-8 relu"])
def test_summary_does_not_import_torch(network: str) -> None:
    loaded = modules_after(SUMMARY.format(network))
    assert "cnncalc.analysis" in loaded
    assert not loaded & {"torch", "numpy", "sympy"}


def test_that_torch_would_be_noticed() -> None:
    assert "torch" in modules_after("import torch")


def test_the_core_needs_the_standard_library_alone() -> None:
    core = "import cnncalc.errors, cnncalc.symbolic, cnncalc.shape, cnncalc.layers\n"
    code = core + "[cnncalc.layers.KINDS[k] for k in cnncalc.layers.KINDS]"
    assert not modules_after(code) & {"pydantic", "yaml", "rich", "typer", "torch"}


def test_no_file_is_long() -> None:
    lengths = {p: len((ROOT / p).read_text(encoding="utf-8").splitlines()) for p in FILES}
    assert {p: n for p, n in lengths.items() if n > 400} == {}
