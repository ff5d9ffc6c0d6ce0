"""One pass of detectors over the records of a source, shared out and put together again."""

import contextlib
import json
import logging
import os
import signal
import threading

import numpy as np

from workshop.hunting.on_match import Stream
from workshop.hunting.verdict_memo.plan import Plan
from workshop.hunting.worker import Sweeper
from workshop.logs import worker_processes
from workshop.logs.files import Tally, find_log_files

log = logging.getLogger(__name__)


class SoFar:
    """What an interrupted sweep has brought, for the one that goes on with it."""

    def __init__(self, names, paths, swept, unread):
        self.names, self.paths, self.swept = names, paths, swept
        self.done = set(paths).difference(unread)

    def __repr__(self):
        return f"<what {len(self.done)} of {len(self.paths)} files have brought>"

    def __deepcopy__(self, memo):
        return self  # pandas copies `.attrs` in every operation; nobody changes this


class Sweep:
    """One pass of detectors over the records of a source.

    `places` has a row for each match, in the order of files, records and detectors: numbers of the file (in `paths`)
    and of the detector (in `names`), and the record's place in the file; `rows` the number of each among those that
    were `found`, duplicates and all. `errors` is a list of dictionaries in the same order. `unread` has the paths that
    an interrupted sweep has not reached.

    `so_far` is that of an interrupted sweep with the same detectors: its files are not read again, and what it has
    brought counts as if it had all been one sweep. Raises ValueError when the detectors have other names.

    `run(plan, paths, sweep)` does the work and returns the list of `Swept` that it has come to, by `local` unless it is
    given: `sweep` has `s3`, `sizes` (bytes by path, of what lies in S3), `progress` to be told of files done, all files
    and records done, `stopped`, and `stream`, None or a `Stream` of the paths to be told of matches.
    """

    def __init__(
        self,
        source,
        detectors,
        s3=None,
        *,
        exact=False,
        processes=1,
        progress=None,
        only=None,
        run=None,
        so_far=None,
        on_match=None,
    ):
        self.plan = Plan.of(detectors, exact)
        self.names = list(self.plan.detectors)
        self.tally, self.s3, self.processes = Tally(), s3, processes
        self.progress, self.stopped = progress or (lambda *done: None), False
        self.sizes = {}
        self.paths = find_log_files(source, s3=s3, tally=self.tally, only=only, sizes=self.sizes)
        self.so_far, todo = so_far, self.paths
        if so_far:
            if so_far.names != self.names:
                raise ValueError(f"The hunt to go on with had the detectors {so_far.names}; these are {self.names}.")
            todo = [path for path in self.paths if path not in so_far.done]
            # In full, the first of some duplicates is the one that has been shown; otherwise the first in the listing.
            first = [path for path in so_far.paths if path in so_far.done] if self.plan.in_full else self.paths
            self.paths = list(dict.fromkeys([*first, *todo, *so_far.paths]))
        self.stream = on_match and Stream(on_match, self.names, todo)
        if self.stream and so_far:
            self.stream.pass_over(*so_far.swept.found.all())
        with self._interruptible():
            parts = (run or local)(self.plan, todo, self)
        swept, *others = parts
        for other in others:
            swept.merge(other)
        self._put_together(self._with_so_far(swept, todo) if so_far else swept)
        if self.errors:
            log.warning("detectors raised on %d records, first: %s", len(self.errors), json.dumps(self.errors[0]))

    @contextlib.contextmanager
    def _interruptible(self):
        """Let the first interrupt end the sweep at the end of a file; the second one is as ever."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def stop(number, frame):
            self.stopped = True
            signal.signal(signal.SIGINT, before)

        signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _with_so_far(self, swept, todo):
        """Return what is new and what an earlier sweep has brought as one."""
        place = {path: number for number, path in enumerate(self.paths)}
        both = self.so_far.swept.renumbered(np.array([place[path] for path in self.so_far.paths]))
        both.merge(swept.renumbered(np.array([place[path] for path in todo], dtype=np.int64)))
        return both

    def _put_together(self, swept):
        """Make sense of what all parts of the work have brought; duplicates count once, as if it had been one."""
        self.tally.merge(swept.tally)
        place = {path: number for number, path in enumerate(self.paths)}
        self.tally.skipped.sort(key=lambda entry: place.get(entry["path"], -1))
        self.unread, brought = [], None
        if self.stopped:
            done = {number for number, _ in swept.counts}
            done |= {place[entry["path"]] for entry in self.tally.skipped if entry["path"] in place}
            self.unread = [path for number, path in enumerate(self.paths) if number not in done]
            brought = SoFar(self.names, self.paths, swept, self.unread)
        self.so_far = brought
        repeated, starts = swept.repeated(len(self.paths))
        self.tally.duplicates = int(repeated.sum())
        where = swept.found.places()
        positions = starts[where[:, 0]] + where[:, 1]
        order = np.argsort(positions, kind="stable")  # those of one record come in the order of detectors
        where = where[order]
        counts = ~repeated[positions[order]]
        for detector, last in swept.unwritten.items():
            counts &= (where[:, 2] != detector) | _before(where, last)
        self.found, self.rows, self.places = swept.found, order[counts], where[counts][:, [0, 2, 3]]
        self.errors = [
            {"detector": self.names[at[2]], "eventID": event_id, "error": error}
            for at, event_id, error in sorted(swept.errors, key=lambda entry: entry[0])
            if not repeated[starts[at[0]] + at[1]] and at <= swept.unwritten.get(at[2], at)
        ]


def _before(where, last):
    """Tell which places come before another one, in the order of files and records."""
    return (where[:, 0] < last[0]) | ((where[:, 0] == last[0]) & (where[:, 1] < last[1]))


def local(plan, paths, sweep):
    """Do a sweep's work here: in this process, and in a second one if that is asked for and changes nothing."""
    here, tell, told = os.getpid(), sweep.stream and sweep.stream.tell, []

    def work(stretches, report, spare):
        so_far, stopped = sweep.so_far and sweep.so_far.swept, False
        sweeper = Sweeper(plan, sweep.s3, so_far, tell if os.getpid() == here else None, spare=spare)
        told.append(sweeper.swept)

        def done(swept):
            nonlocal stopped
            files, records, stopped = report(swept.tally.files, swept.tally.records, sweep.stopped)
            if os.getpid() == here and not stopped:
                sweep.progress(files, len(paths), records)
            return stopped

        for stretch in stretches:
            sweeper.sweep({paths[number]: number for number in stretch}, done)
            if stopped:
                break
        sweeper.swept.flush()  # here, where two of them do it at the same time
        return sweeper.swept

    parts = worker_processes.divide(paths, work, 1 if plan.in_full else sweep.processes)
    for part in parts if tell else ():
        if not any(part is one for one in told):  # it is the other process's
            tell(*part.found.all())
    return parts
