"""Changing the stack's parameters from a cell, and the alarms that this adds: on the emulator, with real log files."""

import gzip
import json
import re

import pytest
import yaml

from workshop.cloud.activity.trigger import trigger
from workshop.cloud.alarm import alarm as alarms
from workshop.cloud.alarm.plot import plot_alarm
from workshop.cloud.alarm.watch import watch_alarm
from workshop.cloud.function.deploy import deploy
from workshop.cloud.stack import stack, template
from workshop.cloud.stack.update import update_stack
from workshop.cloudtrail_analyzer import METRIC_NAME, METRIC_NAMESPACE
from workshop.display.progress import ProgressLine

BOTH = {"deleting_logs": "DeletingLogsAlarm", "instance_creds_used_outside_ec2": "InstanceCredsAlarm"}


def deleting_logs(record):
    return record["eventName"].startswith("Delete")


def instance_creds_used_outside_ec2(record):
    return record["userIdentity"]["type"] == "AssumedRole"


def publish_anomalies(cloudwatch, detector, count):
    if count:
        data = [{"MetricName": name, "Value": count, "Unit": "Count"} for name in (METRIC_NAME, detector)]
        cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=data)


def silently(line):
    """Show nothing."""


@pytest.fixture
def deployed(cloud):
    """A cloud with both detectors and a publish_anomalies that publishes total and detector deployed."""
    functions = (deleting_logs, instance_creds_used_outside_ec2, publish_anomalies)
    deployment = deploy(cloud, *functions, progress=ProgressLine(write=silently))
    assert deployment.deployed, deployment.reason
    return cloud


@pytest.fixture
def deletions(tmp_path):
    """A log file in which only deleting_logs matches, twice."""
    record = {
        "eventTime": "2026-03-10T12:00:00Z",
        "eventSource": "logs.amazonaws.com",
        "eventName": "DeleteLogGroup",
        "awsRegion": "ca-central-1",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana"},
    }
    records = [{**record, "eventID": f"event-{number}"} for number in range(2)]
    file = tmp_path / "deletions.json.gz"
    file.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return file


def code_hash(cloud):
    name = cloud.resource("AnalysisLambdaFunction")
    return cloud.client("lambda").get_function_configuration(FunctionName=name)["CodeSha256"]


def parameters(cloud):
    return {one["ParameterKey"]: one["ParameterValue"] for one in cloud.describe_stack()["Parameters"]}


def conditions(cloud, alarm):
    """Return what an alarm asks for: threshold, datapoints of periods."""
    described = alarms.describe_alarm(cloud, alarm)
    return described["Threshold"], described.get("DatapointsToAlarm"), described["EvaluationPeriods"]


# ---------------------------------------------------------------- the update


# Another value for each parameter that takes more than a choice.
OTHERS = {
    "HoursToRun": "2",
    "InstanceImage": "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",
    "AlarmThreshold": "5",
    "KitSource": "https://example.com/kit.zip",
    "MetricNamespace": "Workshop/Elsewhere",
    "NotificationEmailAddress": "ana@example.com",
}
# What must change with a parameter, by the template's rules.
NEEDED = {
    "AlarmDatapointsToAlarm": {"AlarmEvaluationPeriods": "3"},
    "NotebookInstance": {"KitSource": "https://example.com/kit.git"},
}


def test_the_function_keeps_the_code_whatever_parameter_changes(deployed):
    """Lambda's own CodeSha256 is the attendee's after an update of each parameter, one after the other."""
    before = code_hash(deployed)
    section = re.search(r"^Parameters:\n(?:(?: .*)?\n)+", template.body(), re.MULTILINE)[0]
    for name, declared in yaml.safe_load(section)["Parameters"].items():
        if name == "Target":
            continue
        choices = [str(choice) for choice in declared.get("AllowedValues", []) if choice != declared["Default"]]
        value = choices[-1] if choices else OTHERS[name]
        with_it = NEEDED.get(name, {})
        update = update_stack(deployed, **with_it, **{name: value}, show=silently)
        assert update.updated, name
        # Of an SSM parameter AWS shows the name, and the emulator what it says.
        assert parameters(deployed)[name] == ("ami-0abcdef1234567890" if name == "InstanceImage" else value)
        assert code_hash(deployed) == before == update.code_sha256, name


