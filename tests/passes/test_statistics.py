from __future__ import annotations

from cnncalc import load
from cnncalc.passes.statistics import statistics
from cnncalc.symbolic import symbol


def test_every_normalisation_with_its_counts() -> None:
    found = statistics(load("8x6x6 conv3-8,p1 bn relu in gn2 rms"), batch=4)
    assert [n.node for n in found] == [1, 3, 4, 5]
    assert [n.statistics.count.value for n in found] == [8, 32, 8, 4]
    assert [n.statistics.values.value for n in found] == [144, 36, 144, 288]
    assert [n.statistics.centred for n in found] == [True, True, True, False]


def test_without_a_batch_size_it_is_n() -> None:
    (found,) = statistics(load("CxHxW ln"))
    assert found.statistics.count.value == symbol("N")


def test_which_variance_is_used_when() -> None:
    tracked, own, image = statistics(load("8x6x6 bn bn,notrack in"))
    assert (tracked.training, tracked.inference) == ("the batch's own, biased", "the running ones, unbiased")
    assert (own.training, own.inference) == ("the batch's own, biased", "the batch's own, biased")
    assert (image.training, image.inference) == ("each image's own, biased", "each image's own, biased")
