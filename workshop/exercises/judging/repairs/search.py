"""Which repair, or which two, put an answer right: each is tried on the cases of its exercise."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workshop.exercises.exercise import Retry, Verdict
from workshop.exercises.judging.behaviour import Behaviour
from workshop.exercises.judging.repairs import (
    calls,
    conditions,
    fields,
    names,
    patterns,
    publishing,
    returns,
    texts,
)
from workshop.exercises.judging.repairs.answer import Answer
from workshop.exercises.judging.repairs.repair import Edit, Rank, Repair, repairs_in

_MODULES = (names, calls, publishing, fields, texts, patterns, conditions, returns)
# By their rank; of one rank, in the order of the modules.
REPAIRS = sorted((found for module in _MODULES for found in repairs_in(module)), key=lambda found: found.rank)
_TRIED = tuple(repair for repair in REPAIRS if repair.rank is not Rank.NEVER_TRIED)
_SLIPS = tuple(repair for repair in REPAIRS if repair.rank is Rank.SLIP)
_CERTAIN = tuple(repair for repair in REPAIRS if repair.certain)
SLIP_IDS = {repair.id for repair in _SLIPS}
AT_MOST = 120  # repaired answers in one round
_SEEDS = 3  # repaired answers that are repaired once more


@dataclass(frozen=True)
class Found:
    """The edits that were tried, the Verdict of the answer after them, and the cases that they mend and lose."""

    edits: tuple[Edit, ...]
    verdict: Verdict
    mended: tuple[int, ...]
    lost: tuple[int, ...] = ()

    @property
    def gain(self) -> int:
        """How many more cases are right: one that was right by two mistakes at once is lost by one repair."""
        return len(self.mended) - len(self.lost)

    @property
    def passes(self) -> bool:
        """True if nothing is left to put right."""
        return self.verdict.outcome in ("passed", "bonus")


def find(
    verdict: Verdict,
    number: int | None,
    retry: Retry,
    own: Sequence[Repair] = (),
    *,
    everything: bool = True,
    pairs_too: bool = True,
) -> Found | None:
    """Return one edit with which an answer passes, or a slip that helps, or two edits with which it passes; or None.

    An edit helps if it puts a case right, and loses none; a second edit, the case of this number. Cases that were right
    because the function raised, or because it never matched, do not count as lost. `own` are repairs of the exercise;
    with `everything` all repairs are tried, otherwise the slips; with `pairs_too` two edits at once.
    """
    cell = verdict.trial.cell
    if cell is None:
        return None
    before = earned(verdict)
    try:
        answer = Answer.written(cell, verdict.trial.exercise, verdict.trial.cases)
    except SyntaxError:
        return None
    tried = (*own, *(_TRIED if everything else _SLIPS))
    as_it_is = Edit("", "", "", 0, ast.unparse(answer.tree) + "\n")
    outcomes = _tried(before, [as_it_is, *_edits(answer, _fitting(verdict, tried))], retry)
    if verdict.outcome != "refused":
        unchanged = outcomes.pop(0) if outcomes and outcomes[0].edits == (as_it_is,) else None
        if unchanged is None or unchanged.mended or unchanged.lost:
            return None  # the cell does something that is not in this source: what came of an edit may come of that
    singles = _helping(outcomes, number)
    slips = {repair.id for repair in (*own, *_SLIPS)}
    helping = [found for found in singles if found.edits[0].id in slips]
    if helping and isinstance(verdict.seen, Behaviour):  # what mends more is named, with a case that it mends
        helping = [found for found in _helping(outcomes, None) if found.edits[0].id in slips]
    helping.sort(key=lambda found: (-len(found.mended), number not in found.mended))
    single = _confirmed([found for found in singles if found.passes], retry) or _confirmed(helping, retry)
    if single or not pairs_too:
        return single
    pairs: list[Found] = []
    unsure = {repair.id for repair in REPAIRS if repair.rank is Rank.BROAD}
    for seed in sorted((found for found in outcomes if found.gain > 0), key=lambda found: -found.gain)[:_SEEDS]:
        (first,) = seed.edits
        repaired = answer.repaired(first.source)
        for found in _helping(_tried(before, _edits(repaired, _fitting(seed.verdict, tried)), retry), number):
            (second,) = found.edits
            if not {first.id, second.id} <= unsure and (second.id, second.says) != (first.id, first.says):
                pairs.append(replace(found, edits=(first, second)))
    passing = [found for found in pairs if found.passes]
    pair = _confirmed(sorted(passing, key=lambda found: any(edit.whole for edit in found.edits)), retry)
    return replace(pair, edits=(pair.edits[0], _placed(answer, pair.edits[1]))) if pair else None


def earned(verdict: Verdict) -> frozenset[int]:
    """Return the numbers of the cases that the answer itself put right, in all that is asked of them."""
    trial = verdict.trial
    if verdict.outcome == "refused" or not all(n in trial.results() for n in range(len(trial.cases))):
        return frozenset()
    reached = verdict if verdict.seen is not None else trial.exercise.kind.verdict(trial)
    right = reached.right - set(trial.errors)
    did = reached.seen
    if not isinstance(did, Behaviour):
        return right
    kept = frozenset(n for n in right if _keeps_contract(did, n))
    return kept if any(did.said[n] is True for n in did.matching) else frozenset()


def _keeps_contract(did: Behaviour, number: int) -> bool:
    result, kind = did.first[number], did.trial.exercise.kind
    verdict = result["type"] == "bool" or (kind.three and result["type"] == "NoneType")
    printed = not kind.spy or (bool(result["printed"]) == (number in did.matching) and not result["printed_other"])
    return verdict and printed and not result["changed"]


def _edits(answer: Answer, repairs: Sequence[Repair]) -> list[Edit]:
    """Return the repaired answers that are worth a try, each once, in the order of the repairs."""
    found: dict[str, Edit] = {ast.unparse(answer.tree) + "\n": Edit("", "", "", 0, "")}
    for repair in repairs:
        for edit in repair.edits(answer):
            found.setdefault(edit.source, edit)
    return list(found.values())[1 : AT_MOST + 1]


def _fitting(verdict: Verdict, repairs: Sequence[Repair]) -> list[Repair]:
    """Return the repairs without that of absent fields, if the answer raised nowhere."""
    return [repair for repair in repairs if repair is not fields.absent_field or verdict.trial.errors]


def certain(verdict: Verdict) -> Edit | None:
    """Return the first slip that the answer certainly has, whatever else is wrong with it, or None."""
    return next(iter(certainly(verdict)), None)


def certainly(verdict: Verdict) -> list[Edit]:
    """Return the slips that the answer certainly has, whatever else is wrong with it."""
    trial = verdict.trial
    try:
        answer = Answer.written(trial.cell, trial.exercise, trial.cases) if trial.cell else None
    except SyntaxError:
        return []
    return _edits(answer, _CERTAIN) if answer else []


def _tried(before: frozenset[int], edits: Sequence[Edit], retry: Retry) -> list[Found]:
    """Return what came of the edits with which the answer comes to its end, in the order they came."""
    outcomes = []
    for edit, after in zip(edits, retry.screened([edit.source for edit in edits]), strict=True):
        if after is None or after.outcome in ("refused", "ended"):
            continue
        right = earned(after)
        outcomes.append(Found((edit,), after, tuple(sorted(right - before)), tuple(sorted(before - right))))
    return outcomes


def _helping(outcomes: Sequence[Found], number: int | None) -> list[Found]:
    """Return the edits that help: see `find`."""
    return [
        found
        for found in outcomes
        if found.passes or (not found.lost and (number in found.mended if number is not None else found.mended))
    ]


def _confirmed(found: list[Found], retry: Retry) -> Found | None:
    """Return the first of some that holds in a process of its own, too."""
    for one in found[:3]:
        after = retry.once(one.edits[-1].source)
        if after.outcome == one.verdict.outcome:
            return one
    return None


def _placed(answer: Answer, edit: Edit) -> Edit:
    """Return the second of two edits with its line in the answer as it was written, 0 if it cannot be found there."""
    same = [own for repair in REPAIRS if repair.id == edit.id for own in repair.edits(answer)]
    own = next((one for one in same if one.says == edit.says), None)
    return replace(edit, line=own.line if own else 0)
