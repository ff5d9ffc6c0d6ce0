"""The kinds of exercises whose function sees a record and tells whether it matches."""

from dataclasses import replace

from workshop.exercises.exercise import Kind
from workshop.exercises.judging import contract, diagnosis, verdict, wording

# It prints what matches.
DETECTOR = Kind(
    verdict.of_detector,
    diagnosis.of_detector,
    wording.of_detector,
    rounds=("first", "again", "probes", "watched"),
    spy=True,
    excuses=contract.lost_by_itself,
    remarks=wording.remarks,
    wanted=lambda case: wording.VERDICTS[case.expected],
)
# It prints nothing: a part of a detector, which may get a second argument.
PREDICATE = replace(DETECTOR, spy=False)
# It may return None where nobody can know.
PREDICATE_OF_THREE = replace(PREDICATE, three=True)
