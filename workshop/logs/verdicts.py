"""What simple detectors said, remembered: the same fields with the same bytes get the same answer.

A detector's memory is a tree. Its root is the field that the detector reads first; each value of that field leads to
the field that it reads next then, and in the end to what it said. The bytes of a value are as good as the value, and
need not be decoded.
"""

import io
import sys

import msgspec

from workshop.logs.records import value_of

# No two records have the same value here: nothing that is read after one of these is worth remembering.
_NEVER_THE_SAME = frozenset({"eventTime", "eventID", "requestID"})
# What a memory may weigh in bytes, about; when it is full it is forgotten.
_BUDGET = 32_000_000
_ABSENT = b""


class Matched(str):
    """A match; the text is what the detector printed."""


class Raised(str):
    """The detector raised; the text says what."""


def ask(detector, record):
    """Show a record to a detector; return Matched, Raised, or False. What it prints is caught.

    Raises: NotImplementedError when the detector does.
    """
    shown_to, sys.stdout = sys.stdout, io.StringIO()
    printed = sys.stdout
    try:
        matched = bool(detector(record))
    except NotImplementedError:
        raise
    except (Exception, SystemExit) as error:
        return Raised(f"{type(error).__name__}: {error}")
    finally:
        sys.stdout = shown_to
    return Matched(printed.getvalue()) if matched else False


class _Field(dict):
    """A branching of the tree: {bytes of the field's value: the next branching, or the verdict}."""

    __slots__ = ("attribute", "only_presence")

    def __init__(self, attribute, only_presence):
        self.attribute, self.only_presence = attribute, only_presence


_ASK = object()


class Verdicts:
    """A simple detector and what it said; `attribute_of` tells which attribute of a record has a field's bytes."""

    def __init__(self, detector, attribute_of):
        self.detector, self.attribute_of = detector, attribute_of
        self._tree, self._weight = None, 0

    def of(self, records):
        """Return what the detector says of each record, as a list."""
        tree = self._tree
        if type(tree) is not _Field or tree.only_presence:
            return [self._of(record) for record in records]
        # The first field of all records at once; usually that decides.
        attribute = tree.attribute
        found = map(tree.get, [bytes(getattr(record, attribute)) for record in records])
        return [False if verdict is False else self._of(record) for record, verdict in zip(records, found, strict=True)]

    def _of(self, record):
        at = self._tree
        while type(at) is _Field:
            key = bytes(getattr(record, at.attribute))
            at = at.get(bool(key) if at.only_presence else key)
        if at is None:
            return self._learn(record)
        return ask(self.detector, _View(record, self.attribute_of)) if at is _ASK else at

    def _learn(self, record):
        view = _View(record, self.attribute_of)
        verdict = ask(self.detector, view)
        if self._weight > _BUDGET:
            self._tree, self._weight = None, 0
        steps = list(view.steps.items())
        above, key = None, None
        for (name, only_presence), value in steps:
            below = _ASK if name in _NEVER_THE_SAME else _Field(self.attribute_of[name], only_presence)
            at = self._hang(above, key, below)
            if at is _ASK:
                return verdict
            above, key = at, value
        self._hang(above, key, verdict)
        return verdict

    def _hang(self, above, key, below):
        """Put something in its place in the tree, unless something is there; return what is there."""
        self._weight += 300 if key is None or key is True or key is False else 300 + len(key)
        if above is not None:
            return above.setdefault(key, below)
        if self._tree is None:
            self._tree = below
        return self._tree


class _View:
    """A record whose values are decoded when they are read, and that notes which are. To a simple detector, a dict."""

    __slots__ = ("attribute_of", "record", "steps", "values")

    def __init__(self, record, attribute_of):
        self.record, self.attribute_of, self.steps, self.values = record, attribute_of, {}, {}

    def _read(self, name):
        if name not in self.values:
            raw = bytes(getattr(self.record, self.attribute_of[name]))
            self.steps[name, False] = raw
            self.values[name] = _ABSENT if raw == _ABSENT else value_of(raw)
        return self.values[name]

    def __getitem__(self, name):
        value = self._read(name)
        if value is _ABSENT:
            raise KeyError(name)
        return value

    def get(self, name, default=None):
        value = self._read(name)
        return default if value is _ABSENT else value

    def __contains__(self, name):
        if name in self.values:
            return self.values[name] is not _ABSENT
        raw = bytes(getattr(self.record, self.attribute_of[name]))
        self.steps.setdefault((name, True), bool(raw))
        return bool(raw)


def record_type(names):
    """Return (attribute_of, decode): where the fields of those names are kept, and what decodes a log file to records.

    A record has a field's bytes, b"" for one that is absent.
    """
    attribute_of = {name: f"field_{place}" for place, name in enumerate(names)}
    fields = [(attribute, msgspec.Raw, msgspec.Raw(_ABSENT)) for attribute in attribute_of.values()]
    rename = {attribute: name for name, attribute in attribute_of.items()}
    record = msgspec.defstruct("Record", fields, rename=rename, gc=False)
    file = msgspec.defstruct("LogFile", [("Records", list[record])])
    return attribute_of, msgspec.json.Decoder(file).decode
