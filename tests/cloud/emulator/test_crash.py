"""What a crash of the local emulator costs: the next call starts it again, with what was in it, and says so."""

import asyncio
import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest
from attack_file import silence
from disks import mounted
from plain_answers import deleting_logs, publish_anomalies
from waiting import PATIENCE, wait_for

from workshop import places
from workshop.cloud import connection
from workshop.cloud.activity.trigger import trigger
from workshop.cloud.alarm.watch import watch_alarm
from workshop.cloud.emulator import emulator, ministack_process
from workshop.cloud.emulator.lifeline import EmulatorGone
from workshop.cloud.function.deploy import deploy
from workshop.cloud.function.deployed_code import code_hash

signals = pytest.mark.skipif(os.name == "nt", reason="Windows cannot suspend by signal")


class Connected:
    """A connection with code of its own in the function; `said` has what the kit said unasked."""

    def __init__(self):
        self.said = []
        self.cloud = connection.connect(show=self.said.append)
        self.said.clear()
        deployment = deploy(self.cloud, deleting_logs, publish_anomalies, progress=silence())
        assert deployment.deployed, deployment
        self.code = code_hash(self.cloud)
        wait_until_kept("lambda", self.code)

    def kill(self):
        """End the emulator as the kernel of the system does when memory runs out: it can do nothing more."""
        process = psutil.Process(emulator.find().pid)
        process.kill()
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(1)


def kept_file():
    return ministack_process.kept(places.state() / "emulator")


def kept(service):
    """Return what was last kept of a service, as text in which names can be looked for."""
    if not kept_file().exists():
        return ""
    (state, _) = pickle.loads(kept_file().read_bytes())[1].get(service, ({}, {}))
    return str({name: getattr(entries, "_data", entries) for name, entries in state.items()})


def wait_until_kept(service, word):
    wait_for(lambda: word in kept(service), f"{word} in what was kept of {service}")


@pytest.fixture
def connected(home):
    return Connected()


def test_the_next_call_brings_back_stack_code_alarm_and_says_so_in_a_line(connected, attack):
    """kill -9 between two cells: the next cell works as if nothing had been, with the same resources."""
    cloud, bucket = connected.cloud, connected.cloud.resource("CloudTrailBucket")
    connected.kill()
    put = trigger(cloud, attack, progress=silence())
    (line,) = connected.said
    assert line.startswith("The local AWS emulator had ended. It runs again at http://127.0.0.1:")
    assert "with stack, code and metric as they were at" in line
    assert put.bucket == bucket
    assert code_hash(cloud) == connected.code
    assert watch_alarm(cloud, put, progress=silence()).outcome == "alarm"
    assert len(connected.said) == 1


def test_metric_and_alarm_of_before_are_still_there(connected, attack):
    """What was published and what turned red before the crash counts afterwards too."""
    cloud = connected.cloud
    assert watch_alarm(cloud, trigger(cloud, attack, progress=silence()), progress=silence()).outcome == "alarm"
    wait_until_kept("cloudwatch", "'StateValue': 'ALARM'")
    cloudwatch = cloud.client("cloudwatch")

    def all_of_it():
        alarms = cloudwatch.describe_alarms()["MetricAlarms"]
        history = cloudwatch.describe_alarm_history()["AlarmHistoryItems"]
        metrics = cloudwatch.list_metrics(Namespace=cloud.outputs["MetricNamespace"])["Metrics"]
        return alarms, metrics, history

    before = all_of_it()
    assert [alarm["StateValue"] for alarm in before[0]] == ["ALARM"]
    connected.kill()
    assert all_of_it() == before
    assert len(connected.said) == 1


@signals
def test_a_call_that_is_under_way_succeeds(connected):
    """The emulator ends while it owes an answer: the call is made again, to the one that was started again."""
    running = emulator.find()
    connected.cloud.trail.stop("so that no delivery finds it out first", deliver=False)
    os.kill(running.pid, signal.SIGSTOP)
    threading.Timer(0.5, os.kill, (running.pid, signal.SIGKILL)).start()
    assert code_hash(connected.cloud) == connected.code
    assert len(connected.said) == 1


