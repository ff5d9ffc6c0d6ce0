"""The whole workshop without a browser: from the log files to the red alarm, with the model answers.

It has a home of its own in a temporary folder, with an emulator of its own, both gone at the end: an attendee's saved
answers, deployed code and stack stay as they are.
"""

import contextlib
import os
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from workshop import exercises, places
from workshop.cloud import connection
from workshop.cloud.activity.trigger import trigger
from workshop.cloud.activity.watch_call import watch_call
from workshop.cloud.alarm.notifications import notifications
from workshop.cloud.alarm.plot import plot_alarm
from workshop.cloud.alarm.watch import watch_alarm
from workshop.cloud.cloud import Cloud
from workshop.cloud.emulator import emulator
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.lambda_log import lambda_log
from workshop.display.progress import ProgressLine
from workshop.hunting.hunt import hunt
from workshop.logs.table.events import load_events

_WIDTH = 118
Answers = list[Callable[..., Any]]


class DemoFailed(Exception):
    """Which step did not come out as it should, and why."""


def play(file: Path | None = None) -> int:
    """Play the workshop with the model answers and return an exit status: 0 if the alarm turned red, else 1.

    Prints what happens, step by step. `file` is a log file to put instead of the lake's own attack.
    """
    began = time.monotonic()
    picture = places.state() / "demo" / "alarm.png"
    try:
        with _home_of_its_own():
            _play(file, picture)
    except DemoFailed as reason:
        print(f"\nThe demo failed after {time.monotonic() - began:.1f} s: {reason}", file=sys.stderr)
        return 1
    seconds = time.monotonic() - began
    print(f"\nThat was the workshop, in {seconds:.1f} s. Yours starts with `{places.command('lab')}`.")
    return 0


@contextlib.contextmanager
def _home_of_its_own() -> Iterator[None]:
    """Have everything that the kit writes, the emulator included, in a temporary folder that goes away at the end."""
    before = os.environ.get("WORKSHOP_HOME")
    with tempfile.TemporaryDirectory(prefix="workshop-demo-", ignore_cleanup_errors=True) as folder:
        os.environ["WORKSHOP_HOME"] = folder
        try:
            yield
        finally:
            emulator.stop()
            if before is None:
                del os.environ["WORKSHOP_HOME"]
            else:
                os.environ["WORKSHOP_HOME"] = before


def _play(file: Path | None, picture: Path) -> None:
    answers = exercises.model_answers()
    _step(1, "Examine the log files")
    _explore()
    _step(2, "Check the four functions")
    _check(answers)
    _step(3, "Hunt through all log files with the detectors")
    _hunt(answers)
    _step(4, "Connect to the cloud")
    cloud = connection.connect("local", show=_say)
    try:
        _step(5, "Deploy the functions into the Lambda function")
        _deploy(cloud, answers)
        _step(6, "Deliver a log file of the attack and watch the alarm")
        _alarm(cloud, file)
        _step(7, "Look at the alarm")
        _look(cloud, picture)
        _step(8, "Delete a real log group and see it caught")
        _call(cloud)
    finally:
        # The emulator goes next: there is nowhere left to deliver to.
        if cloud.trail:
            cloud.trail.stop("the demo is over", deliver=False)


def _explore() -> None:
    events = load_events(places.data())
    first, last = events["eventTime"].iloc[0], events["eventTime"].iloc[-1]
    calls, failed = (events["eventSource"] + events["eventName"]).nunique(), events["errorCode"].notna().sum()
    _say(f"{len(events):,} records from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC")
    _say(f"{calls} different API calls of {events['eventSource'].nunique()} services, {failed:,} of them failed")
    busiest = events["eventName"].value_counts().head(4)
    _say("the most frequent: " + ", ".join(f"{name} {count:,}" for name, count in busiest.items()))
    if events.attrs.get("skipped"):
        _say(f"{len(events.attrs['skipped'])} files or records could not be read, and are listed with their reasons")


def _check(answers: Answers) -> None:
    for answer in answers:
        result = exercises.check(answer)
        _say(f"{answer.__name__:<34}{result.outcome}")
        if not result.passed:
            raise DemoFailed(f"the model answer {answer.__name__} does not pass its own check: {result.message}")


