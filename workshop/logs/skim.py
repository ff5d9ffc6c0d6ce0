"""Log files to columns, without building full records: what makes `load_events` fast and frugal.

Two things make it so. Each file is decoded into objects that hold only the fields of the column table. And every value
becomes a small number at once: its place in a table of the column's distinct values, so that a name that occurs a
million times is kept once. A `userIdentity` is looked up by its bytes: the same one is taken apart only once.

A file that holds anything unusual (an odd field, damage, other JSON than `{"Records": [...]}`) goes through
`records.parse` instead, the plain path, which decides what every byte means; its records are tidied and come back here.
"""

import json
import re
from array import array
from functools import lru_cache, reduce
from operator import attrgetter

import msgspec
import numpy as np
import pandas as pd

from workshop.logs.columns import COLUMNS
from workshop.logs.records import kind_of, parse, unpack

_TYPES = {"text": str, "time": str, "id": str, "flag": bool | str}
_NOTHING = msgspec.Raw(b"null")

# What pandas calls text: "str" from pandas 3 on, "object" before.
TEXT = pd.Series(["text"]).dtype
# What pandas counts times in: "us" from pandas 3 on, "ns" before; for no times at all it would choose something else.
_TIME_UNIT = pd.to_datetime(["2026-01-01T00:00:00Z"]).unit
_WITHOUT_OFFSET = re.compile(r".*T[^Z+-]*").fullmatch


def _struct(name, paths):
    """Return a type for objects with the fields of `paths`, {path: type}; nested ones have types of their own."""
    fields = {}
    for head in dict.fromkeys(path[0] for path in paths):
        below = {path[1:]: kind for path, kind in paths.items() if path[0] == head}
        fields[head] = below[()] if () in below else _struct(head, below)
    return msgspec.defstruct(name, [(field, kind | None, None) for field, kind in fields.items()], gc=False)


FLAT = [column for column in COLUMNS if len(column.path) == 1]
# The columns below each nested object, such as userIdentity.
NESTED = {
    head: [column for column in COLUMNS if column.path[0] == head and len(column.path) > 1]
    for head in dict.fromkeys(column.path[0] for column in COLUMNS if len(column.path) > 1)
}
_Record = msgspec.defstruct(
    "Record",
    [(column.name, _TYPES[column.kind] | None, None) for column in FLAT]
    + [(head, msgspec.Raw, _NOTHING) for head in NESTED],
    gc=False,
)
_decode_file = msgspec.json.Decoder(msgspec.defstruct("LogFile", [("Records", list[_Record])])).decode
_decode_records = msgspec.json.Decoder(list[_Record]).decode
_decode_nested = {
    head: msgspec.json.Decoder(
        _struct(head, {column.path[1:]: _TYPES[column.kind] for column in columns}) | None
    ).decode
    for head, columns in NESTED.items()
}


class _Codes(dict):
    """Numbers for values, given out as they come: value -> 0, 1, 2 …; None is -1."""

    def __init__(self):
        super().__init__({None: -1})

    def __missing__(self, value):
        code = self[value] = len(self) - 1
        return code

    def values_in_order(self):
        return list(self)[1:]


