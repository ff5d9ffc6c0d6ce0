"""Exports of search engines that keep the record as it came: Splunk's `_raw`, Elastic's `event.original`."""

from typing import Any

from workshop.logs.forms.entries import Entries, record_in
from workshop.logs.unpacking import Unreadable


def entries(document: dict) -> Entries | None:
    """Return the record in one result of a search.

    Raises: Unreadable when only the search engine's own fields are left.
    """
    result = document.get("result")
    if isinstance(result, dict) and ("_raw" in result or "sourcetype" in result):
        return _original(result.get("_raw"), "Splunk's form without _raw: export it with `| table _raw`")
    if "_raw" in document:
        return _original(document["_raw"], "")
    inside = document.get("_source", document)
    if isinstance(inside, dict) and ("@timestamp" in inside or "_source" in document):
        event = inside.get("event")
        original = event.get("original") if isinstance(event, dict) else inside.get("event.original")
        return _original(
            original,
            "Elastic's form without event.original, whose fields are not CloudTrail's: keep the original event "
            "(the integration's setting `preserve_original_event`), or read the trail's log files",
        )
    return None


def _original(text: Any, missing: str) -> Entries:
    if text is None:
        raise Unreadable(missing)
    return Entries([record_in(text, "the original event")])
