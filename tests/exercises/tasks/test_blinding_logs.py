"""How answers to blinding_logs are judged and explained; each answer is a notebook cell of its own."""

import inspect

import pytest
from catalogues import assert_all_tried, assert_named, each_spelling
from cells import function_of

from workshop.exercises import catch_up, check, hint, progress, saved_answers, solution
from workshop.exercises.log_loss.ways import WAYS
from workshop.exercises.tasks import blinding_logs
from workshop.exercises.tasks.blinding_logs import EXERCISE

HEAD = "from workshop import print_short_record\n\n"
NAME = "blinding_logs"
CALLS = f"CALLS = {blinding_logs.ASKED!r}\n\n"
ASKED = 'record.get("eventName") in CALLS.get(record.get("eventSource"), ())'
WORKED = 'not record.get("errorCode")'
PAIRS = "PAIRS = {(source, name) for source, names in CALLS.items() for name in names}\n"
NAMES = "NAMES = {name for names in CALLS.values() for name in names}\n"


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


def when(condition, before=""):
    """Return the usual answer around a condition."""
    return (
        f"{CALLS}{before}def blinding_logs(record):\n    if {condition}:\n        print_short_record(record)\n"
        "        return True\n    return False\n"
    )


def answer(source):
    """Return the function that a cell defines."""
    return function_of(HEAD + source, NAME)


RIGHT = {
    "dictionary": when(f"{ASKED} and {WORKED}"),
    "pairs": when(f'(record.get("eventSource"), record.get("eventName")) in PAIRS and {WORKED}', PAIRS),
    "not in the record": when(f'{ASKED} and "errorCode" not in record'),
    "is None": when(f'{ASKED} and record.get("errorCode") is None'),
    "brackets": when('record["eventName"] in CALLS.get(record["eventSource"], []) and "errorCode" not in record'),
    "early returns": CALLS
    + """
def blinding_logs(record):
    if "errorCode" in record:
        return False
    for source, names in CALLS.items():
        if record.get("eventSource") == source and record.get("eventName") in names:
            print_short_record(record)
            return True
    return False
""",
    "match statement": """
def blinding_logs(record):
    if record.get("errorCode"):
        return False
    match record.get("eventSource"), record.get("eventName"):
        case (
            ("cloudtrail.amazonaws.com", "StopLogging" | "StopEventDataStoreIngestion")
            | ("ec2.amazonaws.com", "DeleteFlowLogs")
            | ("route53resolver.amazonaws.com", "DeleteResolverQueryLogConfig" | "DisassociateResolverQueryLogConfig")
            | ("config.amazonaws.com",
               "StopConfigurationRecorder" | "DeleteConfigurationRecorder" | "DeleteDeliveryChannel")
            | ("guardduty.amazonaws.com", "DeleteDetector")
        ):
            print_short_record(record)
            return True
    return False
""",
    "one text": when(
        f'record.get("eventSource", "").split(".")[0] + ":" + record.get("eventName", "") in TEXTS and {WORKED}',
        "TEXTS = [source.split('.')[0] + ':' + name for source, names in CALLS.items() for name in names]\n",
    ),
}

