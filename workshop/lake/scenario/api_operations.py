"""API calls for running things: CloudWatch, CloudWatch Logs, CloudTrail, Systems Manager, Config, GuardDuty, health."""

from typing import Any

from .calls import Call, alike
from .company import HOME, OPS_BUCKET, arn
from .things import Things


def _group_arn(v: Things) -> str:
    return arn("logs", f"log-group:{v.log_group}", HOME)


def _trail_arn(v: Things) -> str:
    return arn("cloudtrail", f"trail/{v.trail}", HOME)


def _selectors(v: Things) -> list[dict[str, Any]]:
    return [
        {
            "readWriteType": v.read_write,
            "includeManagementEvents": True,
            "dataResources": [],
            "excludeManagementEventSources": [],
        }
    ]


def _trail(v: Things) -> dict[str, Any]:
    return {
        "name": v.trail,
        "s3BucketName": OPS_BUCKET,
        "includeGlobalServiceEvents": True,
        "isMultiRegionTrail": True,
        "trailARN": _trail_arn(v),
        "logFileValidationEnabled": True,
        "isOrganizationTrail": False,
    }


def _parameter_resource(v: Things) -> list[dict[str, Any]]:
    return [{"accountId": "111122223333", "ARN": arn("ssm", f"parameter{v.parameter}", HOME)}]


def _agent(v: Things) -> dict[str, Any]:
    return {
        "instanceId": v.instance,
        "agentVersion": "3.3.3050.0",
        "agentStatus": "Active",
        "platformType": "Linux",
        "platformName": "Amazon Linux",
        "platformVersion": "2023",
        "iPAddress": v.peer,
        "computerName": f"{v.computer}.{HOME}.compute.internal",
        "agentName": "amazon-ssm-agent",
        "availabilityZone": "ca-central-1a",
        "availabilityZoneId": "cac1-az1",
        "sSMConnectionChannel": "ssmmessages",
    }


