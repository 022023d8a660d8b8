"""What there is to learn from networks side by side: pairs and triples in words, with names for sizes.

Nothing here is a result: every number comes from the networks, as of any others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from cnncalc.errors import SpecError, nearest
from cnncalc.record import record

__all__ = ["TOPICS", "Choices", "Topic", "topic"]

#: what may be chosen besides the sizes, by name
Choices: TypeAlias = Mapping[str, int]


@record
class Topic:
    """Networks with what they are called, and what to see in them. `choices`: numbers to choose, with those usually chosen."""

    title: str
    networks: Callable[[Choices], tuple[tuple[str, str], ...]]
    lesson: Callable[[Choices], tuple[str, ...]]
    choices: Choices
    #: what is assumed of a name that has been given no value
    assume: Callable[[Choices], Mapping[str, str]] = lambda _: {}


def _stacked(at: Choices) -> tuple[tuple[str, str], ...]:
    n = at["n"]
    return (
        (f"{n} of 3x3", f"CxHxW {n}*(conv3-C,p1,nobias relu)"),
        (f"one of {2 * n + 1}x{2 * n + 1}", f"CxHxW conv{2 * n + 1}-C,p{n},nobias relu"),
    )


def _depthwise(_: Choices) -> tuple[tuple[str, str], ...]:
    return (
        ("convolution", "CxHxW conv{k}-N,same,nobias"),
        ("depthwise separable", "CxHxW dwconv{k},same,nobias conv1-N,nobias"),
    )


def _bottleneck(at: Choices) -> tuple[tuple[str, str], ...]:
    reduced = f"conv1-{{C//{at['r']}}},nobias"
    return (
        ("bottleneck", f"CxHxW {reduced} relu conv3-{{C}},p1,nobias relu conv1-C,nobias"),
        ("pair of 3x3", "CxHxW conv3-C,p1,nobias relu conv3-C,p1,nobias"),
        ("one 3x3", "CxHxW conv3-C,p1,nobias"),
    )


def _sharing(_: Choices) -> tuple[tuple[str, str], ...]:
    return (
        ("convolution", "CxHxW conv{k}-K,same,nobias"),
        ("locally connected", "CxHxW lc{k}-K,same,nobias"),
        ("fully connected", "CxHxW flatten fc-{H*K*W},nobias"),
    )


def _heads(_: Choices) -> tuple[tuple[str, str], ...]:
    return (
        ("global average pooling", "CxHxW gap flatten fc-classes,nobias"),
        ("flattened", "CxHxW flatten fc-classes,nobias"),
    )


TOPICS: Mapping[str, Topic] = {
    "stacked": Topic(
        "Stacked 3x3 convolutions against one large kernel",
        _stacked,
        lambda at: (
            f"Both see {2 * at['n'] + 1} positions on each axis, but a stack of n bends n times. Its weights grow with n, those of"
            " one kernel with (2n+1)^2.",
            "Compare what sees equally far: three 3x3 against one 5x5 are not a fair pair.",
        ),
        {"n": 3},
    ),
    "depthwise": Topic(
        "A convolution against a depthwise separable one",
        _depthwise,
        lambda _: (
            "One step filters each channel by itself, one mixes the channels at each position. The share that is left, 1/k^2 + 1/N"
            " of the weights and of the MACs, does not depend on C: never quite k^2 times less.",
            "With biases or normalisation it is no longer exact.",
        ),
        {},
    ),
    "bottleneck": Topic(
        "A bottleneck against 3x3 convolutions at full width",
        _bottleneck,
        lambda at: (
            f"The 1x1 convolutions lead to 1/{at['r']} of the channels and back, so that the 3x3 one works on few. It is deeper than"
            " both, but sees no further than one 3x3.",
        ),
        {"r": 4},
        lambda at: {"C": f"C={at['r']}*c"},
    ),
    "sharing": Topic(
        "Weight sharing: convolution, locally connected, fully connected",
        _sharing,
        lambda _: (
            "The same output, three ways. A locally connected layer gives every position its own filters: it multiplies as often as"
            " the convolution, but has the weights once for each position. A fully connected layer sees everything as well.",
        ),
        {},
    ),
    "heads": Topic(
        "Heads: global average pooling against flattening",
        _heads,
        lambda _: (
            "Behind global average pooling the classifier has one weight for each channel and class, whatever the size of the image;"
            " a flattened head has one for each position too, and takes one size of image only.",
        ),
        {},
    ),
}


def topic(name: str) -> Topic:
    """The topic of this name.

    Raises SpecError if there is none.
    """
    if name in TOPICS:
        return TOPICS[name]
    close = nearest(name, list(TOPICS))
    cure = f"did you mean {close}?" if close else f"choose from {', '.join(TOPICS)}"
    raise SpecError(f"no topic is called '{name}'", cure, code="CNN105")
