"""The activity generator as AWS runs it: its function, roles, bucket and schedule on the emulator, with IAM enforced.

The emulator has no instances, so the tests leave the instance's credentials in its place, with the instance's role.
"""

import contextlib
import datetime
import importlib
import json

import generator_stack
import pytest
from botocore.exceptions import ClientError
from generator_stack import INSTANCE, invoke, leave_credentials, role_session, without_permission

from workshop import activity_generator as generator
from workshop.cloud.activity import generate
from workshop.cloud.cloud import Cloud

ACTIVITY = [
    ["the generator", "logs:CreateLogGroup"],
    ["the generator", "cloudtrail:CreateTrail"],
    ["the thief", "sts:GetCallerIdentity"],
    ["the thief", "cloudtrail:DescribeTrails"],
    ["the thief", "logs:DescribeLogGroups"],
    ["the thief", "cloudtrail:StopLogging"],
    ["the thief", "cloudtrail:DeleteTrail"],
    ["the thief", "logs:DeleteLogGroup"],
]
CLEANING_UP = [
    ["the generator, cleaning up", "cloudtrail:DeleteTrail"],
    ["the generator, cleaning up", "logs:DeleteLogGroup"],
]
SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event"}


@pytest.fixture(scope="module")
def cloud(safe_environment):
    return generator_stack.make()


@pytest.fixture(autouse=True)
def nothing_is_left(cloud):
    """Whatever a test does, the next one finds neither decoys nor credentials."""
    yield
    calls = generator.caller("the test", cloud.client, [])
    generator.remove_decoys(calls, generator.decoys_left(cloud.client))
    cloud.client("s3").delete_object(Bucket=cloud.resource("ActivityGenBucket"), Key=generator.CREDENTIALS_KEY)


def credentials_there(cloud):
    return cloud.client("s3").list_objects_v2(Bucket=cloud.resource("ActivityGenBucket")).get("KeyCount", 0)


def test_it_destroys_its_decoys_with_the_instances_credentials(cloud):
    """From outside of the instance: the session is the instance's, the caller is the function. Nothing stays."""
    key = leave_credentials(cloud)
    done = invoke(cloud)
    assert done["calls"] == ACTIVITY
    assert done["accessKeyId"] == key
    assert done["arn"].endswith(f"{cloud.resource('ActivityGenInstanceRole')}/{INSTANCE}")
    assert generator.decoys_left(cloud.client) == (False, False)
    assert credentials_there(cloud) == 0


def test_it_can_be_run_again_and_again(cloud):
    """Each time with new credentials; the same happens."""
    done = []
    for _ in range(2):
        leave_credentials(cloud)
        done.append(invoke(cloud))
    assert done[0]["calls"] == done[1]["calls"] == ACTIVITY
    assert done[0]["accessKeyId"] != done[1]["accessKeyId"]


def test_what_a_failed_run_left_is_removed_first(cloud):
    """A trail and a log group that are there already are in nobody's way."""
    generator.create_decoys(generator.caller("a run", cloud.client, []), cloud.resource("ActivityGenBucket"))
    leave_credentials(cloud)
    assert invoke(cloud)["calls"] == CLEANING_UP + ACTIVITY


@pytest.mark.parametrize(
    ("role", "action"),
    [
        ("ActivityGenLambdaRole", "cloudtrail:CreateTrail"),
        ("ActivityGenInstanceRole", "cloudtrail:StopLogging"),
        ("ActivityGenInstanceRole", "logs:DeleteLogGroup"),
    ],
)
def test_a_run_that_fails_leaves_nothing(cloud, role, action):
    """Wherever it fails, the decoys go and the credentials are gone; the error is told."""
    leave_credentials(cloud)
    with without_permission(cloud, role, action), pytest.raises(AssertionError, match=f"perform: {action}"):
        invoke(cloud)
    assert generator.decoys_left(cloud.client) == (False, False)
    assert credentials_there(cloud) == 0


