"""Reads what attendees hand in: numbers, names and times, in all forms in which pandas and people write them."""

import datetime
import numbers
import re
import warnings
from collections.abc import Collection
from typing import Any

from workshop.exercises.questions.written_time import around, days_of, time_of

# What is read: a name, a number, names, the beginning of an hour. The right answers are of these types too.
Value = str | float | list[str] | frozenset[str] | datetime.datetime

_MANY = 1000  # more values than that do not answer any question


class Odd(Exception):
    """A value that cannot be an answer of the kind asked for; the text says what it is and what to do."""


class Unreadable(Odd):
    """A text that may be an answer of the kind asked for, and cannot be read as one: neither right nor wrong."""


def shown(value: object, limit: int = 120) -> str:
    """Return a value as short text, whatever it is."""
    if type(value).__name__ in ("DataFrame", "Events"):
        return "a table (DataFrame)"
    if type(value).__name__ in ("Series", "Index", "ndarray") and getattr(value, "size", 0) > 5:
        return f"many values ({type(value).__name__})"
    try:
        value = _as_written(value)
        text = value if isinstance(value, str) else repr(value)
    except Exception:
        text = f"an object of type {type(value).__name__}"
    text = " ".join(text[: limit * 4].split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _as_written(value: Any) -> Any:
    """Return a value as a person writes it: 768 for np.int64(768), 2026-03-11 23:00 UTC for a Timestamp."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(_as_written(part)) for part in value) if value else value
    kind = type(value).__module__.split(".")[0]
    if kind in ("numpy", "pandas") and hasattr(value, "tolist") and _sized(value):  # a few values in a row
        return ", ".join(str(_as_written(part)) for part in value.tolist())
    if kind == "numpy" and hasattr(value, "item"):
        value = value.item() if value.dtype.kind not in "mM" else _time_of(value)
    if isinstance(value, datetime.datetime) and value == value:
        text = f"{value:%Y-%m-%d %H:%M}" + (f":{value.second:02}" if value.second else "")
        return text if value.tzinfo is None else f"{text} {value.tzname()}"
    return value


def _parts(value: Any, wants: str) -> list[Any] | None:
    """Return the values in a container as a list, None for another value; `wants` "names" or "numbers" of a count.

    A Series of counts has the names in its index and the numbers in its values.
    """
    kind = type(value).__name__
    if isinstance(value, (str, bytes)):
        return None
    if isinstance(value, (list, tuple, set, frozenset)) or kind in ("dict_keys", "dict_values"):
        found = list(value)
    elif isinstance(value, dict):
        found = list(value if wants == "names" else value.values())
    elif kind in ("DataFrame", "Events"):
        _refuse_rows(value)
        found = list(value.to_numpy().ravel())
    elif kind == "Series":
        if len(value) > _MANY:
            raise Odd(f"That is a column of {len(value):,} values. Which one of them, or how many, is the answer?")
        counts = value.dtype.kind in "iuf"
        found = list(value.index if wants == "names" and counts else value)
    elif type(value).__module__.split(".")[0] in ("pandas", "numpy") and hasattr(value, "tolist") and _sized(value):
        found = list(value.ravel()) if kind == "ndarray" else list(value)
    else:
        return None
    if len(found) > _MANY:
        raise Odd(f"Those are {len(found):,} values. Which one of them, or how many, is the answer?")
    return found


def _refuse_rows(value: Any) -> None:
    if value.size != 1:
        raise Odd("That is a table. Which value in it is the answer, or is it the number of its rows, `len(...)`?")


def _sized(value: Any) -> bool:
    try:
        return len(value) >= 0
    except TypeError:  # a scalar of numpy, an array without dimensions
        return False


def _plain(value: Any) -> Any:
    """Return a scalar as Python's own type; what stands for a missing value becomes None."""
    if hasattr(value, "item") and type(value).__module__.split(".")[0] == "numpy":
        try:
            value = value.item() if value.dtype.kind not in "mM" else _time_of(value)
        except (ValueError, AttributeError):
            return value
    if value is ... or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return None if isinstance(value, float) and value != value else value


def single(value: Any, wants: str, remarks: list[str]) -> Any:
    """Return the single value in `value`; a container with one is opened, with a remark."""
    for _ in range(3):
        found = _parts(value, wants)
        if found is None:
            break
        if not found:
            raise Odd("That is empty. Does the filter fit the spelling in the records, capitals and all?")
        if len(found) > 1:
            raise Odd(f"Those are {len(found)} values, and the question has one answer. Which of them is it?")
        value = found[0]
        if not remarks:
            remarks.append("it came wrapped in a list or a Series; the plain value is enough.")
    return _plain(value)


def text(value: object, remarks: list[str]) -> str:
    """Return the answer as one name. Raises: Odd."""
    value = single(value, "names", remarks)
    if isinstance(value, str) and value.strip():
        return value.strip().strip("\"'`").strip()
    if isinstance(value, bool) or not isinstance(value, numbers.Number):
        raise Odd(f"The question asks for a name, and that is {_kind(value)}.")
    raise Odd("The question asks for a name, and that is a number.")


def number(value: object, remarks: list[str]) -> float:
    """Return the answer as an int or float. Raises: Odd."""
    value = single(value, "numbers", remarks)
    if isinstance(value, bool) or not isinstance(value, (numbers.Real, str)):
        raise Odd(f"The question asks for a number, and that is {_kind(value)}.")
    if isinstance(value, str):
        found = re.findall(r"[-+]?\d[\d,_\u202f ]*(?:\.\d+)?(?:[eE][-+]?\d+)?", value)
        if len(found) != 1:
            raise Odd("The question asks for a number, and that text holds " + ("several." if found else "none."))
        remarks.append("it came as text; a number is enough.")
        value = float(re.sub(r"[,_\u202f ]", "", found[0]))
    value = float(value)
    if value in (float("inf"), float("-inf")):
        raise Odd("The question asks for a number, and that one is endless.")
    return int(value) if value == int(value) else value


def names(value: object, remarks: list[str]) -> list[str]:
    """Return the answer as a list of names, without repetitions, missing values left out with a remark. Raises: Odd."""
    found = _parts(value, "names")
    if found is None:
        found = re.split(r"\s*(?:,|;|\+|&|\band\b|\n)\s*", value) if isinstance(value, str) else [value]
    plain = [_plain(part) for part in found]
    if len(plain) > plain.count(None) > 0:
        remarks.append("missing values (NaN) are not names; they were left out.")
    plain = [part for part in plain if part is not None and part != ""]
    if not plain:
        raise Odd("That is empty. Does the filter fit the spelling in the records, capitals and all?")
    for part in plain:
        if not isinstance(part, str):
            raise Odd(f"The question asks for names, and among those is {_kind(part)}.")
    return list(dict.fromkeys(part.strip().strip("\"'`[](){}").strip() for part in plain))


_WRITE_IT = "Write it like 2026-03-09 14:00."


def hour(value: object, remarks: list[str], days: Collection[datetime.date]) -> datetime.datetime:
    """Return the answer as the beginning of an hour: a datetime in UTC. Raises: Odd.

    `days` are those of the logs. One of them is meant where the year is left out, or day and month may be swapped.
    """
    if type(value).__name__ in ("Timestamp", "Period", "datetime", "datetime64"):
        plain = value
    else:
        plain = single(value, "names", remarks)
    if isinstance(plain, (int, float)) and 0 <= plain <= 24:
        raise Unreadable(f"That is an hour of a day, but of which day? {_WRITE_IT}")
    moment: datetime.datetime | None
    if isinstance(plain, str) and re.search(r"\d", plain) and not _ISO.match(plain):
        moment = _written(plain, days)
        remarks.append(f"it was read as {moment:%Y-%m-%d %H:%M} UTC.")
    else:
        moment = _time_of(plain)
    if moment is None or moment != moment:
        how = Unreadable if isinstance(plain, str) and re.search(r"\d", plain) else Odd
        raise how(f"The question asks for an hour, written like 2026-03-09 14:00, and that is {_kind(plain)}.")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    elif moment.utcoffset():
        remarks.append("it came in another time zone; CloudTrail's times are UTC.")
    moment = moment.astimezone(datetime.timezone.utc)
    beginning = moment.replace(minute=0, second=0, microsecond=0)
    if beginning != moment:
        remarks.append("the answer is an hour, not a moment in it, so the minutes were left out.")
    return beginning


_ISO = re.compile(r"\s*\d{4}-?\d\d-?\d\d(?!\d)")


def _written(text: str, days: Collection[datetime.date]) -> datetime.datetime:
    """Return the moment in UTC that a text is, written in any way but ISO's. Raises: Unreadable."""
    meant, rest = days_of(text, around(days))
    time = time_of(rest)
    if time and not meant:
        raise Unreadable(f"That is an hour of a day, but of which day? {_WRITE_IT}")
    if meant and not rest:
        raise Unreadable(f"That is a day; the question asks for an hour of it. {_WRITE_IT}")
    if time is None:
        raise Unreadable(f"That cannot be read as a day and an hour. {_WRITE_IT}")
    if len(meant) > 1:
        raise Unreadable(f"That may be {' or '.join(map(str, meant))}. {_WRITE_IT}")
    return datetime.datetime.combine(meant[0], time, datetime.timezone.utc)


def _time_of(value: Any) -> datetime.datetime | None:
    import pandas as pd

    if isinstance(value, pd.Period):
        value = value.start_time
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        raise Unreadable(f"That is a day; the question asks for an hour of it. {_WRITE_IT}")
    if isinstance(value, str):
        value = re.sub(r"\s*(UTC|GMT)\s*$", "Z", value.strip())
        if re.fullmatch(r"\d{4}-\d\d-\d\dZ?", value):
            raise Unreadable(f"That is a day; the question asks for an hour of it. {_WRITE_IT}")
        value = re.sub(r"^(\d{4}-\d\d-\d\d[T ]\d\d)(Z|h)?$", r"\1:00Z", value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            moment: datetime.datetime = pd.Timestamp(value).to_pydatetime(warn=False)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment


def _kind(value: object) -> str:
    if value is None:
        return "no value at all"
    if isinstance(value, str):
        return "an empty text" if not value.strip() else "a text"
    if isinstance(value, bool):
        return "True or False"
    if callable(value):
        return "a function: call it, with ()"
    return f"an object of type {type(value).__name__}"
