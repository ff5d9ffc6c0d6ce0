"""The full records of CloudTrail log files, and the reasons why something could not be read.

A log file is `{"Records": [...]}`, gzipped or not, in one gzip member or several. Also read: several such documents one
after another (log files joined with `cat`), and records saved one by one or one a line (JSON Lines).
"""

import json
import logging
from collections.abc import Iterator
from typing import Any

import msgspec

from workshop.logs.files import S3Client, Skip, Skipped, Source, Tally, find_log_files, read_files
from workshop.logs.record import Record
from workshop.logs.unpacking import Unreadable, unpack

log = logging.getLogger(__name__)


class _RawLogFile(msgspec.Struct):
    Records: list[msgspec.Raw]


# Reads the same values as the json module, twice as fast, and refuses what only the json module accepts.
_decode_strictly = msgspec.json.Decoder().decode
_decode_raw = msgspec.json.Decoder(_RawLogFile).decode

# Python refuses to convert integers of more than 4,300 digits; such a number is kept as its digits.
_decoder = json.JSONDecoder()
_decoder_of_huge_numbers = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) <= 4300 else digits)


class Digest(Exception):
    """The document is one of CloudTrail's digests: in order, but without records."""


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
            warn_of_skipped(tally, "pass skipped=[] to collect them")

    return records()


def parse(data: bytes, path: str, tally: Tally) -> list[tuple[int, Record]]:
    """Return the records in the bytes of a log file as a list of (index, record).

    What cannot be read goes to the tally's skipped list. Nothing is kept of a damaged gzip file: what is left of it
    would look like a complete one.
    """
    try:
        documents, blemish = _read(unpack(data))
    except Unreadable as problem:
        tally.skip(path, None, str(problem))
        return []
    records, index = [], 0
    for document in documents:
        try:
            entries = _entries(document)
        except Digest:
            tally.files -= 1
            tally.digests += 1
            continue
        except Unreadable as problem:
            tally.skip(path, index if len(documents) > 1 else None, str(problem))
            index += 1
            continue
        for entry in entries:
            if isinstance(entry, dict):
                records.append((index, entry))
            else:
                tally.skip(path, index, f"not an object but {kind_of(entry)}")
            index += 1
    if blemish:
        tally.skip(path, None, blemish)
    tally.records += len(records)
    return records


def raw_records(plain: bytes) -> list[bytes]:
    """Return the bytes of each record in an unpacked log file, a list.

    Raises: msgspec.MsgspecError when it is not `{"Records": [...]}` with nothing but objects in it.
    """
    raws = list(map(bytes, _decode_raw(plain).Records))
    if not all(raw.startswith(b"{") for raw in raws):
        raise msgspec.ValidationError("there is something else than records among the records")
    return raws


def value_of(raw: bytes) -> Any:
    """Return the value that some bytes of a log file hold, as `parse` reads it."""
    try:
        return _decode_strictly(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _decode(raw.decode(), 0)[0]


def kind_of(value: object) -> str:
    """Return what JSON calls a value: "null", "a string", "a list", …"""
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def warn_of_skipped(tally: Tally, where: str) -> None:
    """Log one warning when something could not be read; `where` says where the list of it is."""
    if tally.skipped:
        first = tally.skipped[0]
        log.warning(
            "%d files, records or values could not be read, the first in %s: %s (%s)",
            *(len(tally.skipped), first["path"], first["reason"], where),
        )


def _read(data: bytes) -> tuple[list[Any], str | None]:
    """Return the JSON documents in the bytes of a file, and what is wrong with its text or None."""
    try:
        return [_decode_strictly(data)], None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        text, blemish = _text(data)
        return _documents(text), blemish


def _text(data: bytes) -> tuple[str, str | None]:
    """Return the text of the bytes, and what is wrong with them or None.

    A few wrong bytes do not cost a file its records: they become U+FFFD, and the reason says so.
    """
    if not data.strip():
        raise Unreadable("empty file")
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError as error:
        blemish = f"not {error.encoding.upper()} at byte {error.start}: what is no text reads as U+FFFD; records kept"
        return data.decode(encoding, errors="replace"), blemish


def _documents(text: str) -> list[Any]:
    """Return the JSON documents in a text; one that is broken is an Unreadable in its place.

    There is usually one document. After a broken one, reading goes on at the next line that begins with "{", as the
    lines of JSON Lines do. Raises Unreadable when no document can be read at all.
    """
    documents: list[Any] = []
    place, problem = 0, None
    while (place := _skip_space(text, place)) < len(text):
        try:
            document, place = _decode(text, place)
            documents.append(document)
        except (ValueError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"
            problem = problem or reason
            documents.append(Unreadable(reason))
            place = text.find("\n{", place)
            if place < 0:
                break
    if all(isinstance(document, Unreadable) for document in documents):
        raise Unreadable(problem or "empty file")
    return documents


def _decode(text: str, place: int) -> tuple[Any, int]:
    try:
        return _decoder.raw_decode(text, place)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _decoder_of_huge_numbers.raw_decode(text, place)


def _skip_space(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def _entries(document: Any) -> list[Any]:
    """Return the entries of a document: those in its Records, or the document if it is a record itself."""
    if isinstance(document, Unreadable):
        raise document
    if not isinstance(document, dict):
        raise Unreadable(f'holds {kind_of(document)}, not an object with "Records"')
    if "Records" in document:
        if not isinstance(document["Records"], list):
            raise Unreadable(f"Records is {kind_of(document['Records'])}, not a list")
        return document["Records"]
    if "digestStartTime" in document:
        raise Digest
    if "eventID" in document or "eventTime" in document:
        return [document]
    raise Unreadable(f"holds no Records; its fields: {', '.join(map(repr, list(document)[:5])) or 'none'}")
