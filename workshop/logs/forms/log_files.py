"""CloudTrail's own form: {"Records": [...]}, which the console's Event history downloads too; or a record alone."""

from workshop.logs.forms import refused
from workshop.logs.forms.entries import Entries, is_record
from workshop.logs.json_text import kind_of
from workshop.logs.unpacking import Unreadable


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
    return Entries([document]) if is_record(document) else None
