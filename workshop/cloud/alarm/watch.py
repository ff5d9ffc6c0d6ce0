"""Watching an alarm: from one log file, or from a metric published by hand, to red."""

import time
from datetime import datetime, timedelta
from typing import Any

from workshop.cloud.alarm.alarm import (
    DETECTION_ALARM,
    Sums,
    Transition,
    describe_alarm,
    metric_sums,
    settle_alarm,
    transitions,
)
from workshop.cloud.alarm.notifications import notification_since, state_change_time
from workshop.cloud.alarm.steps import Step, Timeline, counted
from workshop.cloud.clock import now
from workshop.cloud.cloud import Cloud, Json, quiet
from workshop.cloud.console import alarm_url
from workshop.cloud.function.lambda_log import Run, finished_runs
from workshop.cloud.function.put_file import Trigger
from workshop.cloud.function.starter_code import NOTHING_DEPLOYED, nothing_deployed
from workshop.display.links import Links
from workshop.display.progress import ProgressLine

# Seconds, by target. The emulator evaluates the alarm within the call that publishes the metric; CloudWatch shows a
# metric after a minute or so, and evaluates alarms some tens of seconds later.
_PATIENCE = {"local": 30, "aws": 15 * 60}
_PAUSE = {"local": 0.1, "aws": 3}
_METRIC_DELAY = {"local": 2, "aws": 5 * 60}
_FAILURE_GRACE = {"local": 10, "aws": 60}
# Lambda tries a failed run twice more: so many failures cannot all be another file's late ones.
_ATTEMPTS = 3
_NOTIFICATION_DELAY = {"local": 3, "aws": 60}
# Events whose clocks stand a second apart are taken to be in order.
_SLACK = timedelta(seconds=1)


