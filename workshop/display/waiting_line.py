"""One line that says what is being waited for: updated in place in a notebook, plain lines elsewhere."""

import sys
import time

# In a terminal the same message is said again after this many seconds, so that a long wait looks alive.
_HEARTBEAT = 30


class ProgressLine:
    """What is being waited for, and since when.

    In a notebook one line is rewritten; elsewhere `write` (print by default) gets a line for each new message.
    """

    def __init__(self, write=print):
        self._write = write
        self._started = time.monotonic()
        self._handle = None
        self._message = None
        self._shown = None
        self._written_at = self._started

    @property
    def seconds(self):
        """Seconds since this line was made."""
        return time.monotonic() - self._started

    def say(self, message):
        """Show what is being waited for now."""
        now = time.monotonic()
        if _in_notebook():
            self._show(f"{message} ({self.seconds:.0f} s)" if self.seconds >= 1 else message)
        elif message != self._message or now - self._written_at >= _HEARTBEAT:
            self._write(message if message != self._message else f"{message} ({self.seconds:.0f} s)")
            self._written_at = now
        self._message = message

    def done(self, message):
        """Replace the line by how the wait ended."""
        if _in_notebook():
            self._show(message)
        elif message != self._message:
            self._write(message)
        self._message = message

    def _show(self, text):
        from IPython.display import display

        if text == self._shown:
            return
        self._shown = text
        bundle = {"text/plain": text}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


def _in_notebook():
    # Asking IPython only if it is loaded anyway: whoever has not loaded it is in no notebook.
    ipython = sys.modules.get("IPython")
    return getattr(ipython and ipython.get_ipython(), "kernel", None) is not None
