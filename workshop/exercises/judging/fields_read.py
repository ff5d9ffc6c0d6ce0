"""What a function asked of a record before it gave its verdict, in words: for mistakes that no catalogue knows."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from workshop.exercises.misconception import Note
from workshop.exercises.sample_records import Record, has, value_at

_QUESTIONS = {
    "==": "is it {}?",
    "!=": "is it other than {}?",
    "startswith": "does it start with {}?",
    "endswith": "does it end with {}?",
    "contains": "is {} in it?",
}
_HOLDS: dict[str, Callable[[str, str], bool]] = {
    "==": lambda value, text: value == text,
    "!=": lambda value, text: value != text,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda value, text: text in value,
}


class Asked:
    """The notes of one watched call, in order (see `workshop.exercises.misconception.Signature`), and the record."""

    def __init__(self, notes: list[Note], record: Record) -> None:
        self.notes, self.record = notes, record
        # Whoever goes through all fields, or makes a text of them, may have looked at any.
        self.everything = any(how == "all" for _, how, _ in notes)

    @property
    def read(self) -> list[str]:
        """Paths of the fields that were read, the one that was read last at the end; no part that holds others read."""
        paths = [f"{path}.{key}".strip(".") for path, how, key in self.notes if how == "key"]
        last = list(dict.fromkeys(reversed(paths)))[::-1]
        return [path for path in last if not any(other.startswith(f"{path}.") for other in last)]

    def beyond(self, usual: set[str]) -> list[str]:
        """Return the fields that were read although they are not among the `usual` ones."""
        return [path for path in self.read if path not in usual and not any(p.startswith(f"{path}.") for p in usual)]

    def deciding(self, usual: set[str], found: list[Record]) -> list[str]:
        """Return those `beyond` that can have decided: no record among the `found` has the same there."""
        own = {path: _plain(value_at(self.record, path)) for path in self.beyond(usual)}
        return [path for path, value in own.items() if all(_plain(value_at(r, path)) != value for r in found)]

    def left_out(
        self, usual: set[str], found: list[Record], elsewhere: Sequence[str] = (), wanted: Sequence[str] = ()
    ) -> str:
        """Tell why the record was left out: one condition too many, or the last question; an empty text if unknown.

        `usual` are the fields that the exercise asks for, `found` the records that the function did find, `elsewhere`
        the fields that it read in others: where this record lacks a part, they tell what is looked for in there.
        `wanted` are the fields that decide in every case.
        """
        if self.everything:
            return ""
        extra = self.deciding(usual, found)
        unread = sorted(path for path in wanted if path not in self.read)
        missing = f" It never gets to {_names(unread)}." if unread and not found else ""
        if extra:
            inner = {path: [p for p in elsewhere if p.startswith(f"{path}.")] for path in extra}
            extra = [inner[path][-1] if inner[path] else path for path in extra[-3:]]
            return f"It also asks for {self._with_questions(extra)}, and the exercise does not.{missing}"
        return f"{self._unseen_question(usual) or self._last()}{missing}".strip()

    def let_through(self, fields: Sequence[str]) -> str:
        """Tell why the record was let through: a field of those that decide was not looked at, or fits as well."""
        if self.everything:
            return ""
        unread = [path for path in fields if path not in self.read and path != "userIdentity"]
        if unread:
            return f"It decides without a look at {_names(unread)}."
        asked = [note for note in self._comparisons() if note[0] in fields and self._answer(*note)]
        return f"What it asks of {self._with_questions([asked[-1][0]])} holds for this record too." if asked else ""

    def _comparisons(self) -> list[Note]:
        return [note for note in self.notes if note[1] in _QUESTIONS]

    def _answer(self, path: str, how: str, text: str) -> bool | None:
        """Return how a comparison came out; None if it was about a part of the field."""
        value = value_at(self.record, path)
        return _HOLDS[how](value, text) if isinstance(value, str) else None

    def _unseen_question(self, usual: set[str]) -> str:
        """Name the field whose question was not seen, if all that were seen came out true; an empty text otherwise.

        What a pattern is asked of a text cannot be seen; only that the field was read.
        """
        seen = self._comparisons()
        silent = [
            p
            for p in self.read
            if p in usual and not any(path.startswith(p) for path, how, _ in self.notes if how != "key")
        ]
        if not seen or not silent or not all(self._answer(*note) for note in seen):
            return ""
        return f"Each comparison that was seen came out true. What it asks of {self._value(silent[-1])} was not seen."

    def _last(self) -> str:
        """Return the last thing that was asked, with the value that it was asked of."""
        asked = [note for note in self.notes if note[1] in _QUESTIONS or note[1] in ("part", "slice")]
        if not asked:
            return f"The last field that it reads is {self._value(self.read[-1])}." if self.read else ""
        path, how, text = asked[-1]
        if how in ("part", "slice"):
            return f"Of `{path}` it looks at the piece {_quoted(text)}."
        field = re.sub(r"\[.*", "", path)
        piece = f" of a piece of it, {pieces[-1]}" if (pieces := self._pieces(field)) and field != path else ""
        question = _QUESTIONS[how].format(_quoted(text))
        return f"The last comparison that was seen is of {self._value(field)}{piece}: {question}"

    def _pieces(self, field: str) -> list[str]:
        return [_quoted(text) for path, how, text in self.notes if path.startswith(field) and how in ("part", "slice")]

    def _value(self, path: str) -> str:
        value = value_at(self.record, path)
        return f"`{path}` (here {_quoted(value)})" if has(self.record, path) else f"`{path}` (not in this record)"

    def _with_questions(self, paths: Iterable[str]) -> str:
        told = []
        for path in paths:
            asked = [_QUESTIONS[how].format(_quoted(text)) for p, how, text in self._comparisons() if p == path]
            told.append(f"`{path}` ({' '.join(dict.fromkeys(asked[-2:]))})" if asked else self._value(path))
        return " and ".join(told)


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _quoted(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _names(paths: Iterable[str]) -> str:
    return " and ".join(f"`{path}`" for path in paths)
