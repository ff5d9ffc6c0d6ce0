"""Running packaged functions in a child process that cannot harm the kernel: for `check` and for `deploy` alike."""

import contextlib
import functools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workshop.attendee_code.packaging import Package

SECONDS_A_CASE = 1.0
SECONDS = 2.5  # for all cases of one job
_GRACE = 1.7  # for starting Python, and for killing what will not end: together well under 5 s
_MEGABYTES = 1024
POSIX = os.name == "posix"


@dataclass
class Run:
    """What came of the cases: `results[mode][case number]`, and how the child process ended.

    `ended` is "done", "load", "time-out", "exit", "signal", "memory" or "not reached"; `detail` the exit status, the
    signal's name or the load error; `case` the number of the case it happened in (None: before the first); `lines` the
    packaged lines that were running then, outermost first, as [line, function].
    """

    results: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    ended: str = "done"
    detail: Any = None
    case: int | None = None
    lines: list[list[Any]] = field(default_factory=list)


def run_cases(
    package: Package,
    function: str,
    cases: Sequence[dict[str, Any]],
    rounds: Sequence[tuple[str, Iterable[int]]],
    *,
    spy: bool = False,
    operations: Sequence[str] = (),
    log_file: str = "",
) -> Run:
    """Call `function` of a Package on cases and return the Run. The child is gone then, whatever the function did.

    A case is a dict: with "record" (JSON), and perhaps "known"; or with "detector", "count" and "fail", for a function
    that gets a CloudWatch client, which refuses the call if `fail`; or with "event", for the handler. "function" in a
    case names another function to call. `rounds` are (mode, case numbers): "first", "again" (its lines are traced) or
    "watched" (records note what is read). `spy`: note what print_short_record is called with. `operations` are the
    methods of CloudWatch's client; `log_file` is what S3 has, as text.
    """
    return run_all([package], function, cases, rounds, spy=spy, operations=operations, log_file=log_file)[0]


def run_all(
    packages: Sequence[Package],
    function: str,
    cases: Sequence[dict[str, Any]],
    rounds: Sequence[tuple[str, Iterable[int]]],
    *,
    spy: bool = False,
    operations: Sequence[str] = (),
    log_file: str = "",
    seconds: float = SECONDS,
) -> list[Run]:
    """Do what `run_cases` does with several packages in one child process, and return a Run for each.

    A package that ends the process, and those behind it, are "not reached" or ended as their Run says; so are those
    that the time, `seconds` for all, was too short for.
    """
    sources = [package.source for package in packages]
    botocores_errors = any("botocore" in source for source in sources) or any(case.get("fail") for case in cases)
    job = {
        "sources": sources,
        "function": function,
        "spy": spy,
        "cases": cases,
        "rounds": [(mode, list(numbers)) for mode, numbers in rounds],
        "operations": operations,
        "log_file": log_file,
        "paths": _botocore() if botocores_errors else [],
        "seconds": seconds,
        "seconds_a_case": SECONDS_A_CASE,
        "megabytes": _MEGABYTES,
    }
    with tempfile.TemporaryDirectory(prefix="workshop-check-", ignore_cleanup_errors=True) as folder:
        Path(folder, "job.json").write_text(json.dumps(job), "utf-8")
        status = _spawn(folder, seconds)
        lines = _lines(Path(folder))
        stack = Path(folder, "stack.txt")
        shown = stack.read_text("utf-8", errors="replace") if stack.exists() else ""
        last = max((line["source"] for line in lines), default=0)
        of_source: list[list[dict[str, Any]]] = [[] for _ in sources]
        for line in lines:
            of_source[line["source"]].append(line)
        return [_read(own, status, shown) if number <= last else _unreached() for number, own in enumerate(of_source)]


@functools.cache
def cloudwatch_model() -> Any:
    """Return botocore's model of CloudWatch; it is read from botocore's own files, without a session or network."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model("cloudwatch", "service-2"), "cloudwatch")


def cloudwatch_operations() -> list[str]:
    """Return the names of the methods that a CloudWatch client has."""
    from botocore import xform_name

    return [xform_name(name) for name in cloudwatch_model().operation_names]


def _botocore() -> list[str]:
    """Return the folder that botocore lies in."""
    import botocore

    return [botocore.__path__[0].rsplit("botocore", 1)[0]]


def _spawn(folder: str, seconds: float) -> int | None:
    """Run the child to its end, or kill it; return its exit status, or None if it had to be killed."""
    from workshop import cloudtrail_analyzer  # boto3 comes with it

    command = [sys.executable, "-I", "-S", "-X", "utf8", "-W", "ignore"]
    command += [str(Path(__file__).with_name("sandbox_child")), folder]
    environment = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "LD_LIBRARY_PATH") if name in os.environ}
    environment.update(dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR"), folder))
    environment.update(TZ="UTC", AWS_EC2_METADATA_DISABLED="true", AWS_DEFAULT_REGION="ca-central-1")
    # As the stack hands it over to the function; it is what METRIC_NAMESPACE is in this process.
    environment["METRIC_NAMESPACE"] = cloudtrail_analyzer.METRIC_NAMESPACE
    null = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, env=environment, start_new_session=POSIX)
    overdue = threading.Event()

    def end() -> None:
        overdue.set()
        process.kill()

    # On Linux and macOS, wait() with a time-out only looks now and then, and sees the end up to 50 ms late.
    clock = threading.Timer(seconds + _GRACE, end)
    clock.start()
    try:
        status = process.wait()
        return None if overdue.is_set() else status
    finally:
        clock.cancel()
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the child and everything it started."""
    if POSIX and sys.platform != "win32":  # the second condition is for type checkers
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _unreached() -> Run:
    return Run(ended="not reached")


def _lines(folder: Path) -> list[dict[str, Any]]:
    """Return what the child wrote down before it ended."""
    path, lines = folder / "results.jsonl", []
    for text in path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []:
        with contextlib.suppress(ValueError):  # cut off by the end of the process
            lines.append(json.loads(text))
    return lines


def _read(lines: list[dict[str, Any]], status: int | None, stack: str) -> Run:
    """Return the Run of one package from its lines, and from how the child ended."""
    run, started, done, loaded = Run(), None, False, False
    for line in lines:
        loaded, done = loaded or "loaded" in line, done or "done" in line
        if "starts" in line:
            started = line["starts"]
        elif "case" in line:
            run.results.setdefault(line["mode"], {})[line["case"]] = line
        elif "load" in line:
            run.ended, run.detail = "load", line["load"]
            run.lines = line["load"]["lines"]
            return run
    if done:
        return run
    run.case = started
    # Innermost first, and of all threads: the one that was called is the one that leads back to the runner.
    threads = [
        part for part in re.split(r"\n\n|^Thread |^Current thread ", stack, flags=re.M) if "sandbox_child" in part
    ]
    frames = re.findall(r'File "index\.py", line (\d+) in (\S+)', (threads or [stack])[-1])
    run.lines = [[int(line), name] for line, name in reversed(frames)]
    if status is None or stack.startswith("Timeout"):
        run.ended = "time-out"
        run.detail = None if loaded or started is not None or stack else "start"
    elif status < 0:
        run.ended, run.detail = "signal", signal.Signals(-status).name
    elif any((r.get("error") or {}).get("type") == "MemoryError" for r in run.results.get("first", {}).values()):
        run.ended = "memory"
    else:
        run.ended, run.detail = "exit", status
    return run
