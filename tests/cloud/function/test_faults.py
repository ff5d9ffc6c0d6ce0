"""The pipeline from a log file to the metric under faults: nothing is swallowed, and nothing found is lost.

What fails three times lies in the failure queue, where failed_events shows it and hands it on again. The function runs
as deployed, under its own role, on the emulator; a server between it and one service plays that service's faults.
"""

import gzip
import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from attack_file import record, silence
from fault_proxy import THROTTLED, fault_proxy, refusing
from waiting import wait_for

from workshop.cloud.clock import now
from workshop.cloud.connection import connect
from workshop.cloud.emulator import emulator
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.deployed_code import deployed_source, log_group, put_code
from workshop.cloud.function.failed_events import failed_events
from workshop.cloud.function.lambda_log import analyzed_since
from workshop.cloud.trail.delivery import log_file_key
from workshop.cloudtrail_analyzer import METRIC_NAME, METRIC_NAMESPACE

NOTHING_FAILED = "No event failed: the failure queue is empty."
REFUSED = {"__type": "com.amazonaws.cloudwatch#InvalidParameterValueException", "message": "Namespace AWS/ is reserved"}


def deleting_logs(record):
    print("SEEN", record["eventID"])
    return record["eventName"].startswith("Delete")


def publish_anomalies(cloudwatch, detector, count):
    if count:
        datum = {"MetricName": METRIC_NAME, "Value": count, "Unit": "Count"}
        cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[datum])


class Pipeline:
    """A connected cloud with a detector that matches Delete*, and what has become of the files put."""

    def __init__(self, cloud):
        self.cloud, self.began = cloud, now() - timedelta(seconds=1)
        self.bucket, self.function = cloud.resource("CloudTrailBucket"), cloud.resource("AnalysisLambdaFunction")
        deployment = deploy(
            cloud, deleting_logs, publish_anomalies, analysis_functions=["deleting_logs"], progress=silence()
        )
        assert deployment.deployed, deployment.reason

    def put(self, *names, body=None, key=None):
        """Put a log file with a record for each of these API calls; return its key."""
        key = key or log_file_key(self.cloud.account, self.cloud.region)
        records = [{**record(number % 60, name), "eventID": f"{key}#{number}"} for number, name in enumerate(names)]
        body = gzip.compress(json.dumps({"Records": records}).encode()) if body is None else body
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return key

    def configure(self, **changes):
        """Change the function's configuration; `variables` are added to those of its environment."""
        client = self.cloud.client("lambda")
        variables = changes.pop("variables", None)
        if variables is not None:
            had = client.get_function_configuration(FunctionName=self.function)["Environment"]["Variables"]
            changes["Environment"] = {"Variables": had | variables}
        client.update_function_configuration(FunctionName=self.function, **changes)

    def seconds(self):
        """Return the function's time-out."""
        return self.cloud.client("lambda").get_function_configuration(FunctionName=self.function)["Timeout"]

    def announce(self, *keys):
        """Hand one event of S3 to the function that announces these files, as S3 does."""
        files = [{"s3": {"bucket": {"name": self.bucket}, "object": {"key": key}}} for key in keys]
        self.cloud.client("lambda").invoke(
            FunctionName=self.function, InvocationType="Event", Payload=json.dumps({"Records": files}).encode()
        )

    def analyzed(self, *keys):
        """Wait until these files are analyzed; return the summary of each."""

        def summaries():
            found = analyzed_since(self.cloud, self.began)
            return found if set(keys) <= set(found) else None

        found = wait_for(summaries, "analysis")
        return [found[key] for key in keys]

    def failed(self, number=1):
        """Wait until so many events lie in the failure queue; return them."""

        def events():
            found = failed_events(self.cloud).events
            return found if len(found) >= number else None

        return wait_for(events, "event in the failure queue")

    def metric(self):
        """Return the metric's sum."""
        data = self.cloud.client("cloudwatch").get_metric_statistics(
            Namespace=METRIC_NAMESPACE,
            MetricName=METRIC_NAME,
            StartTime=self.began - timedelta(minutes=5),
            EndTime=now() + timedelta(minutes=5),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(point["Sum"] for point in data)

    def log(self, word=""):
        """Return all that the function has printed, or the lines with a word; the emulator shows 10,000 at most."""
        where = {"logGroupName": log_group(self.cloud), "filterPattern": word}
        events = self.cloud.entries("logs", "filter_log_events", "events", **where)
        return "\n".join(event["message"] for event in events)


@pytest.fixture
def pipeline(cloud):
    return Pipeline(cloud)


@pytest.fixture
def between(pipeline):
    """Put a FaultProxy between the function and a service: between("S3")."""
    with fault_proxy(emulator.find().endpoint) as proxy:

        def put_between(service):
            variables = {f"AWS_ENDPOINT_URL_{service}": proxy.url, "AWS_MAX_ATTEMPTS": "2"}
            pipeline.configure(variables=variables)
            return proxy

        yield put_between


def test_s3_throttles_for_a_moment(pipeline, between):
    """The first answers are 503 SlowDown: the file is analyzed once, and nothing is reported as failed."""
    s3 = between("S3")
    s3.fault = refusing(503, THROTTLED, times=3, method="GET")
    key = pipeline.put("DeleteLogGroup", "GetLogEvents")
    (summary,) = pipeline.analyzed(key)
    assert (s3.failed, summary["found"]) == (3, {"deleting_logs": 1})
    assert pipeline.metric() == 1
    assert str(failed_events(pipeline.cloud)) == NOTHING_FAILED


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (refusing(503, THROTTLED, method="GET"), "SlowDown"),
        (refusing(500, method="GET"), "500"),
        (refusing(None, method="GET"), "could not be fetched"),
    ],
    ids=["throttled", "internal error", "cut off"],
)
def test_s3_fails_for_longer(pipeline, between, fault, said):
    """After three attempts the event lies in the failure queue, under the file's name; handed on, it is analyzed."""
    s3 = between("S3")
    s3.fault = fault
    key = pipeline.put("DeleteLogGroup")
    (event,) = pipeline.failed()
    assert event.keys == (key,)
    assert f"s3://{pipeline.bucket}/{key} could not be fetched" in event.error
    assert said in event.error
    assert pipeline.metric() == 0
    s3.fault = refusing(503, times=0)
    replayed = failed_events(pipeline.cloud, replay=True)
    assert [again.message_id for again in replayed.events] == [event.message_id]
    pipeline.analyzed(key)
    wait_for(lambda: pipeline.metric() == 1, "metric")
    assert str(failed_events(pipeline.cloud)) == NOTHING_FAILED


