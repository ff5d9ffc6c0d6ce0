"""Finding, ordering, counting and paging of events, fast enough to answer at each keystroke over 100,000 rows."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workshop.explorer.coded import Coded, Mask
from workshop.explorer.query import Query, matches, words
from workshop.explorer.resources import can_read, read_resources
from workshop.logs.table.columns import LOCATION
from workshop.logs.who import WHO


class Filter(NamedTuple):
    """A filter by value: columns that give a row's value (the first that has one), and columns searched besides."""

    label: str
    columns: list[str]
    besides: tuple[str, ...] = ()


FILTERS = {
    # Insights and aggregated events are about many calls: they have a type and no name.
    "eventName": Filter("Event name", ["eventName", "eventType"]),
    "eventSource": Filter("Event source", ["eventSource"]),
    "user": Filter(
        "User",
        [f"userIdentity.{part}" for part in WHO],
        ("userIdentity.userName", "userIdentity.sessionContext.sessionIssuer.userName"),
    ),
    "resource": Filter("Resource", ["resource", "resources.ARN", "resources"]),
    "sourceIPAddress": Filter("Source address", ["sourceIPAddress"]),
    "accessKeyId": Filter("Access key", ["userIdentity.accessKeyId"]),
    "awsRegion": Filter("Region", ["awsRegion"]),
    # A failed sign-in to the console has a message and no code.
    "errorCode": Filter("Error", ["errorCode", "errorMessage"], ("errorMessage",)),
}
COUNTED = ["eventName", "eventSource", "user", "sourceIPAddress", "errorCode"]
BARS = 60  # at most; the narrowest step that needs no more of them is taken
SECOND = 1_000_000_000  # all times here are in nanoseconds
STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200]
STEPS += [86400 * days for days in (1, 2, 7, 14, 30, 90, 365, 3650)]
NO_TIME = np.iinfo(np.int64).min  # how pandas stores NaT


def _nanoseconds(times: pd.DatetimeIndex) -> np.ndarray:
    """Return times in nanoseconds since 1970; NO_TIME too for those, such as the year 1, that do not fit."""
    numbers, factor = times.asi8, {"s": SECOND, "ms": 1_000_000, "us": 1_000, "ns": 1}[times.unit]
    most = np.iinfo(np.int64).max // factor
    return np.where((numbers > -most) & (numbers < most), numbers * factor, NO_TIME)


