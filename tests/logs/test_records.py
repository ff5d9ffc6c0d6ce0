"""The bytes of log files become records; what cannot be read is listed with its reason."""

import gzip
import json
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import log_file, record, write

from workshop.logs.forms import log_files, recognise
from workshop.logs.records import parse, read_records
from workshop.logs.tally import Tally


def read(data):
    """Return the (index, eventID) pairs and the (index, reason) pairs of a file's bytes."""
    tally = Tally()
    pairs = parse(data, "a.json.gz", tally)
    assert all(entry["path"] == "a.json.gz" for entry in tally.skipped)
    assert tally.records == len(pairs)
    return [(index, found.get("eventID")) for index, found in pairs], [
        (entry["index"], entry["reason"]) for entry in tally.skipped
    ]


def test_records_come_in_full_duplicates_and_all(tmp_path):
    """Nothing is taken away or put in order: the files' own order is evidence too."""
    folder = write(tmp_path, {"1.json.gz": [record(2), record(1)], "2.json.gz": [record(2)]})
    assert list(read_records(folder)) == [record(2), record(1), record(2)]


def test_a_gzip_file_of_several_members_is_read_whole():
    """zlib alone would silently stop after the first member."""
    plain = json.dumps({"Records": [record(1), record(2)]}).encode()
    halves = gzip.compress(plain[:400]) + gzip.compress(plain[400:])
    assert read(halves) == ([(0, "event-1"), (1, "event-2")], [])
    assert read(halves + b"\0" * 512) == ([(0, "event-1"), (1, "event-2")], [])  # padded, as tapes and tar leave them


def test_log_files_joined_with_cat_are_read_whole():
    """`cat *.json.gz > all.json.gz` is a valid gzip file with one JSON document after another."""
    joined = log_file(record(1), record(2)) + log_file(record(3))
    assert read(joined) == ([(0, "event-1"), (1, "event-2"), (2, "event-3")], [])


def test_plain_json_and_json_lines_and_a_single_record_are_read():
    """As downloaded from the console, or written by other tools."""
    lines = "\n".join(json.dumps(record(number)) for number in (1, 2)) + "\r\n\n"
    assert read(json.dumps({"Records": [record(1)]}, indent=2).encode()) == ([(0, "event-1")], [])
    assert read(lines.encode()) == ([(0, "event-1"), (1, "event-2")], [])
    assert read(gzip.compress(lines.encode())) == ([(0, "event-1"), (1, "event-2")], [])
    assert read(json.dumps(record(1), indent=1).encode()) == ([(0, "event-1")], [])


def test_a_broken_line_of_json_lines_costs_that_line_only():
    """Its place is kept, so that the others' indices still lead to them."""
    lines = b"\n".join(
        [json.dumps(record(1)).encode(), b'{"eventID": "half', json.dumps(record(3)).encode(), b'{"a": 1}']
    )
    records, skipped = read(lines)
    assert records == [(0, "event-1"), (2, "event-3")]
    assert [index for index, _ in skipped] == [1, 3]
    assert skipped[0][1].startswith("not JSON: ")
    assert skipped[1][1] == "holds no Records; its fields: 'a'"


@pytest.mark.parametrize("between", [",\n", ", "])
@pytest.mark.parametrize("end", ["", ",", ',\n{"eventID": "half', ",\n]"])
def test_a_broken_list_costs_what_is_broken_in_it_only(between, end):
    """It is said once, and the records keep their places."""
    text = "[\n" + between.join(json.dumps(record(number)) for number in range(3)) + end
    records, skipped = read(text.encode())
    assert records == [(0, "event-0"), (1, "event-1"), (2, "event-2")]
    assert [index for index, _ in skipped] == [3]
    assert skipped[0][1].startswith("not JSON: ")


def test_joined_files_may_each_have_a_byte_order_mark():
    """Also behind a line that is broken."""
    lines = [json.dumps(record(number)).encode("utf-8-sig") for number in range(3)]
    assert read(b"\n".join(lines)) == ([(0, "event-0"), (1, "event-1"), (2, "event-2")], [])
    records, _ = read(b"\n".join([lines[0], lines[1][:-9], lines[2]]))
    assert records == [(0, "event-0"), (2, "event-2")]


def test_entries_that_are_no_objects_are_listed_by_their_place():
    """The records around them keep theirs."""
    data = json.dumps({"Records": [None, record(1), "text", [record(2)], 5, True, record(3)]}).encode()
    assert read(data) == (
        [(1, "event-1"), (6, "event-3")],
        [
            (0, "not an object but null"),
            (2, "not an object but a string"),
            (3, "not an object but a list"),
            (4, "not an object but a number"),
            (5, "not an object but true or false"),
        ],
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b" \n", "empty file"),
        (gzip.compress(b""), "empty file"),
        (log_file(record(1), record(2))[:-20], "truncated: the gzip data ends too early"),
        (log_file(record(1))[:5], "truncated: the gzip data ends too early"),
        (log_file(record(1))[:-5] + b"\0" + log_file(record(1))[-4:], "damaged gzip data: CRC check failed"),
        (b"\x1f\x8b not gzip", "damaged gzip data: Unknown compression method"),
        (log_file(record(1)) + b"garbage", "damaged gzip data: Not a gzipped file"),
        (b"<html>", "not JSON: Expecting value"),
        (json.dumps({"Records": [record(1)]}).encode()[:-30], "not JSON: "),
        (json.dumps({"Records": [record(1)]}, indent=1).encode()[:-30], "not JSON: "),
        (bytes(range(128, 200)), "not JSON: "),
        (b"[]", "holds an empty list, no records"),
        (b"null", 'holds null, not an object with "Records"'),
        (b'"text"', 'holds a string, not an object with "Records"'),
        (b"{}", "holds no Records; its fields: none"),
        (b'{"version": 1, "items": []}', "holds no Records; its fields: 'version', 'items'"),
        (b'{"Records": null}', "Records is null, not a list"),
        (b'{"Records": {"eventID": "1"}}', "Records is an object, not a list"),
        (b'{"Records": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",  # gzip writes the time into the bytes
)
def test_a_file_that_cannot_be_read_is_listed_with_its_reason(data, reason):
    """As a whole (index None): half a file must not pass for a complete one."""
    records, skipped = read(data)
    assert records == []
    assert [index for index, _ in skipped] == [None]
    assert skipped[0][1].startswith(reason)


