"""The doctor's checks of an AWS account: who you are there, what you may do, whether there is room for the workshop.

Each check returns one Finding. They look and change nothing, except for one data point of a metric of its own
(`namespace.PROBE`): only that shows whether CloudWatch takes the namespace.
"""

from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from workshop.activity_generator import TRAIL
from workshop.cloud import namespace as namespaces
from workshop.cloud import policy_simulation
from workshop.cloud.account_signs import production_signs
from workshop.cloud.clock import now, time_of_answer
from workshop.cloud.cloud import CannotConnect, Cloud, Json
from workshop.cloud.connection import account_cloud
from workshop.cloud.doctor import permissions
from workshop.cloud.doctor.findings import Finding, note, ok, to_do
from workshop.cloud.doctor.machine import stack_state
from workshop.cloud.stack import costs, stack
from workshop.cloud.stack.stack_resources import of_type, resources, unconfirmed_subscriptions

# The quota of CloudTrail: trails in a Region, those of other Regions that show there and those of an organization too.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
_TRAILS = 5
# Signature Version 4 is refused beyond five minutes; from one minute on, waiting for "the calls since" goes wrong.
_SKEW, _MOST_SKEW = 60, 300
_POLICY = "docs/attendee-policy.json"


def credentials(**where: Any) -> tuple[Finding, Cloud | None]:
    """Check that there are credentials, and not the root user's; return (Finding, the Cloud or None)."""
    try:
        cloud = account_cloud(**where)
    except CannotConnect as error:
        answer = getattr(error.__cause__, "response", None)
        finding = clock(answer) if answer else None
        if finding and finding.state == "to do":
            return finding, None
        return to_do("credentials", error.problem, error.do), None
    return ok("credentials", f"{cloud.identity}, account {cloud.account}, Region {cloud.region}"), cloud


def clock(answer: Json, present: datetime | None = None) -> Finding:
    """Check this machine's clock, or another `present`, against the time that AWS gave with an answer."""
    sent = time_of_answer(answer)
    if sent is None:
        return note("clock", "AWS's answer gave no time")
    skew = ((present or now()) - sent).total_seconds()
    found = f"this machine's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} AWS's"
    if abs(skew) >= _MOST_SKEW:
        return to_do("clock", f"{found}; AWS refuses calls beyond {_MOST_SKEW} s", "set the clock (switch on NTP)")
    if abs(skew) >= _SKEW:
        return to_do("clock", f"{found}; waits for your own calls would miss them", "set the clock (switch on NTP)")
    return ok("clock", "agrees with AWS's to a few seconds" if abs(skew) < 5 else found)


def account_clock(cloud: Cloud) -> Finding:
    """Check this machine's clock with a call of its own."""
    return clock(cloud.client("sts").get_caller_identity())


def production(cloud: Cloud) -> Finding:
    """Check that the account does not look like one that others depend on."""
    signs = production_signs(cloud)
    if signs.found:
        do = 'use an account for experiments; if this is one all the same: `connect("aws", production=True)`'
        return to_do("account", f"this looks like a production account: {', '.join(signs.found)}", do)
    if signs.unknown:
        return note("account", f"no sign of production; unknown: {', '.join(signs.unknown)}")
    return ok("account", "neither alias, name nor tags say production")


def trail_slots(cloud: Cloud) -> Finding:
    """Check that the Region has room for the workshop's trails: the stack's and the decoy of its activity."""
    names = _trails(cloud)
    wanted = 1 if f"{cloud.stack}-CloudTrail" in names else 2
    found = f"{len(names)} of {_TRAILS} in {cloud.region}" + (f" ({', '.join(names)})" if names else "")
    if _TRAILS - len(names) < wanted:
        do = f"delete {wanted - _TRAILS + len(names)} that nobody needs, or use another Region"
        return to_do("trails", f"{found}; the workshop needs {wanted} more", do)
    return ok("trails", f"{found}; there is room for the {wanted} that the workshop adds")


def _trails(cloud: Cloud) -> list[str]:
    found = cloud.client("cloudtrail").describe_trails(includeShadowTrails=True)["trailList"]
    return sorted(trail["Name"] for trail in found)


