"""The local emulator on machines that lack something, and beside another checkout's."""

import contextlib
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from attack_file import silence
from disks import mounted
from plain_answers import deleting_logs, publish_anomalies
from unplugged import ROOT, unplugged
from waiting import PATIENCE, wait_for

from workshop import places
from workshop.cloud import clock, connection
from workshop.cloud.activity import trigger as triggers
from workshop.cloud.alarm import watch
from workshop.cloud.emulator import emulator, ministack_process
from workshop.cloud.function.deploy import deploy


def outcome_of_an_attack(attack):
    cloud = connection.connect(show=lambda line: None)
    deployment = deploy(cloud, deleting_logs, publish_anomalies, progress=silence())
    assert deployment.deployed, deployment.reason
    put = triggers.trigger(cloud, attack, progress=silence())
    return watch.watch_alarm(cloud, put, progress=silence()).outcome


def test_two_checkouts_have_an_emulator_each(home, tmp_path, monkeypatch):
    """Each with its own stack; stopping one leaves the other alone."""
    first = connection.connect(show=lambda line: None)
    other = tmp_path / "home 2"  # its path begins like that of the first
    other.mkdir()
    with monkeypatch.context() as patch:
        patch.setenv("WORKSHOP_HOME", str(other))
        second = connection.connect(show=lambda line: None)
        buckets = [cloud.client("s3").list_buckets()["Buckets"][0]["Name"] for cloud in (first, second)]
        assert buckets[0] != buckets[1]
        assert emulator.stop() == "The local AWS emulator is stopped."
    assert first.describe_stack()["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize("name", ["with spaces", "ünï-日本語-🔥", "x" * 200, 'a\'b "c" $d &e %f'])
def test_folders_of_any_name(tmp_path, monkeypatch, attack, name):
    """Spaces, unicode, 200 characters, what shells read otherwise: the alarm turns red, and what is in it is kept."""
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.setenv("WORKSHOP_HOME", str(folder))
    try:
        assert outcome_of_an_attack(attack) == "alarm"
        wait_for(ministack_process.kept(places.state() / "emulator").exists, "file with what the emulator keeps")
    finally:
        emulator.stop()


@pytest.mark.parametrize("hours", [-26, -1, 1, 26])
def test_a_clock_that_was_changed(home, monkeypatch, attack, hours):
    """The notebook's clock differs by hours from the emulator's, as after a change: the alarm is seen all the same."""
    real = clock.now
    for module in (clock, triggers, watch):
        monkeypatch.setattr(module, "now", lambda: real() + timedelta(hours=hours), raising=False)
    assert outcome_of_an_attack(attack) == "alarm"


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    """One line, what to do, and nothing is left running; with room it starts."""
    with mounted(tmp_path / "disk", "size=1m") as disk:
        monkeypatch.setenv("WORKSHOP_HOME", str(disk))
        places.state()
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1000))
        with pytest.raises(emulator.EmulatorError, match="Make room on the disk"):
            emulator.start()
        assert emulator._processes() == []
        (disk / "filler").unlink()
        try:
            assert emulator.start()
        finally:
            emulator.stop()


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    """A file system that is read-only: one line, which names the folder; writable again, it starts."""
    with mounted(tmp_path / "disk", "size=50m") as disk:
        monkeypatch.setenv("WORKSHOP_HOME", str(disk))
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, timeout=PATIENCE)
        with pytest.raises(emulator.EmulatorError) as refused:
            connection.connect(show=lambda line: None)
        assert "See that you may write to" in str(refused.value)
        assert str(disk) in str(refused.value)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True, timeout=PATIENCE)
        try:
            assert emulator.start()
        finally:
            emulator.stop()


@pytest.mark.skipif(not ROOT, reason="only root can leave a network namespace with a single port")
def test_no_free_port_is_said(home):
    """A machine with a single port left, which is taken: one line, and what to do."""
    program = (
        "import socket, sys; from workshop.cloud.emulator import emulator\n"
        "taken = [socket.create_server(('127.0.0.1', port)) for port in (50000, 50001)]\n"
        "try: emulator.start()\n"
        "except emulator.EmulatorError as error: print(error)\n"
    )
    limited = 'echo 50000 50001 > /proc/sys/net/ipv4/ip_local_port_range; exec "$@"'
    command = unplugged(["sh", "-c", limited, "sh", sys.executable, "-c", program])
    environment = {**os.environ, "PYTHONPATH": str(places.checkout())}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert "No port of 127.0.0.1 is free" in done.stdout, done.stdout + done.stderr
