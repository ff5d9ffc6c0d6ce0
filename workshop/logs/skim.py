"""Log files to columns, without building full records: what makes `load_events` fast and frugal.

Two things make it so. Each file is decoded into objects that hold only the fields of the column table. And every value
becomes a small number at once: its place in a table of the column's distinct values, so that a name that occurs a
million times is kept once. A `userIdentity` is looked up by its bytes: the same one is taken apart only once. Times and
ids, which do not repeat, are packed into numbers.

A record with a value of the wrong kind is read in full and tidied. A file that is damaged, or holds other JSON than
`{"Records": [...]}`, goes through `records.parse`, the plain path, which decides what every byte means.
"""

import json
import re
from array import array
from functools import lru_cache
from operator import attrgetter
from typing import Annotated

import msgspec
import numpy as np
import pandas as pd

from workshop.logs.columns import COLUMNS
from workshop.logs.event_ids import TEXT, EventIds
from workshop.logs.packed import Codes, Packed, pack_ids, pack_times
from workshop.logs.records import kind_of, parse, unpack

_TYPES = {"text": str, "time": str, "id": str, "flag": bool | str}
# Some services give several user agents; a tuple has a place in a table, as a list would not.
_SEVERAL = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
_NOTHING = msgspec.Raw(b"null")

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
# Values that come together: one look-up finds the codes of all of them.
_VARIED = [("sourceIPAddress", "userAgent"), ("errorCode", "errorMessage")]
_COLUMNS_OF = {
    "call": tuple(
        column.name for column in FLAT if column.kind in ("text", "flag") and column.name not in sum(_VARIED, ())
    ),
    **{"+".join(names): names for names in _VARIED},
    **{head: tuple(column.name for column in columns) for head, columns in NESTED.items()},
}
_key_of = {group: attrgetter(*([group] if group in NESTED else names)) for group, names in _COLUMNS_OF.items()}
_Record = msgspec.defstruct(
    "Record",
    [
        (
            column.name,
            (_TYPES[column.kind] | _SEVERAL if column.name == "userAgent" else _TYPES[column.kind]) | None,
            None,
        )
        for column in FLAT
    ]
    + [(head, msgspec.Raw, _NOTHING) for head in NESTED],
    gc=False,
)
_decode_file = msgspec.json.Decoder(msgspec.defstruct("LogFile", [("Records", list[_Record])])).decode
_decode_raw = msgspec.json.Decoder(msgspec.defstruct("RawLogFile", [("Records", list[msgspec.Raw])])).decode
_decode_record = msgspec.json.Decoder(_Record).decode
_decode_nested = {
    head: msgspec.json.Decoder(
        _struct(head, {column.path[1:]: _TYPES[column.kind] for column in columns}) | None
    ).decode
    for head, columns in NESTED.items()
}


