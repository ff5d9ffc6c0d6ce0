"""The branchings of the memory of simple detectors (`verdicts.py`), and what hangs on them."""

import uuid
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from msgspec import UNSET

from workshop.hunting.packed_matches import SHOWN, Template
from workshop.hunting.verdict_memo.batch import Batch

# Begins a mark, which stands for the text of a field that is only printed: a text that is in no record.
MARK = uuid.uuid4().hex


class Field(dict[Any, Any]):
    """A branching of the tree: {the field's value: the next branching, or the verdict}."""

    __slots__ = ("attribute", "name", "only_presence")

    def __init__(self, name: str, attribute: str, only_presence: bool) -> None:
        self.name, self.attribute, self.only_presence = name, attribute, only_presence

    def key(self, batch: Batch, ordinal: int) -> Any:
        """Return a record's value of the field, or whether it has one if no more is asked."""
        key = batch.value(self.attribute, ordinal)
        return is_there(key) if self.only_presence else key


class Printing(dict[Any, Any]):
    """Where a detector comes to the fields that it only prints: {the values of all others: what it said}."""

    __slots__ = ()


class Filled:
    """What a detector prints, to be filled in with the texts of a record."""

    __slots__ = ("_take", "_text")

    def __init__(self, text: str, attributes: Sequence[str]) -> None:
        self._text, self._take = text, attrgetter(*attributes)

    def of(self, record: Any) -> str:
        """Return what the detector prints about a record of a batch."""
        return self._text % self._take(record)


def to_fill_in(printed: str, marked: Sequence[tuple[str, str]]) -> Template | Filled:
    """Return what was printed with marks, to be filled in: a Template if a match shows all that is needed, or Filled.

    A mark is MARK and a place in `marked`, which has (field, attribute), as two digits.
    """
    first, *others = printed.replace("%", "%%").split(MARK)
    text = "%s".join([first, *[other[2:] for other in others]])
    names, attributes = zip(*[marked[int(other[:2])] for other in others], strict=True)
    return Template(text, names) if set(names) <= set(SHOWN) else Filled(text, attributes)


def is_there(key: Any) -> bool:
    """Tell whether a record has a field, by the field's value in a batch."""
    return key is not UNSET and key != b""
