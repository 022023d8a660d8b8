"""The tensors of a module, by who has them, and which of its parts are one layer each."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from cnncalc.record import record

__all__ = ["Held", "Inventory", "inventory", "torch_classes"]

_CONTAINERS = "torch.nn.modules.container"


@record
class Held:
    """One tensor. `home` is the layer, or else the module, that has it; "" is the module itself."""

    home: str
    name: str
    tensor: torch.Tensor
    role: str

    @property
    def full(self) -> str:
        """Its name in the state dict."""
        return f"{self.home}.{self.name}" if self.home else self.name


@record
class Inventory:
    """All tensors, each once, and the parts that are layers when they are called."""

    held: tuple[Held, ...]
    layers: dict[str, nn.Module]
    #: those of the layers whose forward is not torch's own
    rewritten: frozenset[str]
    #: the classes of all that have tensors, and which of them have no parts
    classes: dict[str, str]
    leaves: frozenset[str]
    #: the tensors of every home by number, those it has in common with an earlier one too
    of: dict[str, tuple[int, ...]]
    #: buffers that are in no state dict
    unsaved: int


def inventory(module: nn.Module) -> Inventory:
    """Walk through a module in the order in which its parts are registered."""
    held: list[Held] = []
    layers: dict[str, nn.Module] = {}
    classes: dict[str, str] = {}
    of: dict[str, list[int]] = {}
    numbers: dict[int, int] = {}
    rewritten: set[str] = set()
    leaves: set[str] = set()
    unsaved = 0
    home = ""
    for path, part in module.named_modules():
        if home not in layers or not path.startswith(f"{home}." if home else ""):
            home = path
            classes[home] = type(part).__name__
            if next(part.children(), None) is None:
                leaves.add(home)
            if _is_layer(part):
                layers[home] = part
                if not type(part).forward.__module__.startswith("torch."):
                    rewritten.add(home)
        inner = path[len(home) :].removeprefix(".")
        for role, name, tensor in _own(part):
            if name in part._non_persistent_buffers_set:  # noqa: SLF001 - torch has no public name for it
                unsaved += 1
                continue
            if id(tensor) not in numbers:
                numbers[id(tensor)] = len(held)
                held.append(Held(home, f"{inner}.{name}" if inner else name, tensor, role))
            of.setdefault(home, []).append(numbers[id(tensor)])
    all_of = {home: tuple(dict.fromkeys(n)) for home, n in of.items()}
    return Inventory(tuple(held), layers, frozenset(rewritten), classes, frozenset(leaves), all_of, unsaved)


def torch_classes(part: nn.Module) -> tuple[str, ...]:
    """The classes of torch's layers that a module is one of, its own first."""
    return tuple(
        [
            c.__name__
            for c in type(part).__mro__
            if c.__module__.startswith("torch.nn.") and c is not nn.Module
        ]
    )


def _own(part: nn.Module) -> list[tuple[str, str, torch.Tensor]]:
    parameters = [("parameter", name, t) for name, t in part.named_parameters(recurse=False)]
    return [*parameters, *[("buffer", name, t) for name, t in part.named_buffers(recurse=False)]]


def _is_layer(part: nn.Module) -> bool:
    """Whether it is a layer of torch's with tensors. What is written by hand is seen by the functions that it applies."""
    modules = [c.__module__ for c in type(part).__mro__ if c is not nn.Module]
    if not any(name.startswith("torch.nn.") and name != _CONTAINERS for name in modules):
        return False
    if isinstance(part, nn.MultiheadAttention) or is_parametrized(part):
        return True
    return bool(_own(part)) and not any(_own(inner) for inner in part.modules() if inner is not part)
