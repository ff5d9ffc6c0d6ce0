"""What an attendee may do in an AWS account, against what the attendee policy says that the workshop needs.

The policy is docs/attendee-policy.json, which an organiser hands out; for other stacks and Regions it is written anew.
"""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from workshop.cloud import policy_simulation
from workshop.cloud.cloud import Cloud, Json
from workshop.cloud.doctor.attendee_policy import attendee_policy

# How services say it: most, the JSON ones, EC2, and SNS.
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}


def needed(cloud: Cloud) -> Iterator[tuple[str, list[str], list[Json]]]:
    """Yield what the attendee policy allows, for a cloud: a resource that a statement covers, its actions, its context.

    Patterns of actions, all of which only look, are left out: IAM's policy simulation does not know patterns. The
    context is what a request has that meets the statement's conditions, as policy simulation takes it.
    """
    for statement in attendee_policy(region=cloud.region, stack=cloud.stack)["Statement"]:
        conditions = [pair for wanted in statement.get("Condition", {}).values() for pair in wanted.items()]
        context = [
            {"ContextKeyName": key, "ContextKeyValues": [_list(value)[0]], "ContextKeyType": "string"}
            for key, value in conditions
        ]
        for resource in _list(statement["Resource"]):
            actions = [action for action in _list(statement["Action"]) if "*" not in action]
            yield _example(resource, cloud.account), actions, context


def _example(resource: str, account: str) -> str:
    """Return an ARN that a pattern of the policy covers; "*" stays: it is for actions that know no resources."""
    if resource == "*":
        return resource
    parts = resource.split(":", 5)
    parts[4] = account if parts[4] == "*" else parts[4]
    return ":".join(part.replace("*", "example") for part in parts)


def simulate(cloud: Cloud) -> tuple[list[str], int]:
    """Ask IAM's policy simulation for each permission; return the missing actions, and how many were asked for.

    What an organization denies comes first, and is said. Raises: botocore's ClientError where simulation is denied;
    policy_simulation.CannotSimulate for credentials that it does not know.
    """
    source = policy_simulation.principal(cloud)
    asked: set[str] = set()
    missing: list[str] = []
    for resource, actions, context in needed(cloud):
        asked.update(actions)
        missing += policy_simulation.denied(cloud, source, actions, resource, context)
    by_organization = policy_simulation.BY_ORGANIZATION
    return sorted(dict.fromkeys(missing), key=lambda action: not action.endswith(by_organization)), len(asked)


def probe(cloud: Cloud) -> tuple[list[str], list[str]]:
    """Make calls that only look; return the actions that are denied, and all that were tried.

    The things looked for need not be there: the answer that they are not there needs the permission too.
    """
    name = f"{cloud.stack}-doctor"
    looks: dict[str, tuple[str, str, dict[str, str]]] = {
        "cloudformation:DescribeStacks": ("cloudformation", "describe_stacks", {"StackName": cloud.stack}),
        "cloudtrail:DescribeTrails": ("cloudtrail", "describe_trails", {}),
        "cloudwatch:DescribeAlarms": ("cloudwatch", "describe_alarms", {"AlarmNamePrefix": cloud.stack}),
        "logs:DescribeLogGroups": ("logs", "describe_log_groups", {"logGroupNamePrefix": "/aws/lambda/"}),
        "iam:GetRole": ("iam", "get_role", {"RoleName": name}),
        "lambda:GetFunction": ("lambda", "get_function", {"FunctionName": name}),
    }
    denied = []
    for action, (service, operation, parameters) in looks.items():
        try:
            getattr(cloud.client(service), operation)(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] in _DENIED:
                denied.append(action)
    return denied, list(looks)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
