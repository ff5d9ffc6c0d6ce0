"""What a CloudTrail record is in Python, for signatures."""

from typing import Any

# A record as its file has it: a JSON object with the fields that CloudTrail wrote. No field is sure to be there.
Record = dict[str, Any]


def is_text(value: Any) -> bool:
    """Tell whether a value is text that can be written: JSON's escapes can spell halves of characters."""
    if not isinstance(value, str):
        return False
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def id_of(record: Record) -> str | None:
    """Return a record's id if it has one: its eventID, or its eventId where it has no eventID, if that is text."""
    one = record.get("eventID", record.get("eventId"))
    return one if is_text(one) else None


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
