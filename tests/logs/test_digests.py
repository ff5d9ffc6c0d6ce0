"""Digest files as a DataFrame, and what they show: log files that are missing or changed, and a broken chain."""

import gzip
import hashlib
import io
import json
import re
import shutil

import boto3
import pandas as pd
import pytest
from botocore.stub import Stubber

from workshop import places
from workshop.exercises.questions import answer, question
from workshop.lake.scenario.story import VANISHED
from workshop.logs.digests import COLUMNS, read_digests

DATA = places.data()
PLACE = "AWSLogs/111122223333"


@pytest.fixture(scope="module")
def digests():
    """The lake's digest files."""
    return read_digests(DATA)


def named(digests):
    """All log files that digest files name, as a table."""
    return pd.DataFrame(digests["logFiles"].explode().dropna().tolist())


def sha256(path):
    return hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()


@pytest.fixture
def one_day(tmp_path):
    """A copy of one Region's log and digest files of a day and of the night after it."""
    for kind in ("CloudTrail", "CloudTrail-Digest"):
        for day in ("2026/03/10", "2026/03/11"):
            part = f"{PLACE}/{kind}/us-east-1/{day}"
            shutil.copytree(DATA / part, tmp_path / part)
    return tmp_path


def test_there_is_one_digest_an_hour_and_region(digests):
    """Rows come by Region, the oldest first, each beginning where the one before ended; times are in UTC."""
    assert list(digests.columns) == list(COLUMNS)
    assert digests.attrs["skipped"] == []
    assert list(digests["awsRegion"].unique()) == ["ca-central-1", "us-east-1"]
    for _, chain in digests.groupby("awsRegion"):
        assert chain["digestEndTime"].is_monotonic_increasing
        assert (chain["digestStartTime"].iloc[1:].array == chain["digestEndTime"].iloc[:-1].array).all()
        assert set(chain["digestEndTime"] - chain["digestStartTime"]) == {pd.Timedelta(hours=1)}
    assert str(digests["digestStartTime"].dt.tz) == "UTC"


def test_the_chain_holds(digests):
    """Each digest file has the hash and the name of the one before it; the first of each Region has none."""
    for _, chain in digests.groupby("awsRegion"):
        assert (chain["previousDigestHashValue"].iloc[1:].array == chain["sha256"].iloc[:-1].array).all()
        assert (chain["previousDigestS3Object"].iloc[1:].array == chain["digestS3Object"].iloc[:-1].array).all()
        assert pd.isna(chain["previousDigestHashValue"].iloc[0])


def test_every_log_file_of_the_lake_is_named_once_with_its_hash(digests):
    """What is there is as it was delivered; and nothing is there that no digest file names."""
    files = named(digests)
    assert files["s3Object"].is_unique
    there = files[[(DATA / key).is_file() for key in files["s3Object"]]]
    assert all(sha256(DATA / key) == value for key, value in zip(there["s3Object"], there["hashValue"], strict=True))
    lying = {path.relative_to(DATA).as_posix() for path in DATA.glob(f"{PLACE}/CloudTrail/**/*.json.gz")}
    assert lying == set(there["s3Object"])


def test_what_is_missing_was_delivered_in_one_hour(digests):
    """The vanished hour: some log files, all of one Region and hour, and the story says the same."""
    region, begin, end = VANISHED
    missing = [key for key in named(digests)["s3Object"] if not (DATA / key).is_file()]
    assert len(missing) == 4
    assert {key.split("/")[3] for key in missing} == {region}
    times = pd.to_datetime([re.search(r"_(\d{8}T\d{4})Z_", key)[1] for key in missing], utc=True)
    assert set(times.floor("h")) == {pd.Timestamp(begin, unit="s", tz="UTC")}
    assert end - begin == 3600


def test_a_changed_log_file_has_another_hash(one_day):
    """Taking one record out of a log file shows, however well it is packed again."""
    files = named(read_digests(one_day))
    key, value = files[files["s3Object"].str.contains("/2026/03/10/")][["s3Object", "hashValue"]].iloc[0]
    path = one_day / key
    assert sha256(path) == value
    document = json.loads(gzip.decompress(path.read_bytes()))
    document["Records"].pop()
    path.write_bytes(gzip.compress(json.dumps(document, separators=(",", ":")).encode()))
    assert sha256(path) != value


