"""Answers that are kept from network to network: they are those that are given to the first."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnncalc import analyse, load
from cnncalc.check.lint import LintConfig, advise
from cnncalc.errors import CnncalcError
from tests.verify.mutants import forget

#: much that is equal, and much that is the same but for a name or what is assumed of it
sizes = st.sampled_from(["4x8x8", "4x9x9", "CxHxW", "4xHxW"])
layers = st.sampled_from(
    [
        *(
            "conv3-4,p1",
            "conv3-{K-1},p1",
            "conv3-K,g3",
            "conv3-4,gG",
            "conv3-{C},p1",
            "maxpoolK,pG",
            "avgpool2",
        ),
        *(
            "bn",
            "bn,eps=0",
            "bn,eps=-0.0",
            "bn,eps=1",
            "dropout,p=0",
            "dropout,p=-0.0",
            "relu",
            "gnG",
            "gap bn",
        ),
        *("leakyrelu,negative_slope=0", "leakyrelu,negative_slope=-0.0", "celu,alpha=1", "add(|conv1-K)"),
    ]
)
words = st.builds("{} {}".format, sizes, st.lists(layers, min_size=1, max_size=4).map(" ".join))
assumed = st.lists(st.sampled_from(["K=4", "K<=1", "K<=3", "G=2", "G>=2", "H=8"]), unique=True, max_size=2)
#: the same few networks, with one thing and another assumed of them
asked_of = st.lists(words, min_size=1, max_size=2).flatmap(
    lambda texts: st.lists(
        st.tuples(st.sampled_from(texts), assumed, st.integers(1, 2)), min_size=2, max_size=4
    )
)


def told(text: str, assume: list[str], batch: int) -> str:
    """All that is said of a network, with every number as it is written."""
    try:
        network = load(text, assume=assume)
    except CnncalcError as error:
        return repr(error.diagnostics)
    return repr((analyse(network), network.nodes, advise(network, LintConfig(smallest_batch=batch))))


@settings(max_examples=60, deadline=None)
@given(asked_of)
@example([("4x8x8 gap bn", [], 1), ("4x8x8 gap bn", [], 2)])
def test_what_is_said_does_not_depend_on_what_was_said_before(
    asked: list[tuple[str, list[str], int]],
) -> None:
    alone = []
    for question in asked:
        forget()
        alone.append(told(*question))
    forget()
    assert [told(*question) for question in asked] == alone
