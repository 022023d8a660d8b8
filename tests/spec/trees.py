"""Random specs as trees, in the form in which the readers build them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cnncalc.errors import Span
from cnncalc.layers import KINDS
from cnncalc.spec.fields import FieldSpec, fields_of
from cnncalc.spec.items import Block, Body, Call, Document, Group, Item, Line, Sequence, Value

__all__ = ["BLOCKS", "calls", "documents", "items", "layer_values", "line_of", "lines"]

HERE = Span(1, 1)
GREATEST = 10**15
#: the blocks that random documents have, with their arguments
BLOCKS = {"unit": ("width", "stride"), "inA": (), "Stage_2": ("n",)}

expressions = st.sampled_from(
    ["{C}", "{C//4}", "{2*width - 1}", "{max(a, b)}", "{ n }", "{1 if C > 3 else 2}", "{a\n+b}"]
)
capitals = st.sampled_from(["K", "C", "X", "E5", "K_2", "NONE"])
names = st.sampled_from(["k", "width", "x", "e5", "_a", "nonex", "axb", "p1", "same"])
integers = st.one_of(st.integers(-3, 9), st.integers(-GREATEST, GREATEST))
decimals = st.floats(allow_nan=False, allow_infinity=False)


def sizes(spec: FieldSpec) -> st.SearchStrategy[Value]:
    """Two values or more, one for each axis."""
    ones = [integers, capitals, expressions]
    ones += [decimals] if spec.real else []
    ones += [st.none()] if spec.gaps else []
    return st.lists(st.one_of(ones), min_size=2, max_size=4).map(tuple)


def values(spec: FieldSpec) -> st.SearchStrategy[Value]:
    """What a word can hold in a field."""
    found: list[st.SearchStrategy[Value]] = []
    if spec.choices:
        found.append(st.sampled_from(spec.choices))
    if spec.number or spec.real:
        found += [integers, expressions]
    if spec.number or spec.sizes:
        found += [capitals, names, expressions]
    if spec.sizes:
        found.append(sizes(spec))
        found += [] if spec.number else [st.tuples(integers)]
    if spec.real:
        found.append(decimals)
    if spec.boolean:
        found += [st.booleans(), expressions]
    if spec.optional:
        found.append(st.none())
    return st.one_of(found)


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """A layer or a block, as words say it."""
    kind = draw(st.sampled_from([*KINDS, *BLOCKS, "{act}", "{ kind }"]))
    if kind in KINDS:
        specs = fields_of(kind).values()
        chosen = [s for s in specs if s.required or draw(st.integers(0, 2)) == 0]
        return Call(kind, tuple((s.name, draw(values(s))) for s in chosen))
    known = BLOCKS.get(kind, ("out", "bias", "width"))
    chosen_names = draw(st.lists(st.sampled_from(known), unique=True)) if known else []
    return Call(kind, tuple((name, draw(arguments)) for name in chosen_names))


#: texts with a hyphen occur among choices: nearest-exact
arguments: st.SearchStrategy[Value] = st.one_of(
    integers, decimals, st.booleans(), st.none(), expressions, capitals, names, st.just("nearest-exact")
)


def repeated(inner: st.SearchStrategy[Sequence]) -> st.SearchStrategy[Item]:
    """3*(…)"""
    counts = st.one_of(st.integers(0, GREATEST), names, capitals, expressions)
    return st.builds(lambda body, n: Item(Body(body), HERE, repeat=n), inner, counts)


def grouped(inner: st.SearchStrategy[Sequence]) -> st.SearchStrategy[Item]:
    """res(…|…), cat(…), add(…), mul(…)"""
    either = st.one_of(st.just(()), inner)
    branches = st.one_of(
        st.tuples(st.just("res"), st.one_of(st.tuples(inner), st.tuples(either, either))),
        st.tuples(
            st.sampled_from(["cat", "add", "mul"]),
            st.lists(either, min_size=1, max_size=3).map(tuple).filter(lambda b: b != ((),)),
        ),
    )
    return branches.map(lambda pair: Item(Group(*pair), HERE))


def line_of(strategy: st.SearchStrategy[Item]) -> st.SearchStrategy[Sequence]:
    """Several words in one string."""
    return st.lists(strategy, min_size=1, max_size=3).map(lambda found: (Line(tuple(found)),))


#: what words can say
items: st.SearchStrategy[Item] = st.recursive(
    calls().map(lambda call: Item(call, HERE)),
    lambda inner: st.one_of(repeated(line_of(inner)), grouped(line_of(inner))),
    max_leaves=6,
)
lines = line_of(items).map(lambda sequence: sequence[0])

# What only files can say.

texts = st.one_of(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff"), max_size=8
    ),
    st.sampled_from(
        ["null", "1e3", "0o17", "no", "true", "3x5", "KxL", "none", "a-b", " ", "- a", "a: b", "K", "é"]
    ),
)
node_names = st.sampled_from(
    ["a", "conv", "1", "007", "1e3", "no", "null", "res", "layer", "from", "x-1", "-", "unit", "b{i + 1}-{i}"]
)
conditions = st.sampled_from(["C != 64", "{flag}", "stride != 1 or C != 2*width", "1", "not (a > b)"])
counts = st.one_of(st.integers(-GREATEST, GREATEST), st.sampled_from(["n", "{n - 1}", "n - 1", "2"]))
scalars = st.one_of(st.booleans(), integers, decimals, st.none(), texts)


def layer_values(spec: FieldSpec) -> st.SearchStrategy[Value]:
    """What a file can hold in a field: what a word can, and some more."""
    if not spec.sizes:
        return values(spec)
    ones = [integers, capitals, names, expressions]
    ones += [decimals] if spec.real else []
    ones += [st.none()] if spec.gaps else []
    return st.one_of(values(spec), st.lists(st.one_of(ones), min_size=1, max_size=3).map(tuple))


@st.composite
def long_calls(draw: st.DrawFn) -> Call:
    """A layer or a block in its long form."""
    call = draw(calls())
    if call.kind in KINDS:
        specs = fields_of(call.kind)
        return Call(call.kind, tuple((name, draw(layer_values(specs[name]))) for name, _ in call.fields))
    several = [] if call.kind in BLOCKS else [st.lists(scalars, max_size=3).map(tuple)]
    return Call(call.kind, tuple((name, draw(st.one_of(scalars, *several))) for name, _ in call.fields))


def with_options(
    item: st.SearchStrategy[Item], repeats: st.SearchStrategy[Any] = counts
) -> st.SearchStrategy[Item]:
    """The same with a name, inputs, a condition, repetitions."""

    def given(it: Item, *options: Any) -> Item:
        name, sources, repeat, when, weights, index = options
        repeat = repeat if it.repeat is None else it.repeat
        index = None if repeat is None else index
        return Item(it.body, HERE, it.name or name, sources, repeat, when, weights, index)

    return st.builds(
        given,
        item,
        st.one_of(st.none(), node_names),
        st.lists(st.one_of(node_names, st.just("input")), max_size=2).map(tuple),
        st.one_of(st.none(), repeats),
        st.one_of(st.none(), conditions),
        st.one_of(st.none(), node_names),
        st.one_of(st.none(), st.sampled_from(["i", "k_1"])),
    )


def one_line(item: Item) -> Line:
    return Line((item,))


#: {layer: "conv3-64 relu", …}, {layer: "3*(relu)", …}, and repetitions of repetitions
layer_items = st.one_of(
    with_options(line_of(items).filter(lambda s: len(s[0].items) > 1).map(lambda s: Item(Body(s), HERE))),
    with_options(repeated(line_of(items))),
    repeated(line_of(items)).flatmap(
        lambda inner: with_options(counts.map(lambda n: Item(Body((one_line(inner),)), HERE, repeat=n)))
    ),
)


def file_lines(inner: st.SearchStrategy[Line]) -> st.SearchStrategy[Line]:
    """One item of a list in a file, made of others."""
    sequence = st.lists(inner, max_size=2).map(tuple)
    some = st.lists(inner, min_size=1, max_size=2).map(tuple)
    group = st.one_of(
        st.tuples(st.just("res"), st.one_of(st.tuples(some), st.tuples(sequence, sequence))),
        st.tuples(
            st.sampled_from(["cat", "add", "mul"]),
            st.lists(sequence, min_size=1, max_size=3).map(tuple).filter(lambda b: b != ((),)),
        ),
    )
    named = st.sampled_from(["a", "conv1", "features", "1", "no", "Unit", "1e3", "a{i}", "{i}"])
    return st.one_of(
        with_options(group.map(lambda pair: Item(Group(*pair), HERE))).map(one_line),
        with_options(st.builds(lambda s, n: Item(Body(s), HERE, name=n), sequence, named)).map(one_line),
    )


sequences: st.SearchStrategy[Sequence] = st.lists(
    st.recursive(
        st.one_of(
            lines,
            with_options(long_calls().map(lambda call: Item(call, HERE))).map(one_line),
            layer_items.map(one_line),
        ),
        file_lines,
        max_leaves=3,
    ),
    min_size=1,
    max_size=3,
).map(tuple)

short_sequences: st.SearchStrategy[Sequence] = st.lists(
    with_options(long_calls().map(lambda call: Item(call, HERE))).map(one_line), min_size=1, max_size=2
).map(tuple)

variables = st.dictionaries(
    st.sampled_from(["width", "n", "flag", "act", "kind", "decide", "lambda_", "no", "int", "str"]),
    scalars,
    max_size=3,
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A whole spec file."""
    given = draw(variables)
    of_preset = st.dictionaries(st.sampled_from(sorted(given)), scalars) if given else st.just({})
    presets = draw(st.dictionaries(texts, of_preset, max_size=2))
    expected = {"output": 10, "params": "4.2M", "layers": {"a.1": {"output": "64x8x8"}}, "macs": None}
    return Document(
        input=draw(st.sampled_from(["3x32x32", "784", "CxHxW", "{3*n}x5", "1e3"])),
        layers=draw(sequences),
        name=draw(st.one_of(st.none(), texts)),
        source=draw(st.one_of(st.none(), texts)),
        vars=tuple(given.items()),
        presets=tuple((name, tuple(values.items())) for name, values in presets.items()),
        blocks=tuple(
            (name, Block(tuple((a, draw(scalars)) for a in args), draw(short_sequences)))
            for name, args in BLOCKS.items()
        ),
        expect=tuple(expected.items()) if draw(st.booleans()) else (),
    )
