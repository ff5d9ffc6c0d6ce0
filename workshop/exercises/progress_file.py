"""Where the attendee is: kept in a file, so that it survives restarts and is the same in every notebook."""

import datetime
import html
import json

from workshop import places
from workshop.exercises.feedback import box

# How far an exercise has come; it never goes back.
STAGES = ("not attempted", "raised", "wrong", "passed", "bonus")
_WORDS = {
    "not attempted": "not attempted",
    "raised": "tried",
    "wrong": "tried",
    "passed": "passed",
    "bonus": "passed, with the bonus",
}


def read():
    """Return what is known of each exercise by name: {"outcome", "checks", "hints", "asked", "since", "model"}."""
    try:
        known = json.loads((places.state() / "progress.json").read_text("utf-8"))
        return {str(name): value for name, value in known.items() if isinstance(value, dict)}
    except (FileNotFoundError, ValueError, AttributeError, OSError):
        return {}  # nothing yet, or a file cut off by a full disk: better than no workshop


def update(name, **changes):
    """Change what is known of one exercise and return it."""
    known = read()
    entry = {"outcome": "not attempted", "checks": 0, "hints": 0, "asked": 0, **known.get(name, {}), **changes}
    known[name] = entry
    places.write(places.state() / "progress.json", json.dumps(known, indent=1, sort_keys=True))
    return entry


def note_check(name, outcome):
    """Note a check; an exercise that was passed stays passed."""
    before = read().get(name, {})
    best = max(before.get("outcome", STAGES[0]), outcome, key=STAGES.index)
    since = before.get("since")
    if best in ("passed", "bonus") and not since:
        since = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    tried = before.get("checks", 0) + (outcome != "not attempted")
    return update(name, outcome=best, checks=tried, since=since)


def _passed(entry):
    return entry.get("outcome") in ("passed", "bonus")


class Progress:
    """The exercises and how far each has come; rich in a notebook, text elsewhere.

    `rows` and `extra`, those for extra credit, are (name, title, notebook, what is known). What is for extra credit is
    shown once it was tried, and does not count among the exercises.
    """

    def __init__(self, rows, extra=()):
        self.rows = rows
        self.extra = [row for row in extra if row[3].get("checks") or row[3].get("model")]

    @property
    def solved(self):
        """Names of the exercises that are passed."""
        return [name for name, _, _, entry in self.rows if _passed(entry)]

    @property
    def next(self):
        """(name, notebook) of the first exercise that is not passed, or None."""
        return next(((name, notebook) for name, _, notebook, _ in self.rows if name not in self.solved), None)

    def _lines(self):
        for name, title, notebook, entry in [*self.rows, *self.extra]:
            word = _WORDS.get(entry.get("outcome"), "not attempted")
            if entry.get("model"):
                word += " (model answer)"
            if word == "tried":
                word = f"tried {entry.get('checks', 0)} times" if entry.get("checks", 0) > 1 else "tried once"
            yield "✓" if _passed(entry) else "○", title, name, word, notebook

    def _closing(self):
        if not self.next:
            return "All exercises are solved. incident_report() tells the whole story."
        return f"Next: {self.next[0]} in notebook {self.next[1]}."

    def __repr__(self):
        rows = [f"{sign} {name:32} {word:24} notebook {book}" for sign, _, name, word, book in self._lines()]
        return "\n".join([f"{len(self.solved)} of {len(self.rows)} exercises solved", *rows, self._closing()])

    def _repr_html_(self):
        rows = "".join(
            f"<tr><td aria-hidden='true'>{sign}</td><td>{html.escape(title)}</td><td><code>{name}</code></td>"
            f"<td style='white-space:nowrap'>{html.escape(word)}</td>"
            f"<td style='white-space:nowrap'>notebook {book}</td></tr>"
            for sign, title, name, word, book in self._lines()
        )
        done = len(self.solved)
        bar = f'<progress max="{len(self.rows)}" value="{done}" aria-label="exercises solved"></progress>'
        body = f"<p>{bar}</p><table>{rows}</table><p>{html.escape(self._closing())}</p>"
        return box("note" if self.next else "passed", f"{done} of {len(self.rows)} exercises solved", body)
