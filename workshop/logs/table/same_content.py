"""Whether records with the same eventID are the same record: what they hold is compared, in files that are read again.

CloudTrail delivers some records twice: a copy counts once. In logs that were made anonymous, or come from broken
sources, different records have the same eventID: all of them count. Most copies lie in the file after that of their
record, and are found while both are read (`Copies`). For the few others, files are read again: nothing is kept of all
the records that are never delivered twice.
"""

import contextlib
import json
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec
import numpy as np

from workshop.logs.buckets import S3Client
from workshop.logs.files import pipes, read_file, read_files
from workshop.logs.json_text import however_deep, must_be_utf8, value_of
from workshop.logs.record import Record, id_of
from workshop.logs.records import decode_raw, parse
from workshop.logs.tally import Tally
from workshop.logs.unpacking import unpack


class _Id(msgspec.Struct):
    eventID: str


class _Ids(msgspec.Struct):
    Records: list[_Id]


_decode_ids = msgspec.json.Decoder(_Ids).decode
_as_json = partial(json.dumps, sort_keys=True)

# Files are kept until the next one is read if their texts are of this size, in bytes, at most.
_LARGEST = 1_000_000
# How CloudTrail begins a record, and the next one behind it.
_BEGINNING, _NEXT = b'{"eventVersion":', b'},{"eventVersion":'
# A record's id is looked for so many bytes around where it would be if all records were of the same size.
_AROUND = 10_000
# Files that are read again for single records: so many stay at hand.
_AT_HAND = 3


def content(record: Record) -> bytes:
    """Return what a record holds as text, whatever the order and the spelling in its file."""
    return however_deep(_as_json, record).encode()


class _File(NamedTuple):
    number: int
    plain: bytes
    ids: Sequence
    id_set: frozenset  # of every second file only: that is enough to compare each with the one before


class Copies:
    """Finds records that stand word for word in the file before, too. `places` has file, record, file, record, …"""

    def __init__(self) -> None:
        self.places = array("i")
        self._before: _File | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"places": self.places, "_before": None}

    def look(self, number: int, plain: bytes, ids: Sequence) -> None:
        """Compare a file, the text of an object with a list of records, with the one before; `ids` are the records'."""
        before = self._before
        id_set = frozenset() if before and before.id_set else frozenset(ids)
        here = _File(number, plain, ids, id_set)
        self._before = here if len(plain) <= _LARGEST else None
        if before is None or before.number > number:
            return
        shared = before.id_set.intersection(ids) if before.id_set else id_set.intersection(before.ids)
        for one in filter(None, shared):
            record = ids.index(one)
            text = _text_of(here, one, record)
            # If not as many brackets close as open, this is no whole record, or a text in it has some.
            whole = text and text.count(b"{") == text.count(b"}")
            if whole and text == _text_of(before, one, before.ids.index(one)):
                self.places.extend((number, record))

    def begin(self, number: int, paths: Sequence[str]) -> None:
        """Have a local file compared with the one before it in the list of all, also if that is another process's.

        A pipe is not: what one process takes from it another one lacks.
        """
        number -= 1
        if number < 0 or paths[number] in pipes or (self._before and self._before.number == number):
            return
        self.forget()
        with contextlib.suppress(Exception):  # who reads it says what it suffers from; then copies are found later
            plain = unpack(read_file(paths[number]))
            must_be_utf8(plain)
            self.look(number, plain, [record.eventID for record in _decode_ids(plain).Records])

    def forget(self) -> None:
        """Let go of the file before: what is read next is not compared with it."""
        self._before = None


def _text_of(file: _File, event_id: str, record: int) -> bytes:
    """Return the text of a record in a file as CloudTrail writes it; nothing if it is written in another way.

    There all records begin with their eventVersion, right behind one another.
    """
    plain, needle = file.plain, b'"eventID":"%s"' % event_id.encode(errors="replace")
    about = len(plain) * record // len(file.ids)
    place = plain.find(needle, max(0, about - _AROUND), about + _AROUND)
    if place < 0 and (place := plain.find(needle)) < 0:
        return b""
    start = plain.rfind(_NEXT, 0, place) + 2
    start = start if start > 1 else plain.find(_BEGINNING)
    end = plain.find(_NEXT, place) + 1
    return plain[start:end] if end else plain[start:-2]


