"""Event ids in 20 bytes each instead of 93: CloudTrail's are UUIDs, 16 bytes that are written with 36 letters."""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from workshop.logs.table.kept_texts import KeptTextDtype, KeptTexts, texts_in
from workshop.logs.table.packed import letters_of, pack_ids, texts_of, unpack_ids
from workshop.logs.table.repeated_ids import alike, repeated


class EventIdDtype(KeptTextDtype):
    """The type of a column of event ids."""

    name = "event id"

    @classmethod
    def construct_array_type(cls) -> type["EventIds"]:
        return EventIds


class EventIds(KeptTexts):
    """Texts, most of them UUIDs: two numbers each. Any other text is in `others`, and `codes` has its place there.

    A code of -1 says that the numbers are the text, -2 that there is none.
    """

    def __init__(self, numbers: np.ndarray, codes: np.ndarray, others: list[str]) -> None:
        self.numbers, self.codes, self.others = numbers, codes, others

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> "EventIds":
        texts = texts_in(scalars)
        letters, _ = letters_of(texts, 36)
        numbers, which = pack_ids(letters)
        places: dict[str, int] = {}
        codes = [
            -1 if uuid else -2 if text is None else places.setdefault(text, len(places))
            for text, uuid in zip(texts, which.tolist(), strict=True)
        ]
        return cls(numbers, np.array(codes, dtype=np.int32), list(places))

    @classmethod
    def _concat_same_type(cls, to_concat: Any) -> "EventIds":
        places, codes = dict[str, int](), list[np.ndarray]()
        for ids in to_concat:
            moved = [places.setdefault(text, len(places)) for text in ids.others]
            codes.append(np.array([*moved, -2, -1], dtype=np.int32)[ids.codes])
        return cls(np.concatenate([ids.numbers for ids in to_concat]), np.concatenate(codes), list(places))

    @property
    def dtype(self) -> EventIdDtype:
        return EventIdDtype()

    @property
    def nbytes(self) -> int:
        return self.numbers.nbytes + self.codes.nbytes + sum(map(len, self.others))

    def __len__(self) -> int:
        return len(self.codes)

    def _at(self, places: Any) -> "EventIds":
        return EventIds(self.numbers[places], self.codes[places], self.others)

    def __setitem__(self, key: Any, value: Any) -> None:
        places = np.arange(len(self))[pd.api.indexers.check_array_indexer(self, key)]
        new = self._from_sequence([value] * np.size(places) if pd.api.types.is_scalar(value) else value)
        both = self._concat_same_type([self, new])
        self.others = both.others
        self.numbers[places], self.codes[places] = (
            both.numbers[len(self) :].reshape((*np.shape(places), 2)),
            both.codes[len(self) :].reshape(np.shape(places)),
        )

    def isna(self) -> np.ndarray:
        return self.codes == -2

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> "EventIds":
        codes = take(self.codes, indices, allow_fill=allow_fill, fill_value=-2)
        return EventIds(take(self.numbers, indices, allow_fill=allow_fill, fill_value=0), codes, self.others)

    def copy(self) -> "EventIds":
        return EventIds(self.numbers.copy(), self.codes.copy(), self.others)

    def texts(self) -> list[str | None]:
        return texts_of(self.numbers, self.codes, self.others, unpack_ids)

    def repeated(self, positions: np.ndarray | None = None) -> np.ndarray:
        """Return for each id whether the same one has come before; missing and empty ones never have.

        `positions` tells at which position each of them comes, if they come in another order.
        """
        positions_of = (lambda rows: rows) if positions is None else positions.__getitem__
        return repeated([(self.numbers, self.codes)], self.others, len(self), positions_of)

    def alike(self, asked: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (groups, positions) of all that are the same as some ids, `asked` by their positions."""
        return alike([(self.numbers, self.codes)], positions.__getitem__, np.flatnonzero(asked[positions]))