def test_a_rewritten_digest_file_breaks_the_chain(one_day):
    """Who hides a deletion in the digest file as well is given away by the digest file after it."""
    digests = read_digests(one_day)
    row = digests[digests["logFiles"].str.len() > 0].index[3]
    path = one_day / digests["digestS3Object"][row]
    digest = json.loads(gzip.decompress(path.read_bytes()))
    digest["logFiles"].pop()
    path.write_bytes(gzip.compress(json.dumps(digest, separators=(",", ":")).encode()))
    again = read_digests(one_day)
    broken = again["previousDigestHashValue"].iloc[1:].array != again["sha256"].iloc[:-1].array
    assert [number + 1 for number, is_broken in enumerate(broken) if is_broken] == [row + 1]


def test_what_is_no_digest_file_is_told(one_day):
    """Damaged, not JSON, without a field: each is listed with its reason, and the others are read."""
    folder = one_day / f"{PLACE}/CloudTrail-Digest/us-east-1/2026/03/10"
    before = len(read_digests(one_day))
    contents = {"a": b"\x1f\x8bdamaged", "b": b"no JSON", "c": gzip.compress(b'{"digestEndTime": "x"}'), "d": b"[]"}
    for name, content in contents.items():
        (folder / f"{name}.json.gz").write_bytes(content)
    digests = read_digests(one_day)
    assert len(digests) == before
    assert [entry["path"][-9] for entry in digests.attrs["skipped"]] == list(contents)
    assert all(entry["reason"].startswith("not a digest file: ") for entry in digests.attrs["skipped"])


def test_no_digest_files_is_an_error_that_says_where_they_come_from(tmp_path):
    """Log file validation writes them."""
    with pytest.raises(FileNotFoundError, match="log file validation"):
        read_digests(tmp_path)


def test_digest_files_are_read_from_a_bucket():
    """With the client passed in, the digest files of a bucket are found among its log files, and read."""
    client = boto3.client(
        "s3", region_name="ca-central-1", aws_access_key_id="EXAMPLE", aws_secret_access_key="EXAMPLE"
    )
    path = min(DATA.glob(f"{PLACE}/CloudTrail-Digest/us-east-1/**/*.json.gz"))
    key, log = path.relative_to(DATA).as_posix(), f"{PLACE}/CloudTrail/us-east-1/2026/03/09/a.json.gz"
    with Stubber(client) as stub:
        listed = {"Contents": [{"Key": key, "Size": 1}, {"Key": log, "Size": 1}], "IsTruncated": False}
        stub.add_response("list_objects_v2", listed, {"Bucket": "logs", "Prefix": "AWSLogs/"})
        stub.add_response("get_object", {"Body": io.BytesIO(path.read_bytes())}, {"Bucket": "logs", "Key": key})
        digests = read_digests("s3://logs/AWSLogs/", s3=client)
        stub.assert_no_pending_responses()
    assert list(digests["digestS3Object"]) == [key]


# ---------------------------------------------------------------- the question


@pytest.fixture
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


@pytest.mark.usefixtures("_own_home")
def test_the_vanished_hour_is_asked_for_by_name():
    """It is for extra credit: not among the numbered questions, but put and answered as they are."""
    asked = repr(question("vanished hour"))
    assert "Log files are missing" in asked
    assert 'answer("vanished hour", ...)' in asked
    assert "vanished" not in repr(question())
    assert '"vanished hour"' in repr(question("vanished minute"))
    assert answer("vanished hour").outcome == "not attempted"
    assert 'answer("vanished hour", your_answer)' in answer("vanished hour", ...).message


@pytest.mark.usefixtures("_own_home")
@pytest.mark.parametrize("value", ["2026-03-11 23:00", pd.Timestamp("2026-03-11 23:20", tz="UTC"), "2026-03-11T23Z"])
def test_the_right_hour_passes(value):
    """In any form."""
    assert answer("vanished hour", value).passed


@pytest.mark.usefixtures("_own_home")
@pytest.mark.parametrize(
    ("mistake", "value"),
    [
        ("event_time", "2026-03-11 22:00"),
        ("local_time", "2026-03-11 19:00"),
        ("hour_after", "2026-03-12 00:00"),
        ("count", 4),
    ],
)
def test_likely_mistakes_about_the_hour_are_named(mistake, value):
    """Each with its own message, and none gives the answer away."""
    result = answer("vanished hour", value)
    assert result.outcome == "wrong"
    assert result.misconception == mistake, result
    assert "2026-03-11" not in result.why + result.advice


@pytest.mark.usefixtures("_own_home")
def test_an_hour_without_a_day_is_not_judged():
    """What cannot be read as an hour is called so, and never wrong."""
    assert answer("vanished hour", "23:00").outcome == "not attempted"
