"""Ctrl-C in a hunt: what was found is printed, and is not read again."""

import json
import os
import signal
import subprocess
import sys

import pytest
from log_files import record, write
from waiting import PATIENCE, wait_for

SLOW = """
import os, signal
calls = 0
def slow(record):
    global calls
    calls += 1
    if calls == {at}:
        os.kill(os.getpid(), signal.{signal})
    return True
"""


def hunted(folder, *arguments):
    command = [sys.executable, "-m", "workshop.cli", "hunt", str(folder), "--json", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.returncode, json.loads(done.stdout), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal to one process")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupted_hunt_prints_what_it_has_found(tmp_path, name):
    """It ends after the current file; the next hunt with the state file reads the rest, and each file once."""
    folder, rule, state = tmp_path / "logs", tmp_path / "rules.py", tmp_path / "state.json"
    write(folder, {f"{n}.json.gz": [record(2 * n), record(2 * n + 1)] for n in range(4)})
    rule.write_text(SLOW.format(at=3, signal=name))
    arguments = ("--detector", f"{rule}:slow", "--since-last", state)
    status, report, errors = hunted(folder, *arguments)
    assert (status, report["interrupted"], report["status"]) == (1, True, 1)
    found = [match["eventID"] for match in report["matches"]["slow"]]
    assert found == ["event-0", "event-1", "event-2", "event-3"]
    assert report["unread"] == [str(folder / "2.json.gz"), str(folder / "3.json.gz")]
    assert "interrupted: 2 files were not read" in errors
    rule.write_text(SLOW.format(at=-1, signal=name))
    status, report, _ = hunted(folder, *arguments)
    assert (status, report["interrupted"], report["files"]) == (0, False, 2)
    assert [match["eventID"] for match in report["matches"]["slow"]] == [f"event-{n}" for n in range(4, 8)]


PRINTING = """
import os, signal, sys
from workshop import cli
from workshop.hunt_command import {module}
real = {module}.{name}
def interrupted(*arguments, **options):
    os.kill(os.getpid(), signal.SIGINT)
    return real(*arguments, **options)
{module}.{name} = interrupted
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal to one process")
@pytest.mark.parametrize(
    ("module", "name", "status"),
    [("report", "read_again", 0), ("command", "print_report", 0), ("report", "sweep", 1), ("command", "learn", 1)],
)
def test_an_interrupt_before_and_after_the_reading(tmp_path, module, name, status):
    """When all is read, the output comes in full and the state is kept; before that there is nothing to print."""
    folder, state = tmp_path / "logs", tmp_path / "state.json"
    rules = tmp_path / "rules.py"
    rules.write_text("def every(record, known):\n    return True\n")
    write(folder, {"1.json.gz": [record(1, eventName="DeleteTrail")]})
    program = PRINTING.format(module=module, name=name)
    arguments = [
        "hunt",
        str(folder),
        "--json",
        "--detector",
        str(rules),
        "--since-last",
        str(state),
    ]
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    report = json.loads(done.stdout)
    assert done.returncode == status, done.stderr
    assert report["interrupted"] == (status == 1)
    assert report["unread"] == (None if status else [])
    assert ("interrupted before there was anything to report: no file counts as read" in done.stderr) == (status == 1)
    assert len(report["matches"]["every"]) == (status == 0)
    assert state.exists() == (status == 0)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="a terminal of Unix sends it to all processes")
def test_an_interrupt_of_all_processes_of_a_hunt(tmp_path):
    """As a terminal sends it; what each of them has found is there."""
    folder, rule, mark = tmp_path / "logs", tmp_path / "rules.py", tmp_path / "begun"
    write(folder, {f"{n:03}.json.gz": [record(2 * n), record(2 * n + 1)] for n in range(200)})
    rule.write_text(
        "import os, time\ndef slow(record):\n"
        f"    open({str(mark)!r}, 'a').close()\n    time.sleep(0.05)\n    return True\n"
    )
    command = [sys.executable, "-m", "workshop.cli", "hunt", folder, "--json", "--processes", "2"]
    command += ["--detector", f"{rule}:slow"]
    with subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        wait_for(lambda: mark.exists() or process.poll() is not None, "record shown to the detector")
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    report = json.loads(output)
    assert (process.returncode, report["interrupted"]) == (1, True), errors
    assert report["files"] + len(report["unread"]) == 200
    assert len(report["matches"]["slow"]) == 2 * report["files"]
