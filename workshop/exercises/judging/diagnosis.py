"""The fourth stage: why an answer is not right. Two orders decide which mistake is named, ORDER and CAUSES."""

import ast
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from workshop.attendee_code.cell_source import line_of, names_used
from workshop.attendee_code.packaging import Package
from workshop.attendee_code.syntax_tree import tree_of
from workshop.exercises.case import UNKNOWN, Case
from workshop.exercises.exercise import Diagnosis, Retry, Trial, Verdict
from workshop.exercises.judging import exceptions
from workshop.exercises.judging.behaviour import Behaviour
from workshop.exercises.judging.common_mistakes import CONTRACT
from workshop.exercises.judging.contract import breach, changed_record
from workshop.exercises.judging.repairs import search
from workshop.exercises.judging.repairs.repair import Edit
from workshop.exercises.misconception import Misconception, Strength
from workshop.exercises.sample_records import has, value_at

Find = Callable[[Behaviour], Diagnosis | None]


def diagnose(verdict: Verdict, retry: Retry) -> Diagnosis:
    """Return the Diagnosis of an answer that is refused, raised, came to no end or is wrong.

    `retry` takes a repaired source through packaging and sandbox to its own Verdict.
    """
    trial = verdict.trial
    if verdict.outcome == "ended" and trial.run:
        return _of_the_notebook(trial, exceptions.ended(trial.run))
    if verdict.outcome == "refused":
        found = _refused(trial)
    elif verdict.outcome == "raised":
        found = _of_the_notebook(trial, _raised(trial, verdict.number or 0))
    else:
        found = _of_the_notebook(trial, trial.exercise.kind.diagnosis(verdict, retry))
    return _by_repair(verdict, found, retry)


def _by_repair(verdict: Verdict, found: Diagnosis, retry: Retry) -> Diagnosis:
    """Return the diagnosis that a repair proves. Without one, what was found stays, or a slip that is certain.

    Where the verdicts name the mistake, only slips are tried that are wrong in any function; where they only fit it,
    two of these at once as well.
    """
    open_question = verdict.outcome == "refused" or found.cause is None or found.guess
    own = verdict.trial.exercise.repairs
    unsure = open_question or found.fits
    proven = search.find(verdict, found.number, retry, own, everything=open_question, pairs_too=unsure)
    vague = found.cause is None or not found.cause.id or found.guess
    nothing = proven is None and ((open_question and vague) or found.fits)
    certain = search.certain(verdict) if nothing else None
    if certain is None and proven and len(proven.edits) == 1 and proven.edits[0].id not in search.SLIP_IDS:
        # In the line that a repair would change, a slip that is certain goes first.
        certain = next((edit for edit in search.certainly(verdict) if edit.line == proven.edits[0].line), None)
    if certain is not None:
        return _with(verdict, found, (certain,), "")
    if proven is None:
        return found
    tried = "Tried: with that put right, and nothing else, it passes."
    if proven.edits[0].places > 1:
        tried = f"Tried: with that put right in {proven.edits[0].places} places, and nothing else, it passes."
    if len(proven.edits) > 1:
        tried = "Tried: with both put right, it passes."
    elif not proven.passes:
        tried = "Tried: with that put right, this record is judged right."
        if verdict.outcome == "refused":
            tried = "Tried: with that put right, it runs."
    if [edit.id for edit in proven.edits] == ["absent_field"] and found.cause and found.cause.id:
        if proven.passes:
            tried = "Tried: with fields read so that an absent one stops nothing, it passes."
        return replace(found, more=f"{found.more} {tried}".strip())  # what raised names the field
    return _with(verdict, found, proven.edits, tried, proven.mended)


def _with(
    verdict: Verdict, found: Diagnosis, edits: tuple[Edit, ...], tried: str, mended: tuple[int, ...] = ()
) -> Diagnosis:
    """Return a Diagnosis that names what one or two edits put right, shown by one of the cases that they mend."""
    cell = verdict.trial.cell
    assert cell is not None
    says = [edit.says for edit in edits]
    if len(says) > 1:
        says = [f"Two things. First: {says[0]}", f"Second: {says[1]}"]
    cause = Misconception(edits[0].id, says[0], " Then: ".join(edit.advice for edit in edits))
    places = tuple((cell.filename, edit.line) for edit in edits if edit.line)
    more = " ".join([*says[1:], *([tried] if tried else [])])
    other_case = isinstance(verdict.seen, Behaviour) and mended and found.number not in mended
    number = mended[0] if other_case else found.number
    return replace(found, number=number, cause=cause, text="", more=more, guess=False, fits=False, places=places)


