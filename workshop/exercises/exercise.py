"""What an exercise is made of: cases that judge, probes that explain, and the catalogue of misconceptions."""

from collections.abc import Callable
from dataclasses import dataclass

# The verdict None of a function that may also say that nobody can know, as Signature holds it.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Case:
    """One record, as a sentence, with the verdict that is right for it and the fields that decide it.

    `typical` is the misconception that a wrong verdict here most often comes from. `may_raise`: raising passes, with a
    remark. `bonus`: True is the bonus, another verdict passes too. `watch`: run once more on a record that tells what
    is read. `known` (a `workshop.logs.knowledge.Known`) is the second argument of a function that takes one. `expected`
    may be UNKNOWN where the exercise asks for three verdicts.
    """

    name: str
    sentence: str
    record: dict
    expected: bool | str
    fields: tuple[str, ...] = ()
    typical: str | None = None
    may_raise: bool = False
    bonus: bool = False
    watch: bool = False
    known: object = None

    def verdict_of(self, rule):
        """Return what a rule of the catalogue says of this case: True, False or UNKNOWN."""
        said = rule(self.record) if self.known is None else rule(self.record, self.known)
        return UNKNOWN if said is None else bool(said)


@dataclass(frozen=True)
class Probe:
    """A record that cannot happen, close to the case `twin`: True here and False there gives a misconception away.

    `text` is what it has instead of what the twin has.
    """

    record: dict
    twin: str
    misconception: str
    text: str = ""


@dataclass(frozen=True)
class Signature:
    """What a detector did, as the catalogue sees it.

    `verdicts` maps case names to the truth of what was returned (None where it raised; UNKNOWN where an exercise of
    three verdicts got None), `expected` to what is right;
    `records` are the cases' records; `notes` has, for each watched case, what was read and compared, in order:
    (path, "key", key) or (path, how, text).
    """

    verdicts: dict
    expected: dict
    records: dict
    notes: dict

    @property
    def read(self):
        """(path, key) of everything that was read in the watched cases."""
        return {(path, text) for notes in self.notes.values() for path, how, text in notes if how == "key"}

    @property
    def compared(self):
        """(path, how, text) of all comparisons in the watched cases."""
        return {tuple(note) for notes in self.notes.values() for note in notes if note[1] != "key"}

    def splits_by(self, field):
        """Tell whether a field decides what was found: no value of it is both among the found and the missed."""
        found = {self.records[name].get(field) for name in self.found}
        missed = {self.records[name].get(field) for name in self.missed}
        return bool(found) and bool(missed) and not found & missed

    @property
    def missed(self):
        """Names of the cases that should match and did not."""
        missed = (False, UNKNOWN)
        return [name for name, right in self.expected.items() if right is True and self.verdicts[name] in missed]

    @property
    def false_alarms(self):
        """Names of the cases that matched and should not."""
        wrongly = (False, UNKNOWN)
        return [name for name, right in self.expected.items() if right in wrongly and self.verdicts[name] is True]

    @property
    def confused(self):
        """Names of the cases where False and unknown were taken for each other."""
        pairs = {(False, UNKNOWN), (UNKNOWN, False)}
        return [name for name, right in self.expected.items() if (right, self.verdicts[name]) in pairs]

    @property
    def found(self):
        """Names of the cases that match, and were matched."""
        return [name for name, right in self.expected.items() if right is True and self.verdicts[name] is True]

    def compared_with(self, path, *how):
        """Return the texts that a field was compared with, in some ways ("==", "startswith", …) or in any."""
        return {text for where, way, text in self.compared if where == path and (not how or way in how)}


@dataclass(frozen=True)
class Misconception:
    """A mistake people make: what it is called, what it says to them, what to try, and how it shows.

    It shows by a reference: one of `rules` (record -> bool), a wrong detector, gives the same verdicts; or by `when`,
    which tells from the Signature, and is asked before all rules if `evident`, before the probes too if `certain`.
    `case`: the case that shows it best.
    """

    id: str
    says: str
    advice: str
    rules: tuple[Callable, ...] = ()
    when: Callable | None = None
    case: str | None = None
    evident: bool = False
    certain: bool = False
