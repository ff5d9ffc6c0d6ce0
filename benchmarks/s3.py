"""A hunt in a bucket beside the same hunt in a folder: what fetching adds, and what several requests at a time save.

The bucket is the local emulator's, which is no distance away. So some hunts have a distance put in: each request waits
first for as long as S3 takes to answer.
"""

import contextlib
import functools
import os
import statistics
import time
from collections import Counter

from workshop.hunting.hunt import hunt
from workshop.lake.year import generate_year
from workshop.logs.s3_cache import S3Cache

_BUCKET, _DISTANCE = "a-year-of-logs", 0.03  # seconds


def lines(folder, records=20_000, rounds=3):
    """Yield the lines of a table: seconds and requests of hunts over the same files, here and in the bucket."""
    year = generate_year(records, folder / "year", progress=False)
    with _emulator(folder / "home") as new_client:
        near, _ = _counted(new_client())
        near.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": near.meta.region_name})
        for path in year.folder.rglob("*.json.gz"):
            near.put_object(Bucket=_BUCKET, Key=path.relative_to(year.folder).as_posix(), Body=path.read_bytes())
        yield f"{year.records:,} records in {year.files} files; medians of {rounds} rounds.\n"
        yield "| where | seconds | GET | LIST |"
        yield "|---|---|---|---|"
        yield _line("a folder", rounds, str(year.folder), None, Counter())
        address = f"s3://{_BUCKET}/"
        yield _line("a bucket", rounds, address, *_counted(new_client()))
        away, requests = _counted(new_client(), _DISTANCE)
        yield _line(f"a bucket, {_DISTANCE * 1000:.0f} ms away", rounds, address, away, requests)
        cache = S3Cache(away, folder / "cache")
        _hunt(address, cache)
        yield _line("the same, kept on disk by an earlier hunt (`S3Cache`)", rounds, address, cache, requests)
        week = {"start": "2025-06-02", "end": "2025-06-08", "regions": ["us-east-1"]}
        yield _line("a week of one Region (`start=`, `end=`, `regions=`)", rounds, address, away, requests, **week)


def _hunt(source, s3, **options):
    from benchmarks.contestants import detectors

    return hunt(source, *detectors(), s3=s3, progress=False, **options)


def _line(name, rounds, source, s3, requests, **options):
    times = []
    requests.clear()
    for _ in range(rounds):
        began = time.perf_counter()
        _hunt(source, s3, **options)
        times.append(time.perf_counter() - began)
    each = [f"{requests[kind] // rounds:,}" for kind in ("GetObject", "ListObjectsV2")]
    return f"| {name} | {statistics.median(times):.2f} | {' | '.join(each)} |"


@contextlib.contextmanager
def _emulator(home):
    """Run an emulator of the benchmark's own; the value is a function that makes an S3 client of it."""
    from workshop.cloud.emulator import emulator

    before = os.environ.get("WORKSHOP_HOME")
    os.environ["WORKSHOP_HOME"] = str(home)
    try:
        yield functools.partial(_new_client, emulator.start())
    finally:
        emulator.stop()
        os.environ.pop("WORKSHOP_HOME")
        if before is not None:
            os.environ["WORKSHOP_HOME"] = before


def _new_client(running):
    import boto3
    from botocore.config import Config

    from workshop.cloud.emulator import ministack_process as ministack

    session = boto3.session.Session(**running.credentials(), region_name=ministack.REGION)
    config = Config(proxies={}, s3={"addressing_style": "path"})
    return session.client("s3", endpoint_url=running.endpoint, config=config)


def _counted(client, distance=0):
    """Return (the client, a Counter of its requests by name); each waits for some seconds first."""
    requests = Counter()

    def before_send(request, event_name, **more):
        requests[event_name.rpartition(".")[2]] += 1
        time.sleep(distance)

    client.meta.events.register("before-send.s3", before_send)
    return client, requests
