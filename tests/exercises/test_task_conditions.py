"""Each condition that a task asks for is dropped, one at a time: some case of the exercise notices."""

import pytest
from cells import function_of

from workshop.exercises.judging.judge import judge
from workshop.exercises.registry import BY_NAME
from workshop.exercises.sample_records import Maker

HEAD = "import re\nfrom workshop.cloudtrail_analyzer import *\n\n\n"
FIVE = ("eventTime", "awsRegion", "sourceIPAddress", "eventSource", "eventName")


def printer(*names, before="", show="print", end="return False"):
    """Return a warm-up that shows these fields."""
    values = ", ".join(f"record.get({name!r}, '-')" for name in names)
    return f"def print_short_record(record):\n    {before or 'pass'}\n    {show}({values})\n    {end}\n"


def detector(name, condition, then="print_short_record(record)", verdict="True", otherwise="return False", first=""):
    """Return a detector that matches by a condition."""
    return (
        f"def {name}(record):\n    source, call = record.get('eventSource', ''), record.get('eventName', '')\n"
        f"    who = record.get('userIdentity') or {{}}\n    {first or 'pass'}\n    if {condition}:\n        {then}\n"
        f"        return {verdict}\n    {otherwise}\n"
    )


def predicate(name, *lines):
    """Return a function of the ladder with these lines."""
    arguments = "record" if name == "made_by_aws" else "record, known"
    head = (
        "who = record.get('userIdentity') or {}",
        "key, address = who.get('accessKeyId'), record.get('sourceIPAddress') or ''",
        "instance = (who.get('arn') or '').split('/')[-1]",
        "began = ((who.get('sessionContext') or {}).get('attributes') or {}).get('creationDate')",
    )
    return f"def {name}({arguments}):\n" + "".join(f"    {line}\n" for line in (*head, *lines))


def publisher(datum="'MetricName': METRIC_NAME, 'Value': count, 'Unit': 'Count'", space="METRIC_NAMESPACE", lines=()):
    """Return a publisher of one datum, with lines before its call."""
    put = f"cloudwatch.put_metric_data(Namespace={space}, MetricData=[{{{datum}}}])"
    lines = lines or ("if not count:", "    return", "PUT")
    body = "".join(f"    {line.replace('PUT', put)}\n" for line in lines)
    return f"def publish_anomalies(cloudwatch, detector, count):\n{body}"


# ---------------------------------------------------------------- the tasks, with all of their conditions

LOGS = "source in ('logs.amazonaws.com', 'cloudtrail.amazonaws.com')"
DELETES = "call.startswith('Delete')"
STOPS = "(source == 'cloudtrail.amazonaws.com' and call == 'StopLogging')"
TYPE, KEY = "who.get('type') == 'AssumedRole'", "(who.get('accessKeyId') or '').startswith('AS')"


def arn(pattern):
    """Return the condition that an arn has this pattern."""
    return f"re.search(r'{pattern}', who.get('arn') or '')"


CREDS = "instance_creds_used_outside_ec2"
NAMED = arn("/i-[a-zA-Z0-9]{8,}$")
INVOKED, SERVICE, INTERNAL = "'invokedBy' in who", "address.endswith('.amazonaws.com')", "address == 'AWS Internal'"
SEEN = ("if key in known.issued_to:", "    return True")
OLD = ("if not began or began < known.since:", "    return None")
THERE = ("there = record.get('vpcEndpointId')", "if there:", "    return there in known.vpc_endpoints")
NAT = ("if address in known.nat_addresses:", "    return True")
UNLISTED = ("if instance not in known.addresses:", "    return None")
OWN = ("return address in known.addresses[instance]",)
BLINDING = {
    "cloudtrail.amazonaws.com": ("StopLogging", "StopEventDataStoreIngestion"),
    "ec2.amazonaws.com": ("DeleteFlowLogs",),
    "route53resolver.amazonaws.com": ("DeleteResolverQueryLogConfig", "DisassociateResolverQueryLogConfig"),
    "config.amazonaws.com": ("StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"),
    "guardduty.amazonaws.com": ("DeleteDetector",),
}
NAMES = [name for names in BLINDING.values() for name in names]
WORKED = "not record.get('errorCode')"
ASKED = "asked = record.get('requestParameters') or {}"
MANAGEMENT, READING = "f.get('eventCategory') == ['Management']", "'readOnly' not in f"


