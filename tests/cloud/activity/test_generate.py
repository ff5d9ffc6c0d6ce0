"""generate_activity: the seed's activity, made for real, found by both detectors, and nothing of it stays."""

import re

import pytest
from botocore.exceptions import ClientError
from recorded_cloud import log_files, recorded

from workshop.activity_generator import LOG_GROUP, TRAIL
from workshop.cloud.activity import generate
from workshop.cloud.activity.generate import generate_activity
from workshop.cloud.stack.stack import follow
from workshop.exercises import model_answers


@pytest.fixture
def cloud(recorded_cloud):
    """The connected local cloud, with its trail, what connecting recorded delivered."""
    return recorded(recorded_cloud)


def _records(cloud, done):
    files = log_files(cloud)
    return [record for key in done.log_files for record in files[key]]


def test_both_detectors_find_it_in_the_log_files(cloud):
    """Deleting both decoys, stopping the trail, and all that the stolen credentials are used for."""
    done = generate_activity(cloud)
    found = {}
    for detector in model_answers():
        if detector.__name__ in ("deleting_logs", "instance_creds_used_outside_ec2"):
            found[detector.__name__] = [one["eventName"] for one in _records(cloud, done) if detector(one)]
    assert found["deleting_logs"] == ["StopLogging", "DeleteTrail", "DeleteLogGroup"]
    assert found["instance_creds_used_outside_ec2"] == [
        "GetCallerIdentity",
        "DescribeTrails",
        "DescribeLogGroups",
        "StopLogging",
        "DeleteTrail",
        "DeleteLogGroup",
    ]
    assert cloud.trail.errors == []
    assert cloud.trail.unmapped == {}


def test_the_credentials_are_an_instances_issued_by_ec2(cloud):
    """An AssumeRole that EC2 made holds the very key that is used; the session is named after an instance."""
    done = generate_activity(cloud)
    records = _records(cloud, done)
    (issued,) = [record for record in records if record["eventName"] == "AssumeRole"]
    assert issued["userIdentity"] == {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    assert issued["responseElements"]["credentials"]["accessKeyId"] == done.access_key
    used = [record for record in records if record["userIdentity"].get("accessKeyId") == done.access_key]
    assert len(used) == 6
    assert {record["userIdentity"]["arn"] for record in used} == {done.arn}
    assert re.search(r"/i-[0-9a-f]{17}$", done.arn)
    assert issued["eventTime"] <= min(record["eventTime"] for record in used)


def test_nothing_of_it_stays_and_it_can_be_repeated(cloud):
    """Once or several times: afterwards there is no decoy, and the second time is like the first."""
    first, second = generate_activity(cloud), generate_activity(cloud)
    assert first.calls == second.calls
    assert first.arn == second.arn
    assert first.access_key != second.access_key
    _assert_clean(cloud)


def test_what_a_failed_run_left_is_removed_first(cloud):
    """Decoys that are there already are in nobody's way."""
    cloud.client("logs").create_log_group(logGroupName=LOG_GROUP)
    cloud.client("cloudtrail").create_trail(Name=TRAIL, S3BucketName=cloud.trail.bucket)
    done = generate_activity(cloud)
    assert done.calls[:3] == [
        ("you, cleaning up", "cloudtrail:DeleteTrail"),
        ("you, cleaning up", "logs:DeleteLogGroup"),
        ("you", "logs:CreateLogGroup"),
    ]
    _assert_clean(cloud)


def test_a_run_that_fails_leaves_nothing(cloud):
    """When the stolen credentials may not do what they are for, the decoys go all the same."""
    role = cloud.resource(generate.ROLE)
    cloud.client("iam").delete_role_policy(RoleName=role, PolicyName="TamperWithTheDecoys")
    with pytest.raises(ClientError, match="AccessDenied"):
        generate_activity(cloud)
    _assert_clean(cloud)


def test_the_stolen_credentials_reach_the_decoys_only(cloud):
    """The role allows nothing else: least privilege holds for a thief's credentials too."""
    cloud.client("logs").create_log_group(logGroupName="/precious")
    stolen = generate._stolen(cloud, [])
    with pytest.raises(ClientError, match="AccessDenied"):
        cloud.session.client("logs", **stolen).delete_log_group(logGroupName="/precious")


def test_a_stack_without_activity_says_so(cloud):
    """With what to do about it, and without making anything."""
    stack = cloud.client("cloudformation").describe_stacks(StackName=cloud.stack)["Stacks"][0]
    kept = [
        {"ParameterKey": one["ParameterKey"], "UsePreviousValue": True}
        for one in stack["Parameters"]
        if one["ParameterKey"] != "ActivityGeneration"
    ]
    cloud.client("cloudformation").update_stack(
        StackName=cloud.stack,
        UsePreviousTemplate=True,
        Parameters=[*kept, {"ParameterKey": "ActivityGeneration", "ParameterValue": "none"}],
        Capabilities=["CAPABILITY_IAM"],
    )
    follow(cloud, stack["StackId"], print)
    cloud.refresh()
    with pytest.raises(generate.ActivityFailed, match="parameter ActivityGeneration"):
        generate_activity(cloud)
    _assert_clean(cloud)


def test_it_shows_who_called_what(cloud):
    """As text and as HTML."""
    done = generate_activity(cloud)
    assert "the thief: cloudtrail:DeleteTrail" in str(done)
    assert "<td style='text-align:left'>cloudtrail:DeleteTrail</td>" in done._repr_html_()


def _assert_clean(cloud):
    assert cloud.client("cloudtrail").describe_trails()["trailList"] == []
    assert cloud.client("logs").describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"] == []
