"""What is printed reads back as the same: words, layers, files."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from cnncalc.layers import KINDS
from cnncalc.loader import zoo_members
from cnncalc.spec.files import document_of_text
from cnncalc.spec.items import Document, Line
from cnncalc.spec.printer import document_as_yaml, line_as_words
from cnncalc.spec.words import parse_words
from tests.spec.trees import BLOCKS, documents, lines

many = settings(max_examples=100, deadline=None)


@many
@given(lines)
def test_words_read_back_as_the_same(line: Line) -> None:
    assert parse_words(line_as_words(line), BLOCKS) == line


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@many
@given(documents())
def test_files_read_back_as_the_same(document: Document) -> None:
    assert document_of_text(document_as_yaml(document), "yaml", "x.yaml") == document


@pytest.mark.parametrize("document", [pytest.param(document, id=name) for name, document in zoo_members()])
def test_the_zoo_reads_back_as_the_same(document: Document) -> None:
    assert document_of_text(document_as_yaml(document), "yaml", "x.yaml") == document


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("conv7-64/2,p3,nobias", {"kernel": 7, "out": 64, "stride": 2, "padding": 3, "bias": False}),
        ("dwconv3/2,p1", {"kernel": 3, "stride": 2, "padding": 1}),
        ("tconv4-64/2,p1,op1", {"kernel": 4, "out": 64, "stride": 2, "padding": 1, "output_padding": 1}),
        ("maxpool3/2,p1,ceil", {"kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
        ("avgpool2", {"kernel": 2}),
        ("adaptiveavgpool7x5", {"size": (7, 5)}),
        ("fc-1000", {"out": 1000}),
        ("dropout0.5", {"p": 0.5}),
        ("gn32", {"groups": 32}),
        ("lrn5", {"size": 5}),
        (
            "conv3x5-K/2x1,same,d2,g4",
            {"kernel": (3, 5), "out": "K", "stride": (2, 1), "padding": "same", "dilation": 2, "groups": 4},
        ),
        ("conv1-{C//4},padding_mode=reflect", {"kernel": 1, "out": "{C//4}", "padding_mode": "reflect"}),
        (
            "conv3-8,pP,padding_mode=circular",
            {"kernel": 3, "out": 8, "padding": "P", "padding_mode": "circular"},
        ),
    ],
)
def test_every_place_of_a_word_fills_its_field(word: str, means: dict[str, object]) -> None:
    (item,) = parse_words(word).items
    assert dict(item.body.fields) == means  # type: ignore[union-attr]
    assert item.body.kind in KINDS  # type: ignore[union-attr]
