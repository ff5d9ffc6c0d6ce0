"""The explorer without a browser that runs widgets: a table in saved notebooks, on the web and in terminals."""

from dataclasses import asdict
from html import escape
from typing import Any

from workshop.explorer.session import Session
from workshop.logs.visible import visible


def short(name: str, text: str) -> str:
    """Return a value as narrow as it stays clear: the service of a source, the part of an ARN after the account.

    What would be invisible in it is escaped.
    """
    text = visible(text)
    if name == "eventSource":
        return text.removesuffix(".amazonaws.com")
    text = text.split(", ")[0] if name == "resource" else text
    return text.split(":", 5)[-1].removeprefix("assumed-role/") if text.startswith("arn:") else text


def summary(session: Session, view: dict[str, Any], rows: int) -> str:
    """Return in a line how many events match, which rows are shown, and the filters."""
    first = session.query.page * session.query.size + 1
    line = f"{view['matched']:,} of {view['total']:,} events"
    if view["rows"]:
        line += f" ({view['failed']:,} failed), rows {first:,} to {first + min(rows, len(view['rows'])) - 1:,}"
    order = {"sort", "descending", "page", "size", "rarest"}
    asked = [
        f"{name}: {visible(str(value))}" for name, value in asdict(session.query).items() if value and name not in order
    ]
    return line + (f"; filters: {', '.join(asked)}" if asked else "")


def as_html(session: Session, view: dict[str, Any], rows: int = 10) -> str:
    """Return the first rows of the page as an HTML table, every value escaped."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in session.heads.values())
    lines = []
    for row in view["rows"][:rows]:
        cells = [escape(short(name, text)) for name, text in zip(session.heads, row[1:], strict=True)]
        lines.append(f"<tr><td>{'</td><td>'.join(cells)}</td></tr>\n")
    return (
        f"<table>\n<caption>{escape(summary(session, view, rows))}. "
        "Run this cell in JupyterLab to filter, sort and open the records.</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{''.join(lines)}</tbody>\n</table>"
    )


def as_text(session: Session, view: dict[str, Any], rows: int = 10) -> str:
    """Return the first rows of the page as lines of text."""
    names = [name for name in session.heads if name not in ("resource", "awsRegion", "readOnly")]
    lines = [summary(session, view, rows)]
    table = [[session.heads[name] for name in names]]
    table += [[short(name, row[1 + list(session.heads).index(name)]) for name in names] for row in view["rows"][:rows]]
    widths = [min(40, max(len(line[i]) for line in table)) for i in range(len(names))]
    for line in table:
        cells = zip(line, widths, strict=True)
        fitted = (text if len(text) <= width else text[: width - 1] + "…" for text, width in cells)
        lines.append("  ".join(map(str.ljust, fitted, widths)).rstrip())
    return "\n".join(lines)
