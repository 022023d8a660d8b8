"""What a verification found: value by value, what cnncalc says and what torch does."""

from __future__ import annotations

from typing import TypeAlias

from cnncalc.record import record

__all__ = ["Check", "Compared", "Unchecked", "Value", "Verification"]

#: a number, a shape, or words
Value: TypeAlias = int | float | tuple[int, ...] | str | None


@record
class Compared:
    """One value of one node from both sides. `allowed` is how far apart measurements may lie, relatively; 0: not at all.

    `scale` is what a difference is relative to, where that is not the expected value: the largest of many numbers.
    """

    node: str
    what: str
    expected: Value
    measured: Value
    allowed: float = 0.0
    scale: float | None = None

    @property
    def difference(self) -> float:
        """|expected − measured|/scale of two numbers; of anything else 0 if equal, else infinite."""
        a, b = self.expected, self.measured
        if a == b:
            return 0.0
        if isinstance(a, int | float) and isinstance(b, int | float):
            scale = abs(a) if self.scale is None else self.scale
            return abs(a - b) / scale if scale else float("inf")
        return float("inf")

    @property
    def equal(self) -> bool:
        return self.difference <= self.allowed


@record
class Unchecked:
    """Something that could not be checked, and why. `inherent`: torch cannot tell it, or there is nothing to tell.

    Whatever else is not checked may hide an error.
    """

    node: str
    what: str
    reason: str
    inherent: bool = False


@record
class Check:
    """One quantity: every value that was compared, where both sides come from, and what was not checked."""

    quantity: str
    #: how torch was asked
    how: str
    #: which rule of cnncalc says what is expected, and what in torch is measured
    expected_from: str
    measured_from: str
    values: tuple[Compared, ...]
    not_checked: tuple[Unchecked, ...] = ()
    seconds: float = 0.0

    @property
    def compared(self) -> int:
        return len(self.values)

    @property
    def equal(self) -> int:
        return sum(v.equal for v in self.values)

    @property
    def worst(self) -> float:
        """The largest relative difference."""
        return max((v.difference for v in self.values), default=0.0)

    @property
    def mismatches(self) -> tuple[Compared, ...]:
        return tuple(v for v in self.values if not v.equal)


@record
class Verification:
    """All checks of one network on one device."""

    network: str
    checks: tuple[Check, ...]
    torch: str
    device: str
    #: the device by its maker's name
    device_name: str
    dtype: str
    seed: int
    #: what else has to be known, as inputs that were too large to execute
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything was checked, and is equal. What could not be checked is not verified."""
        return not self.mismatched and not self.not_checked

    @property
    def compared(self) -> int:
        return sum(c.compared for c in self.checks)

    @property
    def mismatched(self) -> int:
        return sum(len(c.mismatches) for c in self.checks)

    @property
    def not_checked(self) -> int:
        return sum(len(c.not_checked) for c in self.checks)
