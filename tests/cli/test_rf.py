"""`cnncalc rf`: tables, pictures of single units, and what is refused. Goldens are written by `CNNCALC_GOLDENS=write pytest`."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cnncalc import load
from cnncalc.passes.receptive_field import receptive_fields
from cnncalc.passes.receptive_field.unit import UnitField, unit_field
from cnncalc.report.field_svg import unit_as_svg
from cnncalc.report.field_text import fields_as_text
from cnncalc.report.fields import rows_by_axis
from cnncalc.report.style import Style
from cnncalc.report.unit_text import unit_as_text
from cnncalc.symbolic import to_text
from tests.console import run

GOLDENS = Path(__file__).parent / "goldens" / "rf"
THREE = ("3x32x32", "conv3-16", "conv3-16", "conv3-16")
PHASES = ("3x64x64", "conv3-8/2", "tconv2-8/2", "upsample2", "conv3-8")
SYMBOLS = ("CxHxW", "conv7-K/2,p3", "res(conv3-K,p1 bn relu)", "maxpool2", "gap")
OBLONG = ("3x48x96", "conv3x5-8/1x2", "maxpool2x3", "conv3-8")
HOLES = ("4x64", "conv3-8,d2", "conv3-8,d4", "conv3-4/2")
CUBE = ("1x12x12x8", "conv3-8", "maxpool2", "conv3-8,p1")
#: file name -> command
PRINTED = {
    "vgg16.txt": ("rf", "vgg16"),
    "resnet50.txt": ("rf", "resnet50"),
    "three.txt": ("rf", *THREE),
    "all.txt": ("rf", "3x32x32", "conv3-16,p1", "bn", "relu", "conv1-8", "--all"),
    "phases.txt": ("rf", *PHASES),
    "symbols.txt": ("rf", *SYMBOLS),
    "oblong.txt": ("rf", *OBLONG),
    "holes.txt": ("rf", *HOLES),
    "cube.txt": ("rf", *CUBE),
    "unaligned.txt": ("rf", "3x16x16", "cat(conv3-4/2,p1|maxpool2/2)", "conv3-8"),
    "unknown.txt": ("rf", "3xHxW", "conv3-8", "upsample,size=9", "relu"),
    "nothing.txt": ("rf", "3x8x8", "relu", "conv1-8"),
    "node.txt": ("rf", "resnet18", "--node", "layer2"),
    "tiny.txt": ("rf", "1x1x1", "conv1-8", "conv3-8,p1"),
    "corner.txt": ("rf", "vgg16", "--node", "features.30", "--unit", "0,0"),
    "unit-holes-1d.txt": ("rf", *HOLES, "--unit", "10"),
    "unit-holes-2d.txt": ("rf", "1x24x32", "conv3-8,d2", "conv3-8,d6", "--unit", "2,9"),
    "unit-cube.txt": ("rf", *CUBE, "--unit", "1,4,0"),
    "unit-nothing.txt": ("rf", "3x8x8", "tconv2-8/3", "--unit", "2,2"),
    "unit-flat.txt": ("rf", "lenet5", "--unit", "3"),
    "phases.md": ("rf", *PHASES, "--format", "markdown"),
    "oblong.md": ("rf", *OBLONG, "--format", "markdown"),
    "holes.csv": ("rf", *HOLES, "--format", "csv"),
    "symbols.csv": ("rf", *SYMBOLS, "--format", "csv"),
    "phases.csv": ("rf", *PHASES, "--format", "csv"),
    "phases.json": ("rf", *PHASES, "--format", "json"),
    "symbols.json": ("rf", *SYMBOLS, "--format", "json"),
    "unit.json": ("rf", *HOLES, "--unit", "10", "--format", "json"),
    "oblong.svg": ("rf", *OBLONG, "--format", "svg"),
    "unit.svg": ("rf", "1x12x9", "conv3-8,d2", "--unit", "2,3", "--format", "svg"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_golden(name: str) -> None:
    ran = run(*PRINTED[name])
    assert (ran.code, ran.err) == (0, "")
    path = GOLDENS / name
    if os.environ.get("CNNCALC_GOLDENS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


NETWORKS = ["resnet50", "lenet5", " ".join(PHASES), " ".join(SYMBOLS), " ".join(OBLONG), " ".join(CUBE)]


def test_a_layer_is_named_as_in_explain() -> None:
    network = ("3x32x32", "conv3-8", "relu", "conv3-16")
    for command in ("rf", "explain"):
        ran = run(command, *network, "--layer", "conv1")
        assert (ran.code, ran.err) == (0, "")
        assert "conv2" not in ran.out
        assert run(command, *network, "--node", "conv1") == ran


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("words", NETWORKS)
def test_a_terminal_is_never_overrun(words: str, columns: int) -> None:
    network = load(words)
    found = receptive_fields(network)
    text = fields_as_text(words, rows_by_axis(network, found), Style(width=columns), left_out=3)
    assert max(map(len, text.splitlines())) <= columns


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize(("words", "unit"), [("1x7x500", (3, 250)), ("1x500x7", (250, 3)), ("1x300", (7,))])
def test_a_picture_never_overruns_a_terminal(words: str, unit: tuple[int, ...], columns: int) -> None:
    lines = unit_as_text(words, field(f"{words} conv3-8,p1", unit), Style(width=columns)).splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) < 40


def field(words: str, unit: tuple[int, ...]) -> UnitField:
    network = load(words)
    return unit_field(network, network.nodes[-1], unit)


@pytest.mark.parametrize("size", [1, 2, 5, 31, 64, 65, 200])
def test_a_picture_is_of_the_whole_input_and_fills_what_is_seen(size: int) -> None:
    """Of a row, drawn to scale: the blocks that hold positions 1 to 3."""
    (_, _, _, row, scale) = unit_as_text("", field(f"1x{size + 2} conv3-1", (0,)), Style()).splitlines()
    cell = -(-(size + 2) // 64)
    expected = ["█" if i * cell < 3 else "·" for i in range(-(-(size + 2) // cell))]
    assert row == "".join(expected)
    assert ("one position" in scale) == (cell == 1)


def test_bars_are_in_the_middle_and_grow_with_the_field() -> None:
    network = load("1x64x64 30*(conv3-1)")
    text = fields_as_text("", rows_by_axis(network, receptive_fields(network)), Style(), left_out=0)
    bars = [line.split()[-1] for line in text.splitlines() if line.startswith("conv") and "sees" not in line]
    assert len(bars) == 30
    mirror = str.maketrans("▌▐", "▐▌")
    assert [bar for bar in bars if bar != bar[::-1].translate(mirror)] == []
    lengths = [2 * bar.count("█") + bar.count("▌") + bar.count("▐") for bar in bars]
    assert lengths == sorted(lengths)
    assert (lengths[0], lengths[-1]) == (2, 40)


@pytest.mark.parametrize("words", NETWORKS)
def test_json_and_csv_say_what_the_pass_says(words: str) -> None:
    found = receptive_fields(load(words))
    data = json.loads(run("rf", *words.split(), "--format", "json").out)
    assert data["schema_version"] == 1
    assert [layer["name"] for layer in data["layers"]] == [n.node.name for n in found]
    rows = csv.DictReader(io.StringIO(run("rf", *words.split(), "--all", "--format", "csv").out))
    by_place = {(row["axis"], row["name"]): row for row in rows}
    assert len(by_place) == sum(len(n.fields) for n in found)
    for layer, n in zip(data["layers"], found, strict=True):
        for told, f in zip(layer["axes"], n.fields, strict=True):
            row = by_place[f.axis, n.node.name]
            assert (told["axis"], told["basis"], told["sees_all"]) == (f.axis, f.basis, f.sees_all)
            assert row["sees_all"] == str(f.sees_all)
            for key in ("size", "least", "start", "jump", "support"):
                assert written(told[key]) == row[key] == written(getattr(f, key))
            assert written(told["variance"]) == written(f.variance)
            assert told["smallest_input"] == (plain(f.smallest.input) if f.smallest else None)


def plain(value: object) -> object:
    return value if value is None or isinstance(value, int) else to_text(value)  # type: ignore[arg-type]


def written(value: object) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int | str | Fraction) else to_text(value)  # type: ignore[arg-type]


def rectangles(svg: str, colour: str) -> Iterator[tuple[float, float, float, float]]:
    """x, y, width and height of those that are filled with a colour."""
    root = ElementTree.fromstring(svg)
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        if rect.get("fill") == colour:
            x, y, width, height = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
            yield x, y, width, height


GREY, RED = "#d8dee4", "#cf222e"


@pytest.mark.parametrize(
    ("words", "unit", "share"),
    [
        ("1x32x32 conv3-8", (4, 5), Fraction(9, 32 * 32)),
        ("1x20x30 conv3-8,p1", (0, 29), Fraction(4, 20 * 30)),
        ("1x24x32 conv3-8,d2 conv3-8,d6", (2, 9), Fraction(81, 24 * 32)),
        ("1x40 conv3-8,d2", (5,), Fraction(3, 40)),
        ("1x6x16x16 conv3-8", (0, 4, 5), Fraction(9, 16 * 16)),
        ("1x16x16 add(conv3-1,p1|conv1x7-1,p0x3)", (8, 8), Fraction(9 + 4, 256)),
        ("1x480x960 conv2-1", (8, 8), Fraction(4, 480 * 960)),
        # from here on a dot is 3 x 3 positions, red if any is: columns 4 to 6, and the last three
        ("1x2x961 conv2x3-1", (0, 4), Fraction(6, 961)),
        ("1x2x961 conv2x3-1", (0, 958), Fraction(4, 961)),
    ],
)
def test_a_map_has_the_areas_that_it_should(words: str, unit: tuple[int, ...], share: Fraction) -> None:
    svg = unit_as_svg("<&>", field(words, unit))
    ((_, _, width, height),) = rectangles(svg, GREY)
    seen = sum(w * h for _, _, w, h in rectangles(svg, RED))
    assert seen / (width * height) == pytest.approx(float(share), rel=1e-3)


def test_bars_of_a_picture_are_to_scale() -> None:
    svg = run("rf", *THREE, "--format", "svg").out
    grey, red = list(rectangles(svg, GREY)), list(rectangles(svg, RED))
    assert [w for _, _, w, _ in grey] == [420.0] * 3
    assert [w for _, _, w, _ in red] == pytest.approx([420 * n / 32 for n in (3, 5, 7)], rel=1e-4)
    for (x, _, width, _), (inner, _, part, _) in zip(grey, red, strict=True):
        assert inner - x == pytest.approx((width - part) / 2, abs=1e-3)


def test_a_picture_with_names_has_no_bars() -> None:
    svg = run("rf", *SYMBOLS, "--format", "svg").out
    assert list(rectangles(svg, GREY)) == []
    assert "grey" not in svg


def test_a_name_is_text_in_a_picture(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text('cnncalc: 1\nname: "<a & b>"\ninput: 3x8x8\nlayers: [conv3-8]\n')
    root = ElementTree.fromstring(run("rf", "net.yaml", "--format", "svg", folder=tmp_path).out)
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "<a & b>  3x8x8: receptive fields"


def test_a_unit_is_of_the_last_layer_unless_one_is_named() -> None:
    assert run("rf", *THREE, "--unit", "1,1").out == run("rf", *THREE, "-n", "conv3", "-u", "1, 1").out
    assert run("rf", *THREE, "-u", "1,1").out != run("rf", *THREE, "-n", "conv2", "-u", "1,1").out


TWO_ENDS = "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - s: [{a: conv3-8}, {b: conv3-9}, {tail: [], from: [a, a]}]\n  - add\n"
NO_LAYER = "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - {t: [], from: input}\n  - conv3-8\n"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ("vgg16", "--node", "nothing"),
            "error[CNN116]: --node nothing: no layer is called so\n  cnncalc summary lists all names\n",
        ),
        (
            ("vgg16", "--node", "featurs.30"),
            "error[CNN116]: --node featurs.30: no layer is called so\n  did you mean 'features.30'?\n",
        ),
        (
            ("two.yaml", "--node", "s"),
            "error[CNN116]: --node s: it ends in several layers\n  name one layer\n",
        ),
        (
            ("none.yaml", "--node", "t"),
            "error[CNN116]: --node t: it stands for the input\n  name one layer\n",
        ),
        (
            ("vgg16", "-n", "features.30", "-u", "7,0"),
            "error[CNN141]: there is no unit 7,0 in 'features.30', which gives 512x7x7\n"
            "  count from 0: the last is 6,6\n",
        ),
        (
            ("vgg16", "-n", "features.30", "-u", "1"),
            "error[CNN141]: unit 1 is a position on 1 axis, but 'features.30' gives 512x7x7\n"
            "  give a position on 2 axes: on all but the channels\n",
        ),
        (
            ("vgg16", "-u", "1,2"),
            "error[CNN141]: unit 1,2 is a position on 2 axes, but 'classifier.6' gives 1000\n"
            "  give a position on 1 axis: on the only one\n",
        ),
        (
            ("vgg16", "-u", "a,b"),
            "error[CNN105]: --unit 'a,b': not a position\n  write --unit 3,4: row and column, from 0\n",
        ),
        (
            ("vgg16", "-u", "-1,2"),
            "error[CNN105]: --unit '-1,2': not a position\n  write --unit 3,4: row and column, from 0\n",
        ),
        (
            ("vgg16", "-u", ""),
            "error[CNN105]: --unit '': not a position\n  write --unit 3,4: row and column, from 0\n",
        ),
        (
            ("lenet5", "-u", "1", "-f", "csv"),
            "error[CNN105]: --unit is not printed as csv\n  choose text, json or svg\n",
        ),
        (
            ("lenet5", "-u", "1", "-f", "markdown"),
            "error[CNN105]: --unit is not printed as markdown\n  choose text, json or svg\n",
        ),
        (
            ("8", "fc-4"),
            "error[CNN141]: the input 8 has no spatial axes, so there is no field to speak of\n"
            "  give an input like 3x32x32\n",
        ),
        (
            ("3xHxW", "conv3-8", "-u", "0,0"),
            "error[CNN141]: what one unit of 'conv1' sees depends on numbers: H is not a number\n"
            "  give them: --input SIZE, or --set NAME=VALUE\n",
        ),
        (
            ("3x8x8", "conv3-K", "conv3-8,g2", "conv3-8", "-u", "0,0"),
            "error[CNN141]: what one unit of 'conv3' sees depends on numbers: K is not a number\n"
            "  give them: --input SIZE, or --set NAME=VALUE\n",
        ),
        (
            ("3x2000000", "conv3-8", "-u", "5"),
            "error[CNN141]: an axis of 2,000,000 positions is too large to look at each\n"
            "  ask with a smaller --input: up to 1,048,576\n",
        ),
        (
            ("1x1000000", "9*(conv3-1,p1,padding_mode=reflect)", "gap", "-u", "0"),
            "error[CNN141]: 'gap1' sees too many positions to look at each\n  ask with a smaller --input\n",
        ),
    ],
)
def test_mistakes_are_told(arguments: tuple[str, ...], error: str, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(TWO_ENDS)
    (tmp_path / "none.yaml").write_text(NO_LAYER)
    ran = run("rf", *arguments, folder=tmp_path)
    assert (ran.code, ran.out, ran.err) == (2, "", error)
