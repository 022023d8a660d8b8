"""Time and memory of the receptive fields of one network, in a process of its own, as JSON.

A smaller network of the same sort comes first, so that no import is counted. Usage: see SMALL NETWORK
"""

from __future__ import annotations

import json
import sys
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time

import cnncalc
from cnncalc.passes.receptive_field import receptive_fields

small, network = sys.argv[1:]
receptive_fields(cnncalc.load(small))
loaded = cnncalc.load(network)

peak = getrusage(RUSAGE_SELF).ru_maxrss
start, cpu_start = perf_counter(), process_time()
found = receptive_fields(loaded)
end, cpu_end = perf_counter(), process_time()

unit = 1 if sys.platform == "darwin" else 1024
result = {
    "layers": len(found),
    "wall": end - start,
    "cpu": cpu_end - cpu_start,
    "memory": (getrusage(RUSAGE_SELF).ru_maxrss - peak) * unit,
}
print(json.dumps(result))
