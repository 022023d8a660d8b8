"""Wrong bytes: of results, and of what training keeps."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.storage import Result
from cnncalc.record import replace
from tests.verify.mutants import answering, forgetting, of, then

__all__ = ["ACTIVATIONS", "TRAINING"]

LAYERS = "cnncalc.layers."
MEMORY = "cnncalc.passes.memory"
SAVED = f"{LAYERS}activation:_SAVED"


def asked_of(run: Any) -> Any:
    """A rule that is asked of another run."""
    return lambda rule: lambda layer, of: rule(layer, run(of))


def but(*names: str) -> Any:
    """What is kept, without some of it."""
    return then(lambda saved: tuple(s for s in saved if s.name not in names))


def of_its_own(layer: Any, run: Any) -> Any:
    return run.like()


def seen(layer: Any, run: Any) -> Any:
    return run.view()


ACTIVATIONS = of(
    "activations",
    (
        "flatten copies",
        "2x4x4 relu flatten",
        "flatten1",
        f"{LAYERS}reshape:Flatten.result",
        then(lambda y: Result(y.layout)),
    ),
    (
        "flatten never copies",
        "2x4x4 relu permute,order=2x3x1 flatten",
        "flatten1",
        f"{LAYERS}storage:Tensor.can_merge",
        answering(True),
    ),
    (
        "a permuted map lies as it is read",
        "2x4x4 relu permute,order=2x3x1 flatten",
        "flatten1",
        f"{LAYERS}storage:Tensor.permuted",
        lambda _: lambda x, axes: x.layout,
    ),
    (
        "permute copies",
        "2x4x4 relu permute,order=2x3x1",
        "permute1",
        f"{LAYERS}reshape:Permute.result",
        lambda _: of_its_own,
    ),
    (
        "unflatten copies",
        "8 relu unflatten,shape=2x4",
        "unflatten1",
        f"{LAYERS}reshape:Unflatten.result",
        then(lambda y: Result(y.layout)),
    ),
    (
        "a part of the channels is copied",
        "4x4x4 relu select0-2",
        "select1",
        f"{LAYERS}slice:_part",
        then(lambda y: Result(y.layout)),
    ),
    (
        "a part of the rows can be flattened where it lies",
        "4x4x4 relu select0-2,dim=2 flatten",
        "flatten1",
        f"{LAYERS}storage:Tensor.narrowed",
        lambda _: lambda x, axis, size: x.layout,
    ),
    (
        "dropout copies in inference",
        "2x4x4 relu dropout",
        "dropout1",
        f"{LAYERS}dropout:_Dropping.result",
        lambda _: of_its_own,
    ),
    (
        "activations write into their input",
        "2x4x4 conv1-2 relu",
        "relu1",
        f"{LAYERS}activation:Activation.result",
        lambda _: seen,
    ),
    (
        "a sum is written into its first summand",
        "2x4x4 add(conv1-2|conv1-2)",
        "add1",
        f"{LAYERS}merge:_Broadcasting.result",
        lambda _: seen,
    ),
    (
        "an identity copies",
        "2x4x4 relu identity",
        "identity1",
        f"{LAYERS}activation:Activation.result",
        lambda _: of_its_own,
    ),
    ("numbers have 8 bytes", "2x4x4 relu", "relu1", f"{MEMORY}:BYTES", lambda right: {**right, "float32": 8}),
    (
        "counts of batches have 4 bytes",
        "2x4x4 bn",
        "",
        f"{MEMORY}:_INT64",
        lambda _: 4,
    ),
    (
        "weights take no memory",
        "2x4x4 conv1-2",
        "",
        f"{MEMORY}:InferenceMemory.total",
        lambda _: property(lambda memory: memory.buffers + memory.peak.bytes),
    ),
    (
        "a shortcut is freed when its branch begins",
        "2x4x4 relu res(conv1-2 conv1-2)",
        "",
        f"{MEMORY}:_last_readers",
        lambda rule: lambda network: {i: min(network.last + 1, i + 1) for i in rule(network)},
    ),
    (
        "the input is there to the end",
        "2x6x6 conv3-2 conv3-2 conv1-9",
        "",
        f"{MEMORY}:_last_readers",
        lambda rule: lambda network: {**rule(network), -1: network.last + 1},
    ),
    (
        "a view dies with its own readers",
        "2x4x4 relu permute,order=2x1x3 add(|conv1-8 conv1-4)",
        "",
        f"{MEMORY}:_last_readers",
        lambda rule: lambda network: dict.fromkeys(rule(network), network.last + 1),
    ),
)

TRAINING = of(
    "training",
    (
        "ReLU keeps its input",
        "2x4x4 conv1-2 bn relu",
        "relu1",
        SAVED,
        lambda right: {**right, "relu": ("input",)},
    ),
    (
        "GELU keeps its output",
        "2x4x4 conv1-2 gelu",
        "gelu1",
        SAVED,
        lambda right: {**right, "gelu": ("output",)},
    ),
    (
        "softsign keeps its input alone",
        "2x4x4 conv1-2 softsign",
        "softsign1",
        SAVED,
        lambda right: {**right, "softsign": ("input",)},
    ),
    (
        "a convolution keeps its result",
        "2x4x4 conv1-2 conv1-2",
        "conv2",
        f"{LAYERS}conv:Convolution.saves",
        then(lambda saved: (*saved, replace(saved[-1], what="output"))),
    ),
    (
        "a copy with padding is not kept",
        "2x4x4 conv1-2 conv3-2,p1,padding_mode=circular",
        "conv2",
        f"{LAYERS}conv:Convolution.saves",
        forgetting(padding_mode="zeros"),
    ),
    (
        "a locally connected layer keeps its input, not its windows",
        "2x4x4 conv1-2 lc3-2",
        "lc1",
        f"{LAYERS}local:LocallyConnected.saves",
        then(lambda saved: tuple(replace(s, what="input") if s.what == "new" else s for s in saved)),
    ),
    (
        "max pooling does not keep where the maxima were",
        "2x4x4 conv1-2 maxpool2",
        "maxpool1",
        f"{LAYERS}pool:MaxPool.saves",
        but("indices"),
    ),
    (
        "places of maxima have 4 bytes",
        "2x4x4 conv1-2 maxpool2",
        "maxpool1",
        f"{LAYERS}pool:MaxPool.saves",
        then(lambda saved: tuple(replace(s, dtype=None) for s in saved)),
    ),
    (
        "average pooling keeps nothing",
        "2x4x4 conv1-2 avgpool2",
        "conv1",
        f"{LAYERS}pool:AvgPool.saves",
        answering(()),
    ),
    (
        "global average pooling keeps its input",
        "2x4x4 conv1-2 gap",
        "conv1",
        f"{LAYERS}adaptive_pool:saved_by_average",
        lambda _: lambda run, y: (run.input(),),
    ),
    (
        "batch normalisation keeps no statistics",
        "2x4x4 conv1-2 bn",
        "bn1",
        f"{LAYERS}batch_norm:BatchNorm.saves",
        but("mean", "1/deviation"),
    ),
    (
        "group normalisation has one mean per channel",
        "4x4x4 conv1-4 gn2",
        "gn1",
        f"{LAYERS}norm:GroupNorm.saves",
        forgetting(groups=4),
    ),
    (
        "a dropout keeps no mask",
        "2x4x4 conv1-2 dropout",
        "dropout1",
        f"{LAYERS}dropout:_Dropping.saves",
        answering(()),
    ),
    (
        "a mask of channels is as large as the map",
        "2x4x4 conv1-2 dropout2d",
        "dropout2d1",
        f"{LAYERS}dropout:_Dropout._mask",
        lambda _: lambda layer, run: run.x.dims,
    ),
    (
        "a fully connected layer does not keep its input",
        "4x4 fc-3 gelu fc-3",
        "gelu1",
        f"{LAYERS}linear:Linear.saves",
        answering(()),
    ),
    (
        "rows that do not lie together are multiplied where they lie",
        "3x4x4 conv1-3 gelu permute,order=1x3x2 fc-2",
        "fc1",
        f"{LAYERS}storage:Tensor.can_merge",
        answering(True),
    ),
    (
        "a sum keeps its summands",
        "2x4x4 conv1-2 softplus add(conv1-2|conv1-2)",
        "conv2",
        f"{LAYERS}merge:Add.saves",
        lambda _: lambda layer, run: (run.input(),),
    ),
    (
        "a product keeps one factor",
        "2x4x4 mul(conv1-2|conv1-2)",
        "conv1",
        f"{LAYERS}merge:Mul.saves",
        lambda _: lambda layer, run: (run.input(1),),
    ),
    (
        "attention lies row-major",
        "4 fc-12 bn unflatten,shape=3x4 attention1,nobias flatten fc-2",
        "flatten1",
        f"{LAYERS}attention:Attention.result",
        lambda _: lambda layer, run: run.fresh(),
    ),
    (
        "attention does not keep its weights",
        "3x6 fc-6 attention2",
        "attention1",
        f"{LAYERS}attention:Attention.saves",
        but("attention weights"),
    ),
    (
        "a convolution copies what it reads",
        "2x4x4 conv1-2 relu conv1-2",
        "conv2",
        f"{LAYERS}conv:Convolution.saves",
        then(
            lambda saved: tuple(
                replace(s, what="new", name="copy", dims=(1, 2, 4, 4)) if s.what == "input" else s
                for s in saved
            )
        ),
    ),
    (
        "what nothing trained lies before is kept",
        "2x4x4 gelu conv1-2",
        "input",
        f"{MEMORY}:gradients",
        then(lambda flows: tuple(replace(f, inputs=(True,) * len(f.inputs)) for f in flows)),
    ),
    (
        "gradients take no memory",
        "2x4x4 conv1-2",
        "",
        f"{MEMORY}:TrainingMemory.total",
        lambda _: property(lambda memory: memory.weights + memory.buffers + memory.activations),
    ),
    (
        "Adam keeps one number for each",
        "2x4x4 conv1-2",
        "",
        f"{MEMORY}:OPTIMIZERS",
        lambda right: {**right, "adam": (1, 4)},
    ),
    (
        "Adam's steps are not kept",
        "2x4x4 conv1-2",
        "",
        f"{MEMORY}:OPTIMIZERS",
        lambda right: {**right, "adamw": (2, 0)},
    ),
    (
        "momentum is free",
        "2x4x4 conv1-2",
        "",
        f"{MEMORY}:OPTIMIZERS",
        lambda right: {**right, "momentum": (0, 0)},
    ),
    (
        "one image trains a batch normalisation of single values",
        "4 fc-3 bn",
        "",
        f"{LAYERS}batch_norm:BatchNorm.trains_on",
        answering(()),
    ),
    (
        "single positions train an instance normalisation",
        "4x1x1 conv1-3 in,track",
        "",
        f"{LAYERS}batch_norm:InstanceNorm.trains_on",
        answering(()),
    ),
)
