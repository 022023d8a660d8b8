"""Comments by which advice is not given: where they are, where they only seem to be, and what they cover."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncalc.check.lint import LintConfig, advise, config_of
from cnncalc.check.lint.comments import Ignore, Misspelt, comments
from cnncalc.loader import load_text


def lines(text: str) -> list[tuple[int, int, list[str]]]:
    """What is ignored on which lines."""
    return [(c.first, c.last, [s.text for s in c.selectors]) for c in comments(text) if isinstance(c, Ignore)]


def said(text: str, name: str = "x.cnn.yaml", **settings: object) -> list[str]:
    table = {key.replace("_", "-"): value for key, value in settings.items()}
    return [
        f"{d.span.line if d.span else 0} {d.code} {d.message}"
        for d in advise(load_text(text, name), config_of(table), text)
    ]


HEAD = "cnncalc: 1\ninput: 4x8x8\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}layers:\n  - relu  # cnncalc: ignore\n", [(4, 4, [])]),
        (f"{HEAD}layers:\n  - relu  # cnncalc: ignore[CNN301]\n", [(4, 4, ["CNN301"])]),
        (
            f"{HEAD}layers:\n  - relu  #cnncalc:ignore[CNN301,bias-before-norm ,CNN31]\n",
            [(4, 4, ["CNN301", "bias-before-norm", "CNN31"])],
        ),
        (f"{HEAD}layers:\n  - relu  # as published  # cnncalc: ignore[CNN302]\n", [(4, 4, ["CNN302"])]),
        (f"# cnncalc: ignore-file[CNN302]\n{HEAD}layers: [relu]", [(1, 4, ["CNN302"])]),
        (f"{HEAD}layers: [relu]\n# cnncalc: ignore-file\n", [(1, 5, [])]),
        (f"# cnncalc: ignore\n{HEAD}layers: [relu]\n", [(2, 2, [])]),
        # on a line of its own: the next item or key, whatever it holds
        (f"{HEAD}layers:\n  # cnncalc: ignore\n  - relu\n  - bn\n", [(5, 5, [])]),
        (
            f"{HEAD}layers:\n  # cnncalc: ignore\n\n  # more\n  - stem:\n      - relu\n      - bn\n\n  - bn\n",
            [(7, 9, [])],
        ),
        (f"{HEAD}# cnncalc: ignore\nlayers:\n  - relu\n  - bn\n", [(4, 6, [])]),
        (
            f"{HEAD}layers:\n  # cnncalc: ignore\n  - {{conv: {{kernel: 3,\n      out: 4}}}}\n  - bn\n",
            [(5, 6, [])],
        ),
        (f"{HEAD}layers:\n  # cnncalc: ignore\n  - >-\n    relu\n    bn\n  - bn\n", [(5, 7, [])]),
        (f"{HEAD}layers:\n  - relu\n  # cnncalc: ignore\n", [(5, 5, [])]),
        # only text
        (f'{HEAD}name: "# cnncalc: ignore"\nlayers: [relu]\n', []),
        (
            f"{HEAD}name: '# cnncalc: ignore' # cnncalc: ignore[CNN301]\nlayers: [relu]\n",
            [(3, 3, ["CNN301"])],
        ),
        (f"{HEAD}name: x# cnncalc: ignore\nlayers: [relu]\n", []),
        (f"{HEAD}source: |\n  # cnncalc: ignore\n  text\nlayers: [relu]\n", []),
        (f'{HEAD}vars: {{"# cnncalc: ignore": 1}}\nlayers: [relu]\n', []),
        (f"# cnncalc: 1\n{HEAD}layers: [relu]\n", []),
        (f"# cnncalc: something else\n{HEAD}layers: [relu]\n", []),
        (json.dumps({"cnncalc": 1, "name": "# cnncalc: ignore", "input": "4", "layers": ["relu"]}), []),
        ("# cnncalc: ignore\n: : not a spec [", []),
        (
            'cnncalc = 1\ninput = "4x8x8" # cnncalc: ignore[CNN301]\nname = "# cnncalc: ignore"\nlayers = ["relu"]\n',
            [(2, 2, ["CNN301"])],
        ),
        ('cnncalc = 1\nname = """\n# cnncalc: ignore\n"""\nlayers = ["relu"]\n', []),
        ('cnncalc = 1\nlayers = [\n  # cnncalc: ignore\n  "relu",\n  "bn",\n]\n', [(4, 4, [])]),
        (
            "cnncalc = 1\n# cnncalc: ignore\n[[layers]]\nconv = {kernel = 3, out = 4}\n[[layers]]\nbn = {}\n",
            [(3, 4, [])],
        ),
        ("cnncalc = 1\n# cnncalc: ignore\n[vars]\na = 1\nb = 2\n[blocks]\n", [(3, 5, [])]),
        ("\ufeffcnncalc: 1\r\nlayers:\r\n  - relu # cnncalc: ignore\r\n", [(3, 3, [])]),
    ],
)
def test_what_a_comment_covers(text: str, expected: list[tuple[int, int, list[str]]]) -> None:
    assert lines(text) == expected


