"""The teardown: nothing remains, it can be run again, and what could not be deleted is said."""

import ast
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import generator_stack
import pytest
import whole_template
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from emulated_account import ADMINISTRATOR, root, user
from filled_bucket import fill
from waiting import PATIENCE, eventually

from workshop import activity_generator, places
from workshop.cloud import connection, sagemaker, teardown
from workshop.cloud.activity.trigger import trigger
from workshop.cloud.emulator import emulator
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.lambda_log import finished_runs
from workshop.cloud.function.runs_in_flight import wait_for_runs
from workshop.cloud.stack import buckets, costs, guardduty, stack, stack_resources
from workshop.cloud.teardown import main
from workshop.exercises import model_answers


def tear_down(cloud, **options):
    return teardown.teardown(cloud, show=lambda line: None, **options)


def script(*arguments, answer="", **environment):
    """Run teardown.sh as a user of an AWS account does."""
    return subprocess.run(
        ["bash", places.checkout() / "teardown.sh", *arguments],
        env={**os.environ, **environment},
        input=answer,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.fixture
def account(cloud):
    """Environment variables that make the emulator the AWS account, for its root user."""
    return root()


def user_without(action):
    """Return environment variables of a user who may do everything but one thing."""
    return user("limited", ADMINISTRATOR, {"Effect": "Deny", "Action": action, "Resource": "*"})


def everything(cloud):
    """Return the names of all that there is in the account of what a stack can make."""
    return [
        *(bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]),
        *(function["FunctionName"] for function in cloud.client("lambda").list_functions()["Functions"]),
        *(role["RoleName"] for role in cloud.client("iam").list_roles()["Roles"]),
        *(group["logGroupName"] for group in cloud.client("logs").describe_log_groups()["logGroups"]),
        *(alarm["AlarmName"] for alarm in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]),
        *(topic["TopicArn"] for topic in cloud.client("sns").list_topics()["Topics"]),
        *cloud.client("sqs").list_queues().get("QueueUrls", []),
    ]


# ---------------------------------------------------------------- what it deletes


def test_a_bucket_is_emptied_of_all_that_is_in_it(cloud):
    """S3 deletes only buckets without versions, delete markers and unfinished uploads."""
    s3, bucket = cloud.client("s3"), cloud.outputs["BucketName"]
    fill(s3, bucket)
    assert buckets.contents(s3, bucket) == "3 objects"
    assert buckets.empty(s3, bucket) == []
    versions, uploads = s3.list_object_versions(Bucket=bucket), s3.list_multipart_uploads(Bucket=bucket)
    assert not {"Versions", "DeleteMarkers", "Uploads"} & (set(versions) | set(uploads))
    s3.delete_bucket(Bucket=bucket)


def test_nothing_remains(cloud):
    """The stack goes with all that is in its bucket, and with the log group that Lambda made by itself."""
    fill(cloud.client("s3"), cloud.outputs["BucketName"])
    cloud.client("logs").create_log_group(logGroupName=f"/aws/lambda/{cloud.outputs['FunctionName']}")
    report = tear_down(cloud)
    assert report.complete
    assert everything(cloud) == []
    assert cloud.describe_stack() is None
    assert "Nothing of the workshop remains." in str(report)


def test_a_second_time_there_is_nothing_to_delete(cloud):
    """It can be run at any time."""
    assert tear_down(cloud).complete
    again = tear_down(cloud)
    assert again.complete
    assert again.deleted == []
    assert "There was nothing to delete." in str(again)


def test_what_will_be_deleted_is_listed_first(cloud):
    """The stack, each bucket with how much is in it, each log group, while all of it is still there."""
    cloud.client("s3").put_object(Bucket=cloud.outputs["BucketName"], Key="a", Body=b"a")
    lines, remaining = [], []

    def show(line):
        lines.append(line)
        remaining.append(cloud.describe_stack() is not None)

    bucket, log_group = cloud.outputs["BucketName"], cloud.outputs["LogGroupName"]
    teardown.teardown(cloud, show=show)
    listed = "\n".join(line for line, there in zip(lines, remaining, strict=True) if there and "ing the " not in line)
    for part in (cloud.stack, cloud.account, cloud.region, f"{bucket} with 1 objects", log_group):
        assert part in listed


