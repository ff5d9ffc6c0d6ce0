"""The full records of CloudTrail log files, and the reasons why something could not be read.

A log file is `{"Records": [...]}`, gzipped or not, in one gzip member or several. Also read: several such documents one
after another (log files joined with `cat`), records saved one by one or one a line (JSON Lines), and the other forms of
`workshop.logs.forms`.
"""

from collections.abc import Iterator

import msgspec

from workshop.logs.buckets import S3Client
from workshop.logs.files import Source, find_log_files, read_files
from workshop.logs.forms.archives import contents
from workshop.logs.forms.log_files import Digest
from workshop.logs.forms.recognise import documents_of, entries_of
from workshop.logs.json_text import decode_strictly, kind_of, text_of
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
        for document in documents:
            try:
                entries, lost = entries_of(document)
            except Digest:
                self._tally.digests += 1
                self._tally.files -= not self._prefix
                continue
            except Unreadable as problem:
                self._skip(self.index if len(documents) > 1 else None, problem)
                self.index += 1
                continue
            for entry in entries:
                if isinstance(entry, dict):
                    yield self.index, entry
                else:
                    known = isinstance(entry, Unreadable)
                    self._skip(self.index, entry if known else f"not an object but {kind_of(entry)}")
                self.index += 1
            if lost:
                self._skip(None, lost)
        if blemish:
            self._skip(None, blemish)
        return None

    def _skip(self, index: int | None, reason: object) -> None:
        self._tally.skip(self._path, index, f"{self._prefix}{reason}")


def raw_records(plain: bytes) -> list[bytes]:
    """Return the bytes of each record in an unpacked log file, a list.

    Raises: msgspec.MsgspecError when it is not `{"Records": [...]}` with nothing but objects in it.
    """
    raws = list(map(bytes, decode_raw(plain).Records))
    if not all(raw.startswith(b"{") for raw in raws):
        raise msgspec.ValidationError("there is something else than records among the records")
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
