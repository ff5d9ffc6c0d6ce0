"""How answers to instance_creds_used_outside_ec2 are judged and explained; each is a notebook cell of its own."""

import pytest
from catalogues import assert_all_tried, assert_named, each_spelling
from cells import function_of

from workshop.exercises import check
from workshop.exercises.tasks.instance_creds_used_outside_ec2 import EXERCISE

NAME = "instance_creds_used_outside_ec2"
HEAD = (
    "import re\nfrom workshop import print_short_record\n"
    "from workshop.cloudtrail_analyzer import instance_identifier_arn_pattern\n\n"
)
START = f"def {NAME}(record):\n    identity = record.get('userIdentity', {{}})\n"
END = "        print_short_record(record)\n        return True\n    return False\n"
TYPE = "identity.get('type') == 'AssumedRole'"
KEY = "identity.get('accessKeyId', '').startswith('AS')"
ARN = "instance_identifier_arn_pattern.match(identity.get('arn', ''))"


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


def when(*conditions, joined=" and "):
    """Return the usual answer around conditions."""
    return START + f"    if {joined.join(conditions)}:\n" + END


def answer(source):
    """Return the function that a cell defines."""
    return function_of(HEAD + source, NAME)


RIGHT = {
    "the seed's walkthrough": """
instance_identifier_arn_pattern = re.compile(r'(.*?)/i\\-[a-zA-Z0-9]{8,}$')

def instance_creds_used_outside_ec2(record):
    identity = record['userIdentity']

    # First, check that the role type is assumed role
    role_type = identity.get('type', '')
    if role_type != 'AssumedRole':
        return False

    # Next, check that the AKID starts with 'AS'
    access_key = identity.get('accessKeyId', '')
    if not access_key.startswith('AS'):
        return False

    # Finally, check that the end of the user ARN is an instance identifier
    arn = identity.get('arn', '')
    if instance_identifier_arn_pattern.match(arn):
        print_short_record(record)
        return True

    return False
""",
    "one condition": when(TYPE, KEY, ARN),
    "ASIA": when(TYPE, "identity.get('accessKeyId', '').startswith('ASIA')", ARN),
    "own pattern": "MINE = re.compile(r'^arn:.*:assumed-role/.*/i-[A-Za-z0-9]{8,}$')\n"
    + when(TYPE, "identity.get('accessKeyId', '')[:2] == 'AS'", "MINE.match(identity.get('arn', ''))"),
    "search": when(TYPE, KEY, "re.search(r'/i-[0-9a-zA-Z]{8,}$', identity.get('arn', ''))"),
    "fullmatch of the last part": when(
        TYPE, KEY, "re.fullmatch(r'i-[0-9a-zA-Z]{8,}', identity.get('arn', '').split('/')[-1])"
    ),
    "without patterns": when(
        TYPE,
        KEY,
        "'/' in identity.get('arn', '')",
        "is_instance_id(identity.get('arn', '').rpartition('/')[2])",
    ).replace(
        START,
        "def is_instance_id(name):\n    return name[:2] == 'i-' and len(name) >= 10 and name[2:].isalnum()\n\n" + START,
    ),
    "match statement": f"""
def {NAME}(record):
    match record.get("userIdentity"):
        case {{"type": "AssumedRole", "accessKeyId": str(key), "arn": str(arn)}} if key.startswith("AS"):
            if instance_identifier_arn_pattern.match(arn):
                print_short_record(record)
                return True
    return False
""",
    "all": when(f"all([{TYPE}, {KEY}, {ARN}])"),
    "helpers": (
        "def _is_role(i):\n    return i.get('type') == 'AssumedRole'\n\ndef _key(i):\n"
        "    return i.get('accessKeyId', '')\n\n"
    )
    + when("_is_role(identity)", "_key(identity).startswith('AS')", ARN),
    "try": f"""
def {NAME}(record):
    try:
        identity = record["userIdentity"]
        found = bool(
            identity["type"] == "AssumedRole"
            and identity["accessKeyId"].startswith("AS")
            and instance_identifier_arn_pattern.match(identity["arn"])
        )
    except KeyError:
        return False
    if found:
        print_short_record(record)
    return found
""",
    "lambda": f"""
def found(i):
    return i.get("type") == "AssumedRole" and i.get("accessKeyId", "").startswith("AS") and bool(
        instance_identifier_arn_pattern.match(i.get("arn", "")))

{NAME} = lambda record: found(record.get("userIdentity", {{}})) and print_short_record(record) is False
""",
    "decorated": f"""
import functools

def total(detector):
    @functools.wraps(detector)
    def inner(record):
        try:
            return detector(record)
        except (KeyError, TypeError):
            return False
    return inner

@total
def {NAME}(record):
    identity = record["userIdentity"]
    if identity["type"] == "AssumedRole" and identity["accessKeyId"].startswith("AS"):
        if instance_identifier_arn_pattern.match(identity["arn"]) is not None:
            print_short_record(record)
            return True
    return False
""",
    "comprehension": f"""
def {NAME}(record):
    identity = record.get("userIdentity") or {{}}
    checks = {{"type": "AssumedRole", "accessKeyId": "AS.*", "arn": r".*/i-[a-zA-Z0-9]{{8,}}"}}
    if all(re.fullmatch(pattern, identity.get(name) or "") for name, pattern in checks.items()):
        print_short_record(record)
        return True
    return False
""",
    "not AK": when(TYPE, "identity.get('accessKeyId', 'AK')[:2] not in ('AK', '')", ARN),
}

