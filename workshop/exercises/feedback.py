"""What attendees read: one object that a notebook shows in colour and a terminal as plain text."""

import html
import json
import textwrap
from collections.abc import Collection
from dataclasses import dataclass, field

from workshop.display.boxes import LOOKS, box, inline
from workshop.logs.record import Record


def wrapped(text: str, indent: str = "") -> str:
    """Return text folded at 100 characters, line by line."""
    lines = [textwrap.wrap(line, 100 - len(indent), subsequent_indent="") or [""] for line in text.splitlines()]
    return "\n".join(indent + line for group in lines for line in group)


class Note:
    """A short text for the attendee, with a title and perhaps Python code under it."""

    def __init__(self, title: str, text: str = "", code: str = "", look: str = "note") -> None:
        self.title, self.text, self.code, self.look = title, text, code, look

    def __repr__(self) -> str:
        code = textwrap.indent(self.code.rstrip(), "    ") if self.code else ""
        return "\n\n".join(part for part in (self.title, wrapped(self.text), code) if part)

    def _repr_html_(self) -> str:
        body = "".join(f"<p>{inline(part)}</p>" for part in self.text.split("\n") if part.strip())
        if self.code:
            body += f"<pre>{html.escape(self.code.rstrip())}</pre>"
        return box(self.look, self.title, body)


@dataclass(repr=False)
class Result:
    """What `check` found: `outcome`, `passed`, `message`, `record`, `misconception`.

    `outcome` is "not attempted", "raised", "wrong", "passed" or "bonus"; `message` says in plain text what the case
    is, what was expected, what came, and the field that decides it; `record` is the deciding record or None;
    `misconception` the id of a known mistake or None. The parts of the message are there too: `summary`, `case`,
    `expected`, `got`, `fields` (paths into the record), `why`, `advice`, `lines` (your own lines), `remarks`.
    """

    exercise: str
    outcome: str
    summary: str = ""
    case: str = ""
    expected: str = ""
    got: str = ""
    fields: tuple[str, ...] = ()
    record: Record | None = None
    misconception: str | None = None
    why: str = ""
    advice: str = ""
    lines: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """True if the function does what the exercise asks."""
        return self.outcome in ("passed", "bonus")

    @property
    def message(self) -> str:
        """Everything the attendee needs, as plain text."""
        parts = [self.summary] if self.summary else []
        rows = [f"{name + ':':10} {text}" for name, text in self._verdict()]
        rows += [f"{'Look at:':10} {path} = {value}" for path, value in self._deciding()]
        parts += ["\n".join(rows)] if rows else []
        parts += ["In your code:\n" + "\n".join(f"    {line}" for line in self.lines)] if self.lines else []
        parts += [text for text in (self.why, self.advice and f"Try next: {self.advice}") if text]
        parts += [f"Remark: {remark}" for remark in self.remarks]
        return "\n".join(parts).replace("`", "")

    def _verdict(self) -> list[tuple[str, str]]:
        rows = [("The case", self.case), ("Expected", self.expected), ("Got", self.got)]
        return [(name, text) for name, text in rows if text]

    def _deciding(self) -> list[tuple[str, str]]:
        """Return the deciding fields as (path, value in short)."""
        from workshop.exercises.sample_records import has, value_at

        record = self.record
        if not record:
            return []
        return [(path, _short(value_at(record, path)) if has(record, path) else _ABSENT) for path in self.fields]

    @property
    def title(self) -> str:
        """One line: the exercise and its outcome."""
        return f"{self.exercise}: {LOOKS[self.outcome][1]}"

    def __repr__(self) -> str:
        return f"{LOOKS[self.outcome][0]} {self.title}\n{wrapped(self.message, '  ')}"

    def _repr_html_(self) -> str:
        body = f"<p>{inline(self.summary)}</p>" if self.summary else ""
        rows = [(name, inline(text)) for name, text in self._verdict()]
        rows += [
            ("Look at", f"<code>{html.escape(path)}</code> = <code>{html.escape(value)}</code>")
            for path, value in self._deciding()
        ]
        if rows:
            body += "<dl>" + "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows) + "</dl>"
        if self.lines:
            body += "<p>In your code:</p><pre>" + html.escape("\n".join(self.lines)) + "</pre>"
        body += f"<p>{inline(self.why)}</p>" if self.why else ""
        body += f"<p><b>Try next:</b> {inline(self.advice)}</p>" if self.advice else ""
        body += "".join(f"<p><b>Remark:</b> {inline(remark)}</p>" for remark in self.remarks)
        if self.record and not self.passed:
            body += f"<details><summary>The record</summary><pre>{marked(self.record, self.fields)}</pre></details>"
        return box(self.outcome, self.title, body)


_ABSENT = "(not in this record)"


def _short(value: object, limit: int = 160) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def marked(record: Record, fields: Collection[str]) -> str:
    """Return a record as HTML text, the deciding fields marked."""
    lines: list[str] = []

    def add(value: object, indent: int, prefix: str, path: str, comma: str) -> None:
        opening = " " * indent + prefix
        if isinstance(value, dict) and value:
            lines.append(html.escape(opening + "{", quote=False))
            for number, (key, item) in enumerate(value.items(), 1):
                inner = f"{path}.{key}" if path else key
                add(item, indent + 2, f"{json.dumps(key)}: ", inner, "," if number < len(value) else "")
            lines.append(" " * indent + "}" + comma)
        else:
            text = html.escape(opening + json.dumps(value, ensure_ascii=False) + comma, quote=False)
            bare = text.lstrip()
            lines.append(text[: -len(bare)] + f"<mark>{bare}</mark>" if path in fields else text)

    add(record, 0, "", "", "")
    return "\n".join(lines)
