"""What a detector reads of userIdentity, and of which texts it looks at the first letters only."""

import pytest
from any_records import RECORDS, assert_both_ways_find_the_same
from hypothesis import given, settings
from hypothesis import strategies as st
from log_files import record, write

from workshop.cloudtrail_analyzer import instance_identifier_arn_pattern, print_short_record
from workshop.exercises.tasks import deleting_logs, instance_creds_used_outside_ec2
from workshop.hunting.hunt import hunt
from workshop.hunting.verdict_memo import verdicts
from workshop.hunting.verdict_memo.batch import RecordType
from workshop.hunting.verdict_memo.memo import VerdictMemo, letters_enough
from workshop.hunting.verdict_memo.proof import prove

OF_IDENTITY = "userIdentity"

# ---------------------------------------------------------------- some of its fields


def as_in_2017(record):
    identity = record["userIdentity"]
    if identity["type"] == "AssumedRole" and identity["accessKeyId"][:2] == "AS":
        return bool(instance_identifier_arn_pattern.match(identity["arn"]))
    return False


def if_it_is_there(record):
    if OF_IDENTITY not in record or "arn" not in record["userIdentity"]:
        print("nobody")
        return True
    who = record.get(OF_IDENTITY, {})
    same = who
    return same.get("sessionContext") is None and who["arn"].startswith(("a", "b/i"))


def none_where_it_is_missing(record):
    who = record.get("userIdentity", None)
    return who is None or (who.get("userName", "") + "!" + str(who.get("arn"))).startswith("!a/")


def what_a_session_has(record):
    attributes = ((record.get("userIdentity") or {}).get("sessionContext") or {}).get("attributes") or {}
    attributes["seen"] = True
    return attributes.get("mfaAuthenticated") == "true"


def with_great_care(record):
    identity = record.get("userIdentity")
    if not isinstance(identity, dict) or not identity:
        print("nobody" if identity is None else "nothing")
        return True
    arn = identity and identity.get("arn")
    return bool(arn) and arn.startswith("a/")


def by_any_name(record):
    who = record["userIdentity"]
    names = "arn", "type"
    return any(who.get(name) == "x" for name in names)


IN_PARTS = [by_any_name, with_great_care, as_in_2017, if_it_is_there, none_where_it_is_missing, what_a_session_has]
IN_PARTS += [
    print_short_record,
    deleting_logs.deleting_logs,
    instance_creds_used_outside_ec2.instance_creds_used_outside_ec2,
]

# ---------------------------------------------------------------- all of it


def in_a_sum_of_all(record):
    return bool(record.get("userIdentity") or record.get("extra"))


def how_much_it_has(record):
    return len(record.get("userIdentity") or {}) == 1


def with_another_default(record):
    return (record.get("userIdentity") or {"arn": "a"}).get("arn") == "a"


def of_this_kind(record):
    return isinstance(record.get("userIdentity"), list)


def by_a_name_for_two_things(record):
    who = record.get("userIdentity") or {}
    if "type" not in who:
        who = {"type": "nobody"}
    return who["type"] == "nobody"


def in_a_list(record):
    return [record.get("userIdentity")][0] == {}


def as_what_and_gives(record):
    who = record.get("eventName") and record.get("userIdentity")
    return len(who or "") == 2


def with_something_more(record):
    who = record.get("userIdentity") or {}
    who["arn"] = "a"
    return (record.get("userIdentity") or {}).get("arn") == "a"


def by_a_name_from_elsewhere(record):
    who = record["userIdentity"]
    return who.get(record.get("eventName")) == "x"


AS_A_WHOLE = [in_a_sum_of_all, how_much_it_has, with_another_default, of_this_kind, by_a_name_for_two_things]
AS_A_WHOLE += [as_what_and_gives, in_a_list, with_something_more, by_a_name_from_elsewhere]

# ---------------------------------------------------------------- how a text begins


def key_and_more(record):
    key = record["userIdentity"]["accessKeyId"]
    print(key[0:3])
    if not key:
        return False
    return key.startswith("A") or key[:2] == "BA"


def also_printed(record):
    print(record["userIdentity"]["accessKeyId"])
    return record["userIdentity"]["accessKeyId"].startswith("A")


def also_compared(record):
    return record["userIdentity"]["accessKeyId"].startswith("A") or record["userIdentity"]["accessKeyId"] == "BAS2"


def how_it_ends(record):
    return record["userIdentity"]["accessKeyId"][-2:] == "S2"


