"""CloudTrail's own form: {"Records": [...]}, which the console's Event history downloads too; or a record alone."""

from workshop.logs.forms import refused
from workshop.logs.forms.entries import Entries, from_columns, is_record
from workshop.logs.json_text import kind_of
from workshop.logs.unpacking import Unreadable

_FLATTENED = (
    'flattened records ("userIdentity.arn"): read, their fields back in their places, but a detector that asks for a '
    "field that was left out cannot match. The trail's log files have all of them"
)
_COLUMNS = (
    "columns instead of records, as pandas' to_json writes them unless it is asked for records: write them with "
    '`to_json(…, orient="records")`'
)


def entries(document: dict) -> Entries | None:
    """Return the entries of a log file, a digest or a record."""
    for name in ("Records", "records"):
        if name in document:
            if not isinstance(document[name], list):
                raise Unreadable(f"{name} is {kind_of(document[name])}, not a list")
            refused.refuse_notices(document[name])
            if name == "Records" or all(map(is_record, document[name])):
                return Entries(document[name])
    if "digestStartTime" in document:
        return Entries([], digests=1)
    if not is_record(document):
        return None
    if isinstance(document.get("eventID", document.get("eventTime")), dict):
        raise Unreadable(_COLUMNS)
    if "userIdentity" not in document and any(name.startswith("userIdentity.") for name in document):
        record, lost = from_columns(document)
        return Entries([record], _FLATTENED + (f"; left out: {', '.join(lost)}" if lost else ""))
    return Entries([document])
