"""Multi-head self-attention over a sequence of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from cnncalc.errors import LayerError
from cnncalc.layers.base import Derivation, Layer, WordForm, param
from cnncalc.layers.condition import at_least, divides
from cnncalc.layers.products import derived
from cnncalc.record import record
from cnncalc.shape import Shape, TorchCall, Weight
from cnncalc.symbolic import Dim, Formula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.layers.condition import Condition
    from cnncalc.layers.facts import Fans
    from cnncalc.layers.reach import Reads
    from cnncalc.layers.storage import Result, Run, Saved

__all__ = ["ATTENTION_MACS", "KINDS", "Attention"]

#: four projections, then scores and their weighted sum; the heads share E among them, so their number does not enter
ATTENTION_MACS = Formula(
    "4*S*E*E + 2*S*T*E",
    S="sequence length",
    E="embedding size",
    T="rows of keys and values",
)

ATTENTION_BACKWARD = Formula(
    "3*S*E*E*(A + B) + 4*S*T*E + S*E*E*(A + 1)",
    S="sequence length",
    E="embedding size",
    T="rows of keys and values",
    A="1 if the weights are trained, else 0",
    B="1 if the input needs a gradient, else 0",
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

    def trains_on(self, batch: int, x: Shape, *_: Shape) -> Iterator[Condition]:
        del batch, x
        if not 0 <= self.dropout <= 1:
            raise LayerError(
                f"dropout={self.dropout} is not a probability, which training needs",
                "give 0 to 1",
                code="CNN202",
                field="dropout",
            )
        yield from ()

    def output(self, x: Shape, *_: Shape) -> Shape:
        return x

    def reads(self, x: Shape, *_: Shape) -> tuple[Reads, ...]:
        from cnncalc.layers import reach

        return (reach.axiswise(x.dims, {axis: reach.Whole(size) for axis, size in enumerate(x.dims)}),)

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

    def counts(self, x: Shape, *_: Shape) -> dict[str, Derivation]:
        named = {"E": (_embedding(x), "embedding size")}
        texts = {
            "in_proj_weight": "3*E*E",
            "in_proj_bias": "3*E",
            "bias_k": "E",
            "bias_v": "E",
            "out_proj.weight": "E*E",
            "out_proj.bias": "E",
        }
        return {w.name: derived(texts[w.name], named) for w in self.weights(x)}

    def params(self, x: Shape, *_: Shape) -> Derivation:
        biases = 4 * self.bias + 2 * self.add_bias_kv
        text = "4*E*E" + (f" + {biases}*E" if biases else "")
        return derived(text, {"E": (_embedding(x), "embedding size")})

    def fans(self, x: Shape, *_: Shape) -> tuple[Fans, ...]:
        from cnncalc.layers.facts import Fans

        named = {"E": (_embedding(x), "embedding size")}
        one, three = derived("E", named), derived("3*E", named)
        stacked = Fans("in_proj_weight", one, three, one, one, "xavier_uniform", None)
        rows = [Fans(name, one, one, one, one, "xavier_normal", None) for name in ("bias_k", "bias_v")]
        out = Fans("out_proj.weight", one, one, one, one, sums_over=None)
        return (stacked, *(rows if self.add_bias_kv else ()), out)

    def macs(self, x: Shape, *_: Shape) -> Derivation:
        length = x.dims[0]
        rows = length + self.add_bias_kv + self.add_zero_attn
        return Derivation(ATTENTION_MACS, {"S": length, "E": _embedding(x), "T": rows})

    def backward(self, x: Shape, *_: Shape, inputs: bool, trainable: bool) -> Derivation:
        """Scores and their sum always pass two gradients, the last projection always one for what it reads."""
        values = {**self.macs(x).values, "A": int(trainable), "B": int(inputs)}
        return Derivation(ATTENTION_BACKWARD, values)

    def result(self, run: Run) -> Result:
        """Axes S, N, E, since torch computes with the sequence first; row-major where inference takes its fast path."""
        even = isinstance(self.heads, int) and self.heads % 2 == 0
        if not run.training and even and self.bias and not (self.add_bias_kv or self.add_zero_attn):
            return run.fresh()
        return run.ordered(1, 0, 2)

    def saves(self, run: Run) -> tuple[Saved, ...]:
        """Queries, keys and values, the queries scaled, and the attention weights; where the projections are trained,
        what they read, too: the input (a copy, if its rows do not lie sequence first) and the weighted sum.
        """
        n, s, e = run.x.dims
        t = s + self.add_bias_kv + self.add_zero_attn
        scores = (n * self.heads, s, t)
        saved = [run.new("scaled queries", run.x.dims), run.new("attention weights", scores)]
        if self.add_bias_kv or self.add_zero_attn:
            saved += [run.new("keys", (n, t, e)), run.new("values", (n, t, e))]
        else:
            saved.append(run.new("queries, keys, values", (3, n, s, e)))
        if self.dropout > 0:
            saved.append(run.new("mask", scores if self.dropout < 1 else ()))
            saved.append(run.new("dropped attention weights", scores))
        if run.trainable:
            saved.append(run.input() if run.x.can_merge((1, 0)) else run.new("copied input", run.x.dims))
            saved.append(run.new("weighted sum", run.x.dims))
        own = ("in_proj_weight", "out_proj.weight") if run.x.grad else ("out_proj.weight",)
        return *saved, *map(run.parameter, own)

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
