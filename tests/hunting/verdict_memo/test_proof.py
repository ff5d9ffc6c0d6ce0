"""Which detectors are simple, and that the fast way finds for them exactly what the plain way finds."""

import bisect
import copy
import functools
import json
import re
import signal
import sys
import tempfile
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
from any_records import RECORDS, VALUES, assert_both_ways_find_the_same
from hypothesis import example, given, settings
from hypothesis import strategies as st
from log_files import record, write

from workshop import exercises
from workshop.cloudtrail_analyzer import print_short_record
from workshop.display import progress
from workshop.display.progress import line
from workshop.hunting.hunt import hunt
from workshop.hunting.plan import Plan
from workshop.hunting.sweep import sweep
from workshop.hunting.verdict_memo.proof import NotProven, prove
from workshop.hunting.worker import sweep_files
from workshop.logs.record import id_of
from workshop.logs.records import parse
from workshop.logs.tally import Tally

ARN = re.compile(r"/i-[0-9a-f]{8,}$")
NAMES = ("DeleteTrail", "StopLogging")
RISKY = {"DeleteTrail", "PutObject"}
LABELS = {"PutObject": "write", "DeleteTrail": "delete"}
FIELD = "eventName"
SOME_FIELDS = ["eventName", "errorCode"]
SEEN = []


# ---------------------------------------------------------------- simple ones


def reads_two_fields(record):
    return record.get("eventName", "").startswith("Delete") and record["eventSource"] != "s3.amazonaws.com"


def looks_deeper(record):
    identity = record.get("userIdentity") or {}
    print("arn", identity.get("arn"), record.get("eventTime"))
    return bool(ARN.search(identity.get("arn") or "")) and isinstance(identity.get("type"), str)


def changes_what_it_read(record):
    identity = record["userIdentity"]
    identity["type"] = identity.pop("arn") + "!"
    print_short_record(record)
    return "userIdentity" in record and len(record["userIdentity"]["type"]) % 2 == 0


def asks_for_presence_first(record):
    if "errorCode" not in record:
        return "extra" in record
    return record["errorCode"] is None or record["errorCode"] == 1 or record["errorCode"] is True


def uses_tables(record):
    name = record.get(FIELD)
    return name in NAMES or (name in RISKY and LABELS.get(name) == "write" and LABELS[name] != "delete")


def counts(record):
    found = {}
    for name, value in sorted((record.get("userIdentity") or {}).items()):
        found[name] = len(value) if isinstance(value, (str, list)) else 0
    total = sum(number for number in found.values())
    return total > 60 or json.dumps(record.get("extra", [])) == "{}"


def catches(record):
    try:
        return record["extra"] / 2 > 0
    except (KeyError, TypeError) as error:
        print(f"{type_of(error)}: {record.get('eventID')!r:>12}")
        return record["eventName"] == "PutObject"


def type_of(value):
    return "odd" if isinstance(value, KeyError) else "other"


def always(record):
    return True


def only_the_id(record):
    print(record["eventID"])
    return record.get("eventID") == "event-3"


def appends_to_its_own(record):
    shown = [record.get("eventName")]
    shown.append(record["eventID"])
    total = 0
    for text in shown:
        total += len(text or "")
    return total > 20


def adds_to_what_it_read(record):
    several = record.get("extra") or []
    several += [1]
    return len(several) > 1


def changes_deep_in_its_own(record):
    mine = [record.get("userIdentity") or {}]
    mine[0]["type"] = "x"
    return len(mine) > 1


def calls_one_that_changes(record):
    return changes_what_it_read(record)


def reads_another_field_of_some(record):
    if record.get("eventSource") == "other.amazonaws.com":
        return record.get("errorCode") == "AccessDenied"
    return record.get("eventName") == "DeleteTrail"


def reads_by_a_loop(record):
    for name in SOME_FIELDS:
        print(name, end=" ")
        if record.get(name) in RISKY:
            return True
    return False


def reads_by_names_of_its_own(record):
    names = ["eventName", "extra"]
    which = "eventSource"
    print(*(f"{name}={record[name]}" for name in names if name in record), record.get(which))
    return all(record.get(name) for name in ("eventName", "eventID"))


