"""What the project around the current folder has set: its root, and [tool.cnncalc] of its pyproject.toml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncalc.errors import SpecError
from cnncalc.record import record

if TYPE_CHECKING:
    from cnncalc.check.lint import LintConfig

__all__ = ["Settings", "settings"]

_FILE = "pyproject.toml"
#: what is not about advice
_OURS = ("paths", "exclude", "strict")


@record
class Settings:
    """How specs are checked here. `root` is the folder of the repository, or the current one outside of any."""

    root: Path
    lint: LintConfig
    paths: tuple[str, ...] = (".",)
    exclude: tuple[str, ...] = ()
    strict: bool = False


def settings(*, select: Sequence[str] | None = None, ignore: Sequence[str] | None = None) -> Settings:
    """The settings that hold in the current folder; `select` and `ignore` come before what the file says.

    Raises SpecError for a file that cannot be read, and for keys and values that mean nothing.
    """
    from cnncalc.check.lint import config_of

    folder = Path.cwd()
    homes = (folder, *folder.parents)
    root = next((home for home in homes if (home / ".git").exists()), folder)
    file = next((home / _FILE for home in homes if (home / _FILE).is_file()), None)
    table = {} if file is None else _table(file)
    where = f"{file}: [tool.cnncalc]" if file else ""
    ours: dict[str, Any] = {key: table.pop(key) for key in _OURS if key in table}
    table |= {
        key: list(given) for key, given in (("select", select), ("ignore", ignore)) if given is not None
    }
    base = file.parent if file else folder
    return Settings(
        root,
        config_of(table, where, _OURS),
        tuple([_seen_from(folder, base, path) for path in _texts(ours, "paths", where)]) or (".",),
        _texts(ours, "exclude", where),
        _flag(ours, "strict", where),
    )


def _table(file: Path) -> dict[str, Any]:
    import tomllib

    from cnncalc.loader import read_text

    try:
        data = tomllib.loads(read_text(str(file)))
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{file} is not TOML: {error}", "correct it there", code="CNN101") from None
    tool = data.get("tool")
    table = tool.get("cnncalc") if isinstance(tool, dict) else None
    return dict(table) if isinstance(table, dict) else {}


def _seen_from(folder: Path, base: Path, path: str) -> str:
    """A path of the file's, from the current folder."""
    return path if folder == base else str(base / path)


def _texts(given: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = given.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SpecError(f"{where}: {key} is no list of texts", f'write {key} = ["…"]', code="CNN105")
    return tuple(value)


def _flag(given: Mapping[str, Any], key: str, where: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise SpecError(f"{where}: {key} is {value!r}", f"write {key} = true or false", code="CNN105")
    return value
