"""A team's own module by its name: what is imported, how it is made, and every way in which that can fail."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
import torch
from torch import nn

from cnncalc.errors import CnncalcError
from cnncalc.verification.module import load_module

NETS = """\
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self, width, *, classes=10):
            super().__init__()
            if width % 2:
                raise ValueError("width must\\nbe even")
            self.conv = nn.Conv2d(3, width, 3)
            self.fc = nn.Linear(width, classes)
            print("made")

    class Group:
        class Small(Net):
            def __init__(self):
                super().__init__(4)

    class Picky(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, int(torch.linspace(1, 3, 3)[-1].item()))

    def table():
        return {"net": Net(2)}

    def leave():
        raise SystemExit(3)

    def stop():
        raise KeyboardInterrupt

    def late():
        import nets_beside
        return nets_beside.made()

    def positional(width, /):
        return Net(width)

    net = Net(2, classes=3)
    size = 7
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "nets.py", NETS)
    write(tmp_path / "nets_beside.py", "from torch import nn\n\ndef made():\n    return nn.Linear(2, 5)\n")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")


def shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(p.shape) for name, p in module.named_parameters()}


NET = {"conv.weight": (2, 3, 3, 3), "conv.bias": (2,), "fc.weight": (3, 2), "fc.bias": (3,)}


@pytest.mark.parametrize("reference", ["nets:Net", "nets.py:Net", " ./nets.py:Net "])
def test_a_class_is_made_without_memory(folder: Path, reference: str) -> None:
    made = load_module(reference, {"width": 2, "classes": 3}, folder=folder)
    assert shapes(made) == NET
    assert all(p.is_meta for p in made.parameters())


def test_a_module_is_taken_as_it_is(folder: Path) -> None:
    made = load_module("nets:net", {}, folder=folder)
    assert shapes(made) == NET
    assert not any(p.is_meta for p in made.parameters())


def test_attributes_may_have_attributes(folder: Path) -> None:
    assert shapes(load_module("nets:Group.Small", {}, folder=folder))["conv.weight"] == (4, 3, 3, 3)
    assert shapes(load_module("nets:net.fc", {}, folder=folder)) == {"weight": (3, 2), "bias": (3,)}


def test_what_cannot_be_made_without_memory_is_made_with_it(folder: Path) -> None:
    made = load_module("nets:Picky", {}, folder=folder)
    assert shapes(made) == {"fc.weight": (3, 2), "fc.bias": (3,)}
    assert all(p.device == torch.device("cpu") for p in made.parameters())


def test_what_is_imported_late_is_found(folder: Path) -> None:
    assert shapes(load_module("nets:late", {}, folder=folder)) == {"weight": (5, 2), "bias": (5,)}


def test_a_module_of_a_package(tmp_path: Path) -> None:
    write(tmp_path / "cnncalc_pack" / "__init__.py", "")
    write(
        tmp_path / "cnncalc_pack" / "deep.py",
        "from torch import nn\nfrom .parts import wide\nnet = nn.Linear(wide, 1)\n",
    )
    write(tmp_path / "cnncalc_pack" / "parts.py", "wide = 6\n")
    assert shapes(load_module("cnncalc_pack.deep:net", {}, folder=tmp_path))["weight"] == (1, 6)


