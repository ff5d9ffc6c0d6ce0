"""Predictions: a choice before a cell is run, remembered, and shown beside what came out.

prediction        what a prediction is
all_predictions   all of them, by name
made              which choices were made, kept in a file
prediction_form   a prediction as a form
comparison        the choice beside the outcome
"""

from typing import TYPE_CHECKING

from workshop.exercises.feedback import Note

if TYPE_CHECKING:
    from workshop.exercises.predictions.comparison import Comparison
    from workshop.exercises.predictions.prediction import Prediction
    from workshop.exercises.predictions.prediction_form import PredictionForm


def predict(name: str, choice: object = None) -> "PredictionForm | Note":
    """Ask what you expect: a form with choices, or with a `choice` ("A", "B", …) a note that it is kept.

    The form works with mouse and keyboard. Where no widget can run, it is a text: then hand in your choice here.
    """
    from workshop.exercises.predictions.prediction_form import PredictionForm, keep

    asked = _asked(name)
    if isinstance(asked, Note):
        return asked
    return PredictionForm(name, asked) if choice is None else Note(asked.asks, keep(name, asked, choice))


def outcome(name: str, value: object) -> "Comparison | Note":
    """Show the prediction beside what came out; `value` is None where nothing came out yet. It never raises."""
    from workshop.exercises.predictions import made
    from workshop.exercises.predictions.comparison import Comparison

    asked = _asked(name)
    return asked if isinstance(asked, Note) else Comparison(asked, made.choice_of(name), value)


def _asked(name: object) -> "Prediction | Note":
    from workshop.exercises.predictions.all_predictions import PREDICTIONS

    if isinstance(name, str) and name in PREDICTIONS:
        return PREDICTIONS[name]
    return Note("No such prediction", "There are: " + ", ".join(f'"{known}"' for known in PREDICTIONS) + ".")
