"""The catalogue: which API calls destroy or blind logs, and what in the request makes them do so.

Drawn from the API references of the services, from the Stratus Red Team techniques aws.defense-evasion.*, and from the
public rule sets in `rule_sets`. Names and parameters are spelled as CloudTrail's records have them; a test compares
them with botocore's service models. ATT&CK ids are those of version 19, in which T1685.002 took the place of T1562.008.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workshop.logs.record import Record

if TYPE_CHECKING:
    import pandas as pd

Request = dict[str, Any]  # the requestParameters of a record
DESTROYS, BLINDS = "destroys", "blinds"
CLOUD_LOG, TOOLS = "T1685.002", "T1685"
REMOVAL, DESTRUCTION, LIFECYCLE = "T1070", "T1485", "T1485.001"
TECHNIQUES = {
    CLOUD_LOG: "Disable or Modify Tools: Disable or Modify Cloud Log",
    TOOLS: "Disable or Modify Tools",
    REMOVAL: "Indicator Removal",
    DESTRUCTION: "Data Destruction",
    LIFECYCLE: "Data Destruction: Lifecycle-Triggered Deletion",
}
# In days. Logs kept for less than a week may be gone before anybody looks; Elastic and Panther draw the line there too.
SHORTEST_RETENTION = 7


@dataclass(frozen=True)
class Way:
    """One way to lose logs: the call, and what is lost by it.

    `service` is botocore's name, `kind` DESTROYS (logs that are there are lost) or BLINDS (none are written from now
    on). `when` returns from the requestParameters whether the call does so, `needs` says it in words; without them any
    such call does. A call with `request` loses logs, those with `others` do so in the same way, one with `harmless`
    does not (None: every such call does).
    """

    title: str
    source: str
    name: str
    service: str
    kind: str
    technique: str
    lost: str
    request: Request
    needs: str = ""
    when: Callable[[Request], bool] = field(default=lambda request: True, repr=False)
    harmless: Request | None = None
    others: tuple[Request, ...] = ()

    @property
    def call(self) -> str:
        """The call as the notebooks write it: cloudtrail:StopLogging."""
        return f"{self.source.removesuffix('.amazonaws.com')}:{self.name}"

    def matches(self, record: Record) -> bool:
        """Return whether a record is this call, with parameters that make it lose logs; failed or not."""
        if (record.get("eventSource"), record.get("eventName")) != (self.source, self.name):
            return False
        request = record.get("requestParameters")
        return bool(self.when(request if isinstance(request, dict) else {}))


def way_of(record: Record) -> Way | None:
    """Return the Way that a record is, failed or not, or None."""
    return next((way for way in WAYS if way.matches(record)), None)


def ways_of_call(source: str, name: str) -> list[Way]:
    """Return the ways that a call can be, depending on its parameters."""
    return [way for way in WAYS if (way.source, way.name) == (source, name)]


def _list(value: Any) -> list[dict[str, Any]]:
    """Return a list, or a single thing, as a list of dictionaries: XML has no lists of one."""
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]


def no_management_events(request: Request) -> bool:
    """Return whether PutEventSelectors leaves a trail without any management event."""
    basic, advanced = _list(request.get("eventSelectors")), _list(request.get("advancedEventSelectors"))
    if not (basic or advanced):
        return False
    included = any(selector.get("includeManagementEvents", True) for selector in basic)
    return not (included or any(map(_of_management, advanced)))


def no_full_selector(request: Request) -> bool:
    """Return whether PutEventSelectors leaves a trail without a selector that records all management events."""
    full = [
        selector.get("includeManagementEvents", True) and selector.get("readWriteType", "All") == "All"
        for selector in _list(request.get("eventSelectors"))
    ]
    for selector in filter(_of_management, _list(request.get("advancedEventSelectors"))):
        full.append(all(field.get("field") != "readOnly" for field in _list(selector.get("fieldSelectors"))))
    given = bool(request.get("eventSelectors") or request.get("advancedEventSelectors"))
    return given and not any(full)


def only_half_the_management_events(request: Request) -> bool:
    """Return whether PutEventSelectors leaves a trail some management events, but no selector that records them all."""
    return no_full_selector(request) and not no_management_events(request)


def _of_management(selector: dict[str, Any]) -> bool:
    return any(
        field.get("field") == "eventCategory" and "Management" in (field.get("equals") or [])
        for field in _list(selector.get("fieldSelectors"))
    )


def _expires_soon(request: Request) -> bool:
    rules = _list((request.get("LifecycleConfiguration") or {}).get("Rule"))
    days = [(rule.get("Expiration") or {}).get("Days") for rule in rules if rule.get("Status", "Enabled") == "Enabled"]
    return any(isinstance(number, int) and number < SHORTEST_RETENTION for number in days)


def _short_retention(request: Request) -> bool:
    days = request.get("retentionInDays")
    return isinstance(days, int) and days < SHORTEST_RETENTION


_ARN = "arn:aws:{}:ca-central-1:111122223333:{}".format
_TRAIL, _STORE = _ARN("cloudtrail", "trail/audit"), _ARN("cloudtrail", "eventdatastore/EXAMPLE-3f6b-4f0e-9d55")
_KEY, _GROUP = "EXAMPLE8-5c9f-4b5d-8f1e-0a2b3c4d5e6f", "/orders/web/access"
_DETECTOR, _BUCKET, _XMLNS = (
    "12abc34d567e8fa901bc2d34eEXAMPLE",
    "cloudtrail-logs-111122223333",
    "http://s3.amazonaws.com/doc/2006-03-01/",
)
_ALL = {
    "readWriteType": "All",
    "includeManagementEvents": True,
    "dataResources": [],
    "excludeManagementEventSources": [],
}


def _selectors(**changes: Any) -> Request:
    return {"trailName": _TRAIL, "eventSelectors": [_ALL | changes]}


def _advanced(category: str, *more: dict[str, Any]) -> Request:
    fields = [{"field": "eventCategory", "equals": [category]}, *more]
    return {"trailName": _TRAIL, "advancedEventSelectors": [{"name": "events", "fieldSelectors": fields}]}


def _lifecycle(days: int) -> Request:
    rule = {"ID": "tidy-up", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": days}}
    return {"bucketName": _BUCKET, "lifecycle": "", "LifecycleConfiguration": {"Rule": rule, "xmlns": _XMLNS}}


def _way(
    title: str,
    call: str,
    kind: str,
    technique: str,
    lost: str,
    request: Request,
    *rest: Any,
    service: str | None = None,
) -> Way:
    source, name = call.split(":")
    return Way(title, f"{source}.amazonaws.com", name, service or source, kind, technique, lost, request, *rest)


WAYS = (
    # Logs of the two services of Phase 1, so that a table has them beside the others.
    _way("Delete a log group", "logs:DeleteLogGroup", DESTROYS, REMOVAL,
         "all that was ever written to the group", {"logGroupName": _GROUP}),
    _way("Delete a log stream", "logs:DeleteLogStream", DESTROYS, REMOVAL,
         "what one machine wrote to the group", {"logGroupName": _GROUP, "logStreamName": "i-0123456789abcdef0"}),
    _way("Delete a trail", "cloudtrail:DeleteTrail", BLINDS, CLOUD_LOG,
         "the record of every call from now on", {"name": _TRAIL}),
    _way("Delete an event data store", "cloudtrail:DeleteEventDataStore", DESTROYS, REMOVAL,
         "what CloudTrail Lake holds, after a week's grace", {"eventDataStore": _STORE}),
    _way("Cut off a log group's subscriber", "logs:DeleteSubscriptionFilter", BLINDS, CLOUD_LOG,
         "the copy that went to a central place or a SIEM", {"logGroupName": _GROUP, "filterName": "to-siem"}),
    # Silence without Delete.
    _way("Stop a trail", "cloudtrail:StopLogging", BLINDS, CLOUD_LOG,
         "the record of every call from now on", {"name": _TRAIL}),
    _way("A trail for one Region only", "cloudtrail:UpdateTrail", BLINDS, CLOUD_LOG,
         "all calls in the other Regions", {"name": _TRAIL, "isMultiRegionTrail": False},
         "isMultiRegionTrail is false", lambda r: r.get("isMultiRegionTrail") is False,
         {"name": _TRAIL, "isMultiRegionTrail": True},
         ({"name": "audit", "isMultiRegionTrail": False, "includeGlobalServiceEvents": False},)),
    _way("A trail without global services", "cloudtrail:UpdateTrail", BLINDS, CLOUD_LOG,
         "the calls of IAM, STS and CloudFront", {"name": _TRAIL, "includeGlobalServiceEvents": False},
         "includeGlobalServiceEvents is false", lambda r: r.get("includeGlobalServiceEvents") is False,
         {"name": _TRAIL, "includeGlobalServiceEvents": True}),
    _way("A trail without digest files", "cloudtrail:UpdateTrail", BLINDS, CLOUD_LOG,
         "the proof that no log file was changed or removed", {"name": _TRAIL, "enableLogFileValidation": False},
         "enableLogFileValidation is false", lambda r: r.get("enableLogFileValidation") is False,
         {"name": _TRAIL, "enableLogFileValidation": True}),
    _way("A trail that delivers elsewhere", "cloudtrail:UpdateTrail", BLINDS, CLOUD_LOG,
         "log files, for their readers in the old bucket", {"name": _TRAIL, "s3BucketName": "somewhere-else"},
         "s3BucketName names another bucket", lambda r: bool(r.get("s3BucketName")),
         {"name": _TRAIL, "snsTopicName": "new-log-files"}, ({"name": "audit", "s3BucketName": "another-place"},)),
    _way("A trail without management events", "cloudtrail:PutEventSelectors", BLINDS, CLOUD_LOG,
         "every call but those on data", _selectors(includeManagementEvents=False),
         "no selector includes management events", no_management_events, _selectors()),
    _way("The same, by advanced selectors", "cloudtrail:PutEventSelectors", BLINDS, CLOUD_LOG,
         "every call but those on data",
         _advanced("Data", {"field": "resources.type", "equals": ["AWS::S3::Object"]}),
         "no selector has the eventCategory Management", no_management_events, _advanced("Management")),
    _way("A trail that only sees reading", "cloudtrail:PutEventSelectors", BLINDS, CLOUD_LOG,
         "every call that changes something", _selectors(readWriteType="ReadOnly"),
         "readWriteType is not All", only_half_the_management_events, _selectors()),
    _way("Stop an event data store", "cloudtrail:StopEventDataStoreIngestion", BLINDS, CLOUD_LOG,
         "CloudTrail Lake's copy of every event from now on", {"eventDataStore": _STORE}),
    _way("Logs that delete themselves", "logs:PutRetentionPolicy", DESTROYS, REMOVAL,
         "all that is older than a few days", {"logGroupName": _GROUP, "retentionInDays": 1},
         f"retentionInDays is less than {SHORTEST_RETENTION}", _short_retention,
         {"logGroupName": _GROUP, "retentionInDays": 400},
         tuple({"logGroupName": _GROUP, "retentionInDays": days} for days in (3, 5))),
    _way("Log files that delete themselves", "s3:PutBucketLifecycle", DESTROYS, LIFECYCLE,
         "every log file in the bucket that is older than a few days", _lifecycle(1),
         f"a rule that is enabled expires objects in less than {SHORTEST_RETENTION} days", _expires_soon,
         _lifecycle(400), (_lifecycle(3), _lifecycle(6))),
    _way("A bucket without access logs", "s3:PutBucketLogging", BLINDS, CLOUD_LOG,
         "who read or deleted the bucket's objects",
         {"bucketName": _BUCKET, "logging": "", "BucketLoggingStatus": {"xmlns": _XMLNS}},
         "BucketLoggingStatus has no LoggingEnabled",
         lambda r: isinstance(r.get("BucketLoggingStatus"), dict) and "LoggingEnabled" not in r["BucketLoggingStatus"],
         {"bucketName": _BUCKET, "logging": "",
          "BucketLoggingStatus": {"xmlns": _XMLNS, "LoggingEnabled": {"TargetBucket": "access-logs"}}}),
    # Logs of other services.
    _way("Delete VPC flow logs", "ec2:DeleteFlowLogs", BLINDS, CLOUD_LOG,
         "who talked to whom in the network",
         {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-0e17aa62a21d4bbfe"}}}),
    _way("Delete the DNS query log", "route53resolver:DeleteResolverQueryLogConfig", BLINDS, CLOUD_LOG,
         "which names the machines asked for", {"resolverQueryLogConfigId": "rqlc-4473f20ca554c07"}),
    _way("Take a VPC from the DNS query log", "route53resolver:DisassociateResolverQueryLogConfig", BLINDS, CLOUD_LOG,
         "which names that VPC's machines asked for",
         {"resolverQueryLogConfigId": "rqlc-4473f20ca554c07", "resourceId": "vpc-0a1b2c3d"}),
    _way("Stop AWS Config", "config:StopConfigurationRecorder", BLINDS, CLOUD_LOG,
         "how resources change from now on", {"configurationRecorderName": "default"}),
    _way("Delete AWS Config's recorder", "config:DeleteConfigurationRecorder", BLINDS, CLOUD_LOG,
         "how resources change from now on", {"configurationRecorderName": "default"}),
    _way("Delete AWS Config's delivery channel", "config:DeleteDeliveryChannel", BLINDS, CLOUD_LOG,
         "the copy of each change that went to S3", {"deliveryChannelName": "default"}),
    # The services that watch the logs.
    _way("Delete GuardDuty's detector", "guardduty:DeleteDetector", BLINDS, TOOLS,
         "alerts from now on, and all findings so far", {"detectorId": _DETECTOR}),
    _way("Suspend GuardDuty", "guardduty:UpdateDetector", BLINDS, TOOLS,
         "alerts from now on", {"detectorId": _DETECTOR, "enable": False}, "enable is false",
         lambda r: r.get("enable") is False, {"detectorId": _DETECTOR, "enable": True}),
    _way("GuardDuty without an outlet", "guardduty:DeletePublishingDestination", BLINDS, TOOLS,
         "the copy of findings that went to S3",
         {"detectorId": _DETECTOR, "destinationId": "4ab98ce2d3f0d6b1EXAMPLE"}),
    _way("Switch off Security Hub", "securityhub:DisableSecurityHub", BLINDS, TOOLS,
         "findings of all security services, in one place", {}),
    # Logs that nobody can read.
    _way("Disable the key of the logs", "kms:DisableKey", BLINDS, CLOUD_LOG,
         "reading logs that the key encrypts, and writing new ones", {"keyId": _KEY}),
    _way("Schedule the deletion of the key of the logs", "kms:ScheduleKeyDeletion", DESTROYS, DESTRUCTION,
         "all logs that the key encrypts, after 7 to 30 days", {"keyId": _KEY, "pendingWindowInDays": 7}),
)  # fmt: skip


@dataclass(frozen=True)
class Unseen:
    """Something that no management event shows: what happens, why it is not recorded, and what shows it instead."""

    what: str
    why: str
    shown_by: str


UNSEEN = (
    Unseen(
        "Log files are deleted from the bucket, or written over",
        "DeleteObject, DeleteObjects and PutObject are data events, which a trail records only if configured to",
        "digest files: a log file that they name is missing, or has another hash",
    ),
    Unseen(
        "A lifecycle rule deletes the log files",
        "S3 does it by itself, days after the call that made the rule: S3's own actions are not in CloudTrail",
        "digest files; PutBucketLifecycle, when it was called",
    ),
    Unseen(
        "Digest files are deleted as well",
        "the same data events",
        "the chain: the next digest file names the one before it, and the last one is missing when it is due",
    ),
    Unseen(
        "Everything that happens while a trail is stopped",
        "there is no trail to record it",
        "Event history (90 days of management events), which nobody can switch off; a second trail",
    ),
)


def unseen() -> "pd.DataFrame":
    """Return what no management event shows as a DataFrame: what happens, why it is not recorded, what shows it."""
    import pandas as pd

    rows = [(unseen.what, unseen.why, unseen.shown_by) for unseen in UNSEEN]
    return pd.DataFrame(rows, columns=["what happens", "why no management event shows it", "what shows it"])
