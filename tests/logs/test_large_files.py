"""Log files of the size at which CloudTrail begins a new one, and of no size: the same result, in bounded memory."""

import gzip
import json
import subprocess
import sys

import pandas as pd
import pytest
from log_files import record, write

from workshop.hunting.hunt import hunt
from workshop.logs.records import read_records
from workshop.logs.table.events import load_events, record_of

BYTES = 50_000_000
# What it takes beside Python and pandas: the text twice, since some records are odd, and some bytes for each record.
MEGABYTES = 180
_CHILD = """
import json, sys
import pandas
from workshop.exercises.tasks import deleting_logs
from workshop.logs.table.events import load_events
from workshop.hunting.hunt import hunt
from benchmarks.peak_memory import peak_megabytes
before = peak_megabytes()
what, source = sys.argv[1:]
found = load_events(source) if what == "load" else hunt(source, deleting_logs.deleting_logs)
print(json.dumps({"rows": len(found), "records": found.attrs["records"], "megabytes": peak_megabytes() - before}))
"""


def large_record(number):
    """One in a thousand deletes a trail, one in ten thousand has an odd name; long parameters, as S3 batches have."""
    name = 7 if number % 10_000 == 5 else "DeleteTrail" if number % 1_000 == 0 else "PutObject"
    source = "cloudtrail.amazonaws.com" if name == "DeleteTrail" else "s3.amazonaws.com"
    fields = {"eventName": name, "eventSource": source, "userAgent": f"naïve/{number % 50}"}
    return record(number, requestParameters={"keys": [f"{number}/{key}" for key in range(60)]}, **fields)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A folder with one log file of 50 MB, in two gzip members, and how many records it has."""
    parts, size, count = [], 0, 0
    while size < BYTES:
        parts.append(json.dumps(large_record(count), ensure_ascii=False).encode())
        size, count = size + len(parts[-1]) + 1, count + 1
    text = b'{"Records":[' + b",".join(parts) + b"]}"
    members = [gzip.compress(half, compresslevel=1) for half in (text[: size // 2], text[size // 2 :])]
    return write(tmp_path_factory.mktemp("large"), {"1.json.gz": b"".join(members)}), count


def deletes(record):
    return record["eventName"].startswith("Delete")


def test_a_large_file_is_hunted_as_in_full(large):
    """Matches, errors, counts."""
    folder, count = large
    fast, plain = hunt(folder, deletes), hunt(folder, deletes, exact=True)
    assert len(fast) == -(-count // 1_000)
    assert fast.attrs["records"] == count
    assert len(fast.attrs["errors"]) == -(-(count - 5) // 10_000)
    assert repr({**fast.attrs, "processes": None}) == repr({**plain.attrs, "processes": None})
    pd.testing.assert_frame_equal(fast, plain)


def test_a_large_file_is_loaded_whole(large):
    """Every record is a row, and the last one's record is one call away."""
    folder, count = large
    events = load_events(folder)
    assert len(events) == events.attrs["records"] == count
    assert (events["eventName"] == "DeleteTrail").sum() == -(-count // 1_000)
    last = events.index[events["logIndex"] == count - 1][0]
    assert record_of(events, last) == large_record(count - 1)


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has held at most is asked of /proc")
@pytest.mark.parametrize("what", ["load", "hunt"])
def test_a_large_file_takes_a_small_multiple_of_its_size(large, what):
    """A process of its own, for its peak; records in full would take several times as much."""
    folder, count = large
    done = subprocess.run([sys.executable, "-c", _CHILD, what, folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    assert measured["records"] == count
    assert measured["megabytes"] < MEGABYTES


EMPTY = {
    "1.json.gz": b"",
    "2.json": b"",
    "3.json.gz": gzip.compress(b""),
    "4.json.gz": gzip.compress(b"\n"),
    "5.json.gz": [],
    "6.json": b"{}",
    "7.json.gz": gzip.compress(b'{"Records":null}'),
}


@pytest.mark.parametrize("way", [{}, {"processes": 2}, {"exact": True}])
def test_files_without_anything_in_them_cost_nothing_and_are_listed(tmp_path, way):
    """All but a list of no records, which is in order; the others' records are found."""
    folder = write(tmp_path, {**EMPTY, "8.json.gz": [record(1, eventName="DeleteTrail")]})
    matches, skipped = hunt(folder, deletes, **way), []
    assert list(matches["eventID"]) == ["event-1"]
    assert len(list(read_records(folder, skipped=skipped))) == matches.attrs["records"] == 1
    assert matches.attrs["files"] == 8
    assert matches.attrs["skipped"] == load_events(folder).attrs["skipped"] == skipped
    assert len(skipped) == 6
