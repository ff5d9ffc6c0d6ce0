"""EventBridge's envelope, {"detail-type": "AWS API Call via CloudTrail", "detail": the record}."""

from workshop.logs.forms.entries import Entries, is_record, unwrapped
from workshop.logs.unpacking import Unreadable


def entries(document: dict) -> Entries | None:
    """Return the record in an event of EventBridge."""
    detail = unwrapped(document)
    if detail is document:
        return None
    if is_record(detail):
        return Entries([detail])
    return Entries([Unreadable(f"an EventBridge event without a record: {document['detail-type']!r}")])
