"""Log files to columns, without building full records: what makes `load_events` fast and frugal.

Two things make it so. Each file is decoded into objects that hold only the fields of the column table. And every value
becomes a small number at once: its place in a table of the column's distinct values, so that a name that occurs a
million times is kept once. Values that come together are looked up together, and a `userIdentity` by its bytes: the
same one is taken apart only once. Times and ids, which do not repeat, are packed into numbers.

A record with a value of the wrong kind, or without a time or an id, is read in full and tidied. A file that is damaged,
or holds other JSON than `{"Records": [...]}`, goes through `records.parse`, the plain path, which decides what every
byte means.
"""

import json
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec.structs import astuple

from workshop.logs.files import Tally
from workshop.logs.json_text import must_be_utf8
from workshop.logs.record import Record
from workshop.logs.records import parse, raw_records
from workshop.logs.table.columns import COLUMNS, Column, as_written
from workshop.logs.table.misfit_values import tidy
from workshop.logs.table.packed import packed_ids, packed_times
from workshop.logs.table.same_content import Copies
from workshop.logs.table.values import Texts, Values
from workshop.logs.unpacking import unpack

_TYPES = {"text": str, "time": str, "id": str, "flag": bool | str}
# Some services give several user agents; a tuple has a place in a table, as a list would not.
_SEVERAL = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
# Objects that are kept as their bytes, and taken apart when these are new.
_BY_BYTES = ("userIdentity",)
_NOTHING = msgspec.Raw(b"null")
# Look-ups that are remembered at a time, by group.
_REMEMBERED = 50_000
# New rows that wait for their values to be looked up.
_AT_A_TIME = 5_000


def _struct(name: str, paths: Mapping[tuple[str, ...], Any], always: Collection[str] = ()) -> Any:
    """Return a type for objects with the fields of `paths`, {path: type}; nested ones have types of their own.

    A nested object that is not there is an empty one, so that its fields can be asked for all the same. What is kept as
    bytes is b"null" then. An object without one of the fields in `always` is not of the type.
    """
    fields = list[tuple[str, Any, Any]]()
    for head in as_written({path[0] for path in paths}):
        below = {path[1:]: kind for path, kind in paths.items() if path[0] == head}
        kind = below[()] if () in below else _struct(head, below)
        if head in always:
            fields.append((head, kind, msgspec.NODEFAULT))
        elif kind is msgspec.Raw:
            fields.append((head, kind, _NOTHING))
        else:
            fields.append((head, kind | None, None if () in below else kind()))
    return msgspec.defstruct(name, fields, gc=False, frozen=True, kw_only=True)


def _type_of(column: Column) -> Any:
    return _TYPES[column.kind] | _SEVERAL if column.name == "userAgent" else _TYPES[column.kind]


# Values that come together, one look-up for all of them: {group: columns}.
_TOGETHER = ("sourceIPAddress", "userAgent")
_GROUPS = {
    "call": tuple(
        column
        for column in COLUMNS
        if column.kind in ("text", "flag") and column.name not in _TOGETHER and column.path[0] not in _BY_BYTES
    ),
    "caller": tuple(column for column in COLUMNS if column.name in _TOGETHER),
    **{head: tuple(column for column in COLUMNS if column.path[0] == head) for head in _BY_BYTES},
}
# The fields of a record that are a group's key.
_HEADS = {group: tuple(dict.fromkeys(column.path[0] for column in columns)) for group, columns in _GROUPS.items()}
_PATHS = {column.path: _type_of(column) for column in COLUMNS if column.path[0] not in _BY_BYTES} | {
    (head,): msgspec.Raw for head in _BY_BYTES
}
_Record: Any = _struct("Record", _PATHS)
_FIELDS = _Record.__struct_fields__
# Aggregated events have other names for these.
_UsualRecord: Any = _struct("UsualRecord", _PATHS, always=("eventTime", "eventID"))
_LogFile: Any = msgspec.defstruct("LogFile", [("Records", list[_UsualRecord])])
_decode_file = msgspec.json.Decoder(_LogFile).decode
_decode_record = msgspec.json.Decoder(_Record).decode
_decode_nested = {
    head: msgspec.json.Decoder(
        _struct(head, {column.path[1:]: _type_of(column) for column in _GROUPS[head]}) | None
    ).decode
    for head in _BY_BYTES
}