class Skim:
    """Columns that grow with each log file added."""

    def __init__(self, tally):
        self.tally = tally
        self.paths, self.file_of, self.index_of = [], array("i"), array("i")
        self.ids = []
        self.tables = {column.name: _Codes() for column in COLUMNS}
        # For each flat column one code a record; for each nested object one number a record: its row in `rows`.
        self.codes = {column.name: array("i") for column in FLAT if column.kind != "id"}
        self.row_of = {head: array("i") for head in NESTED}
        self.rows = {head: [] for head in NESTED}
        self._look_up = {
            head: lru_cache(maxsize=50_000)(lambda raw, head=head: self._new_row(head, raw)) for head in NESTED
        }

    def add(self, path, data):
        """Add the records of one log file; what cannot be read goes to the tally."""
        records, indices, rows = self._read(path, data)
        for name, codes in self.codes.items():
            codes.extend(map(self.tables[name].__getitem__, map(attrgetter(name), records)))
        for head, numbers in rows.items():
            self.row_of[head].extend(numbers)
        self.ids.extend([record.eventID for record in records])
        self.file_of.extend([len(self.paths)] * len(records))
        self.index_of.extend(indices)
        self.paths.append(path)

    def _read(self, path, data):
        """Return the records of a file, their places in it, and the rows of their nested objects."""
        try:
            plain = unpack(data)
            if not plain.isascii():
                plain.decode()  # fields that are not looked at must be UTF-8 too, or the plain path has its say
            records = _decode_file(plain).Records
            rows = self._rows(records)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pairs = parse(data, path, self.tally)
            tidied = [tidy(record, path, index, self.tally) for index, record in pairs]
            records = _decode_records(json.dumps(tidied).encode())
            return records, [index for index, _ in pairs], self._rows(records)
        self.tally.records += len(records)
        return records, range(len(records)), rows

    def _rows(self, records):
        return {
            head: list(map(look_up, map(bytes, map(attrgetter(head), records))))
            for head, look_up in self._look_up.items()
        }

    def _new_row(self, head, raw):
        """Take a nested object apart into the codes of its columns; return the number of that row."""
        found = _decode_nested[head](raw)
        values = [reduce(lambda at, name: getattr(at, name, None), column.path[1:], found) for column in NESTED[head]]
        self.rows[head].append(
            [self.tables[column.name][value] for column, value in zip(NESTED[head], values, strict=True)]
        )
        return len(self.rows[head]) - 1

    def columns(self):
        """Return the columns as {name: pandas array}, in the order of the table; values of no use go to the tally."""
        made = {}
        rows = {head: np.array(rows, dtype=np.int32).reshape(-1, len(NESTED[head])) for head, rows in self.rows.items()}
        for column in COLUMNS:
            if column.kind == "id":
                made[column.name] = pd.Series(self.ids, dtype=TEXT).array
                continue
            if column.name in self.codes:
                codes = np.frombuffer(self.codes[column.name], dtype=np.int32)
            else:
                head = column.path[0]
                place = NESTED[head].index(column)
                codes = rows[head][:, place][np.frombuffer(self.row_of[head], dtype=np.int32)]
            make = {"time": self._times, "flag": self._flags, "text": self._text}[column.kind]
            made[column.name] = make(column.name, codes, self.tables[column.name].values_in_order())
        made["logFile"] = category(np.frombuffer(self.file_of, dtype=np.int32), self.paths)
        made["logIndex"] = np.frombuffer(self.index_of, dtype=np.int32)
        return made

    def _text(self, name, codes, values):
        return category(codes, values)

    def _times(self, name, codes, values):
        times = to_times(values)
        self._report(name, codes, values, np.flatnonzero(times.isna()), "a time")
        return times.array.take(codes, allow_fill=True)

    def _flags(self, name, codes, values):
        meanings = [to_flag(value) for value in values]
        self._report(name, codes, values, [code for code, flag in enumerate(meanings) if flag is None], "true or false")
        return pd.array(meanings, dtype="boolean").take(codes, allow_fill=True)

    def _report(self, name, codes, values, bad, wanted):
        """List the records whose value of a column is of no use."""
        for place in np.flatnonzero(np.isin(codes, bad)) if len(bad) else ():
            path = self.paths[self.file_of[place]]
            self.tally.skip(path, self.index_of[place], f"{name} left out: {values[codes[place]]!r} is not {wanted}")


def category(codes, values):
    """Return a categorical array of codes into a list of distinct values; code -1 is a missing value."""
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(pd.Index(values, dtype=TEXT)))


def to_times(values):
    """Return CloudTrail's times, ISO 8601 text, as a DatetimeIndex in UTC; NaT where a value is no time."""
    # A time without an offset is in UTC too; that has to be said, since pandas 2.2 gives it the offset before it.
    values = [value + "Z" if value and _WITHOUT_OFFSET(value) else value for value in values]
    times = pd.to_datetime(pd.Index(values, dtype=object), format="ISO8601", utc=True, errors="coerce")
    return times.as_unit(_TIME_UNIT)


def to_flag(value):
    """Return a flag as True or False; some services write it as text. None if it is neither."""
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(value.lower())


def tidy(record, path, index, tally):
    """Return a record's fields of the column table, nested as in the record, without values of the wrong kind.

    These are missing from the row then, and listed. A list of texts (some services give several user agents) is joined.
    """
    clean, reported = {}, set()
    for column in COLUMNS:
        value, into = record, clean
        for depth, name in enumerate(column.path):
            value = value.get(name)
            last = depth == len(column.path) - 1
            if last and isinstance(value, list) and value and all(isinstance(text, str) for text in value):
                value = ", ".join(value)
            fits = (
                _is_text(value) or (column.kind == "flag" and isinstance(value, bool))
                if last
                else isinstance(value, dict)
            )
            if not fits:
                where = ".".join(column.path[: depth + 1])
                if value is not None and where not in reported:
                    reported.add(where)
                    wanted = {"flag": "true or false"}.get(column.kind, "text") if last else "an object"
                    shown = json.dumps(value)[:60] if last else kind_of(value)
                    tally.skip(path, index, f"{where} left out: {shown} is not {wanted}")
                break
            if last:
                into[name] = value
            else:
                into = into.setdefault(name, {})
    return clean


def _is_text(value):
    """Tell whether a value is text that can be written: JSON's escapes can spell halves of characters."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)