def test_logs_of_an_earlier_stack_go_too_and_others_stay(cloud):
    """A stack that was deleted in the console left its functions' log groups; another stack's are not ours."""
    ours = [f"/aws/lambda/{cloud.stack}-{name}" for name in ("AnalysisLambdaFunction-1A2B3C", "ActivityGenLambdaFunc")]
    others = [f"/aws/lambda/{cloud.stack}-b-AnalysisLambdaFunction", "/aws/lambda/production"]
    assert tear_down(cloud).complete
    for name in ours + others:
        cloud.client("logs").create_log_group(logGroupName=name)
    report = tear_down(cloud)
    assert len(report.deleted) == 2
    assert everything(cloud) == sorted(others)


def test_a_half_created_stack_is_deleted(cloud, monkeypatch):
    """One that failed and was rolled back stands in the way of the next one."""
    assert tear_down(cloud).complete
    broken = whole_template.that_fails()
    with pytest.raises(stack.StackError):
        stack.ensure(cloud, broken, {"Target": "local"}, agree=lambda question: True, show=lambda line: None)
    assert cloud.describe_stack()["StackStatus"] == "ROLLBACK_COMPLETE"
    assert tear_down(cloud).complete
    assert cloud.describe_stack() is None


def test_a_stack_that_is_being_updated_is_waited_for(cloud, monkeypatch):
    """CloudFormation refuses to delete it until then; one that is being made it deletes at once."""
    describe, follow, order = cloud.describe_stack, stack.follow, []
    states = iter(["UPDATE_IN_PROGRESS"])

    def describe_busy(*arguments):
        found = describe(*arguments)
        return found and {**found, "StackStatus": next(states, found["StackStatus"])}

    delete_stack = cloud.client("cloudformation").delete_stack
    monkeypatch.setattr(cloud, "describe_stack", describe_busy)
    monkeypatch.setattr(stack, "follow", lambda *given, **options: order.append("wait") or follow(*given, **options))
    monkeypatch.setattr(
        cloud.client("cloudformation"), "delete_stack", lambda **given: order.append("delete") or delete_stack(**given)
    )
    assert tear_down(cloud).complete
    assert order == ["wait", "delete", "wait"]


def test_what_the_activity_generator_left_goes_too(cloud):
    """A run that failed left its decoys, which are no part of the stack; they are listed, also without a stack."""
    cloud.client("logs").create_log_group(logGroupName=activity_generator.LOG_GROUP)
    cloud.client("cloudtrail").create_trail(Name=activity_generator.TRAIL, S3BucketName=cloud.outputs["BucketName"])
    lines = []
    report = teardown.teardown(cloud, show=lines.append)
    assert report.complete, report
    assert f"the trail {activity_generator.TRAIL}" in "\n".join(lines)
    assert stack_resources.decoys(cloud) == []
    cloud.client("logs").create_log_group(logGroupName=activity_generator.LOG_GROUP)
    assert tear_down(cloud).deleted == ["the activity generator's decoy (logs:DeleteLogGroup)"]
    assert everything(cloud) == []


def test_runs_in_flight_are_waited_for(cloud):
    """A run that ended after its log group was deleted would make the group anew."""
    deploy(cloud, *model_answers())
    for _ in range(3):
        trigger(cloud)
    assert tear_down(cloud).complete
    assert not eventually(lambda: everything(cloud), patience=3)


def test_runs_that_fail_are_waited_for_too(cloud):
    """They are tried again, twice; what is no log file fails each time."""
    bucket = cloud.outputs["BucketName"]
    key = f"{cloud.outputs['LogFilePrefix']}broken.json.gz"
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=b"no gzip")
    assert wait_for_runs(cloud, bucket) == []
    failed = [run for run in finished_runs(cloud, datetime.now(timezone.utc) - timedelta(minutes=1)) if run.error]
    assert len(failed) == 3


def test_a_run_that_does_not_end_is_not_waited_for_ever(cloud):
    """Nor is a file that no run is for: it is named, and the teardown goes on."""
    bucket = cloud.outputs["BucketName"]
    cloud.client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    key = f"{cloud.outputs['LogFilePrefix']}unseen.json.gz"
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=b"")
    assert wait_for_runs(cloud, bucket, patience=0.2) == [key]
    cloud.client("s3").delete_object(Bucket=bucket, Key=key)


