"""Tables with a row for each event: Event history's CSV, results of CloudTrail Lake, and exports with a record a cell.

A row that has the whole record in one of its cells gives that. Otherwise it gives a record of as many fields as the
table has columns, and what is lost is said: a detector that needs another field cannot match.
"""

import csv
import io
import re
from datetime import datetime, timezone
from typing import Any

from workshop.logs.forms.entries import Entries, from_columns, is_record, record_in
from workshop.logs.forms.first_bytes import names_event_columns
from workshop.logs.forms.refused import ATHENA
from workshop.logs.unpacking import Unreadable

# The heads of Event history's columns in the console, and the fields that they show.
_EVENT_HISTORY = {
    "event name": "eventName",
    "event time": "eventTime",
    "user name": "userIdentity.userName",
    "event source": "eventSource",
    "read-only": "readOnly",
    "aws region": "awsRegion",
    "source ip address": "sourceIPAddress",
    "aws access key": "userIdentity.accessKeyId",
    "access key": "userIdentity.accessKeyId",
    "error code": "errorCode",
    "request id": "requestID",
    "event id": "eventID",
    "user agent": "userAgent",
    "event type": "eventType",
    "recipient account id": "recipientAccountId",
}
_NOT_KEPT = {"resource type", "resource name", "resources"}  # lists of names without the accounts and kinds
_IN_WORDS = re.compile(r"(?P<time>[A-Z][a-z]+ \d{1,2}, \d{4}, \d\d:\d\d:\d\d) \(UTC(?P<offset>[+-]\d\d:\d\d)\)")
_WHOLE = ("eventJson", "eventjson", "_raw", "@message", "CloudTrailEvent", "message")


def of_text(text: str) -> Entries | None:
    """Return the records of a CSV file; None if it is no table of CloudTrail's events."""
    first, _, _ = text.partition("\n")
    if not names_event_columns(first):
        return None
    csv.field_size_limit(1 << 28)
    return _of_rows([*csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))], "CSV")


def entries(document: dict) -> Entries | None:
    """Return the records in the rows of a CloudTrail Lake query, as `aws cloudtrail get-query-results` prints them."""
    rows = document.get("QueryResultRows")
    if not isinstance(rows, list):
        return None
    flat = [{name: value for cell in row for name, value in cell.items()} for row in rows]
    return _of_rows(flat, "results of a CloudTrail Lake query")


def _of_rows(rows: list[dict[str, Any]], what: str) -> Entries:
    columns = list(rows[0]) if rows else []
    for name in _WHOLE:
        if name in columns:
            return Entries([record_in(row[name], name) for row in rows])
    if rows and "eventname" in columns:
        raise Unreadable(ATHENA)
    made, lost = list[Any](), set[str]()
    for row in rows:
        named = {}
        for column, value in row.items():
            field = _EVENT_HISTORY.get(str(column).lower(), column)
            if column is None or str(column).lower() in _NOT_KEPT:
                lost.add(str(column))
            else:
                named[field] = _time(value) if field == "eventTime" else value
        record, more = from_columns(named)
        lost |= {*more}
        made.append(record if is_record(record) else Unreadable("a row without eventID and eventTime"))
    fields = sorted({_EVENT_HISTORY.get(str(column).lower(), str(column)) for column in columns} - lost)
    return Entries(
        made,
        f"{what} with {len(fields)} of a record's fields ({', '.join(fields)}): rows kept, but a detector that asks "
        "for another field cannot match. The JSON download, or the trail's log files, have all of them",
    )


def _time(value: Any) -> Any:
    """Return a time as CloudTrail writes it, if it is in the console's words."""
    said = _IN_WORDS.fullmatch(value) if isinstance(value, str) else None
    if not said:
        return value
    moment = datetime.strptime(f"{said['time']} {said['offset']}", "%B %d, %Y, %H:%M:%S %z")
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
