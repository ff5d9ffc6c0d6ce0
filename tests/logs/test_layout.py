"""Log files chosen by Region and day, and objects of a bucket fetched by several threads."""

import datetime
import threading

import pytest
from log_files import log_file, record, write
from waiting import PATIENCE

from workshop.hunting.hunt import hunt
from workshop.logs.files import Tally, find_log_files, read_files
from workshop.logs.layout import Only
from workshop.logs.records import read_records
from workshop.logs.table.events import load_events

TOP = "AWSLogs/o-1/111122223333"
FILES = {
    f"{TOP}/CloudTrail/{region}/2026/{month:02}/{day:02}/1.json.gz": [record(place)]
    for place, (region, month, day) in enumerate(
        [("ca-central-1", 2, 28), ("ca-central-1", 3, 9), ("us-east-1", 3, 9), ("ca-central-1", 3, 10)]
    )
}
FILES["elsewhere.json"] = [record(9)]


def everything(record):
    return True


class Bucket:
    """A bucket in memory, as far as a boto3 client is asked for it; it notes what it is asked."""

    def __init__(self, objects):
        self.objects, self.listed = objects, []
        self.lock, self.under_way, self.several = threading.Lock(), 0, threading.Event()

    def get_paginator(self, name):
        return self

    def paginate(self, Bucket, Prefix, Delimiter=None):
        self.listed.append(Prefix)
        keys = sorted(key for key in self.objects if key.startswith(Prefix))
        if not Delimiter:
            return [{"Contents": [{"Key": key, "Size": 1} for key in keys]}]
        rest = {key: key[len(Prefix) :] for key in keys}
        folders = {Prefix + name.split("/")[0] + "/" for name in rest.values() if "/" in name}
        files = [{"Key": key, "Size": 1} for key, name in rest.items() if "/" not in name]
        return [{"Contents": files, "CommonPrefixes": [{"Prefix": name} for name in sorted(folders)]}]

    def get_object(self, Bucket, Key):
        with self.lock:
            self.under_way += 1
            if self.under_way == 3:
                self.several.set()
        together = self.several.wait(PATIENCE)  # nobody goes on before three are here
        self.several.set()
        assert together
        with self.lock:
            self.under_way -= 1
        return {"Body": self.Body(self.objects[Key])}

    class Body:
        def __init__(self, data):
            self.data = data

        def read(self):
            return self.data


def found(where, **wanted):
    matches = hunt(where, everything, **wanted)
    return sorted(matches["eventID"])


def test_days_and_regions_choose_files_of_a_folder(tmp_path):
    """Both ends are included; what lies outside of CloudTrail's folders is always read."""
    folder = write(tmp_path, FILES)
    assert found(folder, start="2026-03-09", end="2026-03-09") == ["event-1", "event-2", "event-9"]
    assert found(folder, regions="us-east-1") == ["event-2", "event-9"]
    assert found(folder, start=datetime.date(2026, 3, 1), regions=["ca-central-1"]) == ["event-1", "event-3", "event-9"]
    assert found(folder, end=datetime.datetime(2026, 3, 1, 12)) == ["event-0", "event-9"]


def test_in_a_bucket_nothing_else_is_listed(cloud):
    """A year of an organisation has millions of objects; a day of one Region has few."""
    bucket = Bucket({key: log_file(*records) for key, records in FILES.items() if key != "elsewhere.json"})
    only = Only.of("2026-03-09", "2026-03-09", ["ca-central-1"])
    paths = find_log_files("s3://trail/AWSLogs/", s3=bucket, only=only)
    assert paths == [f"s3://trail/{TOP}/CloudTrail/ca-central-1/2026/03/09/1.json.gz"]
    assert not any("us-east-1" in prefix or "2026/02" in prefix or "03/10" in prefix for prefix in bucket.listed)


def test_a_real_bucket_is_searched_by_day_and_region(cloud):
    """The emulator's S3 in place of the one in memory."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="by-day", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    for key, records in FILES.items():
        s3.put_object(Bucket="by-day", Key=key, Body=log_file(*records))
    assert found("s3://by-day", s3=s3, start="2026-03-09", regions=["ca-central-1"]) == [
        "event-1",
        "event-3",
        "event-9",
    ]
    assert len(load_events("s3://by-day", s3=s3)) == 5


def test_objects_are_fetched_several_at_a_time_and_come_in_order():
    """Waiting for one is no reason not to ask for the next."""
    bucket = Bucket({f"{number:03}.json.gz": log_file(record(number)) for number in range(60)})
    read = [found["eventID"] for found in read_records("s3://trail/", s3=bucket)]
    assert read == [f"event-{number}" for number in range(60)]


def test_whoever_stops_reading_leaves_no_thread_behind():
    """Fetches that nobody waits for are cancelled."""
    bucket = Bucket({f"{number:03}.json.gz": b"" for number in range(60)})
    bucket.several.set()
    files = read_files(find_log_files("s3://trail/", s3=bucket), Tally(), s3=bucket)
    next(files)
    files.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fetch")]


@pytest.mark.parametrize("wanted", [{"start": "yesterday"}, {"end": 7}, {"start": "2026-03-09", "end": "2026-03-08"}])
def test_a_date_that_is_none_is_an_error(wanted):
    """Before anything is listed."""
    with pytest.raises(ValueError, match=r"is a date such as|comes before"):
        hunt("nowhere", everything, **wanted)
