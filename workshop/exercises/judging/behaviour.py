"""What a detector did on its cases, as its run tells: what it said, what it read, what it found."""

from functools import cached_property
from typing import Any

from workshop.exercises.case import UNKNOWN, Case
from workshop.exercises.exercise import Trial
from workshop.exercises.judging.fields_read import Asked
from workshop.exercises.misconception import Note, Signature
from workshop.exercises.sample_records import Record

Said = bool | str | None


class Behaviour:
    """The facts of a detector's trial, by the numbers of its cases. `said`: True, False, UNKNOWN, or None if it raised.

    `matching` and `others` are the cases that are to match and those that are not; the bonus is in neither.
    """

    def __init__(self, trial: Trial) -> None:
        self.trial, self.cases = trial, trial.cases
        self.first, self.again = trial.results(), trial.results("again")
        numbers = range(len(self.cases))
        self.matching = [n for n in numbers if self.cases[n].expected is True and not self.cases[n].bonus]
        self.others = [n for n in numbers if self.cases[n].expected is not True and not self.cases[n].bonus]
        self.said = {n: self.verdict_in(self.first[n]) for n in numbers}

    def verdict_in(self, result: dict[str, Any]) -> Said:
        """Return the verdict that came of one call."""
        if result["error"]:
            return None
        return UNKNOWN if self.trial.exercise.kind.three and result["type"] == "NoneType" else bool(result["truth"])

    @property
    def judged(self) -> list[int]:
        """The cases that have to be judged right: those that match first."""
        return self.matching + self.others

    @property
    def found(self) -> list[Record]:
        """The records that are to match, and were matched."""
        return [self._record(n) for n in self.matching if self.said[n] is True]

    @property
    def unsteady(self) -> int | None:
        """The first case that got another verdict when it came again, or None."""
        for n in range(len(self.cases)):
            two = self.again.get(n)
            if two and not self.first[n]["error"] and (two["error"] or self.verdict_in(two) != self.said[n]):
                return n
        return None

    @property
    def misjudged(self) -> list[int]:
        """The cases with a wrong verdict."""
        return [n for n in self.judged if self.said[n] not in (None, self.cases[n].expected)]

    @property
    def earns_bonus(self) -> bool:
        """True if there is a bonus, and all of its cases match."""
        bonus = [n for n, case in enumerate(self.cases) if case.bonus]
        return bool(bonus) and all(self.said[n] is True for n in bonus)

    def _record(self, number: int) -> Record:
        return self.cases[number].record or {}

    @cached_property
    def asked(self) -> dict[int, Asked]:
        """What was asked of each record, but of those that were judged otherwise when they were watched."""
        return {
            n: Asked(_notes(watched), self._record(n))
            for n, watched in self.trial.results("watched").items()
            if not watched["error"] and not self.first[n]["error"] and self.verdict_in(watched) == self.said[n]
        }

    @cached_property
    def signature(self) -> Signature:
        """What the catalogue looks at."""
        watched = self.trial.results("watched").items()
        return Signature(
            {case.name: self.said[n] for n, case in enumerate(self.cases)},
            {case.name: case.expected for case in self.cases if not case.bonus},
            {case.name: case.record or {} for case in self.cases},
            {self.cases[n].name: _notes(result) for n, result in watched if self.cases[n].watch},
            frozenset(self._reads_beyond()),
        )

    def usual(self, case: Case) -> set[str]:
        """Return the fields that the exercise asks for in any case, and those that decide about one not to match."""
        asked = {path for n in self.matching for path in self.cases[n].fields}
        return {*self.trial.exercise.fields, *asked, *(() if case.expected is True else case.fields), "userIdentity"}

    def _reads_beyond(self) -> set[str]:
        """Return fields that nobody asked for and that decide about each record that was left out."""
        missed = [n for n in self.matching if self.said[n] is False]
        if not missed or not self.found or not all(n in self.asked for n in missed):
            return set()
        paths = [self.asked[n].deciding(self.usual(self.cases[n]), self.found) for n in missed]
        # What lies inside of a part that a record lacks cannot be seen being read.
        deciding = [{p if p.startswith("userIdentity") else p.split(".")[0] for p in some} for some in paths]
        return set.intersection(*deciding)


def _notes(result: dict[str, Any]) -> list[Note]:
    return [(path, how, text) for path, how, text in result["notes"]]
