"""Activity worth detecting, made for real: API calls with an instance's credentials that destroy logs.

All of it happens to decoys with fixed names of their own, and nothing of it stays.
"""

import contextlib
import hashlib
import html
import json
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from workshop.cloud.connection import quiet

LOG_GROUP = "/sid341/activity-decoy"
TRAIL = "sid341-activity-decoy"
ROLE = "sid341-activity-instance-role"
_POLICY = "TamperWithTheDecoys"
_EC2 = "ec2.amazonaws.com"


@dataclass
class Activity:
    """What was done: the ARN and the access key of the stolen credentials, and every call (who, what) in order.

    `log_files` are the keys of the log files that hold the records, where the local trail delivered them at once.
    """

    arn: str = ""
    access_key: str = ""
    calls: list = field(default_factory=list)
    log_files: list = field(default_factory=list)

    def __str__(self):
        lines = [f"  {who}: {what}" for who, what in self.calls]
        return "\n".join([f"Activity with the credentials {self.arn}", *lines])

    __repr__ = __str__

    def _repr_html_(self):
        rows = "".join(
            f"<tr><td style='text-align:left'>{html.escape(who)}</td>"
            f"<td style='text-align:left'>{html.escape(what)}</td></tr>"
            for who, what in self.calls
        )
        caption = f"Activity with the credentials {html.escape(self.arn)}"
        return f"<table><caption>{caption}</caption><tr><th>who</th><th>call</th></tr>{rows}</table>"


def generate_activity(cloud):
    """Make activity that both detectors are there for, as real API calls, and return the Activity.

    A log group and a trail are created; credentials of an instance are issued to it by EC2 and then used from here,
    outside the instance: they look around, stop the trail's logging and delete both. What is left of an earlier run
    that failed is removed first, and at the end nothing stays. It can be called as often as you like.

    Raises: NotImplementedError on AWS, where this edition makes no activity; botocore's ClientError when a call fails.
    """
    if cloud.target != "local":
        raise NotImplementedError(
            "generate_activity makes activity in the local emulator only: for AWS it is not part of this edition yet. "
            'Use connect("local"), or trigger(cloud), which puts a log file of an attack into the bucket.'
        )
    activity = Activity()
    _remove_decoys(cloud, activity)
    try:
        _create_decoys(cloud, activity)
        _tamper(cloud, activity)
    finally:
        _remove_decoys(cloud, activity)
    activity.log_files = cloud.trail.flush() if cloud.trail else []
    return activity


def instance_id(cloud):
    """Return the id of the instance whose credentials are used: the same one for the same stack."""
    return "i-0" + hashlib.sha256(f"{cloud.account}/{cloud.region}/{cloud.stack}".encode()).hexdigest()[:16]


def _create_decoys(cloud, activity):
    _create_role(cloud, activity)
    call = _Caller("you", cloud.client, activity)
    call("logs", "create_log_group", logGroupName=LOG_GROUP)
    call("cloudtrail", "create_trail", Name=TRAIL, S3BucketName=cloud.resource("CloudTrailBucket"))
    call("cloudtrail", "start_logging", Name=TRAIL)


def _create_role(cloud, activity=None):
    call = _Caller("you", cloud.client, activity)
    trust = {"Effect": "Allow", "Principal": {"Service": _EC2}, "Action": "sts:AssumeRole"}
    call("iam", "create_role", RoleName=ROLE, AssumeRolePolicyDocument=_policy([trust]))
    call("iam", "put_role_policy", RoleName=ROLE, PolicyName=_POLICY, PolicyDocument=_policy(_allowed(cloud)))


def _allowed(cloud):
    """Return what the instance's role may do: look around, and what happens to the decoys."""
    where = f"{cloud.region}:{cloud.account}"
    return [
        {
            "Effect": "Allow",
            "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"],
            "Resource": f"arn:aws:cloudtrail:{where}:trail/{TRAIL}",
        },
        {
            "Effect": "Allow",
            "Action": "logs:DeleteLogGroup",
            "Resource": [f"arn:aws:logs:{where}:log-group:{LOG_GROUP}{end}" for end in ("", ":*")],
        },
        {"Effect": "Allow", "Action": ["cloudtrail:DescribeTrails", "logs:DescribeLogGroups"], "Resource": "*"},
    ]


def _stolen(cloud, activity=None):
    """Have credentials issued to the instance; return its session's ARN, and them as a client's keyword arguments."""
    # EC2 issues an instance's credentials, and that is what CloudTrail records: an AssumeRole invoked by EC2. In the
    # emulator the kit makes this call in EC2's place.
    with cloud.trail.on_behalf_of(_EC2) if cloud.trail else contextlib.nullcontext():
        issued = _Caller("EC2", cloud.client, activity)(
            "sts",
            "assume_role",
            RoleArn=f"arn:aws:iam::{cloud.account}:role/{ROLE}",
            RoleSessionName=instance_id(cloud),
        )
    return issued["AssumedRoleUser"]["Arn"], {
        "aws_access_key_id": issued["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": issued["Credentials"]["SecretAccessKey"],
        "aws_session_token": issued["Credentials"]["SessionToken"],
    }


def _tamper(cloud, activity):
    activity.arn, credentials = _stolen(cloud, activity)
    activity.access_key = credentials["aws_access_key_id"]
    call = _Caller("the thief", lambda service: cloud.session.client(service, **credentials), activity)
    call("sts", "get_caller_identity")
    call("cloudtrail", "describe_trails")
    call("logs", "describe_log_groups", logGroupNamePrefix=LOG_GROUP)
    call("cloudtrail", "stop_logging", Name=TRAIL)
    call("cloudtrail", "delete_trail", Name=TRAIL)
    call("logs", "delete_log_group", logGroupName=LOG_GROUP)


def _remove_decoys(cloud, activity):
    """Delete the decoys that are there. Looks before it deletes: a failed Delete would be a record of an attempt."""
    call = _Caller("you, cleaning up", cloud.client, activity)
    trail, group, policies = _decoys_left(cloud)
    if trail:
        call("cloudtrail", "delete_trail", Name=TRAIL)
    if group:
        call("logs", "delete_log_group", logGroupName=LOG_GROUP)
    if policies is not None:
        for name in policies:
            call("iam", "delete_role_policy", RoleName=ROLE, PolicyName=name)
        call("iam", "delete_role", RoleName=ROLE)


@quiet
def _decoys_left(cloud):
    """Tell whether the decoys are there: trail, log group, and the role's policies, or None where it is not there."""
    trails = cloud.client("cloudtrail").describe_trails(trailNameList=[TRAIL])["trailList"]
    groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]
    try:
        policies = cloud.client("iam").list_role_policies(RoleName=ROLE)["PolicyNames"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        policies = None
    return bool(trails), any(group["logGroupName"] == LOG_GROUP for group in groups), policies


class _Caller:
    """Makes calls and notes them down in the activity."""

    def __init__(self, who, client, activity):
        self._who = who
        self._client = client
        self._activity = activity

    def __call__(self, service, operation, **parameters):
        client = self._client(service)
        answer = getattr(client, operation)(**parameters)
        if self._activity is not None:
            self._activity.calls.append((self._who, f"{service}:{client.meta.method_to_api_mapping[operation]}"))
        return answer


def _policy(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
