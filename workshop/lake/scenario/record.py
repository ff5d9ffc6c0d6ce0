"""One thing that happened -> one CloudTrail record, its fields in CloudTrail's order."""

import base64
import hashlib
from datetime import datetime, timezone

from .callers import iso
from .calls import SERVICES, arn
from .company import ACCOUNT, THINGS
from .dice import Dice

# Errors as records name them: (errorCode, errorMessage).
_NOT_ALLOWED = (
    "{who} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
)
DENIED = ("AccessDenied", f"User: {_NOT_ALLOWED}")
EC2_DENIED = (
    "Client.UnauthorizedOperation",
    f"You are not authorized to perform this operation. User: {_NOT_ALLOWED}.",
)
SCP_DENIED = (
    "AccessDenied",
    "User: {who} is not authorized to perform: {action} on {target} with an explicit deny in a service control policy",
)
NO_TRAIL = ("TrailNotFoundException", "Unknown trail")
NOT_FOUND = ("ResourceNotFoundException", "The specified resource does not exist.")
NO_INSTANCE = ("Client.InvalidInstanceID.NotFound", "The instance ID does not exist")
EXISTS = ("ResourceAlreadyExistsException", "The specified log stream already exists")
NO_ENTITY = ("NoSuchEntityException", "The entity cannot be found.")
THROTTLED = ("ThrottlingException", "Rate exceeded")
NEEDS_NAME = ("ValidationError", "Must specify userName when calling with non-User credentials")
NO_LOGIN = ("Failure", "Failed authentication")


class Things:
    """What one event's call is about: what the actor named, else something of the company, else something fresh.

    The same event always gets the same things.
    """

    def __init__(self, event):
        self._entropy = event.ids.to_bytes(32, "big")
        self._drawn = 0
        self.now = event.when
        self.region = event.region
        self.__dict__.update(event.things)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._make(name)
        setattr(self, name, value)
        return value

    def _make(self, name):
        if name in THINGS:
            choices = THINGS[name]
            return choices[int.from_bytes(self._fresh(4), "big") % len(choices)]
        fresh = {
            "request_id": self.uuid,
            "token": self.uuid,
            "association": self.uuid,
            "commit": lambda: self.hex(7),
            "suffix": lambda: hashlib.sha256(self.secret.encode()).hexdigest()[:6],
            "issued_key": lambda: Dice(self.hex(16)).access_key(),
            "role_arn": lambda: arn("iam", f"role/{self.role}"),
            "copy_name": lambda: f"{self.database}-{self.day(0)}",
            "log_stream": lambda: f"{self.day(0).replace('-', '/')}/[$LATEST]{self.hex(32)}",
            "ssm_session": lambda: f"{self.user}-{self.hex(17)}",
            "statement": lambda: f"allow-{self.rule}",
            "cdn": lambda: "I" + self.hex(13).upper(),
            "purpose": lambda: "bucket",
            "lifetime": lambda: 3600,
            "days": lambda: 30,
            "count": lambda: 2,
            "read_write": lambda: "All",
        }
        if name not in fresh:
            raise AttributeError(f"Nobody named {name!r} for this call, and the company has no such thing")
        return fresh[name]()

    def _fresh(self, length):
        self._drawn += 1
        out = b""
        while len(out) < length:
            out += hashlib.sha256(self._entropy + bytes([self._drawn % 256, len(out) % 256])).digest()
        return out[:length]

    def hex(self, count):
        """Return fresh lower-case hexadecimal digits."""
        return self._fresh(count).hex()[:count]

    def base64(self, length):
        """Return that many fresh bytes in base64."""
        return base64.b64encode(self._fresh(length)).decode()

    def uuid(self):
        """Return a fresh random UUID."""
        return uuid_of(self._fresh(16))

    def date(self, later=0):
        """Return the event's moment, or so many seconds later, as answers write it: Mar 9, 2026, 2:05:00 PM."""
        moment = datetime.fromtimestamp(self.now + later, timezone.utc)
        month = "JanFebMarAprMayJunJulAugSepOctNovDec"[moment.month * 3 - 3 : moment.month * 3]
        hour = moment.hour % 12 or 12
        half = "AM" if moment.hour < 12 else "PM"
        return f"{month} {moment.day}, {moment.year}, {hour}:{moment:%M:%S} {half}"

    def stamp(self):
        """Return the event's moment as 2026-03-09T14:05:00Z."""
        return iso(self.now)

    def day(self, later):
        """Return the event's day, or so many days later, as 2026-03-09."""
        return iso(self.now + later * 86_400)[:10]


def pinned(event, kind):
    """Return which thing of a kind an event is about, and keep it so: "log_group" -> "/mapleferry/web/access"."""
    event.things[kind] = name = getattr(Things(event), kind)
    return name


def uuid_of(entropy):
    """Return a random UUID made of 16 bytes."""
    digits = bytearray(entropy)
    digits[6] = digits[6] & 0x0F | 0x40
    digits[8] = digits[8] & 0x3F | 0x80
    text = digits.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def event_id(event):
    """Return the eventID of an event's record."""
    return uuid_of(hashlib.sha256(b"event" + event.ids.to_bytes(32, "big")).digest()[:16])


def record_of_event(event):
    """Return the CloudTrail record of an event, a fresh dictionary."""
    call, caller, v = event.call, event.caller, Things(event)
    source, version, endpoint = SERVICES[call.service]
    failed = event.error is not None
    hidden = failed and event.error[0] in ("AccessDenied", "ValidationError")
    record = {
        "eventVersion": version,
        "userIdentity": caller.identity,
        "eventTime": iso(event.when),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": call.name,
        "awsRegion": event.region,
        "sourceIPAddress": caller.address,
        "userAgent": caller.agent.replace("{command}", call.command).replace("{api}", call.service),
    }
    if failed:
        record["errorCode"], record["errorMessage"] = event.error[0], _message(event, source)
    record["requestParameters"] = call.request(v) if call.request and not hidden else None
    record["responseElements"] = call.response(v) if call.response and not failed else None
    if call.event_type == "AwsConsoleSignIn" and failed:
        record["responseElements"] = {"ConsoleLogin": "Failure"}
        del record["errorCode"]
    if call.extra:
        record["additionalEventData"] = call.extra(v)
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


def _message(event, source):
    text = event.error[1]
    who = event.caller.identity.get("arn", event.caller.identity.get("principalId", "anonymous"))
    action = f"{source if source != 'monitoring' else 'cloudwatch'}:{event.call.operation}"
    return text.format(who=who, action=action, target=event.things.get("target"))


def _apply(oddity, record):
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
