"""The shape of the 2017 workshop's handler, for comparison: written anew from how its guide describes it.

Each invocation makes its clients, parses a gzipped file object, and publishes each match by a call of its own. The
detectors are those of the function that it is compared with, so that only the machinery differs.
"""

import gzip
import io
import json
from urllib.parse import unquote_plus

import boto3
import index


def handler(event, context):
    session = boto3.session.Session()
    cloudwatch = session.client("cloudwatch")
    for bucket, key in locations(event):
        for record in records_of(session, bucket, key):
            for function in index.analysis_functions:
                if function(record):
                    cloudwatch.put_metric_data(
                        Namespace=index.METRIC_NAMESPACE,
                        MetricData=[{"MetricName": index.METRIC_NAME, "Value": 1, "Unit": "Count"}],
                    )


def locations(event):
    for notification in event["Records"]:
        yield notification["s3"]["bucket"]["name"], unquote_plus(notification["s3"]["object"]["key"])


def records_of(session, bucket, key):
    body = session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        return json.load(file)["Records"]