class Skim:
    """Columns that grow with each log file added."""

    def __init__(self, paths, tally):
        self.paths, self.tally = paths, tally
        self.file_of, self.index_of = array("i"), array("i")
        self.ids, self.times = Packed(pack_ids), Packed(pack_times)
        self.tables = {column.name: Codes() for column in COLUMNS}
        # For each group of columns one number a record: its row in the group's `rows`, a code for each column.
        self.row_of = {group: array("i") for group in _COLUMNS_OF}
        self.rows = {group: [] for group in _COLUMNS_OF}
        self._tables_of = {group: [self.tables[name] for name in names] for group, names in _COLUMNS_OF.items()}
        self._look_up = {
            group: lru_cache(maxsize=50_000)(lambda key, group=group: self._new_row(group, key))
            for group in _COLUMNS_OF
        }

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name not in ("paths", "_tables_of", "_look_up")}

    def add(self, number, data):
        """Add the records of the log file paths[number]; what cannot be read goes to the tally."""
        records, indices, rows = self._read(self.paths[number], data)
        for group, numbers in rows.items():
            self.row_of[group].extend(numbers)
        self.ids.extend([record.eventID for record in records])
        self.times.extend([record.eventTime for record in records])
        self.file_of.extend([number] * len(records))
        self.index_of.extend(indices)

    def merge(self, other):
        """Add what another skim of other files of the same list has collected."""
        for group, names in _COLUMNS_OF.items():
            rows = np.array(other.rows[group], dtype=np.int32).reshape(-1, len(names))
            moved = [self._moved(name, other)[rows[:, place]] for place, name in enumerate(names)]
            offset = len(self.rows[group])
            self.rows[group].extend(np.stack(moved, axis=1).tolist())
            self.row_of[group].frombytes((np.frombuffer(other.row_of[group], dtype=np.int32) + offset).tobytes())
        self.ids.merge(other.ids)
        self.times.merge(other.times)
        self.file_of.extend(other.file_of)
        self.index_of.extend(other.index_of)
        self.tally.merge(other.tally)

    def _moved(self, name, other):
        """Return for each code of another skim's column its code here; the last one is that of a missing value."""
        return np.array([self.tables[name][value] for value in other.tables[name].in_order()] + [-1], dtype=np.int32)

    def _read(self, path, data):
        """Return the records of a file, their places in it, and the rows of their nested objects."""
        try:
            plain = unpack(data)
            if not plain.isascii():
                plain.decode()  # fields that are not looked at must be UTF-8 too, or the plain path has its say
            try:
                records = _decode_file(plain).Records
                rows = self._rows(records)
            except msgspec.ValidationError:
                raws = list(map(bytes, _decode_raw(plain).Records))
                if not all(raw.startswith(b"{") for raw in raws):
                    raise  # entries that are no records are the plain path's affair
                records = [self._typed(raw, path, index) for index, raw in enumerate(raws)]
                rows = self._rows(records)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pairs = parse(data, path, self.tally)
            records = [_typed(tidy(record, path, index, self.tally)) for index, record in pairs]
            return records, [index for index, _ in pairs], self._rows(records)
        self.tally.records += len(records)
        return records, range(len(records)), rows

    def _rows(self, records):
        """Return for each group of columns the numbers of the records' rows."""
        rows = {}
        for group, look_up in self._look_up.items():
            keys = map(_key_of[group], records)
            rows[group] = list(map(look_up, map(bytes, keys) if group in NESTED else keys))
        return rows

    def _typed(self, raw, path, index):
        """Return a record of a file in which some value is of the wrong kind; the others pay nothing for it."""
        try:
            record = _decode_record(raw)
            for head in NESTED:
                _decode_nested[head](getattr(record, head))
        except msgspec.ValidationError:
            return _typed(tidy(json.loads(raw), path, index, self.tally))
        return record

    def _new_row(self, group, key):
        """Make the row for a group's key, the values or the bytes of a nested object; return its number."""
        if group in NESTED:
            found, key = _decode_nested[group](key), []
            for column in NESTED[group]:
                value = found
                for name in column.path[1:]:
                    value = value and getattr(value, name)
                key.append(value)
        self.rows[group].append([table[value] for table, value in zip(self._tables_of[group], key, strict=True)])
        return len(self.rows[group]) - 1

    def columns(self):
        """Return the columns as {name: pandas array}, in the order of the table; values of no use go to the tally.

        Rows are in the order of files, and in a file as it has them.
        """
        made = {}
        self._order = np.argsort(np.frombuffer(self.file_of, dtype=np.int32), kind="stable")
        self._files, self._indices = self._in_order(self.file_of), self._in_order(self.index_of)
        for column in COLUMNS:
            if column.kind == "id":
                made[column.name] = EventIds(*self.ids.whole()).take(self._order)
            elif column.kind == "time":
                made[column.name] = self._times(column.name)
            else:
                make = {"flag": self._flags, "text": self._text}[column.kind]
                made[column.name] = make(column.name, self._codes_of(column.name), self.tables[column.name].in_order())
        made["logFile"] = category(self._files, self.paths)
        made["logIndex"] = self._indices
        return made

    def _in_order(self, numbers):
        return np.frombuffer(numbers, dtype=np.int32)[self._order]

    def _codes_of(self, name):
        group = next(group for group, names in _COLUMNS_OF.items() if name in names)
        place = _COLUMNS_OF[group].index(name)
        return np.array([row[place] for row in self.rows[group]], dtype=np.int32)[self._in_order(self.row_of[group])]

    def _text(self, name, codes, values):
        texts = [", ".join(value) if isinstance(value, tuple) else value for value in values]
        # In order of the alphabet, so that it does not matter which of two processes met which value first.
        place = {text: number for number, text in enumerate(sorted(set(texts)))}
        return category(np.array([*map(place.__getitem__, texts), -1], dtype=np.int32)[codes], list(place))

    def _times(self, name):
        times, codes, others = self.times.whole()
        times, codes = times.astype("M8[s]")[self._order].astype(f"M8[{_TIME_UNIT}]"), codes[self._order]
        odd = np.flatnonzero(codes != -1)
        if len(odd):
            found = to_times(others).tz_localize(None).to_numpy().astype(times.dtype)
            times[odd] = np.append(found, [np.datetime64("NaT")] * 2)[codes[odd]]
            self._report(name, codes, others, np.flatnonzero(np.isnat(found)), "a time")
        return pd.DatetimeIndex(times).tz_localize("UTC").array

    def _flags(self, name, codes, values):
        meanings = [to_flag(value) for value in values]
        self._report(name, codes, values, [code for code, flag in enumerate(meanings) if flag is None], "true or false")
        return pd.array(meanings, dtype="boolean").take(codes, allow_fill=True)

    def _report(self, name, codes, values, bad, wanted):
        """List the records whose value of a column is of no use."""
        for place in np.flatnonzero(np.isin(codes, bad)) if len(bad) else ():
            path = self.paths[self._files[place]]
            index = int(self._indices[place])
            self.tally.skip(path, index, f"{name} left out: {values[codes[place]]!r} is not {wanted}")


def _typed(clean):
    """Return a tidied record as the fast path has its records."""
    return _decode_record(json.dumps(clean).encode())


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
