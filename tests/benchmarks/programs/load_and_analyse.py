"""Time and memory of loading and analysing one network, in a process of its own, as JSON.

A smaller network of the same sort comes first, so that no import is counted. Usage: load_and_analyse SMALL NETWORK
"""

from __future__ import annotations

import json
import sys
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time

import cnncalc

small, network = sys.argv[1:]
cnncalc.analyse(cnncalc.load(small))

peak = getrusage(RUSAGE_SELF).ru_maxrss
start, cpu_start = perf_counter(), process_time()
loaded = cnncalc.load(network)
middle = perf_counter()
analysis = cnncalc.analyse(loaded)
end, cpu_end = perf_counter(), process_time()

unit = 1 if sys.platform == "darwin" else 1024
result = {
    "layers": len(analysis.rows),
    "load": middle - start,
    "analyse": end - middle,
    "cpu": cpu_end - cpu_start,
    "memory": (getrusage(RUSAGE_SELF).ru_maxrss - peak) * unit,
}
print(json.dumps(result))
