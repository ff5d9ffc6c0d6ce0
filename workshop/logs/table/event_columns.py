"""What a skim has collected as pandas columns: numbers stay numbers, texts that repeat are kept once."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workshop.logs.table.column_reader import Skim
from workshop.logs.table.columns import COLUMNS
from workshop.logs.table.event_ids import EventIds
from workshop.logs.table.repeated_texts import RepeatedTexts
from workshop.logs.table.same_content import which_are_copies

# What pandas counts times in: "us" from pandas 3 on, "ns" before; for no times at all it would choose something else.
TIME_UNIT = pd.to_datetime(["2026-01-01T00:00:00Z"]).unit
_WITHOUT_OFFSET = re.compile(r".*T[^Z+-]*").fullmatch


class Table:
    """The rows of a skim, oldest first, copies left out; those are counted in its tally, where values of no use go.

    Rows of one time are in the order of files, and in a file as it has them; those without a time come last. `columns`
    has {name: pandas array}, in the order of the column table.
    """

    def __init__(self, skim: Skim, s3: Any = None) -> None:
        self.skim = skim
        self._files, self._indices, records = skim.places()
        self._read = np.argsort(self._files, kind="stable")  # the order in which one process reads
        ids = EventIds(*skim.ids.whole())
        positions = np.empty(len(self._read), dtype=np.int32)
        positions[self._read] = np.arange(len(positions), dtype=np.int32)
        repeated = ids.repeated(positions)
        copies = self._copies(ids, positions, repeated, records, s3)
        skim.tally.duplicates, skim.tally.same_id = int(copies.sum()), int((repeated & ~copies).sum())
        times = self._all_times()
        rows = self._read[~copies]
        self._rows = rows[np.argsort(times[rows], kind="stable")]
        self.columns: dict[str, Any] = {}
        # As numpy wants indices; it would convert them for each column.
        row_of = {
            group: np.frombuffer(numbers, dtype=np.int32).take(self._rows).astype(np.intp)
            for group, numbers in skim.row_of.items()
        }
        for column in COLUMNS:
            if column.kind == "id":
                self.columns[column.name] = ids.take(self._rows)
            elif column.kind == "time":
                self.columns[column.name] = pd.DatetimeIndex(times[self._rows]).tz_localize("UTC").array
            else:
                group, codes, values = skim.values(column.name)
                # Most columns have few values: small numbers, and little to move.
                codes = codes.astype(np.min_scalar_type(-1 - len(values)))
                if column.kind == "flag":
                    self.columns[column.name] = self._flags(column.name, codes, values, row_of[group])
                else:
                    self.columns[column.name] = RepeatedTexts(codes.take(row_of[group]), values)
        self.columns["logFile"] = RepeatedTexts(self._files[self._rows], skim.paths)
        self.columns["logIndex"] = self._indices[self._rows]

    def _copies(
        self, ids: EventIds, positions: np.ndarray, repeated: np.ndarray, records: np.ndarray, s3: Any
    ) -> np.ndarray:
        """Tell of each record, in the order in which one process reads, whether it is a copy of an earlier one."""
        files, numbers = np.array(self.skim.copies.places, dtype=np.int64).reshape(-1, 2).T
        starts = np.searchsorted(self._files[self._read], files) if len(files) else files
        return which_are_copies(
            repeated,
            starts + numbers,
            lambda asked: ids.alike(asked, positions),
            lambda where: (self._files[self._read[where]], records[self._read[where]]),
            dict(self.skim.counts),
            self.skim.paths,
            s3,
            self.skim.tally,
        )

    def _all_times(self) -> np.ndarray:
        """Return the times of all records as numpy has them."""
        numbers, codes, others = self.skim.times.whole()
        times, no_times = times_of(numbers, codes, others)
        self._report("eventTime", codes, others, no_times, "a time")
        return times

    def _flags(self, name: str, codes: np.ndarray, values: list, row_of: np.ndarray) -> Any:
        meanings = [to_flag(value) for value in values]
        bad = [code for code, flag in enumerate(meanings) if flag is None]
        if bad:
            group, _, _ = self.skim.values(name)
            of_all = codes[np.frombuffer(self.skim.row_of[group], dtype=np.int32)]
            self._report(name, of_all, values, bad, "true or false")
        codes = codes.take(row_of)
        is_true, is_missing = (np.array([flag is what for flag in (*meanings, None)]) for what in (True, None))
        return pd.arrays.BooleanArray(is_true.take(codes), is_missing.take(codes))

    def _report(self, name: str, codes: np.ndarray, values: list, bad: Sequence[int], wanted: str) -> None:
        """List the records whose value of a column is of no use, in the order in which one process reads."""
        for row in self._read[np.isin(codes[self._read], bad)] if len(bad) else ():
            path, index = self.skim.paths[self._files[row]], int(self._indices[row])
            self.skim.tally.skip(path, index, f"{name} left out: {values[codes[row]]!r} is not {wanted}")


def times_of(numbers: np.ndarray, codes: np.ndarray, others: list) -> tuple[np.ndarray, Any]:
    """Return (times, as numpy has them; the places of those of `others` that are none), of times as `Packed` has them.

    A missing time, and what is none, is NaT.
    """
    times, odd = numbers.view("M8[s]").astype(f"M8[{TIME_UNIT}]"), np.flatnonzero(codes != -1)
    if not len(odd):
        return times, []
    texts = [other if isinstance(other, str) else None for other in others]
    known = to_times(texts).tz_localize(None).to_numpy().astype(times.dtype)
    times[odd] = np.append(known, [np.datetime64("NaT", TIME_UNIT)] * 2)[codes[odd]]
    return times, np.flatnonzero(np.isnat(known))


def to_times(values: Sequence[str | None]) -> pd.DatetimeIndex:
    """Return CloudTrail's times, ISO 8601 text, as a DatetimeIndex in UTC; NaT where a value is no time."""
    # pandas takes "now" and "today" for the present. A time without an offset is in UTC too; that has to be said, since
    # pandas 2.2 gives it the offset before it.
    values = [value if value and value[0].isdigit() else None for value in values]
    values = [value + "Z" if value and _WITHOUT_OFFSET(value) else value for value in values]
    times = pd.to_datetime(pd.Index(values, dtype=object), format="ISO8601", utc=True, errors="coerce")
    return times.as_unit(TIME_UNIT)


def to_flag(value: bool | str) -> bool | None:
    """Return a flag as True or False; some services write it as text. None if it is neither."""
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(value.lower())
