"""EventBridge's envelope, {"detail-type": "AWS API Call via CloudTrail", "detail": the record}."""

from workshop.logs.forms.entries import Entries, is_record
from workshop.logs.unpacking import Unreadable


def entries(document: dict) -> Entries | None:
    """Return the record in an event of EventBridge."""
    if "detail-type" not in document or "detail" not in document:
        return None
    if is_record(document["detail"]):
        return Entries([document["detail"]])
    return Entries([Unreadable(f"an EventBridge event without a record: {document['detail-type']!r}")])
