"""Records as CloudTrail writes them, made for the cases of the exercises; ids, times and keys are new each time."""

import json
import random
import string
from typing import Any

from workshop.logs.record import Record

ACCOUNT = "111122223333"
REGION = "ca-central-1"
_HEX = "0123456789abcdef"


class Maker:
    """Makes identities and records. The same seed gives the same records; without one they are new each time."""

    def __init__(self, seed: int | None = None) -> None:
        self.random = random.Random(seed)  # noqa: S311 - sample records, no secrets

    def text(self, length: int, letters: str = _HEX) -> str:
        """Return random characters, `length` of them."""
        return "".join(self.random.choice(letters) for _ in range(length))

    def key(self, prefix: str = "ASIA") -> str:
        """Return an access key id that cannot be a real one: it ends in EXAMPLE."""
        letters = "ABCDEFGHIJLMNOPQRTUVWXYZ234567"  # no K, no S: AK and AS stand only where a case wants them
        return f"{prefix}{self.text(9, letters)}EXAMPLE"

    def instance_id(self, length: int = 17) -> str:
        """Return an EC2 instance id; the old ones have 8 characters behind the dash."""
        return "i-0" + self.text(length - 1)

    def time(self) -> str:
        """Return a moment of three days in March, as CloudTrail writes it."""
        pick = self.random.randrange
        return f"2026-03-{pick(9, 12):02}T{pick(24):02}:{pick(60):02}:{pick(60):02}Z"

    def address(self) -> str:
        """Return an address of the ranges that are reserved for documentation."""
        return f"{self.random.choice(['192.0.2', '198.51.100', '203.0.113'])}.{self.random.randrange(1, 255)}"

    def user(self, name: str = "ana", **fields: Any) -> dict[str, Any]:
        """Return the identity of an IAM user with a key that lasts."""
        return {
            "type": "IAMUser",
            "principalId": f"AIDA{self.text(10, string.ascii_uppercase)}EXAMPLE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
            "accountId": ACCOUNT,
            "accessKeyId": self.key("AKIA"),
            "userName": name,
            **fields,
        }

    def session(self, role: str = "deploy", name: str = "ana", key: str | None = None, **fields: Any) -> dict[str, Any]:
        """Return the identity of a role's session, called `name`."""
        principal = f"AROA{self.text(10, string.ascii_uppercase)}EXAMPLE"
        return {
            "type": "AssumedRole",
            "principalId": f"{principal}:{name}",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
            "accountId": ACCOUNT,
            "accessKeyId": key or self.key(),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": principal,
                    "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
                    "accountId": ACCOUNT,
                    "userName": role,
                },
                "attributes": {"creationDate": self.time(), "mfaAuthenticated": "false"},
            },
            **fields,
        }

    def instance(
        self, instance_id: str | None = None, role: str = "web-server", delivery: str | None = "2.0", **fields: Any
    ) -> dict[str, Any]:
        """Return the identity of an EC2 instance's session; `delivery` is the version of the metadata service."""
        identity = self.session(role, instance_id or self.instance_id(), **fields)
        if delivery:
            identity["sessionContext"]["ec2RoleDelivery"] = delivery
        return identity

    def service(self, name: str = "ec2.amazonaws.com") -> dict[str, Any]:
        """Return the identity of an AWS service: it has neither arn nor access key."""
        return {"type": "AWSService", "invokedBy": name}

    def record(
        self,
        source: str,
        name: str,
        identity: dict[str, Any] | None = None,
        request: Any = None,
        response: Any = None,
        **fields: Any,
    ) -> Record:
        """Return a full record of the call `name` of the service `source`; `fields` replace or add top-level fields."""
        identity = self.user() if identity is None else identity
        record = {
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": self.time(),
            "eventSource": source,
            "eventName": name,
            "awsRegion": REGION,
            "sourceIPAddress": self.address(),
            "userAgent": "aws-cli/2.27.50 md/awscrt#0.26.1 ua/2.1 os/linux#6.1 lang/python#3.13.4",
            "requestParameters": request,
            "responseElements": response,
            "requestID": self.uuid(),
            "eventID": self.uuid(),
            "readOnly": name.startswith(("Describe", "Get", "List", "Lookup", "Filter", "Head")),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": ACCOUNT,
            "eventCategory": "Management",
        }
        record.update(fields)
        return record

    def uuid(self) -> str:
        """Return an event id."""
        return "-".join(self.text(length) for length in (8, 4, 4, 4, 12))

    def insight(self) -> Record:
        """Return an Insight record: it has no eventSource, eventName, userIdentity or sourceIPAddress at its top."""
        return {
            "eventVersion": "1.11",
            "eventTime": self.time(),
            "awsRegion": REGION,
            "eventID": self.uuid(),
            "eventType": "AwsCloudTrailInsight",
            "recipientAccountId": ACCOUNT,
            "sharedEventID": self.uuid(),
            "insightDetails": {
                "state": "Start",
                "eventSource": "logs.amazonaws.com",
                "eventName": "DeleteLogStream",
                "insightType": "ApiCallRateInsight",
            },
            "eventCategory": "Insight",
        }


def without(record: Record, *paths: str) -> Record:
    """Return a copy of a record without some fields, given as paths such as "userIdentity.arn"."""
    copy: Record = json.loads(json.dumps(record))
    for path in paths:
        *parents, last = path.split(".")
        part = copy
        for parent in parents:
            part = part[parent]
        part.pop(last, None)
    return copy


def has(record: Any, path: str) -> bool:
    """Tell whether a record has something at a path, null included."""
    *outer, last = path.split(".")
    inner = value_at(record, ".".join(outer)) if outer else record
    return isinstance(inner, dict) and last in inner


def value_at(record: Any, path: str) -> Any:
    """Return the value at a path such as "userIdentity.arn", or None."""
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return record
