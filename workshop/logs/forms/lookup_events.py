"""What `aws cloudtrail lookup-events` prints and boto3 returns: each record as text in an envelope."""

from workshop.logs.forms.entries import Entries, record_in

_TEXT = "CloudTrailEvent"


def entries(document: dict) -> Entries | None:
    """Return the records of one answer, {"Events": [...]}, or of one of its events."""
    if _TEXT in document:
        return Entries([record_in(document[_TEXT], _TEXT)])
    events = document.get("Events")
    if not isinstance(events, list) or not all(isinstance(one, dict) and "EventId" in one for one in events):
        return None
    return Entries([record_in(one.get(_TEXT), _TEXT) for one in events])
