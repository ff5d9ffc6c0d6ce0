"""The kit with its own trail running: what is in the log files, what is not, and a call of one's own caught."""

from dataclasses import replace as changed

import pytest
from attack_file import log_file, silence
from recorded_cloud import delivering_by_hand, log_files
from waiting import eventually

from workshop.cloud.activity.replay import replay
from workshop.cloud.activity.trigger import trigger
from workshop.cloud.activity.watch_call import watch_call
from workshop.cloud.alarm.notifications import notifications
from workshop.cloud.alarm.plot import plot_alarm
from workshop.cloud.alarm.watch import watch_alarm
from workshop.cloud.cloud import Cloud
from workshop.cloud.connection import connect
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.lambda_log import finished_runs, lambda_log
from workshop.cloud.teardown import teardown
from workshop.exercises import model_answers


@pytest.fixture
def cloud(recorded_cloud):
    """The connected local cloud, its trail running; at the end all that the trail has delivered was analyzed."""
    yield recorded_cloud
    if not recorded_cloud.trail.stopped:
        recorded_cloud.trail.stop("the test is over")
        assert eventually(lambda: all_analyzed(recorded_cloud))


def all_analyzed(cloud):
    """Tell whether the function has run for each log file that the trail delivered."""
    began = cloud.describe_stack()["CreationTime"]
    keys = {one["key"] for run in finished_runs(cloud, began) for one in run.analyzed}
    return keys >= set(cloud.trail.delivered)


@pytest.fixture
def deployed(cloud):
    """The connected local cloud, its trail running, with the model answers deployed."""
    deployment = deploy(cloud, *model_answers(), progress=silence())
    assert deployment.deployed, deployment.reason
    return cloud


def names(cloud):
    """Return the eventNames of all records delivered by the trail so far."""
    cloud.trail.flush()
    files = log_files(cloud)
    return sorted(record["eventName"] for key in cloud.trail.delivered for record in files[key])


# ---------------------------------------------------------------- what is recorded of the kit's own calls


def test_only_what_was_done_on_purpose_is_recorded(deployed, attack, tmp_path):
    """A whole session: of the stack its creation, of the deployment its upload; nothing of looking and waiting."""
    assert watch_alarm(deployed, trigger(deployed, attack), progress=silence()).outcome == "alarm"
    assert replay(deployed, log_file(tmp_path / "one.json.gz", "DeleteLogGroup"), progress=silence()).missing == []
    plot_alarm(deployed)
    assert lambda_log(deployed).runs
    assert len(notifications(deployed)) >= 1
    deployed.refresh()
    assert deployed.outputs
    connect(show=lambda line: None)
    deployed.client("logs").describe_log_groups()
    assert names(deployed) == ["CreateStack", "DescribeLogGroups", "UpdateFunctionCode20150331v2"]
    assert deployed.trail.errors == []
    assert deployed.trail.unmapped == {}


def test_an_update_of_the_stack_is_recorded_and_what_it_waits_for_is_not(cloud):
    """One record of what was changed, by the connection that changed it."""
    updated = connect(metric_namespace="Workshop/Detection", show=lambda line: None)
    assert names(updated) == ["UpdateStack"]
    assert names(cloud) == ["CreateStack"]


def test_quietly_is_for_one_block_and_one_thread(cloud):
    """What comes after it is recorded again."""
    with cloud.quietly():
        cloud.client("logs").describe_log_groups()
    cloud.client("iam").list_users()
    assert names(cloud) == ["CreateStack", "ListUsers"]


def test_on_aws_quietly_does_nothing():
    """There the trail is not the kit's."""
    on_aws = Cloud(None, target="aws", account="111122223333", region="ca-central-1", stack="s", identity="x")
    with on_aws.quietly():
        assert on_aws.trail is None


def test_a_teardown_stops_the_trail_first_and_nothing_remains(deployed):
    """Its own DeleteStack and DeleteLogGroup leave no log file; a new connection has a trail of its own."""
    delivering_by_hand(deployed)
    before = list(deployed.trail.delivered)
    deployed.client("logs").create_log_group(logGroupName="/before")
    report = teardown(deployed, show=lambda line: None)
    assert report.complete, report
    assert deployed.trail.stopped == "the stack is deleted"
    assert deployed.trail.flush() == []
    assert deployed.trail.delivered == before
    again = connect(show=lambda line: None)
    assert again.trail.stopped == ""
    assert names(again) == ["CreateStack"]
    again.trail.stop("the test is over")
    assert eventually(lambda: all_analyzed(again))


# ---------------------------------------------------------------- one call of one's own


def delete_a_log_group(cloud):
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/workshop/mine")
    return logs.delete_log_group(logGroupName="/workshop/mine")