class Contents:
    """What single records hold. Files are read again for it; the last few stay at hand.

    `path_of` returns the path of the file with a number.
    """

    def __init__(self, path_of: Callable[[int], str], s3: S3Client | None = None) -> None:
        self._path_of, self._s3 = path_of, s3
        self._data, self._raws = dict[int, bytes](), dict[int, list[msgspec.Raw]]()
        self._parsed = dict[int, list[Record]]()

    def at_hand(self, file: int, data: bytes) -> None:
        """Keep the bytes of a file, in the place of others, so that it need not be read again."""
        while len(self._data) >= _AT_HAND:
            oldest = next(iter(self._data))
            del self._data[oldest]
            self._raws.pop(oldest, None)
            self._parsed.pop(oldest, None)
        if len(data) <= _LARGEST:
            self._data[file] = data

    def of(self, file: int, event_id: str, record: int | None = None) -> bytes | None:
        """Return what the record with an id holds: number `record` of a file, or the first one in it with the id.

        None if the file cannot be read any more, or holds no such record now.
        """
        try:
            data = self._data[file] if file in self._data else read_file(self._path_of(file), s3=self._s3)
            self.at_hand(file, data)
            candidates = self._candidates(file, data, event_id, record)
            return next(content(one) for one in candidates if id_of(one) == event_id)
        except Exception:  # whatever the file suffers from: what cannot be compared is not called the same
            return None

    def _candidates(self, file: int, data: bytes, event_id: str, record: int | None) -> Iterator[Record]:
        """Yield records of a file that may be the one with an id."""
        if file not in self._raws:
            try:
                self._raws[file] = decode_raw(unpack(data)).Records
            except (msgspec.MsgspecError, ValueError, RecursionError):
                self._raws[file] = []
        needle, raws = event_id.encode(errors="replace"), self._raws[file]
        for raw in map(bytes, raws if record is None else raws[record : record + 1]):
            if needle in raw and raw.startswith(b"{"):
                yield value_of(raw)
        if (records := self._parsed.get(file)) is None:
            records = [one for _, one in parse(data, self._path_of(file), Tally())]
            if file in self._data:  # it is small, and is let go of with the others
                self._parsed[file] = records
        yield from records if record is None else records[record : record + 1]


def which_are_copies(
    repeated: np.ndarray,
    proven: np.ndarray,
    alike: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    place_of: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    counts: Mapping[int, int],
    paths: Sequence[str],
    s3: S3Client | None,
    tally: Tally,
) -> np.ndarray:
    """Return for each record whether one that came before it has the same id and holds the same.

    Records are told by their positions: `repeated` says of each whether its id has come before, `proven` are those of
    copies that are known. `alike` returns (groups, positions) of the records with the ids of some, `place_of` (files,
    records) for positions, `counts` has how many records there are in a file. Files that are needed are read again; of
    those that cannot be, all records are kept, and the tally's skipped list says so.
    """
    proven = proven[repeated[proven]]  # a file may have changed since another process has read it
    unsure = repeated.copy()
    unsure[proven] = False
    if not unsure.any():
        return repeated
    groups, positions = alike(unsure)
    known = np.zeros(len(repeated), dtype=bool)
    known[proven] = True
    asked = ~known[positions]  # copies that are known hold what another record of the group does
    groups, positions = groups[asked], positions[asked]
    files, records = place_of(positions)
    texts = _hashes(files, records, counts, paths, s3, tally, as_written=True)
    differ = _differ(groups, texts)
    if differ.any():  # the same may be written in two ways
        texts[differ] = _hashes(files[differ], records[differ], counts, paths, s3, tally, as_written=False)
    order = np.lexsort((positions, texts, groups))
    same = (groups[order][1:] == groups[order][:-1]) & (texts[order][1:] == texts[order][:-1])
    which = known
    which[positions[order[1:][same]]] = True
    return which


def _differ(groups: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Tell which records are of a group in which not all texts are the same."""
    order = np.lexsort((texts, groups))
    other = (groups[order][1:] == groups[order][:-1]) & (texts[order][1:] != texts[order][:-1])
    return np.isin(groups, groups[order][1:][other])


def _hashes(
    files: np.ndarray,
    records: np.ndarray,
    counts: Mapping[int, int],
    paths: Sequence[str],
    s3: S3Client | None,
    tally: Tally,
    *,
    as_written: bool,
) -> np.ndarray:
    """Return a number of 64 bits for each record: for its text in the file, or for what it holds however written."""
    hashes = np.arange(len(files), dtype=np.int64)  # of records that cannot be read: each one its own
    order = np.argsort(files, kind="stable")
    rows_of = np.split(order, np.flatnonzero(np.diff(files[order])) + 1)
    numbered = {paths[files[rows[0]]]: rows for rows in rows_of if len(rows)}
    counted = Tally()
    for path, data in read_files(list(numbered), counted, s3=s3):
        rows = numbered[path]
        read = _texts(data, path, counts[int(files[rows[0]])], as_written)
        if read is None:
            counted.skip(path, None, "it has changed")
        else:
            hashes[rows] = [hash(read(record)) for record in records[rows].tolist()]
    for entry in counted.skipped if as_written else ():
        reason = f"read again to compare records of one eventID, which are all kept now: {entry['reason']}"
        tally.skip(entry["path"], None, reason)
    return hashes


def _texts(data: bytes, path: str, count: int, as_written: bool) -> Callable[[int], bytes] | None:
    """Return what returns a record's text by its number in a file of so many; None if it has another number of them."""
    try:
        plain = unpack(data)
        must_be_utf8(plain)
        raws = decode_raw(plain).Records
        if len(raws) == count:
            return lambda record: bytes(raws[record]) if as_written else content(value_of(bytes(raws[record])))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    parsed = [record for _, record in parse(data, path, Tally())]
    return (lambda record: content(parsed[record])) if len(parsed) == count else None
