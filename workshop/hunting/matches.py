"""What a sweep has found as a DataFrame, one row a match."""

from typing import Any

import numpy as np
import pandas as pd

from workshop.hunting.packed_matches import SHOWN, PackedMatches, as_it_was
from workshop.hunting.printed_texts import LaterTexts
from workshop.hunting.sweep import Findings
from workshop.logs.table.event_columns import times_of
from workshop.logs.table.event_ids import EventIds
from workshop.logs.table.events import Events
from workshop.logs.table.kept_texts import TEXT
from workshop.logs.table.repeated_texts import RepeatedTexts
from workshop.logs.table.values import Values

COLUMNS = ("detector", *SHOWN, "printed", "logFile", "logIndex")


def matches_table(findings: Findings) -> Events:
    """Return the matches of a sweep, oldest first; those without a time come last, equal ones as they were found."""
    times = _times(findings)
    order = times.argsort(kind="stable")
    positions, rows = findings.positions[order], findings.rows[order]
    columns: dict[str, Any] = {
        name: _column(column, rows) for name, column in findings.matches.columns.items() if isinstance(column, Values)
    }
    columns["detector"] = RepeatedTexts(positions["detector"], findings.detectors)
    columns["eventTime"] = pd.DatetimeIndex(times[order]).tz_localize("UTC").array
    columns["eventID"] = _ids(findings.matches, rows)
    columns["printed"] = LaterTexts(rows, findings.matches)
    columns["logFile"] = RepeatedTexts(positions["file"], findings.paths)
    columns["logIndex"] = positions["entry"].astype(np.int64)
    return Events({name: columns[name] for name in COLUMNS}, columns=list(COLUMNS), copy=False)


def oldest_first(findings: Findings) -> np.ndarray:
    """Return the order of a sweep's matches by time; those without come last, equal ones as they were found."""
    return _times(findings).argsort(kind="stable")


def _times(findings: Findings) -> np.ndarray:
    numbers, codes, others = findings.matches.columns["eventTime"].whole()
    times, _ = times_of(numbers[findings.rows], codes[findings.rows], others)
    return times


def _ids(matches: PackedMatches, rows: np.ndarray) -> EventIds | pd.Series:
    """Return the event ids of some matches, packed if they are texts."""
    numbers, codes, others = matches.columns["eventID"].whole()
    if {*map(type, others)} <= {str}:
        return EventIds(numbers[rows], codes[rows], others)
    return pd.Series(matches.at("eventID", rows), dtype=object)


def _column(column: Values, rows: np.ndarray) -> RepeatedTexts | pd.Series:
    """Return a column of some matches: texts once each if they repeat, anything else as it is."""
    codes, values = column.whole()
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
            return RepeatedTexts(places[codes], list(place))
    plain = np.empty(len(values) + 1, dtype=object)
    plain[:-1] = values
    return pd.Series(plain[codes], dtype=TEXT if {*map(type, shown)} <= {str} else object)
