"""Where the attendee is: kept in a file, so that it survives restarts and is the same in every notebook."""

import contextlib
import datetime
import html
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import filelock

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


_FILE = "progress.json"


def read(file: str = _FILE) -> dict[str, Entry]:
    """Return what is known of each exercise by name: {"outcome", "checks", "hints", "asked", "since", "model"}.

    Another `file` of the kit's state holds other entries. A damaged file is kept under another name, which is printed;
    what the saved answers show of the progress is then known again.
    """
    try:
        path = places.state() / file
        return _entries(path)
    except OSError:
        return {}  # nothing yet, or nothing that can be read
    except (ValueError, RecursionError) as damage:
        with contextlib.suppress(OSError), _alone(file):
            return _mended(path, damage)
        return {}


@contextlib.contextmanager
def changing(file: str = _FILE) -> Iterator[dict[str, Entry]]:
    """Yield what `read` returns, and write it at the end of the block; other notebooks wait until then.

    Raises: OSError when it cannot be written, or another notebook does not come to an end.
    """
    with _alone(file):
        known = read(file)
        yield known
        places.write(places.state() / file, json.dumps(known, indent=1, sort_keys=True).encode())


def update(name: str, **changes: Any) -> Entry:
    """Change what is known of one exercise and return it."""
    with changing() as known:
        return changed(known, name, **changes)


def note_check(name: str, outcome: str) -> Entry:
    """Note a check; an exercise that was passed stays passed."""
    with changing() as known:
        before = known.get(name, {})
        best = max(before.get("outcome", STAGES[0]), outcome, key=STAGES.index)
        since = before.get("since")
        if best in ("passed", "bonus") and not since:
            since = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        tried = before.get("checks", 0) + (outcome != "not attempted")
        return changed(known, name, outcome=best, checks=tried, since=since)


def changed(known: dict[str, Entry], name: str, **changes: Any) -> Entry:
    """Change the entry of one exercise among what is known, and return it."""
    known[name] = {"outcome": "not attempted", "checks": 0, "hints": 0, "asked": 0, **known.get(name, {}), **changes}
    return known[name]


def _alone(file: str) -> filelock.BaseFileLock:
    """Return the lock of a file, which the same thread may take again."""
    return filelock.FileLock(places.state() / f"{file}.lock", timeout=10, is_singleton=True)


def _entries(path: Path) -> dict[str, Entry]:
    """Return a file's entries. Raises: OSError; ValueError or RecursionError when they are not what was written."""
    known = json.loads(path.read_text("utf-8"))
    if not isinstance(known, dict):
        raise ValueError("it holds no JSON object")
    for name, entry in known.items():
        if not isinstance(entry, dict):
            raise ValueError(f"{name} holds no JSON object")
        if path.name != _FILE:
            continue
        counts = [entry.get(count, 0) for count in ("checks", "hints", "asked")]
        if entry.get("outcome", STAGES[0]) not in STAGES or not all(isinstance(count, int) for count in counts):
            raise ValueError(f"{name} has values that no notebook writes")
    return known


def _mended(path: Path, damage: Exception) -> dict[str, Entry]:
    """Keep a damaged file under another name, say so, and write and return what is known without it."""
    with contextlib.suppress(ValueError, RecursionError):
        return _entries(path)  # another notebook was quicker
    kept = places.set_aside(path)
    known: dict[str, Entry] = {}
    if path.name == _FILE:
        from workshop.exercises import answers  # imports the exercises, which nothing else here needs

        for name, model in answers.kept().items():
            changed(known, name, outcome="passed", checks=1, model=model)
    places.write(path, json.dumps(known, indent=1, sort_keys=True).encode())
    found = f"what my_answers/ shows is solved again: {', '.join(known)}" if known else "it starts anew"
    print(f"{path.name} is damaged ({damage}); it is kept as {kept}, and {found}.")
    return known


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
        more = sum(row.passed for row in self.extra)
        solved = f"{len(self.solved)} of {len(self.rows)} exercises solved"
        return f"{solved}, {more} for extra credit" if more else solved

    def _closing(self) -> str:
        if not self.next:
            return f"All {len(self.rows)} are solved. incident_report() tells the whole story."
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
