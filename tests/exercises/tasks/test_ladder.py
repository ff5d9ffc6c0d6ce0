"""The ladder of notebook 05a: how its answers are judged, and that the lake bears out what the notebook says of it."""

import functools
import json

import pandas as pd
import pytest
from cells import function_of

from workshop import places, read_records
from workshop.exercises import catch_up, check, extra_answers, saved_answers
from workshop.exercises.sample_records import Maker
from workshop.exercises.scores import plot_scores, score, score_table, verdicts
from workshop.exercises.tasks.instance_creds_used_outside_ec2 import instance_creds_used_outside_ec2
from workshop.exercises.tasks.ladder.called_from_home import EXERCISE as step_d
from workshop.exercises.tasks.ladder.issued_by_ec2 import EXERCISE as step_b
from workshop.exercises.tasks.ladder.made_by_aws import EXERCISE as step_c
from workshop.exercises.tasks.ladder.moved_since_first_use import EXERCISE as step_e
from workshop.logs.knowledge import learn

STEPS = {step.name: step for step in (step_b, step_c, step_d, step_e)}
INVENTORY = places.data() / "inventory.csv"


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


def answered(name, body):
    """Check the answer with this body, as a notebook's cell would define it."""
    arguments = "record" if name == "made_by_aws" else "record, known"
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return check(function_of(f"import ipaddress\n\ndef {name}({arguments}):\n{lines}", name))


B, C, D, E = STEPS
KEY = 'record["userIdentity"].get("accessKeyId")'
BEGAN = 'began = ((record["userIdentity"].get("sessionContext") or {}).get("attributes") or {}).get("creationDate")\n'
NAME = 'record["userIdentity"].get("arn", "").split("/")[-1]'
ADDRESS = 'str(record.get("sourceIPAddress"))'
IDENTITY = 'record.get("userIdentity", {})'


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize("name", STEPS)
def test_the_model_answer_passes(name):
    """With any records that the seed may give."""
    model = STEPS[name].model
    assert model in extra_answers()
    assert check(model).outcome == "passed"


def test_who_is_short_of_time_gets_a_function_that_works_in_the_notebook(capsys):
    """catch_up says how to use it: saved_answers holds what is deployed, and a step of the ladder is not."""
    late = catch_up(C)
    assert "made_by_aws = catch_up" in capsys.readouterr().out
    assert late(Maker(1).record("s3.amazonaws.com", "GetBucketAcl", Maker(1).service())) is True
    assert saved_answers() == []


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (B, (f"if {KEY} in known.issued_to.keys():\n    return True\n{BEGAN}"
            "return None if began is None or began < known.since else False")),
        (B, (f"{BEGAN}if known.issued_to.get({KEY}):\n    return True\nif began and began >= known.since:\n"
            "    return False")),
        (B, ("try:\n    known.issued_to[record['userIdentity']['accessKeyId']]\n    return True\nexcept KeyError:\n"
            "    pass\ntry:\n    began = record['userIdentity']['sessionContext']['attributes']['creationDate']\n"
            "except KeyError:\n    return None\nreturn False if known.since <= began else None")),
        (C, (f"address = {ADDRESS}\nif 'invokedBy' in {IDENTITY}:\n    return True\n"
            "return address.endswith('.amazonaws.com') or address == 'AWS Internal'")),
        (C, (f"who = {IDENTITY}\nif who.get('invokedBy'):\n    return True\ntry:\n    ipaddress.ip_address({ADDRESS})\n"
            "except ValueError:\n    return record['sourceIPAddress'] == 'AWS Internal' or "
            "record['sourceIPAddress'].endswith('.amazonaws.com')\nreturn False")),
        (D, ("if record.get('vpcEndpointId') is not None:\n    return record['vpcEndpointId'] in known.vpc_endpoints\n"
            f"name, address = {NAME}, record['sourceIPAddress']\nif name not in known.addresses:\n"
            "    return True if address in known.nat_addresses else None\n"
            "return address in known.addresses[name] | known.nat_addresses")),
        (E, f"return record['sourceIPAddress'] != known.first_address.get({KEY}, record['sourceIPAddress'])"),
        (E, (f"key = {KEY}\nif key in known.first_address and known.first_address[key] != record['sourceIPAddress']:\n"
            "    return True\nreturn False")),
    ],
)  # fmt: skip
def test_right_answers_of_other_styles_pass(name, body):
    """What counts is what the function says, not how it is written."""
    result = answered(name, body)
    assert result.outcome == "passed", result


