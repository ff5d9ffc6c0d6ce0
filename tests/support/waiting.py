"""Waiting for what other threads and processes do: as long as a busy machine may take, and no longer than it takes."""

import time

# Seconds, for what never comes: what does come takes a few, and a minute on a machine that has ten times as much to do.
PATIENCE = 300


def eventually(found, patience=PATIENCE):
    """Return what `found()` returns as soon as it is true; what it returned last if that takes too long."""
    end = time.monotonic() + patience
    while not (value := found()) and time.monotonic() < end:
        time.sleep(0.05)
    return value


def wait_for(found, what, patience=PATIENCE):
    """Return what `found()` returns as soon as it is true. Raises: AssertionError, saying what did not come."""
    value = eventually(found, patience)
    assert value, f"after {patience} s there is still no {what() if callable(what) else what}"
    return value
