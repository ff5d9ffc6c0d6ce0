"""What the first bytes of a file say about its form."""

# How many bytes are looked at: a tar archive says what it is behind the first name in it.
LENGTH = 512

PACKED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}
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
    b"\x00\x05\x16\x07": "no log: notes of macOS about the file of the same name (AppleDouble)",
    b"SQLite format 3": "SQLite database: export the records as JSON",
}
_TEXT = (b"{", b"[", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00{", b"\x00[")


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
    beginning = head.lstrip()
    return (
        packing_of(head) is not None
        or refusal(head) is not None
        or beginning.startswith(_TEXT)
        or names_event_columns(head.partition(b"\n")[0].decode("latin-1"))
        or (beginning[:4].isdigit() and b" {" in head)  # lines of CloudWatch Logs, each behind its time
    )


def names_event_columns(line: str) -> bool:
    """Tell whether the first line of a text names columns of a table of CloudTrail's events."""
    names = line.lower().replace(" ", "").replace('"', "").lstrip("\ufeffï»¿").strip().split(",")
    return {"eventname", "eventtime"} <= {*names} or bool({"_raw", "@message", "eventjson"} & {*names})
