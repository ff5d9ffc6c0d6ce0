"""The local AWS emulator of this checkout: a process of its own, shared by all notebooks.

It listens on 127.0.0.1 alone, enforces IAM, and keeps all that it writes in the state folder. Everything made in it
lies in its memory, which survives kernels. When the emulator crashes, the next start recalls what was kept of it; once
it was stopped, nothing is left. MiniStack itself is in `ministack_process`.
"""

import atexit
import contextlib
import errno
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import filelock
import psutil

from workshop import places
from workshop.cloud.emulator import ministack_process

# Seconds for a start (0.3 s on a quick machine), and for an end.
_START_PATIENCE, _END_PATIENCE = 60, 10
# Emulators that this process started: kept so that their end can be collected.
_started: list[subprocess.Popen[bytes]] = []


class EmulatorError(RuntimeError):
    """Why the local emulator does not run, and what to do about it."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator; the secret of its root key is left out of what is printed."""

    pid: int
    port: int
    secret: str = field(repr=False)

    @property
    def endpoint(self) -> str:
        return f"http://{ministack_process.HOST}:{self.port}"

    def credentials(self) -> dict[str, str]:
        """Return the root key as keyword arguments for a boto3 session."""
        return {"aws_access_key_id": ministack_process.ACCESS_KEY, "aws_secret_access_key": self.secret}

    def __str__(self) -> str:
        return (
            f"The local AWS emulator runs at {self.endpoint} "
            f"(process {self.pid}, account {ministack_process.ACCOUNT}, {ministack_process.REGION})."
        )


Say = Callable[[str], object]


def start(say: Say = lambda line: None) -> Emulator:
    """Return the emulator of this checkout, started if it does not run yet; kernels that race get the same one.

    `say` gets a line when it had crashed: what is in it again, and what is not.
    Raises: EmulatorError when it does not start.
    """
    with _lock():
        running = find()
        if running is None:
            crashed = _state_file().exists()
            _end(_processes())
            try:
                running = _launch()
            except OSError as error:
                _end(_processes())
                raise EmulatorError(f"The local AWS emulator did not start: {error}. {_advice(error)}") from error
            if crashed:
                say(f"The local AWS emulator had ended. It runs again{_recalled(running)}")
        return running


def start_again(say: Say = lambda line: None) -> Emulator | None:
    """Return the emulator as `start` does, or None where none was started, or it was stopped and did not crash."""
    with _lock():
        if not _state_file().exists():
            return find()
    return start(say)


def lives(emulator: Emulator) -> bool:
    """Tell whether an emulator's process is there, without asking it whether it answers."""
    try:
        return _lives(psutil.Process(emulator.pid))
    except psutil.Error:
        return False


def find() -> Emulator | None:
    """Return the emulator of this checkout if it runs and answers, or None; starts nothing."""
    return _find() or _recover()


def stop() -> str:
    """Stop the emulator of this checkout with all its Lambda functions and their files; say what was done."""
    with _lock():
        processes = _processes()
        _end(processes)
        _state_file().unlink(missing_ok=True)
        shutil.rmtree(_folder(), ignore_errors=True)
    return "The local AWS emulator is stopped." if processes else "The local AWS emulator was not running."


def status() -> str:
    """Say whether the emulator of this checkout runs, and where."""
    start = places.command("local start")
    return str(find() or f"The local AWS emulator is not running; `{start}` or connect() starts it.")


def reset(emulator: Emulator) -> None:
    """Make a running emulator forget all that is in it.

    Raises: EmulatorError when it does not.
    """
    if not ministack_process.forget_everything(emulator.port):
        raise EmulatorError(f"The local AWS emulator at {emulator.endpoint} did not reset; stop it and start it again.")


# ---------------------------------------------------------------- finding it


def _state_file() -> Path:
    return places.state() / "emulator.json"


def _folder() -> Path:
    return places.state() / "emulator"


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    try:
        lock = filelock.FileLock(places.state() / "emulator.lock", timeout=3 * _START_PATIENCE)
        lock.acquire()
    except filelock.Timeout as error:
        raise EmulatorError(
            f"Another notebook has been starting or stopping the local AWS emulator for {3 * _START_PATIENCE} s. "
            f"Close it (or end the process that holds {lock.lock_file}) and try again."
        ) from error
    except OSError as error:
        raise EmulatorError(
            f"The local AWS emulator cannot be started or stopped: {error}. {_advice(error)}"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _remembered() -> Emulator | None:
    """Return the emulator of the state file, whether it runs or not; None if there is no file, or an unreadable one."""
    try:
        emulator = Emulator(**json.loads(_state_file().read_text(encoding="utf-8")))
        return emulator if isinstance(emulator.port, int) and isinstance(emulator.secret, str) else None
    except (OSError, ValueError, TypeError):
        return None


def _find() -> Emulator | None:
    """Return the emulator of the state file if it answers, and not another one at its port, or None."""
    emulator = _remembered()
    return emulator if emulator and ministack_process.answers(emulator.port, emulator.secret) else None


def _recover() -> Emulator | None:
    """Return an emulator of this checkout that runs although the state file does not say so, or None."""
    for process in _processes():
        with contextlib.suppress(psutil.Error, KeyError, OSError):
            emulator = Emulator(process.pid, *ministack_process.port_and_secret(process.environ()))
            if _is_emulator(process) and ministack_process.answers(emulator.port, emulator.secret):
                return _remember(emulator)
    return None


def _remember(emulator: Emulator) -> Emulator:
    places.write(_state_file(), json.dumps(asdict(emulator)))
    return emulator


def _processes() -> list[psutil.Process]:
    """Return the processes of this checkout's emulator: itself and its Lambda functions, in use or left over."""
    # Other processes with a path of the folder on the command line, such as a pager showing the log, are left alone.
    functions = ministack_process.function_paths(_folder())
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if (_is_emulator(process) or any(word.startswith(functions) for word in process.info["cmdline"] or ()))
        and _lives(process)
    ]


