"""Exports that keep the record as it came: Splunk's `_raw`, Elastic's `event.original`, a `message` of Logstash …"""

from workshop.logs.forms.entries import Entries, is_record, record_in
from workshop.logs.forms.first_bytes import WHOLE
from workshop.logs.record import Record
from workshop.logs.unpacking import Unreadable


def entries(document: dict) -> Entries | None:
    """Return the record in one result of a search, or those in all results of an answer.

    Raises: Unreadable when only the search engine's own fields are left.
    """
    hits = document.get("hits")
    for results in (hits.get("hits") if isinstance(hits, dict) else None, document.get("results")):
        if isinstance(results, list) and all(isinstance(one, dict) for one in results):
            found = [_in_result(one) for one in results]
            if found and all(one is None for one in found):
                return None
            return Entries([one or Unreadable("a result without a record") for one in found])
    one = _in_result(document)
    if isinstance(one, Unreadable):
        raise one
    return Entries([one]) if one else None


def _in_result(result: dict) -> Record | Unreadable | None:
    """Return the record in a result of a search, why it has none, or None if it is no such result."""
    inside = next((result[name] for name in ("result", "_source") if isinstance(result.get(name), dict)), result)
    event = inside.get("event")
    for whole in (inside, event):  # as Logstash's codec for CloudTrail leaves it, and as Splunk's collector takes it
        if is_record(whole) and isinstance(whole.get("userIdentity"), dict):
            return whole
    if isinstance(event, dict) and "original" in event:
        inside = {**inside, "event.original": event["original"]}
    found = {name: record_in(inside[name], name) for name in WHOLE if inside.get(name) is not None}
    for one in found.values():
        if not isinstance(one, Unreadable):
            return one
    for name, why in found.items():
        if name != "message":  # that may be any program's
            return why
    if "result" in result and "sourcetype" in inside:
        return Unreadable("Splunk's form without _raw: export it with `| table _raw`")
    if "@timestamp" in inside and not {"_source", "ecs", "agent", "event"} & {*result, *inside}:
        return Unreadable(
            "a row of Logs Insights, or of a search, without the record: have it show @message, or read the trail's "
            "log files"
        )
    if "@timestamp" in inside or "_source" in result:
        return Unreadable(
            "Elastic's form without event.original, whose fields are not CloudTrail's: keep the original event "
            "(the integration's setting `preserve_original_event`), or read the trail's log files"
        )
    return None
