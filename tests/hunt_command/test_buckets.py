"""`workshop hunt s3://…`: the credentials and the Region of the AWS CLI, and what is new in a bucket."""

import pytest
from emulated_account import ADMINISTRATOR, become, user
from log_files import log_file, record

from workshop import cli
from workshop.cloud import connection

READS = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"}
SECOND = "AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03/11/2.json.gz"


@pytest.fixture
def bucket(recorded_cloud, monkeypatch):
    """A bucket with two log files; this process may read it, and nothing else."""
    become(monkeypatch, user("engineer", ADMINISTRATOR))
    s3 = connection.bucket_client(region="ca-central-1")
    where = {"LocationConstraint": "ca-central-1"}
    s3.create_bucket(Bucket="nightly-logs", CreateBucketConfiguration=where)
    for number, key in ((1, SECOND.replace("11/2", "10/1")), (2, SECOND)):
        s3.put_object(Bucket="nightly-logs", Key=key, Body=log_file(record(number, eventName="DeleteTrail")))
    become(monkeypatch, user("reader", READS))
    return s3


def test_a_bucket_is_read_with_a_profile_that_may_do_nothing_else(bucket, hunt, rules, tmp_path, monkeypatch, capsys):
    """Neither does it need the workshop's Region, or a stack."""
    reader = user("reader", READS)
    config = tmp_path / "config"
    config.write_text(
        f"[profile logs]\naws_access_key_id = {reader['AWS_ACCESS_KEY_ID']}\nregion = eu-west-1\n"
        f"aws_secret_access_key = {reader['AWS_SECRET_ACCESS_KEY']}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    arguments = ("s3://nightly-logs/AWSLogs/", "--detector", rules)
    for more in (("--profile", "logs"), ("--profile", "logs", "--region", "ca-central-1")):
        status, report, errors = hunt(*arguments, *more)
        assert (status, len(report["matches"]["deletions"]), errors) == (0, 2, "")
    assert report["matches"]["deletions"][0]["account"] == "111122223333"
    assert cli.main(["hunt", *arguments]) == 1
    assert "There are no AWS credentials to read S3 with. Sign in" in capsys.readouterr().err
    assert cli.main(["hunt", *arguments, "--profile", "lgos"]) == 1
    assert "The config profile (lgos) could not be found" in capsys.readouterr().err


def test_days_that_are_left_out_are_not_read(bucket, hunt, rules):
    _, report, _ = hunt("s3://nightly-logs/AWSLogs/", "--detector", rules, "--start", "2026-03-11")
    assert [match["path"] for match in report["matches"]["deletions"]] == [f"s3://nightly-logs/{SECOND}"]


def test_an_object_that_may_not_be_read_is_read_when_it_may(bucket, hunt, rules, tmp_path):
    """Until then the status says 4; an object that was put anew is read anew."""
    nightly = ("s3://nightly-logs/AWSLogs/", "--detector", rules, "--since-last", tmp_path / "state.json")
    denied = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::nightly-logs/{SECOND}"}
    user("reader", READS, denied)
    for expected in (["event-1"], []):
        status, report, _ = hunt(*nightly)
        assert (status, [one["eventID"] for one in report["matches"]["deletions"]]) == (4, expected)
        assert [entry["path"] for entry in report["skipped"]] == [f"s3://nightly-logs/{SECOND}"]
    user("reader", READS)
    status, report, _ = hunt(*nightly)
    assert (status, [one["eventID"] for one in report["matches"]["deletions"]]) == (0, ["event-2"])
    assert hunt(*nightly)[1]["files"] == 0
    again = [record(2, eventName="DeleteTrail"), record(4, eventName="DeleteTrail")]
    bucket.put_object(Bucket="nightly-logs", Key=SECOND, Body=log_file(*again))
    status, report, _ = hunt(*nightly)
    assert (status, [one["eventID"] for one in report["matches"]["deletions"]]) == (0, ["event-4"])
