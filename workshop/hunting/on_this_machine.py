"""A sweep's work on this machine: in this process, and in a second one if that is asked for and changes nothing."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from workshop.hunting.part_findings import PartFindings
from workshop.hunting.sweep_work import SweepWork
from workshop.hunting.worker import FileSweeper
from workshop.logs import worker_processes


def run(work: SweepWork) -> list[PartFindings]:
    """Do a sweep's work; return what each of the processes has found."""
    here, own = os.getpid(), list[PartFindings]()

    def sweep(stretches: Iterable[range], report: Callable, spare: bool) -> PartFindings:
        hand_on = work.stream.hand_on if work.stream and os.getpid() == here else None
        sweeper, stopped = FileSweeper(work.plan, work.s3, work.earlier, hand_on, spare=spare), False
        own.append(sweeper.findings)

        def done(findings: PartFindings) -> Any:
            nonlocal stopped
            files, records, stopped = report(findings.tally.files, findings.tally.records, work.stopped)
            if os.getpid() == here and not stopped:
                work.show(files, records)
            return stopped

        for stretch in stretches:
            sweeper.sweep({work.paths[number]: number for number in stretch}, done)
            if stopped:
                break
        sweeper.findings.flush()  # here, where two of them do it at the same time
        return sweeper.findings

    parts = worker_processes.divide(work.paths, sweep, 1 if work.plan.in_full else work.processes)
    for part in parts:
        if work.stream and not any(part is one for one in own):  # it is the other process's
            work.stream.hand_on(*part.matches.all())
    return parts