WRONG = {
    "narrower": [
        when(
            f"{ASKED} and {WORKED} and record['awsRegion'] == 'ca-central-1' "
            "and record['userIdentity'].get('type') != 'Root' "
            "and 'invokedBy' not in record['userIdentity']"
        ),
    ],
    "counts_attempts": [
        when(ASKED),
        when(f'{ASKED} and record.get("errorCode") != "AccessDenied"'),
        when(f'{ASKED} and "Denied" not in record.get("errorCode", "")'),
    ],
    "only_attempts": [
        when(f'{ASKED} and record.get("errorCode")'),
        when(f'{ASKED} and "errorCode" in record'),
    ],
    "by_response": [
        when(f'{ASKED} and record.get("responseElements")'),
        when(f'{ASKED} and record["responseElements"] is not None and "errorCode" not in record'),
    ],
    "name_alone": [
        when(f'record.get("eventName") in NAMES and {WORKED}', NAMES),
        when('record.get("eventName") in NAMES', NAMES),
    ],
    "any_stop": [
        when(f'record.get("eventName", "").startswith("Stop") and {WORKED}'),
        when(f'({ASKED} or record.get("eventName", "").startswith("Stop")) and {WORKED}'),
    ],
    "any_delete": [
        when(f'record.get("eventSource") in CALLS and record.get("eventName", "").startswith("Delete") and {WORKED}'),
        when(f'({ASKED} or record.get("eventName", "").startswith("Delete")) and {WORKED}'),
    ],
    "or_for_and": [
        when(f'record.get("eventSource") in CALLS and {WORKED}'),
        when('record.get("eventSource") in CALLS'),
        when('record.get("eventSource") in CALLS or record.get("eventName") in NAMES', NAMES),
    ],
    "deleting_logs_again": [
        when(f'({ASKED} or record.get("eventName") == "DeleteTrail") and {WORKED}'),
        when(f'({ASKED} or record.get("eventName") in ("DeleteTrail", "DeleteLogGroup")) and {WORKED}'),
    ],
    "wider_than_asked": [
        when(f'({ASKED} or record.get("eventName") == "UpdateTrail") and {WORKED}'),
        when(f'({ASKED} or record.get("eventName") in ("PutEventSelectors", "UpdateDetector")) and {WORKED}'),
    ],
    "always_true": [
        when("True"),
        when(WORKED),
    ],
    "inverted": [
        when(f"not ({ASKED} and {WORKED})"),
    ],
    "never_true": [
        when(f'record.get("eventName") in CALLS and {WORKED}'),
        when(f'record.get("eventName") in CALLS.get(record.get("eventSource", "").split(".")[0], ()) and {WORKED}'),
    ],
    "service_missing": [
        when(f"{ASKED} and {WORKED}", 'CALLS["vpc.amazonaws.com"] = CALLS.pop("ec2.amazonaws.com")\n'),
        when(f"{ASKED} and {WORKED}", 'CALLS["route53.amazonaws.com"] = CALLS.pop("route53resolver.amazonaws.com")\n'),
        when(f'{ASKED} and {WORKED} and record["eventSource"] != "guardduty.amazonaws.com"'),
    ],
    "some_missing": [
        when(f'record["eventName"] in [*CALLS.get(record["eventSource"], ())][:2] and {WORKED}'),
        when(f'record["eventName"] in sorted(CALLS.get(record["eventSource"], ()))[-2:] and {WORKED}'),
    ],
    "one_of_several": [
        when(f"{ASKED} and {WORKED}").replace(", 'DeleteDeliveryChannel'", ""),
        when(f"{ASKED} and {WORKED}").replace(", 'StopEventDataStoreIngestion'", ""),
    ],
    "condition_too_many": [
        when(f'{ASKED} and {WORKED} and record["eventName"] != "DeleteDeliveryChannel"'),
        when(f'{ASKED} and {WORKED} and record["userIdentity"].get("type") != "Root"'),
    ],
    "absent_error_code": [
        when(f'{ASKED} and record["errorCode"] is None'),
        when(f'not record["errorCode"] and {ASKED}'),
    ],
    "never_prints": [
        f"{CALLS}def blinding_logs(record):\n    return {ASKED} and {WORKED}\n",
    ],
    "none_for_false": [
        when(f"{ASKED} and {WORKED}").replace("    return False\n", ""),
    ],
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_pass(name):
    """Whatever the style."""
    result = check(answer(RIGHT[name]))
    assert result.outcome == "passed", result


@each_spelling(WRONG)
def test_mistakes_are_named(identifier, source):
    """Each mistake of the catalogue, in several spellings, yields its own message, with a record that shows it."""
    result = check(answer(source))
    assert_named(result, identifier)
    assert result.why
    assert result.record


def test_every_mistake_of_the_catalogue_is_tried():
    """No message that nobody ever sees."""
    assert_all_tried(EXERCISE, WRONG)


def test_the_model_answer_passes_and_is_the_catalogues():
    """What is asked for is in the catalogue of ways, whose parameters do not matter."""
    assert check(function_of(HEAD + inspect.getsource(EXERCISE.model), NAME)).outcome == "passed"
    asked = {(source, name) for source, names in blinding_logs.ASKED.items() for name in names}
    assert len(asked) == 9
    assert asked <= {(way.source, way.name) for way in WAYS if not way.needs}
    assert all(name in " ".join(EXERCISE.task.split()) for _, name in asked)


def test_a_stub_is_not_attempted():
    """As shipped."""
    stub = 'def blinding_logs(record):\n    """Do it."""\n    raise NotImplementedError("blinding_logs")\n'
    assert check(answer(stub)).outcome == "not attempted"


@pytest.mark.parametrize("name", ["blinding_logs", "narrowing_logs"])
def test_extra_credit_is_taught_as_the_others_are(name, capsys):
    """Three hints, the model answer on the second call, catching up; progress shows it once it was tried."""
    assert name not in repr(progress())
    assert [f"hint {n} of 3" in repr(hint(name)) for n in (1, 2, 3)] == [True] * 3
    assert f"def {name}(record)" not in repr(solution(name))
    assert f"def {name}(record)" in repr(solution(name))
    assert check(catch_up(name)).passed
    assert "the model answer is in place" in capsys.readouterr().out
    shown = repr(progress())
    assert name in shown
    assert shown.startswith("0 of 4 exercises solved, 1 for extra credit\n")
    assert [kept.__name__ for kept in saved_answers()] == [name]
