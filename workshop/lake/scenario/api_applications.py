"""API calls of the services applications are made of: CloudFormation, events, topics, queues, mail, DNS, queries."""

from typing import Any

from .calls import Call, alike
from .company import HOME, arn
from .things import Things


def _stack_id(v: Things) -> str:
    return arn("cloudformation", f"stack/{v.stack}/{v.token}", HOME)


def _topic(v: Things) -> str:
    return arn("sns", v.topic, HOME)


def _queue_url(v: Things) -> str:
    return f"https://sqs.{HOME}.amazonaws.com/111122223333/{v.queue}"


def _template_url(v: Things) -> str:
    return f"https://s3.{HOME}.amazonaws.com/mapleferry-artifacts-111122223333/{v.stack}.yaml"


def _invalidation_batch(v: Things) -> dict[str, Any]:
    return {"callerReference": v.commit, "paths": {"quantity": 1, "items": ["/*"]}}


CALLS = (
    Call("cloudformation", "ListStacks"),
    *alike("cloudformation", "DescribeStacks DescribeStackEvents", lambda v: {"stackName": v.stack}),
    *alike("cloudformation", "DescribeStackResources DeleteStack GetTemplate", lambda v: {"stackName": v.stack}),
    Call("cloudformation", "GetTemplateSummary", lambda v: {"stackName": v.stack}),
    Call(
        "cloudformation",
        "CreateStack",
        lambda v: {
            "stackName": v.stack,
            "capabilities": ["CAPABILITY_IAM"],
            "disableRollback": False,
            "templateURL": _template_url(v),
        },
        lambda v: {"stackId": _stack_id(v)},
    ),
    Call(
        "cloudformation",
        "UpdateStack",
        lambda v: {
            "stackName": v.stack,
            "capabilities": ["CAPABILITY_IAM"],
            "templateURL": _template_url(v),
        },
        lambda v: {"stackId": _stack_id(v)},
    ),
    Call("events", "ListRules", lambda v: {"limit": 100}),
    Call("events", "DescribeRule", lambda v: {"name": v.rule}),
    Call("events", "ListTargetsByRule", lambda v: {"rule": v.rule}),
    Call(
        "events",
        "PutRule",
        lambda v: {"name": v.rule, "scheduleExpression": "rate(1 hour)", "state": "ENABLED"},
        lambda v: {"ruleArn": arn("events", f"rule/{v.rule}", HOME)},
    ),
    Call(
        "events",
        "PutTargets",
        lambda v: {
            "rule": v.rule,
            "targets": [{"id": "function", "arn": arn("lambda", f"function:{v.function}", HOME)}],
        },
        lambda v: {"failedEntryCount": 0, "failedEntries": []},
    ),
    Call(
        "events",
        "RemoveTargets",
        lambda v: {"rule": v.rule, "ids": ["function"], "force": False},
        lambda v: {"failedEntryCount": 0, "failedEntries": []},
    ),
    Call("events", "DeleteRule", lambda v: {"name": v.rule, "force": False}),
    Call("sns", "ListTopics"),
    *alike("sns", "GetTopicAttributes ListSubscriptionsByTopic DeleteTopic", lambda v: {"topicArn": _topic(v)}),
    Call("sns", "CreateTopic", lambda v: {"name": v.topic}, lambda v: {"topicArn": _topic(v)}),
    Call(
        "sns",
        "SetTopicAttributes",
        lambda v: {"topicArn": _topic(v), "attributeName": "DisplayName", "attributeValue": "Maple Ferry"},
    ),
    Call(
        "sns",
        "Subscribe",
        lambda v: {
            "topicArn": _topic(v),
            "protocol": "email",
            "endpoint": "HIDDEN_DUE_TO_SECURITY_REASONS",
            "returnSubscriptionArn": True,
        },
        lambda v: {"subscriptionArn": f"{_topic(v)}:{v.uuid()}"},
    ),
    Call("sqs", "ListQueues", lambda v: {"maxResults": 100}),
    Call("sqs", "GetQueueUrl", lambda v: {"queueName": v.queue}),
    Call("sqs", "GetQueueAttributes", lambda v: {"queueUrl": _queue_url(v), "attributeNames": ["All"]}),
    Call(
        "sqs",
        "CreateQueue",
        lambda v: {"queueName": v.queue, "attributes": {"MessageRetentionPeriod": "345600"}},
        lambda v: {"queueUrl": _queue_url(v)},
    ),
    Call("sqs", "DeleteQueue", lambda v: {"queueUrl": _queue_url(v)}),
    Call("ses", "GetSendQuota"),
    Call("route53", "ListHostedZones"),
    Call("route53", "GetHostedZone", lambda v: {"id": v.zone}),
    Call("route53", "ListResourceRecordSets", lambda v: {"hostedZoneId": v.zone, "maxItems": "300"}),
    Call("cloudfront", "ListDistributions", lambda v: {"maxItems": "100"}),
    Call("cloudfront", "GetDistribution", lambda v: {"id": v.distribution}),
    Call(
        "cloudfront",
        "CreateInvalidation",
        lambda v: {
            "distributionId": v.distribution,
            "invalidationBatch": _invalidation_batch(v),
        },
        lambda v: {
            "location": f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{v.distribution}/invalidation/{v.cdn}",
            "invalidation": {
                "id": v.cdn,
                "status": "InProgress",
                "createTime": v.date(),
                "invalidationBatch": _invalidation_batch(v),
            },
        },
    ),
    Call(
        "athena",
        "StartQueryExecution",
        lambda v: {
            "clientRequestToken": v.token,
            "queryString": "***OMITTED***",
            "queryExecutionContext": {"database": "reporting"},
            "workGroup": v.workgroup,
        },
        lambda v: {"queryExecutionId": v.uuid()},
    ),
    Call("athena", "GetQueryExecution", lambda v: {"queryExecutionId": v.uuid()}),
    Call("athena", "ListWorkGroups", lambda v: {"maxResults": 50}),
    Call("apigateway", "GetRestApis", lambda v: {"limit": 500, "template": False}),
    Call("stepfunctions", "ListStateMachines", lambda v: {"maxResults": 100}),
)
