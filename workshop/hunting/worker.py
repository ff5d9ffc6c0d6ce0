"""The unit of work of a hunt: some log files swept with some detectors, wherever that is done."""

from itertools import repeat
from operator import itemgetter

import msgspec

from workshop.hunting.detector_call import PlainPrints, Prints, Raised, ask
from workshop.hunting.findings import SHOWN, SHOWN_AS, as_it_was, filled, storable
from workshop.hunting.part_findings import Swept
from workshop.hunting.seen_ids import SeenIds
from workshop.hunting.verdict_memo.reader import Reader
from workshop.logs.files import read_files
from workshop.logs.records import parse, value_of
from workshop.logs.table.event_ids import EventIds
from workshop.logs.unpacking import unpack
from workshop.logs.worker_processes import garbage_kept


def sweep_files(plan, numbered, *, s3=None, done=None):
    """Sweep log files with the detectors of a plan; return a `Swept`.

    `numbered` is {path: the file's number in the list of all}; `done`, if given, is called with the Swept so far after
    each file, and something true ends the sweep. Everything here can be pickled (the plan as far as its detectors can):
    to work elsewhere, send a plan and paths there, and merge what comes back (`sweep.Sweep`).
    """
    return Sweeper(plan, s3).sweep(numbered, done)


class Sweeper:
    """Sweeps files with the detectors of a plan, and remembers what simple ones said.

    `tell`, if given, is called with the matches of each file, as `Found.all` has them. `spare` says that a processor is
    left for a thread that unpacks files.
    """

    def __init__(self, plan, s3=None, so_far=None, tell=None, *, spare=False):
        self.plan, self.s3, self.spare, self.swept = plan, s3, spare, Swept()
        self._tell, self._new = tell, []
        self._unwritten = {}
        self._detectors, last = [], len(plan.detectors) - 1
        self._changing = None  # the last detector, if it may change the record; others that may are shown copies
        for place, (name, detector) in enumerate(plan.detectors.items()):
            if not plan.changes_nothing(name):
                if place == last:
                    self._changing = last
                else:
                    detector = _given_a_copy(detector)
            self._detectors.append((place, detector))
        self._seen = SeenIds()
        if plan.in_full:
            if so_far:  # this goes on where another sweep has been interrupted
                for numbers, codes in so_far.ids.blocks():
                    self._seen.repeated(EventIds(numbers, codes, so_far.ids.others.in_order()).texts())
                self._unwritten = dict(so_far.unwritten)
            return
        self._reader = Reader(plan)

    def sweep(self, numbered, done=None):
        """Sweep files; return what all files so far have brought."""
        sweep, prints = (self._in_full, Prints) if self.plan.in_full else (self._fast, PlainPrints)
        with garbage_kept():
            for path, data in self._files(numbered):
                with prints() as caught:
                    sweep(numbered[path], path, data, caught)
                while self._new:  # here, where what is printed is seen again
                    self._tell(*self._new.pop(0))
                if done and done(self.swept):
                    break
        return self.swept

    def _files(self, numbered):
        return read_files(list(numbered), self.swept.tally, s3=self.s3, unpack=self.spare)

    # ------------------------------------------------------------------------------------------ the plain way

    def _in_full(self, number, path, data, prints):
        """Show each record in full to each detector, in order, unless one with the same id has come before."""
        self._show_all(number, parse(data, path, self.swept.tally), prints, self._seen)

    def _show_all(self, number, records, prints, seen=None):
        """Show all records of a file, a list of (index, record), to the detectors."""
        self.swept.add_records(number, self._show(number, range(len(records)), records, prints, seen))

    def _show(self, number, ordinals, records, prints, seen=None):
        """Show records in full to the detectors, and keep their matches; return the records' ids.

        `records` are (index, record), `ordinals` their places among all records of the file.
        """
        where, shown_values, printed = [], [], []
        unwritten, detectors = self.swept.unwritten, self._written()
        ids = [record.get("eventID") for _, record in records]
        ids = [one if isinstance(one, str) else None for one in ids]
        repeated = repeat(False) if seen is None else seen.repeated(ids)
        for ordinal, (index, record), again in zip(ordinals, records, repeated, strict=False):
            if again:
                continue
            shown = None
            for place, detector in detectors:
                if place == self._changing:
                    shown = shown or _shown(record)  # while it is as it was
                try:
                    verdict = ask(detector, record, prints)
                except NotImplementedError as reason:
                    unwritten[place] = (number, ordinal, place, index)
                    detectors = self._written()
                    verdict = Raised(f"not written yet: {reason}")
                if verdict is False:
                    continue
                shown = shown or _shown(record)
                at = (number, ordinal, place, index)
                if type(verdict) is Raised:
                    self.swept.errors.append((at, shown[-1], str(verdict)))
                else:
                    where.append(at)
                    shown_values.append(map(storable, shown))
                    printed.append(verdict)
        if where:
            self._add_matches(list(map(list, zip(*where, strict=True))), zip(*shown_values, strict=True), printed)
        return ids

    def _written(self):
        """Return (place, detector) of those that have not said that they are not written yet."""
        unwritten = {*self.swept.unwritten, *self._unwritten}
        return [(place, detector) for place, detector in self._detectors if place not in unwritten]

    def _add_matches(self, where, shown, printed):
        if self._tell:
            shown = dict(zip(SHOWN_AS, map(list, shown), strict=True))
            told = [list(map(as_it_was, values)) for values in shown.values()]
            self._new.append((list(zip(*where, strict=True)), [*told, filled(printed, shown.__getitem__)]))
            shown = shown.values()
        self.swept.found.add(where, shown, printed)

    # ------------------------------------------------------------------------------------------ the fast way

    def _fast(self, number, path, data, prints):
        """Show only what is new of each record to simple detectors."""
        try:
            plain = unpack(data)
            if not plain.isascii():
                plain.decode()  # fields that are not looked at must be UTF-8 too, or the plain path has its say
            reading = self._reader.read(plain, prints)
            odd = [(at, value_of(raw)) for at, raw in reading.odd.items()]
        except (msgspec.MsgspecError, ValueError, RecursionError):
            # Damaged, other JSON, or entries that are no records: the plain path decides what it means.
            return self._show_all(number, parse(data, path, self.swept.tally), prints)
        ids, ordinals = reading.ids(), reading.ordinals
        for ordinal, event_id in zip(reading.odd, self._show(number, reading.odd, odd, prints), strict=True):
            ids.insert(ordinal, event_id)
        self.swept.tally.records += len(ids)
        self.swept.add_records(number, ids)
        rows, detectors, printed = [], [], []
        for place, (found, verdicts) in enumerate(reading.said):
            if Raised in map(type, verdicts):
                raised = [row for row, verdict in enumerate(verdicts) if type(verdict) is Raised]
                for row in reversed(raised):
                    at = ordinals[found.pop(row)]
                    self.swept.errors.append(((number, at, place, at), ids[at], str(verdicts.pop(row))))
            rows += found
            detectors += [place] * len(found)
            printed += verdicts
        if rows:
            places = [ordinals[row] for row in rows]
            self._add_matches(([number] * len(rows), places, detectors, places), reading.shown(rows), printed)
        return None


def _given_a_copy(detector):
    """Return a detector that is shown a copy of a record: msgspec makes one in a third of the time of decoding."""
    return lambda record: detector(msgspec.to_builtins(record))


_values_shown = itemgetter(*SHOWN)


def _shown(record):
    """Return what a match shows of a record."""
    try:
        *shown, identity, event_id = _values_shown(record)
    except KeyError:
        *shown, identity, event_id = map(record.get, SHOWN)
    return [*shown, identity.get("arn") if isinstance(identity, dict) else None, event_id]
