"""The kit on the newest Python, on a machine that has nothing else, for a user without rights.

The same root stands for machines in the cloud, where nobody installs anything: their steps set the kit up in it. These
tests take minutes and need the rights of root, so only `.ci/run` runs them.
"""

import json
import re
import socket
import subprocess
import urllib.request
from pathlib import Path

from debian_root import KIT
from waiting import PATIENCE, wait_for


def free_port():
    """Return a port on which nothing listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A Jupyter server in a root, started as Binder starts one."""

    def __init__(self, root):
        self.url, self.token = f"http://127.0.0.1:{free_port()}", "0123456789abcdef"
        options = ["--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.url.rpartition(':')[2]}"]
        command = root.command(".binder/start", "jupyter-lab", *options, f"--IdentityProvider.token={self.token}")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def ask(self, path, method="GET", body=None):
        """Call Jupyter's REST API and return its answer. Raises: OSError."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or "null")

    def answers(self):
        """Tell whether it answers yet."""
        assert self.process.poll() is None, "the server has ended: its messages say why"
        try:
            return bool(self.ask("/api/status"))
        except OSError:
            return False


def test_mounts_and_processes_end_with_the_command(root):
    """Also when it is killed: nothing of the root stays in use."""
    process = subprocess.Popen(root.command("sleep", "86399"))
    try:
        wait_for(lambda: "86399" in processes(), "process in the root")
    finally:
        process.kill()
        process.wait()
    wait_for(lambda: "86399" not in processes(), "end of the process in the root")
    assert str(root.folder) not in Path("/proc/mounts").read_text(encoding="utf-8")


def processes():
    """Return the command lines of all processes."""
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def test_the_demo_reaches_the_alarm(kit):
    """`python3 start.py demo`, and the set-up is the one that the steps made."""
    ended = kit.run("python3", "start.py", "demo")
    assert ended.returncode == 0, ended.stdout
    assert "ALARM: " in ended.stdout
    assert "Installing" not in ended.stdout


def test_jupyterlab_comes_up_and_its_kernel_is_the_kits(kit):
    """On 127.0.0.1, with the environment of Binder's start script; the default kernel is .venv's Python."""
    server = Server(kit)
    try:
        wait_for(server.answers, lambda: f"answer at {server.url}")
        listed = server.ask("/api/kernelspecs")
        assert listed["default"] == "python3"
        assert listed["kernelspecs"]["python3"]["spec"]["argv"][0] == f"{KIT}/.venv/bin/python"
        assert server.ask("/api/kernels", "POST", {"name": "python3"})["name"] == "python3"
        server.ask("/api/shutdown", "POST")
        assert server.process.wait(PATIENCE) == 0
    finally:
        server.process.kill()
        server.process.wait()


def test_the_first_notebook_runs_in_that_kernel(kit):
    """All its cells, with the emulator, as in a session there."""
    notebook = "notebooks/00_start_here.ipynb"
    ended = kit.run(".binder/start", "jupyter", "execute", notebook, f"--output={KIT}/executed.ipynb")
    assert ended.returncode == 0, ended.stdout
    cells = json.loads(kit.inside(f"{KIT}/executed.ipynb").read_text(encoding="utf-8"))["cells"]
    assert all(cell["execution_count"] for cell in cells if cell["cell_type"] == "code")


def test_the_quick_tests_pass(kit):
    """Those that need neither emulator nor browser, run by the Python of the root."""
    ended = kit.run("python3", "start.py", "test", "-q", "--quick")
    assert ended.returncode == 0, ended.stdout
    print(re.findall(r"\d+ passed.*", ended.stdout)[-1])
