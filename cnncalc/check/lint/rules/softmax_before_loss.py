"""CNN323: a network that ends in probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View

__all__ = ["RULE"]


def _find(view: View) -> Iterator[Finding]:
    index = view.network.last
    while index >= 0:
        node = view.network.nodes[index]
        if node.layer.distribution:
            yield Finding(
                index,
                "the network ends in probabilities, but torch.nn.CrossEntropyLoss wants what is before: it takes log-softmax itself",
                "leave it out, and apply it where probabilities are read",
            )
            return
        # only what moves numbers: a layer that owns tensors or joins others is an end of its own
        if len(node.inputs) != 1 or node.layer.role != "same" or not node.layer.within:
            return
        index = node.inputs[0]


RULE = Rule(
    code="CNN323",
    name="softmax-before-loss",
    summary="a softmax at the end, where the loss takes one itself",
    what=(
        "The network's output comes from a `softmax`, `softmin` or `softmax2d`. `logsoftmax` is left alone: it is what "
        "`NLLLoss` wants, and `CrossEntropyLoss` does not change it; and so is `sigmoid`, which may be the output itself."
    ),
    why=(
        "`CrossEntropyLoss` takes the logarithm of the softmax of what it gets. Of probabilities it takes a second softmax: its "
        "logits then differ by 1 at most, so that the loss cannot come near 0 and gradients are small. The network learns, but badly, "
        "and nothing raises. In inference the class with the largest logit is that with the largest probability."
    ),
    wrong="3x32x32 conv3-16,p1 relu gap flatten fc-10 softmax",
    better="3x32x32 conv3-16,p1 relu gap flatten fc-10",
    source="torch.nn.CrossEntropyLoss (the input is expected to contain the unnormalized logits)",
    find=_find,
)
