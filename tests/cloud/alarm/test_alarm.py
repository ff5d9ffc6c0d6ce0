"""From a log file to the red alarm, on the emulator: trigger, watch_alarm, replay, plot_alarm, lambda_log."""

import json
import re
import time
from datetime import timedelta

import pytest
from attack_file import log_file, silence
from waiting import wait_for

import workshop
from workshop.cloud.activity import replay as replays
from workshop.cloud.activity import trigger as triggers
from workshop.cloud.activity.replay import replay
from workshop.cloud.activity.trigger import trigger
from workshop.cloud.alarm import alarm as alarms
from workshop.cloud.alarm import watch
from workshop.cloud.alarm.notifications import notifications
from workshop.cloud.alarm.plot import plot_alarm
from workshop.cloud.alarm.steps import STEPS, Step, in_order
from workshop.cloud.alarm.watch import watch_alarm
from workshop.cloud.clock import now
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.lambda_log import finished_runs, lambda_log
from workshop.cloudtrail_analyzer import METRIC_NAME, METRIC_NAMESPACE, print_short_record
from workshop.display.progress import ProgressLine

NAME = r"111122223333_CloudTrail_ca-central-1_\d{8}T\d{4}Z_\w{16}\.json\.gz"
KEY = r"AWSLogs/111122223333/CloudTrail/ca-central-1/\d{4}/\d\d/\d\d/" + NAME


def deleting_logs(record):
    if record["eventSource"] == "logs.amazonaws.com" and record["eventName"].startswith("Delete"):
        print_short_record(record)
        return True
    return False


def publish_anomalies(cloudwatch, detector, count):
    if count:
        datum = {"MetricName": METRIC_NAME, "Value": count, "Unit": "Count"}
        cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[datum])


@pytest.fixture
def quiet(tmp_path):
    """A log file in which nothing is detected."""
    return log_file(tmp_path / "quiet.json.gz", "DescribeLogGroups", "GetLogEvents")


@pytest.fixture
def deployed(cloud):
    """The connected cloud with a detector and publish_anomalies deployed."""
    deployment = deploy(cloud, deleting_logs, publish_anomalies, progress=silence())
    assert deployment.deployed, deployment.reason
    return cloud


def wait_for_runs(cloud, put, number):
    """Return the runs since a trigger once there are so many."""

    def enough():
        runs = finished_runs(cloud, put.put_at - timedelta(seconds=1))
        return runs if len(runs) >= number else None

    return wait_for(enough, f"{number} runs")


def state(cloud):
    return alarms.describe_alarm(cloud)["StateValue"]


def publish(cloud, value=1, name=METRIC_NAME, at=None):
    datum = {"MetricName": name, "Value": value, "Unit": "Count", **({"Timestamp": at} if at else {})}
    cloud.client("cloudwatch").put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[datum])


def test_a_log_file_with_an_attack_turns_the_alarm_red(deployed, attack):
    """The timeline tells file, run, metric, alarm and notification, in this order and never backwards."""
    put = trigger(deployed, attack)
    timeline = watch_alarm(deployed, put)
    assert timeline.outcome == "alarm", timeline
    assert state(deployed) == "ALARM"
    assert timeline.found == {"deleting_logs": 2}
    assert [step.name for step in timeline.steps] == list(STEPS)
    times = [step.at for step in timeline.steps]
    assert None not in times
    assert times == sorted(times)
    assert list(timeline.seconds) == list(STEPS)
    assert "2 anomalies in this file turned the alarm red" in str(timeline)
    for step in STEPS:
        assert step in timeline._repr_html_()


def test_a_trigger_looks_like_a_delivery_of_cloudtrail(deployed, attack):
    """The key has CloudTrail's form, with today's date and a name of its own, and the object is the file."""
    first, second = trigger(deployed, attack), trigger(deployed, attack)
    assert re.fullmatch(KEY, first.key)
    assert first.key != second.key
    assert f"{first.put_at:%Y/%m/%d}" in first.key
    stored = deployed.client("s3").get_object(Bucket=first.bucket, Key=first.key)["Body"].read()
    assert stored == attack.read_bytes()
    wait_for_runs(deployed, first, 2)


