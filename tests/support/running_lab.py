"""`workshop lab` as attendees run it, on a copy of the checkout, so that what notebooks save spoils nothing here."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
import uuid
from pathlib import Path

import psutil
import websocket
from waiting import PATIENCE, wait_for

from workshop import places

COPIED = ("workshop", "data", "notebooks", "docs", "cloudformation.yaml", "pyproject.toml", "start.py", "README.md")
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "source", "solutions")
# Cells out of sight are drawn too, so that their text can be read; nothing is saved unasked.
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}


def copy_checkout(target):
    """Copy what attendees work with into the folder `target` and return it."""
    for name in COPIED:
        source = places.checkout() / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=NOT_COPIED)
        elif source.exists():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    return target


def environment(folder):
    """Return the environment in which all that Jupyter and the kit write goes below `folder`."""
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR")
    names += ("JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR", "WORKSHOP_HOME")
    own = {name: str(folder / name.lower()) for name in names}
    for path in own.values():
        Path(path).mkdir(parents=True, exist_ok=True)
    overrides = Path(own["JUPYTER_CONFIG_DIR"]) / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(exist_ok=True)
    overrides.write_text(json.dumps(SETTINGS), encoding="utf-8")
    return os.environ | own | {"PYTHONPATH": str(folder / "checkout"), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def pretend_installed(checkout):
    """Make the .venv that start.py looks for: its Python is the one that runs the tests, where all is installed."""
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    wanted = hashlib.sha256((checkout / "pyproject.toml").read_bytes()).hexdigest()
    (checkout / ".venv" / "installed").write_text(wanted, encoding="utf-8")


def free_port():
    """Return a port on which nothing listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningLab:
    """`workshop lab --no-browser` on a copy of the checkout: `folder` holds the copy and all that is written.

    `token`, `port` and `url` are what it told on its output. `by_start_py`: run `start.py lab` instead, which runs it.
    `variables` of the environment replace those that it would have; None takes one away.
    """

    def __init__(self, folder, by_start_py=False, variables=()):
        self.folder, self.checkout = folder, copy_checkout(folder / "checkout")
        command = ["-m", "workshop.cli", "lab"]
        if by_start_py:
            pretend_installed(self.checkout)
            command = ["start.py", "lab"]
        self.environment = environment(folder) | dict(variables)
        self.environment = {name: value for name, value in self.environment.items() if value is not None}
        self.output = folder / "lab.log"
        # Only at a terminal does JupyterLab ask before Ctrl+C ends it.
        self.terminal, stdin = os.openpty() if hasattr(os, "openpty") else (None, subprocess.DEVNULL)
        with self.output.open("wb") as output:
            self.process = psutil.Popen(
                [sys.executable, *command, "--no-browser", "--port", str(free_port())],
                cwd=self.checkout,
                env=self.environment,
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if self.terminal is not None:
            os.close(stdin)
        try:
            address = wait_for(self._address, lambda: f"address in the output:\n{self.said()}")
            self.port, self.token = int(address[1]), address[2]
            self.url = f"http://127.0.0.1:{self.port}"
            wait_for(self._answers, lambda: f"answer at {self.url}:\n{self.said()}")
        except BaseException:
            self.end()
            raise

    def _address(self):
        if self.process.poll() is not None:
            raise AssertionError(f"workshop lab ended with {self.process.returncode}:\n{self.said()}")
        return re.search(r"http://127\.0\.0\.1:(\d+)/lab\S*\?token=(\w+)", self.said())

    def _answers(self):
        with contextlib.suppress(OSError):
            return self.ask("/api/status")
        return None

    def said(self):
        """Return all that it has printed so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def ask(self, path, method="GET", body=None):
        """Call Jupyter's REST API with the token and return its answer. Raises: OSError."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or "null")

    def _socket(self, path):
        headers = [f"Authorization: token {self.token}"]
        return websocket.create_connection(f"ws://127.0.0.1:{self.port}{path}", header=headers, timeout=PATIENCE)

    def in_a_terminal(self, command):
        """Run a command in a new terminal of JupyterLab, and return all that the terminal shows."""
        name, shown = self.ask("/api/terminals", "POST")["name"], ""
        socket = self._socket(f"/terminals/websocket/{name}")
        try:
            # In two pieces, so that the terminal's echo of what is typed is not taken for its end.
            socket.send(json.dumps(["stdin", f"{command}; echo the' 'end\r"]))
            while "the end" not in shown:
                kind, *text = json.loads(socket.recv())
                shown += text[0] if kind == "stdout" else ""
        finally:
            socket.close()
            self.ask(f"/api/terminals/{name}", "DELETE")
        return shown

    def in_a_kernel(self, code):
        """Run code in a new kernel, and return what it prints."""
        kernel, printed = self.ask("/api/kernels", "POST", {"name": "python3"})["id"], ""
        socket = self._socket(f"/api/kernels/{kernel}/channels")
        try:
            header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
            header |= {"username": "", "session": kernel, "date": ""}
            content = {"code": code, "silent": False}
            request = {"channel": "shell", "header": header, "content": content, "parent_header": {}, "metadata": {}}
            socket.send(json.dumps(request))
            while True:
                message = json.loads(socket.recv())
                if message["parent_header"].get("msg_id") != header["msg_id"]:
                    continue
                printed += message["content"].get("text", "") if message["msg_type"] == "stream" else ""
                if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                    return printed
        finally:
            socket.close()
            self.ask(f"/api/kernels/{kernel}", "DELETE")

    def type(self, text):
        """Type into the terminal in which it runs."""
        os.write(self.terminal, text.encode())

    def workshop(self, *arguments):
        """Run another command of the kit beside this lab, such as `local start`, and return what it prints."""
        command = [sys.executable, "-m", "workshop.cli", *arguments]
        options = {"cwd": self.checkout, "env": self.environment, "timeout": PATIENCE, "check": True}
        return subprocess.run(command, capture_output=True, text=True, **options).stdout

    def emulator(self):
        """Return the process of the local emulator of this lab, or None if none was started."""
        state = Path(self.environment["WORKSHOP_HOME"]) / ".workshop" / "emulator.json"
        with contextlib.suppress(OSError, ValueError, KeyError, psutil.NoSuchProcess):
            return psutil.Process(json.loads(state.read_text(encoding="utf-8"))["pid"])
        return None

    def processes(self):
        """Return the processes that belong to it now: JupyterLab, kernels, emulator, Lambda functions."""
        roots = [self.process, *([self.emulator()] if self.emulator() else [])]
        return [process for root in roots for process in (root, *root.children(recursive=True))]

    def end(self):
        """End it the way File, Shut Down does, and whatever is left of it the hard way."""
        with contextlib.suppress(OSError, AttributeError):
            self.ask("/api/shutdown", "POST")
            self.process.wait(PATIENCE)
        if self.terminal is not None:
            os.close(self.terminal)
        left = self.processes() if self.process.is_running() else []
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, PATIENCE)
        if self.emulator():
            self.workshop("local", "stop")
