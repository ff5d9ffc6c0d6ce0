"""A prediction as a form, and a choice that is kept."""

import html

from workshop.exercises.feedback import inline, wrapped
from workshop.exercises.predictions import made
from workshop.exercises.predictions.prediction import Prediction
from workshop.exercises.questions.choice_form import ChoiceForm
from workshop.exercises.questions.choices import LETTERS
from workshop.exercises.questions.forms import shown


def keep(name: str, prediction: Prediction, choice: object) -> str:
    """Keep a choice, which may be anything, and return what there is to say, as plain text."""
    place = prediction.place(choice)
    if place is None:
        letters = ", ".join(LETTERS[: len(prediction.choices)])
        return f"There is no choice {shown(choice, 60)}. The choices are {letters}."
    try:
        made.note(name, place)
    except OSError as error:
        return f"Your prediction could not be saved: {error}"
    return f"You predict {LETTERS[place - 1]}. Run the cells below to see what comes out."


class PredictionForm(ChoiceForm):
    """A prediction as a form; the choice that was made last is chosen when it is shown again."""

    def __init__(self, name: str, prediction: Prediction) -> None:
        self._name, self._prediction = name, prediction
        place = made.choice_of(name)
        chosen = place if place and place <= len(prediction.choices) else 0
        super().__init__(
            f"Predict before you run. {prediction.asks}",
            [choice.text for choice in prediction.choices],
            "Predict",
            chosen,
            _as_note(f"You predict {LETTERS[chosen - 1]}.") if chosen else "",
        )

    def _chose(self, place: object) -> str:
        return _as_note(keep(self._name, self._prediction, place))

    def as_text(self) -> str:
        """Return the prediction as plain text."""
        lines = [f"  {self._prediction.lettered(place)}" for place in range(1, len(self.choices) + 1)]
        way = f'Choose with predict("{self._name}", "A").'
        return "\n".join([wrapped(f"Predict before you run: {self._prediction.asks}"), *lines, way])

    def as_html(self) -> str:
        """Return the prediction as HTML without a script."""
        # The letters are text: of a notebook that is not trusted, JupyterLab drops how a list is numbered.
        lines = [inline(self._prediction.lettered(place)) for place in range(1, len(self.choices) + 1)]
        return f"<p><b>Predict before you run.</b> {inline(self._prediction.asks)}</p><p>{'<br>'.join(lines)}</p>"


def _as_note(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"