def test_the_working_folder_is_searched_too(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert load_module("nets:net", {}, folder=tmp_path_factory.mktemp("specs"))


def test_two_folders_may_have_modules_of_the_same_name(tmp_path: Path) -> None:
    for name, width in (("a", 1), ("b", 2)):
        write(
            tmp_path / name / "nets.py",
            "from torch import nn\nimport nets_sizes\nnet = nn.Linear(nets_sizes.width, 1)\n",
        )
        write(tmp_path / name / "nets_sizes.py", f"width = {width}\n")
    found = [load_module("nets:net", {}, folder=tmp_path / name) for name in "aba"]
    assert [shapes(net)["weight"] for net in found] == [(1, 1), (1, 2), (1, 1)]


def test_the_search_path_is_as_it_was(folder: Path) -> None:
    before = list(sys.path)
    load_module("nets:net", {}, folder=folder)
    with pytest.raises(CnncalcError):
        load_module("nets:leave", {}, folder=folder)
    assert sys.path == before


def test_what_their_code_prints_goes_to_standard_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load_module("nets:Net", {"width": 2}, folder=folder)
    told = capsys.readouterr()
    assert (told.out, set(told.err.split())) == ("", {"made"})


def test_an_interrupt_goes_through(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        load_module("nets:stop", {}, folder=folder)


@pytest.mark.parametrize(
    ("reference", "kwargs", "expected"),
    [
        ("nets", {}, "CNN414|'nets' does not say which module, and what in it|write package.module:attribute, or path/to/file.py:attribute"),
        ("nets.Net", {}, "CNN414|'nets.Net' does not say which module, and what in it|write nets:Net, or path/to/file.py:attribute"),
        ("nets.py", {}, "CNN414|'nets.py' does not say which module, and what in it|write package.module:attribute, or path/to/file.py:attribute"),
        ("nets:", {}, "CNN414|'nets:' does not say which module, and what in it|write package.module:attribute, or path/to/file.py:attribute"),
        ("nest:Net", {}, "CNN414|there is no Python module 'nest'|did you mean nets:Net?"),
        ("nets.deep:Net", {}, "CNN414|there is no Python module 'nets.deep'|nets is a single file: write nets:Net"),
        ("torch.nnn:Linear", {}, "CNN414|there is no Python module 'torch.nnn'|did you mean torch.nn:Linear?"),
        ("qqqqq_zzz:Net", {}, "CNN414|there is no Python module 'qqqqq_zzz'|check the name; modules are looked for in {folder}, then where Python finds them"),
        ("my-nets:Net", {}, "CNN414|'my-nets' cannot be the name of a Python module|write package.module:Net"),
        ("my/nets:Net", {}, "CNN414|'my/nets' cannot be the name of a Python module|write package.module:Net, or my/nets.py:Net"),
        ("net.py:Net", {}, "CNN414|there is no file net.py|did you mean nets.py?"),
        ("else/where.py:Net", {}, "CNN414|there is no file else/where.py|paths are taken from {folder}"),
        ("nets:Nat", {}, "CNN414|nets has no 'Nat'|did you mean 'Net'?"),
        ("nets:Group.Large", {}, "CNN414|nets.Group has no 'Large'|it has Small"),
        ("nets:size.x", {}, "CNN414|nets.size has no 'x'|check the name"),
        ("nets:size", {}, "CNN414|nets:size is of type int, not an nn.Module|name an nn.Module, a class of one, or a function that makes one"),
        ("nets:table", {}, "CNN414|nets:table makes something of type dict, not an nn.Module|name an nn.Module, a class of one, or a function that makes one"),
        ("nets:net", {"width": 2}, "CNN414|nets:net is a module already, which takes no arguments|leave out width, or name the class or function that makes it"),
        ("nets:Net", {}, "CNN414|nets:Net needs the argument 'width'|give it: --kwargs width=VALUE"),
        ("nets:positional", {}, "CNN414|nets:positional needs the argument 'width'|name a function that calls it with what it needs"),
        ("nets:Net", {"width": 2, "class": 3}, "CNN414|nets:Net takes no argument 'class'|did you mean 'classes'?"),
        ("nets:Net", {"width": 2, "kernel": 3}, "CNN414|nets:Net takes no argument 'kernel'|it takes width, classes"),
        ("nets:late", {"depth": 3}, "CNN414|nets:late takes no argument 'depth'|it takes none"),
        ("nets:Net", {"width": 3}, "CNN415|nets:Net cannot be made: ValueError: width must be even (nets.py:8)|put it right there, then try again"),
        ("nets:leave", {}, "CNN415|nets:leave cannot be made: SystemExit: 3 (nets.py:27)|put it right there, then try again"),
        ("bad.py:net", {}, "CNN415|bad.py cannot be imported: SyntaxError: '(' was never closed (bad.py:2)|put it right there, then try again"),
        ("bad:net", {}, "CNN415|bad cannot be imported: SyntaxError: '(' was never closed (bad.py:2)|put it right there, then try again"),
        ("needy:net", {}, "CNN415|needy cannot be imported: ModuleNotFoundError: No module named 'qqqqq_zzz' (needy.py:1)|put it right there, then try again"),
        ("quitter:net", {}, "CNN415|quitter cannot be imported: SystemExit: bye (quitter.py:2)|put it right there, then try again"),
        ("part/of.py:net", {}, "CNN415|part/of.py cannot be imported: ImportError: attempted relative import with no known parent package (part/of.py:1)|it is part of a package: write package.module:attribute"),
        ("lazily:net", {}, "CNN415|'net' of lazily cannot be had: RuntimeError: not today (lazily.py:2)|put it right there, then try again"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_said_in_one_line(
    folder: Path, reference: str, kwargs: dict[str, object], expected: str
) -> None:
    write(folder / "bad.py", "import sys\nx = (\n")
    write(folder / "needy.py", "import qqqqq_zzz\n")
    write(folder / "quitter.py", "import sys\nsys.exit('bye')\n")
    write(folder / "part" / "of.py", "from .other import net\n")
    write(folder / "lazily.py", "def __getattr__(name):\n    raise RuntimeError('not today')\n")
    with pytest.raises(CnncalcError) as raised:
        load_module(reference, kwargs, folder=folder)
    (found,) = raised.value.diagnostics
    assert f"{found.code}|{found.message}|{found.cure}" == expected.format(folder=folder)
