"""Links into the AWS console: their addresses, and where they are shown."""

import re

import pytest

from workshop.cloud.alarm.watch import watch_alarm
from workshop.cloud.cloud import Cloud
from workshop.cloud.console import alarm_url, console_links, log_url
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.lambda_log import lambda_log
from workshop.display.links import NO_CONSOLE, Links
from workshop.display.progress import ProgressLine


def deleting_logs(record):
    return record["eventName"].startswith("Delete")


def silence():
    return ProgressLine(write=lambda line: None)


def cloud_in(partition, region):
    identity = f"arn:{partition}:iam::111122223333:user/ana"
    return Cloud(None, target="aws", account="111122223333", region=region, stack="s", identity=identity)


@pytest.fixture
def on_aws(cloud, monkeypatch):
    """The emulator in the role of an AWS account."""
    monkeypatch.setattr(cloud, "target", "aws")
    return cloud


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "ca-central-1", "ca-central-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_a_console_of_its_own(partition, region, host):
    """By the partition of the identity's ARN."""
    assert alarm_url(cloud_in(partition, region), "a").startswith(f"https://{host}/cloudwatch/home?region={region}#")


def test_a_partition_without_a_known_console_is_named():
    """Rather than a link that leads nowhere."""
    with pytest.raises(LookupError, match="aws-iso"):
        alarm_url(cloud_in("aws-iso", "us-iso-east-1"), "a")


def test_log_groups_and_streams_are_encoded_twice():
    """As CloudWatch's own pages do: a slash is $252F, a bracket $255B, a dollar sign $2524."""
    url = log_url(cloud_in("aws", "ca-central-1"), "/aws/lambda/a", "2026/03/10/[$LATEST]b")
    assert url.partition("#")[2] == (
        "logsV2:log-groups/log-group/$252Faws$252Flambda$252Fa/log-events/2026$252F03$252F10$252F$255B$2524LATEST$255Db"
    )


def test_an_alarms_name_is_encoded_once():
    """It may hold blanks and slashes."""
    assert alarm_url(cloud_in("aws", "ca-central-1"), "a b/c").endswith("#alarmsV2:alarm/a%20b%2Fc")


def test_the_connection_links_to_all_places_of_the_stack(on_aws):
    """Stack, function, log, alarm, Event history; the names of things in them, in text and as links."""
    urls = console_links(on_aws).urls
    assert list(urls) == ["stack", "function", "its log", "DetectionAlarm", "Event history"]
    assert "stacks/stackinfo?stackId=arn%3Aaws%3Acloudformation%3A" in urls["stack"]
    assert urls["function"].endswith("#/functions/" + on_aws.resource("AnalysisLambdaFunction"))
    assert urls["Event history"].endswith("/cloudtrailv2/home?region=ca-central-1#/events?ReadOnly=false")
    shown = on_aws._repr_html_()
    assert len(re.findall(r"<a href='https://ca-central-1\.console\.aws\.amazon\.com/", shown)) == len(urls)
    assert urls["DetectionAlarm"] in str(on_aws.console)


def test_the_connection_is_shown_without_a_stack_too(on_aws, monkeypatch):
    """Nothing to link to is no reason to fail."""
    monkeypatch.setattr(on_aws, "stack", "Another")
    on_aws.refresh()
    assert "Another" in on_aws._repr_html_()


def test_the_local_emulator_says_that_it_has_no_console(cloud):
    """Once, where the connection is shown; elsewhere there is just no link."""
    assert NO_CONSOLE in cloud._repr_html_()
    assert str(cloud.console) == NO_CONSOLE
    assert not cloud.console
    deployment = deploy(cloud, deleting_logs, progress=silence())
    assert not deployment.links
    for shown in (str(deployment), str(watch_alarm(cloud, progress=silence()))):
        assert "console" not in shown


def test_what_is_deployed_watched_and_printed_links_to_its_place(on_aws, monkeypatch):
    """The function, the alarm, and the log stream that holds the lines."""
    deployment = deploy(on_aws, deleting_logs, progress=silence())
    timeline = watch_alarm(on_aws, timeout=0, progress=silence())
    on_aws.client("lambda").invoke(FunctionName=on_aws.resource("AnalysisLambdaFunction"), Payload=b'{"Records": []}')
    log = lambda_log(on_aws)
    assert "/lambda/home?region=ca-central-1#/functions/" in deployment._repr_html_()
    assert f"#alarmsV2:alarm/{on_aws.resource('DetectionAlarm')}" in timeline._repr_html_()
    assert log.runs[0].stream
    assert "/log-events/" in log._repr_html_()
    for thing in (deployment, timeline, log):
        assert "In the console:" in str(thing)


def test_links_are_escaped():
    """Names of alarms and functions are the account owner's."""
    assert "<b>" not in Links({"<b>": "https://x/'<b>"})._repr_html_()
