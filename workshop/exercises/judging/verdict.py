"""The third stage: how a trial came out. Why is the next stage's question."""

from typing import Any

from workshop.attendee_code.stubs import is_unwritten
from workshop.attendee_code.syntax_tree import tree_of
from workshop.exercises.exercise import Trial, Verdict
from workshop.exercises.judging.behaviour import Behaviour
from workshop.exercises.judging.contract import breach


def reach(trial: Trial) -> Verdict:
    """Return the Verdict on a trial: what all kinds of exercises share, then what its kind says."""
    if trial.run is None:
        return Verdict(trial, "refused")
    kind, run, errors = trial.exercise.kind, trial.run, trial.errors
    raises_always = len(errors) == len(trial.cases)
    if raises_always and all(error["type"] == "NotImplementedError" for error in errors.values()) and _unwritten(trial):
        return Verdict(trial, "not attempted")
    serious = [n for n in errors if not trial.cases[n].may_raise and not kind.excuses(trial, n)]
    complete = all(n in trial.results() for n in range(len(trial.cases)))
    if "again" in kind.rounds:
        complete &= all(n in trial.results("again") for n, case in enumerate(trial.cases) if case.twice)
    if run.ended != "done" and not complete and not (serious and run.ended == "memory"):
        return Verdict(trial, "ended", run.case)
    if serious and not all(_lacks_something(errors[n]) for n in serious):
        return Verdict(trial, "raised", serious[0])
    judged = kind.verdict(trial)
    if serious and not (isinstance(judged.seen, Behaviour) and judged.seen.misjudged):
        return Verdict(trial, "raised", serious[0])
    return judged


def _lacks_something(error: dict[str, Any]) -> bool:
    """Tell whether an exception means that a record lacks a field: what it does with others is told first."""
    return error["type"] == "KeyError" or "NoneType" in error["text"]


def _unwritten(trial: Trial) -> bool:
    """Tell whether the function has nothing but what the stub has."""
    body = tree_of(trial.cell.text).body if trial.cell else []
    named = [node for node in body if getattr(node, "name", None) == trial.exercise.name]
    return any(map(is_unwritten, named or body[:1]))


def of_detector(trial: Trial) -> Verdict:
    """Return the Verdict on a detector: a function that sees each record and tells whether it matches."""
    did = Behaviour(trial)
    right = frozenset(n for n in did.judged if did.said[n] == did.cases[n].expected)
    wrong = did.unsteady is not None or did.misjudged or breach(did)
    outcome = "wrong" if wrong else "bonus" if did.earns_bonus else "passed"
    return Verdict(trial, outcome, right=right, seen=did)
