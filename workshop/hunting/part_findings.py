"""What a part of a sweep has found, in little room: it can be sent to whoever puts the parts together."""

import copy
from typing import Any, NamedTuple

import numpy as np

from workshop.hunting.packed_matches import PackedMatches, Position
from workshop.logs.table.packed import packed_ids
from workshop.logs.table.repeated_ids import repeated
from workshop.logs.tally import Tally


class DetectorError(NamedTuple):
    """A detector raised on a record: where that is, the record's eventID, what it raised."""

    position: Position
    event_id: Any
    error: str


class PartFindings:
    """What sweeping some of the files of a list has found; files are told by their numbers in that list.

    `ids` has the ids of all records, in the order of `counts`: (number of a file, how many records), one a file.
    `unwritten` has the detectors that are not written yet, and where each first said so: {its number: Position}.
    """

    def __init__(self) -> None:
        self.tally, self.ids, self.counts = Tally(), packed_ids(), list[tuple[int, int]]()
        self.matches, self.errors, self.unwritten = PackedMatches(), list[DetectorError](), dict[int, Position]()

    def add_records(self, number: int, ids: list[str | None]) -> None:
        """Note that a file's records are done, by their ids (text or None)."""
        self.ids.extend(ids)
        self.counts.append((number, len(ids)))

    def flush(self) -> None:
        """Pack what waits for more."""
        self.ids.flush()
        self.matches.flush()

    def merge(self, other: "PartFindings") -> None:
        """Add what sweeping other files of the same list has found."""
        self.tally.merge(other.tally)
        self.ids.merge(other.ids)
        self.counts += other.counts
        self.matches.merge(other.matches)
        self.errors += other.errors
        for detector, position in other.unwritten.items():
            self.unwritten[detector] = min(position, self.unwritten.get(detector, position))

    def renumbered(self, numbers: np.ndarray) -> "PartFindings":
        """Return a copy in which the file of each number has another one: an array of the new numbers, by the old."""
        other = copy.deepcopy(self)
        other.tally = Tally()
        other.tally.merge(self.tally)  # with a list of its own of what was skipped
        other.matches.renumber(numbers)
        other.counts = [(int(numbers[number]), count) for number, count in self.counts]

        def moved(position: Position) -> Position:
            return position._replace(file=int(numbers[position.file]))

        other.errors = [error._replace(position=moved(error.position)) for error in self.errors]
        other.unwritten = {detector: moved(position) for detector, position in self.unwritten.items()}
        return other

    def repeated(self, files: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (which, starts) for a list of so many files.

        `which` tells of each record, in the order of files, whether one with the same id came before it; a file's
        records begin at its place in `starts`.
        """
        numbers, counts = np.array(self.counts, dtype=np.int64).reshape(-1, 2).T
        starts: np.ndarray = np.zeros(files + 1, dtype=np.int64)
        starts[numbers + 1] = counts
        starts, ends = starts.cumsum(), counts.cumsum()

        def positions_of(rows: np.ndarray) -> np.ndarray:
            file = np.searchsorted(ends, rows, side="right")
            return starts[numbers[file]] + rows - (ends[file] - counts[file])

        return repeated(self.ids.blocks(), self.ids.others.in_order(), int(counts.sum()), positions_of), starts