def uses_a_name_that_is_also_known_outside(record):
    return any(copy in (record.get("eventName") or "") for copy in ("Delete", "Stop"))


def asks_whether_it_is_a_dictionary(record):
    return isinstance(record, dict) and record.get("eventName") == "DeleteTrail"


def reads_others_where_one_is_missing(record):
    name = record.get("eventName") or (record.get("extra") or {}).get("eventName") or record.get("eventType", "-")
    print(name, record.get("eventTime") or record.get("errorMessage"))
    return name in ("DeleteTrail", "Odd", "-") and (record.get("eventSource", "x") or record["errorCode"]) != "x"


SIMPLE = [
    reads_others_where_one_is_missing,
    asks_whether_it_is_a_dictionary,
    uses_a_name_that_is_also_known_outside,
    reads_by_a_loop,
    reads_by_names_of_its_own,
    reads_two_fields,
    reads_another_field_of_some,
    looks_deeper,
    changes_what_it_read,
    asks_for_presence_first,
]
SIMPLE += [uses_tables, counts, catches, always, only_the_id, appends_to_its_own, adds_to_what_it_read]
SIMPLE += [changes_deep_in_its_own, calls_one_that_changes]


# ---------------------------------------------------------------- those that are not, or cannot be told to be


def remembers(record):
    SEEN.append(record["eventID"])
    return len(SEEN) % 2 == 0


def asks_for_its_type(record):
    return isinstance(record, (dict, str))


def shows_all(record):
    return "Delete" in json.dumps(record)


def goes_by_another_name(record):
    same = record
    return same["eventName"] == "x"


def changes_the_record(record):
    record["eventName"] = "x"
    return False


def walks(record):
    return any(key == "x" for key in record)


def sees_through(record):
    return dict.get(record, "eventName") == "x"


def takes_the_method(record):
    get = record.get
    return get("eventName") == "x"


def merges(record):
    return bool(record | {})


def matches(record):
    match record:
        case {"eventName": "x"}:
            return True
    return False


def has_a_default(record, seen=[]):  # noqa: B006 - the point
    seen.append(1)
    return len(seen) > 1


def imports(record):
    import random

    return random.random() > 0.5


def sets_a_global(record):
    global FIELD
    FIELD = record["eventName"]
    return False


def counts_on_itself(record):
    counts_on_itself.calls = getattr(counts_on_itself, "calls", 0) + 1
    return counts_on_itself.calls > 1


def calls_what_it_is_given(record):
    return (lambda: record["eventName"] == "x")()


def raises(record):
    raise NotImplementedError("later")


def compares_identity(record):
    return record["eventName"] is record["eventSource"]


def keeps_in_a_table(record):
    RISKY.add(record["eventName"])
    return False


def aliases_a_table(record):
    known = RISKY
    known.discard(record["eventName"])
    return False


def hides_it_in_an_exception(record):
    try:
        return record["x"] == 1
    except KeyError as record:
        return record == 2


def by_field(record, name="eventName"):
    return record[name] == "x"


def computes_the_field(record):
    return record["event" + "Name"] == "x"


def uses_a_stream(record):
    print("x", file=SEEN)
    return True


def yields(record):
    yield record["eventName"]


def by_names_that_grow(record):
    names = ["eventName"]
    names.append(record.get("eventSource"))
    return any(record.get(name) for name in names)


def by_one_name_or_another(record):
    name = "eventName"
    if record.get("errorCode"):
        name = record.get("eventSource")
    return bool(record.get(name))


def by_each_letter(record):
    return any(record.get(name) for name in record.get("eventName", ""))


def by_keys_and_values(record):
    return any(record.get(name) == label for name, label in LABELS.items())


def uses_one_name_for_two_things(record):
    return any(RISKY in (record.get("eventName") or "") for RISKY in ("Delete", "Stop")) or "x" in RISKY


