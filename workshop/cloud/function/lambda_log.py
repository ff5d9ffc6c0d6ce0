"""What the Lambda function printed, run by run, read back from CloudWatch Logs."""

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, TypedDict

from workshop.cloud.clock import now
from workshop.cloud.cloud import Cloud, Json, quiet
from workshop.cloud.console import log_url
from workshop.cloud.function.deployed_code import log_group
from workshop.cloud.function.put_file import Trigger
from workshop.display.links import Links

# How far back to look for the latest runs, in minutes: near first, since one answer holds 10,000 lines at most.
_LOOK_BACK = (2, 15, 60, 24 * 60)
_LINES_SHOWN = 200

_REPORT = re.compile(r"REPORT RequestId: (\S+)\s+Duration: ([\d.]+) ms(?:.*?Status: (\w+))?", re.DOTALL)
# A log file in an error's text, as the handler's get_records names it.
_LOG_FILE = re.compile(r"s3://[^/\s]+/(\S+)")
_TRACEBACK = "Traceback (most recent call last):"
_PLATFORM = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
# What comes before a traceback that belongs to something said earlier: a detector's error that the handler survived,
# or the second half of a chained traceback.
_CONTINUES = ("ERROR: ", "The above exception", "During handling of the above")


class Summary(TypedDict):
    """What the handler prints of a log file that it has analyzed; `found` has matches by analysis function."""

    bucket: str
    key: str
    records: int
    found: dict[str, int]


@dataclass
class Run:
    """One finished run of the Lambda function; times are UTC.

    `analyzed` has the Summary of each log file that the run analyzed.
    `error` is None, or the exception that ended the run. `stream` is the log stream that holds the lines.
    """

    request_id: str
    started: datetime
    ended: datetime
    milliseconds: float
    lines: list[str] = field(repr=False)
    stream: str = ""

    @property
    def analyzed(self) -> list[Summary]:
        found = (line.partition("ANALYZED ")[2] for line in self.lines if line.startswith("ANALYZED {"))
        return [json.loads(summary) for summary in found]

    @property
    def detector_errors(self) -> list[str]:
        """What the handler said of analysis functions that raised on a record."""
        return [
            f"{line.removeprefix('ERROR: ')} {_exception(self.lines[number + 1 :])}"
            for number, line in enumerate(self.lines)
            if line.startswith("ERROR: ") and " raised on the record " in line
        ]

    @property
    def not_written(self) -> list[str]:
        """What the handler said of functions that are not written yet."""
        return [line.partition(": ")[2] for line in self.lines if line.startswith("NOT WRITTEN YET: ")]

    @property
    def error(self) -> str | None:
        previous = ""
        for number, line in enumerate(self.lines):
            if line.startswith("[ERROR]") or "Task timed out after" in line:
                return line.removeprefix("[ERROR]").strip()
            if line == _TRACEBACK and not previous.startswith(_CONTINUES):
                # The emulator prints what ended a run last; a chain of exceptions ends with the one that did.
                printed = [other for other in self.lines[number:] if not other.startswith(_PLATFORM)]
                return _exception(reversed(printed))
            previous = line or previous
        report = _REPORT.match(self.lines[-1])
        return f"the run ended with the status {report[3]}" if report and report[3] else None

    def is_of(self, key: str) -> bool | None:
        """Tell whether this was a run for the log file with this object key; None where the run names no file.

        A run names its file when it has analyzed it, and in the error when the file could not be read.
        """
        keys = [summary["key"] for summary in self.analyzed] + _LOG_FILE.findall(self.error or "")
        return key in keys if keys else None


def _exception(lines: Iterable[str]) -> str:
    """Return the line of a traceback that names the exception: the first that is neither indented nor the heading."""
    return next((line for line in lines if line and not line.startswith((" ", _TRACEBACK))), "")


@quiet
def finished_runs(
    cloud: Cloud, since: datetime, *, known: dict[str, Run] | None = None, latest: int | None = None
) -> list[Run]:
    """Return the runs that ended after `since` (an aware datetime), oldest first.

    `known` is a dict of runs by request id from an earlier call: those are not read again, new ones are added.
    `latest` limits the answer to that many of the newest.
    """
    known = {} if known is None else known
    logs, group = cloud.client("logs"), log_group(cloud)
    reports = [
        (found, event)
        for event in _lines(cloud, since, "REPORT RequestId", group)
        if (found := _REPORT.match(event["message"]))
    ]
    reports.sort(key=lambda report: report[1]["timestamp"])
    runs = []
    for found, event in reports[-latest:] if latest else reports:
        if found[1] not in known:
            known[found[1]] = _read_run(logs, group, event, found[1], float(found[2]))
        runs.append(known[found[1]])
    return runs


def _lines(cloud: Cloud, since: datetime, words: str, group: str) -> list[Json]:
    """Return the lines of a log group, as events, that have these words and are not from before `since`."""
    try:
        where = {"logGroupName": group, "startTime": _milliseconds(since), "filterPattern": f'"{words}"'}
        return list(cloud.entries("logs", "filter_log_events", "events", **where))
    except cloud.client("logs").exceptions.ResourceNotFoundException:
        # Lambda makes the log group with the function's first run.
        return []


