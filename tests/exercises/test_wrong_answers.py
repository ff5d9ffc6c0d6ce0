"""What check says of the bank of wrong answers."""

import pytest
from answer_bank import handed_in, wrong_answers

from workshop.exercises.registry import BY_NAME

FILES = ("first_analyst", "first_backend", "first_soc")
# Wrong by the task's text, and no case notices it yet.
PASSES = {
    "first_soc-35-print_short_record-plus_with_none",
    "first_soc-43-publish_anomalies-call_per_record",
    "first_soc-55-made_by_aws-invokedby_top_level",
    "first_backend-1-print_short_record-join_with_none",
    "first_backend-41-publish_anomalies-one_call_per_match",
    "first_backend-52-made_by_aws-hasattr_on_dictionary",
    "first_backend-53-made_by_aws-unescaped_dot",
    "first_analyst-4-print_short_record-join_of_none",
    "first_analyst-10-print_short_record-split_of_missing_source",
    "first_analyst-41-publish_anomalies-one_call_per_anomaly",
    "first_analyst-54-made_by_aws-invokedby_at_top_level",
}
ANSWERS = [
    pytest.param(answer, id=f"{file}-{answer}", marks=[pytest.mark.xfail] if f"{file}-{answer}" in PASSES else [])
    for file in FILES
    for answer in wrong_answers(file)
]


def test_the_bank_has_answers_to_each_exercise():
    """More than two hundred, each with as many sentences as causes."""
    answers = [answer for file in FILES for answer in wrong_answers(file)]
    assert len(answers) > 200
    assert {answer.exercise for answer in answers} == set(BY_NAME)
    assert all(answer.cause.count(" + ") <= 1 for answer in answers)


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_wrong_answer_does_not_pass(answer):
    """Its cell fails, or check finds a case that shows the mistake."""
    result = handed_in(answer)
    assert isinstance(result, BaseException) or result.outcome in ("raised", "wrong", "not attempted")
