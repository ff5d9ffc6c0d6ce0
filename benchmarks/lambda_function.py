"""The Lambda function on one large log file, beside the 2017 handler's shape, with S3 and CloudWatch of the emulator.

What is deployed is measured: the packaged source with the model answers.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

from workshop import exercises, places
from workshop.attendee_code import packaging
from workshop.hunt_command.detector_names import default_detectors
from workshop.lake.scenario.delivery import as_text, compressed
from workshop.logs.records import read_records

BUCKET, KEY = "benchmark-logs", "AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03/12/large.json.gz"
EVENT = {"Records": [{"s3": {"bucket": {"name": BUCKET}, "object": {"key": KEY}}}]}
# AWS's prices for Lambda (x86, most Regions), from aws.amazon.com/lambda/pricing, as of 2026-11-25.
DOLLARS_A_GB_SECOND, DOLLARS_A_REQUEST = 0.0000166667, 0.20 / 1_000_000
# A function of this memory gets one processor's time, others in proportion: AWS Lambda Developer Guide, "Configure
# Lambda function memory".
MEGABYTES_A_PROCESSOR = 1_769


def large_log_file(records=4_500, anomalies=455):
    """Return the bytes of a log file with so many records of data/, of which so many match a detector."""
    detectors, sorted_out = default_detectors(), ([], [])
    with contextlib.redirect_stdout(io.StringIO()):
        for record in read_records(places.data()):
            sorted_out[any(detector(record) for detector in detectors)].append(record)
    others, matching = sorted_out
    chosen = matching[:anomalies] + others[: records - anomalies]
    return compressed(as_text({"Records": sorted(chosen, key=lambda record: record["eventTime"])}), level=6)


@contextlib.contextmanager
def lambda_room(folder, content):
    """Yield the environment of a process that runs index.py in a folder, with a log file in the emulator's S3.

    The emulator is one of its own, with its files in the folder.
    """
    import boto3

    from workshop.cloud.emulator import emulator

    folder, before = Path(folder), os.environ.get("WORKSHOP_HOME")
    (folder / "index.py").write_text(packaging.package(*exercises.model_answers()).source, encoding="utf-8")
    (folder / "event.json").write_text(json.dumps(EVENT), encoding="utf-8")
    os.environ["WORKSHOP_HOME"] = str(folder)
    try:
        running = emulator.start()
        names = {name.upper(): value for name, value in running.credentials().items()}
        named = {"region_name": "ca-central-1", "endpoint_url": running.endpoint, **running.credentials()}
        s3 = boto3.session.Session().client("s3", **named)
        with contextlib.closing(s3):
            s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
            s3.put_object(Bucket=BUCKET, Key=KEY, Body=content)
        paths = os.pathsep.join([str(folder), str(Path(__file__).parent)])
        cloud = {"AWS_ENDPOINT_URL": running.endpoint, "AWS_DEFAULT_REGION": "ca-central-1", "NO_PROXY": "127.0.0.1"}
        yield {**os.environ, **names, **cloud, "PYTHONPATH": paths}
    finally:
        emulator.stop()
        os.environ.pop("WORKSHOP_HOME")
        if before is not None:
            os.environ["WORKSHOP_HOME"] = before


def invoke(module, room, rounds=5):
    """Return what `one_invocation` measures of a module's handler in a process of its own."""
    command = [sys.executable, str(Path(__file__).parent / "one_invocation.py"), module]
    command += [str(Path(room["WORKSHOP_HOME"]) / "event.json"), str(rounds)]
    done = subprocess.run(command, env=room, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{module} failed: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


def dollars_a_million_records(seconds, records, megabytes):
    """Return what a million records cost in files like this one, by the CPU seconds that one file takes.

    Lambda rounds up to a millisecond; what a function waits for the network comes on top.
    """
    lasts = -(-seconds * 1000 // min(1.0, megabytes / MEGABYTES_A_PROCESSOR)) / 1000
    return (lasts * megabytes / 1024 * DOLLARS_A_GB_SECOND + DOLLARS_A_REQUEST) * 1_000_000 / records


def report(folder, records=4_500, anomalies=455, rounds=5):
    """Yield the lines of the report, in Markdown."""
    with lambda_room(folder, large_log_file(records, anomalies)) as room:
        ours, theirs = invoke("index", room, rounds), invoke("handler_2017", room, rounds)
    yield f"One log file of {records:,} records with {anomalies} anomalies; CPU time of the function's process.\n"
    yield "| handler | CPU s | of 2017's | PutMetricData calls | peak MB | cold start CPU s |"
    yield "|---|---|---|---|---|---|"
    for name, one in (("the kit's", ours), ("2017's shape", theirs)):
        memory = "-" if one["megabytes"] is None else f"{one['megabytes']:.0f}"
        ratio, calls = one["warm"] / theirs["warm"], one["calls"].get("PutMetricData", 0)
        yield f"| {name} | {one['warm']:.3f} | {ratio:.2f} | {calls} | {memory} | {one['cold']:.2f} |"
    yield "\n| memory of the function | seconds a file | USD a million records | 2017's shape |"
    yield "|---|---|---|---|"
    for megabytes in (128, 256, 512, 1_024, 1_769):
        lasts = ours["warm"] / min(1.0, megabytes / MEGABYTES_A_PROCESSOR)
        cost, before = (dollars_a_million_records(one["warm"], records, megabytes) for one in (ours, theirs))
        yield f"| {megabytes:,} MB | {lasts:.2f} | {cost:.4f} | {before:.4f} |"
