"""What a CloudTrail record is in Python, for signatures."""

from typing import Any

# A record as its file has it: a JSON object with the fields that CloudTrail wrote. No field is sure to be there.
Record = dict[str, Any]


def as_usual(record: Record) -> Record:
    """Return a record with the names that nearly all have for its id, time and account.

    An aggregated event (since November 2025) has eventId, timeWindow and accountId in the place of eventID, eventTime
    and recipientAccountId; its time is then the start of the window.
    """
    if "eventId" not in record or "eventID" in record:
        return record
    window = record.get("timeWindow")
    start = window.get("windowStart") if isinstance(window, dict) else None
    return {"eventID": record["eventId"], "eventTime": start, "recipientAccountId": record.get("accountId"), **record}
