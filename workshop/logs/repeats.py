"""Which ids have come before: exactly, and in bounded memory however many there are."""

import numpy as np

# How many ids are compared at a time; of more, those that can be alike are looked at together, one part after another.
_AT_A_TIME = 8_000_000


def repeated(blocks, others, count, positions_of):
    """Return for each of `count` positions whether the id there has been at an earlier one.

    Ids are as `Packed` has them: `blocks` of (numbers, codes) one after another, `others` the texts that are no
    numbers; missing and empty ones are never repeated. `positions_of` tells the positions of rows, counted through
    all blocks, as arrays.
    """
    which = np.zeros(count, dtype=bool)
    parts = max(1, -(-count // _AT_A_TIME))
    for part in range(parts):
        numbers, positions = [np.empty((0, 2), dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
        for first, block, codes in _counted(blocks):
            wanted = codes == -1
            if parts > 1:
                wanted &= block[:, 0] % np.uint64(parts) == part
            rows = np.flatnonzero(wanted)
            numbers.append(block[rows])
            positions.append(positions_of(first + rows))
        which[_repeats(np.concatenate(numbers), np.concatenate(positions))] = True
    texts = []
    for first, _, codes in _counted(blocks):
        rows = np.flatnonzero(codes >= 0)
        texts += zip(positions_of(first + rows).tolist(), codes[rows].tolist(), strict=True)
    seen = {code for code, text in enumerate(others) if text == ""}
    empty = frozenset(seen)
    for position, code in sorted(texts):
        which[position] = code in seen and code not in empty
        seen.add(code)
    return which


def _counted(blocks):
    first = 0
    for numbers, codes in blocks:
        yield first, numbers, codes
        first += len(codes)


def _repeats(numbers, positions):
    """Return the positions of numbers (rows of two) that are also at an earlier position."""
    order = np.argsort(numbers[:, 0])
    high = numbers[order, 0]
    alike = high[1:] == high[:-1]
    order = order[np.append(alike, False) | np.insert(alike, 0, False)] if len(order) else order
    numbers, positions = numbers[order], positions[order]
    order = np.lexsort((positions, numbers[:, 1], numbers[:, 0]))
    same = (numbers[order][1:] == numbers[order][:-1]).all(axis=1)
    return positions[order[1:][same]]
