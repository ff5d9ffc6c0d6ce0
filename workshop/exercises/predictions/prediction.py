"""What a prediction is: a question about a cell that was not run yet, and the choices."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workshop.exercises.questions.choices import LETTERS


@dataclass(frozen=True)
class Expectation:
    """One choice: its text, and whether a value that came out bears it out."""

    text: str
    holds: Callable[[Any], bool]

    def is_borne_out(self, value: object) -> bool:
        """Return whether a value bears it out; one of another kind does not."""
        try:
            return bool(self.holds(value))
        except Exception:
            return False


@dataclass(frozen=True)
class Prediction:
    """A question with choices, exactly one of which a right outcome bears out; `means` says why that is so."""

    asks: str
    choices: tuple[Expectation, ...]
    means: str

    def place(self, choice: object) -> int | None:
        """Return the place, from 1, of a choice that is given as its letter or its place; None for anything else."""
        if isinstance(choice, str) and len(choice.strip()) == 1 and choice.strip().upper() in LETTERS:
            choice = LETTERS.index(choice.strip().upper()) + 1
        whole = isinstance(choice, int) and not isinstance(choice, bool)
        return choice if isinstance(choice, int) and whole and 1 <= choice <= len(self.choices) else None

    def borne_out(self, value: object) -> int | None:
        """Return the place, from 1, of the choice that a value bears out, or None if there is none."""
        return next((n for n, choice in enumerate(self.choices, 1) if choice.is_borne_out(value)), None)

    def lettered(self, place: int) -> str:
        """Return a choice with its letter, as the form shows it."""
        return f"{LETTERS[place - 1]}  {self.choices[place - 1].text}"
