"""Boxes for notebooks: a title and a text in colours for light and dark themes, readable without colours too."""

import html
from collections.abc import Iterable, Sequence

# Sign, word, and colours for light and dark themes; both reach a contrast of 4.5 on their ground. The word says it too.
LOOKS = {
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
</style>"""
_COLOURS = """<style>
.ws-%(look)s{--ws:%(light)s}
@media (prefers-color-scheme:dark){.ws-%(look)s{--ws:var(--ws-on,%(dark)s)}}
[data-jp-theme-light="true"] .ws-%(look)s{--ws:%(light)s}[data-jp-theme-light="false"] .ws-%(look)s{--ws:%(dark)s}
</style>"""


def box(look: str, title: str, body: str) -> str:
    """Return a titled box as HTML; `body` is HTML, `title` plain text."""
    return (
        f'{_STYLE}{_colours(look)}<div class="ws-box ws-{_name(look)}" role="status">'
        f'<h4><span aria-hidden="true">{LOOKS[look][0]}</span> {html.escape(title)}</h4>{body}</div>'
    )


def rows(entries: Sequence[tuple[str, str, Iterable[str]]]) -> str:
    """Return a table as HTML, for the body of a box; each entry is (look, word, cells): sign and word in their colours.

    `word` and cells are plain text, with `code` between backquotes in the cells.
    """
    colours = "".join(_colours(look) for look in dict.fromkeys(look for look, _, _ in entries))
    lines = [
        f'<tr><td class="ws-{_name(look)}" style="color:var(--ws);font-weight:600;white-space:nowrap">'
        f'<span aria-hidden="true">{LOOKS[look][0]}</span> {html.escape(word)}</td>'
        + "".join(f"<td>{inline(cell)}</td>" for cell in cells)
        + "</tr>"
        for look, word, cells in entries
    ]
    return f"{colours}<table>{''.join(lines)}</table>"


def table(headings: Iterable[str], rows: Iterable[Iterable[object]], caption: str = "") -> str:
    """Return a table as HTML, aligned left; headings, cells and caption are plain text."""

    def line(kind: str, cells: Iterable[object]) -> str:
        shown = (f"<{kind} style='text-align:left'>{html.escape(str(cell))}</{kind}>" for cell in cells)
        return f"<tr>{''.join(shown)}</tr>"

    body = "".join(line("td", cells) for cells in rows)
    return f"<table>{caption and f'<caption>{html.escape(caption)}</caption>'}{line('th', headings)}{body}</table>"


def _name(look: str) -> str:
    return look.replace(" ", "-")


def _colours(look: str) -> str:
    _, _, light, dark = LOOKS[look]
    return _COLOURS % {"look": _name(look), "light": light, "dark": dark}


def inline(text: str) -> str:
    """Return plain text as HTML: escaped, `code` between backquotes."""
    parts = html.escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
