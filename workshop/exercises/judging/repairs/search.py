"""Which repair, or which two, put an answer right: each is tried on the cases of its exercise."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workshop.exercises.exercise import Retry, Verdict
from workshop.exercises.judging.behaviour import Behaviour
from workshop.exercises.judging.repairs import calls, conditions, fields, names, publishing, returns, texts
from workshop.exercises.judging.repairs.answer import Answer
from workshop.exercises.judging.repairs.repair import Edit, Repair

# Repairs that can be tried nearly everywhere: an answer may pass with one although its author meant something else.
BROAD: tuple[Repair, ...] = (
    conditions.condition_too_many,
    fields.wrong_field,
    calls.wrong_way_round,
    calls.match_at_the_beginning,
    texts.whole_or_beginning,
    texts.one_of_several,
    texts.wrong_piece,
    conditions.and_or,
    conditions.one_inverted,
    conditions.boundary,
    returns.not_a_bool,
    returns.verdict_swapped,
    calls.helper_around_value,
)
# Of two repairs with which an answer passes, the one that stands first here is named: what stops Python, then what is
# spelled otherwise, then what can be tried nearly everywhere.
REPAIRS: tuple[Repair, ...] = (
    *names.REPAIRS,
    *calls.REPAIRS,
    *publishing.REPAIRS,
    *fields.REPAIRS,
    *texts.REPAIRS,
    *conditions.REPAIRS,
    *returns.REPAIRS,
    *BROAD,
)
AT_MOST = 120  # repaired answers in one round
_SEEDS = 3  # repaired answers that are repaired once more


@dataclass(frozen=True)
class Found:
    """The edits that were tried, the Verdict of the answer after them, and the cases that they mend."""

    edits: tuple[Edit, ...]
    verdict: Verdict
    mended: tuple[int, ...]

    @property
    def broad(self) -> bool:
        """True if one of the edits is of those that can be tried nearly everywhere."""
        return bool({edit.id for edit in self.edits} & {repair.id for repair in BROAD})

    @property
    def passes(self) -> bool:
        """True if nothing is left to put right."""
        return self.verdict.outcome in ("passed", "bonus")


def find(verdict: Verdict, retry: Retry) -> Found | None:
    """Return the fewest edits with which an answer passes, one or two, or None.

    The first of two is one that helps by itself: it puts cases right and loses none. Cases that were right because the
    function raised, or because it never matched, do not count as lost.
    """
    cell = verdict.trial.cell
    if cell is None:
        return None
    before = earned(verdict)
    try:
        answer = Answer(cell, verdict.trial.exercise, verdict.trial.cases)
    except SyntaxError:
        return None
    singles = _tried(verdict, before, _edits(answer), retry)
    passing = _confirmed([found for found in singles if found.passes], retry)
    if passing:
        return passing
    pairs: list[Found] = []
    for seed in sorted(singles, key=lambda found: -len(found.mended))[:_SEEDS]:
        (first,) = seed.edits
        repaired = Answer(replace(cell, text=first.source), answer.exercise, answer.cases)
        for found in _tried(verdict, before, _edits(repaired), retry):
            (second,) = found.edits
            if second.id != first.id or second.says != first.says:
                pairs.append(Found((first, _placed(answer, second)), found.verdict, found.mended))
    return _confirmed([found for found in pairs if found.passes], retry)


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


def _edits(answer: Answer) -> list[Edit]:
    """Return the repaired answers that are worth a try, each once, in the order of REPAIRS."""
    found: dict[str, Edit] = {ast.unparse(answer.tree) + "\n": Edit("", "", "", 0, "")}
    for repair in REPAIRS:
        for edit in repair.edits(answer):
            found.setdefault(edit.source, edit)
    return list(found.values())[1 : AT_MOST + 1]


def _tried(verdict: Verdict, before: frozenset[int], edits: Sequence[Edit], retry: Retry) -> list[Found]:
    """Return the edits that help, in the order they came."""
    helpful = []
    for edit, after in zip(edits, retry.screened([edit.source for edit in edits]), strict=True):
        if after is None or after.outcome in ("refused", "ended"):
            continue
        right = earned(after)
        mended = tuple(sorted(right - before))
        if after.outcome in ("passed", "bonus") or (mended and not before - right and _decides(verdict, after)):
            helpful.append(Found((edit,), after, mended))
    return helpful


def _decides(verdict: Verdict, after: Verdict) -> bool:
    """Tell whether the case whose exception counted raises no more."""
    return verdict.outcome != "raised" or verdict.number not in after.trial.errors


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
