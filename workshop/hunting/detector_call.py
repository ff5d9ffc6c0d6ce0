"""Showing a record to a detector: what it says, what it prints, what it raises."""

import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Literal

from workshop.logs.record import Record

# What has not run yet, such as a function, a generator, a filter(...): it is true, whatever will come of it.
_NO_VERDICTS: tuple[Any, ...] = (Callable, Iterator, Awaitable, AsyncIterator)


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

    It has not judged a record for which it returns something that has still to run: that counts as raised. What it
    prints is taken from `prints`.

    Raises: KeyboardInterrupt, which is nothing of the detector's.
    """
    try:
        said = detector(record)
        matched = bool(said)
        judged = not matched or said is True or not isinstance(said, _NO_VERDICTS)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        prints.take()
        return Raised(_text_of(error))
    printed = prints.take()
    if not judged:
        return Raised(f"TypeError: it returned a {type(said).__name__}, and not whether the record matches")
    return printed if matched else False


def _text_of(error: BaseException) -> str:
    """Return what an error of a detector is and says; an error of its own may fail at saying it."""
    try:
        return f"{type(error).__name__}: {error}"
    except KeyboardInterrupt:
        raise
    except BaseException as another:
        return f"{type(error).__name__}, and its text raises {type(another).__name__}"
