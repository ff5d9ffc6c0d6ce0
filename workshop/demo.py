"""The whole workshop without a browser: from the log files to the red alarm, with the model answers.

It has a home of its own in a temporary folder, with an emulator of its own, both gone at the end: an attendee's saved
answers, deployed code and stack stay as they are.
"""

import contextlib
import os
import signal
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from workshop import exercises, places
from workshop.cloud import connection
from workshop.cloud.activity.trigger import trigger
from workshop.cloud.activity.watch_call import CallSeen, watch_call
from workshop.cloud.alarm.notifications import notifications
from workshop.cloud.alarm.plot import plot_alarm
from workshop.cloud.alarm.steps import Timeline
from workshop.cloud.alarm.watch import watch_alarm
from workshop.cloud.cloud import Cloud
from workshop.cloud.emulator import emulator
from workshop.cloud.function.deploy import Deployment, deploy
from workshop.cloud.function.lambda_log import lambda_log
from workshop.display.progress import ProgressLine
from workshop.hunting.hunt import hunt
from workshop.logs.table.events import load_events

DECOY = "/workshop/demo-decoy"  # the log group that is made to be deleted
_WIDTH = 118
Answers = list[Callable[..., Any]]


# Whether Ctrl+C was pressed during the demo, and in which process that is played.
_pressed, _process = threading.Event(), os.getpid()


class DemoFailed(Exception):
    """Which step did not come out as it should, and why."""


def play(file: Path | None = None) -> int:
    """Play the workshop with the model answers and return an exit status: 0 if the alarm turned red, else 1.

    Prints what happens, step by step. `file` is a log file to put instead of the lake's own attack.
    Raises: KeyboardInterrupt after Ctrl+C, with everything cleared away.
    """
    began = time.monotonic()
    picture = places.state() / "demo" / "alarm.png"
    try:
        with _ctrl_c_is_heard(), _home_of_its_own():
            _play(file, picture)
    except DemoFailed as reason:
        print(f"\nThe demo failed after {time.monotonic() - began:.1f} s: {reason}", file=sys.stderr)
        return 1
    seconds = time.monotonic() - began
    print(f"\nThat was the workshop, in {seconds:.1f} s. Yours starts with `{places.command('lab')}`.")
    return 0