ID = "[a-zA-Z0-9]{8,}"
MISTAKES = {
    "hex_only": [
        when(
            TYPE,
            KEY,
            "all(c in '0123456789abcdef' for c in identity.get('arn', '').split('/i-')[-1]) "
            "and instance_identifier_arn_pattern.match(identity.get('arn', ''))",
        ),
    ],
    "no_end_anchor": [
        when(
            TYPE,
            KEY,
            "identity.get('arn', '').split('/')[-1].startswith('i-') "
            "and identity.get('arn', '').split('/')[-1][2:10].isalnum() "
            "and len(identity.get('arn', '').split('/')[-1]) > 9",
        ),
    ],
    "narrower": [
        when(
            TYPE,
            KEY,
            ARN,
            "record['awsRegion'] == 'ca-central-1'",
            "'amazon-ssm-agent' not in record['userAgent']",
            "not record['sourceIPAddress'].startswith('10.')",
            "record.get('errorCode') is None",
            "'vpcEndpointId' not in record",
        ),
    ],
    "match_at_the_beginning": [
        when(TYPE, KEY, "re.match(r'/i-[a-zA-Z0-9]{8,}$', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.match(r'i-[a-zA-Z0-9]{8,}$', identity.get('arn', ''))"),
    ],
    "at_the_start": [
        when(TYPE, KEY, "identity.get('arn', '').startswith('i-')"),
        when(TYPE, KEY, "re.fullmatch('i-.{8,}', identity.get('arn', ''))"),
    ],
    "pattern_as_text": [
        when(TYPE, KEY, "identity.get('arn', '') == instance_identifier_arn_pattern"),
        when(TYPE, KEY, "instance_identifier_arn_pattern == identity.get('arn')"),
    ],
    "pattern_compared": [
        when(TYPE, KEY, "identity.get('arn') in (instance_identifier_arn_pattern,)"),
    ],
    "ends_with_text": [
        when(TYPE, KEY, "identity.get('arn', '').endswith('i-')"),
        when(TYPE, KEY, "identity.get('arn', '').endswith(('/i-', 'i-d34db33f'))"),
        when(TYPE, "identity.get('arn', '').endswith('instance')", KEY),
    ],
    "wrong_part": [
        when(TYPE, KEY, "identity.get('arn', '//').split('/')[1].startswith('i-')"),
        when(TYPE, KEY, "re.fullmatch('i-[a-zA-Z0-9]{8,}', identity.get('arn', '').rpartition('/')[0])"),
        when(TYPE, KEY, "instance_identifier_arn_pattern.match(identity.get('arn', '').rsplit('/', 1)[0])"),
    ],
    "pattern_differs": [
        when(TYPE, KEY, "re.search('/i-[a-zA-Z0-9]{8,}/', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.search(r'/i-[a-zA-Z0-9]{8,}', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.match(r'.*/i-[a-zA-Z0-9]{8,}', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.match(r'i-[a-zA-Z0-9]{8,}', identity.get('arn', '').split('/')[-1])"),
        when(TYPE, KEY, "re.search(r'/i-[0-9a-z]{8,17}', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.search(r'i-[a-zA-Z0-9]{8,}$', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.search(r'/i-[a-zA-Z0-9]+$', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.search(r'/i-\\w*$', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.search(r'/i-[0-9a-f]{8,}$', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.search(r'/i-[0-9a-fA-F]{8,17}$', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.search(r'/i-([0-9a-f]{8}|[0-9a-f]{17})$', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.search(r'/i-[0-9a-zA-Z]{17}$', identity.get('arn', ''))"),
        when(TYPE, KEY, "re.search(r'/i-[0-9a-f]{17}$', identity.get('arn', ''))"),
    ],
    "other_field": [
        when(TYPE, KEY, "instance_identifier_arn_pattern.match(identity.get('userName', ''))"),
        when(TYPE, KEY, "instance_identifier_arn_pattern.match(identity.get('principalId', ''))"),
        when(TYPE, KEY, "instance_identifier_arn_pattern.match(identity.get('accountId', ''))"),
    ],
    "one_inverted": [
        when(TYPE, KEY, f"not {ARN}"),
        when(TYPE, f"not {KEY}", ARN),
        when("identity.get('type') != 'AssumedRole'", KEY, ARN),
    ],
    "missing_type": [
        when(KEY, ARN),
        when(
            "identity.get('accessKeyId', '')[:4] == 'ASIA'",
            "re.search(r'/i-[a-zA-Z0-9]{8,}$', identity.get('arn', ''))",
        ),
        when("identity.get('type') != 'Root'", KEY, ARN),
        when("identity.get('type') in ('AssumedRole', 'FederatedUser')", KEY, ARN),
    ],
    "missing_key": [
        when(TYPE, ARN),
        when(TYPE, "'accessKeyId' in identity", ARN),
        when(TYPE, "identity.get('accessKeyId', '').startswith('A')", ARN),
        when(
            TYPE,
            "re.search('i-[a-zA-Z0-9]{8,}$', identity.get('arn', '').split('/')[-1])",
            "identity.get('arn', '').split('/')[-1].startswith('i-')",
        ),
    ],
    "missing_arn": [
        when(TYPE, KEY),
        START
        + (
            f"    if {TYPE}:\n        if {KEY}:\n            print_short_record(record)\n"
            "            return True\n    return False\n"
        ),
    ],
    "one_property_only": [
        when(TYPE),
        when(KEY),
        when(ARN),
    ],
    "or_for_and": [
        when(TYPE, KEY, ARN, joined=" or "),
        when(f"({TYPE} or {KEY}) and {ARN}"),
    ],
    "precedence": [
        when(f"{TYPE} and {KEY} or {ARN}"),
    ],
    "all_of_any": [
        when(f"any([{TYPE}, {KEY}, {ARN}])"),
    ],
    "misspelled_field": [
        when(TYPE, "identity.get('accessKey', '').startswith('AS')", ARN),
        when(TYPE, "identity['accessKey'].startswith('AS')", ARN),
        when(TYPE, "identity.get('accessKeyID', '').startswith('AS')", ARN),
        when(TYPE, "str(identity.get('accessKey')).startswith('AS')", ARN),
    ],
    "ak_for_as": [
        when(TYPE, "identity.get('accessKeyId', '').startswith('AK')", ARN),
        when(TYPE, "identity.get('accessKeyId', '')[:4] == 'AKIA'", ARN),
        when(TYPE, "re.match('AK', identity.get('accessKeyId', ''))", ARN),
    ],
    "assume_role": [
        when("identity.get('type') == 'AssumeRole'", KEY, ARN),
        when("identity.get('type') in {'AssumeRole'}", KEY, ARN),
        START
        + "    if identity.get('type') != 'AssumeRole':\n        return False\n"
        + f"    if {KEY} and {ARN}:\n"
        + END,
    ],
    "other_letters": [
        when("identity.get('type') == 'assumedRole'", KEY, ARN),
        when("identity.get('type') in {'ASSUMEDROLE', 'assumedrole'}", KEY, ARN),
        when(TYPE, "identity.get('accessKeyId', '').startswith('as')", ARN),
    ],
    "wrong_type_spelling": [
        when("identity.get('type') == 'Assumed Role'", KEY, ARN),
    ],
    "other_type": [
        when("identity.get('type') == 'Role'", KEY, ARN),
        when("identity.get('type') == 'AWSService'", KEY, ARN),
        when("identity.get('type') in {'Instance'}", KEY, ARN),
    ],
    "not_the_arn": [
        when(TYPE, KEY, "instance_identifier_arn_pattern.match(identity)"),
        when(TYPE, KEY, "instance_identifier_arn_pattern.match(record)"),
        when("re.match('.*/i-', record)"),
    ],
    "wrong_key_prefix": [
        when(TYPE, "identity.get('accessKeyId', '').startswith('Asia')", ARN),
        when(TYPE, "identity.get('accessKeyId', '').startswith('SA')", ARN),
    ],
    "key_equals": [
        when(TYPE, "identity.get('accessKeyId', '') == 'AS'", ARN),
        when(TYPE, "identity.get('accessKeyId') in ('AS', 'ASIA')", ARN),
        START
        + "    if identity.get('accessKeyId') != 'ASIA':\n        return False\n"
        + f"    if {TYPE} and {ARN}:\n"
        + END,
    ],
    "key_contains": [
        when(TYPE, "'AS' in identity.get('accessKeyId', '')", ARN),
        when(TYPE, "re.search('AS', identity.get('accessKeyId', ''))", ARN),
        when(TYPE, "identity.get('accessKeyId', '').count('AS')", ARN),
    ],
    "issuer_arn": [
        when(
            TYPE,
            KEY,
            (
                "instance_identifier_arn_pattern.match(identity.get('sessionContext', "
                "{}).get('sessionIssuer', {}).get('arn', ''))"
            ),
        ),
        START
        + "    issuer = identity.get('sessionContext', {}).get('sessionIssuer', {})\n"
        + f"    if {TYPE} and {KEY} and re.search('/i-[a-zA-Z0-9]+$', issuer.get('arn', '')):\n"
        + END,
        START
        + "    arn = (identity.get('sessionContext') or {}).get('sessionIssuer', {}).get('arn') or ''\n"
        + f"    if {TYPE} and {KEY} and instance_identifier_arn_pattern.search(arn):\n"
        + END,
    ],
    "i_dash_anywhere": [
        when(TYPE, KEY, "'i-' in identity.get('arn', '')"),
        when(TYPE, KEY, "re.search('i-', identity.get('arn', ''))"),
        when(TYPE, KEY, "'i-' in identity.get('arn', '').split('/')[-1]"),
    ],
    "id_not_checked": [
        when(TYPE, KEY, "identity.get('arn', '').split('/')[-1].startswith('i-')"),
        when(TYPE, KEY, "'/i-' in identity.get('arn', '')"),
        when(TYPE, KEY, "'/i-' in identity.get('arn')"),
    ],
    "only_long_ids": [
        when(TYPE, KEY, ARN, "len(identity['arn'].split('/')[-1]) == 19"),
    ],
    "calls_to_assume_role": [
        when("record.get('eventName') == 'AssumeRole'", KEY, ARN),
        when("record['eventName'] == 'AssumeRole'", TYPE, KEY, ARN).replace(
            "record['eventName']", "record.get('eventName')"
        ),
        START
        + "    if record.get('eventName') not in ['AssumeRole']:\n        return False\n"
        + f"    if {KEY} and {ARN}:\n"
        + END,
    ],
    "not_in_user_identity": [
        when(
            "record.get('type') == 'AssumedRole'",
            "record.get('accessKeyId', '').startswith('AS')",
            "instance_identifier_arn_pattern.match(record.get('arn', ''))",
        ),
        f"def {NAME}(record):\n    identity = record\n    if {TYPE} and {KEY} and {ARN}:\n" + END,
    ],
    "wrong_level": [
        when(TYPE, KEY, "instance_identifier_arn_pattern.match(record.get('arn', ''))"),
    ],
    "filters_failed": [
        when(TYPE, KEY, ARN, "'errorCode' not in record"),
        when(TYPE, KEY, ARN, "not record.get('errorCode')"),
        START
        + "    if record.get('errorCode'):\n        return False\n"
        + f"    if {TYPE} and {KEY} and {ARN}:\n"
        + END,
    ],
    "searches_everything": [
        when(TYPE, KEY, "re.search(r'/i-[a-zA-Z0-9]{8,}\\b', str(record))"),
        "import json\n" + when(TYPE, KEY, "re.search(r'/i-[a-zA-Z0-9]{8,}\"', json.dumps(record))"),
        when(TYPE, KEY, "'/i-' in repr(record)"),
    ],
    "inverted": [
        when(f"not ({TYPE} and {KEY} and {ARN})"),
        START
        + (
            f"    if {TYPE} and {KEY} and {ARN}:\n        return False\n    print_short_record(record)\n"
            "    return True\n"
        ),
        START + f"    bad = {TYPE} and {KEY} and {ARN}\n    if not bad:\n" + END,
    ],
    "always_true": [
        f"def {NAME}(record):\n    print_short_record(record)\n    return True\n",
        when("'AssumedRole'"),
        START + f"    if {TYPE} and {KEY} and {ARN}:\n        print_short_record(record)\n    return True\n",
    ],
    "early_return_false": [
        f"def {NAME}(record):\n    return False\n",
        when(TYPE, KEY, "re.match(r'instance', identity.get('arn', ''))"),
    ],
    "unreached": [
        START + "    return False\n" + f"    if {TYPE} and {KEY} and {ARN}:\n" + END,
    ],
    "condition_too_many": [
        when(TYPE, KEY, ARN, "record['sourceIPAddress'] == '10.0.0.1'"),
        when(TYPE, KEY, ARN, "record.get('eventSource') == 'iam.amazonaws.com'"),
        when(TYPE, KEY, ARN, "record['awsRegion'] == 'eu-west-1'"),
        when(TYPE, KEY, ARN, "not record['sourceIPAddress'].startswith('10.')"),
        when(TYPE, KEY, ARN, "'amazon-ssm-agent' not in record['userAgent']"),
        when(TYPE, KEY, ARN, "identity.get('sessionContext', {}).get('ec2RoleDelivery') == '2.0'"),
    ],
    "returns_match": [
        START
        + (
            f"    if {TYPE} and {KEY}:\n        found = {ARN}\n        if found:\n"
            "            print_short_record(record)\n        return found\n    return False\n"
        ),
        START
        + (
            f"    found = {TYPE} and {KEY} and {ARN}\n    if found:\n        print_short_record(record)\n"
            "    return found\n"
        ),
        START + f"    return {TYPE} and {KEY} and {ARN}\n",
    ],
    "absent_arn": [
        when(TYPE, KEY, "instance_identifier_arn_pattern.match(identity['arn'])"),
        when(TYPE, KEY, "instance_identifier_arn_pattern.match(identity.get('arn'))"),
        START
        + "    arn = identity['arn']\n"
        + f"    if {TYPE} and {KEY} and instance_identifier_arn_pattern.match(arn):\n"
        + END,
    ],
    "absent_field": [
        when(TYPE, "identity['accessKeyId'].startswith('AS')", ARN),
        when("identity['type'] == 'AssumedRole'", KEY, ARN),
    ],
    "none_used": [
        when(TYPE, "identity.get('accessKeyId').startswith('AS')", ARN),
    ],
    "none_for_false": [
        when(TYPE, KEY, ARN).replace("    return False\n", ""),
        START + f"    if not ({TYPE}):\n        return\n" + f"    if {KEY} and {ARN}:\n" + END,
        START
        + (
            f"    if {TYPE}:\n        if {KEY}:\n            if {ARN}:\n"
            "                print_short_record(record)\n                return True\n"
            "            return False\n"
        ),
    ],
    "never_prints": [
        START + f"    return bool({TYPE} and {KEY} and {ARN})\n",
        when(TYPE, KEY, ARN).replace("print_short_record(record)", "print(record['eventName'])"),
        when(TYPE, KEY, ARN).replace("        print_short_record(record)\n", ""),
    ],
    "no_such_piece": [
        when(TYPE, "identity.get('accessKeyId', '')[1] == 'S'", ARN),
        when(TYPE, KEY, "identity.get('arn', '').split('/')[2].startswith('i-')"),
        when(TYPE, KEY, "re.findall('/i-[a-zA-Z0-9]{8,}$', identity.get('arn', ''))[0]"),
    ],
    "changes_record": [
        START
        + "    identity['accessKeyId'] = identity.get('accessKeyId', '')\n"
        + f"    if {TYPE} and {KEY} and {ARN}:\n"
        + END,
        START + "    record.setdefault('errorCode', '')\n" + f"    if {TYPE} and {KEY} and {ARN}:\n" + END,
        when(TYPE, KEY, ARN).replace("        return True", "        record['suspicious'] = True\n        return True"),
    ],
}


