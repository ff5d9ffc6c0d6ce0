"""Which AWS services the template lets in, for whom, and that nobody comes in without TLS.

A service acts for many accounts: each statement says for which one it may act here, where the service says for whom it
does. AWS calls a service that is misused for another account a confused deputy:
https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

import json

import pytest
import whole_template
from botocore.exceptions import ClientError
from emulated_account import ADMINISTRATOR, user

from workshop.cloud import connection
from workshop.cloud.emulator import emulator

ACCOUNT = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
_TRAIL = "arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/permissions-managed-policies.html"
_SAGEMAKER = "https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html"
_PASSED = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"

# By resource and service: the condition, and why it is this one.
LET_IN = {
    ("CloudTrailBucketPolicy", "cloudtrail"): (
        {"StringEquals": {"aws:SourceArn": {"Fn::Sub": _TRAIL + "${AWS::StackName}-CloudTrail"}}},
        "the one trail",
    ),
    ("ActivityGenBucketPolicy", "cloudtrail"): (
        {"StringEquals": {"aws:SourceArn": {"Fn::Sub": _TRAIL + "sid341-activity-decoy"}}},
        "the one trail",
    ),
    ("AnalysisLambdaPermission", "s3"): (
        {**ACCOUNT, "aws:SourceArn": "CloudTrailBucket"},
        "the one bucket; its ARN names no account",
    ),
    ("ActivityGenSchedulePermission", "events"): ({"aws:SourceArn": "ActivityGenSchedule"}, "the one rule"),
    ("DetectionNotificationTopicPolicy", "cloudwatch"): (
        {"StringEquals": ACCOUNT},
        "three alarms, whose names CloudFormation makes up",
    ),
    ("NotificationQueuePolicy", "sns"): (
        {"ArnEquals": {"aws:SourceArn": {"Ref": "DetectionNotificationTopic"}}},
        "the one topic",
    ),
    **dict.fromkeys(
        [("AnalysisLambdaRole", "lambda"), ("ActivityGenLambdaRole", "lambda")],
        (
            {"StringEqualsIfExists": ACCOUNT},
            f"the key that Lambda's guide names, not tried on AWS: if it is not sent, the stack still works: {_LAMBDA}",
        ),
    ),
    ("NotebookRole", "sagemaker"): (
        {"StringEqualsIfExists": ACCOUNT},
        f"SageMaker's page recommends the key, and lists features; notebook instances are not among them: {_SAGEMAKER}",
    ),
    ("ActivityGenInstanceRole", "ec2"): (
        {},
        f"no page on EC2 names such a key; a role cannot be passed to another account's instance anyway: {_PASSED}",
    ),
}


@pytest.fixture(scope="module")
def resources():
    return whole_template.document()["Resources"]


def _statements(resource):
    """Return the statements of a resource's policies, trust policies included."""
    properties = resource["Properties"]
    documents = [properties.get("PolicyDocument"), properties.get("AssumeRolePolicyDocument")]
    documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    found = [statement for document in documents if document for statement in document["Statement"]]
    return [one["Fn::If"][1] if "Fn::If" in one else one for one in found]


def _let_in(resources):
    """Return {(resource, service): condition} for all that the template lets a service do."""
    found = {}
    for name, resource in resources.items():
        for statement in _statements(resource):
            principal = statement.get("Principal")
            if isinstance(principal, dict):
                (service,) = principal.values()
                found[name, service] = statement.get("Condition", {})
        if resource["Type"] == "AWS::Lambda::Permission":
            found[name, resource["Properties"]["Principal"]] = _of_permission(name, resource["Properties"], resources)
    assert all(service.endswith(".amazonaws.com") for _, service in found)
    return {(name, service.removesuffix(".amazonaws.com")): condition for (name, service), condition in found.items()}


def _of_permission(name, properties, resources):
    """Return a Lambda permission's condition; a bucket stands for an ARN that is put together like its name."""
    condition = {}
    if "SourceAccount" in properties:
        condition["aws:SourceAccount"] = properties["SourceAccount"]
    if "Fn::GetAtt" in properties["SourceArn"]:
        condition["aws:SourceArn"], _ = properties["SourceArn"]["Fn::GetAtt"]
    else:
        arn, parts = properties["SourceArn"]["Fn::Sub"]
        condition["aws:SourceArn"] = next(
            bucket
            for bucket, resource in resources.items()
            if resource["Properties"].get("BucketName", {}).get("Fn::Sub") == [arn.partition(":::")[2], parts]
        )
    return condition


