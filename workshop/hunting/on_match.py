"""Matches handed on as they are found, before a hunt is over."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workshop.hunting.packed_matches import Position
from workshop.logs.buckets import S3Client
from workshop.logs.table.same_content import Contents

_RECORD = (1 << 32) - 1


class MatchStream:
    """Calls `on_match` with each match as a dictionary; of copies of a record the first that is found.

    `names` are the detectors', `paths` are those of the files that numbers stand for. When an id comes again for a
    detector, both records are read again from their files, to see whether they hold the same.
    """

    def __init__(
        self,
        on_match: Callable[[dict], Any],
        names: Sequence[str],
        paths: Sequence[str],
        s3: S3Client | None = None,
    ) -> None:
        self.on_match, self.names, self.paths = on_match, names, paths
        self._earlier_paths: Sequence[str] = ()
        self._contents = Contents(self._path_of, s3)
        # Where the first match with an id is, its file and its record as one number; and what the records of an id
        # hold where they are several.
        self._handed_on: dict[tuple[int, str], int] = {}
        self._of_one_id: dict[tuple[int, str], set[bytes | None]] = {}

    def hand_on(self, positions: Sequence[Position], columns: Mapping[str, list]) -> None:
        """Hand on matches, as `PackedMatches.all` has them, in the order of records."""
        for row in sorted(range(len(positions)), key=positions.__getitem__):
            position = positions[row]
            match = {
                "detector": self.names[position.detector],
                **{name: values[row] for name, values in columns.items()},
                "logFile": self.paths[position.file],
                "logIndex": position.entry,
            }
            if self._is_new(position.detector, match["eventID"], position.file, position.record):
                self.on_match(match)

    def skip(self, positions: Sequence[Position], columns: Mapping[str, list], paths: Sequence[str]) -> None:
        """Take matches as handed on already; their files are among other `paths`."""
        self._earlier_paths = paths
        for position, event_id in zip(positions, columns["eventID"], strict=True):
            self._is_new(position.detector, event_id, -1 - position.file, position.record)

    def _path_of(self, file: int) -> str:
        return self.paths[file] if file >= 0 else self._earlier_paths[-1 - file]

    def _is_new(self, detector: int, event_id: Any, file: int, record: int) -> bool:
        if not event_id or not isinstance(event_id, str):  # only texts tell that a record has come before
            return True
        key = (detector, event_id)
        first = self._handed_on.setdefault(key, file << 32 | record)
        if first == file << 32 | record:
            return True
        if key not in self._of_one_id:
            self._of_one_id[key] = {self._contents.of(first >> 32, event_id, first & _RECORD)}
        held, known = self._contents.of(file, event_id, record), self._of_one_id[key]
        is_new = held is None or held not in known
        known.add(held)
        return is_new
