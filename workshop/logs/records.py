"""The full records of CloudTrail log files, and the reasons why something could not be read.

A log file is `{"Records": [...]}`, gzipped or not, in one gzip member or several. Also read: several such documents one
after another (log files joined with `cat`), records saved one by one or one a line (JSON Lines), and the other forms of
`workshop.logs.forms`.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from workshop.logs.buckets import S3Client
from workshop.logs.files import Source, find_log_files, read_files
from workshop.logs.forms.archives import contents
from workshop.logs.forms.entries import Entries
from workshop.logs.forms.recognise import documents_of, entries_of
from workshop.logs.forms.refused import refuse_notices
from workshop.logs.json_text import decode_strictly, kind_of, text_of, value_of
from workshop.logs.record import Record
from workshop.logs.tally import Skip, Skipped, Tally
from workshop.logs.unpacking import Unreadable


class _RawLogFile(msgspec.Struct):
    Records: list[msgspec.Raw]


decode_raw = msgspec.json.Decoder(_RawLogFile).decode


def read_records(source: Source, *, s3: S3Client | None = None, skipped: list[Skip] | None = None) -> Iterator[Record]:
    """Yield every record in a source's log files in full, as a dictionary, as it lies in the files.

    Files come in the order of their paths, records in their order in the file: CloudTrail promises no order of time,
    and delivers some records twice; both are left as they are. Insight records are records too. `source` is a file, a
    folder, "s3://bucket/prefix" or a list of these; `s3` the boto3 client to read s3:// with, not needed once
    connected.

    What cannot be read is passed over and appended to `skipped`, if a list is given, as {"path", "index", "reason"}:
    `index` is the record's place in its file, None for a whole file. Without a list, a warning is logged at the end.

    Raises: FileNotFoundError at once when there is no log file in the source.
    """
    tally = Tally(skipped=Skipped() if skipped is None else skipped)
    paths = find_log_files(source, s3=s3, tally=tally)

    def records() -> Iterator[Record]:
        for path, data in read_files(paths, tally, s3=s3):
            for _, record in parse(data, path, tally):
                yield record
        if skipped is None:
            tally.warn("pass skipped=[] to collect them")

    return records()


def parse(data: bytes, path: str, tally: Tally) -> list[tuple[int, Record]]:
    """Return the records in the bytes of a log file as a list of (index, record).

    What cannot be read goes to the tally's skipped list. Nothing is kept of a damaged gzip file: what is left of it
    would look like a complete one. In an archive, the entries of all its files are counted through.
    """
    records, index = list[tuple[int, Record]](), 0
    for name, plain in contents(data, tally):
        file = _File(path, f"{name}: " if name else "", tally, index)
        records += file.records(plain)
        index = file.index
    tally.records += len(records)
    return records


class _File:
    """Reads one file, or one of an archive; `index` is the place of the next entry among all of them."""

    def __init__(self, path: str, prefix: str, tally: Tally, index: int) -> None:
        self._path, self._prefix, self._tally, self.index = path, prefix, tally, index

    def records(self, plain: bytes | Unreadable) -> Iterator[tuple[int, Record]]:
        try:
            documents, blemish = _read(plain)
        except Unreadable as problem:
            return self._skip(None, problem)
        outcomes = [*map(_entries_of, documents)]
        self._tally.digests += sum(outcome.digests for outcome in outcomes)
        if any(outcome.digests for outcome in outcomes) and not any(outcome.entries for outcome in outcomes):
            self._tally.files -= not self._prefix
        entries = [entry for outcome in outcomes for entry in outcome.entries]
        if reason := _one_reason(entries):
            self._skip(None, reason)
            self.index += len(entries)
            entries = []
        for entry in entries:
            if isinstance(entry, dict):
                yield self.index, entry
            else:
                known = isinstance(entry, Unreadable)
                self._skip(self.index, entry if known else f"not an object but {kind_of(entry)}")
            self.index += 1
        for lost in dict.fromkeys(outcome.lost for outcome in outcomes if outcome.lost):
            self._skip(None, lost)
        if blemish:
            self._skip(None, blemish)
        return None

    def _skip(self, index: int | None, reason: object) -> None:
        self._tally.skip(self._path, index, f"{self._prefix}{reason}")


def _entries_of(document: Any) -> Entries:
    """Return the entries of a document; the reason as the only one if it has none."""
    try:
        return entries_of(document)
    except Unreadable as problem:
        return Entries([problem])


def _one_reason(entries: list) -> Unreadable | None:
    """Return the reason why none of some entries is a record, if it is the same one for all."""
    if entries and all(isinstance(one, Unreadable) for one in entries) and len({*map(str, entries)}) == 1:
        return entries[0]
    return None


def raw_records(plain: bytes) -> list[bytes]:
    """Return the bytes of each record in an unpacked log file, a list.

    Raises: msgspec.MsgspecError when it is not `{"Records": [...]}` with nothing but objects in it; ValueError or
    RecursionError when the first of these is no record but a notification, or cannot be told.
    """
    raws = list(map(bytes, decode_raw(plain).Records))
    if not all(raw.startswith(b"{") for raw in raws):
        raise msgspec.ValidationError("there is something else than records among the records")
    refuse_notices([*map(value_of, raws[:1])])
    return raws


def _read(plain: bytes | Unreadable) -> tuple[list, str | None]:
    """Return the documents in the bytes of a file, and what is wrong with its text or None."""
    if isinstance(plain, Unreadable):
        raise plain
    try:
        return [decode_strictly(plain)], None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        text, blemish = text_of(plain)
        return documents_of(text), blemish
