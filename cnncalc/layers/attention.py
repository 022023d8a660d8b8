"""Multi-head self-attention over a sequence of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Derivation, Layer, WordForm, param
from cnncalc.layers.condition import at_least, divides
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Weight
from cnncalc.symbolic import Dim, Formula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition

__all__ = ["ATTENTION_MACS", "KINDS", "Attention"]

#: four projections, then scores and their weighted sum; the heads share E among them, so their number does not enter
ATTENTION_MACS = Formula(
    "4*S*E*E + 2*S*T*E",
    S="sequence length",
    E="embedding size",
    T="rows of keys and values",
)


@final
@record
class Attention(Layer):
    """softmax(Q·Kᵀ/√(E/heads))·V in every head, Q, K and V linear in the input, and a linear layer after it.

    ## Shape
    S×E → S×E, where `heads` divides E.

    ## Weights
    `in_proj_weight` (3E, E), `in_proj_bias` (3E), `bias_k` and `bias_v` (1, 1, E) if `add_bias_kv`,
    `out_proj.weight` (E, E), `out_proj.bias` (E).

    ## Torch twin
    torch.nn.MultiheadAttention with batch_first=True, called on the input as query, key and value.

    ## Common mistake
    Multiplying the parameters by the number of heads: each head works on E/heads numbers, so it cancels.
    """

    kind: ClassVar[str] = "attention"
    word: ClassVar[WordForm] = WordForm(size="heads")

    heads: Dim = param(doc="number of heads, which share the embedding")
    bias: bool = param(True, doc="learned numbers added to every projection", flags={"nobias": False})
    dropout: float = param(0.0, doc="probability that an attention weight becomes 0 in training")
    add_bias_kv: bool = param(False, doc="a learned row more of keys and of values")
    add_zero_attn: bool = param(False, doc="a row of zeros more of keys and of values")

    def requires(self, x: Shape, *_: Shape) -> Iterator[Condition]:
        embedding = _embedding(x)
        yield at_least(self.heads, 1, "{left} heads", "give at least 1", "heads")
        yield divides(
            self.heads,
            embedding,
            "{left} heads do not divide the embedding of {right}",
            "{divisors}",
            "heads",
        )

    def output(self, x: Shape, *_: Shape) -> Shape:
        return x

    def weights(self, x: Shape, *_: Shape) -> tuple[Weight, ...]:
        e = _embedding(x)
        extra = (Weight("bias_k", (1, 1, e)), Weight("bias_v", (1, 1, e))) if self.add_bias_kv else ()
        if not self.bias:
            return (Weight("in_proj_weight", (3 * e, e)), *extra, Weight("out_proj.weight", (e, e)))
        return (
            Weight("in_proj_weight", (3 * e, e)),
            Weight("in_proj_bias", (3 * e,)),
            *extra,
            Weight("out_proj.weight", (e, e)),
            Weight("out_proj.bias", (e,)),
        )

    def macs(self, x: Shape, *_: Shape) -> Derivation:
        length = x.dims[0]
        rows = length + self.add_bias_kv + self.add_zero_attn
        return Derivation(ATTENTION_MACS, {"S": length, "E": _embedding(x), "T": rows})

    def torch_call(self, x: Shape, *_: Shape) -> TorchCall:
        arguments = {
            "dropout": self.dropout,
            "bias": self.bias,
            "add_bias_kv": self.add_bias_kv,
            "add_zero_attn": self.add_zero_attn,
            "batch_first": True,
        }
        return TorchCall("nn.MultiheadAttention", (_embedding(x), self.heads), arguments, how="query")


def _embedding(x: Shape) -> Dim:
    """E of S×E.

    Raises LayerError for an input that is not a sequence.
    """
    if x.rank == 2:
        return x.dims[1]
    cure = (
        "give one token as 1xE"
        if x.rank == 1
        else "flatten the map and swap its axes first: flatten,start=2 permute,order=2x1"
    )
    raise LayerError(f"attention needs a sequence SxE, but the input is {x.pretty()}", cure, code="CNN202")


KINDS: dict[str, type[Layer]] = {"attention": Attention}
