"""Values in little room: numbers for values that repeat, and for ids and times, which do not.

CloudTrail's ids are UUIDs, 16 bytes written with 36 letters; its times are seconds written with 20.
"""

import binascii
import tempfile
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np

_HYPHENS = [8, 13, 18, 23]
DIGITS = [place for place in range(36) if place not in _HYPHENS]
HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)

_Pack = Callable[[bytes], tuple[np.ndarray, np.ndarray]]
_Unpack = Callable[[np.ndarray], list[str]]


def pack_ids(letters: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return (numbers, which): the UUIDs in bytes of 36 letters each as rows of two numbers, and which rows are UUIDs.

    Only the canonical spelling counts (small letters, hyphens), so that what is packed is unpacked letter by letter.
    """
    rows = np.frombuffer(letters, dtype=np.uint8).reshape(-1, 36)
    digits = rows.take(DIGITS, axis=1)
    which = (rows[:, _HYPHENS] == ord("-")).all(axis=1)
    packed: Any = _from_hex(digits.tobytes())
    if packed is None:  # some of them are something else
        wrong = (digits < ord("0")) | (digits > ord("f")) | ((digits > ord("9")) & (digits < ord("a")))
        digits[wrong] = ord("0")
        packed, which = _from_hex(digits.tobytes()), which & ~wrong.any(axis=1)
    return np.frombuffer(packed, dtype=">u8").astype(np.uint64).reshape(-1, 2), which


def _from_hex(digits: bytes) -> bytes | None:
    """Return the bytes that hexadecimal digits stand for, or None if they are not all such digits, in small letters."""
    try:
        packed = binascii.unhexlify(digits)
    except binascii.Error:
        return None
    return packed if binascii.hexlify(packed) == digits else None


def unpack_ids(numbers: np.ndarray) -> list[str]:
    """Return the UUIDs that rows of two numbers stand for, as texts."""
    letters = np.full((len(numbers), 36), ord("-"), dtype=np.uint8)
    pairs = np.ascontiguousarray(numbers.astype(">u8")).view(np.uint8).reshape(-1, 16)
    letters[:, DIGITS[0::2]], letters[:, DIGITS[1::2]] = HEX[pairs >> 4], HEX[pairs & 15]
    joined = letters.tobytes().decode()
    return [joined[place : place + 36] for place in range(0, len(joined), 36)]


def unpack_times(numbers: np.ndarray) -> list[str]:
    """Return seconds since 1970 as CloudTrail writes times."""
    return np.datetime_as_string(numbers.astype("M8[s]"), timezone="UTC").tolist()


def texts_of(numbers: np.ndarray, codes: np.ndarray, others: Sequence, unpack: _Unpack) -> list:
    """Return what was packed, as a list of texts; None where there was none. See `Packed`."""
    texts: list = unpack(numbers)
    for place in np.flatnonzero(codes != -1):
        texts[place] = others[codes[place]] if codes[place] >= 0 else None
    return texts


class Codes(dict[Any, int]):
    """Numbers for values, given out as they come: value -> 0, 1, 2 …; None is -1."""

    def __init__(self) -> None:
        super().__init__({None: -1})

    def __missing__(self, value: Hashable) -> int:
        code = self[value] = len(self) - 1
        return code

    def in_order(self) -> list:
        return list(self)[1:]


# How many texts are packed at a time, and how many bytes of numbers are kept in memory before they go to disk.
_AT_A_TIME, _BUDGET = 10_000, 256_000_000


class Packed:
    """Texts that do not repeat, packed into numbers as soon as there are some thousands.

    A code of -1 says that the number is the text, -2 that there is none; another one is its place in `others`, where
    anything else than a text may be as well. Of a great many, most lie in a temporary file, which is gone with the
    process: numpy maps it into memory as it is needed. `pack` makes numbers of the letters of texts of a `length`,
    `unpack` texts of numbers.
    """

    def __init__(self, pack: _Pack, unpack: _Unpack, length: int) -> None:
        self.pack, self.unpack, self.length = pack, unpack, length
        self.numbers, self.codes, self.others = list[np.ndarray](), list[np.ndarray](), Codes()
        # What waits to be packed. Letters are joined at once: texts would be kept, and freed one by one much later.
        self._letters, self._waiting, self._unusual = list[bytes](), 0, dict[int, Any]()
        self._on_disk = self._in_memory = 0  # blocks that lie there, the first ones, and bytes of all others

    def __getstate__(self) -> dict[str, Any]:
        self.flush()
        # What is read back from a pickle is in memory, and must not pass for being on disk.
        read = {name: list(map(np.asarray, vars(self)[name])) for name in ("numbers", "codes")}
        return {**vars(self), **read, "_on_disk": 0, "_in_memory": sum(block.nbytes for block in read["numbers"])}

    @property
    def nbytes(self) -> int:
        """What the numbers of the texts so far take in bytes."""
        return sum(block.nbytes for pair in self.blocks() for block in pair)

    def extend(self, values: Iterable) -> None:
        """Add values, texts or anything else."""
        values = list(values)
        letters, unusual = letters_of(values, self.length)
        self._letters.append(letters)
        for place in unusual:
            self._unusual[self._waiting + place] = values[place]
        self._waiting += len(values)
        if self._waiting > _AT_A_TIME:
            self.flush()

    def merge(self, other: "Packed") -> None:
        self.flush()
        blocks = other.blocks()
        moved = np.array([*(self.others[text] for text in other.others.in_order()), -2, -1], dtype=np.int32)
        for numbers, codes in blocks:
            self._add(np.asarray(numbers), moved[codes])

    def blocks(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return [(numbers, codes)] of all texts so far, one after another."""
        self.flush()
        return list(zip(self.numbers, self.codes, strict=True))

    def whole(self) -> tuple[np.ndarray, np.ndarray, list]:
        """Return (numbers, codes, others) of all texts so far, as `EventIds` takes them; from now on all in memory."""
        self.flush()
        if len(self.numbers) > 1:
            self.numbers, self.codes = [np.concatenate(self.numbers)], [np.concatenate(self.codes)]
            self._on_disk, self._in_memory = 0, self.numbers[0].nbytes
        return self.numbers[0], self.codes[0], self.others.in_order()

    def at(self, rows: np.ndarray) -> list:
        """Return the texts in some rows."""
        numbers, codes, others = self.whole()
        return texts_of(numbers[rows], codes[rows], others, self.unpack)

    def flush(self) -> None:
        """Pack what waits for more."""
        letters = b"".join(self._letters)
        numbers, which = self.pack(letters)
        codes = np.full(len(which), -1, dtype=np.int32)
        for place in np.flatnonzero(~which).tolist():
            value = letters[place * self.length : (place + 1) * self.length].decode()
            value = self._unusual.get(place, value)
            codes[place] = -2 if value is None else self.others[value]
        self._letters, self._waiting, self._unusual = [], 0, {}
        self._add(numbers, codes)

    def _add(self, numbers: np.ndarray, codes: np.ndarray) -> None:
        if self.numbers and not len(codes):
            return
        self.numbers.append(numbers)
        self.codes.append(codes)
        self._in_memory += numbers.nbytes
        if self._in_memory > _BUDGET:
            for column in (self.numbers, self.codes):
                column[self._on_disk :] = [on_disk(np.concatenate(column[self._on_disk :]))]
            self._on_disk, self._in_memory = len(self.numbers), 0


def on_disk(array: np.ndarray) -> np.ndarray:
    """Return an array that lies in a temporary file."""
    with tempfile.TemporaryFile() as file:
        array.tofile(file)
        file.flush()
        return np.memmap(file, dtype=array.dtype, mode="r", shape=array.shape)


def letters_of(values: Sequence, length: int) -> tuple[bytes, list[int]]:
    """Return (letters, unusual): texts joined, as bytes, each of the length given; places of what is no such text.

    In its place are question marks. Letters are ASCII, so that each is a byte.
    """
    try:
        if set(map(len, values)) == {length} and (joined := "".join(values)).isascii():
            return joined.encode(), []
    except TypeError:  # there is something else among them
        pass
    unusual = [
        place
        for place, value in enumerate(values)
        if not (isinstance(value, str) and len(value) == length and value.isascii())
    ]
    usual = list(values)
    for place in unusual:
        usual[place] = "?" * length
    return "".join(usual).encode(), unusual


def pack_times(letters: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return (seconds since 1970, which): the times in bytes of 20 letters each, and which are times as usual.

    That is "2026-03-10T12:00:00Z".
    """
    columns = np.frombuffer(letters, dtype=np.uint8).reshape(-1, 20).T.copy()
    which = ((columns >= _LOWEST) & (columns <= _HIGHEST)).all(axis=0)
    digits = columns & 15
    century, year, month, day, hour, minute, second = (digits[_TENS] * np.uint8(10) + digits[_TENS + 1]).astype(
        np.int64
    )
    number = np.where(which, (century * 100 + year - 1000) * 12 + month - 1, 0)
    which &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= _MONTHS[number + 1] - _MONTHS[number])
    which &= (hour < 24) & (minute < 60) & (second < 60)
    seconds = (_MONTHS[number] + day - 1) * 86400 + hour * 3600 + minute * 60 + second
    return np.where(which, seconds, 0), which


def packed_ids() -> Packed:
    return Packed(pack_ids, unpack_ids, 36)


def packed_times() -> Packed:
    return Packed(pack_times, unpack_times, 20)


_LOWEST, _HIGHEST = (
    np.frombuffer(text, dtype=np.uint8)[:, None] for text in (b"1000-00-00T00:00:00Z", b"2099-19-39T29:59:59Z")
)
_TENS = np.array([0, 2, 5, 8, 11, 14, 17])
# The day on which each month from the year 1000 on begins, counted from 1970; more of them than the digits can name.
_MONTHS = np.arange("1000-01", "2102-01", dtype="M8[M]").astype("M8[D]").astype(np.int64)
