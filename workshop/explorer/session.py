"""One view of the events: the last query, what is shown for it, and the memory that outlives a cell's re-run."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from workshop.explorer.query import HEADS, Query
from workshop.explorer.search import COUNTED, FILTERS, Search
from workshop.logs.record import Record

# The last query, the opened rows and the resources, by the identity of their events; as long as the kernel lives.
remembered: dict[tuple[object, ...], dict[str, Any]] = {}


def identity_of(events: pd.DataFrame) -> tuple[object, ...]:
    """Return what distinguishes these events from others: source, columns, number, the first and the last."""
    ends = [str(events["eventID"].iloc[i]) for i in (0, -1)] if len(events) else []
    return (str(events.attrs.get("source")), *events.columns, len(events), *ends)


class Session:
    """The events, the query and the answer to it; `opened` are the numbers of the rows whose records are open."""

    def __init__(self, events: pd.DataFrame) -> None:
        new: dict[str, Any] = {"query": {}, "opened": [], "resources": None}
        self.search = Search(events)
        self.memory = remembered.setdefault(identity_of(events), new)
        self.search.resources = self.memory["resources"]
        self.query, self.message = Query(), ""
        self.mask = np.ones(len(events), dtype=bool)
        self.ask(self.memory["query"])

    def ask(self, asked: dict[str, Any]) -> None:
        """Take the query in a dict; if it cannot be answered, `message` says why and the rows stay as they were."""
        try:
            query = Query.of(asked)
            self.mask, self.query, self.message = self.search.matching(query), query, ""
        except ValueError as error:
            self.message = str(error)
        self.memory["query"] = {**asdict(self.query), **asked} if self.message else asdict(self.query)

    def filter(self, asked: dict[str, Any]) -> None:
        """Change some filters and go to the first page. Raises: ValueError if there is no such filter."""
        asked = {**asdict(self.query), "page": 0, **asked}
        Query.of(asked)
        self.ask(asked)

    @property
    def heads(self) -> dict[str, str]:
        """{column: head} of the table; resources are among them once they are known."""
        return {name: head for name, head in HEADS.items() if self.search.knows(name)}

    @property
    def selection(self) -> pd.DataFrame:
        """The rows that match, oldest first, as a DataFrame."""
        return self.search.events[self.mask]

    def view(self) -> dict[str, Any]:
        """Return all that is shown, fit for JSON: message, numbers, a page of rows, histogram, counted values."""
        rows, page = self.search.rows(self.query, self.mask)
        self.query = replace(self.query, page=page)
        matched = int(self.mask.sum())
        heads, counted = self.heads, []
        for name in filter(self.search.has, COUNTED):
            values = self.search.values(name).counts(self.mask, self.query.rarest)
            counted.append({"name": name, "distinct": len(values), "values": values[:6]})
        self.memory["resources"] = self.search.resources
        return {
            "columns": list(heads.items()),
            "message": self.message,
            "total": len(self.mask),
            "matched": matched,
            "failed": int((self.mask & self.search.failed()).sum()),
            "undated": int((self.mask & ~self.search.dated).sum()),
            "page": page,
            "pages": max(1, -(-matched // self.query.size)),
            "rows": [[int(row), *self.search.shown(row, heads)] for row in rows],
            "histogram": self.search.histogram(self.query, self.mask),
            "counted": counted,
        }

    def pivots(self) -> dict[str, str]:
        """Return {path in a record: the filter that finds the records with the same value there}."""
        paths = dict.fromkeys(self.search.texts, "text")
        for name, known in FILTERS.items():
            paths.update(dict.fromkeys([known.columns[0], *known.besides], name))
        return paths

    def record(self, row: int) -> tuple[Record, str, str]:
        """Return (record, how to get it in Python, problem) of a row; if it cannot be read, what the columns hold."""
        from workshop.logs.table.events import record_of

        events = self.search.events
        code, problem = f"record_of(events, {events.index[row]})", ""
        try:
            record = record_of(events, events.iloc[row])
        except Exception as error:  # whatever is wrong with a file, the explorer goes on
            problem = f"The full record could not be read: {error.args[0] if error.args else error!r}"
            problem += " Here is what the columns hold."
            record = nested(events.iloc[row])
        return record, code, problem


def nested(row: pd.Series) -> Record:
    """Return a row of dotted columns as a record; missing values are left out."""
    record: Record = {}
    for name, value in row.items():
        if not isinstance(value, (list, dict)) and pd.isna(value):
            continue
        *parents, last = str(name).split(".")
        place = record
        for parent in parents:
            if not isinstance(place.get(parent), dict):
                place[parent] = {}
            place = place[parent]
        place[last] = (
            value.isoformat() if isinstance(value, pd.Timestamp) else getattr(value, "item", lambda v=value: v)()
        )
    return record