NOT_SIMPLE = [
    uses_one_name_for_two_things,
    by_names_that_grow,
    by_one_name_or_another,
    by_each_letter,
    by_keys_and_values,
    remembers,
    asks_for_its_type,
    shows_all,
    goes_by_another_name,
    changes_the_record,
    walks,
    sees_through,
]
NOT_SIMPLE += [takes_the_method, merges, matches, has_a_default, imports, sets_a_global, counts_on_itself]
NOT_SIMPLE += [calls_what_it_is_given, raises, compares_identity, keeps_in_a_table, aliases_a_table]
NOT_SIMPLE += [hides_it_in_an_exception, by_field, computes_the_field, uses_a_stream, yields, print, bool, SEEN.append]


@pytest.mark.parametrize("detector", SIMPLE, ids=lambda detector: detector.__name__)
def test_simple_detectors_are_recognised(detector):
    """Reading some fields, looking deeper into them, calling pure functions, printing."""
    prove(detector)


def test_the_model_answers_are_simple_and_their_fields_known():
    """What the notebooks teach is what runs fast."""
    answers = {answer.__name__: prove(answer).fields for answer in exercises.model_answers()[:3]}
    assert {"eventSource", "eventName"} <= set(answers["deleting_logs"])
    assert "userIdentity.arn" in answers["instance_creds_used_outside_ec2"]


@pytest.mark.parametrize("detector", NOT_SIMPLE, ids=lambda detector: detector.__name__)
def test_everything_else_is_refused_with_a_reason(detector):
    """State, the record as a whole, randomness, anything unknown: better slow than wrong."""
    with pytest.raises(NotProven, match=r"\w+ \w+"):
        prove(detector)


def test_a_function_that_is_not_what_its_source_says_is_refused():
    """Wrapped, changed after it was defined, or of variables of another function."""

    def inner(record):
        return copy is None or SIMPLE is detector

    detector = inner
    swapped = type(always)(always.__code__.replace(co_consts=(None, False)), globals(), "always")
    for function in (inner, functools.partial(always), functools.lru_cache(always), swapped, lambda record: True):
        with pytest.raises(NotProven):
            prove(function)


# ---------------------------------------------------------------- the same matches


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.lists(st.one_of(RECORDS, RECORDS, RECORDS, VALUES), max_size=6), min_size=1, max_size=4),
    st.lists(st.sampled_from(SIMPLE), min_size=1, max_size=4),
    st.sampled_from([1, 2]),
)
def test_the_fast_way_finds_what_the_plain_way_finds(files, detectors, processes):
    """Matches, prints, errors, duplicates, what was skipped; in the same order."""
    assert_both_ways_find_the_same(files, detectors, processes)


def test_what_usually_comes_second_is_not_taken_for_granted():
    """Two fields that have always been read together are looked up together; a record may still ask for another."""
    usual = [record(number, eventName="PutObject") for number in range(3)]
    other = {"eventSource": "other.amazonaws.com", "eventName": "PutObject"}
    unusual = [record(number, errorCode=code, **other) for number, code in enumerate((..., "AccessDenied", "Other"), 3)]
    assert_both_ways_find_the_same([usual, unusual], [reads_another_field_of_some])


def test_a_detector_that_is_not_simple_takes_the_plain_way_and_that_is_said(tmp_path):
    """In order, each record once, in this process: what it counts is right."""
    folder = write(tmp_path, {f"{n}.json.gz": [record(n), record(n)] for n in range(6)})
    SEEN.clear()
    found = hunt(folder, remembers, always)
    assert [f"event-{number}" for number in range(6)] == SEEN
    assert list(found.attrs["not_simple"]) == ["remembers"]
    assert "SEEN" in found.attrs["not_simple"]["remembers"]
    assert len(found) == 9


