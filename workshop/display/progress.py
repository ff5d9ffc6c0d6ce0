"""One line that says how far something is, or what is being waited for; in a notebook it is rewritten in place."""

import sys
import time
from collections.abc import Callable
from typing import Any

# In a terminal ProgressLine repeats a message after this many seconds, so that a long wait looks alive.
_HEARTBEAT = 30
# A hunt that ends within _PATIENCE seconds shows nothing. A longer one renews its line every _INTERVAL seconds.
_PATIENCE, _INTERVAL = 2, 0.5


class _Line:
    """What both kinds of lines share: when they began, and one output of a notebook that is rewritten."""

    def __init__(self) -> None:
        # IPython is asked only if it is loaded already: without it, this is no notebook.
        ipython = sys.modules.get("IPython")
        self._notebook = getattr(ipython and ipython.get_ipython(), "kernel", None) is not None
        self._started = time.monotonic()
        self._handle: Any = None
        self._shown = ""

    @property
    def seconds(self) -> float:
        """Seconds since this line was made."""
        return time.monotonic() - self._started

    def _rewrite(self, text: str) -> None:
        from IPython.display import display

        if text == self._shown:
            return
        self._shown = text
        if self._handle is None:
            self._handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self._handle.update({"text/plain": text}, raw=True)


class ProgressLine(_Line):
    """What is being waited for, and since when. Outside a notebook `write` gets a line for each new message."""

    def __init__(self, write: Callable[[str], Any] = print) -> None:
        super().__init__()
        self._write = write
        self._message = ""
        self._written_at = self._started

    def say(self, message: str) -> None:
        """Show what is being waited for now."""
        now = time.monotonic()
        if self._notebook:
            self._rewrite(f"{message} ({self.seconds:.0f} s)" if self.seconds >= 1 else message)
        elif message != self._message or now - self._written_at >= _HEARTBEAT:
            self._write(message if message != self._message else f"{message} ({self.seconds:.0f} s)")
            self._written_at = now
        self._message = message

    def done(self, message: str) -> None:
        """Replace the line by how the wait ended."""
        if self._notebook:
            self._rewrite(message)
        elif message != self._message:
            self._write(message)
        self._message = message


class HuntProgress(_Line):
    """Called with (files done, files in all, records done), it shows them in a notebook or a terminal.

    `show`: True or False; None shows them in a notebook and in a terminal, where somebody may be looking. `words` makes
    the line of these numbers and the seconds since the beginning.
    """

    def __init__(self, show: bool | None = None, words: Callable[[int, int, int, float], str] | None = None) -> None:
        super().__init__()
        self._words = words or line
        self._show = show if show is not None else self._notebook or sys.stderr.isatty()
        self._next: float = _PATIENCE
        self._last = (0, 0, 0)
        self._visible = False

    def __enter__(self) -> "HuntProgress":
        return self

    def __exit__(self, *error: object) -> None:
        if self._visible:
            self._write()
        if self._visible and not self._notebook:
            print(file=sys.stderr)

    def __call__(self, files: int, all_files: int, records: int) -> None:
        self._last = files, all_files, records
        if self._show and self.seconds >= self._next:
            self._next, self._visible = self.seconds + _INTERVAL, True
            self._write()

    def _write(self) -> None:
        text = self._words(*self._last, self.seconds)
        if self._notebook:
            self._rewrite(text)
        else:
            print(f"\r{text:<78}", end="", file=sys.stderr, flush=True)


def line(files: int, all_files: int, records: int, seconds: float) -> str:
    """Return the line: "120 of 500 files, 24,000 records, 48,000 a second, about 2 s left"."""
    left = seconds / files * (all_files - files) if files else 0
    time_left = f"{left:.0f} s" if left < 120 else f"{left / 60:.0f} min"
    return f"{files:,} of {all_files:,} files, {records:,} records, {_speed(records, seconds)}, about {time_left} left"


def bar(files: int, all_files: int, records: int, seconds: float, *, total: int) -> str:
    """Return the line for records that are written: "[=====     ]  250,000 records, 60,000 a second, 12 s left"."""
    done = round(20 * records / total)
    left = seconds / records * (total - records) if records else 0
    return f"[{'=' * done:<20}]  {records:,} records, {_speed(records, seconds)}, {left:.0f} s left"


def _speed(records: int, seconds: float) -> str:
    return f"{records / seconds:,.0f} a second" if seconds else "just begun"
