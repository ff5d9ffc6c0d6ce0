"""Which ids have come before, and where else: exactly, and in bounded memory however many there are."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

# How many ids are compared at a time; of more, those that can be alike are looked at together, one part after another.
_AT_A_TIME = 8_000_000
_FIRST_BITS = np.uint64(64 - 18)


def repeated(
    blocks: Sequence[tuple[np.ndarray, np.ndarray]],
    others: Sequence,
    count: int,
    positions_of: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Return for each of `count` positions whether the id there has been at an earlier one.

    Ids are as `Packed` has them: `blocks` of (numbers, codes) one after another, `others` the texts that are no
    numbers; missing and empty ones are never repeated. `positions_of` tells the positions of rows, counted through
    all blocks, as arrays.
    """
    which = np.zeros(count, dtype=bool)
    parts = max(1, -(-count // _AT_A_TIME))
    for part in range(parts):
        suspect = _Suspects(block[_is_in(part, parts, block, codes), 0] for block, codes in blocks)
        numbers, positions = [np.empty((0, 2), dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
        for first, block, codes in _counted(blocks):
            rows = np.flatnonzero(_is_in(part, parts, block, codes) & suspect.among(block[:, 0]))
            numbers.append(block[rows])
            positions.append(positions_of(first + rows))
        which[_repeats(np.concatenate(numbers), np.concatenate(positions))] = True
    texts = list[tuple[int, int]]()
    for first, _, codes in _counted(blocks):
        rows = np.flatnonzero(codes >= 0)
        texts += zip(positions_of(first + rows).tolist(), codes[rows].tolist(), strict=True)
    seen = {code for code, text in enumerate(others) if text == ""}
    empty = frozenset(seen)
    for position, code in sorted(texts):
        which[position] = code in seen and code not in empty
        seen.add(code)
    return which


def alike(
    blocks: Sequence[tuple[np.ndarray, np.ndarray]],
    positions_of: Callable[[np.ndarray], np.ndarray],
    asked_rows: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (groups, positions) of all records that have the ids of some; those of one id are a group.

    `asked_rows` are those in ascending order, none of them without an id. The rest is as for `repeated`.
    """
    firsts, texts = [np.empty(0, dtype=np.uint64)], [np.empty(0, dtype=np.int32)]
    for first, block, codes in _counted(blocks):
        rows = asked_rows[slice(*np.searchsorted(asked_rows, [first, first + len(codes)]))] - first
        firsts.append(block[rows[codes[rows] == -1], 0])
        texts.append(codes[rows[codes[rows] != -1]])
    wanted, wanted_texts = np.unique(np.concatenate(firsts)), np.unique(np.concatenate(texts))
    keys, positions = [np.empty((0, 3), dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
    for first, block, codes in _counted(blocks):
        for code_is_id, found in (
            (False, (codes == -1) & np.isin(block[:, 0], wanted)),
            (True, np.isin(codes, wanted_texts)),
        ):
            rows = np.flatnonzero(found)
            key = np.zeros((len(rows), 3), dtype=np.uint64)
            if code_is_id:
                key[:, 0], key[:, 2] = codes[rows], 1
            else:
                key[:, :2] = block[rows]
            keys.append(key)
            positions.append(positions_of(first + rows))
    key, where = np.concatenate(keys), np.concatenate(positions)
    order = np.lexsort((where, *key.T))
    new = (key[order][1:] != key[order][:-1]).any(axis=1)
    return np.concatenate([[0], new.cumsum()])[: len(order)], where[order]


def _counted(
    blocks: Iterable[tuple[np.ndarray, np.ndarray]],
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    first = 0
    for numbers, codes in blocks:
        yield first, numbers, codes
        first += len(codes)


def _is_in(part: int, parts: int, block: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Tell which rows of a block are numbers that one of some parts looks at."""
    is_number = codes == -1
    return is_number & (block[:, 0] % np.uint64(parts) == part) if parts > 1 else is_number


class _Suspects:
    """Numbers that may be there more than once: all that are, and few others."""

    def __init__(self, arrays: Iterable[np.ndarray]) -> None:
        numbers = np.sort(np.concatenate([np.empty(0, dtype=np.uint64), *arrays]))
        self._marked = np.zeros(1 << 18, dtype=bool)
        self._marked[numbers[1:][numbers[1:] == numbers[:-1]] >> _FIRST_BITS] = True

    def among(self, numbers: np.ndarray) -> np.ndarray:
        return self._marked[numbers >> _FIRST_BITS]


def _repeats(numbers: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return the positions of numbers (rows of two) that are also at an earlier position."""
    order = np.lexsort((positions, numbers[:, 1], numbers[:, 0]))
    same = (numbers[order][1:] == numbers[order][:-1]).all(axis=1)
    return positions[order[1:][same]]
