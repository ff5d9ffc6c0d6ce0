"""How answers to deleting_logs are judged and explained; each answer is a notebook cell of its own."""

import pytest
from catalogues import assert_all_tried, assert_named, each_spelling
from cells import function_of

from workshop.exercises import check
from workshop.exercises.tasks.deleting_logs import EXERCISE

HEAD = "import re\nfrom workshop import print_short_record\n\n"
NAME = "deleting_logs"
BOTH = '("logs.amazonaws.com", "cloudtrail.amazonaws.com")'


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


def when(condition, before=""):
    """Return the usual answer around a condition."""
    return (
        f"{before}def deleting_logs(record):\n    if {condition}:\n        print_short_record(record)\n"
        "        return True\n    return False\n"
    )


def answer(source):
    """Return the function that a cell defines."""
    return function_of(HEAD + source, NAME)


RIGHT = {
    "the seed's walkthrough": """
def deleting_logs(record):
    event_source = record['eventSource']
    event_name = record['eventName']

    if event_source in ['logs.amazonaws.com', 'cloudtrail.amazonaws.com']:
        if event_name.startswith('Delete'):
            print_short_record(record)
            return True

    return False
""",
    "get": when(f'record.get("eventSource") in {BOTH} and record.get("eventName", "").startswith("Delete")'),
    "regular expression": when(
        're.fullmatch(r"(logs|cloudtrail)\\.amazonaws\\.com", record.get("eventSource", "")) '
        'and re.match("Delete", record.get("eventName", ""))'
    ),
    "compiled pattern of the cell": when(
        'DELETES.match(record["eventSource"] + " " + record["eventName"])',
        'DELETES = re.compile(r"^(logs|cloudtrail)\\.amazonaws\\.com Delete")\n',
    ),
    "match statement": """
def deleting_logs(record):
    match record:
        case {"eventSource": "logs.amazonaws.com" | "cloudtrail.amazonaws.com", "eventName": str(name)}:
            if name.startswith("Delete"):
                print_short_record(record)
                return True
    return False
""",
    "any": when(
        f'any(record["eventSource"] == source and record["eventName"].startswith("Delete") for source in {BOTH})'
    ),
    "helpers": when(
        "is_log_service(record) and deletes(record)",
        "SOURCES = {'logs.amazonaws.com', 'cloudtrail.amazonaws.com'}\n"
        "def is_log_service(record):\n    return record['eventSource'] in SOURCES\n"
        "def deletes(record):\n    return record['eventName'].startswith('Delete')\n",
    ),
    "early returns": f"""
def deleting_logs(record):
    if record.get("eventSource") not in {BOTH}:
        return False
    if not record.get("eventName", "").startswith("Delete"):
        return False
    print_short_record(record)
    return True
""",
    "slice": when(f'record["eventSource"] in {BOTH} and record["eventName"][:6] == "Delete"'),
    "lambda": f"""
deleting_logs = lambda record: (
    record["eventSource"] in {BOTH} and record["eventName"].startswith("Delete") and not print_short_record(record)
)
""",
    "decorated": """
import functools

def printing(detector):
    @functools.wraps(detector)
    def inner(record):
        found = detector(record)
        if found:
            print_short_record(record)
        return found
    return inner

@printing
def deleting_logs(record):
    return record["eventSource"].split(".")[0] in ("logs", "cloudtrail") and record["eventName"].startswith("Delete")
""",
    "decorated without wraps": """
def printing(detector):
    def inner(record):
        found = detector(record)
        if found:
            print_short_record(record)
        return found
    return inner

@printing
def deleting_logs(record):
    of_logs = record["eventSource"] in {"logs.amazonaws.com", "cloudtrail.amazonaws.com"}
    return of_logs and "Delete" == record["eventName"][0:6]
""",
    "comprehension": f"""
def deleting_logs(record):
    hits = [s for s in {BOTH} if s == record["eventSource"] and record["eventName"].startswith("Delete")]
    if hits:
        print("found one")
        print_short_record(record)
    return bool(hits)
""",
    "two ifs": """
def deleting_logs(record):
    result = False
    if record["eventSource"] == "logs.amazonaws.com" or record["eventSource"] == "cloudtrail.amazonaws.com":
        result = record["eventName"].startswith("Delete")
    if result:
        print_short_record(record)
    return result
""",
    "try": f"""
def deleting_logs(record):
    try:
        found = record["eventSource"] in {BOTH} and record["eventName"].startswith("Delete")
    except KeyError:
        return False
    if found:
        print_short_record(record)
    return found
""",
    "own printer": (
        "def print_short_record(record):\n    print(record['eventTime'], record['eventName'])\n    return False\n"
    )
    + when(f'record["eventSource"] in {BOTH} and record["eventName"].startswith("Delete")'),
    "two returns of a dictionary": when(
        'RULES.get(record["eventSource"], "?") == record["eventName"][:6]',
        'RULES = {"logs.amazonaws.com": "Delete", "cloudtrail.amazonaws.com": "Delete"}\n',
    ),
    "any case": when(f'record["eventSource"].lower() in {BOTH} and record["eventName"].lower().startswith("delete")'),
    "annotated": f"""
from typing import Any

def deleting_logs(record: dict[str, Any]) -> bool:
    if (source := record.get("eventSource")) in {BOTH} and record.get("eventName", "").startswith("Delete"):
        print_short_record(record)
        return True
    return False
""",
}

