"""Which repair, or which two, put an answer right: each is tried on the cases of its exercise."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workshop.exercises.exercise import Retry, Verdict
from workshop.exercises.judging.behaviour import Behaviour
from workshop.exercises.judging.repairs import calls, conditions, fields, names, publishing, returns, texts
from workshop.exercises.judging.repairs.answer import Answer
from workshop.exercises.judging.repairs.repair import Edit, Rank, Repair, repairs_in

_MODULES = (names, calls, publishing, fields, texts, conditions, returns)
# By their rank; of one rank, in the order of the modules.
REPAIRS = sorted((found for module in _MODULES for found in repairs_in(module)), key=lambda found: found.rank)
_TRIED = tuple(repair for repair in REPAIRS if repair.rank is not Rank.NEVER_TRIED)
_SLIPS = tuple(repair for repair in REPAIRS if repair.rank is Rank.SLIP)
_CERTAIN = tuple(repair for repair in REPAIRS if repair.certain)
AT_MOST = 120  # repaired answers in one round
_SEEDS = 3  # repaired answers that are repaired once more


@dataclass(frozen=True)
class Found:
    """The edits that were tried, the Verdict of the answer after them, and the cases that they mend."""

    edits: tuple[Edit, ...]
    verdict: Verdict
    mended: tuple[int, ...]

    @property
    def passes(self) -> bool:
        """True if nothing is left to put right."""
        return self.verdict.outcome in ("passed", "bonus")


def find(
    verdict: Verdict, number: int | None, retry: Retry, own: Sequence[Repair] = (), *, everything: bool = True
) -> Found | None:
    """Return one edit with which an answer passes, or a slip that helps, or two edits with which it passes; or None.

    An edit helps if it puts the case of this number right, or any for None, and loses none. Cases that were right
    because the function raised, or because it never matched, do not count as lost. `own` are repairs of the exercise;
    with `everything` all repairs are tried and two edits at once, otherwise the slips.
    """
    cell = verdict.trial.cell
    if cell is None:
        return None
    before = earned(verdict)
    try:
        answer = Answer.written(cell, verdict.trial.exercise, verdict.trial.cases)
    except SyntaxError:
        return None
    singles = _tried(
        before, number, _edits(answer, _fitting(verdict, (*own, *(_TRIED if everything else _SLIPS)))), retry
    )
    slips = {repair.id for repair in (*own, *_SLIPS)}
    helping = sorted((f for f in singles if f.edits[0].id in slips), key=lambda found: -len(found.mended))
    single = _confirmed([found for found in singles if found.passes], retry) or _confirmed(helping, retry)
    if single or not everything:
        return single
    pairs: list[Found] = []
    broad = {repair.id for repair in REPAIRS if repair.rank is Rank.BROAD}
    for seed in sorted(singles, key=lambda found: -len(found.mended))[:_SEEDS]:
        (first,) = seed.edits
        repaired = answer.repaired(first.source)
        for found in _tried(before, number, _edits(repaired, _fitting(seed.verdict, (*own, *_TRIED))), retry):
            (second,) = found.edits
            if not {first.id, second.id} <= broad and (second.id, second.says) != (first.id, first.says):
                pairs.append(Found((first, second), found.verdict, found.mended))
    pair = _confirmed([found for found in pairs if found.passes], retry)
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
    trial = verdict.trial
    try:
        answer = Answer.written(trial.cell, trial.exercise, trial.cases) if trial.cell else None
    except SyntaxError:
        return None
    return next(iter(_edits(answer, _CERTAIN)), None) if answer else None


def _tried(before: frozenset[int], number: int | None, edits: Sequence[Edit], retry: Retry) -> list[Found]:
    """Return the edits that help, in the order they came."""
    helpful = []
    for edit, after in zip(edits, retry.screened([edit.source for edit in edits]), strict=True):
        if after is None or after.outcome in ("refused", "ended"):
            continue
        right = earned(after)
        mended = tuple(sorted(right - before))
        helps = bool(mended) if number is None else number in mended
        if after.outcome in ("passed", "bonus") or (helps and not before - right):
            helpful.append(Found((edit,), after, mended))
    return helpful


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