def test_an_interrupt_keeps_what_was_found_and_says_what_is_left(tmp_path):
    """Ctrl-C ends the hunt after the file it is at, in either way; the rest can be hunted later."""
    folder = write(tmp_path, {f"{n:02}.json.gz": [record(n)] for n in range(50)})

    def interrupts(record):
        if record["eventID"] == "event-20":
            signal.raise_signal(signal.SIGINT)
        return True

    before = signal.getsignal(signal.SIGINT)
    found = hunt(folder, interrupts)
    assert list(found["eventID"]) == [f"event-{number}" for number in range(21)]
    assert [Path(path).name for path in found.attrs["unread"]] == [f"{n:02}.json.gz" for n in range(21, 50)]
    assert len(hunt(found.attrs["unread"], always)) == 29
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("exact", [True, False])
def test_a_hunt_that_was_interrupted_goes_on_where_it_was(tmp_path, monkeypatch, exact):
    """Matches, errors, counts and duplicates of both halves are those of one hunt; nothing is read twice."""
    files = {f"{n:02}.json.gz": [record(n), record(n % 7), record(n + 1, eventName=...), n] for n in range(30)}
    folder = write(tmp_path, {**files, "20.json.gz": b"?"})
    detectors = [reads_two_fields, only_the_id, always]
    whole = hunt(folder, *detectors, exact=exact)
    read = []

    def interrupt(self, files, all_files, records):
        read.append(all_files)
        if len(read) == 11:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(progress.HuntProgress, "__call__", interrupt)
    half = hunt(folder, *detectors, exact=exact)
    assert len(half.attrs["unread"]) == 18
    assert repr(half.sort_values("eventID").attrs["so_far"]) == "<what 12 of 30 files have brought>"
    for _ in range(2):  # the first half can be used again
        rest = hunt(folder, *detectors, exact=exact, resume=half)
        assert repr(rest.attrs) == repr(whole.attrs)
        pd.testing.assert_frame_equal(rest, whole)
    assert read[11] == 18
    with pytest.raises(ValueError, match=r"had the detectors \['reads_two_fields'"):
        hunt(folder, always, resume=half)
    with pytest.raises(ValueError, match="a hunt that came to its end"):
        hunt(folder, *detectors, resume=whole)


def test_a_detector_with_a_memory_goes_on_with_it(tmp_path, monkeypatch):
    """What has been shown before the interrupt is not shown again, though it is delivered again."""
    folder = write(tmp_path, {f"{n:02}.json.gz": [record(n), record(n % 3)] for n in range(9)})

    def interrupt(self, files, all_files, records):
        if files == 5:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(progress.HuntProgress, "__call__", interrupt)
    SEEN.clear()
    half = hunt(folder, remembers)
    assert [f"event-{n}" for n in range(6)] == SEEN
    monkeypatch.undo()
    assert len(hunt(folder, remembers, resume=half)) == 4
    assert [f"event-{n}" for n in range(9)] == SEEN


def test_an_interrupt_ends_the_fast_way_too(tmp_path):
    """Whatever two processes have not read is told."""
    folder = write(tmp_path, {f"{n:02}.json.gz": [record(n)] for n in range(50)})

    def interrupt(files, all_files, records):
        if files >= 10:
            signal.raise_signal(signal.SIGINT)

    for processes in (1, 2):
        findings = sweep(folder, [always], processes=processes, progress=interrupt)
        assert len(findings.positions) + len(findings.unread) == 50
        assert len(findings.positions) >= 10
    alone = sweep(folder, [always], processes=1, progress=interrupt)
    assert len(alone.positions) == 11


def test_progress_tells_files_speed_and_the_time_left():
    """In one line."""
    assert line(120, 500, 24_000, 2.0) == "120 of 500 files, 24,000 records, 12,000 a second, about 6 s left"
    assert line(0, 500, 0, 0.0) == "0 of 500 files, 0 records, just begun, about 0 s left"


