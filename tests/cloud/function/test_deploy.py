"""Deploying an attendee's functions: what is refused before anything is uploaded, and what then runs in Lambda."""

import base64
import gzip
import hashlib
import io
import json
import urllib.request
import zipfile
from dataclasses import replace
from types import MappingProxyType

import pandas as pd
import pytest

import workshop
from workshop.attendee_code import packaging
from workshop.cloud.function import rehearsal
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.deployed_code import deployed_source
from workshop.cloud.function.starter_code import nothing_deployed, unwritten

# The names that a detector finds in the analyzer, so that the functions below can be read as in a notebook.
from workshop.cloudtrail_analyzer import (
    METRIC_NAME,
    METRIC_NAMESPACE,
    instance_identifier_arn_pattern,
    print_short_record,
)
from workshop.logs.knowledge import Known


def deleting_logs(record):
    """The walkthrough's answer of the seed, with the bonus."""
    event_source = record["eventSource"]
    event_name = record["eventName"]
    if event_source in ["logs.amazonaws.com", "cloudtrail.amazonaws.com"] and event_name.startswith("Delete"):
        print_short_record(record)
        return True
    return False


def instance_creds_used_outside_ec2(record):
    """The walkthrough's answer of the seed."""
    identity = record["userIdentity"]
    if identity.get("type", "") != "AssumedRole" or not identity.get("accessKeyId", "").startswith("AS"):
        return False
    if instance_identifier_arn_pattern.match(identity.get("arn", "")):
        print_short_record(record)
        return True
    return False


def publish_anomalies(cloudwatch, detector, count):
    """Publish the total of one detector and file."""
    if count:
        datum = {"MetricName": METRIC_NAME, "Value": count, "Unit": "Count"}
        cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[datum])


ANSWERS = (deleting_logs, instance_creds_used_outside_ec2, publish_anomalies)


def stub(name):
    """Return a function of this name as notebooks ship it."""

    def function(record):
        raise NotImplementedError

    function.__name__ = name
    return function


@pytest.fixture
def code_hash(cloud):
    """A function that returns the hash of the code that Lambda runs now."""
    name = cloud.resource("AnalysisLambdaFunction")
    return lambda: cloud.client("lambda").get_function_configuration(FunctionName=name)["CodeSha256"]