def test_asking_aws_to_what_a_session_was_issued_is_the_bonus():
    """By inScopeOf or by ec2RoleDelivery; a Lambda function's session has an inScopeOf too."""
    rest = f"{BEGAN}return KEY in known.issued_to or (None if not began or began < known.since else False)"
    rest = rest.replace("KEY", KEY)
    scope = "(record['userIdentity'].get('inScopeOf') or {}).get('issuerType') == 'AWS::EC2::Instance'"
    scope = f"if {scope}:\n    return True\n"
    delivery = "if 'ec2RoleDelivery' in record['userIdentity'].get('sessionContext', {}):\n    return True\n"
    assert answered(B, scope + rest).outcome == "bonus"
    assert answered(B, delivery + rest).outcome == "bonus"
    any_scope = "if 'inScopeOf' in record['userIdentity']:\n    return True\n"
    result = answered(B, any_scope + rest)
    assert (result.outcome, result.misconception) == ("wrong", "any_scope")


MISTAKES = [
    (B, "no_unknown", f"return {KEY} in known.issued_to"),
    (B, "no_unknown", (f"{BEGAN}if {KEY} in known.issued_to:\n    return True\n"
                      "return None if began and began < known.since else False")),
    (B, "never_false", f"return True if {KEY} in known.issued_to else None"),
    (B, "never_looks_up", "return None"),
    (B, "never_looks_up", "return False"),
    (B, "trusts_name", (f"{BEGAN}if {NAME}.startswith('i-'):\n    return True\n"
                       "return None if not began or began < known.since else False")),
    (B, "trusts_name", f"return {NAME} in known.issued_to.values()"),
    (B, "looks_up_instance", f"return {NAME} in known.issued_to"),
    (B, "event_time", (f"if {KEY} in known.issued_to:\n    return True\n"
                      "return None if record['eventTime'] < known.since else False")),
    (B, "later_is_unknown", (f"{BEGAN}if {KEY} in known.issued_to:\n    return True\n"
                            "return None if not began or began > known.since else False")),
    (B, "age_first", (f"{BEGAN}if began:\n    return None if began < known.since else False\n"
                     f"return {KEY} in known.issued_to or None")),
    (B, "filters_failed", (f"{BEGAN}if {KEY} in known.issued_to:\n    return 'errorCode' not in record\n"
                          "return None if not began or began < known.since else False")),
    (B, "inverted", (f"{BEGAN}if {KEY} in known.issued_to:\n    return False\n"
                    "return None if not began or began < known.since else True")),
    (B, "unknown_is_text", (f"{BEGAN}if {KEY} in known.issued_to:\n    return True\n"
                           "return 'unknown' if not began or began < known.since else False")),
    (C, "trusts_agent", "return str(record.get('userAgent')).endswith('.amazonaws.com')"),
    (C, "trusts_agent", f"return 'invokedBy' in {IDENTITY} or 'amazonaws.com' in str(record.get('userAgent'))"),
    (C, "invoked_by_only", f"return 'invokedBy' in {IDENTITY}"),
    (C, "internal_forgotten", f"return {ADDRESS}.endswith('.amazonaws.com')"),
    (C, "and_for_or", f"return 'invokedBy' in {IDENTITY} and {ADDRESS}.endswith('.amazonaws.com')"),
    (C, "services_only", f"return {IDENTITY}.get('type') == 'AWSService'"),
    (C, "on_behalf_only", (f"return 'accountId' in {IDENTITY} and 'arn' in {IDENTITY} and ('invokedBy' in {IDENTITY} "
                          f"or {ADDRESS}.endswith('.amazonaws.com') or {ADDRESS} == 'AWS Internal')")),
    (C, "address_only", f"return {ADDRESS}.endswith('.amazonaws.com') or {ADDRESS} == 'AWS Internal'"),
    (C, "wrong_level", (f"return 'invokedBy' in record or {ADDRESS}.endswith('.amazonaws.com') "
                        f"or {ADDRESS} == 'AWS Internal'")),
    (C, "address_only", ("try:\n    ipaddress.ip_address(record.get('sourceIPAddress', '0.0.0.0'))\n"
                        "except ValueError:\n    return True\nreturn False")),
    (C, "ends_alike", (f"return 'invokedBy' in {IDENTITY} or {ADDRESS}.endswith('amazonaws.com') "
                      f"or {ADDRESS} == 'AWS Internal'")),
    (C, "event_source", "return record.get('eventSource', '').endswith('.amazonaws.com')"),
    (C, "looks_for_dots", f"return 'sourceIPAddress' in record and not {ADDRESS}.replace('.', '').isdigit()"),
    (C, "searches_everything", (f"return '.amazonaws.com' in str({IDENTITY}) or {ADDRESS} == 'AWS Internal' "
                               f"or {ADDRESS}.endswith('.amazonaws.com')")),
    (C, "always_true", "return True"),
    (C, "never_true", "return False"),
    (C, "filters_failed", (f"return 'errorCode' not in record and ('invokedBy' in {IDENTITY} "
                          f"or {ADDRESS}.endswith('.amazonaws.com') or {ADDRESS} == 'AWS Internal')")),
    (C, "inverted", f"return not ('invokedBy' in {IDENTITY} or {ADDRESS}.endswith('.amazonaws.com'))"),
    (D, "whole_arn", ("own = known.addresses.get(record['userIdentity'].get('arn'))\nif record.get('vpcEndpointId'):\n"
                     "    return record['vpcEndpointId'] in known.vpc_endpoints\n"
                     "if record['sourceIPAddress'] in known.nat_addresses:\n    return True\n"
                     "return None if own is None else record['sourceIPAddress'] in own")),
    (D, "forgets_own", "return record['sourceIPAddress'] in known.nat_addresses"),
    (D, "forgets_own", "return record['sourceIPAddress'] in known.nat_addresses or None"),
    (D, "never_true", "return False"),
    (D, "always_true", "return True"),
]  # fmt: skip

