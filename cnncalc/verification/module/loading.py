"""A team's own module, by `package.module:attribute` or `path/to/file.py:attribute`. This imports and runs their code.

What is imported for one folder is forgotten before another folder's is, so that two folders may each have a `model.py`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import torch
from torch import nn

from cnncalc.errors import CnncalcError, nearest
from cnncalc.verification.module.theirs import quiet, told

__all__ = ["load"]

#: the modules that were imported, by name: in which folder they were found
_IMPORTED: dict[str, Path] = {}
_CODE = "CNN414"
_RAISED = "CNN415"
_CURE = "put it right there, then try again"


def load(reference: str, kwargs: Mapping[str, object], folder: Path) -> nn.Module:
    """See `cnncalc.verification.module.load_module`."""
    where, _, attribute = reference.strip().rpartition(":")
    if not where or not attribute:
        dotted, _, last = reference.rpartition(".")
        likely = (
            f"{dotted}:{last}" if dotted and not reference.endswith(".py") else "package.module:attribute"
        )
        cure = f"write {likely}, or path/to/file.py:attribute"
        raise CnncalcError(f"'{reference}' does not say which module, and what in it", cure, code=_CODE)
    with _importing(folder), quiet():
        home = _file(where, folder) if where.endswith(".py") else _module(where, attribute, folder)
        return _made(_found(home, where, attribute, folder), reference, kwargs, folder)


@contextmanager
def _importing(folder: Path) -> Iterator[None]:
    """The folder and the working one come first in the search for modules, and are not there any more afterwards."""
    homes = list(dict.fromkeys([folder.resolve(), Path.cwd()]))
    for name in [name for name, home in _IMPORTED.items() if home not in homes]:
        sys.modules.pop(name, None)
        del _IMPORTED[name]
    before = set(sys.modules)
    entries = list(map(str, homes))
    sys.path[:0] = entries
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for entry in entries:
            if entry in sys.path:
                sys.path.remove(entry)
        for name, module in list(sys.modules.items()):
            file = Path(getattr(module, "__file__", None) or "-")
            home = next((home for home in homes if file.is_relative_to(home)), None)
            if name not in before and home is not None and "site-packages" not in file.parts:
                _IMPORTED[name] = home


def _module(name: str, attribute: str, folder: Path) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        path = f"{name}.py:{attribute}"
        cure = f"write package.module:{attribute}" + (f", or {path}" if "/" in name or "\\" in name else "")
        raise CnncalcError(f"'{name}' cannot be the name of a Python module", cure, code=_CODE)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            _refuse_name(name, error.name, attribute, folder)
        _refuse(error, f"{name} cannot be imported", folder)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is their code, which may raise what it likes
        _refuse(error, f"{name} cannot be imported", folder)


def _refuse_name(name: str, missing: str, attribute: str, folder: Path) -> NoReturn:
    """There is no module of this name; `missing` is the first part of it that there is not."""
    parent, _, last = missing.rpartition(".")
    paths = getattr(sys.modules.get(parent), "__path__", []) if parent else [str(folder), str(Path.cwd())]
    names = [m.name for m in pkgutil.iter_modules(paths)]
    close = nearest(last, names) or (
        None if parent else nearest(last, [m.name for m in pkgutil.iter_modules()])
    )
    if close:
        likely = f"{parent}.{close}" if parent else close
        cure = f"did you mean {likely}{name.removeprefix(missing)}:{attribute}?"
    elif parent:
        cure = (
            f"{parent} has {', '.join(names)}"
            if names
            else f"{parent} is a single file: write {parent}:{attribute}"
        )
    else:
        cure = f"check the name; modules are looked for in {folder}, then where Python finds them"
    raise CnncalcError(f"there is no Python module '{missing}'", cure, code=_CODE) from None


def _file(name: str, folder: Path) -> ModuleType:
    """A file as a module of its own. What it imports from beside it is found there."""
    path = next((p for p in (folder / name, Path(name)) if p.is_file()), None)
    if path is None:
        parent = (folder / name).parent
        close = nearest(Path(name).name, [p.name for p in parent.glob("*.py")])
        cure = f"did you mean {Path(name).with_name(close)}?" if close else f"paths are taken from {folder}"
        raise CnncalcError(f"there is no file {name}", cure, code=_CODE)
    path = path.resolve()
    called = (
        f"cnncalc_file_{path.stem.replace('.', '_')}"  # a name that hides no module, and is in no package
    )
    spec = spec_from_file_location(called, path)
    if spec is None or spec.loader is None:
        raise CnncalcError(f"{name} is not a file of Python code", "its name ends in .py", code=_CODE)
    module = sys.modules[called] = module_from_spec(
        spec
    )  # there, dataclasses look for where they are defined
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is their code
        alone = isinstance(error, ImportError) and "relative import" in str(error)
        cure = "it is part of a package: write package.module:attribute" if alone else _CURE
        _refuse(error, f"{name} cannot be imported", folder, cure)
    finally:
        if str(path.parent) in sys.path:
            sys.path.remove(str(path.parent))
    return module


def _found(home: ModuleType, where: str, attribute: str, folder: Path) -> Any:
    """What the dotted attribute is."""
    found: Any = home
    told_of = where
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            names = [n for n in dir(found) if not n.startswith("_")]
            close = nearest(part, names)
            theirs = [n for n in names if _may_be_meant(getattr(found, n, None), home.__name__)]
            cure = (
                f"did you mean '{close}'?"
                if close
                else f"it has {', '.join(theirs)}"
                if theirs
                else "check the name"
            )
            raise CnncalcError(f"{told_of} has no '{part}'", cure, code=_CODE) from None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a module may have a __getattr__ of its own
            _refuse(error, f"'{part}' of {told_of} cannot be had", folder)
        told_of = f"{told_of}.{part}"
    return found


def _may_be_meant(value: object, home: str) -> bool:
    own = getattr(value, "__module__", None) == home
    return isinstance(value, nn.Module) or (own and callable(value))


def _made(target: Any, reference: str, kwargs: Mapping[str, object], folder: Path) -> nn.Module:
    """The module itself, or what the class or callable makes: without memory if it can be made so."""
    if isinstance(target, nn.Module):
        if kwargs:
            cure = f"leave out {', '.join(kwargs)}, or name the class or function that makes it"
            raise CnncalcError(f"{reference} is a module already, which takes no arguments", cure, code=_CODE)
        return target
    if not callable(target):
        cure = "name an nn.Module, a class of one, or a function that makes one"
        raise CnncalcError(
            f"{reference} is of type {type(target).__name__}, not an nn.Module", cure, code=_CODE
        )
    _check_arguments(target, reference, kwargs)
    made = _called(target, reference, kwargs, folder)
    if not isinstance(made, nn.Module):
        cure = "name an nn.Module, a class of one, or a function that makes one"
        raise CnncalcError(
            f"{reference} makes something of type {type(made).__name__}, not an nn.Module", cure, code=_CODE
        )
    return made


def _called(target: Callable[..., Any], reference: str, kwargs: Mapping[str, object], folder: Path) -> Any:
    with suppress(Exception, SystemExit), torch.device("meta"):
        return target(**kwargs)
    try:  # on meta nothing has a value, which many constructors ask for
        return target(**kwargs)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is their code
        _refuse(error, f"{reference} cannot be made", folder)


def _check_arguments(target: Callable[..., Any], reference: str, kwargs: Mapping[str, object]) -> None:
    """Raises CnncalcError for arguments that it does not take, and for those that it needs."""
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):  # some callables written in C have none
        return
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    known = [p.name for p in named]
    takes = ", ".join(str(p).partition(":")[0].partition("=")[0].strip() for p in named)
    for name in kwargs:
        if name not in known and not any(p.kind == p.VAR_KEYWORD for p in parameters):
            close = nearest(name, known)
            cure = f"did you mean '{close}'?" if close else f"it takes {takes}" if takes else "it takes none"
            raise CnncalcError(f"{reference} takes no argument '{name}'", cure, code=_CODE)
    for p in parameters:
        if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.name not in kwargs:
            if p.kind == p.POSITIONAL_ONLY:
                cure = "name a function that calls it with what it needs"
            else:
                cure = f"give it: --kwargs {p.name}=VALUE"
            raise CnncalcError(f"{reference} needs the argument '{p.name}'", cure, code=_CODE)


def _refuse(error: BaseException, what: str, folder: Path, cure: str = _CURE) -> NoReturn:
    raise CnncalcError(f"{what}: {told(error, folder)}", cure, code=_RAISED) from None
