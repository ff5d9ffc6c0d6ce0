"""What simple detectors said, remembered: the same fields with the same values get the same answer.

A detector's memory is a tree. Each value of the field that the detector reads first (or of the first few together, when
it always reads them) leads to the field that it reads next then, and in the end to what it said. The values are
texts, or the bytes of anything else: they are as good as the value, and need not be decoded. Where the detector comes
to the fields that it only prints (`printed.py`), all others that it can read decide at once; it is asked with marks for
the texts that it prints, and what it printed is filled in for each record.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import UNSET

from workshop.hunting.detector_call import Prints, Raised, ask
from workshop.hunting.packed_matches import Template
from workshop.hunting.verdict_memo.batch import TEXTS, Batch
from workshop.hunting.verdict_memo.parts import ALWAYS, TYPE, with_identity
from workshop.hunting.verdict_memo.proof import Proof
from workshop.hunting.verdict_memo.verdict_tree import MARK, Field, Filled, Printing, is_there, mark, to_fill_in
from workshop.hunting.verdict_memo.view import Decoded, View
from workshop.logs.json_text import value_of
from workshop.logs.record import Record

# No two records have the same value here: nothing that is read after one of these is worth remembering.
_NEVER_THE_SAME = frozenset({"eventTime", "eventID", "requestID"})
# What a memory may weigh in bytes, about; when it is full it is forgotten.
_BUDGET = 32_000_000
# In the place of a verdict: the detector must be asked each time.
_ASK = object()
# The types of what a detector says of a match.
_SAID = frozenset({str, Template, Raised})
# What reading a field leads to: a verdict, asking each time, or something printed. Of a field that has led to the same
# more often than this it is taken for granted: where it leads to asking it is not looked at any more, where it leads to
# printing only with all others.
_SAYING, _ASKING, _PRINTING = "saying", "asking", "printing"
_OFTEN = {_ASKING: 16, _PRINTING: 4}
_SELDOM = 1_000  # new prints, before they may be too many
_AT_ONCE = 3  # texts that are looked up, before one more is


class Verdicts:
    """A simple detector and what it said.

    `attribute_of` says which attribute of a record has a field's value; `decoded` decodes if nothing is changed.
    """

    def __init__(
        self, detector: Callable[[Any], Any], proof: Proof, attribute_of: Mapping[str, str], decoded: Decoded
    ) -> None:
        self.detector, self.attribute_of = detector, attribute_of
        self.in_parts = TYPE in proof.fields
        self._read = [(name, attribute_of[name]) for name in sorted(proof.fields)]
        self.decode = value_of if proof.may_change else decoded.__getitem__
        used = proof.fields - proof.printed
        marked = sorted(proof.printed & TEXTS) if used.isdisjoint(_NEVER_THE_SAME) else []
        self._marks = {name: mark(place) for place, name in enumerate(marked)}
        self._marked = [(name, attribute_of[name]) for name in marked]
        self._maybe_missing = [attribute_of[name] for name in marked if name not in ALWAYS]
        self._has_begun = False
        self._look_first_at(())
        self._prints = self._new_prints = 0  # how often all others were looked up at a printing, and were new there
        self._led_to = defaultdict[str, Counter[str]](Counter)  # what reading each field has led to

    def of(self, batch: Batch, prints: Prints) -> tuple[list[int], list[Any]]:
        """Return (ordinals, verdicts), two lists, of the records that match, or that the detector raises on."""
        if not self._has_begun:
            self._begin(batch, prints)
        if self._weight > _BUDGET:
            self._forget()
        if self._has_grown:
            self._widen(batch)
        keys = batch.keys(self._front)
        found = list(map(self._memory.get, keys))
        if found[0] is found[-1] is False and found.count(False) == len(found):
            return [], []
        rows = [ordinal for ordinal, at in enumerate(found) if at is not False]
        said: list[Any] = [found[ordinal] for ordinal in rows]
        if {Printing}.issuperset(map(type, said)):
            said = self._printed_of(batch, rows, said, prints)
        else:
            for place, at in enumerate(said):
                if type(at) is not Printing:
                    said[place] = self._look_up(batch, rows[place], keys[rows[place]], prints)
            places = [place for place, at in enumerate(said) if type(at) is Printing]
            ordinals, printing = [rows[place] for place in places], [said[place] for place in places]
            for place, verdict in zip(places, self._printed_of(batch, ordinals, printing, prints), strict=True):
                said[place] = verdict
        if not _SAID.issuperset(map(type, said)):
            asked = [place for place, verdict in enumerate(said) if verdict is _ASK]
            for place, record in zip(asked, self._read_of(batch, [rows[place] for place in asked]), strict=True):
                said[place] = ask(self.detector, record, prints)
            rows = [row for row, verdict in zip(rows, said, strict=True) if verdict is not False]
            said = [verdict for verdict in said if verdict is not False]
        return rows, said

    def _look_up(self, batch: Batch, ordinal: int, key: Hashable, prints: Prints) -> Any:
        """Return what is at the end of the tree for a record: what the detector said, Printing or _ASK."""
        at = self._memory.get(key)
        while type(at) is Field:
            at = at.get(at.key(batch, ordinal))
        return self._learn(batch, ordinal, key, prints) if at is None else at

    def _printed_of(
        self, batch: Batch, ordinals: Sequence[int], printing: Sequence[Printing], prints: Prints
    ) -> list[Any]:
        """List what the detector says of records that it prints, or _ASK: all fields but those only printed decide."""
        if not ordinals or self._new_prints > max(_SELDOM, 0.8 * self._prints):
            return [_ASK] * len(ordinals)  # others are hardly ever the same: asking costs less
        self._prints += len(ordinals)
        keys = self._print_keys(batch, ordinals)
        said = list(map(Printing.get, printing, keys))
        if not _SAID.issuperset(map(type, said)):
            for place in [place for place, verdict in enumerate(said) if type(verdict) not in _SAID]:
                verdict = said[place]
                if verdict is None and (verdict := printing[place].get(keys[place])) is None:
                    # Asked for all records that differ in texts that are only printed.
                    record = self._record(self.with_marks(batch, ordinals[place]))
                    verdict = self._keep_print(printing[place], keys[place], ask(self.detector, record, prints))
                said[place] = verdict.of(batch.records[ordinals[place]]) if type(verdict) is Filled else verdict
        return said

    def _print_keys(self, batch: Batch, ordinals: Sequence[int]) -> list[Hashable]:
        """List what decides about records where the detector prints, besides what led there."""
        # Of a text that is only printed: whether it is there, or is empty, which no mark is.
        some = batch.some(ordinals)
        there = [some.column(attribute) for attribute in self._maybe_missing]
        decide = [[value and str for value in values] if any(values) else values for values in there]
        decide += [some.column(attribute) for attribute in self._decide_too]
        return list(zip(*decide, strict=True)) if decide else [()] * len(ordinals)

    def _begin(self, batch: Batch, prints: Prints) -> None:
        """Look up first what the detector reads first."""
        self._has_begun = True
        view, _ = self._show(batch, 0, prints)
        first, only_presence = next(iter(view.steps), ("", True))
        self._look_first_at(() if only_presence or first in _NEVER_THE_SAME else (first,))

    def _show(self, batch: Batch, ordinal: int, prints: Prints) -> tuple[View, Any]:
        """Return (the view that noted what the detector read of a record, what the detector said)."""
        view = View(self, batch, ordinal)
        try:
            return view, ask(self.detector, view, prints)
        finally:
            view.let_go()

    def _look_first_at(self, names: tuple[str, ...]) -> None:
        """Look these fields up first, for all records of a file at a time."""
        self._front_names, self._front = names, tuple(self.attribute_of[name] for name in names)
        # What decides where the detector prints, besides those.
        self._decide_too = [
            attribute for name, attribute in self._read if name not in names and name not in self._marks
        ]
        self._forget()

    def _forget(self) -> None:
        self._memory: dict[Hashable, Any] = {}
        self._weight, self._has_grown = 0, False

    def _read_of(self, batch: Batch, ordinals: Sequence[int]) -> Iterator[Record]:
        """Yield some records as dictionaries with the fields that the detector can read: all that it can tell."""
        columns = [self._decoded(batch, attribute, ordinals) for _, attribute in self._read]
        names = [name for name, _ in self._read]
        for values in zip(*columns, strict=True) if columns else [()] * len(ordinals):
            yield self._record({name: value for name, value in zip(names, values, strict=True) if value is not UNSET})

    def _record(self, fields: Record) -> Record:
        """Return some fields as the record that they are of."""
        return with_identity(fields) if self.in_parts else fields

    def _decoded(self, batch: Batch, attribute: str, ordinals: Sequence[int]) -> Iterable[Any]:
        """Return a field's values in some records, as an iterable; UNSET where it is not there."""
        values = batch.values(attribute, ordinals)
        return (self.decode(raw) if raw else UNSET for raw in values) if attribute in batch.raw else values

    def is_for_printing(self, name: str) -> bool:
        """Tell whether a field is read for printing only, as far as is known."""
        return name in self._marks or (name not in self._front_names and self._leads_only_to(name, _PRINTING))

    def with_marks(self, batch: Batch, ordinal: int) -> Record:
        """Return a record's fields as a dictionary, with marks in the place of texts that are only printed."""
        record: Record = {}
        for name, attribute in self._read:
            value = batch.value(attribute, ordinal)
            if type(value) is bytes and value:
                record[name] = self.decode(value)
            elif is_there(value):
                record[name] = self._marks.get(name, value) if value else value
        return record

    def _keep_print(self, printing: Printing, key: Hashable, verdict: Any) -> Any:
        """Remember what the detector said, where texts that it prints were marks; return it."""
        if verdict is not False and MARK in verdict:
            verdict = _ASK if type(verdict) is Raised else to_fill_in(verdict, self._marked) or _ASK
        self._new_prints += 1
        return self._hang(printing, key, verdict)

    def _learn(self, batch: Batch, ordinal: int, key: Hashable, prints: Prints) -> Any:
        """Ask the detector, and remember what it said and what it has read for that."""
        view, verdict = self._show(batch, ordinal, prints)
        above, known = self._memory, dict.fromkeys([(name, False) for name in self._front_names])
        while type(at := above.get(key)) is Field:
            known[at.name, at.only_presence] = None
            above, key = at, at.key(batch, ordinal)
        asks = not _NEVER_THE_SAME.isdisjoint([name for name, _ in view.steps])
        for step, value in view.steps.items():
            if step in known:
                continue
            name, only_presence = step
            in_vain = self._leads_only_to(name, _ASKING) or name in _NEVER_THE_SAME
            self._led_to[name][_ASKING if asks else _PRINTING if view.printing else _SAYING] += 1
            if in_vain:
                return self._hang(above, key, _ASK)
            known[step] = None
            above, key = self._hang(above, key, Field(name, self.attribute_of[name], only_presence)), value
        if view.printing:
            if not (verdict and MARK in verdict):
                self._led_to[view.printing][_SAYING] += 1
            printing = Printing()
            self._keep_print(printing, self._print_keys(batch, (ordinal,))[0], verdict)
            verdict = printing
        return self._hang(above, key, verdict)

    def _leads_only_to(self, name: str, what: str) -> bool:
        """Tell whether reading a field has led to one thing alone, often enough to count on it.

        What is counted on may be wrong: that costs time and nothing else.
        """
        led_to = self._led_to[name]
        return led_to[what] > _OFTEN[what] and sum(led_to.values()) == led_to[what]

    def _hang(self, above: dict, key: Hashable, below: Any) -> Any:
        """Put something in its place in the tree, unless something is there; return what is there."""
        self._has_grown = True
        parts = key if type(key) is tuple else (key,)
        self._weight += 300 + sum([len(part) for part in parts if type(part) in (str, bytes)])
        return above.setdefault(key, below)

    def _widen(self, batch: Batch) -> None:
        """Look up one more text at once from now on, if it is always read after those that are."""
        self._has_grown = False
        if not 1 <= len(self._front) <= _AT_ONCE or not batch.raw.isdisjoint(self._front):
            return
        first = next(iter(self._memory.values()), None)
        if type(first) is not Field or first.only_presence or first.attribute in batch.raw:
            return
        if all(type(at) is Field and at.name == first.name and not at.only_presence for at in self._memory.values()):
            self._look_first_at((*self._front_names, first.name))
