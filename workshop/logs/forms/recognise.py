"""Which form a document, or the text of a file, is of, and the entries in it."""

from collections.abc import Callable
from typing import Any

from workshop.logs.forms import cloudwatch_logs, eventbridge, log_files, lookup_events, refused, search_engines, tables
from workshop.logs.forms.entries import Entries, record_in
from workshop.logs.json_text import documents_in, kind_of
from workshop.logs.unpacking import Unreadable

_READERS = (
    log_files.entries,
    lookup_events.entries,
    eventbridge.entries,
    cloudwatch_logs.entries,
    tables.entries,
    search_engines.entries,
)


def documents_of(text: str) -> list[Any]:
    """Return the documents in the text of a file: those of JSON, or the Entries of a table; see `entries_of`.

    Raises: Unreadable when there is none.
    """
    table = _tried(tables.of_text, text)
    if table:
        return [table]
    return documents_in(cloudwatch_logs.without_times(text) or text)


def entries_of(document: Any) -> Entries:
    """Return the entries of a document.

    Raises: Unreadable when it is of no form that is read.
    """
    if isinstance(document, Entries):
        return document
    if isinstance(document, Unreadable):
        raise document
    if isinstance(document, list):
        return _of_array(document)
    if _holds_an_object(document):
        return Entries([record_in(document, "a string")])
    if not isinstance(document, dict):
        raise Unreadable(f'holds {kind_of(document)}, not an object with "Records"')
    for reader in _READERS:
        found = _tried(reader, document)
        if found is not None:
            return found
    refused.refuse(document)
    raise Unreadable(f"holds no Records; its fields: {', '.join(map(repr, list(document)[:5])) or 'none'}")


def _of_array(array: list[Any]) -> Entries:
    """Return the entries of all documents in an array: records, or any other form."""
    if not array:
        raise Unreadable("holds an empty list, no records")
    entries, lost, digests = list[Any](), dict[str, None](), 0
    for one in array:
        try:
            if not isinstance(one, (dict, list)) and not _holds_an_object(one):
                raise Unreadable(f"not an object but {kind_of(one)}")
            found = entries_of(one)
        except Unreadable as problem:
            entries.append(problem)
        else:
            entries += found.entries
            lost.update(dict.fromkeys(filter(None, [found.lost])))
            digests += found.digests
    if entries and not digests and all(isinstance(one, Unreadable) for one in entries):
        raise entries[0]
    return Entries(entries, "; ".join(lost), digests)


def _holds_an_object(value: object) -> bool:
    """Tell whether a value is a text that may be a record, as `--query 'Events[].CloudTrailEvent'` leaves it."""
    return isinstance(value, str) and value.lstrip().startswith("{")


def _tried(reader: Callable[[Any], Entries | None], document: Any) -> Entries | None:
    """Return what a reader gives: whatever it stumbles over costs this document, not the others."""
    try:
        return reader(document)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        name = reader.__module__.rpartition(".")[2]
        raise Unreadable(
            f"looks like a form that is read ({name}), but something in it is not as it should be: "
            f"{type(error).__name__}: {error}"
        ) from error
