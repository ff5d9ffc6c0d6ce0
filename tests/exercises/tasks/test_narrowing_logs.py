"""How answers to narrowing_logs are judged and explained; each answer is a notebook cell of its own."""

import inspect

import pytest
from catalogues import assert_all_tried, assert_named, each_spelling
from cells import function_of

from workshop.exercises import check
from workshop.exercises.tasks.narrowing_logs import EXERCISE, narrowing_logs

HEAD = "from workshop import print_short_record\n\n"
NAME = "narrowing_logs"


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


REGION = 'asked.get("isMultiRegionTrail") is False'
BASIC = 's.get("includeManagementEvents") and s.get("readWriteType") == "All"'
ADVANCED = (
    '{"field": "eventCategory", "equals": ["Management"]} in s["fieldSelectors"] '
    'and not any(f["field"] == "readOnly" for f in s["fieldSelectors"])'
)
DAYS = 'asked.get("retentionInDays", 7) < 7'


def when(region=REGION, basic=BASIC, advanced=ADVANCED, days=DAYS, selectors="not any(full)", **parts):
    """Return the usual answer, with some of its parts changed."""
    trail = parts.get("trail", 'source == "cloudtrail.amazonaws.com"')
    logs = parts.get("logs", 'source == "logs.amazonaws.com"')
    update = parts.get("update", 'name == "UpdateTrail"')
    worked = parts.get("worked", 'not record.get("errorCode")')
    asked = parts.get("asked", 'record.get("requestParameters") or {}')
    return f"""
def narrowing_logs(record):
    source, name = record.get("eventSource"), record.get("eventName")
    asked = {asked}
    full = [{basic} for s in asked.get("eventSelectors") or []]
    full += [{advanced} for s in asked.get("advancedEventSelectors") or []]
    found = (
        ({trail} and {update} and {region})
        or ({trail} and name == "PutEventSelectors" and {selectors})
        or ({logs} and name == "PutRetentionPolicy" and {days})
    )
    if found and {worked}:
        print_short_record(record)
        return True
    return False
"""


def answer(source):
    """Return the function that a cell defines."""
    return function_of(HEAD + source, NAME)


RIGHT = {
    "one condition": when(),
    "== False": when(region='asked.get("isMultiRegionTrail") == False'),
    "default True": when(region='not asked.get("isMultiRegionTrail", True)'),
    "all not": when(selectors="all(not one for one in full)"),
    "not in the record": when(worked='"errorCode" not in record'),
    "early returns": """
TRAIL = "cloudtrail.amazonaws.com"

def sees_everything(selector):
    if "fieldSelectors" not in selector:
        return selector["includeManagementEvents"] and selector["readWriteType"] == "All"
    fields = {field["field"]: field.get("equals", []) for field in selector["fieldSelectors"]}
    return "Management" in fields["eventCategory"] and "readOnly" not in fields

def narrows(source, name, asked):
    if (source, name) == (TRAIL, "UpdateTrail"):
        return "isMultiRegionTrail" in asked and not asked["isMultiRegionTrail"]
    if (source, name) == (TRAIL, "PutEventSelectors"):
        selectors = asked.get("eventSelectors", []) + asked.get("advancedEventSelectors", [])
        return not any(sees_everything(selector) for selector in selectors)
    if (source, name) == ("logs.amazonaws.com", "PutRetentionPolicy"):
        return asked["retentionInDays"] in range(7)
    return False

def narrowing_logs(record):
    if record.get("errorCode"):
        return False
    if narrows(record.get("eventSource"), record.get("eventName"), record.get("requestParameters")):
        print_short_record(record)
        return True
    return False
""",
}
LIST = '"readWriteType" in str(asked)'