def test_each_service_comes_in_for_this_account_or_there_is_a_reason(resources):
    """All of them, also those of a resource that is added some day."""
    assert _let_in(resources) == {who: condition for who, (condition, _) in LET_IN.items()}
    assert all(reason for _, reason in LET_IN.values())


def _denies_plain_http(statement, arn):
    resource = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    return (
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Action"] in ("s3:*", "sqs:*", "sns:Publish")
        and arn in resource
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    )


def test_each_bucket_queue_and_topic_is_closed_to_plain_http(resources):
    """By its own policy, on AWS. For a topic AWS's own example denies sns:Publish: its policy takes no sns:*.

    https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
    """
    policies = {"AWS::S3::Bucket": "Bucket", "AWS::SQS::Queue": "Queues", "AWS::SNS::Topic": "Topics"}
    closed = set()
    for name, resource in resources.items():
        if resource["Type"] not in policies:
            continue
        arn = {"Ref": name} if resource["Type"] == "AWS::SNS::Topic" else {"Fn::GetAtt": [name, "Arn"]}
        of = policies[resource["Type"]]
        (policy,) = (one for one in resources.values() if one["Properties"].get(of) in ({"Ref": name}, [{"Ref": name}]))
        (tls,) = (one for one in _statements(policy) if one["Effect"] == "Deny" and "Bool" in one["Condition"])
        assert _denies_plain_http(tls, arn), name
        if resource["Type"] == "AWS::S3::Bucket":
            assert {"Fn::Sub": f"${{{name}.Arn}}/*"} in tls["Resource"]
        closed.add(name)
    assert closed == {
        *("CloudTrailBucket", "ActivityGenBucket", "DetectionNotificationTopic", "NotificationQueue", "FailureQueue")
    }


# ---------------------------------------------------------------- on the emulator, which speaks plain HTTP


@pytest.fixture
def cloud(safe_environment):
    """The emulator and nothing in it, before and after: what is closed to plain HTTP cannot be deleted over it."""
    emulator.reset(emulator.start())
    cloud = connection.local_cloud()
    cloud.trail.stop("this test looks at the emulator itself", deliver=False)
    yield cloud
    emulator.reset(emulator.find())


def _policy(resources, name, *arns):
    """Return, as text, the statement about TLS that a policy of the template has on AWS, for things of a test."""
    (tls,) = (one for one in _statements(resources[name]) if one["Effect"] == "Deny" and "Bool" in one["Condition"])
    return json.dumps({"Version": "2012-10-17", "Statement": [{**tls, "Resource": list(arns)}]})


@pytest.mark.parametrize("policy", ["NotificationQueuePolicy", "FailureQueuePolicy"])
def test_a_queue_takes_no_message_without_tls(cloud, resources, policy):
    """Not even an administrator's."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="closed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.send_message(QueueUrl=url, MessageBody="taken")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _policy(resources, policy, arn)})
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.send_message(QueueUrl=url, MessageBody="not taken")
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.receive_message(QueueUrl=url)


def test_a_topic_takes_no_message_without_tls(cloud, resources):
    """Not even an administrator's."""
    sns = cloud.client("sns")
    arn = sns.create_topic(Name="closed")["TopicArn"]
    sns.publish(TopicArn=arn, Message="taken")
    policy = _policy(resources, "DetectionNotificationTopicPolicy", arn)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    with pytest.raises(ClientError, match="AuthorizationError"):
        sns.publish(TopicArn=arn, Message="not taken")


@pytest.mark.parametrize("policy", ["CloudTrailBucketPolicy", "ActivityGenBucketPolicy"])
def test_a_bucket_gives_nothing_without_tls(cloud, resources, policy):
    """Not even to an administrator."""
    keys = {name.lower(): value for name, value in user("administrator", ADMINISTRATOR).items() if "KEY" in name}
    s3 = cloud.session.client("s3", **keys)
    s3.create_bucket(Bucket="closed", CreateBucketConfiguration={"LocationConstraint": cloud.region})
    s3.put_object(Bucket="closed", Key="a", Body=b"taken")
    s3.put_bucket_policy(
        Bucket="closed", Policy=_policy(resources, policy, "arn:aws:s3:::closed", "arn:aws:s3:::closed/*")
    )
    for call in ("get_object", "put_object", "delete_object"):
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(s3, call)(Bucket="closed", Key="a")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket="closed")
