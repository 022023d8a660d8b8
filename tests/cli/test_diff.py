"""`cnncalc diff`: what is printed, in every format, which layers are paired, and files as git has them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.analysis import analyse
from cnncalc.cli.revision import is_revision
from cnncalc.loader import load
from cnncalc.report.difference import Change, LayerChange, cells, layer_changes
from tests.console import Ran, run
from tests.git import git

GOLDENS = Path(__file__).parent / "goldens"
OLD = "3x32x32 conv3-16,p1 bn relu maxpool2 conv3-16,p1 relu gap flatten fc-10"
NEW = "3x32x32 conv3-16,p1 bn relu conv3-32/2,p1 gelu gap flatten dropout0.5 fc-10"
#: file name -> command; all of these networks differ
PRINTED = {
    "diff.txt": ("diff", OLD, NEW),
    "diff.md": ("diff", OLD, NEW, "--format", "markdown"),
    "diff.json": ("diff", OLD, NEW, "--format", "json"),
    "diff-zoo.txt": ("diff", "vgg11", "vgg11_bn", "--input", "3x64x64", "--batch", "2", "--dtype", "float16"),
    "diff-symbolic.txt": ("diff", "CxHxW conv7-K/2,p3 relu", "CxHxW conv7-8/2,p3 relu", "-a", "H=4*h"),
    "diff-symbolic.json": ("diff", "CxHxW conv3-K", "CxHxW conv3-{2*K}", "--format", "json"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_printed(name: str) -> None:
    ran = run(*PRINTED[name])
    assert (ran.code, ran.err) == (1, "")
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        (GOLDENS / name).write_text(ran.out, encoding="utf-8")
    assert ran.out == (GOLDENS / name).read_text(encoding="utf-8")
    assert run(*PRINTED[name], "--exit-zero") == Ran(0, ran.out, "")


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_a_copy_does_not_differ(form: str, tmp_path: Path) -> None:
    (tmp_path / "copy.yaml").write_text(run("zoo", "show", "lenet5").out, encoding="utf-8")
    ran = run("diff", "lenet5", "copy.yaml", "--format", form, folder=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    expected = {
        "text": "--- lenet5: 1x32x32 → 10\n"
        "+++ copy.yaml: 1x32x32 → 10\n"
        "\n"
        "no difference: 12 layers the same\n",
        "markdown": "**lenet5: 1x32x32 → 10** became\n"
        "**copy.yaml: 1x32x32 → 10**\n"
        "\n"
        "No difference: 12 layers the same.\n",
    }
    if form == "json":
        found = json.loads(ran.out)
        assert (found["differs"], found["layers"], found["same"]) == (False, [], 12)
        assert {change["difference"] for change in found["totals"]} == {None, 0}
    else:
        assert ran.out == expected[form]


def test_totals_are_those_of_the_other_commands() -> None:
    found = json.loads(run("diff", "resnet18", "resnet34", "-b", "3", "--format", "json").out)
    totals = {change["quantity"]: change for change in found["totals"]}
    for side, name in (("before", "resnet18"), ("after", "resnet34")):
        summary = json.loads(run("summary", name, "-b", "3", "--format", "json").out)
        memory = json.loads(run("memory", name, "-b", "3", "--format", "json").out)
        assert {k: totals[k][side] for k in summary["totals"]} == summary["totals"]
        assert totals["peak_bytes"][side] == memory["peak"]["bytes"]
        assert totals["weights_bytes"][side] == memory["weights"]
        assert totals["activation_bytes"][side] == memory["activations"]
    assert [totals["depth"][key] for key in ("before", "after", "difference")] == [18, 34, 16]
    assert len(found["layers"]) == 7 * (1 + 2 + 4 + 1)
    assert {layer["change"] for layer in found["layers"]} == {"added"}


def test_options_are_for_both() -> None:
    words = ("3x8x8 conv3-W relu", "3x8x8 conv3-W gelu")
    found = json.loads(run("diff", *words, "--set", "W=5", "--input", "2x9x9", "--format", "json").out)
    assert [(found[side]["input"], found[side]["output"]) for side in ("before", "after")] == [
        ([2, 9, 9], [5, 7, 7])
    ] * 2


def test_a_preset_is_for_both() -> None:
    file = "examples/tiny.cnn.yaml"
    summary = json.loads(run("summary", file, "--preset", "tiny_wide", "--format", "json").out)
    ran = run("diff", file, file, "--preset", "tiny_wide", "--format", "json")
    assert ran.code == 0
    totals = {change["quantity"]: change for change in json.loads(ran.out)["totals"]}
    assert totals["params"]["before"] == totals["params"]["after"] == summary["totals"]["params"]


# pairing layers

pieces = st.sampled_from(
    ["conv3-4,p1", "conv1-6", "conv1-4", "bn", "relu", "gelu", "maxpool1", "res(conv1-{C} bn)", "dropout"]
)
chains = st.lists(pieces, min_size=1, max_size=8).map(lambda words: f"3x6x6 {' '.join(words)}")


def changes(before: str, after: str) -> tuple[LayerChange, ...]:
    return layer_changes(analyse(load(before)).rows, analyse(load(after)).rows)


def told(before: str, after: str) -> list[str]:
    """Everything that differs, in short."""
    return [
        f"{c.sign} {(c.before or c.after).name}{''.join(f' {what}' for what in c.changed)}"  # type: ignore[union-attr]
        for c in changes(before, after)
        if c.sign != "="
    ]


@settings(deadline=None, max_examples=60)
@given(chains)
def test_nothing_differs_from_itself(chain: str) -> None:
    assert {c.sign for c in changes(chain, chain)} == {"="}


@settings(deadline=None, max_examples=100)
@given(chains, chains)
def test_every_layer_of_both_is_there_once_and_in_order(before: str, after: str) -> None:
    found = changes(before, after)
    assert tuple(c.before for c in found if c.before) == analyse(load(before)).rows
    assert tuple(c.after for c in found if c.after) == analyse(load(after)).rows
    assert all((c.sign == "-") == (c.after is None) for c in found)
    assert all((c.sign == "+") == (c.before is None) for c in found)


@settings(deadline=None, max_examples=100)
@given(chains, chains)
def test_what_is_called_the_same_is_the_same_layer_with_everything_equal(before: str, after: str) -> None:
    for c in changes(before, after):
        if c.sign == "=":
            assert c.before is not None
            assert c.after is not None
            assert (c.before.name, c.before.word, c.before.output, c.before.totals) == (
                c.after.name,
                c.after.word,
                c.after.output,
                c.after.totals,
            )


@settings(deadline=None, max_examples=60)
@given(st.lists(pieces, min_size=1, max_size=8), st.data())
def test_one_layer_of_another_kind_is_told_alone(words: list[str], data: st.DataObject) -> None:
    """Of a kind of its own, so that no other layer is called otherwise for it."""
    place = data.draw(st.integers(0, len(words)))
    before, after = (f"3x6x6 {' '.join([*words[:place], w, *words[place:]])}" for w in ("tanh", "silu"))
    assert told(before, after) == ["- tanh1", "+ silu1"]


@settings(deadline=None, max_examples=60)
@given(st.lists(pieces, max_size=8), st.lists(pieces, max_size=8))
def test_one_layer_with_other_fields_is_told_alone(head: list[str], tail: list[str]) -> None:
    """A convolution that keeps the size with either kernel."""
    before, after = (f"3x6x6 {' '.join([*head, w, *tail])}" for w in ("tconv1-5", "tconv3-5,p1"))
    assert told(before, after) == ["~ tconv1 layer params macs"]


@settings(deadline=None, max_examples=60)
@given(st.lists(pieces, max_size=8), st.lists(pieces, max_size=8))
def test_one_layer_more_is_told_alone(head: list[str], tail: list[str]) -> None:
    before, after = (f"3x6x6 {' '.join([*head, *w, *tail, 'relu6'])}" for w in ([], ["tanh"]))
    assert told(before, after) == ["+ tanh1"]
    assert told(after, before) == ["- tanh1"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # names that are counted shift with what comes before
        (
            "conv3-4 relu conv3-8 relu",
            "conv1-2 conv3-4 relu conv3-8 relu",
            ["+ conv1", "~ conv1 name params macs", "~ conv2 name"],
        ),
        (
            "conv3-4 relu conv3-4 relu conv3-4 relu",
            "conv3-4 relu conv3-4 gelu conv3-4 relu",
            ["- relu2", "+ gelu1", "~ relu3 name"],
        ),
        # wider everywhere: names hold what words would shift
        (
            "conv3-4 conv3-8 conv3-16",
            "conv3-8 conv3-16 conv3-32",
            [f"~ conv{i} layer output params macs" for i in (1, 2, 3)],
        ),
        ("conv3-4 relu", "relu conv3-4", ["- conv1", "~ relu1 output", "+ conv1"]),
    ],
)
def test_pairs(before: str, after: str, expected: list[str]) -> None:
    assert told(f"3x20x20 {before}", f"3x20x20 {after}") == expected


def spec(layers: str, folder: Path, name: str) -> str:
    (folder / name).write_text(f"cnncalc: 1\ninput: 4x8x8\nlayers: {layers}\n", encoding="utf-8")
    return str(folder / name)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "[a: relu, b: relu, {layer: add, from: [a, b]}]",
            "[a: relu, b: relu, {layer: add, from: [b, b]}]",
            ["~ add1 from"],
        ),
        (
            "[a: relu, b: relu, {layer: add, from: [a, b]}]",
            "[a: relu, b: relu, {layer: add, from: [b, a]}]",
            ["~ add1 from"],
        ),
        (
            "[a: relu, {layer: add, from: [a, a]}]",
            "[a: relu, {layer: add, from: [a, a, a]}]",
            ["~ add1 from"],
        ),
        ("[a: relu, {layer: gelu, from: a}]", "[a: relu, {layer: gelu, from: input}]", ["~ gelu1 from"]),
        (
            "[a: conv1-4, b: conv1-4]",
            "[a: conv1-4, {layer: conv1-4, name: b, weights: a}]",
            ["~ b weights params"],
        ),
        ("[a: relu, {layer: add, from: [a, a]}]", "[x: relu, {layer: add, from: [x, x]}]", ["~ a name"]),
    ],
)
def test_what_reads_what_and_whose_weights(
    before: str, after: str, expected: list[str], tmp_path: Path
) -> None:
    assert told(spec(before, tmp_path, "a.yaml"), spec(after, tmp_path, "b.yaml")) == expected


def test_wires_are_shown_where_they_differ(tmp_path: Path) -> None:
    spec("[a: relu, b: relu, {layer: add, from: [a, b]}]", tmp_path, "a.yaml")
    spec("[a: relu, b: relu, {layer: add, from: [b, b]}]", tmp_path, "b.yaml")
    ran = run("diff", "a.yaml", "b.yaml", folder=tmp_path)
    assert ran.out.splitlines()[-4:] == [
        "    name                layer   output   params   MACs   from          weights of",
        "─────────────────────────────────────────────────────────────────────────────────",
        "…   2 layers the same",
        "~   add1                add      4x8x8        0      0   a, b → b, b   its own",
    ]


def test_large_networks_are_paired_by_what_is_unique() -> None:
    """Beyond what all ways are looked at for, with a layer more in the middle, another at the end, and names that shift."""
    half = "400*(conv1-4 relu)"
    before, after = f"4x2x2 {half} bn {half} tanh", f"4x2x2 {half} bn ln {half} silu"
    assert told(before, after) == ["+ ln1", "- tanh1", "+ silu1"]
    assert len(told("4x2x2 600*(conv1-4 relu)", "4x2x2 600*(conv3-4,p1 relu6)")) == 600 + 2 * 600


# how it looks


@pytest.mark.parametrize(
    ("before", "after", "difference", "percent"),
    [
        (1000, 1200, "+200", "+20.0 %"),
        (1000, 500, "−500", "−50.0 %"),
        (1000, 1000, "0", ""),
        (0, 5, "+5", ""),
        (1_000_000, 1_000_031, "+31", "+0.003 %"),
        (10**30, 3 * 10**30, f"+{2 * 10**30:,}", "+200.0 %"),
        (1000, None, "", ""),
        ("64x56x56", "64x28x28", "", ""),
    ],
)
def test_differences(before: Any, after: Any, difference: str, percent: str) -> None:
    assert cells(Change("macs", before, after))[2:] == (difference, percent)


@pytest.mark.parametrize("columns", [60, 80, 100])
@pytest.mark.parametrize("pair", [("resnet18", "vgg11"), (OLD, NEW), ("CxHxW conv3-K", "CxHxW conv5-{2*K}")])
def test_a_terminal_is_never_overrun(columns: int, pair: tuple[str, str]) -> None:
    from cnncalc.check.measured import measured_of
    from cnncalc.report.difference import as_text, difference
    from cnncalc.report.style import Style

    networks = [load(name) for name in pair]
    found = [analyse(network) for network in networks]
    totals = [measured_of(n, a, "float32").values() for n, a in zip(networks, found, strict=True)]
    text = as_text(difference(pair, found[0], found[1], (totals[0], totals[1])), Style(width=columns))
    assert max(map(len, text.splitlines())) <= columns


def test_a_name_cannot_break_out_of_markdown(tmp_path: Path) -> None:
    spec("[relu]", tmp_path, "[a](b)<img>x.yaml")
    ran = run("diff", "[a](b)<img>x.yaml", "4x8x8 gelu", "--format", "markdown", folder=tmp_path)
    assert ran.out.splitlines()[0] == r"**\[a](b)\<img>x.yaml: 4x8x8 → 4x8x8** became"


# git

FIRST = "cnncalc: 1\ninput: 3x8x8\nlayers: [conv3-4, relu]\n"
SECOND = "cnncalc: 1\ninput: 3x8x8\nlayers: [conv3-4, gelu]\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits, in which nets/a.cnn.yaml was changed, and a third version of it that is not committed."""
    nets = tmp_path / "nets"
    nets.mkdir()
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    for text in (FIRST, SECOND):
        (nets / "a.cnn.yaml").write_text(text)
        (nets / "latin.yaml").write_bytes(b"\xff")
        (nets / "b c.json").write_text('{"cnncalc": 1, "input": "3x8x8", "layers": ["relu",]}')
        (tmp_path / "folder.yaml").mkdir(exist_ok=True)
        (tmp_path / "folder.yaml" / "x").write_text("")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "--quiet", "--message", "nets: a layer")
    git(tmp_path, "tag", "v1", "HEAD~1")
    (nets / "a.cnn.yaml").write_text(FIRST.replace("relu", "tanh"))
    return tmp_path


