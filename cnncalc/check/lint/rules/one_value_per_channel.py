"""CNN321: a normalisation that in training has one value to normalise."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    for node in view.network.nodes:
        problem = view.traits[node.index].untrained
        if problem is not None and view.traits[node.index].statistics is not None:
            (told, *_) = problem.diagnostics
            yield Finding(node.index, f"{told.message}: torch raises", told.cure or "", problem.field)


RULE = Rule(
    code="CNN321",
    name="one-value-per-channel",
    summary="a normalisation that raises in training with a batch of one image",
    what=(
        "Batch normalisation of a flat input or a 1×1 map has one value per channel for each image of the batch. Set "
        "`smallest-batch` to the least number of images that training ever sees at once, which is 1 unless said."
    ),
    why=(
        "The variance of one value is 0, and torch raises: `Expected more than 1 value per channel when training`. It does so at "
        "the end of the first epoch, if the size of the data set leaves one image for the last batch. `drop_last=True` of the "
        "DataLoader helps, as does another normalisation, such as `ln` or `gn`."
    ),
    wrong="64x8x8 gap conv1-32,nobias bn relu",
    better="64x8x8 gap conv1-32 relu",
    source="torch.nn.functional.batch_norm, _verify_batch_size",
    find=_find,
)
