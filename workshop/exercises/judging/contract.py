"""Whether a detector keeps the contract of all detectors: what it returns, prints and changes."""

import ast
from dataclasses import replace

from workshop.attendee_code.packaging import Package
from workshop.attendee_code.syntax_tree import tree_of
from workshop.exercises.case import UNKNOWN
from workshop.exercises.exercise import Diagnosis, Trial
from workshop.exercises.judging.behaviour import Behaviour
from workshop.exercises.judging.common_mistakes import CONTRACT

_RETURNS = {"Match": "returns_match", "str": "returns_text", "NoneType": "no_return"}


def lost_by_itself(trial: Trial, number: int) -> bool:
    """Tell whether a case raised KeyError in a trial whose function changes records: the field may be gone by that."""
    changed = any(result.get("changed") for n, result in trial.results().items() if n < len(trial.cases))
    return changed and trial.errors[number]["type"] == "KeyError"


def breach(did: Behaviour) -> Diagnosis | None:
    """Return the first breach of the contract, or None: it is looked for where the verdicts are right."""
    printing = _printing(did) if did.trial.exercise.kind.spy else None
    return changed_record(did) or _returned(did) or printing


def changed_record(did: Behaviour) -> Diagnosis | None:
    """Return the breach of a detector that changes the record, or None."""
    for n in did.judged:
        field = did.first[n].get("changed")
        if field:
            return Diagnosis(n, CONTRACT["changes_record"], got=f"`{field}` was changed", fields=(field,))
    return None


def _returned(did: Behaviour) -> Diagnosis | None:
    for n in did.judged:
        kind = did.first[n]["type"]
        if did.first[n]["error"] or kind == "bool" or did.said[n] == UNKNOWN:
            continue
        if n in did.others and kind == "NoneType":
            matched = [m for m in did.matching if did.first[m]["type"] == "Match"]
            return Diagnosis(*(matched[0], CONTRACT["returns_match"]) if matched else (n, CONTRACT["none_for_false"]))
        return Diagnosis(n, CONTRACT[_RETURNS.get(kind, "not_a_bool")])
    return None


def _printing(did: Behaviour) -> Diagnosis | None:
    first, silent_says = did.first, "True, and print_short_record was not called"
    for n in did.judged:
        if first[n].get("printed_other"):
            got = f"print_short_record{first[n]['printed_other']}"
            return Diagnosis(n, CONTRACT["prints_something_else"], got=got)
    silent = [n for n in did.matching if not first[n]["printed"]]
    if silent:
        unreached = not any(first[n]["printed"] for n in first) and names_call(did.trial.packaged, "print_short_record")
        if unreached:
            advice = "a `return` ends the function: the call has to stand before it."
            cause = replace(CONTRACT["never_prints"], advice=advice)
            more = "The call stands in your code, but no record ever gets there."
            return Diagnosis(silent[0], cause, got=silent_says, more=more)
        return Diagnosis(silent[0], CONTRACT["never_prints"], got=silent_says)
    loud = [n for n in did.others if first[n]["printed"] and not first[n]["error"]]
    if loud:
        return Diagnosis(loud[0], CONTRACT["always_prints"], got="False, and print_short_record was called")
    if did.earns_bonus:
        for n, case in enumerate(did.cases):
            if case.bonus and not (first[n]["printed"] and first[n]["value"] is True):
                return Diagnosis(n, CONTRACT["never_prints" if first[n]["value"] is True else "not_a_bool"])
    return None


def names_call(package: Package, name: str) -> bool:
    """Tell whether a function is called by its name in the attendee's own lines."""
    calls = (node for node in ast.walk(tree_of(package.source)) if isinstance(node, ast.Call))
    return any(
        isinstance(call.func, ast.Name) and call.func.id == name and package.origin(call.lineno) for call in calls
    )
