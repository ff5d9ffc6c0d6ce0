"""Links into the AWS console: to the stack, the function, a log stream, an alarm and the Event history.

The console documents none of its addresses. These are the ones that it shows itself (looked up in 2026).
"""

from urllib.parse import quote

from workshop.cloud.alarm.alarm import alarm_name, alarms_of
from workshop.cloud.cloud import Cloud, quiet
from workshop.cloud.function.deployed_code import function_name, log_group
from workshop.display.links import Links

# By the partition that stands in every ARN.
_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@quiet
def console_links(cloud: Cloud) -> Links:
    """Return the Links to the stack, its function, its log group, its alarms, and CloudTrail's Event history."""
    if cloud.target != "aws":
        return Links()
    stack_id = cloud.client("cloudformation").describe_stacks(StackName=cloud.stack)["Stacks"][0]["StackId"]
    return Links(
        {
            "stack": _page(cloud, "cloudformation", f"/stacks/stackinfo?stackId={_encoded(stack_id)}"),
            "function": function_url(cloud),
            "its log": log_url(cloud, log_group(cloud)),
            **{alarm: alarm_url(cloud, alarm_name(cloud, alarm)) for alarm in alarms_of(cloud)},
            # Without the calls that only read.
            "Event history": _page(cloud, "cloudtrailv2", "/events?ReadOnly=false"),
        }
    )


def function_url(cloud: Cloud) -> str:
    """Return the console's address of the analysis function."""
    return _page(cloud, "lambda", f"/functions/{_encoded(function_name(cloud))}")


def alarm_url(cloud: Cloud, name: str) -> str:
    """Return the console's address of an alarm, by its name in CloudWatch."""
    return _page(cloud, "cloudwatch", f"alarmsV2:alarm/{_encoded(name)}")


def log_url(cloud: Cloud, group: str, stream: str | None = None) -> str:
    """Return the console's address of a log group or of one of its log streams."""
    place = f"logsV2:log-groups/log-group/{_twice_encoded(group)}"
    return _page(cloud, "cloudwatch", place + (f"/log-events/{_twice_encoded(stream)}" if stream else ""))


def _page(cloud: Cloud, service: str, place: str) -> str:
    """Return the address of a place in a service's part of the console, in the cloud's Region and partition.

    Raises: LookupError in a partition that is not known here.
    """
    partition = cloud.identity.split(":")[1]
    if partition not in _HOSTS:
        raise LookupError(f"No console is known for the partition {partition}; those of {', '.join(_HOSTS)} are.")
    return f"https://{cloud.region}.{_HOSTS[partition]}/{service}/home?region={cloud.region}#{place}"


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _twice_encoded(text: str) -> str:
    """Encode a text as CloudWatch's pages for logs do: twice, the second time with $ in place of %."""
    return quote(quote(text, safe=""), safe="").replace("%", "$")
