"""Predictions: a choice that is kept, and shown beside what came out."""

import numpy as np
import pandas as pd
import pytest

from workshop import outcome, places, predict
from workshop.exercises.predictions.all_predictions import PREDICTIONS

# What the notebooks hand in, by name: a value for each choice.
VALUES = {
    "who calls": ["IAMUser", "AssumedRole", "AWSService"],
    "who asked": [
        ["cloudformation.amazonaws.com"],
        np.array(["SSO Admin"]),
        pd.Series(["SSO Admin", "cloudformation.amazonaws.com"]),
    ],
    "the key": ["by-hand/my+file.json.gz", "by-hand/my file.json.gz", "file.json.gz"],
    "deletions": [9, 42, 100, np.int64(3362)],
    "one theft": [1, 99, 999, 1000],
    "messages": [0, 1, 2],
    "which more": [
        {"deleting_logs": 4, "instance_creds_used_outside_ec2": 3},
        {"deleting_logs": 4, "instance_creds_used_outside_ec2": 39},
        {"deleting_logs": 42, "instance_creds_used_outside_ec2": 3371},
    ],
    "own calls": [0, 1, 2],
    "of a hundred": [99.0, 10.1, 1.6],
    "no birth": [["session of the jump tool"], ["the agent", "session of the jump tool"], ["the agent"]],
    "unknown": [{"unknown in": n, "unknown out": m} for n, m in ((30, 0), (0, 30), (30, 30))],
    "lost calls": [0, 4, 10],
    "unseen moves": [0, 1, 2],
    "whose calls": [["mapleferry-web/i-1"], ["mapleferry-web/i-1", "terraform/apply"], ["terraform/apply"]],
    "ways": [{"found": n, "ways": 29} for n in (14, 19, 22)],
    "after the update": ["something else", "what you deployed"],
    "threshold": ["alarm", "not enough"],
    "old knowledge": [{"new": 26, "old": n} for n in (26, 25, 0)],
    "seconds": [0.4, 1.3, 11.0],
    "tall weeks": [
        {"deleting_logs": n, "instance_creds_used_outside_ec2": m} for n, m in ((3, 0), (2, 3), (3, 3), (2, 2))
    ],
    "the same records": [0, 99, 100],
    "cleaning": [0, 3, 4],
}
each_prediction = pytest.mark.parametrize("name", PREDICTIONS)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home folder of its own for each test."""
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))
    return tmp_path


@each_prediction
def test_every_choice_can_come_out_and_never_two_at_once(name):
    """Each value bears out the one choice that it is meant for."""
    for place, value in enumerate(VALUES[name], 1):
        holding = [choice.text for choice in PREDICTIONS[name].choices if choice.is_borne_out(value)]
        assert holding == [PREDICTIONS[name].choices[place - 1].text], value
    assert len(VALUES[name]) == len(PREDICTIONS[name].choices)


@each_prediction
@pytest.mark.parametrize("value", [None, object(), {}, [], float("nan")], ids=["None", "an object", "{}", "[]", "nan"])
def test_what_did_not_come_out_is_compared_with_nothing(name, value):
    """A function that is not written yet, or a value of another kind, bears out no choice, and nothing raises."""
    shown = outcome(name, value)
    assert shown.came_out is None
    assert not shown.as_predicted
    assert "no outcome yet" in str(shown)
    assert "no outcome yet" in shown._repr_html_()


def test_a_choice_is_kept_and_shown_beside_the_outcome():
    """Clicked in the form, it is there in another notebook, and chosen when the form is shown again."""
    form = predict("one theft")
    assert (form.chosen, form.feedback) == (0, "")
    form._handle_custom_msg({"choice": 1}, [])
    assert "You predict A" in form.feedback
    shown = outcome("one theft", 3362)
    assert (shown.predicted, shown.came_out, shown.as_predicted) == (1, 4, False)
    assert "Not as you predicted" in str(shown)
    assert "A  Fewer than ten" in str(shown)
    assert "D  Thousands (3,362)" in str(shown)
    again = predict("one theft")
    assert again.chosen == 1
    assert "You predict A" in again.feedback
    again._handle_custom_msg({"choice": 4}, [])
    assert outcome("one theft", 3362).as_predicted
    assert outcome("one theft", 3362).title == "As you predicted"


def test_without_a_prediction_the_outcome_stands_alone():
    """Nobody has to predict."""
    shown = outcome("messages", 0)
    assert shown.title == "You made no prediction"
    assert "You predicted" not in str(shown)
    assert "A  None (0)" in str(shown)


def test_where_no_widget_runs_a_letter_does():
    """The text names the choices and how to choose; a letter, small or not, or a place is kept."""
    form = predict("messages")
    bundle = form._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert 'predict("messages", "A")' in data["text/plain"]
    assert "<script" not in data["text/html"]
    for choice in (" b", "B", 2):
        assert "You predict B" in str(predict("messages", choice))
    assert outcome("messages", 1).as_predicted


@pytest.mark.parametrize("choice", ["", "Z", 0, 9, True, 1.5, ["A"], "<b>"], ids=str)
def test_an_odd_choice_is_answered_with_the_letters_there_are(choice):
    """And what was predicted before stays."""
    predict("messages", "A")
    assert "The choices are A, B, C" in str(predict("messages", choice))
    form = predict("messages")
    form._handle_custom_msg({"choice": choice}, [])
    assert "The choices are A, B, C" in form.feedback
    assert "<b>" not in form.feedback
    assert outcome("messages", 0).as_predicted


def test_a_name_that_does_not_exist_is_answered_with_those_there_are():
    """For the form and the outcome alike."""
    for shown in (predict("x"), predict(None), outcome(["messages"], 1)):
        assert '"who calls"' in str(shown)


def test_a_damaged_file_counts_as_nothing():
    """And is written anew."""
    (places.state() / "predictions.json").write_text('{"messages": {"choice": "x"}, "one theft": 3}', "utf-8")
    assert outcome("messages", 0).predicted is None
    assert predict("one theft").chosen == 0
    predict("messages", "A")
    assert outcome("messages", 0).as_predicted


def test_a_prediction_that_cannot_be_saved_says_so(home, monkeypatch):
    """A home that cannot be written to does not spoil the notebook."""
    (home / "file").write_text("")
    monkeypatch.setenv("WORKSHOP_HOME", str(home / "file"))
    assert "could not be saved" in str(predict("messages", "A"))
