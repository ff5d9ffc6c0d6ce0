"""Matches handed on while a hunt goes on: the same as those of its table, each once, in every way of hunting."""

import json
import os
import random
import signal
import tempfile
import threading
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import record, write

from workshop.display import progress
from workshop.hunting.hunt import hunt
from workshop.hunting.worker import FileSweeper
from workshop.logs import worker_processes
from workshop.logs.table.events import load_events


def deletes(record):
    if record["eventName"].startswith("Delete"):
        print("deleted by", record.get("userIdentity"))
        return True
    return False


def deletes_anything(record):
    """Not simple: it looks at all of the record."""
    return "DeleteTrail" in json.dumps(record)


WAYS = ({}, {"exact": True}, {"processes": 2})


def told(folder, *detectors, **way):
    """Return (matches handed on, table) of a hunt."""
    handed = []
    return handed, hunt(folder, *detectors, on_match=handed.append, **way)


def keys(matches):
    return sorted((match["detector"], match["logFile"], match["logIndex"], match["printed"]) for match in matches)


VALUES = st.sampled_from([None, 7, "", "DeleteTrail", "PutObject", ["é"], {"arn": None}])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["eventName", "awsRegion", "userIdentity", "eventTime"]), VALUES), min_size=1
    ),
    st.lists(st.lists(st.integers(0, 5), max_size=6), min_size=1, max_size=4),
    st.sampled_from(WAYS),
)
def test_what_is_handed_on_is_what_the_table_has(odd, files, way):
    """Also with records delivered twice, odd fields, and detectors that raise or are not simple."""
    records = [record(number, **odd[number % len(odd)]) for number in range(5)] + [None]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), {f"{n}.json.gz": [records[number] for number in file] for n, file in enumerate(files)})
        handed, matches = told(folder, deletes, **way)
        everything, all_matches = told(folder, deletes, deletes_anything)
    assert keys(everything) == keys(all_matches.to_dict("records"))
    if way.get("processes") == 2:  # which of two copies is found first is up to the processes
        assert len(handed) == len(matches)
    else:
        assert keys(handed) == keys(matches.to_dict("records"))


@pytest.mark.parametrize("way", WAYS)
def test_only_texts_tell_that_a_record_has_come_before(tmp_path, way):
    """An eventID of another kind, or an empty one, says nothing about other records; the table sees it so, too."""
    ids = [["a"], 5, 5, "a", "a", None, None, {}, "", ""]
    write(tmp_path, {"1.json": [record(1, eventID=one, eventName="DeleteTrail") for one in ids]})
    handed, matches = told(tmp_path, deletes, **way)
    handed.sort(key=lambda match: match["logIndex"])
    assert [match["eventID"] for match in handed] == [["a"], 5, 5, "a", None, None, {}, "", ""]
    assert matches["eventID"].tolist() == [["a"], 5, 5, "a", None, None, {}, "", ""]


def test_a_match_has_the_columns_of_the_table_and_the_fields_of_the_record(tmp_path):
    """Nothing is made of the time, and an odd value is what it is."""
    folder = write(tmp_path, {"1.json.gz": [record(0), record(1, eventName="DeleteTrail", awsRegion=["x"])]})
    (match,), matches = told(folder, deletes)
    assert list(match) == list(matches.columns)
    assert (match["detector"], match["eventTime"], match["awsRegion"]) == ("deletes", "2026-03-10T12:00:01Z", ["x"])
    assert (match["logFile"], match["logIndex"]) == (str(tmp_path / "1.json.gz"), 1)
    assert match["printed"].startswith("deleted by {'type': 'AssumedRole'")


@pytest.mark.parametrize("way", WAYS[:2])
def test_matches_come_while_the_hunt_goes_on(tmp_path, way):
    """Long before the last file is read: here the first match takes that away."""
    folder = write(tmp_path, {f"{n}.json.gz": [record(n, eventName="DeleteTrail")] for n in range(10)})
    handed = []

    def on_match(match):
        handed.append(match["eventID"])
        (tmp_path / "9.json.gz").unlink(missing_ok=True)

    matches = hunt(folder, deletes, on_match=on_match, **way)
    assert handed == [f"event-{n}" for n in range(9)]
    assert [Path(entry["path"]).name for entry in matches.attrs["skipped"]] == ["9.json.gz"]


