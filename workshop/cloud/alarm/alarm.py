"""An alarm's state now and before, the metric it watches, and what the local emulator's alarms lack.

`alarm` is always a logical id of the stack: "DetectionAlarm", or one of those that PerDetectorAlarms adds.
"""

import itertools
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from workshop.cloud.clock import now
from workshop.cloud.cloud import Cloud, Json, quiet
from workshop.display.progress import ProgressLine

# The sums of a metric: the start of each period (UTC) and the sum in it, oldest first.
Sums = list[tuple[datetime, float]]

# The stack's alarms by their logical ids; the detectors' own are there when the parameter PerDetectorAlarms says so.
DETECTION_ALARM = "DetectionAlarm"
DETECTOR_ALARMS = ("DeletingLogsAlarm", "InstanceCredsAlarm")

# The longest that a real alarm is waited for until it is back in OK: it looks at several periods without data.
_LONGEST_CALM = 15 * 60


@dataclass(frozen=True)
class Transition:
    """One change of the alarm's state: when (UTC), from which state, to which, and the reason given."""

    at: datetime
    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class Band:
    """A span of time, UTC, in which the alarm was in one state."""

    state: str
    start: datetime
    end: datetime


def alarm_name(cloud: Cloud, alarm: str = DETECTION_ALARM) -> str:
    """Return an alarm's name in CloudWatch. Raises: LookupError when the stack has no such alarm."""
    try:
        return cloud.resource(alarm)
    except KeyError as missing:
        if alarm in DETECTOR_ALARMS:
            raise LookupError(
                f'The stack {cloud.stack} has no {alarm} yet: update_stack(cloud, PerDetectorAlarms="true") makes it.'
            ) from missing
        known = ", ".join([DETECTION_ALARM, *DETECTOR_ALARMS])
        raise LookupError(
            f"The stack {cloud.stack} has no alarm {alarm!r}; its alarms are called {known}."
        ) from missing


def alarms_of(cloud: Cloud) -> list[str]:
    """Return the logical ids of the alarms that the stack has."""
    return [alarm for alarm in (DETECTION_ALARM, *DETECTOR_ALARMS) if alarm in cloud.logical_ids]


@quiet
def describe_alarm(cloud: Cloud, alarm: str = DETECTION_ALARM) -> Json:
    """Return CloudWatch's description of an alarm. Raises: LookupError when the stack has none, or it is gone."""
    name = alarm_name(cloud, alarm)
    found = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    if not found:
        raise LookupError(f"There is no alarm {name}; was it deleted? connect() again, or make the stack anew.")
    return found[0]


@quiet
def transitions(cloud: Cloud, alarm: str = DETECTION_ALARM) -> list[Transition]:
    """Return an alarm's state changes, oldest first: all that CloudWatch remembers."""
    of = {"AlarmName": alarm_name(cloud, alarm), "HistoryItemType": "StateUpdate"}
    items = list(cloud.entries("cloudwatch", "describe_alarm_history", "AlarmHistoryItems", **of))
    # They come newest first. Reversed as a whole, changes within one second keep their order.
    return [_transition(item) for item in reversed(items)]


def _transition(item: Json) -> Transition:
    data = json.loads(item["HistoryData"])
    old, new = data["oldState"]["stateValue"], data["newState"]["stateValue"]
    return Transition(item["Timestamp"].astimezone(timezone.utc), old, new, data["newState"].get("stateReason", ""))


@quiet
def alarm_bands(cloud: Cloud, start: datetime, end: datetime, alarm: str = DETECTION_ALARM) -> list[Band]:
    """Return an alarm's states between two times (aware) as bands without gaps, oldest first.

    Each change in describe_alarm_history ends one band and begins the next; bands of no length are kept. The first
    band begins when the alarm was made, where the history shows that.
    """
    changes = transitions(cloud, alarm)
    if changes and changes[0].old == changes[0].new and changes[0].at >= start:
        # The emulator's history begins with the alarm's creation: nothing is known of the time before. Changes in the
        # same second came after it.
        start, before, within = changes[0].at, changes[:1], [change for change in changes[1:] if change.at <= end]
    else:
        before = [change for change in changes if change.at <= start]
        within = [change for change in changes if start < change.at <= end]
    if before:
        state = before[-1].new
    elif within:
        state = within[0].old
    else:
        state = describe_alarm(cloud, alarm)["StateValue"]
    bands, begin = [], start
    for change in within:
        bands.append(Band(state, begin, change.at))
        state, begin = change.new, change.at
    return [*bands, Band(state, begin, end)]


