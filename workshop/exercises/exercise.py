"""What an exercise is, and what an answer to it becomes on its way: a trial, a verdict, a diagnosis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workshop.attendee_code.cell_source import CellFunction, PackagingError
from workshop.attendee_code.packaging import Package
from workshop.attendee_code.sandbox import Run
from workshop.exercises.case import Case, Probe
from workshop.exercises.feedback import Result
from workshop.exercises.misconception import Misconception
from workshop.exercises.sample_records import Maker


def paragraphs(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a text, each as one line: the hints of an exercise."""
    return tuple(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


Explain = Callable[[Case, dict[str, Any]], Misconception | None]


@dataclass(frozen=True)
class Exercise:
    """A function to write, with all that the kit knows of it.

    name            of the function, and of the exercise
    title           what progress() calls it
    notebook        its number, such as "02"
    task            what is asked, in Markdown: the notebook's text
    hints           three, each says more
    model           the model answer, a function
    kind            how its answers are run, judged and diagnosed
    cases           Maker -> the cases that judge an answer, with fresh ids and keys
    misconceptions  the catalogue; of two that fit as well, the first is named
    well_done       what a passing answer reads
    fields          the fields that decide, as paths
    bonus           what an answer that earns the bonus reads; "" if there is none
    bonus_model     a second model answer, for the bonus
    model_earns     the outcome of the model answer: "passed" or "bonus"
    repairs         mistakes of this exercise, each a `Repair` of the answer; tried before all others
    probes          (Maker, the attendee's own texts) -> records that give a misspelling away
    explains        (case, exception as the sandbox describes it) -> what this exercise knows better about it, or None
    """

    name: str
    title: str
    notebook: str
    task: str
    hints: tuple[str, ...]
    model: Callable[..., Any]
    kind: "Kind"
    cases: Callable[[Maker], Sequence[Case]]
    misconceptions: tuple[Misconception, ...]
    well_done: str
    fields: tuple[str, ...] = ()
    bonus: str = ""
    bonus_model: Callable[..., Any] | None = None
    model_earns: str = "passed"
    repairs: tuple[Any, ...] = ()
    probes: Callable[[Maker, list[str]], list[Probe]] = lambda make, texts: []
    explains: Explain = lambda case, error: None

    def misconception(self, identifier: str | None) -> Misconception | None:
        """Return the entry of the catalogue with this id, or None."""
        return next((entry for entry in self.misconceptions if entry.id == identifier), None)


@dataclass(frozen=True)
class Trial:
    """An answer that went through packaging and the sandbox, on some cases.

    `cell` is the answer's source; `refusal` says why it could not be packaged: then `package` and `run` are None.
    """

    exercise: Exercise
    cases: tuple[Case, ...]
    cell: CellFunction | None = None
    package: Package | None = None
    refusal: PackagingError | None = None
    probes: tuple[Probe, ...] = ()
    run: Run | None = None

    @property
    def packaged(self) -> Package:
        """The package of an answer that was not refused."""
        assert self.package is not None
        return self.package

    def results(self, mode: str = "first") -> dict[int, dict[str, Any]]:
        """Return what came of the cases of one round, by number; the probes' numbers follow the cases'."""
        return self.run.results.get(mode, {}) if self.run else {}

    @property
    def errors(self) -> dict[int, dict[str, Any]]:
        """The exceptions that ended the first call of a case, by its number."""
        first = self.results()
        return {n: first[n]["error"] for n in range(len(self.cases)) if n in first and first[n]["error"]}


@dataclass(frozen=True)
class Verdict:
    """How a trial came out, without the reason.

    `outcome` is "refused" or "ended" (the run came to no end), or one of `Result`'s: "not attempted", "raised",
    "wrong", "passed", "bonus". `number` is the case whose exception counts. `right` are the numbers of the cases that
    were judged right, `seen` is whatever the kind of exercise found out on the way.
    """

    trial: Trial
    outcome: str
    number: int | None = None
    right: frozenset[int] = frozenset()
    seen: Any = None


@dataclass(frozen=True)
class Diagnosis:
    """Why an answer is not right: the case that shows it, the mistake behind it, and the facts around it.

    `number` is the case's, `cause` the mistake or None, `text` a text of the attendee's own that gave it away, `more`
    a sentence that follows the cause's; `guess`: many other mistakes show in the same way; `fits`: the verdicts alone
    tell the cause. `lines` are the packaged lines to show, as [line, function], or `places` the (file, line) of the
    attendee's own. `expected`, `got` and `fields` take the place of the case's own words.
    """

    number: int | None = None
    cause: Misconception | None = None
    summary: str = ""
    expected: str = ""
    got: str = ""
    fields: tuple[str, ...] = ()
    text: str = ""
    more: str = ""
    guess: bool = False
    fits: bool = False
    lines: Sequence[Sequence[Any]] = ()
    places: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Retry:
    """How a repaired answer, given by its source, is tried on the same cases.

    `once` takes it through packaging and a sandbox of its own to its Verdict. `screened` tries many in one sandbox, on
    the first round only; the Verdict of one that was not reached in time is None.
    """

    once: Callable[[str], Verdict]
    screened: Callable[[Sequence[str]], list[Verdict | None]]


@dataclass(frozen=True)
class Kind:
    """How the answers to a kind of exercise are run, judged and diagnosed; `workshop.exercises.judging` has the stages.

    rounds     the rounds that the cases go through, in order: "first", "again" (backwards), "probes", "watched"
    spy        calls of print_short_record are noted
    client     the function is called with a CloudWatch client instead of a record
    three      None is a verdict too: nobody can know
    verdict    Trial that came to its end -> Verdict "wrong", "passed" or "bonus"
    diagnosis  Verdict "wrong" -> its Diagnosis; with the Retry to try a repair
    wording    Verdict and Diagnosis -> the Result that says so
    excuses    (Trial, number of a case) -> True if its exception is not what the answer is told about
    remarks    Verdict "passed" or "bonus" -> what else is worth knowing
    wanted     Case -> what is expected of it, where the function raised
    """

    verdict: Callable[[Trial], Verdict]
    diagnosis: Callable[[Verdict, Retry], Diagnosis]
    wording: Callable[[Verdict, Diagnosis], Result]
    rounds: tuple[str, ...] = ("first",)
    spy: bool = False
    client: bool = False
    three: bool = False
    excuses: Callable[[Trial, int], bool] = lambda trial, number: False
    remarks: Callable[[Verdict], list[str]] = lambda verdict: []
    wanted: Callable[[Case], str] = lambda case: ""
