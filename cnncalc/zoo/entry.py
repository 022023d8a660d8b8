"""What is known of a built-in network without building it."""

from __future__ import annotations

from cnncalc.record import record

__all__ = ["Entry"]


@record
class Entry:
    """One line of the index, which `python -m tests.zoo.index` writes and a test holds to the spec files."""

    name: str
    family: str
    #: of the publication
    year: int
    input: str
    params: int
    #: multiply-accumulates for one image
    macs: int
    #: the receptive field of the last layer whose units do not all see everything; "all" where a map's units do
    rf: str
    source: str
