"""Finding log files: folders, buckets, and what is said when there are none."""

import os
import pathlib
import sys
import threading

import pytest
from log_files import log_file, record, write

from workshop.hunt_command.report import hunt_report
from workshop.logs import addresses, buckets, files
from workshop.logs.files import find_log_files
from workshop.logs.records import read_records
from workshop.logs.table.events import load_events, record_of
from workshop.logs.tally import Tally

DAY = "AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03/10"


@pytest.fixture
def bucket(cloud):
    """A new bucket of the emulator, as (client, name, a function that fills it)."""
    s3 = cloud.client("s3")
    name = "logs-room-of-the-tests"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})

    def fill(objects):
        for key, body in objects.items():
            s3.put_object(Bucket=name, Key=key, Body=body)

    return s3, name, fill


def test_a_folder_is_searched_to_its_depths_in_the_order_of_paths(tmp_path):
    """Log files of all four kinds are found, sorted; other files are none of ours."""
    folder = write(tmp_path, dict.fromkeys(["b/2.json", "b/1.json.gz", "a/x/9.jsonl", "z.jsonl.gz", "labels.csv"], b""))
    found = find_log_files(folder)
    assert [os.path.relpath(path, folder).replace(os.sep, "/") for path in found] == [
        "a/x/9.jsonl",
        "b/1.json.gz",
        "b/2.json",
        "z.jsonl.gz",
    ]


def test_paths_stay_relative_as_they_were_given(tmp_path, monkeypatch):
    """`hunt data` speaks of data/…, wherever the checkout lies."""
    write(tmp_path, {"data/1.json.gz": []})
    monkeypatch.chdir(tmp_path)
    assert find_log_files("data") == [os.path.join("data", "1.json.gz")]
    assert find_log_files("data/") == [os.path.join("data", "1.json.gz")]


def test_a_file_named_itself_may_be_called_anything(tmp_path):
    """Whoever names a file wants it read."""
    folder = write(tmp_path, {"copy of log": [record()]})
    assert len(list(read_records(os.path.join(folder, "copy of log")))) == 1


def test_several_sources_are_read_in_their_order_and_no_file_twice(tmp_path):
    """A folder and a file in it overlap; the file counts once."""
    write(tmp_path, {"b/1.json.gz": [record(1)], "a/2.json.gz": [record(2)]})
    sources = [tmp_path / "b", tmp_path / "a", tmp_path / "b" / "1.json.gz"]
    assert [found["eventID"] for found in read_records(sources)] == ["event-1", "event-2"]


def test_digest_files_are_no_log_files(tmp_path):
    """CloudTrail's digests lie in the same bucket and hold no records: counted, not complained about."""
    digest = b'{"digestStartTime": "2026-03-10T12:00:00Z", "digestS3Bucket": "trail"}'
    folder = write(
        tmp_path,
        {
            f"{DAY}/1.json.gz": [record()],
            f"{DAY}/moved-here.json.gz": digest,
            f"{DAY.replace('CloudTrail', 'CloudTrail-Digest')}/2.json.gz": digest,
        },
    )
    events = load_events(folder)
    assert len(events) == 1
    assert (events.attrs["files"], events.attrs["digests"], events.attrs["skipped"]) == (1, 2, [])
    with pytest.raises(FileNotFoundError, match="1 digest files, which hold no records"):
        find_log_files(tmp_path / "AWSLogs/111122223333/CloudTrail-Digest")


def test_a_folder_without_log_files_says_what_is_there_and_guesses(tmp_path):
    """The error names what was looked for, what was found, and the neighbour that was probably meant."""
    write(tmp_path, {"day1/1.json.gz": [], "day2/a.csv": b"", "day2/b.csv": b"", "day3/c.txt": b""})
    with pytest.raises(FileNotFoundError) as raised:
        load_events(tmp_path / "day2")
    text = str(raised.value)
    assert text.startswith(f"No CloudTrail log files under {tmp_path / 'day2'} (looked for *.json.gz, ")
    assert text.endswith(f"found 2 .csv files). Did you mean {tmp_path / 'day1'}?")


