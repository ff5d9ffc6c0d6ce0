"""The life of the local emulator: one for a checkout, on this machine only, whatever happened to it before."""

import dataclasses
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import psutil
import pytest
from botocore.exceptions import ClientError
from waiting import PATIENCE, wait_for

from workshop import places
from workshop.cloud import connection
from workshop.cloud.emulator import emulator, ministack_process

START = "from workshop.cloud.emulator import emulator; e = emulator.start(); print(e.pid, e.port)"


def run_python(program, *arguments, **options):
    """Start a Python of its own, as a notebook's kernel is one, in this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(places.checkout()), **options.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], env=environment, stdout=subprocess.PIPE, text=True, **options
    )


def status_of(running, headers):
    """Return the HTTP status of a request to the emulator with these headers."""
    server = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
    try:
        server.request("POST", "/_ministack/reset", headers=headers)
        return server.getresponse().status
    finally:
        server.close()


def test_six_kernels_that_race_get_one_emulator(home):
    """Six notebooks that connect at the same moment all find the same emulator, and only one was started."""
    kernels = [run_python(START) for _ in range(6)]
    answers = {kernel.communicate(timeout=PATIENCE)[0] for kernel in kernels}
    assert len(answers) == 1
    assert len(emulator._processes()) == 1


def test_the_emulator_outlives_the_kernel_that_started_it(home):
    """A kernel starts it and ends; the next one finds it. It runs in a session of its own, so Ctrl+C spares it."""
    pid, port = map(int, run_python(START).communicate(timeout=PATIENCE)[0].split())
    found = emulator.find()
    assert (found.pid, found.port) == (pid, port)
    if hasattr(os, "getsid"):
        assert os.getsid(pid) == pid


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"pid": 1}', '{"pid": 1, "port": "x", "secret": 3}', "\0"])
def test_a_corrupt_state_file_does_not_make_a_second_emulator(home, content):
    """The emulator that runs is found by its command line and goes on, with what is in it."""
    first = emulator.start()
    (places.state() / "emulator.json").write_text(content)
    assert emulator.find() == first
    (places.state() / "emulator.json").write_text(content)
    assert emulator.start() == first


def test_a_lost_state_file_does_not_make_a_second_emulator(home):
    """As with a corrupt one."""
    first = emulator.start()
    (places.state() / "emulator.json").unlink()
    assert emulator.start() == first


def test_a_stale_state_file_is_replaced_and_its_pid_left_alone(home):
    """The file tells of a process that is something else by now: that is spared, and a new emulator started."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        stale = emulator.Emulator(bystander.pid, 9, "secret")
        (places.state() / "emulator.json").write_text(json.dumps(dataclasses.asdict(stale)))
        assert emulator.find() is None
        assert emulator.start().pid != bystander.pid
        emulator.stop()
        assert bystander.poll() is None
        bystander.communicate(b"\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_emulator_is_started_anew(home):
    """After a crash or a reboot, the next start makes a new one and remembers it."""
    first = emulator.start()
    os.kill(first.pid, signal.SIGKILL)
    second = emulator.start()
    assert second.pid != first.pid
    assert emulator.find() == second


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot suspend by signal")
def test_a_hung_emulator_is_replaced(home, monkeypatch):
    """One that does not answer within the time allowed is ended, so that there are never two."""
    monkeypatch.setitem(ministack_process.answers.__kwdefaults__, "within", 0.5)
    first = emulator.start()
    os.kill(first.pid, signal.SIGSTOP)
    second = emulator.start()
    assert second.pid != first.pid
    assert [process.pid for process in emulator._processes()] == [second.pid]


def test_a_port_taken_at_the_last_moment_is_not_the_end(home, monkeypatch):
    """Between choosing a free port and listening on it something else took it: another one is tried."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1]])
        free_port = emulator._free_port
        monkeypatch.setattr(emulator, "_free_port", lambda: next(ports, None) or free_port())
        assert emulator.start().port != taken.getsockname()[1]


def test_another_server_at_the_remembered_port_is_not_taken_for_the_emulator(home):
    """Something that answers with 200 to everything has the port now; it gets no credentials from us."""

    class Friendly(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Friendly) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            stranger = emulator.Emulator(os.getpid(), server.server_port, "secret")
            (places.state() / "emulator.json").write_text(json.dumps(dataclasses.asdict(stranger)))
            assert emulator.find() is None
        finally:
            server.shutdown()
            thread.join()


def test_a_failed_start_says_what_the_process_said(home, monkeypatch):
    """The reason is in the error, and nothing is left running."""
    monkeypatch.setattr(ministack_process, "command", lambda folder: ["-c", "raise SystemExit('no such module')"])
    with pytest.raises(emulator.EmulatorError, match="no such module"):
        emulator.start()
    assert emulator._processes() == []


def test_it_listens_on_this_machine_only(home):
    """No other machine in the hotel's network reaches it."""
    listening = [
        address.laddr.ip
        for address in psutil.Process(emulator.start().pid).net_connections("inet")
        if address.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "https://example.com"}, 403),
        ({"Origin": "http://localhost:8888"}, 403),
        ({"Host": "rebound.example.com"}, 403),
    ],
)
def test_web_pages_do_not_reach_it(safe_environment, headers, status):
    """A page open in a browser on this machine cannot reset it, not even under a name that points here."""
    assert status_of(emulator.start(), headers) == status


