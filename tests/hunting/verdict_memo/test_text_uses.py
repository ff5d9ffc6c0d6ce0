"""Which fields a detector only prints, and that filling them in prints what the detector would have printed."""

import pytest
from any_records import RECORDS, assert_both_ways_find_the_same
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import record, write

from workshop.cloudtrail_analyzer import print_short_record
from workshop.exercises.tasks import deleting_logs, instance_creds_used_outside_ec2
from workshop.hunting.hunt import hunt
from workshop.hunting.verdict_memo.proof import prove

# ---------------------------------------------------------------- only printed


def in_an_f_string(record):
    print(f"{record['eventTime']}: {record.get('errorCode', '-')!s}!")
    return True


def in_a_list(record):
    line = ["at", record.get("eventTime"), "%s"]
    line.append(f"<{record.get('errorMessage')}>")
    print(" % ".join(map(str, line)))
    return record.get("eventName") == "DeleteTrail"


def escaped(record):
    what = ["when", record.get("eventTime"), record.get("errorMessage")]
    print("".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in "  ".join(map(str, what))))
    return record.get("eventName") != "PutObject"


def escaped_of_what_a_match_shows(record):
    print("".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in record.get("sourceIPAddress") or ""))
    return True


def escaped_here_and_there(record):
    print("".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in record.get("errorMessage") or ""))
    print(record.get("sourceIPAddress"), "100 %", record.get("errorMessage"))
    return True


def by_its_name(record):
    when = record.get("eventTime") or "some time"
    text = "at " + when
    if record.get("errorCode"):
        text += " in vain"
    print(text, str(record.get("sourceIPAddress")), sep=" | ")
    return True


def one_after_another(record):
    fields = ("eventTime", "errorMessage", "errorCode")
    print(*(record.get(field, "-") for field in fields), sep="  ")
    print(" / ".join([f"{name}: {record[name]}" for name in ("sourceIPAddress", "eventTime") if record.get(name)]))
    return True


def if_there(record):
    if "errorCode" in record and record["errorCode"] is not None:
        print(record["errorCode"], *["a", record.get("errorMessage")])
        return True
    return not record.get("eventTime")


def by_another(record):
    if record.get("eventSource") == "service.amazonaws.com":
        print_short_record(record)
        return True
    return bool(record.get("sourceIPAddress"))


def raises_where_it_is_missing(record):
    try:
        print("[" + record["errorCode"] + "]")
    except TypeError:
        print("not text")
    return True


def by_two_names_and_printed(record):
    when = moment = record.get("eventTime")
    if name := record.get("eventName"):
        print(when, name)
    moment = moment or "-"
    moment += "."
    print(record.get("errorCode", record.get("errorMessage")), moment)
    return True


# ---------------------------------------------------------------- used


def compared(record):
    print(record.get("eventTime"))
    return record.get("eventTime") == "2026-03-10T12:00:00Z"


def cut(record):
    print(record.get("eventTime", "")[:10])
    return True


def changed(record):
    print(str(record.get("eventName")).lower(), end=str(record.get("eventTime")))
    return True


def shown_as_code(record):
    print(f"{record.get('eventName')!r} {record.get('eventTime')!s:>30}")
    return True


def a_list_as_it_is(record):
    print([record.get("eventName")], str([record.get("eventTime")]))
    return True


def letter_by_letter(record):
    print(" ".join(map(str, str(record.get("eventName")))), *str(record.get("eventTime")))
    return True


def asked_after_it_was_written(record):
    line = []
    line.append(f"{record.get('eventName')}")
    print(line)
    return "DeleteTrail" in " ".join(line) or "Put" in f"{record.get('eventTime')}"


def spelled_into_a_list(record):
    line = []
    line += record.get("eventName") or "-"
    print(line)
    return True


def spelled_into_a_copy(record):
    line = [1] * 2 + ["name"]
    line += f"{record.get('eventName')}"
    print(str(line))
    return True


def as_they_come(record):
    return sorted([str(record.get(name)) for name in ("eventTime", "errorCode")])[-1] == "a"


def some_of_them(record):
    print(*(text for text in [record.get("eventTime")] if text != "a"))
    return True


def by_two_names(record):
    first = []
    second = first
    second.append(record.get("eventName"))
    return first == ["DeleteTrail"]


def by_two_names_at_once(record):
    first = second = []
    second.append(record.get("eventName"))
    return first == ["DeleteTrail"]


def by_the_second_of_two_names(record):
    first = second = []
    first.append(record.get("eventName"))
    return second == ["DeleteTrail"]


def in_another_list(record):
    inner = []
    outer = [inner]
    inner.append(record.get("eventName"))
    return outer[0] == ["DeleteTrail"]


def fills(record, line):
    line.append(record.get("eventName"))


def filled_by_another(record):
    line = []
    fills(record, line)
    return line == ["DeleteTrail"]


def adds(record, line):
    line += [record.get("eventName")]


def added_by_another(record):
    line = []
    adds(record, line)
    return line == ["DeleteTrail"]


def added_to_by_another_name(record):
    first = []
    second = first or first
    second += [record.get("eventName")]
    return first == ["DeleteTrail"]


def escaped_otherwise(record):
    print("".join(sign if sign.isalpha() else ascii(sign)[1:-1] for sign in record.get("eventName") or ""))
    return True


def a_text_that_is_a_format(record):
    text = f"{record.get('eventName')}"
    text %= ()
    print(text)
    return True


def cut_by_a_second_name(record):
    first = second = record.get("eventName") or ""
    print(first)
    return second[1:] == "eleteTrail"