def test_more_objects_than_one_page_are_deleted(cloud, monkeypatch):
    """Listings come in pages of a thousand at most, and so do deletions."""
    s3, bucket = cloud.client("s3"), cloud.outputs["BucketName"]
    monkeypatch.setattr(buckets, "PAGE", 3)
    for number in range(7):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"")
    assert buckets.contents(s3, bucket) == "more than 3 objects"
    assert buckets.empty(s3, bucket) == []
    assert buckets.contents(s3, bucket) == "no objects"


def test_the_trail_is_stopped_first(cloud, monkeypatch):
    """Else it would go on writing into the bucket that is being emptied; one that has gone is no problem."""
    s3, bucket = cloud.client("s3"), cloud.outputs["BucketName"]
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    cloud.client("cloudtrail").create_trail(Name="the-trail", S3BucketName=bucket)
    cloud.client("cloudtrail").start_logging(Name="the-trail")
    # The emulator's stacks have no trails.
    trails = [
        {"ResourceType": "AWS::CloudTrail::Trail", "PhysicalResourceId": name} for name in ("the-trail", "gone-trail")
    ]
    resources, called = stack_resources.resources, []
    monkeypatch.setattr(stack_resources, "resources", lambda *given: [*resources(*given), *trails])
    cloud._clients.clear()
    cloud.session.events.register("before-call", lambda model, **_: called.append(model.name))
    report = tear_down(cloud)
    order = [called.index(name) for name in ("StopLogging", "DeleteObjects", "DeleteStack")]
    assert order == sorted(order)
    assert cloud.client("cloudtrail").get_trail_status(Name="the-trail")["IsLogging"] is False
    assert report.left == ["the-trail (AWS::CloudTrail::Trail), which costs nothing: it records nothing"]


def test_a_decoy_that_nobody_may_delete_is_left_and_costs_nothing(cloud):
    """An organization may deny it; what is left is said with its cost, whether the trail records or not."""
    cloud.client("cloudtrail").create_trail(Name=activity_generator.TRAIL, S3BucketName=cloud.outputs["BucketName"])
    no = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "by the organization"}}, "DeleteTrail")

    def refuse(**_):
        raise no

    cloud.session.events.register("before-parameter-build.cloudtrail.DeleteTrail", refuse)
    cloud._clients.clear()
    decoy = f"the activity generator's trail {activity_generator.TRAIL}, which costs "
    try:
        report = tear_down(cloud)
        assert f"{decoy}nothing: it records nothing" in report.left
        assert "by the organization" in str(report)
        assert "Ask the people who run the account, or its organization, for what was denied. Run" in str(report)
        cloud.client("cloudtrail").start_logging(Name=activity_generator.TRAIL)
        assert any(
            line.startswith(f"{decoy}nothing as the first trail, else 2.00 USD") for line in tear_down(cloud).left
        )
    finally:
        cloud.session.events.unregister("before-parameter-build.cloudtrail.DeleteTrail", refuse)
        cloud._clients.clear()
    assert tear_down(cloud).complete


def test_a_subscription_nobody_confirmed_is_mentioned(cloud):
    """AWS alone can delete it, and does so in three days: a remark, not a failure."""
    topic = cloud.outputs["TopicArn"]
    pending = {"SubscriptionArn": "PendingConfirmation", "Endpoint": "analyst@example.com", "Protocol": "email"}
    with Stubber(cloud.client("sns")) as sns:
        sns.add_response("list_subscriptions_by_topic", {"Subscriptions": [pending]}, {"TopicArn": topic})
        sns.add_client_error("get_topic_attributes", "NotFound")
        report = tear_down(cloud)
    assert report.complete
    assert "analyst@example.com was never confirmed" in str(report)


# ---------------------------------------------------------------- what it does not delete, and says


def test_on_aws_it_asks_and_takes_no_for_an_answer(cloud):
    """Nothing is deleted without a yes, and that counts as something left."""
    cloud.target = "aws"
    questions = []
    report = tear_down(cloud, confirm=questions.append)
    assert cloud.account in questions[0]
    assert not report.complete
    assert cloud.describe_stack() is not None
    assert tear_down(cloud, confirm=lambda question: True).complete


