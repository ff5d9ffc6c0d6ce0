"""What a question is: how it is put, what its answer is, and which wrong answers are likely."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from workshop.exercises.questions.forms import Value
from workshop.exercises.questions.kinds import Kind
from workshop.exercises.questions.lake import Lake


@dataclass(frozen=True)
class Wrong:
    """A likely wrong answer: its value, and what it says about the way to it. `kind` if not the question's."""

    id: str
    value: Value
    why: str
    advice: str = ""
    kind: Kind | None = None


@dataclass(frozen=True)
class Question:
    """One question; `answer` and `wrong` get a Lake, `task` may.

    `advice` is the next step if no likely mistake fits; `meaning` what the answer shows, said when it is right.
    """

    title: str
    task: str | Callable[[Lake], str]
    fields: tuple[str, ...]
    kind: Kind
    answer: Callable[[Lake], Value]
    wrong: Callable[[Lake], list[Wrong]]
    advice: str
    meaning: str

    @property
    def look_at(self) -> str:
        """The fields in words, in the order in which to look at them."""
        return ", then ".join(f"`{field}`" for field in self.fields)


def top(series: pd.Series) -> str:
    """Return the most frequent value."""
    most_frequent: str = series.value_counts().index[0]
    return most_frequent
