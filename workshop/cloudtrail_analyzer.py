"""The CloudTrail log analyzer: the Lambda function of the workshop, exactly as it is deployed.

S3 calls `handler` each time CloudTrail delivers a log file. The handler fetches the file, shows every record
to every function in `analysis_functions`, and hands what they found to `publish_anomalies`.

Three functions are yours to write: `deleting_logs`, `instance_creds_used_outside_ec2`, `publish_anomalies`.
`print_short_record` already works; read it first.
"""

import contextlib
import functools
import gc
import gzip
import json
import os
import re
import traceback
from urllib.parse import unquote_plus

import boto3

# What the alarm watches. The namespace is a parameter of the stack, which hands it over in the environment.
METRIC_NAMESPACE = os.environ.get("METRIC_NAMESPACE", "AWS/reInvent2017/SID341")
METRIC_NAME = "AnomaliesDetected"

# An ARN whose last part looks like an EC2 instance id: .../i-0123456789abcdef0
instance_identifier_arn_pattern = re.compile(r"(.*?)/i\-[a-zA-Z0-9]{8,}$")


def print_short_record(record):
    """Print one CloudTrail record as one line: when, where, from which address, which API call, by whom.

    Returns False: it detects nothing.
    """
    identity = record.get("userIdentity") or {}
    who = identity.get("arn") or identity.get("userName") or (identity.get("onBehalfOf") or {}).get("userId")
    who = who or identity.get("invokedBy") or identity.get("principalId") or identity.get("accountId")
    who = who or identity.get("type") or "-"
    # Insights and aggregated events have other fields.
    time = record.get("eventTime") or (record.get("timeWindow") or {}).get("windowStart", "-")
    source = record.get("eventSource") or (record.get("insightDetails") or {}).get("eventSource", "-")
    call = f"{str(source).split('.')[0]}:{record.get('eventName') or record.get('eventType', '-')}"
    line = [f"[{time}]", record.get("awsRegion", "-"), record.get("sourceIPAddress", "-"), call, who]
    if record.get("errorCode"):
        line.append(f"failed: {record['errorCode']}")
    # Attackers choose some of these texts: what would be invisible is shown as "\\x00" or "\\u202e".
    print("".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in "  ".join(map(str, line))))
    return False


def deleting_logs(record):
    """Tell whether a record is an API call that deletes logs in CloudWatch Logs or CloudTrail.

    Prints the record with `print_short_record` and returns True if so, returns False otherwise.
    """
    raise NotImplementedError("deleting_logs is Exercise 2, Phase 1: notebook 02")


def instance_creds_used_outside_ec2(record):
    """Tell whether a record is an API call made with the credentials of an EC2 instance.

    Prints the record with `print_short_record` and returns True if so, returns False otherwise.
    """
    raise NotImplementedError("instance_creds_used_outside_ec2 is Exercise 2, Phase 2: notebook 03")


# Every record is passed to each of these, in this order.
analysis_functions = (
    print_short_record,
    deleting_logs,
    instance_creds_used_outside_ec2,
)


def publish_anomalies(cloudwatch, detector, count):
    """Publish to CloudWatch how many records of one log file a detector matched.

    `cloudwatch` is a boto3 client, `detector` the name of an analysis function, `count` how many records it
    matched. It is called once for each detector and log file; with a count of 0 there is nothing to publish.
    """
    raise NotImplementedError("publish_anomalies is Exercise 2, Phase 3: notebook 04")


session = boto3.session.Session()


@functools.cache
def get_client(session, service):
    """Return the session's boto3 client of a service, made once: that takes time."""
    return session.client(service)


def get_log_file_location(event):
    """Yield (bucket, key) for each log file that S3 or CloudTrail announces, themselves or in SNS, SQS, EventBridge.

    Raises ValueError at the end if a part of the event is nothing of the kind.
    """
    with contextlib.suppress(TypeError, ValueError, RecursionError):
        event = json.loads(event)  # SNS and SQS carry other events as text
    match event:
        case {"Event": "s3:TestEvent" as it} | {"Type": "SubscriptionConfirmation" as it}:
            print(f"PASSED OVER: {it}")
        case "CloudTrail validation message.":
            print(f"PASSED OVER: {event}")
        case {"s3": _, "eventName": str(it)} if "Create" not in it:
            print(f"PASSED OVER: {it}")
        case {"source": "aws.s3", "detail": {"bucket": _}, "detail-type": str(it)} if "Create" not in it:
            print(f"PASSED OVER: {it}")
        case {"s3": {"bucket": {"name": str(bucket)}, "object": {"key": str(key)}}}:
            yield bucket, unquote_plus(key)  # S3's own keys arrive URL-encoded: "a+b%3D1.json.gz"
        case {"source": "aws.s3", "detail": {"bucket": {"name": str(bucket)}, "object": {"key": str(key)}}}:
            yield bucket, key
        case {"s3Bucket": str(bucket), "s3ObjectKey": [_, *_] as keys}:
            yield from ((bucket, str(key)) for key in keys)
        case {"Records": [_, *_] as events}:
            failures = []
            for one in events:
                try:
                    yield from get_log_file_location(one)
                except ValueError as error:
                    failures.append(error)  # raised when all are through
            if failures:
                raise ValueError("; ".join(map(str, failures))) from failures[0]
        case {"Sns": inside} | {"Message": inside} | {"body": inside}:
            yield from get_log_file_location(inside)
        case _:
            raise ValueError(f"No S3 notification, nor one in SNS, SQS or EventBridge: {str(event)[:300]}")


