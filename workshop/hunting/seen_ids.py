"""Which ids have been seen already, and in which file first: told at once, exactly, in bounded memory however many."""

from collections.abc import Sequence

import numpy as np

from workshop.logs.table.packed import letters_of, on_disk, pack_ids

# How many ids are kept as texts before they are packed; and how many packed ones lie together in memory before they go
# to disk.
_RECENT, _TOGETHER = 500_000, 4_000_000

_Run = tuple[np.ndarray, np.ndarray, np.ndarray]


class SeenIds:
    """Ids that have been seen. Those of CloudTrail, UUIDs, take 20 bytes each, and past a budget only room on disk."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._odd: dict[str, int] = {}
        # Packed ids as two arrays of numbers, sorted by the first, and one of their files: the last run is in memory
        # and grows, the others lie in temporary files.
        self._runs: list[_Run] = [_NOTHING]

    def first_files(self, ids: Sequence[str | None], file: int) -> list[int | None]:
        """Return for each id the file in which it was seen first, None if this is the first time; it is in `file` now.

        Ids that are missing (None) or empty have never been seen.
        """
        packed = self._in_runs(ids) if len(self._runs[0][0]) else {}
        new = set(filter(None, ids))
        known = self._texts.keys()
        if len(new) == len(ids) and not packed and known.isdisjoint(new) and self._odd.keys().isdisjoint(new):
            self._texts |= dict.fromkeys(new, file)
            firsts: list[int | None] = [None] * len(ids)
        else:
            firsts = [self._first_file(one, packed.get(row), file) for row, one in enumerate(ids)]
        if len(self._texts) > _RECENT:
            self._pack()
        return firsts

    def _first_file(self, one: str | None, packed: int | None, file: int) -> int | None:
        if not one or packed is not None:
            return packed
        if one in self._odd:
            return self._odd[one]
        if one in self._texts:
            return self._texts[one]
        self._texts[one] = file
        return None

    def _in_runs(self, ids: Sequence[str | None]) -> dict[int, int]:
        """Return {row: file} of the ids that are in one of the runs."""
        numbers, uuids = _packed(ids)
        known = dict[int, int]()
        for first, second, files in self._runs:
            places = np.searchsorted(first, numbers[:, 0])
            alike = (
                uuids & (first[np.minimum(places, len(first) - 1)] == numbers[:, 0]) if len(first) else uuids & False
            )
            for row in np.flatnonzero(alike).tolist():
                end = np.searchsorted(first, numbers[row, 0], side="right")
                same = np.flatnonzero(second[places[row] : end] == numbers[row, 1])
                if len(same):
                    known[row] = int(files[places[row] + same[0]])
        return known

    def _pack(self) -> None:
        texts, in_files = list(self._texts), np.array(list(self._texts.values()), dtype=np.int32)
        numbers, uuids = _packed(texts)
        self._odd |= {texts[place]: int(in_files[place]) for place in np.flatnonzero(~uuids)}
        self._texts.clear()
        new = (*numbers[uuids].T, in_files[uuids])
        first, second, files = (np.concatenate(pair) for pair in zip(self._runs[-1], new, strict=True))
        order = np.argsort(first, kind="stable")
        run = first[order], second[order], files[order]
        self._runs[-1] = run
        if len(first) > _TOGETHER:
            self._runs[-1:] = [(on_disk(run[0]), on_disk(run[1]), on_disk(run[2])), _NOTHING]


def _packed(ids: Sequence[str | None]) -> tuple[np.ndarray, np.ndarray]:
    letters, _ = letters_of(ids, 36)
    return pack_ids(letters)


_NOTHING = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int32)
