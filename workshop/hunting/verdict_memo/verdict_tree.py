"""The branchings of the memory of simple detectors (`verdicts.py`), and what hangs on them."""

import re
import secrets
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from msgspec import UNSET

from workshop.hunting.packed_matches import SHOWN, Slot, Template
from workshop.hunting.verdict_memo.batch import Batch
from workshop.logs.visible import visible

# Is in a mark, which stands for the text of a field that is only printed: a text that is in no record.
MARK = secrets.token_hex(6)
# Begins a mark: what becomes of it shows whether the detector escapes what is not printable in the text.
_NOT_PRINTABLE = "\x00"
_MARKED = re.compile(rf"({_NOT_PRINTABLE}|{re.escape(visible(_NOT_PRINTABLE))}){MARK}(\d\d)")


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

    __slots__ = ("_end", "_escaped", "_take", "_text")

    def __init__(self, text: str, attributes: Sequence[str], escaped: Sequence[bool]) -> None:
        self._text = text.removesuffix("\n")
        self._end = text[len(self._text) :]
        self._take, self._escaped = attrgetter(*attributes), escaped

    def of(self, record: Any) -> str:
        """Return what the detector prints about a record of a batch."""
        values = self._take(record)
        text = self._text % values
        if not text.isprintable():
            taken = values if type(values) is tuple else (values,)
            text = self._text % tuple(map(_in_slot, taken, self._escaped))
        return text + self._end


def _in_slot(value: str, escaped: bool) -> str:
    return visible(value) if escaped else value


def mark(place: int) -> str:
    """Return the mark of a field by its place in what `to_fill_in` gets."""
    return f"{_NOT_PRINTABLE}{MARK}{place:02}"


def to_fill_in(printed: str, marked: Sequence[tuple[str, str]]) -> Template | Filled | None:
    """Return what was printed with marks, to be filled in: a Template if a match shows all that is needed, or Filled.

    `marked` has (field, attribute) of each. None if something has changed a mark.
    """
    first, *others = _MARKED.split(printed.replace("%", "%%"))
    begun, places, texts = others[::3], others[1::3], others[2::3]
    if printed.count(MARK) > len(places):
        return None
    text = "%s".join([first, *texts])
    names, attributes = zip(*[marked[int(place)] for place in places], strict=True)
    escaped = [beginning != _NOT_PRINTABLE for beginning in begun]
    if set(names) <= set(SHOWN):
        return Template(text, [Slot(*slot) for slot in zip(names, escaped, strict=True)])
    return Filled(text, attributes, escaped)


def is_there(key: Any) -> bool:
    """Tell whether a record has a field, by the field's value in a batch."""
    return key is not UNSET and key != b""