def get_records(session, bucket, key):
    """Fetch a CloudTrail log file from S3 and return its records as a list of dictionaries, oldest first.

    CloudTrail promises no order within a file. Digests and placeholders hold no records. Raises OSError if S3 does not
    hand the file over, ValueError if it is not a CloudTrail log file.
    """
    s3 = get_client(session, "s3")
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except Exception as error:
        raise OSError(f"s3://{bucket}/{key} could not be fetched: {error}") from error
    try:
        is_placeholder = key.endswith(("/", "_$folder$"))
        content = {} if is_placeholder else json.loads(gzip.decompress(body) if body[:1] == b"\x1f" else body)
        if is_placeholder or ("digestStartTime" in content and "Records" not in content):
            print(f"PASSED OVER: s3://{bucket}/{key}, a digest or a placeholder")
            return []
        entries = content["Records"]
        records = [entry for entry in entries if isinstance(entry, dict)]
        if not records and entries != []:
            raise TypeError("Records is no list of objects")
    except Exception as error:  # whatever it is, it lacks the object's name
        raise ValueError(f"s3://{bucket}/{key} is not a CloudTrail log file: {error!r}") from error
    if len(records) < len(entries):
        print(f"SKIPPED: {len(entries) - len(records)} entries of s3://{bucket}/{key} are not JSON objects")
    return sorted(records, key=lambda record: str(record.get("eventTime", "")))


def analyze(records):
    """Show every record to every analysis function; return how many records each of them matched, by its name.

    A function that raises is reported with the record's eventID and goes on with the next record.
    One that is not written yet is reported once.
    """
    found = {function.__name__: 0 for function in analysis_functions}
    written = set()
    for record in records:
        for function in analysis_functions:
            try:
                if function(record):
                    found[function.__name__] += 1
            except Exception as error:
                if isinstance(error, NotImplementedError) and function not in written:
                    if record is records[0]:
                        print(f"NOT WRITTEN YET: {error}")
                    continue
                print(f"ERROR: {function.__name__} raised on the record with eventID {record.get('eventID')}:")
                print(traceback.format_exc(limit=-1))
            written.add(function)
    return found


def handler(event, context):
    """Analyze the log files that an event announces, publish what was found, and return a summary of each file.

    One that fails does not stop the others. Then the event fails: Lambda tries it again, and hands it on in the end.
    """
    files, summaries, failed = {}, [], []
    try:
        for file in get_log_file_location(event):
            files[file] = True  # one that is announced twice is analyzed once
    except Exception as error:
        print(f"FAILED: {error}")
        failed.append(error)
    get_client(session, "s3")  # made here: making clients leaves real garbage
    cloudwatch = get_client(session, "cloudwatch")
    gc.disable()  # Python would look for garbage among thousands of records
    try:
        for bucket, key in files:
            try:
                summaries.append(analyze_file(cloudwatch, bucket, key))
            except Exception as error:
                print(f"FAILED: s3://{bucket}/{key}: {error!r}")
                failed.append(error)
    finally:
        gc.enable()
    for failure in failed:
        raise failure
    return summaries


def analyze_file(cloudwatch, bucket, key):
    """Analyze one log file; return its bucket, key, number of records, and matches by analysis function."""
    records = get_records(session, bucket, key)
    found = analyze(records)
    summary = {"bucket": bucket, "key": key, "records": len(records), "found": found}
    print("ANALYZED " + json.dumps(summary))
    try:
        for name, count in found.items():
            publish_anomalies(cloudwatch, name, count)
    except NotImplementedError as reason:
        print(f"NOT WRITTEN YET: {reason}")
    return summary