BONUS = {
    "the seed's": """
def deleting_logs(record):
    event_source = record['eventSource']
    event_name = record['eventName']
    if event_source in ['logs.amazonaws.com', 'cloudtrail.amazonaws.com']:
        if event_name.startswith('Delete'):
            print_short_record(record)
            return True
    if event_source == 'cloudtrail.amazonaws.com' and event_name == 'StopLogging':
        print_short_record(record)
        return True
    return False
""",
    "one condition": when(
        f'record["eventSource"] in {BOTH} and record["eventName"].startswith(("Delete", "StopLogging"))'
    ),
    "a pattern": when(
        're.match(r"(logs|cloudtrail)\\.amazonaws\\.com:(Delete|StopLogging$)", '
        "f\"{record['eventSource']}:{record['eventName']}\")"
    ),
}

IN_BOTH = f'record["eventSource"] in {BOTH}'
STARTS = 'record["eventName"].startswith("Delete")'
LOOP = """
def deleting_logs(record):
    for source in ["logs.amazonaws.com", "cloudtrail.amazonaws.com"]:
        if record["eventSource"] == source and record["eventName"].startswith("Delete"):
            print_short_record(record)
            return True
        else:
            return False
"""

SLICE = 'record["eventName"]'
MISTAKES = {
    "narrower": [  # more conditions than can be taken away in two steps
        when(
            f'{IN_BOTH} and {STARTS} and record["awsRegion"] == "ca-central-1" and "invokedBy" not in str(record) '
            'and record["userIdentity"].get("type") != "Root"'
        ),
    ],
    "never_true": [
        when('record["eventName"] == "Erase" and record["eventSource"] == "s3" and record["awsRegion"] == "x"'),
    ],
    "prefix_too_long": [
        when(f'{IN_BOTH} and {SLICE}.startswith("Delete ")'),
        when(f'{IN_BOTH} and {SLICE}.startswith("Deleted")'),
        when(f'{IN_BOTH} and {SLICE}.startswith(("Deletes", "DeleteLogs"))'),
    ],
    "equals_list": [
        when(f'record["eventSource"] == ["logs.amazonaws.com", "cloudtrail.amazonaws.com"] and {STARTS}'),
        when(f'{BOTH} == record["eventSource"] and {STARTS}'),
        when(f'{STARTS} and record.get("eventSource") == {{"logs.amazonaws.com", "cloudtrail.amazonaws.com"}}'),
    ],
    "record_as_text": [
        when(f'{IN_BOTH} and str(record).startswith("Delete")'),
        when(f'{IN_BOTH} and re.match("Delete", str(record))'),
        when(f'repr(record).startswith("Delete") and {IN_BOTH}'),
    ],
    "no_value": [
        f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
        f"        {name} = True\n    return {name}\n"
        for name in ("result", "found", "is_match")
    ],
    "wrong_way_round": [
        when(f'["logs.amazonaws.com", "cloudtrail.amazonaws.com"] in record["eventSource"] and {STARTS}'),
    ],
    "in_reversed": [
        when(f'{BOTH} in record["eventSource"]'),
        when(f'{IN_BOTH} and ["Delete"] in {SLICE}'),
    ],
    "bit_operator": [
        when(f'record["eventSource"] == "logs.amazonaws.com" & {STARTS}'),
        when('record["eventName"] == "DeleteTrail" | record["eventName"].startswith("Delete")'),
        when(f'{STARTS} & record["eventSource"] == "logs.amazonaws.com"'),
    ],
    "parsed_already": [
        when(f"{IN_BOTH} and {STARTS}")
        .replace(":\n", ":\n    record = json.loads(record)\n", 1)
        .replace("def", "import json\n\n\ndef", 1),
        when('json.loads(record)["eventName"].startswith("Delete")', "import json\n"),
        when(f"{STARTS} and json.loads(record)", "import json\n"),
    ],
    "prefix_list": [
        when(f'{IN_BOTH} and {SLICE}.startswith(["Delete"])'),
        when(f'{IN_BOTH} and {SLICE}.startswith(["Delete", "Remove"])'),
        when(f'{SLICE}.startswith(["Delete"]) and {IN_BOTH}'),
    ],
    "ends_with_delete": [
        when(f'{IN_BOTH} and record["eventName"].endswith("Delete")'),
        when(f'{IN_BOTH} and record.get("eventName", "").endswith(("Delete",))'),
        when(f'{IN_BOTH} and name.endswith("Delete")').replace(":\n", ":\n    name = record['eventName']\n", 1),
    ],
    "wildcard": [
        when(f'{IN_BOTH} and record["eventName"] == "Delete*"'),
        when(f'{IN_BOTH} and record["eventName"].startswith("Delete*")'),
        when(f'{IN_BOTH} and "^Delete" in record["eventName"]'),
    ],
    "one_inverted": [
        when(f"not {IN_BOTH} and {STARTS}"),
        when(f"{IN_BOTH} and not {STARTS}"),
        when(f'record["eventSource"] not in {BOTH} and record["eventName"][:6] == "Delete"'),
    ],
    "is_for_equals": [
        when(f'(record["eventSource"] is "logs.amazonaws.com" or record["eventSource"] is {BOTH}[1]) and {STARTS}'),
        when(f'{IN_BOTH} and {SLICE}[:6] is "Delete"'),
        (
            "def deleting_logs(record):\n    source = record['eventSource']\n"
            "    if source is not 'logs.amazonaws.com' and source is not 'cloudtrail.amazonaws.com':\n"
            "        return False\n    print_short_record(record)\n    return True\n"
        ),
    ],
    "compared_with_true": [
        when(f'{IN_BOTH} and re.match("Delete", {SLICE}) == True'),
        when(f'{IN_BOTH} and True == re.search("^Delete", {SLICE})'),
        when(f'{IN_BOTH} and re.compile("Delete").match({SLICE}) is True'),
    ],
    "method_not_called": [
        when(f'{IN_BOTH} and {SLICE}.startswith == "Delete"'),
        when(f'{SLICE}.lower == "delete" and {IN_BOTH}'),
        when(f"{IN_BOTH} and re.match == {SLICE}"),
    ],
    "slice_length": [
        when(f'{IN_BOTH} and {SLICE}[:5] == "Delete"'),
        when(f'{IN_BOTH} and {SLICE}[0:7] == "Delete"'),
        when(f'{IN_BOTH} and "Delete" == {SLICE}[:4]'),
    ],
    "returns_what_printing_gives": [
        when(f"{IN_BOTH} and {STARTS}").replace(
            "        print_short_record(record)\n        return True", "        return print(record)"
        ),
    ],
    "empty_return": [
        when(f"{IN_BOTH} and {STARTS}").replace(
            "        print_short_record(record)\n        return True", "        return"
        ),
        when(f"{IN_BOTH} and {STARTS}").replace(
            "        print_short_record(record)\n        return True", "        return None"
        ),
    ],
    "misspelled_method": [
        when(f'{IN_BOTH} and {SLICE}.startsWith("Delete")'),
        when(f'{IN_BOTH} and {SLICE}.starts_with("Delete")'),
    ],
    "no_such_method": [
        when(f'{IN_BOTH} and {SLICE}.contains("Delete")'),
    ],
    "not_callable": [
        when(f'{IN_BOTH} and {SLICE}("Delete")'),
    ],
    "pattern_as_text": [
        when(f"{IN_BOTH} and PATTERN({SLICE})", 'PATTERN = re.compile("Delete")\n'),
    ],
    "record_is_called": [
        when(f'record("eventSource") in {BOTH} and {STARTS}'),
    ],
    "any_service": [
        when(STARTS),
        when('re.match("Delete", record["eventName"])'),
        when(
            'record.get("eventName", "")[:6] == "Delete" and record.get("eventSource", "").endswith(".amazonaws.com")'
        ),
        when('"Delete" in record["eventName"]'),
        (
            "def deleting_logs(record):\n    name = record['eventName']\n"
            "    if not name.startswith('Delete'):\n        return False\n    print_short_record(record)\n"
            "    return True\n"
        ),
    ],
    "or_text": [
        when(f'record["eventSource"] == "logs.amazonaws.com" or "cloudtrail.amazonaws.com" and {STARTS}').replace(
            'if record["eventSource"] == "logs.amazonaws.com" or "cloudtrail.amazonaws.com" and',
            'if (record["eventSource"] == "logs.amazonaws.com" or "cloudtrail.amazonaws.com") and',
        ),
        when(f'{STARTS} and (record["eventSource"] == ("cloudtrail.amazonaws.com") or ("logs.amazonaws.com"))'),
        (
            "def deleting_logs(record):\n    source = record['eventSource']\n"
            "    ok = source == 'cloudtrail.amazonaws.com' or 'logs.amazonaws.com'\n"
            "    if ok and record['eventName'].startswith('Delete'):\n        print_short_record(record)\n"
            "        return True\n    return False\n"
        ),
    ],
    "one_service_only": [
        when(f'record["eventSource"] == "logs.amazonaws.com" and {STARTS}'),
        when(f'record["eventSource"] == "cloudtrail.amazonaws.com" and {STARTS}'),
        when(f'"cloudtrail.amazonaws.com" in record["eventSource"] and {STARTS}'),
    ],
    "early_return": [
        LOOP,
    ],
    "or_for_and": [
        when(f"{IN_BOTH} or {STARTS}"),
        when(IN_BOTH),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH}:\n        print_short_record(record)\n"
            f"        return True\n    if {STARTS}:\n        print_short_record(record)\n        return True\n"
            "    return False\n"
        ),
    ],
    "each_call_of_logs": [
        (
            "def deleting_logs(record):\n"
            '    if record["eventSource"] == "logs.amazonaws.com":\n'
            "        print_short_record(record)\n        return True\n"
            f'    if record["eventSource"] == "cloudtrail.amazonaws.com" and {STARTS}:\n'
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
    ],
    "each_call_of_cloudtrail": [
        (
            "def deleting_logs(record):\n"
            '    if record["eventSource"] == "cloudtrail.amazonaws.com":\n'
            "        print_short_record(record)\n        return True\n"
            f'    if record["eventSource"] == "logs.amazonaws.com" and {STARTS}:\n'
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
    ],
    "precedence": [
        when(
            'record["eventSource"] == "logs.amazonaws.com" or '
            f'record["eventSource"] == "cloudtrail.amazonaws.com" and {STARTS}'
        ),
        when(f'{IN_BOTH} and {STARTS} or re.match("StopLogging", record["eventName"])'),
    ],
    "all_of_any": [
        when(f"any([{IN_BOTH}, {STARTS}])"),
    ],
    "equals_delete": [
        when(f'{IN_BOTH} and record["eventName"] == "Delete"'),
        when(f'{IN_BOTH} and record.get("eventName") in ["Delete"]'),
        when(f'{IN_BOTH} and record.get("eventName") in {{"Delete"}}'),
        when(f'{IN_BOTH} and re.fullmatch("Delete", record["eventName"])'),
        when(f'{IN_BOTH} and record["eventName"].lower() == "delete"'),
    ],
    "contains_delete": [
        when(f'{IN_BOTH} and "Delete" in record["eventName"]'),
        when(f'{IN_BOTH} and re.search("Delete", record["eventName"])'),
        when(f'{IN_BOTH} and record["eventName"].find("Delete") >= 0'),
        when(f'{IN_BOTH} and record["eventName"].count("Delete")'),
    ],
    "wrong_case": [
        when(f'record["eventSource"] in [s.title() for s in {BOTH}] and {STARTS}'),
        when(f'record["eventSource"] in [s.capitalize() for s in {BOTH}] and {STARTS}'),
        when(f'{IN_BOTH} and record["eventName"].startswith("dele" + "te")'),
    ],
    "capitals": [
        when(f'{IN_BOTH} and record["eventName"].lower().startswith("Delete")'),
        when(f'record["eventSource"].upper() in {BOTH} and {STARTS}'),
    ],
    "other_letters": [
        when(f'{IN_BOTH} and record["eventName"].startswith("delete")'),
        when(f'record["eventSource"] in ["Logs.amazonaws.com", "CloudTrail.amazonaws.com"] and {STARTS}'),
        when(f'{IN_BOTH} and record["eventName"].startswith("DELETE")'),
        when(f'record["eventSource"] in {{"Logs.amazonaws.com", "Cloudtrail.amazonaws.com"}} and {STARTS}'),
        when(f'{IN_BOTH} and re.match("delete", record["eventName"])'),
    ],
    "wrong_service_name": [
        when(f'record["eventSource"] in {{"logs.amazonaws.com", "cloudtrial.amazonaws.com"}} and {STARTS}'),
        when(
            f're.fullmatch("cloudwatchlog.amazonaws.com|cloudtrial.amazonaws.com", record["eventSource"]) and {STARTS}'
        ),
        when(f'record["eventSource"] in ["cloudwatch.amazonaws.com", "cloudtrail.amazonaws.com"] and {STARTS}'),
        when(f'record["eventSource"] in {{"cloudwatchlogs.amazonaws.com", "cloudtrail.amazonaws.com"}} and {STARTS}'),
        when(
            '(record["eventSource"] == "log.amazonaws.com" or '
            f'record["eventSource"] == "cloudtrail.amazonaws.com") and {STARTS}'
        ),
        when(f'record["eventSource"] in ("logs.amazonaws.com", "clodtrail.amazonaws.com") and {STARTS}'),
        when(f'record["eventSource"] in ("logs.amazon.com", "cloudtrail.amazon.com") and {STARTS}'),
        when(f'record["eventSource"] in ("monitoring.amazonaws.com", "cloudtrail.amazonaws.com") and {STARTS}'),
    ],
    "texts_run_together": [
        when(f'record["eventSource"] in ["logs.amazonaws.com" "cloudtrail.amazonaws.com"] and {STARTS}'),
    ],
    "name_left_out": [
        when(f'{IN_BOTH} and {STARTS} and record["eventName"] != "DeleteRetentionPolicy"'),
        when(f'{IN_BOTH} and {STARTS} and "Trail" not in record["eventName"]'),
        when(f'{IN_BOTH} and {STARTS} and record["eventName"] not in ["DeleteMetricFilter"]'),
    ],
    "missing_suffix": [
        when(f'record["eventSource"] in ["logs", "cloudtrail"] and {STARTS}'),
        when(f'record["eventSource"] in {{"logs", "cloudtrail"}} and {STARTS}'),
        when(f'(record["eventSource"] == "logs" or record["eventSource"] == "cloudtrail") and {STARTS}'),
        when(f're.fullmatch("logs|cloudtrail", record["eventSource"]) and {STARTS}'),
    ],
    "source_substring": [
        when(f'("logs" in record["eventSource"] or "cloudtrail" in record["eventSource"]) and {STARTS}'),
        when(f'record["eventSource"].startswith(("logs", "cloudtrail")) and {STARTS}'),
        when(f're.search("logs|cloudtrail", record["eventSource"]) and {STARTS}'),
        when(f'any(word in record["eventSource"] for word in ("log", "trail")) and {STARTS}'),
        when(f'record["eventSource"].endswith(("logs.amazonaws.com", "cloudtrail.amazonaws.com")) and {STARTS}'),
    ],
    "names_list": [
        when('record["eventName"] in ["DeleteTrail", "DeleteLogGroup", "DeleteLogStream"]'),
        when(f'{IN_BOTH} and record["eventName"] in {{"DeleteTrail", "DeleteLogGroup", "DeleteLogStream"}}'),
        when(f'{IN_BOTH} and (record["eventName"] == "DeleteTrail" or record["eventName"] == "DeleteLogGroup")'),
        when(f'{IN_BOTH} and record["eventName"].startswith(("DeleteTrail", "DeleteLog"))'),
    ],
    "unreached": [
        (
            f"def deleting_logs(record):\n    return False\n    if {IN_BOTH} and {STARTS}:\n"
            "        print_short_record(record)\n        return True\n"
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        return True\n"
            "        print_short_record(record)\n    return False\n"
        ),
    ],
    "early_return_false": [
        "def deleting_logs(record):\n    return False\n",
    ],
    "condition_too_many": [
        (
            "def deleting_logs(record):\n    if 'eventSource' in record:\n        return False\n"
            f"    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n        return True\n"
            "    return False\n"
        ),
        when(f"{IN_BOTH} and {STARTS} and record['responseElements']"),
        when(f"{IN_BOTH} and {STARTS} and record.get('errorCode') == ''"),
        when(f"{STARTS} and {IN_BOTH} and record.get('errorCode') == 'None'"),
        when(f'{IN_BOTH} and {STARTS} and record["userIdentity"].get("type") != "Root"'),
        when(f'{IN_BOTH} and {STARTS} and not record["sourceIPAddress"].endswith("amazonaws.com")'),
        when(f'{IN_BOTH} and {STARTS} and record["awsRegion"] == "ca-central-1"'),
    ],
    "contradiction": [
        when(
            'record["eventSource"] == "logs.amazonaws.com" and '
            f'record["eventSource"] == "cloudtrail.amazonaws.com" and {STARTS}'
        ),
        (
            "def deleting_logs(record):\n    if record['eventSource'] != 'logs.amazonaws.com' or "
            f"record['eventSource'] != 'cloudtrail.amazonaws.com':\n        return False\n    if {STARTS}:\n"
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
    ],
    "cannot_both": [
        (
            "def deleting_logs(record):\n    source = record['eventSource']\n"
            "    if source != 'cloudtrail.amazonaws.com':\n        return False\n"
            "    if source != 'logs.amazonaws.com':\n        return False\n    print_short_record(record)\n"
            "    return True\n"
        ),
    ],
    "no_return": [
        f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n",
        (
            f"def deleting_logs(record):\n    result = {IN_BOTH} and {STARTS}\n    if result:\n"
            "        print_short_record(record)\n"
        ),
        f"def deleting_logs(record):\n    {IN_BOTH} and {STARTS}\n",
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
            "        return\n    return False\n"
        ),
    ],
    "returns_prints_value": [
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n"
            "        return print_short_record(record)\n    return False\n"
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH}:\n        if {STARTS}:\n"
            "            found = print_short_record(record)\n            return found\n    return False\n"
        ),
        f"deleting_logs = lambda record: {IN_BOTH} and {STARTS} and print_short_record(record)\n",
    ],
    "none_for_false": [
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
            "        return True\n"
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH}:\n        if {STARTS}:\n"
            "            print_short_record(record)\n            return True\n        return False\n"
        ),
        (
            f"def deleting_logs(record):\n    found = None\n    if {IN_BOTH} and {STARTS}:\n"
            "        print_short_record(record)\n        found = True\n    return found\n"
        ),
    ],
    "not_a_bool": [
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
            "        return 1\n    return 0\n"
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
            "        return record\n    return False\n"
        ),
        (
            f"def deleting_logs(record):\n    found = [1 for _ in [0] if {IN_BOTH} and {STARTS}]\n"
            "    if found:\n        print_short_record(record)\n    return found\n"
        ),
    ],
    "returns_text": [
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
            '        return "True"\n    return False\n'
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
            '        return "match"\n    return ""\n'
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
            '        return record["eventName"]\n    return False\n'
        ),
    ],
    "never_prints": [
        f"def deleting_logs(record):\n    return {IN_BOTH} and {STARTS}\n",
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print(record)\n"
            "        return True\n    return False\n"
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record\n"
            "        return True\n    return False\n"
        ),
    ],
    "always_prints": [
        (
            f"def deleting_logs(record):\n    print_short_record(record)\n    if {IN_BOTH} and {STARTS}:\n"
            "        return True\n    return False\n"
        ),
        f"def deleting_logs(record):\n    print_short_record(record)\n    return {IN_BOTH} and {STARTS}\n",
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
            "        return True\n    print_short_record(record)\n    return False\n"
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH}:\n        print_short_record(record)\n"
            f"        if {STARTS}:\n            return True\n    return False\n"
        ),
    ],
    "prints_something_else": [
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n"
            f"        print_short_record({{'eventName': record['eventName']}})\n        return True\n"
            "    return False\n"
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n"
            "        print_short_record(record['userIdentity'])\n        return True\n    return False\n"
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n"
            "        print_short_record(dict(eventSource=record['eventSource']))\n        return True\n"
            "    return False\n"
        ),
    ],
    "filters_failed": [
        when(f'{IN_BOTH} and {STARTS} and "errorCode" not in record'),
        when(f'{IN_BOTH} and {STARTS} and not record.get("errorCode")'),
        "def deleting_logs(record):\n    if record.get('errorCode'):\n        return False\n"
        + when(f"{IN_BOTH} and {STARTS}").split("\n", 1)[1],
        when(f'{IN_BOTH} and {STARTS} and record.get("errorMessage") is None'),
        when(f'{IN_BOTH} and {STARTS} and record.get("errorCode") != "AccessDenied"'),
    ],
    "changes_record": [
        (
            f"def deleting_logs(record):\n    record['checked'] = True\n    if {IN_BOTH} and {STARTS}:\n"
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        (
            f"def deleting_logs(record):\n    record.pop('userAgent', None)\n    if {IN_BOTH} and {STARTS}:\n"
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        (
            "def deleting_logs(record):\n    record['eventSource'] = record['eventSource'].split('.')[0]\n"
            f"    if record['eventSource'] in ('logs', 'cloudtrail') and {STARTS}:\n"
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
            "        record['userIdentity']['flag'] = 1\n        return True\n    return False\n"
        ),
    ],
    "stop_logging_any_service": [
        when(f'({IN_BOTH} and {STARTS}) or record["eventName"] == "StopLogging"'),
        (
            "def deleting_logs(record):\n    if record['eventName'] == 'StopLogging':\n"
            f"        print_short_record(record)\n        return True\n    if {IN_BOTH} and {STARTS}:\n"
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
    ],
    "stop_too_wide": [
        when(f'{IN_BOTH} and record["eventName"].startswith(("Delete", "Stop"))'),
        when(f'{IN_BOTH} and ({STARTS} or "Stop" in record["eventName"])'),
        when(f'{IN_BOTH} and re.match("Delete|Stop", record["eventName"])'),
    ],
    "fields_mixed_up": [
        when(f'{IN_BOTH} and record["eventType"].startswith("Delete")'),
        when(f'record["eventName"] in {BOTH} and record["eventSource"].startswith("Delete")'),
        when(f'{IN_BOTH} and record["eventSource"].startswith("Delete")'),
        when(f'record["eventName"] in {BOTH} and {STARTS}'),
    ],
    "inverted": [
        when(f"not ({IN_BOTH} and {STARTS})"),
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        return False\n"
            "    print_short_record(record)\n    return True\n"
        ),
        f"def deleting_logs(record):\n    print_short_record(record)\n    return not ({IN_BOTH} and {STARTS})\n",
    ],
    "always_true": [
        "def deleting_logs(record):\n    print_short_record(record)\n    return True\n",
        (
            f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        print_short_record(record)\n"
            "    return True\n"
        ),
        when('"logs.amazonaws.com" or record["eventSource"]'),
    ],
    "wider_than_asked": [
        when(f'{IN_BOTH} and ({STARTS} or record["eventName"] in ("UpdateTrail", "PutEventSelectors", "StopLogging"))'),
        when(f'{IN_BOTH} and record["eventName"].startswith(("Delete", "Update", "StopLogging"))'),
        when(f'{IN_BOTH} and record["eventName"].startswith(("Delete", "Put"))'),
    ],
    "searches_everything": [
        when(f'{IN_BOTH} and "Delete" in str(record)'),
        when(
            "'Delete' in str(record) and ('logs.amazonaws.com' in str(record) or "
            "'cloudtrail.amazonaws.com' in str(record))"
        ),
        when(f'{IN_BOTH} and re.search("Delete", repr(record))'),
    ],
    "prefix_too_short": [
        when(f'{IN_BOTH} and record["eventName"].startswith("De")'),
        when(f'{IN_BOTH} and record["eventName"][0] == "D"'),
        when(f'{IN_BOTH} and re.match("De", record["eventName"])'),
    ],
    "bonus_only": [
        when('record["eventSource"] == "cloudtrail.amazonaws.com" and record["eventName"] == "StopLogging"'),
        when(f'{IN_BOTH} and record["eventName"].startswith("StopLogging")'),
        when('(record.get("eventSource"), record.get("eventName")) == ("cloudtrail.amazonaws.com", "StopLogging")'),
    ],
    "returns_coroutine": [
        "def deleting_logs(record):\n    yield False\n",
        "async def deleting_logs(record):\n    return False\n",
        f"def deleting_logs(record):\n    if {IN_BOTH}:\n        yield True\n",
    ],
    "wrong_level": [
        when(f'record.get("userIdentity", {{}}).get("eventSource") in {BOTH} and {STARTS}'),
        when(f'{IN_BOTH} and record.get("userIdentity", {{}}).get("eventName", "").startswith("Delete")'),
        when(f'{STARTS} and record.get("userIdentity", {{}}).get("eventSource", "") in {BOTH}'),
    ],
    "notebooks_record": [
        "record = {'eventSource': 'logs.amazonaws.com', 'eventName': 'DeleteLogGroup'}\n"
        + when(f"{IN_BOTH} and {STARTS}")
        .replace("deleting_logs(record)", "deleting_logs(r)")
        .replace("short_record(record)", "short_record(r)"),
        "event = {'eventSource': 's3.amazonaws.com', 'eventName': 'GetObject'}\n"
        + when(f"{IN_BOTH} and event['eventName'].startswith('Delete')"),
        (
            "example = {'eventName': 'DeleteTrail'}\ndef deleting_logs(record):\n"
            "    return example['eventName'].startswith('Delete')\n"
        ),
    ],
    "one_record": [
        (
            "def deleting_logs(record):\n    for r in record['Records']:\n"
            "        return r['eventName'].startswith('Delete')\n"
        ),
    ],
    "text_without_fields": [
        (
            "def deleting_logs(record):\n    for r in record:\n"
            "        if r['eventName'].startswith('Delete'):\n            return True\n    return False\n"
        ),
        "def deleting_logs(record):\n    return any(r['eventName'] == 'DeleteTrail' for r in record)\n",
    ],
    "keeps_state": [
        "seen = []\n"
        + when(f"{IN_BOTH} and {STARTS} and record['eventID'] not in seen and not seen.append(record['eventID'])"),
        (
            "def deleting_logs(record, seen=set()):\n    if record['eventID'] in seen:\n"
            "        return False\n    seen.add(record['eventID'])\n"
        )
        + when(f"{IN_BOTH} and {STARTS}").split("\n", 1)[1],
        (
            "counter = 0\ndef deleting_logs(record):\n    global counter\n    counter += 1\n"
            f"    if {IN_BOTH} and {STARTS} and counter < 50:\n        print_short_record(record)\n"
            "        return True\n    return False\n"
        ),
    ],
    "misspelled_field": [
        when(f'record.get("EventSource") in {BOTH} and {STARTS}'),
        when(f'{IN_BOTH} and record.get("eventname", "").startswith("Delete")'),
        when(f'record["eventsource"] in {BOTH} and {STARTS}'),
        when(f'{IN_BOTH} and record["EventName"].startswith("Delete")'),
        when(f'record["event_source"] in {BOTH} and {STARTS}'),
    ],
    "attribute_access": [
        when(f"record.eventSource in {BOTH} and record.eventName.startswith('Delete')"),
        when(f"{IN_BOTH} and record.eventName.startswith('Delete')"),
        when("record.userIdentity.type"),
    ],
    "signature": [
        "def deleting_logs():\n    return False\n",
        "def deleting_logs(source, name):\n    return source in ['logs.amazonaws.com'] and name.startswith('Delete')\n",
        "def deleting_logs(*, record):\n    return False\n",
    ],
}


@pytest.mark.parametrize("style", RIGHT)
def test_right_answers_pass(style):
    """Every style of a right answer passes; without StopLogging it is no bonus."""
    result = check(answer(RIGHT[style]))
    assert result.outcome == "passed", result


@pytest.mark.parametrize("style", BONUS)
def test_bonus_answers_earn_the_bonus(style):
    """Who finds StopLogging of CloudTrail too gets the bonus."""
    result = check(answer(BONUS[style]))
    assert result.outcome == "bonus", result


@pytest.mark.filterwarnings("ignore:.* with .*literal:SyntaxWarning")
@each_spelling(MISTAKES)
def test_mistakes_are_named(identifier, source):
    """Each catalogued mistake, in each spelling, gets its own explanation, with a case and the deciding record."""
    result = check(answer(source))
    assert_named(result, identifier)
    assert result.why in result.message.replace("`", "") or "`" in result.why
    assert "model answer" not in result.message


@pytest.mark.parametrize(
    ("body", "reached"),
    [
        ("return True\n        print_short_record(record)", True),
        ("return True\n    return False\n    print_short_record(record)", True),
        ("return True", False),
    ],
)
def test_a_print_that_no_record_reaches_is_told(body, reached):
    """The call stands in the code and was never made, whatever the record: what is above it ends the function."""
    result = check(
        answer(f"def deleting_logs(record):\n    if {IN_BOTH} and {STARTS}:\n        {body}\n    return False\n")
    )
    assert result.misconception in ("never_prints", "unreached")
    assert ("no record ever gets there" in result.message) == reached


def test_every_catalogued_mistake_is_tried():
    """Nothing is in the catalogue that no test provokes, and each message is its own."""
    assert_all_tried(EXERCISE, MISTAKES)


def test_a_mistake_outside_the_catalogue_gets_its_record_and_field():
    """An answer wrong in a way of its own is told the record that it misjudged and the fields that decide."""
    result = check(answer(when(f'{IN_BOTH} and {STARTS} or record["eventName"] == "LookupEvents"')))
    assert result.outcome == "wrong"
    assert result.record["eventName"] == "LookupEvents"
    assert "eventName" in result.fields
    assert "LookupEvents" in result.message


@pytest.mark.parametrize(
    "condition",
    [
        "record['awsRegion'] == 'ca-central-1'",
        "record['userIdentity'].get('type') != 'Root'",
        "'invokedBy' not in record['userIdentity']",
        "(record['requestParameters'] or {}).get('logGroupName')",
        "isinstance(record['userAgent'], str)",
    ],
)
def test_one_condition_too_many_is_told(condition):
    """An answer with a condition that the exercise does not name is shown that condition: without, it passes."""
    result = check(answer(when(f"{IN_BOTH} and {STARTS} and {condition}")))
    assert result.misconception == "condition_too_many", result
    assert condition in result.why
    assert "Tried" in result.why


def test_a_field_that_the_exercise_does_not_name_is_told():
    """Where more than two conditions are too many, the message says which field they look at, and with what text."""
    region, root = "record['awsRegion'] == 'ca-central-1'", "record['userIdentity'].get('type') != 'Root'"
    result = check(
        answer(when(f"{IN_BOTH} and {STARTS} and {region} and {root} and 'invokedBy' not in record['userIdentity']"))
    )
    assert result.misconception == "narrower", result
    assert "It also asks for userIdentity.invokedBy" in result.message
    assert "and the exercise does not" in result.message


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (f'{STARTS} and record["eventSource"][0] in "lc"', "eventSource"),
        (f'{IN_BOTH} and record["eventName"] > "Dekete"', "eventName"),
        (f'{IN_BOTH} and ({STARTS} or record["eventName"] == "LookupEvents")', "== 'LookupEvents' is one condition"),
    ],
)
def test_a_mistake_of_its_own_is_told_what_was_asked(condition, told):
    """Outside of the catalogue the message says what the function asked of the deciding record."""
    result = check(answer(when(condition)))
    assert result.outcome == "wrong"
    assert told in result.message


