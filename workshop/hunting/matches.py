"""What a sweep has found as a DataFrame, one row a match."""

import numpy as np
import pandas as pd

from workshop.hunting.findings import as_it_was
from workshop.hunting.printed_texts import LaterTexts
from workshop.logs.table.event_columns import category, times_of
from workshop.logs.table.event_ids import EventIds
from workshop.logs.table.events import Events
from workshop.logs.table.kept_texts import TEXT

COLUMNS = (
    *("detector", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userIdentity.arn"),
    *("eventID", "printed", "logFile", "logIndex"),
)


def matches_table(sweep):
    """Return the matches of a sweep, oldest first; those without a time come last, equal ones as they were found."""
    times = _times(sweep)
    order = times.argsort(kind="stable")
    (files, detectors, indices), rows = sweep.places[order].T, sweep.rows[order]
    made = {}
    for name in COLUMNS:
        if name == "eventTime":
            made[name] = pd.DatetimeIndex(times[order]).tz_localize("UTC").array
        elif name in ("detector", "logFile"):
            made[name] = category(*{"detector": (detectors, sweep.names), "logFile": (files, sweep.paths)}[name])
        elif name == "logIndex":
            made[name] = indices.astype(np.int64)
        elif name == "printed":
            made[name] = LaterTexts(rows, sweep.found)
        else:
            made[name] = (_ids if name == "eventID" else _column)(sweep.found, name, rows)
    return Events(made, columns=list(COLUMNS), copy=False)


def oldest_first(sweep):
    """Return the order of a sweep's matches by time; those without come last, equal ones as they were found."""
    return _times(sweep).argsort(kind="stable")


def _times(sweep):
    numbers, codes, others = sweep.found.columns["eventTime"].whole()
    times, _ = times_of(numbers[sweep.rows], codes[sweep.rows], others)
    return times


def _ids(found, name, rows):
    """Return the event ids of some matches, packed if they are texts."""
    numbers, codes, others = found.columns[name].whole()
    if {*map(type, others)} <= {str}:
        return EventIds(numbers[rows], codes[rows], others)
    return pd.Series(found.at(name, rows), dtype=object)


def _column(found, name, rows):
    """Return a column of some matches: texts as categories if they repeat, anything else as it is."""
    codes, values = found.columns[name].whole()
    codes, values = codes[rows], list(map(as_it_was, values))
    is_used = np.zeros(len(values) + 1, dtype=bool)  # one more, for the code -1
    is_used[codes] = True
    used = np.flatnonzero(is_used[:-1]).tolist()
    shown = list(map(values.__getitem__, used))
    if {*map(type, shown)} <= {str}:
        texts = set(shown)
        if len(texts) <= len(codes) // 2:
            # In order of the alphabet, so that it does not matter which of two processes met which value first.
            place = {text: number for number, text in enumerate(sorted(texts))}
            places = np.full(len(values) + 1, -1, dtype=np.int32)
            places[used] = list(map(place.__getitem__, shown))
            return category(places[codes], list(place))
    plain = np.empty(len(values) + 1, dtype=object)
    plain[:-1] = values
    return pd.Series(plain[codes], dtype=TEXT if {*map(type, shown)} <= {str} else object)
