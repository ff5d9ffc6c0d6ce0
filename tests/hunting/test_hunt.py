"""The hunt: detectors over every record, exactly as the plain loop over the files would."""

import asyncio
import copy
import gc
import json
import logging
import re
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import record, write

from workshop.cloudtrail_analyzer import deleting_logs as stub
from workshop.cloudtrail_analyzer import print_short_record
from workshop.hunt_command.report import hunt_report
from workshop.hunting.hunt import hunt
from workshop.hunting.verdict_memo.batch import Batch
from workshop.hunting.verdict_memo.view import View
from workshop.logs.knowledge import learn
from workshop.logs.table.events import record_of


def deletes(record):
    if record["eventName"].startswith("Delete"):
        print_short_record(record)
        return True
    return False


def by_instance(record):
    print("looking at", record.get("eventID"))
    return bool(re.search(r"/i-[0-9a-f]{8,}$", (record.get("userIdentity") or {}).get("arn") or ""))


@pytest.fixture
def folder(tmp_path):
    """Two deletions, one of them delivered twice, and a call by someone else, out of order."""
    user = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana"}
    files = {
        "1.json.gz": [record(9, eventName="DeleteTrail"), record(1, userIdentity=user)],
        "2.json.gz": [record(3, eventName="DeleteLogGroup", userIdentity=user), record(9, eventName="DeleteTrail")],
    }
    return write(tmp_path, files)


@pytest.mark.parametrize("exact", [False, True])
def test_an_aggregated_event_that_is_delivered_twice_matches_once(tmp_path, exact):
    """Its id, time and account have other names than those of other records."""
    event = {
        "eventId": "aggregated-1",
        "eventType": "AwsAggregatedEvent",
        "accountId": "111122223333",
        "timeWindow": {"windowStart": "2026-03-10T12:00:00Z"},
    }
    folder = write(tmp_path, {"1.json.gz": [event, record(1)], "2.json.gz": [event]})

    def is_aggregated(one):
        return one.get("eventType") == "AwsAggregatedEvent"

    matches = hunt(folder, is_aggregated, exact=exact, progress=False)
    assert (list(matches["eventID"]), matches.attrs["duplicates"]) == (["aggregated-1"], 1)
    assert str(matches["eventTime"][0]) == "2026-03-10 12:00:00+00:00"


def test_a_row_for_each_match_oldest_first(folder):
    """Each record counts once, however often it was delivered."""
    matches = hunt(folder, deletes, by_instance)
    assert list(zip(matches["detector"], matches["eventID"], strict=True)) == [
        ("deletes", "event-3"),
        ("deletes", "event-9"),
        ("by_instance", "event-9"),
    ]
    assert matches.loc[0, "eventTime"] == pd.Timestamp("2026-03-10T12:00:03Z")
    assert str(matches["eventTime"].dt.tz) == "UTC"
    assert matches.loc[0, "userIdentity.arn"].endswith("user/ana")
    assert (matches.attrs["files"], matches.attrs["records"], matches.attrs["duplicates"]) == (2, 4, 1)
    assert matches.attrs["skipped"] == []


def test_matches_without_a_time_come_last_and_equal_ones_as_found(tmp_path):
    """In the table as in the report."""
    times = [None, "2026-03-10T12:00:00.5Z", "2026-03-10T12:00:00Z", "later", "2026-03-10T12:00:00Z"]
    folder = write(tmp_path, {"1.json": [record(n, eventTime=time) for n, time in enumerate(times)]})
    order = ["event-2", "event-4", "event-1", "event-0", "event-3"]
    matches = hunt(folder, lambda record: True)
    assert list(matches["eventID"]) == order
    assert list(matches["eventTime"].isna()) == [False, False, False, True, True]
    report = hunt_report(folder, lambda record: True)
    assert [match["eventID"] for match in report["matches"]["<lambda>"]] == order