@contextlib.contextmanager
def _ctrl_c_is_heard() -> Iterator[None]:
    """Have Ctrl+C end the demo at its next printed line at the latest.

    Python drops a KeyboardInterrupt that is raised while it runs the finalizer of an object, such as an answer of HTTP.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    show = sys.unraisablehook
    sys.unraisablehook = lambda dropped: None if dropped.exc_type is KeyboardInterrupt else show(dropped)
    _pressed.clear()
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
        _end_if_pressed()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _pressed.clear()
        sys.unraisablehook = show


def _interrupt(number: int, frame: object) -> None:
    if os.getpid() != _process:
        return  # this process was just forked, and will ignore the signal: the demo ends it
    _pressed.set()
    raise KeyboardInterrupt


def _note(number: int, frame: object) -> None:
    _pressed.set()


def _end_if_pressed() -> None:
    if _pressed.is_set():
        raise KeyboardInterrupt


@contextlib.contextmanager
def _home_of_its_own() -> Iterator[None]:
    """Have everything that the kit writes, the emulator included, in a temporary folder that goes away at the end."""
    before = os.environ.get("WORKSHOP_HOME")
    with tempfile.TemporaryDirectory(prefix="workshop-demo-", ignore_cleanup_errors=True) as folder:
        os.environ["WORKSHOP_HOME"] = folder
        try:
            yield
        finally:
            if signal.getsignal(signal.SIGINT) is _interrupt:
                signal.signal(signal.SIGINT, _note)  # nothing is left behind by a second Ctrl+C
            emulator.stop()
            if before is None:
                del os.environ["WORKSHOP_HOME"]
            else:
                os.environ["WORKSHOP_HOME"] = before


def _play(file: Path | None, picture: Path) -> None:
    answers = exercises.model_answers()
    title(1, "Examine the log files")
    _explore()
    title(2, "Check the four functions")
    _check(answers)
    title(3, "Hunt through all log files with the detectors")
    _hunt(answers)
    title(4, "Connect to the cloud")
    cloud = connection.connect("local", show=say)
    try:
        title(5, "Deploy the functions into the Lambda function")
        deploy_answers(cloud, answers)
        title(6, "Deliver a log file of the attack and watch the alarm")
        turn_red(cloud, file)
        title(7, "Look at the alarm")
        _look(cloud, picture)
        title(8, "Delete a real log group and see it caught")
        delete_log_group(cloud)
    finally:
        # The emulator goes next: there is nowhere left to deliver to.
        if cloud.trail:
            cloud.trail.stop("the demo is over", deliver=False)


def _explore() -> None:
    events = load_events(places.data())
    first, last = events["eventTime"].iloc[0], events["eventTime"].iloc[-1]
    calls, failed = (events["eventSource"] + events["eventName"]).nunique(), events["errorCode"].notna().sum()
    say(f"{len(events):,} records from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC")
    say(f"{calls} different API calls of {events['eventSource'].nunique()} services, {failed:,} of them failed")
    busiest = events["eventName"].value_counts().head(4)
    say("the most frequent: " + ", ".join(f"{name} {count:,}" for name, count in busiest.items()))
    if events.attrs.get("skipped"):
        say(f"{len(events.attrs['skipped'])} files or records could not be read, and are listed with their reasons")


def _check(answers: Answers) -> None:
    for answer in answers:
        result = exercises.check(answer)
        say(f"{answer.__name__:<34}{result.outcome}")
        if not result.passed:
            raise DemoFailed(f"the model answer {answer.__name__} does not pass its own check: {result.message}")


def _hunt(answers: Answers) -> None:
    names = ("deleting_logs", "instance_creds_used_outside_ec2")
    matches = hunt(places.data(), *(answer for answer in answers if answer.__name__ in names))
    for name in names:
        say(f"{name:<34}{(matches['detector'] == name).sum()} records match")


def deploy_answers(cloud: Cloud, answers: Answers) -> Deployment:
    """Deploy the answers and say what changed; return the Deployment. Raises: DemoFailed when they are not deployed."""
    deployment = deploy(cloud, *answers, progress=_progress())
    changed = [line for line in deployment.diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    if deployment.code_sha256 is None:
        raise DemoFailed(f"the functions could not be deployed: {deployment.reason}")
    for warning in deployment.warnings:
        say(f"warning: {warning}")
    added = sum(line.startswith("+") for line in changed)
    say(f"{added} lines added, {len(changed) - added} taken out; Lambda confirms {deployment.code_sha256[:16]}…")
    say(f"each record is now seen by {' and '.join(deployment.analysis_functions)}")
    return deployment


def turn_red(cloud: Cloud, file: Path | None = None) -> Timeline:
    """Deliver a log file, say what follows, and return the Timeline. Raises: DemoFailed when the alarm is not red."""
    put = trigger(cloud, file, progress=_progress())
    if put.key is None:
        raise DemoFailed(f"no log file was put: {put.reason}")
    say(f"delivered {put.file.name}")
    say(f"as {put.key.rpartition('/')[2]}")
    timeline = watch_alarm(cloud, put, progress=_progress())
    _detected([line for run in lambda_log(cloud, put).runs for line in run.lines])
    say("The timeline, in seconds:")
    for step in timeline.steps:
        seconds = f"{timeline.seconds[step.name]:8.2f}" if step.at else "       -"
        say(f"{seconds}  {step.name:<14}{step.detail}")
    if timeline.outcome != "alarm":
        raise DemoFailed(f"the alarm did not fire ({timeline.outcome}): {timeline.reason}")
    say(f"ALARM: {timeline.reason}")
    return timeline


def _detected(log: Iterable[str]) -> None:
    """Show the short records in a Lambda log of which logs were deleted or stopped, each once."""
    short = list(dict.fromkeys(line for line in log if line.startswith("[2")))
    shown = [line for line in short if ":Delete" in line or ":StopLogging" in line]
    if short:
        say(f"Records that the Lambda function detected: {len(short)}. Of these delete or stop logs: {len(shown)}.")
    for line in shown:
        # [time]  Region  address  service:call  ARN, of which the session's name is enough here
        time, _, address, call, who, *failed = line.split("  ")
        say(f"  {time}  {address:<14}  {call:<28}{'/'.join(who.split('/')[-2:])}  {' '.join(failed)}".rstrip())


def _look(cloud: Cloud, picture: Path) -> None:
    plot = plot_alarm(cloud)
    plot.save(picture)
    say(plot.alt)
    received = notifications(cloud, wait=0).messages
    if received:
        say(f"notification: {received[-1]['AlarmName']} is {received[-1]['NewStateValue']}")
    here = Path.cwd()
    say(f"the plot is saved in {picture.relative_to(here) if picture.is_relative_to(here) else picture}")


def delete_log_group(cloud: Cloud) -> CallSeen:
    """Make and delete a log group, say what is seen, and return the CallSeen. Raises: DemoFailed if not caught."""
    logs, name = cloud.client("logs"), DECOY
    logs.create_log_group(logGroupName=name)
    seen = watch_call(cloud, logs.delete_log_group(logGroupName=name), progress=_progress())
    if not (seen.found.get("deleting_logs") and seen.record and seen.key and seen.run):
        raise DemoFailed(f"the deletion of the log group {name} was not caught ({seen.outcome}): {seen.reason}")
    say(f"{seen.record['eventName']} of {name}, called at {seen.record['eventTime']}")
    trail = "the local trail" if cloud.target == "local" else "CloudTrail"
    say(f"delivered by {trail} in {seen.key.rpartition('/')[2]}")
    _detected(seen.run.lines)
    say(f"CAUGHT: {seen.reason}")
    return seen


def title(number: int, name: str) -> None:
    """Print the title of a step."""
    _end_if_pressed()
    print(f"\n{number}. {name}")


def say(text: object) -> None:
    """Print a text of one or more lines, indented and wrapped, below the title of a step."""
    _end_if_pressed()
    for line in str(text).splitlines():
        indent = " " * (3 + len(line) - len(line.lstrip()))
        wrap = textwrap.TextWrapper(_WIDTH, indent, indent + "  ", break_on_hyphens=False, break_long_words=False)
        print(wrap.fill(line.strip()) if len(indent + line) > _WIDTH else indent + line.strip())


def _progress() -> ProgressLine:
    return ProgressLine(write=say)
