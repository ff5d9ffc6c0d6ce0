"""Records with the same eventID: copies count once, different ones all count, and every way of reading agrees."""

import json
import logging
import signal
import tempfile
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import record, write

from workshop.exercises import model_answers
from workshop.hunt_command.printed import print_report
from workshop.hunt_command.report import hunt_report
from workshop.hunting.hunt import hunt
from workshop.logs.files import read_file
from workshop.logs.table import same_content
from workshop.logs.table.events import load_events

(DELETING_LOGS,) = (one for one in model_answers() if one.__name__ == "deleting_logs")
COUNTED = ("records", "duplicates", "same_id")


def deletes_anything(record):
    """Not simple: it looks at all of the record."""
    return "DeleteTrail" in json.dumps(record)


WAYS = {
    "fast": (DELETING_LOGS, {}),
    "two processes": (DELETING_LOGS, {"processes": 2}),
    "exact": (DELETING_LOGS, {"exact": True}),
    "in full": (deletes_anything, {}),
    "in full, two processes": (deletes_anything, {"processes": 2}),
}


def deletion(number, variant=0):
    """A record with an id of 36 letters or another one; variants differ in what no column shows."""
    ids = [str(uuid.UUID(int=number)), "REDACTED", str(uuid.UUID(int=2**100 + number))]
    return record(
        number,
        eventID=ids[number % 3],
        eventSource="cloudtrail.amazonaws.com",
        eventName="DeleteTrail",
        requestParameters={"name": f"trail-{variant}", "more": [{"eventVersion": "1.0"}]},
    )


# As CloudTrail writes it, as a program does, in another order.
WRITERS = [
    lambda one: json.dumps(one, separators=(",", ":")),
    json.dumps,
    lambda one: json.dumps(one, sort_keys=True, indent=1),
]


def as_file(entries, writer):
    return ('{"Records":[' + ",".join(map(WRITERS[writer], entries)) + "]}").encode()


ENTRIES = st.lists(st.builds(deletion, st.integers(0, 4), st.integers(0, 2)), max_size=5)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(ENTRIES, st.sampled_from([0, 0, 0, 1, 2])), min_size=1, max_size=4))
def test_all_ways_keep_one_record_of_each_content(files):
    """Ids that are UUIDs and others, in one file and several, written in one way and in others."""
    firsts, records, same_id = [], 0, 0
    contents: dict[str, set[str]] = {}
    for place, (entries, _) in enumerate(files):
        for index, one in enumerate(entries):
            known = contents.setdefault(one["eventID"], set())
            text = json.dumps(one, sort_keys=True)
            if text not in known:
                firsts.append((f"{place}.json", index))
                same_id += bool(known)
            known.add(text)
            records += 1
    counts = [records, records - len(firsts), same_id]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), {f"{n}.json": as_file(entries, writer) for n, (entries, writer) in enumerate(files)})
        for processes in (1, 2):
            events = load_events(folder, processes=processes)
            assert [events.attrs[name] for name in COUNTED] == counts
            assert sorted(zip(map(name_of, events["logFile"]), events["logIndex"], strict=True)) == firsts
        for way, (detector, options) in WAYS.items():
            handed = []
            matches = hunt(folder, detector, on_match=handed.append, **options)
            assert [matches.attrs[name] for name in COUNTED] == counts, way
            assert sorted(zip(map(name_of, matches["logFile"]), matches["logIndex"], strict=True)) == firsts, way
            assert len(handed) == len(firsts), way


@pytest.mark.parametrize(
    ("odd", "has_an_id"),
    [
        ({"eventID": ["a", "b"]}, False),
        ({"eventID": "half \ud800"}, False),
        ({"eventID": None}, False),
        ({"eventID": 7}, False),
        ({"eventId": "beside an eventTime"}, True),
        ({"eventID": "é"}, True),
    ],
    ids=lambda value: json.dumps(value),
)
def test_which_ids_count(tmp_path, odd, has_an_id):
    """Those that are a text that can be written. Records without one are never copies of each other."""
    made = deletion(0)
    del made["eventID"]
    files = {f"{n}.json": as_file([made | odd, deletion(1), made | odd | {"more": n}], n) for n in range(2)}
    write(tmp_path, files)
    # Per kind, in two files: two alike, and two that differ from those and from each other.
    counts = [6, 2, 2] if has_an_id else [6, 1, 0]
    for processes in (1, 2):
        assert [load_events(tmp_path, processes=processes).attrs[name] for name in COUNTED] == counts
    for way, (detector, options) in WAYS.items():
        assert [hunt(tmp_path, detector, **options).attrs[name] for name in COUNTED] == counts, way


def name_of(path):
    return Path(path).name


@pytest.mark.parametrize("processes", [1, 2])
def test_copies_in_the_next_file_are_found_without_reading_again(processes, tmp_path, monkeypatch):
    """As CloudTrail writes files; a text that only ends like a record is none. Each process looks at one file more."""
    entries = [deletion(number, 0) for number in (0, 2, 3, 5)]
    write(tmp_path, {"1.json": as_file(entries, 0), "2.json": as_file([entries[2], entries[0], entries[3]], 0)})
    monkeypatch.setattr(same_content, "read_files", None)
    assert [load_events(tmp_path, processes=processes).attrs[name] for name in COUNTED] == [7, 3, 0]
    assert [hunt(tmp_path, DELETING_LOGS, processes=processes).attrs[name] for name in COUNTED] == [7, 3, 0]


