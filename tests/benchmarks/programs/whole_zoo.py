"""Every spec file of the zoo read, every member built and analysed, once; how many members and layers, as JSON."""

from __future__ import annotations

import json

from cnncalc.analysis import analyse
from cnncalc.collector import without_collector
from cnncalc.loader import zoo_members
from cnncalc.network import build


@without_collector
def counted() -> dict[str, int]:
    members = layers = 0
    for name, document in zoo_members():
        network = build(document, preset=name if document.presets else None)
        layers += len(analyse(network).rows)
        members += 1
    return {"members": members, "layers": layers}


print(json.dumps(counted()))
