"""CNN331: channels that do not fill tensor cores."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import listed

__all__ = ["RULE"]

_MULTIPLE = 8


def _find(view: View) -> Iterator[Finding]:
    #: whether a layer of weights is among those that depend on a node
    more: list[bool] = [False] * len(view.network.nodes)
    findings = []
    for node in reversed(view.network.nodes):
        readers = view.readers.get(node.index, ())
        more[node.index] = any(more[r] or view.network.nodes[r].layer.role == "weights" for r in readers)
        found = view.traits[node.index].weights
        if found is None:
            continue
        sizes = {"input": found.inputs, "output": found.outputs}
        if -1 in node.inputs:
            del sizes["input"]
        if not more[node.index]:
            del sizes["output"]
        odd = {what: n for what, n in sizes.items() if isinstance(n, int) and n % _MULTIPLE}
        if odd:
            told = listed([f"{n} {what} channels" for what, n in odd.items()])
            better = listed([str(-(-n // _MULTIPLE) * _MULTIPLE) for n in odd.values()])
            findings.append(
                Finding(
                    node.index, f"{told} are no multiple of {_MULTIPLE}", f"{better} fill tensor cores", "out"
                )
            )
    yield from reversed(findings)


RULE = Rule(
    code="CNN331",
    name="unaligned-channels",
    summary="channel counts that are no multiple of 8",
    what=(
        "A convolution or linear layer without groups reads or makes a number of channels that 8 does not divide. The image's own "
        "channels and the last layer's outputs, which the task gives, are left alone."
    ),
    why=(
        "Tensor cores work on blocks: of 8 numbers of 16 bits. Other sizes are padded to them, or go to slower kernels; 8 more "
        "channels can be faster than 3 more. Off by default, since it matters on such hardware only."
    ),
    wrong="3x32x32 conv3-20,p1 relu conv3-50,p1 relu gap flatten fc-10",
    better="3x32x32 conv3-24,p1 relu conv3-56,p1 relu gap flatten fc-10",
    source="NVIDIA, Deep Learning Performance: Convolutional Layers User's Guide (channels in and out)",
    find=_find,
    default=False,
)
