"""One contestant in a process of its own, measured; and all of them beside the floor."""

import json
import statistics
import subprocess
import sys

_TIMES = ("seconds", "cpu")
_CHILD = """
import json, os, sys, time
from benchmarks import contestants
from benchmarks.peak_memory import peak_megabytes
work = getattr(contestants, sys.argv[1])
work(sys.argv[3])  # imports, and what is made the first time
def cpu():
    return time.process_time() + sum(os.times()[2:4])  # of this process, and of those that it has waited for
began, cpu_before = time.perf_counter(), cpu()
result = work(sys.argv[2])
measured = {"seconds": time.perf_counter() - began, "cpu": cpu() - cpu_before, "megabytes": peak_megabytes()}
if hasattr(result, "memory_usage"):
    measured["bytes"] = float(result.memory_usage(index=False, deep=True).sum()) / max(len(result), 1)
print(json.dumps({**measured, "rows": 0 if result is None else len(result)}), flush=True)
os._exit(0)  # tearing a million records down takes seconds
"""


def measure(name, lake, warm_up):
    """Run one contestant once; return {"seconds", "cpu", "megabytes", "rows", "bytes"} as its process reports them.

    `cpu` counts processes that it has waited for, too. If it fails, {"error": the last line of its error}.
    """
    command = [sys.executable, "-c", _CHILD, name, lake, warm_up]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return {"error": (done.stderr.strip() or "it ended without a word").splitlines()[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def in_floors(rounds, names, lake, warm_up):
    """Return {name: its measurement}, with how it compares to the floors measured just before and just after it.

    "ratios" has {"seconds": ..., "cpu": ...}, the medians of all rounds: a machine that others use too is fast at one
    moment and slow at the next, for both alike. It is missing where the floor's packages are. Of times the shortest
    count. Rounds take turns.
    """
    pairs = {name: [] for name in names}
    for _ in range(rounds):
        before = measure("floor", lake, warm_up)
        for name in names:
            if name == "floor":
                pairs[name].append(([before], before))
                continue
            result = measure(name, lake, warm_up)
            after = measure("floor", lake, warm_up)
            pairs[name].append(([before, after], result))
            before = after
    return {name: _together(measured) for name, measured in pairs.items()}


def _together(pairs):
    """Return what some (measurements of the floor, measurement) come to; if one failed, its error."""
    for _, result in pairs:
        if "error" in result:
            return result
    shortest = {kind: min(result[kind] for _, result in pairs) for kind in _TIMES}
    beside = [(floors, result) for floors, result in pairs if not any("error" in floor for floor in floors)]
    ratios = {
        kind: statistics.median(
            result[kind] / statistics.mean(floor[kind] for floor in floors) for floors, result in beside
        )
        for kind in _TIMES
        if beside
    }
    return pairs[-1][1] | shortest | ({"ratios": ratios} if ratios else {})
