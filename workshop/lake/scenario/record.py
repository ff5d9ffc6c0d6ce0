"""One thing that happened -> one CloudTrail record, its fields in CloudTrail's order."""

import hashlib

from workshop.logs.record import Record

from .callers import iso
from .calls import SERVICES
from .company import ACCOUNT
from .errors import Error
from .stage import Event
from .things import uuid_of


def event_id(event: Event) -> str:
    """Return the eventID of an event's record."""
    return uuid_of(hashlib.sha256(b"event" + event.ids.to_bytes(32, "big")).digest()[:16])


def record_of_event(event: Event) -> Record:
    """Return the CloudTrail record of an event, a fresh dictionary."""
    call, caller, v = event.call, event.caller, event.about()
    source, version, endpoint = SERVICES[call.service]
    failed = bool(event.error)
    hidden = event.error and event.error.code in ("AccessDenied", "ValidationError")
    record: Record = {
        "eventVersion": version,
        "userIdentity": caller.identity,
        "eventTime": iso(event.when),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": call.name,
        "awsRegion": event.region,
        "sourceIPAddress": caller.address,
        "userAgent": caller.agent.replace("{command}", call.command).replace("{api}", call.service),
    }
    if event.error:
        record["errorCode"], record["errorMessage"] = event.error.code, _message(event, event.error, source)
    record["requestParameters"] = call.request(v) if call.request and not hidden else None
    record["responseElements"] = call.response(v) if call.response and not failed else None
    if call.event_type == "AwsConsoleSignIn" and failed:
        record["responseElements"] = {"ConsoleLogin": "Failure"}
        del record["errorCode"]
    if call.extra:
        record["additionalEventData"] = call.extra(v)  # noqa: S610 - no Django
    if call.event_type == "AwsApiCall":
        record["requestID"] = v.request_id
    record["eventID"] = event_id(event)
    record["readOnly"] = call.reads
    if call.resources and not hidden:
        record["resources"] = call.resources(v)
    record["eventType"] = call.event_type
    record["managementEvent"] = True
    record["recipientAccountId"] = ACCOUNT
    if "type" not in caller.identity or caller.identity["type"] in ("AWSService", "AWSAccount"):
        record["sharedEventID"] = v.uuid()
    if "details" in event.things:
        record["serviceEventDetails"] = event.things["details"]
    record["eventCategory"] = "Management"
    if caller.tls:
        record["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": endpoint.format(region=event.region) or "signin.aws.amazon.com",
        }
        if call.service == "s3" and record["requestParameters"]:
            record["tlsDetails"]["clientProvidedHostHeader"] = record["requestParameters"]["Host"]
    if caller.console:
        record["sessionCredentialFromConsole"] = "true"
    _apply(event.oddity, record)
    return record


def _message(event: Event, error: Error, source: str) -> str:
    who = event.caller.identity.get("arn", event.caller.identity.get("principalId", "anonymous"))
    action = f"{source if source != 'monitoring' else 'cloudwatch'}:{event.call.operation}"
    return error.message.format(who=who, action=action, target=event.things.get("target"))


def _apply(oddity: str | None, record: Record) -> None:
    """Give a record one of the odd shapes that real logs hold now and then."""
    if oddity == "readOnly text":
        record["readOnly"] = "True" if record["readOnly"] else "False"
    elif oddity == "no readOnly":
        del record["readOnly"]
    elif oddity == "agent list":
        record["userAgent"] = [record["userAgent"], "exec-env/CloudShell"]
    elif oddity == "fractions":
        record["eventTime"] = record["eventTime"].replace("Z", f".{int(record['eventID'][:2], 16) + 100}Z")
    elif oddity == "old version":
        record["eventVersion"] = "1.05"
        for name in ("managementEvent", "eventCategory", "tlsDetails", "readOnly", "sessionCredentialFromConsole"):
            record.pop(name, None)
