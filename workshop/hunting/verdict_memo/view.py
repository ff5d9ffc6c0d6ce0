"""A record as a simple detector is shown it while `verdicts.py` learns what it reads."""

from typing import Any

from msgspec import UNSET

from workshop.hunting.verdict_memo.batch import Batch
from workshop.hunting.verdict_memo.parts import IDENTITY, TYPE, Parts
from workshop.hunting.verdict_memo.verdict_tree import is_there
from workshop.logs.json_text import value_of


class Decoded(dict[bytes, Any]):
    """Decoded values by their bytes; for detectors that change nothing in them."""

    def __missing__(self, raw: bytes) -> Any:
        if len(self) > 20_000:
            self.clear()
        value = self[raw] = value_of(raw)
        return value


class View(dict[str, Any]):
    """A record whose values are decoded when they are read, and that notes which are. To a simple detector, a dict.

    Once a field is read that leads only to printing (its name is `printing` then), the steps are complete, and texts
    that are only printed are read as their marks.
    """

    __slots__ = ("_batch", "_of", "_ordinal", "_values", "printing", "steps")

    def __init__(self, verdicts: Any, batch: Batch, ordinal: int) -> None:
        self._of, self._ordinal, self._values = verdicts, ordinal, dict[str, Any]()
        self._batch: Any = batch
        self.steps: dict[tuple[str, bool], Any] = {}  # {(field, whether only its presence is asked for): its value}
        self.printing: str | None = None

    def let_go(self) -> None:
        """Keep what was noted, not the records: a view and its parts hold each other, and the collector may pause."""
        self._batch, self._values = None, {}

    def _read(self, name: str) -> Any:
        of = self._of
        if name == IDENTITY and of.in_parts:
            value = self._values[name] = UNSET if self.get(TYPE, "") is None else Parts(self)
            return value
        if not self.printing and of.is_for_printing(name):
            self.printing = name
            self._values = of.with_marks(self._batch, self._ordinal) | self._values
        if self.printing:
            return self._values.get(name, UNSET)
        key = self.steps[name, False] = self._batch.value(of.attribute_of[name], self._ordinal)
        value = self._values[name] = UNSET if key == b"" else of.decode(key) if type(key) is bytes else key
        return value

    def __getitem__(self, name: str) -> Any:
        value = self._values[name] if name in self._values else self._read(name)
        if value is UNSET:
            raise KeyError(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        value = self._values[name] if name in self._values else self._read(name)
        return default if value is UNSET else value

    def __contains__(self, name: Any) -> bool:
        known = name in self._values or self.printing or (name == IDENTITY and self._of.in_parts)
        if known or self._of.is_for_printing(name):
            return self.get(name, UNSET) is not UNSET
        there = is_there(self._batch.value(self._of.attribute_of[name], self._ordinal))
        self.steps.setdefault((name, True), there)
        return there
