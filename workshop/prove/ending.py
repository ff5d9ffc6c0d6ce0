"""How a run ends: at every exit the stack is torn down, and the record has what is left."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from workshop import demo
from workshop.cloud.cloud import Cloud
from workshop.cloud.teardown import teardown
from workshop.prove.record import Record, stamp

CLAIM = (
    "The teardown empties the buckets, deletes stack, log groups and decoys, waits for runs in flight, says what is "
    "left"
)


class Signals:
    """What signals that ask the process to end do: they interrupt the steps; a teardown only the second time."""

    def __init__(self) -> None:
        self.tearing_down = False
        self._pressed = False

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Return a context in which Ctrl-C, SIGTERM and the end of the terminal are heard in this way."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        before = {number: signal.signal(number, self._hear) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: object) -> None:
        if self.tearing_down and not self._pressed:
            self._pressed = True
            _show("The teardown goes on. The next signal ends it, and leaves what is still there.")
            return
        raise KeyboardInterrupt


def tear_down(cloud: Cloud, record: Record) -> None:
    """Delete the stack and what the steps left; put into the record what was deleted and what is left, and write it.

    Raises nothing but what interrupts it: errors of the teardown are in the record.
    """
    began = time.monotonic()
    unknown = f"perhaps all of the stack {cloud.stack}: the teardown did not come to its end"
    entry: dict[str, Any] = {"started": stamp(), "seconds": 0.0, "deleted": [], "left": [unknown], "notes": []}
    entry["claims"] = []
    record.teardowns.append(entry)
    record.save()
    _show(f"\nTeardown of the stack {cloud.stack}")
    try:
        cloud.refresh()
        report = teardown(cloud, yes=True, show=_show)
        left = [*report.left, *_decoy_left(cloud)]
        entry.update(deleted=report.deleted, left=left, notes=report.notes, claims=[] if left else [CLAIM])
    except Exception as error:
        entry["left"] = [f"{unknown} ({type(error).__name__}: {' '.join(str(error).split())})"]
    finally:
        entry["seconds"] = round(time.monotonic() - began, 3)
        record.save()


def _decoy_left(cloud: Cloud) -> list[str]:
    """Delete the log group of an interrupted step; return what is left of it, in words."""
    try:
        cloud.client("logs").delete_log_group(logGroupName=demo.DECOY)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            return [f"perhaps the log group {demo.DECOY}, which costs next to nothing: {error}"]
    except BotoCoreError as error:
        return [f"perhaps the log group {demo.DECOY}, which costs next to nothing: {error}"]
    return []


def _show(line: str) -> None:
    """Print a line where there is still a terminal to print to: its end must not end the teardown."""
    with contextlib.suppress(OSError, RuntimeError):
        print(line, flush=True)
