"""What IAM's policy simulation says these credentials may do; it knows the organization's control policies too."""

from workshop.cloud.cloud import Cloud, Json

# Behind an action, where a service control policy is what denies it.
BY_ORGANIZATION = " (denied by the organization)"


class CannotSimulate(Exception):
    """Why IAM's policy simulation says nothing about these credentials."""


def keeps_trails(cloud: Cloud) -> list[str]:
    """Return which of the calls that end a trail are denied to these credentials, for the stack's own trail.

    Raises: botocore's ClientError where simulation is denied; CannotSimulate for credentials that it does not know.
    """
    trail = (
        f"arn:{cloud.identity.split(':')[1]}:cloudtrail:{cloud.region}:{cloud.account}:trail/{cloud.stack}-CloudTrail"
    )
    return denied(cloud, principal(cloud), ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"], trail, [])


def denied(cloud: Cloud, source: str, actions: list[str], resource: str, context: list[Json]) -> list[str]:
    """Return which actions on a resource are denied to the user or role `source`, in a request with this context."""
    answer = cloud.client("iam").simulate_principal_policy(
        PolicySourceArn=source, ActionNames=actions, ResourceArns=[resource], ContextEntries=context
    )
    found = []
    for result in answer["EvaluationResults"]:
        if result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False:
            found.append(result["EvalActionName"] + BY_ORGANIZATION)
        elif result["EvalDecision"] != "allowed":
            found.append(result["EvalActionName"])
    return found


def principal(cloud: Cloud) -> str:
    """Return the ARN of the user or role behind a cloud's credentials; a session's ARN lacks the role's path.

    Raises: CannotSimulate for other credentials.
    """
    kind, _, name = cloud.identity.rpartition(":")[2].partition("/")
    if kind == "user":
        return cloud.identity
    if kind != "assumed-role":
        raise CannotSimulate(f"it knows users and roles, not {cloud.identity}")
    return cloud.client("iam").get_role(RoleName=name.partition("/")[0])["Role"]["Arn"]