def test_deployed_functions_are_what_lambda_runs(cloud, code_hash):
    """The code hash is confirmed, the diff shows the change, and the function finds what the detectors find."""
    assert nothing_deployed(cloud)
    deployment = deploy(cloud, *ANSWERS)
    assert deployment.deployed, deployment.reason
    assert deployment.warnings == []
    assert deployment.code_sha256 == code_hash()
    assert deployment.analysis_functions == ("deleting_logs", "instance_creds_used_outside_ec2")
    assert "-    raise NotImplementedError" in deployment.diff
    assert '+    event_source = record["eventSource"]' in deployment.diff
    assert not nothing_deployed(cloud)

    key = f"AWSLogs/{cloud.account}/CloudTrail/ca-central-1/2026/03/10/one.json.gz"
    bucket = cloud.resource("CloudTrailBucket")
    body = gzip.compress(json.dumps({"Records": rehearsal._SAMPLES}).encode())
    event = {"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]}
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    answer = cloud.client("lambda").invoke(
        FunctionName=cloud.resource("AnalysisLambdaFunction"), Payload=json.dumps(event)
    )
    found = {"deleting_logs": 1, "instance_creds_used_outside_ec2": 1}
    assert json.loads(answer["Payload"].read()) == [{"bucket": bucket, "key": key, "records": 2, "found": found}]


def test_deploying_again_shows_only_what_changed_since(cloud):
    """The diff is against the deployed code, not against the starter; the same code is no change."""

    def second_try():
        def deleting_logs(record):
            return record.get("eventName", "").startswith("Delete")

        return deleting_logs

    deploy(cloud, *ANSWERS)
    again = deploy(cloud, *ANSWERS)
    assert (again.deployed, again.diff) == (True, "")
    assert "already" in str(again)
    changed = deploy(cloud, second_try(), *ANSWERS[1:])
    assert changed.deployed
    assert '-    event_source = record["eventSource"]' in changed.diff
    assert "NotImplementedError" not in changed.diff


@pytest.mark.parametrize("functions", [(), (stub("deleting_logs"), stub("publish_anomalies"))], ids=["none", "stubs"])
def test_as_shipped_nothing_is_deployed_and_nothing_fails(cloud, code_hash, functions):
    """With no function written deploy says so, and the starter stays."""
    before = code_hash()
    deployment = deploy(cloud, *functions)
    assert (deployment.deployed, deployment.code_sha256) == (False, None)
    assert "nothing to deploy" in deployment.reason
    assert "Not deployed" in str(deployment)
    assert code_hash() == before


def test_a_stub_among_written_functions_is_left_out(cloud):
    """Who has solved one phase deploys that one; the others stay stubs and see no records."""

    def publish_anomalies(cloudwatch, detector, count):
        raise NotImplementedError

    deployment = deploy(cloud, deleting_logs, publish_anomalies)
    assert deployment.deployed
    assert deployment.analysis_functions == ("deleting_logs",)
    assert unwritten(deployed_source(cloud)) == ["instance_creds_used_outside_ec2", "publish_anomalies"]
    (warning,) = deployment.warnings
    assert "publish_anomalies is not written yet" in warning


TABLE = pd.DataFrame()


def undefined_name(record):
    return record["eventName"] in SUSPICIOUS  # noqa: F821 - this is the point


def notebook_object(record):
    return TABLE.empty


def unavailable_import(record):
    import pandas

    return pandas.isna(record)


def misspelt_field(record):
    return record["event_name"].startswith("Delete")


def ends_the_process(record):
    import os

    os._exit(3)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (undefined_name, "SUSPICIOUS"),
        (notebook_object, "TABLE"),
        (unavailable_import, "pandas"),
        (misspelt_field, "KeyError: 'event_name' (in misspelt_field, at: return record[\"event_name\"]"),
        (ends_the_process, "exit status 3"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_function_is_refused_with_the_reason(cloud, code_hash, function, said):
    """What cannot run in Lambda is told by name, nothing is uploaded, and nothing is raised."""
    before = code_hash()
    deployment = deploy(cloud, function, publish_anomalies)
    assert not deployment.deployed
    assert said in deployment.reason
    assert "Traceback" not in str(deployment)
    assert code_hash() == before


def rehearsed(*functions):
    """Return the Rehearsal of these functions' package."""
    return rehearsal.rehearse(packaging.package(*functions))


def test_an_endless_loop_is_refused():
    """The rehearsal has a time limit."""

    def deleting_logs(record):
        while True:
            pass

    assert "endless loop" in rehearsed(deleting_logs, publish_anomalies).problem


def test_a_function_that_fails_on_some_records_is_deployed_with_a_warning():
    """The handler survives such a record, and missing an attack is a lesson."""

    def deleting_logs(record):
        return record["userIdentity"]["userName"] == "mallory"

    result = rehearsed(deleting_logs, publish_anomalies)
    assert result.problem is None
    (warning,) = result.warnings
    assert "deleting_logs failed on one of two sample records: KeyError: 'userName'" in warning


def test_publishing_nothing_is_a_warning_and_failing_to_publish_a_refusal():
    """Without a metric the alarm stays as it is; an exception there would fail the Lambda function's run."""

    def silent():
        def publish_anomalies(cloudwatch, detector, count):
            return None

        return publish_anomalies

    def broken():
        def publish_anomalies(cloudwatch, detector, count):
            cloudwatch.put_metric_data(Value=count / 0)

        return publish_anomalies

    (warning,) = rehearsed(deleting_logs, silent()).warnings
    assert "published nothing" in warning
    assert "ZeroDivisionError" in rehearsed(deleting_logs, broken()).problem


def test_a_rehearsal_reaches_no_account(monkeypatch):
    """The rehearsed code sees none of this machine's credentials, and its prints go nowhere."""

    def deleting_logs(record):
        import os

        print("chatter" * 10_000)
        if any(name.startswith("AWS_ACCESS") or name == "AWS_PROFILE" for name in os.environ):
            raise RuntimeError("credentials in sight")
        return True

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_PROFILE", "production")
    assert rehearsed(deleting_logs, publish_anomalies) == rehearsal.Rehearsal(None, [])


def test_warnings_of_the_caller_are_shown(cloud):
    """What a check said of a function travels with the deployment."""
    deployment = deploy(cloud, deleting_logs, publish_anomalies, warnings=["deleting_logs misses <DeleteTrail>"])
    assert "Warning: deleting_logs misses <DeleteTrail>" in str(deployment)
    assert "deleting_logs misses &lt;DeleteTrail&gt;" in deployment._repr_html_()


def test_the_deployed_code_is_the_package(cloud):
    """What lies in Lambda is byte for byte what was packaged."""
    deploy(cloud, *ANSWERS)
    package = packaging.package(*ANSWERS)
    assert deployed_source(cloud) == package.source
    name = cloud.resource("AnalysisLambdaFunction")
    location = cloud.client("lambda").get_function(FunctionName=name)["Code"]["Location"]
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(location) as response:
        body = response.read()
    assert base64.b64encode(hashlib.sha256(body).digest()).decode() == package.code_sha256
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.namelist() == ["index.py"]


def test_code_that_cannot_be_fetched_counts_as_deployed(cloud, monkeypatch):
    """On AWS a closed network may not let the code through: then the change is shown against the starter."""

    def closed(*arguments, **options):
        raise OSError("no route to host")

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", closed)
    assert deployed_source(cloud) is None
    assert not nothing_deployed(cloud)
    deployment = deploy(cloud, *ANSWERS)
    assert deployment.deployed
    assert "against the starter" in deployment.warnings[0]


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        ([ANSWERS], "Put a star before it, and the functions in it are taken: deploy(cloud, *detectors)"),
        ([list(ANSWERS)], "Put a star before it"),
        (["deleting_logs"], "without quotes: deploy(cloud, deleting_logs)"),
        ([deleting_logs, False], "False is what a function returns"),
        ([None], "its name without brackets behind it: deploy(cloud, deleting_logs)"),
    ],
)
def test_something_else_than_a_function_is_not_deployed_and_says_what_to_write(cloud, code_hash, given, instead):
    """A list without a star, a name, a verdict: the reason has the call as it is written, and nothing changes."""
    before = code_hash()
    deployment = workshop.deploy(cloud, *given)
    assert not deployment.deployed
    assert instead in deployment.reason
    assert code_hash() == before


