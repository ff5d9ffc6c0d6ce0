"""lookup_history: the account's latest events as a DataFrame, from the bucket locally, from LookupEvents on AWS."""

import json
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.stub import ANY, Stubber
from recorded_cloud import recorded

from workshop.cloud.activity.history import lookup_history
from workshop.cloud.cloud import Cloud
from workshop.display.progress import ProgressLine
from workshop.logs.table.events import load_events, record_of


@pytest.fixture
def cloud(recorded_cloud):
    """The connected local cloud, with its trail, what connecting recorded delivered."""
    return recorded(recorded_cloud)


def test_a_call_just_made_is_in_the_history(cloud):
    """At once, newest first, with the way to the full record."""
    cloud.client("logs").create_log_group(logGroupName="/precious")
    cloud.client("logs").delete_log_group(logGroupName="/precious")
    history = lookup_history(cloud)
    assert set(history["eventName"]) >= {"CreateLogGroup", "DeleteLogGroup"}
    assert history["eventTime"].is_monotonic_decreasing
    (row,) = history.index[history["eventName"] == "DeleteLogGroup"]
    assert record_of(history, row, s3=cloud.client("s3"))["requestParameters"] == {"logGroupName": "/precious"}


def test_its_columns_are_those_of_load_events(cloud):
    """What was learnt with load_events holds here."""
    cloud.client("logs").describe_log_groups()
    source = f"s3://{cloud.trail.bucket}/AWSLogs/"
    history = lookup_history(cloud)
    assert list(history.columns) == list(load_events(source, s3=cloud.client("s3")).columns)
    assert history.attrs["skipped"] == []


def test_without_any_event_the_history_is_empty(cloud):
    """An empty table with the same columns, not an error."""
    cloud.trail.stop()
    cloud.session.resource("s3").Bucket(cloud.trail.bucket).objects.all().delete()
    history = lookup_history(cloud)
    assert len(history) == 0
    assert "eventName" in history.columns


def test_most_and_hours_limit_it_to_the_latest(cloud):
    """The newest are kept; what is older than the hours asked for is not there."""
    for number in range(3):
        cloud.client("logs").create_log_group(logGroupName=f"/{number}")
    assert len(lookup_history(cloud, most=2)) == 2
    assert len(lookup_history(cloud, hours=0)) == 0


def test_a_stack_that_is_gone_is_said_to_be_gone(cloud):
    """Rather than a KeyError about a resource."""
    cloud.__dict__["_resources"] = {}
    with pytest.raises(LookupError, match="has no bucket of log files"):
        lookup_history(cloud)


class _TwoRegions:
    """A session whose clients for CloudTrail answer as told, Region by Region."""

    def __init__(self, **pages):
        self.clients = {}
        for region, answers in pages.items():
            region = region.replace("_", "-")
            options = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "x", "region_name": region}
            client = boto3.client("cloudtrail", **options)
            stubber = Stubber(client)
            for number, events in enumerate(answers):
                token = {"NextToken": f"page {number}"} if number else {}
                more = {"NextToken": f"page {number + 1}"} if number + 1 < len(answers) else {}
                events = [{"EventId": event["eventID"], "CloudTrailEvent": json.dumps(event)} for event in events]
                stubber.add_response(
                    "lookup_events", {"Events": events, **more}, {"StartTime": ANY, "MaxResults": 50, **token}
                )
            stubber.activate()
            self.clients[region] = (client, stubber)

    def client(self, service, region_name):
        return self.clients[region_name][0]


def _event(number, source="logs", minutes=1):
    time = datetime.now(timezone.utc) - timedelta(minutes=minutes)
    return {
        "eventVersion": "1.11",
        "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": f"Event{number}",
        "eventID": str(number),
    }


def test_on_aws_it_reads_every_page_of_both_regions():
    """The Region's own events, and of us-east-1 those of global services alone; records can be had in full."""
    session = _TwoRegions(
        ca_central_1=[[_event(1, minutes=9), _event(2, minutes=8)], [_event(3, minutes=7)]],
        us_east_1=[[_event(4, "iam", minutes=1), _event(5, "ec2", minutes=1)]],
    )
    cloud = Cloud(session, target="aws", account="111122223333", region="ca-central-1", stack="s", identity="me")
    said = []
    history = lookup_history(cloud, progress=ProgressLine(said.append))
    assert list(history["eventName"]) == ["Event4", "Event3", "Event2", "Event1"]
    assert record_of(history, 0)["eventSource"] == "iam.amazonaws.com"
    assert "us-east-1" in " ".join(said)
    for _, stubber in session.clients.values():
        stubber.assert_no_pending_responses()