def _hunt(answers: Answers) -> None:
    names = ("deleting_logs", "instance_creds_used_outside_ec2")
    matches = hunt(places.data(), *(answer for answer in answers if answer.__name__ in names))
    for name in names:
        _say(f"{name:<34}{(matches['detector'] == name).sum()} records match")


def _deploy(cloud: Cloud, answers: Answers) -> None:
    deployment = deploy(cloud, *answers, progress=_progress())
    changed = [line for line in deployment.diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    if deployment.code_sha256 is None:
        raise DemoFailed(f"the functions could not be deployed: {deployment.reason}")
    for warning in deployment.warnings:
        _say(f"warning: {warning}")
    added = sum(line.startswith("+") for line in changed)
    _say(f"{added} lines added, {len(changed) - added} taken out; Lambda confirms {deployment.code_sha256[:16]}…")
    _say(f"each record is now seen by {' and '.join(deployment.analysis_functions)}")


def _alarm(cloud: Cloud, file: Path | None) -> None:
    put = trigger(cloud, file, progress=_progress())
    if put.key is None:
        raise DemoFailed(f"no log file was put: {put.reason}")
    _say(f"delivered {put.file.name}")
    _say(f"as {put.key.rpartition('/')[2]}")
    timeline = watch_alarm(cloud, put, progress=_progress())
    _detected([line for run in lambda_log(cloud, put).runs for line in run.lines])
    _say("The timeline, in seconds:")
    for step in timeline.steps:
        seconds = f"{timeline.seconds[step.name]:8.2f}" if step.at else "       -"
        _say(f"{seconds}  {step.name:<14}{step.detail}")
    if timeline.outcome != "alarm":
        raise DemoFailed(f"the alarm did not fire ({timeline.outcome}): {timeline.reason}")
    _say(f"ALARM: {timeline.reason}")


def _detected(log: Iterable[str]) -> None:
    """Show the short records in a Lambda log of which logs were deleted or stopped, each once."""
    short = list(dict.fromkeys(line for line in log if line.startswith("[2")))
    shown = [line for line in short if ":Delete" in line or ":StopLogging" in line]
    if short:
        _say(f"Records that the Lambda function detected: {len(short)}. Of these delete or stop logs: {len(shown)}.")
    for line in shown:
        # [time]  Region  address  service:call  ARN, of which the session's name is enough here
        time, _, address, call, who, *failed = line.split("  ")
        _say(f"  {time}  {address:<14}  {call:<28}{'/'.join(who.split('/')[-2:])}  {' '.join(failed)}".rstrip())


def _look(cloud: Cloud, picture: Path) -> None:
    plot = plot_alarm(cloud)
    plot.save(picture)
    _say(plot.alt)
    received = notifications(cloud, wait=0).messages
    if received:
        _say(f"notification: {received[-1]['AlarmName']} is {received[-1]['NewStateValue']}")
    here = Path.cwd()
    _say(f"the plot is saved in {picture.relative_to(here) if picture.is_relative_to(here) else picture}")


def _call(cloud: Cloud) -> None:
    logs, name = cloud.client("logs"), "/workshop/demo-decoy"
    logs.create_log_group(logGroupName=name)
    seen = watch_call(cloud, logs.delete_log_group(logGroupName=name), progress=_progress())
    if not (seen.found.get("deleting_logs") and seen.record and seen.key and seen.run):
        raise DemoFailed(f"the deletion of the log group {name} was not caught ({seen.outcome}): {seen.reason}")
    _say(f"{seen.record['eventName']} of {name}, called at {seen.record['eventTime']}")
    _say(f"delivered by the local trail in {seen.key.rpartition('/')[2]}")
    _detected(seen.run.lines)
    _say(f"CAUGHT: {seen.reason}")


def _step(number: int, title: str) -> None:
    print(f"\n{number}. {title}")


def _say(text: object) -> None:
    for line in str(text).splitlines():
        indent = " " * (3 + len(line) - len(line.lstrip()))
        wrap = textwrap.TextWrapper(_WIDTH, indent, indent + "  ", break_on_hyphens=False, break_long_words=False)
        print(wrap.fill(line.strip()) if len(indent + line) > _WIDTH else indent + line.strip())


def _progress() -> ProgressLine:
    return ProgressLine(write=_say)
