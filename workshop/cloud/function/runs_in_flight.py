"""Waiting until the emulator's Lambda function is through with the log files that were just delivered.

A run that ends after its log group was deleted makes the group anew. On AWS it cannot: the function's role may not.
"""

import time
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from workshop.cloud.clock import now
from workshop.cloud.cloud import Cloud, quiet
from workshop.cloud.function.lambda_log import Run, analyzed_since, finished_runs

# A log file is analyzed within a second, on a busy machine within some; a run that fails is tried three times.
_RECENT = timedelta(seconds=60)
_ATTEMPTS = 3


@quiet
def wait_for_runs(cloud: Cloud, bucket: str, *, patience: float = 20) -> list[str]:
    """Wait until each log file of the last minute was analyzed, or failed for good; return the keys that were not.

    `patience` is in seconds.
    """
    since, deadline = now() - _RECENT, time.monotonic() + patience
    known: dict[str, Run] = {}
    pending = _recent_keys(cloud, bucket, since)
    while pending:
        try:
            analyzed = analyzed_since(cloud, since)
            pending = [key for key in pending if key not in analyzed]
            failed = [run for run in finished_runs(cloud, since, known=known) if run.error] if pending else []
        except (ClientError, KeyError):
            # The function is half made or half deleted: nothing of it runs.
            return []
        pending = [key for key in pending if sum(_may_be_of(run, key) for run in failed) < _ATTEMPTS]
        if time.monotonic() > deadline:
            break
        if pending:
            time.sleep(0.05)
    return pending


def _recent_keys(cloud: Cloud, bucket: str, since: datetime) -> list[str]:
    prefix = f"AWSLogs/{cloud.account}/CloudTrail/"
    try:
        objects = list(cloud.entries("s3", "list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix))
    except ClientError:
        return []
    return [found["Key"] for found in objects if found["LastModified"] > since and found["Key"].endswith("json.gz")]


def _may_be_of(run: Run, key: str) -> bool:
    # What fails before it names a file may be a run for this one.
    return run.is_of(key) in (True, None)
