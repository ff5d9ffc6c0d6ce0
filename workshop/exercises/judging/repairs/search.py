"""Which repair, or which two, put an answer right: each is tried on the cases of its exercise."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workshop.exercises.exercise import Retry, Verdict
from workshop.exercises.judging.behaviour import Behaviour
from workshop.exercises.judging.repairs import calls, conditions, fields, names, publishing, returns, texts
from workshop.exercises.judging.repairs.answer import Answer
from workshop.exercises.judging.repairs.repair import Edit, Repair

# Slips that are named whatever the verdicts look like: hardly any is ever meant.
SLIPS: tuple[Repair, ...] = (
    names.leftover_raise,
    names.word_of_another_language,
    names.unquoted_text,
    names.misspelled_name,
    names.notebooks_variable,
    names.part_of_known,
    calls.pandas_column,
    calls.no_such_method,
    calls.misspelled_method,
    calls.method_not_called,
    calls.record_is_called,
    calls.attribute_access,
    calls.pattern_as_text,
    calls.prefix_list,
    calls.one_record,
    calls.wrapped_elsewhere,
    calls.parsed_already,
    calls.type_of_python,
    calls.turned_round,
    calls.other_formatting,
    calls.find_as_truth,
    calls.asks_for_attribute,
    calls.strips_characters,
    calls.items_missing,
    fields.dotted_path,
    fields.misspelled_field,
    fields.wrong_level,
    fields.value_asked_as_key,
    fields.absence_swallowed,
    texts.texts_run_together,
    texts.wildcard,
    texts.slice_length,
    texts.keeps_separator,
    texts.capitals,
    texts.other_letters,
    conditions.or_text,
    conditions.or_within_comparison,
    conditions.is_for_equals,
    conditions.equals_list,
    conditions.word_in_quotes,
    conditions.compared_with_true,
    conditions.contradiction,
    conditions.always_so,
    conditions.precedence,
    conditions.all_of_any,
    conditions.bit_operator,
    returns.unreached,
    returns.early_return,
    returns.no_value,
)
# Repairs that can be tried nearly everywhere: an answer may pass with one although its author meant something else.
BROAD: tuple[Repair, ...] = (
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
# Of two repairs with which an answer passes, the one that stands first here is named. A condition that can go
# altogether goes before what stands in it.
REPAIRS: tuple[Repair, ...] = tuple(
    dict.fromkeys(
        (
            *SLIPS,
            *names.REPAIRS,
            *calls.REPAIRS,
            *publishing.REPAIRS,
            conditions.condition_too_many,
            *fields.REPAIRS,
            *texts.REPAIRS,
            *conditions.REPAIRS,
            *returns.REPAIRS,
            *BROAD,
        )
    )
)
# Of these it is certain from the source that they are slips, whatever else is wrong.
CERTAIN: tuple[Repair, ...] = (
    names.leftover_raise,
    names.word_of_another_language,
    names.misspelled_name,
    calls.method_not_called,
    calls.type_of_python,
    calls.turned_round,
    texts.texts_run_together,
    conditions.or_text,
    conditions.or_within_comparison,
    conditions.is_for_equals,
    conditions.contradiction,
    conditions.always_so,
    texts.same_key_twice,
    returns.unreached,
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
    def passes(self) -> bool:
        """True if nothing is left to put right."""
        return self.verdict.outcome in ("passed", "bonus")


def find(
    verdict: Verdict, number: int | None, retry: Retry, own: Sequence[Repair] = (), *, everything: bool = True
) -> Found | None:
    """Return one edit with which an answer passes, or a slip that helps, or two edits with which it passes; or None.

    An edit helps if it puts the case of this number right, or any for None, and loses none. Cases that were right
    because the function raised, or because it never matched, do not count as lost. `own` are repairs of the exercise;
    with `everything` all REPAIRS are tried and two edits at once, otherwise the SLIPS.
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
        before, number, _edits(answer, _fitting(verdict, (*own, *(REPAIRS if everything else SLIPS)))), retry
    )
    slips = {repair.id for repair in (*own, *SLIPS)}
    helping = sorted((f for f in singles if f.edits[0].id in slips), key=lambda found: -len(found.mended))
    single = _confirmed([found for found in singles if found.passes], retry) or _confirmed(helping, retry)
    if single or not everything:
        return single
    pairs: list[Found] = []
    broad = {repair.id for repair in BROAD}
    for seed in sorted(singles, key=lambda found: -len(found.mended))[:_SEEDS]:
        (first,) = seed.edits
        repaired = answer.repaired(first.source)
        for found in _tried(before, number, _edits(repaired, _fitting(seed.verdict, (*own, *REPAIRS))), retry):
            (second,) = found.edits
            if not {first.id, second.id} <= broad and (second.id, second.says) != (first.id, first.says):
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
    return next(iter(_edits(answer, CERTAIN)), None) if answer else None


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
