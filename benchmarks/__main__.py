"""Measure everything side by side: `python -m benchmarks [--records N,N] [--rounds N] [--save FILE]`.

Every contestant runs in a process of its own, for its peak memory; rounds take turns, and the shortest time counts.
What is not installed (isal and pysimdjson for the floor, duckdb, polars) is left out, and that is said.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from workshop.logs.year import generate_year

EVERYTHING = ("floor", "load_1", "load_2", "hunt_1", "hunt_2", "hunt_1_rare", "hunt_2_rare", "hunt_exact")
PEERS = ("plain_loop", "json_normalize", "duckdb_load", "duckdb_hunt", "polars_load")
# These keep every record: at a million that is more memory than a laptop has.
SMALL_ONLY = ("json_normalize",)

_CHILD = """
import json, os, sys, time
from benchmarks import contestants
from benchmarks.peak_memory import peak_megabytes
work = getattr(contestants, sys.argv[1])
work(sys.argv[3])  # imports, and the tables of the first time
began = time.perf_counter()
result = work(sys.argv[2])
seconds = time.perf_counter() - began
usage = {"megabytes": peak_megabytes()}
if hasattr(result, "memory_usage"):
    usage["bytes"] = float(result.memory_usage(index=False, deep=True).sum()) / max(len(result), 1)
print(json.dumps({"seconds": seconds, "rows": 0 if result is None else len(result), **usage}))
"""


def measure(name, lake, warm_up):
    """Run one contestant once; return what its process reports, or the last line of its error."""
    command = [sys.executable, "-c", _CHILD, name, lake, warm_up]
    done = subprocess.run(command, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else {"error": (done.stderr.strip() or "?").splitlines()[-1]}


def compare(records, rounds, folder):
    """Return the lines of the table for one size."""
    lake = str(generate_year(records, Path(folder) / str(records), processes=2, progress=False).folder)
    warm_up = str(generate_year(200, Path(folder) / "warm-up", progress=False).folder)
    names = [name for name in EVERYTHING + PEERS if records <= 100_000 or name not in SMALL_ONLY]
    best = {}
    for _ in range(rounds):
        for name in names:
            result = measure(name, lake, warm_up)
            if "error" not in result and name in best and "error" not in best[name]:
                result["seconds"] = min(result["seconds"], best[name]["seconds"])
            best[name] = result
    floor = best["floor"].get("seconds")
    for name in names:
        yield line(name, records, best[name], floor)


def line(name, records, result, floor):
    """Return a line of the Markdown table."""
    if "error" in result:
        return f"| {records:,} | {name} | - | - | - | - | {result['error'][:80]} |"
    ratio = f"{result['seconds'] / floor:.2f}" if floor else "-"
    memory = f"{result['megabytes']:.0f}" if result["megabytes"] else "-"
    each = f"{result['bytes']:.0f}" if "bytes" in result else "-"
    return (
        f"| {records:,} | {name} | {ratio} | {result['seconds'] / records * 1e6:.2f} | {memory} | {each} "
        f"| {result['rows']:,} rows |"
    )


def main(arguments=None):
    """Print the table, and save it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--records", default="10000,100000", help="sizes of the lakes (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="the shortest of so many (default: %(default)s)")
    parser.add_argument("--save", default="benchmarks/last.md", help="where the table goes (default: %(default)s)")
    options = parser.parse_args(arguments)
    machine = f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}"
    head = [
        f"Measured {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, {machine}.",
        "",
        "| records | what | F | µs a record | peak MB | bytes a row | |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(head), flush=True)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for records in map(int, options.records.split(",")):
            for text in compare(records, options.rounds, folder):
                print(text, flush=True)
                lines.append(text)
    Path(options.save).write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
