"""What a part of a sweep has found, in little room: it can be sent to whoever puts the parts together."""

import copy
from array import array
from itertools import chain

import numpy as np

from workshop.logs.files import Tally
from workshop.logs.packed import Codes, Packed, pack_ids
from workshop.logs.repeats import repeated

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


class Values:
    """A column of matches: a number for each match, its place among the distinct values; -1 for a missing one."""

    def __init__(self):
        self.codes, self._places = array("i"), Codes()

    def extend(self, values):
        """Add texts, None or Odd, one a match."""
        self.codes.fromlist(list(map(self._places.__getitem__, values)))

    def merge(self, other):
        moved = [*map(self._places.__getitem__, other._places.in_order()), -1]
        codes = np.array(moved, dtype=np.int32)[np.frombuffer(other.codes, dtype=np.int32)]
        self.codes.frombytes(codes.tobytes())

    def whole(self):
        """Return (codes, distinct values) as (array, list)."""
        return np.frombuffer(self.codes, dtype=np.int32), self._places.in_order()


class Various:
    """A column of matches whose values hardly repeat, such as ids: as `Values`, but each is kept for itself."""

    def __init__(self):
        self._all = []

    def extend(self, values):
        """Add texts, None or Odd, one a match."""
        self._all.extend(values)

    def merge(self, other):
        self._all.extend(other._all)

    def whole(self):
        """Return (codes, values) as `Values` does; equal values may be there several times."""
        codes = np.arange(len(self._all), dtype=np.int32)
        if None in self._all:
            codes[[place for place, value in enumerate(self._all) if value is None]] = -1
        return codes, self._all


_VARIOUS = frozenset({"eventTime", "eventID", "printed"})


class Swept:
    """What sweeping some of the files of a list has found; files are told by their numbers in that list.

    `where` has for each match (number of the file, the record's place among its records, number of the detector, the
    record's place in the file), `values` what it shows. `errors` and `unwritten` (of detectors that said so: where it
    was first) begin with the same.
    """

    def __init__(self):
        self.tally, self.ids, self.counts = Tally(), Packed(pack_ids), []
        self.where = array("i")
        self.values = {name: Various() if name in _VARIOUS else Values() for name in (*SHOWN_AS, "printed")}
        self.errors, self.unwritten = [], {}

    def add_records(self, number, ids):
        """Note that a file's records are done, by their ids (text or None)."""
        self.ids.extend(ids)
        self.counts.append((number, len(ids)))

    def add_matches(self, where, shown, printed):
        """Add matches: `where` a list of tuples, `shown` an iterable of values for each of SHOWN, and the prints."""
        self.where.fromlist(list(chain.from_iterable(where)))
        for name, values in zip((*SHOWN_AS, "printed"), (*shown, printed), strict=True):
            self.values[name].extend(values)

    def found(self):
        """Return (where, columns) of the matches: tuples, and for each of SHOWN_AS and "printed" a list of values."""
        where = map(tuple, np.frombuffer(self.where, dtype=np.int32).reshape(-1, 4).tolist())
        wholes = [values.whole() for values in self.values.values()]
        return list(where), [[None if at < 0 else values[at] for at in codes.tolist()] for codes, values in wholes]

    def merge(self, other):
        """Add what sweeping other files of the same list has found."""
        self.tally.merge(other.tally)
        self.ids.merge(other.ids)
        self.counts += other.counts
        self.where.extend(other.where)
        for name, values in self.values.items():
            values.merge(other.values[name])
        self.errors += other.errors
        for detector, place in other.unwritten.items():
            self.unwritten[detector] = min(place, self.unwritten.get(detector, place))

    def renumbered(self, numbers):
        """Return a copy in which the file of each number has another one: an array of the new numbers, by the old."""
        other = copy.deepcopy(self)
        other.tally = Tally()
        other.tally.merge(self.tally)  # with a list of its own of what was skipped
        where = np.frombuffer(self.where, dtype=np.int32).reshape(-1, 4).copy()
        where[:, 0] = numbers[where[:, 0]]
        other.where = array("i", where.tobytes())
        other.counts = [(int(numbers[number]), count) for number, count in self.counts]
        other.errors = [((int(numbers[at[0]]), *at[1:]), *rest) for at, *rest in self.errors]
        other.unwritten = {detector: (int(numbers[at[0]]), *at[1:]) for detector, at in self.unwritten.items()}
        return other

    def repeated(self, files):
        """Return (which, starts) for a list of so many files.

        `which` tells of each record, in the order of files, whether one with the same id came before it; a file's
        records begin at its place in `starts`.
        """
        numbers, counts = np.array(self.counts, dtype=np.int64).reshape(-1, 2).T
        starts = np.zeros(files + 1, dtype=np.int64)
        starts[numbers + 1] = counts
        starts, ends = starts.cumsum(), counts.cumsum()

        def positions_of(rows):
            file = np.searchsorted(ends, rows, side="right")
            return starts[numbers[file]] + rows - (ends[file] - counts[file])

        return repeated(self.ids.blocks(), self.ids.others.in_order(), int(counts.sum()), positions_of), starts
