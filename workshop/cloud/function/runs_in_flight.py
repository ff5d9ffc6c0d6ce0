"""Waiting until the emulator's Lambda function is through with the log files that were just delivered.

A run that ends after its log group was deleted makes the group anew. On AWS it cannot: the function's role may not.
"""

import time
from datetime import datetime, timedelta, timezone

from botocore.exceptions import ClientError

from workshop.cloud.function.lambda_log import analyzed_since, finished_runs
from workshop.cloud.untraced import quiet

# A log file is analyzed within a second, on a busy machine within some; a run that fails is tried three times.
_RECENT = timedelta(seconds=60)
_ATTEMPTS = 3


@quiet
def wait_for_runs(cloud, bucket, *, patience=20):
    """Wait until each log file of the last minute was analyzed, or failed for good; return the keys that were not.

    `patience` is in seconds.
    """
    since = datetime.now(timezone.utc) - _RECENT
    deadline, known = time.monotonic() + patience, {}
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


def _recent_keys(cloud, bucket, since):
    prefix = f"AWSLogs/{cloud.account}/CloudTrail/"
    try:
        pages = list(cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix))
    except ClientError:
        return []
    return [
        entry["Key"]
        for page in pages
        for entry in page.get("Contents", [])
        if entry["LastModified"] > since and entry["Key"].endswith("json.gz")
    ]


def _may_be_of(run, key):
    # What fails before it names a file may be a run for this one.
    return run.is_of(key) in (True, None)
