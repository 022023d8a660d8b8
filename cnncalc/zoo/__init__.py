"""The built-in networks, one spec file for each family.

A family's file is called `<family>.cnn.yaml`. Its members are its presets, whose names start with `<family>`, so that
the file of a name is found without reading the others. A file without presets describes one network, `<family>`.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["INDEX", "candidates", "families", "family_of"]

_SUFFIX = ".cnn.yaml"
_HERE = Path(__file__).parent
#: every member with its numbers, so that nobody has to build them all to list them
INDEX = _HERE / "index.json"


def families() -> tuple[Path, ...]:
    """The spec files, by name."""
    return tuple(sorted(_HERE.glob(f"*{_SUFFIX}")))


def family_of(path: Path) -> str:
    """What a file's family is called."""
    return path.name.removesuffix(_SUFFIX)


def candidates(name: str) -> tuple[Path, ...]:
    """The files that may describe a network of this name, the likeliest first."""
    found = [path for path in families() if name.startswith(family_of(path))]
    return tuple(sorted(found, key=lambda path: -len(path.name)))
