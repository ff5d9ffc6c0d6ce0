"""What a form gives: entries, each a record or the reason why it is none."""

from typing import Any, NamedTuple, cast

from workshop.logs.json_text import kind_of, value_of
from workshop.logs.record import Record
from workshop.logs.unpacking import Unreadable


class Entries(NamedTuple):
    """The entries of a document, in order, and what the form itself has lost of them, "" if nothing.

    An entry is a record, an Unreadable, or whatever stands where a record should. `digests` counts digest files, which
    are in order, but hold no records.
    """

    entries: list[Any]
    lost: str = ""
    digests: int = 0


def is_record(value: object) -> bool:
    """Tell whether a value is a CloudTrail record, by the fields that all of them have: an id, or a time.

    Aggregated events, since 2025, write eventId.
    """
    if not isinstance(value, dict):
        return False
    return "eventID" in value or "eventTime" in value or ("eventId" in value and "eventVersion" in value)


def record_in(text: object, what: str) -> Record | Unreadable:
    """Return the record that a text holds, or that stands in its place (as jq's fromjson leaves it).

    If there is none, return the reason. `what` says what the text is.
    """
    if is_record(text):
        return cast(Record, text)
    if not isinstance(text, str):
        return Unreadable(f"{what} is {kind_of(text)}, not the text of a record")
    try:
        value = value_of(text.encode())
    except (ValueError, RecursionError) as error:
        return Unreadable(f"{what} is no JSON: {error}")
    return value if is_record(value) else Unreadable(f"{what} holds no record but {text[:60]!r}")


def from_columns(columns: dict[str, Any]) -> tuple[Record, list[str]]:
    """Return the record that a row of a table makes, {column: value}, and the columns whose values are lost.

    Columns are named as CloudTrail names its fields, "userIdentity.arn" for a field in another one. A value that is
    JSON in text is taken as that; one that is the text of a program's own map ("{type=IAMUser}") is lost.
    """
    record: Record = {}
    lost = list[str]()
    for name, value in columns.items():
        if value in (None, ""):
            continue
        if isinstance(value, str) and value[0] in "{[":
            try:
                value = value_of(value.encode())
            except (ValueError, RecursionError):
                lost.append(name)
                continue
        into, *path = record, *name.split(".")
        for part in path[:-1]:
            into = into.setdefault(part, {}) if isinstance(into, dict) else None
        if not isinstance(into, dict):  # a column above has another value in its place
            lost.append(name)
            continue
        into[path[-1]] = {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
    return record, lost