def test_the_alarm_fires_again_for_each_trigger(deployed, attack):
    """A red alarm is reset before the next file, so that the second trigger has a change of state of its own."""
    first = watch_alarm(deployed, trigger(deployed, attack))
    again = trigger(deployed, attack)
    assert "still red" in again.reason
    second = watch_alarm(deployed, again)
    assert (first.outcome, second.outcome) == ("alarm", "alarm")
    turns = [change for change in alarms.transitions(deployed) if change.new == "ALARM"]
    assert len(turns) == 2


def test_a_file_that_matches_nothing_is_not_credited_with_a_red_alarm(deployed, attack, quiet):
    """Whatever else turns the alarm red meanwhile, what counts is what was found in this trigger's own file."""
    watch_alarm(deployed, trigger(deployed, attack))
    put = trigger(deployed, quiet)
    publish(deployed)
    assert state(deployed) == "ALARM"
    timeline = watch_alarm(deployed, put)
    assert timeline.outcome == "nothing detected"
    assert timeline.found == {"deleting_logs": 0}
    assert [step.name for step in timeline.steps] == ["file put", "Lambda run"]
    assert "the alarm is red because of something else, not because of this file" in str(timeline)
    assert "lambda_log(cloud, trigger)" in str(timeline)


def test_asked_again_later_it_says_the_same(deployed, attack, monkeypatch):
    """What turned the alarm stays true when the alarm is in OK again; its present state is a note."""
    put = trigger(deployed, attack)
    first = watch_alarm(deployed, put)
    changes = alarms.transitions(deployed)
    alarms.set_local_alarm_ok(deployed, "No data for a period")
    changes.append(alarms.Transition(changes[-1].at + timedelta(seconds=61), "ALARM", "OK", "No data for a period"))
    monkeypatch.setattr(watch, "transitions", lambda cloud, alarm: changes)
    again = watch_alarm(deployed, put)
    assert (again.outcome, again.reason, again.steps) == (first.outcome, first.reason, first.steps)
    assert any(note.startswith("the alarm is OK again, since ") for note in again.notes)
    assert not any("again, since" in note for note in first.notes)


def test_what_others_published_in_the_same_period_is_named(deployed, attack):
    """The alarm adds up a period: a file is not credited with what lay in it before."""
    publish(deployed, 5)
    timeline = watch_alarm(deployed, trigger(deployed, attack))
    assert timeline.outcome == "alarm"
    assert "2 anomalies in this file turned the alarm red" in timeline.reason
    assert timeline.reason.endswith("together with 5 that others published within the same 60 s.")
    (metric,) = [step for step in timeline.steps if step.name == "metric"]
    assert metric.detail == "AnomaliesDetected: 2 of this file, 5 of others in the same 60 s"


def test_a_turn_of_the_same_second_is_not_credited_twice(deployed, attack):
    """A file that does not reach the threshold did not turn the alarm, though the file before it just did."""
    watch_alarm(deployed, trigger(deployed, attack))
    alarm = alarms.describe_alarm(deployed)
    names = ("AlarmName", "Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "ComparisonOperator")
    calm = {name: alarm[name] for name in names}
    with pytest.MonkeyPatch.context() as patch:
        # As if all this happened within one second: the alarm's changes are stamped with whole ones.
        put = trigger(deployed, attack)
        deployed.client("cloudwatch").put_metric_alarm(**calm, Threshold=100.0)
        (run,) = wait_for(lambda: [one for one in wait_for_runs(deployed, put, 1) if one.is_of(put.key)], "its run")
        second = run.started.replace(microsecond=0)
        changes = [
            alarms.Transition(second, "OK", "ALARM", "the file before"),
            alarms.Transition(second, "ALARM", "OK", "Reset by the workshop"),
        ]
        patch.setattr(watch, "transitions", lambda cloud, alarm: changes)
        patch.setattr(watch, "describe_alarm", lambda cloud, name: {**alarm, "StateValue": "OK", "Threshold": 100.0})
        patch.setattr(watch, "settle_alarm", lambda cloud, name: {**alarm, "StateValue": "OK", "Threshold": 100.0})
        timeline = watch_alarm(deployed, put)
    assert timeline.outcome == "not enough"


def test_an_alarm_that_older_data_turn_red_again_is_not_this_files(cloud, attack):
    """The function publishes another metric; a metric that comes makes the emulator look at older data once more."""

    def publish_anomalies(cloudwatch, detector, count):
        if count:
            datum = {"MetricName": "SomethingElse", "Value": count, "Unit": "Count"}
            cloudwatch.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[datum])

    deploy(cloud, deleting_logs, publish_anomalies)
    publish(cloud, 5, at=now() - timedelta(seconds=10))
    timeline = watch_alarm(cloud, trigger(cloud, attack))
    assert state(cloud) == "ALARM"
    assert timeline.outcome == "nothing published"
    assert "the alarm is red because of what was published before" in timeline.notes