def test_a_misspelt_source_is_an_error_with_a_guess(tmp_path):
    """Also when the slip is in the middle of the path; and it is raised at the call, not at the first record."""
    write(tmp_path, {"logs/today/1.json.gz": []})
    with pytest.raises(FileNotFoundError, match=r"There is no file or folder .*Did you mean .*logs.today.$"):
        read_records(tmp_path / "logs" / "todya")
    with pytest.raises(FileNotFoundError, match=r"Did you mean .*logs.$"):
        hunt_report(tmp_path / "lgos" / "today", bool)


@pytest.mark.parametrize("source", [None, 7, len, [3]])
def test_something_that_is_no_source_is_a_type_error(source):
    """hunt(detector, source) is an easy slip."""
    with pytest.raises(TypeError, match="A source of log files is"):
        find_log_files(source)


def test_an_empty_list_of_sources_is_an_error():
    """Nothing to read is not the same as nothing found."""
    with pytest.raises(FileNotFoundError, match="the list of sources is empty"):
        load_events([])


def test_a_folder_or_file_that_cannot_be_read_is_listed(tmp_path, monkeypatch):
    """Missing permissions cost what they protect, and are said."""
    folder = write(tmp_path, {"1.json.gz": [record()], "secret/2.json.gz": [record(2)], "gone.json.gz": []})
    scandir = os.scandir

    def guarded(path):
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    tally = Tally()
    paths = find_log_files(folder, tally=tally)
    os.remove(os.path.join(folder, "gone.json.gz"))
    assert [path for path, _ in files.read_files(paths, tally)] == [os.path.join(folder, "1.json.gz")]
    reasons = {os.path.relpath(entry["path"], folder): entry["reason"] for entry in tally.skipped}
    assert reasons["secret"] == "folder could not be read: Permission denied"
    assert reasons["gone.json.gz"].startswith("could not be fetched: ")


def test_a_bucket_reads_like_a_folder(bucket, tmp_path):
    """Same records, same columns, same way back to the full record; keys with spaces and signs included."""
    s3, name, fill = bucket
    content = {
        f"{DAY}/1.json.gz": log_file(record(1), record(2)),
        f"{DAY}/a+b c=é.json.gz": log_file(record(3), record(1)),
        f"{DAY}/broken.json.gz": b"\x1f\x8bno",
        "AWSLogs/111122223333/CloudTrail-Digest/ca-central-1/1.json.gz": b"{}",
        "AWSLogs/notes.txt": b"hello",
    }
    fill(content)
    there = load_events(f"s3://{name}/AWSLogs", s3=s3)
    here = load_events(write(tmp_path, content))
    assert there.drop(columns="logFile").equals(here.drop(columns="logFile"))
    assert there.attrs["digests"] == 1
    assert [entry["path"] for entry in there.attrs["skipped"]] == [f"s3://{name}/{DAY}/broken.json.gz"]
    last = there[there["eventID"] == "event-3"].index[0]
    assert record_of(there, last) == record(3)  # without being told the client again
    assert [found["eventID"] for found in read_records(f"s3://{name}/{DAY}/1.json.gz", s3=s3)] == ["event-1", "event-2"]


def test_a_bucket_of_more_than_one_page_is_read_whole(bucket):
    """S3 lists a thousand keys at a time."""
    s3, name, fill = bucket
    fill({f"logs/{number:04}.json.gz": b"" for number in range(1003)})
    assert len(find_log_files(f"s3://{name}/logs/", s3=s3)) == 1003


def test_connecting_gives_s3_sources_their_client(bucket, monkeypatch):
    """Notebooks say load_events("s3://…") and no more."""
    s3, name, fill = bucket
    fill({"1.json.gz": log_file(record())})
    monkeypatch.setattr(buckets, "connected_client", s3)
    events = load_events(f"s3://{name}")
    assert record_of(events, 0) == record()


def test_s3_without_a_connection_says_what_to_do(monkeypatch):
    """No client is made behind the reader's back: that could be a real account."""
    monkeypatch.setattr(buckets, "connected_client", None)
    with pytest.raises(ConnectionError, match=r"needs an S3 client.*connect\(\)"):
        load_events("s3://somewhere/logs")


