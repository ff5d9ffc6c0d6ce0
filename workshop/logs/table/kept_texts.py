"""Columns of a DataFrame that keep their texts as something smaller, and make them when they are asked for."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype

# What pandas calls text: "str" from pandas 3 on, "object" before.
TEXT = pd.Series(["text"]).dtype


class KeptTextDtype(ExtensionDtype):
    """The type of such a column; `name` says of which."""

    type, kind, na_value = str, "O", np.nan

    @staticmethod
    def is_missing(value: Any) -> bool:
        """Tell whether a value stands for no text."""
        return value is None or (not isinstance(value, str) and bool(pd.isna(value)))

    def _get_common_dtype(self, dtypes: Any) -> Any:
        """Return what columns of these types become when they are put together: plain text, if all hold texts."""
        if len(set(dtypes)) == 1:
            return self
        return TEXT if all(isinstance(dtype, KeptTextDtype) or dtype == TEXT for dtype in dtypes) else None


def texts_in(values: Iterable) -> list[str | None]:
    """Return values as a list of texts, None for a missing one. Raises: TypeError when something else is among them."""
    texts = [None if KeptTextDtype.is_missing(value) else value for value in values]
    for text in texts:
        if text is not None and not isinstance(text, str):
            raise TypeError(
                f"A column of texts takes texts and missing values; got {text!r}, a {type(text).__name__}. "
                'To keep other things in it, make it plain first: events["name"] = events["name"].astype(object).'
            )
    return texts


class KeptTexts(ExtensionArray):
    """Texts, some of them missing. Those who keep them define `texts`, `isna`, `_at`, and what pandas asks for."""

    def texts(self) -> list[str | None]:
        """Return a list; None where there is no text."""
        raise NotImplementedError

    def _at(self, places: Any) -> "KeptTexts":
        """Return the texts in some places (anything that numpy can be indexed with) as an array of the same kind."""
        raise NotImplementedError

    @classmethod
    def _from_factorized(cls, values: Any, original: Any) -> "KeptTexts":
        return cls._from_sequence(values)

    def __getitem__(self, item: Any) -> Any:
        item = pd.api.indexers.check_array_indexer(self, item)
        if isinstance(item, (int, np.integer)):
            text = self._at([item]).texts()[0]
            return np.nan if text is None else text
        return self._at(item)

    def __iter__(self) -> Iterator[Any]:
        return iter(np.asarray(self))  # all at once

    def __eq__(self, other: object) -> Any:
        if isinstance(other, (pd.Series, pd.DataFrame, pd.Index)):
            return NotImplemented
        return np.asarray(self.astype(TEXT) == other)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array([np.nan if text is None else text for text in self.texts()], dtype=dtype or object)

    def _reduce(self, name: str, *, skipna: bool = True, keepdims: bool = False, **options: Any) -> Any:
        """Return what plain text returns, such as its min and max."""
        result = getattr(pd.Series(self.astype(TEXT)), name)(skipna=skipna, **options)
        return self._from_sequence([result]) if keepdims else result

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        if isinstance(dtype, type(self.dtype)):
            return self.copy() if copy else self
        return pd.Series(self.texts(), dtype=TEXT).array.astype(dtype, copy=False)
