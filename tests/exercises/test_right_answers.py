"""What attendees write is what `hunt` must be fast with: the right answers of the exercises, in all their styles."""

import pytest
import test_deleting_logs as deleting_logs
import test_instance_creds_used_outside_ec2 as instance_credentials
import test_print_short_record as short_record

from workshop.hunting.verdict_memo.proof import NotProven, prove

# Styles that are shown each record in full. A new one is a reason to look into more of Python, or to say why not.
NOT_SIMPLE = {
    short_record: {"f-string", "helper", "write", "lambda"},
    deleting_logs: {"match statement", "lambda", "decorated", "decorated without wraps"},
    instance_credentials: {"match statement", "lambda", "decorated"},
}


def is_simple(answer):
    try:
        prove(answer)
    except NotProven:
        return False
    return True


@pytest.mark.parametrize("exercise", NOT_SIMPLE, ids=lambda exercise: exercise.NAME)
def test_nearly_all_styles_are_simple(exercise):
    """Loops, comprehensions, helpers, constants, any way of reading the identity."""
    found = {style for style, source in exercise.RIGHT.items() if not is_simple(exercise.answer(source))}
    assert found == NOT_SIMPLE[exercise]
