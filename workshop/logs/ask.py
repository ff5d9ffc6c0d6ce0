"""Showing a record to a detector: what it says, what it prints, what it raises."""

import io
import sys


class Matched(str):
    """A match; the text is what the detector printed."""


class Raised(str):
    """The detector raised; the text says what."""


class Prints:
    """Catches what is printed within a `with` block: `take()` returns it, once."""

    def __enter__(self):
        self._before, self._caught = sys.stdout, io.StringIO()
        sys.stdout = self._caught
        return self

    def __exit__(self, *error):
        sys.stdout = self._before

    def take(self):
        caught = self._caught
        if caught.closed or sys.stdout is not caught:  # a detector may do anything
            self._caught = sys.stdout = io.StringIO()
            return "" if caught.closed else caught.getvalue()
        text = caught.getvalue()
        if text:
            caught.seek(0)
            caught.truncate()
        return text


def ask(detector, record, prints):
    """Show a record to a detector; return Matched, Raised, or False. What it prints is taken from `prints`.

    Raises: NotImplementedError when the detector does.
    """
    try:
        matched = bool(detector(record))
    except NotImplementedError:
        prints.take()
        raise
    except (Exception, SystemExit) as error:
        prints.take()
        return Raised(f"{type(error).__name__}: {error}")
    printed = prints.take()
    return Matched(printed) if matched else False
