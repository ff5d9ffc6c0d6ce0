"""Standard output has the report and nothing else."""

import json
import os
import shlex
import subprocess
import sys

import pytest
from log_files import record, write
from waiting import PATIENCE

NOISY = """
import atexit, os, subprocess, sys, threading
print("loaded")
atexit.register(lambda: print("at exit"))
atexit.register(lambda: os.write(1, b"past Python, at exit\\n"))
threading.Thread(target=lambda: (threading.main_thread().join(), print("in a thread"))).start()

def noisy(record):
    os.write(1, b"past Python\\n")
    subprocess.run([sys.executable, "-c", "print('another program')"], check=True)
    print("in a detector")
    return True
"""
LATER = """
import os, sys
from workshop import cli
print("before")
cli.main(sys.argv[1:])
print("after", flush=True)
os.write(1, b"and past Python\\n")
"""


@pytest.fixture
def command(tmp_path):
    """The hunt with a detector that writes wherever it can."""
    (tmp_path / "rules.py").write_text(NOISY)
    folder = write(tmp_path / "logs", {f"{n}.json.gz": [record(n)] for n in range(4)})
    return ["hunt", str(folder), "--detector", f"{tmp_path}/rules.py:noisy", "--json"]


def ran(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, **more)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_what_detectors_write_is_no_part_of_the_report(command, processes):
    """Whichever way they write, in whichever process, until the end: it is on standard error."""
    done = ran(sys.executable, "-m", "workshop.cli", *command, "--processes", processes)
    assert (done.returncode, len(json.loads(done.stdout)["matches"]["noisy"])) == (0, 4), done.stderr
    said = ("loaded", "past Python", "another program", "in a thread", "at exit", "past Python, at exit")
    assert [text for text in (*said, "in a detector") if text in done.stderr] == [*said]


def test_a_program_that_calls_it_has_its_output_back(command):
    done = ran(sys.executable, "-c", LATER, *command)
    before, _, rest = done.stdout.partition("\n")
    report, _, after = rest.partition("\nafter\n")
    assert (before, len(json.loads(report)["matches"]["noisy"])) == ("before", 4)
    assert after.startswith("and past Python\n")


@pytest.mark.skipif(os.name == "nt", reason="the shell of Unix closes them")
@pytest.mark.parametrize(
    ("closed", "status", "matches"),
    [("2>&-", 0, 4), (">&-", 1, None), ("| :", 1, None), (">/dev/full", 1, None)],
    ids=["errors", "output", "reader", "disk"],
)
def test_a_stream_that_is_closed_is_none(command, tmp_path, closed, status, matches):
    """Without standard error the report is as ever; one that nobody got was not given, and the state stays."""
    line = shlex.join([sys.executable, "-m", "workshop.cli", *command, "--since-last", str(tmp_path / "state.json")])
    done = ran("bash", "-c", f"set -o pipefail; {line} {closed}")
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "state.json").exists() == (status == 0)
    if matches:
        assert len(json.loads(done.stdout)["matches"]["noisy"]) == matches
