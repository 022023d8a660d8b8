"""Answers that only some kinds have: fans, normalisation statistics, dropout."""

from __future__ import annotations

from typing import Literal, TypeAlias

from cnncalc.layers.base import Derivation
from cnncalc.record import record

__all__ = ["Dropping", "Fans", "Scheme", "Statistics", "Unit"]

#: how torch initialises a weight: U(±1/√fan_in), which is Kaiming's uniform with slope √5, or one of Xavier's
Scheme: TypeAlias = Literal["kaiming_uniform", "xavier_uniform", "xavier_normal"]
#: what a dropout keeps or drops as a whole
Unit: TypeAlias = Literal["number", "channel", "image", "branch"]


@record
class Fans:
    """Of one weight: how many inputs an output has, and how many outputs an input.

    `fan_in`, `fan_out`: as torch.nn.init counts them, fan_in = W.shape[1]·F·…, fan_out = W.shape[0]·F·….
    `true_in`, `true_out`: of the connections that there are, away from the borders; a fraction if the stride makes
    outputs differ, then their mean.
    """

    tensor: str
    fan_in: Derivation
    fan_out: Derivation
    true_in: Derivation
    true_out: Derivation
    scheme: Scheme = "kaiming_uniform"
    #: what the whole layer multiplies: every output number times its fan_in, or every input number times its fan_out
    sums_over: Literal["inputs", "outputs", None] = "inputs"
    #: the tensor that is added to the result, which torch draws from U(±1/√fan_in); None: none, or zeros
    bias: str | None = None


@record
class Statistics:
    """Of a normalisation, for a batch of N: what a mean and a variance are taken over, and how many of them there are."""

    #: the axes that are averaged over, by their letters: N, C, H, W
    over: tuple[str, ...]
    #: how many numbers one mean is taken over
    values: Derivation
    #: how many means (and variances) there are
    count: Derivation
    #: False: the mean square alone, no mean is taken off
    centred: bool = True
    #: whether inference uses running statistics; else it takes its own, as training does
    running: bool = False


@record
class Dropping:
    """Of a dropout in training, where each of n units is dropped with probability p, independently of the others."""

    unit: Unit
    #: 1 − p
    keep: Derivation
    #: what a kept number is multiplied by; None: no factor says it (alpha dropout keeps mean 0 and variance 1 instead)
    scale: Derivation | None
    #: E[y]/x and Var[y]/x² of one number x
    mean: Derivation | None
    variance: Derivation | None
    #: mean and variance of the number of units kept, of all in one image
    kept_mean: Derivation
    kept_variance: Derivation
