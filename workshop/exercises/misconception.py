"""Mistakes people make, and the traces of a run by which they show."""

import enum
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from workshop.exercises.case import UNKNOWN
from workshop.exercises.sample_records import Record

# (path, "key", key) of what was read, or (path, how, text) of what it was compared with.
Note = tuple[str, str, str]


@dataclass(frozen=True)
class Signature:
    """What a detector did, as the catalogue sees it.

    `verdicts` maps case names to the truth of what was returned (None where it raised; UNKNOWN where an exercise of
    three verdicts got None), `expected` to what is right; `records` are the cases' records; `notes` has, for each
    watched case, what was read and compared, in order. `reads_beyond` are fields that nobody asked for and that decide
    about each record that was left out.
    """

    verdicts: Mapping[str, bool | str | None]
    expected: Mapping[str, bool | str]
    records: Mapping[str, Record]
    notes: Mapping[str, list[Note]]
    reads_beyond: frozenset[str] = frozenset()

    @property
    def read(self) -> set[tuple[str, str]]:
        """(path, key) of everything that was read in the watched cases."""
        return {(path, text) for notes in self.notes.values() for path, how, text in notes if how == "key"}

    @property
    def compared(self) -> set[Note]:
        """(path, how, text) of all comparisons in the watched cases."""
        return {note for notes in self.notes.values() for note in notes if note[1] != "key"}

    def splits_by(self, field: str) -> bool:
        """Tell whether a field decides what was found: no value of it is both among the found and the missed."""
        found = {self.records[name].get(field) for name in self.found}
        missed = {self.records[name].get(field) for name in self.missed}
        return bool(found) and bool(missed) and not found & missed

    def _names(self, *pairs: tuple[bool | str, bool | str | None]) -> list[str]:
        return [name for name, right in self.expected.items() if (right, self.verdicts[name]) in pairs]

    @property
    def missed(self) -> list[str]:
        """Names of the cases that should match and did not."""
        return self._names((True, False), (True, UNKNOWN))

    @property
    def false_alarms(self) -> list[str]:
        """Names of the cases that matched and should not."""
        return self._names((False, True), (UNKNOWN, True))

    @property
    def confused(self) -> list[str]:
        """Names of the cases where False and unknown were taken for each other."""
        return self._names((False, UNKNOWN), (UNKNOWN, False))

    @property
    def found(self) -> list[str]:
        """Names of the cases that match, and were matched."""
        return self._names((True, True))

    @property
    def never_matches(self) -> bool:
        """True if no case got True, those of the bonus included."""
        return not any(said is True for said in self.verdicts.values())

    def compared_with(self, path: str, *how: str) -> set[str]:
        """Return the texts that a field was compared with, in some ways ("==", "startswith", …) or in any."""
        return {text for where, way, text in self.compared if where == path and (not how or way in how)}


def only(missed: Collection[str] = (), false_alarms: Collection[str] = ()) -> Callable[[Signature], bool]:
    """Return a `when` for functions that go wrong in some of these cases, and in no others."""

    def when(signature: Signature) -> bool:
        wrong = signature.missed or signature.false_alarms
        return bool(wrong) and set(signature.missed) <= {*missed} and set(signature.false_alarms) <= {*false_alarms}

    return when


class Strength(enum.Enum):
    """How much the signature by which a misconception shows (`when`) proves: see `judging.diagnosis.CAUSES`."""

    CERTAIN = enum.auto()
    EVIDENT = enum.auto()
    LIKELY = enum.auto()
    VAGUE = enum.auto()  # it fits many mistakes: anything that is more exact goes first


@dataclass(frozen=True)
class Misconception:
    """A mistake people make: what it is called, what it says to them, what to try, and how it shows.

    It shows by a reference: one of `rules` (record -> bool), a wrong detector, gives the same verdicts; or by `when`,
    which tells from the Signature, as strongly as `strength` says. `case`: the case that shows it best. `asked_advice`
    takes the place of `advice` where it is known what the function asked of the record. `shows_beyond`: the fields that
    it read although nobody asked for them are shown. What is found out about one answer alone may have no id.
    """

    id: str | None
    says: str
    advice: str
    rules: tuple[Callable[..., Any], ...] = ()
    when: Callable[[Signature], Any] | None = None
    case: str | None = None
    strength: Strength = Strength.LIKELY
    asked_advice: str = ""
    shows_beyond: bool = False

    def shows_in(self, signature: Signature, strength: Strength) -> bool:
        """Tell whether `when` says so, with just this strength."""
        return self.strength is strength and self.when is not None and bool(self.when(signature))
