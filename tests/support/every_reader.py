"""All ways to read the same log files, compared: read_records, load_events, hunt, the Lambda, the explorer."""

import contextlib
import copy
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from botocore.exceptions import ClientError
from odd_logs import HALVES

from workshop import cloudtrail_analyzer
from workshop.cloudtrail_analyzer import print_short_record
from workshop.exercises.tasks.deleting_logs import deleting_logs
from workshop.exercises.tasks.instance_creds_used_outside_ec2 import instance_creds_used_outside_ec2
from workshop.explorer.session import Session, remembered
from workshop.explorer.static import as_html, as_text
from workshop.hunt_command.report import hunt_report
from workshop.hunting.hunt import hunt
from workshop.hunting.sweep_work import SweepWork
from workshop.logs.files import find_log_files, read_file
from workshop.logs.json_text import however_deep
from workshop.logs.record import Record
from workshop.logs.records import parse, read_records
from workshop.logs.table.events import load_events, record_of
from workshop.logs.tally import Tally


def every(record: Record) -> bool:
    """Match each record."""
    return True


def deletes(record: Record) -> bool:
    """Match what begins with Delete; raise where there is no such text."""
    if record["eventName"].startswith("Delete"):
        print_short_record(record)
        return True
    return False


def by_identity(record: Record) -> bool:
    """Match by parts of the identity, whatever they are."""
    identity = record.get("userIdentity") or {}
    return bool(identity.get("type")) and "arn" in identity


def reads_all(record: Record) -> bool:
    """Match by all that the record holds: each record has to be shown in full."""
    return type(record) is dict and len(record) % 3 == 0


SIMPLE: tuple[Callable, ...] = (every, deleting_logs, instance_creds_used_outside_ec2, deletes, by_identity)
ALL: tuple[Callable, ...] = (*SIMPLE, reads_all)


class Difference(AssertionError):
    """Two ways do not agree."""


def agree(what: str, one: Any, other: Any) -> None:
    """Raise Difference unless both have the same repr: NaN equals nothing, not even itself."""
    if (one_text := however_deep(repr, one)) != (other_text := however_deep(repr, other)):
        at = next((i for i, (a, b) in enumerate(zip(one_text, other_text, strict=False)) if a != b), 0)
        around = slice(max(0, at - 200), at + 200)
        raise Difference(f"{what}, at {at}:\n  {one_text[around]}\n  {other_text[around]}")


def compare(folder: Path, *, client: Any = None, processes: bool = True, few_ways: bool = False) -> int:
    """Read a folder's log files in all ways; return how many records there are. `client` is one of Dask.

    `few_ways` leaves out what differs only in how the work is shared out and reported.

    Raises: Difference.
    """
    source = str(folder)
    paths, tally = find_log_files(source), Tally()
    records = {
        (path, index): one for path in paths for index, one in parse(read_file(path), path, tally)
    }  # in the order of files and entries
    skipped: list[Any] = []
    agree("read_records", list(read_records(source, skipped=skipped)), list(records.values()))
    agree("skipped by read_records", skipped, tally.skipped)
    counted, same_id = _loaded(source, records, skipped, processes)
    agree("same_id of load_events", same_id, _hunted(source, counted, skipped, client, processes, few_ways))
    for path in paths:
        reasons = [entry["reason"] for entry in skipped if entry["path"] == path]
        _in_lambda(path, [one for (of, _), one in records.items() if of == path], reasons)
    return len(records)


def _loaded(source: str, records: dict, skipped: list, processes: bool) -> tuple[dict, int]:
    """Return the records that count, {(path, index): record}, one a row; and how many of them have another one's id."""
    events = load_events(source, processes=1)
    if processes:
        twice = load_events(source, processes=2)
        pd.testing.assert_frame_equal(events, twice)
        agree("load_events, two processes", {**twice.attrs, "processes": 1}, {**events.attrs, "processes": 1})
    agree("records of load_events", events.attrs["records"], len(records))
    whole = [entry for entry in events.attrs["skipped"] if " left out: " not in entry["reason"]]
    agree("skipped by load_events", whole, skipped)
    rows = list(zip(events["logFile"], map(int, events["logIndex"]), strict=True))
    agree("duplicates", events.attrs["duplicates"], len(records) - len(rows))
    counted = {place: records[place] for place in sorted(rows)}
    agree("rows", len(counted), len(rows))
    for column in ("eventName", "eventSource", "userIdentity.arn", "errorCode"):
        *heads, last = column.split(".")
        for place, cell in zip(rows, events[column], strict=True):
            value: Any = records[place]
            for head in heads:
                value = value.get(head) if isinstance(value, dict) else None
            value = value.get(last) if isinstance(value, dict) else None
            if isinstance(value, str) and not HALVES.search(value):
                agree(f"{column} of {place}", cell, value)
    _explored(events, rows, records)
    return counted, events.attrs["same_id"]


