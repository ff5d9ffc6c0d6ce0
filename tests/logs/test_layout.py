"""Log files chosen by Region and day, and objects of a bucket fetched by several threads."""

import datetime
import os
import threading

import pytest
from log_files import log_file, record, write
from waiting import PATIENCE

from workshop.hunting.hunt import hunt
from workshop.logs.files import find_log_files, read_files
from workshop.logs.layout import Only, is_digest, location_of
from workshop.logs.records import read_records
from workshop.logs.table.events import load_events
from workshop.logs.tally import Tally

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


@pytest.mark.parametrize(
    "wanted",
    [
        {"start": "yesterday"},
        {"end": 7},
        {"start": "2026-03-09", "end": "2026-03-08"},
        {"regions": ""},
        {"regions": []},
    ],
)
def test_a_date_that_is_none_is_an_error(wanted):
    """Before anything is listed."""
    with pytest.raises(ValueError, match=r"is a date such as|comes before|names none"):
        hunt("nowhere", everything, **wanted)


def names(where, **wanted):
    """Return the paths of files that a filter leaves, without the folder."""
    return [os.path.relpath(path, where).replace(os.sep, "/") for path in find_log_files(where, only=Only.of(**wanted))]


@pytest.mark.parametrize(
    ("path", "region", "numbers"),
    [
        ("CloudTrail/o-1/AWSLogs/o-1/111122223333/CloudTrail/us-east-1/2026/03/09/", "us-east-1", (2026, 3, 9)),
        ("CloudTrail/us-east-1/2020/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/", "eu-west-1", (2026,)),
        ("x/CloudTrail-NetworkActivity/us-gov-west-1/2026/03/", "us-gov-west-1", (2026, 3)),
        ("x\\CloudTrail-Aggregated\\cn-north-1\\2026\\", "cn-north-1", (2026,)),
        ("111122223333_CloudTrail_eusc-de-east-1_20260310T1235Z_AAAA.json.gz", "eusc-de-east-1", (2026, 3, 10)),
        ("CloudTrail/eu-west-1/2020/01/01/111122223333_CloudTrail_us-isob-east-1_20260310T1235Z_A.json.gz",
         "us-isob-east-1", (2026, 3, 10)),
        ("a/111122223333_CloudTrail-Digest_us-east-1_audit_ca-central-1_20260311T010512Z.json.gz",
         "us-east-1", (2026, 3, 11)),
    ],
)  # fmt: skip
def test_the_last_place_in_a_path_counts(path, region, numbers):
    """What stands before it is a prefix, and may look alike; the file's own name says it best."""
    place = location_of(path)
    assert (place.region, place.numbers, place.sure) == (region, numbers, True)


@pytest.mark.parametrize(
    "path", ["CloudTrail/prod-account/2026/", "CloudTrail-Digest-copy/1.json.gz", "us-east-1/1.json"]
)
def test_a_folder_s_name_alone_says_nothing(path):
    """Somebody may call a folder so."""
    assert location_of(path) is None
    assert not is_digest(path)


@pytest.mark.parametrize(
    "top", ["CloudTrail/o-1/AWSLogs/o-1/", "CloudTrail/prod-account/AWSLogs/", "CloudTrail/us-east-1/"]
)
def test_a_prefix_that_looks_like_a_place_hides_nothing(top, tmp_path):
    """Neither in a folder, where all is seen, nor in a bucket, where folders are left out unseen."""
    files = {
        f"{top}111122223333/CloudTrail/{region}/2026/03/{day}/1.json.gz": [record(number)]
        for number, (region, day) in enumerate([("us-east-1", "09"), ("us-east-1", "10"), ("eu-west-1", "10")])
    }
    folder = write(tmp_path, files)
    wanted = [f"{top}111122223333/CloudTrail/eu-west-1/2026/03/10/1.json.gz"]
    assert names(folder, regions="eu-west-1", start="2026-03-10") == wanted
    bucket = Bucket({key: log_file(*records) for key, records in files.items()})
    only = Only.of(regions=["eu-west-1"], start="2026-03-10")
    assert find_log_files("s3://trail/CloudTrail/", s3=bucket, only=only) == [f"s3://trail/{path}" for path in wanted]


def test_files_in_one_folder_say_their_day_and_region_by_their_names(tmp_path, caplog):
    """As `aws s3 cp --recursive` into one folder leaves them; what says nothing is read, and that is said."""
    made = [
        "111122223333_CloudTrail_us-east-1_20250101T0000Z_A.json.gz",
        "111122223333_CloudTrail_us-east-1_20260310T0000Z_A.json.gz",
    ]
    folder = write(tmp_path, {name: [record()] for name in [*made, "mine.json.gz"]})
    assert names(folder, start="2026-01-01") == [made[1], "mine.json.gz"]
    assert "1 files do not lie in CloudTrail's folders" in caplog.text