class _Ended(Exception):
    """The wait is over before the alarm: with this timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline


@quiet
def watch_alarm(
    cloud: Cloud,
    trigger: Trigger | None = None,
    timeout: float | None = None,
    progress: ProgressLine | None = None,
    alarm: str = DETECTION_ALARM,
) -> Timeline:
    """Wait until an alarm turns red because of this trigger's own log file, and return the Timeline.

    Only what the run that analyzed this very file found counts, even if something else turns the alarm red meanwhile.
    What others had published within the same period is named. Asked again later, it says the same, and in which state
    the alarm is by then. Without a trigger, the metric counts that was published lately, for instance from a cell.
    `timeout` is in seconds, by default 30 locally and 15 minutes on AWS, where each stage takes its time.
    `alarm` is the logical id of one of the stack's alarms. Raises: LookupError when the stack does not have it;
    TypeError when the trigger is none.
    """
    if trigger is not None and not isinstance(trigger, Trigger):
        raise TypeError(_no_trigger(trigger))
    progress = progress or ProgressLine()
    described = describe_alarm(cloud, alarm)
    watch = _Watch(cloud, alarm, _PATIENCE[cloud.target] if timeout is None else timeout, progress)
    timeline = watch.file(trigger) if trigger is not None else watch.metric_by_hand()
    if cloud.target == "aws":
        timeline.links = Links({alarm: alarm_url(cloud, described["AlarmName"])})
    progress.done(f"Watched for {progress.seconds:.1f} s: {timeline.outcome}.")
    return timeline


def _no_trigger(given: Any) -> str:
    """Return what to write instead of a trigger that is none."""
    if isinstance(given, str) and given.endswith("Alarm"):
        return f'That is the name of an alarm: watch_alarm(cloud, attack, alarm="{given}").'
    got = f"the text {given!r}" if isinstance(given, str) else f"an object of type {type(given).__name__}"
    name = given if isinstance(given, str) and given.isidentifier() else "attack"
    what = f"watch_alarm(cloud, {name}), without quotes" if isinstance(given, str) else "watch_alarm(cloud, attack)"
    return f"watch_alarm takes what trigger returned, not {got}: attack = trigger(cloud), then {what}."


class _Watch:
    """One wait: what it waits for, and what it has seen so far."""

    def __init__(self, cloud: Cloud, alarm: str, timeout: float, progress: ProgressLine) -> None:
        self.cloud = cloud
        self.alarm = alarm
        self.it = "the alarm" if alarm == DETECTION_ALARM else alarm
        self.timeout = timeout
        self.progress = progress
        self.deadline = time.monotonic() + timeout
        self.steps: list[Step] = []
        # How many records of the file each function matched, and those of them that this alarm's metric counts.
        self.found: dict[str, int] = {}
        self.counted: dict[str, int] = {}
        self.notes: list[str] = []

    def file(self, trigger: Trigger) -> Timeline:
        """Follow the trigger's file from the bucket to the alarm."""
        if trigger.key is None or trigger.put_at is None:
            return Timeline("nothing deployed", trigger.reason)
        self.notes.append(trigger.reason)
        self._saw("file put", trigger.put_at, trigger.key.rpartition("/")[2])
        try:
            run = self._run_of_the_file(trigger.key, trigger.put_at)
            self._judge(run, trigger.key)
            return self._alarm_after(run)
        except _Ended as ended:
            return ended.timeline

    def metric_by_hand(self) -> Timeline:
        """Follow a metric that was published without a log file to the alarm."""
        settle_alarm(self.cloud, self.alarm)
        # Locally the alarm has turned by the time that the publishing call returns.
        patience = min(_METRIC_DELAY[self.cloud.target], self.timeout)
        while True:
            alarm = describe_alarm(self.cloud, self.alarm)
            if alarm["StateValue"] == "ALARM":
                turn = self._turn(now())
                data = self._data(alarm, now() - self._reach(alarm))
                self._saw_metric(data[-1][0] if data else None, alarm, data)
                if turn and self._data(alarm, turn.at + _SLACK):
                    self._was_red_already(turn.at)
                    reason = f"{self.it} is red since {turn.at:%H:%M:%S} UTC, from before the latest metric came."
                    return self._end("alarm", reason)
                since = self._saw_alarm(turn, alarm)
                return self._end("alarm", f"{self.it} turned red at {since:%H:%M:%S} UTC.")
            data = self._data(alarm, max(now() - self._reach(alarm), self._back_in_ok()))
            if self.cloud.target == "local" and not data:
                break
            self.progress.say("Waiting for the metric and the alarm" + self._on_aws("one to five minutes"))
            if self.progress.seconds >= patience:
                break
            time.sleep(_PAUSE[self.cloud.target])
        if data:
            self._saw_metric(data[-1][0], alarm, data)
            return self._no_alarm(alarm, data)
        red = [turn for turn in transitions(self.cloud, self.alarm) if turn.new == "ALARM"]
        if red:
            self.notes.append(
                f"{self.it} turned red at {red[-1].at:%Y-%m-%d %H:%M:%S} UTC, and is {alarm['StateValue']} again"
            )
        if nothing_deployed(self.cloud):
            return self._end("nothing deployed", NOTHING_DEPLOYED)
        return self._end(
            "nothing published",
            f"{self.it} is {alarm['StateValue']}, and no {alarm['MetricName']} has come lately.",
        )

    def _run_of_the_file(self, key: str, put_at: datetime) -> Run:
        """Wait for the run that analyzed this trigger's file and return it."""
        known: dict[str, Run] = {}
        failed_since = float("inf")
        while True:
            runs = finished_runs(self.cloud, put_at - _SLACK, known=known)
            for run in runs:
                for summary in run.analyzed:
                    if summary["key"] == key:
                        self.found = self.counted = summary["found"]
                        return run
            # Other files have runs too, of the trail for instance: if one of them fails, that says nothing of this
            # file. A run that names no file may be that of another file, which Lambda tries again for minutes: then
            # this file gets a moment to be analyzed.
            failures = [run for run in runs if run.error and run.is_of(key) is not False]
            named = [run for run in failures if run.is_of(key)]
            failed_since = min(failed_since, time.monotonic()) if failures else failed_since
            waited = time.monotonic() - failed_since > _FAILURE_GRACE[self.cloud.target]
            if named or waited or len(failures) >= _ATTEMPTS:
                run = (named or failures)[0]
                self._saw("Lambda run", run.started, f"failed after {run.milliseconds:,.0f} ms")
                raise self._ended("failed", f"the Lambda function failed: {run.error}", *_LOOK_AT_LOG)
            if time.monotonic() >= self.deadline:
                failed = [f"another run failed meanwhile: {run.error}" for run in runs if run.error]
                raise self._ended(
                    "timed out",
                    f"the Lambda function has not analyzed the file within {self.timeout:.0f} s.",
                    *failed,
                    *_LOOK_AT_LOG,
                )
            self.progress.say("File put; waiting for the Lambda function to analyze it" + self._on_aws("some seconds"))
            time.sleep(_PAUSE[self.cloud.target])

    def _judge(self, run: Run, key: str) -> None:
        """End the wait where this run cannot have turned the alarm."""
        records = next(summary["records"] for summary in run.analyzed if summary["key"] == key)
        matches = ", ".join(f"{name} {count}" for name, count in self.found.items()) or "no analysis function"
        self._saw("Lambda run", run.started, f"{records} records in {run.milliseconds:,.0f} ms; found: {matches}")
        self.notes += run.detector_errors
        self.notes += [f"not written yet: {reason}" for reason in run.not_written]
        alarm = settle_alarm(self.cloud, self.alarm)
        if self.alarm != DETECTION_ALARM:
            self.counted = {name: count for name, count in self.found.items() if name == alarm["MetricName"]}
        if not any(self.counted.values()):
            red = alarm["StateValue"] == "ALARM"
            by = " or ".join(self.counted) or f"{alarm['MetricName']}, which is not deployed"
            raise self._ended(
                "nothing detected",
                f"none of the {records} records in this file was matched by {by}.",
                f"{self.it} is red because of something else, not because of this file" if red else "",
                "to look at: lambda_log(cloud, trigger) shows the run; load_events(…) shows what the file holds; "
                "check(…) shows whether the function finds what it should",
            )
        if run.error:
            raise self._ended("failed", f"the Lambda function failed after the analysis: {run.error}", *_LOOK_AT_LOG)
        if any(reason.startswith("publish_anomalies") for reason in run.not_written):
            raise self._ended("nothing published", "the records were found, but publish_anomalies is not written yet.")

    def _alarm_after(self, run: Run) -> Timeline:
        """Wait for the alarm to turn red after this run."""
        found = counted(sum(self.counted.values()))
        grace = min(time.monotonic() + _METRIC_DELAY[self.cloud.target], self.deadline)
        while True:
            alarm = describe_alarm(self.cloud, self.alarm)
            turn = self._turn_after(run)
            data = self._data(alarm, run.started, run.ended + _SLACK)
            if data and (turn or alarm["StateValue"] == "ALARM"):
                return self._red(run, turn, alarm)
            if time.monotonic() >= grace and not data:
                red = alarm["StateValue"] == "ALARM"
                return self._end(
                    "nothing published",
                    f"{found} found, but no {alarm['MetricName']} has arrived in the namespace {alarm['Namespace']}.",
                    f"{self.it} is red because of what was published before" if red else "",
                    "to look at: does publish_anomalies call put_metric_data, with this name and this namespace? "
                    "check(publish_anomalies) shows it",
                )
            if time.monotonic() >= (grace if self.cloud.target == "local" else self.deadline):
                self._saw_metric(run.ended, alarm, data)
                return self._no_alarm(alarm, data)
            self.progress.say(
                f"The Lambda function has run, {found} found; waiting for {self.it}"
                + self._on_aws("one to three minutes: metrics lag, and alarms are evaluated once a minute")
            )
            time.sleep(_PAUSE[self.cloud.target])

    def _red(self, run: Run, turn: Transition | None, alarm: Json) -> Timeline:
        """Add the last steps of an alarm that this run's data made red, or found red, and end the wait."""
        others = self._others(run, alarm)
        ours, reach = counted(sum(self.counted.values())), f"{self._reach(alarm).total_seconds():g} s"
        detail = f"{alarm['MetricName']}: {sum(self.counted.values())} of this file"
        self._saw("metric", run.ended, f"{detail}, {others:,g} of others in the same {reach}" if others else detail)
        self._note_on_periods(alarm)
        if turn is None:
            # Possible on AWS, where other log files arrive all the time.
            latest = self._turn(run.started)
            since = latest.at if latest else alarm["StateUpdatedTimestamp"]
            self._was_red_already(since)
            return self._end("alarm", f"{self.it} is red, and was so before this file was analyzed.")
        self._saw_alarm(turn, alarm)
        if alarm["StateValue"] != "ALARM":
            since = alarm["StateUpdatedTimestamp"]
            self.notes.append(f"{self.it} is {alarm['StateValue']} again, since {since:%H:%M:%S} UTC")
        after = Timeline("alarm", "", self.steps).seconds["alarm"]
        with_others = f", together with {others:,g} that others published within the same {reach}" if others else ""
        what = f"{ours} in this file turned {self.it} red {after:.2f} s after the file was put"
        return self._end("alarm", f"{what}{with_others}.")

    def _was_red_already(self, since: datetime) -> None:
        """Add the last steps of an alarm that had been red before."""
        self._saw("alarm", None, f"was red already, since {since:%H:%M:%S} UTC: it cannot turn red again")
        self._saw("notification", None, "none: the alarm sends one only when it turns")

    def _saw_alarm(self, turn: Transition | None, alarm: Json) -> datetime:
        """Add the steps of an alarm that turned red and of its notification; return when it turned."""
        since = turn.at if turn else alarm["StateUpdatedTimestamp"]
        self._saw("alarm", since, f"turned to ALARM. {turn.reason if turn else alarm['StateReason']}")
        self.progress.say(f"{self.it[0].upper()}{self.it[1:]} turned red; waiting for its notification ...")
        message = notification_since(self.cloud, alarm["AlarmName"], since, _NOTIFICATION_DELAY[self.cloud.target])
        if message:
            self._saw("notification", state_change_time(message), f"{message['NewStateValue']}: {message['AlarmName']}")
        else:
            self._saw("notification", None, "none has arrived: notifications(cloud) shows those that have")
        if self.cloud.target == "local":
            self.notes.append("the emulator stamps alarm and notification with whole seconds only")
        return since

    def _turn_after(self, run: Run) -> Transition | None:
        """Return the change to ALARM that a run's data can have caused, also if the alarm is in OK again; or None."""
        until = run.ended + _SLACK
        if self.cloud.target == "aws":
            until += timedelta(seconds=_METRIC_DELAY["aws"])
        changes = transitions(self.cloud, self.alarm)
        # A change of the same second may have been another file's; then the alarm was taken back to OK before this run.
        calm = [place for place, change in enumerate(changes) if change.new == "OK" and change.at <= run.started]
        turns = [change for change in changes[calm[-1] + 1 if calm else 0 :] if change.new == "ALARM" != change.old]
        return next((turn for turn in turns if run.started - _SLACK <= turn.at <= until), None)

    def _others(self, run: Run, alarm: Json) -> float:
        """Return how much of the metric others than this run had published when the alarm looked at it."""
        begin = run.ended - self._reach(alarm) if self.cloud.target == "local" else run.started
        data = self._data(alarm, begin, run.ended + _SLACK)
        return max(0, sum(value for _, value in data) - sum(self.counted.values()))

    def _turn(self, since: datetime) -> Transition | None:
        """Return the alarm's latest change to ALARM, if possible not from before `since`; None if there is none."""
        changes = transitions(self.cloud, self.alarm)
        turns = [change for change in changes if change.new == "ALARM" and change.old != "ALARM"]
        fresh = [turn for turn in turns if turn.at >= since - _SLACK]
        return next(reversed(fresh or turns), None)

    def _back_in_ok(self) -> datetime:
        """Return the first moment after the alarm's latest return to OK: data from before no longer counts."""
        back = [change.at for change in transitions(self.cloud, self.alarm) if change.new == "OK"]
        return back[-1] + _SLACK if back and self.cloud.target == "local" else now() - timedelta(days=1)

    def _data(self, alarm: Json, since: datetime, end: datetime | None = None) -> Sums:
        """Return the metric's sums between two times: by the second locally, by the alarm's period on AWS."""
        end = end or now() + _SLACK
        if self.cloud.target == "local":
            return metric_sums(self.cloud, alarm, since.replace(microsecond=0), end, 1)
        return metric_sums(self.cloud, alarm, since.replace(second=0, microsecond=0), end)

    @staticmethod
    def _reach(alarm: Json) -> timedelta:
        """Return how far back the alarm looks."""
        return timedelta(seconds=alarm["Period"] * alarm["EvaluationPeriods"])

    def _no_alarm(self, alarm: Json, data: Sums) -> Timeline:
        """End the wait for an alarm that has data, and does not turn red."""
        total, looked_at = sum(value for _, value in data), alarm["EvaluationPeriods"]
        needed = alarm.get("DatapointsToAlarm", looked_at)
        reached = sum(value >= alarm["Threshold"] for _, value in data)
        # Locally the alarm has looked at the data by now.
        outcome = "timed out" if self.cloud.target == "aws" and reached >= needed else "not enough"
        return self._end(
            outcome,
            f"{self.it} is {alarm['StateValue']}: {alarm['MetricName']} is {total:g}, and the alarm asks for "
            f"{alarm['Statistic']} {alarm['ComparisonOperator']} {alarm['Threshold']:g} over {alarm['Period']} s"
            + (f", in {needed} of the latest {looked_at} such periods." if looked_at > 1 else "."),
        )

    def _saw_metric(self, at: datetime | None, alarm: Json, data: Sums) -> None:
        total, seconds = sum(value for _, value in data), self._reach(alarm).total_seconds()
        self._saw("metric", at, f"{alarm['MetricName']}: {total:g} within the last {seconds:g} s")
        self._note_on_periods(alarm)

    def _note_on_periods(self, alarm: Json) -> None:
        if self.cloud.target == "local" and alarm["EvaluationPeriods"] > 1:
            self.notes.append(
                f"the emulator compares the sum over all {alarm['EvaluationPeriods']} periods with the threshold; "
                "CloudWatch compares each of them, and counts how many reach it"
            )

    def _saw(self, name: str, at: datetime | None, detail: str) -> None:
        self.steps.append(Step(name, at, detail))

    def _end(self, outcome: str, reason: str, *notes: str) -> Timeline:
        return Timeline(outcome, reason, self.steps, self.found, [*self.notes, *notes])

    def _ended(self, outcome: str, reason: str, *notes: str) -> _Ended:
        return _Ended(self._end(outcome, reason, *notes))

    def _on_aws(self, how_long: str) -> str:
        return f" (on AWS this takes {how_long}) ..." if self.cloud.target == "aws" else " ..."


_LOOK_AT_LOG = ("to look at: lambda_log(cloud, trigger) shows what the function printed",)
