"""What check says of the bank of wrong answers."""

import pytest
from answer_bank import handed_in, wrong_answers

from workshop.exercises.registry import BY_NAME

FILES = ("first_analyst", "first_backend", "first_soc")
ANSWERS = [pytest.param(answer, id=f"{file}-{answer}") for file in FILES for answer in wrong_answers(file)]


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
