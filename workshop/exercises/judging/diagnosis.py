"""The fourth stage: why an answer is not right. Two orders decide which mistake is named, ORDER and CAUSES."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from workshop.attendee_code.cell_source import line_of, names_used
from workshop.exercises.case import UNKNOWN
from workshop.exercises.exercise import Diagnosis, Retry, Trial, Verdict
from workshop.exercises.judging import exceptions
from workshop.exercises.judging.behaviour import Behaviour
from workshop.exercises.judging.common_mistakes import CONTRACT
from workshop.exercises.judging.contract import breach, changed_record
from workshop.exercises.judging.repairs import search
from workshop.exercises.judging.source_slips import slip_in
from workshop.exercises.misconception import Misconception, Strength
from workshop.exercises.sample_records import value_at

Find = Callable[[Behaviour], Diagnosis | None]
# What fits many mistakes, whatever its strength.
GUESSES = ("never_true", "early_return_false", "narrower", "wrong_level", "unknown_field", "no_return")


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
    return found if _is_proven(verdict, found) else _by_repair(verdict, found, retry)


def _is_proven(verdict: Verdict, found: Diagnosis) -> bool:
    """Tell whether a cause needs no repair to prove it: the verdicts on all cases, or what was seen, say so."""
    if verdict.outcome != "wrong" or found.cause is None or found.cause.id in GUESSES:
        return False
    case = verdict.trial.cases[found.number or 0]
    return found.cause.strength is not Strength.VAGUE and found.cause.id != case.typical


def _by_repair(verdict: Verdict, found: Diagnosis, retry: Retry) -> Diagnosis:
    """Return the diagnosis that a repair proves: with it the answer passes. Without one, what was found stays."""
    with warnings.catch_warnings():  # Python warns of odd code each time that it is compiled
        warnings.simplefilter("ignore")
        proven, cell = search.find(verdict, retry), verdict.trial.cell
    guess = verdict.outcome != "wrong" or found.cause is None or found.cause.id in GUESSES
    if proven is None or cell is None or (proven.broad and not guess):
        return found
    says = [edit.says for edit in proven.edits]
    tried = "Tried: with that put right, and nothing else, it passes."
    if len(says) > 1:
        says = [f"Two things. First: {says[0]}", f"Second: {says[1]}"]
        tried = "Tried: with both put right, it passes."
    advice = " Then: ".join(edit.advice for edit in proven.edits)
    cause = Misconception(proven.edits[0].id, says[0], advice)
    places = tuple((cell.filename, cell.line + edit.line - 1) for edit in proven.edits if edit.line)
    return replace(found, cause=cause, text="", more=" ".join([*says[1:], tried]), places=places)


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
    if trial.results()[number].get("printed_other"):
        cause = CONTRACT["prints_something_else"]
    return replace(found, number=number, cause=cause or found.cause, expected=trial.exercise.kind.wanted(case))


def _of_the_notebook(trial: Trial, found: Diagnosis) -> Diagnosis:
    """Blame the record of the notebook that an answer looks at, instead of the one it is handed, if it does so."""
    cell = trial.cell
    if cell is None:
        return found
    for name in sorted(names_used(cell.text)[0], reverse=True):
        value = cell.namespace.get(name)
        if isinstance(value, dict) and "eventName" in value:
            says = f"It looks at `{name}`, a record of your notebook, and not at the one it is handed."
            advice = "use the name of the argument, the one in the `def` line, everywhere in the function."
            cause = Misconception("notebooks_record", says, advice)
            return replace(found, cause=cause, text="", more="", places=((cell.filename, line_of(cell, name)),))
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
        return Diagnosis(printed[0], CONTRACT["no_return" if printed[0] in nothing else "returns_prints_value"])
    if nothing == set(did.judged):
        return Diagnosis(did.matching[0], CONTRACT["no_return"])
    if did.trial.exercise.kind.spy and nothing >= set(did.matching):
        return Diagnosis(did.matching[0], CONTRACT["returns_print"])
    return None


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
    return next((Diagnosis(cause=entry) for entry in catalogue if entry.shows_in(did.signature, strength)), None)


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
        if any(all(case.verdict_of(rule) == verdict for case, verdict in said) for rule in entry.rules):
            return Diagnosis(cause=entry)
    return None


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
                return Diagnosis(cause=Misconception("wrong_level", says, exceptions.LOOK_INSIDE))
            if key not in exceptions.FIELDS:
                close = exceptions.close_field(key)
                advice = f"did you mean `{close}`?" if close else "look at a record for the exact names."
                says = f"It reads a field `{key}`, which CloudTrail's records do not have; `.get` then gives nothing."
                return Diagnosis(cause=Misconception("unknown_field", says, advice))
    return None


def _slip(did: Behaviour) -> Diagnosis | None:
    """A slip in the source keeps the function from ever matching."""
    slip = None if did.signature.found else slip_in(did.trial.packaged)
    return Diagnosis(cause=slip[0], lines=[[slip[1], ""]]) if slip else None


def _typical(did: Behaviour) -> Diagnosis | None:
    """What the first misjudged case most often comes from."""
    number = did.misjudged[0]
    cause = did.trial.exercise.misconception(did.cases[number].typical)
    return Diagnosis(number, cause) if cause else None


# Which misconception wins: the first that is found, from what proves most to what proves least. Where two show in the
# same way, the one that stands first in its exercise's catalogue.
CAUSES: tuple[Find, ...] = (
    partial(_by_signature, strength=Strength.CERTAIN),
    _by_probe,
    partial(_by_signature, strength=Strength.EVIDENT),
    _by_rules,
    partial(_by_signature, strength=Strength.LIKELY),
    _misread_field,
    _slip,
    partial(_by_signature, strength=Strength.VAGUE),
    _typical,
)
