"""What simple detectors said, remembered: the same fields with the same values get the same answer.

A detector's memory is a tree. Each value of the field that the detector reads first (or of the first two together, when
it always reads two texts) leads to the field that it reads next then, and in the end to what it said. The values are
texts, or the bytes of anything else: they are as good as the value, and need not be decoded.
"""

from operator import attrgetter

from msgspec import UNSET, Raw

from workshop.logs.ask import ask
from workshop.logs.records import value_of

# No two records have the same value here: nothing that is read after one of these is worth remembering.
_NEVER_THE_SAME = frozenset({"eventTime", "eventID", "requestID"})
# What a memory may weigh in bytes, about; when it is full it is forgotten.
_BUDGET = 32_000_000
_ASK = object()


class _Field(dict):
    """A branching of the tree: {the field's value: the next branching, or the verdict}."""

    __slots__ = ("attribute", "only_presence")

    def __init__(self, attribute, only_presence):
        self.attribute, self.only_presence = attribute, only_presence

    def below(self, record):
        key = key_of(getattr(record, self.attribute))
        return self.get(is_there(key) if self.only_presence else key)


def key_of(value):
    """Return a field's value as a key: text, None, UNSET for none, or the bytes of anything else."""
    return bytes(value) if type(value) is Raw else value


def is_there(key):
    """Tell whether a record has a field, by its key."""
    return key is not UNSET and key != b""


class Memo(dict):
    """Decoded values by their bytes; for detectors that change nothing in them."""

    def __missing__(self, raw):
        if len(self) > 20_000:
            self.clear()
        value = self[raw] = value_of(raw)
        return value


class Verdicts:
    """A simple detector and what it said; `attribute_of` tells which attribute of a record has a field's value."""

    def __init__(self, detector, proof, attribute_of):
        self.detector, self.attribute_of = detector, attribute_of
        self._names = sorted(proof.fields)
        self._values = attrgetter(*(attribute_of[name] for name in self._names)) if self._names else None
        self._decode = value_of if proof.may_change else Memo().__getitem__
        # The attributes that are looked up first, for all records of a file at a time; None until there is a record.
        self._front, self._memory, self._weight = None, {}, 0

    def of(self, batch, prints):
        """Return (ordinal, verdict) of each record of a batch that matches, or that the detector raises on."""
        if self._front is None:
            self._begin(batch.records[0], prints)
        keys = batch.keys(self._front)
        found = list(map(self._memory.get, keys))
        said = []
        if found.count(False) < len(found):
            for ordinal in [ordinal for ordinal, at in enumerate(found) if at is not False]:
                verdict = self._of(batch.records[ordinal], keys[ordinal], prints)
                if verdict is not False:
                    said.append((ordinal, verdict))
            self._widen(batch)
        return said

    def _begin(self, record, prints):
        """Look up first what the detector reads first."""
        view = _View(record, self.attribute_of, self._decode)
        ask(self.detector, view, prints)
        first, only_presence = next(iter(view.steps), (None, True))
        self._front = () if only_presence or first in _NEVER_THE_SAME else (self.attribute_of[first],)

    def _of(self, record, key, prints):
        at = self._memory.get(key)
        while type(at) is _Field:
            at = at.below(record)
        if at is None:
            return self._learn(record, key, prints)
        return ask(self.detector, self._read_by(record), prints) if at is _ASK else at

    def _read_by(self, record):
        """Return the fields that the detector can read, as a dictionary: all of the record that it can tell."""
        values = self._values(record) if len(self._names) > 1 else [self._values(record)]
        read = {}
        for name, value in zip(self._names, values, strict=True):
            if type(value) is Raw:
                raw = bytes(value)
                if raw:
                    read[name] = self._decode(raw)
            elif value is not UNSET:
                read[name] = value
        return read

    def _learn(self, record, key, prints):
        view = _View(record, self.attribute_of, self._decode)
        verdict = ask(self.detector, view, prints)
        if self._weight > _BUDGET:
            self._memory, self._weight = {}, 0
        above = self._memory
        for (name, only_presence), value in view.steps.items():
            attribute = self.attribute_of[name]
            if attribute not in self._front:
                at = self._hang(above, key, _ASK if name in _NEVER_THE_SAME else _Field(attribute, only_presence))
                if at is _ASK:
                    return verdict
                above, key = at, value
        self._hang(above, key, verdict)
        return verdict

    def _hang(self, above, key, below):
        """Put something in its place in the tree, unless something is there; return what is there."""
        self._weight += 300 + (len(key) if type(key) in (str, bytes) else 0)
        return above.setdefault(key, below)

    def _widen(self, batch):
        """Look up two texts together from now on, if the second is always read after the first."""
        if len(self._front) != 1 or self._front[0] in batch.raw:
            return
        nexts = {(at.attribute, at.only_presence) if type(at) is _Field else None for at in self._memory.values()}
        if len(nexts) == 1 and None not in nexts:
            attribute, only_presence = nexts.pop()
            if not only_presence and attribute not in batch.raw:
                self._front, self._memory, self._weight = (*self._front, attribute), {}, 0


class _View:
    """A record whose values are decoded when they are read, and that notes which are. To a simple detector, a dict."""

    __slots__ = ("attribute_of", "decode", "record", "steps", "values")

    def __init__(self, record, attribute_of, decode):
        self.record, self.attribute_of, self.decode, self.steps, self.values = record, attribute_of, decode, {}, {}

    def _read(self, name):
        if name not in self.values:
            key = self.steps[name, False] = key_of(getattr(self.record, self.attribute_of[name]))
            if not is_there(key):
                key = UNSET
            self.values[name] = self.decode(key) if type(key) is bytes else key
        return self.values[name]

    def __getitem__(self, name):
        value = self._read(name)
        if value is UNSET:
            raise KeyError(name)
        return value

    def get(self, name, default=None):
        value = self._read(name)
        return default if value is UNSET else value

    def __contains__(self, name):
        if name in self.values:
            return self.values[name] is not UNSET
        there = is_there(key_of(getattr(self.record, self.attribute_of[name])))
        self.steps.setdefault((name, True), there)
        return there
