"""docs/attendee-policy.json: enough for each step of the workshop, and each action is there for something."""

import contextlib
import gzip
import json
import sys
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatch

import pytest
from botocore.exceptions import ClientError
from filled_bucket import fill
from policy_user import actions_of, become_attendee
from template_document import template_document
from waiting import wait_for

from workshop.cloud import teardown
from workshop.cloud.activity import history
from workshop.cloud.activity.trigger import trigger
from workshop.cloud.alarm.notifications import notifications
from workshop.cloud.alarm.plot import plot_alarm
from workshop.cloud.alarm.watch import watch_alarm
from workshop.cloud.doctor import account
from workshop.cloud.doctor.attendee_policy import LARGEST_POLICY, attendee_policy, compact
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.failed_events import failed_events
from workshop.cloud.function.lambda_log import lambda_log
from workshop.cloud.stack import stack, template
from workshop.display.progress import ProgressLine
from workshop.exercises import model_answers
from workshop.logs.table.events import load_events

GROUP = "/workshop/my-own-logs"

# What CloudFormation is said to need for a resource's type, and does not need for the template's resources, which lack
# the feature. (`test_what_cloudformation_needs` fails for whatever is neither here nor in the policy.)
UNUSED = {
    "nothing is encrypted with a KMS key of one's own": ["kms:*", "logs:*KmsKey"],
    "functions have no file system, no layers, no network and no settings of their own": [
        *("elasticfilesystem:*", "s3files:*", "s3:GetObjectVersion"),
        *(
            "lambda:*Concurrency",
            "lambda:*CodeSigningConfig",
            "lambda:PutFunctionScalingConfig",
            "lambda:PassCapacityProvider",
        ),
        *(
            "lambda:AssociateRuntimeAlias",
            "lambda:PutFunctionRecursionConfig",
            "lambda:PutRuntimeManagementConfig",
            "lambda:PublishVersion",
        ),
    ],
    "buckets have no tables, replicas, websites, analytics, versions, locks or ACLs": [
        *("s3tables:*", "s3:*MetadataTableConfiguration", "s3:Update*TableConfiguration", "s3:*Replication*"),
        *("s3:*Website", "s3:*AnalyticsConfiguration", "s3:*MetricsConfiguration", "s3:*InventoryConfiguration"),
        *("s3:*AccelerateConfiguration", "s3:*IntelligentTieringConfiguration", "s3:*Versioning", "s3:*ObjectLock*"),
        *("s3:*Acl", "s3:*Cors", "s3:*Abac", "s3:PutBucketLogging"),
    ],
    "what buckets have is never taken away from them": ["s3:DeleteBucketEncryption", "s3:DeleteBucketLifecycle"],
    "log groups deliver nowhere and hold nothing to mask or index": [
        *("firehose:*", "logs:CreateLogDelivery", "s3:REST.PUT.OBJECT", "logs:*ResourcePolicy"),
        *("logs:PutDataProtectionPolicy", "logs:DeleteDataProtectionPolicy", "logs:*IndexPolicy"),
        *("logs:PutBearerTokenAuthentication", "logs:PutLogGroupDeletionProtection", "logs:DeleteRetentionPolicy"),
    ],
    "the trail is one account's, without insights": [
        *("organizations:*", "iam:CreateServiceLinkedRole", "cloudtrail:PutInsightSelectors"),
        "cloudtrail:PutEventConfiguration",
    ],
    "policies belong to roles, are inline, and stay as they are": [
        *("iam:*UserPolicy", "iam:*GroupPolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        *("iam:*PermissionsBoundary", "iam:UpdateRole*", "iam:UpdateAssumeRolePolicy"),
    ],
    "messages are not masked; subscriptions stay as they are": [
        *("sns:PutDataProtectionPolicy", "sns:SetSubscriptionAttributes"),
    ],
    "tags stay as they are": ["*:Untag*", "cloudtrail:RemoveTags", "ec2:DeleteTags"],
    "the instance is what it is from its start to its end": [
        *("ec2:ModifyInstance*", "ec2:ModifyPrivateDnsNameOptions", "ec2:*IamInstanceProfile*", "ec2:*Volume"),
        *("ec2:*onitorInstances", "ec2:StartInstances", "ec2:StopInstances", "ssm:CreateAssociation"),
        "ssm:DeleteAssociation",
    ],
    "the network lets nobody in, is IPv4, and stays as it is": [
        *("ec2:*SecurityGroupIngress", "ec2:UpdateSecurityGroupRuleDescriptions*", "ec2:*SubnetCidrBlock"),
        *("ec2:ReplaceRouteTableAssociation", "ec2:ModifyVpcTenancy", "ec2:CreateVpcEncryptionControl"),
        *("ec2:ModifyVpcEndpoint", "vpc-lattice:*", "vpce:*"),
    ],
}
# What no emulator shows: the kit needs it, on AWS alone.
ON_AWS_ALONE = {
    (
        "TheImage",
        "ssm:GetParameters",
    ): "the template's {{resolve:ssm:...}}, which CloudFormation looks up as the caller",
    ("WhatGuardDutyLeft", "ec2:DeleteVpcEndpoints"): "locally the stack has no VPC",
    ("WhatGuardDutyLeft", "ec2:DeleteSecurityGroup"): "the same",
}


# ---------------------------------------------------------------- the text


def entries():
    """Return (Sid, action) for each action of the policy."""
    return [(each["Sid"], action) for each in attendee_policy()["Statement"] for action in actions_of(each)]


def test_it_fits_into_a_managed_policy():
    """So that it can be attached to a role or a permission set."""
    assert len(compact(attendee_policy())) <= LARGEST_POLICY


def test_it_is_written_for_the_stacks_names():
    """Whatever knows resources is bound to them; what applies everywhere looks, or has a condition."""
    for statement in attendee_policy()["Statement"]:
        assert statement["Effect"] == "Allow"
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        for resource in resources:
            named = (
                "ReInvent2017-SID341",
                "sid341-",
                "/sid341/activity-decoy",
                ":/workshop/",
                "parameter/aws/service/",
            )
            if any(name in resource for name in named):
                continue
            assert resource == "*", resource
            looks = ("Describe", "Get", "List", "Lookup")
            assert statement.get("Condition") or all(
                action.partition(":")[2].startswith(looks) for action in actions_of(statement)
            ), statement["Sid"]


def test_another_stack_and_region_have_their_own():
    """As the doctor asks for them."""
    text = json.dumps(attendee_policy(region="eu-west-1", stack="Mine"))
    assert "ca-central-1" not in text
    assert "ReInvent2017-SID341" not in text
    assert "arn:aws:cloudformation:eu-west-1:*:stack/Mine/*" in text


def test_roles_can_be_given_to_their_two_services_only():
    """Else an attendee could hand a role of the stack to a service that does more with it."""
    (statement,) = [each for each in attendee_policy()["Statement"] if "iam:PassRole" in actions_of(each)]
    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}
    }
    assert not [action for _, action in entries() if action.startswith("iam:") and "*" in action]


