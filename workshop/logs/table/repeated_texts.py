"""A column of texts that repeat: each distinct text is kept once, and a row has the number of its own."""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from workshop.logs.table.kept_texts import TEXT, KeptTextDtype, KeptTexts, texts_in


class RepeatedTextDtype(KeptTextDtype):
    """The type of such a column."""

    name = "repeated text"

    @classmethod
    def construct_array_type(cls) -> type["RepeatedTexts"]:
        return RepeatedTexts


class RepeatedTexts(KeptTexts):
    """Texts as `codes` into a list of distinct `values`; a code of -1 is no text.

    Parts of a column share their list, which never changes: a new text makes a new list.
    """

    def __init__(self, codes: Any, values: list[str]) -> None:
        self.codes, self.values = np.asarray(codes), values

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> "RepeatedTexts":
        codes, values = pd.factorize(np.array(texts_in(scalars), dtype=object))
        return cls(_small(codes, len(values)), list(values))

    @classmethod
    def _concat_same_type(cls, to_concat: Any) -> "RepeatedTexts":
        place: dict[str, int] = {}
        moved = [[place.setdefault(value, len(place)) for value in part.values] for part in to_concat]
        codes = [np.array([*to, -1])[part.codes] for part, to in zip(to_concat, moved, strict=True)]
        return cls(_small(np.concatenate(codes), len(place)), list(place))

    @property
    def dtype(self) -> RepeatedTextDtype:
        return RepeatedTextDtype()

    @property
    def nbytes(self) -> int:
        return self.codes.nbytes + sum(map(len, self.values))

    def __len__(self) -> int:
        return len(self.codes)

    def _at(self, places: Any) -> "RepeatedTexts":
        return RepeatedTexts(self.codes[places], self.values)

    def __setitem__(self, key: Any, value: Any) -> None:
        places = pd.api.indexers.check_array_indexer(self, key)
        texts = texts_in([value] if pd.api.types.is_scalar(value) else value)
        place = {text: number for number, text in enumerate(self.values)}
        codes = [-1 if text is None else place.setdefault(text, len(place)) for text in texts]
        if len(place) > len(self.values):
            self.codes, self.values = _small(self.codes, len(place)), list(place)
        self.codes[places] = codes[0] if pd.api.types.is_scalar(value) else codes

    def isna(self) -> np.ndarray:
        return self.codes == -1

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> "RepeatedTexts":
        codes = take(self.codes, indices, allow_fill=allow_fill, fill_value=-1)
        if not allow_fill or self.dtype.is_missing(fill_value):
            return RepeatedTexts(codes, self.values)
        taken = RepeatedTexts(codes.copy(), self.values)
        taken[np.asarray(indices) == -1] = fill_value
        return taken

    def copy(self) -> "RepeatedTexts":
        return RepeatedTexts(self.codes.copy(), self.values)

    def texts(self) -> list[str | None]:
        return np.array([*self.values, None], dtype=object)[self.codes].tolist()

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        if isinstance(dtype, type(TEXT)) and dtype == TEXT:
            values = pd.Series([*self.values, np.nan], dtype=TEXT).array
            return np.asarray(values)[self.codes] if isinstance(TEXT, np.dtype) else values.take(self.codes)
        return super().astype(dtype, copy)


def _small(codes: np.ndarray, values: int) -> np.ndarray:
    """Return codes as numbers as small as so many values allow."""
    return codes.astype(np.min_scalar_type(-1 - values))
