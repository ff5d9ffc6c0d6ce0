"""What is proven, step by step: what each step does, what it saw, and which claim of docs/proven.md that supports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from workshop import demo, exercises
from workshop.cloud import connection
from workshop.cloud.alarm.alarm import calm_alarms, describe_alarm
from workshop.cloud.alarm.steps import Timeline
from workshop.cloud.alarm.watch import watch_alarm
from workshop.cloud.clock import now
from workshop.cloud.cloud import Cloud, Confirm, Show
from workshop.cloud.function.deployed_code import code_hash
from workshop.cloud.function.put_file import Trigger
from workshop.cloud.stack.update import update_stack
from workshop.display.progress import ProgressLine
from workshop.prove.generator import StepFailed, counts, make_activity, records_found

Seen = dict[str, Any]

_LOOP = (
    "A log file in the bucket runs the Lambda function, which publishes the metric, which turns the alarm red, which "
    "sends a notification"
)
_GENERATOR = (
    "The activity generator makes its calls with the instance's credentials, cleans up, ends its schedule; nobody else "
    "reads the credentials"
)
_FOR_THIS_ACCOUNT = "Services act in the stack for this account only; buckets, queues and topic refuse plain HTTP"
_OWN_CALL = "An API call of your own is delivered as CloudTrail would and found by the Lambda function"


@dataclass
class Place:
    """Where the proof works: the connection, and how the question before the stack is made gets its answer."""

    cloud: Cloud
    profile: str | None
    confirm: Confirm
    show: Show

    def connect(self) -> Cloud:
        """Connect as a notebook does, which makes the stack where it is missing and asks before it does so on AWS."""
        self.cloud = connection.connect(
            self.cloud.target,
            stack=self.cloud.stack,
            region=self.cloud.region,
            profile=self.profile,
            confirm=self.confirm,
            show=self.show,
        )
        return self.cloud


@dataclass(frozen=True)
class Step:
    """A step of the proof.

    needs       the steps without which it is not tried
    prepares    whether the later steps of a resumed run need it to be done again
    claims      the claims of docs/proven.md that it is evidence for; `on_aws` has those that only AWS can support
    at_most     how long it may wait on AWS, in words
    """

    name: str
    title: str
    run: Callable[[Place], Seen]
    needs: tuple[str, ...] = ()
    prepares: bool = False
    claims: tuple[str, ...] = ()
    on_aws: tuple[str, ...] = ()
    at_most: str = "a minute"

    def supports(self, target: str) -> list[str]:
        """Return the claims that the step is evidence for when it is done there."""
        return [*self.claims, *(self.on_aws if target == "aws" else ())]


def _make_stack(place: Place) -> Seen:
    began = now()
    cloud = place.connect()
    there = now()
    # By its schedule the generator would turn the alarm red, every 15 minutes, where a later step is to do so.
    update_stack(cloud, confirm=place.confirm, show=place.show, ActivityGeneration="on-request")
    described = cloud.describe_stack() or {}
    seen = {
        "stack id": described["StackId"],
        "seconds until it was there": _seconds(began, there),
        "status, after an update that switches the generator's schedule off": described["StackStatus"],
        "resources": len(cloud.logical_ids),
    }
    return seen | ({"namespace of the metric": describe_alarm(cloud)["Namespace"]} if cloud.target == "aws" else {})


def _deploy(place: Place) -> Seen:
    before = code_hash(place.cloud)
    deployment = demo.deploy_answers(place.cloud, exercises.model_answers())
    functions = ", ".join(deployment.functions)
    return {"functions": functions, "CodeSha256 before": before, "CodeSha256 after": deployment.code_sha256}


def _wait_for_generator(place: Place) -> Seen:
    cloud, progress = place.cloud, ProgressLine(place.show)
    began, activity = make_activity(cloud, progress)
    if activity.denied:
        raise StepFailed(f"the generator's calls were denied: {activity.denied}")
    run, key, records = records_found(cloud, activity.access_key, began, progress)
    return {
        "credentials used": activity.arn,
        "calls made": len(activity.calls),
        "delivered in": key.rpartition("/")[2],
        "records of these credentials in this file": records,
        "found by the Lambda function in this file": counts(run, key),
        "seconds from the activity's start to the end of the Lambda run": _seconds(began, run.ended),
    }


def _red_by_cell(place: Place) -> Seen:
    return _delays(demo.turn_red(place.cloud), "upload")


def _red_by_call(place: Place) -> Seen:
    cloud = place.cloud
    calm_alarms(cloud, ProgressLine(place.show))
    seen = demo.delete_log_group(cloud)
    if not (seen.record and seen.key and seen.run):
        raise StepFailed(f"the call was not found: {seen.reason}")
    bucket = cloud.resource("CloudTrailBucket")
    with cloud.quietly():
        delivered = cloud.client("s3").head_object(Bucket=bucket, Key=seen.key)["LastModified"].astimezone(timezone.utc)
    timeline = watch_alarm(cloud, Trigger(Path(seen.key), bucket, seen.key, delivered), progress=ProgressLine(demo.say))
    if timeline.outcome != "alarm":
        raise StepFailed(f"the call was found, but the alarm did not fire ({timeline.outcome}): {timeline.reason}")
    called = datetime.fromisoformat(seen.record["eventTime"].replace("Z", "+00:00"))
    return {
        "call": f"{seen.record['eventName']} at {seen.record['eventTime']}",
        "delivered in": seen.key.rpartition("/")[2],
        "found by the Lambda function in this file": counts(seen.run, seen.key),
        "seconds from the call to its delivery (whole seconds)": _seconds(called, delivered),
        "seconds from the call to the end of the Lambda run": _seconds(called, seen.run.ended),
        **_delays(timeline, "delivery"),
    }


def _delays(timeline: Timeline, begin: str) -> Seen:
    """Return what an alarm's timeline says of the time between its stages. Raises: StepFailed when it did not turn."""
    seconds = {name: round(after, 3) for name, after in timeline.seconds.items()}
    if "alarm" not in seconds:
        raise StepFailed(f"the alarm did not turn, because it was red before: {timeline.reason}")
    seen: Seen = {
        f"seconds from {begin} to the Lambda run": seconds["Lambda run"],
        f"seconds from {begin} to the published metric": seconds["metric"],
        "seconds from the published metric to ALARM": round(seconds["alarm"] - seconds["metric"], 3),
    }
    if "notification" in seconds:
        seen["seconds from ALARM to the notification"] = round(seconds["notification"] - seconds["alarm"], 3)
    else:
        seen["notification"] = next(step.detail for step in timeline.steps if step.name == "notification")
    return seen | {"why": timeline.reason} | ({"notes": "; ".join(timeline.notes)} if timeline.notes else {})