# ---------------------------------------------------------------- what CloudFormation does with it


@pytest.fixture(scope="module")
def handlers():
    """What CloudFormation calls for the template's resources: {type: {permission}}, from AWS's own resource schemas.

    cfn-lint brings them. The SageMaker notebook instance is not an attendee's to create.
    """
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # seconds, which no other file's tests need to wait for

    resources = template_document()["Resources"].values()
    types = {resource["Type"] for resource in resources if resource.get("Condition") != "WithNotebook"}
    found = {}
    for kind in types:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        if "handlers" not in schema and sys.version_info >= (3, 15):
            pytest.skip("the newest cfn-lint for this Python brings AWS's schemas without their handlers")
        found[kind] = {
            permission.replace("CloudTrail:", "cloudtrail:")
            for name, handler in schema["handlers"].items()
            if name != "list"
            for permission in handler["permissions"]
        }
    return found


def test_what_cloudformation_needs(handlers):
    """Each permission that AWS names for the template's resource types is there, or the template lacks its feature."""
    allowed = [action for _, action in entries()]
    unused = [pattern for patterns in UNUSED.values() for pattern in patterns]
    missing = {
        (kind, permission)
        for kind, permissions in handlers.items()
        for permission in permissions
        if not any(fnmatch(permission.lower(), pattern.lower()) for pattern in [*allowed, *unused])
    }
    assert missing == set()


