"""The records of one log file, with only those of their fields that are asked for."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import attrgetter, itemgetter
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from workshop.hunting.verdict_memo.parts import ALWAYS, IDENTITY, PREFIX, TYPE
from workshop.logs.table.columns import COLUMNS, as_written

# Fields that are text if they are there, in (nearly) all records. Of others the bytes are kept.
TEXTS = {column.name for column in COLUMNS if column.kind in ("text", "time", "id")} - {"userAgent"}
_OF_IDENTITY = "identity."
# What a record has in the place of bytes that are not there.
_ABSENT = Raw(b"")
_NOT_EMPTY = Annotated[str, msgspec.Meta(min_length=1)]


class RecordType:
    """Decodes log files to records with some fields: a text, None or UNSET (not there), or as Raw, their bytes.

    `attribute_of` says which attribute of a record has a field; bytes of a field that is not there are empty.
    `decode_file` and `decode_record` raise msgspec's errors for what does not fit, such as a text field that holds a
    number, or one of ALWAYS that holds no text or an empty one.
    `letters` says of some texts how many of their letters are enough: {name: number}. `never_empty`: a userIdentity
    without a type, which may have nothing in it at all, does not fit.
    """

    def __init__(
        self, names: Iterable[str], letters: Mapping[str, int] | None = None, never_empty: bool = False
    ) -> None:
        names = as_written(names)
        parts = [name for name in names if name.startswith(PREFIX)]
        attributes = {name: f"field_{place}" for place, name in enumerate(names)}
        fields = [_field(attribute, name) for name, attribute in attributes.items() if name not in parts]
        if parts:
            of_identity = [_field(attributes[name], name, never_empty and name == TYPE) for name in parts]
            identity = msgspec.defstruct("Identity", of_identity, frozen=True, gc=False, kw_only=True)
            missing = identity(**{attributes[TYPE]: None})
            fields.insert(0, ("identity", identity, msgspec.field(default=missing, name=IDENTITY)))
            attributes |= {name: _OF_IDENTITY + attributes[name] for name in parts}
        self.attribute_of = attributes
        self._raw = frozenset(attributes[name] for name in names if name not in TEXTS)
        record: Any = msgspec.defstruct("Record", fields, gc=False, kw_only=True)
        log_file: Any = msgspec.defstruct("LogFile", [("Records", list[record])])
        self.decode_file = msgspec.json.Decoder(log_file).decode
        self.decode_record = msgspec.json.Decoder(record).decode
        self._letters = {attributes[name]: slice(n) for name, n in (letters or {}).items() if name in TEXTS}

    def batch(self, records: Sequence[Any]) -> "Batch":
        """Return some records that this type has decoded, as a Batch."""
        return Batch(records, self._raw, self._letters)


def _field(attribute: str, name: str, required: bool = False) -> tuple[str, Any, Any]:
    """Return a field of a struct as msgspec wants it."""
    kind: Any
    if name in ALWAYS:
        return attribute, _NOT_EMPTY, msgspec.field(name=name)
    default: Any
    if name in TEXTS:
        kind, default = (str | UnsetType if name == TYPE else str | None | UnsetType), UNSET
    else:
        kind, default = Raw, _ABSENT
    if required:
        kind, default = str, msgspec.NODEFAULT
    return attribute, kind, msgspec.field(default=default, name=name.removeprefix(PREFIX))


class Batch:
    """Some records; the values of a field of all of them are taken out at once, and once.

    A field is named by its attribute. Those in `raw` have bytes.
    """

    def __init__(self, records: Sequence[Any], raw: frozenset[str], letters: Mapping[str, slice]) -> None:
        self.records, self.raw, self._letters = records, raw, letters
        self._columns: dict[str, list] = {}
        self._identities: list | None = None

    def column(self, attribute: str) -> list:
        """Return a field's values, one a record: texts, None and UNSET, or bytes."""
        column = self._columns.get(attribute)
        if column is None:
            of_identity, take = _access(attribute)
            column = self._made(attribute, list(map(take, self._of_records() if of_identity else self.records)))
            self._columns[attribute] = column
        return column

    def _of_records(self) -> list:
        """Return the records' identities: to take a part out of these is twice as quick as out of the records."""
        if self._identities is None:
            self._identities = list(map(_getter("identity"), self.records))
        return self._identities

    def value(self, attribute: str, ordinal: int) -> Any:
        """Return a field's value in one record, as its column has it."""
        if attribute in self._columns or attribute in self._letters or attribute in self.raw:
            return next(self.values(attribute, (ordinal,)))
        return _getter(attribute)(self.records[ordinal])

    def values(self, attribute: str, ordinals: Iterable[int]) -> Iterator[Any]:
        """Return a field's values in some records."""
        if attribute in self._columns:
            return map(self._columns[attribute].__getitem__, ordinals)
        values = map(_getter(attribute), map(self.records.__getitem__, ordinals))
        if attribute in self._letters or attribute in self.raw:
            return iter(self._made(attribute, list(values)))
        return values

    def _made(self, attribute: str, values: list) -> list:
        """Return what records have as a field's values: bytes, or as many letters as are enough."""
        if attribute in self.raw:
            absent = values.count(_ABSENT) == len(values)
            return [b""] * len(values) if absent else list(map(bytes, values))
        if attribute in self._letters:
            beginning = self._letters[attribute]
            try:
                return list(map(itemgetter(beginning), values))  # in half the time, if all of them are texts
            except TypeError:
                return [value[beginning] if value else value for value in values]
        return values

    def some(self, ordinals: Iterable[int]) -> "Batch":
        """Return some of the records as a batch: where many fields of them are looked at, they are taken out once."""
        return Batch(list(map(self.records.__getitem__, ordinals)), self.raw, self._letters)

    def keys(self, attributes: Sequence[str]) -> list[Hashable]:
        """Return one key a record: the values of some attributes together."""
        if attributes and self.raw.isdisjoint(attributes) and self._letters.keys().isdisjoint(attributes):
            if len(attributes) > 1 and all(one.startswith(_OF_IDENTITY) for one in attributes):
                parts = _getter(*[one.removeprefix(_OF_IDENTITY) for one in attributes])
                return list(map(parts, map(_getter("identity"), self.records)))  # quicker than each by way of it
            return list(map(_getter(*attributes), self.records))
        return list(zip(*map(self.column, attributes), strict=True)) if attributes else [()] * len(self.records)


_getter = cache(attrgetter)


@cache
def _access(attribute: str) -> tuple[bool, Callable[[Any], Any]]:
    """Return (whether identities have an attribute, what takes it out of its object)."""
    return attribute.startswith(_OF_IDENTITY), attrgetter(attribute.removeprefix(_OF_IDENTITY))