def _update(place: Place) -> Seen:
    cloud, name = place.cloud, "PerDetectorAlarms"
    parameters = {p["ParameterKey"]: p.get("ParameterValue") for p in (cloud.describe_stack() or {})["Parameters"]}
    before = code_hash(cloud)
    # A run before this one may have updated the stack, and not have come to the end of the step.
    value = parameters.get(name) != "true"
    update = update_stack(cloud, confirm=place.confirm, show=place.show, **{name: value})
    if not update.updated:
        raise StepFailed(f"CloudFormation did not update the stack with {name}={value}")
    return {
        "changed": "; ".join(f"{what}: {was} -> {is_now}" for what, (was, is_now) in update.changes.items()),
        "new resources": ", ".join(update.made) or "none",
        "removed resources": ", ".join(update.gone) or "none",
        "CodeSha256 before": before,
        "CodeSha256 after": code_hash(cloud),
    }


def _seconds(begin: datetime, end: datetime) -> float:
    return round((end - begin).total_seconds(), 3)


STEPS = (
    Step(
        "stack",
        "Make the stack",
        _make_stack,
        prepares=True,
        on_aws=(
            '`connect("aws")` shows account, Region and stack, asks, refuses root',
            "What the template makes on AWS",
        ),
        at_most="30 minutes",
    ),
    Step("deploy", "Deploy the model answers", _deploy, ("stack",), prepares=True),
    Step(
        "generator",
        "Wait for the activity generator, and for the function to find what it did",
        _wait_for_generator,
        ("stack", "deploy"),
        claims=(_OWN_CALL,),
        on_aws=(_GENERATOR,),
        at_most="about 45 minutes",
    ),
    Step(
        "cell",
        "Turn the alarm red by a log file, as a notebook's cell does",
        _red_by_cell,
        ("stack", "deploy"),
        claims=(_LOOP,),
        on_aws=("`publish_anomalies` sends what CloudWatch accepts", _FOR_THIS_ACCOUNT),
        at_most="15 minutes, after the alarm has gone back to OK",
    ),
    Step(
        "call",
        "Turn the alarm red by a real call: delete a log group",
        _red_by_call,
        ("stack", "deploy"),
        claims=(_OWN_CALL,),
        at_most="35 minutes, after the alarm has gone back to OK",
    ),
    Step(
        "update",
        "Update the stack",
        _update,
        ("stack", "deploy"),
        claims=("A stack update keeps the attendee's code",),
        at_most="30 minutes",
    ),
)