@signals
def test_a_paused_emulator_is_waited_for(connected):
    """SIGSTOP and SIGCONT, as a laptop that sleeps: the call takes as long as the pause, nothing is started anew."""
    running = emulator.find()
    os.kill(running.pid, signal.SIGSTOP)
    threading.Timer(1, os.kill, (running.pid, signal.SIGCONT)).start()
    assert code_hash(connected.cloud) == connected.code
    assert emulator.find() == running
    assert connected.said == []


def test_another_program_has_the_port_by_now(connected, attack):
    """It runs again at another port, and the connection's clients, and those of its trail, go there."""
    cloud, port = connected.cloud, emulator.find().port
    connected.kill()
    with socket.create_server(("127.0.0.1", port)):
        put = trigger(cloud, attack, progress=silence())
        assert emulator.find().port != port
        assert watch_alarm(cloud, put, progress=silence()).outcome == "alarm"
        cloud.client("logs").create_log_group(logGroupName="/mine")
        assert cloud.trail.flush()


def test_the_trail_goes_on(connected):
    """A call that the local trail had recorded, and did not deliver yet, is delivered after the crash."""
    cloud = connected.cloud
    cloud.trail._delivery._window = 60  # in seconds: on a busy machine it would deliver by itself before the crash
    cloud.client("logs").create_log_group(logGroupName="/mine")
    connected.kill()
    assert cloud.trail.flush()
    assert cloud.trail.stopped == ""
    assert len(connected.said) == 1


def test_an_emulator_that_was_stopped_stays_stopped(connected):
    """Closing the lab must leave nothing running, whatever a cell or the trail calls at that moment."""
    cloud = connected.cloud
    cloud.client("logs").create_log_group(logGroupName="/mine")
    emulator.stop()
    with pytest.raises(EmulatorGone, match=r"was stopped. connect\(\) starts it again"):
        cloud.client("sts").get_caller_identity()
    cloud.trail.flush()
    assert emulator._processes() == []
    assert "bucket" in cloud.trail.stopped


def test_two_notebooks_that_lose_it_together_get_one(connected):
    """Both call at the same moment: one emulator, with the code of before."""
    ask = "from workshop.cloud import connection as c; cloud = c.local_cloud(); print('ready', flush=True); input(); "
    ask += "from workshop.cloud.function.deployed_code import code_hash; print(code_hash(cloud))"
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = {**os.environ, "PYTHONPATH": str(places.checkout())}
    notebooks = [subprocess.Popen([sys.executable, "-c", ask], env=environment, **options) for _ in range(2)]
    for notebook in notebooks:
        assert notebook.stdout.readline() == "ready\n"
    connected.kill()
    for notebook in notebooks:
        notebook.stdin.write("\n")
        notebook.stdin.flush()
    said = [notebook.communicate(timeout=PATIENCE)[0].splitlines() for notebook in notebooks]
    assert [lines[-1] for lines in said] == [connected.code] * 2
    assert len([process for process in emulator._processes() if emulator._is_emulator(process)]) == 1


@signals
def test_a_laptop_that_sleeps_in_the_middle_of_a_cell(connected):
    """Notebook and emulator stand still together for some seconds; then the cell goes on, and nothing is said."""
    cell = (
        "import time; from workshop.cloud import connection as c; said = []; cloud = c.local_cloud(show=said.append)\n"
    )
    cell += "from workshop.cloud.function.deployed_code import code_hash; said.clear(); print('working', flush=True)\n"
    cell += "for _ in range(40): found = code_hash(cloud); time.sleep(0.05)\n"
    cell += "print(found, said)"
    environment = {**os.environ, "PYTHONPATH": str(places.checkout())}
    running = emulator.find()
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    notebook = subprocess.Popen([sys.executable, "-c", cell], env=environment, **options)
    assert notebook.stdout.readline() == "working\n"
    os.kill(running.pid, signal.SIGSTOP)
    time.sleep(1)  # the notebook waits for an answer now
    os.kill(notebook.pid, signal.SIGSTOP)
    time.sleep(8)
    for pid in (notebook.pid, running.pid):
        os.kill(pid, signal.SIGCONT)
    assert notebook.communicate(timeout=PATIENCE) == (f"{connected.code} []\n", "")
    assert emulator.find() == running