HOME = """
instance = {name}
if record.get("vpcEndpointId"):
    return {endpoint}
address = record["sourceIPAddress"]
if {nat}:
    return True
own = known.addresses.get(instance)
if {unknown}:
    return None
return {own}
"""
RIGHT_HOME = {
    "name": NAME,
    "endpoint": 'record["vpcEndpointId"] in known.vpc_endpoints',
    "nat": "address in known.nat_addresses",
    "unknown": "own is None",
    "own": "address in (own or ())",
}
MISTAKES += [
    (D, identifier, HOME.format(**{**RIGHT_HOME, **changed}))
    for identifier, changed in [
        ("any_instance", {"own": "any(address in theirs for theirs in known.addresses.values())"}),
        ("any_endpoint", {"endpoint": "True"}),
        ("no_unknown", {"unknown": "False"}),
        ("empty_is_unknown", {"unknown": "not own"}),
        ("forgets_nat", {"nat": "False"}),
        ("filters_failed", {"own": "'errorCode' not in record and address in own"}),
    ]
]  # fmt: skip
MISTAKES += [
    (D, "forgets_endpoints", "own = known.addresses.get(" + NAME + ")\naddress = record['sourceIPAddress']\n"
        "if address in known.nat_addresses:\n    return True\nreturn None if own is None else address in own"),
    (D, "inverted", HOME.format(**{**RIGHT_HOME, "own": "address not in own", "endpoint": "record['vpcEndpointId'] not "
        "in known.vpc_endpoints"}).replace("return True", "return False")),
    (D, "unlisted_first", "own = known.addresses.get(" + NAME + ")\nif own is None:\n    return None\n"
        "if record.get('vpcEndpointId'):\n    return record['vpcEndpointId'] in known.vpc_endpoints\n"
        "return record['sourceIPAddress'] in own | known.nat_addresses"),
    (D, "trusts_private", "address = record['sourceIPAddress']\nif address.startswith(('10.', '172.31.')):\n"
        "    return True\nif address in known.nat_addresses:\n    return True\n"
        "own = known.addresses.get(" + NAME + ")\nreturn None if own is None else address in own"),
    (E, "unknown_has_moved", f"return known.first_address.get({KEY}) != record['sourceIPAddress']"),
    (E, "anybodys_first", (f"return {KEY} in known.first_address and "
                          "record['sourceIPAddress'] not in known.first_address.values()")),
    (E, "compares_parts", (f"first = known.first_address.get({KEY})\n"
                          "return bool(first) and not record['sourceIPAddress'].startswith(first)")),
    (E, "looked_for_elsewhere", "return record['sourceIPAddress'] not in known.first_address"),
    (E, "looks_up_address", "return str(record['sourceIPAddress']) not in known.first_address"),
    (E, "key_not_seen", f"return {KEY} not in known.first_address"),
    (E, "key_not_seen", f"return {KEY} in known.first_address"),
    (E, "inverted", f"return known.first_address.get({KEY}) == record['sourceIPAddress']"),
    (E, "filters_failed", (f"first = known.first_address.get({KEY})\n"
        "return first is not None and first != record['sourceIPAddress'] and 'errorCode' not in record")),
]  # fmt: skip