@pytest.mark.parametrize("processes", [1, 2])
def test_matches_of_one_time_come_by_file_record_and_detector(tmp_path, processes):
    """Whoever of two processes read which file."""
    same = {"eventTime": "2026-03-10T12:00:00Z", "eventName": "DeleteTrail"}
    files = {f"{n}.json.gz": [record(2 * n, **same), record(2 * n + 1, **same)] for n in range(20, 60)}
    folder = write(tmp_path, files)
    matches = hunt(folder, deletes, by_instance, processes=processes)
    assert list(zip(matches["eventID"], matches["detector"], strict=True)) == [
        (f"event-{n}", detector) for n in range(40, 120) for detector in ("deletes", "by_instance")
    ]


def test_the_full_record_of_a_match_is_one_call_away(folder):
    """As for events."""
    matches = hunt(folder, deletes)
    assert [record_of(matches, label)["eventName"] for label in matches.index] == ["DeleteLogGroup", "DeleteTrail"]


def test_what_a_detector_prints_is_kept_with_its_match(folder, capsys):
    """And what it prints about other records is dropped; nothing is sprayed over the notebook."""
    matches = hunt(folder, deletes, by_instance)
    assert capsys.readouterr().out == ""
    assert matches["printed"][0].startswith("[2026-03-10T12:00:03Z]  ca-central-1")
    assert list(matches["printed"][2:]) == ["looking at event-9\n"]


def test_no_match_makes_an_empty_table_of_the_same_shape(folder):
    """So that the next cell runs."""
    nothing = hunt(folder, lambda record: False)
    assert len(nothing) == 0
    assert list(nothing.columns) == list(hunt(folder, deletes).columns)
    assert str(nothing["eventTime"].dt.tz) == "UTC"


def raising(error):
    def raises(record):
        raise error

    return raises


def test_a_detector_that_raises_is_reported_and_the_hunt_goes_on(folder, caplog):
    """Its other records and the other detectors are still done."""

    def fragile(record):
        if record["eventName"] == "DeleteTrail":
            raise SystemExit("done")
        return record["userIdentity"]["sessionContext"] is None

    with caplog.at_level(logging.WARNING):
        matches = hunt(folder, fragile, deletes)
    assert list(matches["detector"]) == ["deletes", "deletes"]
    assert matches.attrs["errors"] == [
        {"detector": "fragile", "eventID": "event-9", "error": "SystemExit: done"},
        {"detector": "fragile", "eventID": "event-1", "error": "KeyError: 'sessionContext'"},
        {"detector": "fragile", "eventID": "event-3", "error": "KeyError: 'sessionContext'"},
    ]
    assert "detectors raised on 3 records" in caplog.text


def test_a_detector_that_is_not_written_yet_is_reported_once(folder):
    """Not once for each of a million records."""
    matches = hunt(folder, stub, deletes)
    assert len(matches) == 2
    assert [entry["detector"] for entry in matches.attrs["errors"]] == ["deleting_logs"]
    assert matches.attrs["errors"][0]["error"].startswith("not written yet: ")


def test_a_detector_that_is_not_implemented_for_some_records_judges_all_others(folder):
    """It is written: what it finds in later records is no less worth."""
    later = hunt(folder, deletes)["eventID"].iloc[-1]

    def partly(record):
        if record.get("eventID") != later:
            raise NotImplementedError("only one kind so far")
        return True

    matches = hunt(folder, partly)
    assert list(matches["eventID"]) == [later]
    assert len(matches.attrs["errors"]) == matches.attrs["records"] - matches.attrs["duplicates"] - 1
    assert matches.attrs["errors"][0]["error"] == "NotImplementedError: only one kind so far"


class Unspeakable(BaseException):
    def __str__(self):
        raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("detector", "error"),
    [
        (lambda record: (deletes(record) for _ in range(1)), "TypeError: it returned a generator, and not whether"),
        (lambda record: filter(deletes, [record]), "TypeError: it returned a filter, and not whether"),
        (lambda record: map(deletes, [record]), "TypeError: it returned a map, and not whether"),
        (lambda record: zip([record], [record], strict=True), "TypeError: it returned a zip, and not whether"),
        (lambda record: deletes, "TypeError: it returned a function, and not whether"),
        (lambda record: record["eventName"].startswith, "TypeError: it returned a builtin_function_or_method, and not"),
        (raising(asyncio.CancelledError("late")), "CancelledError: late"),
        (raising(Unspeakable()), "Unspeakable, and its text raises CancelledError"),
    ],
    ids=["generator", "filter", "map", "zip", "function", "method", "cancelled", "speechless"],
)
def test_a_record_that_was_not_judged_is_an_error(folder, detector, error):
    """What has not run yet is true, whatever would come of it; an error may be unable to say what it is."""
    matches = hunt(folder, detector, deletes)
    assert list(matches["detector"]) == ["deletes", "deletes"]
    assert len(matches.attrs["errors"]) == matches.attrs["records"] - matches.attrs["duplicates"]
    assert all(entry["error"].startswith(error) for entry in matches.attrs["errors"])


