"""What belongs to the workshop's stack: its resources, the logs its functions left, subscriptions nobody confirmed.

Outside the stack, the activity generator makes a trail and a log group. They exist for seconds, unless it fails.

Needs only the standard library and boto3, as the teardown does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from workshop import activity_generator
from workshop.cloud.cloud import Cloud, Json
from workshop.cloud.stack import costs

# Resources of a stack, as CloudFormation summarizes them.
Resources = list[Json]

# The stack's functions. Lambda makes a log group for one that has none, and CloudFormation knows nothing of it.
_FUNCTIONS = ("AnalysisLambdaFunction", "ActivityGenLambdaFunc")
_GONE = {
    *("404", "NoSuchBucket", "NotFound", "ResourceNotFoundException", "TrailNotFoundException", "NoSuchEntity"),
    *("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
    *("InvalidInstanceID.NotFound", "InvalidVpcID.NotFound"),
}


def resources(cloud: Cloud, stack_id: str) -> Resources:
    """Return those of the stack's resources that exist, as CloudFormation's summaries."""
    listed = ("cloudformation", "list_stack_resources", "StackResourceSummaries")
    return [
        resource
        for resource in cloud.entries(*listed, StackName=stack_id)
        if resource["ResourceStatus"] != "DELETE_COMPLETE" and resource.get("PhysicalResourceId")
    ]


def of_type(resources: Resources, kind: str) -> list[str]:
    """Return the physical ids of the resources of one type, such as "AWS::S3::Bucket"."""
    return [resource["PhysicalResourceId"] for resource in resources if resource["ResourceType"] == kind]


def log_groups(cloud: Cloud, resources: Resources) -> list[str]:
    """Return the names of the log groups of the stack's functions, those of an earlier stack of this name included."""
    wanted = re.compile(rf"/aws/lambda/{re.escape(cloud.stack)}-({'|'.join(_FUNCTIONS)})(-[0-9A-Za-z]+)?")
    # CloudFormation shortens long names, so the functions that are there are looked for by their names as well.
    functions = {f"/aws/lambda/{name}" for name in of_type(resources, "AWS::Lambda::Function")}
    names = {
        group["logGroupName"]
        for prefix in functions | {f"/aws/lambda/{cloud.stack}-"}
        for group in cloud.entries("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
    }
    return sorted(name for name in names if wanted.fullmatch(name) or name in functions)


def unconfirmed_subscriptions(cloud: Cloud, resources: Resources) -> list[str]:
    """Return the e-mail addresses whose subscription was never confirmed; AWS alone can delete those."""
    unconfirmed = []
    for topic in of_type(resources, "AWS::SNS::Topic"):
        try:
            subscriptions = cloud.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        except ClientError as error:
            if not is_gone(error):
                raise
            continue
        unconfirmed += [
            subscription["Endpoint"]
            for subscription in subscriptions
            if subscription["SubscriptionArn"] in ("PendingConfirmation", "Pending confirmation")
        ]
    return unconfirmed


def still_there(cloud: Cloud, resources: Resources) -> list[str]:
    """Ask each service for what was made; return a line for each thing that is still there, with its cost a day.

    What cannot be looked for is listed too. Policies, subnets and the like are not asked for: they end with the things
    that are.
    """
    found = []
    for kind, probe in _PROBES.items():
        for name in of_type(resources, kind):
            try:
                if probe(cloud, name):
                    found.append(f"{name} ({kind}), which costs {costs.a_day(cloud, kind, name)}")
            except ClientError as error:
                if not is_gone(error):
                    found.append(f"perhaps {name} ({kind}), which could not be looked for: {error}")
    group_costs = costs.a_day(cloud, "AWS::Logs::LogGroup", "")
    found += [f"the log group {group}, which costs {group_costs}" for group in log_groups(cloud, [])]
    return found + [f"the activity generator's {decoy}" for decoy in decoys(cloud)]


def decoys(cloud: Cloud) -> list[str]:
    """Return the activity generator's decoys that are there, in words: for seconds, or since it failed."""
    try:
        trail, group = activity_generator.decoys_left(cloud.client)
    except ClientError as error:
        return [f"decoys, perhaps; they could not be looked for: {error}"]
    trail_costs = costs.a_day(cloud, "AWS::CloudTrail::Trail", activity_generator.TRAIL)
    return [f"trail {activity_generator.TRAIL}, which costs {trail_costs}"] * trail + [
        f"log group {activity_generator.LOG_GROUP}"
    ] * group


def _instance(cloud: Cloud, name: str) -> bool:
    reservations = cloud.client("ec2").describe_instances(InstanceIds=[name])["Reservations"]
    states = [instance["State"]["Name"] for each in reservations for instance in each["Instances"]]
    # An instance is shown for an hour after its end.
    return any(state not in ("terminated", "shutting-down") for state in states)


# By type: whether a thing is there, by its physical id. Each returns something that is false, or raises, if it is not.
_PROBES: dict[str, Callable[[Cloud, str], Any]] = {
    "AWS::S3::Bucket": lambda cloud, name: cloud.client("s3").head_bucket(Bucket=name),
    "AWS::CloudTrail::Trail": lambda cloud, name: cloud.client("cloudtrail").get_trail(Name=name),
    "AWS::Lambda::Function": lambda cloud, name: cloud.client("lambda").get_function(FunctionName=name),
    "AWS::SNS::Topic": lambda cloud, name: cloud.client("sns").get_topic_attributes(TopicArn=name),
    "AWS::SQS::Queue": lambda cloud, name: cloud.client("sqs").get_queue_attributes(QueueUrl=name),
    "AWS::CloudWatch::Alarm": lambda cloud, name: cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])[
        "MetricAlarms"
    ],
    "AWS::IAM::Role": lambda cloud, name: cloud.client("iam").get_role(RoleName=name),
    "AWS::IAM::InstanceProfile": lambda cloud, name: cloud.client("iam").get_instance_profile(InstanceProfileName=name),
    "AWS::Events::Rule": lambda cloud, name: cloud.client("events").describe_rule(Name=name),
    "AWS::EC2::Instance": _instance,
    "AWS::EC2::VPC": lambda cloud, name: cloud.client("ec2").describe_vpcs(VpcIds=[name])["Vpcs"],
    "AWS::SageMaker::NotebookInstance": lambda cloud, name: cloud.client("sagemaker").describe_notebook_instance(
        NotebookInstanceName=name.rpartition("/")[2]
    ),
}


def is_gone(error: ClientError) -> bool:
    """Tell whether an error of AWS says that the thing asked for is not there."""
    # SageMaker has no code for it.
    return error.response["Error"]["Code"] in _GONE or "RecordNotFound" in error.response["Error"].get("Message", "")
