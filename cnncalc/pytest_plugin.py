"""pytest collects spec files: `pytest --cnncalc`, or `cnncalc = true` among pytest's options in an ini file.

Every file is a collector, with one item that stands for reading it and building its networks ("builds"), and one for each
expectation. What pytest imports at start is this file alone; the rest comes when the first spec file is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cnncalc.check.model import Checked
    from cnncalc.errors import Diagnostic

__all__ = ["pytest_addoption", "pytest_collect_file"]

#: cnncalc.check.discover.SPECS, which would have to be imported
_SPECS = (".cnn.yaml", ".cnn.yml", ".cnn.json", ".cnn.toml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --cnncalc and the ini option of the same name."""
    group = parser.getgroup("cnncalc", "architecture specs")
    group.addoption("--cnncalc", action="store_true", help="Collect *.cnn.yaml, .json and .toml as tests.")
    parser.addini("cnncalc", "Collect *.cnn.yaml, .json and .toml as tests.", type="bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A collector for a spec file, where they are wanted."""
    wanted = parent.config.getoption("--cnncalc") or parent.config.getini("cnncalc")
    if wanted and file_path.name.lower().endswith(_SPECS):
        collector: SpecCollector = SpecCollector.from_parent(parent, path=file_path)
        return collector
    return None


class SpecCollector(pytest.File):
    """One spec file. It is checked once, when it is collected."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item that stands for reading and building, and one for each expectation."""
        from cnncalc.check.run import Options, check_file

        checked = check_file(self._shown(), Options())
        wrong = tuple([d for d in checked.diagnostics if d.severity == "error"])
        yield SpecItem.make(self, "builds", wrong, checked)
        for title, outcome in checked.titled:
            findings = () if outcome.diagnostic is None else (outcome.diagnostic,)
            yield SpecItem.make(self, title, findings, checked)

    def _shown(self) -> str:
        """The file's path as pytest shows it: from the folder where it was started."""
        try:
            return str(self.path.relative_to(Path.cwd()))
        except ValueError:
            return str(self.path)


class SpecItem(pytest.Item):
    """One thing that has to be so."""

    findings: tuple[Diagnostic, ...] = ()
    checked: Checked

    @classmethod
    def make(
        cls, parent: SpecCollector, name: str, findings: tuple[Diagnostic, ...], checked: Checked
    ) -> SpecItem:
        """An item with what was found about it."""
        item: SpecItem = cls.from_parent(parent, name=name)
        item.findings, item.checked = findings, checked
        return item

    def runtest(self) -> None:
        """Fail if anything was found."""
        if self.findings:
            raise _UnmetError

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The findings with their source lines, without a traceback."""
        from cnncalc.errors import render_diagnostic

        if not isinstance(excinfo.value, _UnmetError):
            return str(super().repr_failure(excinfo, style))
        return "\n".join(render_diagnostic(d, dict(self.checked.lines)) for d in self.findings)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The place where it is written."""
        span = self.findings[0].span if self.findings else None
        # not as in the id: pytest would take the dots of what ends like it for those of a module
        return self.path, span.line - 1 if span else None, f"{self.path.name}: {self.name}"


class _UnmetError(Exception):
    """Something is not as it is expected to be."""
