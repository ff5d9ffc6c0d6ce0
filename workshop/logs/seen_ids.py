"""Which ids have been seen already, told at once and exactly, in bounded memory however many there are."""

from itertools import repeat

import numpy as np

from workshop.logs.packed import on_disk, pack_ids

# How many ids are kept as texts before they are packed; and how many packed ones lie together in memory before they go
# to disk.
_RECENT, _TOGETHER = 500_000, 4_000_000


class SeenIds:
    """Ids that have been seen. Those of CloudTrail, UUIDs, take 16 bytes each, and past a budget only room on disk."""

    def __init__(self):
        self._texts, self._odd = set(), set()
        # Sorted arrays of packed ids: the last one is in memory and grows, the others lie in temporary files.
        self._runs = [np.empty(0, dtype="S16")]

    def repeated(self, ids):
        """Return for each id whether it has been seen before, a list; from now on it has.

        Ids that are missing (None) or empty have never been seen.
        """
        packed = self._are_packed(ids) if len(self._runs[0]) else []
        new = set(filter(None, ids))
        if len(new) == len(ids) and True not in packed and self._texts.isdisjoint(new) and self._odd.isdisjoint(new):
            self._texts |= new
            which = [False] * len(ids)
        else:
            which = list(map(self._is_again, ids, packed or repeat(False)))
        if len(self._texts) > _RECENT:
            self._pack()
        return which

    def _is_again(self, one, is_packed):
        if not one or is_packed or one in self._odd:
            return bool(one)
        known = len(self._texts)
        self._texts.add(one)
        return len(self._texts) == known

    def _are_packed(self, ids):
        """Return for each id whether it is in one of the runs, a list."""
        keys, uuids = _packed(ids)
        known = np.zeros(len(keys), dtype=bool)
        for run in self._runs:
            if len(run):
                known |= run[np.minimum(run.searchsorted(keys), len(run) - 1)] == keys
        return (known & uuids).tolist()

    def _pack(self):
        texts = list(self._texts)
        keys, uuids = _packed(texts)
        self._odd.update(texts[place] for place in np.flatnonzero(~uuids))
        self._texts.clear()
        # A stable sort finds what is sorted already.
        self._runs[-1] = np.sort(np.concatenate([self._runs[-1], np.sort(keys[uuids])]), kind="stable")
        if len(self._runs[-1]) > _TOGETHER:
            self._runs[-1:] = [on_disk(self._runs[-1]), np.empty(0, dtype="S16")]


def _packed(ids):
    """Return (ids as 16 bytes each, which of them are UUIDs)."""
    numbers, which = pack_ids([one or "" for one in ids])
    return numbers.astype(">u8").view("S16").ravel(), which
