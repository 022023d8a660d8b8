"""Where in a spec a walk from layer to layer has come to."""

from __future__ import annotations

from cnncalc.record import record
from cnncalc.spec.names import Names
from cnncalc.spec.sink import INPUT_REF, Refs
from cnncalc.spec.values import Scope

__all__ = ["Place"]


@record
class Place:
    """The state while a sequence is walked: what names mean, what comes in, and what things are called."""

    scope: Scope
    refs: Refs
    names: Names
    #: what `input` means: the input of the enclosing block, or the network's
    block_input: Refs = (INPUT_REF,)
    #: where C, H and W are measured within a group: at what enters it; None: at what enters the layer
    group_input: Refs | None = None
    depth: int = 0

    def behind(self, refs: Refs) -> Place:
        """The same with something else coming in. Asked for every layer, so that it is spelt out."""
        if refs is self.refs:
            return self
        return Place(self.scope, refs, self.names, self.block_input, self.group_input, self.depth)