@pytest.mark.parametrize(
    ("action", "left"),
    [
        ("logs:DeleteLogGroup", "/aws/lambda/ReInvent2017-SID341-AnalysisLambdaFunction-left"),
        ("cloudformation:DeleteStack", "the stack ReInvent2017-SID341 (not deleted)"),
    ],
)
def test_what_may_not_be_deleted_is_named(cloud, action, left):
    """With AWS's reason, and an exit status that says so; with the permission, the next run finishes the work."""
    cloud.client("logs").create_log_group(logGroupName=f"/aws/lambda/{cloud.stack}-AnalysisLambdaFunction-left")
    cloud.client("s3").put_object(Bucket=cloud.outputs["BucketName"], Key="a", Body=b"a")
    ended = script("-y", **user_without(action))
    assert ended.returncode == 1
    assert "LEFT: " in ended.stdout
    assert left in ended.stdout.partition("LEFT: ")[2]
    assert "AccessDenied" in ended.stdout
    assert "Nothing of the workshop remains" not in ended.stdout
    assert tear_down(cloud).complete


@pytest.mark.parametrize(
    ("source", "fetch"),
    [
        ("https://example.com/kit.git", "git clone --depth 1 'https://example.com/kit.git' workshop-kit"),
        ("https://example.com/kit.zip", "curl -fsSL -o kit.zip 'https://example.com/kit.zip'"),
        ("", "git clone --depth 1 '<the address of this kit>' workshop-kit"),
    ],
)
def test_a_notebook_instance_does_not_delete_itself(cloud, monkeypatch, tmp_path, source, fetch):
    """On a host that belongs to the stack nothing is deleted; what to run in CloudShell is said instead."""
    metadata = tmp_path / "resource-metadata.json"
    metadata.write_text('{"ResourceArn": "arn:…:notebook-instance/notebook-1a2b", "ResourceName": "Notebook-1a2b"}')
    monkeypatch.setattr(sagemaker, "METADATA", metadata)
    arn = "arn:aws:sagemaker:ca-central-1:111122223333:notebook-instance/Notebook-1a2b"
    host = {"ResourceType": "AWS::SageMaker::NotebookInstance", "PhysicalResourceId": arn}
    resources, describe = stack_resources.resources, cloud.describe_stack
    monkeypatch.setattr(stack_resources, "resources", lambda *given: [*resources(*given), host])
    kit = {"ParameterKey": "KitSource", "ParameterValue": source}
    monkeypatch.setattr(cloud, "describe_stack", lambda *given: {**describe(*given), "Parameters": [kit]})
    report = tear_down(cloud, yes=True)
    assert not report.complete
    assert report.deleted == []
    assert "Notebook-1a2b, a part of it, which cannot delete itself" in report.left[0]
    *_, fetched, run = str(report).splitlines()
    assert fetch in str(report)
    assert fetched.startswith("    ")
    assert run == '    bash "$(find workshop-kit -name teardown.sh | head -1)" -s ReInvent2017-SID341 -r ca-central-1'


def test_another_host_in_sagemaker_tears_down(cloud, monkeypatch, tmp_path):
    """A Studio app is no part of the stack; nor is any host whose metadata cannot be read."""
    metadata = tmp_path / "resource-metadata.json"
    metadata.write_text('{"ResourceName": "default", "SpaceName": "mine"}')
    monkeypatch.setattr(sagemaker, "METADATA", metadata)
    assert sagemaker.host() == "default"
    assert tear_down(cloud).complete
    metadata.write_text("[]")
    assert sagemaker.host() is None