def test_a_wrong_bucket_or_prefix_is_an_error_with_a_guess(bucket):
    """As for folders."""
    s3, name, fill = bucket
    fill({"day1/1.json.gz": b"", "day2/x.csv": b"?"})
    with pytest.raises(FileNotFoundError, match="There is no bucket no-such-bucket-here"):
        load_events("s3://no-such-bucket-here/x", s3=s3)
    with pytest.raises(FileNotFoundError, match=rf"found 1 \.csv files\)\. Did you mean s3://{name}/day1/\?"):
        load_events(f"s3://{name}/day2/", s3=s3)
    with pytest.raises(FileNotFoundError, match="found nothing"):
        load_events(f"s3://{name}/elsewhere", s3=s3)


def test_an_object_that_cannot_be_fetched_is_listed(bucket):
    """One object deleted between listing and reading costs nothing else."""
    s3, name, fill = bucket
    fill({"1.json.gz": log_file(record(1)), "2.json.gz": log_file(record(2))})
    paths, tally = find_log_files(f"s3://{name}", s3=s3), Tally()
    s3.delete_object(Bucket=name, Key="1.json.gz")
    assert [path for path, _ in files.read_files(paths, tally, s3=s3)] == [f"s3://{name}/2.json.gz"]
    assert [(entry["path"], entry["index"]) for entry in tally.skipped] == [(f"s3://{name}/1.json.gz", None)]
    assert "NoSuchKey" in tally.skipped[0]["reason"]


needs_links = pytest.mark.skipif(os.name == "nt", reason="Windows makes symbolic links for administrators only")


@needs_links
def test_links_are_followed_once(tmp_path):
    """A year on another disk is read; a link back into the folder, or around in a circle, is counted."""
    folder = write(tmp_path, {"logs/1.json.gz": [record(1)], "disk/2.json.gz": [record(2)]})
    logs = os.path.join(folder, "logs")
    os.symlink(os.path.join(folder, "disk"), os.path.join(logs, "linked"))
    os.symlink(logs, os.path.join(folder, "disk", "back"))
    os.symlink("nowhere", os.path.join(logs, "gone.json.gz"))
    skipped = []
    assert [one["eventID"] for one in read_records(logs, skipped=skipped)] == ["event-1", "event-2"]
    assert [os.path.basename(entry["path"]) for entry in skipped] == ["gone.json.gz"]
    assert load_events(logs).attrs["passed_over"] == {"links to folders that were read already": 1}


@needs_links
def test_links_that_lead_nowhere_are_listed_and_stop_nothing(tmp_path):
    """A disk that is not mounted looks so, whatever the link's name; in a folder as in a pattern."""
    folder = write(tmp_path, {"1.json.gz": [record(1)]})
    for name, where in (("disk", "/nowhere/disk"), ("gone.json.gz", "nowhere"), ("round", "round")):
        os.symlink(where, os.path.join(folder, name))
    for source in (folder, os.path.join(folder, "*")):
        events = load_events(source)
        assert len(events) == 1
        listed = sorted(os.path.basename(entry["path"]) for entry in events.attrs["skipped"])
        assert listed == ["disk", "gone.json.gz", "round"]
        assert events.attrs["passed_over"] == {}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("S3://logs/AWSLogs/", "s3://logs/AWSLogs/"),
        ("arn:aws:s3:::logs/AWSLogs/", "s3://logs/AWSLogs/"),
        ("arn:aws-us-gov:s3:::logs", "s3://logs"),
        ("https://logs.s3.us-east-1.amazonaws.com/AWSLogs/a%20b.json.gz", "s3://logs/AWSLogs/a b.json.gz"),
        ("https://my.logs.s3.amazonaws.com/x", "s3://my.logs/x"),
        ("https://s3.eu-west-1.amazonaws.com/logs/x", "s3://logs/x"),
        (
            "https://us-east-1.console.aws.amazon.com/s3/buckets/logs?prefix=AWSLogs/&region=us-east-1",
            "s3://logs/AWSLogs/",
        ),
        ("https://s3.console.aws.amazon.com/s3/object/logs?prefix=AWSLogs%2F1.json.gz", "s3://logs/AWSLogs/1.json.gz"),
        ("C://odd/but/a/path", "C://odd/but/a/path"),
    ],
)
def test_the_ways_to_write_an_address_are_one(written, meant):
    """What the S3 console's buttons copy is what people paste."""
    assert addresses.plain(written) == meant


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/logs", "gs://b/x", "ftp://host/x", "hdfs://x", "s3:/b/x", "arn:aws:s3:::",
        "arn:aws:cloudtrail:us-east-1:111122223333:trail/t",
    ],
)  # fmt: skip
def test_an_address_that_leads_elsewhere_says_what_to_give(address):
    """A page is no folder, and neither is a trail."""
    with pytest.raises(ValueError, match="give s3://bucket/prefix, or a file or folder"):
        load_events(address)


