"""A network as torch modules, made from its layers' `TorchCall`s and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import torch
from torch import nn

from cnncalc.layers import Layer
from cnncalc.network import Network
from cnncalc.shape import Shape, TorchCall
from cnncalc.verification.local import LocallyConnected

__all__ = [
    "DropPath",
    "Factor",
    "Observer",
    "Realised",
    "Scale",
    "Twin",
    "joins_ranks",
    "numbers",
    "readers",
    "realise",
    "twin",
]

#: is told of every node that has run: its index, its inputs and its output
Observer: TypeAlias = Callable[[int, Sequence[torch.Tensor], torch.Tensor], None]


class Scale(nn.Module):
    """A learned factor (and shift) per channel, which torch has no module for."""

    def __init__(self, channels: int, *, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias: nn.Parameter | None
        self.register_parameter("bias", nn.Parameter(torch.zeros(channels)) if bias else None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """weight·x + bias"""
        per_channel = (1, -1, *(1,) * (x.ndim - 2))
        y = x * self.weight.view(per_channel)
        return y if self.bias is None else y + self.bias.view(per_channel)


class Factor(nn.Module):
    """A learned factor per channel that the enclosing module owns, as a parameter which is called as the layer is."""

    def __init__(self, channels: int, axes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, *[1] * axes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """weight·x"""
        return x * self.weight


class DropPath(nn.Module):
    """Stochastic depth as it is usually written: a branch times 0 or 1/(1 − p), for every image or for all."""

    def __init__(self, p: float, mode: str) -> None:
        super().__init__()
        self.p, self.mode = p, mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x·mask/(1 − p) in training, x in inference"""
        if not self.training or self.p == 0:
            return x
        size = [x.shape[0], *[1] * (x.ndim - 1)] if self.mode == "row" else [1] * x.ndim
        noise = torch.empty(size, dtype=x.dtype, device=x.device).bernoulli_(1 - self.p)
        return x * (noise.div_(1 - self.p) if self.p < 1 else noise)


_OWN: Mapping[str, type[nn.Module]] = {
    "cnncalc.Scale": Scale,
    "cnncalc.Factor": Factor,
    "cnncalc.DropPath": DropPath,
    "cnncalc.LocallyConnected": LocallyConnected,
}


class Twin(nn.Module):
    """A TorchCall made real. `module` is what it constructs, if it constructs something."""

    def __init__(self, call: TorchCall) -> None:
        super().__init__()
        self.call = call
        target: Any = _OWN.get(call.target)
        if target is None:
            target = torch
            for part in call.target.split("."):
                target = getattr(target, part)
        self.module: Any = target(*call.args, **call.kwargs) if call.how in ("module", "query") else None
        self.function: Any = target

    def sharing(self, owner: Twin) -> Twin:
        """With the tensors of another twin: that one itself if it computes the same."""
        if self.call == owner.call:
            return owner
        for mine, theirs in zip(self.modules(), owner.modules(), strict=True):
            # the very same mappings, so that what becomes of the one's tensors becomes of the other's
            mine._parameters, mine._buffers = theirs._parameters, theirs._buffers  # noqa: SLF001
        return self

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """What the call does to the inputs."""
        call = self.call
        result: Any
        match call.how:
            case "module":
                result = self.module(*inputs)
            case "query":
                result = self.module(inputs[0], inputs[0], inputs[0])[0]
            case "list":
                result = self.function(list(inputs), *call.args, **call.kwargs)
            case "fold":
                result = self.function(*inputs[:2])
                for other in inputs[2:]:
                    result = self.function(result, other)
            case "function":
                result = self.function(*inputs, *call.args, **call.kwargs)
            case "piece":
                result = self.function(*inputs, *call.args, **call.kwargs)[call.index]
        return result  # type: ignore[no-any-return]


def twin(layer: Layer, shapes: Sequence[Shape]) -> Twin:
    """A layer on inputs of these shapes, in torch."""
    return Twin(layer.torch_call(*shapes))


def numbers(shape: Shape) -> tuple[int, ...]:
    """The sizes of a shape without names.

    Raises TypeError if there is a name.
    """
    sizes = [d for d in shape.dims if isinstance(d, int)]
    if len(sizes) < shape.rank:
        raise TypeError(f"{shape} has names")
    return tuple(sizes)


class Realised(nn.Module):
    """A network in torch. Modules have the nodes' names, so that tensors have torch's; shared weights are shared."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.input = numbers(network.input)
        #: in a list of its own, which is no module, as these only call what the tree of names holds
        self.steps: list[Twin] = []
        for node in network.nodes:
            step = twin(node.layer, network.input_shapes(node))
            if node.weights_of is not None:
                self.steps.append(step.sharing(self.steps[node.weights_of]))
                continue
            self.steps.append(step)
            if step.module is not None:
                _put(self, node.name.split("."), step.module)

    @property
    def owned(self) -> tuple[int, int]:
        """The bytes of all parameters, and of all buffers."""
        return sum(p.nbytes for p in self.parameters()), sum(b.nbytes for b in self.buffers())

    def train(self, mode: bool = True) -> Realised:
        """Training or inference, of steps that own nothing too."""
        super().train(mode)
        for step in self.steps:
            step.train(mode)
        return self

    def image(self, batch: int = 1, **how: Any) -> torch.Tensor:
        """An input of random numbers, in the place and the type of the network's."""
        return torch.rand(batch, *self.input, **how)

    def run(
        self, x: torch.Tensor, observe: Observer | None = None, *, stop: int | None = None
    ) -> torch.Tensor:
        """Run every node up to `stop`; a result is dropped when nobody needs it any more. Gives the network's output."""
        uses = readers(self.network)
        last = self.network.last if stop is None else stop
        results = {-1: x}
        del x  # so that it goes when its last reader has run
        for node, step in zip(self.network.nodes, self.steps, strict=True):
            inputs = [results[i] for i in node.inputs]
            results[node.index] = step(*inputs)
            if observe is not None:
                observe(node.index, inputs, results[node.index])
            del inputs
            if node.index == stop:
                break
            for i in {*node.inputs, node.index}:
                if uses.get(i, -1) <= node.index and i != last:
                    results.pop(i, None)
        return results[last]


def joins_ranks(network: Network) -> bool:
    """Whether results with different numbers of axes are joined. The batch of one then lies beside another axis of the other, so
    that only one image at a time can be run.
    """
    return any(len({shape.rank for shape in network.input_shapes(node)}) > 1 for node in network.nodes)


def readers(network: Network) -> dict[int, int]:
    """The last node that reads each result."""
    return {i: node.index for node in network.nodes for i in node.inputs}


def _put(root: nn.Module, path: list[str], module: nn.Module) -> None:
    """Put a module under its name. Not by `add_module`, which refuses names that modules use: "train", "type"."""
    for part in path[:-1]:
        found = root._modules.get(part)  # noqa: SLF001
        if found is None:
            found = root._modules[part] = nn.Module()  # noqa: SLF001
        root = found
    if isinstance(module, Factor):
        root._parameters[path[-1]] = module.weight  # noqa: SLF001
        return
    modules = root._modules  # noqa: SLF001
    within = modules.get(path[-1])
    modules[path[-1]] = module
    if within is not None:
        module._modules.update(within._modules)  # noqa: SLF001 - a block that is called as one of its layers


def realise(network: Network, *, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Realised:
    """The network on a device, with the weights that torch draws for it; on the meta device without memory.

    Numbers are drawn in float32, on the device, and then rounded.
    """
    with torch.device(device):
        made = Realised(network)
    return made.eval() if dtype == torch.float32 else made.eval().to(dtype)
