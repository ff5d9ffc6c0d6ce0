"""Any number of processes, forked or started anew: the same results, whatever happens to them, and none is left."""

import concurrent.futures.process
import contextlib
import functools
import gzip
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time

import pandas as pd
import psutil
import pytest
from log_files import record, write
from waiting import PATIENCE, wait_for

from workshop.hunting.hunt import hunt
from workshop.lake.year import generate_year
from workshop.logs import worker_processes
from workshop.logs.table.events import load_events

NUMBERS = (1, 2, 3, 5)
# Linux forks; what the other systems do is tried there, too.
FORKED = pytest.param(True, marks=pytest.mark.skipif(sys.platform != "linux", reason="fork is safe on Linux only"))
BOTH_WAYS = pytest.mark.parametrize("forked", [FORKED, False], ids=lambda forked: "forked" if forked else "anew")
SIGNALS = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows ends processes in another way")


@pytest.fixture
def way(forked, monkeypatch):
    monkeypatch.setattr(worker_processes, "_forks", lambda: forked)


@pytest.fixture
def folder(tmp_path):
    """Duplicates across files, what cannot be read, odd values."""
    files = {f"{n:02}.json.gz": [record(n), record(n + 1, eventName=f"Call{n}"), record(9, x=n)] for n in range(40)}
    files |= {"07.json.gz": b"?", "11.json.gz": gzip.compress(json.dumps({"Records": [5, record(3)]}).encode())}
    files |= {"12.json.gz": [record(77, userAgent=["a", "b"], eventTime="later")], "39.json.gz": b""}
    return write(tmp_path, files)


def calls(record):
    if record["eventName"].startswith("Call"):
        print(record["eventTime"], record["userIdentity"]["arn"])
        return True
    return False


def raises(record):
    return record["requestParameters"]["limit"] / (record["eventID"] != "event-9")


def looks_at_all(record):
    return '"x": 1' in json.dumps(record)


def without_processes(table):
    return {**table.attrs, "processes": None}


@BOTH_WAYS
def test_a_table_is_the_same_by_however_many_processes(folder, way):
    """Same rows in the same order, same counts, same complaints."""
    alone = load_events(folder, processes=1)
    assert len(alone.attrs["skipped"]) == 4
    for number in NUMBERS:
        shared = load_events(folder, processes=number)
        pd.testing.assert_frame_equal(alone, shared)
        for name in alone:
            pd.testing.assert_series_equal(alone[name], shared[name])
        assert without_processes(alone) == without_processes(shared)
        assert shared.attrs["processes"]["number"] == number


@BOTH_WAYS
@pytest.mark.parametrize("detectors", [(calls, raises), (looks_at_all, calls)], ids=["few fields", "whole records"])
def test_a_hunt_is_the_same_by_however_many_processes(folder, way, detectors):
    """Matches, prints, errors, duplicates, what was skipped; also where records are shown in full."""
    alone = hunt(folder, *detectors, processes=1)
    assert len(alone) > 10
    for number in NUMBERS:
        shared = hunt(folder, *detectors, processes=number)
        pd.testing.assert_frame_equal(alone, shared)
        assert without_processes(alone) == without_processes(shared)


@BOTH_WAYS
def test_a_year_is_the_same_by_however_many_processes(tmp_path, way):
    """File by file."""
    texts = []
    for number in NUMBERS:
        year = generate_year(3_000, tmp_path / str(number), per_file=20, processes=number, progress=False)
        files = sorted(year.folder.rglob("*.json.gz"))
        texts.append({path.relative_to(year.folder): gzip.decompress(path.read_bytes()) for path in files})
        assert (year.records, year.files) == (3_000, len(files))
    assert all(one == texts[0] for one in texts)


# ------------------------------------------------------------------------------------------ what may happen


def numbers_of(stretches, report, dies_unless=None, how=None):
    """Return the numbers of all stretches taken; in another process than `dies_unless` do something to it first."""
    done = []
    for stretch in stretches:
        if dies_unless not in (None, os.getpid()):
            how()
        done += stretch
        if report(len(done), len(done)):
            break
        time.sleep(0.001)  # so that all get some
    return done


def is_killed():
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def fails():
    raise LookupError("it fails there")


@BOTH_WAYS
@pytest.mark.parametrize("how", [is_killed, fails])
def test_when_other_processes_die_their_work_is_done_here(way, how):
    """Killed for want of memory, say: nothing is missing, and nothing is there twice."""
    work = functools.partial(numbers_of, dies_unless=os.getpid(), how=how)
    for number in NUMBERS:
        results = worker_processes.share(1000, work, number)
        assert sorted(number for result in results for number in result) == list(range(1000))


@BOTH_WAYS
def test_when_one_of_several_is_killed_the_others_work_counts(way, tmp_path):
    """Whichever it is."""
    marker = tmp_path / "killed"

    def one_is_killed():
        with contextlib.suppress(FileExistsError):
            marker.touch(exist_ok=False)
            is_killed()

    def waits_for_that(stretches, report):
        wait_for(marker.exists, "process that is killed")
        return numbers_of(stretches, report)

    work = functools.partial(numbers_of, dies_unless=os.getpid(), how=one_is_killed)
    results = worker_processes.share(1000, work, 4, here=waits_for_that)
    assert sorted(number for result in results for number in result) == list(range(1000))