def test_what_it_prints_and_answers_holds_no_secret(cloud):
    """The access key id is in every record anyway; the secret key and the token are nowhere."""
    session = role_session(cloud, "ActivityGenInstanceRole")
    leave_credentials(cloud)
    s3, bucket = cloud.client("s3"), cloud.resource("ActivityGenBucket")
    left = json.loads(s3.get_object(Bucket=bucket, Key=generator.CREDENTIALS_KEY)["Body"].read())
    said = json.dumps(invoke(cloud))
    group = f"/aws/lambda/{cloud.stack}-ActivityGenLambdaFunc"
    printed = json.dumps(cloud.client("logs").filter_log_events(logGroupName=group)["events"])
    assert "ACTIVITY " in printed
    assert left["AccessKeyId"] in printed
    for secret in (left["SecretAccessKey"], left["Token"], session["aws_secret_access_key"]):
        assert secret not in said + printed


def test_only_the_function_reads_the_credentials(cloud):
    """The instance itself cannot, nor can another role of the stack, whatever it is allowed otherwise."""
    leave_credentials(cloud)
    iam, role = cloud.client("iam"), cloud.resource("AnalysisLambdaRole")
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    iam.put_role_policy(
        RoleName=role,
        PolicyName="Everything",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )
    ask = {"Bucket": cloud.resource("ActivityGenBucket"), "Key": generator.CREDENTIALS_KEY}
    try:
        for reader in ("ActivityGenInstanceRole", "AnalysisLambdaRole"):
            with pytest.raises(ClientError, match="AccessDenied"):
                cloud.session.client("s3", **role_session(cloud, reader)).get_object(**ask)
        assert cloud.session.client("s3", **role_session(cloud, "ActivityGenLambdaRole")).get_object(**ask)
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="Everything")


def test_without_credentials_it_says_what_is_missing(cloud):
    """After its patience, with the question to ask."""
    s3 = cloud.session.client("s3", **role_session(cloud, "ActivityGenLambdaRole"))
    with pytest.raises(TimeoutError, match="Does the instance run"):
        generator.take_credentials(s3, cloud.resource("ActivityGenBucket"), patience=0.2, pause=0.05)


def test_it_waits_for_the_credentials(cloud):
    """An instance that has just started leaves them a little later."""

    class LateS3:
        """The real client; the instance leaves its credentials after the first look."""

        exceptions = cloud.client("s3").exceptions
        looks = 0

        def get_object(self, **ask):
            self.looks += 1
            if self.looks == 2:
                leave_credentials(cloud)
            return cloud.client("s3").get_object(**ask)

        def delete_object(self, **ask):
            return cloud.client("s3").delete_object(**ask)

    s3 = LateS3()
    taken = generator.take_credentials(s3, cloud.resource("ActivityGenBucket"), pause=0.01)
    assert s3.looks == 2
    assert taken["aws_session_token"]


# ---------------------------------------------------------------- the schedule


def scheduled(cloud):
    arn = cloud.client("events").describe_rule(Name=cloud.resource("ActivityGenSchedule"))["Arn"]
    return {**SCHEDULED, "resources": [arn]}


def act_as_the_function(cloud, monkeypatch):
    """Give this process the environment of the generator's function: its role, its Region, its stack."""
    for name, value in role_session(cloud, "ActivityGenLambdaRole").items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.client("s3").meta.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", cloud.region)
    monkeypatch.setenv("STACK", cloud.client("cloudformation").describe_stacks()["Stacks"][0]["StackId"])


def rule_state(cloud):
    return cloud.client("events").describe_rule(Name=cloud.resource("ActivityGenSchedule"))["State"]


def test_a_young_stacks_schedule_makes_activity(cloud):
    """And goes on."""
    leave_credentials(cloud)
    assert invoke(cloud, scheduled(cloud))["calls"] == ACTIVITY
    assert rule_state(cloud) == "ENABLED"


def test_after_its_hours_it_disables_its_own_schedule(cloud, monkeypatch):
    """With its own role, and makes no activity any more; who calls it by hand still gets some."""
    act_as_the_function(cloud, monkeypatch)
    monkeypatch.setattr(generator, "SCHEDULED_FOR", datetime.timedelta(0))
    rule = cloud.resource("ActivityGenSchedule")
    try:
        assert generator.handler(scheduled(cloud), None) == {"disabled": rule}
        assert rule_state(cloud) == "DISABLED"
    finally:
        cloud.client("events").enable_rule(Name=rule)
    monkeypatch.setenv("BUCKET", cloud.resource("ActivityGenBucket"))
    leave_credentials(cloud)
    assert [list(call) for call in generator.handler({}, None)["calls"]] == ACTIVITY


