"""What simple detectors said, remembered: the same fields with the same values get the same answer.

A detector's memory is a tree. Each value of the field that the detector reads first (or of the first two together, when
it always reads two texts) leads to the field that it reads next then, and in the end to what it said. The values are
texts, or the bytes of anything else: they are as good as the value, and need not be decoded.
"""

from msgspec import UNSET

from workshop.logs.ask import ask
from workshop.logs.records import value_of

# No two records have the same value here: nothing that is read after one of these is worth remembering.
_NEVER_THE_SAME = frozenset({"eventTime", "eventID", "requestID"})
# What a memory may weigh in bytes, about; when it is full it is forgotten.
_BUDGET = 32_000_000
_ASK = object()
# After so many times a field that has only ever led to asking anyway is not looked at any more.
_IN_VAIN = 16


class _Field(dict):
    """A branching of the tree: {the field's value: the next branching, or the verdict}."""

    __slots__ = ("attribute", "only_presence")

    def __init__(self, attribute, only_presence):
        self.attribute, self.only_presence = attribute, only_presence

    def below(self, batch, ordinal):
        key = batch.value(self.attribute, ordinal)
        return self.get(_is_there(key) if self.only_presence else key)


def _is_there(key):
    """Tell whether a record has a field, by the field's value in a batch."""
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
        self._read = [(name, attribute_of[name]) for name in sorted(proof.fields)]
        self._decode = value_of if proof.may_change else Memo().__getitem__
        # The attributes that are looked up first, for all records of a file at a time; None until there is a record.
        self._front, self._memory, self._weight = None, {}, 0
        # {attribute: how often reading it led to [a verdict, asking each time]}
        self._led_to = {}

    def of(self, batch, prints):
        """Return (ordinal, verdict) of each record of a batch that matches, or that the detector raises on."""
        if self._front is None:
            self._begin(batch, prints)
        keys = batch.keys(self._front)
        found = list(map(self._memory.get, keys))
        said, asked = [], []
        if found.count(False) < len(found):
            for ordinal in [ordinal for ordinal, at in enumerate(found) if at is not False]:
                at = self._memory.get(keys[ordinal])
                while type(at) is _Field:
                    at = at.below(batch, ordinal)
                if at is None:
                    at = self._learn(batch, ordinal, keys[ordinal], prints)
                if at is _ASK:
                    asked.append(ordinal)
                elif at is not False:
                    said.append((ordinal, at))
            for ordinal, record in zip(asked, self._read_of(batch, asked), strict=True):
                if (verdict := ask(self.detector, record, prints)) is not False:
                    said.append((ordinal, verdict))
            self._widen(batch)
        return said

    def _begin(self, batch, prints):
        """Look up first what the detector reads first."""
        view = _View(batch, 0, self.attribute_of, self._decode)
        ask(self.detector, view, prints)
        first, only_presence = next(iter(view.steps), (None, True))
        self._front = () if only_presence or first in _NEVER_THE_SAME else (self.attribute_of[first],)

    def _read_of(self, batch, ordinals):
        """Yield some records as dictionaries with the fields that the detector can read: all that it can tell."""
        columns = [self._decoded(batch, attribute, ordinals) for _, attribute in self._read]
        names = [name for name, _ in self._read]
        for values in zip(*columns, strict=True) if columns else [()] * len(ordinals):
            yield {name: value for name, value in zip(names, values, strict=True) if value is not UNSET}

    def _decoded(self, batch, attribute, ordinals):
        """Return a field's values in some records, as an iterable; UNSET where it is not there."""
        values = batch.values(attribute, ordinals)
        return (self._decode(raw) if raw else UNSET for raw in values) if attribute in batch.raw else values

    def _learn(self, batch, ordinal, key, prints):
        """Ask the detector, and remember what it said and what it has read for that."""
        view = _View(batch, ordinal, self.attribute_of, self._decode)
        verdict = ask(self.detector, view, prints)
        if self._weight > _BUDGET:
            self._memory, self._weight = {}, 0
        steps = [
            (name, self.attribute_of[name], only_presence, value)
            for (name, only_presence), value in view.steps.items()
            if self.attribute_of[name] not in self._front
        ]
        asks = any(name in _NEVER_THE_SAME for name, *_ in steps)
        above = self._memory
        for name, attribute, only_presence, value in steps:
            led_to = self._led_to.setdefault(attribute, [0, 0])
            led_to[asks] += 1
            in_vain = name in _NEVER_THE_SAME or (led_to[0] == 0 and led_to[1] > _IN_VAIN)
            at = self._hang(above, key, _ASK if in_vain else _Field(attribute, only_presence))
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

    __slots__ = ("attribute_of", "batch", "decode", "ordinal", "steps", "values")

    def __init__(self, batch, ordinal, attribute_of, decode):
        self.batch, self.ordinal, self.attribute_of, self.decode = batch, ordinal, attribute_of, decode
        self.steps, self.values = {}, {}

    def _read(self, name):
        key = self.steps[name, False] = self.batch.value(self.attribute_of[name], self.ordinal)
        value = self.values[name] = UNSET if key == b"" else self.decode(key) if type(key) is bytes else key
        return value

    def __getitem__(self, name):
        value = self.values[name] if name in self.values else self._read(name)
        if value is UNSET:
            raise KeyError(name)
        return value

    def get(self, name, default=None):
        value = self.values[name] if name in self.values else self._read(name)
        return default if value is UNSET else value

    def __contains__(self, name):
        if name in self.values:
            return self.values[name] is not UNSET
        there = _is_there(self.batch.value(self.attribute_of[name], self.ordinal))
        self.steps.setdefault((name, True), there)
        return there