@pytest.mark.parametrize(
    ("comment", "fact", "cure"),
    [
        ("# cnncalc: ignroe[CNN301]", "'ignroe' means nothing here", "did you mean 'ignore'?"),
        ("# cnncalc: ignore_file", "'ignore_file' means nothing here", "did you mean 'ignore-file'?"),
        ("# cnncalc: ignore[CNN301", "the codes are not closed", "close them: ignore[CNN301]"),
        (
            "# cnncalc: ignore[]",
            "there are no codes between the brackets",
            "name some, or remove the brackets",
        ),
        ("# cnncalc: ignore[CNN999]", "no advice is called 'CNN999'", "cnncalc rule lists all codes"),
        (
            "# cnncalc: ignore[CNN203]",
            "CNN203 is an error",
            "advice has codes from CNN300 on; an error has to be put right",
        ),
        ("# cnncalc: ignore[CNN302]", "there is no CNN302 to ignore here", "remove it"),
        ("# cnncalc: ignore-file[gridding]", "there is no gridding to ignore here", "remove it"),
        ("# cnncalc: ignore", "there is nothing to ignore here", "remove the comment"),
    ],
)
def test_a_comment_that_ignores_nothing(comment: str, fact: str, cure: str) -> None:
    text = f"{HEAD}layers:\n  - relu  {comment}\n"
    (d,) = advise(load_text(text, "nets/x.cnn.yaml"), LintConfig(), text)
    assert (d.code, d.severity, d.message, d.cure) == ("CNN300", "warning", fact, cure)
    assert d.span is not None
    assert (d.span.file, d.span.line) == ("nets/x.cnn.yaml", 4)
    assert text.splitlines()[3][d.span.column - 1 :][: d.span.length] in comment


def test_a_comment_of_advice_that_nobody_asked_for_may_stay() -> None:
    text = f"{HEAD}layers:\n  - relu  # cnncalc: ignore[CNN331]\n"
    assert said(text) == []
    assert said(text, extend_select=["CNN331"]) == ["4 CNN300 there is no CNN331 to ignore here"]
    assert said(f"{HEAD}layers:\n  - relu  # cnncalc: ignore[CNN300]\n") == []


def test_a_comment_about_comments() -> None:
    text = f"# cnncalc: ignore-file[CNN300]\n{HEAD}layers:\n  - relu  # cnncalc: ignore[CNN302]\n"
    assert said(text) == []


