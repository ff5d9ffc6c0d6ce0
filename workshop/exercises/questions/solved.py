"""Which questions are answered: kept in a file, the same in every notebook and after a restart."""

import html
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from workshop.exercises import progress_file
from workshop.exercises.feedback import box
from workshop.exercises.questions.model import Question

_FILE = "questions.json"  # {"3": {"outcome", "tries", "quiz"}}
_STAGES = ("not attempted", "wrong", "passed")
_MORE = "For those who want more"


def note(number: int | str, outcome: str, part: str = "outcome") -> None:
    """Note an outcome of a question's answer, or of its `part` "quiz"; what was right once stays right."""
    if outcome not in _STAGES:
        return
    with progress_file.changing(_FILE) as known:
        entry = known.setdefault(str(number), {})
        before = entry.get(part) if entry.get(part) in _STAGES else _STAGES[0]
        entry[part] = max(before, outcome, key=_STAGES.index)
        if part == "outcome" and outcome != "not attempted":
            tries = entry.get("tries")
            entry["tries"] = (tries if isinstance(tries, int) else 0) + 1


class Row(NamedTuple):
    """A question: `answer` and `quiz` are "done", "tried" or "open"; `quiz` is None for a question without a quiz."""

    number: int
    title: str
    answer: str
    quiz: str | None

    @property
    def sign(self) -> str:
        """A mark for what is answered, a circle for the others."""
        return "✓" if self.answer == "done" else "○"


class Questions:
    """The questions and which of them are answered; rich in a notebook, text elsewhere. `rows` has one Row each.

    Those with a number in `first` are for everybody, the others for those who want more.
    """

    def __init__(self, questions: Sequence[Question], quizzes: Collection[int], first: Collection[int]) -> None:
        known = progress_file.read(_FILE)
        self.rows = []
        for number, question in enumerate(questions, 1):
            entry = known.get(str(number), {})
            quiz = _word(entry.get("quiz")) if number in quizzes else None
            self.rows.append(Row(number, question.title, _word(entry.get("outcome")), quiz))
        self.first = [row for row in self.rows if row.number in first]
        self.more = [row for row in self.rows if row.number not in first]

    @property
    def done(self) -> list[int]:
        """Numbers of the questions that are answered."""
        return [row.number for row in self.rows if row.answer == "done"]

    @property
    def next(self) -> int | None:
        """The first question that is not answered, those for everybody first, or None."""
        return next((row.number for row in self.first + self.more if row.answer != "done"), None)

    @property
    def title(self) -> str:
        """One line: how many are answered."""
        answered = sum(row.answer == "done" for row in self.first)
        more = len(self.done) - answered
        title = f"{answered} of {len(self.first)} questions about the logs answered"
        return f"{title}, and {more} of {len(self.more)} more" if more else title

    def _closing(self) -> str:
        if self.next in [row.number for row in self.first]:
            return f"Next: question({self.next}) shows it, answer({self.next}, …) checks what you found."
        if self.next:
            return f"On to notebook 02, or one of the {len(self.more)} more: question({self.next}) shows it."
        left = [row.number for row in self.rows if row.quiz not in (None, "done")]
        return f"All answered. Now why? quiz({left[0]})" if left else "All answered. On to notebook 02."

    def __repr__(self) -> str:
        def lines(rows: list[Row]) -> list[str]:
            shown = (f"{row.sign} {row.number:2}  {row.title:36} {row.answer:6}" for row in rows)
            return [line + (f"  quiz: {row.quiz}" if row.quiz else "") for line, row in zip(shown, rows, strict=True)]

        return "\n".join([self.title, *lines(self.first), _MORE, *lines(self.more), self._closing()])

    def _repr_html_(self) -> str:
        heads = _cells("th scope='col'", ("", "No.", "Question", "Answer", "Quiz"))

        def table(rows: list[Row]) -> str:
            cells = ((row.sign, row.number, row.title, row.answer, row.quiz or "") for row in rows)
            lines = "".join(f"<tr>{_cells('td', row)}</tr>" for row in cells)
            return f"<table><tr>{heads}</tr>{lines}</table>"

        done = sum(row.answer == "done" for row in self.first)
        bar = f'<progress max="{len(self.first)}" value="{done}" aria-label="questions answered"></progress>'
        more = f"<details><summary>{_MORE}</summary>{table(self.more)}</details>"
        body = f"<p>{bar}</p>{table(self.first)}{more}<p>{html.escape(self._closing())}</p>"
        return box("passed" if done == len(self.first) else "note", self.title, body)


def _cells(tag: str, texts: Iterable[object]) -> str:
    # JupyterLab aligns tables to the right, as fits numbers; these are words.
    name = tag.split()[0]
    return "".join(f"<{tag} style='text-align:left'>{html.escape(str(text))}</{name}>" for text in texts)


def _word(outcome: object) -> str:
    return {"passed": "done", "wrong": "tried"}.get(str(outcome), "open")