def trail_copies(cloud: Cloud) -> Finding:
    """Check whether the stack's trail is the first of the Region, which records management events free of charge."""
    others = [name for name in _trails(cloud) if name not in (f"{cloud.stack}-CloudTrail", TRAIL)]
    if not others:
        return ok("trail costs", "the stack's trail is the only one: it records management events free of charge")
    price = f"{costs.COPY_PRICE:.2f} USD per {costs.COPY_EVENTS:,} events"
    found = (
        f"{', '.join(others)} may record management events already: then the stack's trail is a further copy and costs "
        f"{price} of the whole account, in each Region that it covers"
    )
    do = 'TrailCoversAllRegions "false" leaves it this Region alone (docs/aws.md); delete the stack the same day'
    return note("trail costs", found, do)


def namespace(cloud: Cloud) -> Finding:
    """Check that CloudWatch takes metrics in the stack's namespace: by one data point of an unwatched metric."""
    has = namespaces.of_stack(cloud)
    wanted = has or namespaces.DEFAULT
    try:
        why = namespaces.refusal(cloud, wanted)
    except ClientError as error:
        if "AccessDenied" in error.response["Error"]["Code"]:
            return to_do("namespace", f"you may not publish metrics in {wanted}", _ask_for("cloudwatch:PutMetricData"))
        raise
    if why is None:
        return ok("namespace", f"CloudWatch takes metrics in {wanted} (it got one named {namespaces.PROBE})")
    found = f"CloudWatch refuses {wanted}: {why}"
    if has:
        return to_do("namespace", found, f'`connect("aws")` moves the stack to {namespaces.NEUTRAL}; all else follows')
    do = f'`connect("aws")` uses {namespaces.NEUTRAL} instead; elsewhere give it as the parameter MetricNamespace'
    return note("namespace", found, do)


def account_stack(cloud: Cloud) -> Finding:
    """Check the state of the stack in the account."""
    return stack_state("stack", cloud, f"`{stack.teardown_command(cloud)}`, then connect again")


def email(cloud: Cloud) -> Finding:
    """Check whether everybody who is to get mail from the alarm has confirmed that."""
    found = cloud.describe_stack()
    known = resources(cloud, found["StackId"]) if found else []
    pending = unconfirmed_subscriptions(cloud, known)
    if pending:
        return note("email", f"{', '.join(pending)} is pending", "open the link in the mail from AWS Notifications")
    confirmed = [
        subscription["Endpoint"]
        for topic in of_type(known, "AWS::SNS::Topic")
        for subscription in cloud.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        if subscription["Protocol"] == "email"
    ]
    return ok("email", f"{', '.join(confirmed)} is confirmed" if confirmed else "nobody asked for mail from the alarm")


def allowed(cloud: Cloud) -> Finding:
    """Check the permissions that the attendee policy lists: by IAM's simulation, or where that is denied by looking."""
    try:
        missing, number = permissions.simulate(cloud)
    except (ClientError, BotoCoreError, policy_simulation.CannotSimulate) as error:
        return _probed(cloud, error)
    if missing:
        some = ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" if len(missing) > 4 else "")
        return to_do("permissions", f"{len(missing)} of {number} are missing: {some}", _ask_for("the missing ones"))
    return ok("permissions", f"all {number} that the workshop needs, by IAM's policy simulation")


def _probed(cloud: Cloud, error: Exception) -> Finding:
    denied, probed = permissions.probe(cloud)
    if denied:
        return to_do("permissions", f"denied: {', '.join(denied)}", _ask_for("the missing ones"))
    reason = error.response["Error"]["Code"] if isinstance(error, ClientError) else str(error)
    found = f"{len(probed)} were tried and are there; the others could not be checked (policy simulation: {reason})"
    return note("permissions", found, f"if a step is denied later: {_ask_for('it')}")


def _ask_for(what: str) -> str:
    return f"ask the people who run the account for {what}: `{_POLICY}`"


CHECKS = {
    "clock": account_clock,
    "account": production,
    "permissions": allowed,
    "trails": trail_slots,
    "trail costs": trail_copies,
    "namespace": namespace,
    "stack": account_stack,
    "email": email,
}
