"""Weights in a file: safetensors through its library, torch's own format without running what is in it."""

from __future__ import annotations

import pickle
import reprlib
import struct
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, Literal, Protocol, TypeAlias

import torch

from cnncalc.errors import CnncalcError, Diagnostic, SpecError
from cnncalc.network import Network
from cnncalc.shape import Weight

__all__ = ["Checkpoint", "Form", "form_of", "match", "opened"]

Form: TypeAlias = Literal["safetensors", "torch"]

_FORMS: dict[str, Form] = {".safetensors": "safetensors", ".pt": "torch", ".pth": "torch"}
#: what reading a file that is none may raise
_UNREADABLE = (
    *(RuntimeError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError, ImportError),
    *(OverflowError, AssertionError, MemoryError, pickle.UnpicklingError, zipfile.BadZipFile, struct.error),
)
#: what torch's own checkpoints may lack, and inference does not need
_OPTIONAL = "num_batches_tracked"
#: where training scripts keep the tensors in a file that holds more
_SAVED_UNDER = ("state_dict", "model_state_dict", "model")
#: keys that are told of a file that is something else
_MOST_KEYS = 4
_FLOATS = (torch.float64, torch.float32, torch.float16, torch.bfloat16)


class Checkpoint(Protocol):
    """Tensors by name, each read when it is asked for."""

    def names(self) -> tuple[str, ...]:
        """The names of all tensors."""

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor."""

    def dtype(self, name: str) -> torch.dtype:
        """The number type of a tensor."""

    def tensor(self, name: str) -> torch.Tensor:
        """The tensor itself, on the CPU."""


def form_of(name: str) -> Form:
    """The format that a file's name tells.

    Raises SpecError if it tells none.
    """
    for suffix, form in _FORMS.items():
        if name.lower().endswith(suffix):
            return form
    raise SpecError(
        f"{name}: not a file of weights by its name",
        "give a file that ends in .safetensors, .pt or .pth",
        code="CNN411",
    )


@contextmanager
def opened(path: str) -> Iterator[Checkpoint]:
    """The weights in a file.

    Raises SpecError if it cannot be read as what its name says.
    """
    if form_of(path) == "safetensors":
        with _safetensors(path) as found:
            yield found
    else:
        yield _torch(path)


class _Lazy:
    """A safetensors file, which is read tensor by tensor."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._names = tuple(file.keys())

    def names(self) -> tuple[str, ...]:
        return self._names

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self._file.get_slice(name).get_shape())

    def dtype(self, name: str) -> torch.dtype:
        kind = self._file.get_slice(name).get_dtype()
        return _DTYPES.get(kind, torch.bool)

    def tensor(self, name: str) -> torch.Tensor:
        found: torch.Tensor = self._file.get_tensor(name)
        return found


_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
}


