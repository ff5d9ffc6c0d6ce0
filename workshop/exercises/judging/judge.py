"""The straight way of an answer: package, sandbox, verdict, diagnosis, wording."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workshop.attendee_code.cell_source import CellFunction
from workshop.exercises.exercise import Exercise, Verdict
from workshop.exercises.feedback import Result
from workshop.exercises.judging import diagnosis, trial, verdict, wording
from workshop.exercises.sample_records import Maker


def judge(exercise: Exercise, function: Callable[..., Any], make: Maker) -> Result:
    """Judge the answer to an exercise and return the Result."""
    cases = tuple(replace(case, fields=case.fields or exercise.fields) for case in exercise.cases(make))

    def attempt(answer: Callable[..., Any] | CellFunction) -> Verdict:
        return verdict.reach(trial.run(trial.pack(exercise, cases, answer), make))

    def retry(source: str) -> Verdict:
        return attempt(replace(reached.trial.cell, text=source)) if reached.trial.cell else reached

    reached = attempt(function)
    if reached.outcome == "not attempted":
        return wording.not_attempted(exercise.name)
    if reached.outcome in ("passed", "bonus"):
        return wording.praise(reached)
    return wording.explain(reached, diagnosis.diagnose(reached, retry))