CALLS = (
    *alike("cloudwatch", "DescribeAlarms DeleteAlarms", lambda v: {"alarmNames": [v.alarm]}),
    Call("cloudwatch", "ListMetrics", lambda v: {"namespace": "AWS/ApplicationELB"}),
    Call("cloudwatch", "GetDashboard", lambda v: {"dashboardName": v.dashboard}),
    Call(
        "cloudwatch",
        "PutMetricAlarm",
        lambda v: {
            "alarmName": v.alarm,
            "alarmActions": [arn("sns", v.topic, HOME)],
            "metricName": "Errors",
            "namespace": "AWS/Lambda",
            "statistic": "Sum",
            "period": 300,
            "evaluationPeriods": 1,
            "threshold": 1.0,
            "comparisonOperator": "GreaterThanOrEqualToThreshold",
            "treatMissingData": "notBreaching",
        },
    ),
    Call("logs", "DescribeLogGroups", lambda v: {"limit": 50}),
    Call("logs", "DescribeLogStreams", lambda v: {"logGroupName": v.log_group, "orderBy": "LastEventTime"}),
    *alike("logs", "DescribeMetricFilters CreateLogGroup", lambda v: {"logGroupName": v.log_group}),
    *alike("logs", "DeleteRetentionPolicy DeleteLogGroup", lambda v: {"logGroupName": v.log_group}),
    Call("logs", "ListTagsForResource", lambda v: {"resourceArn": _group_arn(v)}),
    Call("logs", "FilterLogEvents", lambda v: {"logGroupName": v.log_group, "limit": 100}, read=True),
    Call(
        "logs",
        "StartQuery",
        lambda v: {
            "logGroupName": v.log_group,
            "startTime": v.now - 3600,
            "endTime": v.now,
            "queryString": "HIDDEN_DUE_TO_SECURITY_REASONS",
        },
        lambda v: {"queryId": v.uuid()},
        read=True,
    ),
    Call("logs", "GetQueryResults", lambda v: {"queryId": v.uuid()}),
    Call("logs", "CreateLogStream", lambda v: {"logGroupName": v.log_group, "logStreamName": v.log_stream}),
    Call("logs", "DeleteLogStream", lambda v: {"logGroupName": v.log_group, "logStreamName": v.log_stream}),
    Call("logs", "PutRetentionPolicy", lambda v: {"logGroupName": v.log_group, "retentionInDays": v.days}),
    Call("cloudtrail", "DescribeTrails", lambda v: {"includeShadowTrails": True}),
    *alike("cloudtrail", "GetTrailStatus StopLogging StartLogging DeleteTrail", lambda v: {"name": _trail_arn(v)}),
    Call("cloudtrail", "GetEventSelectors", lambda v: {"trailName": _trail_arn(v)}),
    Call("cloudtrail", "ListTags", lambda v: {"resourceIdList": [_trail_arn(v)]}),
    Call("cloudtrail", "LookupEvents", lambda v: {"maxResults": 50}),
    Call(
        "cloudtrail",
        "PutEventSelectors",
        lambda v: {"trailName": _trail_arn(v), "eventSelectors": _selectors(v)},
        lambda v: {"trailARN": _trail_arn(v), "eventSelectors": _selectors(v)},
    ),
    Call("cloudtrail", "UpdateTrail", lambda v: {"name": _trail_arn(v), "enableLogFileValidation": True}, _trail),
    Call(
        "cloudtrail",
        "CreateTrail",
        lambda v: {
            "name": v.trail,
            "s3BucketName": OPS_BUCKET,
            "includeGlobalServiceEvents": True,
            "isMultiRegionTrail": True,
            "enableLogFileValidation": True,
            "isOrganizationTrail": False,
        },
        _trail,
    ),
    Call("ssm", "UpdateInstanceInformation", _agent),
    Call("ssm", "ListInstanceAssociations", lambda v: {"instanceId": v.instance, "maxResults": 20}),
    Call(
        "ssm",
        "UpdateInstanceAssociationStatus",
        lambda v: {
            "associationId": v.association,
            "instanceId": v.instance,
            "executionResult": {
                "status": "Success",
                "executionDate": v.date(),
                "executionSummary": "1 out of 1 plugin processed, 1 success, 0 failed, 0 timedout, 0 skipped. ",
            },
        },
    ),
    Call("ssm", "DescribeAssociation", lambda v: {"associationId": v.association, "instanceId": v.instance}),
    Call("ssm", "GetDocument", lambda v: {"name": "AWS-GatherSoftwareInventory", "documentVersion": "$DEFAULT"}),
    Call(
        "ssm",
        "PutInventory",
        lambda v: {
            "instanceId": v.instance,
            "items": [
                {
                    "typeName": "AWS:InstanceInformation",
                    "schemaVersion": "1.0",
                    "captureTime": v.stamp(),
                    "contentHash": v.hex(32),
                }
            ],
        },
    ),
    *alike("ssm", "DescribeInstanceInformation DescribeParameters", lambda v: {"maxResults": 50}),
    Call("ssm", "GetParameter", lambda v: {"name": v.parameter, "withDecryption": True}, None, _parameter_resource),
    Call("ssm", "GetParameters", lambda v: {"names": [v.parameter], "withDecryption": True}, None, _parameter_resource),
    Call("ssm", "GetParametersByPath", lambda v: {"path": "/mapleferry", "recursive": True, "withDecryption": True}),
    Call(
        "ssm",
        "PutParameter",
        lambda v: {"name": v.parameter, "type": "String", "overwrite": True},
        lambda v: {"version": v.count, "tier": "Standard"},
        _parameter_resource,
    ),
    Call(
        "ssm",
        "SendCommand",
        lambda v: {
            "documentName": "AWS-RunShellScript",
            "instanceIds": [v.instance],
            "interactive": False,
            "parameters": "HIDDEN_DUE_TO_SECURITY_REASONS",
        },
        lambda v: {
            "command": {
                "commandId": v.uuid(),
                "documentName": "AWS-RunShellScript",
                "documentVersion": "$DEFAULT",
                "comment": "",
                "expiresAfter": v.date(7200),
                "parameters": "HIDDEN_DUE_TO_SECURITY_REASONS",
                "instanceIds": [v.instance],
                "targets": [],
                "requestedDateTime": v.date(),
                "status": "Pending",
                "statusDetails": "Pending",
                "maxConcurrency": "50",
                "maxErrors": "0",
                "targetCount": 1,
                "completedCount": 0,
                "errorCount": 0,
                "timeoutSeconds": 3600,
            }
        },
    ),
    Call(
        "ssm",
        "StartSession",
        lambda v: {"target": v.instance},
        lambda v: {
            "sessionId": v.ssm_session,
            "tokenValue": "Value hidden due to security reasons.",
            "streamUrl": f"wss://ssmmessages.{HOME}.amazonaws.com/v1/data-channel/{v.ssm_session}",
        },
    ),
    Call("ssm", "TerminateSession", lambda v: {"sessionId": v.ssm_session}, lambda v: {"sessionId": v.ssm_session}),
    Call("config", "DescribeComplianceByConfigRule", lambda v: {"complianceTypes": ["NON_COMPLIANT"]}),
    Call("guardduty", "ListDetectors", lambda v: {"maxResults": 50}),
    Call("guardduty", "ListFindings", lambda v: {"detectorId": v.detector, "maxResults": 50}),
    Call("health", "DescribeEventAggregates", lambda v: {"aggregateField": "eventTypeCategory"}),
    Call(
        "ce",
        "GetCostAndUsage",
        lambda v: {
            "timePeriod": {"start": v.day(-7), "end": v.day(0)},
            "granularity": "DAILY",
            "metrics": ["UnblendedCost"],
        },
    ),
    Call("resourcegroupstaggingapi", "GetResources", lambda v: {"resourcesPerPage": 100}),
)
