"""Reads moments as people write them: "11 March 23:00", "11.03.2026 23:00", "March 11, 11 pm"."""

import datetime
import itertools
import re
from collections.abc import Collection

_MONTHS = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]}|t)?" for name in _MONTHS)
_NUMBERS = r"(?<![\d.:/-])(\d{1,4})[./-](\d{1,2})(?:[./-](\d{4}|\d\d)|\.)?(?![\d:/-])"
_DAY_FIRST = rf"\b(\d{{1,2}})\.?(?:st|nd|rd|th)?[\s-]+(?:of\s+)?({_MONTH})\b\.?(?:[\s-]+(\d{{4}})\b)?"
_MONTH_FIRST = rf"\b({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*:)(?:\s+(\d{{4}})\b(?!:))?"
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d\d))?(?::(\d\d)(?:\.\d+)?)?\s*(am|pm|a\.m\.|p\.m\.|h|uhr|o'clock)?")
_TO = re.compile(r"\s*(?:-|\u2013|\bto\b|\buntil\b)\s*")
_WORDS = re.compile(
    r"\b(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?|at|on|the|utc|gmt)|[,;()]"
)


def days_of(text: str, logged: Collection[datetime.date]) -> tuple[list[datetime.date], str]:
    """Return the days that a text may mean, and what is left of it.

    Without a year, or where day and month may be swapped, those of the days in the logs are meant if there are any. A
    text without a day has no days.
    """
    text = " ".join(_WORDS.sub(" ", re.sub(r"(?<=\d)[tT](?=\d)|(?<=\d)[zZ]\b", " ", text).lower()).split())
    found: set[datetime.date] = set()
    years = sorted({day.year for day in logged})
    match = re.search(_DAY_FIRST, text) or re.search(_MONTH_FIRST, text) or re.search(_NUMBERS, text)
    if match is None:
        return [], text
    one, two, year = match.groups()
    if match.re.pattern == _NUMBERS:
        if len(one) > 2:  # the year goes first
            orders = [(int(one), int(two), int(year))] if year else []
        else:
            whole = [int(year) + 2000 * (len(year) == 2)] if year else years
            orders = [(y, *pair) for y in whole for pair in ((int(two), int(one)), (int(one), int(two)))]
    else:
        name, day = (two, one) if one.isdigit() else (one, two)
        month = next(number for number, known in enumerate(_MONTHS, 1) if known.startswith(name[:3]))
        orders = [(y, month, int(day)) for y in ([int(year)] if year else years)]
    for order in orders:
        try:
            found.add(datetime.date(*order))
        except ValueError:  # there is no such day
            continue
    if not found:
        return [], text
    rest = text[: match.start()] + " " + text[match.end() :]
    return sorted(found & {*logged} or found), " ".join(rest.split())


def time_of(text: str) -> datetime.time | None:
    """Return the time of day that a text is, or the beginning of an hour that it is; None for any other text."""
    first, *more = _TO.split(text)
    times = [_one_time(first), *(_one_time(re.sub(r"^24\b", "0", part)) for part in more)]
    if len(times) == 1:
        return times[0]
    if len(times) != 2 or None in times:
        return None
    begin, end = (moment.hour * 60 + moment.minute for moment in times if moment)
    return times[0] if (end - begin) % 1440 in (59, 60) else None


def _one_time(text: str) -> datetime.time | None:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, second, half = match.groups()
    number = int(hour)
    if half and half[0] in "ap":
        if not 1 <= number <= 12:
            return None
        number = number % 12 + 12 * (half[0] == "p")
    try:
        return datetime.time(number, int(minute or 0), int(second or 0))
    except ValueError:
        return None


def around(days: Collection[datetime.date]) -> list[datetime.date]:
    """Return some days with the one before and the one after: local times of a record's day may lie there."""
    near = itertools.product(days, (-1, 0, 1))
    return sorted({day + datetime.timedelta(days=shift) for day, shift in near})
