"""The Lambda function `workshop/cloudtrail_analyzer.py`, called as Lambda calls it, on a cloud in memory."""

import ast
import gzip
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote_plus

import pytest
from botocore.exceptions import ClientError

from workshop import cloudtrail_analyzer as analyzer


class MemoryCloud:
    """S3 and CloudWatch of a few lines, and the session that makes their clients."""

    exceptions = SimpleNamespace(ClientError=ClientError)

    def __init__(self):
        self.objects = {}
        self.clients_made = []

    def client(self, service):
        self.clients_made.append(service)
        return self

    def get_object(self, Bucket, Key):
        if (Bucket, Key) not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "It is not there."}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def put_log_file(self, key, records, bucket="trail-bucket"):
        """Store a log file and return the S3 event that announces it."""
        self.objects[bucket, key] = gzip.compress(json.dumps({"Records": records}).encode())
        return notification(bucket, key)


def notification(*location):
    """Return S3's event for (bucket, key), spelled as S3 spells it."""
    bucket, key = location
    return {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/")}},
            }
        ]
    }


def record(number=1, **fields):
    return {
        "eventID": f"event-{number}",
        "eventTime": f"2026-03-10T12:00:{number:02}Z",
        "eventSource": "logs.amazonaws.com",
        "eventName": "DeleteLogGroup",
        "awsRegion": "ca-central-1",
        "sourceIPAddress": "198.51.100.7",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana"},
        **fields,
    }


@pytest.fixture
def memory(monkeypatch):
    """The analyzer wired to a cloud in memory."""
    cloud = MemoryCloud()
    monkeypatch.setattr(analyzer, "session", cloud)
    return cloud


@pytest.fixture
def published(monkeypatch):
    """What the handler hands to publish_anomalies: a list of (detector, count)."""
    calls = []
    monkeypatch.setattr(analyzer, "publish_anomalies", lambda cloudwatch, name, count: calls.append((name, count)))
    return calls


def test_keys_of_a_notification_are_url_decoded():
    """S3 writes keys URL-encoded in its events; the location is the key as it is stored."""
    key = "AWSLogs/111122223333/CloudTrail/a b+c=d.json.gz"
    assert list(analyzer.get_log_file_location(notification("trail-bucket", key))) == [("trail-bucket", key)]


def through_sns(message):
    """Return what SNS hands to a function for a message, a dictionary."""
    sns = {"Type": "Notification", "Subject": "Amazon S3 Notification", "Message": json.dumps(message)}
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]}


def through_sqs(message):
    """Return what SQS hands to a function for a message, a dictionary."""
    return {"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": json.dumps(message)}]}


def through_sns_and_sqs(message):
    """Return what a function gets of a message in a queue that is subscribed to a topic."""
    return through_sqs({"Type": "Notification", "MessageId": "m", "Message": json.dumps(message)})


KEY = "AWSLogs/111122223333/CloudTrail/a b+c=d.json.gz"
EVENTBRIDGE = {
    "version": "0",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "resources": ["arn:aws:s3:::trail-bucket"],
    "detail": {"version": "0", "bucket": {"name": "trail-bucket"}, "object": {"key": KEY, "size": 5}},
}
CLOUDTRAIL = {"s3Bucket": "trail-bucket", "s3ObjectKey": [KEY]}
MESSAGES = {"S3": notification("trail-bucket", KEY), "EventBridge": EVENTBRIDGE, "CloudTrail": CLOUDTRAIL}
WAYS = {"itself": lambda message: message, "SNS": through_sns, "SQS": through_sqs, "SNS and SQS": through_sns_and_sqs}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_file_is_announced_in_several_ways(message, way):
    """Only keys in S3's own events are URL-encoded."""
    assert list(analyzer.get_log_file_location(way(message))) == [("trail-bucket", KEY)]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_s3s_test_event_announces_no_file(way, capsys):
    """S3 sends it when notifications are switched on."""
    assert list(analyzer.get_log_file_location(way({"Service": "Amazon S3", "Event": "s3:TestEvent"}))) == []
    assert "PASSED OVER: s3:TestEvent" in capsys.readouterr().out


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": []},
        {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": "e30="}}]},
        {"awslogs": {"data": "H4sI"}},
        {"source": "aws.ec2", "detail": {"state": "running"}},
        through_sns({"AlarmName": "cpu"}),
        {"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": None}}}]},
        {"s3Bucket": "b", "s3ObjectKey": []},
        {"s3Bucket": "b", "s3ObjectKey": "AWSLogs/1.json.gz"},
        [1],
        None,
    ],
    ids=lambda event: str(event)[:40],
)
def test_an_event_of_another_kind_fails_and_is_named(memory, event):
    """Success without analysis is the worst outcome: nobody would notice."""
    with pytest.raises(ValueError, match=r"No S3 notification, nor one in SNS, SQS or EventBridge: ."):
        analyzer.handler(event, None)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            {"Type": "SubscriptionConfirmation", "Token": "2336", "Message": "…"},
            "SubscriptionConfirmation",
        ),
        ({"Message": "CloudTrail validation message."}, "CloudTrail validation message."),
        ({"Records": [{**MESSAGES["S3"]["Records"][0], "eventName": "ObjectTagging:Put"}]}, "ObjectTagging:Put"),
        ({**EVENTBRIDGE, "detail-type": "Object Deleted"}, "Object Deleted"),
    ],
)
def test_what_announces_no_new_file_is_passed_over(message, said, capsys):
    """A topic's own messages, and what else happens to a file that was analyzed when it came."""
    assert list(analyzer.get_log_file_location(through_sqs(message))) == []
    assert capsys.readouterr().out == f"PASSED OVER: {said}\n"