def _is_emulator(process: psutil.Process) -> bool:
    # Pids are used again; this command line is not.
    return (process.info["cmdline"] or [])[1:] == ministack_process.command(_folder())


def _lives(process: psutil.Process) -> bool:
    for child in _started:
        child.poll()
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


# ---------------------------------------------------------------- starting and ending it


def _launch() -> Emulator:
    # The port and the key of one that crashed: its clients go on with them. The port may be another's by now.
    before = _remembered()
    for attempt in range(3):
        _clear(_folder())
        (_folder() / "tmp").mkdir(parents=True)
        port = before.port if before and attempt == 0 else _free_port()
        emulator = _spawn(port, before.secret if before else secrets.token_hex(20))
        deadline = time.monotonic() + _START_PATIENCE
        while _started[-1].poll() is None and time.monotonic() < deadline:
            if ministack_process.answers(emulator.port, emulator.secret, within=1):
                return _remember(emulator)
            time.sleep(0.05)
        if _started[-1].poll() is None:
            break
        # It ended by itself: most likely something else took the port meanwhile, or what was kept is of no use.
    said = _log().read_text(encoding="utf-8", errors="replace").strip()[-1500:] or "(nothing)"
    _end(_processes())
    raise EmulatorError(
        f"The local AWS emulator did not start (last tried {emulator.endpoint}). It said:\n{said}\n"
        "Check that the workshop's packages are installed (`python3 start.py install`) and that the disk is not full."
    )


def _advice(error: OSError) -> str:
    """Say what to do about what the system refused to a starting emulator."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return f"Make room on the disk that holds {places.home()}."
    if error.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL):
        return (
            f"No port of {ministack_process.HOST} is free: end programs that hold many connections, or wait a minute."
        )
    return f"See that you may write to {places.home()}, and that programs may listen on {ministack_process.HOST}."


def _clear(folder: Path) -> None:
    """Remove what an emulator left, but for what it kept of its memory."""
    for left in folder.iterdir() if folder.is_dir() else ():
        if left == ministack_process.kept(folder):
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _recalled(emulator: Emulator) -> str:
    """Say what is in an emulator that was started after a crash."""
    try:
        kept = ministack_process.kept(_folder()).stat().st_mtime
    except OSError:
        return f" at {emulator.endpoint}, empty: run connect(), then deploy(...) again."
    return (
        f" at {emulator.endpoint}, with stack, code and metric as they were at "
        f"{datetime.fromtimestamp(kept, timezone.utc):%H:%M:%S} UTC. The log files in its buckets are gone."
    )


def _spawn(port: int, secret: str) -> Emulator:
    with _log().open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *ministack_process.command(_folder())],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=_folder(),
            env=ministack_process.environment(_folder(), port, secret),
            **_detached(),
        )
    _started.append(process)
    atexit.register(_let_go, process)
    return Emulator(process.pid, port, secret)


def _let_go(process: subprocess.Popen[bytes]) -> None:
    # The emulator outlives this process on purpose. Popen warns of that unless it knows an exit status.
    process.returncode = process.poll() or 0


def _log() -> Path:
    return _folder() / "log.txt"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ministack_process.HOST, 0))
        return probe.getsockname()[1]


def _detached() -> dict[str, Any]:
    """Return what makes a process outlive this one and its Ctrl+C."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _end(processes: Iterable[psutil.Process]) -> None:
    """End processes and those they started, at once: the emulator has nothing worth a slow farewell."""
    everyone = list(processes)
    for process in processes:
        with contextlib.suppress(psutil.Error, OSError):
            everyone += process.children(recursive=True)
            if sys.platform != "win32" and os.getpgid(process.pid) == process.pid:
                # The whole group, so that a function that it is starting just now goes too.
                os.killpg(process.pid, signal.SIGKILL)
    for process in everyone:
        with contextlib.suppress(psutil.Error):
            process.kill()
    deadline = time.monotonic() + _END_PATIENCE
    while any(map(_lives, everyone)) and time.monotonic() < deadline:
        time.sleep(0.01)