@pytest.mark.parametrize(
    ("before", "after", "folder", "expected"),
    [
        ("HEAD~1:nets/a.cnn.yaml", "HEAD:nets/a.cnn.yaml", ".", ["relu1", "gelu1"]),
        ("v1:nets/a.cnn.yaml", "nets/a.cnn.yaml", ".", ["relu1", "tanh1"]),
        (":nets/a.cnn.yaml", "nets/a.cnn.yaml", ".", ["gelu1", "tanh1"]),
        ("main:a.cnn.yaml", "a.cnn.yaml", "nets", ["gelu1", "tanh1"]),
        ("main:./a.cnn.yaml", "main~1:../nets/a.cnn.yaml", "nets", ["gelu1", "relu1"]),
        ("main:nets/a.cnn.yaml", "main:a.cnn.yaml", "nets", []),
        ("HEAD^{/nets: a}:a.cnn.yaml", "a.cnn.yaml", "nets", ["gelu1", "tanh1"]),
    ],
)
def test_revisions(before: str, after: str, folder: str, expected: list[str], repository: Path) -> None:
    ran = run("diff", before, after, "--format", "json", folder=repository / folder)
    assert (ran.code, ran.err) == (int(bool(expected)), "")
    found = json.loads(ran.out)
    assert [(layer["before"] or layer["after"])["name"] for layer in found["layers"]] == expected
    assert (found["before"]["called"], found["after"]["called"]) == (before, after)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (
            "HEAD~9:nets/a.cnn.yaml",
            "error[CNN102]: HEAD~9:nets/a.cnn.yaml: git knows no revision 'HEAD~9'\n"
            "  check its name; a shallow clone has few: git fetch --unshallow\n",
        ),
        (
            "HEAD:nets/b.yaml",
            "error[CNN102]: HEAD:nets/b.yaml: there is no file 'nets/b.yaml' in revision 'HEAD'\n"
            "  give its path from the root of the repository, or from the current folder\n",
        ),
        (
            ":nets/b.yaml",
            "error[CNN102]: :nets/b.yaml: there is no file 'nets/b.yaml' among what is staged\n"
            "  give its path from the root of the repository, or from the current folder\n",
        ),
        ("HEAD:folder.yaml", "error[CNN102]: HEAD:folder.yaml is a folder\n  give the path of a file\n"),
        # git takes this for a text in the message of a commit
        (":/change a layer.yaml", None),
        (
            "HEAD:nets/latin.yaml",
            "error[CNN102]: HEAD:nets/latin.yaml is not UTF-8 text (byte 0)\n  save it as UTF-8\n",
        ),
        (
            "HEAD:nets/b c.json",
            "HEAD:nets/b c.json:1:51: error[CNN101]: nothing follows the ',' before ']'\n"
            '    1 | {"cnncalc": 1, "input": "3x8x8", "layers": ["relu",]}\n'
            "      |                                                   ^ remove the comma\n",
        ),
        (
            "HEAD:../../outside.yaml",
            None,
        ),
    ],
)
def test_what_git_does_not_have(name: str, error: str | None, repository: Path) -> None:
    ran = run("diff", name, "resnet18", folder=repository)
    assert (ran.code, ran.out) == (2, "")
    assert "bug" not in ran.err
    if error is not None:
        assert ran.err == error


