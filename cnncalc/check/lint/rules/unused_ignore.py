"""CNN300: a comment that ignores nothing. It is found by whoever applies the comments."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.view import View

__all__ = ["RULE"]


def _find(_: View) -> Iterator[Finding]:
    """Nothing: a network does not know the comments beside it."""
    yield from ()


RULE = Rule(
    code="CNN300",
    name="unused-ignore",
    summary="a comment that ignores advice which nobody gives",
    what=(
        "A comment `# cnncalc: ignore[…]` or `# cnncalc: ignore-file[…]` names a code that is not found on the lines that it "
        "speaks of, in none of the networks that the file describes; or it names a code that does not exist. Codes that are "
        "not asked for are left alone, since they might be found."
    ),
    why=(
        "A comment that outlives its reason hides the next mistake on that line, and tells readers of a problem that is gone."
    ),
    wrong=(
        "cnncalc: 1\ninput: 3x32x32\nlayers:\n  - conv3-16,p1,nobias   # cnncalc: ignore[CNN301]\n  - bn\n"
    ),
    better="cnncalc: 1\ninput: 3x32x32\nlayers:\n  - conv3-16,p1,nobias\n  - bn\n",
    source="as `unused-noqa` of Ruff and `unused-ignore` of mypy",
    find=_find,
)
