"""Which questions are answered: kept in a file, the same in every notebook and after a restart."""

import html
import json

from workshop import places
from workshop.exercises.feedback import box

_STAGES = ("not attempted", "wrong", "passed")


def read():
    """Return what is known by question: {"3": {"outcome", "tries", "quiz"}}."""
    try:
        known = json.loads((places.state() / "questions.json").read_text("utf-8"))
        return {str(number): entry for number, entry in known.items() if isinstance(entry, dict)}
    except (OSError, ValueError, AttributeError):
        return {}  # nothing yet, or a file cut off by a full disk: better than no workshop


def note(number, outcome, part="outcome"):
    """Note an outcome of a question's answer, or of its `part` "quiz"; what was right once stays right."""
    if outcome not in _STAGES:
        return
    known = read()
    entry = known.setdefault(str(number), {})
    before = entry.get(part) if entry.get(part) in _STAGES else _STAGES[0]
    entry[part] = max(before, outcome, key=_STAGES.index)
    if part == "outcome" and outcome != "not attempted":
        tries = entry.get("tries")
        entry["tries"] = (tries if isinstance(tries, int) else 0) + 1
    places.write(places.state() / "questions.json", json.dumps(known, indent=1, sort_keys=True))


class Questions:
    """The questions and which of them are answered; rich in a notebook, text elsewhere.

    `rows` has (number, title, "done" | "tried" | "open", the same for its quiz or None if it has none).
    """

    def __init__(self, questions, quizzes):
        known = read()
        self.rows = []
        for number, question in enumerate(questions, 1):
            entry = known.get(str(number), {})
            quiz = _word(entry.get("quiz")) if number in quizzes else None
            self.rows.append((number, question.title, _word(entry.get("outcome")), quiz))

    @property
    def done(self):
        """Numbers of the questions that are answered."""
        return [number for number, _, state, _ in self.rows if state == "done"]

    @property
    def next(self):
        """The first question that is not answered, or None."""
        return next((number for number, *_ in self.rows if number not in self.done), None)

    @property
    def title(self):
        """One line: how many are answered."""
        return f"{len(self.done)} of {len(self.rows)} questions about the logs answered"

    def _closing(self):
        if self.next:
            return f"Next: question({self.next}) shows it, answer({self.next}, …) checks what you found."
        left = [number for number, _, _, quiz in self.rows if quiz not in (None, "done")]
        return f"All answered. Now why? quiz({left[0]})" if left else "All answered. On to notebook 02."

    def __repr__(self):
        lines = [
            f"{'✓' if state == 'done' else '○'} {number:2}  {title:36} {state:6}" + (f"  quiz: {quiz}" if quiz else "")
            for number, title, state, quiz in self.rows
        ]
        return "\n".join([self.title, *lines, self._closing()])

    def _repr_html_(self):
        rows = [
            ("✓" if state == "done" else "○", number, title, state, quiz or "")
            for number, title, state, quiz in self.rows
        ]
        heads = _cells("th scope='col'", ("", "No.", "Question", "Answer", "Quiz"))
        lines = "".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
        bar = f'<progress max="{len(self.rows)}" value="{len(self.done)}" aria-label="questions answered"></progress>'
        body = f"<p>{bar}</p><table><tr>{heads}</tr>{lines}</table><p>{html.escape(self._closing())}</p>"
        return box("note" if self.next else "passed", self.title, body)


def _cells(tag, texts):
    # JupyterLab aligns tables to the right, as fits numbers; these are words.
    name = tag.split()[0]
    return "".join(f"<{tag} style='text-align:left'>{html.escape(str(text))}</{name}>" for text in texts)


def _word(outcome):
    return {"passed": "done", "wrong": "tried"}.get(outcome, "open")