WRONG = {
    "some_missing": [
        when(region="asked.get('a')", selectors="asked.get('b')"),
    ],
    "counts_attempts": [
        when(worked="True"),
        when(worked='record.get("errorCode") != "AccessDenied"'),
    ],
    "name_alone": [
        when(region="True", selectors="True", days="True"),
        when(region="True", selectors="True", days="True", worked="True"),
    ],
    "absent_is_false": [
        when(region='not asked.get("isMultiRegionTrail")'),
        when(region='asked.get("isMultiRegionTrail") != True'),
    ],
    "word_in_quotes": [
        when(region='asked.get("isMultiRegionTrail") == "false"'),
        when(region='asked.get("isMultiRegionTrail") == "False"'),
    ],
    "all_of_any": [
        when(selectors="not all(full)"),
    ],
    "one_of_many": [
        when(selectors="False in [bool(one) for one in full]"),
    ],
    "first_selector": [
        when(selectors="full and not full[0]"),
        when(selectors="not any(full[:1])"),
    ],
    "advanced_is_blind": [
        when(advanced="False"),
        when(selectors='(not asked.get("eventSelectors") or not any(full))'),
    ],
    "noise_left_out": [
        when(advanced='s["fieldSelectors"] == [{"field": "eventCategory", "equals": ["Management"]}]'),
        when(advanced='len(s["fieldSelectors"]) == 1 and s["fieldSelectors"][0]["equals"] == ["Management"]'),
    ],
    "half_is_enough": [
        when(
            basic='s.get("includeManagementEvents")',
            advanced='{"field": "eventCategory", "equals": ["Management"]} in s["fieldSelectors"]',
        ),
        when(basic='s.get("includeManagementEvents") is True'),
    ],
    "basic_only": [
        when(selectors='asked.get("eventSelectors") and not any(full)'),
        when(advanced="True"),
    ],
    "advanced_only": [
        when(selectors='asked.get("advancedEventSelectors") and not any(full)'),
        when(basic="True"),
    ],
    "boundary": [
        when(days='asked.get("retentionInDays", 99) <= 7'),
        when(days='asked.get("retentionInDays", 9) < 8'),
    ],
    "one_day_only": [
        when(days='asked.get("retentionInDays") == 1'),
        when(days='asked.get("retentionInDays", 9) <= 1'),
    ],
    "any_service": [
        when(trail="True", logs="True"),
        when(logs="True"),
        when(trail="True"),
    ],
    "any_call": [
        when(days='asked["retentionInDays"] < 7', logs="True", trail="True").replace(
            'name == "PutRetentionPolicy"', "1"
        ),
        when(update="True"),
        when(update='name.endswith("Trail")'),
    ],
    "always_true": [
        "def narrowing_logs(record):\n    print_short_record(record)\n    return True\n",
    ],
    "inverted": [
        when().replace("if found and", "if not (found and").replace('("errorCode"):', '("errorCode")):'),
    ],
    "never_true": [
        when(trail='source == "cloudtrail"', logs='source == "logs"'),
        when(trail='source == "CloudTrail.amazonaws.com"', logs='source == "Logs.amazonaws.com"'),
    ],
    "always_so": [
        when(days="False"),
        when(region="False"),
    ],
    "null_request": [
        when(asked='record["requestParameters"]'),
        when(asked='record.get("requestParameters", {})'),
    ],
    "absent_setting": [
        when(region='asked["isMultiRegionTrail"] is False'),
    ],
    "never_prints": [
        when().replace("print_short_record(record)", "pass"),
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


def test_the_model_answer_passes():
    """As a cell of its own."""
    assert check(function_of(HEAD + inspect.getsource(EXERCISE.model), NAME)).outcome == "passed"


@pytest.mark.parametrize("asked", ["HIDDEN_DUE_TO_SECURITY_REASONS", [{"a": 1}], None])
def test_the_model_answer_holds_where_a_request_is_no_object(asked):
    """Real logs have texts and lists there; one such record must not stop a hunt's detector."""
    record = {"eventSource": "dynamodb.amazonaws.com", "eventName": "GetItem", "requestParameters": asked}
    assert narrowing_logs(record) is False