@pytest.mark.parametrize(
    ("kind", "name", "service", "operation", "answer", "there"),
    [
        ("AWS::SQS::Queue", "q", "sqs", "get_queue_attributes", "AWS.SimpleQueueService.NonExistentQueue", False),
        ("AWS::IAM::Role", "r", "iam", "get_role", "NoSuchEntity", False),
        ("AWS::IAM::Role", "r", "iam", "get_role", "AccessDenied", True),
        ("AWS::Events::Rule", "r", "events", "describe_rule", "ResourceNotFoundException", False),
        ("AWS::EC2::VPC", "vpc-1", "ec2", "describe_vpcs", "InvalidVpcID.NotFound", False),
        ("AWS::CloudWatch::Alarm", "a", "cloudwatch", "describe_alarms", {"MetricAlarms": []}, False),
        ("AWS::CloudWatch::Alarm", "a", "cloudwatch", "describe_alarms", {"MetricAlarms": [{"AlarmName": "a"}]}, True),
        ("AWS::EC2::Instance", "i-1", "ec2", "describe_instances", "terminated", False),
        ("AWS::EC2::Instance", "i-1", "ec2", "describe_instances", "running", True),
    ],
)
def test_each_kind_of_thing_is_looked_for(cloud, kind, name, service, operation, answer, there):
    """What is gone, what is there, and what may not be asked for."""
    with Stubber(cloud.client(service)) as stub:
        if answer in ("terminated", "running"):
            instances = [{"InstanceId": name, "State": {"Name": answer}}]
            for _ in range(2 if there else 1):  # once more for what it costs
                stub.add_response(operation, {"Reservations": [{"Instances": instances}]})
        elif isinstance(answer, dict):
            stub.add_response(operation, answer)
        else:
            stub.add_client_error(operation, answer)
        found = stack_resources.still_there(cloud, [{"ResourceType": kind, "PhysicalResourceId": name}])
        stub.assert_no_pending_responses()
    assert any(f"{name} ({kind})" in line for line in found) == there


def test_a_notebook_instance_that_is_gone(cloud):
    """SageMaker says so in words, without a code of its own; it is asked by the name in the ARN."""
    arn = "arn:aws:sagemaker:ca-central-1:111122223333:notebook-instance/Notebook-1a2b"
    with Stubber(cloud.client("sagemaker")) as stub:
        expected = {"NotebookInstanceName": "Notebook-1a2b"}
        stub.add_client_error(
            "describe_notebook_instance", "ValidationException", "RecordNotFound", expected_params=expected
        )
        resource = {"ResourceType": "AWS::SageMaker::NotebookInstance", "PhysicalResourceId": arn}
        assert not [line for line in stack_resources.still_there(cloud, [resource]) if "Notebook" in line]


# ---------------------------------------------------------------- the commands


def test_the_script_deletes_after_a_yes_and_can_be_run_again(cloud, account):
    """No answer: status 1 and nothing happens. Yes: status 0. Again: status 0, nothing to delete."""
    unanswered = script(**account)
    assert unanswered.returncode == 1
    assert cloud.describe_stack() is not None
    answered = script(answer="yes\n", **account)
    assert (answered.returncode, answered.stderr) == (0, "")
    assert everything(cloud) == []
    again = script("-y", **account)
    assert again.returncode == 0
    assert "There was nothing to delete." in again.stdout