def _explored(events: Any, rows: list, records: dict) -> None:
    """Look at the events in the explorer: every row is there, and opens its own record."""
    remembered.clear()
    session = Session(events)
    view = session.view()
    agree("events in the explorer", view["total"], len(rows))
    json.dumps(view, allow_nan=False, ensure_ascii=False).encode()
    as_html(session, view).encode()
    as_text(session, view).encode()
    for row in range(0, len(rows), max(1, len(rows) // 5)):
        record, _, problem = session.record(row)
        agree("problem in the explorer", problem, "")
        agree("record in the explorer", record, records[rows[row]])
        agree("record_of", record_of(events, events.index[row]), records[rows[row]])
    session.filter({"eventName": "Delete*", "text": "i"})
    session.search.values("resource")
    json.dumps(session.view(), allow_nan=False, ensure_ascii=False).encode()


def _hunted(source: str, counted: dict, skipped: list, client: Any, processes: bool, few_ways: bool) -> int:
    """Hunt in all ways; return how many of the records have another one's id."""
    plain = hunt(source, *SIMPLE, exact=True, progress=False)
    _as_the_plain_loop(plain, SIMPLE, counted)
    agree("skipped by hunt", plain.attrs["skipped"], skipped)
    handed_on: list[Any] = []
    ways = {
        "fast": hunt(source, *SIMPLE, processes=1, progress=False, on_match=handed_on.append),
        **({"processes": hunt(source, *SIMPLE, processes=2, progress=False)} if processes else {}),
        **({"cluster": hunt(source, *SIMPLE, scheduler=client, progress=False)} if client else {}),
        **({} if few_ways else {"resumed": _in_two(source)}),
    }
    for name, found in ways.items():
        for attribute in ("files", "records", "duplicates", "same_id", "skipped", "errors"):
            agree(f"{attribute}, {name}", found.attrs[attribute], plain.attrs[attribute])
        try:
            pd.testing.assert_frame_equal(found, plain)
        except AssertionError as error:
            raise Difference(f"matches, {name}: {error}") from error
    # Of several with the same eventID, whichever is found first is handed on.
    named = {(match["detector"], match["eventID"]) for match in handed_on if isinstance(match["eventID"], str)}
    wanted = {pair for pair in zip(plain["detector"], plain["eventID"], strict=True) if isinstance(pair[1], str)}
    agree("not handed on", wanted - named, set())
    if few_ways:
        return plain.attrs["same_id"]
    full = hunt(source, *ALL, progress=False)
    _as_the_plain_loop(full, ALL, counted)
    report = json.loads(json.dumps(hunt_report(source, *SIMPLE)))
    for detector in SIMPLE:
        ours = plain[plain["detector"] == detector.__name__]
        found = [(match["path"], match["index"]) for match in report["matches"][detector.__name__]]
        agree("workshop hunt", found, list(zip(ours["logFile"], map(int, ours["logIndex"]), strict=True)))
    return plain.attrs["same_id"]


def _in_two(source: str) -> Any:
    """Return a hunt that is interrupted after its first file, and goes on."""
    from workshop.hunting import sweep

    class Interrupted(SweepWork):
        def show(self, files: int, records: int) -> None:
            self.stopped = True

    usual = sweep.SweepWork
    sweep.SweepWork = Interrupted  # type: ignore[misc]
    try:
        first = hunt(source, *SIMPLE, processes=1, progress=False)
    finally:
        sweep.SweepWork = usual  # type: ignore[misc]
    return hunt(source, *SIMPLE, processes=1, progress=False, resume=first) if first.attrs["unread"] else first


def _as_the_plain_loop(found: Any, detectors: Iterable[Callable], counted: dict) -> None:
    """Compare with the loop that needs no explanation."""
    expected, errors = Counter[Any](), Counter[Any]()
    for detector in detectors:
        for place, record in counted.items():
            try:
                with _Silent():
                    matched = detector(copy.copy(record))
            except Exception as error:
                errors[detector.__name__, f"{type(error).__name__}: {error}"] += 1
            else:
                if matched:
                    expected[(detector.__name__, *place)] += 1
    places = zip(found["detector"], found["logFile"], map(int, found["logIndex"]), strict=True)
    agree("matches", sorted(Counter(places).items()), sorted(expected.items()))
    raised = Counter((one["detector"], one["error"]) for one in found.attrs["errors"])
    agree("raised", sorted(raised.items()), sorted(errors.items()))


class _Silent(io.StringIO):
    """Swallows what is printed."""

    def __enter__(self) -> "_Silent":
        import sys

        self._before, sys.stdout = sys.stdout, self
        return self

    def __exit__(self, *error: object) -> None:
        import sys

        sys.stdout = self._before


class OneFile:
    """An S3 client, and its session, of a bucket that holds one object."""

    class exceptions:
        ClientError = ClientError

    def __init__(self, data: bytes) -> None:
        self._data = data

    def client(self, service: str) -> "OneFile":
        return self

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self._data)}


def _in_lambda(path: str, records: list[Record], reasons: list[str]) -> None:
    """Show a file to the Lambda function: it has the same records, or refuses the file by its name."""
    data = Path(path).read_bytes()
    try:
        with _Silent():
            found = cloudtrail_analyzer.get_records(OneFile(data), "bucket", path)
    except ValueError as error:
        if f"s3://bucket/{path}" not in str(error):
            raise Difference(f"the Lambda function does not name {path}: {error}") from error
        return
    finally:
        cloudtrail_analyzer.get_client.cache_clear()
    in_order = sorted(records, key=lambda record: str(record.get("eventTime", "")))
    # What is no text reads as U+FFFD in the kit; halves of characters stay what they are in the Lambda function.
    if not any("what is no text reads as" in reason for reason in reasons):
        agree(f"the Lambda function, {path}", found, in_order)
    expected = Counter({detector.__name__: 0 for detector in SIMPLE})
    with _Silent():
        for detector in SIMPLE:
            for record in records:
                with contextlib.suppress(Exception):
                    expected[detector.__name__] += bool(detector(record))
        usual = cloudtrail_analyzer.analysis_functions
        cloudtrail_analyzer.analysis_functions = SIMPLE
        try:
            counts = cloudtrail_analyzer.analyze(found)
        finally:
            cloudtrail_analyzer.analysis_functions = usual
    agree(f"matches of the Lambda function, {path}", dict(counts), dict(expected))