@pytest.mark.parametrize("exact", [False, True])
def test_an_interrupt_of_a_detector_is_nothing_of_its_own(folder, exact):
    """Somebody wants the hunt to end."""
    with pytest.raises(KeyboardInterrupt):
        hunt(folder, raising(KeyboardInterrupt()), exact=exact)


def test_a_detector_that_changes_the_record_changes_nothing_for_others(folder):
    """Each gets a copy of its own, and the report shows the record as it was."""

    def vandal(record):
        record["userIdentity"].clear()
        record["eventName"] = record["eventID"] = "gone"
        return True

    matches = hunt(folder, vandal, deletes, by_instance)
    assert (matches["detector"].value_counts()[["vandal", "deletes", "by_instance"]] == [3, 2, 1]).all()
    assert "gone" not in set(matches["eventID"]) | set(matches["eventName"])


def test_the_records_of_a_file_are_gone_when_it_is_done(folder):
    """The garbage collector is paused meanwhile: what waits for it would pile up to all of a lake."""
    gc.collect()
    gc.disable()
    try:
        hunt(folder, deletes, by_instance)
        left = [one for one in gc.get_objects() if isinstance(one, Batch | View)]
    finally:
        gc.enable()
    assert left == []


def test_detectors_of_the_same_name_are_told_apart(folder):
    """Two lambdas, or the attendee's function beside the model answer."""
    report = hunt_report(folder, lambda record: True, lambda record: False)
    assert {name: len(found) for name, found in report["matches"].items()} == {"<lambda>": 3, "<lambda> (2)": 0}


def test_a_hunt_without_detectors_or_with_something_else_says_so(folder):
    """Before any file is read."""
    with pytest.raises(ValueError, match="needs at least one detector"):
        hunt(folder)
    with pytest.raises(TypeError, match="A detector is a function that takes a record; got 'deletes'"):
        hunt(folder, "deletes")


@pytest.mark.parametrize(
    ("detectors", "instead"),
    [
        ([[by_instance]], "Put a star before it, and the functions in it are taken: hunt(source, *detectors)"),
        (["deletes"], "without quotes: hunt(source, deletes)"),
        ([True], "True is what a function returns"),
        ([None], "None is what a function returns"),
        ([{"eventName": "x"}], "such as a record"),
    ],
)
def test_a_hunt_with_something_else_than_a_function_says_what_to_write(folder, detectors, instead):
    """A list without a star, a name, a verdict, a record."""
    with pytest.raises(TypeError, match=re.escape(instead)):
        hunt(folder, *detectors)


def test_the_source_of_a_hunt_comes_first(folder):
    """The other way round it says so."""
    with pytest.raises(TypeError, match=re.escape('hunt("data", by_instance)')):
        hunt(by_instance, folder)


def test_the_report_has_exactly_the_shape_of_the_command_line(folder):
    """Fields as they stand in the record, paths as given, every detector named, ready for JSON."""
    write(Path(folder), {"3.json.gz": b"?", "4.json.gz": [7]})
    report = hunt_report(folder, by_instance, lambda record: False)
    assert json.loads(json.dumps(report)) == report
    found = {
        "eventID": "event-9",
        "eventTime": "2026-03-10T12:00:09Z",
        "eventSource": "logs.amazonaws.com",
        "eventName": "DeleteTrail",
        "path": str(Path(folder) / "1.json.gz"),
        "index": 0,
        "who": record(9)["userIdentity"]["arn"],
        "address": record(9)["sourceIPAddress"],
        "region": record(9)["awsRegion"],
        "account": record(9)["userIdentity"]["accountId"],
        "error": None,
    }
    assert report["matches"] == {"by_instance": [found], "<lambda>": []}
    assert [set(entry) for entry in report["skipped"]] == [{"path", "index", "reason"}] * 2
    assert {name: report[name] for name in ("files", "records", "duplicates")} == {
        "files": 4,
        "records": 4,
        "duplicates": 1,
    }


