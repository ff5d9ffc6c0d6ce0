"""Standard output, for the report only."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO


@contextlib.contextmanager
def only_for_the_report(for_good: bool) -> Iterator[TextIO]:
    """Yield a stream to standard output; what anything else writes there goes to standard error.

    That is what detectors print while they are loaded or in threads, and what they, or programs that they start, write
    past Python.
    `for_good`: the process is about to end, and what is printed at its exit goes to standard error, too.

    Raises: RuntimeError when standard output is closed.
    """
    before, report = sys.stdout, sys.stdout
    if before is None:
        raise RuntimeError("Standard output is closed, so that nobody would get the report. Nothing was read.")
    is_descriptor = _descriptor_of(before) == 1
    if is_descriptor:
        before.flush()
        report = open(os.dup(1), "w", encoding=before.encoding, errors=before.errors)  # noqa: SIM115
        errors = _descriptor_of(sys.stderr)
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno() if errors is None else errors, 1)
    sys.stdout = sys.stderr
    try:
        yield report
    finally:
        if not for_good:
            sys.stdout = before
        if is_descriptor:
            if not for_good:
                os.dup2(report.fileno(), 1)
            report.close()


def _descriptor_of(stream: TextIO | None) -> int | None:
    try:
        return None if stream is None else stream.fileno()
    except (AttributeError, OSError, ValueError):  # a notebook's has none, or not this one
        return None
