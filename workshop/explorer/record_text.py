"""A record as text that reaches the browser whole: JavaScript lacks some of the numbers that JSON can spell."""

import functools
import json
import math
from typing import Any

from workshop.logs.json_text import however_deep
from workshop.logs.record import Record

# The largest whole number up to which JavaScript has them all.
_LARGEST = 2**53 - 1
# The key of an object that stands for a number, with its digits. A record that has it already is shown as it is.
NUMBER = "\0number"


def for_the_tree(record: Record) -> str:
    """Return a record as JSON in ASCII, in which numbers that JavaScript lacks are {NUMBER: digits}."""
    return however_deep(json.dumps, however_deep(_with_numbers, record))


def for_the_clipboard(record: Record) -> str:
    """Return a record as JSON with its numbers as they are, a field a line unless it is too deep for that."""
    try:
        text = however_deep(functools.partial(json.dumps, indent=2, ensure_ascii=False), record)
        text.encode()
    except (RecursionError, UnicodeEncodeError):
        return however_deep(json.dumps, record)
    return text


def _with_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_numbers(part) for key, part in value.items()}
    if isinstance(value, list):
        return list(map(_with_numbers, value))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST else {NUMBER: str(value)}
    return value if math.isfinite(value) else {NUMBER: json.dumps(value)}
