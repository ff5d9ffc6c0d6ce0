"""Below a cell that Python cannot read: what to look at. It is said only if Python can read the cell with that changed.

`listen` is called by the first `check` and the first `connect`, never at import; IPython calls back after each cell.
"""

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from workshop.display.boxes import box, inline

_TEXT = re.compile(r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\#[^\n]*)""")
_STRAIGHT = dict.fromkeys(
    map(ord, "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}„«»"), '"'
) | dict.fromkeys(
    map(ord, "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}"), "'"
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_BLOCK = r"(?:if|elif|else|for|while|def|try|except|finally|with|class|match|case)\b"

# The source and the number of the line at which Python stopped, from 1 -> sources with one slip put right.
_Change = Callable[[str, int], Iterator[str]]


def _words(python: dict[str, str]) -> _Change:
    """Return the change of what other languages write into what Python does, apart from texts and comments."""
    longest = sorted(python, key=len, reverse=True)
    pattern = "|".join(rf"\b{word}\b" if word.isascii() and word[0].isalpha() else re.escape(word) for word in longest)
    pattern = rf"(?:{pattern})(?!=)" if "!" in python else pattern

    def written(found: re.Match[str]) -> str:
        word = python[found[0]]
        return f" {word} " if word.isalpha() else word

    def change(source: str, line: int) -> Iterator[str]:
        parts = _TEXT.split(source)
        parts[::2] = [re.sub(pattern, written, part) for part in parts[::2]]
        lines = "".join(parts).splitlines()
        yield "\n".join(re.match(r"\s*", old)[0] + new.lstrip()  # type: ignore[index]
                        for old, new in zip(source.splitlines(), lines, strict=True)) + "\n"  # fmt: skip

    return change


def _in_line(source: str, number: int, text: str) -> str:
    lines = source.splitlines(keepends=True)
    end = "\n" if lines[number - 1].endswith("\n") else ""
    return "".join([*lines[: number - 1], text + end, *lines[number:]])


def _line(source: str, number: int) -> str:
    lines = source.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _colon(source: str, line: int) -> Iterator[str]:
    for number in (line, line - 1):
        text = _line(source, number).rstrip()
        if re.match(rf"\s*{_BLOCK}", text) and not text.endswith(":"):
            yield _in_line(source, number, text.rstrip(";{ ") + ":")


def _equals(source: str, line: int) -> Iterator[str]:
    parts = _TEXT.split(_line(source, line))
    parts[::2] = [re.sub(r"(?<![=!<>:+\-*/])=(?!=)", "==", part) for part in parts[::2]]
    yield _in_line(source, line, "".join(parts))


def _colons_in_braces(source: str, line: int) -> Iterator[str]:
    pattern = r"([\"'])\s*=>?(?!=)\s*"
    yield _in_line(source, line, re.sub(pattern, r"\1: ", _line(source, line)))
    yield re.sub(pattern, r"\1: ", source)


def _comma(source: str, line: int) -> Iterator[str]:
    for number in (line - 1, line):
        text = _line(source, number).rstrip()
        if text and text[-1] not in ",([{:" and _in_brackets(source, number, len(text)):
            yield _in_line(source, number, text + ",")
    text = _line(source, line)
    for gap in re.finditer(r"(?<=[\w\"'\])}])\s+(?=[\w\"'\[({])", text):
        if _in_brackets(source, line, gap.start()):
            yield _in_line(source, line, f"{text[: gap.start()]}, {text[gap.end() :]}")


def _in_brackets(source: str, line: int, column: int) -> bool:
    """Tell whether brackets are open at a place of the source; those in texts and comments do not count."""
    before = "\n".join([*source.splitlines()[: line - 1], _line(source, line)[:column]])
    bare = "".join(_TEXT.split(before)[::2])
    return sum(map(bare.count, _CLOSING)) > sum(map(bare.count, _CLOSING.values()))


def _bracket(source: str, line: int) -> Iterator[str]:
    text = _line(source, line).rstrip()
    bare = _TEXT.sub("", text)
    for opening, closing in _CLOSING.items():
        missing = bare.count(opening) - bare.count(closing)
        if missing > 0:
            yield _in_line(source, line, text + closing * missing)
            yield _in_line(source, line, text[:-1] + closing * missing + text[-1])
        if missing < 0:
            for at in [at for at, sign in enumerate(text) if sign == closing][::-1]:
                yield _in_line(source, line, text[:at] + text[at + 1 :])


def _quote(source: str, line: int) -> Iterator[str]:
    text = _line(source, line).rstrip()
    if not re.search("[\"']", _TEXT.sub("", text)):  # each has its partner
        return
    for quote in ('"', "'"):
        for at in range(len(text), 0, -1):
            yield _in_line(source, line, text[:at] + quote + text[at:])


def _braces(source: str, line: int) -> Iterator[str]:
    lines = [text.rstrip() for text in source.splitlines() if text.strip() not in ("}", "};")]
    lines = [re.sub(r"^(\s*)\}\s*else", r"\1else", text) for text in lines]
    lines = [re.sub(r"\s*\{$", ":", text) if re.match(rf"\s*{_BLOCK}", text) else text for text in lines]
    lines = [re.sub(r"(if|while)\s*\((.*)\)\s*:$", r"\1 \2:", text) for text in lines]
    yield "\n".join(lines) + "\n"


def _indented(source: str, line: int) -> Iterator[str]:
    """Yield the source with the lines from this one on a step further in: one of them, two, …"""
    lines = source.splitlines(keepends=True)
    for last in range(line, min(line + 12, len(lines)) + 1):
        inner = ["    " + text for text in lines[line - 1 : last]]
        yield "".join([*lines[: line - 1], *inner, *lines[last:]])


def _aligned(source: str, line: int) -> Iterator[str]:
    """Yield the source with this line, and those that are as far in below it, where a line above begins."""
    lines = source.expandtabs(4).splitlines(keepends=True)
    yield "".join(lines)
    depth = [len(text) - len(text.lstrip()) for text in lines]
    last = line
    while last < len(lines) and depth[last] >= depth[line - 1] > 0:
        last += 1
    for wanted in dict.fromkeys(depth[line - 2 :: -1] if line > 1 else [0]):
        moved = [" " * (wanted + d - depth[line - 1]) + t.lstrip() for t, d in
                 zip(lines[line - 1 : last], depth[line - 1 : last], strict=True)]  # fmt: skip
        yield "".join([*lines[: line - 1], *moved, *lines[last:]])


def _quotes_in_braces(source: str, line: int) -> Iterator[str]:
    text = _line(source, line)
    for quote, other in (('"', "'"), ("'", '"')):
        yield _in_line(source, line, re.sub(r"\{[^{}]*\}", lambda found: found[0].replace(quote, other), text))  # noqa: B023


_SAME_QUOTES = (
    'Inside the braces of an f"…" text stand the same quotation marks as around it. Up to Python 3.11 that ends the '
    "text: use the other kind inside."
)
_METHODS = (
    "`startswith` and `endswith` are methods, called as `value.startswith(…)`; Python asks with `in` whether a text "
    "contains another, and with `==` whether it is equal."
)
_CASE = (
    "A plain name behind `case` is compared with nothing: it takes every value, and Python refuses the cases below it. "
    "Write the text itself there, in quotes, or ask with `if` and `==`."
)
_TRAILING_IF = (
    "Python has no `unless`, and an `if` behind a value needs an `else`. Otherwise the `if` stands in a line of its "
    "own before what depends on it, and `not` turns a condition round."
)
_DEPTH = (
    "This line begins at another depth than the lines that it belongs to. All lines of a block begin at the same one, "
    "with blanks only."
)
_POWERSHELL = {"-eq": "==", "-ne": "!=", "-lt": "<", "-gt": ">", "-and": "and", "-or": "or", "-in": "in"}
_METHOD = r"([\w.\[\]\"'()]+)\s+(startswith|endswith|startsWith|endsWith)\s+(\"[^\"]*\"|'[^']*')"


def _method(source: str, line: int) -> Iterator[str]:
    yield re.sub(_METHOD, lambda found: f"{found[1]}.{found[2].lower()}({found[3]})", source)
    yield re.sub(r"([\w.\[\]\"'()]+)\s+(?:contains|includes|has)\s+(\"[^\"]*\"|'[^']*')", r"\2 in \1", source)
    yield re.sub(r"([\w.\[\]\"'()]+)\s+(?:like|LIKE|equals|eq|is equal to)\s+(\"[^\"]*\"|'[^']*')", r"\1 == \2", source)


def _pattern(source: str, line: int) -> Iterator[str]:
    slashes = r"/((?:\\.|[^/\\\n])+)/[a-z]*\.test\("
    yield re.sub(slashes, lambda found: f"re.search({found[1].replace(chr(92) + '/', '/')!r}, ", source)


def _dollars(source: str, line: int) -> Iterator[str]:
    def braces(found: re.Match[str]) -> str:
        pairs = [pair.partition("=")[::2] for pair in re.split(r"[;\n]", found[1]) if pair.strip()]
        return "{" + ", ".join(f"{key.strip()!r}: {value.strip()}" for key, value in pairs) + "}"

    parts = _TEXT.split(source)
    parts[::2] = [re.sub(r"\$(?=\w)", "", part) for part in parts[::2]]
    bare = "".join(parts)
    yield bare
    yield re.sub(r"@\{([^{}]*)\}", braces, bare)


def _print(source: str, line: int) -> Iterator[str]:
    yield re.sub(r"(?m)^(\s*)print[ \t]+(?![ \t(=])(.*\S)", r"\1print(\2)", source)


def _case(source: str, line: int) -> Iterator[str]:
    yield re.sub(r"(?m)^(\s*case\s+)(?!_\b)([A-Za-z_]\w*)(\s*(?:if\b.*)?:)", r'\1"\2"\3', source)


def _trailing_if(source: str, line: int) -> Iterator[str]:
    """Yield the source with `A if B` and `A unless B`, as statements, written as an `if` with A below it."""

    def block(found: re.Match[str]) -> str:
        indent, action, word, test = found.groups()
        asked = f"not ({test})" if word == "unless" else test
        return f"{indent}if {asked}:\n{indent}    {action}"

    yield re.sub(r"(?m)^([ \t]*)unless\s+(.*?):?[ \t]*$", r"\1if not (\2):", source)
    yield re.sub(r"(?m)^([ \t]*)(\w\S*.*?)[ \t]+(unless)[ \t]+(.*?):?[ \t]*$", block, source)
    yield _in_line(
        source, line, re.sub(r"^([ \t]*)(\w\S*.*?)[ \t]+(if)[ \t]+(.*?):?[ \t]*$", block, _line(source, line))
    )


def _then(source: str, line: int) -> Iterator[str]:
    bare = re.sub(r"(?mi)^([ \t]*(?:if|elif|else|elseif|while|for)\b.*?)[ \t:]*\b(?:then|do)[ \t]*$", r"\1:", source)
    yield bare
    yield re.sub(r"(?mi)^[ \t]*(?:end|end if|endif|fi|done|next)[ \t]*\n", "", bare)


def _declared(source: str, line: int) -> Iterator[str]:
    yield re.sub(r"(?m)^([ \t]*)(?:var|let|const|String|string|bool|boolean|int|Dim|my|local)[ \t]+(?=\w+[ \t]*=)",
                 r"\1", source).replace(";\n", "\n")  # fmt: skip


def _counted(source: str, line: int) -> Iterator[str]:
    yield re.sub(r"(?m)^([ \t]*)(\w+)(\+\+|--);?[ \t]*$", lambda m: f"{m[1]}{m[2]} {m[3][0]}= 1", source)


def _question_mark(source: str, line: int) -> Iterator[str]:
    text = _line(source, line)
    yield _in_line(source, line, re.sub(r"(return|=)\s+(.+?)\s*\?\s*(.+?)\s*:\s*(.+)$", r"\1 \3 if \2 else \4", text))


def _not_equal(source: str, line: int) -> Iterator[str]:
    parts = _TEXT.split(source)
    parts[::2] = [re.sub(r"\b(?:is\s+)?not\s*==?(?!=)|(?<![=!<>])=!(?!=)", "!=", part) for part in parts[::2]]
    yield "".join(parts)


def _order(source: str, line: int) -> Iterator[str]:
    parts = _TEXT.split(_line(source, line))
    parts[::2] = [re.sub(r"(?<![=!<>])=([<>])(?!=)", r"\1=", part) for part in parts[::2]]
    yield _in_line(source, line, "".join(parts))


# Two of them are tried where one is not enough; of two that help, the first is said.
_SLIPS: tuple[tuple[str, _Change], ...] = (
    ("Python writes “and” for `&&`, “or” for `||`, and `not` for `!`.", _words({"&&": "and", "||": "or", "!": "not"})),
    ("Python writes `==` for `-eq`, `!=` for `-ne`, and `and`, `or`, `in` without a hyphen.",
     _words({f" {theirs} ": f" {ours} " for theirs, ours in _POWERSHELL.items()})),
    ("A name has no `$` in Python. A dictionary has a colon between key and value, and commas between its pairs.",
     _dollars),
    ("Python has no pattern between slashes: `re.search(r\"…\", text)` asks whether one fits.", _pattern),
    ("Equal is `==` in Python, and not equal `!=`.", _words({"===": "==", "!==": "!=", "<>": "!="})),
    ("Not equal is written `!=` in Python.", _not_equal),
    ("`print` is a function in Python: what it prints stands in round brackets behind it.", _print),
    (_CASE, _case),
    (_TRAILING_IF, _trailing_if),
    ("AND, OR, NOT and IN are written in small letters.", _words({w: w.lower() for w in ("AND", "OR", "NOT", "IN")})),
    ("Python writes `elif` for “else if”.", _words({"else if": "elif", "elseif": "elif", "elsif": "elif"})),
    ("Python has neither `?.` nor `??`: `.get(…)` takes an absent field, and `or` another value for nothing.",
     _words({"?.": ".", "??": "or"})),
    ("A line that begins with `if`, `else`, `for` or `def` ends with a colon.", _colon),
    ("Within braces a key and its value have a colon between them.", _colons_in_braces),
    ("One `=` gives a name a value. Whether two are equal is asked with `==`.", _equals),
    ("These are not the quotation marks of the keyboard: Python knows the straight ones only, \" and '.",
     lambda source, line: iter([source.translate(_STRAIGHT)])),
    (_SAME_QUOTES, _quotes_in_braces),
    ("A bracket is missing, or there is one too many: each that is opened is closed once.", _bracket),
    ("A comma is missing between two things that stand in brackets.", _comma),
    ("A quotation mark is missing: a text ends with the one that it begins with.", _quote),
    (_METHODS, _method),
    ("At least is `>=` in Python, and at most `<=`: the equals sign comes last.", _order),
    ("In Python a colon begins a block, without “then” or “do”, and the block ends with its indentation.", _then),
    ("Python has no word before a name that is given a value: the name comes first.", _declared),
    ("Python has neither `++` nor `--`: one more is `+= 1`.", _counted),
    ("Python writes `a if condition else b` for `condition ? a : b`.", _question_mark),
    ("Python has no braces around blocks: a colon begins a block, and what belongs to it is indented.", _braces),
    ("What belongs to the line above is indented, four blanks more than that line.", _indented),
    (_DEPTH, _aligned),
)  # fmt: skip


class Slip:
    """What keeps Python from reading a cell, as far as that was found: `text` and, from 1, `line`."""

    def __init__(self, text: str, line: int) -> None:
        self.text, self.line = text, line

    def __repr__(self) -> str:
        return f"• {self._title}\n  {self.text}".replace("`", "")

    @property
    def _title(self) -> str:
        return f"Python cannot read this cell: look at line {self.line}"

    def _repr_html_(self) -> str:
        return box("note", self._title, f"<p>{inline(self.text)}</p>")


def slip_in(source: str) -> Slip | None:
    """Return what keeps Python from reading some source, tried; None if it can read it, or if nothing helped."""
    error = _error(source)
    if error is None:
        return None
    first = error.lineno or 1
    candidates = list(_changed(source, first))
    for says, changed in candidates:
        if _error(changed) is None:
            return Slip(f"{says} Tried: with that changed, Python reads the cell.", first)
    for says, changed in candidates:
        then = _error(changed)
        if then is None or (then.lineno or 0) < first:
            continue
        for also, both in _changed(changed, then.lineno or 1):
            if _error(both) is None:
                rest = "" if also == says else f" Then, in line {then.lineno}: {also}"
                return Slip(f"{says}{rest} Tried: with both changed, Python reads the cell.", first)
    return None


def _changed(source: str, line: int) -> Iterator[tuple[str, str]]:
    seen = {source}
    for says, change in _SLIPS:
        for changed in change(source, line):
            if changed not in seen:
                seen.add(changed)
                yield says, changed


def _error(source: str) -> SyntaxError | None:
    try:
        compile(source, "<cell>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError, OverflowError):
        return SyntaxError("it cannot be compiled")
    return None


def listen() -> None:
    """Say from now on, below each cell with a syntax error, what to look at; without IPython do nothing."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    events = getattr(shell, "events", None)
    if events is not None and _after_cell not in events.callbacks["post_run_cell"]:
        events.register("post_run_cell", _after_cell)


def _after_cell(result: Any) -> None:
    if isinstance(result.error_before_exec, SyntaxError):
        from IPython import get_ipython
        from IPython.display import display

        slip = slip_in(get_ipython().transform_cell(result.info.raw_cell))
        if slip is not None:
            display(slip)
