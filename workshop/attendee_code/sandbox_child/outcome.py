"""A call, an exception or a change of a record as data that JSON can hold."""

import io
from typing import Any

_PACKAGED = "index.py"


def text_of(value: object, limit: int = 300) -> str:
    """Return the beginning of a value's repr, whatever that does."""
    try:
        return repr(value)[:limit]
    except BaseException as error:  # a repr may do anything
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"


def truth_of(value: object) -> bool | None:
    """Return whether a value counts as true; None if it raises when it is asked."""
    try:
        return bool(value)
    except BaseException:  # what a value does when asked is its own affair
        return None


def plain(value: Any) -> Any:
    """Return parameters as JSON can hold them, times included."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "isoformat") and hasattr(value, "hour"):
        return {"__time__": value.isoformat()}
    if type(value).__name__ == "Decimal":
        return float(value)
    if value is None or type(value) in (bool, int, float, str):
        return value
    return {"__python__": type(value).__name__}


def describe(error: BaseException) -> dict[str, Any]:
    """Return an exception as data: its type, its text, the lines of the packaged source it went through.

    `lines` are [line, function], outermost first; the first three and the last two of a long way.
    """
    lines, trace = [], error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _PACKAGED:
            lines.append([trace.tb_lineno, trace.tb_frame.f_code.co_name])
        trace = trace.tb_next
    try:
        text = str(error)[:500]
    except BaseException:  # its __str__ may do anything
        text = ""
    if isinstance(error, SyntaxError) and not lines:
        lines = [[error.lineno, "<module>"]]
    if len(lines) > 8:
        lines = lines[:3] + lines[-2:]
    key = error.args[0] if isinstance(error, KeyError) and error.args else None
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {"type": type(error).__name__, "kinds": kinds, "text": text, "lines": lines, "key": plain(key)}


def difference(before: Any, after: Any, path: str = "") -> str | None:
    """Return the path of the first field in which two records differ, or None."""
    if type(before) is not type(after):
        return path or "the record"
    if isinstance(before, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{path}.{key}".strip(".")
            if key not in after or key not in before:
                return inner
            found = difference(before[key], after[key], inner)
            if found:
                return found
        return None
    if isinstance(before, list):
        pairs = zip(before, after, strict=False)
        changes = [f for number, pair in enumerate(pairs) if (f := difference(*pair, f"{path}[{number}]"))]
        return changes[0] if changes else (None if len(before) == len(after) else path)
    return None if before == after else path


class Output(io.TextIOBase):
    """A text stream that keeps its first 64,000 characters and counts the rest."""

    def __init__(self) -> None:
        self.kept, self.size = "", 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        self.size += len(text)
        if len(self.kept) < 64_000:
            self.kept += text[: 64_000 - len(self.kept)]
        return len(text)
