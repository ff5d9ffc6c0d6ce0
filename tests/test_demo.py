"""The demo: the whole workshop headless, in a home of its own."""

import gzip
import json
import os
import signal
import sys

import pytest

from workshop import demo, exercises, places
from workshop.cloud.activity import watch_call
from workshop.cloud.emulator import emulator


@pytest.fixture
def attendee(home):
    """The attendee's own folder, with a saved answer in it."""
    answer = places.answers() / "deleting_logs.py"
    answer.parent.mkdir()
    answer.write_text("# mine\n")
    return home


def test_the_demo_shows_the_red_alarm(attendee, capsys):
    """It ends with 0, shows what was detected, the timeline in seconds and where the plot lies, and leaves no trace."""
    assert demo.play() == 0
    output = capsys.readouterr().out
    assert "ALARM: " in output
    assert "turned the alarm red" in output
    for step in ("file put", "Lambda run", "metric", "alarm", "notification"):
        assert step in output
    for title in ("1. Examine the log files", "7. Look at the alarm"):
        assert title in output
    before, title, after = output.partition("8. Delete a real log group and see it caught")
    assert title
    assert "logs:Delete" in before or "cloudtrail:Delete" in before
    assert "/workshop/demo-decoy" in after
    assert "logs:DeleteLogGroup" in after
    assert "CAUGHT: DeleteLogGroup, detected by the Lambda function" in after
    assert "local trail has ended" not in output
    picture = places.state() / "demo" / "alarm.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.name in output
    assert places.home() == attendee
    assert [path.read_text() for path in places.answers().iterdir()] == ["# mine\n"]
    assert not (places.state() / "emulator.json").exists()


def test_the_demo_fails_where_the_alarm_stays_ok(attendee, tmp_path, capsys):
    """Exit status 1, with the reason: here a log file in which nothing is to be detected."""
    quiet = tmp_path / "quiet.json.gz"
    record = {"eventID": "1", "eventTime": "2026-03-10T12:00:00Z", "eventName": "ListBuckets", "eventSource": "s3"}
    quiet.write_bytes(gzip.compress(json.dumps({"Records": [record]}).encode()))
    assert demo.play(quiet) == 1
    output, reason = capsys.readouterr()
    assert "The demo failed" in reason
    assert "the alarm did not fire (nothing detected)" in reason
    assert "ALARM: " not in output


def test_the_demo_fails_with_an_answer_that_does_not_pass(attendee, monkeypatch, capsys):
    """What does not pass its check is not deployed; the reason is the check's own message."""

    def publish_anomalies(cloudwatch, detector, count):
        return None

    others = [answer for answer in exercises.model_answers() if answer.__name__ != "publish_anomalies"]
    monkeypatch.setattr(exercises, "model_answers", lambda: [*others, publish_anomalies])
    assert demo.play() == 1
    assert "publish_anomalies does not pass its own check" in capsys.readouterr().err


def test_the_demo_fails_where_the_deletion_is_not_caught(attendee, monkeypatch, capsys):
    """Exit status 1, and what became of the call: here the trail has stopped before."""
    look = demo._look

    def look_and_stop(cloud, picture):
        look(cloud, picture)
        cloud.trail.stop("by the test")
        monkeypatch.setitem(watch_call._PATIENCE, "local", 1)

    monkeypatch.setattr(demo, "_look", look_and_stop)
    assert demo.play() == 1
    output, reason = capsys.readouterr()
    assert "was not caught (timed out)" in reason
    assert "CAUGHT" not in output


class Interrupted:
    """An object in whose finalizer Ctrl+C arrives: Python drops the KeyboardInterrupt."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


@pytest.fixture
def ctrl_c():
    """Have SIGINT mean what it means in a terminal: programs that a shell starts in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("step", ["_explore", "_play"])
def test_ctrl_c_is_heard_when_python_drops_it(ctrl_c, attendee, monkeypatch, capsys, step):
    """The demo ends before its next line, and after its last one at the latest; Ctrl+C means what it meant before."""
    monkeypatch.setattr(demo, step, lambda *arguments: Interrupted() and None)
    with pytest.raises(KeyboardInterrupt):
        demo.play()
    assert "2. Check the four functions" not in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert places.home() == attendee


def test_ctrl_c_while_the_demo_clears_away(ctrl_c, attendee, monkeypatch):
    """The emulator is stopped all the same, and then the demo is interrupted."""
    stop, stopped = emulator.stop, []

    def pressed_and_stop():
        signal.raise_signal(signal.SIGINT)
        stopped.append(stop())

    monkeypatch.setattr(demo, "_play", lambda *arguments: None)
    monkeypatch.setattr(emulator, "stop", pressed_and_stop)
    with pytest.raises(KeyboardInterrupt):
        demo.play()
    monkeypatch.undo()
    assert len(stopped) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_ctrl_c_in_a_process_that_was_just_forked(ctrl_c, attendee, monkeypatch):
    """It is the demo that is interrupted: a process of its that reads files shows no traceback."""
    ends = []

    def fork(*arguments):
        if child := os.fork():
            ends.append(os.waitpid(child, 0)[1])
            return
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            os._exit(sys.exc_info()[0] is not None)

    monkeypatch.setattr(demo, "_play", fork)
    assert demo.play() == 0
    assert ends == [0]
