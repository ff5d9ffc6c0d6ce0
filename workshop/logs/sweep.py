"""One pass of detectors over the records of a source: the plain way, and the fast way for simple detectors."""

import contextlib
import json
import logging
import os
import signal
import threading
from functools import lru_cache
from operator import attrgetter

import msgspec

from workshop.logs import both_processors
from workshop.logs.files import Tally, find_log_files, read_files
from workshop.logs.proof import NotProven, fields_read
from workshop.logs.records import parse, unpack, value_of
from workshop.logs.verdicts import Raised, Verdicts, ask, record_type

log = logging.getLogger(__name__)

# The fields of a record that a match shows; of userIdentity it shows the arn.
SHOWN = ("eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userIdentity", "eventID")
_IDENTITY = SHOWN.index("userIdentity")
_COLUMNS = tuple("userIdentity.arn" if name == "userIdentity" else name for name in SHOWN)


class Sweep:
    """One pass of detectors over the records of a source.

    `matches` and `errors` are lists of dictionaries, in the order of files, records and detectors. `unread` has the
    paths that were not reached, when the sweep was interrupted. `plain` tells for each detector that is not simple why.
    """

    def __init__(self, source, detectors, s3=None, *, exact=False, processes=1, progress=None, only=None):
        if not detectors:
            raise ValueError('hunt(source, *detectors) needs at least one detector: hunt("data", deleting_logs)')
        self.tally, self.errors, self.matches, self.detectors, self.plain = Tally(), [], [], {}, {}
        self.s3, self.processes, self.progress = s3, processes, progress or (lambda *done: None)
        for detector in detectors:
            if not callable(detector):
                raise TypeError(f"A detector is a function that takes a record; got {detector!r}.")
            self.detectors[self._free_name(detector)] = detector
        fields = set(SHOWN)
        for name, detector in self.detectors.items():
            try:
                fields.update(fields_read(detector))
            except NotProven as reason:
                self.plain[name] = str(reason)
        self.fields = sorted(fields)
        self.paths = find_log_files(source, s3=s3, tally=self.tally, only=only)
        self.unread = []
        self._stop = False
        with self._interruptible(), both_processors.garbage_kept():
            if exact or self.plain:
                self._plainly()
            else:
                self._fast()
        if self.errors:
            log.warning("detectors raised on %d records, first: %s", len(self.errors), json.dumps(self.errors[0]))

    def _free_name(self, detector):
        name = plain = getattr(detector, "__name__", None) or type(detector).__name__
        namesakes = 1
        while name in self.detectors:
            namesakes += 1
            name = f"{plain} ({namesakes})"
        return name

    @contextlib.contextmanager
    def _interruptible(self):
        """Let the first interrupt end the sweep at the end of a file; the second one is as ever."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def stop(number, frame):
            self._stop = True
            signal.signal(signal.SIGINT, before)

        signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    # ------------------------------------------------------------------------------------------ the plain way

    def _plainly(self):
        """Show each record in full to each detector, in order, here."""
        seen, unwritten = set(), set()
        place = {path: number for number, path in enumerate(self.paths)}
        for path, data in read_files(self.paths, self.tally, s3=self.s3):
            for index, copies in _copies_of_all(data, path, self.tally, len(self.detectors)):
                record = copies[0]
                event_id = record.get("eventID")
                if isinstance(event_id, str) and event_id:
                    if event_id in seen:
                        self.tally.duplicates += 1
                        continue
                    seen.add(event_id)
                self._show(path, index, copies, unwritten)
            self.progress(place[path] + 1, len(self.paths), self.tally.records)
            if self._stop:
                self.unread = self.paths[place[path] + 1 :]
                break

    def _show(self, path, index, copies, unwritten):
        shown = _shown(copies[0])
        for name, copy in zip(self.detectors, copies, strict=True):
            if name in unwritten:
                continue
            try:
                verdict = ask(self.detectors[name], copy)
            except NotImplementedError as reason:
                unwritten.add(name)
                verdict = Raised(f"not written yet: {reason}")
            self._note(name, verdict, path, index, shown)

    def _note(self, name, verdict, path, index, shown):
        if type(verdict) is Raised:
            self.errors.append({"detector": name, "eventID": shown[-1], "error": str(verdict)})
        elif verdict is not False:
            match = {"detector": name, **dict(zip(_COLUMNS, shown, strict=True)), "printed": str(verdict)}
            self.matches.append({**match, "logFile": path, "logIndex": index})

    # ------------------------------------------------------------------------------------------ the fast way

    def _fast(self):
        """Show only what is new of each record to simple detectors, here and in a second process."""
        import numpy as np

        from workshop.logs.event_ids import EventIds, Packed, pack_ids

        attribute_of, decode = record_type(self.fields)
        here = os.getpid()

        def work(stretches, report):
            swept = _Swept(Packed(pack_ids))
            verdicts = [Verdicts(detector, attribute_of) for detector in self.detectors.values()]
            for stretch in stretches:
                number_of = {self.paths[number]: number for number in stretch}
                for path, data in read_files(list(number_of), swept.tally, s3=self.s3):
                    self._sweep_file(swept, verdicts, number_of[path], path, data, attribute_of, decode)
                    files, records, stopped = report(swept.tally.files, swept.tally.records, self._stop)
                    if stopped:
                        return swept
                    if os.getpid() == here:
                        self.progress(files, len(self.paths), records)
            return swept

        parts = both_processors.divide(self.paths, work, self.processes)
        for part in parts:
            self.tally.merge(part.tally)
        counts = [pair for part in parts for pair in part.counts]
        done = {number for number, _ in counts}
        place = {path: number for number, path in enumerate(self.paths)}
        self.tally.skipped.sort(key=lambda entry: place.get(entry["path"], -1))
        if self._stop:
            done |= {place[entry["path"]] for entry in self.tally.skipped if entry["path"] in place}
            self.unread = [path for number, path in enumerate(self.paths) if number not in done]
        # Duplicates are looked for at the end, all at once: a simple detector does not mind seeing a record twice.
        ids = EventIds._concat_same_type([EventIds(*part.ids.whole()) for part in parts])
        numbers = np.repeat(*np.array(counts, dtype=np.int64).reshape(-1, 2).T)
        repeated = ids.take(np.argsort(numbers, kind="stable")).repeated()
        self.tally.duplicates = int(repeated.sum())
        starts = np.zeros(len(self.paths) + 1, dtype=np.int64)
        for number, count in counts:
            starts[number + 1] = count
        starts = starts.cumsum()
        found = sorted((entry for part in parts for entry in part.found), key=lambda entry: entry[:3])
        names = list(self.detectors)
        for number, ordinal, detector, index, verdict, shown in found:
            if not repeated[starts[number] + ordinal]:
                self._note(names[detector], verdict, self.paths[number], index, shown)

    def _sweep_file(self, swept, verdicts, number, path, data, attribute_of, decode):
        """Add what the detectors say of one file's records."""
        try:
            plain = unpack(data)
            if not plain.isascii():
                plain.decode()  # fields that are not looked at must be UTF-8 too, or the plain path has its say
            records = decode(plain).Records
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return self._sweep_file_plainly(swept, number, path, data)
        ids = list(map(_text, map(bytes, map(attrgetter(attribute_of["eventID"]), records))))
        fields, found = attrgetter(*(attribute_of[name] for name in SHOWN)), []
        for place, memory in enumerate(verdicts):
            for ordinal, verdict in enumerate(memory.of(records)):
                if verdict is not False:
                    shown = _shown_of(map(bytes, fields(records[ordinal])))
                    found.append((number, ordinal, place, ordinal, verdict, shown))
        swept.tally.records += len(records)
        return swept.add(number, ids, found)

    def _sweep_file_plainly(self, swept, number, path, data):
        found, ids = [], []
        for ordinal, (index, copies) in enumerate(_copies_of_all(data, path, swept.tally, len(self.detectors))):
            record = copies[0]
            ids.append(record["eventID"] if isinstance(record.get("eventID"), str) else None)
            shown = _shown(record)
            for place, detector in enumerate(self.detectors.values()):
                verdict = ask(detector, copies[place])
                if verdict is not False:
                    found.append((number, ordinal, place, index, verdict, shown))
        swept.add(number, ids, found)