def name_of(record):
    return record.get("eventName")


def returned_by_another(record):
    return name_of(record) == "DeleteTrail"


def one_by_one(record):
    found = False
    for one in [record.get("eventName")]:
        found = found or one == "DeleteTrail"
    return found


def counted(record):
    print(len(record.get("eventName") or ""))
    return True


def taken_apart(record):
    first, *others = [record.get("eventName"), record.get("eventTime")]
    return first == "DeleteTrail" and len(others) == 1


def by_the_way(record):
    if (name := record.get("eventName")) == "DeleteTrail":
        print(name)
        return True
    return False


SHORT = {"eventTime", "awsRegion", "sourceIPAddress", "errorCode"}
SHORT |= {f"userIdentity.{name}" for name in ("invokedBy", "userName", "principalId", "accountId")}
ONLY_PRINTED = [
    (in_an_f_string, {"eventTime", "errorCode"}),
    (in_a_list, {"eventTime", "errorMessage"}),
    (escaped, {"eventTime", "errorMessage"}),
    (by_its_name, {"eventTime", "errorCode", "sourceIPAddress"}),
    (one_after_another, {"eventTime", "errorMessage", "errorCode", "sourceIPAddress"}),
    (if_there, {"errorCode", "errorMessage", "eventTime"}),
    (by_two_names_and_printed, {"eventTime", "eventName", "errorCode", "errorMessage"}),
    (by_another, {*SHORT, "eventName", "userIdentity.arn"}),
    (raises_where_it_is_missing, {"errorCode"}),
    (print_short_record, {*SHORT, "eventName", "userIdentity.arn"}),
    (deleting_logs.deleting_logs, {*SHORT, "userIdentity.arn"}),
    (instance_creds_used_outside_ec2.instance_creds_used_outside_ec2, {*SHORT, "eventName"}),
]
USED = [compared, cut, changed, shown_as_code, a_list_as_it_is, letter_by_letter, asked_after_it_was_written]
USED += [as_they_come, some_of_them, spelled_into_a_list, spelled_into_a_copy]
USED += [by_two_names, by_two_names_at_once, in_another_list, filled_by_another, returned_by_another, one_by_one]
USED += [counted, taken_apart, by_the_way, added_by_another, added_to_by_another_name, a_text_that_is_a_format]
USED += [escaped_otherwise, cut_by_a_second_name, by_the_second_of_two_names]


@pytest.mark.parametrize(("detector", "fields"), ONLY_PRINTED, ids=lambda value: getattr(value, "__name__", ""))
def test_fields_that_are_only_printed_are_told(detector, fields):
    """Whatever way a text takes to print, as long as nothing looks at it."""
    assert prove(detector).printed == fields


@pytest.mark.parametrize(
    "detector", [escaped, escaped_of_what_a_match_shows, escaped_here_and_there, print_short_record, by_another]
)
def test_what_is_not_printable_is_escaped_where_texts_are_filled_in_too(detector):
    """Where the detector escapes a text, and nowhere else; whatever is printable beside it."""
    odd = ["a", "b", "c\u202e", "\x00", "d\n", "e"]
    source = "service.amazonaws.com"
    records = [
        record(n, eventSource=source, errorMessage=text, sourceIPAddress=text, errorCode=text)
        for n, text in enumerate(odd * 3)
    ]
    assert_both_ways_find_the_same([records[:2], records[2:]], [detector])


@pytest.mark.parametrize("detector", USED, ids=lambda detector: detector.__name__)
def test_a_field_that_is_used_otherwise_is_not_only_printed(detector):
    """Compared, cut, changed, or put where something else may look at it."""
    assert prove(detector).printed == set()


def test_texts_are_filled_in_where_they_were_printed(tmp_path):
    """Whatever is in them; the detector is asked once for all records that differ in these only."""
    odd = ["%s", "{}", "100 %", "é\u0000\n", "field_0;", " "]
    entries = [record(number, eventTime=text, errorCode=text[::-1]) for number, text in enumerate(odd)]
    entries += [record(number + 10, errorCode=odd[number]) for number in range(3)]
    write(tmp_path, {"a.json.gz": entries})
    printed = hunt(tmp_path, in_an_f_string, progress=False).set_index("eventID")["printed"]
    expected = [f"{entry['eventTime']}: {entry['errorCode']}!\n" for entry in entries]
    assert [printed[entry["eventID"]] for entry in entries] == expected


# Records that differ in little else than what is printed.
TEXTS = st.sampled_from(["", None, ..., "a", "b", "%s 100 %", "DeleteTrail", 3])
ALIKE = st.builds(
    lambda number, name, odd: record(number, eventName=name, **odd),
    st.integers(0, 50),
    st.sampled_from(["DeleteTrail", "PutObject"]),
    st.dictionaries(st.sampled_from(["eventTime", "errorMessage", "errorCode", "sourceIPAddress"]), TEXTS, max_size=3),
)
DETECTORS = [*USED, *(detector for detector, _ in ONLY_PRINTED)]


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.lists(st.one_of(ALIKE, ALIKE, ALIKE, RECORDS), max_size=12), min_size=1, max_size=4),
    st.lists(st.sampled_from(DETECTORS), min_size=1, max_size=6),
    st.sampled_from([1, 2]),
)
def test_the_fast_way_prints_what_the_plain_way_prints(files, detectors, processes):
    """Matches, prints, errors, duplicates, what was skipped; in the same order."""
    assert_both_ways_find_the_same(files, detectors, processes)