@quiet
def metric_sums(cloud: Cloud, described: Json, start: datetime, end: datetime, period: int | None = None) -> Sums:
    """Return the sums of an alarm's metric between two times (aware).

    `described` is what describe_alarm returned. Periods without data are left out. `period` is in seconds, the
    alarm's own by default.
    """
    metric = {name: described[name] for name in ("Namespace", "MetricName", "Dimensions")}
    query = {
        "Id": "anomalies",
        "MetricStat": {"Metric": metric, "Period": period or described["Period"], "Stat": "Sum"},
    }
    asked = {"MetricDataQueries": [query], "StartTime": start, "EndTime": end, "ScanBy": "TimestampAscending"}
    return sorted(
        (at.astimezone(timezone.utc), value)
        for result in cloud.entries("cloudwatch", "get_metric_data", "MetricDataResults", **asked)
        for at, value in zip(result["Timestamps"], result["Values"], strict=True)
    )


@quiet
def settle_alarm(cloud: Cloud, alarm: str = DETECTION_ALARM) -> Json:
    """Take a local alarm back to OK once a period has passed without data; on AWS CloudWatch does so by itself.

    The emulator evaluates an alarm only when a metric arrives and knows no TreatMissingData: its alarm would stay red
    for ever, and an alarm that never saw data would never be OK. The change is stamped when it is made, which is when
    the alarm is next looked at. Returns the alarm's description.
    """
    described = describe_alarm(cloud, alarm)
    if cloud.target != "local" or described["StateValue"] == "OK":
        return described
    period, present = timedelta(seconds=described["Period"] * described["EvaluationPeriods"]), now()
    turned = described["StateUpdatedTimestamp"].astimezone(timezone.utc)
    # Whole seconds are the emulator's resolution of everything.
    data = [at for at, _ in metric_sums(cloud, described, turned - period, present + timedelta(seconds=1), 1)]
    turned_by = max((at for at in data if at <= turned), default=turned)
    marks = [turned_by, *(at for at in data if at > turned), present]
    silent = any(later - earlier > period for earlier, later in itertools.pairwise(marks))
    if described["StateValue"] == "ALARM" and not silent:
        return described
    set_local_alarm_ok(cloud, "No data for a period: missing data is treated as not breaching.", alarm)
    if data and present - data[-1] <= period:
        # Data has come since that silence. Any metric that arrives makes the emulator look at its alarms again.
        cloud.client("cloudwatch").put_metric_data(
            Namespace="Workshop/Emulator", MetricData=[{"MetricName": "AlarmLookedAt", "Value": 0}]
        )
    return describe_alarm(cloud, alarm)


@quiet
def set_local_alarm_ok(cloud: Cloud, reason: str, alarm: str = DETECTION_ALARM) -> None:
    """Set a local alarm to OK; never used on AWS, where CloudWatch decides."""
    name = alarm_name(cloud, alarm)
    cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason=reason)


@quiet
def calm_alarms(cloud: Cloud, progress: ProgressLine) -> str:
    """Have all alarms in OK before something new happens, since only an alarm that is not red can turn red.

    Locally a red alarm is reset at once. On AWS its return to OK is waited for, which takes some minutes without data.
    Returns what was done, as sentences, or "".
    """
    return " ".join(filter(None, [_calm(cloud, progress, alarm) for alarm in alarms_of(cloud)]))


def _calm(cloud: Cloud, progress: ProgressLine, alarm: str) -> str:
    described = settle_alarm(cloud, alarm)
    if described["StateValue"] != "ALARM":
        return ""
    since = described["StateUpdatedTimestamp"].astimezone(timezone.utc)
    red_since = f"{alarm} was still red, since {since:%H:%M:%S} UTC"
    if cloud.target == "local":
        why = "Reset by the workshop before a new log file: only an alarm in OK can turn red."
        set_local_alarm_ok(cloud, why, alarm)
        return f"{red_since}: reset to OK first, so that it can turn red again."
    deadline = time.monotonic() + _LONGEST_CALM
    while time.monotonic() < deadline:
        progress.say(f"{red_since}; waiting for its return to OK, which takes some minutes without new anomalies ...")
        time.sleep(5)
        if describe_alarm(cloud, alarm)["StateValue"] != "ALARM":
            return f"{red_since}; it went back to OK after {progress.seconds:.0f} s."
    return f"{red_since}, and is red even now, because anomalies keep arriving: it cannot turn red again."
