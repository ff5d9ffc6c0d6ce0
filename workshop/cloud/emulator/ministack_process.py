"""The emulator's own process: MiniStack with the workshop's settings. Only this module touches its internals.

python -m workshop.cloud.emulator.ministack_process FOLDER    with the settings of `environment` in the environment
"""

import asyncio
import contextlib
import contextvars
import hashlib
import http.client
import math
import os
import pickle
import queue
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workshop import places

HOST = "127.0.0.1"
ACCOUNT = "111122223333"
REGION = "ca-central-1"
# The key of the emulator's root user. MiniStack enforces IAM on all other keys and does not check this one's signature,
# so its secret, made anew for each emulator, keeps nobody out. It distinguishes this emulator from any other.
ACCESS_KEY = "AKIALOCALROOTEXAMPLE"

# A web application as ASGI defines it.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

# What a function's process writes behind the lines of a run; and how many seconds these are waited for, if a function
# has closed its output, or has left a process behind that keeps it open.
_COMPLETE, _LINES_PATIENCE = "\x00 workshop: the lines of this run are complete", 10
# The emulator says which one it is in this header of its answers.
_TOKEN_HEADER = "x-workshop-emulator"
# What of this process's environment the emulator, and the Lambda functions that inherit it, may see. No AWS_*
# variable and no proxy: functions must find the emulator and nothing else.
_PASSED_ON = {
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
}


def command(folder: Path) -> list[str]:
    """Return the arguments, after Python itself, that run the emulator of a folder; no other process has them."""
    return ["-m", "workshop.cloud.emulator.ministack_process", str(folder)]


def function_paths(folder: Path) -> str:
    """Return how the paths begin that the emulator's Lambda functions have on their command line."""
    return str(folder / "tmp" / "ministack-lambda-")


def kept(folder: Path) -> Path:
    """Return the file that holds what was last kept of an emulator's memory; it need not exist."""
    return folder / "kept"


def environment(folder: Path, port: int, secret: str) -> dict[str, str]:
    """Return the environment for an emulator that keeps all its files in `folder`, which has a folder tmp in it."""
    return {
        **{name: value for name, value in os.environ.items() if name.upper() in _PASSED_ON},
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        # Where the package cryptography is installed, its IoT service would listen on every address of the machine.
        "IOT_MTLS_ENABLED": "0",
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": secret,
        # Functions must not read the user's own configuration, and must not use the system's proxy.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": f"{HOST},localhost",
        "LAMBDA_EXECUTOR": "local",
        # A failed analysis is tried again after this and twice this; on AWS after one and two minutes.
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
        "LOG_LEVEL": "WARNING",
        # On Windows a function that prints what the code page does not have would fail.
        "PYTHONUTF8": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder / "tmp")),
        # Makes this package importable from another folder; main() takes it away before functions see it.
        "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
    }


def port_and_secret(environment: Mapping[str, str]) -> tuple[int, str]:
    """Return the port and the secret key that a process with this environment was started with; KeyError if none."""
    return int(environment["GATEWAY_PORT"]), environment["AWS_SECRET_ACCESS_KEY"]


def answers(port: int, secret: str, *, within: float = 5) -> bool:
    """Tell whether it is the emulator with this secret that answers at this port, within so many seconds."""
    # http.client knows no proxies, unlike urllib and botocore.
    connection = http.client.HTTPConnection(HOST, port, timeout=within)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/_ministack/health")
        answer = connection.getresponse()
        return answer.status == 200 and answer.headers[_TOKEN_HEADER] == _token(secret)
    return False


def forget_everything(port: int) -> bool:
    """Make the emulator at a port as empty as if it had just been started; return whether it did."""
    with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=30)) as connection:
        connection.request("POST", "/_ministack/reset")
        return connection.getresponse().status == 200


def main() -> None:
    """Run MiniStack until this process is ended, with what an emulator of this folder that crashed had in it."""
    os.environ.pop("PYTHONPATH", None)
    folder = Path(sys.argv[1])
    sys.argv[1:] = []
    from ministack import app

    _run_current_code()
    _log_all_that_functions_print()
    _end_with_the_functions_what_they_try_again()
    memory = _Memory(kept(folder))
    memory.recall()
    app.app = _for_this_machine_only(memory.kept_by(app.app), _token(os.environ["AWS_SECRET_ACCESS_KEY"]))
    app.main()