def test_a_second_anomaly_of_the_same_period_changes_nothing(cloud):
    """A red alarm cannot turn red: one message, the sum of both, and no time at which the second one turned it."""
    publish(cloud)
    first = watch_alarm(cloud)
    time.sleep(2.1)  # data bear whole seconds: in the same one the two could not be told apart
    publish(cloud)
    second = watch_alarm(cloud)
    red_at = [change.at for change in alarms.transitions(cloud) if change.new == "ALARM"]
    assert first.reason.endswith(f"turned red at {red_at[0]:%H:%M:%S} UTC.")
    assert second.reason.endswith(f"is red since {red_at[0]:%H:%M:%S} UTC, from before the latest metric came.")
    assert [step.at is None for step in first.steps] == [False, False, False]
    assert [step.at is None for step in second.steps] == [False, True, True]
    assert [timeline.steps[0].detail for timeline in (first, second)] == [
        f"AnomaliesDetected: {number} within the last 60 s" for number in (1, 2)
    ]
    assert len(notifications(cloud)) == 1
    assert [change.new for change in alarms.transitions(cloud)].count("ALARM") == 1


def test_without_new_data_the_last_alarm_is_named(cloud):
    """Some minutes after the cell that published, watching again says when the alarm was red."""
    publish(cloud)
    watch_alarm(cloud)
    alarms.set_local_alarm_ok(cloud, "No data for a period")
    timeline = watch_alarm(cloud)
    assert timeline.outcome in ("nothing deployed", "nothing published")
    assert any(note.startswith("the alarm turned red at ") for note in timeline.notes)


def test_with_nothing_deployed_everything_says_so_at_once(cloud, attack):
    """In notebooks as shipped no cell fails and none waits."""
    put = trigger(cloud, attack)
    assert (put.put, put.key) == (False, None)
    for timeline in (watch_alarm(cloud, put), watch_alarm(cloud)):
        assert timeline.outcome == "nothing deployed"
        assert "NOTHING DEPLOYED" in str(timeline)
    assert "Nothing deployed" in str(put)
    assert "Nothing deployed" in str(replay(cloud, attack))
    assert "starter code" in str(lambda_log(cloud, put))
    assert "has not run" in str(lambda_log(cloud))
    assert "No data of AnomaliesDetected" in plot_alarm(cloud).alt
    assert deployed_objects(cloud) == 0


def deployed_objects(cloud):
    return cloud.client("s3").list_objects_v2(Bucket=cloud.resource("CloudTrailBucket"))["KeyCount"]


def test_a_file_that_is_not_there_is_named(cloud, tmp_path):
    """The error says which file was looked for and what to do instead."""
    with pytest.raises(FileNotFoundError, match=r"no log file .*nowhere\.json.*Leave it out"):
        trigger(cloud, tmp_path / "nowhere.json")


def test_a_metric_published_by_hand_turns_the_alarm_red(cloud):
    """The first act of the notebook: nothing is deployed, a cell calls publish_anomalies, the alarm fires."""
    publish_anomalies(cloud.client("cloudwatch"), "deleting_logs", 1)
    timeline = watch_alarm(cloud)
    assert timeline.outcome == "alarm"
    assert [step.name for step in timeline.steps] == ["metric", "alarm", "notification"]
    times = [step.at for step in timeline.steps]
    assert None not in times
    assert times == sorted(times)


def test_a_metric_under_another_name_turns_nothing(deployed):
    """Nothing that the alarm watches has arrived: said at once."""
    publish(deployed, name="Anomalies")
    timeline = watch_alarm(deployed)
    assert timeline.outcome == "nothing published"
    assert "AnomaliesDetected" in timeline.reason


def test_publishing_nothing_is_told_from_detecting_nothing(cloud, attack):
    """The detector found the records; that no metric arrived is another mistake, and another advice."""

    def publish_anomalies(cloudwatch, detector, count):
        return None

    deploy(cloud, deleting_logs, publish_anomalies)
    timeline = watch_alarm(cloud, trigger(cloud, attack))
    assert timeline.outcome == "nothing published"
    assert "publish_anomalies" in str(timeline)


