"""All exercises that ask for a function: what the verbs, the notebooks' build and the saved answers know them by."""

import difflib
from typing import Any

from workshop.attendee_code.cell_source import name_of
from workshop.exercises.exercise import Exercise
from workshop.exercises.judging.kinds import DETECTOR
from workshop.exercises.tasks import (
    blinding_logs,
    deleting_logs,
    instance_creds_used_outside_ec2,
    narrowing_logs,
    print_short_record,
    publish_anomalies,
)
from workshop.exercises.tasks.ladder import called_from_home, issued_by_ec2, made_by_aws, moved_since_first_use

# In the order in which attendees meet them: functions of the analyzer, then functions of their own for extra credit.
EXERCISES: tuple[Exercise, ...] = (
    print_short_record.EXERCISE,
    deleting_logs.EXERCISE,
    instance_creds_used_outside_ec2.EXERCISE,
    publish_anomalies.EXERCISE,
)
EXTRA_CREDIT: tuple[Exercise, ...] = (
    issued_by_ec2.EXERCISE,
    made_by_aws.EXERCISE,
    called_from_home.EXERCISE,
    moved_since_first_use.EXERCISE,
    blinding_logs.EXERCISE,
    narrowing_logs.EXERCISE,
)
# The functions that go into the analyzer: the others are parts of a detector.
DEPLOYED = (*(exercise.name for exercise in EXERCISES), *(one.name for one in EXTRA_CREDIT if one.kind is DETECTOR))
BY_NAME = {exercise.name: exercise for exercise in (*EXERCISES, *EXTRA_CREDIT)}


def exercise_of(thing: Any) -> Exercise:
    """Return an exercise, given its function (written or not) or its name.

    Raises: ValueError, with the names there are, if there is no such exercise.
    """
    name = thing if isinstance(thing, str) else name_of(thing, BY_NAME)
    if name not in BY_NAME:
        close = difflib.get_close_matches(str(name), BY_NAME, 1, 0.5)
        guess = f" Did you mean {close[0]}?" if close else ""
        kind = "None" if thing is None else f"an object of type {type(thing).__name__}"
        what = f"called {name}" if name else f"for {kind}"
        raise ValueError(f"There is no exercise {what}. The exercises are: {', '.join(BY_NAME)}.{guess}")
    return BY_NAME[name]
