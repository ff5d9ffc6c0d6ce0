"""`workshop hunt`: the run."""

import argparse
import contextlib
import errno
import logging
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from workshop.attendee_code.knowing import Detector, asks_for_knowledge, given_knowledge, shown_name
from workshop.hunt_command.bucket_client import BucketClient
from workshop.hunt_command.detector_names import detectors_named, origins_of
from workshop.hunt_command.interrupts import interrupts_wait
from workshop.hunt_command.printed import print_report
from workshop.hunt_command.read_before import ReadBefore, read_before
from workshop.hunt_command.report import exit_status, hunt_report, interrupted_report
from workshop.hunt_command.report_stream import only_for_the_report
from workshop.logs.knowledge import learn
from workshop.logs.layout import Only
from workshop.logs.records import read_records
from workshop.logs.tally import Skip


def run(options: argparse.Namespace) -> int:
    """Hunt as the options say, print what was found, and return the exit status.

    What has been read goes into the state file when the output is out, never before.
    """
    try:
        only = Only.of(options.start, options.end, options.regions)
    except ValueError as error:
        options.usage_error(str(error))
    with only_for_the_report(options.ends_process) as stream:
        return _run(options, only, stream)


def _run(options: argparse.Namespace, only: Only | None, stream: TextIO) -> int:
    client = BucketClient(options.profile, options.region)
    detectors, not_learned = detectors_named(options.detector), list[Skip]()
    if options.inventory and not any(map(asks_for_knowledge, detectors)):
        options.usage_error("--inventory is for detectors that take (record, known), and there is none")
    state: contextlib.AbstractContextManager[ReadBefore | None] = contextlib.nullcontext()
    if options.since_last:
        state = read_before(options.since_last, client.etags, origins_of(detectors))
    with _said_once(), interrupts_wait() as wait, state as before:
        how = {"s3": client, "processes": options.processes, "only": only, "before": before}
        try:
            knowing, not_learned = _with_knowledge(detectors, options, client)
            report = hunt_report(options.source, *knowing, **how, swept=wait)
        except KeyboardInterrupt:
            report, before = interrupted_report(detectors), None
        report["skipped"] += [one for one in not_learned if one not in report["skipped"]]
        status = exit_status(report, options.fail_on_match)
        print_report({**report, "status": status}, options.format, stream)
        _hand_over_output(stream)
        if before:
            before.save()
    return status


def _with_knowledge(
    detectors: list[Detector], options: argparse.Namespace, client: BucketClient
) -> tuple[list[Detector], list[Skip]]:
    """Return detectors of a record alone, and what could not be read to learn what they ask for.

    Those that ask for `known` get what the whole source and the list tell.
    """
    asking = [detector for detector in detectors if asks_for_knowledge(detector)]
    if not asking:
        return detectors, []
    skipped: list[Skip] = []
    known = learn(read_records(options.source, s3=client, skipped=skipped), options.inventory)
    print(f"{', '.join(map(shown_name, asking))}: {known}", file=sys.stderr)
    return [given_knowledge(detector, known) for detector in detectors], skipped


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


def _hand_over_output(stream: TextIO) -> None:
    """Have the output where it goes, on the disk if that is a file."""
    stream.flush()
    try:
        os.fsync(stream.fileno())
    except (OSError, ValueError) as error:  # a terminal and a pipe have no disk; a full one is no such thing
        if getattr(error, "errno", None) not in (None, errno.EINVAL, errno.ENOTSUP, errno.EROFS):
            raise