def test_a_pattern_or_an_empty_object_of_a_bucket_hides_nothing(bucket):
    """Patterns are for local files, which the error says; an empty object stands for a folder."""
    s3, name, fill = bucket
    fill({"kept": b"", "kept/1.json.gz": log_file(record())})
    assert len(load_events(f"s3://{name}/kept", s3=s3)) == 1
    with pytest.raises(FileNotFoundError, match="Patterns are for local files"):
        load_events(f"s3://{name}/**/*.json.gz", s3=s3)


@needs_links
def test_a_folder_that_is_named_in_two_ways_is_read_once(tmp_path, monkeypatch):
    """Nobody delivered its records twice."""
    folder = write(tmp_path, {"logs/1.json.gz": [record(1)], "logs/day/2.json.gz": [record(2)]})
    monkeypatch.chdir(folder)
    os.symlink("logs", "link")
    for twice in (["logs", os.path.join(folder, "logs")], ["link", "logs"], ["logs/*", "logs"]):
        attrs = load_events(twice).attrs
        assert (attrs["files"], attrs["duplicates"]) == (2, 0)


def test_patterns_and_file_addresses_are_sources(tmp_path):
    """A notebook has no shell that would expand the pattern."""
    folder = write(tmp_path, {"a/1.json.gz": [record(1)], "b/2.json.gz": [record(2)], "b/[3].json": [record(3)]})
    assert len(load_events(os.path.join(folder, "*", "*.json.gz"))) == 2
    assert len(load_events(os.path.join(folder, "b", "[3].json"))) == 1  # a file that is there is meant itself
    assert len(load_events(pathlib.Path(folder).as_uri())) == 3
    with pytest.raises(FileNotFoundError, match="No file or folder is called like"):
        load_events(os.path.join(folder, "*.zip"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes in the file system")
def test_a_pipe_is_read_once_and_kept(tmp_path):
    """A row finds its way back to its record, though the pipe is dry."""
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: pathlib.Path(path).write_bytes(log_file(record(1))))
    writer.start()
    events = load_events(path)
    writer.join()
    assert record_of(events, 0) == record(1)


def test_standard_input_is_a_source(tmp_path, monkeypatch):
    """`aws s3 cp … - | workshop hunt -` needs no file. What was read is kept: the way back to a record works."""
    (tmp_path / "logs").write_bytes(log_file(record(1)))
    files.read_piped.cache_clear()
    with (tmp_path / "logs").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        events = load_events("-")
    assert record_of(events, 0) == record(1)


def test_objects_that_hold_nothing_are_counted(bucket):
    """The console makes an object for each folder; other services put their own logs beside."""
    s3, name, fill = bucket
    fill(
        {"logs/": b"", "logs/1.json.gz": log_file(record()), "logs/2026-03-10-12-00-00-0123456789ABCDEF": b"79a5 logs"}
    )
    fill({"logs/stream-1-2026-03-10-12-00-00-01234567-89ab-cdef-0123-456789abcdef": log_file(record(2))})
    events = load_events(f"s3://{name}/logs/", s3=s3)
    assert len(events) == 2
    assert events.attrs["passed_over"] == {"placeholder objects": 1}
    assert events.attrs["not_opened"] == {"files without a suffix": 1}
    fill({"logs/_SUCCESS": b"", "logs/x/aws-logs-write-test": b"Permission Check Successful", "logs/old.tar.xz": b"?"})
    attrs = load_events(f"s3://{name}/logs/", s3=s3).attrs
    assert attrs["passed_over"] == {"empty objects": 1, "placeholder objects": 1, "test files of CloudWatch Logs": 1}
    assert attrs["not_opened"] == {".xz files": 1, "files without a suffix": 1}