ODD_VALUES = st.one_of(st.none(), st.integers(), st.booleans(), st.just([]), st.just({}), st.text(max_size=3))
RECORDS = st.builds(
    lambda number, name, odd: record(number, eventName=name, **odd),
    st.integers(0, 6),
    st.sampled_from(["DeleteTrail", "PutObject", ...]),
    st.dictionaries(
        st.sampled_from(["eventID", "eventTime", "userIdentity", "sourceIPAddress", "extra"]), ODD_VALUES, max_size=2
    ),
)


def mutates(record):
    record.setdefault("seen", []).append(1)
    identity = record.get("userIdentity")
    return isinstance(identity, dict) and identity.pop("type", None) is None


def reads_everything(record):
    return type(record) is dict and len(json.dumps(record)) % 3 == 0 and "seen" not in record


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.lists(st.one_of(RECORDS, RECORDS, ODD_VALUES), max_size=5), min_size=1, max_size=3),
    st.permutations([deletes, by_instance, mutates, reads_everything]),
)
def test_the_hunt_finds_what_the_plain_loop_finds(files, detectors):
    """Also with detectors that raise, change the record, or look at all of it."""
    expected, errors, seen = [], [], set()
    for place, entries in enumerate(files):
        for index, found in enumerate(entries):
            if not isinstance(found, dict):
                continue
            event_id = found.get("eventID")
            if isinstance(event_id, str) and event_id and "\ud800" not in event_id:  # no text that can be written
                one = event_id, json.dumps(found, sort_keys=True)
                if one in seen:
                    continue
                seen.add(one)
            for detector in detectors:
                try:
                    if detector(copy.deepcopy(found)):
                        expected.append((detector.__name__, f"{place}.json.gz", index))
                except Exception as error:
                    errors.append((detector.__name__, f"{type(error).__name__}: {error}"))
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), {f"{place}.json.gz": entries for place, entries in enumerate(files)})
        matches = hunt(folder, *detectors)
        report = hunt_report(folder, *detectors)
    got = [
        (name, Path(path).name, index)
        for name, path, index in zip(matches["detector"], matches["logFile"], matches["logIndex"], strict=True)
    ]
    assert sorted(got) == sorted(expected)
    assert [(entry["detector"], entry["error"]) for entry in matches.attrs["errors"]] == errors
    assert matches["eventTime"].dropna().is_monotonic_increasing
    for detector in detectors:
        ours = matches[matches["detector"] == detector.__name__]
        assert [match["path"] for match in report["matches"][detector.__name__]] == list(ours["logFile"])


def same_key(record, known):
    return known.first_address.get(record["userIdentity"]["accessKeyId"]) not in (None, record["sourceIPAddress"])


@pytest.mark.parametrize("processes", [1, 2, None])
def test_a_detector_gets_what_is_known(tmp_path, processes):
    """Beside one that takes a record alone; under its own name."""
    user = {"type": "IAMUser", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    calls = [record(n, userIdentity=user, sourceIPAddress=f"192.0.2.{n // 2}", eventName="DeleteTrail") for n in (1, 2)]
    folder = write(tmp_path, {"1.json.gz": calls})
    known = learn(calls)
    matches = hunt(folder, same_key, deletes, known=known, processes=processes, progress=False)
    assert list(matches["detector"]) == ["deletes", "same_key", "deletes"]
    assert not matches.attrs["errors"]


def test_a_detector_that_asks_for_what_is_not_given_is_refused(folder):
    """Before anything is read, with what to write."""
    with pytest.raises(TypeError, match=r"same_key takes \(record, known\): hunt\(source, same_key, known=known\)"):
        hunt(folder, deletes, same_key)