def test_an_unwritten_publish_anomalies_is_told(cloud, attack):
    """Deploying the detectors alone is possible; the alarm then hears of nothing."""
    deploy(cloud, deleting_logs)
    timeline = watch_alarm(cloud, trigger(cloud, attack))
    assert timeline.outcome == "nothing published"
    assert "publish_anomalies is not written yet" in timeline.reason


def test_a_threshold_that_is_not_reached_is_told(deployed, attack):
    """The metric and the threshold stand side by side."""
    alarm = alarms.describe_alarm(deployed)
    names = ("AlarmName", "Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "ComparisonOperator")
    deployed.client("cloudwatch").put_metric_alarm(**{name: alarm[name] for name in names}, Threshold=100.0)
    timeline = watch_alarm(deployed, trigger(deployed, attack))
    assert timeline.outcome == "not enough"
    assert "AnomaliesDetected is 2" in timeline.reason
    assert "100" in timeline.reason


def test_a_failing_run_ends_the_wait_with_its_error(deployed, tmp_path):
    """A file that is no log file fails the run; its error is in the timeline and in the log."""
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes(b"this is not a log file")
    put = trigger(deployed, broken)
    timeline = watch_alarm(deployed, put)
    assert timeline.outcome == "failed"
    assert f"{put.key} is not a CloudTrail log file" in timeline.reason
    assert "Traceback" in str(lambda_log(deployed, put))
    wait_for_runs(deployed, put, 3)


def test_the_lambda_function_runs_under_its_own_role(deployed, attack):
    """IAM is enforced: without the right to read the bucket the run fails with AccessDenied."""
    iam = deployed.client("iam")
    function = deployed.resource("AnalysisLambdaFunction")
    role = deployed.client("lambda").get_function_configuration(FunctionName=function)["Role"].rpartition("/")[2]
    assert watch_alarm(deployed, trigger(deployed, attack)).outcome == "alarm"
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for statement in policy["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            statement["Action"] = [action for action in actions if not action.startswith("s3:")] or [
                "s3:ListAllMyBuckets"
            ]
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
    put = trigger(deployed, attack)
    timeline = watch_alarm(deployed, put)
    assert timeline.outcome == "failed"
    assert "AccessDenied" in timeline.reason
    wait_for_runs(deployed, put, 3)


def test_what_detectors_raise_is_in_the_notes(cloud, attack):
    """The handler survives it, and the attendee hears of it."""

    def deleting_logs(record):
        if record["eventName"] == "DeleteLogStream":
            return record["requestParameters"]["logStreamName"] == "app"
        return record["eventName"].startswith("Delete")

    deploy(cloud, deleting_logs, publish_anomalies)
    timeline = watch_alarm(cloud, trigger(cloud, attack))
    assert timeline.outcome == "alarm"
    (note,) = [note for note in timeline.notes if "raised" in note]
    assert note == "deleting_logs raised on the record with eventID event-2: KeyError: 'requestParameters'"


def test_the_log_shows_the_run_of_the_trigger(deployed, attack, quiet):
    """Lambda's own lines and what the detectors printed, of the run that analyzed this very file."""
    first, second = trigger(deployed, attack), trigger(deployed, quiet)
    watch_alarm(deployed, first)
    watch_alarm(deployed, second)
    log = lambda_log(deployed, first)
    (run,) = log.runs
    assert "logs:DeleteLogStream" in log.text
    assert run.lines[0].startswith("START RequestId: ")
    assert run.lines[-1].startswith("REPORT RequestId: ")
    assert run.error is None
    assert "DeleteLogGroup" not in str(lambda_log(deployed, second))
    assert {run.request_id for run in lambda_log(deployed).runs} >= {run.request_id}
    assert "<pre" in log._repr_html_()


def test_the_local_alarm_goes_back_to_ok_after_a_period_without_data(cloud):
    """The emulator's alarm would stay red for ever; CloudWatch's goes back by itself."""
    assert alarms.settle_alarm(cloud)["StateValue"] == "OK"
    publish(cloud)
    assert alarms.settle_alarm(cloud)["StateValue"] == "ALARM"
    later = alarms.now() + timedelta(seconds=62)
    assert settled_at(cloud, later) == "OK"
    assert alarms.transitions(cloud)[-1].reason.startswith("No data")


def settled_at(cloud, time):
    """Return the alarm's state after settle_alarm at another time than now."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alarms, "now", lambda: time)
        return alarms.settle_alarm(cloud)["StateValue"]


def test_data_after_a_quiet_period_turns_the_alarm_anew(cloud):
    """Red, a quiet minute nobody looked at, then new data: the alarm has turned twice, as it would on AWS."""
    publish(cloud, at=alarms.now() - timedelta(seconds=50))
    assert state(cloud) == "ALARM"
    turned = alarms.describe_alarm(cloud)["StateUpdatedTimestamp"]
    later = turned + timedelta(seconds=100)
    publish(cloud, at=later)
    assert settled_at(cloud, later + timedelta(seconds=1)) == "ALARM"
    assert [change.new for change in alarms.transitions(cloud)][-3:] == ["ALARM", "OK", "ALARM"]


def test_the_bands_are_those_of_the_alarms_history(deployed, attack):
    """Each change of state in describe_alarm_history ends one band and begins the next, without gaps."""
    for _ in range(2):
        watch_alarm(deployed, trigger(deployed, attack))
    end = alarms.now()
    start = end - timedelta(minutes=10)
    history = deployed.client("cloudwatch").describe_alarm_history(
        AlarmName=deployed.resource("DetectionAlarm"), HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )["AlarmHistoryItems"]
    expected = [
        (json.loads(item["HistoryData"])["newState"]["stateValue"], item["Timestamp"].astimezone(end.tzinfo))
        for item in history
    ]
    bands = alarms.alarm_bands(deployed, start, end)
    assert [(band.state, band.start) for band in bands] == expected
    assert [band.end for band in bands] == [*(band.start for band in bands[1:]), end]
    assert [band.state for band in bands][-4:] == ["OK", "ALARM", "OK", "ALARM"]

    before = alarms.alarm_bands(deployed, end + timedelta(seconds=1), end + timedelta(seconds=2))
    assert [band.state for band in before] == ["ALARM"]


def test_the_plot_tells_state_numbers_and_threshold(deployed, attack):
    """The picture's axes have units, and its alternative text tells what it shows."""
    watch_alarm(deployed, trigger(deployed, attack))
    picture = plot_alarm(deployed)
    assert ": ALARM since " in picture.alt
    assert "The threshold is 1." in picture.alt
    metric, states = picture.figure.axes[:2]
    assert metric.get_ylabel() == "anomalies a minute"
    assert "UTC" in states.get_xlabel()
    (bar,) = metric.containers[0]
    begin, end = states.get_xlim()
    assert begin <= bar.get_x() < bar.get_x() + bar.get_width() <= end + 1e-9, "nothing is drawn of the time to come"
    assert bar.get_x() * 24 * 60 == pytest.approx(round(bar.get_x() * 24 * 60), abs=1e-3), (
        "a bar begins with its minute"
    )
    assert "INSUFFICIENT_DATA is where a new alarm begins" in picture.alt
    assert (bar.get_height(), bar.get_hatch()) == (2, "///")
    labels = {text.get_text() for text in picture.figure.legends[0].get_texts()}
    assert {"threshold, 1", "AnomaliesDetected a minute, threshold reached"} <= labels
    assert picture.png().startswith(b"\x89PNG")


def test_a_replay_accounts_for_each_file(deployed, tmp_path):
    """Every log file goes through the function; Insight and digest files in the same tree do not."""
    lake = tmp_path / "AWSLogs" / "111122223333"
    for number in range(12):
        names = ["DeleteLogGroup"] * (number % 3) + ["DescribeLogGroups"]
        log_file(lake / "CloudTrail" / "us-east-1" / "2026" / "03" / "10" / f"{number}.json.gz", *names)
    log_file(lake / "CloudTrail-Digest" / "us-east-1" / "digest.json.gz", "DeleteLogGroup")
    result = replay(deployed, tmp_path, progress=silence())
    assert result.missing == []
    assert len(result.summaries) == 12
    assert (result.records, result.matches) == (24, {"deleting_logs": 12})
    assert list(result.table.columns) == ["key", "records", "deleting_logs"]
    assert result.table["key"][0] == "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/10/0.json.gz"
    assert "12 log files with 24 records" in str(result)
    assert "10.json.gz" in result._repr_html_()
    assert state(deployed) == "ALARM"


def test_a_replay_names_the_files_that_were_not_analyzed(deployed, tmp_path, monkeypatch):
    """A file that fails the function is missing from the result; the others do not wait for it for ever."""
    monkeypatch.setitem(replays._SILENCE, "local", 6)
    monkeypatch.setitem(replays._IN_FLIGHT, "local", 2)
    for number in range(2):
        (tmp_path / f"{number}-broken.json.gz").write_bytes(b"this is not a log file")
    log_file(tmp_path / "sound.json.gz", "DeleteLogGroup")
    began = now()
    result = replay(deployed, tmp_path, progress=silence())
    assert [key.rpartition("/")[2] for key in result.missing] == ["0-broken.json.gz", "1-broken.json.gz"]
    assert result.matches == {"deleting_logs": 1}
    assert "not analyzed; the first is AWSLogs/111122223333/CloudTrail/ca-central-1/0-broken.json.gz" in str(result)
    wait_for_runs(deployed, triggers.Trigger(tmp_path, "", "", began), 7)


def test_a_replay_of_nothing_is_an_error(cloud, tmp_path):
    """The error says where it looked."""
    with pytest.raises(FileNotFoundError, match=r"no CloudTrail log files under .*looked for"):
        replay(cloud, tmp_path)


def test_steps_are_never_before_their_cause():
    """Stamps of whole seconds and clocks that differ a little do not put an effect before its cause."""
    start = alarms.now().replace(microsecond=400_000)
    steps = [
        Step("alarm", start.replace(microsecond=0), "stamped in whole seconds"),
        Step("file put", start, ""),
        Step("metric", None, "not seen"),
        Step("Lambda run", start + timedelta(seconds=0.3), ""),
    ]
    ordered = in_order(steps)
    assert [step.name for step in ordered] == ["file put", "Lambda run", "metric", "alarm"]
    assert ordered[3].at == ordered[1].at
    assert ordered[2].at is None


def test_progress_is_a_line_for_each_message_in_a_terminal():
    """The same message is not repeated at each look."""
    lines = []
    progress = ProgressLine(write=lines.append)
    for message in ("waiting", "waiting", "still waiting", "still waiting"):
        progress.say(message)
    progress.done("done")
    assert lines == ["waiting", "still waiting", "done"]


class ScriptedLogs:
    """CloudWatch Logs as on AWS: lines with times of their own, several runs in a stream, answers in pages."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, events):
        self.events = [{"logStreamName": "one", "timestamp": at, "message": message} for at, message in events]

    def get_paginator(self, operation):
        return self

    def paginate(self, logGroupName, startTime, filterPattern):
        found = [e for e in self.events if filterPattern.strip('"') in e["message"] and e["timestamp"] >= startTime]
        yield from ({"events": [event]} for event in found)

    def get_log_events(self, logGroupName, logStreamName, startFromHead, startTime, endTime, nextToken="0"):
        within = [event for event in self.events if startTime <= event["timestamp"] < endTime]
        page = within[int(nextToken) : int(nextToken) + 2]
        return {"events": page, "nextForwardToken": str(int(nextToken) + len(page))}


def test_runs_are_told_apart_in_logs_as_aws_writes_them(cloud, monkeypatch):
    """Lambda keeps writing to one stream; an error is marked [ERROR], a status stands in the REPORT line."""
    summary = {"bucket": "b", "key": "k", "records": 1, "found": {}}
    logs = ScriptedLogs(
        [
            (1_000_000, "START RequestId: one Version: $LATEST\n"),
            (1_000_005, f"ANALYZED {json.dumps(summary)}\n"),
            (1_000_010, "END RequestId: one\n"),
            (1_000_010, "REPORT RequestId: one\tDuration: 10.20 ms\tBilled Duration: 11 ms\t\n"),
            (1_000_020, "START RequestId: two Version: $LATEST\n"),
            (1_000_024, "[ERROR] ClientError: AccessDenied\nTraceback (most recent call last):\n  File x\n"),
            (1_000_030, "END RequestId: two\n"),
            (1_000_030, "REPORT RequestId: two\tDuration: 9.00 ms\tBilled Duration: 9 ms\tStatus: error\n"),
            (1_000_040, "START RequestId: three Version: $LATEST\n"),
            (1_000_050, "REPORT RequestId: three\tDuration: 10.00 ms\tMax Memory Used: 9 MB\tStatus: timeout\n"),
        ]
    )
    client = cloud.client
    monkeypatch.setattr(cloud, "client", lambda service: logs if service == "logs" else client(service))
    known = {}
    one, two, three = finished_runs(cloud, alarms.now().fromtimestamp(0, alarms.now().tzinfo), known=known)
    assert (one.request_id, len(one.lines), one.analyzed, one.error) == ("one", 4, [summary], None)
    assert one.milliseconds == 10.2
    assert (two.lines[0], two.error) == ("START RequestId: two Version: $LATEST", "ClientError: AccessDenied")
    assert three.error == "the run ended with the status timeout"
    assert set(known) == {"one", "two", "three"}


@pytest.fixture
def as_on_aws(deployed, monkeypatch):
    """The emulator treated as an AWS account: nothing that only the local alarm needs is done."""
    deployed.target = "aws"
    monkeypatch.setitem(watch._PAUSE, "aws", 0.05)
    monkeypatch.setitem(watch._METRIC_DELAY, "aws", 1)
    return deployed


def test_on_aws_the_alarm_is_waited_for_and_never_set(as_on_aws, attack, monkeypatch):
    """A red alarm goes back to OK by itself before the next file is put; progress says what takes its time."""
    lines = []
    progress = ProgressLine(write=lines.append)
    timeline = watch_alarm(as_on_aws, trigger(as_on_aws, attack), progress=progress)
    assert timeline.outcome == "alarm"

    def cloudwatch_settles(seconds):
        name = as_on_aws.resource("DetectionAlarm")
        as_on_aws.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason="by itself")

    monkeypatch.setattr(alarms.time, "sleep", cloudwatch_settles)
    put = trigger(as_on_aws, attack, progress=progress)
    monkeypatch.undo()
    assert "it went back to OK after" in put.reason
    assert any("waiting for its return to OK" in line for line in lines)
    assert not any(change.reason.startswith("Reset") for change in alarms.transitions(as_on_aws))
    assert [change.reason for change in alarms.transitions(as_on_aws) if change.new == "OK"] == ["by itself"]


def test_on_aws_an_alarm_that_was_red_before_the_run_is_told(as_on_aws, attack):
    """Other log files arrive there all the time: a red alarm cannot turn red because of this one."""
    put = trigger(as_on_aws, attack)
    (run,) = wait_for_runs(as_on_aws, put, 1)
    long_ago = run.started - timedelta(minutes=2)
    with pytest.MonkeyPatch.context() as patch:
        change = alarms.Transition(long_ago, "OK", "ALARM", "another file")
        patch.setattr(watch, "transitions", lambda cloud, alarm: [change])
        timeline = watch_alarm(as_on_aws, put)
    assert timeline.outcome == "alarm"
    assert "was so before this file" in timeline.reason
    assert [step.at is None for step in timeline.steps] == [False, False, False, True, True]


def test_on_aws_a_missing_metric_is_waited_for(as_on_aws):
    """Metrics lag: no data yet does not mean that nothing was published."""
    lines = []
    timeline = watch_alarm(as_on_aws, progress=ProgressLine(write=lines.append))
    assert timeline.outcome == "nothing published"
    assert any("Waiting for the metric and the alarm (on AWS" in line for line in lines)


def test_pages_of_alarm_history_are_read_to_the_end(cloud):
    """More changes than one answer holds."""
    client, name = cloud.client("cloudwatch"), cloud.resource("DetectionAlarm")
    for number in range(60):
        client.set_alarm_state(AlarmName=name, StateValue=("OK", "ALARM")[number % 2], StateReason=str(number))
    changes = alarms.transitions(cloud)
    assert [change.reason for change in changes][-60:] == [str(number) for number in range(60)]


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        ("attack", "attack = trigger(cloud), then watch_alarm(cloud, attack), without quotes"),
        ("data/attack.json.gz", "attack = trigger(cloud), then watch_alarm(cloud, attack), without quotes"),
        ("DeletingLogsAlarm", 'watch_alarm(cloud, attack, alarm="DeletingLogsAlarm")'),
        (deleting_logs, "not an object of type function: attack = trigger(cloud), then watch_alarm(cloud, attack)."),
    ],
)
def test_something_else_than_a_trigger_is_refused_at_once(cloud, given, instead):
    """A name, a file, an alarm or a function: the error has the call as it is written."""
    with pytest.raises(TypeError, match=re.escape(instead)):
        workshop.watch_alarm(cloud, given)
