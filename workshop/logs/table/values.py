"""Columns of values that repeat: each distinct value is kept once, and has a number."""

from array import array
from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from workshop.logs.table.packed import Codes


class Values:
    """A column of values: a number for each, its place among the distinct values as they came; -1 for None."""

    def __init__(self) -> None:
        self.codes, self._places, self._listed = array("i"), Codes(), list[Any]()

    @property
    def nbytes(self) -> int:
        return 4 * len(self.codes)

    def extend(self, values: Iterable[Hashable]) -> None:
        """Add values."""
        self.codes.fromlist(list(map(self._places.__getitem__, values)))

    def flush(self) -> None:
        """Do nothing: no value waits."""

    def merge(self, other: Any) -> None:
        """Add the values of another column."""
        self.codes.frombytes(self._numbered(other._places.in_order(), other.codes))

    def whole(self) -> tuple[np.ndarray, list]:
        """Return (codes, distinct values)."""
        return np.frombuffer(self.codes, dtype=np.int32), self._places.in_order()

    def at(self, rows: np.ndarray) -> list:
        """Return the values in some rows."""
        if len(self._listed) < len(self._places):
            self._listed = list(self._places)  # the first one is None
        codes = np.frombuffer(self.codes, dtype=np.int32)[rows]
        return list(map(self._listed.__getitem__, (codes + 1).tolist()))

    def _numbered(self, values: Iterable, codes: array) -> bytes:
        """Return as bytes the numbers here of what has been at these codes in a list of values."""
        moved = np.array([*map(self._places.__getitem__, values), -1], dtype=np.int32)
        return moved[np.frombuffer(codes, dtype=np.int32)].tobytes()


class Texts(Values):
    """A column of texts, in the order of the alphabet when it is flushed or merged.

    So it does not matter which of two processes has met which text first, and each sorts its own.
    A tuple of texts counts as one text.
    """

    def __init__(self) -> None:
        super().__init__()
        self._places, self._sorted = _Joining(), 0

    def flush(self) -> None:
        """Sort the texts, if there are new ones."""
        if len(self._places) > self._sorted:
            self._sort([])

    def merge(self, other: Any) -> None:
        """Add the texts of another column, which is flushed as this one is: then sorting them takes few steps."""
        self._sort(other._places.in_order())
        super().merge(other)

    def _sort(self, more: Iterable[str]) -> None:
        before = self._places.in_order()
        texts = sorted(dict.fromkeys([*before, *more]))
        if texts != before:
            self._places.clear()
            self._places.update(zip([None, *texts], range(-1, len(texts)), strict=True))
            self.codes, self._listed = array("i", self._numbered(before, self.codes)), []
        self._sorted = len(self._places)


class _Joining(Codes):
    def __missing__(self, value: Hashable) -> int:
        return self[", ".join(value)] if isinstance(value, tuple) else super().__missing__(value)
