"""The cache of log files from S3: against the emulator, each request counted."""

import logging
import stat

import pytest
from log_files import log_file, record

from workshop.hunting.hunt import hunt
from workshop.logs.s3_cache import S3Cache
from workshop.logs.table.events import load_events, record_of

DAY = "AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03/10"
NAME = "cache-of-the-tests"


def every(record):
    return True


@pytest.fixture
def fetched(cloud):
    """(client, list of the keys that were really fetched); the bucket has two log files."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    for number in (1, 2):
        s3.put_object(Bucket=NAME, Key=f"{DAY}/{number}.json.gz", Body=log_file(record(number)))
    keys = []
    s3.meta.events.register("provide-client-params.s3.GetObject", lambda params, **more: keys.append(params["Key"]))
    return s3, keys


def test_what_has_been_fetched_is_not_fetched_again(fetched, tmp_path):
    """By the next hunt, by load_events, by record_of; what is new is."""
    s3, keys = fetched
    first = hunt(f"s3://{NAME}", every, s3=S3Cache(s3, tmp_path / "kept"))
    assert sorted(keys) == [f"{DAY}/1.json.gz", f"{DAY}/2.json.gz"]
    s3.put_object(Bucket=NAME, Key=f"{DAY}/3.json.gz", Body=log_file(record(3)))
    keys.clear()
    again = hunt(f"s3://{NAME}", every, s3=S3Cache(s3, tmp_path / "kept"))
    assert keys == [f"{DAY}/3.json.gz"]
    assert list(first["eventID"]) == ["event-1", "event-2"]
    assert list(again["eventID"]) == ["event-1", "event-2", "event-3"]
    keys.clear()
    events = load_events(f"s3://{NAME}", s3=S3Cache(s3, tmp_path / "kept"))
    assert record_of(events, 2)["eventID"] == "event-3"
    assert keys == []


def test_what_has_been_replaced_or_deleted_is_not_taken_from_the_cache(fetched, tmp_path):
    """The listing says which version there is."""
    s3, keys = fetched
    hunt(f"s3://{NAME}", every, s3=S3Cache(s3, tmp_path))
    s3.put_object(Bucket=NAME, Key=f"{DAY}/1.json.gz", Body=log_file(record(7)))
    s3.delete_object(Bucket=NAME, Key=f"{DAY}/2.json.gz")
    keys.clear()
    assert list(hunt(f"s3://{NAME}", every, s3=S3Cache(s3, tmp_path))["eventID"]) == ["event-7"]
    assert keys == [f"{DAY}/1.json.gz"]


def test_the_cache_is_private_and_holds_whole_files_only(fetched, tmp_path):
    """Log files tell who does what."""
    s3, _ = fetched
    hunt(f"s3://{NAME}", every, s3=S3Cache(s3, tmp_path / "kept"))
    kept = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert len(kept) == 2
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in [*kept, tmp_path / "kept"])


def test_a_cache_that_cannot_be_written_costs_no_record(fetched, tmp_path, caplog):
    """It is told, and the file is fetched again the next time."""
    s3, keys = fetched
    cache = S3Cache(s3, tmp_path / "kept")
    (tmp_path / "kept").rmdir()
    (tmp_path / "kept").write_text("in the way")
    for _ in range(2):
        with caplog.at_level(logging.WARNING):
            assert len(hunt(f"s3://{NAME}", every, s3=cache)) == 2
    assert len(keys) == 4
    assert "could not be kept in the cache" in caplog.text