def test_nothing_is_excused_that_is_not_asked_for(handlers):
    """Each pattern of UNUSED leaves out something, and nothing that the policy allows by name."""
    asked = {permission for permissions in handlers.values() for permission in permissions}
    named = {action for _, action in entries() if "*" not in action}
    for pattern in [pattern for patterns in UNUSED.values() for pattern in patterns]:
        assert any(fnmatch(permission.lower(), pattern.lower()) for permission in asked), pattern
        assert not [action for action in named if fnmatch(action.lower(), pattern.lower())], pattern


# ---------------------------------------------------------------- what the kit does with it


def quietly(line):
    """Show nothing."""


def without_a_stack(cloud):
    assert teardown.teardown(cloud, show=quietly).complete


def create(cloud):
    stack.ensure(cloud, template.body(), {"Target": "local"}, agree=bool, show=quietly)


def look(cloud):
    cloud.refresh()
    cloud.resource("CloudTrailBucket")


def update(cloud):
    stack.ensure(cloud, template.body(), {"NotificationEmailAddress": "a@example.com"}, agree=bool, show=quietly)


def deploy_answers(cloud):
    return deploy(cloud, *model_answers())


def run_the_function(cloud):
    deploy_answers(cloud)
    assert watch_alarm(cloud, trigger(cloud)).outcome == "alarm"


def publish(cloud):
    answers = {answer.__name__: answer for answer in model_answers()}
    answers["publish_anomalies"](cloud.client("cloudwatch"), "deleting_logs", 1)


def put_a_file(cloud):
    bucket, key = cloud.resource("CloudTrailBucket"), f"AWSLogs/{cloud.account}/CloudTrail/x.json.gz"
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=gzip.compress(b'{"Records": []}'))


def read(cloud):
    bucket = cloud.resource("CloudTrailBucket")
    load_events(f"s3://{bucket}/AWSLogs/", s3=cloud.client("s3"))


def send_a_message(cloud):
    cloud.client("sns").publish(TopicArn=cloud.resource("DetectionNotificationTopic"), Message="{}")


def delete_a_log_group(cloud):
    cloud.client("logs").create_log_group(logGroupName=GROUP)
    cloud.client("logs").delete_log_group(logGroupName=GROUP)


def make_a_trail(cloud):
    bucket = cloud.resource("CloudTrailBucket")
    cloud.client("cloudtrail").create_trail(Name=f"{cloud.stack}-CloudTrail", S3BucketName=bucket)


def look_up(cloud):
    history._on_aws(cloud, datetime.now(timezone.utc) - timedelta(hours=1), 10, ProgressLine())


def stop_and_look_for_the_trail(cloud):
    trail = {"ResourceType": "AWS::CloudTrail::Trail", "PhysicalResourceId": f"{cloud.stack}-CloudTrail"}
    assert teardown._stop_trails(cloud, [trail]) == []
    assert [line for line in teardown.stack_resources.still_there(cloud, [trail]) if "-CloudTrail" in line]


def leave_much(cloud):
    fill(cloud.client("s3"), cloud.resource("CloudTrailBucket"))
    cloud.client("logs").create_log_group(logGroupName=f"/aws/lambda/{cloud.stack}-AnalysisLambdaFunction-left")


def fail_an_event(cloud):
    bucket, key = cloud.resource("CloudTrailBucket"), f"AWSLogs/{cloud.account}/CloudTrail/x.json.gz"
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=b"no log file")
    wait_for(lambda: failed_events(cloud).events, "event in the failure queue")


def hand_it_on(cloud):
    assert failed_events(cloud).events
    assert failed_events(cloud, replay=True).events


def tear_down(cloud):
    assert teardown.teardown(cloud, show=quietly).complete


def ask_the_doctor(cloud):
    account.permissions.probe(cloud)
    account.trail_slots(cloud)
    account.namespace(cloud)
    account.email(cloud)