@pytest.mark.parametrize(
    "bad",
    [
        *({"body": "{half"}, {"body": "[" * 100_000}, {"eventSource": "aws:s3"}),
        {"s3": {"bucket": {"name": "b"}, "object": {"key": None}}},
        {"source": "my.app", "detail-type": "New Log", "detail": {"bucket": {"name": "b"}, "object": {"key": "k"}}},
    ],
    ids=lambda bad: str(bad)[:60],
)
def test_a_part_that_is_not_understood_costs_no_other_part(memory, published, capsys, bad):
    """The event fails in the end, and what could be analyzed was analyzed, each file once."""
    (good,) = memory.put_log_file("log.json.gz", [record()])["Records"]
    (other,) = memory.put_log_file("other.json.gz", [record()])["Records"]
    with pytest.raises(ValueError, match=r"No S3 notification"):
        analyzer.handler({"Records": [good, bad, through_sqs({"Records": [other]})["Records"][0], good]}, None)
    output = capsys.readouterr().out
    assert output.count("ANALYZED") == 2
    assert "FAILED: No S3 notification" in output


def test_an_event_that_fails_names_every_part_that_was_not_understood(memory):
    """What stands in an error is what somebody reads, in a list within a list too; the first error stands behind it."""
    inner = through_sqs({"Records": [{"first": 1}, {"second": 2}]})
    with pytest.raises(ValueError, match=r"'first': 1.*'second': 2.*'third': 3") as raised:
        analyzer.handler({"Records": [*inner["Records"], {"third": 3}]}, None)
    assert "'first': 1" in str(raised.value.__cause__)


def test_a_file_without_a_record_among_its_entries_fails_after_the_others(memory, published, capsys):
    """Nothing of it was analyzed, so it is no success."""
    bad = memory.put_log_file("bad.json.gz", [1, "x"])
    good = memory.put_log_file("good.json.gz", [record()])
    with pytest.raises(ValueError, match=r"s3://trail-bucket/bad\.json\.gz is not a CloudTrail log file"):
        analyzer.handler({"Records": bad["Records"] + good["Records"]}, None)
    assert capsys.readouterr().out.count("ANALYZED") == 1


def test_what_lies_among_log_files_is_passed_over(memory, published, capsys):
    """Digests and the console's folders hold no records; the log file in the same event is analyzed."""
    digest = "AWSLogs/1/CloudTrail-Digest/us-east-1/d.json.gz"
    memory.objects["trail-bucket", digest] = gzip.compress(b'{"digestStartTime": "2026-03-10T11:00:00Z"}')
    memory.objects["trail-bucket", "AWSLogs/1/"] = b""
    event = memory.put_log_file("log.json.gz", [record()])
    event["Records"] = [
        *notification("trail-bucket", digest)["Records"],
        *notification("trail-bucket", "AWSLogs/1/")["Records"],
        *event["Records"],
    ]
    assert [summary["records"] for summary in analyzer.handler(event, None)] == [0, 0, 1]
    output = capsys.readouterr().out
    assert f"PASSED OVER: s3://trail-bucket/{digest}" in output
    assert "PASSED OVER: s3://trail-bucket/AWSLogs/1/," in output


def test_a_log_file_that_is_not_packed_is_read(memory):
    """People copy log files into their buckets, unpacked on the way."""
    memory.objects["b", "k.json.gz"] = json.dumps({"Records": [record(1)]}).encode()
    assert analyzer.get_records(memory, "b", "k.json.gz") == [record(1)]


