"""The query of an explorer: the filters, the small language inside them, and times as people type them."""

import re
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

# The columns of the table and their heads.
HEADS = {
    "eventTime": "Time (UTC)",
    "eventName": "Event name",
    "eventSource": "Source",
    "user": "User",
    "resource": "Resource",
    "sourceIPAddress": "Address",
    "awsRegion": "Region",
    "readOnly": "Kind",
    "errorCode": "Error",
}
CHOICES = {"readOnly": ["", "read", "write"], "result": ["", "failed", "succeeded"], "sort": list(HEADS)}
TIME = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})([ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?")


@dataclass(frozen=True)
class Query:
    """Filters (an empty one matches everything), order and page; texts as typed, times in UTC."""

    text: str = ""
    start: str = ""
    end: str = ""
    eventName: str = ""
    eventSource: str = ""
    user: str = ""
    resource: str = ""
    sourceIPAddress: str = ""
    accessKeyId: str = ""
    awsRegion: str = ""
    errorCode: str = ""
    readOnly: str = ""  # "read" or "write"
    result: str = ""  # "failed" or "succeeded"
    sort: str = "eventTime"
    descending: bool = True
    page: int = 0
    size: int = 25
    rarest: bool = False  # count the rarest values instead of the most frequent

    @classmethod
    def of(cls, asked: dict[str, Any]) -> "Query":
        """Return the Query of a dict. Raises: ValueError for an unknown filter or an impossible value."""
        kinds = {field.name: type(field.default) for field in fields(cls)}
        for name, value in asked.items():
            if name not in kinds:
                raise ValueError(f"There is no filter {name!r}. There are: {', '.join(kinds)}.")
            if type(value) is not kinds[name]:
                raise ValueError(f"The filter {name} must be a {kinds[name].__name__}; got {value!r}.")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"The filter {name} is one of {CHOICES[name]}; got {value!r}.")
        query = cls(**asked)
        if not 1 <= query.size <= 100:
            raise ValueError(f"A page has 1 to 100 rows; got {query.size}.")
        return query

    def times(self) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
        """Return (start, end) as Timestamps in UTC or None; the start is inside the range, the end is not.

        Raises: ValueError if one is not a time, or the range is empty.
        """
        start, end = moment("From", self.start), moment("Until", self.end, whole_day=True)
        if start is not None and end is not None and start >= end:
            raise ValueError(
                f"No time lies between From {self.start} and Until {self.end} (UTC): From must be earlier."
            )
        return start, end


def moment(label: str, typed: str, whole_day: bool = False) -> pd.Timestamp | None:
    """Return the Timestamp (UTC) that was typed, None for nothing; with `whole_day` a date means the end of that day.

    Raises: ValueError, with `label` in its message, if it is not a time.
    """
    typed = typed.strip()
    if not typed:
        return None
    form = TIME.fullmatch(typed)
    try:
        if not form:
            raise ValueError("another form")
        time = pd.Timestamp(typed.replace("UTC", "Z")).as_unit("ns")
    except ValueError as error:
        raise ValueError(
            f"{label}: {typed!r} is not a time. Write 2024-05-03, or 2024-05-03 14:30, or 2024-05-03 14:30:15 (UTC)."
        ) from error
    time = time.tz_localize("UTC") if time.tzinfo is None else time.tz_convert("UTC")
    return time + pd.Timedelta(days=1) if whole_day and not form[2] else time


def words(text: str) -> list[tuple[str, bool]]:
    """Return [(word, wanted)] of a free text: words and "quoted phrases", unwanted where a ! stands before."""
    return [
        ((quoted or plain).lower(), not negated)
        for negated, quoted, plain in re.findall(r'(!?)(?:"([^"]+)"|([^\s"]+))', text)
    ]


def matches(pattern: str, lowered: list[str]) -> tuple[list[bool], bool]:
    """Return (which of the values, all in lower case, a filter's pattern names; whether it is negated).

    A value matches if it equals the pattern; if none does, those that contain it. `*` stands for any characters,
    `|` for "or", and `!` in front negates the whole pattern.
    """
    pattern = pattern.strip().lower()
    negated, wanted = pattern.startswith("!"), [False] * len(lowered)
    for term in filter(None, (term.strip() for term in pattern.lstrip("!").split("|"))):
        if "*" in term:
            form = re.compile(".*".join(map(re.escape, term.split("*"))), re.DOTALL)
            hits = [bool(form.fullmatch(value)) for value in lowered]
        else:
            hits = [value == term for value in lowered]
            hits = hits if any(hits) else [term in value for value in lowered]
        wanted = [hit or before for hit, before in zip(hits, wanted, strict=True)]
    return wanted, negated
