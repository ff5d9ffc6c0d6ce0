"""Log files with an attack in them, and waiting for the alarm without showing it."""

import gzip
import json

from workshop.display.progress import ProgressLine


def record(number, name="DescribeLogGroups"):
    return {
        "eventID": f"event-{number}",
        "eventTime": f"2026-03-10T12:00:{number:02}Z",
        "eventSource": "logs.amazonaws.com",
        "eventName": name,
        "awsRegion": "ca-central-1",
        "sourceIPAddress": "198.51.100.7",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana"},
    }


def log_file(path, *names):
    """Write a log file with a record for each of these API calls."""
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [record(number, name) for number, name in enumerate(names)]
    path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return path


def silence():
    return ProgressLine(write=lambda line: None)
