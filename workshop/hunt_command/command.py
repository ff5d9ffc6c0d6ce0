"""`workshop hunt`: the run."""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Iterator

from workshop.hunt_command.bucket_client import BucketClient
from workshop.hunt_command.detector_names import detectors_named
from workshop.hunt_command.interrupts import interrupts_wait
from workshop.hunt_command.printed import print_report
from workshop.hunt_command.read_before import read_before
from workshop.hunt_command.report import exit_status, hunt_report, interrupted_report
from workshop.logs.layout import Only


def run(options: argparse.Namespace) -> int:
    """Hunt as the options say, print what was found, and return the exit status.

    What has been read goes into the state file when the output is out, never before.
    """
    try:
        only = Only.of(options.start, options.end, options.regions)
    except ValueError as error:
        options.usage_error(str(error))
    detectors = detectors_named(options.detector)
    client = BucketClient(options.profile, options.region)
    state = read_before(options.since_last, client.etags) if options.since_last else contextlib.nullcontext()
    with _said_once(), interrupts_wait() as wait, state as before:
        how = {"s3": client, "processes": options.processes, "only": only, "before": before}
        try:
            report = hunt_report(options.source, *detectors, **how, swept=wait)
        except KeyboardInterrupt:
            report, before = interrupted_report(detectors), None
        status = exit_status(report, options.fail_on_match)
        print_report({**report, "status": status}, options.format)
        _hand_over_output()
        if before:
            before.save()
    return status


@contextlib.contextmanager
def _said_once() -> Iterator[None]:
    """Keep the sweep from logging what detectors raised: the report says it, of each detector."""
    log = logging.getLogger("workshop.hunting.sweep")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _hand_over_output() -> None:
    """Have the output where it goes, on the disk if that is a file."""
    sys.stdout.flush()
    with contextlib.suppress(OSError, ValueError):  # a terminal, a pipe
        os.fsync(sys.stdout.fileno())