def test_an_own_call_is_caught_in_the_log_file_that_the_trail_delivers(deployed):
    """Found by its request id, with the record, the file and what the functions matched in it."""
    answer = delete_a_log_group(deployed)
    seen = watch_call(deployed, answer, progress=silence())
    assert seen.outcome == "caught", seen
    assert seen.caught
    assert seen.record["requestID"] == answer["ResponseMetadata"]["RequestId"]
    assert seen.record["requestParameters"] == {"logGroupName": "/workshop/mine"}
    assert seen.key in deployed.trail.delivered
    assert seen.found["deleting_logs"] == 1
    assert any("logs:DeleteLogGroup" in line for line in seen.run.lines)
    for text in (str(seen), seen._repr_html_()):
        assert "deleting_logs 1" in text
        assert seen.key.rpartition("/")[2] in text


def test_a_call_that_nobody_looks_for_is_seen_and_not_detected(deployed):
    """The record arrived and was analyzed; no function matched."""
    seen = watch_call(deployed, deployed.client("iam").list_users(), progress=silence())
    assert (seen.outcome, seen.caught) == ("not detected", False)
    assert seen.record["eventName"] == "ListUsers"
    assert "/us-east-1/" in seen.key


def test_with_nothing_deployed_or_no_call_it_says_so_at_once(cloud):
    """In notebooks as shipped no cell waits."""
    for answer in (None, delete_a_log_group(cloud)):
        seen = watch_call(cloud, answer)
        assert seen.outcome == "nothing deployed"
        assert "NOTHING DEPLOYED" in str(seen)
    deploy(cloud, *model_answers(), progress=silence())
    assert watch_call(cloud, None).outcome == "no call"


def test_a_call_that_is_not_recorded_times_out(deployed):
    """A data event never arrives in a trail's log files."""
    answer = deployed.client("s3").list_objects_v2(Bucket=deployed.resource("CloudTrailBucket"))
    seen = watch_call(deployed, answer, timeout=0.5, progress=silence())
    assert seen.outcome == "timed out"
    assert "no log file with it was delivered" in seen.reason


# ---------------------------------------------------------------- several files at once


def test_another_files_error_is_not_taken_for_the_triggers(deployed, attack):
    """Lambda tries a broken file three times: three failures, and none of them is this file's."""
    bucket, key = deployed.resource("CloudTrailBucket"), f"AWSLogs/{deployed.account}/CloudTrail/broken.json.gz"
    began = deployed.describe_stack()["CreationTime"]
    deployed.client("s3").put_object(Bucket=bucket, Key=key, Body=b"this is not a log file")

    def failures():
        return [run for run in finished_runs(deployed, began) if run.error]

    assert eventually(lambda: len(failures()) >= 3)
    put = trigger(deployed, attack)
    # All of them are as late as they can be: within the time that is looked at.
    early = trigger_at(put, failures()[0].ended)
    timeline = watch_alarm(deployed, early, progress=silence())
    assert timeline.outcome == "alarm", timeline
    assert timeline.found["deleting_logs"] == 2
    (run,) = lambda_log(deployed, early).runs
    assert run.is_of(put.key)
    assert [run.is_of(put.key) for run in failures()] == [False] * 3
    assert [run.is_of(key) for run in failures()] == [True] * 3


def trigger_at(put, time):
    """Return the trigger as if its file had been put at another time."""
    return changed(put, put_at=time)


def test_another_files_failure_to_publish_is_not_the_triggers(cloud, attack):
    """A run that fails after the analysis has named its file."""

    def publish_anomalies(cloudwatch, detector, count):
        if count > 2:
            raise RuntimeError("too many")
        if count:
            datum = {"MetricName": "AnomaliesDetected", "Value": count, "Unit": "Count"}
            cloudwatch.put_metric_data(Namespace="AWS/reInvent2017/SID341", MetricData=[datum])

    (deleting_logs,) = [answer for answer in model_answers() if answer.__name__ == "deleting_logs"]
    assert deploy(cloud, deleting_logs, publish_anomalies, progress=silence()).deployed
    many = log_file(attack.parent / "many.json.gz", *["DeleteLogGroup"] * 3)
    other = trigger(cloud, many)
    put = trigger(cloud, attack)
    timeline = watch_alarm(cloud, trigger_at(put, other.put_at), progress=silence())
    assert timeline.outcome == "alarm", timeline
    assert timeline.found == {"deleting_logs": 2}
    failed = watch_alarm(cloud, other, progress=silence())
    assert (failed.outcome, "too many" in failed.reason) == ("failed", True)

    def attempts():
        return sum(bool(run.error) for run in finished_runs(cloud, other.put_at))

    assert eventually(lambda: attempts() >= 3)
