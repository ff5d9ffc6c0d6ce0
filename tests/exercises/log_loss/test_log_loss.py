"""The catalogue of ways to lose logs, what covers it, and the record that is to get past one's own detector."""

import gzip
import json
import re
from collections import Counter

import pytest
from botocore.session import Session
from cells import function_of

from workshop import places
from workshop.exercises import beat, case_file, coverage, model_answers, plot_coverage, public_rules, unseen
from workshop.exercises.log_loss.rule_sets import READ_IN_FULL, RULE_SETS, RULES, verdict
from workshop.exercises.log_loss.ways import BLINDS, DESTROYS, TECHNIQUES, UNSEEN, WAYS, way_of, ways_of_call
from workshop.exercises.questions.kinds import without_date
from workshop.exercises.sample_records import Maker, without
from workshop.exercises.tasks import blinding_logs, narrowing_logs

HEAD = "from workshop import print_short_record\n\n"
SESSION = Session()
REAL = places.checkout().parent / "shared" / "real-records" / "stratus_detonation_logs"
TRAIL, LOGS = "cloudtrail.amazonaws.com", "logs.amazonaws.com"
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.title)


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


def a_record(way=None, request=None, **fields):
    """Return a record of a way, of a user."""
    way = way or ways_of_call(TRAIL, "UpdateTrail")[0]
    return Maker().record(way.source, way.name, request=way.request if request is None else request, **fields)


# ---------------------------------------------------------------- the catalogue


@each_way
def test_every_call_exists(way):
    """The call and the parameters of its example are in botocore's service model."""
    model = SESSION.get_service_model(way.service)
    assert without_date(way.name) in model.operation_names
    assert way.source == f"{'logs' if way.service == 'logs' else way.service}.amazonaws.com"
    shape = model.operation_model(without_date(way.name)).input_shape
    if model.metadata["protocol"] in ("json", "rest-json") and shape is not None:
        spelled = {name[0].lower() + name[1:] for name in shape.members}
        required = {name[0].lower() + name[1:] for name in shape.required_members}
        for request in filter(None, (way.request, way.harmless, *way.others)):
            assert set(request) <= spelled
            assert required <= set(request)


@each_way
def test_examples_do_as_they_say(way):
    """What loses logs is recognised as this call's way, what does not is none; a failed call is the same way."""
    assert all(way.matches(a_record(way, request)) for request in (way.request, *way.others))
    assert way.matches(a_record(way, errorCode="AccessDenied"))
    assert way_of(a_record(way)) in ways_of_call(way.source, way.name)
    assert bool(way.needs) == (way.harmless is not None)
    if way.harmless is not None:
        assert way_of(a_record(way, way.harmless)) is None
    assert way.kind in (DESTROYS, BLINDS)
    assert way.technique in TECHNIQUES
    assert way_of(a_record(way, {})) is None or not way.needs
    assert not way.matches({})


def test_ways_are_told_apart():
    """Titles are unique, and no example is taken for another way of the same call."""
    assert len({way.title for way in WAYS}) == len(WAYS)
    assert [way.title for way in WAYS if way_of(a_record(way)).call != way.call] == []
    per_call = Counter(way.call for way in WAYS)
    assert per_call["cloudtrail:UpdateTrail"] == 4
    assert list(unseen()["what happens"]) == [one.what for one in UNSEEN]
    assert len(UNSEEN) >= 3


