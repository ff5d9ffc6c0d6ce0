"""cloudformation.yaml as it is deployed on AWS: created and deleted on moto's server, read by checkov.

MiniStack runs the local part of the template for real (tests/cloud/stack/test_template.py) and knows the network
and the activity generator (tests/test_activity_generator.py); moto knows the instance and SageMaker as well. Neither
makes a trail from a template, so its properties go to moto's CreateTrail.
"""

import itertools
import json
import os
import shutil
import subprocess

import moto_account
import pytest
import whole_template
from waiting import PATIENCE

from workshop import places
from workshop.activity_generator import TRAIL

# What moto's CloudFormation does not make, or in the last case not undo. All but the trail is made by MiniStack.
MOTO_LACKS = {
    *("AWS::CloudTrail::Trail", "AWS::CloudWatch::Alarm", "AWS::S3::BucketPolicy", "AWS::Lambda::EventInvokeConfig"),
    *("AWS::SNS::TopicPolicy", "AWS::SNS::Subscription", "AWS::SQS::QueuePolicy"),
    "AWS::EC2::SubnetRouteTableAssociation",
}
EVERYTHING = {
    "NotificationEmailAddress": "you@example.com",
    "NotebookInstance": "true",
    "KitSource": "https://example.com/kit.zip",
}
WITH_ACTIVITY = {"OnAWS", "WithActivity", "WithActivityOnAWS"}


@pytest.fixture(scope="module")
def account():
    with moto_account.running() as account:
        yield account


@pytest.fixture(scope="module")
def deploy(account):
    """Return what deploys the template with parameters as a stack of its own; it returns name and resources by name."""
    client, numbers = account.client("cloudformation"), itertools.count(1)
    whole = whole_template.without(whole_template.document(), lambda name, resource: resource["Type"] in MOTO_LACKS)
    # moto makes launch templates, but does not start an instance from one.
    instance, image = (whole["Resources"][name]["Properties"] for name in ("ActivityGenInstance", "ActivityGenImage"))
    assert instance.pop("LaunchTemplate")["LaunchTemplateId"] == {"Ref": "ActivityGenImage"}
    instance |= image["LaunchTemplateData"]
    body = whole_template.text(whole)

    def deployed(**parameters):
        stack = f"Workshop-{next(numbers)}"
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        client.create_stack(StackName=stack, TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_IAM"])
        assert client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack)
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        # moto lists permissions a second time, without a name.
        named = [resource for resource in resources if resource["LogicalResourceId"]]
        return stack, {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in named}

    return deployed


@pytest.fixture(scope="module")
def defaults(deploy):
    """The resources of a stack with the parameters as they come."""
    return deploy()[1]


@pytest.mark.parametrize(
    ("parameters", "conditions"),
    [
        (EVERYTHING, {*WITH_ACTIVITY, "InOwnNetwork", "WithNotebook"}),
        ({}, {*WITH_ACTIVITY, "InOwnNetwork"}),
        ({"ActivityGeneration": "on-request", "ActivityNetwork": "default"}, WITH_ACTIVITY),
        ({"ActivityGeneration": "none"}, {"OnAWS"}),
        ({"Target": "local", **EVERYTHING}, {"WithActivity"}),
    ],
    ids=["everything", "defaults", "default network", "no activity", "local"],
)
def test_the_stack_holds_what_its_parameters_say(deploy, parameters, conditions):
    """Nothing more, nothing less, whatever is chosen."""
    resources = whole_template.document()["Resources"]
    assert set(deploy(**parameters)[1]) == {
        name
        for name, resource in resources.items()
        if resource["Type"] not in MOTO_LACKS and resource.get("Condition") in {None, *conditions}
    }


@pytest.mark.parametrize(("activity", "state"), [("scheduled", "ENABLED"), ("on-request", "DISABLED")])
def test_activity_is_scheduled_or_waits_to_be_asked(deploy, account, activity, state):
    """By one parameter."""
    _, made = deploy(ActivityGeneration=activity)
    rule = account.client("events").describe_rule(Name=made["ActivityGenSchedule"])
    assert (rule["State"], rule["ScheduleExpression"]) == (state, "rate(15 minutes)")