class _Rows(dict[Any, int]):
    """The rows of a group of columns: {key: number of the row}; `columns()` has the values in them.

    `values_of` makes the values of a row from its key. New rows wait until there are some thousands, to be looked up
    column by column.
    """

    def __init__(self, columns: list[Values], values_of: Any) -> None:
        self._columns, self._values_of = columns, values_of
        self._new, self._texts = list[Sequence](), dict[Any, Any]()

    def __missing__(self, key: Any) -> int:
        if len(self) > _REMEMBERED:
            self.forget()
        if len(self._new) > _AT_A_TIME:
            self.columns()
        if isinstance(key, tuple):  # keys that share their texts stay in the processor's cache
            key = tuple(map(self._texts.setdefault, key, key))
        self._new.append(self._values_of(key))
        row = self[key] = len(self._columns[0].codes) + len(self._new) - 1
        return row

    def forget(self) -> None:
        """Forget the keys: a row that comes again is a new one."""
        self.clear()
        self._texts.clear()

    def columns(self) -> list[Values]:
        """Return the columns of the group, with all rows in them."""
        for column, values in zip(self._columns, zip(*self._new, strict=True), strict=False):
            column.extend(values)
        self._new = []
        return self._columns

    def __reduce__(self) -> tuple:
        return _Rows, (self.columns(), None)