MISTAKES += [
    (D, "endpoint_undecided", ("if record.get('vpcEndpointId') in known.vpc_endpoints:\n    return True\n"
                               f"if {ADDRESS} in known.nat_addresses:\n    return True\n"
                               f"if {NAME} not in known.addresses:\n    return None\n"
                               f"return {ADDRESS} in known.addresses[{NAME}]")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "identifier", "body"), MISTAKES)
def test_a_mistake_is_explained(name, identifier, body):
    """The message of the catalogue, on a record that shows it, and what to try."""
    result = answered(name, body)
    assert (result.outcome, result.misconception) == ("wrong", identifier), result
    assert result.record
    assert result.why
    assert result.advice
    assert "printed" not in result.message


def test_every_mistake_of_the_catalogue_is_tried():
    """Whatever the catalogue knows is one of the mistakes above."""
    tried = {(name, identifier) for name, identifier, _ in MISTAKES}
    known = {(name, entry.id) for name, step in STEPS.items() for entry in step.misconceptions}
    assert known - tried == {(B, "any_scope")}  # tried with the bonus


@pytest.mark.parametrize(
    ("name", "body", "identifier", "says"),
    [
        (B, f"return {KEY} in known.issued", "unknown_name", "did you mean known.issued_to"),
        (B, "return 'x' in known['issued_to']", "known_is_no_table", "read by a dot"),
        (B, f"return bool(known.issued_to[{KEY}])", "not_in_table", ".get"),
        (B, (f"if {KEY} in known.issued_to:\n    return True\n"
            "began = record['userIdentity']['sessionContext']['attributes']['creationDate']\n"
            "return None if began < known.since else False"),
         "absent_field", "is absent"),
        (E, f"return known.first_address[{KEY}] != record['sourceIPAddress']", "not_in_table", ".get"),
    ],
)  # fmt: skip
def test_an_exception_around_what_is_known_is_explained(name, body, identifier, says):
    """Names that `known` does not have, keys that are not in its tables."""
    result = answered(name, body)
    assert (result.outcome, result.misconception) == ("raised", identifier), result
    assert says in result.message


def test_a_function_that_ignores_what_is_known_is_told_so():
    """One argument instead of two is explained, and so is the notebook's own `known`."""
    result = check(function_of(f"def {B}(record):\n    return True\n", B))
    assert (result.outcome, result.misconception) == ("raised", "signature")


def test_what_is_known_cannot_be_changed_by_an_answer():
    """A function that adds to its knowledge stops with an error, as it would in the notebook."""
    result = answered(B, f"known.issued_to[{KEY}] = 'i-0'\nreturn True")
    assert result.outcome == "raised"
    assert "does not support item assignment" in result.got


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", STEPS)
def test_the_cases_agree_with_the_model_and_can_come_from_json(name, seed):
    """Whatever ids a check draws; the child process gets them as JSON."""
    for case in STEPS[name].cases(Maker(seed)):
        if not case.bonus:
            assert case.verdict_of(STEPS[name].model) == case.expected, case.name
        assert json.loads(json.dumps(case.record)) == case.record


# ---------------------------------------------------------------- what notebook 05a says of the lake


@functools.cache
def lake():
    records = {record["eventID"]: record for record in read_records(places.data())}
    return list(records.values()), pd.read_csv(places.data() / "labels.csv")


def looks_like_one(record):
    identity = record.get("userIdentity") or {}
    return identity.get("type") == "AssumedRole" and "/i-" in (identity.get("arn") or "")


def ladder(known):
    """Return the steps of the notebook, in their order."""

    def b(record):
        return instance_creds_used_outside_ec2(record) and step_b.model(record, known) is not False

    def c(record):
        return b(record) and not step_c.model(record)

    def d(record):
        return c(record) and step_d.model(record, known) is not True

    def e(record):
        return c(record) and (step_d.model(record, known) is False or step_e.model(record, known))

    return {"a": instance_creds_used_outside_ec2, "b": b, "c": c, "d": d, "e": e}