def test_records_come_oldest_first(memory):
    """CloudTrail promises no order within a file, so the analyzer sorts."""
    memory.put_log_file("k", [record(3), record(1), record(2)])
    found = analyzer.get_records(memory, "trail-bucket", "k")
    assert [one["eventID"] for one in found] == ["event-1", "event-2", "event-3"]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"not gzip", b"\x1f\x8b"),
        *(
            gzip.compress(text)
            for text in (b"not json", b"{}", b'{"Records": 1}', b'{"Records": {}}', b'{"Records": ""}')
        ),
        gzip.compress(b'{"Records": [null]}'),
    ],
    ids=[
        "empty",
        "not gzip",
        "cut off",
        "not JSON",
        "no Records",
        *("Records is " + it for it in ("1", "{}", '""', "[null]")),
    ],
)
def test_what_is_no_log_file_is_an_error_with_its_name(memory, body):
    """The error names the object, so that Lambda's log says which file to look at."""
    memory.objects["b", "some/key.json.gz"] = body
    with pytest.raises(ValueError, match=r"s3://b/some/key\.json\.gz is not a CloudTrail log file"):
        analyzer.get_records(memory, "b", "some/key.json.gz")


def test_a_file_that_s3_does_not_hand_over_is_an_error_with_its_name(memory):
    """S3's own error says neither which bucket nor which key it was."""
    with pytest.raises(OSError, match=r"s3://b/gone\.json\.gz could not be fetched: .*NoSuchKey"):
        analyzer.get_records(memory, "b", "gone.json.gz")


def test_an_entry_that_is_no_record_is_reported_and_costs_nothing_else(memory, capsys):
    """One odd entry neither stops the file nor goes unmentioned."""
    memory.put_log_file("k", [record(1), "odd", None])
    assert len(analyzer.get_records(memory, "trail-bucket", "k")) == 1
    assert "SKIPPED: 2 entries of s3://trail-bucket/k" in capsys.readouterr().out


def test_clients_are_made_once_for_many_invocations(memory, published):
    """A warm Lambda function keeps its clients."""
    event = memory.put_log_file("k", [record()])
    for _ in range(3):
        analyzer.handler(event, None)
    assert sorted(memory.clients_made) == ["cloudwatch", "s3"]


def test_findings_are_published_once_for_each_function_and_file(memory, published, monkeypatch):
    """455 matches in a file are one call that says 455, not 455 calls."""

    def everything(record):
        return True

    def nothing(record):
        return False

    monkeypatch.setattr(analyzer, "analysis_functions", (everything, nothing))
    summaries = analyzer.handler(memory.put_log_file("k", [record(n) for n in range(5)]), None)
    assert published == [("everything", 5), ("nothing", 0)]
    found = {"everything": 5, "nothing": 0}
    assert summaries == [{"bucket": "trail-bucket", "key": "k", "records": 5, "found": found}]


def test_the_log_has_one_line_that_ties_the_findings_to_the_file(memory, published, capsys):
    """The line ANALYZED {…} is what the notebooks read to find the file they put."""
    (summary,) = analyzer.handler(memory.put_log_file("k", [record()]), None)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("ANALYZED ")]
    assert json.loads(line.removeprefix("ANALYZED ")) == summary


def test_a_function_that_raises_is_reported_and_stops_nothing(memory, published, monkeypatch, capsys):
    """The report names function, eventID and error; the other records and functions still get their turn."""

    def fragile(record):
        return record["userIdentity"]["arn"].endswith("ana")

    def sturdy(record):
        return True

    monkeypatch.setattr(analyzer, "analysis_functions", (fragile, sturdy))
    records = [record(1), record(2, userIdentity={"invokedBy": "AWS Internal"}), record(3)]
    analyzer.handler(memory.put_log_file("k", records), None)
    assert published == [("fragile", 2), ("sturdy", 3)]
    output = capsys.readouterr().out
    assert "ERROR: fragile raised on the record with eventID event-2:" in output
    assert "KeyError: 'arn'" in output