@pytest.mark.parametrize(("made", "updated", "over"), [(5, None, False), (7, None, True), (7, 2, False), (30, 7, True)])
def test_the_hours_count_from_the_last_update(made, updated, over):
    """Whoever updates the stack is still at work."""
    now = datetime.datetime.now(datetime.timezone.utc)
    found = {"CreationTime": now - datetime.timedelta(hours=made)}
    if updated:
        found["LastUpdatedTime"] = now - datetime.timedelta(hours=updated)

    class CloudFormation:
        def describe_stacks(self, StackName):
            return {"Stacks": [found]}

    assert generator.time_is_up(CloudFormation(), "a stack") is over


def test_the_hours_are_the_stacks_parameter(cloud, monkeypatch):
    """It reaches the function by its environment; without that, as in the kit, there are six."""
    function = cloud.resource("ActivityGenLambdaFunc")
    variables = cloud.client("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    assert variables["HOURS"] == "6"
    assert datetime.timedelta(hours=6) == generator.SCHEDULED_FOR
    monkeypatch.setenv("HOURS", "2")
    try:
        assert datetime.timedelta(hours=2) == importlib.reload(generator).SCHEDULED_FOR
    finally:
        monkeypatch.delenv("HOURS")
        importlib.reload(generator)


# ---------------------------------------------------------------- from a notebook


@pytest.fixture
def account(cloud):
    """The same stack, connected to as to an AWS account."""
    return Cloud(
        cloud.session,
        target="aws",
        account=cloud.account,
        region=cloud.region,
        stack=cloud.stack,
        identity="arn:aws:iam::111122223333:user/attendee",
    )


def test_on_aws_generate_activity_asks_the_function(cloud, account):
    """And reports what it did."""
    key = leave_credentials(cloud)
    done = generate.generate_activity(account)
    assert (done.access_key, done.calls) == (key, [tuple(call) for call in ACTIVITY])
    assert "the thief: cloudtrail:DeleteTrail" in str(done)
    assert INSTANCE in str(done)


def test_on_aws_a_run_that_fails_says_why(cloud, account, monkeypatch):
    """With the function's own words, and where to read more."""
    leave_credentials(cloud)
    monkeypatch.setattr(account, "resource", lambda name: cloud.resource("AnalysisLambdaFunction"))
    with pytest.raises(generate.ActivityFailed, match=r"(?s)No S3 notification.*/aws/lambda/.*ActivityGenLambdaFunc"):
        generate.generate_activity(account)


def test_on_aws_the_notebook_goes_on_where_a_call_is_denied(cloud, account):
    """What was denied, and what to do instead; the cells below find an Activity."""
    key = leave_credentials(cloud)
    with without_permission(cloud, "ActivityGenInstanceRole", "cloudtrail:DeleteTrail"):
        done = generate.generate_activity(account)
    assert done.access_key == key
    assert "cloudtrail:DeleteTrail" in done.denied
    for shown in (str(done), done._repr_html_()):
        assert "AWS denied a call" in shown
        assert "trigger(cloud)" in shown
    assert "the thief: cloudtrail:StopLogging" in str(done)


# ---------------------------------------------------------------- where an organization denies it


@pytest.fixture
def denying(cloud):
    """Return what denies actions to every role of the stack, as a service control policy does, for a block."""
    iam = cloud.client("iam")
    roles = [cloud.resource(role) for role in ("ActivityGenInstanceRole", "ActivityGenLambdaRole")]

    @contextlib.contextmanager
    def deny(*actions):
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": actions, "Resource": "*"}]}
        for role in roles:
            iam.put_role_policy(RoleName=role, PolicyName="Organization", PolicyDocument=json.dumps(document))
        try:
            yield
        finally:
            for role in roles:
                iam.delete_role_policy(RoleName=role, PolicyName="Organization")

    return deny


@pytest.mark.parametrize("action", ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"])
def test_a_denied_call_ends_the_schedule(cloud, denying, action):
    """It would be denied each time; the log group goes, and so does the trail where that is allowed."""
    leave_credentials(cloud)
    try:
        with denying(action):
            answer = cloud.client("lambda").invoke(
                FunctionName=cloud.resource("ActivityGenLambdaFunc"), Payload=json.dumps(scheduled(cloud))
            )
        said = json.loads(answer["Payload"].read())
        assert action in said["denied"]
        assert said["left"] == [generator.TRAIL] * (action == "cloudtrail:DeleteTrail")
        assert said["disabled"] == cloud.resource("ActivityGenSchedule")
        assert rule_state(cloud) == "DISABLED"
        assert generator.decoys_left(cloud.client) == (action == "cloudtrail:DeleteTrail", False)
    finally:
        cloud.client("events").enable_rule(Name=cloud.resource("ActivityGenSchedule"))


def test_a_decoy_that_nobody_may_stop_or_delete_records_nothing(cloud, account, denying):
    """It stays, as the answer says, and while it stays there is no second one; once it may go, all goes on."""
    with denying("cloudtrail:StopLogging", "cloudtrail:DeleteTrail"):
        leave_credentials(cloud)
        first = generate.generate_activity(account)
        leave_credentials(cloud)
        second = generate.generate_activity(account)
        status = cloud.client("cloudtrail").get_trail_status(Name=generator.TRAIL)
    assert first.left == second.left == [generator.TRAIL]
    assert status["IsLogging"] is False
    for shown in (str(first), second._repr_html_()):
        assert f"Left behind: the trail {generator.TRAIL}. It was never started, so it costs nothing" in shown
    assert ("the generator", "cloudtrail:CreateTrail") in first.calls
    assert second.calls == []
    leave_credentials(cloud)
    assert invoke(cloud)["calls"] == [CLEANING_UP[0], *ACTIVITY]


def test_another_error_does_not_end_the_schedule(cloud, monkeypatch):
    """The next run may do better."""
    act_as_the_function(cloud, monkeypatch)
    monkeypatch.setenv("BUCKET", cloud.resource("ActivityGenBucket"))
    throttled = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slowly"}}, "CreateTrail")

    def fail(*_):
        raise throttled

    monkeypatch.setattr(generator, "create_decoys", fail)
    leave_credentials(cloud)
    with pytest.raises(ClientError, match="slowly"):
        generator.handler(scheduled(cloud), None)
    assert rule_state(cloud) == "ENABLED"


# ---------------------------------------------------------------- the stack around it


def test_a_newer_image_becomes_a_second_version(cloud, home):
    """Version 1 of the launch template, which the instance is made from, stays as it was made."""
    cloud = generator_stack.make()
    ec2, template = cloud.client("ec2"), cloud.resource("ActivityGenImage")
    generator_stack.update(cloud, InstanceImage="/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2")
    assert cloud.resource("ActivityGenImage") == template
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"]
    images = {one["VersionNumber"]: one["LaunchTemplateData"]["ImageId"] for one in versions}
    assert sorted(images) == [1, 2]
    assert images[1] != images[2]


def test_updates_take_it_away_and_bring_it_back(cloud, home):
    """By one parameter, and another moves it out of its own network; what else the stack has stays as it is."""
    # On an emulator of its own: the other tests share a stack.
    cloud = generator_stack.make()
    whole = set(cloud._resources)
    analyzer = cloud.resource("AnalysisLambdaFunction")
    assert {"ActivityGenVpc", "ActivityGenRoutes", "ActivityGenS3Endpoint", "ActivityGenLambdaFunc"} <= whole
    generator_stack.update(cloud, ActivityNetwork="default")
    network = {"Vpc", "Subnet", "RouteTable", "Routes", "S3Endpoint"}
    assert whole - set(cloud._resources) == {f"ActivityGen{part}" for part in network}
    generator_stack.update(cloud, ActivityGeneration="none")
    assert not [name for name in cloud._resources if name.startswith("ActivityGen")]
    generator_stack.update(cloud, ActivityGeneration="scheduled", ActivityNetwork="own")
    assert set(cloud._resources) == whole
    assert cloud.resource("AnalysisLambdaFunction") == analyzer
