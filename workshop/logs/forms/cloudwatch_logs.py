"""CloudTrail by way of CloudWatch Logs: each record is the message of a log event.

Read are the documents that a subscription sends (through Firehose too), what `aws logs filter-log-events` and
`get-log-events` print, the results of a query of Logs Insights, and the lines of an export task or of `aws logs tail`,
which stand behind their times.
"""

from typing import Any

from workshop.logs.forms.entries import Entries, record_in, unfinished
from workshop.logs.forms.first_bytes import TIMES

_WHAT = "the message of a CloudWatch Logs event"


def entries(document: dict) -> Entries | None:
    """Return the records in the messages of a document."""
    if document.get("messageType") == "CONTROL_MESSAGE":
        return Entries([])  # sent now and then, to see whether somebody takes it
    for name in ("logEvents", "events"):
        events = document.get(name)
        if isinstance(events, list) and all(isinstance(one, dict) and "message" in one for one in events):
            return Entries([record_in(one["message"], _WHAT) for one in events])
    rows = document.get("results")
    if isinstance(rows, list) and all(isinstance(row, list) for row in rows):
        return Entries([_in_row(row) for row in rows], unfinished(document.get("status"), "Complete"))
    return None


def _in_row(row: list[Any]) -> Any:
    found = (one.get("value") for one in row if isinstance(one, dict) and one.get("field") == "@message")
    return record_in(next(found, None), "@message of a CloudWatch Logs Insights row")


def without_times(text: str) -> str | None:
    """Return the text of an export without the times before its lines; None if it is no such text."""
    return TIMES.sub("", text) if TIMES.search(text) else None