@pytest.mark.parametrize("way", WAYS[:2])
def test_what_on_match_prints_is_shown_and_no_match_takes_it_for_its_own(tmp_path, capsys, way):
    """Only the detectors' prints are caught."""
    folder = write(tmp_path, {f"{n}.json.gz": [record(n, eventName="DeleteTrail")] for n in range(3)})
    matches = hunt(folder, deletes, on_match=lambda match: print("found", match["eventID"]), **way)
    assert capsys.readouterr().out == "found event-0\nfound event-1\nfound event-2\n"
    assert matches["printed"].str.startswith("deleted by").all()


@pytest.mark.parametrize("way", WAYS)
def test_what_on_match_raises_ends_the_hunt(tmp_path, way):
    """Whoever has seen enough can stop; no process is left."""
    folder = write(tmp_path, {f"{n:02}.json.gz": [record(n, eventName="DeleteTrail")] for n in range(40)})

    def on_match(match):
        raise LookupError("seen enough")

    before = {child.pid for child in psutil.Process().children()}  # other tests' emulator may be among them
    with pytest.raises(LookupError, match="seen enough"):
        hunt(folder, deletes, on_match=on_match, **way)
    assert {child.pid for child in psutil.Process().children()} <= before


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows ends processes in another way")
def test_matches_of_a_process_that_dies_are_handed_on_once(tmp_path, monkeypatch):
    """Its files are done again here; records without an id have nothing else to tell them by."""
    folder = write(tmp_path, {f"{n:02}.json.gz": [record(n, eventName="DeleteTrail", eventID=...)] for n in range(40)})
    here, sweep = os.getpid(), FileSweeper.sweep

    def dies(self, numbered, done=None):
        found = sweep(self, numbered, done)
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    monkeypatch.setattr(FileSweeper, "sweep", dies)
    handed, matches = told(folder, deletes, processes=3)
    assert len(matches) == 40
    assert keys(handed) == keys(matches.to_dict("records"))


@pytest.mark.parametrize("way", WAYS[:2])
def test_a_resumed_hunt_hands_on_what_is_new(tmp_path, monkeypatch, way):
    """The first half's matches have been handed on, and their duplicates with them."""
    files = {f"{n:02}.json.gz": [record(n, eventName="DeleteTrail"), record(n % 3)] for n in range(12)}
    files["11.json.gz"].append(record(0, eventName="DeleteTrail"))
    folder, calls = write(tmp_path, files), []

    def interrupt(self, done, all_files, records):
        calls.append(done)
        if len(calls) == 4:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(progress.HuntProgress, "__call__", interrupt)
    first, half = told(folder, deletes, **way)
    second, whole = told(folder, deletes, resume=half, **way)
    assert len(first) == len(half) < len(whole)
    assert keys(first + second) == keys(whole.to_dict("records"))


@pytest.mark.parametrize("way", WAYS)
def test_on_match_may_read_log_files_itself(tmp_path, way):
    """With a second process too, while a thread of the hunt unpacks the next files: these are large enough for that."""
    noise = random.Random(1).randbytes
    files = {f"{n}.json.gz": [record(n, eventName="DeleteTrail", extra=noise(3_000).hex())] for n in range(12)}
    write(tmp_path, files)
    loaded, threads = [], set()

    def reads(match):
        threads.update(thread.name for thread in threading.enumerate())
        loaded.append((len(load_events(tmp_path, processes=2)), len(hunt(tmp_path, deletes, processes=2))))

    assert len(hunt(tmp_path, deletes, on_match=reads, **way)) == 12
    assert loaded == [(12, 12)] * 12
    assert ("unpack" in threads) == (worker_processes.processors_here() > 1 and way.get("processes") != 2)


def test_something_else_than_a_function_is_refused(tmp_path):
    """Before anything is read."""
    with pytest.raises(TypeError, match="on_match is a function that takes a match"):
        hunt(str(tmp_path), deletes, on_match=[])
