"""What check says of the bank of wrong answers."""

import json
import warnings

import pytest
from answer_bank import BANK, handed_in, notebook, wrong_answers
from cells import run_cell

from workshop.exercises.judging.judge import judge
from workshop.exercises.registry import BY_NAME
from workshop.exercises.sample_records import Maker

pytestmark = pytest.mark.filterwarnings("ignore:.* with .*literal:SyntaxWarning")
FILES = (
    "first_analyst",
    "first_backend",
    "first_soc",
    "fresh",
    "second",
    "second_fresh",
    "third_a",
    "third_b",
    "third_c",
    "third_fresh_1",
    "third_fresh_2",
)
# What check called the mistake, where readers who saw only the answer and the message judged it to be named, or where
# it was mended after they had judged.
NAMED = json.loads((BANK / "named.json").read_text("utf-8"))
ANSWERS = [
    pytest.param(f"{file}-{answer.number}", answer, id=f"{file}-{answer}")
    for file in FILES
    for answer in wrong_answers(file)
]


def test_the_bank_has_answers_to_each_exercise():
    """More than seven hundred, each with at most two causes."""
    keys, answers = zip(*[each.values for each in ANSWERS], strict=True)
    assert len(answers) > 700
    assert NAMED.keys() <= set(keys)
    assert {answer.exercise for answer in answers} == set(BY_NAME)
    assert all(answer.cause.count(" + ") <= 1 for answer in answers)


def test_python_warns_of_odd_code_at_the_cell_only():
    """Judging compiles an answer many times, and says nothing of `is` with a text."""
    source = "def deleting_logs(record):\n    return record['eventName'] is 'DeleteTrail'\n"
    with pytest.warns(SyntaxWarning):
        function = run_cell(source, notebook())["deleting_logs"]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert judge(BY_NAME["deleting_logs"], function, Maker(7)).misconception
    assert said == []


@pytest.mark.parametrize(("key", "answer"), ANSWERS)
def test_a_wrong_answer_does_not_pass(key, answer):
    """Its cell fails, or check finds a case that shows the mistake; what was named once is named.

    docs/proven.md has the readers' figures.
    """
    result = handed_in(answer)
    assert isinstance(result, BaseException) or result.outcome in ("raised", "wrong", "not attempted")
    if key in NAMED:
        assert result.misconception == NAMED[key]