# name: (what is there before, what the attendee does, {Sid: what of it is needed for that})
STEPS = {
    "create": (
        without_a_stack,
        create,
        {"TheStack": ["CreateStack", "Describe*"]},
    ),
    "look": (None, look, {"TheStack": ["ListStackResources"]}),
    "update": (
        None,
        update,
        {"TheStack": ["GetTemplate", "UpdateStack"], "LookAround": ["cloudformation:GetTemplateSummary"]},
    ),
    "deploy": (None, deploy_answers, {"TheFunctions": ["Get*", "UpdateFunctionCode"]}),
    "publish": (None, publish, {"TheMetric": ["PutMetricData"]}),
    "trigger": (deploy_answers, trigger, {"TheBuckets": ["PutObject"]}),
    "read": (put_a_file, read, {"TheBuckets": ["ListBucket*", "GetObject"]}),
    "plot": (
        None,
        plot_alarm,
        {"LookAround": [f"cloudwatch:{name}" for name in ("DescribeAlarms", "DescribeAlarmHistory", "GetMetricData")]},
    ),
    "log": (run_the_function, lambda_log, {"TheirLogs": ["FilterLogEvents", "Get*"]}),
    "message": (send_a_message, notifications, {"TheQueues": ["ReceiveMessage", "DeleteMessage"]}),
    "failed event": (
        fail_an_event,
        hand_it_on,
        {"TheQueues": ["ReceiveMessage", "DeleteMessage", "Get*"], "TheFunctions": ["InvokeFunction"]},
    ),
    "own call": (None, delete_a_log_group, {"TheirLogs": ["CreateLogGroup", "DeleteLogGroup"]}),
    "history": (None, look_up, {"LookAround": ["cloudtrail:LookupEvents"]}),
    "trail": (make_a_trail, stop_and_look_for_the_trail, {"TheTrail": ["StopLogging", "Get*"]}),
    "tear down": (
        leave_much,
        tear_down,
        {
            "TheStack": ["DeleteStack"],
            "TheBuckets": ["ListBucket*", "AbortMultipartUpload", "DeleteObject*"],
            "TheirLogs": ["DeleteLogGroup"],
            "TheNotifications": ["Get*", "List*"],
        },
    ),
    "doctor": (
        None,
        ask_the_doctor,
        {"TheRoles": ["GetRole"], "LookAround": ["cloudtrail:DescribeTrails", "logs:Describe*"]},
    ),
}


def shown_by_steps():
    """Return {(Sid, action): the steps that need it}."""
    found = {}
    for name, (_, _, needed) in STEPS.items():
        for sid, short in ((sid, short) for sid, actions in needed.items() for short in actions):
            (entry,) = [each for each in entries() if each[0] == sid and (f":{each[1]}").endswith(f":{short}")]
            found.setdefault(entry, []).append(name)
    return found


@pytest.mark.parametrize("name", STEPS)
def test_with_the_policy_nothing_is_denied(cloud, name):
    """Each step of the workshop, as an attendee, under enforced IAM."""
    before, do, _ = STEPS[name]
    if before:
        before(cloud)
    denied = []
    do(become_attendee(cloud, denied))
    assert denied == []


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        pytest.param(entry, name, id=f"{name}: {entry[1]}")
        for entry, names in shown_by_steps().items()
        for name in names
    ],
)
def test_without_one_action_its_step_is_denied(cloud, entry, name):
    """Whatever is taken out of the policy is missed where it is needed."""
    before, do, _ = STEPS[name]
    if before:
        before(cloud)
    denied = []
    become_attendee(cloud, denied, without=entry)
    # The kit tells it in many ways; what counts is what was denied.
    with contextlib.suppress(Exception):
        do(cloud)
    assert any(fnmatch(action.removesuffix("Batch"), entry[1]) for action in denied), denied


def test_a_replay_that_is_denied_loses_nothing(cloud):
    """The error names the permission; the event stays in the queue, which says that it hides it for a while."""
    fail_an_event(cloud)
    attendee = become_attendee(cloud, [], without=("TheFunctions", "lambda:InvokeFunction"))
    with pytest.raises(ClientError, match="lambda:InvokeFunction"):
        failed_events(attendee, replay=True)
    hidden = failed_events(attendee)
    assert (hidden.events, hidden.hidden) == ([], 1)
    assert "does not show 1 more" in str(hidden)
    assert "does not show 1 more" in hidden._repr_html_()


def test_nothing_in_it_is_superfluous(handlers):
    """Each action is missed by a step of the workshop, or CloudFormation needs it, or only AWS shows what it is for."""
    asked = {permission for permissions in handlers.values() for permission in permissions}
    for_cloudformation = {entry for entry in entries() if any(fnmatch(permission, entry[1]) for permission in asked)}
    known = for_cloudformation | set(shown_by_steps()) | set(ON_AWS_ALONE)
    assert set(entries()) - known == set()
    assert set(ON_AWS_ALONE) <= set(entries())