def _refused(trial: Trial) -> Diagnosis:
    """Explain an answer that cannot run in Lambda."""
    error = trial.refusal
    assert error is not None
    says = "The analyzer runs in Lambda, apart from this notebook: there is only what you hand over with your function."
    if "is not defined anywhere" in str(error):
        says = "Python does not know this name, neither here nor in Lambda."
    if not (error.filename and error.line):
        return Diagnosis(summary=str(error))
    cause = Misconception("not_in_lambda" if error.name else None, says, "")
    return Diagnosis(cause=cause, summary=str(error), places=((error.filename, error.line),))


def _raised(trial: Trial, number: int) -> Diagnosis:
    """Explain an exception: by what the exercise knows of it, or by what it means anywhere."""
    case, error = trial.cases[number], trial.errors[number]
    found = exceptions.raised(error, case.record)
    cause = trial.exercise.explains(case, error)
    guess = cause is None
    if trial.results()[number].get("printed_other"):
        cause = CONTRACT["prints_something_else"]
    wanted = trial.exercise.kind.wanted(case)
    return replace(found, number=number, cause=cause or found.cause, guess=guess, expected=wanted)


def _of_the_notebook(trial: Trial, found: Diagnosis) -> Diagnosis:
    """Blame the record of the notebook that an answer looks at, instead of the one it is handed, if it does so."""
    cell = trial.cell
    if cell is None:
        return found
    for name in sorted(names_used(cell.text)[0], reverse=True):
        value = cell.namespace.get(name)
        records = value if isinstance(value, list) else []
        several = bool(records) and all(isinstance(one, dict) and {"eventName", "eventID"} <= {*one} for one in records)
        called = str(value.get("eventName", "")) if isinstance(value, dict) else ""
        if several or re.fullmatch(r"(?:[A-Z][a-z0-9]+){2,}", called):  # a rule has "Delete" there, or a list
            what = "the records" if isinstance(value, list) else "a record"
            says = f"It looks at `{name}`, {what} of your notebook. In Lambda there is only the one that it is handed."
            advice = "use the name of the argument, the one in the `def` line, everywhere in the function."
            cause = Misconception("notebooks_record", says, advice)
            places = ((cell.filename, line_of(cell, name)),)
            return replace(found, cause=cause, text="", more="", guess=False, fits=False, places=places)
    return found


# ---------------------------------------------------------------- detectors


def of_detector(verdict: Verdict, retry: Retry) -> Diagnosis:
    """Return the Diagnosis of a detector that is wrong: the first that is found in ORDER."""
    found = (find(verdict.seen) for find in ORDER)
    return next(diagnosis for diagnosis in found if diagnosis)


def _lost_field(did: Behaviour) -> Diagnosis | None:
    """A field that it reads is gone, for the function itself has removed it."""
    return changed_record(did) if any(not did.cases[n].may_raise for n in did.trial.errors) else None


def _unsteady(did: Behaviour) -> Diagnosis | None:
    """The same record gets another verdict the second time."""
    n = did.unsteady
    if n is None:
        return None
    got = f"{did.first[n]['repr']} the first time, {exceptions.said(did.again[n])} the second"
    return Diagnosis(n, CONTRACT["keeps_state"], got=got)


def _no_verdicts(did: Behaviour) -> Diagnosis | None:
    """It gives something true, but no verdict, for every record."""
    if any(did.first[n]["type"] in ("generator", "coroutine", "async_generator") for n in did.judged):
        return Diagnosis(did.others[0], CONTRACT["returns_coroutine"])
    others = [did.first[n] for n in did.others if not did.first[n]["error"]]
    kinds = {result["type"] for result in others}
    if len(kinds) == 1 and all(result["truth"] for result in others) and kinds != {"bool"}:
        return Diagnosis(did.others[0], CONTRACT["returns_text" if kinds == {"str"} else "not_a_bool"])
    return None


