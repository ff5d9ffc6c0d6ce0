"""The stages of judging: a diagnosis can take a repaired source through packaging and sandbox, on the same cases."""

from dataclasses import replace

from cells import function_of

from workshop.attendee_code.stubs import to_write
from workshop.exercises.judging import diagnosis
from workshop.exercises.judging.judge import judge
from workshop.exercises.judging.kinds import DETECTOR
from workshop.exercises.registry import EXERCISES
from workshop.exercises.sample_records import Maker
from workshop.exercises.tasks.deleting_logs import EXERCISE

WRONG = """from workshop import print_short_record

def deleting_logs(record):
    if record["eventSource"] in ("logs.amazonaws.com", "cloudtrail.amazonaws.com") and "Delete" in record["eventName"]:
        print_short_record(record)
        return True
    return False
"""


def test_a_diagnosis_can_try_a_repair():
    """The repaired answer gets a verdict of its own; one that Lambda would refuse is refused, and raises nothing."""
    tried = {}

    def diagnosis(verdict, retry):
        text = verdict.trial.cell.text
        tried["as it is"] = verdict
        tried["repaired"] = retry.once(
            text.replace('"Delete" in record["eventName"]', 'record["eventName"][:6] == "Delete"')
        )
        tried["never ends"] = retry.once(text.replace("return False", "while True: pass"))
        tried["refused"] = retry.once(text.replace("True", "true"))
        return DETECTOR.diagnosis(verdict, retry)

    exercise = replace(EXERCISE, kind=replace(DETECTOR, diagnosis=diagnosis))
    result = judge(exercise, function_of(WRONG, "deleting_logs"), Maker())
    assert result.misconception == "contains_delete"
    outcomes = {name: verdict.outcome for name, verdict in tried.items()}
    assert outcomes == {"as it is": "wrong", "repaired": "passed", "never ends": "ended", "refused": "refused"}
    assert tried["as it is"].right < tried["repaired"].right
    assert tried["repaired"].trial.cases == tried["as it is"].trial.cases


def test_the_registry_has_the_analyzers_functions_in_their_order():
    """What the analyzer leaves to be written are the exercises; the rest is extra credit."""
    assert tuple(exercise.name for exercise in EXERCISES) == to_write()


def test_a_rule_that_raises_without_a_field_depends_on_it():
    """It is tried on records that its author did not think of, and stops no diagnosis."""
    cases = EXERCISE.cases(Maker(1))
    assert diagnosis._depends(lambda record: record["eventName"].startswith("Delete"), "eventName", cases)
    assert diagnosis._depends(lambda record: "eventName" in record and record["eventSource"] > "", "eventSource", cases)
    assert not diagnosis._depends(lambda record: True, "eventName", cases)
