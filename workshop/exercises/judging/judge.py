"""The straight way of an answer: package, sandbox, verdict, diagnosis, wording."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from workshop.attendee_code.cell_source import CellFunction
from workshop.exercises.exercise import Exercise, Retry, Verdict
from workshop.exercises.feedback import Result
from workshop.exercises.judging import diagnosis, trial, verdict, wording
from workshop.exercises.sample_records import Maker

SECONDS_FOR_REPAIRS = 2.8  # from the beginning of a check, which ends within 5 s


def judge(exercise: Exercise, function: Callable[..., Any], make: Maker) -> Result:
    """Judge the answer to an exercise and return the Result."""
    with warnings.catch_warnings():  # Python has warned of odd code at the cell, and would each time it is compiled
        warnings.simplefilter("ignore", SyntaxWarning)
        return _judge(exercise, function, make)


def _judge(exercise: Exercise, function: Callable[..., Any], make: Maker) -> Result:
    cases = tuple(replace(case, fields=case.fields or exercise.fields) for case in exercise.cases(make))

    def attempt(answer: Callable[..., Any] | CellFunction) -> Verdict:
        return verdict.reach(trial.run(trial.pack(exercise, cases, answer), make))

    def once(source: str) -> Verdict:
        return attempt(replace(reached.trial.cell, text=source)) if reached.trial.cell else reached

    def screened(sources: Sequence[str]) -> list[Verdict | None]:
        cell = reached.trial.cell
        trials = trial.screen(exercise, cases, cell, sources, deadline) if cell else []
        return [verdict.reach(tried) if tried else None for tried in trials]

    deadline = monotonic() + SECONDS_FOR_REPAIRS
    reached = attempt(function)
    if reached.outcome == "not attempted":
        return wording.not_attempted(exercise.name)
    if reached.outcome in ("passed", "bonus"):
        return wording.praise(reached)
    return wording.explain(reached, diagnosis.diagnose(reached, Retry(once, screened)))
