"""Links into the AWS console: to the stack, the function, a log stream, an alarm and the Event history.

The console documents none of its addresses; these are the ones that it shows itself (looked up in 2026). On the local
emulator there is no console, and so there are no links.
"""

import html
from urllib.parse import quote

NO_CONSOLE = "The local emulator has no console: the notebooks show what there is to see."
# By the partition that stands in every ARN.
_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


class Links:
    """Named links into the console: `urls` by name; none, and so false, on the local emulator."""

    def __init__(self, urls=()):
        self.urls = dict(urls)

    def __bool__(self):
        return bool(self.urls)

    def __str__(self):
        if not self.urls:
            return NO_CONSOLE
        width = max(map(len, self.urls))
        return "\n".join(["In the console:", *(f"  {name:<{width}}  {url}" for name, url in self.urls.items())])

    __repr__ = __str__

    def _repr_html_(self):
        if not self.urls:
            return f"<p>{NO_CONSOLE}</p>"
        links = (
            f"<a href='{html.escape(url)}' target='_blank' rel='noopener'>{html.escape(name)}</a>"
            for name, url in self.urls.items()
        )
        return f"<p>In the console: {' · '.join(links)}</p>"


def stack_url(cloud, stack_id):
    """Return the console's address of a stack, by its id in CloudFormation."""
    return _page(cloud, "cloudformation", f"/stacks/stackinfo?stackId={_encoded(stack_id)}")


def event_history_url(cloud):
    """Return the console's address of CloudTrail's Event history, without the calls that only read."""
    return _page(cloud, "cloudtrailv2", "/events?ReadOnly=false")


def function_url(cloud):
    """Return the console's address of the analysis function."""
    return _page(cloud, "lambda", f"/functions/{_encoded(cloud.resource('AnalysisLambdaFunction'))}")


def alarm_url(cloud, name):
    """Return the console's address of an alarm, by its name in CloudWatch."""
    return _page(cloud, "cloudwatch", f"alarmsV2:alarm/{_encoded(name)}")


def log_url(cloud, group, stream=None):
    """Return the console's address of a log group or of one of its log streams."""
    place = f"logsV2:log-groups/log-group/{_twice_encoded(group)}"
    return _page(cloud, "cloudwatch", place + (f"/log-events/{_twice_encoded(stream)}" if stream else ""))


def _page(cloud, service, place):
    """Return the address of a place in a service's part of the console, in the cloud's Region and partition.

    Raises: LookupError in a partition that is not known here.
    """
    partition = cloud.identity.split(":")[1]
    if partition not in _HOSTS:
        raise LookupError(f"No console is known for the partition {partition}; those of {', '.join(_HOSTS)} are.")
    return f"https://{cloud.region}.{_HOSTS[partition]}/{service}/home?region={cloud.region}#{place}"


def _encoded(text):
    return quote(text, safe="")


def _twice_encoded(text):
    """Encode a text as CloudWatch's pages for logs do: twice, the second time with $ in place of %."""
    return quote(quote(text, safe=""), safe="").replace("%", "$")
