"""Records with values of the wrong kind, which some services write: only what is right of them, the rest listed."""

import json
from typing import Any

from workshop.logs.json_text import however_deep, kind_of
from workshop.logs.record import Record, as_usual, is_text
from workshop.logs.table.columns import COLUMNS
from workshop.logs.tally import Tally


def tidy(record: Record, path: str, index: int, tally: Tally) -> Record:
    """Return a record's fields of the column table, nested as in the record, without values of the wrong kind.

    These are missing from the row then, and listed. A list of texts (some services give several user agents) is joined,
    but for ids: several are none.
    """
    record = as_usual(record)
    clean, reported = Record(), set[str]()
    for column in COLUMNS:
        value: Any = record
        into = clean
        for depth, name in enumerate(column.path):
            value = value.get(name)
            last = depth == len(column.path) - 1
            several = last and column.kind != "id" and isinstance(value, list) and value
            if several and all(isinstance(text, str) for text in value):
                value = ", ".join(value)
            fits = (
                is_text(value) or (column.kind == "flag" and isinstance(value, bool))
                if last
                else isinstance(value, dict)
            )
            if not fits:
                where = ".".join(column.path[: depth + 1])
                if value is not None and where not in reported:
                    reported.add(where)
                    wanted = {"flag": "true or false"}.get(column.kind, "text") if last else "an object"
                    shown = however_deep(json.dumps, value)[:60] if last else kind_of(value)
                    tally.skip(path, index, f"{where} left out: {shown} is not {wanted}")
                break
            if last:
                into[name] = value
            else:
                into = into.setdefault(name, {})
    return clean