def test_a_relative_path_is_seen_whole(tmp_path, monkeypatch):
    """From within a Region's folder its own name is above what is asked for."""
    folder = write(tmp_path, {f"CloudTrail/us-east-1/{year}/03/10/1.json.gz": [record()] for year in (2025, 2026)})
    monkeypatch.chdir(f"{folder}/CloudTrail/us-east-1")
    assert names(".", start="2026-01-01") == ["2026/03/10/1.json.gz"]


ARCHIVE = {
    f"o-1/AWSLogs/{account}/{service}/us-east-1/2026/3/9/{number}.json.gz": b"{}"
    for account in ("111122223333", "444455556666")
    for service in ("Config", "elasticloadbalancing")
    for number in range(3)
}


@pytest.mark.parametrize("wanted", [None, Only.of(start="2026-03-01")])
def test_folders_of_other_services_stay_closed_and_are_counted(wanted, tmp_path):
    """In AWS's own layout only; what a folder of an unknown name holds decides."""
    own = [
        "o-1/AWSLogs/o-1/111122223333/CloudTrail/us-east-1/2026/03/09/1.json.gz",
        "o-1/AWSLogs/111122223333/Unknown/1.json.gz",
    ]
    files = {**ARCHIVE, **{name: log_file(record()) for name in own}, "Config/1.json.gz": log_file(record(2))}
    counted = {"folders of Config": 2, "folders of elasticloadbalancing": 2}
    for source, s3 in ((write(tmp_path, files), None), ("s3://archive/", Bucket(files))):
        tally = Tally()
        found = find_log_files(source, s3=s3, tally=tally, only=wanted)
        assert sorted(path.replace(os.sep, "/").partition("/o-1/")[2] for path in found) == sorted(
            ["", *(name.removeprefix("o-1/") for name in own)]
        )
        assert tally.passed_over == counted


def test_other_services_are_known_from_within_their_account_s_folder(tmp_path, monkeypatch):
    """And by the names that Hive asks for."""
    hive = "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/1.log.gz"
    files = {"AWSLogs/111122223333/Config/1.json.gz": b"?", hive: b"?", "AWSLogs/111122223333/1.json.gz": [record(1)]}
    folder = write(tmp_path, files)
    for top, services in (("AWSLogs/111122223333", {"Config"}), ("AWSLogs", {"Config", "vpcflowlogs"})):
        monkeypatch.chdir(os.path.join(folder, top))
        tally = Tally()
        assert [os.path.basename(path) for path in find_log_files(".", tally=tally)] == ["1.json.gz"]
        assert tally.passed_over == {f"folders of {service}": 1 for service in services}


def test_files_in_an_unsure_place_are_read_and_said(tmp_path, caplog):
    """A folder that merely has such a name leaves nothing out, as no folder would."""
    folder = write(tmp_path, {"CloudTrail/us-east-1/a.json.gz": [record(1)], "b.json.gz": [record(2)]})
    assert found(folder, regions="eu-west-1") == ["event-1", "event-2"]
    assert "2 files do not lie in CloudTrail's folders" in caplog.text


def test_folders_of_digests_that_are_not_listed_are_counted():
    """Without days and Regions all is listed, and the files are counted."""
    digest = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/09/1.json.gz"
    files = {digest: b"?", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/09/1.json.gz": log_file(record())}
    for wanted, digests, passed_over in ((None, 1, {}), (Only.of(regions="us-east-1"), 0, {"folders of digests": 1})):
        tally = Tally()
        assert len(find_log_files("s3://archive/", s3=Bucket(files), tally=tally, only=wanted)) == 1
        assert (tally.digests, tally.passed_over) == (digests, passed_over)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"regions": ["us-east1"]}, "No file is of the Region us-east1: did you mean us-east-1?"),
        ({"regions": "eu-west-1"}, "No file is of the Region eu-west-1: there are files of ca-central-1, us-east-1."),
        ({"start": "2027-03-01"}, "There are files of 2026"),
    ],
)
def test_days_and_regions_that_leave_nothing_are_an_error(wanted, words, tmp_path):
    """Nothing read must not look like nothing found."""
    files = {name: records for name, records in FILES.items() if name != "elsewhere.json"}
    bucket = Bucket({key: log_file(*records) for key, records in files.items()})
    for source, s3 in ((write(tmp_path, files), None), ("s3://trail/AWSLogs/", bucket)):
        with pytest.raises(FileNotFoundError, match=r"No log file under .* is of the days and Regions") as raised:
            hunt(source, everything, s3=s3, **wanted)
        assert words in str(raised.value)


def test_one_region_of_several_that_has_no_file_is_said(tmp_path, caplog):
    """The others are read; several may stand in one text."""
    assert found(write(tmp_path, FILES), regions="us-east-1, us-east1") == ["event-2", "event-9"]
    assert "No file is of the Region us-east1: did you mean us-east-1?" in caplog.text