def test_a_function_that_is_written_in_part_is_asked_about_every_record(memory, published, monkeypatch, capsys):
    """Until it returns, one report says that it is not written; from then on, each record has an error of its own."""

    def begun(record):
        if record["eventID"] in ("event-1", "event-2", "event-4"):
            raise NotImplementedError("a case for later")
        return True

    def late(record):
        if record["eventID"] == "event-3":
            raise NotImplementedError("a case for later")
        return True

    monkeypatch.setattr(analyzer, "analysis_functions", (begun, late))
    analyzer.handler(memory.put_log_file("k", [record(n) for n in range(1, 6)]), None)
    assert published == [("begun", 2), ("late", 4)]
    output = capsys.readouterr().out
    assert output.count("NOT WRITTEN YET: a case for later") == 1
    assert output.count("NotImplementedError: a case for later") == 2
    assert "ERROR: begun raised on the record with eventID event-4:" in output
    assert "ERROR: late raised on the record with eventID event-3:" in output


def test_the_starter_says_once_for_each_file_what_is_not_written_yet(memory, capsys):
    """Stubs neither fail the invocation nor fill the log, and the starter prints each record."""
    analyzer.handler(memory.put_log_file("k", [record(n) for n in range(4)]), None)
    output = capsys.readouterr().out
    for phase in ("deleting_logs is", "instance_creds_used_outside_ec2 is", "publish_anomalies is"):
        assert output.count(f"NOT WRITTEN YET: {phase}") == 1
    assert output.count("logs:DeleteLogGroup") == 4


def test_a_failed_call_to_cloudwatch_fails_the_invocation(memory, monkeypatch):
    """Lambda must see the failure, to try again and to hand the event to the on-failure destination."""

    def denied(cloudwatch, detector, count):
        raise PermissionError("AccessDenied")

    monkeypatch.setattr(analyzer, "publish_anomalies", denied)
    with pytest.raises(PermissionError):
        analyzer.handler(memory.put_log_file("k", [record()]), None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {},
            "[2026-03-10T12:00:01Z]  ca-central-1  198.51.100.7  logs:DeleteLogGroup  arn:aws:iam::",
        ),
        ({"errorCode": "AccessDenied"}, "failed: AccessDenied"),
        ({"userIdentity": {"accountId": "111122223333", "invokedBy": "AWS Internal"}}, "AWS Internal"),
        ({"userIdentity": None, "eventSource": None, "sourceIPAddress": None}, "DeleteLogGroup  -"),
        (
            {
                **dict.fromkeys(("eventSource", "eventName", "userIdentity")),
                "eventType": "AwsCloudTrailInsight",
                "insightDetails": {"eventSource": "ec2.amazonaws.com", "eventName": "DescribeRegions"},
            },
            "ec2:AwsCloudTrailInsight  -",
        ),
        (
            {
                **dict.fromkeys(("eventTime", "eventName", "userIdentity")),
                "eventType": "AwsAggregatedEvent",
                "timeWindow": {"windowStart": "2026-03-10T12:05:00Z", "windowEnd": "2026-03-10T12:10:00Z"},
            },
            "[2026-03-10T12:05:00Z]  ca-central-1  198.51.100.7  logs:AwsAggregatedEvent  -",
        ),
    ],
    ids=["full", "failed call", "service event", "odd values", "insight", "aggregated event"],
)
def test_a_short_record_is_one_line_and_no_detection(capsys, fields, expected):
    """print_short_record copes with every record CloudTrail can write and returns False."""
    assert analyzer.print_short_record(record(**fields)) is False
    output = capsys.readouterr().out
    assert expected in output
    assert output.count("\n") == 1


def test_a_short_record_shows_what_would_be_invisible_or_move_the_cursor(capsys):
    """Control, right-to-left and zero-width characters, line ends, halves of characters; letters stay letters."""
    odd = {"errorCode": "\r\n\x1b[2J\x00\u202e\u200b\u2028\ud800é漢🛰"}
    analyzer.print_short_record(record(**odd, userIdentity={"userName": "ana\n[2026-03-10T12:00:02Z]  forged"}))
    output = capsys.readouterr().out
    assert output.count("\n") == 1
    assert output.endswith(r"failed: \r\n\x1b[2J\x00\u202e\u200b\u2028\ud800é漢🛰" + "\n")
    assert r"ana\n[2026-03-10T12:00:02Z]  forged" in output


@pytest.mark.parametrize("field", sorted(record()))
def test_a_short_record_does_without_any_field(capsys, field):
    """Each field may be missing."""
    analyzer.print_short_record({name: value for name, value in record().items() if name != field})
    assert capsys.readouterr().out.count("\n") == 1


def test_the_analyzer_needs_nothing_that_lambda_lacks():
    """Lambda offers the standard library and boto3; an attendee reads about 150 lines."""
    source = Path(analyzer.__file__).read_text(encoding="utf-8")
    modules = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert modules <= {*sys.stdlib_module_names, "boto3"}
    assert source.count("\n") < 225
