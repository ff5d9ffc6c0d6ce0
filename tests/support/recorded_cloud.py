"""A local cloud whose calls the local trail records, and the records that it has delivered."""

import gzip
import json


def recorded(cloud):
    """Return the cloud with its trail delivering into its bucket, and what was recorded so far delivered."""
    if cloud.trail.bucket is None:
        cloud.trail.deliver_to(cloud.resource("CloudTrailBucket"))
    cloud.trail.flush()
    return cloud


def delivering_by_hand(cloud):
    """Return the cloud with a trail that delivers on flush() only: on a slow machine its timer may come in between."""
    delivery = cloud.trail._delivery
    delivery._window = 3600
    timer, delivery._timer = delivery._timer, None
    if timer:
        timer.cancel()
        timer.join()
    cloud.trail.flush()
    return cloud


def log_files(cloud):
    """Return what lies in the bucket of log files: the records, by key."""
    s3, bucket = cloud.session.client("s3"), cloud.trail.bucket
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="AWSLogs/")
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return {
        key: json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))["Records"]
        for key in keys
    }


def records_of(cloud, name):
    """Deliver what waits; return the records of an eventName, in the order of the files."""
    cloud.trail.flush()
    return [record for records in log_files(cloud).values() for record in records if record["eventName"] == name]