def test_the_script_takes_stack_region_and_profile(cloud, account, tmp_path):
    """-s and -r choose the stack; -p a profile, and one that is not there is named."""
    other = connection.connect(stack="Other", region="us-east-1", show=lambda line: None)
    # The script knows no runs in flight of the local trail's files.
    other.trail.stop("the script deletes the stack", deliver=False)
    assert wait_for_runs(other, other.outputs["BucketName"]) == []
    ended = script("-s", "Other", "-r", "us-east-1", "-y", **account)
    assert ended.returncode == 0
    assert other.describe_stack() is None
    assert cloud.describe_stack() is not None
    configuration = tmp_path / "config"
    key, secret = account["AWS_ACCESS_KEY_ID"], account["AWS_SECRET_ACCESS_KEY"]
    configuration.write_text(f"[profile mine]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    profiles = {"AWS_ENDPOINT_URL": account["AWS_ENDPOINT_URL"], "AWS_CONFIG_FILE": str(configuration)}
    missing = script("-p", "missing", "-y", **profiles)
    assert missing.returncode == 1
    assert "missing" in missing.stderr
    assert script("-p", "mine", "-y", **profiles).returncode == 0
    assert cloud.describe_stack() is None


def test_the_script_refuses_what_it_does_not_know():
    """With a usage message and status 2."""
    assert script("-x").returncode == 2
    assert "-p" in script("-h").stdout


def test_the_command_tears_down_the_local_stack(cloud, capsys):
    """Without --aws nothing is asked and no account is touched."""
    assert main([]) == 0
    assert cloud.describe_stack() is None
    assert "Nothing of the workshop remains." in capsys.readouterr().out


def test_the_command_starts_no_emulator_to_tear_down(home, capsys):
    """Where none runs there is nothing to delete."""
    assert main([]) == 0
    assert emulator.find() is None
    assert "nothing to delete" in capsys.readouterr().out


def test_a_profile_without_aws_is_a_mistake(capsys):
    """Nobody means the local emulator who names a profile."""
    with pytest.raises(SystemExit) as ended:
        main(["-p", "mine"])
    assert ended.value.code == 2
    assert "--aws" in capsys.readouterr().err


def test_missing_credentials_are_one_clear_line(capsys):
    """No traceback."""
    assert main(["--aws", "-y"]) == 1
    assert "no valid AWS credentials" in capsys.readouterr().err


def test_it_needs_only_boto3_and_an_old_python():
    """So that it runs in CloudShell, which has Python 3.9 with boto3: no other package, and no newer syntax."""
    program = (
        "import sys, boto3; before = set(sys.modules); import workshop.cloud.teardown; "
        "new = {name: module for name, module in sys.modules.items() if name not in before}; "
        "print(*sorted({name.partition('.')[0] for name in new} - set(sys.stdlib_module_names))); "
        "print(*[module.__file__ for name, module in new.items() if name.startswith('workshop')], sep='\\n')"
    )
    environment = {**os.environ, "PYTHONPATH": str(places.checkout())}
    imported = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    packages, *files = imported.stdout.splitlines()
    assert packages == "workshop"
    assert len(files) > 5
    for file in files:
        text = Path(file).read_text(encoding="utf-8")
        tree = ast.parse(text, feature_version=(3, 9))
        unions = [node.annotation for node in ast.walk(tree) if getattr(node, "annotation", None)]
        unions += [node.returns for node in ast.walk(tree) if getattr(node, "returns", None)]
        # Python 3.9 cannot compute `str | None`; with this import it need not.
        assert "from __future__ import annotations" in text or not any("|" in ast.unparse(hint) for hint in unions)


def test_a_bucket_that_cannot_be_emptied_is_named(cloud, monkeypatch):
    """What stayed in it and why, after three attempts. (CloudFormation's part is played: the emulator deletes buckets
    with all that is in them.)
    """
    bucket = cloud.outputs["BucketName"]
    cloud.client("s3").put_object(Bucket=bucket, Key="a", Body=b"a")
    for name, value in user_without("s3:DeleteObject*").items():
        monkeypatch.setenv(name, value)
    reason = "CloudTrailBucket (AWS::S3::Bucket): The bucket you tried to delete is not empty"
    attempts = []
    monkeypatch.setattr(stack, "follow", lambda *_, **__: attempts.append(1) or ("DELETE_FAILED", [reason]))
    limited = connection.account_cloud()
    monkeypatch.setattr(limited.client("cloudformation"), "delete_stack", lambda StackName: None)
    report = tear_down(limited, yes=True)
    assert len(attempts) == 3
    for part in ("(DELETE_FAILED)", f"The bucket {bucket} could not be emptied", "s3:DeleteObject", reason):
        assert part in str(report)


def test_cloudformations_word_is_not_taken_for_it(cloud, monkeypatch):
    """It says that all is deleted, and the services say otherwise: that is what counts."""
    monkeypatch.setattr(stack, "follow", lambda *_, **__: ("DELETE_COMPLETE", []))
    monkeypatch.setattr(cloud.client("cloudformation"), "delete_stack", lambda StackName: None)
    report = tear_down(cloud)
    assert not report.complete
    for name in ("BucketName", "FunctionName", "TopicArn"):
        assert any(cloud.outputs[name] in what for what in report.left)


def test_a_service_that_cannot_be_asked_counts_as_left(cloud):
    """Not being allowed to look is no proof that a thing has gone."""
    resources = [{"ResourceType": "AWS::S3::Bucket", "PhysicalResourceId": "theirs"}]
    with Stubber(cloud.client("s3")) as s3:
        s3.add_client_error("head_bucket", "403", "Forbidden", 403)
        (line,) = [line for line in stack_resources.still_there(cloud, resources) if "log group" not in line]
    assert line.startswith("perhaps theirs")
    with pytest.raises(ClientError):
        cloud.client("s3").head_bucket(Bucket="theirs")


# ---------------------------------------------------------------- what it costs a day


@pytest.mark.parametrize(
    ("kind", "service", "operation", "answer", "said"),
    [
        ("AWS::EC2::Instance", "ec2", "describe_instances", {"State": {"Name": "running"}}, "0.30 USD a day"),
        (
            "AWS::EC2::Instance",
            "ec2",
            "describe_instances",
            {"State": {"Name": "running"}, "PublicIpAddress": "198.51.100.7"},
            "0.42 USD a day",
        ),
        (
            "AWS::EC2::Instance",
            "ec2",
            "describe_instances",
            {"State": {"Name": "stopped"}},
            "0.02 USD a day for its disk; it is stopped",
        ),
        ("AWS::EC2::Instance", "ec2", "describe_instances", {"State": {"Name": "terminated"}}, "nothing"),
        (
            "AWS::SageMaker::NotebookInstance",
            "sagemaker",
            "describe_notebook_instance",
            {"NotebookInstanceStatus": "InService"},
            "about 1.44 USD a day",
        ),
        (
            "AWS::SageMaker::NotebookInstance",
            "sagemaker",
            "describe_notebook_instance",
            {"NotebookInstanceStatus": "Stopped"},
            "some cents a day for its disk; it is Stopped",
        ),
    ],
)
def test_what_runs_on_has_its_price(cloud, kind, service, operation, answer, said):
    """By its state: what is stopped costs its disk."""
    if service == "ec2":
        answer = {"Reservations": [{"Instances": [answer]}]}
    with Stubber(cloud.client(service)) as stub:
        stub.add_response(operation, answer)
        assert costs.a_day(cloud, kind, "name").startswith(said)


def test_the_prices_are_those_of_the_documentation():
    """docs/aws.md has them for four hours."""
    text = (places.checkout() / "docs" / "aws.md").read_text(encoding="utf-8")
    for part in (
        f"{costs.INSTANCE_HOUR} USD an hour",
        f"{costs.ADDRESS_HOUR} USD an hour",
        f"about {costs.NOTEBOOK_HOUR} USD an hour",
        f"{costs.ALARM_MONTH:.2f} USD a month",
        f"{costs.COPY_PRICE:.2f} USD per {costs.COPY_EVENTS:,} events",
        f"{costs.DISK_MONTH / 8:.3f} USD per GB and month",
    ):
        assert part in text, part


def test_the_list_says_what_each_thing_costs_a_day(cloud):
    """On AWS, before the question; what could not be looked at is unknown, and what idles costs nothing."""
    cloud.target = "aws"
    lines = []
    assert not teardown.teardown(cloud, confirm=lambda question: False, show=lines.append).complete
    assert f"the alarm {cloud.outputs['AlarmName']}, which costs less than 0.01 USD a day" in "\n".join(lines)
    with Stubber(cloud.client("ec2")) as ec2:
        ec2.add_client_error("describe_instances", "UnauthorizedOperation")
        assert costs.a_day(cloud, "AWS::EC2::Instance", "i-1").startswith("an unknown amount")
    assert costs.a_day(cloud, "AWS::Lambda::Function", "f") == "nothing while it is idle"


# ---------------------------------------------------------------- what GuardDuty's automated agent leaves


@pytest.fixture
def watched(safe_environment):
    """A stack with a VPC of its own, into which GuardDuty's automated agent put its endpoint and its security group."""
    cloud = generator_stack.make()
    ec2, vpc = cloud.client("ec2"), cloud.resource("ActivityGenVpc")
    tags = [{"Key": "GuardDutyManaged", "Value": "true"}]
    group = ec2.create_security_group(
        GroupName=f"GuardDutyManagedSecurityGroup-{vpc}",
        Description="Associated with VPC",
        VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )["GroupId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{cloud.region}.guardduty-data",
        SecurityGroupIds=[group],
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}],
    )["VpcEndpoint"]["VpcEndpointId"]
    return cloud, vpc, endpoint, group


