"""A prediction beside the outcome; rich in a notebook, text elsewhere."""

from collections.abc import Collection, Mapping

from workshop.exercises.feedback import box, inline, wrapped
from workshop.exercises.predictions.prediction import Prediction

_NOTHING = "There is no outcome yet: the text above says what has to be written or run first."


class Comparison:
    """What was predicted beside what came out.

    `predicted` and `came_out` are places of choices, from 1, or None; `as_predicted` whether they are the same.
    """

    def __init__(self, prediction: Prediction, predicted: int | None, value: object) -> None:
        self.prediction, self.value = prediction, value
        self.predicted = prediction.place(predicted)
        self.came_out = None if value is None else prediction.borne_out(value)

    @property
    def as_predicted(self) -> bool:
        """Whether the prediction was borne out."""
        return self.came_out is not None and self.predicted == self.came_out

    @property
    def title(self) -> str:
        """One line."""
        if self.came_out is None:
            return "Nothing to compare with yet"
        if self.predicted is None:
            return "You made no prediction"
        return "As you predicted" if self.as_predicted else "Not as you predicted"

    def _rows(self) -> list[tuple[str, str]]:
        predicted = [("You predicted", self.prediction.lettered(self.predicted))] if self.predicted else []
        value = _in_words(self.value)
        if self.came_out is None:
            return predicted + ([("It is", value)] if value else [])
        return [*predicted, ("It is", self.prediction.lettered(self.came_out) + (f" ({value})" if value else ""))]

    def _closing(self) -> str:
        return _NOTHING if self.came_out is None else self.prediction.means

    def __repr__(self) -> str:
        rows = [f"  {name + ':':15} {text}" for name, text in self._rows()]
        return "\n".join([self.title, *rows, wrapped(self._closing().replace("`", ""), "  ")])

    def _repr_html_(self) -> str:
        rows = "".join(f"<dt>{name}</dt><dd>{inline(text)}</dd>" for name, text in self._rows())
        return box("note", self.title, (f"<dl>{rows}</dl>" if rows else "") + f"<p>{inline(self._closing())}</p>")


def _in_words(value: object) -> str:
    """Return a value in short: numbers with commas between thousands, the first of many names, "" for None."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_in_words(number)}" for name, number in value.items())
    if isinstance(value, Collection) and not isinstance(value, (str, bytes)):
        few = [_in_words(one) for one in list(value)[:3]]
        return ", ".join(few) + (" …" if len(value) > len(few) else "")
    try:
        return f"{value:,}"
    except (TypeError, ValueError):
        return str(value)