def test_what_printing_reads_is_not_held_against_the_answer():
    """print_short_record reads fields of its own, and a function that prints first did not ask for them."""
    early = "def deleting_logs(record):\n    print_short_record(record)\n    return False\n"
    assert "also asks" not in check(answer(early)).message


def test_raising_on_an_insight_record_is_a_remark():
    """Who reads a field that Insight records lack passes, and is told."""
    result = check(answer(RIGHT["the seed's walkthrough"]))
    assert result.outcome == "passed"
    assert "KeyError" in result.remarks[0]
    assert check(answer(RIGHT["get"])).remarks == []


def test_stub_is_not_attempted():
    """As shipped the exercise is not attempted, not wrong."""
    for body in ("raise NotImplementedError('notebook 02')", "pass", "...", "'Doc.'"):
        assert check(answer(f"def deleting_logs(record):\n    {body}\n")).outcome == "not attempted"
    started = "def deleting_logs(record):\n    source = record.get('eventSource')\n    raise NotImplementedError\n"
    result = check(answer(started))  # more than the stub has is an attempt, and the stub's line is named
    assert (result.outcome, result.misconception) == ("raised", "leftover_raise")


def test_answer_made_for_these_very_records_fails():
    """Ids and keys are new in every check, so an answer cannot know them."""
    one, two = check(answer(when(STARTS))), check(answer(when(STARTS)))
    assert one.record["eventID"] != two.record["eventID"]