def test_the_object_is_gone(pipeline):
    """Announced, and deleted before the function looks."""
    pipeline.announce("AWSLogs/gone.json.gz")
    (event,) = pipeline.failed()
    assert event.keys == ("AWSLogs/gone.json.gz",)
    assert "NoSuchKey" in event.error or "AccessDenied" in event.error  # as for S3 without s3:ListBucket


@pytest.mark.parametrize("action", ["s3:GetObject", "cloudwatch:PutMetricData"])
def test_access_is_denied(pipeline, action):
    """The role loses a permission; once it is back, what failed is handed on again and counts."""
    iam, role = pipeline.cloud.client("iam"), pipeline.cloud.resource("AnalysisLambdaRole")
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    whole = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    less = {**whole, "Statement": [one for one in whole["Statement"] if one["Action"] != action]}
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(less))
    key = pipeline.put("DeleteLogGroup", "DeleteLogStream")
    (event,) = pipeline.failed()
    assert event.keys == (key,)
    assert "AccessDenied" in event.error
    assert pipeline.metric() == 0
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(whole))
    failed_events(pipeline.cloud, replay=True)
    pipeline.analyzed(key)
    wait_for(lambda: pipeline.metric() == 2, "metric")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (refusing(400, json.dumps(REFUSED).encode()), "reserved"),
        (refusing(500), "500"),
    ],
    ids=["namespace refused", "internal error"],
)
def test_a_finding_that_cannot_be_published_is_in_the_log_and_the_event_fails(pipeline, between, fault, said):
    """CloudWatch refuses the metric: what was found stands in the log, each attempt fails, the event is kept."""
    cloudwatch = between("CLOUDWATCH")
    cloudwatch.fault = fault
    key = pipeline.put("DeleteLogGroup", "DeleteLogStream")
    (event,) = pipeline.failed()
    assert event.keys == (key,)
    assert said in event.error
    (summary,) = pipeline.analyzed(key)
    assert summary["found"] == {"deleting_logs": 2}
    assert pipeline.log().count(f"FAILED: s3://{pipeline.bucket}/{key}: ") == 3
    cloudwatch.fault = refusing(500, times=0)
    failed_events(pipeline.cloud, replay=True)
    wait_for(lambda: pipeline.metric() == 2, "metric")