def test_connect_finds_the_stack_again(connected):
    """A new kernel after a crash, or after the machine was started again: connect() says what is there."""
    connected.kill()
    said = []
    cloud = connection.connect(show=said.append)
    assert said[0].startswith("The local AWS emulator had ended. It runs again")
    assert not any("Creating" in line or "Updating" in line for line in said)
    assert code_hash(cloud) == connected.code


def damaged(content):
    return content[: len(content) // 2]


def of_another_version(content):
    return pickle.dumps(("0.0.1", pickle.loads(content)[1]))


@pytest.mark.parametrize("changed", [damaged, of_another_version, lambda content: b""])
def test_what_was_kept_is_of_no_use(connected, changed):
    """It starts empty and says so; what was kept is set aside, and connect() makes the stack again."""
    file = kept_file()
    connected.kill()
    file.write_bytes(changed(file.read_bytes()))
    assert connected.cloud.describe_stack() is None
    (line,) = connected.said
    assert line.endswith("empty: run connect(), then deploy(...) again.")
    again = connection.connect(show=lambda line: None)
    assert again.describe_stack()["StackStatus"] == "CREATE_COMPLETE"


def test_a_stack_half_made_is_not_kept(home):
    """A crash in the middle of the stack's making: connect() makes it, and does not wait for what never ends."""
    running = emulator.start()
    folder = places.state() / "emulator"
    half = {"arn": {"StackName": connection.STACK, "StackStatus": "CREATE_IN_PROGRESS"}}
    program = f"""
import sys, pathlib
sys.path.insert(0, {str(places.checkout())!r})
from ministack.services import cloudformation
from workshop.cloud.emulator import ministack_process as m
memory = m._Memory(m.kept(pathlib.Path({str(folder)!r})))
cloudformation._stacks._data.update({half!r})
memory.keep()
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=PATIENCE)
    assert not kept_file().exists()
    psutil.Process(running.pid).kill()
    cloud = connection.connect(show=lambda line: None)
    assert cloud.describe_stack()["StackStatus"] == "CREATE_COMPLETE"


def test_a_busy_machine_keeps_the_last_change_too(tmp_path):
    """Copies take so long there that the pause after one is longer than the time in which copies are made."""
    copies = []

    class Memory(ministack_process._Memory):
        _PAUSE, _AFTERWARDS = 0.01, 0

        def keep(self):
            copies.append("copy")
            return True

    async def answered(scope, receive, send):
        await asyncio.sleep(0)

    async def lose_no_request():
        application = Memory(tmp_path / "kept").kept_by(answered)
        await application({"type": "lifespan"}, None, None)
        for made in range(3):
            await asyncio.sleep(0.05)
            assert len(copies) == made
            await application({"type": "http", "path": "/"}, None, None)
            while len(copies) == made:
                await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(lose_no_request(), PATIENCE))


def test_a_full_disk_keeps_it_running(tmp_path, monkeypatch):
    """What was kept stays as it was; the emulator goes on, and keeps its memory again once there is room."""
    with mounted(tmp_path / "disk", "size=8m") as home:
        monkeypatch.setenv("WORKSHOP_HOME", str(home))
        try:
            connected = Connected()
            logs, filler = connected.cloud.client("logs"), home / "filler"
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1000))
            before = kept("cloudwatch_logs")
            logs.create_log_group(logGroupName="/while-full")
            time.sleep(1)  # it tries, and cannot even write that into its log
            with filler.open("r+b") as file:
                file.truncate(filler.stat().st_size - 20_000)
            logs.create_log_group(logGroupName="/while-there-is-room-for-the-log")
            log = places.state() / "emulator" / "log.txt"
            wait_for(lambda: "not kept" in log.read_text(), "word on it in the log")
            assert kept("cloudwatch_logs") == before
            filler.unlink()
            wait_until_kept("cloudwatch_logs", "/while-full")
            connected.kill()
            assert logs.describe_log_groups(logGroupNamePrefix="/while-full")["logGroups"]
            assert code_hash(connected.cloud) == connected.code
        finally:
            emulator.stop()
