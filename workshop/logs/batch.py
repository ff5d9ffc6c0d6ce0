"""The records of one log file, with only those of their fields that are asked for."""

from operator import attrgetter

import msgspec
from msgspec import UNSET, Raw, UnsetType

from workshop.logs.columns import COLUMNS

# Fields that are text if they are there, in (nearly) all records. Of others the bytes are kept.
TEXTS = {column.name for column in COLUMNS if column.kind in ("text", "time", "id")} - {"userAgent"}


class RecordType:
    """Decodes log files to records with some fields: a text, None or UNSET (not there), or as Raw, their bytes.

    `attribute_of` tells which attribute of a record has a field; bytes of a field that is not there are empty.
    Each `decode` raises msgspec's errors for what does not fit, such as a text field that holds a number.
    """

    def __init__(self, names):
        names = list(names)
        self.attribute_of = {name: f"field_{place}" for place, name in enumerate(names)}
        self.raw = frozenset(self.attribute_of[name] for name in names if name not in TEXTS)
        fields = [
            (attribute, Raw, Raw(b"")) if attribute in self.raw else (attribute, str | None | UnsetType, UNSET)
            for attribute in self.attribute_of.values()
        ]
        rename = {attribute: name for name, attribute in self.attribute_of.items()}
        record = msgspec.defstruct("Record", fields, rename=rename, gc=False)
        self.decode_file = msgspec.json.Decoder(msgspec.defstruct("LogFile", [("Records", list[record])])).decode
        self.decode_record = msgspec.json.Decoder(record).decode

    def batch(self, records):
        return Batch(records, self.raw)


class Batch:
    """Some records; the values of a field of all of them are taken out at once, and once."""

    def __init__(self, records, raw):
        self.records, self.raw, self._columns = records, raw, {}

    def column(self, attribute):
        """Return a field's values, one a record: texts, None and UNSET, or bytes."""
        if attribute not in self._columns:
            values = map(attrgetter(attribute), self.records)
            self._columns[attribute] = list(map(bytes, values) if attribute in self.raw else values)
        return self._columns[attribute]

    def value(self, attribute, ordinal):
        """Return a field's value in one record, as its column has it."""
        if attribute in self._columns:
            return self._columns[attribute][ordinal]
        value = getattr(self.records[ordinal], attribute)
        return bytes(value) if attribute in self.raw else value

    def values(self, attribute, ordinals):
        """Return a field's values in some records, as an iterable."""
        if attribute in self._columns:
            return map(self._columns[attribute].__getitem__, ordinals)
        values = map(attrgetter(attribute), map(self.records.__getitem__, ordinals))
        return map(bytes, values) if attribute in self.raw else values

    def keys(self, attributes):
        """Return one key a record: the value of the only attribute, or a tuple of several."""
        if len(attributes) == 1:
            return self.column(attributes[0])
        return list(zip(*map(self.column, attributes), strict=True)) if attributes else [()] * len(self.records)
