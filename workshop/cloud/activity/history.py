"""CloudTrail's Event history as a DataFrame: what happened in the account lately, in both worlds."""

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from workshop import places
from workshop.cloud.clock import now
from workshop.cloud.cloud import Cloud, Json
from workshop.cloud.trail.spelling import GLOBAL_REGION
from workshop.display.progress import ProgressLine
from workshop.logs.table.events import load_events

# Sources whose records are us-east-1's, wherever the caller is.
_GLOBAL_SOURCES = {
    f"{source}.amazonaws.com" for source in ("cloudfront", "iam", "organizations", "route53", "signin", "sts")
}


def lookup_history(
    cloud: Cloud, *, hours: float = 24, most: int = 1000, progress: ProgressLine | None = None
) -> pd.DataFrame:
    """Return the latest management events of the account as a DataFrame with load_events' columns, newest first.

    On AWS they come from CloudTrail's Event history (LookupEvents, for the cloud's Region, and for us-east-1 the
    global services; some minutes late, two pages of 50 a second). Locally they are read from the log files in the
    stack's bucket, so files that were put there by hand count too. Either way events of the last `hours` hours (by
    eventTime), `most` at the most. `record_of(history, i)` gives a row's full record.

    Raises: botocore's ClientError when the account may not be asked; LookupError when the local stack is gone.
    """
    since = now() - timedelta(hours=hours)
    events = _local(cloud) if cloud.target == "local" else _on_aws(cloud, since, most, progress or ProgressLine())
    attrs = events.attrs
    events = events[events["eventTime"] >= since].iloc[::-1].iloc[:most].reset_index(drop=True)
    events.attrs = attrs
    return events


def _local(cloud: Cloud) -> pd.DataFrame:
    if cloud.trail:
        cloud.trail.flush()
    try:
        bucket = cloud.resource("CloudTrailBucket")
        source = f"s3://{bucket}/AWSLogs/{cloud.account}/CloudTrail/"
        return load_events(source, s3=cloud.client("s3"))
    except KeyError as error:
        raise LookupError(f"The stack {cloud.stack} has no bucket of log files to read. connect() first.") from error
    except FileNotFoundError:
        # Nothing has been delivered yet.
        return load_events(str(_kept([])))


def _on_aws(cloud: Cloud, since: datetime, most: int, progress: ProgressLine) -> pd.DataFrame:
    records: list[Json] = []
    for region in dict.fromkeys((cloud.region, GLOBAL_REGION)):
        client = cloud.session.client("cloudtrail", region_name=region)
        pages = client.get_paginator("lookup_events").paginate(
            StartTime=since, PaginationConfig={"MaxItems": most, "PageSize": 50}
        )
        for page in pages:
            found = [json.loads(event["CloudTrailEvent"]) for event in page["Events"]]
            if region != cloud.region:
                found = [record for record in found if record.get("eventSource") in _GLOBAL_SOURCES]
            records += found
            progress.say(f"Reading the Event history of {region}: {len(records)} events ...")
    progress.done(f"{len(records)} events of the last hours, from the Event history.")
    return load_events(str(_kept(records)))


def _kept(records: list[Json]) -> Path:
    """Write records into a log file of their own, from which record_of can read them back; return its path."""
    folder = places.state() / "history"
    folder.mkdir(exist_ok=True)
    path = folder / f"{now():%Y%m%dT%H%M%S%f}.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return path
