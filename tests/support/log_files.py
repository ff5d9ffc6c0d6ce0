"""Small CloudTrail log files for tests, and the plain way to read them that the fast ways are compared with."""

import gzip
import json


def record(number=1, **fields):
    """Return a record as CloudTrail writes it; keywords replace or add fields, `...` takes one away."""
    made = {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:i-0123456789abcdef0",
            "arn": "arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0",
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/web", "userName": "web"},
                "attributes": {"creationDate": "2026-03-10T11:00:00Z", "mfaAuthenticated": "false"},
                "ec2RoleDelivery": "2.0",
            },
        },
        "eventTime": f"2026-03-10T12:00:{number % 60:02}Z",
        "eventSource": "logs.amazonaws.com",
        "eventName": "DescribeLogGroups",
        "awsRegion": "ca-central-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15.0",
        "requestParameters": {"limit": 50},
        "responseElements": None,
        "eventID": f"event-{number}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }
    made.update(fields)
    return {name: value for name, value in made.items() if value is not ...}


def log_file(*records):
    """Return the bytes of a log file with these records, gzipped as CloudTrail delivers it."""
    return gzip.compress(json.dumps({"Records": list(records)}).encode(), mtime=0)


def write(folder, files):
    """Write {name: bytes or records} below a folder; return the folder as text."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else log_file(*content))
    return str(folder)