@pytest.mark.parametrize("style", RIGHT)
def test_right_answers_pass(style):
    """Every style of a right answer passes, ASIA for AS included."""
    result = check(answer(RIGHT[style]))
    assert result.outcome == "passed", result


@each_spelling(MISTAKES)
def test_mistakes_are_named(identifier, source):
    """Each catalogued mistake, in each spelling, gets its own explanation, with a case and the deciding record."""
    result = check(answer(source))
    assert_named(result, identifier)
    assert result.record is not None
    assert result.case in result.message


def test_every_catalogued_mistake_is_tried():
    """Nothing is in the catalogue that no test provokes, and each message is its own."""
    assert_all_tried(EXERCISE, MISTAKES)


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        (
            (TYPE, KEY, ARN, "record['eventSource'] == 'ec2.amazonaws.com'"),
            "record['eventSource'] == 'ec2.amazonaws.com'",
        ),
        ((TYPE, KEY, ARN, "not record['sourceIPAddress'].startswith('10.')"), "startswith('10.') is one condition"),
        ((TYPE, KEY, ARN, "'ec2RoleDelivery' in identity.get('sessionContext', {})"), "'ec2RoleDelivery' in identity"),
        ((TYPE, KEY, ARN, "record.get('errorCode') is None", "'vpcEndpointId' not in record"), "vpcEndpointId"),
        (
            (
                TYPE,
                KEY,
                "instance_identifier_arn_pattern.match((record['requestParameters'] or {}).get('roleArn', ''))",
            ),
            "requestParameters.roleArn is another field",
        ),
    ],
)
def test_one_condition_too_many_is_told(conditions, told):
    """An answer that asks more than the exercise is told the field, what it asks of it, and what it never looks at."""
    assert told in check(answer(when(*conditions))).message


def test_raising_on_a_record_without_identity_is_a_remark():
    """Who reads userIdentity by brackets passes, and is told that some records lack it."""
    result = check(answer(RIGHT["the seed's walkthrough"]))
    assert result.outcome == "passed"
    assert "userIdentity" in result.remarks[0]


def test_stub_is_not_attempted():
    """As shipped the exercise is not attempted, not wrong."""
    assert (
        check(answer(f"def {NAME}(record):\n    raise NotImplementedError('notebook 03')\n")).outcome == "not attempted"
    )
