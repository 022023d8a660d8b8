"""How large an expression may grow: expressions come from untrusted files."""

from __future__ import annotations

from cnncalc.errors import FormulaError

__all__ = ["MAX_COEFFICIENT", "MAX_DEPTH", "MAX_POWER", "MAX_SIZE", "MAX_TERMS", "MAX_WORK", "too_large"]

MAX_TERMS = 2_000
MAX_POWER = 64
MAX_COEFFICIENT = 10**40
MAX_DEPTH = 24
MAX_SIZE = 20_000
#: how many products of terms one operation may form; keeps hostile expressions in bounded time
MAX_WORK = 50_000


def too_large(what: str) -> FormulaError:
    """The error for an expression that outgrows a limit."""
    return FormulaError(
        f"the expression is too large: {what}", "use fewer names, or give some of them a value"
    )
