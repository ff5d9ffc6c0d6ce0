"""Matches in little room: where they are, what of them is shown, what detectors printed about them."""

import sys
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from workshop.logs.table.packed import packed_ids, packed_times
from workshop.logs.table.values import Values
from workshop.logs.visible import visible

# The columns of a match that show fields of its record.
SHOWN = ("eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userIdentity.arn", "eventID")


class Position(NamedTuple):
    """Where a match is. Positions are ordered by file, record and detector.

    file      the number of the file in the list of all
    record    the record's place among those of the file's entries that are records
    detector  the number of the detector
    entry     the record's place among all entries of the file
    """

    file: int
    record: int
    detector: int
    entry: int


# Many positions are an array of these.
POSITION = np.dtype([(name, np.int32) for name in Position._fields])


_AS_THEY_ARE = {str, type(None)}


class Odd:
    """A value of a shown field that is neither text nor missing; each has a number of its own."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def storable(values: Sequence) -> Sequence:
    """Return values of a shown field as they are kept."""
    if {*map(type, values)} <= _AS_THEY_ARE:
        return values
    return [value if type(value) in _AS_THEY_ARE else Odd(value) for value in values]


def as_it_was(value: Any) -> Any:
    """Return a value of a shown field, by how it is kept."""
    return value.value if type(value) is Odd else value


class Slot(NamedTuple):
    """Where the text of a field goes: its name, and whether what is not printable in it becomes an escape."""

    name: str
    escaped: bool


class Template:
    """What was printed about a match: a text with a %s for each of some fields that the match shows, in their order."""

    __slots__ = ("slots", "text")

    def __init__(self, text: str, slots: Sequence[Slot]) -> None:
        self.text, self.slots = text, slots


def filled(printed: Iterable[str | Template], column: Callable[[str], list]) -> list[str]:
    """Return what was printed, texts and Templates, as texts; `column(name)` lists what the matches show of a field."""
    texts: list = list(printed)
    rows_of: dict[Template, list[int]] = {}
    for row, one in enumerate(texts):
        if type(one) is Template:
            rows_of.setdefault(one, []).append(row)
    columns = {slot: _in_slot(slot, column(slot.name)) for slot in {slot for one in rows_of for slot in one.slots}}
    for template, rows in rows_of.items():
        values = [map(columns[slot].__getitem__, rows) for slot in template.slots]
        for row, text in zip(rows, map(template.text.__mod__, zip(*values, strict=True)), strict=True):
            texts[row] = text
    return texts


def _in_slot(slot: Slot, values: list) -> list:
    """Return a field's values as they are printed in a slot; those that are no texts are in no slot."""
    return [visible(value) if isinstance(value, str) else value for value in values] if slot.escaped else values


class PackedMatches:
    """Matches, numbered as they come: their positions, their columns by the names in SHOWN, and what was printed.

    `printed` has texts and Templates.
    """

    def __init__(self) -> None:
        self._positions = {name: array("i") for name in Position._fields}
        self.printed: list[str | Template] = []
        kept = {"eventTime": packed_times, "eventID": packed_ids}
        self.columns: dict[str, Any] = {name: kept.get(name, Values)() for name in SHOWN}

    @property
    def nbytes(self) -> int:
        """What it takes in bytes; of the columns, what they hold a match, since the values repeat."""
        texts = {id(one): one.text if isinstance(one, Template) else one for one in self.printed}
        numbers = [column.nbytes for column in self.columns.values()]
        return (POSITION.itemsize + 8) * len(self.printed) + sum(numbers) + sum(map(sys.getsizeof, texts.values()))

    def add(
        self,
        positions: Mapping[str, list[int]],
        shown: Mapping[str, Iterable],
        printed: Iterable[str | Template],
    ) -> None:
        """Add matches: a list for each field of Position, values for each name in SHOWN, and the prints."""
        for name, numbers in self._positions.items():
            numbers.fromlist(positions[name])
        for name, column in self.columns.items():
            column.extend(shown[name])
        self.printed += printed

    def flush(self) -> None:
        """Pack what waits for more."""
        for column in self.columns.values():
            column.flush()

    def merge(self, other: "PackedMatches") -> None:
        """Add others, behind these."""
        for name, numbers in self._positions.items():
            numbers.extend(other._positions[name])
        for name, column in self.columns.items():
            column.merge(other.columns[name])
        self.printed += other.printed

    def positions(self) -> np.ndarray:
        """Return the positions, an array of POSITION."""
        positions = np.empty(len(self.printed), dtype=POSITION)
        for name, numbers in self._positions.items():
            positions[name] = np.frombuffer(numbers, dtype=np.int32)
        return positions

    def renumber(self, numbers: np.ndarray) -> None:
        """Give the file of each number another one: `numbers` has the new ones by the old."""
        files = np.frombuffer(self._positions["file"], dtype=np.int32)
        self._positions["file"] = array("i", numbers[files].astype(np.int32).tobytes())

    def at(self, name: str, rows: np.ndarray) -> list:
        """Return what some matches (by their numbers) show in a column: texts, None, whatever a record has."""
        return list(map(as_it_was, self.columns[name].at(rows)))

    def texts(self, rows: np.ndarray) -> list[str]:
        """Return what was printed about some matches (by their numbers)."""
        printed = map(self.printed.__getitem__, rows.tolist())
        return filled(printed, lambda name: self.at(name, rows))

    def all(self) -> tuple[list[Position], dict[str, list]]:
        """Return the positions of all matches, and what they show: a list for each name in SHOWN and for "printed"."""
        rows = np.arange(len(self.printed))
        positions = list(map(Position, *self._positions.values()))
        return positions, {**{name: self.at(name, rows) for name in SHOWN}, "printed": self.texts(rows)}
