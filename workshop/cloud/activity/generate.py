"""Activity worth detecting, made for real: API calls with an instance's credentials that destroy logs.

All of it happens to decoys with fixed names of their own, and nothing of it stays. workshop/activity_generator.py says
what is called, in which order. On AWS that is a Lambda function, which is invoked. Locally it runs here, so that the
local trail sees the calls.
"""

import contextlib
import hashlib
import html
import json
from dataclasses import dataclass, field

from botocore.config import Config

from workshop import activity_generator
from workshop.activity_generator import caller
from workshop.cloud.cloud import Cloud, quiet
from workshop.display.boxes import table

# The stack's role for the instance whose credentials are used.
ROLE = "ActivityGenInstanceRole"
_FUNCTION = "ActivityGenLambdaFunc"
_EC2 = "ec2.amazonaws.com"
# Seconds: as long as the Lambda function may take, and a little more.
_PATIENCE = 200


_LEFT = {
    activity_generator.TRAIL: (
        f"the trail {activity_generator.TRAIL}. It was never started, so it costs nothing, but CloudTrail allows only "
        "five trails in a Region. Ask the people who run the organization to delete it; until then no other is made."
    ),
    activity_generator.LOG_GROUP: f"the log group {activity_generator.LOG_GROUP}, which costs next to nothing.",
}


class ActivityFailed(RuntimeError):
    """Why there was no activity, or not all of it, and what to do about it."""


@dataclass
class Activity:
    """What was done: the ARN and the access key of the stolen credentials, and every call (who, what) in order.

    `log_files` are the keys of the log files that hold the records, where the local trail delivered them at once.
    `denied` is AWS's word for why it was not all done, or "". `left` then names the decoys that are still there.
    """

    arn: str = ""
    access_key: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    log_files: list[str] = field(default_factory=list)
    denied: str = ""
    left: list[str] = field(default_factory=list)

    def _head(self) -> str:
        if self.denied:
            return (
                f"AWS denied a call, perhaps by a policy of the organization: {self.denied.rstrip('.')}. The activity "
                "ended there. Go on with trigger(cloud), which puts a log file of an attack into the bucket."
                + "".join(f" Left behind: {_LEFT.get(name, name)}" for name in self.left)
            )
        return f"Activity with the credentials {self.arn}"

    def __str__(self) -> str:
        return "\n".join([self._head(), *(f"  {who}: {what}" for who, what in self.calls)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self._head())}</p>" + table(("who", "call"), self.calls)


def generate_activity(cloud: Cloud) -> Activity:
    """Make activity that both detectors look for, as real API calls, and return the Activity.

    A log group and a trail are created; credentials that EC2 issued to an instance are used outside of it: they look
    around, stop the trail's logging and delete both. The remains of an earlier run that failed are removed first, and
    at the end nothing stays. It can be called as often as you like; on AWS it takes up to a minute, and CloudTrail
    delivers the records some minutes later. Where AWS denies a call there, the Activity says so in `denied`.

    Raises: ActivityFailed when the stack has no activity generator or its function fails; botocore's ClientError when
    a call fails.
    """
    return _locally(cloud) if cloud.target == "local" else _on_aws(cloud)


def instance_id(cloud: Cloud) -> str:
    """Return the id of the instance whose credentials are used locally: the same one for the same stack."""
    return "i-0" + hashlib.sha256(f"{cloud.account}/{cloud.region}/{cloud.stack}".encode()).hexdigest()[:16]


# ---------------------------------------------------------------- locally


def _locally(cloud: Cloud) -> Activity:
    activity = Activity()
    delivered_before = len(cloud.trail.delivered) if cloud.trail else 0
    clean_up = caller("you, cleaning up", cloud.client, activity.calls)
    activity_generator.remove_decoys(clean_up, _decoys_left(cloud))
    try:
        you = caller("you", cloud.client, activity.calls)
        activity_generator.create_decoys(you, cloud.resource("CloudTrailBucket"))
        stolen = _stolen(cloud, activity.calls)
        activity.access_key = stolen["aws_access_key_id"]
        thief = caller("the thief", lambda service: cloud.session.client(service, **stolen), activity.calls)
        activity.arn = activity_generator.tamper(thief)
    finally:
        activity_generator.remove_decoys(clean_up, _decoys_left(cloud))
    if cloud.trail:
        # On a slow machine the trail has delivered some of it by itself meanwhile.
        cloud.trail.flush()
        activity.log_files = cloud.trail.delivered[delivered_before:]
    return activity


def _stolen(cloud: Cloud, calls: list[tuple[str, str]]) -> dict[str, str]:
    """Have credentials issued to the instance; return them as a client's keyword arguments."""
    role = f"arn:aws:iam::{cloud.account}:role/{_resource(cloud, ROLE)}"
    # EC2 issues an instance's credentials, and CloudTrail records that as an AssumeRole invoked by EC2. In the emulator
    # the kit makes this call in EC2's place.
    with cloud.trail.on_behalf_of(_EC2) if cloud.trail else contextlib.nullcontext():
        ec2 = caller("EC2", cloud.client, calls)
        issued = ec2("sts", "assume_role", RoleArn=role, RoleSessionName=instance_id(cloud))["Credentials"]
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }


@quiet
def _decoys_left(cloud: Cloud) -> tuple[bool, bool]:
    return activity_generator.decoys_left(cloud.client)


# ---------------------------------------------------------------- on AWS


def _on_aws(cloud: Cloud) -> Activity:
    function = _resource(cloud, _FUNCTION)
    # One attempt: the client's own retries would make the activity twice.
    config = Config(read_timeout=_PATIENCE, retries={"total_max_attempts": 1})
    answer = cloud.session.client("lambda", config=config).invoke(FunctionName=function, Payload=b"{}")
    said = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise ActivityFailed(
            f"The activity generator failed: {said.get('errorType')}: {said.get('errorMessage')} "
            f"Its log group /aws/lambda/{cloud.stack}-{_FUNCTION} has the rest; it can be called again."
        )
    calls = [tuple(call) for call in said["calls"]]
    return Activity(
        said.get("arn", ""), said["accessKeyId"], calls, denied=said.get("denied", ""), left=said.get("left", [])
    )


def _resource(cloud: Cloud, logical_id: str) -> str:
    try:
        return cloud.resource(logical_id)
    except KeyError as error:
        raise ActivityFailed(
            f"The stack {cloud.stack} has no activity generator: update it with the parameter ActivityGeneration set "
            'to "on-request", or use trigger(cloud), which puts a log file of an attack into the bucket.'
        ) from error
