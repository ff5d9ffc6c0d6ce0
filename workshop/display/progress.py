"""How far a hunt is: one line with files, records a second and the time left, rewritten in place."""

import sys
import time

# A hunt that is over by then shows nothing; later the line is renewed this often. Seconds.
_PATIENCE, _INTERVAL = 2, 0.5


class HuntProgress:
    """Called with (files done, files in all, records done) it shows them, in a notebook or in a terminal.

    `show`: True or False, or None for where someone may be looking: a notebook, or a terminal. `words` makes the line
    of these numbers and the seconds since the beginning.
    """

    def __init__(self, show=None, words=None):
        self.words = words or line
        self.notebook = _in_notebook()
        self.show = show if show is not None else self.notebook or sys.stderr.isatty()
        self.started = self.next = time.monotonic()
        self.next += _PATIENCE
        self.handle, self.shown, self.last = None, False, None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.shown:
            self._write(self.words(*self.last, time.monotonic() - self.started))
        if self.shown and not self.notebook:
            print(file=sys.stderr)

    def __call__(self, files, all_files, records):
        now, self.last = time.monotonic(), (files, all_files, records)
        if not self.show or now < self.next:
            return
        self.next, self.shown = now + _INTERVAL, True
        self._write(self.words(files, all_files, records, now - self.started))

    def _write(self, text):
        if not self.notebook:
            print(f"\r{text:<78}", end="", file=sys.stderr, flush=True)
            return
        from IPython.display import display

        if self.handle is None:
            self.handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self.handle.update({"text/plain": text}, raw=True)


def line(files, all_files, records, seconds):
    """Return the line: "120 of 500 files, 24,000 records, 48,000 a second, about 2 s left"."""
    left = seconds / files * (all_files - files) if files else 0
    time_left = f"{left:.0f} s" if left < 120 else f"{left / 60:.0f} min"
    speed = f"{records / seconds:,.0f} a second" if seconds else "just begun"
    return f"{files:,} of {all_files:,} files, {records:,} records, {speed}, about {time_left} left"


def bar(files, all_files, records, seconds, *, total):
    """Return the line for records that are written: "[=====     ]  250,000 records, 60,000 a second, 12 s left"."""
    done = round(20 * records / total)
    speed = f"{records / seconds:,.0f} a second" if seconds else "just begun"
    left = seconds / records * (total - records) if records else 0
    return f"[{'=' * done:<20}]  {records:,} records, {speed}, {left:.0f} s left"


def _in_notebook():
    # Asking IPython only if it is loaded anyway: whoever has not loaded it is in no notebook.
    ipython = sys.modules.get("IPython")
    return getattr(ipython and ipython.get_ipython(), "kernel", None) is not None