BIASED = "  - {layer: 'conv3-4,p1', name: a}%s\n  - bn\n  - relu\n  - relu\n"


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("", ["CNN301", "CNN302"]),
        ("  # cnncalc: ignore", ["CNN302"]),
        ("  # cnncalc: ignore[CNN301]", ["CNN302"]),
        ("  # cnncalc: ignore[bias-before-norm]", ["CNN302"]),
        ("  # cnncalc: ignore[CNN3]", ["CNN302"]),
        ("  # cnncalc: ignore[CNN302]", ["CNN300", "CNN301", "CNN302"]),
        ("  # cnncalc: ignore[CNN301, CNN302]", ["CNN300", "CNN302"]),
        ("  # cnncalc: ignore-file", []),
        ("  # cnncalc: ignore-file[CNN301,CNN302]", []),
        ("  # cnncalc: ignore-file[CNN302]", ["CNN301"]),
    ],
)
def test_advice_that_is_ignored_is_not_given(comment: str, codes: list[str]) -> None:
    text = f"{HEAD}layers:\n{BIASED % comment}"
    assert sorted(line.split()[1] for line in said(text)) == codes


def test_a_comment_above_a_block_covers_it_wherever_it_is_used() -> None:
    text = f"{HEAD}blocks:\n%s  unit:\n    layers: ['conv3-4,p1', bn, relu]\nlayers:\n  - unit\n  - unit\n  - {{unit: {{}}, repeat: 3}}\n"
    assert said(text % "") == [
        "5 CNN301 layer 'unit1.conv1' (conv): its bias is taken off again by the bn behind it: 4 parameters without effect "
        "(and 4 more layers: unit2.conv1, unit3.conv1, unit4.conv1, …)"
    ]
    assert said(text % "  # cnncalc: ignore[CNN301]\n") == []


#: what may stand on a line of a spec, in YAML, and looks like a comment or does not
texts = st.text(st.sampled_from("ab #:'\"[]{},-"), max_size=12)
marker = "# cnncalc: ignore[CNN301]"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(texts, st.booleans(), st.sampled_from(["double", "single", "block"])),
        min_size=1,
        max_size=5,
    )
)
def test_only_what_is_outside_of_quotes_is_a_comment(parts: list[tuple[str, bool, str]]) -> None:
    """A list of texts that hold the comment's words, of which some have a true comment behind them."""
    rows, expected = ["values:"], []
    for text, commented, style in parts:
        value = f"{text} {marker} {text}"
        tail = f"  {marker}" if commented else ""
        if style == "block":
            rows += ["  - |", f"    x {value}"]
            continue
        quoted = json.dumps(value) if style == "double" else "'" + value.replace("'", "''") + "'"
        rows.append(f"  - {quoted}{tail}")
        expected += [(len(rows), len(rows), ["CNN301"])] if commented else []
    assert lines("\n".join(rows) + "\n") == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(texts, st.booleans(), st.booleans()), min_size=1, max_size=5))
def test_only_what_is_outside_of_strings_is_a_comment_in_toml(parts: list[tuple[str, bool, bool]]) -> None:
    rows, expected = ["cnncalc = 1"], []
    for i, (text, commented, literal) in enumerate(parts):
        value = f"{text} {marker} {text}"
        assume(not literal or "'" not in value)
        quoted = f"'{value}'" if literal else json.dumps(value)
        rows.append(f"k{i} = {quoted}{f' {marker}' if commented else ''}")
        expected += [(len(rows), len(rows), ["CNN301"])] if commented else []
    assert lines("\n".join(rows) + "\n") == expected


def test_texts_without_such_comments_are_not_even_read() -> None:
    assert comments("# a comment\n: : [ what is no spec") == ()


def test_the_examples_and_the_zoo_have_no_misspelt_comments() -> None:
    root = Path(__file__).parents[3]
    files = [*root.glob("cnncalc/zoo/*.yaml"), *root.glob("examples/*.cnn.*")]
    assert len(files) > 5
    found = [c for file in files for c in comments(file.read_text(encoding="utf-8"))]
    assert [c for c in found if isinstance(c, Misspelt)] == []