def blinding(condition):
    """Return a blinding_logs whose dictionary `calls` leads from each source to its calls."""
    return detector("blinding_logs", condition, first=f"calls = {BLINDING!r}")


def narrowing(
    update="source == 'cloudtrail.amazonaws.com' and call == 'UpdateTrail'",
    regions="asked.get('isMultiRegionTrail') is False",
    put="source == 'cloudtrail.amazonaws.com' and call == 'PutEventSelectors'",
    selectors="not any(full)",
    basic="s['includeManagementEvents'] and s['readWriteType'] == 'All'",
    advanced=f"{MANAGEMENT} and {READING}",
    keep="source == 'logs.amazonaws.com' and call == 'PutRetentionPolicy'",
    days="asked.get('retentionInDays', 7) < 7",
    worked=WORKED,
    **more,
):
    """Return a narrowing_logs with some of its conditions changed."""
    fields = "{f['field']: f.get('equals') for f in s['fieldSelectors']}"
    first = (
        f"{ASKED}\n    full = [bool({basic}) for s in asked.get('eventSelectors') or []]\n"
        f"    full += [bool({advanced}) for s in asked.get('advancedEventSelectors') or [] for f in [{fields}]]"
    )
    condition = f"({worked}) and (({update}) and ({regions}) or ({put}) and ({selectors}) or ({keep}) and ({days}))"
    return detector("narrowing_logs", condition, first=first, **more)


COMPLETE = {
    "print_short_record": printer(*FIVE),
    "deleting_logs": detector("deleting_logs", f"{LOGS} and {DELETES} or {STOPS}"),
    CREDS: detector(CREDS, f"{TYPE} and {KEY} and {NAMED}"),
    "publish_anomalies": publisher(),
    "issued_by_ec2": predicate("issued_by_ec2", *SEEN, *OLD, "return False"),
    "made_by_aws": predicate("made_by_aws", f"return {INVOKED} or {SERVICE} or {INTERNAL}"),
    "called_from_home": predicate("called_from_home", *THERE, *NAT, *UNLISTED, *OWN),
    "moved_since_first_use": predicate(
        "moved_since_first_use", "return key in known.first_address and address != known.first_address[key]"
    ),
    "blinding_logs": blinding(f"{WORKED} and call in calls.get(source, ())"),
    "narrowing_logs": narrowing(),
}


def both(name, complete, **changes):
    """Return what drops the conditions that all detectors share: the printing and the two verdicts."""
    return {
        "the match is printed": detector(name, complete, then="pass", **changes),
        "print_short_record prints it": detector(name, complete, then="print(record.get('eventName'))", **changes),
        "True for a match": detector(name, complete, verdict="None", **changes),
        "False for others": detector(name, complete, otherwise="return None", **changes),
        "others are not printed": detector(
            name, complete, otherwise="print_short_record(record); return False", **changes
        ),
    }


