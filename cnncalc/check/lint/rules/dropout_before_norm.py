"""CNN322: dropout before batch normalisation."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.layers.facts import Dropping
from cnncalc.network import Node

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    nodes = view.network.nodes
    shifting = {
        i for i, of in enumerate(view.traits) if of.dropping is not None and _shifts_variance(of.dropping)
    }
    if not shifting:
        return
    #: the first normalisation behind each node with running statistics, if none without them stands in between
    behind: list[Node | None] = [None] * len(nodes)
    findings = []
    for node in reversed(nodes):
        for reader in view.readers.get(node.index, ()):
            found = view.traits[reader].statistics
            first = behind[reader] if found is None else nodes[reader] if found.running else None
            behind[node.index] = behind[node.index] or first
        norm = behind[node.index]
        if norm is not None and node.index in shifting:
            findings.append(
                Finding(
                    node.index,
                    f"'{norm.name}' behind it learns the variance that dropout has enlarged, and in inference there is no dropout",
                    "drop behind the last normalisation",
                )
            )
    yield from reversed(findings)


def _shifts_variance(found: Dropping) -> bool:
    """Whether training scales the kept numbers up, by chance and number by number or channel by channel."""
    return found.scale is not None and found.unit != "branch" and found.keep.value != 1


RULE = Rule(
    code="CNN322",
    name="dropout-before-norm",
    summary="dropout before batch normalisation, which shifts the variance",
    what=(
        "A dropout with p > 0 is followed, perhaps behind other layers, by a normalisation with running statistics. Alpha "
        "dropout, which keeps the variance, and stochastic depth (`droppath`) are left alone."
    ),
    why=(
        "In training dropout makes the variance of what follows larger, 1/(1 − p) times for numbers with mean 0, and the running "
        "variance is learned from that; in inference dropout is off, and every normalisation behind divides by a variance that "
        "is too large. Networks with both are often worse than with either."
    ),
    wrong="3x32x32 conv3-16,p1,nobias dropout0.3 bn relu",
    better="3x32x32 conv3-16,p1,nobias bn relu dropout0.3",
    source="Li et al., Understanding the Disharmony between Dropout and Batch Normalization, arXiv:1801.05134",
    find=_find,
)