@pytest.mark.parametrize(
    "name", ["--output=x:a.yaml", "--textconv:a.yaml", "-p:nets/a.cnn.yaml", "--:a.yaml"]
)
def test_a_revision_is_never_an_option(name: str, repository: Path) -> None:
    before = sorted(repository.rglob("*"))
    ran = run("diff", "--", name, "resnet18", folder=repository)
    revision = name.partition(":")[0]
    assert ran.err.splitlines()[0] == f"error[CNN102]: {name}: git knows no revision '{revision}'"
    assert sorted(repository.rglob("*")) == before


def test_a_file_goes_before_a_revision(repository: Path) -> None:
    (repository / "HEAD:nets").mkdir()
    (repository / "HEAD:nets" / "a.cnn.yaml").write_text(FIRST)
    ran = run("diff", "HEAD:nets/a.cnn.yaml", "HEAD~1:nets/a.cnn.yaml", folder=repository)
    assert ran.code == 0


def test_outside_of_a_repository(tmp_path: Path) -> None:
    ran = run(
        "diff", "HEAD:a.yaml", "resnet18", folder=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent)
    )
    assert (ran.code, ran.err) == (
        2,
        "error[CNN102]: HEAD:a.yaml: git fails: not a git repository (or any of the parent directories): .git\n"
        "  run it in the git repository, or give the path of a file\n",
    )