class _Swept:
    """What one process has found: plain values, so that they can be sent to the other."""

    def __init__(self, ids):
        self.tally, self.ids, self.counts, self.found = Tally(), ids, [], []

    def add(self, number, ids, found):
        self.ids.extend(ids)
        self.counts.append((number, len(ids)))
        self.found += found


def _shown(record):
    """Return what a match shows of a record."""
    shown = list(map(record.get, SHOWN))
    identity = shown[_IDENTITY]
    shown[_IDENTITY] = identity.get("arn") if isinstance(identity, dict) else None
    return shown


def _shown_of(raws):
    """Return the same of the bytes of these fields; a text that repeats is one object, and is sent only once."""
    return tuple(look_up(raw) for look_up, raw in zip(_LOOK_UPS, raws, strict=True))


def _value(raw):
    """Return the value of a field's bytes; None for one that is absent."""
    if raw.startswith(b'"') and b"\\" not in raw:
        return raw[1:-1].decode()
    return value_of(raw) if raw else None


def _text(raw):
    """Return the text of a field's bytes; None for anything else."""
    if raw.startswith(b'"') and b"\\" not in raw:
        return raw[1:-1].decode()
    value = _value(raw)
    return value if isinstance(value, str) else None


def _arn(raw):
    identity = _value(raw)
    return identity.get("arn") if isinstance(identity, dict) else None


_LOOK_UPS = [
    _value if name in ("eventTime", "eventID") else lru_cache(10_000)(_arn if name == "userIdentity" else _value)
    for name in SHOWN
]


def _copies_of_all(data, path, tally, count):
    """Return (index, [as many copies of the record, equal and independent]) for each record in the bytes of a file.

    Parsing again is the fastest way to copy, and the only one that has no limits.
    """
    first, *others = (parse(data, path, tally if number == 0 else Tally()) for number in range(count))
    return [
        (pair[0], [pair[1], *copies])
        for pair, *copies in zip(first, *([record for _, record in other] for other in others), strict=True)
    ]