def test_iam_is_enforced(cloud):
    """A user may do what its policies say and no more, and only with its own secret key."""
    iam = cloud.client("iam")
    iam.create_user(UserName="reader")
    key = iam.create_access_key(UserName="reader")["AccessKey"]

    def list_buckets(secret):
        credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": secret}
        endpoint = emulator.start().endpoint
        session = connection._EndpointSession(endpoint, region_name=connection.REGION, **credentials)
        return session.client("s3").list_buckets()

    with pytest.raises(ClientError, match="AccessDenied"):
        list_buckets(key["SecretAccessKey"])
    statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="reader", PolicyName="reads", PolicyDocument=json.dumps(policy))
    assert list_buckets(key["SecretAccessKey"])["Buckets"]
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        list_buckets("a wrong secret")


def test_its_secret_is_for_this_user_alone(home):
    """It is in no text that is printed, and others cannot read the file."""
    running = emulator.start()
    assert running.secret not in repr(running) + str(running) + emulator.status()
    if os.name != "nt":
        assert stat.S_IMODE((places.state() / "emulator.json").stat().st_mode) == 0o600


def test_it_writes_into_the_state_folder_only(home, monkeypatch, tmp_path):
    """What it and its functions write to the temporary folder lies in the state folder, and goes when it stops."""
    elsewhere = tmp_path / "tmp"
    elsewhere.mkdir()
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    cloud = connection.connect(show=lambda line: None)
    cloud.client("lambda").invoke(FunctionName=cloud.outputs["FunctionName"], Payload=b"{}")
    assert list(elsewhere.iterdir()) == []
    assert list((places.state() / "emulator" / "tmp").glob("ministack-lambda-*"))
    emulator.stop()
    assert not (places.state() / "emulator").exists()


def test_stop_ends_functions_that_are_busy_and_spares_bystanders(home):
    """A function in an endless loop goes with the emulator; a pager that shows its log stays."""
    cloud = connection.connect(show=lambda line: None)
    cloud.client("lambda").update_function_code(
        FunctionName=cloud.outputs["FunctionName"], ZipFile=zipped("while True: pass")
    )
    cloud.client("lambda").invoke(FunctionName=cloud.outputs["FunctionName"], InvocationType="Event", Payload=b"{}")
    folder = places.state() / "emulator"
    wait_for(lambda: len(emulator._processes()) == 2, "second emulator")
    with subprocess.Popen([sys.executable, "-c", "input()", folder / "log.txt"], stdin=subprocess.PIPE) as pager:
        assert emulator.stop() == "The local AWS emulator is stopped."
        assert emulator._processes() == []
        assert pager.poll() is None
        pager.communicate(b"\n")


SLOWLY_READ = """
import io, json, sys, time, zipfile
from workshop.cloud.emulator import ministack_process
from ministack.core import lambda_runtime

class Slow:
    def __init__(self, pipe):
        self.pipe = pipe
    def __iter__(self):
        for line in self.pipe:
            time.sleep(float(sys.argv[2]))
            yield line

def read_slowly(worker):
    for line in Slow(worker._proc.stderr):
        worker._stderr_queue.put(line.rstrip("\\n"))

lambda_runtime.Worker._read_stderr = read_slowly
ministack_process._log_all_that_functions_print()
code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("index.py", sys.argv[1])
arn = "arn:aws:lambda:ca-central-1:111122223333:function:f"
config = {"FunctionName": "f", "FunctionArn": arn, "Runtime": "python3.13", "Handler": "index.handler", "Timeout": 5}
worker = lambda_runtime.Worker("f", config, code.getvalue())
for event in sys.argv[3:]:
    print(json.dumps(worker.invoke(event, "request")["log"].split("\\n")))
worker.kill()
"""


@pytest.mark.parametrize(
    ("ending", "last"),
    [
        ("return 1", ""),
        ("print('no end of line', end=''); return 1", "no end of line"),
        ("raise SystemExit(3)", ""),
        ("time.sleep(3600)", ""),
        ("sys.stderr = None; return 1", ""),
        ("os.close(2); return 1", ""),
    ],
    ids=["returns", "in the middle of a line", "ends python", "never ends", "without output", "with its output closed"],
)
def test_what_a_run_prints_is_in_its_own_log_on_a_busy_machine(ending, last):
    """The emulator reads a function's lines long after it has answered; each run has its own, in their order."""
    lines = ("import os, sys, time", "def handler(event, context):", "    print(event, 1)", "    print(event, 2)")
    events = ["a", "b"] if ending.endswith("return 1") and "sys" not in ending else ["a"]
    pause = "3" if ending == "time.sleep(3600)" else "0.3"  # seconds a line; the function gets 5
    process = run_python(SLOWLY_READ, "\n".join([*lines, f"    {ending}"]), pause, *events)
    printed = [json.loads(line) for line in process.communicate(timeout=PATIENCE)[0].splitlines()]
    assert printed == [[f"{event} 1", f"{event} 2", *filter(None, [last])] for event in events]


def test_stop_says_so_when_there_is_nothing_to_stop(home):
    """It can be called at any time."""
    assert emulator.stop() == emulator.stop() == "The local AWS emulator was not running."


def test_status_tells_where_it_runs(home):
    """Before, how to start it; then its address, account and Region."""
    assert "local start` or connect() starts it" in emulator.status()
    running = emulator.start()
    for part in (running.endpoint, str(running.pid), "111122223333", "ca-central-1"):
        assert part in emulator.status()


def zipped(source):
    """Return a zip file with `source` as its index.py."""
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()
