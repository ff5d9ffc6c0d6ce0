"""The namespace of the workshop's metric: one that CloudWatch takes, and the same one for the alarm and the notebook.

CloudWatch's reference says that a namespace "should not" begin with AWS/, and older texts say that it cannot. So on AWS
it is tried before the stack is made. To try it is to publish: AWS does not say in which order CloudWatch checks a call,
so its answer to a call with another fault would prove nothing. The stack's parameter decides afterwards: the function,
the alarm, the notebook's METRIC_NAMESPACE and `check` follow it.
"""

from __future__ import annotations

import sys
from datetime import timedelta

from botocore.exceptions import ClientError

from workshop import cloudtrail_analyzer
from workshop.cloud.clock import now
from workshop.cloud.cloud import CannotConnect, Cloud, Show

# The template's default, as in 2017, and what takes its place where CloudWatch refuses it.
DEFAULT, NEUTRAL = "AWS/reInvent2017/SID341", "Workshop/SID341"
# A metric that no alarm watches, and for how many days one data point of it is proof enough.
PROBE, _PROVEN_FOR = "NamespaceProbe", 14
_CONSTANT = "METRIC_NAMESPACE"


def refusal(cloud: Cloud, namespace: str) -> str | None:
    """Publish one data point of `PROBE`; return CloudWatch's words if it refuses the namespace, else None.

    Raises: botocore's ClientError when the call fails for another reason, such as a missing permission.
    """
    datum = {"MetricName": PROBE, "Value": 0, "Unit": "Count"}
    try:
        cloud.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])
    except ClientError as error:
        if error.response["Error"]["Code"].startswith(("InvalidParameter", "ValidationE")):
            return str(error.response["Error"].get("Message", error))
        raise
    return None


def _was_taken(cloud: Cloud, namespace: str) -> bool:
    """Tell whether CloudWatch has a data point of `PROBE` in the namespace; False too where that may not be asked."""
    stat = {"Metric": {"Namespace": namespace, "MetricName": PROBE}, "Period": 3600, "Stat": "SampleCount"}
    to = now()
    try:
        answer = cloud.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "probe", "MetricStat": stat}],
            StartTime=to - timedelta(days=_PROVEN_FOR),
            EndTime=to + timedelta(hours=1),
        )
    except ClientError:
        return False
    return any(result["Values"] for result in answer["MetricDataResults"])


def of_stack(cloud: Cloud) -> str | None:
    """Return the namespace that the stack has, or None when there is no stack."""
    found = cloud.describe_stack() or {"Parameters": []}
    values = {entry["ParameterKey"]: entry.get("ParameterValue") for entry in found.get("Parameters", [])}
    return values.get("MetricNamespace")


def usable(cloud: Cloud, given: str | None, show: Show) -> str | None:
    """Return the namespace that the stack is to have, or None to leave it what it is.

    One that begins with AWS/ is tried, unless CloudWatch has taken it in the last fortnight. If CloudWatch refuses the
    one that the stack has or would have, `NEUTRAL` takes its place. Raises: CannotConnect when CloudWatch refuses the
    one that was `given`.
    """
    wanted = given or of_stack(cloud) or DEFAULT
    if not wanted.startswith("AWS/") or _was_taken(cloud, wanted):
        return given
    try:
        why = refusal(cloud, wanted)
    except ClientError as error:
        show(f"Whether CloudWatch takes metrics in the namespace {wanted} could not be tried: {error}")
        return given
    if why is None:
        return given
    if given:
        raise CannotConnect(
            f"CloudWatch refuses metrics in the namespace {given}: {why}",
            f'Nothing was created. Give another one, such as connect("aws", metric_namespace="{NEUTRAL}").',
        )
    show(f"CloudWatch refuses metrics in the namespace {wanted} ({why.rstrip('.')}): {NEUTRAL} takes its place.")
    return NEUTRAL


def follow(cloud: Cloud, show: Show) -> None:
    """Give METRIC_NAMESPACE the value of the stack's namespace, and show it if that is another one than before."""
    wanted = cloud.outputs.get("MetricNamespace")
    if wanted is not None and wanted != cloudtrail_analyzer.METRIC_NAMESPACE:
        set_constant(wanted)
        show(f"{_CONSTANT} is {wanted!r} from now on, as the stack has it.")


def set_constant(wanted: str) -> None:
    """Give METRIC_NAMESPACE a value in this process: in the kit's modules, and in the notebook where it imported it.

    A notebook that gave the name a value of its own keeps that.
    """
    had = cloudtrail_analyzer.METRIC_NAMESPACE
    for name, module in list(sys.modules.items()):
        ours = name == "__main__" or name.partition(".")[0] == "workshop"
        if ours and getattr(module, "__dict__", {}).get(_CONSTANT) == had:
            setattr(module, _CONSTANT, wanted)