@pytest.mark.parametrize(("given", "name"), [(deleting_logs, "deleting_logs"), (ANSWERS, "*saved_answers()")])
def test_the_connection_comes_first(given, name):
    """Without it the reason says so."""
    deployment = workshop.deploy(given)
    assert not deployment.deployed
    assert f"deploy(cloud, {name}), after cloud = connect()" in deployment.reason


def stolen(record, known):
    """Tell whether a key that EC2 issued is used from an unknown address."""
    issued = record["userIdentity"].get("accessKeyId") in known.issued_to
    return issued and record["sourceIPAddress"] not in known.nat_addresses


KNOWN = Known(
    "2026-03-09T00:00:00Z",
    MappingProxyType({rehearsal._ROLE["accessKeyId"]: "i-0123456789abcdef0"}),
    MappingProxyType({}),
    frozenset({"198.51.100.200"}),
    frozenset(),
    MappingProxyType({f"ASIA{n:016}": "198.51.100.7" for n in range(99)}),
)


def found_by_lambda(cloud):
    """What Lambda finds in the two sample records, by detector."""
    key = f"AWSLogs/{cloud.account}/CloudTrail/ca-central-1/2026/03/10/known.json.gz"
    bucket = cloud.resource("CloudTrailBucket")
    body = gzip.compress(json.dumps({"Records": rehearsal._SAMPLES}).encode())
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    event = {"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]}
    name = cloud.resource("AnalysisLambdaFunction")
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    ((summary),) = json.loads(answer["Payload"].read())
    return summary["found"]


def test_a_detector_runs_in_lambda_with_what_was_known(cloud):
    """What is known later changes nothing until it is deployed; its long lines are shortened in the diff."""
    deployment = deploy(cloud, *ANSWERS, stolen, known=KNOWN)
    assert deployment.deployed, deployment.reason
    assert "stolen knows what was known just now, and learns nothing new in Lambda." in deployment.warnings
    assert found_by_lambda(cloud)["stolen"] == 1
    assert max(map(len, deployment.diff.splitlines())) < 200
    at_home = replace(KNOWN, nat_addresses=frozenset({"198.51.100.7"}))
    assert found_by_lambda(cloud)["stolen"] == 1
    assert deploy(cloud, *ANSWERS, stolen, known=at_home).deployed
    assert found_by_lambda(cloud)["stolen"] == 0


def test_without_knowledge_the_others_are_deployed(cloud):
    """The detector that asks for it is left out, and it is said."""
    deployment = deploy(cloud, *ANSWERS, stolen)
    assert deployment.deployed
    assert "stolen" not in deployment.functions
    assert any("stolen takes (record, known) and was left out" in warning for warning in deployment.warnings)
    alone = deploy(cloud, stolen)
    assert not alone.deployed
    assert "deploy(cloud, ..., known=known)" in alone.reason
    wrong = deploy(cloud, stolen, known={"issued_to": {}})
    assert not wrong.deployed
    assert "learn" in wrong.reason
