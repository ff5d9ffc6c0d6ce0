"""What attendees read: one object that a notebook shows in colour and a terminal as plain text."""

import html
import json
import textwrap
from dataclasses import dataclass, field

# Sign, word, and colours for light and dark themes; both reach a contrast of 4.5 on their ground. The word says it too.
_LOOK = {
    "not attempted": ("○", "Not attempted yet", "#5c5c5c", "#b8b8b8"),
    "raised": ("!", "Stopped with an error", "#a33e00", "#ff9b5e"),
    "wrong": ("✗", "Not yet", "#a33e00", "#ff9b5e"),
    "passed": ("✓", "Passed", "#00684a", "#4cd0a5"),
    "bonus": ("★", "Passed, with the bonus", "#00684a", "#4cd0a5"),
    "note": ("•", "", "#0b5e96", "#6fc3f7"),
}
_STYLE = """<style>
.ws-box{color:var(--jp-ui-font-color1,var(--vscode-foreground,inherit));
border-left:4px solid var(--ws);padding:.3em .9em;
margin:.3em 0;font-family:var(--jp-ui-font-family,sans-serif);line-height:1.45;max-width:62em}
.ws-box h4{margin:.1em 0 .3em;color:var(--ws);font-size:1.05em}.ws-box p{margin:.35em 0}.ws-box ul{margin:.2em 0}
.ws-box.ws-box pre{background:var(--jp-layout-color2,rgba(128,128,128,.13));color:inherit;padding:.4em .7em;
overflow:auto;font-family:var(--jp-code-font-family,monospace);font-size:.92em;line-height:1.35;border-radius:3px;white-space:pre-wrap}
.ws-box mark{background:none;color:inherit;font-weight:700;text-decoration:underline 2px var(--ws);
text-underline-offset:2px}.ws-box dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em;margin:.4em 0}
.ws-box.ws-box dt,.ws-box.ws-box dd{float:none;width:auto;margin:0}
.ws-box.ws-box dt{font-weight:600;white-space:nowrap}.ws-box table{border-collapse:collapse;
color:inherit;font-size:inherit;margin:.3em 0}.ws-box.ws-box td,.ws-box.ws-box th{
padding:.15em .8em .15em 0;text-align:left!important}.ws-box summary{cursor:pointer}
.ws-%(look)s{--ws:%(light)s}
@media (prefers-color-scheme:dark){.ws-%(look)s{--ws:var(--ws-on,%(dark)s)}}
[data-jp-theme-light="true"] .ws-%(look)s{--ws:%(light)s}[data-jp-theme-light="false"] .ws-%(look)s{--ws:%(dark)s}
</style>"""


def box(look, title, body):
    """Return a titled box as HTML; `body` is HTML, `title` plain text."""
    sign, _, light, dark = _LOOK[look]
    name = look.replace(" ", "-")
    style = _STYLE % {"look": name, "light": light, "dark": dark}
    return (
        f'{style}<div class="ws-box ws-{name}" role="status"><h4><span aria-hidden="true">{sign}</span> '
        f"{html.escape(title)}</h4>{body}</div>"
    )


def inline(text):
    """Return plain text as HTML: escaped, `code` between backquotes."""
    parts = html.escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def wrapped(text, indent=""):
    """Return text folded at 100 characters, line by line."""
    lines = [textwrap.wrap(line, 100 - len(indent), subsequent_indent="") or [""] for line in text.splitlines()]
    return "\n".join(indent + line for group in lines for line in group)


class Note:
    """A short text for the attendee, with a title and perhaps Python code under it."""

    def __init__(self, title, text="", code="", look="note"):
        self.title, self.text, self.code, self.look = title, text, code, look

    def __repr__(self):
        code = textwrap.indent(self.code.rstrip(), "    ") if self.code else ""
        return "\n\n".join(part for part in (self.title, wrapped(self.text), code) if part)

    def _repr_html_(self):
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
    fields: tuple = ()
    record: dict | None = None
    misconception: str | None = None
    why: str = ""
    advice: str = ""
    lines: list = field(default_factory=list)
    remarks: list = field(default_factory=list)

    @property
    def passed(self):
        """True if the function does what the exercise asks."""
        return self.outcome in ("passed", "bonus")

    @property
    def message(self):
        """Everything the attendee needs, as plain text."""
        parts = [self.summary] if self.summary else []
        table = [("The case", self.case), ("Expected", self.expected), ("Got", self.got)]
        rows = [f"{name + ':':10} {text}" for name, text in table if text]
        rows += [f"{'Look at:':10} {path} = {_short(value)}" for path, value in self._deciding()]
        parts += ["\n".join(rows)] if rows else []
        parts += ["In your code:\n" + "\n".join(f"    {line}" for line in self.lines)] if self.lines else []
        parts += [text for text in (self.why, self.advice and f"Try next: {self.advice}") if text]
        parts += [f"Remark: {remark}" for remark in self.remarks]
        return "\n".join(parts).replace("`", "")

    def _deciding(self):
        from workshop.exercises.sample_records import value_at

        return [(path, value_at(self.record, path)) for path in self.fields] if self.record else []

    @property
    def title(self):
        """One line: the exercise and its outcome."""
        return f"{self.exercise}: {_LOOK[self.outcome][1]}"

    def __repr__(self):
        return f"{_LOOK[self.outcome][0]} {self.title}\n{wrapped(self.message, '  ')}"

    def _repr_html_(self):
        body = f"<p>{inline(self.summary)}</p>" if self.summary else ""
        rows = [("The case", self.case), ("Expected", self.expected), ("Got", self.got)]
        rows = [(name, inline(text)) for name, text in rows if text]
        rows += [
            ("Look at", f"<code>{html.escape(path)}</code> = <code>{html.escape(_short(value))}</code>")
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


def _short(value, limit=160):
    if value is None:
        return "(not in this record)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def marked(record, fields):
    """Return a record as HTML text, the deciding fields marked."""
    lines = []

    def add(value, indent, prefix, path, comma):
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
