"""Which form a document, or the text of a file, is of, and the entries in it."""

from typing import Any

from workshop.logs.forms import cloudwatch_logs, eventbridge, log_files, lookup_events, refused, search_engines, tables
from workshop.logs.forms.entries import Entries
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
    table = tables.of_text(text)
    if table:
        return [table]
    return documents_in(cloudwatch_logs.without_times(text) or text)


def entries_of(document: Any) -> Entries:
    """Return the entries of a document.

    Raises: Unreadable when it is of no form that is read; log_files.Digest when it is a digest file.
    """
    if isinstance(document, Entries):
        return document
    if isinstance(document, Unreadable):
        raise document
    if isinstance(document, list):
        return _of_array(document)
    if not isinstance(document, dict):
        raise Unreadable(f'holds {kind_of(document)}, not an object with "Records"')
    for reader in _READERS:
        found = reader(document)
        if found is not None:
            return found
    refused.refuse(document)
    raise Unreadable(f"holds no Records; its fields: {', '.join(map(repr, list(document)[:5])) or 'none'}")


def _of_array(array: list[Any]) -> Entries:
    """Return the entries of all documents in an array: records, or any other form."""
    if not array:
        raise Unreadable("holds an empty list, no records")
    entries, lost = list[Any](), dict[str, None]()
    for one in array:
        if not isinstance(one, (dict, list)):
            entries.append(one)
            continue
        try:
            found = entries_of(one)
        except (Unreadable, log_files.Digest) as problem:
            entries.append(
                problem if isinstance(problem, Unreadable) else Unreadable("a digest, which holds no records")
            )
        else:
            entries += found.entries
            lost.update(dict.fromkeys(filter(None, [found.lost])))
    if all(isinstance(one, Unreadable) for one in entries):
        raise entries[0]
    return Entries(entries, "; ".join(lost))