def test_a_detector_that_never_ends(pipeline):
    """Lambda ends it, three times; the event is kept, and with another detector it is analyzed."""
    working = deployed_source(pipeline.cloud)
    broken = working.replace(
        '    print("SEEN"', '    while record["eventName"] == "DeleteLogGroup":\n        pass\n    print("SEEN"'
    )
    assert broken != working
    deployed = pipeline.seconds()
    pipeline.configure(Timeout=1)
    put_code(pipeline.cloud, zipped(broken))
    key = pipeline.put("DeleteLogGroup")
    (event,) = pipeline.failed()
    assert event.keys == (key,)
    assert "timed out" in event.error.lower()
    put_code(pipeline.cloud, zipped(working))
    pipeline.configure(Timeout=deployed)  # within a second, a busy machine may not even start it
    failed_events(pipeline.cloud, replay=True)
    pipeline.analyzed(key)
    wait_for(lambda: pipeline.metric() == 1, "metric")


def test_a_detector_that_ends_python(pipeline):
    """sys.exit() in a detector ends the run, not the story."""
    source = deployed_source(pipeline.cloud).replace('    print("SEEN"', '    raise SystemExit(3)\n    print("SEEN"')
    put_code(pipeline.cloud, zipped(source))
    key = pipeline.put("DeleteLogGroup")
    (event,) = pipeline.failed()
    assert event.keys == (key,)


def test_a_detector_that_raises_on_some_records(pipeline):
    """Each such record is in the log with its eventID; the others count."""
    source = deployed_source(pipeline.cloud)
    raising = source.replace(
        '    print("SEEN"', '    if record["eventName"] == "Odd":\n        record["no such field"]\n    print("SEEN"'
    )
    put_code(pipeline.cloud, zipped(raising))
    key = pipeline.put("DeleteLogGroup", "Odd", "DeleteLogStream", "Odd")
    (summary,) = pipeline.analyzed(key)
    assert summary["found"] == {"deleting_logs": 2}
    wait_for(lambda: pipeline.metric() == 2, "metric")
    log = pipeline.log()
    for number in (1, 3):
        assert f"ERROR: deleting_logs raised on the record with eventID {key}#{number}:" in log


def flipped(body):
    return body[:40] + bytes(255 - byte for byte in body[40:80]) + body[80:]


POISON = {
    "no gzip": b"not gzip at all",
    "empty": b"",
    "cut off": gzip.compress(json.dumps({"Records": [record(1)] * 50}).encode())[:-30],
    "bits flipped": flipped(gzip.compress(json.dumps({"Records": [record(n % 60) for n in range(500)]}).encode())),
    "too deep": gzip.compress(b"[" * 100_000),
    "no records": gzip.compress(b'{"records": []}'),
    "half a text": gzip.compress(b'{"Records": [{"eventID": "\xff'),
}


@pytest.mark.parametrize("body", POISON.values(), ids=POISON)
def test_a_poison_file(pipeline, body):
    """It ends in the failure queue with its name, and the files before and after it are analyzed once each."""
    before = pipeline.put("DeleteLogGroup")
    poison = pipeline.put(body=body)
    after = pipeline.put("DeleteLogStream")
    (event,) = pipeline.failed()
    assert event.keys == (poison,)
    assert f"s3://{pipeline.bucket}/{poison} is not a CloudTrail log file" in event.error
    pipeline.analyzed(before, after)
    wait_for(lambda: pipeline.metric() == 2, "metric")


def test_a_poison_file_among_others_in_one_event(pipeline):
    """The others are analyzed, in each of the three attempts: counted too often, never lost."""
    keys = [pipeline.put("DeleteLogGroup") for _ in range(2)]
    pipeline.analyzed(*keys)
    wait_for(lambda: pipeline.metric() == 2, "metric")
    pipeline.began = now()
    pipeline.announce(keys[0], "AWSLogs/gone.json.gz", keys[1])
    (event,) = pipeline.failed()
    assert event.keys == (keys[0], "AWSLogs/gone.json.gz", keys[1])
    log = pipeline.log()
    for key in keys:
        assert log.count(f'ANALYZED {{"bucket": "{pipeline.bucket}", "key": "{key}"') == 1 + 3


def test_the_same_notification_twice_and_out_of_order(pipeline):
    """S3 delivers at least once, and in any order: each delivery is analyzed, and counts."""
    keys = [pipeline.put("DeleteLogGroup") for _ in range(3)]
    pipeline.analyzed(*keys)
    wait_for(lambda: pipeline.metric() == 3, "metric")
    pipeline.announce(keys[2], keys[0])
    pipeline.announce(keys[2])
    wait_for(lambda: pipeline.metric() == 6, "metric")
    assert str(failed_events(pipeline.cloud)) == NOTHING_FAILED