class Search:
    """The events, ready to be searched.

    Raises: TypeError if `events` is not a DataFrame, lacks columns or has no times.
    """

    def __init__(self, events: pd.DataFrame) -> None:
        if not isinstance(events, pd.DataFrame):
            raise TypeError(
                f"explore() takes a DataFrame of load_events; got {type(events).__name__} {str(events)[:60]!r}. "
                "Load the log files first: explore(load_events(source))."
            )
        missing = [name for name in ("eventTime", "eventName", "eventSource", "eventID") if name not in events]
        if missing:
            raise TypeError(
                f"explore() takes a DataFrame of load_events; this one lacks {', '.join(missing)} "
                f"(its columns: {', '.join(map(str, events.columns[:8]))} …). Choose rows of it, but keep the columns."
            )
        if not isinstance(events["eventTime"].dtype, pd.DatetimeTZDtype):
            kind = events["eventTime"].dtype
            raise TypeError(f"explore() needs eventTime as load_events makes it, in UTC; here its type is {kind}.")
        self.events = events
        self.resources: Coded | None = None  # until they are read from the files
        self.times = _nanoseconds(pd.DatetimeIndex(events["eventTime"]))
        self.dated = self.times != NO_TIME
        known = self.times[self.dated]
        self.first, self.last = (int(known.min()), int(known.max())) if len(known) else (0, 0)
        numbers = events.select_dtypes(["number", "bool", "datetimetz", "datetime", "timedelta"])
        beside = {column.name for column in LOCATION}  # a search for us-east-1 is not meant for folders
        self.texts = [name for name in events if name not in numbers and name not in beside]
        # One filter changes at a time: the answers of the others are kept. So are the orders, for paging.
        self.column = lru_cache(None)(self._column)
        self.mask = lru_cache(64)(self._mask)
        self.order = lru_cache(8)(self._order)

    def _column(self, *names: str) -> Coded:
        # By position, since by name the events hand out categories as plain text.
        places = [self.events.columns.get_loc(name) for name in names if name in self.events]
        kept = pd.DataFrame(self.events)  # as the table keeps its columns
        return Coded(len(kept), [kept.iloc[:, place] for place in places])

    def days(self) -> tuple[str, str]:
        """Return the first and the last day of the events, as text."""
        return str(pd.Timestamp(self.first).date()), str(pd.Timestamp(self.last).date())

    def values(self, name: str) -> Coded:
        """Return the Coded texts of a filter or column; resources without a column are read now, from the files."""
        if name == "resource" and not self.knows(name):
            self.resources = Coded(len(self.events), [read_resources(self.events)])
        if name == "resource" and self.resources:
            return self.resources
        return self.column(*FILTERS[name].columns) if name in FILTERS else self.column(name)

    def has(self, name: str) -> bool:
        """Return whether the filter or column `name` can be answered."""
        return self.knows(name) or (name == "resource" and can_read(self.events))

    def knows(self, name: str) -> bool:
        """Return whether the filter or column `name` can be answered without reading files."""
        columns = FILTERS[name].columns if name in FILTERS else [name]
        return any(column in self.events for column in columns) or (name == "resource" and self.resources is not None)

    def failed(self) -> Mask:
        """Return which rows are calls that failed."""
        return self.values("errorCode").codes >= 0

    def _mask(self, name: str, pattern: str) -> Mask:
        """Return which rows one filter lets through."""
        if name == "text":
            return self.free_text(pattern)
        if name == "result":
            return self.failed() == (pattern == "failed")
        if name == "readOnly":
            column = self.values(name)
            return column.rows_with([value == ("true" if pattern == "read" else "false") for value in column.lowered])
        found = np.zeros(len(self.events), dtype=bool)
        for column in (self.values(name), *map(self.column, FILTERS[name].besides)):
            chosen, negated = matches(pattern, column.lowered)
            found |= column.rows_with(chosen)
        return ~found if negated else found

    def free_text(self, text: str) -> Mask:
        """Return which rows have each wanted word of `text` in some column of text, and no unwanted one."""
        mask = np.ones(len(self.events), dtype=bool)
        for word, wanted in words(text):
            found = np.zeros(len(self.events), dtype=bool)
            for column in map(self.column, self.texts):
                found |= column.rows_with([word in value for value in column.lowered])
            mask &= found == wanted
        return mask

    def matching(self, query: Query) -> Mask:
        """Return which rows match all filters of a Query. Raises: ValueError for a filter that cannot be answered."""
        mask = np.ones(len(self.events), dtype=bool)
        for bound, inside in zip(query.times(), (np.greater_equal, np.less), strict=True):
            if bound is not None:
                mask &= self.dated & inside(self.times, bound.value)
        for name in ("text", "result", "readOnly", *FILTERS):
            pattern = getattr(query, name).strip()
            if pattern.strip("!|* "):
                if name in FILTERS and not self.has(name):
                    raise ValueError(f"These events hold nothing to filter by {name}. Try a word in Any text.")
                mask &= self.mask(name, pattern)
        return mask

    def _order(self, sort: str, descending: bool) -> np.ndarray:
        """Return all row numbers in order; equal rows stay as they are in the frame, missing values come last."""
        if sort == "eventTime":
            keys, missing = self.times, ~self.dated
        else:
            keys = self.values(sort).ranks()
            missing = keys < 0
        keys = -keys if descending else keys
        return np.argsort(np.where(missing, np.iinfo(np.int64).max, keys), kind="stable")

    def rows(self, query: Query, mask: Mask) -> tuple[np.ndarray, int]:
        """Return the row numbers of the query's page, and the page (the last one if there are fewer)."""
        order = self.order(query.sort, query.descending)
        order = order[mask[order]]
        page = max(0, min(query.page, (len(order) - 1) // query.size))
        return order[page * query.size : (page + 1) * query.size], page

    def shown(self, row: int, names: Iterable[str]) -> list[str]:
        """Return the texts of a row for the columns `names`, of HEADS."""
        time = self.events["eventTime"].iloc[row]
        kinds = {"true": "read", "false": "write"}
        special = {"eventTime": "" if pd.isna(time) else f"{time:%Y-%m-%d %H:%M:%S}"}
        special["readOnly"] = kinds.get(self.values("readOnly").at(row).lower(), "")
        return [special[name] if name in special else self.values(name).at(row) for name in names]

    def histogram(self, query: Query, mask: Mask) -> dict[str, Any]:
        """Return the rows of `mask` counted over time: start and step in seconds, counts, and those that failed.

        The bars span the query's time range, or that of all events, in whole steps of UTC.
        """
        if not self.dated.any():
            return {"start": 0, "step": 1, "counts": [], "failed": []}
        start, end = query.times()
        start = self.first if start is None else max(self.first, start.value)
        end = self.last if end is None else min(self.last, end.value - 1)
        step = next((s for s in STEPS if end // (s * SECOND) - start // (s * SECOND) < BARS), STEPS[-1])
        origin, bars = start // (step * SECOND), max(0, end // (step * SECOND) - start // (step * SECOND)) + 1
        inside = mask & self.dated
        counts, failed = (
            np.bincount(self.times[rows] // (step * SECOND) - origin, minlength=bars).tolist()
            for rows in (inside, inside & self.failed())
        )
        return {"start": int(origin * step), "step": step, "counts": counts, "failed": failed}

    def suggest(self, query: Query, name: str, typed: str) -> list[tuple[str, int]]:
        """Return up to 40 [value, rows] for a filter that is being typed, counted among what the others let through."""
        without: dict[str, Any] = {name: ""}
        begun = typed.strip().lstrip("!").split("|")[-1].strip().lower()
        return self.values(name).counts(self.matching(replace(query, **without)), like=begun)[:40]
