"""The alarm's notifications as they arrive in the stack's queue."""

from datetime import datetime, timedelta, timezone

from workshop.cloud import connection
from workshop.cloud.alarm.notifications import notification_since, notifications, state_change_time
from workshop.cloud.emulator import emulator
from workshop.cloudtrail_analyzer import METRIC_NAME, METRIC_NAMESPACE


def turn_red(cloud):
    """Turn the alarm red, after a reset if need be."""
    client, alarm = cloud.client("cloudwatch"), cloud.resource("DetectionAlarm")
    client.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="test")
    client.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=[{"MetricName": METRIC_NAME, "Value": 1}])


def test_the_notification_is_shown_as_the_alarm_sent_it(cloud):
    """Name, state, reason and time of the change, as text and as HTML, and SNS's own envelope."""
    turn_red(cloud)
    received = notifications(cloud)
    (message,) = received.messages
    assert message["AlarmName"] == cloud.resource("DetectionAlarm")
    assert message["NewStateValue"] == "ALARM"
    assert "Threshold Crossed" in message["NewStateReason"]
    assert abs(state_change_time(message) - datetime.now(timezone.utc)) < timedelta(minutes=1)
    (envelope,) = received.envelopes
    assert (envelope["Type"], envelope["TopicArn"]) == ("Notification", cloud.resource("DetectionNotificationTopic"))
    for shown in (str(received), received._repr_html_()):
        for name in ("AlarmName", "NewStateValue", "NewStateReason", "StateChangeTime"):
            assert name in shown
            assert str(message[name]) in shown


def test_what_was_received_is_shown_again(cloud):
    """A second call, in this notebook or another one, shows the old notifications before the new."""
    turn_red(cloud)
    first = notifications(cloud)
    assert notifications(cloud, wait=0).messages == first.messages
    turn_red(cloud)
    both = notifications(cloud)
    assert len(both) == 2
    assert both.messages[0] == first.messages[0]


def test_without_an_alarm_there_is_nothing_to_show(cloud):
    """The text says when notifications come."""
    received = notifications(cloud, wait=0)
    assert (len(received), received.messages) == (0, [])
    assert "turns to ALARM" in str(received)
    assert "turns to ALARM" in received._repr_html_()


def test_a_new_stack_begins_with_none(cloud):
    """What is kept belongs to the stack by its id: one of the same name, made anew, has sent nothing yet."""
    turn_red(cloud)
    assert len(notifications(cloud)) == 1
    emulator.reset(emulator.start())
    made_anew = connection.connect(show=lambda line: None)
    assert made_anew.stack == cloud.stack
    assert len(notifications(made_anew, wait=0)) == 0


def test_a_message_that_is_no_alarm_is_shown_and_not_lost(cloud):
    """Anyone may publish to the topic or send to the queue."""
    cloud.client("sns").publish(TopicArn=cloud.resource("DetectionNotificationTopic"), Message="hello <b>you</b>")
    cloud.client("sqs").send_message(QueueUrl=cloud.resource("NotificationQueue"), MessageBody="42")
    received = notifications(cloud)
    assert {message["NewStateReason"] for message in received.messages} == {"hello <b>you</b>", "42"}
    assert "hello &lt;b&gt;you&lt;/b&gt;" in received._repr_html_()
    alarm = cloud.resource("DetectionAlarm")
    assert notification_since(cloud, alarm, datetime(2020, 1, 1, tzinfo=timezone.utc), wait=0) is None


def test_a_notification_is_told_from_an_earlier_one(cloud):
    """Only a change of state that is not before the given time counts."""
    turn_red(cloud)
    assert len(notifications(cloud)) == 1
    alarm, now = cloud.resource("DetectionAlarm"), datetime.now(timezone.utc)
    assert notification_since(cloud, alarm, now - timedelta(minutes=1), wait=0)
    assert notification_since(cloud, alarm, now + timedelta(minutes=1), wait=0) is None
    assert notification_since(cloud, "another alarm", now - timedelta(minutes=1), wait=0) is None


def test_times_are_read_in_both_spellings():
    """CloudWatch writes milliseconds and +0000, the emulator whole seconds and Z."""
    expected = datetime(2026, 3, 10, 12, 0, 1, tzinfo=timezone.utc)
    assert state_change_time({"StateChangeTime": "2026-03-10T12:00:01.000+0000"}) == expected
    assert state_change_time({"StateChangeTime": "2026-03-10T12:00:01Z"}) == expected
    assert state_change_time({"StateChangeTime": "yesterday"}) is None
    assert state_change_time({}) is None
