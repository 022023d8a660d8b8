"""What a run of random networks found."""

from __future__ import annotations

from cnncalc.record import record
from cnncalc.verification.model import Compared

__all__ = ["ERROR", "REFUSAL", "Failure", "KindCount", "RandomRun", "Tally", "Wrong"]

#: where something can be wrong besides in the quantities
REFUSAL, ERROR = "refusal", "error"


@record
class Failure:
    """One network on which cnncalc and torch differ, made as small as was found."""

    number: int
    #: a quantity, "refusal" or "error"
    area: str
    differences: tuple[Compared, ...]
    #: words, or the text of a spec file
    spec: str
    is_words: bool
    layers: int
    #: how many layers it was drawn with
    layers_drawn: int


@record
class Wrong:
    """How many networks failed alike: in an area, at a kind of layer ("" for the network) or by an error; the first, and what differs there."""

    area: str
    kind: str
    networks: int
    first: int
    difference: Compared


@record
class Tally:
    """One quantity, over all valid networks."""

    quantity: str
    networks: int
    compared: int
    equal: int
    seconds: float


@record
class KindCount:
    """How often a kind was in a network that cnncalc takes, and how often it was refused; how many fields it has that can have
    other values than their defaults, and which of these never had, where it was taken.
    """

    kind: str
    valid: int
    refused: int
    fields: int
    never_set: tuple[str, ...]


@record
class RandomRun:
    """All that a run found. `refused`: by cnncalc and torch; `unasked`: torch cannot tell; the others are valid, or failed."""

    count: int
    seed: int
    torch: str
    device: str
    device_name: str
    dtype: str
    only: tuple[str, ...]
    seconds: float
    valid: int
    refused: int
    #: why torch could not be asked -> how many networks
    unasked: dict[str, int]
    failed: int
    wrong: tuple[Wrong, ...]
    failures: tuple[Failure, ...]
    quantities: tuple[Tally, ...]
    kinds: tuple[KindCount, ...]
    #: quantity and reason -> how many values could not be checked
    not_checked: dict[tuple[str, str], int]

    @property
    def ok(self) -> bool:
        return self.failed == 0

    @property
    def compared(self) -> int:
        return sum(t.compared for t in self.quantities)