BEGUN = [
    (instance_creds_used_outside_ec2.instance_creds_used_outside_ec2, {"userIdentity.accessKeyId": 2}),
    (as_in_2017, {"userIdentity.accessKeyId": 2}),
    (if_it_is_there, {"userIdentity.arn": 3}),
    (none_where_it_is_missing, {"userIdentity.userName": 3, "userIdentity.arn": 3}),
    (with_great_care, {"userIdentity.arn": 2}),
    (key_and_more, {"userIdentity.accessKeyId": 3}),
    *((also_printed, {}), (also_compared, {}), (how_it_ends, {}), (how_much_it_has, {})),
]


@pytest.mark.parametrize("detector", IN_PARTS, ids=lambda detector: detector.__name__)
def test_fields_of_the_identity_are_fields_of_their_own(detector):
    """Nothing else is done with userIdentity."""
    fields = prove(detector).fields
    assert "userIdentity.type" in fields
    assert "userIdentity" not in fields


@pytest.mark.parametrize("detector", AS_A_WHOLE, ids=lambda detector: detector.__name__)
def test_otherwise_the_identity_is_read_as_a_whole(detector):
    """Also with detectors that would read parts of it."""
    assert "userIdentity" in prove(detector).fields
    assert "userIdentity" in VerdictMemo({"first": detector, "as_in_2017": as_in_2017}).proofs["as_in_2017"].fields


@pytest.mark.parametrize(("detector", "letters"), BEGUN, ids=lambda value: getattr(value, "__name__", ""))
def test_it_is_told_how_many_letters_are_looked_at(detector, letters):
    """Of texts that nothing else looks at."""
    assert prove(detector).begun == letters


def test_as_many_letters_are_kept_as_all_detectors_look_at():
    """All of them, if one looks at all."""
    assert letters_enough(map(prove, (as_in_2017, key_and_more)))["userIdentity.accessKeyId"] == 3
    assert "userIdentity.accessKeyId" not in letters_enough(map(prove, (as_in_2017, also_compared, key_and_more)))


def test_an_identity_without_a_type_is_none_that_is_missing():
    """A null one is unusual, and decoded with all of its record."""
    kind = RecordType(["userIdentity.arn", "userIdentity.type"])
    lines = b'[{"userIdentity": {"arn": "a"}}, {"userIdentity": {}}, {}, {"userIdentity": {"type": "x"}}]'
    batch = kind.batch(kind.decode_file(b'{"Records": %s}' % lines).Records)
    assert [type(value) for value in batch.column(kind.attribute_of["userIdentity.type"])][2:] == [type(None), str]
    assert [value is None for value in batch.column(kind.attribute_of["userIdentity.type"])] == [0, 0, 1, 0]


def test_a_thousand_sessions_of_a_caller_are_asked_about_once(tmp_path, monkeypatch):
    """What differs, the session's key and its start, is not what is asked for."""
    caller = {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/web/i-0123456789"}
    sessions = [{**caller, "accessKeyId": f"ASIA{number}"} for number in range(1000)]
    asked, ask = [], verdicts.ask
    monkeypatch.setattr(verdicts, "ask", lambda *args: asked.append(args) or ask(*args))
    write(tmp_path, {"a.json.gz": [record(number, userIdentity=one) for number, one in enumerate(sessions)]})
    matches = hunt(tmp_path, instance_creds_used_outside_ec2.instance_creds_used_outside_ec2, progress=False)
    assert len(matches) == 1000
    assert len(asked) < 10


# Sessions of a few callers.
KEYS = st.sampled_from(["ASIA1", "ASIA2", "AKIA1", "BA", "A", "", None, 3])
SESSIONS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["AssumedRole", "x", None]),
        "arn": st.sampled_from(["a/i-0123456789", "b/i-01234567", "", None]),
        "accessKeyId": KEYS,
        "userName": KEYS,
        "sessionContext": st.sampled_from([{}, {"attributes": {"mfaAuthenticated": "true"}}, None]),
    },
)
CALLS = st.builds(
    lambda number, identity: record(number, userIdentity=identity),
    st.integers(0, 50),
    st.one_of(SESSIONS, SESSIONS, SESSIONS, st.just(...)),
)
BEGIN = [detector for detector, _ in BEGUN]


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.lists(st.one_of(CALLS, CALLS, CALLS, RECORDS), max_size=12), min_size=1, max_size=4),
    st.lists(st.sampled_from([*IN_PARTS, *IN_PARTS, *BEGIN, *AS_A_WHOLE]), min_size=1, max_size=3),
)
def test_parts_and_first_letters_lead_to_the_same_matches(files, detectors):
    """Matches, prints, errors, duplicates, what was skipped; in the same order."""
    assert_both_ways_find_the_same(files, detectors)
