"""Bad input, one kind at a time, between two good files: what is lost is listed, all else is there in every reader."""

import bz2
import contextlib
import gzip
import json
import os
import socket
import struct
import sys
from pathlib import Path

import pytest
from every_reader import compare
from log_files import log_file, record, write

from workshop.hunting.hunt import hunt
from workshop.logs import unpacking
from workshop.logs.records import read_records
from workshop.logs.table.columns import COLUMNS
from workshop.logs.table.events import load_events

ONE = json.dumps({"Records": [record(5)]}).encode()
TWO = json.dumps({"Records": [record(5), record(6)]}).encode()
PACKED = gzip.compress(TWO, mtime=0)


def deep(levels: int, name: str = "requestParameters") -> bytes:
    """Return a log file with a record that is nested so deeply, in front of another."""
    text = json.dumps({"Records": [record(5, **{name: "<deep>"}), record(6)]})
    return text.replace('"<deep>"', "[" * levels + "]" * levels).encode()


def of(**fields: object) -> bytes:
    """Return a log file with an odd record in front of a usual one."""
    return json.dumps({"Records": [record(5, **fields), record(6)]}).encode()


def raw(value: str, name: str = "eventName") -> bytes:
    """Return a log file with JSON that Python does not write as the value of a field."""
    return of(**{name: "<raw>"}).replace(b'"<raw>"', value.encode())