@functools.cache
def scores():
    records, labels = lake()
    return {name: score(name, step, records, labels) for name, step in ladder(learn(records, INVENTORY)).items()}


def test_every_step_removes_false_alarms_and_the_last_one_all():
    """And of the thief's calls only those are lost that AWS made on the thief's behalf."""
    wrong = [one.fp for one in scores().values()]
    assert wrong == sorted(wrong, reverse=True)
    assert len(set(wrong)) == 5
    assert wrong[-1] == 0
    assert scores()["a"].precision < 0.05  # "nearly every alarm is false"
    assert [scores()[name].tp for name in "ab"] == [scores()["a"].tp] * 2
    assert [scores()[name].tp for name in "cde"] == [scores()["c"].tp] * 3
    assert max(scores(), key=lambda n: scores()[chr(ord(n) - 1)].fp - scores()[n].fp if n != "a" else 0) == "d"


def test_what_is_lost_to_aws_is_still_found_by_the_call_that_caused_it():
    """Each Decrypt has a call of the same session in the same second among what step c finds."""
    step, before = scores()["c"], scores()["b"]
    lost = step.false_negatives.drop(index=before.false_negatives.index)
    assert len(lost) == before.tp - step.tp > 0
    assert set(lost["eventName"]) == {"Decrypt"}
    found = step.true_positives
    for _, record in lost.iterrows():
        assert ((found["eventTime"] == record["eventTime"]) & (found["session"] == record["session"])).any()


