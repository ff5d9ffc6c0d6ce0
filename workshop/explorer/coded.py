"""Columns of text as codes into their distinct values, so that a search looks at each distinct value once."""

import functools
import json

import numpy as np
import pandas as pd

from workshop.logs.json_text import however_deep
from workshop.logs.table.repeated_texts import RepeatedTexts

Mask = np.ndarray  # of bool: which rows


def text_of(value: object) -> str:
    """Return a cell's value as text; "" where there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, dict)):
        return however_deep(functools.partial(json.dumps, default=str), value) if value else ""
    return "" if pd.isna(value) else str(value)


def codes_and_values(series: pd.Series) -> tuple[np.ndarray, list[object]]:
    """Return (codes, distinct values) of a Series; the code of a missing value is -1."""
    if isinstance(series.array, RepeatedTexts):
        return series.array.codes, list(series.array.values)
    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.cat.codes.to_numpy(), list(series.cat.categories)
    codes, values = pd.factorize(series.map(text_of) if series.dtype == object else series)
    return codes, list(values)


class Coded:
    """The text of each row: `values[codes[i]]`, or none where the code is -1."""

    def __init__(self, rows: int, series: list[pd.Series]) -> None:
        """Take for each of `rows` rows the first text that it has in `series`."""
        self.codes: np.ndarray = np.full(rows, -1)
        position: dict[str, int] = {}
        for codes, values in map(codes_and_values, series):
            places = [position.setdefault(text, len(position)) if text else -1 for text in map(text_of, values)]
            self.codes = np.where(self.codes < 0, np.array([*places, -1])[codes], self.codes)
        used, codes = np.unique(self.codes[self.codes >= 0], return_inverse=True)
        self.codes[self.codes >= 0] = codes  # a text that no row shows, since a better one is there, is no value
        texts = list(position)
        self.values = [texts[code] for code in used]
        self.lowered = [value.lower() for value in self.values]

    def at(self, row: int) -> str:
        """Return the text of a row, "" if it has none."""
        return self.values[self.codes[row]] if self.codes[row] >= 0 else ""

    def rows_with(self, chosen: list[bool]) -> Mask:
        """Return which rows have a value that is marked in `chosen`, which is as long as `values`."""
        return np.array([*chosen, False])[self.codes]

    def ranks(self) -> np.ndarray:
        """Return a number for each row; the numbers sort as the texts do, upper and lower case alike. -1 for none."""
        ranks = np.full(len(self.values) + 1, -1)
        in_order = sorted(range(len(self.values)), key=lambda i: (self.lowered[i], self.values[i]))
        ranks[in_order] = np.arange(len(self.values))
        return ranks[self.codes]

    def counts(self, mask: Mask, rarest: bool = False, like: str = "") -> list[tuple[str, int]]:
        """Return (value, rows) among the rows of `mask` for values that contain `like`, most frequent first."""
        counts = np.bincount(self.codes[mask & (self.codes >= 0)], minlength=len(self.values)).tolist()
        found = [i for i, count in enumerate(counts) if count and like in self.lowered[i]]
        found.sort(key=lambda i: (counts[i] if rarest else -counts[i], self.lowered[i]))
        return [(self.values[i], counts[i]) for i in found]
