"""watch_call on AWS, by botocore's Stubber: what it asks S3 and CloudWatch Logs for, and what it says meanwhile."""

import gzip
import io
import itertools
import json

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from workshop.cloud.activity import watch_call as module
from workshop.cloud.activity.watch_call import watch_call
from workshop.cloud.cloud import Cloud
from workshop.display.progress import ProgressLine

BUCKET, FUNCTION, GROUP = "sid341-logs", "analysis", "/aws/lambda/analysis"
DAY = "AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03/10/"
OTHER = f"{DAY}111122223333_CloudTrail_ca-central-1_20260310T1205Z_aaaaaaaaaaaaaaaa.json.gz"
MINE = f"{DAY}111122223333_CloudTrail_ca-central-1_20260310T1207Z_bbbbbbbbbbbbbbbb.json.gz"
ANSWER = {
    "ResponseMetadata": {
        "RequestId": "11112222-3333-4444-5555-666677778888",
        "HTTPHeaders": {"date": "Tue, 10 Mar 2026 12:00:30 GMT"},
    }
}
RECORD = {
    "eventID": "1",
    "eventTime": "2026-03-10T12:00:30Z",
    "eventSource": "logs.amazonaws.com",
    "eventName": "DeleteLogGroup",
    "requestID": ANSWER["ResponseMetadata"]["RequestId"],
}
REPORT = "REPORT RequestId: run-1\tDuration: 20.00 ms\tBilled Duration: 20 ms\n"


class Account:
    """A session whose clients answer as told, one call after the other."""

    def __init__(self):
        self.clients, self.stubbers = {}, {}
        for service in ("cloudformation", "lambda", "logs", "s3"):
            options = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "x", "region_name": "ca-central-1"}
            self.clients[service] = boto3.client(service, **options)
            self.stubbers[service] = Stubber(self.clients[service])
            self.stubbers[service].activate()

    def client(self, service):
        return self.clients[service]

    def expect(self, service, operation, answer, **parameters):
        self.stubbers[service].add_response(operation, answer, parameters)

    def expect_look(self, *keys, new=(), found=False):
        """Expect one look at the bucket: the Region's files and those of us-east-1, of the call's day and today.

        `keys` are the Region's files of the call's day, `new` the records of those that were not read yet, by key. If
        the call's record is `found` in the last of them, the look ends there.
        """
        for region, day in itertools.product(("ca-central-1", "us-east-1"), ("2026/03/10/", None)):
            prefix = f"AWSLogs/111122223333/CloudTrail/{region}/"
            first = f"111122223333_CloudTrail_{region}_20260310T1158Z"
            here = keys if day and region == "ca-central-1" else ()
            self.expect_list(here, Prefix=prefix + day if day else ANY, StartAfter=prefix + day + first if day else ANY)
            for key, record in dict(new).items() if here else ():
                body = gzip.compress(json.dumps({"Records": [record]}).encode())
                self.expect_list([key], Prefix=key)
                stream = StreamingBody(io.BytesIO(body), len(body))
                self.expect("s3", "get_object", {"Body": stream}, Bucket=BUCKET, Key=key)
            if found:
                return

    def expect_list(self, keys, **parameters):
        contents = [{"Key": key, "Size": 1} for key in keys]
        self.expect("s3", "list_objects_v2", {"Contents": contents, "IsTruncated": False}, Bucket=BUCKET, **parameters)

    def expect_reports(self, *reports):
        self.expect(
            "lambda", "get_function_configuration", {"LoggingConfig": {"LogGroup": GROUP}}, FunctionName=FUNCTION
        )
        events = [{"logStreamName": "2026/03/10/[$LATEST]a", "timestamp": 1773144500000, "message": m} for m in reports]
        self.expect(
            "logs",
            "filter_log_events",
            {"events": events},
            logGroupName=GROUP,
            startTime=ANY,
            filterPattern='"REPORT RequestId"',
        )

    def expect_lines(self, *lines):
        events = [{"timestamp": 1773144500000, "message": line} for line in lines]
        where = {"logGroupName": GROUP, "logStreamName": "2026/03/10/[$LATEST]a", "startFromHead": True}
        window = {"startTime": ANY, "endTime": ANY}
        self.expect("logs", "get_log_events", {"events": events, "nextForwardToken": "t"}, **where, **window)
        self.expect("logs", "get_log_events", {"events": [], "nextForwardToken": "t"}, **where, **window, nextToken="t")


@pytest.fixture
def account(monkeypatch):
    """An account with the stack's bucket and function; the code that is deployed cannot be fetched from here."""
    monkeypatch.setitem(module._PAUSE, "aws", 0)
    account = Account()
    account.expect("lambda", "get_function", {"Code": {"Location": "file:///nowhere"}}, FunctionName=FUNCTION)
    resources = {"AnalysisLambdaFunction": FUNCTION, "CloudTrailBucket": BUCKET}
    summaries = [
        {
            "LogicalResourceId": logical,
            "PhysicalResourceId": physical,
            "ResourceType": "AWS::X::Y",
            "LastUpdatedTimestamp": 0,
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for logical, physical in resources.items()
    ]
    account.expect("cloudformation", "list_stack_resources", {"StackResourceSummaries": summaries}, StackName="s")
    yield account
    for stubber in account.stubbers.values():
        stubber.assert_no_pending_responses()


def wait(account, **options):
    """Return what watch_call returns in this account, and what it said meanwhile."""
    identity = "arn:aws:iam::111122223333:user/ana"
    cloud = Cloud(account, target="aws", account="111122223333", region="ca-central-1", stack="s", identity=identity)
    said = []
    return watch_call(cloud, ANSWER, progress=ProgressLine(said.append), **options), said


def analyzed(key, count):
    summary = {"bucket": BUCKET, "key": key, "records": 1, "found": {"deleting_logs": count}}
    return ["START RequestId: run-1 Version: $LATEST\n", "ANALYZED " + json.dumps(summary) + "\n", REPORT]


def test_the_record_is_found_minutes_later_and_then_the_run_of_the_function(account):
    """Other files are read once; the call's own is waited for, then the run that analyzed this very file."""
    account.expect_look(OTHER, new={OTHER: {**RECORD, "requestID": "another"}})
    account.expect_look(OTHER, MINE, new={MINE: RECORD}, found=True)
    account.expect_reports()
    account.expect_reports(REPORT)
    account.expect_lines(*analyzed(MINE, 1))
    seen, said = wait(account)
    assert seen.outcome == "caught", seen
    assert seen.key == MINE
    assert seen.record == RECORD
    assert seen.found == {"deleting_logs": 1}
    assert "about" in seen.reason
    first, second, *_ = said
    assert "1 other log files read; on AWS it takes about five minutes" in first
    assert "0 min so far" in first
    assert "https://docs.aws.amazon.com/awscloudtrail/" in first
    assert "delivered; waiting for the Lambda function" in second


def test_a_call_whose_log_file_does_not_come_ends_with_what_was_missing(account):
    """The wait has an end, and says what did not happen."""
    account.expect_look(OTHER, new={OTHER: {**RECORD, "requestID": "another"}})
    seen, _ = wait(account, timeout=0)
    assert (seen.outcome, seen.record) == ("timed out", None)
    assert "no log file with it was delivered" in seen.reason


def test_a_record_that_no_function_matches_is_told_apart(account):
    """Delivered, analyzed, and not found."""
    account.expect_look(MINE, new={MINE: RECORD}, found=True)
    account.expect_reports(REPORT)
    account.expect_lines(*analyzed(MINE, 0))
    seen, _ = wait(account)
    assert (seen.outcome, seen.caught) == ("not detected", False)
