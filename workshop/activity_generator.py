"""The activity generator: a Lambda function that plays the attacker, as it is deployed on AWS, but for its docstrings.

It creates a log group and a trail, decoys with fixed names, takes credentials that an EC2 instance left for it, and
uses them from here, outside the instance, to stop the trail and delete both. A schedule calls `handler` and is disabled
after some hours; `generate_activity` calls it too, or makes the same calls locally.
"""

import datetime
import json
import os
import time

import boto3
from botocore.exceptions import ClientError

LOG_GROUP = "/sid341/activity-decoy"
TRAIL = "sid341-activity-decoy"
CREDENTIALS_KEY = "instance-credentials.json"
SCHEDULED_FOR = datetime.timedelta(hours=float(os.environ.get("HOURS", "6")))


def caller(who, client, calls):
    """Return what makes API calls in somebody's name and notes them in `calls`, as (who, "service:Operation")."""

    def call(service, operation, **parameters):
        api = client(service)
        answer = getattr(api, operation)(**parameters)
        calls.append((who, f"{service}:{api.meta.method_to_api_mapping[operation]}"))
        return answer

    return call


def create_decoys(call, bucket):
    """Create what will be destroyed: a log group, and a trail that would deliver into `bucket`.

    The trail is never started. So it costs nothing where an organization lets nobody stop or delete it.
    """
    call("logs", "create_log_group", logGroupName=LOG_GROUP)
    call("cloudtrail", "create_trail", Name=TRAIL, S3BucketName=bucket)


def tamper(call):
    """Do what a thief of credentials does who wants no witnesses; return the ARN that they belong to."""
    arn = call("sts", "get_caller_identity")["Arn"]
    call("cloudtrail", "describe_trails")
    call("logs", "describe_log_groups", logGroupNamePrefix=LOG_GROUP)
    call("cloudtrail", "stop_logging", Name=TRAIL)
    call("cloudtrail", "delete_trail", Name=TRAIL)
    call("logs", "delete_log_group", logGroupName=LOG_GROUP)
    return arn


def decoys_left(client):
    """Tell which decoys are there: (the trail, the log group)."""
    trails = client("cloudtrail").describe_trails(trailNameList=[TRAIL])["trailList"]
    groups = client("logs").describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]
    return bool(trails), any(group["logGroupName"] == LOG_GROUP for group in groups)


def remove_decoys(call, left):
    """Delete the decoys that are there: deleting what is not would leave records of failed attempts."""
    trail, group = left
    try:
        if trail:
            call("cloudtrail", "delete_trail", Name=TRAIL)
    finally:
        if group:
            call("logs", "delete_log_group", logGroupName=LOG_GROUP)


def take_credentials(s3, bucket, patience=150, pause=3):
    """Wait until the instance, which does so every minute, leaves its credentials; take them away and return them.

    So no two runs have the same ones, nor do they meet. Raises: TimeoutError after `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            issued = json.loads(s3.get_object(Bucket=bucket, Key=CREDENTIALS_KEY)["Body"].read())
            break
        except s3.exceptions.NoSuchKey:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"No credentials in {bucket} after {patience} s. Does the instance run?") from None
        time.sleep(pause)
    s3.delete_object(Bucket=bucket, Key=CREDENTIALS_KEY)
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["Token"],
    }


def time_is_up(cloudformation, stack):
    """Tell whether the stack was made or last updated longer ago than the schedule is to last."""
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    since = found.get("LastUpdatedTime", found["CreationTime"])
    return datetime.datetime.now(datetime.timezone.utc) - since > SCHEDULED_FOR


def end_schedule(events, event):
    """Disable the rule that called with this event; return its name."""
    rule = event["resources"][0].rpartition("/")[2]
    events.disable_rule(Name=rule)
    print(f"DISABLED {rule}")
    return rule


def handler(event, context):
    """Make the activity once and return its "arn", "accessKeyId" and "calls"; or, when time is up, end the schedule.

    Where AWS denies a call, by a policy of the organization for instance, that is "denied", and ends the schedule too.
    "left" then names the decoys that stay. While one is there that it may not delete, it creates none.
    """
    session = boto3.session.Session()
    scheduled = event.get("source") == "aws.events"
    if scheduled and time_is_up(session.client("cloudformation"), os.environ["STACK"]):
        return {"disabled": end_schedule(session.client("events"), event)}
    bucket, calls = os.environ["BUCKET"], []
    stolen = take_credentials(session.client("s3"), bucket)
    done = {"accessKeyId": stolen["aws_access_key_id"], "calls": calls}
    clean_up = caller("the generator, cleaning up", session.client, calls)
    try:
        remove_decoys(clean_up, decoys_left(session.client))
        try:
            create_decoys(caller("the generator", session.client, calls), bucket)
            done["arn"] = tamper(caller("the thief", lambda service: session.client(service, **stolen), calls))
        finally:
            remove_decoys(clean_up, decoys_left(session.client))
    except ClientError as error:
        if "AccessDenied" not in error.response["Error"]["Code"]:
            raise
        done["denied"] = str(error)
        trail, group = decoys_left(session.client)
        done["left"] = [TRAIL] * trail + [LOG_GROUP] * group
        if scheduled:
            done["disabled"] = end_schedule(session.client("events"), event)
    finally:
        print("ACTIVITY " + json.dumps(done))
    return done
