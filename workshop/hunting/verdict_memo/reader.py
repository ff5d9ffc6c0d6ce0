"""Log files as simple detectors see them: only what they read is decoded, and they are asked only about what is new."""

import msgspec

from workshop.hunting.packed_matches import SHOWN, storable
from workshop.hunting.verdict_memo.batch import RecordType
from workshop.hunting.verdict_memo.parts import ALWAYS, TYPE
from workshop.hunting.verdict_memo.verdicts import Verdicts
from workshop.hunting.verdict_memo.view import Memo
from workshop.logs.records import raw_records


class Reader:
    """Reads log files for the detectors of a plan, all of them simple, and remembers what they said."""

    def __init__(self, plan):
        # The field in which each column of a match lies: all of userIdentity, unless no detector needs more than parts.
        fields = {name: name if plan.in_parts else name.partition(".")[0] for name in SHOWN}
        names = {*fields.values(), *([TYPE] if plan.in_parts else []), *plan.fields()}
        letters = {name: number for name, number in plan.begun().items() if name not in fields.values()}
        self._type = RecordType(names, letters, plan.asks_if_empty)
        self.shown_attributes = {name: self._type.attribute_of[field] for name, field in fields.items()}
        memo = Memo()
        self.arns = _Arns(memo)
        self._verdicts = [
            Verdicts(detector, plan.proofs[name], self._type.attribute_of, memo)
            for name, detector in plan.detectors.items()
        ]

    def read(self, plain, prints):
        """Return what the detectors say of the records in an unpacked log file, a `Reading`.

        Raises: msgspec's errors, ValueError or RecursionError when it is no list of records, or something in it is
        damaged where it was looked at; it is to be read in full then.
        """
        records, ordinals, odd = self._decoded(plain)
        batch = self._type.batch(records)
        return Reading(self, batch, ordinals, odd, [one.of(batch, prints) for one in self._verdicts if records])

    def _decoded(self, plain):
        """Return (records, ordinals, odd) as `Reading` has them."""
        try:
            records = self._type.decode_file(plain).Records
            return records, range(len(records)), {}
        except msgspec.ValidationError:
            records, ordinals, odd = [], [], {}
            for ordinal, raw in enumerate(raw_records(plain)):
                try:
                    records.append(self._type.decode_record(raw))
                except msgspec.ValidationError:
                    odd[ordinal] = raw
                else:
                    ordinals.append(ordinal)
            return records, ordinals, odd


class Reading:
    """What detectors say of the records of a file.

    odd       {the place in the file: the bytes} of records with an unusual field, in order: to be shown in full
    ordinals  the places in the file of all others, the rows
    said      for each detector two lists, (rows, verdicts) of what it matches or raises on; none if there are no rows
    """

    def __init__(self, reader, batch, ordinals, odd, said):
        self._reader, self._batch, self.ordinals, self.odd, self.said = reader, batch, ordinals, odd, said

    def ids(self):
        """Return the eventID of each row, a new list."""
        return list(self._batch.column(self._reader.shown_attributes["eventID"]))

    def shown(self, rows):
        """Return the values of some rows, by the names in SHOWN."""
        return {name: self._shown(name, attribute, rows) for name, attribute in self._reader.shown_attributes.items()}

    def _shown(self, name, attribute, rows):
        values = self._batch.values(attribute, rows)
        if attribute in self._batch.raw:
            return map(self._reader.arns.__getitem__, values)
        return values if name in ALWAYS else [None if value is msgspec.UNSET else value for value in values]


class _Arns(dict):
    """The arn of each userIdentity, by its bytes."""

    def __init__(self, memo):
        self._memo = memo

    def __missing__(self, raw):
        if len(self) > 20_000:
            self.clear()
        identity = self._memo[raw] if raw else None
        arn = self[raw] = storable(identity.get("arn") if isinstance(identity, dict) else None)
        return arn
