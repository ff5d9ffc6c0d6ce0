"""Event ids in 20 bytes each instead of 93: CloudTrail's are UUIDs, 16 bytes that are written with 36 letters."""

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype, take

from workshop.logs.packed import DIGITS, HEX, pack
from workshop.logs.repeats import repeated

# What pandas calls text: "str" from pandas 3 on, "object" before.
TEXT = pd.Series(["text"]).dtype


class EventIdDtype(ExtensionDtype):
    """The type of a column of event ids."""

    name, type, kind, na_value = "event id", str, "O", np.nan

    @classmethod
    def construct_array_type(cls):
        return EventIds


class EventIds(ExtensionArray):
    """Texts, most of them UUIDs: two numbers each. Any other text is in `others`, and `codes` has its place there.

    A code of -1 says that the numbers are the text, -2 that there is none.
    """

    def __init__(self, numbers, codes, others):
        self.numbers, self.codes, self.others = numbers, codes, others

    @classmethod
    def _from_sequence(cls, scalars, *, dtype=None, copy=False):
        texts = [text if isinstance(text, str) else None for text in scalars]
        letters = [text if text and len(text) == 36 and text.isascii() else "?" * 36 for text in texts]
        numbers, which = pack("".join(letters).encode())
        places = {}
        codes = [
            -1 if uuid else -2 if text is None else places.setdefault(text, len(places))
            for text, uuid in zip(texts, which.tolist(), strict=True)
        ]
        return cls(numbers, np.array(codes, dtype=np.int32), list(places))

    @classmethod
    def _concat_same_type(cls, to_concat):
        places, codes = {}, []
        for ids in to_concat:
            moved = [places.setdefault(text, len(places)) for text in ids.others]
            codes.append(np.array([*moved, -2, -1], dtype=np.int32)[ids.codes])
        return cls(np.concatenate([ids.numbers for ids in to_concat]), np.concatenate(codes), list(places))

    @classmethod
    def _from_factorized(cls, values, original):
        return cls._from_sequence(values)

    @property
    def dtype(self):
        return EventIdDtype()

    @property
    def nbytes(self):
        return self.numbers.nbytes + self.codes.nbytes + sum(map(len, self.others))

    def __len__(self):
        return len(self.codes)

    def __getitem__(self, item):
        item = pd.api.indexers.check_array_indexer(self, item)
        if isinstance(item, (int, np.integer)):
            text = self[[item]].texts()[0]
            return np.nan if text is None else text
        return EventIds(self.numbers[item], self.codes[item], self.others)

    def __setitem__(self, key, value):
        places = np.arange(len(self))[pd.api.indexers.check_array_indexer(self, key)]
        new = self._from_sequence([value] * np.size(places) if pd.api.types.is_scalar(value) else value)
        both = self._concat_same_type([self, new])
        self.others = both.others
        self.numbers[places], self.codes[places] = (
            both.numbers[len(self) :].reshape((*np.shape(places), 2)),
            both.codes[len(self) :].reshape(np.shape(places)),
        )

    def __eq__(self, other):
        if isinstance(other, (pd.Series, pd.DataFrame, pd.Index)):
            return NotImplemented
        return np.asarray(self.astype(TEXT) == other)

    def __array__(self, dtype=None, copy=None):
        return np.array([np.nan if text is None else text for text in self.texts()], dtype=dtype or object)

    def isna(self):
        return self.codes == -2

    def take(self, indices, *, allow_fill=False, fill_value=None):
        codes = take(self.codes, indices, allow_fill=allow_fill, fill_value=-2)
        return EventIds(take(self.numbers, indices, allow_fill=allow_fill, fill_value=0), codes, self.others)

    def copy(self):
        return EventIds(self.numbers.copy(), self.codes.copy(), self.others)

    def astype(self, dtype, copy=True):
        if isinstance(dtype, EventIdDtype):
            return self.copy() if copy else self
        return pd.Series(self.texts(), dtype=TEXT).array.astype(dtype, copy=False)

    def texts(self):
        """Return the ids as a list of texts; None where there is none."""
        letters = np.full((len(self), 36), ord("-"), dtype=np.uint8)
        pairs = np.ascontiguousarray(self.numbers.astype(">u8")).view(np.uint8).reshape(-1, 16)
        letters[:, DIGITS[0::2]], letters[:, DIGITS[1::2]] = HEX[pairs >> 4], HEX[pairs & 15]
        joined = letters.tobytes().decode()
        texts = [joined[place : place + 36] for place in range(0, len(joined), 36)]
        for place in np.flatnonzero(self.codes != -1):
            texts[place] = self.others[self.codes[place]] if self.codes[place] >= 0 else None
        return texts

    def repeated(self):
        """Return for each id whether the same one has come before; missing and empty ones never have."""
        return repeated([(self.numbers, self.codes)], self.others, len(self), lambda rows: rows)