def test_an_update_says_what_it_changed(cloud):
    """Values before and now, the alarms that came or went, and that the code stayed."""
    lines = []
    added = update_stack(cloud, PerDetectorAlarms=True, show=lines.append)
    assert added.changes == {"PerDetectorAlarms": ("false", "true")}
    assert (added.made, added.gone) == (sorted(BOTH.values()), [])
    assert lines[-1] == "The stack is updated."
    for text in ("PerDetectorAlarms: false -> true", "New: DeletingLogsAlarm, InstanceCredsAlarm", "same code"):
        assert text in str(added)
        assert text.replace(">", "&gt;") in added._repr_html_()
    taken = update_stack(cloud, PerDetectorAlarms=False, show=silently)
    assert (taken.made, taken.gone) == ([], sorted(BOTH.values()))
    same = update_stack(cloud, PerDetectorAlarms=False, show=silently)
    assert (same.updated, same.changes, str(same)) == (False, {}, "Nothing was updated.")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"AlarmThreshold": 0}, "AlarmThreshold"),
        ({"AlarmThreshold": "many"}, "AlarmThreshold"),
        ({"PerDetectorAlarms": "yes"}, "PerDetectorAlarms"),
        ({"AlarmDatapointsToAlarm": 2}, "may not exceed"),
        ({"AlarmDatapointsToAlarm": 3}, "may not exceed"),
        ({"AlarmDatapointsToAlarm": 3, "AlarmEvaluationPeriods": 2}, "may not exceed"),
        ({"AlarmEvaluationPeriods": 4}, "AlarmEvaluationPeriods"),
    ],
)
def test_what_cloudformation_refuses_is_told_and_changes_nothing(cloud, wrong, told):
    """In CloudFormation's own words, with the values that were asked for."""
    before = parameters(cloud)
    with pytest.raises(stack.StackError, match=told) as refused:
        update_stack(cloud, **wrong, show=silently)
    assert "Nothing was changed" in str(refused.value)
    assert parameters(cloud) == before


@pytest.mark.parametrize(("datapoints", "periods"), [(1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3)])
def test_pairs_that_make_sense_are_taken(cloud, datapoints, periods):
    """M of N for each M up to N; where both are the same the alarm says nothing of datapoints, as in 2017."""
    if (datapoints, periods) != (1, 1):
        update_stack(cloud, AlarmDatapointsToAlarm=datapoints, AlarmEvaluationPeriods=periods, show=silently)
    said = None if datapoints == periods else datapoints
    assert conditions(cloud, "DetectionAlarm") == (1.0, said, periods)


@pytest.mark.parametrize(
    ("name", "told"), [("AlarmTreshold", "Did you mean AlarmThreshold"), ("Target", "no parameter Target to change")]
)
def test_an_unknown_parameter_is_named_with_those_that_there_are(cloud, name, told):
    """A slip of the pen is recognised; where the stack runs cannot be changed."""
    with pytest.raises(ValueError, match=told):
        update_stack(cloud, **{name: "local"}, show=silently)


def test_on_aws_it_asks_first_and_a_no_changes_nothing(cloud, monkeypatch):
    """The question names the change; what it costs is shown before."""
    monkeypatch.setattr(cloud, "target", "aws")
    questions, lines = [], []
    declined = update_stack(cloud, AlarmThreshold=2, confirm=questions.append, show=lines.append)
    assert not declined.updated
    assert "AlarmThreshold '1' -> '2'" in questions[0]
    assert "Expected cost" in lines[0]
    assert parameters(cloud)["AlarmThreshold"] == "1"
    assert update_stack(cloud, AlarmThreshold=2, yes=True, show=silently).updated


def test_there_has_to_be_a_stack(cloud, monkeypatch):
    """It updates, and makes none."""
    monkeypatch.setattr(cloud, "stack", "Another")
    with pytest.raises(stack.StackError, match="no stack Another"):
        update_stack(cloud, AlarmThreshold=2)


# ---------------------------------------------------------------- the alarms


