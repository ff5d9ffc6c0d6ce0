"""The matches of a sweep in little room: where they are, what of them is shown, what detectors printed about them."""

import sys
from array import array

import numpy as np

from workshop.logs.table.packed import packed_ids, packed_times
from workshop.logs.table.values import Values

# The fields of a record that a match shows; of userIdentity it shows the arn.
SHOWN = ("eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userIdentity", "eventID")
SHOWN_AS = tuple("userIdentity.arn" if name == "userIdentity" else name for name in SHOWN)


class Odd:
    """A value of a shown field that is neither text nor missing; each has a number of its own."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


def storable(value):
    """Return a value of a shown field as it is kept."""
    return value if value is None or type(value) is str else Odd(value)


def as_it_was(value):
    """Return a value of a shown field, by how it is kept."""
    return value.value if type(value) is Odd else value


class Template:
    """What was printed about a match: a text with a %s for each of some fields that the match shows, in their order."""

    __slots__ = ("names", "text")

    def __init__(self, text, names):
        self.text, self.names = text, names


def filled(printed, column):
    """Return what was printed, texts and Templates, as texts; `column(name)` lists what the matches show of a field."""
    texts, rows_of = list(printed), {}
    for row, one in enumerate(texts):
        if type(one) is Template:
            rows_of.setdefault(one, []).append(row)
    columns = {name: column(name) for name in {name for template in rows_of for name in template.names}}
    for template, rows in rows_of.items():
        values = [map(columns[name].__getitem__, rows) for name in template.names]
        for row, text in zip(rows, map(template.text.__mod__, zip(*values, strict=True)), strict=True):
            texts[row] = text
    return texts


class Found:
    """Matches, numbered as they come.

    `where` tells of each the number of the file, the record's place among its records, the number of the detector, and
    the record's place in the file: four arrays. `columns` has what it shows of SHOWN_AS, and `printed` what was printed
    about it, texts and Templates.
    """

    def __init__(self):
        self.where, self.printed = tuple(array("i") for _ in range(4)), []
        kept = {"eventTime": packed_times, "eventID": packed_ids}
        self.columns = {name: kept.get(name, Values)() for name in SHOWN_AS}

    @property
    def nbytes(self):
        """What it takes in bytes; of the columns, what they hold a match, since the values repeat."""
        texts = {id(one): one if type(one) is str else one.text for one in self.printed}
        numbers = [column.nbytes for column in self.columns.values()]
        return (4 * 4 + 8) * len(self.printed) + sum(numbers) + sum(map(sys.getsizeof, texts.values()))

    def add(self, where, shown, printed):
        """Add matches: `where` as four lists, `shown` an iterable of values for each of SHOWN, and the prints."""
        for numbers, more in zip(self.where, where, strict=True):
            numbers.fromlist(more)
        for column, values in zip(self.columns.values(), shown, strict=True):
            column.extend(values)
        self.printed += printed

    def flush(self):
        """Pack what waits for more."""
        for column in self.columns.values():
            column.flush()

    def merge(self, other):
        """Add others, behind these."""
        for numbers, more in zip(self.where, other.where, strict=True):
            numbers.extend(more)
        for name, column in self.columns.items():
            column.merge(other.columns[name])
        self.printed += other.printed

    def places(self):
        """Return `where` as an array with a row for each match."""
        return np.column_stack([np.frombuffer(numbers, dtype=np.int32) for numbers in self.where])

    def renumber(self, numbers):
        """Give the file of each number another one: `numbers` has the new ones, an array, by the old."""
        files = np.frombuffer(self.where[0], dtype=np.int32)
        self.where = array("i", numbers[files].astype(np.int32).tobytes()), *self.where[1:]

    def at(self, name, rows):
        """Return what some matches (an array of their numbers) show in a column: texts, None, whatever a record has."""
        return list(map(as_it_was, self.columns[name].at(rows)))

    def texts(self, rows):
        """Return what was printed about some matches (an array of their numbers), a list."""
        printed = map(self.printed.__getitem__, rows.tolist())
        return filled(printed, lambda name: self.at(name, rows))

    def all(self):
        """Return (where, columns): a tuple each, and for each of SHOWN_AS and what was printed a list of values."""
        rows = np.arange(len(self.printed))
        columns = [self.at(name, rows) for name in SHOWN_AS]
        return list(zip(*self.where, strict=True)), [*columns, self.texts(rows)]
