"""The index of the zoo, made from the spec files: `python -m tests.zoo.index` writes it anew."""

from __future__ import annotations

import json
import re
from typing import Any

from cnncalc import zoo
from cnncalc.analysis import analyse
from cnncalc.loader import zoo_members
from cnncalc.network import build
from cnncalc.quantities import Facts

__all__ = ["entries", "entry_of", "index_text", "year"]


MEMBERS = dict(zoo_members())


def entries() -> list[dict[str, Any]]:
    """One mapping for each network."""
    return [entry_of(name) for name in MEMBERS]


def entry_of(name: str) -> dict[str, Any]:
    """What the index says of one network."""
    document = MEMBERS[name]
    (family,) = (f for path in zoo.candidates(name) if (f := zoo.family_of(path)) == document.name)
    network = build(document, preset=name if document.presets else None)
    totals = analyse(network).totals
    facts = Facts(network)
    field = facts.find(facts.part(None), "rf.size", batch=1, dtype="float32")
    sizes = [str(size) for _, size in field.values]
    return {
        "name": name,
        "family": family,
        "year": year(document.source or ""),
        "input": str(network.input),
        "params": totals.params,
        "macs": totals.macs,
        "rf": (sizes[0] if len(set(sizes)) == 1 else "x".join(sizes)) if sizes else "all",
        "source": document.source or "",
    }


def year(source: str) -> int:
    """The year of a publication: that of its number at arXiv, or the one that is named."""
    arxiv = re.search(r"arXiv:(\d\d)\d\d\.\d", source)
    named = re.search(r"\b(19[5-9]\d|20\d\d)\b", source)
    if arxiv:
        return 2000 + int(arxiv[1])
    return int(named[1]) if named else 0


def index_text(found: list[dict[str, Any]]) -> str:
    """JSON, one network on a line."""
    return "[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in found) + "\n]\n"


if __name__ == "__main__":
    zoo.INDEX.write_text(index_text(entries()), encoding="utf-8")