# {exercise: {the condition that is dropped: the answer without it}}
DROPPED = {
    "print_short_record": {
        **{name: printer(*(other for other in FIVE if other != name)) for name in FIVE},
        "one line": printer(*FIVE[:3], before="print(record.get('eventSource'), record.get('eventName'))"),
        "a line": printer(*FIVE, show="str"),
        "does not fail without an address": printer(*FIVE, before="record['sourceIPAddress']"),
        "does not fail without a service": printer(*FIVE, before="record['eventSource']"),
        "does not fail without a call": printer(*FIVE, before="record['eventName']"),
        "does not fail without an identity": printer(*FIVE, before="record['userIdentity']"),
        "does not fail without an arn": printer(*FIVE, before="record.get('userIdentity', {})['arn']"),
        "something in its place": (
            "def print_short_record(record):\n"
            f"    print(*[record[n] for n in {FIVE} if n in record])\n    return False\n"
        ),
        "a line for an incomplete record": printer(*FIVE, before="if 'sourceIPAddress' not in record: return False"),
        "returns False": printer(*FIVE, end="return None"),
    },
    "deleting_logs": {
        "a service": detector("deleting_logs", DELETES),
        "CloudWatch Logs": detector("deleting_logs", f"source == 'cloudtrail.amazonaws.com' and {DELETES}"),
        "CloudTrail": detector("deleting_logs", f"source == 'logs.amazonaws.com' and {DELETES}"),
        "no other service": detector("deleting_logs", f"'logs' in source or 'cloudtrail' in source and {DELETES}"),
        "the whole source": detector("deleting_logs", f"source.startswith(('logs', 'cloudtrail')) and {DELETES}"),
        "a name": detector("deleting_logs", LOGS),
        "starts with": detector("deleting_logs", f"{LOGS} and 'Delete' in call"),
        "all that starts so": detector("deleting_logs", f"{LOGS} and call in ('DeleteLogGroup', 'DeleteTrail')"),
        "Delete": detector("deleting_logs", f"{LOGS} and call.startswith('De')"),
        "the bonus is CloudTrail's": detector("deleting_logs", f"{LOGS} and {DELETES} or call == 'StopLogging'"),
        "the bonus is StopLogging": detector(
            "deleting_logs", f"{LOGS} and ({DELETES} or call.startswith('Stop'))"
        ),
        **both("deleting_logs", f"{LOGS} and {DELETES}"),
    },
    CREDS: {
        "an assumed role": detector(CREDS, f"{KEY} and {NAMED}"),
        "no user": detector(CREDS, f"who.get('type') != 'IAMUser' and {KEY} and {NAMED}"),
        "a session's key": detector(CREDS, f"{TYPE} and {NAMED}"),
        "begins with AS": detector(CREDS, f"{TYPE} and 'AS' in (who.get('accessKeyId') or '') and {NAMED}"),
        "AS rather than AK": detector(CREDS, f"{TYPE} and (who.get('accessKeyId') or '').startswith('A') and {NAMED}"),
        "not AK": detector(CREDS, f"{TYPE} and not (who.get('accessKeyId') or '').startswith('AK') and {NAMED}"),
        "an instance id": detector(CREDS, f"{TYPE} and {KEY}"),
        "the arn ends with it": detector(CREDS, f"{TYPE} and {KEY} and {arn('/i-[a-zA-Z0-9]{8,}')}"),
        "after the last slash": detector(CREDS, f"{TYPE} and {KEY} and {arn('i-[a-zA-Z0-9]{8,}$')}"),
        "at least 8": detector(CREDS, f"{TYPE} and {KEY} and {arn('/i-[a-zA-Z0-9]+$')}"),
        "7 are too few": detector(CREDS, f"{TYPE} and {KEY} and {arn('/i-[a-zA-Z0-9]{7,}$')}"),
        "8 are enough": detector(CREDS, f"{TYPE} and {KEY} and {arn('/i-[a-zA-Z0-9]{9,}$')}"),
        "more than 17 are, too": detector(CREDS, f"{TYPE} and {KEY} and {arn('/i-[a-zA-Z0-9]{8,17}$')}"),
        "any number between": detector(CREDS, f"{TYPE} and {KEY} and {arn('/i-([a-zA-Z0-9]{8}|[a-zA-Z0-9]{17,})$')}"),
        "letters and digits only": detector(CREDS, f"{TYPE} and {KEY} and {arn('/i-[^/]{8,}$')}"),
        "no underscores": detector(CREDS, rf"{TYPE} and {KEY} and {arn('/i-[a-zA-Z0-9_]{8,}$')}"),
        "no dots": detector(CREDS, rf"{TYPE} and {KEY} and {arn('/i-[a-zA-Z0-9.]{8,}$')}"),
        "all letters": detector(CREDS, f"{TYPE} and {KEY} and {arn('/i-[a-f0-9]{8,}$')}"),
        "capitals": detector(CREDS, f"{TYPE} and {KEY} and {arn('/i-[a-z0-9]{8,}$')}"),
        "the dash": detector(CREDS, f"{TYPE} and {KEY} and {arn('/i.?[a-zA-Z0-9]{8,}$')}"),
        "the caller's own arn": detector(
            CREDS, f"{TYPE} and {KEY} and re.search(r'/i-[a-zA-Z0-9]{{8,}}\\W', str(who))"
        ),
        **both(CREDS, f"{TYPE} and {KEY} and {NAMED}"),
    },
    "publish_anomalies": {
        "the count": publisher("'MetricName': METRIC_NAME, 'Value': 1, 'Unit': 'Count'"),
        "one call": publisher(
            "'MetricName': METRIC_NAME, 'Value': 1, 'Unit': 'Count'", lines=("for _ in range(count):", "    PUT")
        ),
        "a unit": publisher("'MetricName': METRIC_NAME, 'Value': count"),
        "the unit Count": publisher("'MetricName': METRIC_NAME, 'Value': count, 'Unit': 'None'"),
        "the name": publisher("'MetricName': detector, 'Value': count, 'Unit': 'Count'"),
        "the namespace": publisher(space="'reInvent2017/SID341'"),
        "nothing at 0": publisher(lines=("PUT",)),
        "also at 1": publisher(lines=("if count > 1:", "    PUT")),
        "the client it gets": publisher(lines=("import boto3", "cloudwatch = boto3.client('cloudwatch')", "if count:",
                                               "    PUT")),
        "any detector": publisher(lines=("if count and detector == 'deleting_logs':", "    PUT")),
        "an error passes": publisher(lines=("if not count:", "    return", "try:", "    PUT", "except Exception:",
                                            "    print('refused')")),
        "no memory": "seen = []\n" + publisher(
            lines=("if count and (detector, count) not in seen:", "    seen.append((detector, count))", "    PUT")
        ),
    },
    "issued_by_ec2": {
        "the key": predicate("issued_by_ec2", *OLD, "return False"),
        "in the table, not among its values": predicate(
            "issued_by_ec2", "if instance in known.issued_to.values():", "    return True", *OLD, "return False"
        ),
        "True whatever the age": predicate("issued_by_ec2", *OLD, *SEEN, "return False"),
        "True without a beginning": predicate(
            "issued_by_ec2", "if not began:", "    return None", *SEEN, *OLD, "return False"
        ),
        "True for an old session": predicate(
            "issued_by_ec2", "if began and began < known.since:", "    return None", *SEEN, *OLD, "return False"
        ),
        "None before": predicate("issued_by_ec2", *SEEN, "return False if began else None"),
        "None without a beginning": predicate(
            "issued_by_ec2", *SEEN, "return None if began and began < known.since else False"
        ),
        "None": predicate("issued_by_ec2", "return key in known.issued_to"),
        "False": predicate("issued_by_ec2", *SEEN, "return None"),
        "a key may be absent": predicate("issued_by_ec2", "who['accessKeyId']", *SEEN, *OLD, "return False"),
        "a sessionContext may be absent": predicate(
            "issued_by_ec2", "who['sessionContext']", *SEEN, *OLD, "return False"
        ),
    },
    "made_by_aws": {
        "invokedBy": predicate("made_by_aws", f"return {SERVICE} or {INTERNAL}"),
        "invokedBy of the identity": predicate(
            "made_by_aws", f"return 'invokedBy' in record or {SERVICE} or {INTERNAL}"
        ),
        "invokedBy whatever it is": predicate(
            "made_by_aws", f"return who.get('invokedBy') == 'AWS Internal' or {SERVICE} or {INTERNAL}"
        ),
        "invokedBy AWS Internal, too": predicate(
            "made_by_aws", f"return str(who.get('invokedBy')).endswith('.amazonaws.com') or {SERVICE} or {INTERNAL}"
        ),
        "a service's name": predicate("made_by_aws", f"return {INVOKED} or {INTERNAL}"),
        "ends with": predicate("made_by_aws", f"return {INVOKED} or '.amazonaws.com' in address or {INTERNAL}"),
        "the dot": predicate("made_by_aws", f"return {INVOKED} or address.endswith('amazonaws.com') or {INTERNAL}"),
        "AWS Internal": predicate("made_by_aws", f"return {INVOKED} or {SERVICE}"),
        "one is enough": predicate("made_by_aws", f"return {INVOKED} and ({SERVICE} or {INTERNAL})"),
        "of the address": predicate(
            "made_by_aws", f"return {INVOKED} or {SERVICE} or {INTERNAL} or record.get('userAgent') == 'AWS Internal'"
        ),
        "False otherwise": predicate("made_by_aws", f"return True if {INVOKED} or {SERVICE} or {INTERNAL} else None"),
    },
    "called_from_home": {
        "an endpoint decides": predicate("called_from_home", *NAT, *UNLISTED, *OWN),
        "one of ours": predicate(
            "called_from_home", "if 'vpcEndpointId' in record:", "    return True", *NAT, *UNLISTED, *OWN
        ),
        "also if it is strange": predicate(
            "called_from_home", "if record.get('vpcEndpointId') in known.vpc_endpoints:", "    return True", *NAT,
            *UNLISTED, *OWN
        ),
        "before all else": predicate("called_from_home", *UNLISTED, *THERE, *NAT, *OWN),
        "NAT": predicate("called_from_home", *THERE, *UNLISTED, *OWN),
        "NAT before the list": predicate("called_from_home", *THERE, *UNLISTED, *NAT, *OWN),
        "None": predicate("called_from_home", *THERE, *NAT, "return address in known.addresses.get(instance, ())"),
        "None only if not listed": predicate(
            "called_from_home", *THERE, *NAT, "if not known.addresses.get(instance):", "    return None", *OWN
        ),
        "its own": predicate("called_from_home", *THERE, *NAT, *UNLISTED, "return False"),
        "this instance's": predicate(
            "called_from_home", *THERE, *NAT, *UNLISTED,
            "return any(address in own for own in known.addresses.values())",
        ),
        "the address proves nothing": predicate(
            "called_from_home", "if address.startswith('10.'):", "    return True", *THERE, *NAT, *UNLISTED, *OWN
        ),
        "any of its addresses": predicate(
            "called_from_home", *THERE, *NAT, *UNLISTED, "return address in sorted(known.addresses[instance])[:1]"
        ),
    },
    "moved_since_first_use": {
        "the key is in the table": predicate("moved_since_first_use", "return address != known.first_address.get(key)"),
        "another address": predicate("moved_since_first_use", "return key in known.first_address"),
        "than the one there": predicate(
            "moved_since_first_use", "return key in known.first_address and address not in known.first_address.values()"
        ),
        "the whole address": predicate(
            "moved_since_first_use",
            "first = known.first_address.get(key)", "return first is not None and not address.startswith(first)",
        ),
        "not the other way round": predicate(
            "moved_since_first_use",
            "first = known.first_address.get(key)", "return first is not None and not first.startswith(address)",
        ),
        "the network": predicate(
            "moved_since_first_use",
            "first = known.first_address.get(key)",
            "return first is not None and address.rpartition('.')[0] != first.rpartition('.')[0]",
        ),
        "False otherwise": predicate(
            "moved_since_first_use", "if key in known.first_address:", "    return address != known.first_address[key]"
        ),
        "also if it failed": predicate(
            "moved_since_first_use", "first = known.first_address.get(key)",
            "return first is not None and address != first and 'errorCode' not in record",
        ),
    },
    "blinding_logs": {
        **{
            name: blinding(f"{WORKED} and call in calls.get(source, ()) and call != {name!r}")
            for name in NAMES
        },
        **{
            f"{name} of its service": blinding(f"{WORKED} and (call == {name!r} or call in calls.get(source, ()))")
            for name in NAMES
        },
        "the service's own calls": blinding(f"{WORKED} and source in calls and any(call in n for n in calls.values())"),
        "a service": blinding(f"{WORKED} and any(call in names for names in calls.values())"),
        "a call": blinding(f"{WORKED} and source in calls"),
        "the whole name": blinding(
            f"{WORKED} and source in calls and call.startswith(('Stop', 'Delete', 'Disassociate'))"
        ),
        "it worked": blinding("call in calls.get(source, ())"),
        "no other errorCode": blinding("record.get('errorCode') != 'AccessDenied' and call in calls.get(source, ())"),
        "no denial": blinding("'Denied' not in record.get('errorCode', '') and call in calls.get(source, ())"),
        "a null response is no failure": blinding("record.get('responseElements') and call in calls.get(source, ())"),
        **both("blinding_logs", f"{WORKED} and call in calls.get(source, ())", first=f"calls = {BLINDING!r}"),
    },
    "narrowing_logs": {
        "UpdateTrail": narrowing(update="False"),
        "UpdateTrail of CloudTrail": narrowing(update="call == 'UpdateTrail'"),
        "no other call with a Region": narrowing(update="source == 'cloudtrail.amazonaws.com'"),
        "isMultiRegionTrail": narrowing(regions="True"),
        "set to false": narrowing(regions="not asked.get('isMultiRegionTrail')"),
        "false and not true": narrowing(regions="'isMultiRegionTrail' in asked"),
        "PutEventSelectors": narrowing(put="False"),
        "PutEventSelectors of CloudTrail": narrowing(put="call == 'PutEventSelectors'"),
        "no other call with selectors": narrowing(
            put="source == 'cloudtrail.amazonaws.com' and (asked.get('eventSelectors') or 'advanced' in str(asked))"
        ),
        "none is left": narrowing(selectors="not all(full)"),
        "not the first alone": narrowing(selectors="not full[0]"),
        "not the last alone": narrowing(selectors="not full[-1]"),
        "basic selectors": narrowing(selectors="asked.get('advancedEventSelectors') and not any(full)"),
        "advanced selectors": narrowing(selectors="asked.get('eventSelectors') and not any(full)"),
        "management events": narrowing(basic="s['readWriteType'] == 'All'"),
        "all of them": narrowing(basic="s['includeManagementEvents']"),
        "not reading alone": narrowing(basic="s['includeManagementEvents'] and s['readWriteType'] != 'ReadOnly'"),
        "not writing alone": narrowing(basic="s['includeManagementEvents'] and s['readWriteType'] != 'WriteOnly'"),
        "both in the same selector": narrowing(
            selectors="not (any(full) or any(s['includeManagementEvents'] for s in asked.get('eventSelectors') or []) "
            "and any(s['readWriteType'] == 'All' for s in asked.get('eventSelectors') or []))"
        ),
        "other settings of a selector": narrowing(
            basic="s == {'readWriteType': 'All', 'includeManagementEvents': True, 'dataResources': []}"
        ),
        "the category Management": narrowing(advanced=READING),
        "not the category Data": narrowing(advanced=f"f.get('eventCategory') != ['Data'] and {READING}"),
        "no readOnly": narrowing(advanced=MANAGEMENT),
        "readOnly of the same selector": narrowing(
            selectors="not any(full) or 'readOnly' in str(asked.get('advancedEventSelectors'))"
        ),
        "neither the first nor the last advanced one alone": narrowing(
            advanced=f"{MANAGEMENT} and {READING}", selectors="not (full[0] if 'advanced' in str(asked) else any(full))"
        ),
        "management events in full, by the same selector": narrowing(
            selectors="not any(full) and not ('Management' in str(asked) and not all('readOnly' in str(s) for s in "
            "asked.get('advancedEventSelectors') or []))"
        ),
        "other field selectors": narrowing(advanced=f"{MANAGEMENT} and len(f) == 1"),
        "PutRetentionPolicy": narrowing(keep="False"),
        "PutRetentionPolicy of CloudWatch Logs": narrowing(keep="call == 'PutRetentionPolicy'"),
        "no other call with days": narrowing(keep="source == 'logs.amazonaws.com'"),
        "retentionInDays": narrowing(days="True"),
        "less than 7": narrowing(days="asked.get('retentionInDays', 7) <= 7"),
        "not 1 alone": narrowing(days="asked.get('retentionInDays') == 1"),
        "5 as well": narrowing(days="asked.get('retentionInDays', 7) < 5"),
        "3 as well": narrowing(days="asked.get('retentionInDays') in (1, 5)"),
        "they worked": narrowing(worked="True"),
        "no other errorCode": narrowing(worked="record.get('errorCode') != 'AccessDenied'"),
        "requestParameters may be null": narrowing(worked=f"record['requestParameters'].keys() and {WORKED}"),
        "the match is printed": narrowing(then="pass"),
        "True for a match": narrowing(verdict="None"),
        "False for others": narrowing(otherwise="return None"),
        "others are not printed": narrowing(otherwise="print_short_record(record); return False"),
    },
}  # fmt: skip


def judged(name, source):
    """Return the Result of an answer; the records are the same in each run."""
    return judge(BY_NAME[name], function_of(HEAD + source, name), Maker(5))


@pytest.mark.parametrize("name", COMPLETE)
def test_with_all_conditions_it_passes(name):
    """What is left of an answer fails for the condition that was dropped, and for nothing else."""
    assert judged(name, COMPLETE[name]).outcome == ("bonus" if name == "deleting_logs" else "passed")


def test_each_exercise_is_looked_at():
    """A new exercise has its conditions listed here."""
    assert set(COMPLETE) == set(DROPPED) == set(BY_NAME)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param(name, source, id=f"{name}-{condition}")
        for name, conditions in DROPPED.items()
        for condition, source in conditions.items()
    ],
)
@pytest.mark.usefixtures("without_repairs")
def test_some_case_notices_that_a_condition_is_dropped(name, source):
    """The answer lacks one condition of the task's text: it does not pass."""
    assert judged(name, source).outcome in ("raised", "wrong")
