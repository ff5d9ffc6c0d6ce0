"""Ctrl+C at each step of the demo and of the lab's start: no process is left, no folder, no traceback of the kit."""

import os
import re
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from waiting import PATIENCE, eventually, wait_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends processes with signals that Windows does not have")


def begin(tmp_path, *arguments):
    """Start a command of the kit in a session of its own, in which Ctrl+C is heard; return process, lines, reader."""
    (tmp_path / "tmp").mkdir()
    names = ("WORKSHOP_HOME", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    own = {name: str(tmp_path / name.lower()) for name in names} | {"TMPDIR": str(tmp_path / "tmp")}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "workshop.cli", *arguments],
        env=os.environ | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    lines = []

    def read():
        with process.stdout:
            for line in process.stdout:
                lines.append(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    return process, lines, reader


def left_of(process, folder):
    """Return the processes that live in the session of a command, or have its folder on their command line."""
    found = []
    for one in psutil.process_iter(["cmdline", "status"]):
        if one.info["status"] == psutil.STATUS_ZOMBIE or one.pid == os.getpid():
            continue
        try:
            in_session = os.getsid(one.pid) == process.pid
        except OSError:
            continue
        if in_session or any(str(folder) in word for word in one.info["cmdline"] or ()):
            found.append(one)
    return found


@pytest.mark.parametrize("step", range(1, 9))
def test_ctrl_c_in_the_demo(tmp_path, step):
    """At each of its steps: one line, status 1; the emulator, and the demo's folder, are gone."""
    process, lines, reader = begin(tmp_path, "demo")
    try:
        wait_for(lambda: any(re.match(rf"{step}\. ", line) for line in lines), lambda: f"step {step} in {lines}")
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE) == 1
        reader.join(PATIENCE)
        assert lines[-1].endswith("workshop: interrupted\n")  # perhaps behind half a line
        assert "Traceback" not in "".join(lines)
        assert eventually(lambda: not left_of(process, tmp_path)), left_of(process, tmp_path)
        assert list((tmp_path / "tmp").glob("workshop-demo-*")) == []
    finally:
        for one in left_of(process, tmp_path):
            one.kill()


@pytest.mark.parametrize("after", [0.1, 0.5, 1, 2, 4])
def test_ctrl_c_while_the_lab_starts(tmp_path, after):
    """At any moment of its start: nothing is left of it, and the last line says that it was interrupted."""
    process, lines, reader = begin(tmp_path, "lab", "--no-browser", "--port", "0")
    try:
        time.sleep(after)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(PATIENCE)
        reader.join(PATIENCE)
        # Python itself says so in its own words before it runs the kit.
        assert "nterrupt" in lines[-1], lines
        assert eventually(lambda: not left_of(process, tmp_path)), left_of(process, tmp_path)
    finally:
        for one in left_of(process, tmp_path):
            one.kill()
