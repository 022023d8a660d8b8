"""Which files are specs."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import NoReturn

from cnncalc.errors import SpecError

__all__ = ["SPECS", "found"]

#: what the names of spec files end in
SPECS = (".cnn.yaml", ".cnn.yml", ".cnn.json", ".cnn.toml")
_READABLE = (".yaml", ".yml", ".json", ".toml")
#: folders that hold other people's files
_FOREIGN = frozenset({"node_modules", "__pycache__", "site-packages"})


def found(paths: Sequence[str], exclude: Sequence[str] = ()) -> tuple[str, ...]:
    """Every spec file under some paths once, in order; a file that is named itself need only be readable.

    Hidden folders, virtual environments and what matches a pattern of `exclude` are passed over; links are not followed.

    Raises SpecError for a path that there is not, a folder that cannot be read, or a file that is no spec.
    """
    files: dict[str, None] = {}
    for path in paths:
        if _is_folder(path):
            files |= dict.fromkeys(_under(path, exclude))
        elif not path.lower().endswith(_READABLE):
            raise SpecError(f"{path} is no spec file", "give .yaml, .json or .toml", code="CNN102")
        else:
            files[path] = None
    return tuple(files)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(Path(path).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise SpecError(f"there is no file or folder {path}", "check the path", code="CNN102") from None
    except OSError as error:
        raise _unreadable(path, error.strerror) from None
    except ValueError as error:
        raise _unreadable(path, str(error)) from None


def _unreadable(path: str, why: str | None) -> SpecError:
    return SpecError(
        f"{path} cannot be read: {why}", "check the path, and whether you may read it", code="CNN102"
    )


def _refuse(error: OSError) -> NoReturn:
    """Raises SpecError for a folder that cannot be listed, of which files would be missing otherwise."""
    raise _unreadable(str(error.filename), error.strerror) from None


def _under(folder: str, exclude: Sequence[str]) -> Iterator[str]:
    for here, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(
            f for f in folders if not _is_foreign(here, f) and not _excluded(here, f, exclude)
        )
        for name in sorted(names):
            if name.lower().endswith(SPECS) and not _excluded(here, name, exclude):
                path = os.path.join(here, name)  # noqa: PTH118 - Path would drop a leading ./
                yield path.removeprefix(f".{os.sep}")


def _is_foreign(here: str, name: str) -> bool:
    # os.path: where nobody may look, Path.exists raises
    return name.startswith(".") or name in _FOREIGN or os.path.exists(Path(here, name, "pyvenv.cfg"))  # noqa: PTH110


def _excluded(here: str, name: str, patterns: Sequence[str]) -> bool:
    path = Path(here, name).as_posix()
    return any(fnmatch(path, p) or fnmatch(name, p) or fnmatch(path, f"*/{p}") for p in patterns)
