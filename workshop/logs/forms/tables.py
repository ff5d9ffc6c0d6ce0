"""Tables with a row for each event: Event history's CSV, results of CloudTrail Lake, and exports with a record a cell.

A row that has the whole record in one of its cells gives that. Otherwise it gives a record of as many fields as the
table has columns, and what is lost is said: a detector that needs another field cannot match.
"""

import csv
import io
import re
from collections import Counter
from datetime import datetime, timezone
from typing import Any

from workshop.logs.forms.entries import Entries, from_columns, is_record, record_in, unfinished
from workshop.logs.forms.first_bytes import WHOLE, json_behind_words, table_of_events, tells_of_services
from workshop.logs.forms.refused import ATHENA
from workshop.logs.json_text import kind_of
from workshop.logs.unpacking import Unreadable

# The heads of Event history's columns in the console, and the fields that they show: in small letters and in one word,
# as boto3 and PowerShell write them but for the capitals ("EventName", "Username").
_EVENT_HISTORY = {
    "eventname": "eventName",
    "eventtime": "eventTime",
    "username": "userIdentity.userName",
    "eventsource": "eventSource",
    "readonly": "readOnly",
    "awsregion": "awsRegion",
    "sourceipaddress": "sourceIPAddress",
    "awsaccesskey": "userIdentity.accessKeyId",
    "accesskey": "userIdentity.accessKeyId",
    "errorcode": "errorCode",
    "requestid": "requestID",
    "eventid": "eventID",
    "useragent": "userAgent",
    "eventtype": "eventType",
    "recipientaccountid": "recipientAccountId",
}
_NO_HEAD = "columns without a head"
# Resources are lists of names without the accounts and kinds.
_NOT_KEPT = {"resource type", "resource name", "resources", _NO_HEAD}
_IN_WORDS = re.compile(r"(?P<time>[A-Z][a-z]+ \d{1,2}, \d{4}, \d\d:\d\d:\d\d) \(UTC(?P<offset>[+-]\d\d:\d\d)\)")

# The cells of a row, in their order: (the column's head, the value).
_Row = list[tuple[str, Any]]


def of_text(text: str) -> Entries | None:
    """Return the records of a CSV file, whatever separates its columns; None if it is no table of CloudTrail's events.

    Raises: Unreadable when it is a table of events whose heads are not known.
    """
    table = table_of_events(text)
    if not table:
        if json_behind_words(text):
            raise Unreadable(
                'JSON that stands behind other words on its lines: leave them out, so that each line begins with "{" '
                "(`grep -h`, `zgrep -h`; `--output json` of the AWS CLI)"
            )
        if tells_of_services(text):
            raise Unreadable(
                "a table of AWS events with other heads than Event history's in English, so its columns are not known: "
                "download the events as JSON, or read the trail's log files"
            )
        return None
    start, separator = table
    csv.field_size_limit(1 << 28)
    heads, *rows = csv.reader(io.StringIO(text[start:], newline=""), delimiter=separator)
    columns = [head.strip() or _NO_HEAD for head in heads] + [_NO_HEAD] * max(map(len, rows), default=0)
    return _of_rows([[*zip(columns, row, strict=False)] for row in rows if row], "CSV")


def entries(document: dict) -> Entries | None:
    """Return the records in the rows of a CloudTrail Lake query, as `aws cloudtrail get-query-results` prints them.

    A row is a list of objects with a cell each, or one object with all of them.
    """
    rows = document.get("QueryResultRows")
    if not isinstance(rows, list):
        return None
    for row in rows:
        if not all(isinstance(cell, dict) for cell in (row if isinstance(row, list) else [row])):
            raise Unreadable(f"QueryResultRows has a row that is {kind_of(row)}, not a list of cells")
    flat = [[pair for cell in (row if isinstance(row, list) else [row]) for pair in cell.items()] for row in rows]
    found = _of_rows(flat, "results of a CloudTrail Lake query")
    lost = filter(None, [found.lost, unfinished(document.get("QueryStatus"), "FINISHED")])
    return found._replace(lost="; ".join(lost))


def _of_rows(rows: list[_Row], what: str) -> Entries:
    columns = {column: None for row in rows for column, _ in row}
    for name in WHOLE:
        head = next((column for column in columns if column.lower() == name.lower()), None)
        if head is not None:
            return Entries([record_in(dict(row).get(head), name) for row in rows])
    if not rows:
        return Entries([])
    if "eventname" in columns:
        raise Unreadable(
            ATHENA
            if what == "CSV"
            else f"{what} with all names in small letters, which are not those that detectors ask for. Query the "
            "column eventJson, which has the whole record"
        )
    fields = {column: _EVENT_HISTORY.get(re.sub("[ -]", "", column.lower()), column) for column in columns}
    made, kept, lost = list[Any](), set[str](), Counter[str]()
    for row in rows:
        named = dict[str, Any]()
        for column, value in row:
            field = fields[column]
            value = _time(value) if field == "eventTime" else value
            if column.lower() in _NOT_KEPT or named.setdefault(field, value) not in (value, None, ""):
                lost[column] += value not in (None, "")
            else:
                named[field] = value
        record, more = from_columns(named)
        kept |= named.keys() - {*more}
        lost.update(more)
        made.append(record if is_record(record) else Unreadable("a row without eventID and eventTime"))
    if made and all(isinstance(one, Unreadable) for one in made):
        raise Unreadable(
            f"{what} whose rows have no eventID and no eventTime, so they are no records: {', '.join(columns)}"
        )
    left_out = ", ".join(f"{count:,} of {column}" for column, count in sorted((+lost).items()))
    return Entries(
        made,
        f"{what} with {len(kept)} of a record's fields ({', '.join(sorted(kept))}): rows kept, but a detector that "
        "asks for another field cannot match. The JSON download, or the trail's log files, have all of them"
        + (f". Values left out: {left_out}" if left_out else ""),
    )


def _time(value: Any) -> Any:
    """Return a time as CloudTrail writes it, if it is in the console's words."""
    said = _IN_WORDS.fullmatch(value) if isinstance(value, str) else None
    if not said:
        return value
    try:
        moment = datetime.strptime(f"{said['time']} {said['offset']}", "%B %d, %Y, %H:%M:%S %z")
        return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError):  # a month in another language, a day that there is not
        return value
