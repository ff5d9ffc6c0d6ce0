"""The unit of work of a hunt: some log files swept with some detectors, wherever that is done."""

from operator import attrgetter

import msgspec

from workshop.logs.ask import Matched, Prints, Raised, ask
from workshop.logs.batch import RecordType
from workshop.logs.both_processors import garbage_kept
from workshop.logs.files import read_files
from workshop.logs.records import parse, unpack, value_of
from workshop.logs.swept import SHOWN, Odd, Swept
from workshop.logs.verdicts import Verdicts


def sweep_files(plan, numbered, *, s3=None, done=None):
    """Sweep log files with the detectors of a plan; return a `Swept`.

    `numbered` is {path: the file's number in the list of all}; `done`, if given, is called with the Swept so far after
    each file, and something true ends the sweep. Everything here can be pickled (the plan as far as its detectors can):
    to work elsewhere, send a plan and paths there, and merge what comes back (`sweep.Sweep`).
    """
    return Sweeper(plan, s3).sweep(numbered, done)


class Sweeper:
    """Sweeps files with the detectors of a plan, and remembers what simple ones said."""

    def __init__(self, plan, s3=None):
        self.plan, self.s3, self.swept = plan, s3, Swept()
        self._detectors = list(plan.detectors.values())
        self._seen = set()
        if plan.in_full:
            return
        names = {*SHOWN, *(name for proof in plan.proofs.values() for name in proof.fields)}
        self._type = RecordType(sorted(names))
        self._shown = [self._type.attribute_of[name] for name in SHOWN]
        self._arns = _Arns()
        self._verdicts = [
            Verdicts(detector, plan.proofs[name], self._type.attribute_of) for name, detector in plan.detectors.items()
        ]

    def sweep(self, numbered, done=None):
        """Sweep files; return what all files so far have brought."""
        sweep = self._in_full if self.plan.in_full else self._fast
        with garbage_kept():
            for path, data in read_files(list(numbered), self.swept.tally, s3=self.s3):
                with Prints() as prints:
                    sweep(numbered[path], path, data, prints)
                if done and done(self.swept):
                    break
        return self.swept

    # ------------------------------------------------------------------------------------------ the plain way

    def _in_full(self, number, path, data, prints):
        """Show each record in full to each detector, in order, unless one with the same id has come before."""
        self._show_all(number, _copies_of_all(data, path, self.swept.tally, len(self._detectors)), prints, self._seen)

    def _show_all(self, number, records, prints, seen=None):
        """Show records to the detectors: each is (index, [a copy for each detector])."""
        ids, where, shown_values, printed = [], [], [], []
        for ordinal, (index, copies) in enumerate(records):
            record = copies[0]
            event_id = record.get("eventID")
            event_id = event_id if isinstance(event_id, str) else None
            ids.append(event_id)
            if seen is not None and event_id:
                if event_id in seen:
                    continue
                seen.add(event_id)
            shown = _shown(record)
            for place, (detector, copy) in enumerate(zip(self._detectors, copies, strict=True)):
                if place in self.swept.unwritten:
                    continue
                at = (number, ordinal, place, index)
                try:
                    verdict = ask(detector, copy, prints)
                except NotImplementedError as reason:
                    self.swept.unwritten[place] = at
                    verdict = Raised(f"not written yet: {reason}")
                if type(verdict) is Matched:
                    where.append(at)
                    shown_values.append(map(_storable, shown))
                    printed.append(verdict)
                elif verdict:
                    self.swept.errors.append((at, shown[-1], str(verdict)))
        self.swept.add_records(number, ids)
        if where:
            self.swept.add_matches(where, zip(*shown_values, strict=True), printed)

    # ------------------------------------------------------------------------------------------ the fast way

    def _fast(self, number, path, data, prints):
        """Show only what is new of each record to simple detectors."""
        try:
            plain = unpack(data)
            if not plain.isascii():
                plain.decode()  # fields that are not looked at must be UTF-8 too, or the plain path has its say
            batch = self._type.batch(self._type.decode_file(plain).Records)
            said = [verdicts.of(batch, prints) for verdicts in self._verdicts] if batch.records else []
        except (msgspec.MsgspecError, ValueError, RecursionError):
            # Damaged, other JSON, or a field of an unusual kind: the plain path decides what it means.
            copies = _copies_of_all(data, path, self.swept.tally, len(self._detectors))
            return self._show_all(number, copies, prints)
        self.swept.tally.records += len(batch.records)
        ids = batch.column(self._shown[-1])
        self.swept.add_records(number, [None if text is msgspec.UNSET else text for text in ids])
        where, printed = [], []
        for place, verdicts in enumerate(said):
            for ordinal, verdict in verdicts:
                at = (number, ordinal, place, ordinal)
                if type(verdict) is Raised:
                    self.swept.errors.append((at, _present(ids[ordinal]), str(verdict)))
                else:
                    where.append(at)
                    printed.append(verdict)
        if where:
            matched = [batch.records[at[1]] for at in where]
            self.swept.add_matches(where, self._shown_of(matched), printed)
        return None

    def _shown_of(self, records):
        """Yield for each of SHOWN the values of some records."""
        for name, attribute in zip(SHOWN, self._shown, strict=True):
            values = map(attrgetter(attribute), records)
            yield map(self._arns.__getitem__, map(bytes, values)) if name == "userIdentity" else map(_present, values)


class _Arns(dict):
    """The arn of each userIdentity, by its bytes."""

    def __missing__(self, raw):
        if len(self) > 20_000:
            self.clear()
        identity = value_of(raw) if raw else None
        arn = self[raw] = _storable(identity.get("arn") if isinstance(identity, dict) else None)
        return arn


def _present(value):
    return None if value is msgspec.UNSET else value


def _storable(value):
    return value if value is None or type(value) is str else Odd(value)


def _shown(record):
    """Return what a match shows of a record."""
    *shown, identity, event_id = map(record.get, SHOWN)
    return [*shown, identity.get("arn") if isinstance(identity, dict) else None, event_id]


def _copies_of_all(data, path, tally, count):
    """Return (index, [as many copies of the record, equal and independent]) for each record in the bytes of a file.

    Parsing again is the fastest way to copy, and the only one that has no limits.
    """
    first, *others = (parse(data, path, tally if number == 0 else type(tally)()) for number in range(count))
    return [
        (pair[0], [pair[1], *copies])
        for pair, *copies in zip(first, *([record for _, record in other] for other in others), strict=True)
    ]
