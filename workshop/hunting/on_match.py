"""Matches handed on as they are found, before a hunt is over."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workshop.hunting.packed_matches import Position


class MatchStream:
    """Calls `on_match` with each match as a dictionary; of records with the same eventID the first that is found.

    `names` are the detectors', `paths` are those of the files that numbers stand for.
    """

    def __init__(self, on_match: Callable[[dict], Any], names: Sequence[str], paths: Sequence[str]) -> None:
        self.on_match, self.names, self.paths = on_match, names, paths
        self._handed_on: set[tuple[int, str]] = set()

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
            if self._is_new(position.detector, match["eventID"]):
                self.on_match(match)

    def skip(self, positions: Sequence[Position], columns: Mapping[str, list]) -> None:
        """Take matches as handed on already."""
        for position, event_id in zip(positions, columns["eventID"], strict=True):
            self._is_new(position.detector, event_id)

    def _is_new(self, detector: int, event_id: Any) -> bool:
        if not event_id or not isinstance(event_id, str):  # only texts tell that a record has come before
            return True
        known = len(self._handed_on)
        self._handed_on.add((detector, event_id))
        return len(self._handed_on) > known