def test_progress_is_written_to_the_terminal_when_asked_for(tmp_path, capsys, monkeypatch):
    """To stderr, so that what is printed can be piped; and nothing at all when the hunt is over soon."""
    folder = write(tmp_path, {"1.json.gz": [record(1)], "2.json.gz": [record(2)]})
    hunt(folder, always, progress=True)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(progress, "_PATIENCE", -1)
    hunt(folder, always, progress=True)
    assert "1 of 2 files, 1 records" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("detector", "may_change"),
    [
        *((reads_two_fields, False), (looks_deeper, False), (counts, False), (appends_to_its_own, False)),
        *((changes_what_it_read, True), (adds_to_what_it_read, True), (changes_deep_in_its_own, True)),
        (calls_one_that_changes, True),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_whoever_may_change_a_value_gets_one_of_its_own(detector, may_change):
    """Values are shared only among those that certainly leave them as they were."""
    assert prove(detector).may_change is may_change


def shows_and_changes(record):
    print(record)
    record["userIdentity"]["type"] = "x"


def changes_it_by_another_name(record):
    same = record
    same.pop("eventName", None)


def changes_it_in_a_list(record):
    mine = [record]
    mine[0]["eventName"] = "x"


def changes_its_values(record):
    for _, value in record.items():
        if isinstance(value, dict):
            value["type"] = "x"


def changes_it_elsewhere(record):
    return len(record) > 1 and changes_what_it_read(record)


def takes_something_else_for_it(record):
    record = record["userIdentity"]
    record["type"] = "x"


LEAVE_IT = [shows_all, goes_by_another_name, walks, asks_for_its_type]
CHANGE_IT = [shows_and_changes, changes_it_by_another_name, changes_it_in_a_list, changes_its_values]
CHANGE_IT += [changes_it_elsewhere, takes_something_else_for_it]


@pytest.mark.parametrize("detector", [*LEAVE_IT, *CHANGE_IT], ids=lambda detector: detector.__name__)
def test_whoever_changes_the_record_gets_one_of_its_own(detector, tmp_path):
    """Whoever looks at the record as a whole, and certainly leaves it as it was, shares it."""

    def shows(record):
        print(json.dumps(record))
        return True

    memo = Plan([detector, always]).memo
    assert detector.__name__ in memo.not_simple
    assert memo.changes_nothing(detector.__name__) is (detector in LEAVE_IT)
    folder = write(tmp_path, {"1.json.gz": [record(number) for number in range(3)]})
    both = hunt(folder, detector, shows)
    assert both["printed"][both["detector"] == "shows"].tolist() == hunt(folder, shows)["printed"].tolist()


def test_a_record_is_copied_only_for_those_who_may_change_it(tmp_path, monkeypatch):
    """And not for the last one, whatever it does."""
    copied, copy_of = [], msgspec.to_builtins
    monkeypatch.setattr(msgspec, "to_builtins", lambda one: copied.append(one["eventID"]) or copy_of(one))
    folder = write(tmp_path, {"1.json.gz": [record(1), record(2)]})
    hunt(folder, changes_what_it_read, always, remembers, counts, changes_the_record)
    assert copied == ["event-1", "event-1", "event-2", "event-2"]
    hunt(folder, always, counts, exact=True)
    assert len(copied) == 4


def empties(value):
    """Empty a value and all that is in it."""
    for inner in (value.values() if isinstance(value, dict) else value) if isinstance(value, (dict, list)) else ():
        empties(inner)
    if isinstance(value, (dict, list)):
        value.clear()


@settings(deadline=None, max_examples=150)
@given(st.lists(st.one_of(RECORDS, RECORDS, RECORDS, VALUES), max_size=6), st.sampled_from(["", "x", '{"a": NaN}']))
@example([{"eventID": "\ud800"}] * 2, "")
def test_each_detector_is_shown_the_records_as_they_were(entries, more):
    """Whatever is in a file, and after it, and whatever the detectors before it have done to their records."""
    shown = {name: [] for name in ("first", "second", "last")}

    def destroyer(name):
        def detector(record):
            shown[name].append(repr(record))
            empties(record)
            return False

        return functools.partial(detector)

    data = json.dumps({"Records": entries}).encode() + more.encode()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "1.json").write_bytes(data)
        sweep_files(Plan(map(destroyer, shown)), {f"{folder}/1.json": 0})
    first = parse(data, "1.json", Tally())
    as_they_were, seen = list[str](), set[str]()
    for _, one in first:
        if not id_of(one) or repr(sorted(one.items())) not in seen:
            as_they_were.append(repr(one))
        seen.add(repr(sorted(one.items())))
    assert shown == dict.fromkeys(shown, as_they_were)


