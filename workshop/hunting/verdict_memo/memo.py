"""`VerdictMemo`: what the rest of the hunt knows of the fast way."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from workshop.hunting.detector_call import Prints, Raised
from workshop.hunting.packed_matches import SHOWN, Template, storable
from workshop.hunting.verdict_memo.batch import Batch, RecordType
from workshop.hunting.verdict_memo.kept_state import kept_by
from workshop.hunting.verdict_memo.parts import ALWAYS, TYPE
from workshop.hunting.verdict_memo.proof import NotProven, Proof, prove
from workshop.hunting.verdict_memo.verdicts import Verdicts
from workshop.hunting.verdict_memo.view import Decoded
from workshop.logs.records import raw_records


class FileVerdicts(NamedTuple):
    """What simple detectors say of the records in one log file. Numbers of records are their places in the file.

    ids      the eventID of each record that is not odd, in order
    odd      {number: bytes} of records with an unusual field, in order: they are to be shown in full
    errors   (number of the record, number of the detector, what it raised)
    records, detectors, printed  the same of each match, and what was printed: three lists of one length
    shown    what the matches show: values by the names in SHOWN
    """

    ids: list[str]
    odd: dict[int, bytes]
    errors: list[tuple[int, int, str]]
    records: list[int]
    detectors: list[int]
    printed: list[str | Template]
    shown: dict[str, Iterable]


class VerdictMemo:
    """The detectors of a hunt by their names: what is proven of them, and what the simple ones have said so far.

    It is made where the detectors' source is, and can be sent to other processes; what was said is not sent along.
    `not_simple` has why a detector is not simple. `may_keep` has those of which it is not proven that they keep nothing
    from one record to the next, and where each seems to keep something; an empty text if that cannot be seen.
    """

    def __init__(self, detectors: Mapping[str, Callable]) -> None:
        self._detectors = detectors
        self.proofs = dict[str, Proof]()
        self._unchanging = set[str]()
        self._reader: _Reader | None = None
        self.not_simple, self.may_keep = dict[str, str](), dict[str, str]()
        for name, detector in detectors.items():
            try:
                self.proofs[name] = prove(detector)
            except NotProven as reason:
                self.not_simple[name] = str(reason)
                self._unchanging |= {name} if reason.changes_nothing else set()
                if not reason.keeps_nothing:
                    self.may_keep[name] = kept_by(detector)
        if not all(proof.in_parts for proof in self.proofs.values()):
            self.proofs = {name: prove(detectors[name], in_parts=False) for name in self.proofs}

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_reader": None}

    def changes_nothing(self, name: str) -> bool:
        """Tell whether a detector is known to leave the record as it was."""
        return name in self._unchanging or (name in self.proofs and not self.proofs[name].may_change)

    def sweep(self, plain: bytes, prints: Prints) -> FileVerdicts:
        """Return what the detectors, all of them simple, say of the records in an unpacked log file.

        Raises: msgspec's errors, ValueError or RecursionError when it is not a list of records, or something in it is
        damaged where it was looked at; then it is to be read in full.
        """
        self._reader = self._reader or _Reader(self._detectors, self.proofs)
        return self._reader.read(plain, prints)


class _Reader:
    """Reads log files for simple detectors, and remembers what they said."""

    def __init__(self, detectors: Mapping[str, Callable], proofs: Mapping[str, Proof]) -> None:
        in_parts = all(proof.in_parts for proof in proofs.values())
        # The field in which each column of a match lies: all of userIdentity, unless no detector needs more than parts.
        fields = {name: name if in_parts else name.partition(".")[0] for name in SHOWN}
        read = {name for proof in proofs.values() for name in proof.fields}
        letters = {name: n for name, n in letters_enough(proofs.values()).items() if name not in fields.values()}
        names = {*fields.values(), *([TYPE] if in_parts else []), *read}
        self._type = RecordType(names, letters, any(proof.asks_if_empty for proof in proofs.values()))
        attribute_of = self._type.attribute_of
        self._shown_attributes = {name: attribute_of[field] for name, field in fields.items()}
        decoded = Decoded()
        self._arns = _Arns(decoded)
        self._verdicts = [Verdicts(detectors[name], proof, attribute_of, decoded) for name, proof in proofs.items()]

    def read(self, plain: bytes, prints: Prints) -> FileVerdicts:
        """Return what the detectors say, as `VerdictMemo.sweep` does."""
        records, numbers, odd = self._decoded(plain)
        batch = self._type.batch(records)
        rows, detectors, printed = list[int](), list[int](), list[Any]()
        errors = list[tuple[int, int, str]]()
        for detector, verdicts in enumerate(self._verdicts if records else ()):
            found, said = verdicts.of(batch, prints)
            if Raised in map(type, said):
                both = list(zip(found, said, strict=True))
                errors += [(numbers[row], detector, str(one)) for row, one in both if type(one) is Raised]
                found = [row for row, one in both if type(one) is not Raised]
                said = [one for one in said if type(one) is not Raised]
            rows += found
            detectors += [detector] * len(found)
            printed += said
        ids = list(batch.column(self._shown_attributes["eventID"]))
        shown = {name: self._shown(batch, name, rows) for name in SHOWN} if rows else {}
        return FileVerdicts(ids, odd, errors, [numbers[row] for row in rows], detectors, printed, shown)

    def _decoded(self, plain: bytes) -> tuple[list, range | list[int], dict[int, bytes]]:
        """Return the records of a file, their places in it, and the odd ones."""
        try:
            records = self._type.decode_file(plain).Records
            return records, range(len(records)), {}
        except msgspec.ValidationError:
            records, numbers, odd = [], list[int](), dict[int, bytes]()
            for number, raw in enumerate(raw_records(plain)):
                try:
                    records.append(self._type.decode_record(raw))
                except msgspec.ValidationError:
                    odd[number] = raw
                else:
                    numbers.append(number)
            return records, numbers, odd

    def _shown(self, batch: Batch, name: str, rows: list[int]) -> Iterable:
        attribute = self._shown_attributes[name]
        values = batch.values(attribute, rows)
        if attribute in batch.raw:
            return map(self._arns.__getitem__, values)
        return values if name in ALWAYS else [None if value is msgspec.UNSET else value for value in values]


def letters_enough(proofs: Iterable[Proof]) -> dict[str, int]:
    """Return {field: how many of its letters are enough for all detectors}, where some are enough."""
    letters = dict[str, int]()
    whole = set[str]()
    for proof in proofs:
        whole |= proof.fields - set(proof.begun)
        letters |= {name: max(number, letters.get(name, 0)) for name, number in proof.begun.items()}
    return {name: number for name, number in letters.items() if name not in whole}


class _Arns(dict[bytes, Any]):
    """The arn of each userIdentity, by its bytes."""

    def __init__(self, decoded: Decoded) -> None:
        self._decoded = decoded

    def __missing__(self, raw: bytes) -> Any:
        if len(self) > 20_000:
            self.clear()
        identity = self._decoded[raw] if raw else None
        arn = self[raw] = storable([identity.get("arn") if isinstance(identity, dict) else None])[0]
        return arn
