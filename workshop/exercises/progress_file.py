"""Where the attendee is: kept in a file, so that it survives restarts and is the same in every notebook."""

import datetime
import html
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from workshop import places
from workshop.exercises.feedback import box

Entry = dict[str, Any]  # what is known of an exercise or a question, as JSON has it

# How far an exercise has come; it never goes back.
STAGES = ("not attempted", "raised", "wrong", "passed", "bonus")
_WORDS = {
    "not attempted": "not attempted",
    "raised": "tried",
    "wrong": "tried",
    "passed": "passed",
    "bonus": "passed, with the bonus",
}


def read(file: str = "progress.json") -> dict[str, Entry]:
    """Return what is known of each exercise by name: {"outcome", "checks", "hints", "asked", "since", "model"}.

    Another `file` of the kit's state holds other entries.
    """
    try:
        known = json.loads((places.state() / file).read_text("utf-8"))
        return {str(name): value for name, value in known.items() if isinstance(value, dict)}
    except (ValueError, AttributeError, OSError):
        return {}  # nothing yet, or a file cut off by a full disk: better than no workshop


def write(known: dict[str, Entry], file: str = "progress.json") -> None:
    """Write what `read` returns."""
    places.write(places.state() / file, json.dumps(known, indent=1, sort_keys=True).encode())


def update(name: str, **changes: Any) -> Entry:
    """Change what is known of one exercise and return it."""
    known = read()
    entry = {"outcome": "not attempted", "checks": 0, "hints": 0, "asked": 0, **known.get(name, {}), **changes}
    write({**known, name: entry})
    return entry


def note_check(name: str, outcome: str) -> Entry:
    """Note a check; an exercise that was passed stays passed."""
    before = read().get(name, {})
    best = max(before.get("outcome", STAGES[0]), outcome, key=STAGES.index)
    since = before.get("since")
    if best in ("passed", "bonus") and not since:
        since = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    tried = before.get("checks", 0) + (outcome != "not attempted")
    return update(name, outcome=best, checks=tried, since=since)


class Row(NamedTuple):
    """An exercise: its name, its title, the number of its notebook, and what is known of it."""

    name: str
    title: str
    notebook: str
    known: Entry

    @property
    def passed(self) -> bool:
        """Whether it is solved."""
        return self.known.get("outcome") in ("passed", "bonus")

    @property
    def sign(self) -> str:
        """A mark for what is solved, a circle for the others."""
        return "✓" if self.passed else "○"

    @property
    def word(self) -> str:
        """How far it has come, in words."""
        word = _WORDS.get(self.known.get("outcome", ""), "not attempted")
        if self.known.get("model"):
            return f"{word} (model answer)"
        if word == "tried":
            return f"tried {self.known['checks']} times" if self.known.get("checks", 0) > 1 else "tried once"
        return word


class Progress:
    """The exercises and how far each has come; rich in a notebook, text elsewhere.

    `extra` has the exercises for extra credit. They are shown once they were tried, and do not count.
    """

    def __init__(
        self, rows: Iterable[tuple[str, str, str, Entry]], extra: Iterable[tuple[str, str, str, Entry]] = ()
    ) -> None:
        self.rows = [Row(*row) for row in rows]
        self.extra = [row for row in map(Row._make, extra) if row.known.get("checks") or row.known.get("model")]

    @property
    def solved(self) -> list[str]:
        """Names of the exercises that are passed."""
        return [row.name for row in self.rows if row.passed]

    @property
    def next(self) -> tuple[str, str] | None:
        """(name, notebook) of the first exercise that is not passed, or None."""
        return next(((row.name, row.notebook) for row in self.rows if not row.passed), None)

    @property
    def title(self) -> str:
        """One line: how many are solved."""
        return f"{len(self.solved)} of {len(self.rows)} exercises solved"

    def _closing(self) -> str:
        if not self.next:
            return "All exercises are solved. incident_report() tells the whole story."
        return f"Next: {self.next[0]} in notebook {self.next[1]}."

    def __repr__(self) -> str:
        rows = [f"{row.sign} {row.name:32} {row.word:24} notebook {row.notebook}" for row in self.rows + self.extra]
        return "\n".join([self.title, *rows, self._closing()])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td aria-hidden='true'>{row.sign}</td><td>{html.escape(row.title)}</td>"
            f"<td><code>{row.name}</code></td><td style='white-space:nowrap'>{html.escape(row.word)}</td>"
            f"<td style='white-space:nowrap'>notebook {row.notebook}</td></tr>"
            for row in self.rows + self.extra
        )
        done = len(self.solved)
        bar = f'<progress max="{len(self.rows)}" value="{done}" aria-label="exercises solved"></progress>'
        body = f"<p>{bar}</p><table>{rows}</table><p>{html.escape(self._closing())}</p>"
        return box("note" if self.next else "passed", self.title, body)
