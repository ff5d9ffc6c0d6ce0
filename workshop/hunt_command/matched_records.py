"""The records of matches, read again: a sweep keeps only some of their fields."""

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from workshop.logs.files import read_files
from workshop.logs.record import Record, as_usual
from workshop.logs.records import parse, raw_records
from workshop.logs.tally import Tally
from workshop.logs.unpacking import unpack


def read_again(wanted: Mapping[str, Mapping[int, Any]], s3: Any, tally: Tally) -> Iterator[tuple[str, int, Record]]:
    """Yield (path, index, record) of the wanted records, {path: {place in the file: eventID}}.

    A file that no longer holds one of them, or cannot be read any more, goes to the tally's skipped list.
    """
    reading = Tally()
    for path, data in read_files(list(wanted), reading, s3=s3):
        left = dict(wanted[path])
        for index, record in _records(data, path, wanted[path]):
            if as_usual(record).get("eventID") == left[index]:
                del left[index]
                yield path, index, record
        if left:
            tally.skip(path, None, "has changed since its matches were found: their account and error are unknown")
    for entry in reading.skipped:
        reason = f"could not be read again, for account and error of its matches: {entry['reason']}"
        tally.skip(entry["path"], None, reason)


def _records(data: bytes, path: str, indices: Collection[int]) -> Iterable[tuple[int, Record]]:
    """Return (index, record) of some records; only these are decoded if the file is as CloudTrail writes it."""
    with contextlib.suppress(msgspec.MsgspecError, ValueError, RecursionError):
        raws = raw_records(unpack(data))
        return [(index, msgspec.json.decode(raws[index])) for index in indices if index < len(raws)]
    return [(index, record) for index, record in parse(data, path, Tally()) if index in indices]