@pytest.mark.parametrize("name", ["a b", "a+b", "a%2Bb", "a%20b", "été-日本", "a=b&c", "a'b(c)", "  "], ids=str)
def test_keys_of_any_spelling(pipeline, name):
    """The function fetches the object that S3 means, and says so under the object's own key."""
    key = f"AWSLogs/{pipeline.cloud.account}/CloudTrail/{name}.json.gz"
    pipeline.put("DeleteLogGroup", key=key)
    (summary,) = pipeline.analyzed(key)
    assert summary["found"] == {"deleting_logs": 1}


def test_five_thousand_records(pipeline):
    """All are seen, and the metric gets one number."""
    names = ["DeleteLogGroup" if number % 7 == 0 else "GetLogEvents" for number in range(5000)]
    (summary,) = pipeline.analyzed(pipeline.put(*names))
    assert summary["records"] == 5000
    wait_for(lambda: pipeline.metric() == names.count("DeleteLogGroup"), "metric")


def test_a_thousand_files_as_fast_as_possible(pipeline):
    """Each record is seen once, in the log of its file's own run; the metric's sum is the matches; no event failed."""
    keys = [log_file_key(pipeline.cloud.account, pipeline.cloud.region) for _ in range(1000)]
    names = [["DeleteLogGroup"] * (number % 3) + ["GetLogEvents"] for number in range(1000)]
    # The emulator starts a process for each run that overlaps with others: a hundred share this machine's processors.
    pipeline.configure(Timeout=900)
    pipeline.cloud.client("s3")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: pipeline.put(*each[1], key=each[0]), zip(keys, names, strict=True)))
    matches = sum(each.count("DeleteLogGroup") for each in names)
    wait_for(lambda: pipeline.metric() >= matches, lambda: f"sum of {matches}, but {pipeline.metric()}")
    pipeline.analyzed(*keys)
    assert pipeline.metric() == matches
    put = [f"{key}#{number}" for key, each in zip(keys, names, strict=True) for number, _ in enumerate(each)]
    # The emulator finds the word in any capitals, also in a random key.
    lines = pipeline.log('"SEEN"').split("\n")
    seen = [line.removeprefix("SEEN ") for line in lines if line.startswith("SEEN ")]
    assert sorted(seen) == sorted(put)
    assert str(failed_events(pipeline.cloud)) == NOTHING_FAILED


def test_what_a_reset_took_away_is_not_tried_again(pipeline):
    """An event of a stack that is gone is not in the next one's failure queue."""
    gone = pipeline.put(body=b"poison of the stack that is gone")
    wait_for(lambda: f"{gone} is not a CloudTrail log file" in pipeline.log(), "first attempt")
    emulator.reset(emulator.find())
    after = Pipeline(connect(show=lambda line: None))
    poison = after.put(body=b"poison")
    assert [event.keys for event in after.failed()] == [(poison,)]


def test_what_failed_is_shown(pipeline):
    """In a terminal and in a notebook: which files, how often it was tried, why, and what to do."""
    assert str(failed_events(pipeline.cloud)) == NOTHING_FAILED
    key = pipeline.put(body=b"<b>poison</b>")
    pipeline.failed()
    shown = failed_events(pipeline.cloud)
    for text in (str(shown), shown._repr_html_()):
        assert key in text
        assert "is not a CloudTrail log file" in text
        assert "failed_events(cloud, replay=True)" in text
    assert "1 event handed to the function again" in str(failed_events(pipeline.cloud, replay=True))
    assert pipeline.failed()[0].keys == (key,)


def test_an_event_that_becomes_visible_between_two_calls(pipeline):
    """A look hides what it shows for two seconds; the next one waits for it, whenever they are over."""
    key = pipeline.put(body=b"poison")
    pipeline.failed()
    pauses, events = [2.5], pipeline.cloud.client("sqs").meta.events
    events.register("before-call.sqs.GetQueueAttributes", lambda **_: time.sleep(pauses.pop() if pauses else 0))
    assert [event.keys for event in failed_events(pipeline.cloud).events] == [(key,)]


def test_a_message_of_another_form_stays_in_the_queue(pipeline):
    """It is shown as it is; there is nothing in it to hand on."""
    sqs, queue = pipeline.cloud.client("sqs"), pipeline.cloud.resource("FailureQueue")
    sqs.send_message(QueueUrl=queue, MessageBody="by hand")
    (event,) = failed_events(pipeline.cloud, replay=True).events
    assert "by hand" in event.error
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    numbers = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    assert sum(int(attributes[name]) for name in numbers) == 1


def zipped(source):
    """Return a zip file with `source` as its index.py."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()
