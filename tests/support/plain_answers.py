"""Two answers in few lines, for tests that need some code in the function and do not care which."""


def deleting_logs(record):
    """Match what deletes logs."""
    return record.get("eventName") in ("DeleteLogGroup", "DeleteLogStream")


def publish_anomalies(cloudwatch, detector, count):
    """Publish how many there were."""
    if count:
        cloudwatch.put_metric_data(
            Namespace=METRIC_NAMESPACE,  # noqa: F821 - the analyzer's
            MetricData=[{"MetricName": METRIC_NAME, "Value": count, "Unit": "Count"}],  # noqa: F821
        )