def test_selectors_of_a_trail_are_understood():
    """It is blind only if no selector is left that records all management events; basic and advanced."""

    def found(**request):
        return way_of(a_record(ways_of_call(TRAIL, "PutEventSelectors")[0], {"trailName": "audit", **request}))

    everything = {"includeManagementEvents": True, "readWriteType": "All"}
    data = {"fieldSelectors": [{"field": "eventCategory", "equals": ["Data"]}]}
    management = {"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}
    reading = {"fieldSelectors": [*management["fieldSelectors"], {"field": "readOnly", "equals": ["true"]}]}
    assert found(eventSelectors=[everything, everything | {"includeManagementEvents": False}]) is None
    assert found(advancedEventSelectors=[data, management]) is None
    assert found(advancedEventSelectors=[data]).needs.startswith("no selector")
    assert found(advancedEventSelectors=[reading]).title == "A trail that only sees reading"
    assert found() is None


def test_lifecycle_rules_come_alone_or_as_a_list():
    """CloudTrail writes one rule as an object, several as a list; a disabled one does nothing."""
    way = ways_of_call("s3.amazonaws.com", "PutBucketLifecycle")[0]

    def matches(rules):
        return way.matches(a_record(way, {"bucketName": "logs", "LifecycleConfiguration": {"Rule": rules}}))

    short = {"Status": "Enabled", "Expiration": {"Days": 1}}
    assert matches(short)
    assert matches([{"Status": "Enabled", "Expiration": {"Days": 90}}, short])
    assert not matches(short | {"Status": "Disabled"})
    assert not matches({"Status": "Enabled", "Transitions": {"Days": 1}})


@pytest.mark.skipif(not REAL.is_dir(), reason="shared/real-records is not beside this checkout")
def test_real_records_of_defense_evasion_are_recognised():
    """The Stratus Red Team's calls that lose logs, as CloudTrail really recorded them, are in the catalogue."""
    said = {}
    for path in REAL.glob("aws.defense-evasion.*.json.gz"):
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            way = way_of(record)
            if way:
                name = path.name.removeprefix("aws.defense-evasion.").removesuffix(".json.gz")
                said.setdefault(name, set()).add(way.call)
    assert said["cloudtrail-stop"] == {"cloudtrail:StopLogging"}
    assert said["cloudtrail-delete"] == {"cloudtrail:DeleteTrail"}
    assert said["cloudtrail-event-selectors"] == {"cloudtrail:PutEventSelectors"}
    assert said["vpc-remove-flow-logs"] == {"ec2:DeleteFlowLogs"}
    assert said["dns-delete-logs"] == {"route53resolver:DeleteResolverQueryLogConfig"}


# ---------------------------------------------------------------- coverage


@pytest.fixture(scope="module")
def table():
    """What the model answers cover."""
    return coverage(model_answers()[1], blinding_logs.blinding_logs, narrowing_logs.narrowing_logs)


def test_the_model_answers_cover_what_was_asked(table):
    """Each finds its part: attempts too, only what worked, and by what is asked for; some ways are left open."""
    table = table.set_index("way")
    assert table["deleting_logs"]["Delete a trail"] == "worked and failed"
    assert table["blinding_logs"]["Delete VPC flow logs"] == "worked"
    assert table["narrowing_logs"]["A trail that only sees reading"] == "worked"
    assert table["narrowing_logs"]["Delete VPC flow logs"] == "no"
    own = table[["deleting_logs", "blinding_logs", "narrowing_logs"]]
    assert (own == "no").all(axis=1).sum() > 5
    assert table.attrs["notes"] == []


def test_rule_sets_say_what_their_rules_say(table):
    """A few facts, as they stand in the rules named."""
    table = table.set_index("way")
    assert table["Sigma"]["A trail for one Region only"] == "worked and failed"
    assert table["Panther"]["A trail that only sees reading"] == "no"
    assert table["Elastic"]["The same, by advanced selectors"] == "no"
    assert table["Elastic"]["Logs that delete themselves"] == "worked"
    assert table["Tailpipe"]["A trail without management events"] == "no"
    assert table["Panther"]["Suspend GuardDuty"] == "not compared"


def test_every_rule_is_named_with_its_source():
    """Each rule set has rules; each has a name and an address at the commit that was read, and matches something."""
    rules = public_rules()
    assert list(rules["rule set"].unique()) == list(RULE_SETS)
    for address in rules["address"]:
        assert re.fullmatch(r"https://github\.com/[\w-]+/[\w-]+/blob/[0-9a-f]{40}/[\w/.-]+", address)
    calls = {(way.source, way.name) for way in WAYS}
    for rule in RULES:
        assert {(rule.source, name) for name in rule.names} <= calls
        assert any(
            rule.matches(a_record(way)) for way in WAYS if way.source == rule.source and way.name in rule.names
        ), rule
    assert set(READ_IN_FULL) <= set(RULE_SETS)


def test_what_was_not_read_is_not_guessed():
    """No rule for a call: nothing is said, unless the set's file for that service was read in full."""
    record = a_record(ways_of_call(TRAIL, "StopEventDataStoreIngestion")[0])
    assert verdict("Sigma", record) is None
    assert verdict("Tailpipe", record) is False


def test_detectors_that_cannot_be_run_are_told():
    """Not written, raising, endless, no function: each column says so, and the others are right."""
    cells = {
        "stub": 'def stub(record):\n    """Find it."""\n    raise NotImplementedError("stub")\n',
        "raises": "def raises(record):\n    return record['noSuchField']\n",
        "endless": "def endless(record):\n    while True:\n        pass\n",
        "fine": "def fine(record):\n    return True\n",
        "odd": "def odd(record):\n    return bool(record.get('errorCode'))\n",
    }
    found = coverage(*(function_of(source, name) for name, source in cells.items()), None)
    assert {name: set(found[name]) for name in cells} == {
        "stub": {"not written"},
        "raises": {"error"},
        "endless": {"error"},
        "fine": {"worked and failed"},
        "odd": {"only failed"},
    }
    assert set(found["detector 6"]) == {"error"}
    notes = "\n".join(found.attrs["notes"])
    assert "raises: it raises KeyError" in notes
    assert "endless: ended: time-out" in notes
    assert "detector 6: " in notes


def test_two_detectors_of_the_same_name_have_a_column_each():
    """An older version beside the newer one: neither hides the other."""
    older, newer = (function_of(f"def mine(record):\n    return {said}\n", "mine") for said in (False, True))
    found = coverage(older, newer)
    assert set(found["mine"]) == {"no"}
    assert set(found["mine (2)"]) == {"worked and failed"}


def test_the_picture_says_in_words_what_it_shows(table):
    """All columns with their numbers, and a PNG."""
    picture = plot_coverage(table)
    assert picture.alt.startswith(f"Of {len(WAYS)} ways to lose logs: deleting_logs finds 6;")
    assert all(name in picture.alt for name in RULE_SETS)
    assert picture.png().startswith(b"\x89PNG")
    stub = function_of('def stub(record):\n    raise NotImplementedError("stub")\n', "stub")
    assert "stub is not written yet" in plot_coverage(coverage(stub)).alt


# ---------------------------------------------------------------- beat

DETECTOR = """
def deleting_logs(record):
    if record["eventSource"] in ("logs.amazonaws.com", "cloudtrail.amazonaws.com") and (
        record["eventName"].startswith("Delete")
    ):
        print_short_record(record)
        return True
    return False
"""
BETTER = (
    DETECTOR
    + """
def losing_logs(record):
    asked = record.get("requestParameters") or {}
    narrowed = record.get("eventName") == "UpdateTrail" and asked.get("isMultiRegionTrail") is False
    return deleting_logs(record) or narrowed
"""
)


@pytest.fixture
def detector():
    """An answer to Phase 1, as a cell of its own."""
    return function_of(HEAD + DETECTOR, "deleting_logs")


@each_way
def test_every_way_that_the_detector_does_not_see_beats_it(way, detector):
    """Whatever the catalogue knows: seen is caught, unseen is a gap."""
    result = beat(detector, a_record(way))
    seen = way.source in (LOGS, TRAIL) and way.name.startswith("Delete")
    assert result.outcome == ("wrong" if seen else "passed"), result
    if seen:
        assert result.misconception == "caught"
    else:
        assert way.lost in result.message
        assert way.technique in result.message


def test_a_gap_is_found_written_into_the_case_file_and_closed(detector):
    """Found, open; a better detector closes it; the old one opens it again."""
    record = a_record()
    assert "gap" not in repr(case_file())
    assert beat(detector, record).outcome == "passed"
    assert "A trail for one Region only (cloudtrail:UpdateTrail); not closed yet." in repr(case_file())
    assert "It is still open" in beat(detector, record).message
    closed = beat(function_of(HEAD + BETTER, "losing_logs"), record)
    assert closed.outcome == "bonus"
    assert "losing_logs now sees cloudtrail:UpdateTrail" in closed.message
    assert "(cloudtrail:UpdateTrail); closed." in repr(case_file())
    assert "closed" in case_file()._repr_html_()
    assert "is open again" in beat(detector, record).message
    assert "not closed yet" in repr(case_file())


def test_a_detector_that_sees_it_at_once_was_not_beaten():
    """Closing counts only after a gap was found."""
    result = beat(function_of(HEAD + BETTER, "losing_logs"), a_record())
    assert (result.outcome, result.misconception) == ("wrong", "caught")


def test_the_model_answers_see_what_deleting_logs_does_not(detector):
    """The two exercises of notebook 05b close gaps as well."""
    cell = "\n".join(
        [HEAD, DETECTOR, "def losing_logs(record):", "    blind = record.get('eventName') == 'DeleteFlowLogs'"]
    )
    record = a_record(ways_of_call("ec2.amazonaws.com", "DeleteFlowLogs")[0])
    assert beat(detector, record).passed
    assert beat(function_of(cell + "\n    return deleting_logs(record) or blind\n", "losing_logs"), record).passed


BASE = a_record()
WRONG_RECORDS = {
    "not_a_record": [
        "UpdateTrail",
        7,
        [],
        {"eventSource": TRAIL, "eventName": "StopLogging"},
        BASE | {"userIdentity": 1},
    ],
    "not_json": [BASE | {"requestParameters": {"isMultiRegionTrail": {1, 2}}}, BASE | {"when": print}],
    "no_call": [without(BASE, "eventName"), BASE | {"eventSource": None}, {}],
    "unknown_service": [BASE | {"eventSource": name} for name in ("cloudtrail", "cloudtrial.amazonaws.com", "vpc.aws")],
    "unknown_call": [BASE | {"eventName": name} for name in ("updateTrail", "StopTrail", "DeleteFlowLogs")],
    "unknown_parameter": [
        BASE | {"requestParameters": {"name": "audit", name: False}}
        for name in ("IsMultiRegionTrail", "isMultiregionTrail", "multiRegionTrail")
    ],
    "missing_parameter": [
        BASE | {"requestParameters": {"isMultiRegionTrail": False}},
        BASE | {"requestParameters": None},
    ],
    "odd_parameters": [BASE | {"requestParameters": "isMultiRegionTrail"}],
    "harmless_call": [
        BASE | {"eventName": "DescribeTrails", "requestParameters": None},
        BASE | {"eventSource": "ec2.amazonaws.com", "eventName": "StopInstances"},
    ],
    "harmless_parameters": [
        BASE | {"requestParameters": {"name": "audit"}},
        BASE | {"requestParameters": {"name": "audit", "isMultiRegionTrail": True}},
    ],
    "failed_call": [BASE | {"errorCode": "AccessDenied"}, BASE | {"errorCode": "TrailNotFoundException"}],
}


@pytest.mark.parametrize(
    ("mistake", "record"),
    [
        pytest.param(name, one, id=f"{name}-{n}")
        for name, some in WRONG_RECORDS.items()
        for n, one in enumerate(some, 1)
    ],
)
def test_what_is_wrong_with_a_record_is_explained(mistake, record, detector):
    """Each has its own message, with what to try next; nothing is noted as a gap."""
    result = beat(detector, record)
    assert result.outcome == "wrong"
    assert result.misconception == mistake, result
    assert result.advice
    assert result._repr_html_()
    assert "gap" not in repr(case_file())


@pytest.mark.parametrize(
    ("changes", "meant"),
    [
        ({"eventSource": "cloudtrial.amazonaws.com"}, "cloudtrail.amazonaws.com"),
        ({"eventName": "updateTrail"}, "UpdateTrail"),
        ({"eventName": "StopLoging"}, "StopLogging"),
        ({"eventName": "DeleteFlowLogs"}, "a call of ec2.amazonaws.com"),
        ({"requestParameters": {"name": "audit", "isMultiregionTrail": False}}, "isMultiRegionTrail"),
    ],
)
def test_what_was_meant_is_guessed(changes, meant, detector):
    """A misspelling is answered with the right spelling."""
    assert meant in beat(detector, BASE | changes).message.split("Try next:")[1]


def test_nothing_attempted():
    """As shipped: no record, or a stub; and the two arguments the wrong way round are understood."""
    stub = function_of(
        'def deleting_logs(record):\n    """Find."""\n    raise NotImplementedError("x")\n', "deleting_logs"
    )
    assert beat(function_of(HEAD + DETECTOR, "deleting_logs")).outcome == "not attempted"
    assert beat(stub, BASE).outcome == "not attempted"
    assert beat(stub).outcome == "not attempted"
    assert beat().outcome == "not attempted"
    assert beat(BASE, function_of(HEAD + DETECTOR, "deleting_logs")).passed


MISUSED = {
    "no_detector": "def deleting_logs(record):\n    return False\n",
    "signature": "def deleting_logs():\n    return False\n",
    "unknown_field": "def deleting_logs(record):\n    return record['eventTitle'] == 'DeleteTrail'\n",
    "never_ends": "def deleting_logs(record):\n    while True:\n        pass\n",
    "ends_python": "import os\n\ndef deleting_logs(record):\n    os._exit(1)\n",
}


@pytest.mark.parametrize("mistake", MISUSED)
def test_detectors_that_are_none_are_told(mistake):
    """They are run as in check: nothing that they do reaches the kernel, and what is wrong is said."""
    result = beat(function_of(HEAD + MISUSED[mistake], "deleting_logs"), BASE)
    assert not result.passed
    assert result.misconception == mistake, result


@pytest.mark.parametrize("thing", [None, "deleting_logs", 7, print], ids=str)
def test_what_is_no_function_is_told(thing):
    """And nothing is raised."""
    result = beat(thing, BASE)
    assert result.outcome == "raised"
    assert result.summary
    if thing == "deleting_logs":
        assert "without quotes: beat(deleting_logs, record)" in result.summary


def test_a_detector_that_shouts_closes_no_gap(detector):
    """True for everything sees the record, and tells nobody anything."""
    record = a_record()
    beat(detector, record)
    shouting = function_of("def losing_logs(record):\n    return True\n", "losing_logs")
    by_name = (
        DETECTOR
        + "\ndef losing_logs(record):\n    return deleting_logs(record) or record['eventName'] == 'UpdateTrail'\n"
    )
    for shouts in (shouting, function_of(HEAD + by_name, "losing_logs")):
        result = beat(shouts, record)
        assert (result.outcome, result.misconception) == ("wrong", "shouts")
    assert "not closed yet" in repr(case_file())


RETENTION = ways_of_call(LOGS, "PutRetentionPolicy")[0]


def losing(condition, always="deleting_logs(record) or"):
    """Return a better detector, which looks at the days of PutRetentionPolicy."""
    return function_of(
        HEAD + DETECTOR + "\ndef losing_logs(record):\n    deleting_logs(record)\n"
        "    days = (record.get('requestParameters') or {}).get('retentionInDays')\n"
        f"    return {always} (record.get('eventName') == 'PutRetentionPolicy' and {condition})\n",
        "losing_logs",
    )


@pytest.mark.parametrize(
    ("condition", "closed"),
    [("days < 7", True), ("days <= 5", True), ("days == 1", False), ("days in (1, 3)", False), ("days < 5", False)],
)
def test_a_gap_is_closed_when_all_of_its_kind_are_seen(condition, closed, detector):
    """One number of days is not the way that logs are lost: fewer than seven are."""
    record = a_record(RETENTION)
    assert beat(detector, record).outcome == "passed"
    result = beat(losing(condition), record)
    assert (result.outcome, result.misconception) == (("bonus", None) if closed else ("wrong", "only_this_one"))
    assert ("; closed." in repr(case_file())) == closed
    if not closed:
        assert "retentionInDays is less than 7" in result.message


def test_a_detector_that_knows_this_one_record_closes_no_gap(detector):
    """Neither by its eventID, nor by the name of the trail."""
    record = a_record(request={"name": "orders", "isMultiRegionTrail": False})
    beat(detector, record)
    for seen in (f"record['eventID'] == '{record['eventID']}'", "'orders' in str(record['requestParameters'])"):
        cell = f"\ndef losing_logs(record):\n    return deleting_logs(record) or {seen}\n"
        result = beat(function_of(HEAD + DETECTOR + cell, "losing_logs"), record)
        assert (result.outcome, result.misconception) == ("wrong", "only_this_one")


def test_the_defender_is_told_that_the_gap_is_still_open(detector):
    """In the order of the notebook: beaten, then a detector that compares a number with a text."""
    record = a_record(RETENTION)
    beat(detector, record)
    result = beat(losing("days == '1'"), record)
    assert (result.outcome, result.misconception) == ("wrong", "still_open")
    assert "as deleting_logs did" in result.message


def test_a_better_detector_that_forgets_what_deleting_logs_says_is_told_so(detector):
    """Its own function lacks the `or`; deleting_logs itself is right."""
    record = a_record(RETENTION)
    beat(detector, record)
    result = beat(losing("days and days < 7", always=""), record)
    assert (result.outcome, result.misconception) == ("wrong", "no_detector")
    assert "return deleting_logs(record) or" in result.message
