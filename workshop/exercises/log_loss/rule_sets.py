"""Public rule sets: which calls of the catalogue their rules match; facts read in their files, each of which is named.

Each rule was read at the commit that its address names; its condition is restated here, none of its text is copied.
Rule sets grow: a rule that is not listed may exist by now. So there are three answers: a rule matches; rules for this
very call were read, and none matches; or no rule for this call was read, and nothing is said.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workshop.exercises.log_loss.ways import Request
from workshop.logs.record import Record

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Rule:
    """One rule: its set, its name there, its address, and what it matches.

    `worked`: it matches only calls that did not fail. `when` returns from the requestParameters whether it matches,
    or None if that was not compared.
    """

    rule_set: str
    name: str
    url: str
    source: str
    names: tuple[str, ...]
    worked: bool = True
    when: Callable[[Request], bool | None] = field(default=lambda request: True, repr=False)

    def matches(self, record: Record) -> bool | None:
        """Return whether the rule matches a record of one of its calls; None if that was not compared."""
        if self.worked and record.get("errorCode"):
            return False
        return self.when(record.get("requestParameters") or {})


_REPOSITORIES = {
    "Sigma": ("SigmaHQ/sigma", "rules/cloud/aws/cloudtrail"),
    "Panther": ("panther-labs/panther-analysis", "rules/aws_cloudtrail_rules"),
    "Elastic": ("elastic/detection-rules", "rules/integrations/aws"),
    "Tailpipe": ("turbot/tailpipe-mod-aws-cloudtrail-log-detections", "detections"),
}
RULE_SETS = tuple(_REPOSITORIES)


def _rule(rule_set: str, file: str, commit: str, call: str, name: str | None = None, **options: Any) -> Rule:
    """Make a Rule of `call`, such as "cloudtrail:StopLogging DeleteTrail"; its name is the file's if it has none."""
    repository, folder = _REPOSITORIES[rule_set]
    source, names = call.split(":")
    url = f"https://github.com/{repository}/blob/{commit}/{folder}/{file}"
    name = name or file.rsplit(".", 1)[0]
    return Rule(rule_set, name, url, f"{source}.amazonaws.com", tuple(names.split()), **options)


def _basic_without_management(request: Request) -> bool:
    """The rules that know basic selectors: one of them says includeManagementEvents false."""
    return any(not selector.get("includeManagementEvents") for selector in request.get("eventSelectors") or [])


def _panther_selectors(request: Request) -> bool | None:
    return _basic_without_management(request) if request.get("eventSelectors") else None


def _lifecycle_rule(request: Request) -> dict[str, Any]:
    return (request.get("LifecycleConfiguration") or {}).get("Rule") or {}


def _trail_bucket_expires(request: Request) -> bool:
    days = (_lifecycle_rule(request).get("Expiration") or {}).get("Days", 0)
    return "trail" in request.get("bucketName", "") and _lifecycle_rule(request).get("Status") == "Enabled" and days < 7


def _no_access_logs(request: Request) -> bool:
    return "LoggingEnabled" not in (request.get("BucketLoggingStatus") or {})


def _set_to(name: str, value: object) -> Callable[[Request], bool]:
    return lambda request: request.get(name) == value


