"""A sweep's work on this machine: in this process, and in others if there are to be several."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from workshop.hunting.part_findings import PartFindings
from workshop.hunting.plan import Plan
from workshop.hunting.sweep_work import SweepWork
from workshop.hunting.worker import FileSweeper
from workshop.logs import worker_processes
from workshop.logs.worker_processes import Processes, Report


def run(work: SweepWork) -> tuple[list[PartFindings], Processes]:
    """Do a sweep's work; return what each of the processes has found, and how many there were.

    Raises: ValueError when several are asked for, and a detector has to see all records in order.
    """
    processes = worker_processes.choose_for_files(work.processes, work.paths, work.plan.why_not_in_parts())
    if (work.processes or 1) > 1:
        work.plan.refuse_parts(f"processes={work.processes}")
    of_this_process = list[PartFindings]()

    def sweep_here(stretches: Iterable[range], report: Report) -> PartFindings:
        alone = processes.number == 1
        more = {"s3": work.s3, "spare": alone and worker_processes.processors_here() > 1}
        hand_on = work.stream.hand_on if work.stream else None
        of_this_process.append(_sweep(work.plan, work.paths, work.earlier, stretches, report, hand_on=hand_on, **more))
        return of_this_process[-1]

    def show(files: int, records: int) -> bool:
        stopped = work.stopped
        if not stopped:
            work.show(files, records)
        return stopped

    sweep_there = functools.partial(_sweep, work.plan, work.paths, work.earlier)
    parts = worker_processes.share(len(work.paths), sweep_there, processes.number, show=show, here=sweep_here)
    for part in parts:
        if work.stream and not any(part is one for one in of_this_process):
            work.stream.hand_on(*part.matches.all())
    return parts, processes


def _sweep(
    plan: Plan,
    paths: list[str],
    earlier: tuple[PartFindings, Sequence[str]] | None,
    stretches: Iterable[range],
    report: Report,
    **more: Any,
) -> PartFindings:
    """Return what sweeping some stretches of the files finds."""
    sweeper, stopped = FileSweeper(plan, earlier=earlier, **more), False

    def done(findings: PartFindings) -> bool:
        nonlocal stopped
        stopped = report(findings.tally.files, findings.tally.records)
        return stopped

    for stretch in stretches:
        if not plan.in_full:
            sweeper.findings.copies.begin(stretch.start, paths)
        sweeper.sweep({paths[number]: number for number in stretch}, done)
        if stopped:
            break
    sweeper.findings.flush()  # here, where several of them do it at the same time
    return sweeper.findings