@BOTH_WAYS
def test_what_is_shown_is_what_all_have_done_and_can_stop_all(way):
    """After a third of the work."""
    shown = []

    def show(files, records):
        shown.append((files, records))
        return files > 300

    results = worker_processes.share(1000, numbers_of, 3, show=show)
    assert shown == sorted(shown)
    assert shown[-1][0] > 300
    assert 300 <= sum(map(len, results)) < 1000


def run_script(tmp_path, text, *arguments):
    """Start a script of one's own, without the usual guard of its main part."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(text), encoding="utf-8")
    return subprocess.Popen([sys.executable, script, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


SLOW_HUNT = """
    import sys, time
    from workshop.hunting.hunt import hunt
    from workshop.logs import worker_processes

    worker_processes._forks = lambda: sys.argv[2] == "True"
    pause = time.sleep

    def slow(record):
        print(record["eventID"])
        pause(0.05)
        return True

    print("begins", flush=True)
    matches = hunt(sys.argv[1], slow, processes=3, progress=False)
    print(len(matches), len(matches.attrs["unread"]), flush=True)
"""


def workers_of(process):
    """Return a process's other processes once all three of them are there and at work."""
    process.stdout.readline()
    python = psutil.Process(process.pid)

    def working():
        children = [one for one in python.children() if "resource_tracker" not in " ".join(one.cmdline())]
        return children if len(children) >= 2 else None

    children = wait_for(working, "two other processes")
    time.sleep(1.5)  # imports, where they are started anew
    return children


@SIGNALS
@BOTH_WAYS
def test_an_interrupt_ends_all_and_keeps_what_was_found(tmp_path, forked):
    """Ctrl-C reaches all processes of a terminal."""
    write(tmp_path, {f"{n:03}.json.gz": [record(n)] for n in range(300)})
    process = run_script(tmp_path, SLOW_HUNT, tmp_path, forked)
    children = workers_of(process)
    for one in (*children, process):
        one.send_signal(signal.SIGINT)
    found, unread = map(int, process.communicate(timeout=PATIENCE)[0].split())
    assert found > 0
    assert unread > 0
    assert found + unread == 300
    assert psutil.wait_procs(children, timeout=PATIENCE)[1] == []


@SIGNALS
@BOTH_WAYS
def test_no_process_outlives_the_one_that_started_it(tmp_path, forked):
    """Also when that is killed, and can do nothing about it."""
    write(tmp_path, {f"{n:04}.json.gz": [record(n)] for n in range(2_000)})
    process = run_script(tmp_path, SLOW_HUNT, tmp_path, forked)
    children = workers_of(process)
    process.kill()
    process.communicate()
    assert psutil.wait_procs(children, timeout=PATIENCE)[1] == []


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_an_interrupt_while_they_are_forked_ends_those_that_are_there(monkeypatch):
    """Python waits at its end for each that is left: it would never end."""

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(concurrent.futures.process, "_ExecutorManagerThread", interrupted)  # comes behind the fork
    with pytest.raises(KeyboardInterrupt):
        worker_processes.share(10, lambda stretches, report: list(stretches), 3)
    wait_for(lambda: not multiprocessing.active_children(), "end of the processes that were forked")


@BOTH_WAYS
def test_functions_of_a_notebooks_cells_reach_the_processes(folder, way):
    """With what they use: no other process has such a module to import it from."""
    cell = {"__name__": "__main__"}
    exec("NAMES = ('Call3', 'Call5')\ndef mine(record):\n    return record['eventName'] in NAMES", cell)  # noqa: S102
    found = hunt(folder, cell["mine"], processes=3)
    assert sorted(found["eventName"]) == ["Call3", "Call5"]


# ------------------------------------------------------------------------------------------ how many


def test_without_a_wish_the_bytes_and_the_processors_decide(monkeypatch):
    """A process more for every so many bytes, as long as there are processors and parts."""
    monkeypatch.setattr(worker_processes, "processors_here", lambda: 4)
    monkeypatch.setattr(worker_processes, "_forks", lambda: True)
    numbers = [
        worker_processes.choose(None, lambda size=size: size, 100).number for size in (0, 10**6, 5 * 10**6, 10**9)
    ]
    assert numbers == [1, 1, 3, 4]
    assert worker_processes.choose(None, lambda: 10**9, 2).number == 2
    assert worker_processes.choose(None, lambda: 18_400_000, 100).why == "18.4 MB and 4 processors"
    monkeypatch.setattr(worker_processes, "_forks", lambda: False)
    assert worker_processes.choose(None, lambda: 18_400_000, 100).number == 1
    assert worker_processes.choose(None, lambda: 10**9, 100).number == 4


def test_how_many_there_were_and_why_is_said(folder):
    """Few files are read by one."""
    chosen = load_events(folder).attrs["processes"]
    assert chosen["number"] == 1
    assert chosen["why"].startswith("0.0 MB and ")
    assert hunt(folder, calls, processes=50).attrs["processes"] == {
        "number": 40,
        "why": "50 asked for, there is work for 40",
    }


@pytest.mark.parametrize("number", [0, -1, 1.5, "two"])
def test_something_else_than_a_number_is_refused(folder, number):
    """With what it can be."""
    with pytest.raises(ValueError, match="processes is a number, 1 or more, or None"):
        load_events(folder, processes=number)
    with pytest.raises(ValueError, match="processes is a number, 1 or more, or None"):
        hunt(folder, calls, processes=number)
