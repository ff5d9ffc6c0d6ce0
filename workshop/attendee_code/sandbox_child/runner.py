"""Calls the functions of a packaged source on the cases of a job and writes down what came of each.

FOLDER holds job.json. Results go to FOLDER/results.jsonl, one line a case as soon as it is done, so that what was
finished survives whatever the function does.
"""

import builtins
import faulthandler
import json
import os
import sys
import threading
import time
import types
from collections.abc import Callable
from typing import Any

from . import fake_aws, walls
from .outcome import Output, describe, difference, text_of, truth_of
from .printer_spy import PrinterSpy
from .watched_record import Known, Notes, known, watched

# What the attendee's code may replace is kept here, as it was before.
_encode = json.JSONEncoder(default=lambda value: {"__python__": f"{type(value).__name__}: {text_of(value)}"}).encode
_decode = json.JSONDecoder().decode
_exit, _getpid, _write, _clock, _length = os._exit, os.getpid, os.write, time.monotonic, len
_builtins = dict(vars(builtins))
_LATE = 0.05  # seconds


class Runner:
    """Calls functions on the cases of a job (see `workshop.attendee_code.sandbox`) and notes what came of each."""

    def __init__(self, folder: str) -> None:
        with open(os.path.join(folder, "job.json"), encoding="utf-8") as file:
            self.job = json.load(file)
        self.results = os.open(os.path.join(folder, "results.jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.stack = open(os.path.join(folder, "stack.txt"), "w", encoding="utf-8")  # noqa: SIM115 - open to the end
        self.process, self.operations = _getpid(), frozenset(self.job["operations"])
        self.calls: list[dict[str, Any]] = []
        self.notes: Notes = []
        self.failed: list[dict[str, Any]] = []
        self.source = 0  # the number of the source that is run
        self.index = types.ModuleType("index")
        self.spy: PrinterSpy | None = None
        self.functions: dict[str, Callable[..., Any]] = {}
        self.end = _clock() + self.job["seconds"]
        self.armed_until = 0.0
        os.chdir(folder)
        threading.stack_size(256 << 10)  # many threads fit into little memory
        faulthandler.enable(self.stack)

    def note(self, **result: Any) -> None:
        """Write one line of results."""
        _write(self.results, (_encode({"source": self.source, **result}) + "\n").encode())

    def arm(self) -> None:
        """Let the process end, with its stack written down, if what comes next takes too long.

        Arming starts a thread, so what was armed less than `_LATE` ago goes on: it may end the process that much later.
        """
        now = _clock()
        left = min(self.job["seconds_a_case"], max(self.end - now, 0.05))
        if self.armed_until < now + left:
            self.armed_until = now + left + _LATE
            faulthandler.dump_traceback_later(left + _LATE, exit=True, file=self.stack)

    def load(self) -> None:
        """Execute the packaged source as Lambda does."""
        self.index = sys.modules["index"] = types.ModuleType("index")
        source = self.job["sources"][self.source]
        exec(compile(source, "index.py", "exec", dont_inherit=True), vars(self.index))  # noqa: S102
        if self.job["spy"]:
            self.spy = PrinterSpy(self.index, self.notes)
        names = {self.job["function"], *(case.get("function") for case in self.job["cases"])} - {None}
        self.functions = {name: getattr(self.index, name) for name in names}  # whatever the code makes of them later
        vars(self.index)["analysis_functions"] = tuple(map(self.noting_failures, self.index.analysis_functions))

    def noting_failures(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return an analysis function that notes what it raises, for the handler goes on after that."""

        def noting(record: object) -> object:
            try:
                return function(record)
            except NotImplementedError:
                raise
            except Exception as error:
                self.failed.append({"function": function.__name__, "error": describe(error)})
                raise

        noting.__name__ = function.__name__
        return noting

    def arguments(self, case: dict[str, Any], record: object) -> tuple[Any, ...]:
        """Return what the function of a case is called with; `record` is the one to hand over, if it takes one."""
        if "event" in case:
            return case["event"], None
        if "detector" in case:
            error = fake_aws.refused() if case["fail"] else None
            client = fake_aws.Client("cloudwatch", self.calls, self.operations, own=False, error=error)
            return client, case["detector"], case["count"]
        return (record, Known(**known(case["known"]))) if "known" in case else (record,)

    def call(self, number: int, mode: str) -> bool:
        """Call the function of case `number` once; return whether there is memory to go on.

        `mode` is "first", "again" (its lines are traced) or "watched" (its record notes what is read).
        """
        case, notes, calls = self.job["cases"][number], self.notes, self.calls
        function = self.functions[case.get("function") or self.job["function"]]
        printed = self.spy.printed if self.spy else []
        for kept in (notes, calls, printed, self.failed):
            kept.clear()
        record = _decode(case["record"]) if "record" in case else None
        arguments = self.arguments(case, watched(record, notes) if mode == "watched" else record)
        output, errors = Output(), Output()
        lines: list[list[Any]] = []
        self.note(starts=number, mode=mode)
        self.arm()
        sys.stdout, sys.stderr = output, errors
        raised, returned = None, None
        try:
            if mode == "again":
                sys.settrace(_tracer(lines))
            returned = function(*arguments)
            sys.settrace(None)
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: nothing may end the check
            sys.settrace(None)
            raised = error
        vars(builtins).update(_builtins)  # in case the function replaced some
        if _getpid() != self.process:  # the function forked: the copy has nothing to tell
            _exit(0)
        self.arm()
        result: dict[str, Any] = {
            "case": number,
            "mode": mode,
            "error": describe(raised) if raised is not None else None,
            "type": type(returned).__name__,
            "value": returned if returned is None or returned is True or returned is False else None,
            "truth": truth_of(returned),
            "repr": text_of(returned),
            "output": output.kept[:4000],
            "output_size": output.size,
            "errors": errors.kept[:500],
            "lines": lines,
            "notes": notes[:400],
        }
        if record is not None:
            original = _decode(case["record"])
            result["changed"] = None if mode == "watched" else difference(original, record)
            result["printed"] = len(printed)
            result["printed_other"] = next((text_of(a, 120) for a in printed if not _is_record(a, original)), None)
        else:
            result["calls"] = [call for call in calls if call["operation"] != "get_object"][:2000]
            result["failed"] = self.failed
        self.note(**result)
        return not isinstance(raised, MemoryError)

    def run(self) -> None:
        """Go through the sources of the job, one after the other, until its time is up."""
        sys.path.extend(self.job["paths"])
        fake_aws.install_boto3(self.calls, self.operations, self.job["log_file"])
        for number in range(_length(self.job["sources"])):
            if number and _clock() > self.end:
                return
            self.source = number
            self.run_source()

    def run_source(self) -> None:
        """Load a source and go through the rounds of the job."""
        self.arm()
        try:
            self.load()
        except BaseException as error:
            self.note(load=describe(error))
            return
        self.note(loaded=True)
        for mode, numbers in self.job["rounds"]:
            for number in numbers:
                if not self.call(number, mode):
                    return
        self.note(done=True)


def _is_record(arguments: tuple[Any, ...], original: dict[str, Any]) -> bool:
    """Tell whether print_short_record was handed the record, or a copy; fields may have been changed on the way."""
    if len(arguments) != 1 or not isinstance(arguments[0], dict):
        return False
    return arguments[0] == original or arguments[0].get("eventID") == original.get("eventID") is not None


def _tracer(lines: list[list[Any]]) -> Callable[[types.FrameType, str, Any], Any]:
    """Return a trace function that notes the lines of the packaged source as they run, 300 at most."""

    def trace(frame: types.FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename != "index.py" or _length(lines) >= 300:
            return None
        if event in ("line", "return"):
            lines.append([event, frame.f_lineno])
        return trace

    return trace


def _limit_memory(megabytes: int) -> None:
    """Bound the memory of this process, where the system can."""
    if sys.platform == "win32":
        return
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 20, 16 << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        pass


def main(folder: str) -> None:
    """Run the job in a folder. Threads that the code may have started do not keep the process alive."""
    runner = Runner(folder)
    walls.build(folder, runner.job["paths"])
    _limit_memory(runner.job["megabytes"])
    runner.run()
    _exit(0)
