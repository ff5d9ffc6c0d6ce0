"""Which resources a call touched: named in a record's `resources`, or else in the parameters of the call.

The events table has no column of them, so they are read from the log files, once, when they are first needed.
"""

import re

import pandas as pd

from workshop.logs.addresses import is_s3
from workshop.logs.files import read_files
from workshop.logs.record import Record
from workshop.logs.records import parse
from workshop.logs.tally import Tally
from workshop.logs.visible import visible

NAMES_A_RESOURCE = re.compile(r"([nN]ame|A(rn|RN)|Id|Identifier|Url)s?$")
# They look like names of resources, but are not.
NAMES_NO_RESOURCE = {
    "filterSet", "encryptionContext", "roleSessionName", "agentName", "platformName", "computerName", "attributeNames",
    "associationId", "availabilityZoneId", "registryId", "clientRequestToken",
}  # fmt: skip


def resources_of(record: Record) -> list[str]:
    """Return the names of the resources in a record, ARNs first, each once."""
    listed = record.get("resources")
    parts = listed if isinstance(listed, list) else []
    found = [part["ARN"] for part in parts if isinstance(part, dict) and isinstance(part.get("ARN"), str)]
    todo: list[tuple[str, object]] = [("", record.get("requestParameters"))]
    while todo:
        key, value = todo.pop(0)
        if isinstance(value, dict):
            todo += [pair for pair in value.items() if pair[0] not in NAMES_NO_RESOURCE]
        elif isinstance(value, list):
            todo += [(key, part) for part in value]
        elif (
            isinstance(value, str) and NAMES_A_RESOURCE.search(key) and not any(name.endswith(value) for name in found)
        ):
            found.append(value)
    return found


def _sendable(text: str) -> str:
    """Return a text as it can be sent to the browser: halves of characters, which JSON can spell, are escaped."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return visible(text)
    return text


def can_read(events: pd.DataFrame) -> bool:
    """Return whether the rows say where their records lie, in files near enough to be read at once."""
    if not {"logFile", "logIndex"} <= set(events.columns):
        return False
    return not any(is_s3(str(path)) for path in events["logFile"].iloc[:1])


def read_resources(events: pd.DataFrame) -> pd.Series:
    """Return a Series of text, one for each row: the names of its resources with commas between, "" for none."""
    row_at = {place: row for row, place in enumerate(zip(events["logFile"], events["logIndex"], strict=True))}
    texts = [""] * len(events)
    tally = Tally()
    for path, data in read_files(dict.fromkeys(path for path, _ in row_at), tally):
        for index, record in parse(data, path, tally):
            if (path, index) in row_at:
                texts[row_at[path, index]] = _sendable(", ".join(resources_of(record)))
    return pd.Series(texts, dtype=object)
