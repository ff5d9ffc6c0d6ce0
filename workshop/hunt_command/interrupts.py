"""What an interrupt (Ctrl-C) does while a hunt runs."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def interrupts_wait() -> Iterator[Callable[[], None]]:
    """Yield a function; after it is called, one interrupt changes nothing: what has been found gets printed and saved.

    The second one is as ever. Until then, interrupts are as ever too; `sweep` ends after the current file.
    A request to end (SIGTERM: of a time limit, or of a machine that stops) is taken for an interrupt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    waiting, own = False, os.getpid()

    def wait() -> None:
        nonlocal waiting
        waiting = True

    def interrupted(number: int, frame: Any) -> None:
        nonlocal waiting
        if not waiting:
            raise KeyboardInterrupt
        waiting = False

    def asked_to_end(number: int, frame: Any) -> None:
        if os.getpid() != own:  # of a process that was forked: its parent has the say
            os._exit(1)
        signal.raise_signal(signal.SIGINT)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, asked_to_end)
    try:
        yield wait
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
