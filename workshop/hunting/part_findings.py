"""What a part of a sweep has found, in little room: it can be sent to whoever puts the parts together."""

import copy

import numpy as np

from workshop.hunting.findings import Found
from workshop.logs.files import Tally
from workshop.logs.table.packed import packed_ids
from workshop.logs.table.repeated_ids import repeated


class Swept:
    """What sweeping some of the files of a list has found; files are told by their numbers in that list.

    `found` has the matches. `errors` and `unwritten` (of detectors that said so: where it was first) begin with what
    `found.where` has of each.
    """

    def __init__(self):
        self.tally, self.ids, self.counts, self.found = Tally(), packed_ids(), [], Found()
        self.errors, self.unwritten = [], {}

    def add_records(self, number, ids):
        """Note that a file's records are done, by their ids (text or None)."""
        self.ids.extend(ids)
        self.counts.append((number, len(ids)))

    def flush(self):
        """Pack what waits for more."""
        self.ids.flush()
        self.found.flush()

    def merge(self, other):
        """Add what sweeping other files of the same list has found."""
        self.tally.merge(other.tally)
        self.ids.merge(other.ids)
        self.counts += other.counts
        self.found.merge(other.found)
        self.errors += other.errors
        for detector, place in other.unwritten.items():
            self.unwritten[detector] = min(place, self.unwritten.get(detector, place))

    def renumbered(self, numbers):
        """Return a copy in which the file of each number has another one: an array of the new numbers, by the old."""
        other = copy.deepcopy(self)
        other.tally = Tally()
        other.tally.merge(self.tally)  # with a list of its own of what was skipped
        other.found.renumber(numbers)
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