def _says_nothing(did: Behaviour) -> Diagnosis | None:
    """It finds records, as its printing shows, but returns nothing true."""
    if did.trial.exercise.kind.three or not did.misjudged or did.signature.found or did.signature.false_alarms:
        return None  # None is one of three verdicts
    printed = [n for n in did.matching if did.first[n]["printed"]]
    nothing = {n for n in did.judged if did.first[n]["type"] == "NoneType"}
    if printed:
        cause = CONTRACT["no_return" if printed[0] in nothing else "returns_prints_value"]
        if printed[0] not in nothing and not _uses_printers_value(did.trial.packaged):
            cause = replace(cause, says="It prints the matching record and then returns False.")
        return Diagnosis(printed[0], cause)
    if nothing == set(did.judged):
        return Diagnosis(did.matching[0], CONTRACT["no_return"], guess=True)
    if did.trial.exercise.kind.spy and nothing >= set(did.matching):
        return Diagnosis(did.matching[0], CONTRACT["returns_print"], guess=True)
    return None


def _uses_printers_value(package: Package) -> bool:
    """Tell whether something is done with what print_short_record gives."""
    own = [node for node in ast.walk(tree_of(package.source)) if package.origin(getattr(node, "lineno", 0))]
    alone = {id(node.value) for node in own if isinstance(node, ast.Expr)}
    calls = [node for node in own if isinstance(node, ast.Call) and id(node) not in alone]
    return any(getattr(call.func, "id", "") == "print_short_record" for call in calls)


def _unknown_as_text(did: Behaviour) -> Diagnosis | None:
    """Where nobody can know it returns a text."""
    texts = [n for n in did.others if did.cases[n].expected == UNKNOWN and did.first[n]["type"] == "str"]
    return Diagnosis(texts[0], CONTRACT["unknown_is_text"]) if did.misjudged and texts else None


def _misjudged(did: Behaviour) -> Diagnosis | None:
    """It matches the wrong records: the cause is the first that is found in CAUSES."""
    if not did.misjudged:
        return None
    found = next((found for find in CAUSES if (found := find(did))), Diagnosis())
    return found if found.number is not None else replace(found, number=_telling_case(did, found.cause))


def _telling_case(did: Behaviour, cause: Misconception | None) -> int:
    """Return the number of the misjudged case that shows the mistake best."""
    wanted = [n for n in did.misjudged if cause and did.cases[n].name == cause.case]
    typical = [n for n in did.misjudged if cause and cause.id and did.cases[n].typical == cause.id]
    return (wanted or typical or did.misjudged)[0]


# What is looked for in a wrong detector, in this order: what breaks it altogether first, the contract last.
ORDER: tuple[Find, ...] = (
    _lost_field,
    _unsteady,
    _no_verdicts,
    _says_nothing,
    _unknown_as_text,
    _misjudged,
    breach,
)


# ---------------------------------------------------------------- causes of wrong matches


def _by_signature(did: Behaviour, strength: Strength) -> Diagnosis | None:
    """An entry of the catalogue that shows in the signature, as strongly as this."""
    catalogue = (*did.trial.exercise.misconceptions, CONTRACT["slice_length"])
    guess = strength is Strength.VAGUE
    shown = (entry for entry in catalogue if entry.shows_in(did.signature, strength))
    fits = strength in (Strength.EVIDENT, Strength.LIKELY)
    return next((Diagnosis(cause=_exact(did, entry), guess=guess, fits=fits) for entry in shown), None)


def _exact(did: Behaviour, entry: Misconception) -> Misconception:
    """Return an entry that says of False what is so: other values count as false, and an exception is no verdict."""
    records = {"never_true": did.judged, "early_return_false": did.matching}.get(entry.id or "", [])
    if all(did.first[n]["value"] is False and not did.first[n]["error"] for n in records):
        return entry
    return replace(entry, says="It returns True for none of the records that are to match.")


def _by_probe(did: Behaviour) -> Diagnosis | None:
    """A record that cannot happen is matched, and its twin that happens is not."""
    twins = {case.name: n for n, case in enumerate(did.cases)}
    for n, probe in enumerate(did.trial.probes if not did.signature.false_alarms else (), len(did.cases)):
        shown = did.first.get(n)
        if shown and shown["truth"] and not shown["error"] and did.said[twins[probe.twin]] is False:
            return Diagnosis(cause=did.trial.exercise.misconception(probe.misconception), text=probe.text)
    return None


