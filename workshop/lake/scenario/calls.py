"""What an API call looks like in a CloudTrail record; the calls themselves stand in the tables api_*.py."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .company import ACCOUNT, GLOBAL
from .things import Things

# Makes an element of a record out of the things that the call is about.
Maker = Callable[[Things], Any]

# Name in the SDKs: (eventSource without .amazonaws.com, eventVersion, endpoint; "" where the call is a sign-in).
SERVICES = {
    "acm": ("acm", "1.08", "acm.{region}.amazonaws.com"),
    "apigateway": ("apigateway", "1.09", "apigateway.{region}.amazonaws.com"),
    "athena": ("athena", "1.10", "athena.{region}.amazonaws.com"),
    "autoscaling": ("autoscaling", "1.11", "autoscaling.{region}.amazonaws.com"),
    "backup": ("backup", "1.10", "backup.{region}.amazonaws.com"),
    "ce": ("ce", "1.08", "ce.us-east-1.amazonaws.com"),
    "cloudformation": ("cloudformation", "1.11", "cloudformation.{region}.amazonaws.com"),
    "cloudfront": ("cloudfront", "1.11", "cloudfront.amazonaws.com"),
    "cloudtrail": ("cloudtrail", "1.11", "cloudtrail.{region}.amazonaws.com"),
    "cloudwatch": ("monitoring", "1.11", "monitoring.{region}.amazonaws.com"),
    "config": ("config", "1.11", "config.{region}.amazonaws.com"),
    "dynamodb": ("dynamodb", "1.11", "dynamodb.{region}.amazonaws.com"),
    "ec2": ("ec2", "1.11", "ec2.{region}.amazonaws.com"),
    "ecr": ("ecr", "1.11", "api.ecr.{region}.amazonaws.com"),
    "elbv2": ("elasticloadbalancing", "1.11", "elasticloadbalancing.{region}.amazonaws.com"),
    "events": ("events", "1.10", "events.{region}.amazonaws.com"),
    "guardduty": ("guardduty", "1.11", "guardduty.{region}.amazonaws.com"),
    "health": ("health", "1.08", "health.us-east-1.amazonaws.com"),
    "iam": ("iam", "1.11", "iam.amazonaws.com"),
    "kms": ("kms", "1.11", "kms.{region}.amazonaws.com"),
    "lambda": ("lambda", "1.11", "lambda.{region}.amazonaws.com"),
    "logs": ("logs", "1.11", "logs.{region}.amazonaws.com"),
    "organizations": ("organizations", "1.09", "organizations.us-east-1.amazonaws.com"),
    "rds": ("rds", "1.11", "rds.{region}.amazonaws.com"),
    "resourcegroupstaggingapi": ("tagging", "1.10", "tagging.{region}.amazonaws.com"),
    "route53": ("route53", "1.11", "route53.amazonaws.com"),
    "s3": ("s3", "1.11", "s3.{region}.amazonaws.com"),
    "secretsmanager": ("secretsmanager", "1.11", "secretsmanager.{region}.amazonaws.com"),
    "ses": ("ses", "1.08", "email.{region}.amazonaws.com"),
    "signin": ("signin", "1.08", ""),
    "sns": ("sns", "1.08", "sns.{region}.amazonaws.com"),
    "sqs": ("sqs", "1.11", "sqs.{region}.amazonaws.com"),
    "ssm": ("ssm", "1.11", "ssm.{region}.amazonaws.com"),
    "stepfunctions": ("states", "1.11", "states.{region}.amazonaws.com"),
    "sts": ("sts", "1.08", "sts.{region}.amazonaws.com"),
}

# Their records are us-east-1's, wherever the caller is.
GLOBAL_SERVICES = ("ce", "cloudfront", "health", "iam", "organizations", "route53", "signin")

_READS = ("Describe", "List", "Get", "Lookup", "BatchGet", "BatchCheck", "Head", "AssumeRole", "Decrypt", "Generate")


@dataclass(frozen=True, eq=False)
class Call:
    """One API call: `request`, `response`, `resources` and `extra` make those elements of a record, or are None."""

    service: str
    name: str
    request: Maker | None = None
    response: Maker | None = None
    resources: Maker | None = None
    read: bool | None = None
    event_type: str = "AwsApiCall"
    extra: Maker | None = None

    @property
    def key(self) -> str:
        """Return the name that actors use: "ec2:DescribeInstances"."""
        return f"{self.service}:{self.name}"

    @property
    def operation(self) -> str:
        """Return the API's own name, without the date that some recorded names carry."""
        return re.sub(r"20\d{6}(v\d+)?$", "", self.name)

    @property
    def reads(self) -> bool:
        """Return whether the call changes nothing."""
        return self.name.startswith(_READS) if self.read is None else self.read

    @property
    def region(self) -> str | None:
        """Return the Region that the call is always recorded in, or None."""
        return GLOBAL if self.service in GLOBAL_SERVICES else None

    @property
    def command(self) -> str:
        """Return the call as the AWS CLI names it in its user agent: "logs.delete-log-group"."""
        return f"{self.service}.{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '-', self.operation).lower()}"


def alike(service: str, names: str, request: Maker | None = None) -> tuple[Call, ...]:
    """Return the calls of a service that take the same parameters, given their names in a text."""
    return tuple(Call(service, name, request) for name in names.split())


def resource(arn: str, kind: str) -> dict[str, str]:
    """Return one entry of a record's `resources`."""
    return {"accountId": ACCOUNT, "type": kind, "ARN": arn}


def items(*values: dict[str, Any]) -> dict[str, Any]:
    """Return a list as EC2's records write it."""
    return {"items": list(values)}


def tag(key: str, value: str) -> dict[str, str]:
    """Return one tag as most services' records write it."""
    return {"key": key, "value": value}
