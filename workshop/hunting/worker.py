"""The unit of work of a hunt: some log files swept with some detectors, wherever that is done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

import msgspec

from workshop.hunting.detector_call import Prints, Raised, ask
from workshop.hunting.packed_matches import SHOWN, Position, as_it_was, filled, storable
from workshop.hunting.part_findings import DetectorError, PartFindings
from workshop.hunting.plan import Plan
from workshop.hunting.seen_records import SeenRecords
from workshop.logs.files import read_files
from workshop.logs.json_text import however_deep, must_be_utf8, value_of
from workshop.logs.record import Record, as_usual, id_of
from workshop.logs.records import parse
from workshop.logs.unpacking import unpack
from workshop.logs.worker_processes import garbage_kept


def sweep_files(plan: Plan, numbered: dict[str, int], *, s3: Any = None) -> PartFindings:
    """Sweep log files with the detectors of a plan; return what that has found.

    `numbered` is {path: the file's number in the list of all}. Everything here can be pickled (the plan as far as its
    detectors can): to work elsewhere, send a plan and paths there, and merge what comes back (`sweep.sweep`).
    """
    return FileSweeper(plan, s3).sweep(numbered)


class FileSweeper:
    """Sweeps files with the detectors of a plan, and remembers what those said that need not be asked twice.

    `findings` has what all files so far have brought. `earlier` is what an interrupted sweep has brought, and the paths
    that it tells files by, if this goes on with it. `hand_on`, if given, is called with the matches of each file, as
    `PackedMatches.all` has them. `spare` says that a processor is left for a thread that unpacks files.
    """

    def __init__(
        self,
        plan: Plan,
        s3: Any = None,
        earlier: tuple[PartFindings, Sequence[str]] | None = None,
        hand_on: Callable[[list[Position], dict[str, list]], None] | None = None,
        *,
        spare: bool = False,
    ) -> None:
        self.plan, self.s3, self.spare, self.findings = plan, s3, spare, PartFindings()
        self._hand_on, self._to_hand_on = hand_on, list[tuple[list[Position], dict[str, list]]]()
        self._known_unwritten: dict[int, Position] = {}
        self._detectors, last = list[tuple[int, Callable]](), len(plan.detectors) - 1
        self._changing = None  # the last detector, if it may change the record; others that may are shown copies
        for number, (name, detector) in enumerate(plan.detectors.items()):
            if not plan.memo.changes_nothing(name):
                if number == last:
                    self._changing = last
                else:
                    detector = _given_a_copy(detector)
            self._detectors.append((number, detector))
        self._stubs = {number for number, name in enumerate(plan.detectors) if name in plan.stubs}
        self._seen = SeenRecords(s3)
        if plan.in_full and earlier:
            self._seen.note_earlier(*earlier)
            self._known_unwritten = dict(earlier[0].unwritten)

    def sweep(self, numbered: dict[str, int], done: Callable[[PartFindings], Any] | None = None) -> PartFindings:
        """Sweep files; return what all files so far have brought.

        `done`, if given, is called with that after each file, and something true ends the sweep.
        """
        sweep = self._in_full if self.plan.in_full else self._fast
        with garbage_kept():
            for path, data in read_files(list(numbered), self.findings.tally, s3=self.s3, unpack=self.spare):
                with Prints() as prints:
                    sweep(numbered[path], path, data, prints)
                while self._hand_on and self._to_hand_on:  # here, where what is printed is seen again
                    self._hand_on(*self._to_hand_on.pop(0))
                if done and done(self.findings):
                    break
        return self.findings

    # ------------------------------------------------------------------------------------------ the plain way

    def _in_full(self, file: int, path: str, data: bytes, prints: Prints) -> None:
        """Show each record in full to each detector, in order, unless the same one has come before."""
        self._seen.begin(file, path, data)
        self._show_all(file, parse(data, path, self.findings.tally), prints, self._seen)

    def _show_all(
        self, file: int, entries: list[tuple[int, Record]], prints: Prints, seen: SeenRecords | None = None
    ) -> None:
        """Show all records of a file to the detectors."""
        self.findings.add_records(file, self._show(file, range(len(entries)), entries, prints, seen))

    def _show(
        self,
        file: int,
        numbers: Iterable[int],
        entries: Sequence[tuple[int, Record]],
        prints: Prints,
        seen: SeenRecords | None = None,
    ) -> list[str | None]:
        """Show records in full to the detectors, and keep their matches; return the records' ids.

        `entries` are (index, record), `numbers` their places among all records of the file.
        """
        positions, shown, printed = list[tuple[int, int, int, int]](), list[list](), list[str]()
        detectors = self._written()
        ids = [id_of(record) for _, record in entries]
        seen_in = repeat(None) if seen is None else seen.first_files(ids)
        for number, (index, record), event_id, first in zip(numbers, entries, ids, seen_in, strict=False):
            if seen and event_id and first is not None and seen.is_copy(record, event_id, first):
                self.findings.copies.places.extend((file, number))
                continue
            values = None
            for detector_number, detector in detectors:
                if detector_number == self._changing:
                    values = values or _shown(record)  # while it is as it was
                verdict = ask(detector, record, prints)
                if verdict is False:
                    continue
                values = values or _shown(record)
                if type(verdict) is Raised:
                    position = Position(file, number, detector_number, index)
                    if detector_number in self._stubs:
                        self.findings.unwritten[detector_number] = position
                        detectors = self._written()
                        verdict = Raised(f"not written yet: {verdict}")
                    self.findings.errors.append(DetectorError(position, values[_ID], str(verdict)))
                else:
                    positions.append((file, number, detector_number, index))
                    shown.append(values)
                    printed.append(verdict)
        if positions:
            of_positions = dict(zip(Position._fields, map(list, zip(*positions, strict=True)), strict=True))
            columns = dict(zip(SHOWN, map(storable, zip(*shown, strict=True)), strict=True))
            self._add_matches(of_positions, columns, printed)
        return ids

    def _written(self) -> list[tuple[int, Callable]]:
        """Return (number, detector) of all but the stubs that have raised."""
        unwritten = {*self.findings.unwritten, *self._known_unwritten}
        return [(number, detector) for number, detector in self._detectors if number not in unwritten]

    def _add_matches(self, positions: Mapping[str, list[int]], shown: Mapping[str, Iterable], printed: list) -> None:
        if self._hand_on:
            shown = {name: list(values) for name, values in shown.items()}
            columns = {name: list(map(as_it_was, values)) for name, values in shown.items()}
            columns["printed"] = filled(printed, columns.__getitem__)
            self._to_hand_on.append((list(map(Position, *positions.values())), columns))
        self.findings.matches.add(positions, shown, printed)

    # ------------------------------------------------------------------------------------------ the fast way

    def _fast(self, file: int, path: str, data: bytes, prints: Prints) -> None:
        """Show only what is new of each record to detectors that need not be asked twice."""
        try:
            plain = unpack(data)
            must_be_utf8(plain)
            said = self.plan.memo.sweep(plain, prints)
            odd = [(number, value_of(raw)) for number, raw in said.odd.items()]
        except (msgspec.MsgspecError, ValueError, RecursionError):
            # Damaged, other JSON, or entries that are no records: the plain path decides what it means.
            return self._show_all(file, parse(data, path, self.findings.tally), prints)
        ids: list[str | None] = [*said.ids]
        for number, event_id in zip(said.odd, self._show(file, said.odd, odd, prints), strict=True):
            ids.insert(number, event_id)
        self.findings.tally.records += len(ids)
        self.findings.add_records(file, ids)
        if not said.odd:
            self.findings.copies.look(file, plain, ids)
        for number, detector, error in said.errors:
            self.findings.errors.append(DetectorError(Position(file, number, detector, number), ids[number], error))
        if said.records:
            files = [file] * len(said.records)
            positions = dict(zip(Position._fields, (files, said.records, said.detectors, said.records), strict=True))
            self._add_matches(positions, said.shown, said.printed)
        return None


def _given_a_copy(detector: Callable) -> Callable:
    """Return a detector that is shown a copy of a record: msgspec makes one in a third of the time of decoding."""
    return lambda record: detector(however_deep(msgspec.to_builtins, record))


# The fields of a record in which the values lie that a match shows; and of those that lie in an object, where in it.
_FIELDS = tuple(name.partition(".")[0] for name in SHOWN)
_IN_OBJECTS = [(place, name.partition(".")[2]) for place, name in enumerate(SHOWN) if "." in name]
_ID = SHOWN.index("eventID")
_values_of = itemgetter(*_FIELDS)


def _shown(record: Record) -> list:
    """Return what a match shows of a record, in the order of SHOWN."""
    try:
        shown = list(_values_of(record))
    except KeyError:
        shown = list(map(as_usual(record).get, _FIELDS))
    for place, field in _IN_OBJECTS:
        shown[place] = shown[place].get(field) if isinstance(shown[place], dict) else None
    return shown
