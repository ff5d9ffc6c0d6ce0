"""A column of texts that are made when they are looked at, such as what detectors printed about each match."""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from workshop.hunting.packed_matches import PackedMatches
from workshop.logs.table.kept_texts import KeptTextDtype, KeptTexts, texts_in


class LaterTextDtype(KeptTextDtype):
    """The type of a column of texts that are made when they are looked at."""

    name = "text made later"

    @classmethod
    def construct_array_type(cls) -> type["LaterTexts"]:
        return LaterTexts


class LaterTexts(KeptTexts):
    """For each text a row of `source`, which makes the texts of some rows; -1 for no text.

    All parts of a column share its source, which never changes.
    """

    def __init__(self, rows: Any, source: "PackedMatches | _Made") -> None:
        self.rows, self.source = np.asarray(rows, dtype=np.int32), source

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> "LaterTexts":
        texts = texts_in(scalars)
        return cls([-1 if text is None else row for row, text in enumerate(texts)], _Made(texts))

    @classmethod
    def _concat_same_type(cls, to_concat: Any) -> "LaterTexts":
        if len({id(part.source) for part in to_concat}) == 1:
            return cls(np.concatenate([part.rows for part in to_concat]), to_concat[0].source)
        return cls._from_sequence([text for part in to_concat for text in part.texts()])

    @property
    def dtype(self) -> LaterTextDtype:
        return LaterTextDtype()

    @property
    def nbytes(self) -> int:
        return self.rows.nbytes + self.source.nbytes

    def __len__(self) -> int:
        return len(self.rows)

    def _at(self, places: Any) -> "LaterTexts":
        return LaterTexts(self.rows[places], self.source)

    def __setitem__(self, key: Any, value: Any) -> None:
        texts = np.array(self.texts(), dtype=object)
        texts[pd.api.indexers.check_array_indexer(self, key)] = value
        changed = self._from_sequence(texts)
        self.rows, self.source = changed.rows, changed.source

    def isna(self) -> np.ndarray:
        return self.rows == -1

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> "LaterTexts":
        return LaterTexts(take(self.rows, indices, allow_fill=allow_fill, fill_value=-1), self.source)

    def copy(self) -> "LaterTexts":
        return LaterTexts(self.rows.copy(), self.source)

    def texts(self) -> list[str | None]:
        texts, there = np.full(len(self), None, dtype=object), np.flatnonzero(self.rows != -1)
        texts[there] = self.source.texts(self.rows[there])
        return texts.tolist()


class _Made:
    """Texts that are there already."""

    def __init__(self, texts: list[str | None]) -> None:
        self._texts = texts

    @property
    def nbytes(self) -> int:
        return sum(len(text) for text in self._texts if text is not None)

    def texts(self, rows: np.ndarray) -> list[str | None]:
        return [self._texts[row] for row in rows]