def _by_rules(did: Behaviour) -> Diagnosis | None:
    """An entry whose wrong detector gives the same verdicts on all cases."""
    said = [(did.cases[n], verdict) for n, verdict in did.said.items() if verdict is not None]
    said = [(case, verdict) for case, verdict in said if not case.bonus]
    for entry in did.trial.exercise.misconceptions:
        for rule in entry.rules:
            if all(case.verdict_of(rule) == verdict for case, verdict in said) and not _overlooks_more(did, rule):
                return Diagnosis(cause=entry, fits=True)
    return None


def _overlooks_more(did: Behaviour, rule: Callable[..., Any]) -> bool:
    """Tell whether the rule goes by some fields alone, and the answer reads another one that the exercise asks for.

    Such an answer has another mistake than the rule, with the same verdicts. A rule that goes by no field is about the
    verdicts themselves.
    """
    decides = {field for field in did.trial.exercise.fields if _depends(rule, field, did.cases)}
    read = set.intersection(*(set(asked.read) for asked in did.asked.values())) if did.asked else set()
    return bool(decides) and bool(read & {*did.trial.exercise.fields} - decides)


def _depends(rule: Callable[..., Any], field: str, cases: Sequence[Case]) -> bool:
    """Tell whether the verdict of a rule on some case is another one with this field of another case, or without it.

    A rule that raises without the field depends on it.
    """
    *outer, last = field.split(".")
    values = [value_at(case.record, field) for case in cases if has(case.record, field)]
    for case in cases:
        for value in [*values, None]:
            changed = json.loads(json.dumps(case.record))
            inner = value_at(changed, ".".join(outer)) if outer else changed
            if not isinstance(inner, dict):
                continue
            inner[last] = value
            if value is None:
                del inner[last]
            try:
                said = replace(case, record=changed).verdict_of(rule)
            except (LookupError, TypeError, AttributeError):
                return True
            if said != case.verdict_of(rule):
                return True
    return False


def _misread_field(did: Behaviour) -> Diagnosis | None:
    """A field is read under a wrong name or at a wrong level."""
    for name, notes in did.signature.notes.items():
        if name not in did.signature.missed:
            continue
        record = did.signature.records[name]
        for path, key in [(path, key) for path, how, key in notes if how == "key"]:
            level = value_at(record, path) if path else record
            if path.split(".")[0] in ("requestParameters", "responseElements"):  # each call has its own in there
                continue
            if not isinstance(level, dict) or key in level or key in ("errorCode", "errorMessage"):
                continue
            homes = [place for place in ("", "userIdentity") if key in ((record.get(place) or {}) if place else record)]
            if homes:
                where = f"in `{homes[0]}`" if homes[0] else "at the top of the record"
                here = f"in `{path}`" if path else "at the top of the record"
                says = f"It reads `{key}` {here}; it stands {where}."
                return Diagnosis(cause=Misconception("wrong_level", says, exceptions.LOOK_INSIDE), guess=True)
            if key not in exceptions.FIELDS:
                close = exceptions.close_field(key)
                advice = f"did you mean `{close}`?" if close else "look at a record for the exact names."
                says = f"It asks for a field `{key}`, which CloudTrail's records do not have."
                return Diagnosis(cause=Misconception("unknown_field", says, advice), guess=True)
    return None


def _typical(did: Behaviour) -> Diagnosis | None:
    """What the misjudged cases most often come from, if that is the same of all."""
    typical = {did.cases[n].typical for n in did.misjudged}
    if UNKNOWN in {verdict for n in did.misjudged for verdict in (did.said[n], did.cases[n].expected)}:
        return None
    cause = did.trial.exercise.misconception(typical.pop()) if len(typical) == 1 else None
    return Diagnosis(did.misjudged[0], cause, guess=True, fits=True) if cause else None


# Which misconception wins: the first that is found, from what proves most to what proves least. Where two show in the
# same way, the one that stands first in its exercise's catalogue.
CAUSES: tuple[Find, ...] = (
    partial(_by_signature, strength=Strength.CERTAIN),
    _by_probe,
    partial(_by_signature, strength=Strength.EVIDENT),
    _by_rules,
    partial(_by_signature, strength=Strength.LIKELY),
    _misread_field,
    partial(_by_signature, strength=Strength.VAGUE),
    _typical,
)
