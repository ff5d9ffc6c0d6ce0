"""The local trail: the management calls made through the kit's clients, as CloudTrail records in log files.

The emulator delivers no CloudTrail log files, so the kit does it: hooks of botocore see each call, its credentials and
its outcome. `record` makes the record of it. Within seconds `delivery` has it in the stack's bucket, where the Lambda
function finds it; on AWS that takes minutes. Calls of the emulator's own Lambda functions are not seen. What the kit
itself calls, to look and to wait (`Cloud.quietly`), is left out to keep the log files readable. A trail on AWS records
that too.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import botocore
from botocore.config import Config
from botocore.model import OperationModel

from workshop.cloud.clock import now
from workshop.cloud.trail import elements
from workshop.cloud.trail.delivery import Delivery
from workshop.cloud.trail.identity import Identities
from workshop.cloud.trail.record import Call, record_of
from workshop.cloud.trail.spelling import Unmapped

_NOTE = "workshop-trail"
# The version of the instance metadata service that an instance's credentials are said to come from.
_IMDS = "2.0"


def local_trail(session: Any, *, account: str, say: Callable[[str], object] = print) -> Trail:
    """Return a trail that asks and delivers through this boto3 session, which must not be attached to it."""
    # One attempt: a failed delivery is tried again with the next one.
    quick = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1})
    s3 = session.client("s3", config=quick)

    def put(bucket: str, key: str, body: bytes) -> None:
        s3.put_object(Bucket=bucket, Key=key, Body=body)

    return Trail(Delivery(put, account=account, say=say), Identities(session))


class Trail:
    """What records calls and has them delivered. It never makes a call fail: what goes wrong stands in `errors`.

    bucket     where log files go, or None before that is known
    delivered  the keys of the log files delivered, oldest first
    unmapped   the operations that could not be recorded, and why, by name ("service:Operation")
    errors     what went wrong in recording and delivering
    stopped    why nothing is recorded any more, or ""
    """

    def __init__(self, delivery: Delivery, identities: Identities) -> None:
        self._delivery = delivery
        self._identities = identities
        self.unmapped: dict[str, str] = {}
        self.errors = delivery.errors
        self._stopped = ""
        self._local = threading.local()

    @property
    def bucket(self) -> str | None:
        return self._delivery.bucket

    @property
    def delivered(self) -> list[str]:
        return self._delivery.delivered

    @property
    def stopped(self) -> str:
        return self._stopped or self._delivery.ended

    def attach(self, target: Any) -> Trail:
        """Record the calls of a boto3 client, or of all clients that a boto3 session makes from now on; return self."""
        events = target.meta.events if hasattr(target, "meta") else target.events
        events.register_last("before-parameter-build", self._on_parameters)
        events.register_last("before-sign", self._on_sign)
        events.register_last("after-call", self._on_outcome)
        return self

    def deliver_to(self, bucket: str) -> None:
        """Deliver into this bucket: what has waited for it, and all that is recorded from now on."""
        self._delivery.start(bucket)

    def flush(self) -> list[str]:
        """Deliver at once what waits; return the keys of the log files, one for each Region."""
        return self._delivery.flush()

    def stop(self, reason: str = "stopped", *, deliver: bool = True) -> None:
        """Record nothing any more, as StopLogging does to a trail, and deliver what waits.

        Before the stack is deleted: deliver=False, since another log file would set off another run of its function.
        """
        if deliver:
            self.flush()
        self._stopped = self.stopped or reason
        self._delivery.end(self._stopped)

    @contextlib.contextmanager
    def on_behalf_of(self, service: str) -> Iterator[None]:
        """Record what this thread calls within the block as calls of an AWS service, such as "ec2.amazonaws.com"."""
        self._local.service = service
        try:
            yield
        finally:
            self._local.service = ""

    @contextlib.contextmanager
    def unrecorded(self) -> Iterator[None]:
        """Leave out what this thread calls within the block: for the kit's own polling while it waits for something."""
        before, self._local.unrecorded = getattr(self._local, "unrecorded", False), True
        try:
            yield
        finally:
            self._local.unrecorded = before

    def __repr__(self) -> str:
        state = f"stopped ({self.stopped})" if self.stopped else f"delivers to {self.bucket or 'no bucket yet'}"
        lines = [f"<Trail: {state}, {len(self.delivered)} log files delivered>"]
        lines += [f"  not recorded: {name}: {reason}" for name, reason in self.unmapped.items()]
        return "\n".join(lines + [f"  error: {error}" for error in self.errors])

    # ---------------------------------------------------------------- what botocore calls

    def _on_parameters(self, params: dict[str, Any], model: OperationModel, context: dict[str, Any], **_: Any) -> None:
        with self._guarded(model):
            left_out = self.stopped or getattr(self._local, "unrecorded", False)
            if not left_out and not elements.is_data_event(model):
                by_service = getattr(self._local, "service", "")
                context[_NOTE] = Call(model, params, at=now(), by_service=by_service)

    def _on_sign(
        self,
        request: Any,
        request_signer: Any,
        region_name: str,
        signing_name: str,
        signature_version: str | None,
        **_: Any,
    ) -> None:
        call: Call | None = request.context.get(_NOTE)
        if call is None or signature_version == botocore.UNSIGNED:
            return
        with self._guarded(call.model):
            agent = request.headers.get("User-Agent", "")
            call.agent = agent.decode("utf-8", "replace") if isinstance(agent, bytes) else str(agent)
            call.region = region_name
            call.sent = len(request.data) if isinstance(request.data, (bytes, str)) else 0
            # Asked now, since the call itself may be what takes the credentials away.
            signer = request_signer.get_auth_instance(signing_name, region_name, "v4")
            call.identity = self._identities.of(signer.credentials)

    def _on_outcome(self, http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        call: Call | None = context.pop(_NOTE, None)
        if call is None or call.identity is None:
            # Not signed, not sent (a test's stub), or with credentials that nobody has.
            return
        with self._guarded(call.model):
            if call.service == "sts" and "Credentials" in parsed:
                of_instance = call.by_service == "ec2.amazonaws.com"
                self._identities.learn(call.identity, parsed, call.at, _IMDS if of_instance else None)
            received = len(http_response.content or b"")
            self._delivery.add(record_of(call, parsed, self._delivery.account, received))

    @contextlib.contextmanager
    def _guarded(self, model: OperationModel) -> Iterator[None]:
        name = f"{model.service_model.service_name}:{model.name}"
        try:
            yield
        except Unmapped as reason:
            self.unmapped[name] = str(reason)
        except Exception as error:  # an error of the recorder must not stop the attendee's call
            self.errors.append(f"{name} was not recorded: {error!r}")
