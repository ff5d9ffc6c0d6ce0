"""What a question is: how it is put, what its answer is, and which wrong answers are likely."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workshop.exercises.questions.kinds import Kind


@dataclass(frozen=True)
class Wrong:
    """A likely wrong answer: its value, and what it means that somebody came to it. `kind` if not the question's."""

    id: str
    value: Any
    why: str
    advice: str = ""
    kind: Kind | None = None


@dataclass(frozen=True)
class Question:
    """One question; `answer` and `wrong` get a Lake, `task` may.

    `advice` is the next step for whom no likely mistake fits; `meaning` what the answer tells, shown when it is right.
    """

    title: str
    task: str | Callable
    fields: tuple
    kind: Kind
    answer: Callable
    wrong: Callable
    advice: str
    meaning: str

    @property
    def look_at(self):
        """The fields in words, in the order in which one looks at them."""
        return ", then ".join(f"`{field}`" for field in self.fields)


def top(series):
    """Return the most frequent value."""
    return series.value_counts().index[0]
