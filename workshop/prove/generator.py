"""The activity generator's work: asked for, and waited for until the Lambda function has found its records."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from workshop.cloud.activity.generate import Activity, ActivityFailed, generate_activity
from workshop.cloud.clock import now
from workshop.cloud.cloud import Cloud, Json
from workshop.cloud.function.lambda_log import Run, finished_runs
from workshop.display.progress import ProgressLine
from workshop.logs.records import read_records

# Seconds, by target: until the instance has left its credentials for the generator, and until the trail has delivered.
_CREDENTIALS = {"local": 0, "aws": 20 * 60}
_DELIVERY = {"local": 60, "aws": 20 * 60}
_PAUSE = {"local": 0.2, "aws": 10}
# Clocks differ a little.
_SLACK = timedelta(minutes=2)
_BY_THIEF = "instance_creds_used_outside_ec2"


class StepFailed(Exception):
    """Why a step did not come out as it should."""


def make_activity(cloud: Cloud, progress: ProgressLine) -> tuple[datetime, Activity]:
    """Have the generator make its activity; return when it began to, and the Activity."""
    deadline = time.monotonic() + _CREDENTIALS[cloud.target]
    while True:
        began = now()
        try:
            return began, generate_activity(cloud)
        except ActivityFailed as error:
            if "TimeoutError" not in str(error) or time.monotonic() >= deadline:
                raise
            progress.say("The instance has not left its credentials yet; asking the generator again ...")


def records_found(cloud: Cloud, access_key: str, since: datetime, progress: ProgressLine) -> tuple[Run, str, int]:
    """Wait until the function has found records of an access key; return the run, the file's key and their number."""
    known: dict[str, Run] = {}
    read: set[str] = set()
    deadline = time.monotonic() + _DELIVERY[cloud.target]
    bucket, s3 = cloud.resource("CloudTrailBucket"), cloud.client("s3")
    while True:
        with cloud.quietly():
            for run in finished_runs(cloud, since - _SLACK, known=known):
                for key in [summary["key"] for summary in run.analyzed if summary["found"].get(_BY_THIEF)]:
                    if key in read:
                        continue
                    read.add(key)
                    records = list(read_records(f"s3://{bucket}/{key}", s3=s3, skipped=[]))
                    ours = sum(_access_key(record) == access_key for record in records)
                    if ours:
                        return run, key, ours
        if time.monotonic() >= deadline:
            raise StepFailed(
                f"the function has found no record of the generator's credentials within {_DELIVERY[cloud.target]} s"
            )
        progress.say("The generator has made its calls; waiting for their records to be delivered and analyzed ...")
        time.sleep(_PAUSE[cloud.target])


def _access_key(record: Json) -> str | None:
    identity = record.get("userIdentity")
    return identity.get("accessKeyId") if isinstance(identity, dict) else None


def counts(run: Run, key: str) -> str:
    """Return in words how many records of a file each function has matched in a run."""
    found = next(summary["found"] for summary in run.analyzed if summary["key"] == key)
    return ", ".join(f"{name} {count}" for name, count in found.items())