class _Memory:
    """What is in the emulator, kept in a file while it changes, so that a crash takes little along.

    All services are kept with all that they know, the objects in buckets left out. It takes some milliseconds and is
    done in the thread that answers requests: each file holds the state of one moment.
    """

    # Seconds between two copies; and how long after the last request functions may still write their logs.
    _PAUSE, _AFTERWARDS = 0.3, 5

    def __init__(self, file: Path) -> None:
        self._file = file
        self._written = b""
        self._version = version("ministack")
        self._last_request = -math.inf

    def recall(self) -> None:
        """Give the services what was kept. What cannot be used is set aside; this process ends then, for a fresh one.

        Another version of MiniStack may not be able to read what this one kept.
        """
        if not self._file.exists():
            return
        from ministack import app

        try:
            kept_version, states = pickle.loads(self._file.read_bytes())  # noqa: S301 - only this program writes it
            if kept_version != self._version:
                raise ValueError(f"MiniStack {kept_version} kept it, and this is {self._version}")
            for name, (state, code) in states.items():
                for file, content in code.items():
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                app._get_module(app._state_map[name]).load_persisted_state(state)
        except Exception as error:
            self._file.replace(self._file.with_name("kept.unusable"))
            sys.exit(f"What was kept of the memory could not be used: {error!r}")

    def keep(self) -> bool:
        """Keep what all services know, and return whether it did.

        While a stack is changing it does not: half a stack would be of no use.
        """
        from ministack import app

        # MiniStack loads a service when it is first called; loading takes longer than keeping all that are there.
        cloudformation = sys.modules.get("ministack.services.cloudformation")
        stacks = cloudformation._stacks._data.values() if cloudformation else ()
        if any(stack.get("StackStatus", "").endswith("_IN_PROGRESS") for stack in stacks):
            return False
        states = {}
        for name, get_state in app._build_persistence_save_dict().items():
            state = get_state()
            # The code of functions is written to files of its own, which the state names.
            code = sorted(Path(os.environ["STATE_DIR"], "lambda-blobs").glob("*")) if name == "lambda" else []
            states[name] = state, {file: file.read_bytes() for file in code}
        content = pickle.dumps((self._version, states))
        if content != self._written:
            places.write(self._file, content)
            self._written = content
        return True

    def kept_by(self, app: Application) -> Application:
        """Wrap an application: while requests come, and a little longer, its memory is kept."""

        async def noted(scope: Message, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                # Held here, since the loop holds tasks weakly.
                self._task = asyncio.create_task(self._keep_again_and_again())
            elif not scope["path"].startswith("/_ministack/health"):
                self._last_request = time.monotonic()
            await app(scope, receive, send)

        return noted

    async def _keep_again_and_again(self) -> None:
        kept_at, said = -math.inf, ""
        while True:
            began = time.monotonic()
            # Asked of the last copy, not of the clock: on a busy machine the pause before this one was long.
            if kept_at < self._last_request + self._AFTERWARDS:
                try:
                    if self.keep():
                        kept_at, said = began, ""
                except Exception as error:  # a full disk, or a function's thread that writes just now: the next time
                    with contextlib.suppress(OSError):  # the log's disk is full, too
                        if said != repr(error):
                            print(f"The memory was not kept: {error!r}", flush=True)
                            said = repr(error)
            # A twentieth of the time, however much there is, unless a copy takes more than half a second.
            await asyncio.sleep(min(max(self._PAUSE, 20 * (time.monotonic() - began)), 10))


def _run_current_code() -> None:
    """Have each run use the code that its function has when the run begins.

    MiniStack keeps the processes of functions for the next run. One that was started for a run that began before an
    update of the code stays in use after it, for ever, with the old code.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    acquire = lambda_runtime.acquire_worker

    def acquire_current(func_name: str, config: Any, code_zip: bytes, *arguments: Any, **options: Any) -> Any:
        while True:
            worker, how = acquire(func_name, config, code_zip, *arguments, **options)
            if worker is None or worker.code_zip == code_zip:
                return worker, how
            with lambda_runtime._lock:
                for workers in lambda_runtime._workers.values():
                    if worker in workers:
                        workers.remove(worker)
            lambda_runtime.kill_workers([worker])

    lambda_svc.acquire_worker = acquire_current


def _log_all_that_functions_print() -> None:
    """Have the log of each run hold every line that was printed in it, however busy the machine is.

    MiniStack waits 50 ms for the lines of a run that has answered. A line that its thread reads later goes into the log
    of that process's next run, or, if there is none, nowhere. So a function's process says after each run that its
    lines are complete.
    """
    from ministack.core import lambda_runtime

    answers = "        _real_stdout.flush()\n\nrun()\n"
    complete = f"""        try:
            sys.stderr.flush()
        except (OSError, ValueError, AttributeError):  # the function has closed or replaced it
            pass
        os.write(2, {(_COMPLETE + chr(10)).encode()!r})
"""
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if not script.endswith(answers):
        raise RuntimeError("This version of MiniStack runs functions in another way than the workshop knows.")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.removesuffix(answers) + complete + answers

    def printed(worker: Any) -> str:
        lines: list[str] = []
        given_up = time.monotonic() + _LINES_PATIENCE
        while time.monotonic() < given_up:
            ended = not worker._stderr_thread.is_alive()
            try:
                line = worker._stderr_queue.get(timeout=0 if ended else 0.05)
            except queue.Empty:
                if ended:  # the process was ended, and its last line has been read
                    break
                continue
            if line.endswith(_COMPLETE):
                lines += filter(None, [line.removesuffix(_COMPLETE)])
                break
            lines.append(line)
        return "\n".join(lines)

    lambda_runtime.Worker._drain_stderr = lambda_runtime.Worker._drain_stderr_bounded = printed


def _end_with_the_functions_what_they_try_again() -> None:
    """Have a reset end the attempts that are still to be made for events of the functions that it takes away.

    MiniStack makes them all the same. A stack that is made then has the same names, and the last attempt puts an event
    of the old stack into the new one's failure queue.
    """
    from ministack.services import lambda_svc

    resets, of_event = 0, contextvars.ContextVar[int]("of_event")
    reset, invoke, execute = lambda_svc.reset, lambda_svc.invoke_async_with_retry, lambda_svc._execute_function
    route_failure = lambda_svc._route_async_failure

    def reset_all() -> None:
        nonlocal resets
        resets += 1
        reset()

    def is_gone() -> bool:
        return of_event.get(resets) != resets

    def invoke_noted(function: Any, event: Any) -> None:
        token = of_event.set(resets)  # the attempts run in a copy of this context
        try:
            invoke(function, event)
        finally:
            of_event.reset(token)

    lambda_svc.reset = reset_all
    lambda_svc.invoke_async_with_retry = invoke_noted
    lambda_svc._execute_function = lambda function, event: {} if is_gone() else execute(function, event)
    lambda_svc._route_async_failure = lambda *failure: None if is_gone() else route_failure(*failure)


def _token(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def _for_this_machine_only(app: Application, token: str) -> Application:
    """Wrap an application: no web page reaches it, and its answers say which emulator this is.

    MiniStack's own paths, such as the one that resets it, ask for no credentials and take requests from any page
    that a browser on this machine shows. Browsers send an Origin with those. A page whose own name was made to point
    at 127.0.0.1 has that name as Host.
    """

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        async def send_with_token(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (_TOKEN_HEADER.encode(), token.encode())]}
            await send(message)

        headers = dict(scope.get("headers", ()))
        host = headers.get(b"host", b"").decode("latin-1").partition(":")[0]
        if scope["type"] == "lifespan" or (b"origin" not in headers and host in (HOST, "localhost")):
            await app(scope, receive, send_with_token)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b"Not for web pages."})
        else:
            await send({"type": "websocket.close"})

    return guarded


if __name__ == "__main__":
    main()
