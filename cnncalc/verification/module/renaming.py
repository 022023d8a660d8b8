"""What a module calls a spec's layers, where somebody has said so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cnncalc.errors import SpecError, nearest

__all__ = ["renamed"]

_CODE = "CNN416"


def renamed(layers: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The module's names. A name stands for all that begins with it, "" for all; * for a part without a dot, in both.

    Where several match, the first counts. Raises SpecError for a name that no layer has.
    """
    found = list(layers)
    done: set[int] = set()
    for pattern, replacement in names.items():
        if replacement.count("*") > pattern.count("*"):
            cure = "each * on the right stands for one on the left"
            raise SpecError(f"names: '{replacement}' has more * than '{pattern}'", cure, code=_CODE)
        begins = re.compile("([^.]*)".join(map(re.escape, pattern.split("*"))) + r"(?:\.|$)" * bool(pattern))
        hits = [(i, match) for i, name in enumerate(layers) if (match := begins.match(name))]
        if not hits:
            raise _unknown(pattern, layers)
        for i, match in hits:
            if i not in done:
                done.add(i)
                parts = iter(match.groups())
                begin = "".join([next(parts) if c == "*" else c for c in replacement])
                found[i] = ".".join(filter(None, (begin, layers[i][match.end() :])))
    return found


def _unknown(pattern: str, layers: Sequence[str]) -> SpecError:
    parts = [name.split(".") for name in layers]
    known = dict.fromkeys(".".join(p[: n + 1]) for p in parts for n in range(len(p)))
    close = nearest(pattern, list(known))
    cure = f"did you mean '{close}'?" if close else "cnncalc summary lists the names of layers"
    return SpecError(f"names: no layer with tensors is called '{pattern}'", cure, code=_CODE)