def test_what_step_b_drops_is_the_tool_and_the_births_of_the_vanished_hour():
    """The tool has another address; the others began in one hour late on Wednesday, and have an inScopeOf."""
    records, labels = lake()
    known = learn(records, INVENTORY)
    dropped = [r for r in records if instance_creds_used_outside_ec2(r) and step_b.model(r, known) is False]
    tool = [r for r in dropped if r["sourceIPAddress"] == "192.0.2.144"]
    assert {r["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] for r in tool} == {
        "mapleferry-stepping-stone"
    }
    others = [r for r in dropped if r not in tool]
    began = {r["userIdentity"]["sessionContext"]["attributes"]["creationDate"] for r in others}
    assert others
    assert {moment[:13] for moment in began} == {"2026-03-11T23"}
    assert min(began) > scores()["a"].false_negatives["eventTime"].max()  # right after the thief's visit
    assert all(r["userIdentity"]["inScopeOf"]["issuerType"] == "AWS::EC2::Instance" for r in others)
    truth = dict(zip(labels["eventID"], labels["truth"], strict=True))
    assert {truth[r["eventID"]] for r in dropped} == {"benign"}


def test_what_step_d_leaves_are_machines_started_after_the_list_was_written():
    """All of them are in a RunInstances record."""
    records, _ = lake()
    started = {
        item["instanceId"]
        for record in records
        if record.get("eventName") == "RunInstances"
        for item in record["responseElements"]["instancesSet"]["items"]
    }
    assert set(scores()["d"].false_positives["session"]) <= started


def test_with_younger_logs_only_who_keeps_the_unknown_finds_the_thief():
    """Logs from Wednesday 22:00 on do not hold the birth of the stolen key."""
    records, labels = lake()
    late = [record for record in records if record["eventTime"] >= "2026-03-11T22:00"]
    known = learn(late, INVENTORY)
    a = instance_creds_used_outside_ec2
    stays_in = score("in", lambda r: a(r) and step_b.model(r, known) is not False, late, labels)
    stays_out = score("out", lambda r: a(r) and step_b.model(r, known) is True, late, labels)
    assert stays_in.tp > 0
    assert stays_out.tp == 0
    assert stays_out.fp < stays_in.fp


@pytest.mark.parametrize(
    ("move", "away", "moved"),
    [
        (lambda r: {"sourceIPAddress": "198.51.100.200"}, "blind", "sees"),
        (lambda r: {"sourceIPAddress": "10.0.3.17", "vpcEndpointId": "vpce-0123456789abcdef0"}, "sees", "sees"),
        (lambda r: {"eventTime": r["userIdentity"]["sessionContext"]["attributes"]["creationDate"]}, "sees", "fooled"),
        (lambda r: {"sourceIPAddress": "198.51.100.61"}, "blind", "blind"),
    ],
    ids=["our_nat", "own_endpoint", "first", "on_the_machine"],
)
def test_each_question_has_its_blind_spots(move, away, moved):
    """As the table at the end of Part 1 says."""
    records, labels = lake()
    stolen = scores()["c"].true_positives.index
    now = [{**record, **move(record)} if record["eventID"] in stolen else record for record in records]
    known = learn(now, INVENTORY)
    c = ladder(known)["c"]
    for step, wanted in (
        (lambda r: c(r) and step_d.model(r, known) is False, away),
        (lambda r: c(r) and step_e.model(r, known), moved),
    ):
        one = score("", step, now, labels)
        seen = {(True, False): "sees", (False, False): "blind", (False, True): "fooled"}[one.tp > 0, one.fp > 0]
        assert seen == wanted
        assert one.tp in (0, len(stolen))


# ---------------------------------------------------------------- scores


def small():
    """Three records of which two are the thief's, and their labels."""
    records = [
        {
            "eventID": name,
            "eventTime": f"2026-03-09T0{hour}:00:00Z",
            "eventSource": "s3.amazonaws.com",
            "eventName": call,
        }
        for name, hour, call in (("1", 3, "GetObject"), ("2", 1, "ListBuckets"), ("3", 2, "PutObject"))
    ]
    rows = [("1", "malicious", "stolen"), ("2", "attempted", "tried"), ("4", "benign", "not there")]
    return records, pd.DataFrame(rows, columns=["eventID", "truth", "reason"])


def test_a_score_counts_right_wrong_and_missed_records():
    """Wanted is what was malicious or attempted; a record without a label is harmless; prints are kept silent."""
    records, labels = small()
    one = score("s", lambda record: record["eventID"] in "13", records, labels)
    assert (one.tp, one.fp, one.fn) == (1, 1, 1)
    assert (one.precision, one.recall) == (0.5, 0.5)
    assert list(one.false_positives.index) == ["3"]
    assert list(one.false_negatives["reason"]) == ["tried"]
    assert one.matched == {"1", "3"}
    assert repr(one) == "s: 2 matches, 1 right and 1 wrong; 1 missed (precision 50 %, recall 50 %)"
    mistakes = one.mistakes()
    assert list(mistakes["mistake"]) == ["false alarm", "missed"]
    assert list(mistakes["the first: call"]) == ["s3:PutObject", "s3:ListBuckets"]


def test_what_a_detector_prints_is_kept_silent(capsys):
    """Thousands of lines of print_short_record would hide the score."""
    records, labels = small()
    score("s", lambda record: print(record), records, labels)
    assert capsys.readouterr().out == ""


def test_nothing_matched_has_no_precision():
    """And is no division by zero, in numbers, table and picture."""
    one = score("none", lambda record: False, *small())
    assert one.precision != one.precision
    assert one.recall == 0
    assert list(score_table([one])["precision"]) == ["no match"]
    assert "none: precision no match, recall 0 %" in plot_scores([one]).alt


def test_a_detector_that_is_not_written_yet_has_no_numbers():
    """Table, picture and verdicts say so."""

    def later(record):
        raise NotImplementedError

    records, labels = small()
    one = score("later", later, records, labels)
    assert not one.written
    assert repr(one) == "later: not written yet"
    assert list(score_table([one])["recall"]) == ["not written yet"]
    assert plot_scores([one]).alt.endswith("No step is written yet.")
    assert plot_scores([one]).png().startswith(b"\x89PNG")
    assert list(verdicts(later, records, labels).index) == ["not written yet"]
    assert one.mistakes().empty


def test_any_other_exception_is_the_detectors_own():
    """It is not swallowed."""
    with pytest.raises(ZeroDivisionError):
        score("s", lambda record: 1 / 0, *small())


def test_verdicts_are_counted_against_the_truth():
    """True, False and None; with what is known, if that is given."""
    records, labels = small()
    table = verdicts(lambda record, known: known.get(record["eventID"]), records, labels, {"1": True, "2": False})
    assert table.loc["True", "malicious"] == 1
    assert table.loc["False", "attempted"] == 1
    assert table.loc["None (unknown)", "benign"] == 1


def test_the_picture_tells_its_numbers_in_words():
    """For those who cannot see it; one pair of bars a step, in their order."""
    picture = plot_scores(scores().values())
    said = [f"{name}: precision" for name in "abcde"]
    assert [picture.alt.index(text) for text in said] == sorted(picture.alt.index(text) for text in said)
    (axes,) = picture.figure.axes
    assert len(axes.patches) == 10
    assert axes.get_xlabel() == "share (%)"
