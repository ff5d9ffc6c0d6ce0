"""Whatever a function does, check ends, says what happened in the attendee's own lines, and leaves nothing behind.

So does deploy's rehearsal: it runs the same functions in the same sandbox.
"""

import os
import socket
import subprocess
import sys
import unittest.mock
from pathlib import Path

import psutil
import pytest
from cells import function_of, run_cell

from workshop import places
from workshop.attendee_code.packaging import PackagingError, package
from workshop.cloud.function.rehearsal import rehearse
from workshop.exercises import check

HEAD = "from workshop import print_short_record\n\n"
RIGHT = """
def deleting_logs(record):
    if record["eventSource"] in ("logs.amazonaws.com", "cloudtrail.amazonaws.com"):
        if record["eventName"].startswith("Delete"):
            print_short_record(record)
            return True
    return False
"""


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def _nothing_left_behind():
    """No process of a check outlives it, and this process keeps its streams and its folder."""
    before = sys.stdout, sys.stdin, os.getcwd()
    yield
    left = [child for child in psutil.Process().children(recursive=True) if _is_of_a_check(child)]
    assert left == []
    assert before == (sys.stdout, sys.stdin, os.getcwd())


def _is_of_a_check(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE and any("sandbox_child" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False


def cell(*lines):
    """Return deleting_logs with these lines as its body, from line 4 of its cell on."""
    return function_of(
        HEAD + "def deleting_logs(record):\n" + "".join(f"    {line}\n" for line in lines), "deleting_logs"
    )


BAD = {
    "endless loop": (["while True:", "    pass"], "never_ends", "In your code:\n    line "),
    "endless pattern": (["import re", "return re.match('(a+)+$', 'a' * 40 + 'b')"], "never_ends", "line 5:"),
    "waits": (["import time", "time.sleep(3600)"], "never_ends", "line 5:  time.sleep(3600)"),
    "slow": (["import time", "time.sleep(0.15)", "return False"], "too_slow", "line 5:  time.sleep(0.15)"),
    "recursion": (["return deleting_logs(record)"], "recursion", "line 4:  return deleting_logs(record)"),
    "SystemExit": (["raise SystemExit"], "ends_python", "line 4:  raise SystemExit"),
    "sys.exit": (["import sys", "sys.exit(0)"], "ends_python", "line 5:  sys.exit(0)"),
    "KeyboardInterrupt": (["raise KeyboardInterrupt"], "ends_python", "line 4:"),
    "os._exit": (["import os", "os._exit(0)"], "ends_python", ""),
    "os.abort": (["import os", "os.abort()"], "ends_python", "line 5:"),
    "segfault": (["import ctypes", "ctypes.string_at(0)"], "ends_python", "line 5:"),
    "input": (["return input('really?') == 'y'"], "asks_for_input", "line 4:"),
    "memory": (["return len('x' * 10**11) > 0"], "memory", "line 4:"),
    "wrong type": (["return record + 1"], None, "line 4:  return record + 1"),
    "own exception": (
        ["class Odd(Exception):", "    def __str__(self):", "        1 / 0", "raise Odd"],
        None,
        "line 7:",
    ),
    "ignores SIGTERM": (
        ["import signal", "signal.signal(signal.SIGTERM, signal.SIG_IGN)", "while True: pass"],
        "never_ends",
        "line 6:",
    ),
    "catches everything": (
        ["while True:", "    try:", "        raise KeyboardInterrupt", "    except BaseException: pass"],
        "never_ends",
        "line",
    ),
    "typo": (["return recrod['eventName']"], "not_in_lambda", "line 4:  return recrod['eventName']"),
    "pandas": (["import pandas", "return False"], "not_in_lambda", "line 4:  import pandas"),
    "nested error": (["def inner():", "    return record['nothing']", "return inner()"], "unknown_field", "line 5:"),
}


@pytest.mark.parametrize("what", BAD)
def test_every_end_but_a_return_is_reported(what):
    """The outcome is "raised", with what it means and the line of the cell where it happened."""
    lines, misconception, shown = BAD[what]
    result = check(cell(*lines))
    assert result.outcome == "raised", result
    assert result.misconception == misconception, result
    assert shown in result.message
    assert "index.py" not in result.message
    assert "sandbox_child" not in result.message


REFUSED = {"typo", "pandas"}  # never run: packaging refuses them, for deploy too
ENDS = {
    "did not end": {"endless loop", "endless pattern", "waits", "ignores SIGTERM", "catches everything"},
    "ended its process": {"os._exit", "os.abort", "segfault"},
    "the code failed": {"SystemExit", "sys.exit", "KeyboardInterrupt"},
    "deleting_logs fails on each sample record": {"recursion", "input", "memory", "wrong type", "own exception"}
    | {"nested error"},
}


@pytest.mark.parametrize("what", BAD)
def test_the_rehearsal_ends_whatever_the_function_does(what):
    """It refuses what check calls raised. Only what is slow may be deployed, if it takes less than a second a file."""
    function = cell(*BAD[what][0])
    if what in REFUSED:
        with pytest.raises(PackagingError):
            package(function)
        return
    problem = rehearse(package(function)).problem
    if what == "slow":
        assert problem is None
        return
    said = next(text for text, names in ENDS.items() if what in names)
    assert said in problem
    assert "sandbox_child" not in problem


HARMLESS = {
    "prints by the megabyte": ['print("x" * 100_000)'],
    "closes its streams": ["import sys", "sys.stdout.close()", "sys.stderr.close()"],
    "writes past Python": ["import os", "os.write(1, b'x' * 1000)"],
    "threads": ["import threading, time", "threading.Thread(target=time.sleep, args=(3600,)).start()"],
    "breaks json": ["import json", "json.dumps = json.loads = None"],
    "breaks builtins": ["import builtins", "builtins.print = builtins.len = builtins.open = None"],
    "forks": ["import os", "pid = os.fork() if hasattr(os, 'fork') else 1"],
    "changes folder": ["import os", "os.chdir('/')"],
    "sets a trace": ["import sys", "sys.settrace(None)"],
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_does_no_harm_is_judged_by_its_verdicts(what):
    """Odd but harmless things around a wrong verdict: the verdict is what counts."""
    result = check(cell(*HARMLESS[what], "return False"))
    assert result.outcome == "wrong", result
    assert result.misconception == "early_return_false"


# The analyzer's handler goes on in the same process, and there it needs what these take away, as it would in Lambda.
TAKES_AWAY = {"closes its streams", "breaks json", "breaks builtins"}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_does_no_harm_is_rehearsed(what):
    """Odd but harmless things may be deployed; what breaks the handler is refused."""
    problem = rehearse(package(cell(*HARMLESS[what], "return False"))).problem
    assert ("the code failed" in problem) if what in TAKES_AWAY else problem is None


@pytest.mark.parametrize(
    "thing",
    [
        None,
        3,
        "deleting_logs",
        "",
        [],
        print,
        len,
        dict,
        object(),
        lambda record: True,
        unittest.mock.Mock(),
        unittest.mock.MagicMock(__name__="deleting_logs"),
        type("deleting_logs", (), {}),
        pytest,
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_is_no_answer_is_told_so(thing):
    """A mock, a name, a class, None: check says what it needs instead of raising."""
    result = check(thing)
    assert result.outcome in ("not attempted", "raised")
    assert not result.passed
    assert result.message
    assert repr(result)
    assert result._repr_html_()


def test_unknown_name_gets_the_names_there_are():
    """A function with a name of its own is told the exercises, and the closest of them."""
    result = check(function_of("def deleting_log(record):\n    return False\n", "deleting_log"))
    assert "deleting_logs" in result.message
    assert "Did you mean deleting_logs?" in result.message


def test_name_of_the_notebook_only_is_named():
    """What exists only in the notebook is named, since it cannot run in Lambda."""
    namespace = run_cell("import pandas\nevents = pandas.DataFrame()\n")
    run_cell("def deleting_logs(record):\n    x = 1\n    return len(events) > 0\n", namespace)
    result = check(namespace["deleting_logs"])
    assert result.outcome == "raised"
    assert "events" in result.message
    assert "line 3:" in result.message


def test_real_notebook_cells():
    """In IPython itself: a function defined in one cell, helped by another, redefined, decorated, passes."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    try:
        shell.run_cell("from workshop import print_short_record, check\nSOURCES = {'logs.amazonaws.com'}")
        shell.run_cell("def deleting_logs(record):\n    raise NotImplementedError")
        assert shell.run_cell("check(deleting_logs)").result.outcome == "not attempted"
        shell.run_cell("def of_logs(record):\n    return record.get('eventSource') in SOURCES")
        shell.run_cell(
            "# a comment\n\ndef deleting_logs(record):\n"
            "    if of_logs(record) and record['eventName'].startswith('Delete'):\n"
            "        print_short_record(record)\n        return True\n    return False"
        )
        result = shell.run_cell("check(deleting_logs)").result
        assert result.misconception == "one_service_only"
        assert result.lines == ["line 7:  return False"]
        shell.run_cell("SOURCES.add('cloudtrail.amazonaws.com')")
        assert shell.run_cell("check(deleting_logs)").result.outcome == "passed"
        shell.run_cell("%%time\ndef deleting_logs(record):\n    return True")
        assert "%%time" in shell.run_cell("check(deleting_logs)").result.message
        error = shell.run_cell("deleting_logs = lambda record: 1 / 0\ncheck(deleting_logs)").result
        assert error.lines == ["line 1:  deleting_logs = lambda record: 1 / 0"]
    finally:
        shell.history_manager.end_session()


def test_own_printer_that_raises_shows_its_own_line():
    """A print_short_record of the notebook that raises is shown where it does."""
    source = "def print_short_record(record):\n    return record['nope']\n\n" + RIGHT
    result = check(function_of(source, "deleting_logs"))
    assert result.outcome == "raised"
    assert "line 2:  return record['nope']" in result.message


def test_credentials_and_settings_of_the_kernel_do_not_reach_the_function(monkeypatch):
    """The child process has none of the environment: no keys, no profile, no Python settings."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "EXAMPLE")
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    lines = ["import os", "assert 'AWS_SECRET_ACCESS_KEY' not in os.environ and 'PYTHONPATH' not in os.environ"]
    function = cell(*lines, "return False")
    assert check(function).outcome == "wrong"
    assert rehearse(package(function)).problem is None


def in_the_sandbox(*lines):
    """Return whether lines of code run in the sandbox as they do here: without an error."""
    result = check(cell(*lines, "return False"))
    assert result.outcome in ("wrong", "raised"), result
    return result.outcome == "wrong"


def offered(probe):
    """Return whether the system offers something, asked in a process of its own."""
    code = f"import ctypes; libc = ctypes.CDLL(None); raise SystemExit(not ({probe}))"
    return sys.platform == "linux" and subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_home_of_the_function_is_empty():
    """Where it looks for AWS's files, for instance, there is nothing but the job itself."""
    lines = ["import os", "assert os.path.samefile(os.path.expanduser('~'), os.getcwd())"]
    assert in_the_sandbox(*lines, "assert not os.path.exists(os.path.expanduser('~/.aws'))")


def test_the_function_has_no_network():
    """Not even this machine's own: there is no way to a server that listens, nor to the emulator."""
    if not offered("libc.unshare(0x40000000) == 0 or libc.unshare(0x50000000) == 0"):
        pytest.skip("this system lets no process take its network away")
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect = f"socket.create_connection({server.getsockname()!r}, 0.3)"
        assert not in_the_sandbox("import socket", connect)
        udp = "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))"
        assert not in_the_sandbox("import socket", udp)


def test_the_function_reads_no_files_of_the_user_and_reaches_no_other_process(tmp_path):
    """Credentials, the checkout, the kernel's environment and the kernel itself are out of its reach."""
    if not offered("libc.syscall(444, None, 0, 1) >= 6"):
        pytest.skip("this system has no Landlock, or an old one")
    secret = tmp_path / "credentials"
    secret.write_text("EXAMPLE", encoding="utf-8")
    readme = places.checkout() / "README.md"
    for path in (secret, readme, "/etc/passwd", f"/proc/{os.getpid()}/environ", "/proc/self/environ"):
        assert Path(path).exists()
        assert not in_the_sandbox(f"open({str(path)!r}).read(1)"), path
    assert not in_the_sandbox(f"open({str(tmp_path / 'new')!r}, 'w')")
    assert not in_the_sandbox(f"__import__('os').listdir({str(tmp_path)!r})")
    assert not in_the_sandbox(f"__import__('os').kill({os.getpid()}, 0)")
    assert in_the_sandbox("open('mine', 'w').write('x')", "import sqlite3, zoneinfo, decimal", "open('mine').read()")


def test_nothing_but_python_and_boto3_is_there():
    """The function finds neither the kit nor its sandbox, as in Lambda, nor a real boto3."""
    lines = ["import importlib.util, boto3", "names = ('workshop', 'sandbox_child', 'pandas')"]
    lines += ["assert [name for name in names if importlib.util.find_spec(name)] == []"]
    function = cell(*lines, "assert not hasattr(boto3, '__file__')", "return False")
    assert check(function).outcome == "wrong"
    assert rehearse(package(function)).problem is None


def test_two_checks_at_once():
    """Checks of two threads do not get into each other's way."""
    from concurrent.futures import ThreadPoolExecutor

    functions = [function_of(HEAD + RIGHT, "deleting_logs"), cell("return False")]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(check, functions))
    assert [result.outcome for result in results] == ["passed", "wrong"], results


def test_without_posix_the_check_works_too(monkeypatch):
    """Where there are no process groups, as on Windows, the child alone is killed."""
    monkeypatch.setattr("workshop.attendee_code.sandbox.POSIX", False)
    assert check(cell("while True: pass")).misconception == "never_ends"
    assert check(function_of(HEAD + RIGHT, "deleting_logs")).passed
    assert "did not end" in rehearse(package(cell("while True: pass"))).problem
