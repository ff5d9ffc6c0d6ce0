"""Which ids have been seen already, told at once and exactly, in bounded memory however many there are."""

from collections.abc import Sequence
from itertools import repeat

import numpy as np

from workshop.logs.table.packed import letters_of, on_disk, pack_ids

# How many ids are kept as texts before they are packed; and how many packed ones lie together in memory before they go
# to disk.
_RECENT, _TOGETHER = 500_000, 4_000_000

_Run = tuple[np.ndarray, np.ndarray]


class SeenIds:
    """Ids that have been seen. Those of CloudTrail, UUIDs, take 16 bytes each, and past a budget only room on disk."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._odd: set[str] = set()
        # Packed ids as two arrays of numbers, sorted by the first: the last run is in memory and grows, the others lie
        # in temporary files.
        self._runs: list[_Run] = [_NOTHING]

    def repeated(self, ids: Sequence[str | None]) -> list[bool]:
        """Return for each id whether it has been seen before, a list; from now on it has.

        Ids that are missing (None) or empty have never been seen.
        """
        packed = self._are_packed(ids) if len(self._runs[0][0]) else []
        new = set(filter(None, ids))
        if len(new) == len(ids) and True not in packed and self._texts.isdisjoint(new) and self._odd.isdisjoint(new):
            self._texts |= new
            which = [False] * len(ids)
        else:
            which = list(map(self._is_again, ids, packed or repeat(False)))
        if len(self._texts) > _RECENT:
            self._pack()
        return which

    def _is_again(self, one: str | None, is_packed: bool) -> bool:
        if not one or is_packed or one in self._odd:
            return bool(one)
        known = len(self._texts)
        self._texts.add(one)
        return len(self._texts) == known

    def _are_packed(self, ids: Sequence[str | None]) -> list[bool]:
        """Return for each id whether it is in one of the runs, a list."""
        numbers, uuids = _packed(ids)
        known = np.zeros(len(numbers), dtype=bool)
        for first, second in self._runs:
            places = np.searchsorted(first, numbers[:, 0])
            alike = (
                uuids & (first[np.minimum(places, len(first) - 1)] == numbers[:, 0]) if len(first) else uuids & False
            )
            for row in np.flatnonzero(alike):
                end = np.searchsorted(first, numbers[row, 0], side="right")
                known[row] |= bool((second[places[row] : end] == numbers[row, 1]).any())
        return known.tolist()

    def _pack(self) -> None:
        texts = list(self._texts)
        numbers, uuids = _packed(texts)
        self._odd.update(texts[place] for place in np.flatnonzero(~uuids))
        self._texts.clear()
        first, second = (np.concatenate(pair) for pair in zip(self._runs[-1], numbers[uuids].T, strict=True))
        order = np.argsort(first, kind="stable")
        first, second = first[order], second[order]
        self._runs[-1] = first, second
        if len(first) > _TOGETHER:
            self._runs[-1:] = [(on_disk(first), on_disk(second)), _NOTHING]


def _packed(ids: Sequence[str | None]) -> _Run:
    letters, _ = letters_of(ids, 36)
    return pack_ids(letters)


_NOTHING = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64)