class Skim:
    """Columns that grow with each log file added."""

    def __init__(self, paths: list[str], tally: Tally) -> None:
        self.paths, self.tally = paths, tally
        self.counts, self.indices = list[tuple[int, int]](), dict[int, list[int]]()
        self.ids, self.times, self.copies = packed_ids(), packed_times(), Copies()
        # For each group of columns: its rows, and for each record the number of its row.
        self.rows = {
            group: _Rows([Texts() if column.kind == "text" else Values() for column in columns], _taker(group))
            for group, columns in _GROUPS.items()
        }
        self.row_of = {group: array("i") for group in _GROUPS}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "paths"}

    def flush(self) -> None:
        """Look up, sort and pack what waits for more, and forget what was looked up."""
        for rows in self.rows.values():
            rows.forget()
            for column in rows.columns():
                column.flush()
        self.ids.flush()
        self.times.flush()
        self.copies.forget()

    def add(self, number: int, data: bytes) -> None:
        """Add the records of the log file paths[number]; what cannot be read goes to the tally."""
        fields, rows = self._read(number, data)
        for group, numbers in rows.items():
            self.row_of[group].fromlist(numbers)
        self.ids.extend(fields["eventID"])
        self.times.extend(fields["eventTime"])
        self.counts.append((number, len(fields["eventID"])))

    def merge(self, other: "Skim") -> None:
        """Add what another skim of other files of the same list has collected."""
        for group, rows in self.rows.items():
            offset = len(rows.columns()[0].codes)
            for column, more in zip(rows.columns(), other.rows[group].columns(), strict=True):
                column.merge(more)
            self.row_of[group].frombytes((np.frombuffer(other.row_of[group], dtype=np.int32) + offset).tobytes())
        self.ids.merge(other.ids)
        self.times.merge(other.times)
        self.copies.places.extend(other.copies.places)
        self.counts += other.counts
        self.indices |= other.indices
        self.tally.merge(other.tally)

    def places(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (number of the file, place in the file, number among the file's records) of each record."""
        numbers, counts = np.array(self.counts, dtype=np.int32).reshape(-1, 2).T
        files = np.repeat(numbers, counts)
        starts = np.cumsum(counts) - counts
        indices = np.arange(len(files), dtype=np.int32)
        indices -= np.repeat(starts.astype(np.int32), counts)
        records = indices.copy() if self.indices else indices
        for place, number in enumerate(numbers.tolist() if self.indices else ()):
            if number in self.indices:
                indices[starts[place] : starts[place] + counts[place]] = self.indices[number]
        return files, indices, records

    def values(self, name: str) -> tuple[str, np.ndarray, list]:
        """Return (the group of a column, the number of its value in each row of the group, the values).

        A missing value is -1.
        """
        group, place = _PLACE_OF[name]
        return group, *self.rows[group].columns()[place].whole()

    def _read(self, number: int, data: bytes) -> tuple[dict[str, Sequence], dict[str, list[int]]]:
        """Return the fields of a file's records, {field: one value a record}, and the numbers of their rows."""
        path = self.paths[number]
        try:
            plain = unpack(data)
            must_be_utf8(plain)
            try:
                fields = _fields_of(_decode_file(plain).Records)
                rows = self._rows(fields)
                self.copies.look(number, plain, fields["eventID"])
            except msgspec.ValidationError:
                fields = _fields_of([self._typed(raw, path, index) for index, raw in enumerate(raw_records(plain))])
                rows = self._rows(fields)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pairs = parse(data, path, self.tally)
            self.indices[number] = [index for index, _ in pairs]
            fields = _fields_of([_typed(tidy(record, path, index, self.tally)) for index, record in pairs])
            return fields, self._rows(fields)
        self.tally.records += len(fields["eventID"])
        return fields, rows

    def _rows(self, fields: dict[str, Sequence]) -> dict[str, list[int]]:
        """Return for each group of columns the numbers of the records' rows."""
        rows = {}
        for group, heads in _HEADS.items():
            keys = (
                map(bytes, fields[group]) if group in _BY_BYTES else zip(*map(fields.__getitem__, heads), strict=True)
            )
            rows[group] = list(map(self.rows[group].__getitem__, keys))
        return rows

    def _typed(self, raw: bytes, path: str, index: int) -> Any:
        """Return a record of a file in which some value is of the wrong kind; the others pay nothing for it."""
        try:
            record = _decode_record(raw)
            if record.eventTime is None or record.eventID is None:
                return _typed(tidy(json.loads(raw), path, index, self.tally))
            for head in _BY_BYTES:
                _decode_nested[head](getattr(record, head))
        except msgspec.ValidationError:
            return _typed(tidy(json.loads(raw), path, index, self.tally))
        return record


_PLACE_OF = {column.name: (group, place) for group, columns in _GROUPS.items() for place, column in enumerate(columns)}


def _fields_of(records: Iterable) -> dict[str, Sequence]:
    """Return {field: its values in some records}."""
    return dict(zip(_FIELDS, zip(*map(astuple, records), strict=True) if records else repeat(()), strict=False))


def _taker(group: str) -> Callable[[Any], Sequence]:
    """Return a function that takes the values of a group's columns from a key."""
    if group in _BY_BYTES:
        decode, names = _decode_nested[group], [column.path[1:] for column in _GROUPS[group]]
        values_in = attrgetter(*map(".".join, names))

        def values_of(raw: bytes) -> Sequence:
            found = decode(raw)
            try:
                return values_in(found)
            except AttributeError:  # it is null, or an object in it is
                return [_walk(found, path) for path in names]

        return values_of
    places = [(_HEADS[group].index(column.path[0]), column.path[1:]) for column in _GROUPS[group]]
    return lambda key: [_walk(key[place], path) for place, path in places]


def _walk(value: Any, path: Iterable[str]) -> Any:
    """Return what lies at a path of attributes; None where there is nothing."""
    for name in path:
        value = value if value is None else getattr(value, name)
    return value


def _typed(clean: Record) -> Any:
    """Return a tidied record as the fast path has its records."""
    return _decode_record(json.dumps(clean).encode())
