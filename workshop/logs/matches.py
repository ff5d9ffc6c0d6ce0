"""What a sweep has found as a DataFrame, one row a match."""

import numpy as np
import pandas as pd

from workshop.logs.event_ids import TEXT, EventIds
from workshop.logs.events import Events
from workshop.logs.packed import Packed, pack_ids, pack_times
from workshop.logs.table import TIME_UNIT, category, to_times

COLUMNS = (
    *("detector", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userIdentity.arn"),
    *("eventID", "printed", "logFile", "logIndex"),
)


def matches_table(sweep):
    """Return the matches of a sweep, oldest first; those without a time come last, equal ones as they were found."""
    times = _times(sweep)
    order = times.argsort(kind="stable")
    files, detectors, indices = sweep.places[order].T
    made = {}
    for name in COLUMNS:
        if name == "eventTime":
            made[name] = times[order]
        elif name in ("detector", "logFile"):
            made[name] = category(*{"detector": (detectors, sweep.names), "logFile": (files, sweep.paths)}[name])
        elif name == "logIndex":
            made[name] = indices.astype(np.int64)
        else:
            codes, values = sweep.shown(name)
            made[name] = (_ids if name == "eventID" else _column)(codes[order], values)
    return Events(made, columns=list(COLUMNS), copy=False)


def oldest_first(sweep):
    """Return the order of a sweep's matches by time; those without come last, equal ones as they were found."""
    return _times(sweep).argsort(kind="stable")


def _times(sweep):
    codes, values = sweep.shown("eventTime")
    texts = values if _all_text(values) else [value if isinstance(value, str) else None for value in values]
    seconds, usual = pack_times(texts)
    times = seconds.astype("M8[s]").astype(f"M8[{TIME_UNIT}]")
    odd = np.flatnonzero(~usual)
    if len(odd):
        times[odd] = to_times([texts[place] for place in odd]).tz_localize(None).to_numpy()
    return pd.DatetimeIndex(np.append(times, np.datetime64("NaT", TIME_UNIT))[codes]).tz_localize("UTC")


def _ids(codes, values):
    """Return a column of event ids, packed if they are texts."""
    if _all_text(values):
        packed = Packed(pack_ids)
        packed.extend(values)
        return EventIds(*packed.whole()).take(codes, allow_fill=True)
    return _column(codes, values)


def _all_text(values):
    """Tell whether values are texts, as far as they are there; asking each for its type takes ten times as long."""
    return {*map(type, values)} <= {str, type(None)}


def _column(codes, values):
    """Return a column of values by their codes: texts as categories if they repeat, anything else as it is."""
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
    column = np.empty(len(values) + 1, dtype=object)
    column[:-1] = values
    return pd.Series(column[codes], dtype=TEXT if {*map(type, shown)} <= {str} else object)
