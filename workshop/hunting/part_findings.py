"""What a part of a sweep has found, in little room: it can be sent to whoever puts the parts together."""

import copy
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from workshop.hunting.packed_matches import PackedMatches, Position
from workshop.logs.buckets import S3Client
from workshop.logs.table.packed import packed_ids
from workshop.logs.table.repeated_ids import alike, repeated
from workshop.logs.table.same_content import Copies, which_are_copies
from workshop.logs.tally import Tally


class DetectorError(NamedTuple):
    """A detector raised on a record: where that is, the record's eventID, what it raised."""

    position: Position
    event_id: Any
    error: str


class PartFindings:
    """What sweeping some of the files of a list has found; files are told by their numbers in that list.

    `ids` has the ids of all records, in the order of `counts`: (number of a file, how many records), one a file.
    `copies` has records that are known to be copies of earlier ones. `unwritten` has the stubs that have raised, and
    are shown no more records, and where each first did: {its number: Position}.
    """

    def __init__(self) -> None:
        self.tally, self.ids, self.counts = Tally(), packed_ids(), list[tuple[int, int]]()
        self.copies = Copies()
        self.matches, self.errors, self.unwritten = PackedMatches(), list[DetectorError](), dict[int, Position]()

    def add_records(self, number: int, ids: list[str | None]) -> None:
        """Note that a file's records are done, by their ids (text or None)."""
        self.ids.extend(ids)
        self.counts.append((number, len(ids)))

    def flush(self) -> None:
        """Pack what waits for more."""
        self.ids.flush()
        self.copies.forget()
        self.matches.flush()

    def merge(self, other: "PartFindings") -> None:
        """Add what sweeping other files of the same list has found."""
        self.tally.merge(other.tally)
        self.ids.merge(other.ids)
        self.counts += other.counts
        self.copies.places.extend(other.copies.places)
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

        places = np.array(self.copies.places, dtype=np.int64).reshape(-1, 2)
        places[:, 0] = numbers[places[:, 0]] if len(places) else []
        other.copies.places = array("i", places.ravel().tolist())

        def moved(position: Position) -> Position:
            return position._replace(file=int(numbers[position.file]))

        other.errors = [error._replace(position=moved(error.position)) for error in self.errors]
        other.unwritten = {detector: moved(position) for detector, position in self.unwritten.items()}
        return other

    def repeated(self, paths: Sequence[str], s3: S3Client | None, tally: Tally) -> tuple[np.ndarray, np.ndarray]:
        """Return (which, starts) for the list of files.

        `which` tells of each record, in the order of files, whether it is a copy of one that came before it; a file's
        records begin at its place in `starts`. The tally counts copies, and those that only have the id of another. To
        compare them, `s3` and the tally are as `same_content.which_are_copies` wants them.
        """
        numbers, counts = np.array(self.counts, dtype=np.int64).reshape(-1, 2).T
        starts: np.ndarray = np.zeros(len(paths) + 1, dtype=np.int64)
        starts[numbers + 1] = counts
        starts, ends = starts.cumsum(), counts.cumsum()
        first_rows: np.ndarray = np.zeros(len(paths), dtype=np.int64)
        first_rows[numbers] = ends - counts

        def positions_of(rows: np.ndarray) -> np.ndarray:
            file = np.searchsorted(ends, rows, side="right")
            return starts[numbers[file]] + rows - (ends[file] - counts[file])

        def place_of(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            files = np.searchsorted(starts, positions, side="right") - 1
            return files, positions - starts[files]

        def rows_of(positions: np.ndarray) -> np.ndarray:
            files, records = place_of(positions)
            return np.sort(first_rows[files] + records)

        blocks = self.ids.blocks()
        again = repeated(blocks, self.ids.others.in_order(), int(counts.sum()), positions_of)
        files, records = np.array(self.copies.places, dtype=np.int64).reshape(-1, 2).T
        which = which_are_copies(
            again,
            starts[files] + records,
            lambda asked: alike(blocks, positions_of, rows_of(np.flatnonzero(asked))),
            place_of,
            dict(self.counts),
            paths,
            s3,
            tally,
        )
        tally.duplicates, tally.same_id = int(which.sum()), int((again & ~which).sum())
        return which, starts