def test_deleting_the_stack_leaves_nothing(deploy, account):
    """No bucket, role, function, rule, log group or notebook instance, and no instance that runs.

    In the default network: moto cannot delete a route table. That the own network goes is seen on MiniStack.
    """
    stack, made = deploy(**EVERYTHING, ActivityNetwork="default")
    account.client("cloudformation").delete_stack(StackName=stack)
    (reserved,) = account.client("ec2").describe_instances(InstanceIds=[made["ActivityGenInstance"]])["Reservations"]
    assert reserved["Instances"][0]["State"]["Name"] == "terminated"
    ids = set(made.values())
    left = {
        *(bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]),
        *(function["FunctionName"] for function in account.client("lambda").list_functions()["Functions"]),
        *(role["RoleName"] for role in account.client("iam").list_roles()["Roles"]),
        *(rule["Name"] for rule in account.client("events").list_rules()["Rules"]),
        *(group["logGroupName"] for group in account.client("logs").describe_log_groups()["logGroups"]),
        *(group["GroupId"] for group in account.client("ec2").describe_security_groups()["SecurityGroups"]),
    }
    for one in account.client("sagemaker").list_notebook_instances()["NotebookInstances"]:
        left.add(one["NotebookInstanceArn"])
    assert not left & ids
    assert {"ActivityGenBucket", "NotebookRole", "ActivityGenSchedule", "Notebook"} <= set(made)


# ---------------------------------------------------------------- the activity generator's surroundings