def _read_run(logs: Any, group: str, report: Json, request_id: str, milliseconds: float) -> Run:
    """Read the run that a REPORT line ends. A log stream holds the runs of one environment, one after the other."""
    # Minutes of margin: Lambda's own start-up counts as duration and is stamped before START.
    since = report["timestamp"] - int(milliseconds) - 120_000
    where = {"logGroupName": group, "logStreamName": report["logStreamName"], "startFromHead": True}
    window = {"startTime": since, "endTime": report["timestamp"] + 1}
    events: list[Json] = []
    token = None
    while True:
        page = logs.get_log_events(**where, **window, **({"nextToken": token} if token else {}))
        events += page["events"]
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    starts = [n for n, event in enumerate(events) if event["message"].startswith(f"START RequestId: {request_id}")]
    events = events[starts[-1] :] if starts else events
    ends = [n for n, event in enumerate(events) if event["message"].startswith(f"REPORT RequestId: {request_id}")]
    events = events[: ends[0] + 1] if ends else events
    # The emulator stamps all lines of a run when it ends, AWS each line as it is printed.
    started = min(events[0]["timestamp"] if starts else report["timestamp"], report["timestamp"] - milliseconds)
    lines = [line for event in events for line in event["message"].rstrip("\n").split("\n")]
    return Run(request_id, _time(started), _time(report["timestamp"]), milliseconds, lines, report["logStreamName"])


@quiet
def analyzed_since(cloud: Cloud, since: datetime, group: str | None = None) -> dict[str, Summary]:
    """Return the summary of each log file that was analyzed after `since`, by object key; the latest run's counts.

    `group` is the log group's name, for callers that ask often.
    """
    printed = (event["message"] for event in _lines(cloud, since, "ANALYZED", group or log_group(cloud)))
    summaries = [json.loads(text.partition(" ")[2]) for text in printed if text.startswith("ANALYZED {")]
    return {summary["key"]: summary for summary in summaries}


class LambdaLog:
    """The output of some runs of the Lambda function, oldest first: `runs`, and all of it as `text`.

    On AWS `links` lead to the log streams in the console.
    """

    def __init__(self, cloud: Cloud, runs: list[Run], empty: str) -> None:
        self.runs = runs
        streams = dict.fromkeys(run.stream for run in runs if run.stream and cloud.target == "aws")
        group = log_group(cloud) if streams else ""
        self.links = Links({f"log stream {stream}": log_url(cloud, group, stream) for stream in streams})
        self._empty = empty

    @property
    def text(self) -> str:
        return "\n\n".join("\n".join(run.lines) for run in self.runs)

    def __str__(self) -> str:
        if not self.runs:
            return self._empty
        shown = ["\n".join([_heading(run), *_shortened(run.lines)]) for run in self.runs]
        return "\n\n".join([*shown, str(self.links)] if self.links else shown)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if not self.runs:
            return f"<p>{html.escape(self._empty)}</p>"
        return "".join(
            f"<p><strong>{html.escape(_heading(run))}</strong></p>"
            f"<pre style='white-space:pre-wrap'>{html.escape(chr(10).join(_shortened(run.lines)))}</pre>"
            for run in self.runs
        ) + (self.links._repr_html_() if self.links else "")


@quiet
def lambda_log(cloud: Cloud, trigger: Trigger | None = None, latest: int = 3) -> LambdaLog:
    """Return what the Lambda function printed: in the run that analyzed this trigger's file, or in its latest runs.

    Includes Lambda's own lines START, END and REPORT. Looks back 24 hours at most.
    """
    if trigger is not None:
        if trigger.key is None or trigger.put_at is None:
            return LambdaLog(cloud, [], trigger.reason)
        runs = finished_runs(cloud, trigger.put_at - timedelta(seconds=1))
        mine = [run for run in runs if run.is_of(trigger.key)]
        # A run that failed early may not name its file: then all such runs since are shown.
        mine = mine or [run for run in runs if run.error and run.is_of(trigger.key) is None]
        return LambdaLog(cloud, mine, f"No run of the Lambda function has analyzed {trigger.key} yet.")
    for minutes in _LOOK_BACK:
        runs = finished_runs(cloud, now() - timedelta(minutes=minutes), latest=latest)
        if runs:
            return LambdaLog(cloud, runs, "")
    return LambdaLog(cloud, [], "The Lambda function has not run in the last 24 hours: trigger(cloud) makes it run.")


def _heading(run: Run) -> str:
    verdict = f"failed: {run.error}" if run.error else "succeeded"
    return f"Run of {run.started:%Y-%m-%d %H:%M:%S} UTC, {run.milliseconds:,.0f} ms, {verdict}"


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= _LINES_SHOWN:
        return lines
    half = _LINES_SHOWN // 2
    return [*lines[:half], f"    ... {len(lines) - 2 * half:,} lines left out ...", *lines[-half:]]


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)


def _time(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