class _Loaded:
    """A state dict, whose storages torch maps into memory where it can."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        self._tensors = tensors

    def names(self) -> tuple[str, ...]:
        return tuple(self._tensors)

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self._tensors[name].shape)

    def dtype(self, name: str) -> torch.dtype:
        return self._tensors[name].dtype

    def tensor(self, name: str) -> torch.Tensor:
        return self._tensors[name]


@contextmanager
def _safetensors(path: str) -> Iterator[Checkpoint]:
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError:
        raise SpecError(
            "reading safetensors needs the package safetensors",
            "install it: pip install 'cnncalc[torch]'",
            code="CNN411",
        ) from None
    try:
        file = safe_open(path, framework="pt")
    except (OSError, SafetensorError, *_UNREADABLE) as error:
        raise _unreadable(path, "a safetensors file", error) from None
    with file as found:
        try:
            yield _Lazy(found)
        except SafetensorError as error:
            raise _unreadable(path, "a safetensors file", error) from None


def _torch(path: str) -> Checkpoint:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except (OSError, *_UNREADABLE) as error:
        raise _unreadable(path, "a file of tensors that torch.save has written", error) from None
    tensors = next((held for held in _held(found) if _are_tensors(held)), None)
    if tensors is None:
        keys = ", ".join(map(reprlib.repr, islice(found, _MOST_KEYS))) if isinstance(found, Mapping) else ""
        raise SpecError(
            f"{path} holds something else than tensors by name"
            + (f": its keys begin with {keys}" if keys else ""),
            "save model.state_dict(), not the model or the optimizer",
            code="CNN411",
        )
    return _Loaded(tensors)


def _held(found: Any) -> Iterator[Any]:
    """What was saved, and what training scripts save tensors under besides an epoch and an optimizer."""
    yield found
    if isinstance(found, Mapping):
        yield from (found[key] for key in _SAVED_UNDER if key in found)


def _are_tensors(found: Any) -> bool:
    return isinstance(found, Mapping) and all(
        isinstance(k, str) and isinstance(v, torch.Tensor) for k, v in found.items()
    )


def _unreadable(path: str, what: str, error: Exception) -> SpecError:
    if isinstance(error, FileNotFoundError):
        return SpecError(f"there is no file {path}", "check the path", code="CNN411")
    if isinstance(error, IsADirectoryError):
        return SpecError(f"{path} is a folder", "give the path of a file in it", code="CNN411")
    if isinstance(error, PermissionError):
        return SpecError(f"{path} may not be read", "check its permissions", code="CNN411")
    if isinstance(error, pickle.UnpicklingError) and "weights only" in str(error).lower():
        return SpecError(
            f"{path} cannot be read as {what}: it is damaged, or holds more than tensors, which is not run",
            "save model.state_dict(), best as safetensors",
            code="CNN411",
        )
    return SpecError(
        f"{path} cannot be read as {what}",
        "it may be cut short, damaged, or another format than its name says",
        code="CNN411",
    )


def match(network: Network, checkpoint: Checkpoint, path: str) -> None:
    """Check that the file has exactly the network's tensors.

    Raises SpecError that lists every tensor that is missing, surplus or of another shape or type.
    """
    wanted, aliases = _wanted(network)
    present = set(checkpoint.names())
    problems: list[tuple[str, str | None]] = []
    for name, weight in wanted.items():
        if name in present:
            problems += _misfit(name, weight, checkpoint)
        elif weight.name != _OPTIONAL:
            problems.append((f"'{name}' ({_shown(weight.shape)}) is missing", None))
    for name in checkpoint.names():
        owner = aliases.get(name)
        if owner is not None and owner in present:
            if not torch.equal(checkpoint.tensor(name), checkpoint.tensor(owner)):
                problems.append((f"'{name}' is not equal to '{owner}', with which it is shared", None))
        elif name not in wanted:
            problems.append((f"'{name}' ({_shown(checkpoint.shape(name))}) belongs to no layer", None))
    if problems:
        count = len(problems)
        first = f"{path} does not fit the network: {count} tensor{'s are' if count > 1 else ' is'} wrong"
        raise _listed(first, _cure(checkpoint), [message for message, _ in problems])


def _wanted(network: Network) -> tuple[dict[str, Weight], dict[str, str]]:
    """The tensors of all layers by name, and further names that shared ones may have."""
    wanted: dict[str, Weight] = {}
    aliases: dict[str, str] = {}
    for node in network.nodes:
        for weight in node.layer.weights(*network.input_shapes(node)):
            name = weight.named(node.name)
            if node.weights_of is None:
                wanted[name] = weight
            else:
                aliases[name] = weight.named(network.nodes[node.weights_of].name)
    return wanted, aliases


def _misfit(name: str, weight: Weight, checkpoint: Checkpoint) -> list[tuple[str, str | None]]:
    shape, dtype = checkpoint.shape(name), checkpoint.dtype(name)
    if shape != weight.shape:
        return [(f"'{name}' is {_shown(shape)}, but the network has {_shown(weight.shape)}", None)]
    if (dtype in _FLOATS) != (weight.dtype == "float"):
        wanted = "floating-point numbers" if weight.dtype == "float" else "an integer"
        return [(f"'{name}' is {str(dtype).removeprefix('torch.')}, but should be {wanted}", None)]
    return []


def _shown(shape: tuple[Any, ...]) -> str:
    return "x".join(map(str, shape)) or "a single number"


def _cure(checkpoint: Checkpoint) -> str:
    names = checkpoint.names()
    if names and all(name.startswith("module.") for name in names):
        return (
            "nothing is written; DataParallel puts module. before every name: save model.module.state_dict()"
        )
    return "nothing is written; is it the right network, and are its layers called as in the file? see cnncalc summary"


def _listed(first: str, cure: str, problems: list[str]) -> CnncalcError:
    error = SpecError(first, code="CNN412")
    error.diagnostics = (
        Diagnostic("CNN412", first, cure),
        *(Diagnostic("CNN412", problem) for problem in problems),
    )
    return error