def test_without_git(tmp_path: Path) -> None:
    ran = run("diff", "HEAD:a.yaml", "resnet18", folder=tmp_path, PATH=str(tmp_path))
    assert (ran.code, ran.err) == (
        2,
        "error[CNN102]: HEAD:a.yaml: git is needed to read it, and cannot be started\n"
        "  install git, or give the path of a file\n",
    )


def test_what_is_too_large_is_not_read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnncalc.cli import revision

    monkeypatch.setattr(revision, "_MOST_BYTES", 40)
    ran = run("diff", "HEAD:nets/a.cnn.yaml", "resnet18", folder=repository)
    assert ran.err == f"error[CNN102]: HEAD:nets/a.cnn.yaml has {len(SECOND)} bytes\n  at most 40 are read\n"


@pytest.mark.parametrize(
    "text",
    [
        "resnet18",
        "3x8x8 relu",
        "a.yaml",
        "HEAD:a",
        "HEAD:",
        "HEAD:a\n.yaml",
        "HEAD~1:nets/a.cnn.py",
        "{a:b.yaml",
    ],
)
def test_what_is_no_revision(text: str) -> None:
    assert not is_revision(text)


def test_standard_input_is_one_of_the_two() -> None:
    ran = run("diff", "-", "3x8x8 conv3-4 relu", stdin=FIRST.encode())
    assert (ran.code, ran.err) == (0, "")
    ran = run("diff", "-", "-", stdin=FIRST.encode())
    assert (ran.code, ran.err) == (
        2,
        "error[CNN105]: A and B are both standard input\n  give one of them a name\n",
    )


def test_output_goes_to_a_file_and_the_exit_code_stays(tmp_path: Path) -> None:
    ran = run("diff", OLD, NEW, "--format", "markdown", "--output", "x.md", folder=tmp_path)
    assert (ran.code, ran.out, ran.err) == (1, "", "")
    assert (tmp_path / "x.md").read_text() == (GOLDENS / "diff.md").read_text()


def test_a_mistake_in_either_is_told_with_its_place() -> None:
    ran = run("diff", "3x8x8 relu", "3x8x8 relo")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("1:7: error[CNN110]: unknown layer kind 'relo'\n")