def test_what_guardduty_put_into_the_vpc_goes_first(watched):
    """Else the VPC would stay; the list says so before the question, and the report afterwards."""
    cloud, vpc, endpoint, group = watched
    with pytest.raises(ClientError, match="DependencyViolation"):
        cloud.client("ec2").delete_vpc(VpcId=vpc)
    lines = []
    report = teardown.teardown(cloud, show=lines.append)
    assert report.complete, report
    listed = "\n".join(lines).partition("Deleting the stack")[0]
    for thing in (f"endpoint {endpoint}", f"security group {group}"):
        assert f"GuardDuty's {thing} in {vpc}, which would keep the VPC from being deleted" in listed
        assert f"Deleted GuardDuty's {thing} in {vpc}" in listed
        assert f"Deleted: GuardDuty's {thing} in {vpc}" in str(report)
    assert not [one for one in cloud.client("ec2").describe_vpcs()["Vpcs"] if one["VpcId"] == vpc]


def test_other_endpoints_and_groups_are_nobodys_to_delete_but_their_owners(watched):
    """In the stack's VPC and in others: only what bears GuardDuty's names goes."""
    cloud, vpc, endpoint, group = watched
    ec2 = cloud.client("ec2")
    theirs = ec2.create_vpc(CidrBlock="10.9.0.0/28")["Vpc"]["VpcId"]
    other = ec2.create_vpc_endpoint(
        VpcId=theirs, VpcEndpointType="Interface", ServiceName=f"com.amazonaws.{cloud.region}.guardduty-data"
    )["VpcEndpoint"]["VpcEndpointId"]
    named = ec2.create_security_group(GroupName="GuardDuty of mine", Description="a", VpcId=vpc)["GroupId"]
    assert guardduty.endpoints(cloud, vpc) == [endpoint]
    assert guardduty.security_groups(cloud, vpc) == [group]
    guardduty.remove_from(cloud, vpc)
    assert guardduty.left_in(cloud, vpc) == []
    left = {one["VpcEndpointId"]: one["ServiceName"] for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    assert other in left
    assert f"com.amazonaws.{cloud.region}.s3" in left.values()
    assert named in [one["GroupId"] for one in ec2.describe_security_groups()["SecurityGroups"]]


def test_the_security_group_waits_for_its_endpoint(watched):
    """AWS shows an endpoint for some time as being deleted; one that does not end is named."""
    cloud, vpc, endpoint, group = watched
    deleting = {
        "VpcEndpoints": [
            {"VpcEndpointId": endpoint, "VpcId": vpc, "ServiceName": "com.amazonaws.x.guardduty-data", "State": state}
            for state in ("deleting", "deleted")
        ]
    }
    gone = {"VpcEndpoints": deleting["VpcEndpoints"][1:]}
    groups = {"SecurityGroups": [{"GroupId": group, "VpcId": vpc, "GroupName": f"GuardDutyManagedSecurityGroup-{vpc}"}]}
    with Stubber(cloud.client("ec2")) as ec2:
        for answer in (deleting, deleting):
            ec2.add_response("describe_vpc_endpoints", answer)
        ec2.add_response("describe_security_groups", groups)
        ec2.add_response("delete_vpc_endpoints", {}, {"VpcEndpointIds": [endpoint]})
        for answer in (deleting, gone):
            ec2.add_response("describe_vpc_endpoints", answer)
        ec2.add_response("describe_security_groups", groups)
        ec2.add_response("delete_security_group", {}, {"GroupId": group})
        assert len(guardduty.remove_from(cloud, vpc, pause=0)) == 2
        ec2.assert_no_pending_responses()
        for _ in range(2):
            ec2.add_response("describe_vpc_endpoints", deleting)
        ec2.add_response("describe_security_groups", groups)
        ec2.add_response("delete_vpc_endpoints", {})
        ec2.add_response("describe_vpc_endpoints", deleting)
        with pytest.raises(TimeoutError, match=endpoint):
            guardduty.remove_from(cloud, vpc, patience=0)


def test_what_guardduty_does_not_give_up_is_named(watched, monkeypatch):
    """With AWS's reason; the VPC stays, and the report says so."""
    vpc = watched[1]
    for name, value in user_without("ec2:DeleteVpcEndpoints").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(teardown, "_ATTEMPTS", 1)
    report = tear_down(connection.account_cloud(), yes=True)
    assert not report.complete
    assert f"What GuardDuty put into the VPC {vpc} could not be deleted" in str(report)
    assert "ec2:DeleteVpcEndpoints" in str(report)
