"""The events that the Lambda function could not deal with, three times over: shown, and handed to it again."""

import html
import json
import time
from dataclasses import dataclass, field

from workshop.cloud.cloud import Cloud, Json, quiet
from workshop.cloud.function.deployed_code import function_name
from workshop.display.boxes import table

# Seconds in which a message that was received is hidden from other readers, unless it is deleted.
_HIDDEN_SHOWN, _HIDDEN_REPLAYED = 2, 60
# Seconds to wait for messages that another look hides.
_PATIENCE = 10
_VISIBLE, _NOT_VISIBLE = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"


@dataclass(frozen=True)
class FailedEvent:
    """One event in the failure queue: what it announced, and why it failed the last time.

    `payload` is the event as the function got it, `message_id` the queue's name for it.
    """

    message_id: str
    payload: Json = field(repr=False)
    keys: tuple[str, ...]
    error: str
    attempts: int


class FailedEvents:
    """What lies, or lay, in the failure queue: `events`; and whether they were handed to the function again.

    `hidden` is how many more the queue does not show just now, since another reader has them.
    """

    def __init__(self, events: list[FailedEvent], replayed: bool, hidden: int = 0) -> None:
        self.events = events
        self.replayed = replayed
        self.hidden = hidden

    @property
    def _title(self) -> str:
        hidden = (
            f" The failure queue does not show {self.hidden} more: another call has just read them, perhaps one that "
            f"could not hand them on. Ask again in {_HIDDEN_REPLAYED} s."
            if self.hidden
            else ""
        )
        return self._shown + hidden

    @property
    def _shown(self) -> str:
        if not self.events:
            return "No event to show." if self.hidden else "No event failed: the failure queue is empty."
        number = f"{len(self.events)} event" + "s" * (len(self.events) > 1)
        if self.replayed:
            return f"{number} handed to the function again; if one fails again, failed_events(cloud) shows it."
        return (
            f"{number} failed for good. Put right what the error says, deploy, and hand them to the function again: "
            "failed_events(cloud, replay=True)."
        )

    def __str__(self) -> str:
        lines = [f"  {', '.join(event.keys)}\n    {event.attempts} attempts: {event.error}" for event in self.events]
        return "\n".join([self._title, *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if not self.events:
            return f"<p>{html.escape(self._title)}</p>"
        rows = ((", ".join(event.keys), event.attempts, event.error) for event in self.events)
        return table(("log files", "attempts", "error"), rows, self._title)


@quiet
def failed_events(cloud: Cloud, replay: bool = False) -> FailedEvents:
    """Return the events that Lambda gave up, from the failure queue; with `replay`, hand them to the function again.

    An event is deleted from the queue only after Lambda took it. One that fails again comes back into the queue.
    Raises: botocore's ClientError when a call is denied; its message names the missing permission.
    """
    sqs, queue = cloud.client("sqs"), cloud.resource("FailureQueue")
    seconds = _HIDDEN_REPLAYED if replay else _HIDDEN_SHOWN
    # Long polling asks all of the queue's servers; the emulator has one.
    receive = {"QueueUrl": queue, "VisibilityTimeout": seconds, "WaitTimeSeconds": 0 if cloud.target == "local" else 1}
    events: dict[str, FailedEvent] = {}
    ours, deadline = set(), time.monotonic() + _PATIENCE
    while True:
        messages = sqs.receive_message(MaxNumberOfMessages=10, **receive).get("Messages", [])
        for message in messages:
            event = events[message["MessageId"]] = _failed_event(message)
            if replay and event.payload:
                payload, name = json.dumps(event.payload).encode(), function_name(cloud)
                cloud.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=payload)
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            else:
                ours.add(event.message_id)
        if messages:
            continue
        # Another look, just before, may hide some still, or has hidden some until now.
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[_VISIBLE, _NOT_VISIBLE])["Attributes"]
        hidden = max(int(attributes[_VISIBLE]) + int(attributes[_NOT_VISIBLE]) - len(ours), 0)
        if not hidden or time.monotonic() > deadline:
            return FailedEvents(list(events.values()), replay, hidden)
        time.sleep(0.1)


def _failed_event(message: Json) -> FailedEvent:
    """Read a message as Lambda's destinations write it. One of another form is shown as it is, and not lost."""
    try:
        told = json.loads(message["Body"])
        payload, answer = told["requestPayload"], told.get("responsePayload") or {}
        error = f"{answer['errorType']}: {answer['errorMessage']}" if "errorType" in answer else str(answer)
        attempts = told["requestContext"]["approximateInvokeCount"]
    except (ValueError, TypeError, KeyError):
        return FailedEvent(message["MessageId"], {}, ("(unknown)",), f"unknown: {message['Body'][:300]}", 0)
    return FailedEvent(message["MessageId"], payload, _keys(payload), error, attempts)


def _keys(payload: Json) -> tuple[str, ...]:
    from workshop.cloudtrail_analyzer import get_log_file_location

    try:
        return tuple(key for _, key in get_log_file_location(payload))
    except ValueError:
        return (json.dumps(payload)[:100],)
