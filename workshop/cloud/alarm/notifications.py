"""The alarm's notifications, as they leave the SNS topic: read from the SQS queue that the stack subscribes to it."""

import html
import json
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import filelock

from workshop import places
from workshop.cloud.cloud import Cloud, Json, quiet
from workshop.display.boxes import table

_FIELDS = ("AlarmName", "NewStateValue", "NewStateReason", "StateChangeTime")


class Notifications:
    """The notifications received so far, oldest first.

    `messages` are the alarm's messages as dictionaries (AlarmName, NewStateValue, NewStateReason, StateChangeTime,
    OldStateValue, Trigger, …); `envelopes` are SNS's own, as they lay in the queue, each with its Message as text.
    """

    def __init__(self, envelopes: list[Json]) -> None:
        self.envelopes = envelopes
        self.messages = [_message(envelope) for envelope in envelopes]

    def __len__(self) -> int:
        return len(self.messages)

    def __str__(self) -> str:
        if not self.messages:
            return _NONE
        return "\n\n".join(
            "\n".join(f"{name:<16}{value}" for name, value in _fields(message).items()) for message in self.messages
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if not self.messages:
            return f"<p>{html.escape(_NONE)}</p>"
        rows = (_fields(message).values() for message in self.messages)
        envelope = html.escape(json.dumps(self.envelopes[-1], indent=2))
        return (
            table(_FIELDS, rows, "Notifications of the alarm, oldest first")
            + f"<details><summary>The latest one as SNS delivered it</summary><pre>{envelope}</pre></details>"
        )


_NONE = "No notification has arrived: the alarm sends one each time it turns to ALARM, and only then."


@quiet
def notifications(cloud: Cloud, wait: float = 1) -> Notifications:
    """Return all notifications that the stack's queue has received, waiting up to `wait` seconds for new ones.

    A received notification is kept in the state folder and deleted from the queue, where it would be gone after a day
    and would hide from other readers for a while. So each call, in any notebook, shows all of them again.
    """
    folder = places.state() / "notifications"
    folder.mkdir(exist_ok=True)
    # The stack's id, not its name: a new stack starts with none.
    stack_id = cloud.client("cloudformation").describe_stacks(StackName=cloud.stack)["Stacks"][0]["StackId"]
    kept = folder / f"{stack_id.rpartition('/')[2]}.json"
    with filelock.FileLock(kept.with_suffix(".lock"), timeout=60):
        envelopes = _read(kept)
        deadline = time.monotonic() + wait
        while True:
            received = _receive(cloud, envelopes, kept)
            if not received and time.monotonic() >= deadline:
                return Notifications(envelopes)
            if received:
                deadline = time.monotonic()
            elif cloud.target == "local":
                time.sleep(0.1)


@quiet
def notification_since(cloud: Cloud, alarm: str, since: datetime, wait: float) -> Json | None:
    """Return an alarm's first ALARM message that is not from before `since` (aware), or None after `wait` seconds.

    `alarm` is its name in CloudWatch.
    """
    deadline = time.monotonic() + wait
    while True:
        for message in notifications(cloud, wait=0).messages:
            # The emulator stamps whole seconds, rounded down.
            changed = state_change_time(message)
            turned = message.get("AlarmName") == alarm and message.get("NewStateValue") == "ALARM"
            if turned and changed and changed > since - timedelta(seconds=1):
                return message
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.1 if cloud.target == "local" else 2)


def state_change_time(message: Json) -> datetime | None:
    """Return when the alarm changed its state according to a message (aware UTC), or None if it does not say."""
    try:
        # 2026-03-10T12:00:00.123+0000 on AWS, 2026-03-10T12:00:00Z locally; older Pythons read neither by themselves.
        text = message["StateChangeTime"].replace("Z", "+0000")
        pattern = "%Y-%m-%dT%H:%M:%S.%f%z" if "." in text else "%Y-%m-%dT%H:%M:%S%z"
        return datetime.strptime(text, pattern).astimezone(timezone.utc)
    except (KeyError, ValueError):
        return None


def _read(kept: Path) -> list[Json]:
    """Return the notifications that are kept in a file; a damaged file is kept under another name, which is printed."""
    try:
        return list(json.loads(kept.read_text(encoding="utf-8"))) if kept.exists() else []
    except (ValueError, TypeError) as damage:
        print(
            f"{kept.name} is damaged ({damage}); it is kept as {places.set_aside(kept)}. Older notifications are lost."
        )
        return []


def _receive(cloud: Cloud, envelopes: list[Json], kept: Path) -> int:
    """Move one batch of messages from the queue to `envelopes` and the file `kept`; return how many came."""
    queue, sqs = cloud.resource("NotificationQueue"), cloud.client("sqs")
    # Long polling asks all of the queue's servers; the emulator has one.
    answer = sqs.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=0 if cloud.target == "local" else 1
    )
    batch = answer.get("Messages", [])
    if not batch:
        return 0
    known = {envelope["MessageId"] for envelope in envelopes}
    for message in batch:
        envelope = _envelope(message)
        if envelope["MessageId"] not in known:
            known.add(envelope["MessageId"])
            envelopes.append(envelope)
    envelopes.sort(key=lambda envelope: envelope.get("Timestamp", ""))
    places.write(kept, json.dumps(envelopes))
    entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(batch)]
    sqs.delete_message_batch(QueueUrl=queue, Entries=entries)
    return len(batch)


def _envelope(message: Json) -> Json:
    """Return SNS's envelope around a message. A message without one gets one, so that it is shown and not lost."""
    try:
        envelope = json.loads(message["Body"])
        if "Message" in envelope and "MessageId" in envelope:
            return envelope
    except (ValueError, TypeError):
        pass
    return {"MessageId": message["MessageId"], "Message": message["Body"]}


def _message(envelope: Json) -> Json:
    try:
        message = json.loads(envelope["Message"])
    except ValueError:
        message = None
    return message if isinstance(message, dict) else {"NewStateReason": envelope["Message"]}


def _fields(message: Json) -> Json:
    return {name: message.get(name, "-") for name in _FIELDS}