@pytest.mark.parametrize(
    "document",
    [
        {"QueryResultRows": [None]},
        {"results": [[{"field": ["x"], "value": 1}]]},
    ],
)
def test_a_form_that_is_not_as_it_should_be_costs_its_own_file_only(document, tmp_path):
    """Whatever a reader stumbles over, and also in an array: the reason names the file, and the others are read."""
    odd = json.dumps(document).encode()
    folder = write(tmp_path, {"1.json": odd, "2.json": b"[" + odd + b"]", "3.json.gz": [record(1)]})
    skipped = []
    assert list(read_records(folder, skipped=skipped)) == [record(1)]
    assert {entry["path"].rpartition("/")[2] for entry in skipped} == {"1.json", "2.json"}


def test_what_a_reader_stumbles_over_is_named(monkeypatch):
    """By the form, and the error."""
    monkeypatch.setattr(log_files, "is_record", lambda value: 1 / 0)
    monkeypatch.setattr(recognise, "_READERS", (log_files.entries,))
    ((_, reason),) = read(b'{"a": 1}')[1]
    assert reason.startswith("looks like a form that is read (log_files), but ")
    assert reason.endswith(": ZeroDivisionError: division by zero")


def test_documents_that_are_all_refused_for_one_reason_are_one_file_that_is():
    """A thousand findings of GuardDuty must not pass for a thousand files."""
    finding = {"schemaVersion": "2.0", "accountId": "111122223333", "type": "x"}
    assert read(b"\n".join([json.dumps(finding).encode()] * 9)) == (
        [],
        [(None, "a finding of GuardDuty, which is no record of a call")],
    )


DIGEST = json.dumps({"digestStartTime": "x", "logFiles": []})


@pytest.mark.parametrize(
    ("text", "files", "digests", "records"),
    [
        (DIGEST, 0, 1, 0),
        (DIGEST * 2, 0, 2, 0),
        (f"[{DIGEST}, {DIGEST}]", 0, 2, 0),
        (DIGEST + json.dumps(record(1)), 1, 1, 1),
        (f"[{DIGEST}, {json.dumps(record(1))}]", 1, 1, 1),
    ],
)
def test_a_file_of_digests_is_no_log_file(text, files, digests, records):
    """However many are joined in it; a file that has records besides is one."""
    tally = Tally(files=1)
    parse(text.encode(), "a", tally)
    assert (tally.files, tally.digests, tally.records, tally.skipped) == (files, digests, records, [])


def test_bytes_that_are_no_text_do_not_cost_the_records():
    """A bad byte must not be a way to hide a record; what is wrong is said."""
    data = json.dumps({"Records": [record(1, userAgent="José"), record(2)]}, ensure_ascii=False).encode("latin-1")
    records, skipped = read(data)
    assert records == [(0, "event-1"), (1, "event-2")]
    assert skipped == [(None, f"not UTF-8 at byte {data.index(0xE9)}: what is no text reads as U+FFFD; records kept")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_the_encodings_that_json_files_come_in_are_read(encoding):
    """A redirect in PowerShell writes UTF-16."""
    data = json.dumps({"Records": [record(1, userAgent="José 🛰")]}, ensure_ascii=False).encode(encoding)
    tally = Tally()
    assert parse(data, "a", tally)[0][1]["userAgent"] == "José 🛰"
    assert tally.skipped == []


def test_a_number_too_long_for_python_is_kept_as_its_digits():
    """Python refuses to convert more than 4,300 digits; a record is not lost for that."""
    digits = "7" * 5000
    data = b'{"Records": [{"eventID": "1", "n": ' + digits.encode() + b', "m": 18446744073709551617}]}'
    assert parse(data, "a", Tally()) == [(0, {"eventID": "1", "n": digits, "m": 2**64 + 1})]


def test_skipped_fills_the_list_given_or_else_a_warning_is_logged(tmp_path, caplog):
    """Never silent, never fatal."""
    folder = write(tmp_path, {"1.json.gz": b"?", "2.json.gz": [record(1)]})
    skipped = []
    assert len(list(read_records(folder, skipped=skipped))) == 1
    assert [set(entry) for entry in skipped] == [{"path", "index", "reason"}]
    assert caplog.records == []
    with caplog.at_level(logging.WARNING):
        assert len(list(read_records(folder))) == 1
    assert "1.json.gz: not JSON" in caplog.text


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_damage_never_raises_and_never_passes_silently(data):
    """Whatever bytes are changed or cut: either all records are as they were written, or the file is listed."""
    whole = log_file(*map(record, range(3)))
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 3))):
        damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(damaged[: data.draw(st.integers(0, len(whole)))])
    records, skipped = read(damaged)
    assert bool(records) != bool(skipped)
    if records:  # gzip's own header carries a few bytes that do not matter
        assert [found for _, found in records] == ["event-0", "event-1", "event-2"]