def test_each_alarm_watches_a_metric_of_its_own(deployed, deletions):
    """A file in which one detector matches turns the total's alarm and that detector's; the other stays in OK."""
    update_stack(deployed, PerDetectorAlarms=True, show=silently)
    put = trigger(deployed, deletions)
    timeline = watch_alarm(deployed, put, alarm="DeletingLogsAlarm")
    assert timeline.outcome == "alarm", timeline
    assert "2 anomalies in this file turned DeletingLogsAlarm red" in timeline.reason
    (notified,) = [step for step in timeline.steps if step.name == "notification"]
    assert deployed.resource("DeletingLogsAlarm") in notified.detail
    assert watch_alarm(deployed, put).outcome == "alarm"
    other = watch_alarm(deployed, put, alarm="InstanceCredsAlarm")
    assert other.outcome == "nothing detected"
    assert "matched by instance_creds_used_outside_ec2." in other.reason
    states = {alarm: alarms.settle_alarm(deployed, alarm)["StateValue"] for alarm in alarms.alarms_of(deployed)}
    assert states == {"DetectionAlarm": "ALARM", "DeletingLogsAlarm": "ALARM", "InstanceCredsAlarm": "OK"}


def test_each_alarm_has_a_picture_of_its_own(deployed, deletions):
    """Its metric, its states."""
    update_stack(deployed, PerDetectorAlarms=True, show=silently)
    watch_alarm(deployed, trigger(deployed, deletions), alarm="DeletingLogsAlarm")
    red, calm = (str(plot_alarm(deployed, alarm=alarm)) for alarm in BOTH.values())
    assert f"Alarm {deployed.resource('DeletingLogsAlarm')}: ALARM" in red
    assert "deleting_logs in the last" in red
    assert f"Alarm {deployed.resource('InstanceCredsAlarm')}: OK" in calm
    assert "No data of instance_creds_used_outside_ec2" in calm


def test_all_alarms_can_turn_red_again(deployed, deletions):
    """A trigger first resets each alarm that is still red."""
    update_stack(deployed, PerDetectorAlarms=True, show=silently)
    for _ in range(2):
        put = trigger(deployed, deletions)
        for alarm in ("DetectionAlarm", "DeletingLogsAlarm"):
            assert watch_alarm(deployed, put, alarm=alarm).outcome == "alarm"
    assert "DetectionAlarm was still red" in put.reason
    assert "DeletingLogsAlarm was still red" in put.reason
    turns = [change for change in alarms.transitions(deployed, alarm="DeletingLogsAlarm") if change.new == "ALARM"]
    assert len(turns) == 2


def test_only_the_total_is_not_enough_for_a_detectors_alarm(cloud, deletions):
    """The records were found, and the total published; the alarm waits for a metric that nobody publishes."""

    def publish_anomalies(cloudwatch, detector, count):
        if count:
            datum = {"MetricName": METRIC_NAME, "Value": count, "Unit": "Count"}
            cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[datum])

    deploy(cloud, deleting_logs, publish_anomalies, progress=ProgressLine(write=silently))
    update_stack(cloud, PerDetectorAlarms=True, show=silently)
    timeline = watch_alarm(cloud, trigger(cloud, deletions), alarm="DeletingLogsAlarm")
    assert timeline.outcome == "nothing published"
    assert "no deleting_logs has arrived" in timeline.reason


def test_all_alarms_follow_the_parameters(deployed, deletions):
    """Three anomalies asked for, two found: no alarm turns, and the reason says what is asked for."""
    update_stack(deployed, PerDetectorAlarms=True, AlarmThreshold=3, show=silently)
    for alarm in alarms.alarms_of(deployed):
        assert alarms.describe_alarm(deployed, alarm)["Threshold"] == 3.0
    timeline = watch_alarm(deployed, trigger(deployed, deletions), alarm="DeletingLogsAlarm")
    assert timeline.outcome == "not enough"
    assert "deleting_logs is 2" in timeline.reason
    assert "asks for Sum GreaterThanOrEqualToThreshold 3 over 60 s." in timeline.reason


def test_what_the_emulator_makes_of_several_periods_is_said(deployed, deletions):
    """It adds them up, CloudWatch counts them: an attendee who tries M of N locally is told."""
    update_stack(deployed, AlarmEvaluationPeriods=3, AlarmDatapointsToAlarm=2, show=silently)
    timeline = watch_alarm(deployed, trigger(deployed, deletions))
    assert timeline.outcome == "alarm"
    assert any("CloudWatch compares each of them" in note for note in timeline.notes)


@pytest.mark.parametrize("look", [watch_alarm, plot_alarm])
def test_an_alarm_that_is_not_there_is_told(cloud, look):
    """With what makes it, or with the names that there are."""
    with pytest.raises(LookupError, match="update_stack"):
        look(cloud, alarm="DeletingLogsAlarm")
    with pytest.raises(LookupError, match="DetectionAlarm, DeletingLogsAlarm, InstanceCredsAlarm"):
        look(cloud, alarm="Alarm")