_TAILPIPE = "0ea4d2e82d5d5a40dc45a5b6f459caa36353c58c"
_ELASTIC_DEC = "031569aeb853700ed239a2a1c3b7f4a78662ea6c"
RULES = (
    _rule("Sigma", "aws_cloudtrail_disable_logging.yml", "1875d636a941bcfd0c7684c7897b5a897b5eecf8",
          "cloudtrail:StopLogging UpdateTrail DeleteTrail", "AWS CloudTrail Important Change", worked=False),
    _rule("Sigma", "aws_config_disable_recording.yml", "08b3fd5fec8c60f4b2dbfca56d5ba9079ad12268",
          "config:DeleteDeliveryChannel StopConfigurationRecorder", "AWS Config Disabling Channel/Recorder",
          worked=False),
    _rule("Sigma", "aws_cloudtrail_vpc_flow_logs_deleted.yml", "1755b7af7f67a11cbd31740efa88f6ae3d9f5c6b",
          "ec2:DeleteFlowLogs", "AWS VPC Flow Logs Deleted"),
    _rule("Sigma", "aws_cloudtrail_guardduty_detector_deleted_or_updated.yml",
          "b76cf258507975cf5d67eb89137218fcb3bd71ad", "guardduty:DeleteDetector",
          "AWS GuardDuty Detector Deleted Or Updated"),
    _rule("Sigma", "aws_cloudtrail_guardduty_detector_deleted_or_updated.yml",
          "b76cf258507975cf5d67eb89137218fcb3bd71ad", "guardduty:UpdateDetector",
          "AWS GuardDuty Detector Deleted Or Updated", when=_set_to("enable", False)),
    _rule("Sigma", "aws_s3_data_management_tampering.yml", "54d6b5094cb7a5907f040725702fb320cc66d119",
          "s3:PutBucketLogging", "AWS S3 Data Management Tampering", worked=False),
    _rule("Panther", "aws_cloudtrail_stopped.py", "0dba3cb32f256330bfa451ccef67680576f49231",
          "cloudtrail:DeleteTrail StopLogging"),
    _rule("Panther", "aws_cloudtrail_event_selectors_disabled.py", "2495608dae81d7816eb7d87996cd9e5c7f98ddc0",
          "cloudtrail:PutEventSelectors", when=_panther_selectors),
    _rule("Panther", "aws_cloudtrail_short_lifecycle.py", "8165c4c5a03142bce9c818d9f678490c398e6d55",
          "s3:PutBucketLifecycle", when=_trail_bucket_expires),
    _rule("Panther", "aws_config_service_disabled_deleted.py", "08a63bfa88298faff96c657026603ab2bdfd0a59",
          "config:StopConfigurationRecorder DeleteDeliveryChannel"),
    _rule("Panther", "aws_dns_logs_deleted.py", "08a63bfa88298faff96c657026603ab2bdfd0a59",
          "route53resolver:DeleteResolverQueryLogConfig"),
    _rule("Panther", "aws_vpc_flow_logs_deleted.py", "1c5724830319e90407515ceb84797beb80473795",
          "ec2:DeleteFlowLogs"),
    _rule("Elastic", "defense_evasion_cloudtrail_logging_deleted.toml", _ELASTIC_DEC, "cloudtrail:DeleteTrail"),
    _rule("Elastic", "defense_evasion_cloudtrail_logging_suspended.toml",
          "0042eb1179768107c05f70ebec1b33a117748d9b", "cloudtrail:StopLogging"),
    _rule("Elastic", "impact_cloudtrail_logging_updated.toml", "00ad5e32d50a548a2b0375fc1229b1cc096716dc",
          "cloudtrail:UpdateTrail"),
    _rule("Elastic", "defense_evasion_cloudtrail_management_events_disabled_via_eventselectors.toml",
          "546198b892a2b06cc8c6128e99c146e70c65a8e9", "cloudtrail:PutEventSelectors", when=_basic_without_management),
    _rule("Elastic", "defense_evasion_cloudwatch_short_log_retention_policy.toml",
          "2c56f6e54702c8f3bd7ffd28c4f9586457162d14", "logs:PutRetentionPolicy",
          when=lambda request: request.get("retentionInDays") in range(1, 7)),
    _rule("Elastic", "impact_cloudwatch_log_group_deletion.toml", "01908a7f10d610ed91baecc7c399692611e3ce54",
          "logs:DeleteLogGroup"),
    _rule("Elastic", "impact_cloudwatch_log_stream_deletion.toml", "00ad5e32d50a548a2b0375fc1229b1cc096716dc",
          "logs:DeleteLogStream"),
    _rule("Elastic", "defense_evasion_configuration_recorder_stopped.toml", _ELASTIC_DEC,
          "config:StopConfigurationRecorder"),
    _rule("Elastic", "defense_evasion_config_service_rule_deletion.toml", "08496a9df0024f17594678e9a671617c81576954",
          "config:DeleteConfigurationRecorder DeleteDeliveryChannel", worked=False),
    _rule("Elastic", "defense_evasion_ec2_flow_log_deletion.toml", "01908a7f10d610ed91baecc7c399692611e3ce54",
          "ec2:DeleteFlowLogs"),
    _rule("Elastic", "defense_evasion_route53_dns_query_resolver_config_deletion.toml", _ELASTIC_DEC,
          "route53resolver:DeleteResolverQueryLogConfig"),
    _rule("Elastic", "defense_evasion_guardduty_detector_deletion.toml", _ELASTIC_DEC, "guardduty:DeleteDetector"),
    _rule("Elastic", "defense_evasion_guardduty_publishing_destination_deleted.toml",
          "4867f9228b61da9389faf37ccca8e1461f54e4e4", "guardduty:DeletePublishingDestination"),
    _rule("Elastic", "defense_evasion_securityhub_disabled.toml", "047ad30c64185596a92b730a65093de44e67cc96",
          "securityhub:DisableSecurityHub"),
    _rule("Elastic", "defense_evasion_s3_bucket_lifecycle_expiration_added.toml",
          "0661d515e82b15b9560db18a8fca82555fd42e04", "s3:PutBucketLifecycle",
          when=lambda request: "Expiration" in _lifecycle_rule(request)),
    _rule("Elastic", "defense_evasion_s3_bucket_server_access_logging_disabled.toml",
          "01505ab9222de37c5c1a105347418c07e0b4c7d1", "s3:PutBucketLogging", when=_no_access_logs),
    _rule("Elastic", "impact_kms_cmk_disabled_or_scheduled_for_deletion.toml",
          "0972ffaa91eaa4c7bd91f9ab82a531127333a2e6", "kms:DisableKey ScheduleKeyDeletion"),
    _rule("Tailpipe", "cloudtrail.pp", _TAILPIPE, "cloudtrail:StopLogging", "CloudTrail Trail Logging Stopped"),
    _rule("Tailpipe", "cloudtrail.pp", _TAILPIPE, "cloudtrail:UpdateTrail",
          "CloudTrail Trail S3 Logging Bucket Updated", when=lambda request: "s3BucketName" in request),
    _rule("Tailpipe", "cloudtrail.pp", _TAILPIPE, "cloudtrail:UpdateTrail",
          "CloudTrail Trail Global Service Logging Disabled", when=_set_to("includeGlobalServiceEvents", False)),
    _rule("Tailpipe", "config.pp", _TAILPIPE, "config:StopConfigurationRecorder",
          "Config Configuration Recorder Stopped"),
    _rule("Tailpipe", "vpc.pp", "03091394adac518e51d27e95e614c96ede1f4c23", "ec2:DeleteFlowLogs",
          "VPC Flow Log Deleted"),
    _rule("Tailpipe", "guardduty.pp", _TAILPIPE, "guardduty:DeleteDetector", "GuardDuty Detector Deleted"),
    _rule("Tailpipe", "kms.pp", _TAILPIPE, "kms:ScheduleKeyDeletion", "KMS Key Deletion Scheduled"),
)  # fmt: skip

# Services whose detections stand in one file of a set, which was read from its first to its last line.
READ_IN_FULL = {
    "Tailpipe": frozenset(
        f"{name}.amazonaws.com" for name in ("cloudtrail", "config", "logs", "guardduty", "kms", "s3")
    )
}


def verdict(rule_set: str, record: Record) -> bool | None:
    """Return whether a rule set matches a record, or None if that was not compared."""
    source, name = record["eventSource"], record["eventName"]
    rules = [rule for rule in RULES if (rule.rule_set, rule.source) == (rule_set, source) and name in rule.names]
    said = [rule.matches(record) for rule in rules]
    if True in said:
        return True
    if None in said or not (said or source in READ_IN_FULL.get(rule_set, ())):
        return None
    return False


def public_rules() -> "pd.DataFrame":
    """Return the public rules that were compared as a DataFrame: rule set, rule, the calls it is about, its address."""
    import pandas as pd

    rows = [
        (rule.rule_set, rule.name, f"{rule.source.split('.')[0]}:{', '.join(rule.names)}", rule.url) for rule in RULES
    ]
    return pd.DataFrame(rows, columns=["rule set", "rule", "calls", "address"])
