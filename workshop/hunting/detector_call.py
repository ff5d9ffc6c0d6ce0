"""Showing a record to a detector: what it says, what it prints, what it raises."""

import io
import sys


class Raised(str):
    """The detector raised; the text says what."""


class Prints:
    """Catches what is printed within a `with` block: `take()` returns it, once. It is all that a file is to Python."""

    def __enter__(self):
        self._before, self._caught = sys.stdout, io.StringIO()
        sys.stdout = self._caught
        return self

    def __exit__(self, *error):
        sys.stdout = self._before

    def take(self):
        caught = self._caught
        try:
            text = caught.getvalue()
        except ValueError:  # it is closed: a detector may do anything
            text, caught = "", None
        if sys.stdout is not caught:
            self._caught = sys.stdout = io.StringIO()
        elif text:
            caught.seek(0)
            caught.truncate()
        return text


class PlainPrints:
    """The same for simple detectors, who only call `print`: it can write, and that is all; but it is faster."""

    def __enter__(self):
        self._pieces, self._before = [], sys.stdout
        self.write = self._pieces.append
        sys.stdout = self
        return self

    def __exit__(self, *error):
        sys.stdout = self._before

    def take(self):
        text = "".join(self._pieces)
        self._pieces.clear()
        return text


def ask(detector, record, prints):
    """Show a record to a detector; return what it has printed if it matches, else False; Raised when it raises.

    What it prints is taken from `prints`. Raises: NotImplementedError when the detector does.
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
    return printed if matched else False
