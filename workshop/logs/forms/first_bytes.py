"""What the first bytes of a file say about its form."""

import json
import re

# How many bytes are looked at: a tar archive says what it is behind the first name in it, a table in its first line.
LENGTH = 4096

PACKED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}
# How the notes begin that macOS puts beside each file (AppleDouble).
MACOS = b"\x00\x05\x16\x07"
# Forms that are recognised to be refused: what they are, and what to do.
REFUSED = {
    b"PAR1": "Parquet, as Security Lake and Athena write it: its columns are not CloudTrail's records. Read the log "
    "files of the trail (AWSLogs/…/CloudTrail/…/*.json.gz)",
    b"ORC": "ORC, a table of columns that are not CloudTrail's records. Read the trail's own log files",
    b"7z\xbc\xaf\x27\x1c": "7z archive: unpack it first",
    bytes(
        LENGTH
    ): "nothing but zeros at its beginning: an empty tar archive, or a file that was not written to its end",
    b"Rar!\x1a\x07": "Rar archive: unpack it first",
    b"\x04\x22\x4d\x18": "lz4, which is not unpacked here: unpack it first, with `lz4 -d`",
    b"Obj\x01": "Avro, a table of columns that are not CloudTrail's records. Read the trail's own log files",
    MACOS: "no log: notes of macOS about the file of the same name (AppleDouble)",
    b"SQLite format 3": "SQLite database: export the records as JSON",
}
# Columns of tables, and fields of JSON, that hold a whole record. What is called "message" may hold anything.
WHOLE = ("eventJson", "_raw", "@message", "event.original", "CloudTrailEvent", "message")
# Heads of columns by which a table of CloudTrail's events is known: without spaces, in small letters. Two are enough.
_HEADS = {"eventname", "eventtime", "eventid", "eventsource", "awsregion", "sourceipaddress", "useridentity"}
_WHOLE_HEADS = {name.lower() for name in WHOLE} - {"message"}
# What may stand before the heads: a byte order mark, Excel's line about the separator, PowerShell's about the type.
_BEFORE_HEADS = re.compile(r'[\ufeffï»¿\s]*(?:(?:"?sep=.?"?|#TYPE [^\r\n]*)\s+)?', re.IGNORECASE)
# A cell that names a service as eventSource does: the events of a table whose heads are in another language.
_NAME = r'"?[a-z0-9-]+\.amazonaws\.com"?'
_SERVICE = re.compile(rf"[,;\t]{_NAME}(?:[,;\t\r]|$)|^{_NAME}[,;\t]", re.MULTILINE)
# What records have, also in JSON that does not begin its line.
_RECORD = re.compile(r'"event(?:Version|Source)":')
# How a line of JSON begins, or of Python's way to write the same; others write "[default]" and "{{ name }}".
_JSON = re.compile(r"""^[\ufeffï»¿]*\s*(?:\{\s*(?:["'}]|$)|\[\s*(?:[\[{"'\]]|null\b|$))""", re.MULTILINE)
# The time, and perhaps the stream, before a line of CloudWatch Logs.
TIMES = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\S+ (?:\S+ )?(?=\{)", re.MULTILINE)
_MOST_OF_HEADS = 1 << 16


def packing_of(data: bytes) -> str | None:
    """Return how bytes are packed: "gzip", "bzip2", "xz", "zstd", "zip" or "tar"; None if they are not."""
    for magic, name in PACKED.items():
        if data.startswith(magic):
            return name
    return "tar" if data[257:262] == b"ustar" else None


def refusal(data: bytes) -> str | None:
    """Return why bytes of a form that is not read give no records, None if they are of no such form."""
    return next((words for magic, words in REFUSED.items() if data.startswith(magic)), None)


def may_be_read(head: bytes) -> bool:
    """Tell whether a file that begins with these bytes is worth reading whole: packed, JSON, or a table of events."""
    text = head.decode(json.detect_encoding(head), errors="replace")
    return (
        packing_of(head) is not None
        or refusal(head) is not None
        or _JSON.match(text) is not None
        or table_of_events(text) is not None
        or TIMES.search(text) is not None
        or json_behind_words(text)
        or tells_of_services(text)
    )


def table_of_events(text: str) -> tuple[int, str] | None:
    """Return where a table of CloudTrail's events begins in a text, and what separates its columns.

    Its first line has two heads that are known, or that of a whole record. None if it is no such table.
    """
    before = _BEFORE_HEADS.match(text)
    start = before.end() if before else 0
    line = re.split(r"[\r\n]", text[start : start + _MOST_OF_HEADS], maxsplit=1)[0]
    heads = line.lower().replace(" ", "").replace('"', "")
    for separator in ",;\t":
        names = {*heads.split(separator)}
        if len({name.partition(".")[0] for name in names} & _HEADS) > 1 or names & _WHOLE_HEADS:
            return start, separator
    return None


def tells_of_services(text: str) -> bool:
    """Tell whether a text that is no JSON names a service of AWS in a cell, as tables of events do."""
    return bool(_SERVICE.search(text[:_MOST_OF_HEADS])) and not _has_json_lines(text)


def json_behind_words(text: str) -> bool:
    """Tell whether a text has records that stand behind other words on their lines: grep's, syslog's, the AWS CLI's."""
    return bool(_RECORD.search(text[:_MOST_OF_HEADS])) and not _has_json_lines(text)


def _has_json_lines(text: str) -> bool:
    """Tell whether a line of a text begins as JSON does, or has only a time before it."""
    beginning = text[:_MOST_OF_HEADS]
    return bool(_JSON.search(beginning) or TIMES.search(beginning))
