"""Which questions are answered: kept in a file, the same in every notebook and after a restart."""

import html
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from workshop.exercises import progress_file
from workshop.exercises.feedback import box
from workshop.exercises.questions.model import Question

_FILE = "questions.json"  # {"3": {"outcome", "tries", "quiz"}}
_STAGES = ("not attempted", "wrong", "passed")


def note(number: int | str, outcome: str, part: str = "outcome") -> None:
    """Note an outcome of a question's answer, or of its `part` "quiz"; what was right once stays right."""
    if outcome not in _STAGES:
        return
    known = progress_file.read(_FILE)
    entry = known.setdefault(str(number), {})
    before = entry.get(part) if entry.get(part) in _STAGES else _STAGES[0]
    entry[part] = max(before, outcome, key=_STAGES.index)
    if part == "outcome" and outcome != "not attempted":
        tries = entry.get("tries")
        entry["tries"] = (tries if isinstance(tries, int) else 0) + 1
    progress_file.write(known, _FILE)


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
    """The questions and which of them are answered; rich in a notebook, text elsewhere. `rows` has one Row each."""

    def __init__(self, questions: Sequence[Question], quizzes: Collection[int]) -> None:
        known = progress_file.read(_FILE)
        self.rows = []
        for number, question in enumerate(questions, 1):
            entry = known.get(str(number), {})
            quiz = _word(entry.get("quiz")) if number in quizzes else None
            self.rows.append(Row(number, question.title, _word(entry.get("outcome")), quiz))

    @property
    def done(self) -> list[int]:
        """Numbers of the questions that are answered."""
        return [row.number for row in self.rows if row.answer == "done"]

    @property
    def next(self) -> int | None:
        """The first question that is not answered, or None."""
        return next((row.number for row in self.rows if row.answer != "done"), None)

    @property
    def title(self) -> str:
        """One line: how many are answered."""
        return f"{len(self.done)} of {len(self.rows)} questions about the logs answered"

    def _closing(self) -> str:
        if self.next:
            return f"Next: question({self.next}) shows it, answer({self.next}, …) checks what you found."
        left = [row.number for row in self.rows if row.quiz not in (None, "done")]
        return f"All answered. Now why? quiz({left[0]})" if left else "All answered. On to notebook 02."

    def __repr__(self) -> str:
        lines = [
            f"{row.sign} {row.number:2}  {row.title:36} {row.answer:6}" + (f"  quiz: {row.quiz}" if row.quiz else "")
            for row in self.rows
        ]
        return "\n".join([self.title, *lines, self._closing()])

    def _repr_html_(self) -> str:
        heads = _cells("th scope='col'", ("", "No.", "Question", "Answer", "Quiz"))
        lines = "".join(
            f"<tr>{_cells('td', (row.sign, row.number, row.title, row.answer, row.quiz or ''))}</tr>"
            for row in self.rows
        )
        bar = f'<progress max="{len(self.rows)}" value="{len(self.done)}" aria-label="questions answered"></progress>'
        body = f"<p>{bar}</p><table><tr>{heads}</tr>{lines}</table><p>{html.escape(self._closing())}</p>"
        return box("note" if self.next else "passed", self.title, body)


def _cells(tag: str, texts: Iterable[object]) -> str:
    # JupyterLab aligns tables to the right, as fits numbers; these are words.
    name = tag.split()[0]
    return "".join(f"<{tag} style='text-align:left'>{html.escape(str(text))}</{name}>" for text in texts)


def _word(outcome: object) -> str:
    return {"passed": "done", "wrong": "tried"}.get(str(outcome), "open")
