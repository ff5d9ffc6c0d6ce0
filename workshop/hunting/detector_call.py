"""Showing a record to a detector: what it says, what it prints, what it raises."""

import io
import sys
from collections.abc import Callable
from typing import Any, Literal

from workshop.logs.record import Record


class Raised(str):
    """The detector raised; the text says what."""


class Prints:
    """Catches what is printed within a `with` block: `take()` returns it, once. It is all that a file is to Python."""

    def __enter__(self) -> "Prints":
        self._before, self._caught = sys.stdout, io.StringIO()
        sys.stdout = self._caught
        return self

    def __exit__(self, *error: object) -> None:
        sys.stdout = self._before

    def take(self) -> str:
        caught, text = self._caught, ""
        try:
            text = caught.getvalue()
            if text:
                caught.seek(0)
                caught.truncate()
            if sys.stdout is caught:
                return text
        except ValueError:  # it is closed: a detector may do anything
            pass
        self._caught = sys.stdout = io.StringIO()
        return text


def ask(detector: Callable[[Any], Any], record: Record, prints: Prints) -> str | Literal[False]:
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
