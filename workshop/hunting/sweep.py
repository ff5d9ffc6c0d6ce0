"""One pass of detectors over the records of a source, shared out and put together again."""

import contextlib
import json
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workshop.hunting import on_this_machine
from workshop.hunting.on_match import MatchStream
from workshop.hunting.packed_matches import PackedMatches
from workshop.hunting.part_findings import DetectorError, PartFindings
from workshop.hunting.plan import Plan
from workshop.hunting.sweep_work import Run, SweepWork
from workshop.logs.files import find_log_files
from workshop.logs.json_text import however_deep
from workshop.logs.layout import Only
from workshop.logs.tally import Tally
from workshop.logs.worker_processes import Processes, garbage_kept

log = logging.getLogger(__name__)


class InterruptedSweep:
    """What a sweep has brought that was interrupted, for the one that goes on with it."""

    def __init__(self, detectors: list[str], paths: list[str], findings: PartFindings, unread: list[str]) -> None:
        self.detectors, self.paths, self.findings = detectors, paths, findings
        self.done = set(paths).difference(unread)

    def __repr__(self) -> str:
        return f"<what {len(self.done)} of {len(self.paths)} files have brought>"

    def __deepcopy__(self, memo: dict) -> "InterruptedSweep":
        return self  # pandas copies `.attrs` in every operation; nobody changes this


@dataclass
class Findings:
    """What a sweep has found; each record counts once.

    `positions` has those of the matches, an array of POSITION, in the order of files, records and detectors; `rows` the
    number of each among `matches`, which has the duplicates, too. Files and detectors are told by their numbers in
    `paths` and `detectors`. `errors` has a dictionary for each record that a detector raised on, in the same order;
    `raised` has the same with its position.
    `unread` has the paths that an interrupted sweep has not reached; `interrupted` is what a later one goes on with.
    `processes` says how many there were.
    """

    plan: Plan
    detectors: list[str]
    paths: list[str]
    tally: Tally
    matches: PackedMatches
    rows: np.ndarray
    positions: np.ndarray
    errors: list[dict]
    raised: list[DetectorError]
    unread: list[str]
    interrupted: InterruptedSweep | None
    processes: Processes


def sweep(
    source: Any,
    detectors: Sequence[Callable],
    s3: Any = None,
    *,
    exact: bool = False,
    processes: int | None = None,
    progress: Callable[[int, int, int], Any] | None = None,
    only: Only | None = None,
    run: Run = on_this_machine.run,
    resumed: InterruptedSweep | None = None,
    on_match: Callable[[dict], Any] | None = None,
    choose: Callable[[list[str]], list[str]] | None = None,
) -> Findings:
    """Make one pass of detectors over the records of a source; return what that finds.

    `progress` is called with files done, all files and records done. `resumed` is an interrupted sweep with the same
    detectors: its files are not read again, and what it has brought counts as if it had all been one sweep.
    `run` does the work. `choose`, if given, is called with the files found, and returns those of them that are read.

    Raises: ValueError when the detectors have other names than those of the interrupted sweep; what `find_log_files`
    and `Plan` raise.
    """
    plan, tally, sizes = Plan(detectors, exact), Tally(), dict[str, int]()
    names = list(plan.detectors)
    if resumed and resumed.detectors != names:
        raise ValueError(f"The hunt to go on with had the detectors {resumed.detectors}; these are {names}.")
    found = find_log_files(source, s3=s3, tally=tally, only=only, sizes=sizes)
    if choose:
        found = choose(found)
    to_read = [path for path in found if not resumed or path not in resumed.done]
    paths = _in_order(found, to_read, resumed, plan) if resumed else found
    stream = MatchStream(on_match, names, to_read, s3) if on_match else None
    if stream and resumed:
        stream.skip(*resumed.findings.matches.all(), resumed.paths)
    work = SweepWork(
        plan, to_read, s3, sizes, processes, progress, stream, (resumed.findings, resumed.paths) if resumed else None
    )
    with _interruptible(work), garbage_kept():
        (first, *others), processes_used = run(work)
    for other in others:
        first.merge(other)
    everything = _both(resumed, first, to_read, paths) if resumed else first
    findings = _findings(plan, paths, everything, work.stopped, tally, processes_used, s3)
    if findings.errors:
        first_error = however_deep(json.dumps, findings.errors[0])
        log.warning("detectors raised on %d records, first: %s", len(findings.errors), first_error)
    return findings


def _in_order(found: list[str], to_read: list[str], resumed: InterruptedSweep, plan: Plan) -> list[str]:
    """Return the files of an interrupted sweep, and of the one that goes on with it, in the order in which they count.

    In full, the first of some duplicates is the one that has been shown; otherwise the first in the listing.
    """
    first = [path for path in resumed.paths if path in resumed.done] if plan.in_full else found
    return list(dict.fromkeys([*first, *to_read, *resumed.paths]))


@contextlib.contextmanager
def _interruptible(work: SweepWork) -> Iterator[None]:
    """Let the first interrupt end the work at the end of a file; the second one is as ever."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: Any) -> None:
        work.stopped = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _both(resumed: InterruptedSweep, new: PartFindings, read: list[str], paths: list[str]) -> PartFindings:
    """Return what an interrupted sweep and the one that goes on with it have brought as one."""
    number_of = {path: number for number, path in enumerate(paths)}
    both = resumed.findings.renumbered(np.array([number_of[path] for path in resumed.paths]))
    both.merge(new.renumbered(np.array([number_of[path] for path in read], dtype=np.int64)))
    return both


def _findings(
    plan: Plan, paths: list[str], part: PartFindings, stopped: bool, tally: Tally, processes: Processes, s3: Any
) -> Findings:
    """Return what all parts of the work come to; duplicates count once, as if it had been done in one."""
    detectors = list(plan.detectors)
    tally.merge(part.tally)
    number_of = {path: number for number, path in enumerate(paths)}
    unread, interrupted = list[str](), None
    if stopped:
        done = {number for number, _ in part.counts}
        done |= {number_of[entry["path"]] for entry in tally.skipped if entry["path"] in number_of}
        unread = [path for number, path in enumerate(paths) if number not in done]
        interrupted = InterruptedSweep(detectors, paths, part, unread)
    repeated, starts = part.repeated(paths, s3, tally)
    tally.skipped.sort(key=lambda entry: number_of.get(entry["path"], -1))
    positions = part.matches.positions()
    records = starts[positions["file"]] + positions["record"]
    order = np.argsort(records, kind="stable")  # those of one record come in the order of detectors
    positions = positions[order]
    counts = ~repeated[records[order]]
    for detector, first in part.unwritten.items():
        before = (positions["file"] < first.file) | (
            (positions["file"] == first.file) & (positions["record"] < first.record)
        )
        counts &= (positions["detector"] != detector) | before
    raised = [
        one
        for one in sorted(part.errors, key=lambda one: one.position)
        if not repeated[starts[one.position.file] + one.position.record]
        and one.position <= part.unwritten.get(one.position.detector, one.position)
    ]
    errors = [
        {"detector": detectors[where.detector], "eventID": event_id, "error": error}
        for where, event_id, error in raised
    ]
    return Findings(
        plan=plan,
        detectors=detectors,
        paths=paths,
        tally=tally,
        matches=part.matches,
        rows=order[counts],
        positions=positions[counts],
        errors=errors,
        raised=raised,
        unread=unread,
        interrupted=interrupted,
        processes=processes,
    )
