"""The branchings of the memory of simple detectors (`verdicts.py`), and what hangs on them."""

import uuid
from functools import cache
from operator import attrgetter

from msgspec import UNSET

# Begins a mark, which stands for the text of a field that is only printed: a text that is in no record.
MARK = uuid.uuid4().hex


class Field(dict):
    """A branching of the tree: {the field's value: the next branching, or the verdict}."""

    __slots__ = ("attribute", "name", "only_presence")

    def __init__(self, name, attribute, only_presence):
        self.name, self.attribute, self.only_presence = name, attribute, only_presence

    def key(self, batch, ordinal):
        key = batch.value(self.attribute, ordinal)
        return is_there(key) if self.only_presence else key


class Filled:
    """What a detector prints, to be filled in with the texts of a record."""

    __slots__ = ("take", "text")

    def __init__(self, printed, attributes):
        """Take what was printed with marks: MARK and the place of the text's attribute, as two digits."""
        first, *others = printed.replace("%", "%%").split(MARK)
        self.text = "%s".join([first, *[other[2:] for other in others]])
        self.take = _taker(attributes, *[other[:2] for other in others])


@cache
def _taker(attributes, *places):
    return attrgetter(*[attributes[int(place)] for place in places])


def is_there(key):
    """Tell whether a record has a field, by the field's value in a batch."""
    return key is not UNSET and key != b""