def test_a_file_that_changes_between_two_processes_costs_no_record(tmp_path, monkeypatch):
    """The second one finds in it what the first one has not: that is no copy, since nothing came before it."""
    names = ["1.json", "2.json", "3.json", "4.json"]
    write(tmp_path, {name: as_file([deletion(number)], 0) for name, number in zip(names, (0, 3, 6, 0), strict=True)})
    monkeypatch.setattr(same_content, "read_file", lambda path: as_file([deletion(3), deletion(6)], 0))
    for processes in (1, 2):
        assert [load_events(tmp_path, processes=processes).attrs[name] for name in COUNTED] == [4, 1, 0]
        found = hunt(tmp_path, DELETING_LOGS, processes=processes)
        assert [found.attrs[name] for name in COUNTED] == [4, 1, 0]


def test_a_pipe_before_a_file_is_left_to_who_reads_it(tmp_path, monkeypatch):
    """What one process takes from it would be lost for the other."""
    read = []
    monkeypatch.setattr(same_content, "read_file", lambda path: read.append(path) or b"")
    monkeypatch.setattr(same_content, "pipes", {"-"})
    for number in (0, 1, 2):
        same_content.Copies().begin(number, ["-", "1.json", "2.json"])
    assert read == ["1.json"]


def test_a_record_inside_another_one_is_not_taken_for_it(tmp_path):
    """What an enrichment added around it counts, too."""
    inner = deletion(0)
    around = [
        {"tag": tag, "eventID": inner["eventID"], "eventTime": inner["eventTime"], "original": inner} for tag in "ab"
    ]
    write(tmp_path, {f"{n}.json": as_file([deletion(3), one, deletion(2)], 0) for n, one in enumerate(around)})
    assert [load_events(tmp_path).attrs[name] for name in COUNTED] == [6, 2, 1]


def test_copies_may_be_nested_as_deeply_as_python_goes(tmp_path):
    """They are compared all the same, also where they are written in two ways."""
    files = {f"{n}.json": as_file([deletion(0, "deep")], n) for n in range(2)}
    write(tmp_path, {name: data.replace(b'"trail-deep"', b"[" * 960 + b"]" * 960) for name, data in files.items()})
    assert [load_events(tmp_path, processes=1).attrs[name] for name in COUNTED] == [2, 1, 0]
    for way, (detector, options) in WAYS.items():
        assert [hunt(tmp_path, detector, **options).attrs[name] for name in COUNTED] == [2, 1, 0], way


def test_it_is_said(tmp_path, caplog, capsys):
    """By load_events and hunt in a line, by the command below its table; it is no reason to fail."""
    write(tmp_path, {"1.json": as_file([deletion(1, variant) for variant in range(3)], 0)})
    said = "2 records have the eventID of an earlier record and hold something else: all are kept"
    with caplog.at_level(logging.WARNING):
        load_events(tmp_path)
        hunt(tmp_path, DELETING_LOGS)
    assert [said in line.getMessage() for line in caplog.records] == [True, True]
    report = hunt_report(tmp_path, DELETING_LOGS)
    print_report({**report, "status": 0}, "table")
    assert said in capsys.readouterr().err
    assert (report["same_id"], report["duplicates"], len(report["matches"]["deleting_logs"])) == (2, 0, 3)


def test_what_cannot_be_read_again_is_kept_and_listed(tmp_path, monkeypatch):
    """A file that has gone or changed since: nobody knows whether its record is the same."""
    write(tmp_path, {"1.json": as_file([deletion(1), deletion(0)], 1), "2.json": as_file([deletion(1)], 1)})
    read = []

    def gone_the_second_time(path, **options):
        read.append(path)
        if read.count(path) > 1 and path.endswith("2.json"):
            raise OSError("it has gone")
        return read_file(path, **options)

    monkeypatch.setattr("workshop.logs.files.read_file", gone_the_second_time)
    events = load_events(tmp_path, processes=1)
    assert [events.attrs[name] for name in COUNTED] == [3, 0, 1]
    ((path, index, reason),) = (entry.values() for entry in events.attrs["skipped"])
    assert (name_of(path), index) == ("2.json", None)
    assert "read again" in reason
    assert "it has gone" in reason


@pytest.mark.parametrize("way", ["fast", "exact", "in full"])
def test_a_hunt_that_goes_on_knows_what_it_has_seen(tmp_path, way):
    """Copies of records of the first part count once, others with their ids count."""
    detector, options = WAYS[way]
    write(tmp_path, {f"{n}.json": as_file([deletion(1, n % 2), deletion(3)], 0) for n in range(4)})

    handed, stopped = [], []

    def stops(one):
        if not stopped:
            stopped.append(one)
            signal.raise_signal(signal.SIGINT)

    first = hunt(tmp_path, detector, on_match=stops, **options)
    assert first.attrs["unread"]
    both = hunt(tmp_path, detector, resume=first, on_match=handed.append, **options)
    assert [both.attrs[name] for name in COUNTED] == [8, 5, 1]
    assert (len(both), len(handed)) == (3, 3 - len(first))
