"""What a form gives: entries, each a record or the reason why it is none."""

from typing import Any, NamedTuple, TypeGuard

from workshop.logs.json_text import kind_of, value_of
from workshop.logs.record import Record
from workshop.logs.unpacking import Unreadable

# CloudTrail's fields that hold objects or lists, wherever they are, and those that are true or false. All others are
# texts, but for what is inside of a request or an answer: that may be anything.
_STRUCTURES = {
    *("userIdentity", "requestParameters", "responseElements", "additionalEventData", "resources", "tlsDetails"),
    *("serviceEventDetails", "insightDetails", "edgeDeviceDetails", "addendum", "sessionContext", "sessionIssuer"),
    *("webIdFederationData", "attributes", "onBehalfOf"),
}
_FLAGS = {"readOnly", "managementEvent"}


class Entries(NamedTuple):
    """The entries of a document, in order, and what the form itself has lost of them, "" if nothing.

    An entry is a record, an Unreadable, or whatever stands where a record should. `digests` counts digest files, which
    are in order, but hold no records.
    """

    entries: list[Any]
    lost: str = ""
    digests: int = 0


def is_record(value: object) -> TypeGuard[Record]:
    """Tell whether a value is a CloudTrail record, by the fields that all of them have: an id, or a time.

    Aggregated events, since 2025, write eventId.
    """
    if not isinstance(value, dict):
        return False
    return "eventID" in value or "eventTime" in value or ("eventId" in value and "eventVersion" in value)


def unwrapped(value: Any) -> Any:
    """Return what is in EventBridge's envelope, or the value itself if it is in none."""
    return value["detail"] if isinstance(value, dict) and {"detail-type", "detail"} <= value.keys() else value


def record_in(text: object, what: str) -> Record | Unreadable:
    """Return the record that a text holds, or that stands in its place (as jq's fromjson leaves it).

    It may be in EventBridge's envelope. If there is none, return the reason. `what` says what the text is.
    """
    if is_record(found := unwrapped(text)):
        return found
    if not isinstance(text, str):
        return Unreadable(f"{what} is {kind_of(text)}, not the text of a record")
    try:
        value = unwrapped(value_of(text.encode()))
    except (ValueError, RecursionError) as error:
        return Unreadable(f"{what} is no JSON: {error}")
    return value if is_record(value) else Unreadable(f"{what} holds no record but {text[:60]!r}")


def unfinished(status: object, at_the_end: str) -> str:
    """Return what is lost of a query's results, by the status beside them: "" if the query came to its end."""
    if status in (None, at_the_end):
        return ""
    return (
        f"results of a query with the status {status!r}, not {at_the_end!r}: there may be more, so ask for them again"
    )


def from_columns(columns: dict[str, Any]) -> tuple[Record, list[str]]:
    """Return the record that a row of a table makes, {column: value}, and the columns whose values are lost.

    Columns are named as CloudTrail names its fields, "userIdentity.arn" for a field in another one. A value of text is
    taken as what the field holds. Lost is what is no JSON where an object belongs ("{type=IAMUser}", a program's own
    map), and what another column contradicts.
    """
    record: Record = {}
    lost = list[str]()
    for name, value in sorted(columns.items(), key=lambda column: column[0].count(".")):
        if value in (None, ""):
            continue
        try:
            value = _converted(name, value)
        except (ValueError, RecursionError):
            lost.append(name)
            continue
        into: Any = record
        *path, last = name.split(".")
        for part in path:
            into = into.setdefault(part, {}) if isinstance(into, dict) else None
        if not isinstance(into, dict) or into.setdefault(last, value) != value:
            lost.append(name)
    return record, lost


def _converted(name: str, value: Any) -> Any:
    """Return the value of a column as CloudTrail would write it. Raises: ValueError when that cannot be told."""
    if not isinstance(value, str):
        return value
    field = name.rpartition(".")[2]
    if field in _STRUCTURES:
        decoded = value_of(value.encode())
        if not isinstance(decoded, (dict, list, type(None))):
            raise ValueError(f"{kind_of(decoded)} in the place of an object")
        return decoded
    inside = name.partition(".")[0] in _STRUCTURES - {"userIdentity"}
    if inside and value[0] in "{[":
        return value_of(value.encode())
    if inside or field in _FLAGS:
        return {"true": True, "false": False}.get(value.lower(), value)
    return value.lower() if value in ("TRUE", "FALSE") else value  # Excel's, of texts such as mfaAuthenticated