@pytest.mark.parametrize("before", [[], [always], [counts_on_itself]])
def test_a_match_shows_the_record_as_it_was(before, tmp_path):
    """Also when the detector that it is a match of has changed it, and a field is missing."""

    def empties_what_it_finds(record):
        record["userIdentity"].clear()
        record.clear()
        return True

    records = [record(number, userIdentity={"arn": f"a/{number}"}) for number in range(4)]
    del records[1]["awsRegion"]
    folder = write(tmp_path, {"1.json.gz": records})
    matches = hunt(folder, *before, empties_what_it_finds)
    matches = matches[matches["detector"] == "empties_what_it_finds"].sort_values("logIndex")
    for name in ("eventName", "awsRegion", "eventID"):
        assert matches[name].replace({np.nan: None}).tolist() == [one.get(name) for one in records]
    assert matches["userIdentity.arn"].tolist() == [f"a/{number}" for number in range(4)]


def test_a_file_that_is_nested_too_deeply_is_reported_whatever_is_made_of_its_records(tmp_path):
    """Copies of them make no difference."""
    deep = b"[" * 1_000_000 + b"]" * 1_000_000
    file = tmp_path / "1.json"
    file.write_bytes(b'{"Records": [{"eventID": "1", "extra": %s}]}' % deep)
    alone, both = hunt(tmp_path, remembers), hunt(tmp_path, changes_the_record, remembers)
    assert both.attrs["skipped"] == alone.attrs["skipped"] != []


def test_a_record_that_can_just_be_decoded_but_not_copied_is_an_error_of_that_detector(tmp_path):
    """Around the depth where decoding fails nothing else does: what cannot be shown is said, and all else goes on."""
    # Up to Python 3.13 decoding and copying fail at nearly the same depth. Later ones have no limit but the stack, of
    # which copying needs nearly twice as much.
    deepest = bisect.bisect(range(1_000_000), 0, key=lambda depth: not decodes(depth)) - 1
    depths = sorted({*range(deepest - 60, deepest + 3), *range(deepest // 3, 2 * deepest, deepest // 30)})
    for depth in depths:
        nested = "[" * depth + "]" * depth
        (tmp_path / f"{depth:06}.json").write_text(f'{{"eventID": "{depth}", "eventName": "a", "extra": {nested}}}')
    matches = hunt(tmp_path, changes_the_record, always)
    told = [error["eventID"] for error in matches.attrs["errors"]]
    assert [error["detector"] for error in matches.attrs["errors"]] == ["changes_the_record"] * len(told)
    skipped = [entry["reason"] for entry in matches.attrs["skipped"]]
    assert set(skipped) == {"nested too deeply"}
    assert len(matches) + len(skipped) == len(depths)
    # How deep is too deep differs by a few levels from file to file.
    read = set(depths) - {int(Path(entry["path"]).stem) for entry in matches.attrs["skipped"]}
    raised, noise = set(map(int, told)), 60
    assert min(raised, default=deepest) > (deepest // 2 if sys.version_info >= (3, 14) else deepest - noise)
    assert {depth for depth in read if depth > min(raised, default=deepest) + noise} <= raised


def decodes(depth):
    try:
        json.loads("[" * depth + "]" * depth)
    except RecursionError:
        return False
    return True


def test_an_unusual_field_costs_the_fast_way_its_own_record_only(tmp_path, monkeypatch):
    """The others of its file are looked up as ever, and what is shown and printed of it is the same."""
    odd = [record(3, eventName=7), record(4, eventTime={"at": 1}, eventName="DeleteTrail"), record(5, eventID=5)]
    odd.append(record(6, awsRegion=["é"], userIdentity={"arn": "b/i-01234567"}))
    usual = [record(number, eventName="DeleteTrail") for number in range(7, 40)]
    folder = write(tmp_path, {"1.json.gz": [*odd, *usual, *odd, record(2)], "2.json.gz": [*usual, odd[0]]})
    detectors = [looks_deeper, changes_what_it_read, reads_two_fields]
    plain = hunt(folder, *detectors, exact=True)
    monkeypatch.setattr("workshop.hunting.worker.parse", lambda *file: pytest.fail("a file was read in full"))
    fast = hunt(folder, *detectors)
    assert len(plain) > len(usual)
    assert repr({**fast.attrs, "processes": None}) == repr({**plain.attrs, "processes": None})
    pd.testing.assert_frame_equal(plain, fast)
