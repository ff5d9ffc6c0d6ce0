"""Chance that falls the same way on every platform and every Python from 3.10 on."""

import hashlib
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")

ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Dice:
    """A stream of chance with a name: the same names give the same throws.

    Only `random()` and `getrandbits()` are used, which Python keeps stable across versions, and only arithmetic that
    IEEE 754 rounds exactly (no logarithms). Each actor has dice of its own, so that a new actor changes no other.
    """

    def __init__(self, *names: object) -> None:
        seed = hashlib.sha256("/".join(map(str, names)).encode()).digest()
        source = random.Random(int.from_bytes(seed, "big"))  # noqa: S311 - log records, no secrets
        self.roll = source.random
        self.bits = source.getrandbits

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.roll() < probability

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self.roll() * (high - low + 1))

    def between(self, low: float, high: float) -> float:
        """Return a float from low up to high."""
        return low + (high - low) * self.roll()

    def pick(self, items: Sequence[T]) -> T:
        """Return one item of a sequence."""
        return items[int(self.roll() * len(items))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Return one key of a {key: weight} mapping."""
        point = self.roll() * sum(weights.values())
        for key, weight in weights.items():
            point -= weight
            if point < 0:
                return key
        return key

    def heavy(self, least: int, most: int) -> int:
        """Return a whole number with a heavy tail: mostly near `least`, now and then near `most`."""
        return min(most, int(least / math.sqrt(1 - self.roll())))

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Return the items in another order."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.whole(0, last)
            order[last], order[other] = order[other], order[last]
        return order

    def letters(self, count: int, alphabet: str = ALPHANUMERIC) -> str:
        """Return a string of random letters."""
        return "".join(self.pick(alphabet) for _ in range(count))

    def access_key(self, prefix: str = "ASIA") -> str:
        """Return an access key id of AWS's shape that nobody can mistake for a real one."""
        return prefix + self.letters(9, KEY_LETTERS) + "EXAMPLE"

    def principal(self, prefix: str) -> str:
        """Return a unique id of a user (AIDA) or role (AROA), 21 characters long."""
        return prefix + self.letters(10, KEY_LETTERS) + "EXAMPLE"