def test_the_instance_gives_credentials_to_nobody_outside(defaults, account):
    """IMDSv2 for the instance alone, no way in, no public address, an encrypted disk, today's image."""
    ec2 = account.client("ec2")
    (reserved,) = ec2.describe_instances(InstanceIds=[defaults["ActivityGenInstance"]])["Reservations"]
    (instance,) = reserved["Instances"]
    assert instance["SubnetId"] == defaults["ActivityGenSubnet"]
    assert not instance.get("PublicIpAddress")
    assert instance["IamInstanceProfile"]["Arn"].endswith(defaults["ActivityGenInstanceProfile"])
    (group,) = ec2.describe_security_groups(GroupIds=[defaults["ActivityGenSecurityGroup"]])["SecurityGroups"]
    assert (group["VpcId"], group["IpPermissions"]) == (defaults["ActivityGenVpc"], [])
    properties = whole_template.document()["Resources"]["ActivityGenInstance"]["Properties"]
    (described,) = ec2.describe_images(ImageIds=[instance["ImageId"]])["Images"]
    assert described["Name"].startswith("al2023-ami-2023")
    assert described["Architecture"] == "x86_64"
    assert properties["SecurityGroupIds"] == [{"Fn::GetAtt": ["ActivityGenSecurityGroup", "GroupId"]}]
    assert properties["MetadataOptions"] == {
        "HttpEndpoint": "enabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
    }
    assert properties["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True


def test_the_image_comes_by_a_public_parameter():
    """CloudFormation looks it up, and the instance is made from the first version of a launch template.

    An update may put a newer image into the template's next version. CloudFormation replaces an instance when the id or
    the version number of its launch template changes, and neither does.
    """
    document = whole_template.document()
    parameter = document["Parameters"]["InstanceImage"]
    assert parameter["Type"] == "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    assert "{{resolve:" not in json.dumps(document)
    assert document["Resources"]["ActivityGenImage"]["Properties"]["LaunchTemplateData"] == {
        "ImageId": {"Ref": "InstanceImage"},
        "MetadataOptions": {"HttpTokens": "required"},
    }
    instance = document["Resources"]["ActivityGenInstance"]["Properties"]
    assert instance["LaunchTemplate"] == {"LaunchTemplateId": {"Ref": "ActivityGenImage"}, "Version": "1"}
    assert "ImageId" not in instance


def test_the_endpoint_knows_the_role_by_a_condition():
    """The policy of a gateway endpoint must have the principal "*"; a role is named by aws:PrincipalArn.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    endpoint = whole_template.document()["Resources"]["ActivityGenS3Endpoint"]["Properties"]
    (statement,) = endpoint["PolicyDocument"]["Statement"]
    role = {"Fn::GetAtt": ["ActivityGenInstanceRole", "Arn"]}
    assert statement["Principal"] == "*"
    assert statement["Condition"] == {"ArnEquals": {"aws:PrincipalArn": role}}


def test_its_network_leads_to_s3_and_nowhere_else(defaults, account):
    """No internet gateway; the endpoint lets through one action on one object."""
    ec2 = account.client("ec2")
    in_vpc = [{"Name": "vpc-id", "Values": [defaults["ActivityGenVpc"]]}]
    attached = [{"Name": "attachment.vpc-id", "Values": [defaults["ActivityGenVpc"]]}]
    assert ec2.describe_internet_gateways(Filters=attached)["InternetGateways"] == []
    assert ec2.describe_nat_gateways(Filters=in_vpc)["NatGateways"] == []
    (endpoint,) = ec2.describe_vpc_endpoints(Filters=in_vpc)["VpcEndpoints"]
    assert endpoint["ServiceName"] == "com.amazonaws.ca-central-1.s3"
    properties = whole_template.document()["Resources"]["ActivityGenS3Endpoint"]["Properties"]
    assert properties.get("VpcEndpointType", "Gateway") == "Gateway"
    assert [statement["Action"] for statement in properties["PolicyDocument"]["Statement"]] == ["s3:PutObject"]


def test_the_shell_scripts_are_scripts():
    """What instance and notebook instance run at their start is syntax that bash knows."""
    resources = whole_template.document()["Resources"]
    instance = resources["ActivityGenInstance"]["Properties"]["UserData"]
    (notebook,) = resources["NotebookLifecycle"]["Properties"]["OnStart"]
    for script in (instance["Fn::Base64"]["Fn::Sub"], notebook["Content"]["Fn::Base64"]["Fn::Sub"]):
        outer, inner = script, script.split("<<'EOF'\n")[1].split("\nEOF\n")[0]
        for text in (outer, inner):
            subprocess.run(["bash", "-n"], input=text.replace("${", "{"), text=True, check=True, timeout=PATIENCE)


# ---------------------------------------------------------------- the trails


def test_the_trail_is_one_that_cloudtrail_accepts(defaults, account):
    """The template's properties are CreateTrail's parameters."""
    properties = dict(whole_template.document()["Resources"]["CloudTrail"]["Properties"])
    assert properties.pop("IsLogging") is True
    assert properties.pop("IsMultiRegionTrail") == {"Fn::If": ["AllRegions", True, False]}
    assert properties.pop("S3BucketName") == {"Ref": "CloudTrailBucket"}
    assert properties.pop("TrailName") == {"Fn::Sub": "${AWS::StackName}-CloudTrail"}
    tags = properties.pop("Tags")
    trails = account.client("cloudtrail")
    trails.create_trail(
        Name="Workshop-CloudTrail",
        S3BucketName=defaults["CloudTrailBucket"],
        IsMultiRegionTrail=True,
        TagsList=tags,
        **properties,
    )
    trail = trails.get_trail(Name="Workshop-CloudTrail")["Trail"]
    assert (trail["IsMultiRegionTrail"], trail["LogFileValidationEnabled"]) == (True, True)


@pytest.mark.parametrize(
    ("policy", "trail"),
    [("CloudTrailBucketPolicy", "${AWS::StackName}-CloudTrail"), ("ActivityGenBucketPolicy", TRAIL)],
)
def test_only_its_own_trail_writes_into_a_bucket(policy, trail):
    """Each statement that lets CloudTrail in names the one trail: nobody else's trail can be aimed at the bucket."""
    statements = whole_template.document()["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
    allowed = [statement for statement in statements if statement.get("Effect") == "Allow"]
    arn = "arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/" + trail
    assert allowed
    for statement in allowed:
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statement["Condition"]["StringEquals"]["aws:SourceArn"] == {"Fn::Sub": arn}


# ---------------------------------------------------------------- checkov

# What checkov finds and why it stays. It pins a boto3 of 2024, so it lives in an environment of its own (.ci/run).
_NO_LOGS = "its one reader would be this workshop; the bucket lives for hours"
_ONE_DAY = "log files live for one day and can be replayed; old versions would outlive the lifecycle"
_NO_QUEUE = "not a dead-letter queue but the newer on-failure destination: AnalysisInvokeConfig, FailureQueue"
_NO_VPC = "it calls AWS's APIs only; in a VPC that would take paid endpoints"
_NO_LIMIT = "new accounts have 10 concurrent runs in all, and reserving any is refused there"
_NO_SECRET = "the variables hold names, no secrets; they are encrypted with Lambda's own key"
_NO_KEY = "a key of one's own costs 1 USD a month and guards nothing here that AWS's own key does not"
STAYS = {
    ("CKV_AWS_18", "CloudTrailBucket"): _NO_LOGS,
    ("CKV_AWS_18", "ActivityGenBucket"): _NO_LOGS,
    ("CKV_AWS_21", "CloudTrailBucket"): _ONE_DAY,
    ("CKV_AWS_21", "ActivityGenBucket"): "old versions of the credentials would stay",
    ("CKV_AWS_26", "DetectionNotificationTopic"): "alarms cannot use alias/aws/sns: see the comment in the template",
    ("CKV_AWS_27", "FailureQueue"): "it is encrypted with SQS's own key, which checkov does not look at",
    ("CKV_AWS_27", "NotificationQueue"): "it is encrypted with SQS's own key, which checkov does not look at",
    ("CKV_AWS_35", "CloudTrail"): _NO_KEY,
    (
        "CKV_AWS_67",
        "CloudTrail",
    ): "all Regions, unless a parameter says otherwise, which checkov does not resolve",
    ("CKV_AWS_115", "AnalysisLambdaFunction"): _NO_LIMIT,
    ("CKV_AWS_115", "ActivityGenLambdaFunc"): _NO_LIMIT,
    ("CKV_AWS_116", "AnalysisLambdaFunction"): _NO_QUEUE,
    ("CKV_AWS_116", "ActivityGenLambdaFunc"): "a run that failed cleans up; the schedule makes the next one",
    ("CKV_AWS_117", "AnalysisLambdaFunction"): _NO_VPC,
    ("CKV_AWS_117", "ActivityGenLambdaFunc"): _NO_VPC,
    ("CKV_AWS_158", "AnalysisLogGroup"): _NO_KEY,
    ("CKV_AWS_158", "ActivityGenLogGroup"): _NO_KEY,
    ("CKV_AWS_173", "AnalysisLambdaFunction"): _NO_SECRET,
    ("CKV_AWS_173", "ActivityGenLambdaFunc"): _NO_SECRET,
}


def find_checkov():
    """Return the path of checkov: `WORKSHOP_CHECKOV`, the one that .ci/run installs, or one on the PATH; else None."""
    own = places.checkout() / ".checkov" / "bin" / "checkov"
    return os.environ.get("WORKSHOP_CHECKOV") or (str(own) if own.is_file() else shutil.which("checkov"))


def test_checkov_finds_nothing_that_is_not_explained(tmp_path):
    """Each of its findings has its reason above, and no reason is there for what it does not find."""
    checkov = find_checkov()
    if not checkov:
        assert os.environ.get("CI") != "true", "checkov is required with CI=true, and not installed: see .ci/run"
        pytest.skip("checkov is not installed: see CONTRIBUTING.md")
    command = [checkov, "-f", places.template(), "--framework", "cloudformation", "--skip-download", "-o", "json"]
    # Out of reach of the interpreter that runs this test, whose packages are others.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=2 * PATIENCE)
    report = json.loads(ran.stdout)
    failed = {(found["check_id"], found["resource"].rpartition(".")[2]) for found in report["results"]["failed_checks"]}
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 50
    assert report["results"]["skipped_checks"] == []
    assert failed == set(STAYS)
