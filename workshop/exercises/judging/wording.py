"""The fifth stage: what the attendee reads."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from workshop.attendee_code import packaging
from workshop.attendee_code.cell_source import cell_line
from workshop.attendee_code.packaging import Package
from workshop.attendee_code.syntax_tree import tree_of
from workshop.exercises.case import UNKNOWN, Case
from workshop.exercises.exercise import Diagnosis, Exercise, Verdict
from workshop.exercises.feedback import Result
from workshop.exercises.judging import exceptions
from workshop.exercises.judging.behaviour import Behaviour
from workshop.exercises.misconception import Misconception
from workshop.exercises.sample_records import value_at

VERDICTS = {True: "True", False: "False", UNKNOWN: "None, which stands for unknown"}


def not_attempted(name: str) -> Result:
    """Return the Result of a function that does nothing yet."""
    return Result(
        name,
        "not attempted",
        f"`{name}` is still as you found it. Write it in its cell, run the cell, then run this one again. "
        f"`hint({name})` gives a first nudge.",
    )


def of_the_kit(name: str) -> Result:
    """Return the Result of a function that the attendee imported and did not write."""
    return Result(
        name,
        "not attempted",
        f"This `{name}` is the kit's own, not one of yours. Write yours in its cell, run the cell, then run this one "
        "again.",
    )


def praise(verdict: Verdict) -> Result:
    """Return the Result of an answer that passes, with remarks."""
    exercise = verdict.trial.exercise
    text = exercise.bonus if verdict.outcome == "bonus" else exercise.well_done
    return Result(exercise.name, verdict.outcome, text, remarks=exercise.kind.remarks(verdict))


def explain(verdict: Verdict, diagnosis: Diagnosis) -> Result:
    """Return the Result of an answer that is not right."""
    trial = verdict.trial
    if verdict.outcome == "wrong":
        return trial.exercise.kind.wording(verdict, diagnosis)
    number = len(trial.cases) if diagnosis.number is None else diagnosis.number
    case = trial.cases[number] if number < len(trial.cases) else None  # it may be a probe's number
    if verdict.outcome == "ended" and case:  # what decides is the time, and no field
        case = replace(case, record=None, fields=())
    return told(trial.exercise.name, "raised", diagnosis, trial.package, case)


def plain(verdict: Verdict, diagnosis: Diagnosis) -> Result:
    """Return the Result of a wrong answer whose diagnosis has all the words."""
    trial = verdict.trial
    case = trial.cases[diagnosis.number or 0]
    return told(trial.exercise.name, "wrong", diagnosis, trial.package, case)


def told(
    name: str, outcome: str, diagnosis: Diagnosis, package: Package | None = None, case: Case | None = None
) -> Result:
    """Return a Diagnosis as the Result of the exercise `name`."""
    cause = diagnosis.cause or Misconception(None, "", "")
    says = f"Its verdicts fit this: {cause.says}" if diagnosis.fits else cause.says
    if diagnosis.text:
        says += f' It matches a record that has "{diagnosis.text}" there.'
    places = diagnosis.places or own_places(package, diagnosis.lines)
    return Result(
        name,
        outcome,
        diagnosis.summary,
        case=case.sentence if case else "",
        expected=diagnosis.expected,
        got=diagnosis.got,
        fields=diagnosis.fields or (case.fields if case else ()),
        record=case.record if case else None,
        misconception=cause.id,
        why=f"{says} {diagnosis.more}".strip(),
        advice=cause.advice,
        lines=list(dict.fromkeys(f"line {line}:  {cell_line(filename, line)}" for filename, line in places)),
    )


def own_places(package: Package | None, lines: Iterable[Sequence[Any]]) -> list[tuple[str, int]]:
    """Return the (file, line) of the attendee's own lines among packaged ones."""
    places = [package.origin(line) for line, _ in lines] if package else []
    return [place for place in places if place]


# ---------------------------------------------------------------- detectors


def remarks(verdict: Verdict) -> list[str]:
    """Return what else is worth knowing of a detector that passes."""
    did: Behaviour = verdict.seen
    errors = verdict.trial.errors
    found = [exceptions.remark(errors[n], did.cases[n].sentence) for n in errors][:1]
    if not verdict.trial.exercise.kind.spy:
        return found
    if any(did.first[n]["printed"] > 1 for n in did.matching):
        found.append("some records are printed twice; once is enough.")
    names = [case.record["eventName"] for case in did.cases if case.bonus and case.record]
    source = verdict.trial.packaged.source
    if verdict.outcome != "bonus" and any(name in source for name in names):
        found.append("for the bonus a call is named in your code, but its record does not match yet.")
    return found


def of_detector(verdict: Verdict, diagnosis: Diagnosis) -> Result:
    """Return the Result of a wrong detector: the case, its deciding fields, and the cause with what was asked."""
    did, number, exercise = verdict.seen, diagnosis.number or 0, verdict.trial.exercise
    case, cause = did.cases[number], diagnosis.cause
    asked = _asked(did, number, diagnosis)
    cause = cause or Misconception(
        None, _uncaused(did, number), "compare the fields shown with what your function asks of them."
    )
    if asked and cause.asked_advice:
        cause = replace(cause, advice=cause.asked_advice)
    lines = [[line, ""] for event, line in did.again.get(number, {}).get("lines", []) if event == "return"][-1:]
    words = replace(
        diagnosis,
        cause=cause,
        summary=f"{len(verdict.right)} of {len(did.judged)} verdicts are right. A record that tells:",
        expected=_expected(exercise, case),
        got=diagnosis.got or exceptions.said(did.first[number]),
        fields=diagnosis.fields or (*case.fields, *_also_read(did, number, cause)),
        more=" ".join(
            part for part in (diagnosis.more, _nowhere(did, number, diagnosis), _unused(did, diagnosis), asked) if part
        ),
        lines=diagnosis.lines or lines,
    )
    result = told(exercise.name, "wrong", words, verdict.trial.package, case)
    return replace(result, remarks=[*_also_raises(did), *_same_keys(verdict)])


