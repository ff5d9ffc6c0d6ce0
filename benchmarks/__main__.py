"""Measure everything side by side and write docs/benchmarks.md: `python -m benchmarks [--records N,N] [--rounds N]`.

Every contestant runs in a process of its own, for its peak memory, after a floor of its own.
What is not installed (the extra `bench` has it) is left out, and the table says so.
"""

import argparse
import os
import platform
import sys
import sysconfig
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from benchmarks import contestants, growth, lambda_function, organization, s3
from benchmarks.measuring import in_floors
from workshop import places
from workshop.lake.year import generate_year

_INTRODUCTION = """\
# Benchmarks

`python3 start.py bench` writes this page: it generates years of log files, and measures every tool on the same files in
one run (rounds: {rounds}; {fewer} above {often:,} records).

Measured {moment} UTC: {machine}. {noise}

**F** is the floor: isal decompresses, simdjson parses, nothing is kept. *F, time* is a contestant's time divided by
the mean of two floors, just before and just after it, the median of the rounds: other users of the same hardware make
it fast at one moment and slow at the next, for all. *F, CPU* is the same for the processors' time, of all its processes
(Dask's workers do not show in it). Microseconds are those of the fastest round. Memory is the peak of the first
process. What each name means is in `benchmarks/contestants.py`; trailscraper pins a boto3 that the kit cannot use, and
is measured if you install it without that (`pip install --no-deps trailscraper pytz dateparser`).

In these years the two detectors together match one record in four, mostly calls with instance credentials, and what
they print about each is made and kept. One `userIdentity` in ten records is new (in data/ one in twelve): sessions
come and go; but what the detectors read of it hardly ever is. *whole* has a third detector, which needs all of it (and
finds nothing). *not_simple* are the two as they might look at the record as a whole; nothing is known of *unknown*, so
the first is shown a copy of each record. *rare* is `deleting_logs` alone, which matches one in 250.

Ending in *_1* means one process; a second thread of it unpacks files. A Python that was compiled without optimizations,
as version managers do unless they are told otherwise, takes up to a tenth more for all but the floor, and up to a
sixth more where records are shown in full.
"""
_OFTEN = 100_000  # records; of a larger lake fewer rounds tell as much
_HEAD = [
    "| records | what | F, time | F, CPU | µs a record | peak MB | bytes a row | found |",
    "|---|---|---|---|---|---|---|---|",
]


def line(name, records, result):
    """Return a contestant's line of the table."""
    if "error" in result:
        return f"| {records:,} | {name} | - | - | - | - | - | {result['error'][:90].replace('|', '/')} |"
    ratios = [f"{result['ratios'][kind]:.2f}" if "ratios" in result else "-" for kind in ("seconds", "cpu")]
    memory = f"{result['megabytes']:.0f}" if result["megabytes"] else "-"
    each = f"{result['bytes']:.0f}" if "bytes" in result else "-"
    cpu = "-" if name in contestants.CPU_ELSEWHERE else ratios[1]
    found = f"{result['rows']:,} rows" if result["rows"] else ""
    return (
        f"| {records:,} | {name} | {ratios[0]} | {cpu} | {result['seconds'] / records * 1e6:.2f} | {memory} | {each} "
        f"| {found} |"
    )


def report(sizes, rounds, folder, show=print, only=None):
    """Measure all, or `only` some contestants; return (lines of the page, {records: measurements}).

    `show` is told each line at once.
    """
    measured, lines = {}, []

    def say(*texts):
        for text in texts:
            show(text)
            lines.append(text)

    say(_introduction(rounds))
    warm_up = str(generate_year(200, Path(folder) / "warm-up", progress=False).folder)
    written = []
    say("## Loading and hunting\n", *_HEAD)
    for records in sizes:
        began = time.perf_counter()
        lake = generate_year(records, Path(folder) / str(records), processes=2, progress=False).folder
        written.append((records, records / (time.perf_counter() - began)))
        turns = rounds if records <= _OFTEN else _fewer(rounds)
        measured[records] = in_floors(turns, only or contestants.names(records), str(lake), warm_up)
        say(*(line(name, records, result) for name, result in measured[records].items()))
    say("\n![Microseconds a record over the size of the lake, both logarithmic](benchmarks.png)\n")
    rates = ", ".join(f"{rate:,.0f} records a second for {records:,}" for records, rate in written)
    say(f"Writing the years, with two processes and all preparation: {rates}.\n", "## The Lambda function\n")
    (Path(folder) / "lambda").mkdir()
    say(*lambda_function.report(Path(folder) / "lambda"))
    say("\n## In S3\n")
    (Path(folder) / "s3").mkdir()
    say(*s3.lines(Path(folder) / "s3"))
    say("\n## A year of 500 accounts\n")
    (Path(folder) / "small").mkdir()
    with lambda_function.lambda_room(Path(folder) / "small", lambda_function.large_log_file(200, 20)) as room:
        small = lambda_function.invoke("index", room)["warm"]
    hunt = measured[max(sizes)]["hunt_1"]
    if "cpu" in hunt:
        say(*organization.lines(hunt["cpu"] / max(sizes), small))
    say("\n[A cluster](cluster.md) says how to start one.")
    return lines, measured


def interpreter():
    """Return which Python this is, and how it was compiled if that can be told."""
    options = sysconfig.get_config_var("CONFIG_ARGS")  # not on Windows
    if sys.base_prefix == "/usr":
        kind = " as the operating system has it"
    elif options:
        kind = f" compiled with{'' if '--enable-optimizations' in options else 'out'} optimizations"
    else:
        kind = ""
    return f"Python {platform.python_version()}{kind}"


def _introduction(rounds):
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system = f"{platform.system()} on {platform.machine()}, {processors} processors, {interpreter()}"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    noise = (
        f"**The machine was busy**: {load:.0f} programs wanted its {processors} processors when this began. Times are "
        "worth little then; compare the CPU's."
        if load > processors * 0.75
        else "The machine had nothing else to do."
    )
    moment = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M}"
    return _INTRODUCTION.format(
        rounds=rounds, fewer=_fewer(rounds), often=_OFTEN, moment=moment, machine=system, noise=noise
    )


def _fewer(rounds):
    """Return half of the rounds: of the usual five three, whose median one slow moment of the machine cannot move."""
    return (rounds + 1) // 2


def main(arguments=None):
    """Print the page, and save it with its picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    sizes = "10000,100000,1000000"
    parser.add_argument("--records", default=sizes, help="sizes of the years (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each of them works (default: %(default)s)")
    parser.add_argument("--save", type=Path, default=places.checkout() / "docs", help="folder (default: docs/)")
    parser.add_argument("--only", help="some of the contestants, the floor first (default: all)")
    options = parser.parse_args(arguments)
    only = options.only and options.only.split(",")
    sizes = [int(records) for records in options.records.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        lines, measured = report(sizes, options.rounds, folder, lambda text: print(text, flush=True), only)
    (options.save / "benchmarks.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    growth.picture(measured).save(options.save / "benchmarks.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