# {kind: (bytes of the file, eventIDs in it, the reason why something is skipped or None)}
BOTH = ["event-5", "event-6"]
FILES: dict[str, tuple[bytes, list[str], str | None]] = {
    "truncated gzip": (PACKED[:-40], [], "truncated: the gzip data ends too early"),
    "gzip cut in its header": (PACKED[:7], [], "truncated: the gzip data ends too early"),
    "gzip without its end": (PACKED[:-4], [], "truncated: the gzip data ends too early"),
    "several members": (gzip.compress(TWO[:90]) + gzip.compress(TWO[90:]), BOTH, None),
    "a member that is truncated": (PACKED + gzip.compress(TWO)[:-9], [], "truncated: the gzip data ends too early"),
    "false gzip": (b"\x1f\x8b" + TWO, [], "damaged gzip data: "),
    "gzip with another sum": (PACKED[:-8] + bytes(4) + PACKED[-4:], [], "damaged gzip data: "),
    "gzip with another size": (PACKED[:-4] + struct.pack("<I", 7), [], "damaged gzip data: "),
    "gzip with zeros behind it": (PACKED + bytes(9), BOTH, None),
    "gzip with more behind it": (PACKED + b"more", [], "damaged gzip data: "),
    "packed twice": (gzip.compress(PACKED), BOTH, None),
    "packed otherwise": (bz2.compress(TWO), BOTH, None),
    "JSON cut in the middle": (TWO[:-30], [], "not JSON: "),
    "JSON cut in a word": (TWO[: TWO.index(b"true") + 2], [], "not JSON: "),
    "UTF-16": (TWO.decode().encode("utf-16"), BOTH, None),
    "UTF-32 without a mark": (TWO.decode().encode("utf-32-be"), BOTH, None),
    "Latin-1": (of(userAgent="<é>").replace(b"\\u00e9", b"\xe9"), BOTH, "not UTF-8 at byte "),
    "UTF-16 cut in the middle": (TWO.decode().encode("utf-16")[:-101], [], "not JSON: "),
    "a half of a character": (of(eventName="\ud800"), BOTH, None),
    "a half of a character as bytes": (raw('"\\ud800"').replace(b"\\ud800", b"\xed\xa0\x80"), BOTH, "not UTF-8 at "),
    "a NUL as it is": (raw('"a\0b"'), [], "not JSON: Invalid control character"),
    "a NUL, escaped": (of(eventName="a\0b", userAgent="\0", eventID="event-5"), BOTH, None),
    "control characters": (of(eventName="".join(map(chr, range(32))), userAgent="\x7f\x9b31m"), BOTH, None),
    "right to left": (of(eventName="\u202etxt.exe", eventSource="\u2066x\u2069"), BOTH, None),
    "zero width": (of(eventName="Delete\u200bTrail", eventSource="logs\ufeff.amazonaws.com"), BOTH, None),
    "a text of 10 MB": (of(userAgent="x" * 10_000_000), BOTH, None),
    "a text of 10 MB that is a name": (of(eventName="é" * 5_000_000), BOTH, None),
    "nested 300 deep": (deep(300), BOTH, None),
    "nested 300 deep where a text belongs": (deep(300, "eventName"), BOTH, None),
    "nested 10,000 deep": (deep(10_000), [], "nested too deeply"),
    "NaN": (raw("NaN"), BOTH, None),
    "infinity": (raw("-Infinity", "readOnly"), BOTH, None),
    "a number past all numbers": (raw("1e999", "eventTime"), BOTH, None),
    "an integer of 400 digits": (raw("7" * 400, "errorCode"), BOTH, None),
    "an integer of 5,000 digits": (raw("-" + "7" * 5_000, "awsRegion"), BOTH, None),
    "a field twice": (ONE.replace(b'"eventName"', b'"eventName": 7, "eventName"'), ["event-5"], None),
    "the records twice": (b'{"Records": [], ' + ONE[1:], ["event-5"], None),
    "entries that are none": (b'{"Records": [null, 7, "x", []]}', [], "not an object but "),
    "nothing": (b"", [], "empty file"),
    "a list of nothing": (b"[]", [], "holds an empty list"),
    "HTML": (b"<html>Access denied</html>", [], "not JSON: "),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good files; what is called m lies between them."""
    write(tmp_path, {"a.json.gz": [record(1, eventName="DeleteTrail")], "z.json.gz": [record(9)]})
    return tmp_path


def found_in(folder: Path) -> tuple[list[object], list[str], list[int | None]]:
    """Return (eventIDs, reasons, places) of a folder; the reasons are those of the file between the good ones."""
    skipped: list = []
    found = [one.get("eventID") for one in read_records(str(folder), skipped=skipped)]
    assert {Path(entry["path"]).name[0] for entry in skipped} <= {"m"}
    return found, [entry["reason"] for entry in skipped], [entry["index"] for entry in skipped]


@pytest.mark.parametrize("kind", FILES)
def test_what_can_be_read_is_there_and_what_cannot_is_listed(folder, kind):
    """In read_records, load_events, every way of the hunt, the explorer and the Lambda function."""
    data, ids, reason = FILES[kind]
    (folder / "m.json.gz").write_bytes(data)
    found, reasons, places = found_in(folder)
    assert found == ["event-1", *ids, "event-9"]
    assert len(reasons) == (0 if reason is None else 4 if "entries" in kind else 1)
    assert all(one.startswith(reason or "") for one in reasons)
    assert places == ([0, 1, 2, 3] if "entries" in kind else [None] * len(reasons))
    compare(folder)


PATHS = sorted({column.path[: end + 1] for column in COLUMNS for end in range(len(column.path)) if column.path[0]})
WRONG = [..., None, True, 7, 0.5, "", "x", [], ["a"], [7], {}, {"a": 1}, float("nan"), 10**400, "\x00", "\ud800"]


def test_each_field_may_be_absent_or_of_any_type(folder):
    """One at a time, at every depth, in records with ids of their own: all are records, and readers agree on them."""
    made = []
    for path in PATHS:
        for wrong in WRONG:
            made.append(record(len(made), eventID=f"id-{len(made)}"))
            into = made[-1]
            for name in path[:-1]:
                into = into.setdefault(name, {})
            if path == ("eventID",) and wrong == ["a"]:
                continue  # see odd_logs.OddLogs.record
            into[path[-1]] = wrong
            if wrong is ...:
                del into[path[-1]]
    write(folder, {f"m{start}.json.gz": made[start : start + 100] for start in range(0, len(made), 100)})
    found, reasons, _ = found_in(folder)
    assert len(found) == len(made) + 2 > 500
    assert reasons == []
    compare(folder)


@pytest.mark.skipif(os.name != "posix", reason="pipes, sockets and devices are files there only")
@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_file_does_not_keep_a_reader_waiting(folder, kind, monkeypatch):
    """A pipe that nobody writes into, a device that never ends: listed, unless it is named itself."""
    monkeypatch.chdir(folder)  # names of sockets are short
    with contextlib.ExitStack() as stack:
        if kind == "pipe":
            os.mkfifo("m.json.gz")
        elif kind == "device":
            os.symlink("/dev/zero", "m.json.gz")
        else:
            stack.enter_context(socket.socket(socket.AF_UNIX)).bind("m.json.gz")
        found, reasons, places = found_in(folder)
        assert found == ["event-1", "event-9"]
        assert reasons == ["a pipe or a device, no file: it is read if it is named itself"]
        assert places == [None]
        assert load_events(str(folder)).attrs["skipped"] == hunt(str(folder), len).attrs["skipped"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_lead_nowhere_are_listed(folder):
    """To a file that is gone, and to themselves."""
    (folder / "m1.json.gz").symlink_to(folder / "gone")
    (folder / "m2.json.gz").symlink_to(folder / "m2.json.gz")
    found, reasons, _ = found_in(folder)
    assert found == ["event-1", "event-9"]
    assert [reason.partition(":")[0] for reason in reasons] == ["it leads to nothing that can be read"] * 2


def test_files_that_vanish_or_change_after_they_were_found(folder):
    """Gone, emptied, cut, a folder now: each is listed as what it is when it is read; a good new content is read."""
    now = {"m1": None, "m2": b"", "m3": PACKED[:-40], "m4": ..., "m5": log_file(record(7))}
    write(folder, {f"{name}.json.gz": [record(5)] for name in now})
    skipped: list = []
    records = read_records(str(folder), skipped=skipped)  # has found the files, and read none of them
    for name, content in now.items():
        path = folder / f"{name}.json.gz"
        path.unlink()
        if content is ...:
            path.mkdir()
        elif content is not None:
            path.write_bytes(content)
    assert [one["eventID"] for one in records] == ["event-1", "event-7", "event-9"]
    reasons = {Path(entry["path"]).name[:2]: entry["reason"] for entry in skipped}
    assert reasons["m1"].startswith("could not be fetched: ")
    assert reasons["m2"] == "empty file"
    assert reasons["m3"].startswith("truncated")
    assert reasons["m4"].startswith("could not be fetched: ")
    assert len(skipped) == 4


def test_a_file_that_vanishes_while_a_hunt_reads_is_listed(folder):
    """The first match takes a later file away; files are read a few ahead."""
    write(folder, {f"m{number}.json.gz": [record(5, eventID=f"m{number}")] for number in range(20)})
    gone = folder / "m9.json.gz"
    found = hunt(str(folder), every, on_match=lambda match: gone.unlink(missing_ok=True), processes=1, progress=False)
    assert len(found) == 21
    assert [Path(entry["path"]).name for entry in found.attrs["skipped"]] == ["m9.json.gz"]


def every(record: dict) -> bool:
    return True


def test_a_file_of_a_great_many_members_is_read_in_time(folder):
    """The work grows with the file, not with its square: 300,000 empty members in front of the records."""
    (folder / "m.json.gz").write_bytes(gzip.compress(b"", mtime=0) * 300_000 + PACKED)
    found, reasons, _ = found_in(folder)
    assert found == ["event-1", *BOTH, "event-9"]
    assert reasons == []


def test_a_gzip_bomb_is_refused_with_its_limit(folder, monkeypatch):
    """In one member or several, and where the size at its end is a lie: no more is unpacked than the limit."""
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1 << 20)
    bomb = gzip.compress(bytes(3 << 20))
    half = gzip.compress(bytes(1 << 19))
    bombs = {"m1": bomb, "m2": half * 3, "m3": bomb[:-4] + struct.pack("<I", 9), "m4": gzip.compress(bomb)}
    bombs["m5"] = bomb[:-4] + struct.pack("<I", 0)
    write(folder, {f"{name}.json.gz": data for name, data in bombs.items()})
    found, reasons, _ = found_in(folder)
    assert found == ["event-1", "event-9"]
    assert len(reasons) == 5
    assert {*reasons} == {"unpacks to more than 1 MB: unpack it first if it is no trap"}
    for table in (load_events(str(folder)), hunt(str(folder), every), hunt(str(folder), every, exact=True)):
        assert [entry["reason"] for entry in table.attrs["skipped"]] == reasons
        assert table.attrs["records"] == 2
