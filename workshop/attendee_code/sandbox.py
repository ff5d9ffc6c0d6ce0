"""Running an attendee's function on the cases of an exercise, in a child process that cannot harm the kernel."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

SECONDS_A_CASE = 1.0
SECONDS = 2.5  # for all cases of one check
_GRACE = 1.7  # for starting Python, and for killing what will not end: together well under 5 s
_MEGABYTES = 1024
POSIX = os.name == "posix"


@dataclass
class Run:
    """What came of the cases: `results[mode][case number]`, and how the child process ended.

    `ended` is "done", "load", "time-out", "exit", "signal" or "memory"; `detail` the exit status, the signal's name
    or the load error; `case` the number of the case it happened in (None: before the first); `lines` the packaged
    lines that were running then, outermost first, as [line, function].
    """

    results: dict = field(default_factory=dict)
    ended: str = "done"
    detail: object = None
    case: int | None = None
    lines: list = field(default_factory=list)


def run_cases(package, function, kind, cases, rounds, operations=(), paths=()):
    """Call `function` of a Package on cases (dicts with "record", or with "detector", "count", "fail"); return a Run.

    `rounds` is a list of (mode, case numbers). The child is gone when this returns, whatever the function did.
    """
    job = {
        "source": package.source,
        "function": function,
        "kind": kind,
        "cases": cases,
        "rounds": rounds,
        "operations": list(operations),
        "paths": [str(path) for path in paths],
        "seconds": SECONDS,
        "seconds_a_case": SECONDS_A_CASE,
        "megabytes": _MEGABYTES,
    }
    with tempfile.TemporaryDirectory(prefix="workshop-check-", ignore_cleanup_errors=True) as folder:
        Path(folder, "job.json").write_text(json.dumps(job), "utf-8")
        status = _spawn(folder)
        return _read(Path(folder), status)


def _spawn(folder):
    """Run the child to its end, or kill it; return its exit status, or None if it had to be killed."""
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-W", "ignore"]
    command += [str(Path(__file__).with_name("sandbox_child.py")), folder]
    environment = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "LD_LIBRARY_PATH") if name in os.environ}
    environment.update(TZ="UTC", AWS_EC2_METADATA_DISABLED="true", AWS_DEFAULT_REGION="ca-central-1")
    null = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, env=environment, start_new_session=POSIX)
    try:
        return process.wait(SECONDS + _GRACE)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _kill(process)


def _kill(process):
    """End the child and everything it started."""
    if POSIX and sys.platform != "win32":  # the second condition is for type checkers
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _read(folder, status):
    run, started, done, loaded = Run(), None, False, False
    path = folder / "results.jsonl"
    for text in path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []:
        try:
            line = json.loads(text)
        except ValueError:  # cut off by the end of the process
            continue
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
    stack = (folder / "stack.txt").read_text("utf-8", errors="replace") if (folder / "stack.txt").exists() else ""
    run.case = started
    # Innermost first, and of all threads: the one that was called is the one that leads back to this file.
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