def _same_keys(verdict: Verdict) -> list[str]:
    """Return the remark for a dictionary in the answer that has a key twice: only the last value is kept."""
    for node in ast.walk(tree_of(verdict.trial.packaged.source)):
        if isinstance(node, ast.Dict) and verdict.trial.packaged.origin(node.lineno):
            keys = [ast.unparse(key) for key in node.keys if isinstance(key, ast.Constant)]
            twice = next((key for key in keys if keys.count(key) > 1), None)
            if twice:
                return [f"a dictionary of yours has the key {twice} more than once; only its last value is kept."]
    return []


def _also_raises(did: Behaviour) -> list[str]:
    """Return the remark for a wrong detector that raises on a record that it has to be ready for."""
    raised = [n for n in did.trial.errors if not did.cases[n].may_raise]
    said = [
        f"it stops with {exceptions.said(did.first[n])} on another record. ({did.cases[n].sentence})" for n in raised
    ]
    return said[:1]


def _expected(exercise: Exercise, case: Case) -> str:
    printed = ", and the record printed" if case.expected else ", and nothing printed"
    return VERDICTS[case.expected] + (printed if exercise.kind.spy else "")


def _uncaused(did: Behaviour, number: int) -> str:
    """Return what to say of a misjudged case whose cause nobody knows."""
    if did.cases[number].expected is True:
        return "Your function asks for more than the exercise does, or for something else."
    if UNKNOWN in (did.cases[number].expected, did.said[number]):
        return "There are three verdicts: True, False, and None where nobody can know."
    return "Your function lets through a record that the exercise does not ask for."


def _asked(did: Behaviour, number: int, diagnosis: Diagnosis) -> str:
    """Return what decided about a case, as a sentence, for a cause that leaves that open; else an empty text."""
    look, case = did.asked.get(number), did.cases[number]
    exact = diagnosis.cause is not None and not diagnosis.guess
    if look is None or did.trial.exercise.kind.three or exact:
        return ""
    if case.expected is True and did.said[number] is False:
        elsewhere = [path for other in did.asked.values() for path in other.read]
        return look.left_out(did.usual(case), did.found, elsewhere, did.trial.exercise.fields)
    return look.let_through(case.fields) if case.expected is not True and did.said[number] is True else ""


def _nowhere(did: Behaviour, number: int, diagnosis: Diagnosis) -> str:
    """Return what a case is decided by and the code has no text for, as a sentence, where the cause is left open."""
    case, package = did.cases[number], did.trial.packaged
    if (diagnosis.cause is not None and not diagnosis.guess) or case.expected is not True or did.said[number] is True:
        return ""
    exercise, kits = did.trial.exercise, _texts(packaging.starter())
    models = set(_texts(packaging.package(packaging.cell_of(exercise.model, exercise.name))))
    wanted = [value_at(case.record, path) for path in case.fields if path in ("eventSource", "eventName")]
    keys = [path.rpartition(".")[2] for path in case.fields if path.startswith("requestParameters.")]
    own = _texts(package)
    known = {text for text in (*wanted, *keys) if sum(text in one for one in own) > sum(text in one for one in kits)}
    missing = [f"`{text}`" for text in (*wanted, *keys) if text in models - known - set(kits)]
    return f"Your code has no text {' and no text '.join(missing)}." if missing else ""


def _texts(package: Package) -> list[str]:
    nodes = (node for node in ast.walk(tree_of(package.source)) if isinstance(node, ast.Constant))
    return [node.value for node in nodes if isinstance(node.value, str)]


def _unused(did: Behaviour, diagnosis: Diagnosis) -> str:
    """Return which variables of the function nothing looks at, as a sentence, where the cause is not proven."""
    package = did.trial.packaged
    if diagnosis.cause is not None and not diagnosis.guess and not diagnosis.fits:
        return ""
    unused: list[str] = []
    for function in [node for node in ast.walk(tree_of(package.source)) if isinstance(node, ast.FunctionDef)]:
        names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
        given = [node.targets for node in ast.walk(function) if isinstance(node, ast.Assign)]
        looked_at = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        stored = [target for targets in given for target in targets] if package.origin(function.lineno) else []
        parts = [part for target in stored for part in getattr(target, "elts", [target]) if isinstance(part, ast.Name)]
        unused += [f"`{part.id}`" for part in parts if part.id not in looked_at | {"_"}]
    found = " and ".join(dict.fromkeys(unused))
    return f"Your function gives {found} a value, and does not look at it afterwards." if found else ""


def _also_read(did: Behaviour, number: int, cause: Misconception) -> Sequence[str]:
    """Return fields that the function reads beyond those asked for, if it leaves out records because of them."""
    look = did.asked.get(number)
    if not cause.shows_beyond or look is None:
        return ()
    case = did.cases[number]
    return [path for path in look.deciding(did.usual(case), did.found) if path not in case.fields][:3]
